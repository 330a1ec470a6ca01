"""The runs of a matrix, side by side on an executor: each leaves its record, and none stops the others."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from filelock import FileLock, Timeout

from sesutil.allowing import allowed_in
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.files import project_folder
from sesutil.notebook_runs import require_notebooks_extra
from sesutil.testruns.execution.progress import JournalTail, Progress
from sesutil.testruns.matrix.jobs import NOT_STARTED, STOP_NAME, RunJob, run_job, salvage
from sesutil.testruns.matrix.reading import Matrix
from sesutil.testruns.matrix.results import MatrixResult, MatrixRun, State
from sesutil.testruns.matrix.state import (
    STATE_NAME,
    KeptRun,
    MatrixState,
    last_folder,
    new_folder,
    plan_state,
    read_results,
    read_state,
)
from sesutil.testruns.results import TestRun

__all__ = ["Executor", "RunFunction", "run_matrix"]

RunFunction = Callable[[RunJob], TestRun]

_LOOK = 0.2


class FutureLike(Protocol):
    def result(self) -> Any: ...
    def cancel(self) -> bool: ...
    def add_done_callback(self, fn: Callable[[Any], Any], /) -> Any: ...


class Executor(Protocol):
    """What is needed of an executor: that of `concurrent.futures`, of Dask's `Client.get_executor()` …"""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any: ...


def run_matrix(
    matrix: Matrix,
    *,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    workers: int = 2,
    timeout: float | None = None,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_done: Callable[[MatrixResult], None] = lambda result: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    run_one: RunFunction = run_job,
) -> MatrixRun:
    """Carries out the runs of a matrix, each in a kernel of its own, and returns what became of all.

    executor, workers
        Where they run: any executor like those of `concurrent.futures` (Dask's `Client.get_executor()`
        too). Its workers have to see `folder`, have sesutil, and reach AWS (in practice: be on this
        machine). Without one, `workers` threads. The executor stays open.
    timeout
        Seconds for each run, from its start. Then it is interrupted, and killed if it does not listen.
    folder, resume
        Where the runs are kept, by default `runs/<time>-<name>` of the project. With `resume` it is the
        last one of this matrix, unless another is named: runs that went well stand, one that died goes
        on by its journal (nothing is sent twice), the others begin anew.
    stop, on_done, on_progress
        `stop` is asked five times a second: when it says so, runs end in order, and what has not begun
        stays so. `on_done` is called for each run that ends, `on_progress` with the mails of all runs.
    run_one
        What an executor carries out, for tests: it takes a RunJob and returns a TestRun.

    A run that dies (its kernel, its worker, the pool) leaves its record, and `run.stopped` says why. When
    a pool of processes breaks, all of its runs end; those that had not ended go on in processes of their
    own, by their journals. Runs against one account and Region share its sending rate (see `Turns`).

    Raises ProjectError when the folder cannot be used, or is used by somebody else right now;
    InvalidParameters for `workers` or `timeout` that make no sense. Ctrl-C ends the runs that run, and goes
    on as KeyboardInterrupt once all records are written; after `stop` said so it changes nothing more.
    """
    _check(workers, timeout)
    if run_one is run_job:
        require_notebooks_extra()
    place, before = _place(matrix, folder, resume)
    with _alone_in(place):
        state, todo = plan_state(matrix, before, place)
        (place / STOP_NAME).unlink(missing_ok=True)
        state.write(place)
        own = ThreadPoolExecutor(workers, "sesutil-run") if executor is None else None
        try:
            work = _Work(matrix, place, state, todo, timeout, run_one, on_done, on_progress)
            work.carry_out(own or executor, workers, stop)  # type: ignore[arg-type]
        finally:
            if own is not None:
                own.shutdown(wait=True, cancel_futures=True)
        return work.outcome()


def _check(workers: int, timeout: float | None) -> None:
    problems = []
    if workers < 1:
        problems.append(f"workers: is {workers}, and should be 1 or more.")
    if timeout is not None and not timeout > 0:
        problems.append(f"timeout: is {timeout:g}, and should be a number of seconds above 0.")
    if problems:
        raise InvalidParameters(problems)


def _place(matrix: Matrix, folder: str | Path | None, resume: bool) -> tuple[Path, MatrixState | None]:
    project = project_folder(matrix.folder)
    if not resume:
        place = Path(folder).absolute() if folder is not None else new_folder(project, matrix.name)
        if (place / STATE_NAME).exists():
            raise ProjectError(
                f"{place} holds runs already. Name another folder, or go on with them (resume)."
            )
        return place, None
    found = Path(folder).absolute() if folder is not None else last_folder(project, matrix.name)
    if found is None:
        raise ProjectError(f"There are no runs of {matrix.name} to go on with. Leave resume out.")
    return found, read_state(found)


@contextlib.contextmanager
def _alone_in(place: Path) -> Iterator[None]:
    """One program at a time works on the runs of a folder; the system frees it when that one dies."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise ProjectError(f"The runs in {place} are being carried out right now. Wait for them.") from None
    except OSError as error:
        raise ProjectError(
            f"{place} cannot be written to: {error.strerror}. Make it writable, or name another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()


class _Work:
    """The jobs of one call, and what has become of them."""

    def __init__(
        self,
        matrix: Matrix,
        place: Path,
        state: MatrixState,
        todo: dict[str, str],
        timeout: float | None,
        run_one: RunFunction,
        on_done: Callable[[MatrixResult], None],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.matrix, self.place, self.state = matrix, place, state
        self.run_one, self.on_done, self.on_progress = run_one, on_done, on_progress
        self.allowed = allowed_in(project_folder(matrix.folder))
        self.begun = datetime.now(UTC)
        self.results: dict[str, MatrixResult] = {}
        self.jobs: list[RunJob] = []
        self.tails: dict[str, JournalTail] = {}
        self.told: Progress | None = None
        self.stopping = False
        self.ended: SimpleQueue[tuple[RunJob, FutureLike]] = SimpleQueue()
        self.waiting: dict[RunJob, FutureLike] = {}
        for kept in state.runs:
            job = self._job(kept, todo[kept.name], timeout)
            run = read_results(job.files.results) if todo[kept.name] == "stands" else None
            if run is not None:
                self.results[kept.name] = MatrixResult(kept.name, "ok", run, job.files.notebook, stood=True)
            else:
                self.jobs.append(job)
                self.tails[job.name] = JournalTail(job.files.journal)

    def _job(self, kept: KeptRun, step: str, timeout: float | None) -> RunJob:
        return RunJob(
            name=kept.name,
            parameters=kept.parameters,
            folder=str(self.place),
            start=str(self.matrix.folder),
            file=kept.file,
            timeout=timeout,
            resume=step == "resume",
            allowed=self.allowed,
        )

    def carry_out(self, executor: Executor, workers: int, stop: Callable[[], bool]) -> None:
        """Until every job has its result. Ctrl-C, and an error of a callback, end those that run first."""
        try:
            broken = self._submit_and_wait(executor, self.run_one, self.jobs, stop)
            if broken and not self.stopping:
                with ThreadPoolExecutor(workers, "sesutil-run") as threads:
                    self._submit_and_wait(threads, _Isolated(self.run_one), broken, stop, last=True)
        except KeyboardInterrupt:
            if not self.stopping:
                self._stop()
                self._wait_for_the_rest()
                raise
            self._submit_and_wait(executor, self.run_one, [], stop, last=True)  # they end already
            for job in self.jobs:
                if job.name not in self.results:  # the interrupt came between its end and its result
                    self._done(job, salvage(job, _WORKER_DIED, has_begun=self._has_begun(job)))
        except BaseException:
            self._stop()
            self._wait_for_the_rest()
            raise
        finally:
            for leftover in (self.place / STOP_NAME, *(job.mark for job in self.jobs)):
                with contextlib.suppress(OSError):  # how the runs went is to be told all the same
                    leftover.unlink(missing_ok=True)

    def _submit_and_wait(
        self,
        executor: Executor,
        function: RunFunction,
        jobs: list[RunJob],
        stop: Callable[[], bool],
        *,
        last: bool = False,
    ) -> list[RunJob]:
        """Returns the jobs without a result, since the pool of processes broke; with `last` they are dead."""
        broken: list[RunJob] = []
        for job in jobs:
            try:
                future = executor.submit(function, job)
            except BrokenExecutor:  # meanwhile
                broken.append(job)
                continue
            self.waiting[job] = future
            future.add_done_callback(lambda done, job=job: self.ended.put((job, done)))
        while self.waiting:
            if not self.stopping and stop():
                self._stop()
            try:
                job, future = self.ended.get(timeout=_LOOK)
            except Empty:
                self._look()
                continue
            del self.waiting[job]
            try:
                run = future.result()
            except CancelledError:
                self._done(job, salvage(job, NOT_STARTED))
            except BrokenExecutor:
                broken.append(job)
            except Exception as error:  # a worker that was lost, a job that cannot be pickled, a bug
                self._done(job, salvage(job, _worker_died(error), has_begun=self._has_begun(job)))
            else:
                self._done(job, run)
            self._look()
        if last or self.stopping:
            for job in broken:
                ended = job.left_its_mark() or not self.stopping
                why = _WORKER_DIED if ended else NOT_STARTED
                self._done(job, salvage(job, why, has_begun=self._has_begun(job)))
            return []
        return broken

    def _stop(self) -> None:
        self.stopping = True
        with contextlib.suppress(OSError):
            (self.place / STOP_NAME).touch()
        for job, future in self.waiting.items():
            # Dask says of a job that runs that it is cancelled, and lets it run.
            if not job.left_its_mark():
                future.cancel()

    def _wait_for_the_rest(self) -> None:
        while self.waiting:
            job, _ = self.ended.get()
            self.waiting.pop(job, None)

    def _has_begun(self, job: RunJob) -> bool:
        """Whether its journal was seen, or whatever it left may have been deleted with the folder."""
        return self.tails[job.name].progress is not None or not self.place.is_dir()

    def _done(self, job: RunJob, run: TestRun) -> None:
        result = self._result(job, run)
        self.results[job.name] = result
        self.on_done(result)

    def _result(self, job: RunJob, run: TestRun) -> MatrixResult:
        if run.stopped == NOT_STARTED:
            return MatrixResult(job.name, "not started", run, None)
        state: State = "ok" if run.ok else "stopped" if run.stopped else "failed"
        return MatrixResult(job.name, state, run, job.files.notebook)

    def _look(self) -> None:
        looks = [tail.look() for tail in self.tails.values()]
        there = [progress for progress in looks if progress is not None]
        now = Progress(
            sum(one.sent for one in there), sum(one.done for one in there), sum(one.total for one in there)
        )
        if there and now != self.told:
            self.told = now
            self.on_progress(now)

    def outcome(self) -> MatrixRun:
        return MatrixRun(
            name=self.matrix.name,
            folder=self.place,
            started=self.begun,
            ended=datetime.now(UTC),
            results=tuple(self.results[kept.name] for kept in self.state.runs),
        )


_WORKER_DIED = "The worker of the run died (killed, or out of memory), and its kernel with it."


def _worker_died(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "KilledWorker":  # Dask's, after it has tried several workers
        return f"{_WORKER_DIED} (Dask: {kind}.)"
    return f"The executor could not carry out the run ({kind}: {error})."


class _Isolated:
    """Carries out each job in a process of its own, after a pool has broken: nobody knows by which of its
    jobs, and that one is to break nothing but its own process."""

    def __init__(self, function: RunFunction) -> None:
        self.function = function

    def __call__(self, job: RunJob) -> TestRun:
        # Not forked: this process has threads.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            return alone.submit(self.function, job).result()
