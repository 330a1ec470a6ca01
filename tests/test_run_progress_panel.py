"""The progress of a run: what it counts, and what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sesutil.panels import RunProgress, RunProgressModel
from sesutil.testruns.cases import make_cases
from sesutil.testruns.journal import unsent
from sesutil.testruns.planning import RunPlan
from sesutil.testruns.results import TestResult, TestRun
from test_testruns import FakeTime

CASES = make_cases(["SignIn", "Register"], ["", "de"], ["a@there.org"])
PLAN = RunPlan(
    mode="practice",
    region="us-east-1",
    production=True,
    mails=4,
    standing=0,
    kinds=2,
    languages=2,
    recipients=1,
    cost=4,
    used=0,
    limit=None,
    left=None,
    reserve=0,
    per_second=0.5,
    seconds=8.0,
    signer="",
    heard="",
)


def result(number: int, outcome: str) -> TestResult:
    return replace(unsent(CASES[number]), outcome=outcome)  # type: ignore[arg-type]


def a_run(stopped: str = "") -> TestRun:
    now = datetime.now(UTC)
    return TestRun("1", "practice", "us-east-1", now, now, (), stopped=stopped)


def test_it_counts() -> None:
    fake = FakeTime()
    model = RunProgressModel(PLAN, clock=fake)
    assert (model.words(), model.seconds_left) == ("4 mails to send", 8.0)
    for case in CASES[:2]:
        model.on_sending(case)
        fake.sleep(3)
    assert model.words() == "2 of 4 · SignIn in de · about 9 s left"
    model.on_result(result(0, "proven"))
    model.on_result(result(1, "refused"))
    model.on_result(result(2, "proven"))
    assert (model.done, model.counts) == (3, {"proven": 2, "refused": 1})
    for case in CASES[2:]:
        model.on_sending(case)
    assert model.words() == "4 of 4 · Register in de · waiting for what arrives"
    run = a_run("The run was stopped.")
    assert model.ended(run) is run
    assert model.words() == "3 of 4 · The run was stopped."


def test_it_shows_what_is_counted_and_no_more() -> None:
    panel = RunProgress(PLAN)
    assert repr(panel) == "RunProgress: shows how far the run below is"
    panel.on_sending(CASES[1])
    assert "value='1'" in panel.bar.value
    assert "SignIn in de" in panel.bar.value
    panel.on_result(result(1, "refused"))
    assert "1 refused" in panel.outcomes.value
    panel.ended(a_run("<script>"))
    assert "&lt;script&gt;" in panel.bar.value
    assert "<script>" not in panel.bar.value
    assert "there.org" not in panel.bar.value + panel.outcomes.value


@pytest.mark.parametrize("mails", [0, 1])
def test_a_run_with_little_to_do(mails: int) -> None:
    panel = RunProgress(replace(PLAN, mails=mails, seconds=0.0))
    assert f"{mails} {'mail' if mails == 1 else 'mails'} to send" in panel.bar.value
    panel.ended(a_run())
    assert f"0 of {mails}" in panel.bar.value
