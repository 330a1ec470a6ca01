"""The pace of a run: below the account's rate, and slower once SES has said that it was too fast."""

from __future__ import annotations

import random
from collections.abc import Callable

from sesutil.testruns.sending.turns import Turns

__all__ = ["Pace"]

_SLOWER = 1.5
_SLOWEST = 10.0  # times the first pace
_FIRST_PAUSE = 0.5  # seconds, doubled with each try
_LONGEST_PAUSE = 30.0


class Pace:
    """Lets a send begin no more often than `per_second`; 0 means without a limit.

    `fastest` is the account's rate, which no two sends in a row exceed either: lateness is made up for within
    the difference. So SES's rate is kept however long its bucket is. (AWS lets it be exceeded "for short
    bursts", of no stated length: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html)
    `clock` and `sleep` count in seconds; `sleep` may return early, when somebody stops the run. With
    `turns` others who send from the account are let pass: all together keep to the pace.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        turns: Turns | None = None,
        *,
        fastest: float = 0.0,
    ) -> None:
        self._clock, self._sleep, self._turns = clock, sleep, turns
        self._first = 1 / per_second if per_second > 0 else 0.0
        self._gap = self._first
        self._spare = max(self._first - 1 / fastest, 0.0) if fastest > 0 else self._first / 2
        self._last: float | None = None
        self._late = 0.0

    @property
    def per_second(self) -> float:
        """How many mails a second begin at most; 0 without a limit."""
        return 1 / self._gap if self._gap else 0.0

    @property
    def spare(self) -> float:
        """The seconds until the next send may begin."""
        return 0.0 if self._last is None else max(self._last + self._gap - self._clock(), 0.0)

    def wait(self) -> None:
        """Waits until the next send may begin."""
        seconds = self.spare
        if self._turns is not None:
            seconds = max(seconds, self._turns.reserve(self._gap))
        if seconds > 0:
            self._sleep(seconds)

    def begin(self) -> None:
        """A send begins now. A little lateness is made up for with the next ones, so that it does not add
        up."""
        now = self._clock()
        due = self._last + self._gap if self._last is not None else now
        behind = self._late + now - due if now >= due else 0.0
        self._late = 0.0
        self._last = now
        if 0 < behind < self._gap / 2:
            caught_up = min(behind, self._spare)
            self._last, self._late = now - caught_up, behind - caught_up

    def slow_down(self) -> None:
        """For the rest of the run."""
        longest = max(self._first * _SLOWEST, self._first + 1)
        self._gap = min(max(self._gap, 0.05) * _SLOWER, longest)

    def pause(self, tries: int) -> None:
        """Before the same mail is tried again, the `tries`-th time: longer each time, and never quite the
        same, so that runs side by side do not try again together."""
        seconds = min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
        self._sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311
