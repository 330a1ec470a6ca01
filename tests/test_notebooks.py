"""The notebooks: how they are stored, that they run, and that they fail when they should."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from sesutil import Practice, TestRunParameters, connect
from sesutil.launching import ensure_practice, practice_folder, practice_folders, stop_practice
from sesutil.statistics.parameters import StatisticsParameters

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALLOWED_TAGS = {
    "parameters",
    "nbval-ignore-output",
    "nbval-skip",
    "raises-exception",
    "remove-cell",
    "hide-input",
}


def ids(path: Path) -> str:
    return path.stem


def load(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def text_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder without a project, which the notebooks take for theirs."""
    monkeypatch.setenv("SESUTIL_PROJECT", str(tmp_path))
    yield tmp_path
    for folder in practice_folders(tmp_path):
        stop_practice(folder)


def test_they_are_there() -> None:
    assert [path.name for path in NOTEBOOKS] == [
        "00-start-here.ipynb",
        "01-connect.ipynb",
        "02-identity.ipynb",
        "03-production-access.ipynb",
        "04-templates.ipynb",
        "05-test-send.ipynb",
        "06-statistics.ipynb",
        "test-run.ipynb",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_how_it_is_stored(path: Path) -> None:
    notebook = load(path)
    cells = notebook["cells"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "widgets" not in notebook["metadata"]
    assert 10 <= len(cells) <= 30
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in cells:
        assert set(cell["metadata"].get("tags", [])) <= ALLOWED_TAGS
    for cell in code:
        assert not re.search(r"^\s*(def|class|try|%pip|!)", text_of(cell), re.MULTILINE)
        for output in cell["outputs"]:
            assert output["output_type"] == "execute_result"
            assert "application/vnd.jupyter.widget-view+json" not in output["data"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_a_text_stands_before_each_code_cell(path: Path) -> None:
    kinds = [cell["cell_type"] for cell in load(path)["cells"]]
    assert kinds[0] == "markdown"
    assert ("code", "code") not in set(pairwise(kinds))
    first = text_of(load(path)["cells"][0])
    for part in ("You need", "You will have", "sends or creates"):
        assert part in first


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_nothing_of_a_machine_or_a_person_is_stored(path: Path) -> None:
    outputs = json.dumps([cell.get("outputs") for cell in load(path)["cells"]])
    for pattern in (r"/(home|root|tmp|Users|work)/", r"[\w.]+@[\w.]+", r"\b\d{12}\b", r"AKIA", r"https?://"):
        assert not re.search(pattern, outputs), pattern


@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_its_links_lead_somewhere(path: Path) -> None:
    for cell in load(path)["cells"]:
        for target in re.findall(r"\]\(([^)#]+)\)", text_of(cell)):
            if not target.startswith("https://"):
                assert (path.parent / target).exists(), target


@pytest.mark.notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=ids)
def test_its_outputs_are_what_it_gives(path: Path, fresh: Path) -> None:
    """nbval: runs it in a kernel and compares each output with the stored one."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    done = subprocess.run(
        [*command, f"--rootdir={fresh}", str(path)], cwd=fresh, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def papermill(fresh: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "papermill", str(ROOT / "notebooks" / name), "out.ipynb", *arguments],
        cwd=fresh,
        capture_output=True,
        text=True,
    )


@pytest.mark.notebooks
def test_papermill_by_defaults(fresh: Path) -> None:
    done = papermill(fresh, "test-run.ipynb")
    assert done.returncode == 0, done.stderr
    assert "18 of 18 proven (practice, us-east-1)" in (fresh / "out.ipynb").read_text()


@pytest.mark.notebooks
def test_papermill_is_red_when_the_sandbox_refuses(fresh: Path) -> None:
    arguments = "-y", '{recipients: [x@there.org], usage_types: [SignIn], results_path: "r.json"}'
    done = papermill(fresh, "test-run.ipynb", *arguments)
    assert done.returncode != 0
    assert "TestRunFailed" in done.stderr
    results = json.loads((fresh / "r.json").read_text())["results"]
    assert [result["outcome"] for result in results] == ["refused", "refused"]
    assert "Email address is not verified" in results[0]["error"]


@pytest.mark.notebooks
def test_the_test_send_runs_through_where_nothing_is_verified_yet(fresh: Path) -> None:
    done = papermill(fresh, "05-test-send.ipynb", "-p", "account", "new")
    assert done.returncode == 0, done.stderr
    executed = (fresh / "out.ipynb").read_text()
    assert "Not sent: the table above says what stops it." in executed
    assert "No identity in us-east-1 covers" in executed
    assert "The code is right." in executed


@pytest.mark.notebooks
def test_papermill_of_the_statistics_is_red_past_a_threshold_and_has_written_them(fresh: Path) -> None:
    practice = Practice(connect(practice=ensure_practice(practice_folder(fresh))))
    practice.plant_history(seed=1)
    practice.enforce("PROBATION")
    given = "{zone: Europe/Berlin, by: hour, days: 3, fail_at: review, csv_path: a.csv, report_path: a.html}"
    done = papermill(fresh, "06-statistics.ipynb", "-y", given)
    assert done.returncode != 0
    assert "StatisticsFailed: AWS has put the account under review" in done.stderr
    assert (fresh / "a.csv").read_text().count("\n") > 48
    executed = (fresh / "out.ipynb").read_text()
    for page in (executed, (fresh / "a.html").read_text()):
        assert "AWS has put the account under review" in page
        assert not re.search(r"\b\d{12}\b", re.sub(r"base64,[\w+/=]+", "", page))
    assert "hour (Europe/Berlin)" in executed


@pytest.mark.notebooks
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "recipient", "a@b.org"], "Do you mean recipients"),
        (["-p", "code", "012345"], "-r code 012345"),
    ],
)
def test_papermill_with_parameters_that_make_no_sense(fresh: Path, arguments: list[str], said: str) -> None:
    done = papermill(fresh, "test-run.ipynb", *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert not (fresh / ".sesutil").exists()


@pytest.mark.notebooks
@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is not JSON"), ('{"region": 5}', "region: should be a string"), ("", "is empty")],
)
@pytest.mark.parametrize("name", ["00-start-here.ipynb", "test-run.ipynb"])
def test_a_fault_is_one_message_and_no_traceback(fresh: Path, name: str, content: str, said: str) -> None:
    (fresh / "connector.json").write_text(content)
    done = papermill(fresh, name)
    assert done.returncode != 0
    cells = load(fresh / "out.ipynb")["cells"]
    errors = [
        output for cell in cells for output in cell.get("outputs", []) if output["output_type"] == "error"
    ]
    assert len(errors) == 1
    shown = "\n".join(errors[0]["traceback"])
    assert shown.startswith("InvalidConfig: ")
    assert said in shown
    assert "Traceback" not in shown
    assert ".py" not in shown
    assert (fresh / "connector.json").read_text() == content


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("test-run.ipynb", TestRunParameters), ("06-statistics.ipynb", StatisticsParameters)],
)
def test_what_papermill_says_of_the_parameters(name: str, parameters: type) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--help-notebook", str(ROOT / "notebooks" / name)],
        capture_output=True,
        text=True,
    )
    for field in fields(parameters):
        assert f"{field.name}: " in done.stdout
    assert "Unknown type" not in done.stdout
