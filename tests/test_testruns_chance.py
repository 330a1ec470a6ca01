"""Runs under faults by chance: whatever comes together, each mail is accounted for, and none is sent twice.

`python tests/test_testruns_chance.py 500 7` tries 500 runs from the seed 7 on.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from run_bench import Act, Bench, Kind, judge_run, opened_bench
from sesutil import SesutilError
from sesutil.testruns.journal import run_from_journal
from sesutil.testruns.results import TestRun

KINDS: tuple[Kind, ...] = ("practice", "blind", "events")
OF_CALLS = ("throttle", "quota", "pause", "deny", "skew", "error", "slow", "cut", "lost-answer", "garbled")
OF_MAILS = ("bounce", "soft-bounce", "complaint", "delay")
OF_EVENTS = ("event-twice", "event-lost", "event-late")
CALLS = ("SendEmail", "SendEmail", "SendEmail", "GetAccount", "ReceiveMessage", "DeleteMessageBatch", None)

write = os.write


class Killed(BaseException):
    """In place of SIGKILL: nothing of the run goes on."""


class Chance:
    """One run and its resumptions; all that is by chance comes from `seed`."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.chance = random.Random(seed)
        self.recipients = [f"{letter}{seed}@there.org" for letter in "ab"[: self.chance.randint(1, 2)]]
        self.bench.journal = bench.folder / f"{seed}.jsonl"
        self.given: dict[str, Any] = {
            "recipients": self.recipients,
            "usage_types": self.chance.sample(["SignIn", "Register", "OrganizationInvitation", "Generic"], 3),
            "wait_seconds": self.chance.choice([0, 0.05, 0.3]),
            "code": self.chance.choice(["", "", f"{seed:06d}"]),
        }
        self.number = 3 * len(self.recipients)
        self.unknown = bench.kind != "practice"
        self.told: list[str] = []
        self.ids: dict[int, str] = {}

    # -- what goes wrong ----------------------------------------------------------------------------

    def act(self) -> Act:
        kinds = [OF_CALLS] * 6 + [OF_MAILS, OF_EVENTS]
        kind = self.chance.choice(self.chance.choice(kinds))
        given: dict[str, Any] = {"times": self.chance.choice([1, 1, 2, 3, 7, None])}
        if kind in OF_CALLS:
            given["operation"] = self.chance.choice(CALLS) if kind not in ("quota", "pause") else "SendEmail"
        if kind == "slow":
            given |= {"seconds": self.chance.choice([0.05, 0.05, 1.2]), "times": 1}
            self.unknown = True
        if kind in ("delay", "event-late"):
            given["seconds"] = self.chance.choice([0.2, 60])
        self.told.append(f"{kind} {given}")
        return lambda bench: bench.practice.plant_fault(kind, **given)

    def ending(self) -> Act | None:
        """Something that ends the run, perhaps."""
        what = self.chance.choice(["", "", "", "", "interrupt", "stop", "gone", "back"])
        self.told.append(what)
        if what == "interrupt":
            return raising(KeyboardInterrupt)
        if what == "stop":
            return lambda bench: bench.stop.set()
        if what == "gone":
            self.unknown = True  # there is no inbox to look into
            return Bench.kill
        return gone_and_back if what == "back" else None

    def deadly_write(self) -> Callable[[int, bytes], int]:
        """The run dies with the journal's n-th line: before it, in the midst of it, or after it."""
        at, part = self.chance.randrange(1, 4 * self.number), self.chance.choice([0.0, 0.5, 1.0])
        self.told.append(f"dies at {at} after {part}")
        lines = 0

        def dying(descriptor: int, data: bytes) -> int:
            nonlocal lines
            if not data.startswith(b'{"kind"'):
                return write(descriptor, data)
            lines += 1
            if lines == at:
                write(descriptor, data[: int(len(data) * part)])
                self.unknown = True
                raise Killed
            return write(descriptor, data)

        return dying

    # -- the run ------------------------------------------------------------------------------------

    def carry_out(self) -> None:
        for attempt in range(self.chance.randint(1, 4)):
            self.told.append(f"-- {attempt}")
            self.run(resume=attempt > 0)
            if self.chance.random() < 0.6:
                self.bench.practice.remove_faults()
        self.bench.practice.remove_faults()
        self.told.append("-- well again")
        for _ in range(2):  # what is found not to have been sent is sent the next time
            if self.bench.journal.exists():
                self.run(resume=True, well=True)

    def run(self, *, resume: bool, well: bool = False) -> None:
        bench, acts = self.bench, {}
        if not well:
            acts = {self.chance.randint(0, self.number): self.act() for _ in range(self.chance.randint(0, 3))}
            if ending := self.ending():
                acts[self.chance.randint(1, self.number)] = ending
        run: TestRun | None = None
        if not well and self.chance.random() < 0.3:
            os.write = self.deadly_write()
        try:
            run = bench.run(acts, resume=resume, **self.given)
        except (SesutilError, Killed) as error:
            self.told.append(f"{type(error).__name__}: {error}")
        finally:
            os.write = write
            bench.stop.clear()
            bench.time.on_sleep = lambda seconds: None
            bench.start()
        self.judge(run)

    def judge(self, run: TestRun | None) -> None:
        if run is None:
            with suppress(SesutilError):  # it was killed before its first line
                run = run_from_journal(self.bench.journal)
        there = [one for one in self.bench.inbox() if set(one.recipients) & set(self.recipients)]
        if run is None:
            assert there == []
            return
        if self.given["code"] and any(one.status == "unknown" for one in run.results):
            self.unknown = True  # of equal mails it is not known which is there
        statuses = judge_run(run, there, self.bench.journal, unknown=self.unknown)
        self.told.append(f"{statuses} {run.stopped}")
        for number, one in enumerate(run.results):
            if one.message_id is not None:
                assert self.ids.setdefault(number, one.message_id) == one.message_id, (
                    "another mail than before"
                )
            assert (number in self.ids) <= (one.status == "sent"), "a mail is no longer sent"


def raising(kind: type[BaseException]) -> Act:
    def act(bench: Bench) -> None:
        raise kind

    return act


def gone_and_back(bench: Bench) -> None:
    bench.kill()
    bench.time.on_sleep = lambda seconds: bench.start()


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Kind, Bench]]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr("sesutil.account._ATTEMPTS", 1)
        yield {kind: stack.enter_context(opened_bench(tmp_path_factory.mktemp(kind), kind)) for kind in KINDS}


def one_of(benches: dict[Kind, Bench], seed: int) -> None:
    bench = benches[KINDS[seed % len(KINDS)]]
    chance = Chance(bench, seed)
    if bench.sender is None:
        bench.impatient()
    if bench.kind != "events":  # whose times go by this machine's clock
        bench.practice.advance(seconds=10)
    try:
        chance.carry_out()
    except BaseException as error:
        if isinstance(error, AssertionError):
            error.add_note(f"{bench.kind}, seed {seed}, {chance.given}:\n" + "\n".join(chance.told))
        raise
    finally:
        bench.start()
        bench.practice.remove_faults()
        bench.practice.clear()


@pytest.mark.parametrize("seed", range(24))
def test_chance(benches: dict[Kind, Bench], seed: int) -> None:
    one_of(benches, seed)


def main(number: int, first: int) -> None:
    import sesutil.account as account

    account._ATTEMPTS = 1
    bad = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        benches: dict[Kind, Bench] = {}
        for kind in KINDS:
            Path(folder, kind).mkdir()
            benches[kind] = stack.enter_context(opened_bench(Path(folder, kind), kind))
        for seed in range(first, first + number):
            try:
                one_of(benches, seed)
            except Exception as error:
                bad += 1
                print(f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
    print(f"{bad} of {number} failed")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
