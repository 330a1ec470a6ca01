"""Test runs in their notebook: whatever becomes of the kernel, the run is accounted for."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest

from conftest import SECRET
from sesutil import TestRunParameters, connect, read_inbox
from sesutil.config import read_json
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.history.runs import runs_frame
from sesutil.launching import find_practice, practice_folder
from sesutil.notebook_runs import ExecutedRun, execute_test_run
from sesutil.testruns.execution.progress import Progress
from sesutil.testruns.results import TestRun

pytestmark = pytest.mark.notebooks

TYPES = ["SignIn", "Register", "ForgotPassword", "Generic"]


def parameters_of(project: Path, **given: Any) -> TestRunParameters:
    usual = {
        "config_path": str(project / "connector.json"),
        "usage_types": TYPES,
        "languages": [""],
        "preset": "ready",  # in the sandbox: one mail a second, so that there is a middle to be killed in
    }
    return TestRunParameters.check({**usual, **given})


def kernel() -> psutil.Process:
    found = [
        child
        for child in psutil.Process().children(recursive=True)
        if "ipykernel_launcher" in " ".join(child.cmdline())
    ]
    assert len(found) == 1
    return found[0]


def when_sent(number: int, act: Callable[[], None]) -> Callable[[Progress], None]:
    """As `on_progress`: acts once, when so many mails have been sent."""
    done: list[int] = []

    def on_progress(progress: Progress) -> None:
        if progress.sent >= number and not done:
            done.append(progress.sent)
            act()

    return on_progress


def inbox(project: Path) -> list[str]:
    endpoint = find_practice(practice_folder(project))
    assert endpoint is not None
    return [message.subject for message in read_inbox(connect(practice=endpoint))]


def statuses(run: TestRun) -> list[str]:
    return [result.status for result in run.results]


def check_kept(done: ExecutedRun, project: Path) -> None:
    """What is returned is in the results file, in the JUnit file and in the history, too."""
    assert TestRun.from_record(read_json(done.results)) == done.run
    frame = runs_frame(project)
    assert frame["id"].tolist() == [done.run.id]
    assert frame["stopped"].tolist() == [done.run.stopped]
    junit = ElementTree.parse(project / "junit.xml").getroot()
    assert (junit.find(".//failure") is None and junit.find(".//error") is None) == done.run.ok
    assert done.problem == ""


def test_a_kernel_that_is_killed_in_the_middle_and_gone_on_with(project: Path) -> None:
    parameters = parameters_of(project, junit_path=str(project / "junit.xml"))
    kill = when_sent(2, lambda: os.kill(kernel().pid, signal.SIGKILL))
    done = execute_test_run(parameters, on_progress=kill)
    assert done.run.stopped == "The kernel of the run died: it was killed, or ran out of memory."
    assert statuses(done.run)[:2] == ["sent", "sent"]
    assert statuses(done.run)[3] == "not sent"
    assert done.notebook.exists()
    check_kept(done, project)
    resumed = TestRunParameters.check(
        {**parameters.plain(), "journal_path": str(done.journal), "resume": True}
    )
    again = execute_test_run(resumed, output=done.notebook)
    assert again.run.id == done.run.id
    assert [result.outcome for result in again.run.results] == ["proven"] * 4
    assert sorted(inbox(project)) == sorted(f"{name}: your code" for name in TYPES)  # none of them twice
    check_kept(again, project)
    assert done.notebook.with_suffix(".stopped1.ipynb").exists()
    assert SECRET not in json.dumps(again.record)


def test_a_run_that_is_stopped_ends_in_order(project: Path) -> None:
    asked: list[bool] = []
    done = execute_test_run(
        parameters_of(project, junit_path=str(project / "junit.xml")),
        stop=lambda: bool(asked),
        on_progress=when_sent(1, lambda: asked.append(True)),
    )
    assert done.run.stopped == "The run was stopped from outside (Ctrl-C, or a signal)."
    assert statuses(done.run)[0] == "sent"
    assert "not sent" in statuses(done.run)
    assert done.run.results[0].outcome == "proven"  # it was looked for before the end
    assert len(inbox(project)) == statuses(done.run).count("sent")
    check_kept(done, project)


def test_a_kernel_that_does_not_start(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "ipykernel_launcher.py").write_text("raise SystemExit('no kernel today')")
    monkeypatch.setenv("PYTHONPATH", str(project))
    done = execute_test_run(parameters_of(project, junit_path=str(project / "junit.xml")))
    assert done.run.stopped == "The kernel of the run did not start: no kernel today"
    assert statuses(done.run) == ["not sent"] * 4
    check_kept(done, project)


def test_a_full_disk(project: Path) -> None:
    """Neither notebook nor results can be written: the run is returned all the same, and says so."""
    output = project / "out.ipynb"
    output.symlink_to("/dev/full")
    (project / "report.html").mkdir()
    done = execute_test_run(parameters_of(project, report_path=str(project / "report.html")), output=output)
    assert done.run.stopped == "The notebook of the run could not be written: No space left on device."
    assert statuses(done.run) == ["not sent"] * 4
    assert "report" in done.problem


def test_the_journal_of_an_earlier_run_is_not_taken_for_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = project / "out.ipynb"
    parameters = parameters_of(project, usage_types=["SignIn"], preset="production")
    first = execute_test_run(parameters, output=output)
    assert first.run.ok
    (project / "ipykernel_launcher.py").write_text("raise SystemExit('no kernel today')")
    monkeypatch.setenv("PYTHONPATH", str(project))
    second = execute_test_run(parameters, output=output)
    assert second.run.id != first.run.id
    assert statuses(second.run) == ["not sent"]


def test_what_cannot_be_written_to_is_said_before_anything_is_sent(project: Path) -> None:
    (project / "runs").write_text("")
    with pytest.raises(ProjectError, match="cannot be written to"):
        execute_test_run(parameters_of(project))
    with pytest.raises(InvalidParameters, match=r"should end in \.ipynb"):
        execute_test_run(parameters_of(project), output=project / "connector.json")
    assert not (project / ".sesutil").exists()
