"""Runs that are killed, interrupted, or run out of disk, each in a process of its own.

Called as a program, with a JSON file: `endpoint`, `config`, and `jobs`. It imports sesutil once, and forks a
process for each job. A job has `parameters`, `result` (where the run is written as JSON, if there is one),
and one of

    half: n       the process is killed with half of the journal's n-th line written, counted from 0
    after: n      ... right after the n-th line
    interrupt: n  SIGINT comes as soon as the journal has n lines
    bytes: n      no file may grow beyond n bytes, as on a disk that is full
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from sesutil import SesutilError, TestRunParameters, connect, load_config, run_tests
from sesutil.launching import PracticeEndpoint

_write = os.write


def main(given: dict[str, Any]) -> None:
    children = []
    for job in given["jobs"]:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                carry_out(given, job)
                code = 0
            except KeyboardInterrupt:
                code = 2
            except SesutilError as error:
                Path(job["result"]).with_suffix(".error").write_text(str(error))
            finally:
                os._exit(code)
        children.append(child)
        if "interrupt" in job:
            interrupt(child, Path(job["parameters"]["journal_path"]), job["interrupt"])
            if job.get("twice"):
                os.kill(child, signal.SIGINT)
        job["ended"] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([job["ended"] for job in given["jobs"]]))


def interrupt(child: int, journal: Path, lines: int) -> None:
    while not journal.exists() or journal.read_bytes().count(b"\n") < lines:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        os.sched_yield()
    os.kill(child, signal.SIGINT)


def carry_out(given: dict[str, Any], job: dict[str, Any]) -> None:
    if "half" in job or "after" in job:
        os.write = killing(job)
    if "bytes" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["bytes"], resource.RLIM_INFINITY))
    config = load_config(given["config"])
    parameters = TestRunParameters.check(job["parameters"])
    account = connect(practice=PracticeEndpoint(**given["endpoint"]))
    try:
        run = run_tests(account, config, parameters)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    Path(job["result"]).write_text(json.dumps(run.record()))


def killing(job: dict[str, Any]) -> Any:
    lines = 0

    def write(descriptor: int, data: bytes) -> int:
        nonlocal lines
        if not data.startswith(b'{"kind"'):
            return _write(descriptor, data)
        if lines == job.get("half"):
            _write(descriptor, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        written = _write(descriptor, data)
        if lines == job.get("after"):
            os.kill(os.getpid(), signal.SIGKILL)
        lines += 1
        return written

    return write


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
