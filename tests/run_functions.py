"""What an executor carries out in tests in place of a real run: importable, so that it pickles."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sesutil.testruns.execution.salvaging import unstarted_run
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.matrix.jobs import STOP_NAME, RunJob, salvage
from sesutil.testruns.results import TestRun


def done(job: RunJob, outcome: str = "proven", stopped: str = "") -> TestRun:
    """A run of this outcome, kept as a real one would be."""
    plain = unstarted_run(job.checked, Path(job.start), stopped)
    status = "sent" if outcome == "proven" else "refused"
    results = tuple(replace(one, outcome=outcome, status=status, proof="") for one in plain.results)  # type: ignore[arg-type]
    run = replace(plain, results=results, ended=datetime.now(UTC))
    keep_run(run, job.checked, folder=Path(job.folder))
    return run


def as_named(job: RunJob) -> TestRun:
    """Does what the run is called; every call leaves a line in the folder's `calls`."""
    with Path(job.folder, "calls").open("a") as calls:
        calls.write(f"{job.name}{' resumed' if job.resume else ''}\n")
    what = job.name.partition("-")[0]
    if what == "fails":
        return done(job, "refused")
    if what == "raises":
        raise ValueError("of its own")
    if what in ("dies", "once") and not (what == "once" and job.mark.exists()):
        job.mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hangs":
        while not Path(job.folder, STOP_NAME).exists():
            time.sleep(0.01)
        return done(job, "refused", "The run was stopped.")
    return done(job)


TOGETHER = threading.Barrier(2, timeout=30)


def side_by_side(job: RunJob) -> TestRun:
    """Ends only when another one runs at the same time."""
    TOGETHER.wait()
    return done(job)


def stop_at_once(job: RunJob) -> TestRun:
    return salvage(job, "The run was stopped.")
