"""Following the mails of a run until it is known what became of each, or it was waited long enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sesutil.config import ConnectorConfig
from sesutil.errors import own_fault
from sesutil.testruns.following.judging import Evidence, judge
from sesutil.testruns.following.watching import Watch
from sesutil.testruns.sending.sends import Tracked

__all__ = ["Following"]

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_HURRY = 2.0  # seconds, for somebody who has pressed Ctrl-C


class Following:
    """Judges mails that were sent, and looks for those of which nobody knows.

    `verdict` is called when no more is to be known of a mail. Without a watch what SES has accepted is all
    that is known. `note` says what could not be seen.
    """

    def __init__(
        self,
        config: ConnectorConfig,
        watch: Watch | None,
        mails: Sequence[Tracked],
        wait_seconds: float,
        verdict: Callable[[Tracked], None],
    ) -> None:
        self._config = config
        self._watch = watch
        self._mails = mails
        self._wait = wait_seconds
        self._verdict = verdict
        self._until: float | None = None
        self.note = ""

    def look_within(self, seconds: float) -> bool:
        """Looks once, if that takes less than so many seconds; whether it did."""
        if self._watch is None or self._watch.deaf or seconds < self._watch.takes or not self._open():
            return False
        self._look(0.0)
        return True

    def settle(self, stop: threading.Event, *, hurry: bool) -> None:
        """Waits for what is still to come. With `hurry`, and once `stop` is set, only briefly."""
        if hurry:
            self._hurry()
        pause = 0.0
        while waiting := self._open():
            if stop.is_set():
                self._hurry()
            self._look(min(pause, self._seconds_left(waiting)))
            pause = min(max(pause * 1.5, _FIRST_PAUSE), _LONGEST_PAUSE)

    def _hurry(self) -> None:
        if self._until is None:
            self._until = time.monotonic() + _HURRY

    def _open(self) -> list[Tracked]:
        return [
            one
            for one in self._mails
            if not one.judged and not one.calling and one.result.status in ("sent", "unknown")
        ]

    def _seconds_left(self, waiting: Sequence[Tracked]) -> float:
        now = time.monotonic()
        return min((left for one in waiting if (left := self._deadline(one) - now) > 0), default=0.0)

    def _deadline(self, one: Tracked) -> float:
        begun = one.sent_clock if one.sent_clock is not None else time.monotonic()
        return min(begun + self._wait, self._until if self._until is not None else begun + self._wait)

    def _look(self, wait: float) -> None:
        late = {one.number for one in self._open() if self._deadline(one) <= time.monotonic()}
        if self._watch is None or self._watch.deaf:
            self._give_up()
            return
        try:
            self._find(self._watch)
            sent = [one for one in self._open() if one.result.status == "sent"]
            seen = self._watch.look(sent, wait)
        except Exception as bug:  # an answer that nobody thought of: what was sent is told all the same
            self._watch.deaf = str(own_fault(bug))
            self._give_up()
            return
        for one in sent:
            if one.number in seen:
                self._judge(one, seen[one.number], late=one.number in late)
            elif one.number in late and self._watch.trouble:  # nothing could be asked, and its time is over
                self.note = self._watch.trouble
                self._accepted(one, self._watch.trouble)
        still = self._open()
        # Together, and last: which of two equal mails is there can only be told while both are looked for.
        if all(one.result.status == "unknown" and one.number in late for one in still):
            for one in still:
                self._end_unknown(one)

    def _end_unknown(self, one: Tracked) -> None:
        if one.hint and one.hint not in one.result.proof:
            one.result = replace(one.result, proof=f"{one.result.proof} {one.hint}")
        self._verdict(one)

    def _accepted(self, one: Tracked, why: str) -> None:
        one.result = replace(one.result, outcome="accepted", proof=f"SES accepted it. {why}")
        self._verdict(one)

    def _judge(self, one: Tracked, evidence: Evidence, *, late: bool) -> None:
        try:
            result = judge(self._config, one.mail, one.result, evidence, late=late, waited=self._waited(one))
        except Exception as bug:
            result = replace(
                one.result, outcome="failed", proof=str(own_fault(bug)), error=type(bug).__name__
            )
        if result is not None:
            before = "No answer came, but it was sent. " if one.found else ""
            one.result = replace(result, proof=before + result.proof)
            self._verdict(one)

    def _waited(self, one: Tracked) -> float:
        begun = one.sent_clock if one.sent_clock is not None else time.monotonic()
        return min(self._wait, round(time.monotonic() - begun, 1))

    def _find(self, watch: Watch) -> None:
        """Mails of which nobody knows: some are seen to have been sent, some surely were not."""
        lost = [one for one in self._mails if one.result.status == "unknown" and not one.calling]
        if all(one.judged for one in lost):
            return
        others = [one for one in self._mails if one.result.message_id is not None]
        found = watch.find(lost, others)
        for one in lost:
            if one.number not in found or one.judged:
                continue
            name, one.hint = found[one.number].message_id, found[one.number].hint
            if one.hint:
                continue
            if name is not None:
                one.result = replace(
                    one.result,
                    status="sent",
                    outcome="accepted",
                    proof=f"No answer came, but {watch.place}: it was sent.",
                    next_step=None,
                    message_id=name,
                )
                one.found = True
                continue
            one.result = replace(
                one.result,
                status="refused",
                outcome="refused",
                proof="No answer came, and it is not in the inbox, so it was not sent.",
                next_step="Send it again: go on with the run (resume), or run it anew.",
            )
            self._verdict(one)

    def _give_up(self) -> None:
        """Nobody can look: what SES said is all that is known."""
        deaf = self._watch.deaf if self._watch is not None else ""
        if deaf:
            self.note = deaf
        for one in self._open():
            if one.result.status == "sent" and self._watch is not None and self._watch.must_be_seen:
                one.result = replace(
                    one.result,
                    outcome="failed",
                    proof=f"SES accepted it, and whether it arrived cannot be read: {deaf}",
                )
            elif one.result.status == "sent":
                self._accepted(
                    one, deaf or "Whether it was delivered is not known: no delivery events are heard."
                )
                continue
            else:
                self._end_unknown(one)
                continue
            self._verdict(one)
