"""One run of a matrix, as it is handed to an executor: plain values that cross to other processes.

An executor may start a job a second time: Dask does so when it loses a worker. A job leaves a mark when it
begins, so that the second one goes on by the journal, where nothing is sent twice.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sesutil.allowing import Allowed
from sesutil.errors import SesutilError, own_fault
from sesutil.notebook_runs import RunFiles, execute_test_run
from sesutil.testruns.execution.claiming import FilesInUse
from sesutil.testruns.execution.salvaging import (
    journal_at,
    project_of,
    run_left_behind,
    secrets_of,
    unstarted_run,
)
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.results import TestRun

__all__ = ["NOT_STARTED", "STOP_NAME", "RunJob", "run_job", "salvage"]

STOP_NAME = "stop"
"""A file of this name in the folder of the runs ends those that run, and lets none begin."""

NOT_STARTED = "It was not started: the runs were stopped before its turn."

_PATIENCE = 20.0  # seconds; the kernel of a worker that was killed ends within about one


@dataclass(frozen=True, eq=False)
class RunJob:
    """A run of a matrix for an executor.

    `folder`: of all runs, which every worker has to see. `file`: what its files are called, without ending.
    `resume`: whether it goes on with an earlier attempt. `allowed`: whom the program that
    starts it may send to; a worker may work elsewhere. `token` keeps two jobs with the same values apart:
    Dask would take the second for the first, and hand out its result.
    """

    name: str
    parameters: Mapping[str, Any] = field(repr=False)
    folder: str
    start: str
    file: str
    timeout: float | None = None
    resume: bool = False
    allowed: Allowed = field(default_factory=Allowed)
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def files(self) -> RunFiles:
        return RunFiles(Path(self.folder) / f"{self.file}.ipynb")

    @property
    def mark(self) -> Path:
        """Where it is kept that the job has begun."""
        return Path(self.folder) / f"{self.file}.begun-{self.token}"

    def left_its_mark(self) -> bool:
        try:
            return self.mark.exists()
        except OSError:
            return False

    @property
    def checked(self) -> TestRunParameters:
        """The parameters, with the files of this run."""
        own = {"results_path": str(self.files.results), "journal_path": str(self.files.journal)}
        return TestRunParameters.check({**self.parameters, **own})


def run_job(job: RunJob) -> TestRun:
    """Carries out the run; whatever happens to it is in the TestRun that comes back. Raises nothing but what
    Ctrl-C does."""
    stop = Path(job.folder) / STOP_NAME
    parameters = job.checked
    try:
        if stop.exists():
            return salvage(job, NOT_STARTED)
        again = _begin(job.mark)
        if (again or job.resume) and job.files.journal.exists():
            _wait_for(job.files.journal)
            if journal_at(job.files.journal) is not None:
                parameters = replace(parameters, resume=True)
        return execute_test_run(
            parameters,
            output=job.files.notebook,
            folder=Path(job.start),
            timeout=job.timeout,
            stop=stop.exists,
            allowed=job.allowed,
        ).run
    except FilesInUse as error:  # whose record is written by whoever carries it out
        return unstarted_run(parameters, project_of(parameters, Path(job.start)), str(error))
    except SesutilError as error:
        return salvage(job, str(error))
    except OSError as error:
        return salvage(job, f"The files of the run cannot be written: {error.strerror or error}.")
    except Exception as bug:
        return salvage(job, str(own_fault(bug)))


def salvage(job: RunJob, stopped: str, *, has_begun: bool = False) -> TestRun:
    """The record of a run that gave none: from its results, else from its journal, else nothing was sent.

    It is kept as the run would have been, unless it was not started. Of one that has begun, and left nothing,
    nobody knows what was sent.
    """
    from sesutil.config import read_json

    parameters, project = job.checked, project_of(job.checked, Path(job.start))
    if stopped == NOT_STARTED:
        return unstarted_run(parameters, project, stopped)
    with suppress(SesutilError, AttributeError):
        return TestRun.from_record(read_json(job.files.results))
    run = run_left_behind(parameters, project, job.files.journal, stopped, has_begun=has_begun)
    with suppress(SesutilError):  # what cannot be written stays in what is returned
        keep_run(run, parameters, folder=project, secrets=secrets_of(parameters, project))
    return run


def _begin(mark: Path) -> bool:
    """Leaves the mark; whether it was there already."""
    try:
        with mark.open("x") as file:
            file.write(f"{os.getpid()}\n")
    except FileExistsError:
        return True
    return False


def _wait_for(journal: Path) -> None:
    """Until no other kernel writes the journal: that of a worker which was killed has a moment left."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    until = time.monotonic() + _PATIENCE
    with journal.open("rb") as file:
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.1)
            except OSError:  # a file system without locks
                return
            else:
                return
