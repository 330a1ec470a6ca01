"""The runs of a matrix on executors: with stand-ins for the runs, since it is about who runs when."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import run_functions
from run_functions import as_named, side_by_side
from sesutil.errors import InvalidMatrix, InvalidParameters, ProjectError
from sesutil.testruns.execution.unfinished import find_unfinished
from sesutil.testruns.matrix.jobs import NOT_STARTED, RunJob, run_job
from sesutil.testruns.matrix.reading import Matrix, make_matrix
from sesutil.testruns.matrix.results import MATRIX_COLUMNS, MatrixResult, MatrixRun
from sesutil.testruns.matrix.running import run_matrix
from sesutil.testruns.matrix.state import last_folder
from sesutil.testruns.results import TestRun


def matrix_of(folder: Path, *names: str, **given: Any) -> Matrix:
    parameters = {"usage_types": ["SignIn"], "languages": [""], **given}
    return make_matrix("m", dict.fromkeys(names, parameters), folder=folder)


def states(run: MatrixRun) -> dict[str, str]:
    return {result.name: result.state for result in run.results}


def calls(run: MatrixRun) -> list[str]:
    return sorted((run.folder / "calls").read_text().split("\n")[:-1])


def test_each_leaves_its_record_and_none_stops_the_others(tmp_path: Path) -> None:
    told: list[str] = []
    run = run_matrix(
        matrix_of(tmp_path, "a", "fails", "raises", "b"),
        run_one=as_named,
        on_done=lambda result: told.append(result.name),
    )
    assert states(run) == {"a": "ok", "fails": "failed", "raises": "stopped", "b": "ok"}
    assert sorted(told) == ["a", "b", "fails", "raises"]
    assert not run.ok
    assert (
        run.summary() == "m: 2 of 4 runs ok, 1 of 4 failed, 1 of 4 stopped; 2 of 4 mails proven or accepted"
    )
    raised = run.results[2].run
    assert raised.stopped == "The executor could not carry out the run (ValueError: of its own)."
    assert [mail.outcome for mail in raised.results] == ["not sent"]
    assert run.folder.parent == tmp_path / "runs"
    for name in ("a", "fails", "raises", "b"):
        assert TestRun.from_record(json.loads((run.folder / f"{name}.results.json").read_text()))
    assert not list(run.folder.glob("*.begun-*"))


def test_the_frame_and_the_record(tmp_path: Path) -> None:
    run = run_matrix(matrix_of(tmp_path, "a", "fails"), run_one=as_named)
    frame = run.frame()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == MATRIX_COLUMNS
    assert frame["state"].tolist() == ["ok", "failed"]
    assert frame["failed"].tolist() == [0, 1]
    empty = MatrixRun("m", tmp_path, run.started, run.ended, ())
    assert {name: str(dtype) for name, dtype in empty.frame().dtypes.items()} == MATRIX_COLUMNS
    record = json.loads(json.dumps(run.record()))
    assert [(one["name"], one["state"]) for one in record["runs"]] == [("a", "ok"), ("fails", "failed")]
    assert TestRun.from_record(record["runs"][1]["run"]) == run.runs[1]


def test_so_many_at_a_time_as_there_are_workers(tmp_path: Path) -> None:
    run_functions.TOGETHER.reset()
    assert run_matrix(matrix_of(tmp_path, "a", "b", "c", "d"), run_one=side_by_side, workers=2).ok


def test_an_executor_of_the_caller_stays_open(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        assert run_matrix(matrix_of(tmp_path, "a", "b"), executor=threads, run_one=as_named).ok
        assert threads.submit(int).result() == 0


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes(tmp_path: Path, method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as processes:
        run = run_matrix(matrix_of(tmp_path, "a", "fails"), executor=processes, run_one=as_named)
    assert states(run) == {"a": "ok", "fails": "failed"}


def test_a_pool_that_breaks_takes_down_one_run_only(tmp_path: Path) -> None:
    """A killed worker breaks the whole pool of concurrent.futures, with all that was to run in it. What
    ran goes on, in a process of its own; what kills that as well is dead."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        run = run_matrix(
            matrix_of(tmp_path, "a", "once", "dies", "b"), executor=processes, run_one=as_named, workers=2
        )
    assert states(run) == {"a": "ok", "once": "ok", "dies": "stopped", "b": "ok"}
    assert "The worker of the run died" in run.results[2].run.stopped
    assert calls(run) == ["a", "b", "dies", "once", "once"]


class Odd:
    """An executor that loses the first job, as Dask does with a worker, and starts it a second time."""

    def submit(self, function: Any, job: RunJob) -> Future[Any]:
        future: Future[Any] = Future()
        job.mark.touch()
        future.set_result(function(job))
        return future


def test_a_job_that_an_executor_starts_twice_goes_on_by_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[bool] = []

    def execute(parameters: Any, **options: Any) -> Any:
        resumed.append(parameters.resume)
        raise ProjectError("enough")

    monkeypatch.setattr("sesutil.testruns.matrix.jobs.execute_test_run", execute)
    monkeypatch.setattr("sesutil.testruns.matrix.jobs.journal_at", lambda path: object())
    matrix = matrix_of(tmp_path, "a")
    assert states(run_matrix(matrix, folder=tmp_path / "x", executor=Odd())) == {"a": "stopped"}
    assert resumed == [False]  # there was no journal yet
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "a.journal.jsonl").write_text("{}\n")
    run_matrix(matrix, folder=tmp_path / "y", executor=Odd())
    assert resumed == [False, True]


def test_stopping_ends_what_runs_and_starts_no_more(tmp_path: Path) -> None:
    asked = threading.Event()
    matrix = matrix_of(tmp_path, "a", "hangs", "b", "c")
    run = run_matrix(
        matrix, run_one=as_named, workers=1, stop=asked.is_set, on_done=lambda result: asked.set()
    )
    assert states(run) == {"a": "ok", "hangs": "stopped", "b": "not started", "c": "not started"}
    assert run.results[2].run.stopped == NOT_STARTED
    assert not (run.folder / "b.results.json").exists()
    assert run.results[3].files is None


def test_what_waits_in_a_foreign_executor_does_not_begin_after_a_stop(tmp_path: Path) -> None:
    """`run_job` itself looks, since not every executor can take back what it was given."""
    job = RunJob(
        "a", matrix_of(tmp_path, "a").entries[0].parameters.plain(), str(tmp_path), str(tmp_path), "a"
    )
    (tmp_path / "stop").touch()
    assert run_job(job).stopped == NOT_STARTED
    assert not job.mark.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_error_of_the_caller_ends_the_runs_first(tmp_path: Path, error: type[BaseException]) -> None:
    def on_done(result: MatrixResult) -> None:
        raise error

    with pytest.raises(error):
        run_matrix(matrix_of(tmp_path, "a", "hangs", "b"), run_one=as_named, workers=2, on_done=on_done)
    folder = last_folder(tmp_path)
    assert folder is not None
    assert json.loads((folder / "hangs.results.json").read_text())["stopped"] == "The run was stopped."


def test_interrupted_once_more_while_they_end(tmp_path: Path) -> None:
    """All are accounted for, and the runs are returned, so that whoever stopped them can tell of them."""
    asked: list[str] = []

    def on_done(result: MatrixResult) -> None:
        asked.append(result.name)
        if result.name == "hangs":
            raise KeyboardInterrupt

    run = run_matrix(
        matrix_of(tmp_path, "a", "hangs", "b", "c"),
        run_one=as_named,
        workers=1,
        stop=lambda: bool(asked),
        on_done=on_done,
    )
    assert states(run) == {"a": "ok", "hangs": "stopped", "b": "not started", "c": "not started"}


def test_resume_runs_only_what_is_not_done(tmp_path: Path) -> None:
    matrix = matrix_of(tmp_path, "a", "fails", "raises")
    first = run_matrix(matrix, run_one=as_named)
    (first.folder / "raises.journal.jsonl").write_text("{}\n")  # as if it had begun to send
    again = run_matrix(matrix_of(tmp_path, "a", "fails", "raises", "new"), run_one=as_named, resume=True)
    assert again.folder == first.folder
    assert calls(again) == ["a", "fails", "fails", "new", "raises", "raises resumed"]
    assert states(again) == {"a": "ok", "fails": "failed", "raises": "stopped", "new": "ok"}
    assert [result.stood for result in again.results] == [True, False, False, False]
    assert again.results[0].run == first.results[0].run
    assert again.results[1].notebook == first.folder / "fails.2.ipynb"
    assert (first.folder / "fails.results.json").exists()
    third = run_matrix(matrix, run_one=as_named, resume=True)
    assert third.results[1].notebook == first.folder / "fails.3.ipynb"


def test_resume_begins_anew_what_has_other_parameters(tmp_path: Path) -> None:
    first = run_matrix(matrix_of(tmp_path, "a", "b"), run_one=as_named)
    changed = make_matrix(
        "m",
        {
            "a": {"usage_types": ["SignIn"], "languages": [""]},
            "b": {"usage_types": ["Generic"], "languages": [""]},
        },
        folder=tmp_path,
    )
    again = run_matrix(changed, run_one=as_named, resume=True)
    assert calls(again) == ["a", "b", "b"]
    assert again.results[1].run.results[0].usage_type == "Generic"
    assert again.folder == first.folder


def test_what_there_is_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="none to go on with"):
        find_unfinished(tmp_path)
    with pytest.raises(ProjectError, match="no runs of m to go on with"):
        run_matrix(matrix_of(tmp_path, "a"), run_one=as_named, resume=True)
    good = run_matrix(matrix_of(tmp_path, "a"), run_one=as_named)
    assert find_unfinished(tmp_path) is None
    assert find_unfinished(tmp_path, good.folder.name) == good.folder
    assert find_unfinished(tmp_path, str(good.folder)) == good.folder
    assert find_unfinished(tmp_path, good.folder.name[:20]) == good.folder
    bad = run_matrix(matrix_of(tmp_path, "fails"), run_one=as_named)
    assert find_unfinished(tmp_path) == bad.folder
    with pytest.raises(ProjectError, match="beginning of 2 runs"):
        find_unfinished(tmp_path, "20")
    with pytest.raises(ProjectError, match="There is no run 'nothing'"):
        find_unfinished(tmp_path, "nothing")


def test_two_at_a_time_in_one_folder(tmp_path: Path) -> None:
    matrix = matrix_of(tmp_path, "a")
    seen: list[str] = []

    def on_done(result: MatrixResult) -> None:
        with pytest.raises(ProjectError, match="right now") as caught:
            run_matrix(matrix, folder=tmp_path / "x", resume=True, run_one=as_named)
        seen.append(str(caught.value))

    run_matrix(matrix, folder=tmp_path / "x", run_one=as_named, on_done=on_done)
    assert len(seen) == 1
    with pytest.raises(ProjectError, match="holds runs already"):
        run_matrix(matrix, folder=tmp_path / "x", run_one=as_named)


def test_what_makes_no_sense(tmp_path: Path) -> None:
    matrix = matrix_of(tmp_path, "a")
    with pytest.raises(InvalidParameters) as caught:
        run_matrix(matrix, workers=0, timeout=0, run_one=as_named)
    assert len(caught.value.problems) == 2
    with pytest.raises(InvalidMatrix):
        make_matrix("m", {})
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written to"):
        run_matrix(matrix, folder=tmp_path / "file" / "x", run_one=as_named)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "matrix.json").write_text("{}")
    with pytest.raises(ProjectError, match="not whole"):
        run_matrix(matrix, folder=tmp_path / "odd", resume=True, run_one=as_named)


DASK = """
import os, signal, sys
from pathlib import Path
from distributed import Client, LocalCluster
from run_functions import as_named
from sesutil.testruns.matrix.running import run_matrix
from sesutil.testruns.matrix.reading import make_matrix

if __name__ == "__main__":
    given = {"usage_types": ["SignIn"], "languages": [""]}
    matrix = make_matrix("m", dict.fromkeys(["a", "once", "fails", "b"], given), folder=sys.argv[1])
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            run = run_matrix(matrix, executor=client.get_executor(), run_one=as_named)
            again = run_matrix(matrix, executor=client.get_executor(), run_one=as_named, resume=True)
    print([result.state for result in run.results], [result.stood for result in again.results])
    print(sorted((run.folder / "calls").read_text().split()))
"""


def test_a_dask_cluster(tmp_path: Path) -> None:
    """Two worker processes, of which one is killed in its first job; in a process of its own, since Dask's
    threads and sockets outlive its cluster by a moment."""
    program = tmp_path / "program.py"
    program.write_text(DASK)
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "['ok', 'ok', 'failed', 'ok'] [True, True, False, True]",
        "['a', 'b', 'fails', 'fails', 'once', 'once']",
    ], done.stderr
