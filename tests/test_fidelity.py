"""docs/practice-account.md: what the table says is held by a test is held by that test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import ROOT
from sesutil.practice.rules.faults import FAULTS

HERE = Path(__file__).parent
DOCUMENT = (ROOT / "docs" / "practice-account.md").read_text(encoding="utf-8")
TABLE = DOCUMENT.partition("## Fidelity")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in TABLE.splitlines()
    if line.startswith("| ") and not line.startswith(("| Behaviour", "|---"))
]


def named(cell: str) -> list[tuple[str, str]]:
    """`file::name` → the file of tests and the name of the test."""
    found = re.findall(r"`(\w+)::(\w+)`", cell)
    return [
        (
            next(name for name in (f"test_practice_{file}.py", f"test_{file}.py") if (HERE / name).is_file()),
            f"test_{test}",
        )
        for file, test in found
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_each_row_has_a_mark_a_source_and_tests_that_exist(row: list[str]) -> None:
    behaviour, mark, source, tests = row
    assert behaviour
    assert mark in ("D", "M", "R", "P", "I")
    assert source
    assert named(tests)
    for file, test in named(tests):
        assert re.search(rf"^def {test}\(", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_each_file_of_tests_of_the_rules_holds_something_in_it() -> None:
    cited = {file for row in ROWS for file, _ in named(row[3])}
    about_the_page = {"test_practice_http.py", "test_practice_pages.py", "test_practice_review.py"}
    there = (
        {path.name for path in HERE.glob("test_practice_*.py")} - about_the_page - {"test_practice_state.py"}
    )
    assert there <= cited


def test_all_marks_are_explained() -> None:
    assert {row[1] for row in ROWS} == {"D", "M", "R", "P", "I"}
    assert all(f"**{mark}**" in TABLE for mark in "DMRPI")


def test_the_faults_are_listed_in_their_own_words() -> None:
    for kind, meaning in FAULTS.items():
        assert f"| `{kind}` | {meaning} |" in DOCUMENT
