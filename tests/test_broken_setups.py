"""Set-ups with one fault each, and the finding that comes first; and healthy ones without alarm."""

from __future__ import annotations

import ast

import pytest

from conftest import ROOT
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


def test_the_page_on_checks_names_every_finding_that_comes_first() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    for setup in BROKEN:
        area, _, name = setup.first.partition(".")
        assert f"`{setup.first}`" in page or (f"`{area}." in page and f"`.{name}`" in page), setup.first


def test_the_page_on_checks_names_every_mistake_in_the_dns() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    mistakes = {
        call.args[0].value
        for path in (ROOT / "sesutil" / "dns").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("Mistake", "DmarcProblem")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(mistakes) > 30
    mistakes.remove("not-there")  # told as a record that is missing
    assert [one for one in sorted(mistakes) if f".{one}`" not in page] == []
