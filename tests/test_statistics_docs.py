"""docs/statistics.md: its tables are the code's, and its example runs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from sesutil.history.database import history_path
from sesutil.history.keeping import keep_statistics
from sesutil.statistics.bins import BIN_COLUMNS, KEY_COLUMNS
from sesutil.statistics.quota import QUOTA_COLUMNS
from sesutil.statistics.rates import FEWEST, RATE_COLUMNS, TELLING, THRESHOLDS, judge_rate, percent
from sesutil.statistics.reputation import REPUTATION_COLUMNS
from sesutil.statistics.sources import PROBLEM_COLUMNS, SOURCE_COLUMNS, read_statistics
from sesutil.statistics.suppression import SUPPRESSION_COLUMNS
from sesutil.statistics.verdict import NEARLY_USED

PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
FRAMES = {
    "bins": {**KEY_COLUMNS, **BIN_COLUMNS},
    "quota": QUOTA_COLUMNS,
    "reputation": {**KEY_COLUMNS, **REPUTATION_COLUMNS},
    "suppression": {**KEY_COLUMNS, **SUPPRESSION_COLUMNS},
    "sources": SOURCE_COLUMNS,
    "problems": PROBLEM_COLUMNS,
}


def table(head: str) -> list[list[str]]:
    """The rows of the table that begins so."""
    (body,) = re.findall(rf"^\| {re.escape(head)} .*\n\|[-|]+\|\n((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body.splitlines()]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_frame_is_on_the_page_with_its_columns_in_order() -> None:
    assert {names(row[0])[0]: names(row[1]) for row in table("Frame")} == {
        name: list(columns) for name, columns in FRAMES.items()
    }


def test_every_column_is_on_the_page_with_its_dtype() -> None:
    documented = [(names(row[0])[0], row[1]) for row in table("Column")]
    known: dict[str, str] = {"filled": "bool", **RATE_COLUMNS}
    for columns in FRAMES.values():
        known |= columns
    assert len(documented) == len(dict(documented))
    assert dict(documented) == known
    assert [name for name, _ in documented][-len(RATE_COLUMNS) :] == list(RATE_COLUMNS)


def test_the_thresholds_on_the_page_are_those_of_the_code() -> None:
    (body,) = re.findall(r"^\| \| Share \|.*\n\|[-|]+\|\n((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in body.splitlines()]
    assert [row[:3] for row in rows] == [
        [f"{one.kind}, {one.level}", percent(one.share), one.meaning] for one in THRESHOLDS
    ]
    assert [row[3] == "ours" for row in rows] == ["own" in one.source for one in THRESHOLDS]


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"fewer than {FEWEST} mails" in PAGE
    assert TELLING == 5
    assert f"{NEARLY_USED:.0%}".replace("%", " %") + " of the quota" in PAGE
    assert judge_rate("bounces", 0, 73).level == judge_rate("complaints", 0, 3838).level == "healthy"
    assert judge_rate("bounces", 0, 72).level == judge_rate("complaints", 0, 3837).level == "too few"


def test_the_example_runs(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(project)
    code, with_history = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    space: dict[str, Any] = {}
    exec(code, space)
    assert "Nothing was sent" in capsys.readouterr().out
    assert list(space["days"]) == [*KEY_COLUMNS, *BIN_COLUMNS, *RATE_COLUMNS]
    exec(with_history, space)
    assert "1 reading of the quota" in capsys.readouterr().out
    assert (project / "export" / "bins.parquet").is_file()


def test_the_tables_and_views_on_the_page_are_those_of_the_file(project: Path) -> None:
    keep_statistics(project, read_statistics([]))
    with closing(sqlite3.connect(history_path(project))) as history:
        found = set(history.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')"))
        for query in re.findall(r'history\.sqlite "(.*?)"', PAGE):
            history.execute(query).fetchall()
    documented = {("table", names(row[0])[0]) for row in table("Table")}
    documented |= {("view", name) for row in table("Table") for name in names(row[1])}
    assert found - {("table", "runs"), ("table", "results")} == documented
