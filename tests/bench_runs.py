"""The budgets of test runs, measured: `make bench-runs`. Takes minutes, and is no part of `make bench`.

Ratios of times within one run. Exit code 1 when a budget is exceeded. One of them alone:
`python tests/bench_runs.py matrix` or `python tests/bench_runs.py sends`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3

from sesutil import TestRunParameters, UsageType, build_request, connect, init_project, run_tests
from sesutil.launching import ensure_practice, practice_folder, stop_practice
from sesutil.notebook_runs import notebooks_folder
from sesutil.practice import serve
from sesutil.projects import starter_config
from sesutil.testruns.matrix.reading import make_matrix
from sesutil.testruns.matrix.running import run_matrix

RUNS = 20
SENDS = 100
SMALL = {"usage_types": ["SignIn"], "languages": [""], "preset": "production"}


def matrix_ratio() -> tuple[float, float, float]:
    """Wall time of a matrix of 20 small runs on two workers over that of 20 `papermill` commands one after
    the other; and the seconds of both. In turns, so that the machine's moods meet both."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        init_project(project)
        ensure_practice(practice_folder(project), preset="production")
        try:
            ours = bare = 0.0
            for half in range(2):
                ours += _matrix(project, f"half{half}")
                bare += _commands(project)
        finally:
            stop_practice(practice_folder(project))
    return ours / bare, ours, bare


def _matrix(project: Path, name: str) -> float:
    matrix = make_matrix(name, {f"run{number}": SMALL for number in range(RUNS // 2)}, folder=project)
    begin = time.perf_counter()
    run = run_matrix(matrix, workers=2)
    seconds = time.perf_counter() - begin
    assert run.ok, run.summary()
    return seconds


def _commands(project: Path) -> float:
    begin = time.perf_counter()
    for number in range(RUNS // 2):
        own = {"results_path": f"{number}.json", "journal_path": f"{number}.jsonl"}
        command = [sys.executable, "-m", "papermill", str(notebooks_folder() / "test-run.ipynb")]
        command += ["out.ipynb", "-y", json.dumps({**SMALL, **own})]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    return time.perf_counter() - begin


def sends_ratio() -> tuple[float, float, float]:
    """Wall time of a run of 100 mails, with journal, each followed and proven, over that of 100 bare sends
    of the same content paced at the account's rate; and the seconds of both."""
    config = starter_config()
    recipients = [f"user{number}@example.org" for number in range(SENDS)]
    with serve(preset="production") as endpoint, tempfile.TemporaryDirectory() as folder:
        account = connect(config, practice=endpoint)
        client = boto3.client(
            "sesv2",
            endpoint_url=endpoint.endpoint_url,
            region_name=endpoint.region,
            aws_access_key_id=endpoint.access_key_id,
            aws_secret_access_key=endpoint.secret_access_key,
        )
        rate = client.get_account()["SendQuota"]["MaxSendRate"]
        begin = time.perf_counter()
        for number, recipient in enumerate(recipients):
            wait = begin + number / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            payload = {"code": f"{number:06d}"}
            client.send_email(
                **build_request(config, to=recipient, usage_type=UsageType.SIGN_IN, payload=payload)
            )
        bare = time.perf_counter() - begin
        parameters = TestRunParameters.check(
            {
                "usage_types": ["SignIn"],
                "languages": [""],
                "recipients": recipients,
                "journal_path": str(Path(folder) / "run.journal.jsonl"),
            }
        )
        begin = time.perf_counter()
        run = run_tests(account, config, parameters)
        ours = time.perf_counter() - begin
    assert run.ok, run.summary()
    return ours / bare, ours, bare


def main(names: list[str]) -> int:
    lines: list[tuple[str, str, bool]] = []
    if "sends" in names:
        ratio, ours, bare = sends_ratio()
        lines += [
            ("100 mails of a run, times the bare sends (at most 1.25)", f"{ratio:.2f}", ratio <= 1.25),
            ("  … seconds of both", f"{ours:.1f} s, {bare:.1f} s", True),
        ]
    if "matrix" in names:
        ratio, ours, bare = matrix_ratio()
        lines += [
            ("20 runs on two workers, times 20 papermills (at most 0.6)", f"{ratio:.2f}", ratio <= 0.6),
            ("  … seconds of both", f"{ours:.1f} s, {bare:.1f} s", True),
        ]
    for what, measured, ok in lines:
        print(f"{'ok ' if ok else 'OVER'} {what:<58} {measured}")
    return 0 if all(ok for _, _, ok in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["sends", "matrix"]))
