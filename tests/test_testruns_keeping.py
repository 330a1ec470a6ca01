"""Keeping a run: everything is tried, each file is whole or not there, and nothing shows a folder."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from conftest import SECRET
from example_runs import every_outcome, result, run
from sesutil import TestRunParameters
from sesutil.errors import ProjectError
from sesutil.history.runs import runs_frame
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.results import TestRun


def parameters(**given: Any) -> TestRunParameters:
    return TestRunParameters.check(given)


def test_all_of_it_is_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    asked = parameters(results_path="runs/r.json", junit_path="runs/j.xml", report_path="runs/r.html")
    kept = keep_run(every_outcome(), asked)
    record = json.loads((project / "runs/r.json").read_text())
    assert TestRun.from_record(record) == every_outcome()
    assert fromstring((project / "runs/j.xml").read_text())[0].get("tests") == "8"
    assert (project / "runs/r.html").read_text().startswith("<!doctype html>")
    assert list(runs_frame(project)["id"]) == [every_outcome().id]
    assert repr(kept) == (
        "Kept(results: runs/r.json, JUnit: runs/j.xml, report: runs/r.html, history: runs/history.sqlite)"
    )
    assert kept.files["history"] == project / "runs/history.sqlite"
    assert sorted(path.name for path in (project / "runs").glob("[!h]*")) == ["j.xml", "r.html", "r.json"]


def test_nothing_is_written_that_was_not_asked_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    kept = keep_run(run([result()]), parameters(history=False))
    assert repr(kept) == "Kept(nothing)"
    assert [path.name for path in project.iterdir()] == ["connector.json"]


def test_relative_paths_count_from_the_working_folder_and_the_history_is_the_projects(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    monkeypatch.chdir(workspace)
    config = os.path.relpath(project / "connector.json", workspace)
    kept = keep_run(run([result()]), parameters(config_path=config, junit_path="out/j.xml"))
    assert (workspace / "out" / "j.xml").is_file()
    assert (project / "runs" / "history.sqlite").is_file()
    assert str(tmp_path) not in repr(kept)
    assert kept.names["JUnit"] == "j.xml"  # outside the project: its name alone
    other = tmp_path / "other"
    keep_run(run([result()]), parameters(config_path=config), folder=other)
    assert len(runs_frame(other)) == 1


def test_one_that_cannot_be_written_does_not_stop_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "a-file").write_text("")
    (project / "runs").write_text("in the way of the history")
    (project / "a-folder").mkdir()
    asked = parameters(results_path="a-file/r.json", junit_path="a-folder", report_path="r.html")
    with pytest.raises(ProjectError) as caught:
        keep_run(run([result(), result("lost")]), asked)
    said = str(caught.value)
    assert "results (r.json): " in said
    assert "JUnit (a-folder): Is a directory" in said
    assert "history: runs/history.sqlite cannot be written" in said
    assert "Written: report." in said
    assert "How it went: 1 of 2 proven, 1 of 2 lost (practice, us-east-1)" in said
    assert str(project) not in said
    assert (project / "r.html").is_file()
    assert (project / "runs").read_text() == "in the way of the history"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_a_full_disk_leaves_what_was_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary file lies beside the target, so a real full disk is one of a few blocks. Here writing
    fails with the error that a full disk gives."""
    monkeypatch.chdir(project)
    (project / "r.json").write_text("the last run's")
    asked = parameters(results_path="r.json", report_path="r.html", history=False)
    with Path("/dev/full").open("wb", buffering=0) as full:
        real = os.fdopen

        def first_is_full(handle: int, mode: str) -> Any:
            monkeypatch.setattr(os, "fdopen", real)  # the disk has room again for the next file
            os.dup2(full.fileno(), handle)
            return real(handle, mode)

        monkeypatch.setattr(os, "fdopen", first_is_full)
        with pytest.raises(ProjectError, match=r"results \(r\.json\): No space left on device"):
            keep_run(run([result()]), asked)
    assert (project / "r.json").read_text() == "the last run's"
    assert (project / "r.html").is_file()
    assert sorted(path.name for path in project.iterdir()) == ["connector.json", "r.html", "r.json"]


def test_two_files_of_the_same_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    asked = replace(parameters(results_path="out", history=False), report_path=str(project / "out"))
    with pytest.raises(ProjectError, match=r"report \(out\): results has the same path"):
        keep_run(run([result()]), asked)
    json.loads((project / "out").read_text())


def test_a_path_that_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(ProjectError, match="results"):
        keep_run(run([result()]), parameters(results_path="a\0b", report_path="r.html", history=False))
    assert (project / "r.html").is_file()


def test_no_secret_is_written_anywhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    told = f"With {SECRET} and hunter2 of AKIAIOSFODNN7EXAMPLE \ud800"
    hostile = run([result("refused", error=told, proof=told)], stopped=told, notes=(told,))
    asked = parameters(results_path="r.json", junit_path="j.xml", report_path="r.html")
    kept = keep_run(hostile, asked, secrets=["hunter2"])
    assert set(kept.files) == {"results", "JUnit", "report", "history"}
    for path in project.rglob("*"):
        if path.is_file() and path.name != "connector.json":
            data = path.read_bytes()
            for hidden in (SECRET, "hunter2", "IOSFODNN7"):
                assert hidden.encode() not in data, path.name


def test_a_path_in_a_record_that_is_not_json(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no JSON can hold is told, and the others are written."""
    monkeypatch.chdir(project)
    odd = run([result(seconds=float("nan"))])
    with pytest.raises(ProjectError, match="results"):
        keep_run(odd, parameters(results_path="r.json", junit_path="j.xml", report_path="r.html"))
    assert not (project / "r.json").exists()
    assert (project / "j.xml").is_file()
    assert len(runs_frame(project)) == 1
