"""Runs whose process is killed, interrupted, or finds the disk full: real processes, real signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from run_bench import BENCH_TYPES, Bench, judge_run, opened_bench
from sesutil import ProjectError
from sesutil.inbox import InboxMessage
from sesutil.testruns.journal import KILLED, run_from_journal
from sesutil.testruns.results import TestRun

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

LINES = 1 + 2 * len(BENCH_TYPES) + len(BENCH_TYPES) + 1
"""Of the journal of a run that goes well: its head, a call and an answer for each, the verdicts, its end."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with opened_bench(tmp_path_factory.mktemp("killed")) as bench:
        yield bench


class Jobs:
    """What the driver is to do; each job has a recipient of its own."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.jobs: list[dict[str, Any]] = []

    def add(self, **job: Any) -> None:
        number = len(self.jobs)
        parameters = {
            "usage_types": list(BENCH_TYPES),
            "recipients": [f"n{number}@{self.folder.name.replace('_', '-')}.org"],
            "journal_path": str(self.folder / f"{number}.jsonl"),
            "wait_seconds": 3,
        }
        result = str(self.folder / f"{number}.json")
        self.jobs.append({"parameters": parameters, "result": result, **job})

    def carry_out(self) -> list[int]:
        """How each ended, as `subprocess` says it."""
        template = [one.model_dump(mode="json", by_alias=True) for one in self.bench.config().templates]
        given = {
            "endpoint": asdict(self.bench.endpoint),
            "config": {
                "accessKeyId": "AKIAEXAMPLE",
                "accessKeySecret": "x",
                "emailAddress": "Logto <no-reply@example.com>",
                "region": "us-east-1",
                "templates": template,
            },
            "jobs": self.jobs,
        }
        file = self.folder / "jobs.json"
        file.write_text(json.dumps(given))
        driver = Path(__file__).with_name("killed_runs.py")
        done = subprocess.run(
            [sys.executable, str(driver), str(file)], check=True, stdout=subprocess.PIPE, text=True
        )
        return [int(code) for code in json.loads(done.stdout)]

    def inbox(self, job: dict[str, Any]) -> list[InboxMessage]:
        return self.bench.practice.inbox(to=job["parameters"]["recipients"][0])

    def judge(self, job: dict[str, Any], *, unknown: bool = False) -> str:
        """Of the run that its process has left, else of what its journal says."""
        journal = Path(job["parameters"]["journal_path"])
        file = Path(job["result"])
        run = (
            TestRun.from_record(json.loads(file.read_text())) if file.exists() else run_from_journal(journal)
        )
        return judge_run(run, self.inbox(job), journal, unknown=unknown)

    def go_on(self, job: dict[str, Any], *, unknown: bool = False) -> str:
        run = self.bench.run(**{**job["parameters"], "resume": True, "wait_seconds": 0.3})
        return judge_run(run, self.inbox(job), Path(job["parameters"]["journal_path"]), unknown=unknown)


def test_killed_at_every_line_of_the_journal(bench: Bench, tmp_path: Path) -> None:
    """Half a line: the call that it is of is over. After a `sending`: it has not begun."""
    jobs = Jobs(bench, tmp_path)
    for number in range(LINES):
        jobs.add(half=number)
    for number in (0, 1, 3, 5, 7, LINES - 1):
        jobs.add(after=number)
    assert jobs.carry_out() == [-signal.SIGKILL] * len(jobs.jobs)
    found = {}
    for job in jobs.jobs:
        at = ("half", job["half"]) if "half" in job else ("after", job["after"])
        if at == ("half", 0):  # it had not begun
            assert jobs.inbox(job) == []
            with pytest.raises(ProjectError, match="no journal"):
                run_from_journal(job["parameters"]["journal_path"])
        else:
            found[at] = jobs.judge(job, unknown=True)
            assert run_from_journal(job["parameters"]["journal_path"]).stopped == (
                "" if at == ("after", LINES - 1) else KILLED
            )
        again = jobs.go_on(job, unknown=True)
        if "after" in job and "u" in again:
            # It may still come, for all that anybody knows; two minutes later it does not.
            assert again == found[at].replace("n", "s")
            make_older(Path(job["parameters"]["journal_path"]))
            assert jobs.go_on(job) == again.replace("u", "r")
            again = jobs.go_on(job)
        assert again == "ssss", at
    assert found["half", 1] == found["after", 0] == "nnnn"
    assert found["half", 2] == found["after", 1] == "unnn"
    assert found["half", 3] == "snnn"
    assert found["half", 8] == found["after", 7] == "sssu"
    assert found["half", 9] == found["half", LINES - 1] == found["after", LINES - 1] == "ssss"


def make_older(journal: Path) -> None:
    """As if the calls in it had begun long ago."""
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    for line in lines:
        if line["kind"] == "sending":
            line["at"] = "2026-01-01T00:00:00+00:00"
        if line["kind"] in ("answer", "verdict") and line["result"]["status"] == "unknown":
            line["result"]["sent_at"] = "2026-01-01T00:00:00+00:00"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize("kind", ["pacing", "slow", "delay"])
def test_interrupted_wherever_it_is(bench: Bench, tmp_path: Path, kind: str) -> None:
    """Ctrl-C while it paces, while SES is asked, while it waits for what becomes of the mails."""
    jobs = Jobs(bench, tmp_path)
    for lines in {"pacing": (1, 3, 5), "slow": (2, 4), "delay": (9,)}[kind]:
        jobs.add(interrupt=lines)
    if kind == "slow":
        bench.practice.plant_fault("slow", operation="SendEmail", seconds=0.3)
    elif kind == "delay":
        bench.practice.plant_fault("delay", seconds=60)
    try:
        ended = jobs.carry_out()
    finally:
        bench.practice.remove_faults()
    for job, code in zip(jobs.jobs, ended, strict=True):
        if code == 2 and job["interrupt"] == 1:  # it came before the run had begun to send
            assert jobs.judge(job) == "nnnn"
            continue
        assert code == 0
        run = TestRun.from_record(json.loads(Path(job["result"]).read_text()))
        assert run.stopped == "The run was interrupted."
        # A call that was broken off may not have left, or may still come: there is no telling.
        statuses = jobs.judge(job, unknown=True)
        assert statuses.count("u") <= 1
        assert ("n" in statuses) == (kind != "delay")
        assert jobs.go_on(job, unknown=True) == "".join("u" if one == "u" else "s" for one in statuses)


def test_interrupted_twice(bench: Bench, tmp_path: Path) -> None:
    jobs = Jobs(bench, tmp_path)
    for lines in (2, 4, 9):
        jobs.add(interrupt=lines, twice=True)
    bench.practice.plant_fault("slow", operation="SendEmail", seconds=0.2)
    try:
        jobs.carry_out()
    finally:
        bench.practice.remove_faults()
    for job in jobs.jobs:
        jobs.judge(job, unknown=True)
        assert jobs.go_on(job, unknown=True).strip("su") == ""


def test_no_room_on_the_disk(bench: Bench, tmp_path: Path) -> None:
    """The journal's head has about 1,500 bytes, a call 200, an answer 700."""
    jobs = Jobs(bench, tmp_path)
    sizes = (10, 1400, *range(2000, 5600, 450), 8000)
    for size in sizes:
        jobs.add(bytes=size)
    jobs.carry_out()
    counts = []
    for job in jobs.jobs:
        journal = Path(job["parameters"]["journal_path"])
        if not Path(job["result"]).exists():
            assert jobs.inbox(job) == []  # not even the head could be written
            assert "cannot be written" in Path(job["result"]).with_suffix(".error").read_text()
            counts.append(0)
            continue
        run = TestRun.from_record(json.loads(Path(job["result"]).read_text()))
        statuses = jobs.judge(job)
        counts.append(statuses.count("s"))
        assert "n" not in statuses or run.stopped.endswith(
            "cannot be written: No space left on device. So nothing more was sent."
        )
        run_from_journal(journal)
        assert jobs.go_on(job) == "ssss"
    assert counts == sorted(counts)
    assert {0, 1, 2, 3, 4} <= set(counts), counts
