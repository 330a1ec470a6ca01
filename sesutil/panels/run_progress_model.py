"""How far a test run is: counted from what the run reports."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import get_args

from traitlets import Dict, Float, HasTraits, Int, Unicode

from sesutil.testruns.cases import TestCase
from sesutil.testruns.planning import RunPlan
from sesutil.testruns.results import Outcome, TestResult, TestRun

__all__ = ["RunProgressModel"]


class RunProgressModel(HasTraits):
    """Counts the mails of a run. `on_sending`, `on_result` and `ended` are what the run calls.

    `state` is one of waiting, sending, ended. `begun` are the mails whose sending began, `done` those of
    which no more is to be known, `counts` these by outcome. `now` says which mail it is at; `seconds_left`
    about how long the sending takes still.
    """

    state = Unicode("waiting")
    total = Int(0)
    begun = Int(0)
    done = Int(0)
    counts = Dict()
    now = Unicode("")
    seconds_left = Float(0.0)
    said = Unicode("")

    def __init__(self, plan: RunPlan, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(total=plan.mails, seconds_left=plan.seconds)
        self._clock = clock
        self._started: float | None = None
        self._found: Counter[str] = Counter()

    def on_sending(self, case: TestCase) -> None:
        """This mail is sent now."""
        if self._started is None:
            self._started = self._clock()
        begun = self.begun
        if begun:
            each = (self._clock() - self._started) / begun
            self.seconds_left = each * max(self.total - begun, 0)
        self.state = "sending"
        self.now = f"{case.usage_type} in {case.language}" if case.language else case.usage_type
        self.begun = begun + 1

    def on_result(self, result: TestResult) -> None:
        """No more is to be known of this mail."""
        self._found[result.outcome] += 1
        self.counts = {name: self._found[name] for name in get_args(Outcome) if self._found[name]}
        self.done += 1

    def ended(self, run: TestRun) -> TestRun:
        """The run is over; gives it back."""
        self.now, self.seconds_left, self.said = "", 0.0, run.stopped
        self.state = "ended"
        return run

    def words(self) -> str:
        """`7 of 18 · SignIn in de · about 12 s left`."""
        if self.state == "waiting":
            return f"{self.total} {'mail' if self.total == 1 else 'mails'} to send"
        if self.state == "ended":
            return f"{self.done} of {self.total}" + (f" · {self.said}" if self.said else "")
        left = (
            f"about {self.seconds_left:.0f} s left" if self.begun < self.total else "waiting for what arrives"
        )
        return f"{self.begun} of {self.total} · {self.now} · {left}"
