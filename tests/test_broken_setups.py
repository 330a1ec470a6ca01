"""Seventy set-ups with one fault each, and the finding that comes first; and healthy ones without alarm."""

from __future__ import annotations

import pytest

from sesutil.checks.findings import CheckFinding, is_wrong
from setups import Setup, findings_of, setups

BROKEN, HEALTHY = setups("broken"), setups("healthy")


def told(findings: list[CheckFinding]) -> str:
    return "\n".join(f"{one.verdict:<8} {one.id}: {one.sentence} | {one.evidence}" for one in findings)


def test_there_are_enough() -> None:
    assert len(BROKEN) >= 40
    assert len(HEALTHY) >= 10


@pytest.mark.parametrize("setup", BROKEN, ids=lambda setup: setup.name)
def test_the_cause_comes_first(setup: Setup) -> None:
    findings = findings_of(setup)
    first = findings[0]
    assert (first.id, first.verdict) == (setup.first, setup.verdict), told(findings)
    assert first.next_step
    for text in setup.says:
        assert text in f"{first.sentence} {first.evidence} {first.next_step}", first


@pytest.mark.parametrize("setup", HEALTHY, ids=lambda setup: setup.name)
def test_no_false_alarm(setup: Setup) -> None:
    findings = findings_of(setup)
    assert not is_wrong(findings), told(findings)
