"""`sesutil check`."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesutil.commands.accounts import (
    ConfigOption,
    EndpointOption,
    LiveOption,
    PresetOption,
    ProfileOption,
    RegionOption,
    banner,
    connect_as_asked,
    connector_of,
)
from sesutil.commands.pieces import COULD_NOT_RUN, FOUND_WRONG, JsonOption, failures, print_json
from sesutil.errors import InvalidConfig, SesutilError

if TYPE_CHECKING:
    from sesutil.account import Account
    from sesutil.checks.findings import CheckFinding

__all__ = ["check"]


def check(
    to: Annotated[
        str | None, typer.Option("--to", help="A recipient: would a mail to it be accepted and delivered?")
    ] = None,
    config: ConfigOption = None,
    live: LiveOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    preset: PresetOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again until nothing is wrong, or Ctrl-C.")
    ] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks of --watch.")] = 15.0,
    all_findings: Annotated[
        bool, typer.Option("--all", "-a", help="Show what is in order as well; --json always has it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Is this account ready? What stops the connector's mail, worst first, with the next step.

    Changes nothing and sends nothing. Exit code 1 when something is wrong, 2 when nobody answered.
    """
    with failures(as_json):
        asked = _Asked(config, live, profile, region, endpoint_url, preset, to)
        shown: list[str] = []
        while True:
            account, findings = _look(asked)
            from sesutil.checks.findings import is_wrong, nothing_seen

            wrong = is_wrong(findings)
            if as_json:
                print_json(_record(account, findings, wrong))
            else:
                _print(account, findings, all_findings, shown)
            if not watch or not wrong:
                break
            sys.stdout.flush()
            time.sleep(every)
        if wrong:
            raise typer.Exit(FOUND_WRONG)
        if nothing_seen(findings):
            raise typer.Exit(COULD_NOT_RUN)


@dataclass(frozen=True)
class _Asked:
    config: Path | None
    live: bool | None
    profile: str | None
    region: str | None
    endpoint_url: str | None
    preset: str | None
    to: str | None


def _look(asked: _Asked) -> tuple[Account | None, list[CheckFinding]]:
    """The account, None where none could be connected to, and what was found."""
    from sesutil.checks.findings import CheckFinding
    from sesutil.checks.running import check_account, check_unconnected

    try:
        connector = connector_of(asked.config)
    except InvalidConfig as error:
        return None, [
            CheckFinding(
                "connector.invalid", "connector", "blocked", f"Logto does not take {error.source}: {issue}",
                "", "Make it: sesutil init." if "is not there" in issue.message else "Correct it there: 01-connect has a form for it.",
                rank=rank,
            )
            for rank, issue in enumerate(error.issues)
        ]  # fmt: skip
    try:
        account = connect_as_asked(
            connector, asked.live, asked.profile, asked.region, asked.endpoint_url, preset=asked.preset
        )
    except SesutilError as error:
        return None, check_unconnected(connector, error)
    return account, check_account(account, connector, to=asked.to)


def _record(account: Account | None, findings: Sequence[CheckFinding], wrong: bool) -> dict[str, Any]:
    from sesutil.checks.findings import VERDICTS

    return {
        "ok": not wrong,
        "mode": account.mode if account is not None else None,
        "region": account.region if account is not None else None,
        "counts": {name: sum(one.verdict == name for one in findings) for name in VERDICTS},
        "findings": [one.to_json() for one in findings],
    }


def _print(
    account: Account | None, findings: Sequence[CheckFinding], all_findings: bool, shown: list[str]
) -> None:
    """The table; while watching only when it has changed. `shown` holds the last one."""
    lines = [banner(account)] if account is not None else []
    lines += _table([one for one in findings if all_findings or one.verdict != "done"])
    done = sum(one.verdict == "done" for one in findings)
    if done and not all_findings:
        lines.append(f"{done} in order (--all shows them).")
    text = "\n".join(lines)
    if shown != [text]:
        if shown:
            print()
        print(text)
        shown[:] = [text]


def _table(findings: Sequence[CheckFinding]) -> list[str]:
    from sesutil.checks.findings import SIGNS

    width = min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)
    lines = []
    for one in findings:
        head = f"{SIGNS[one.verdict]} {one.verdict:<8} "
        lines += textwrap.wrap(
            f"{one.sentence} [{one.id}]", width, initial_indent=head, subsequent_indent=" " * len(head),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        for label, text in (("seen", one.evidence), ("next", one.next_step), ("more", one.documentation)):
            if text and not (label == "more" and one.verdict in ("done", "note")):
                first = " " * len(head) + f"{label}: "
                lines += textwrap.wrap(
                    text, width, initial_indent=first, subsequent_indent=" " * len(first),
                    break_long_words=False, break_on_hyphens=False,
                )  # fmt: skip
    return lines
