"""Going on with a run: what stands, what is still to be judged or looked for, what is to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sesutil.errors import InvalidParameters
from sesutil.testruns.cases import TestCase
from sesutil.testruns.journal import JournalContent
from sesutil.testruns.parameters import TestRunParameters

__all__ = ["Step", "check_same_account", "check_same_run", "next_step_of"]

Step = Literal["stands", "judge", "find", "send"]

_MAY_DIFFER = frozenset(
    {"results_path", "junit_path", "report_path", "journal_path", "resume", "wait_seconds", "history"}
)


def next_step_of(before: JournalContent, number: int) -> Step:
    """What is to be done for a mail of an earlier attempt. What was sent, or may have been, is never sent
    again."""
    result = before.results[number]
    if result.status in ("refused", "not sent"):
        return "send"
    if result.status == "unknown":
        return "find"
    return "stands" if number in before.judged and result.outcome != "failed" else "judge"


def check_same_run(before: JournalContent, parameters: TestRunParameters, cases: Sequence[TestCase]) -> None:
    """Raises InvalidParameters, naming what differs from the run in the journal."""
    given, then = parameters.plain(), before.parameters
    problems = [
        f"{name}: is {value!r}, and was {then.get(name)!r} in the run that the journal is of. To go on with "
        "that run, give it as it was."
        for name, value in given.items()
        if name not in _MAY_DIFFER and then.get(name) != value
    ]
    if not problems and list(cases) != list(before.cases):
        problems = ["languages: the project has templates in other languages now than when the run began."]
    if problems:
        raise InvalidParameters(problems)


def check_same_account(before: JournalContent, mode: str, region: str, account_id: str | None) -> None:
    """Raises InvalidParameters when the run in the journal was sent from another account or Region."""
    problems = []
    if (before.mode, before.region) != (mode, region):
        problems.append(
            f"resume: the run in the journal is one of {before.mode} in {before.region}, not of {mode} in "
            f"{region}."
        )
    elif None not in (before.account_id, account_id) and before.account_id != account_id:
        problems.append("resume: the run in the journal was sent from another AWS account.")
    if problems:
        raise InvalidParameters(problems)
