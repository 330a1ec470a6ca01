"""A run's files: they belong to one process, and what is deleted in mid-run is not taken for not sent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sesutil import TestRunParameters
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.history.runs import runs_frame
from sesutil.notebook_runs import execute_test_run
from sesutil.testruns.execution.claiming import FilesInUse, claimed, is_being_written
from sesutil.testruns.execution.holding import HeldJournal
from sesutil.testruns.execution.progress import Progress
from sesutil.testruns.execution.salvaging import run_left_behind
from sesutil.testruns.journal import BEGIN, Journal
from sesutil.testruns.matrix.reading import read_matrix
from sesutil.testruns.matrix.running import run_matrix
from sesutil.testruns.results import TestRun

TYPES = ["SignIn", "Register", "ForgotPassword", "Generic"]


def parameters_of(project: Path, **given: Any) -> TestRunParameters:
    usual = {
        "config_path": str(project / "connector.json"),
        "usage_types": TYPES,
        "languages": [""],
        "preset": "ready",  # in the sandbox: one mail a second, so that there is a middle
    }
    return TestRunParameters.check({**usual, **given})


def when_sent(number: int, act: Callable[[], object]) -> Callable[[Progress], None]:
    done: list[int] = []

    def on_progress(progress: Progress) -> None:
        if progress.sent >= number and not done:
            done.append(progress.sent)
            act()

    return on_progress


def statuses(run: TestRun) -> list[str]:
    return [result.status for result in run.results]


# -- a journal that is deleted --------------------------------------------------------------------


def lines_of(number: int) -> list[bytes]:
    """The journal of a run of which the first mails, `number` of them, were begun."""
    cases = [
        {
            "number": one,
            "usage_type": name,
            "language": "",
            "recipient": "a@example.org",
            "expected": "delivered",
            "code": "1",
        }
        for one, name in enumerate(TYPES)
    ]
    about = {"id": "a-run", "name": "", "mode": "practice", "region": "us-east-1", "account_id": None}
    at = "2026-01-01T00:00:00+00:00"
    head = {"kind": "run", "schema": 1, "at": at, **about, "started": at, "parameters": {}, "cases": cases}
    sending = [
        {"kind": "sending", "at": at, "number": one, "attempt": 1, "subject": "", "digest": ""}
        for one in range(number)
    ]
    lines = [json.dumps(line).encode() + b"\n" for line in (head, *sending)]
    assert lines[0].startswith(BEGIN)
    return lines


def left(project: Path, held: HeldJournal, not_of: str | None = None) -> TestRun:
    parameters = parameters_of(project, recipients=["a@example.org"])
    return run_left_behind(parameters, project, held.path, "The kernel died.", held=held, not_of=not_of)


def test_a_deleted_journal_is_known_to_its_last_line(project: Path) -> None:
    path = project / "runs" / "x.journal.jsonl"
    held = HeldJournal(path, make=True)
    head, first, second = lines_of(2)
    with path.open("ab", buffering=0) as kernel:
        kernel.write(head + first)
        held.look()
        shutil.rmtree(path.parent)
        kernel.write(second)
    held.look()
    assert statuses(left(project, held)) == ["unknown", "unknown", "not sent", "not sent"]
    held.put_back()  # so that it can be gone on with
    assert path.read_bytes() == head + first + second
    held.close()
    assert path.exists()


def test_a_copy_in_its_place_is_not_taken_for_it(project: Path) -> None:
    path = project / "x.journal.jsonl"
    held = HeldJournal(path, make=True)
    head, first, second = lines_of(2)
    with path.open("ab", buffering=0) as kernel:
        kernel.write(head)
        held.look()
        path.rename(project / "moved")
        path.write_bytes(head)
        kernel.write(first + second)
    held.look()
    assert statuses(left(project, held)) == ["unknown", "unknown", "not sent", "not sent"]
    held.put_back()
    assert path.read_bytes() == head + first + second
    held.close()


def test_a_journal_that_was_emptied_tells_nothing_of_what_is_missing(project: Path) -> None:
    path = project / "x.journal.jsonl"
    held = HeldJournal(path, make=True)
    head, first, second = lines_of(2)
    with path.open("ab", buffering=0) as kernel:
        kernel.write(head + first)
        held.look()
        os.truncate(path, 0)
        held.look()
        assert statuses(left(project, held)) == ["unknown"] * 4
        kernel.write(second)
    held.look()
    assert statuses(left(project, held)) == ["unknown"] * 4
    held.put_back()  # nothing could be gone on with by that
    assert path.read_bytes() == second
    held.close()


def test_what_was_deleted_before_anything_was_read_is_unknown(project: Path) -> None:
    held = HeldJournal(project / "x.journal.jsonl", make=True)
    held.path.unlink()
    assert statuses(left(project, held)) == ["unknown"] * 4
    held.close()
    earlier = project / "y.journal.jsonl"
    earlier.write_bytes(b"".join(lines_of(1)))
    held = HeldJournal(earlier, make=True)
    assert statuses(left(project, held, not_of="a-run")) == ["not sent"] * 4
    earlier.unlink()
    assert statuses(left(project, held, not_of="a-run")) == ["unknown"] * 4
    held.close()


def test_a_run_that_never_began_leaves_no_empty_journal(project: Path) -> None:
    held = HeldJournal(project / "x.journal.jsonl", make=True)
    assert held.path.exists()
    assert statuses(left(project, held)) == ["not sent"] * 4
    held.close()
    assert not held.path.exists()


@pytest.mark.notebooks
def test_the_folder_is_deleted_in_mid_run(project: Path) -> None:
    place = project / "runs"
    done = execute_test_run(parameters_of(project), on_progress=when_sent(2, lambda: shutil.rmtree(place)))
    assert set(statuses(done.run)) == {"sent"}  # the notebook cannot be written: so said once all were sent
    assert done.problem.startswith("The notebook of the run could not be written: its folder is not there")
    assert runs_frame(project)["not_sent"].tolist() == [0]
    assert done.journal.exists()


@pytest.mark.notebooks
def test_interrupted_once_more_it_still_gives_its_record(project: Path) -> None:
    asked: list[str] = []

    def on_progress(progress: Progress) -> None:
        if progress.sent and "again" not in asked:
            asked.append("again" if asked else "first")
            if asked[-1] == "again":
                raise KeyboardInterrupt

    done = execute_test_run(
        parameters_of(project), stop=lambda: bool(asked), on_progress=on_progress, grace=60
    )
    assert asked == ["first", "again"]
    assert done.run.stopped == "The run was stopped from outside (Ctrl-C, or a signal)."
    assert statuses(done.run)[0] == "sent"
    assert TestRun.from_record(json.loads(done.results.read_text())) == done.run


# -- whose they are -------------------------------------------------------------------------------


def test_files_belong_to_one_at_a_time(tmp_path: Path) -> None:
    one, other = tmp_path / "new" / "a.ipynb", tmp_path / "new" / "b.ipynb"
    with claimed([one, other]):
        with pytest.raises(FilesInUse, match=r"b\.ipynb right now"), claimed([other]):
            pass
        with claimed([tmp_path / "c.ipynb"]):
            pass
    with claimed([other]):
        pass
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written to"), claimed([tmp_path / "file" / "x"]):
        pass


def test_nothing_of_a_run_of_another_process_is_touched(project: Path) -> None:
    output = project / "out.ipynb"
    output.write_text("live")
    results, journal = output.with_suffix(".results.json"), output.with_suffix(".journal.jsonl")
    results.write_text("{}")
    code = (
        "import sys; from pathlib import Path; from sesutil.testruns.execution.claiming import claimed\n"
        "with claimed([Path(sys.argv[1])]):\n    print('claimed', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(journal)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as another:
        assert another.stdout is not None
        assert another.stdout.readline() == b"claimed\n"
        for resume in (False, True):
            with pytest.raises(FilesInUse, match="Another process"):
                execute_test_run(
                    parameters_of(project, resume=resume, journal_path=str(journal)), output=output
                )
        another.communicate()
    assert (output.read_text(), results.read_text()) == ("live", "{}")
    assert not journal.exists()
    with Journal.open(journal, resume=False):  # of a notebook that papermill was started with by hand
        assert is_being_written(journal)
        with pytest.raises(FilesInUse, match="Another run is writing"):
            execute_test_run(parameters_of(project), output=output)
    assert not is_being_written(journal)
    assert (output.read_text(), results.read_text()) == ("live", "{}")
    assert not runs_frame(project).size


# -- whom it may send to --------------------------------------------------------------------------


def other_projects(project: Path, tmp_path: Path) -> Path:
    """The project allows example.com alone; the other, whose folder is returned, has no list."""
    (project / "sesutil.toml").write_text('[send]\nallow = ["@example.com"]\n')
    other = tmp_path / "other"
    shutil.copytree(project, other)
    (other / "sesutil.toml").unlink()
    return other


def test_a_config_of_another_folder_does_not_leave_the_list_behind(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = other_projects(project, tmp_path)
    monkeypatch.chdir(project)
    with pytest.raises(InvalidParameters, match=r"eve@other\.org is not on the allow-list"):
        execute_test_run(parameters_of(other, recipients=["eve@other.org"]))
    assert not (other / "runs").exists()


@pytest.mark.parametrize("called_in", ["its folder", "the other folder"])
def test_nor_does_a_matrix(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, called_in: str
) -> None:
    """Neither by its own place nor by that of its configs; and no worker has to see the list."""
    other = other_projects(project, tmp_path)
    home = project if called_in == "the other folder" else other
    away = other if home is project else project
    monkeypatch.chdir(away)
    (home / "matrix.yaml").write_text(
        "defaults: {preset: production, recipients: [eve@other.org], usage_types: [SignIn]}\n"
        f"runs: [{{name: a, config_path: {json.dumps(str(other / 'connector.json'))}}}]\n"
    )
    done = run_matrix(read_matrix(home / "matrix.yaml"), workers=1)
    assert [statuses(run) for run in done.runs] == [["not sent"]]
    assert "eve@other.org is not on the allow-list" in done.runs[0].stopped
