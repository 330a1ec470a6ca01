"""docs/test-run-results.md: its tables are the code's, and its examples run."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from example_runs import OUTCOMES, every_outcome, result, run
from sesutil.history.comparing import COMPARISON_COLUMNS, RunComparison
from sesutil.history.runs import RUN_COLUMNS, record_run
from sesutil.testruns.junit import AS_JUNIT
from sesutil.testruns.keeping import record_text
from sesutil.testruns.results import RECORD_SCHEMA, RESULT_COLUMNS, TestRun

PAGE = (ROOT / "docs" / "test-run-results.md").read_text(encoding="utf-8")
PASSED = "passed"


def tables() -> list[list[list[str]]]:
    """The page's tables without their heads: rows of cells."""
    found = re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE)
    return [
        [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines()[2:]]
        for table in found
    ]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("columns", [RESULT_COLUMNS, RUN_COLUMNS, COMPARISON_COLUMNS])
def test_every_column_is_on_the_page_with_its_dtype_and_in_order(columns: dict[str, str]) -> None:
    documented = [{names(row[0])[0]: row[1] for row in table if names(row[0])} for table in tables()]
    assert [list(each.items()) for each in documented].count(list(columns.items())) == 1


def test_the_outcomes_are_those_that_there_are() -> None:
    rows = next(table for table in tables() if names(table[0][0]) == ["proven"])
    for outcome, row in zip(OUTCOMES, rows, strict=True):
        assert names(row[0]) == [outcome]
        assert (row[2] == "yes") == result(outcome).ok
        assert row[3].rstrip("| ") == (AS_JUNIT[outcome] or PASSED)


def test_the_records_fields_are_those_that_there_are() -> None:
    rows = next(table for table in tables() if names(table[0][0]) == ["schema"])
    assert [name for row in rows for name in names(row[0])] == list(every_outcome().record())
    assert rows[0][1].startswith(f"{RECORD_SCHEMA}.")


def test_the_examples_run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(project)
    first, second = run([result()], id="a"), run([result("lost")], id="b")
    record_run(project, first)
    record_run(project, run([result("lost")], id="b", started=first.started + timedelta(days=1)))
    (project / "results.json").write_text(record_text(second), encoding="utf-8")
    spaces = [{}, {}]
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for code, space in zip(examples, spaces, strict=True):
        exec(code, space)
    read, history = spaces
    assert isinstance(read["run"], TestRun)
    assert len(read["failed"]) == 1
    assert list(history["mails"]["outcome"]) == ["lost"]
    assert isinstance(history["changes"], RunComparison)
    assert "1 case broke (SignIn)" in capsys.readouterr().out
