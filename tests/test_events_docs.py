"""docs/delivery-events.md says what the code does, and its example runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conftest import ROOT
from sesutil import init_project
from sesutil.account import Account
from sesutil.events import DeliveryEvent, read_chain
from sesutil.events.chain import KINDS as ASKED_FOR
from sesutil.events.explaining import (
    BOUNCE_TYPES,
    COMPLAINT_SUBTYPES,
    COMPLAINT_TYPES,
    DELAY_TYPES,
    KINDS,
)
from sesutil.events.grants import queue_grant, topic_grant
from sesutil.explanations import Explanation
from sesutil.launching import practice_folder, stop_practice

PAGE = (ROOT / "docs" / "delivery-events.md").read_text(encoding="utf-8")


def test_each_type_stands_on_the_page_as_it_is_explained() -> None:
    tables: list[dict[tuple[str, ...], Explanation]] = [dict(BOUNCE_TYPES)]
    for table in (KINDS, COMPLAINT_TYPES, COMPLAINT_SUBTYPES, DELAY_TYPES):
        tables.append({(kind,): told for kind, told in table.items()})
    for names, told in (item for table in tables for item in table.items()):
        row = f"| {' | '.join(f'`{name}`' for name in names)} | {told.cause} | {told.who} |"
        assert row in PAGE, row
    assert all(f"`{kind}`" in PAGE for kind in ASKED_FOR)


def test_policies_on_the_page_are_those_that_are_made() -> None:
    account_id, place = "123456789012", "eu-central-1:123456789012"
    topic, queue = f"arn:aws:sns:{place}:sesutil-events", f"arn:aws:sqs:{place}:sesutil-events"
    set_arn = f"arn:aws:ses:{place}:configuration-set/sesutil-events"
    shown = [json.loads(text)["Statement"] for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    grants = [topic_grant(topic, account_id, [set_arn]), queue_grant(queue, topic)]
    assert shown == [[grant.statement()] for grant in grants]


def test_the_example_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code
    names: dict[str, object] = {}
    init_project(tmp_path)
    try:
        exec(code[1], names)
        events, account = names["events"], names["account"]
        assert isinstance(events, list)
        assert isinstance(account, Account)
        last = events[-1]
        assert isinstance(last, DeliveryEvent)
        assert (last.kind, last.reason) == ("Bounce", "Permanent/General")
        assert read_chain(account, names["config"]) is None  # type: ignore[arg-type]
        assert "Events come:" in capsys.readouterr().out
    finally:
        stop_practice(practice_folder(tmp_path))
