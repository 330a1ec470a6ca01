"""Runs of every kind, made by hand, for the tests of what is made of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sesutil.testruns.results import Outcome, Status, TestResult, TestRun

START = datetime(2026, 11, 25, 2, 0, 3, tzinfo=UTC)
SIMULATOR = "success@simulator.amazonses.com"
OUTCOMES: tuple[Outcome, ...] = (
    "proven", "accepted", "refused", "lost", "unexpected", "unknown", "failed", "not sent",
)  # fmt: skip
_STATUS: dict[Outcome, Status] = {
    "refused": "refused",
    "unknown": "unknown",
    "failed": "not sent",
    "not sent": "not sent",
}


def result(outcome: Outcome = "proven", **given: Any) -> TestResult:
    recipient = given.get("recipient", SIMULATOR)
    values: dict[str, Any] = {
        "usage_type": "SignIn",
        "language": "",
        "recipient": recipient,
        "expected": "bounced" if recipient.startswith("bounce@") else "delivered",
        "status": _STATUS.get(outcome, "sent"),
        "proof": f"This is why it is {outcome}.",
        "attempts": int(outcome != "not sent"),
        "sent_at": None if outcome == "not sent" else START,
        "seconds": None if outcome == "not sent" else 0.052,
        "code": "482913" if outcome == "proven" else None,
        "arrival_seconds": 0.7 if outcome == "proven" else None,
        "arrived_at": START + timedelta(seconds=0.7) if outcome == "proven" else None,
    }
    return TestResult(outcome=outcome, **{**values, **given})


def run(results: Sequence[TestResult] = (), **given: Any) -> TestRun:
    values: dict[str, Any] = {
        "id": "20261125T020003Z-a1b2c3",
        "mode": "practice",
        "region": "us-east-1",
        "started": START,
        "ended": START + timedelta(seconds=42),
        "account_id": "123456789012",
        "parameters": {
            "recipients": [SIMULATOR],
            "languages": ["", "de"],
            "code": "482913",
            "practice": True,
        },
    }
    return TestRun(results=tuple(results), **{**values, **given})


def every_outcome() -> TestRun:
    """One mail of each outcome, each with an error and a next step where that makes sense."""
    return run(
        [
            result(
                outcome,
                language="de",
                error=None if outcome in ("proven", "accepted") else "MessageRejected: said no",
                next_step=None if outcome in ("proven", "accepted") else "Verify the address.",
                observed="delivered" if outcome == "unexpected" else "",
                usage_type=f"Type{number}",
            )
            for number, outcome in enumerate(OUTCOMES)
        ]
    )
