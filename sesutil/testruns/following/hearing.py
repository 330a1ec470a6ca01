"""Hearing what became of a run's mails from the delivery events of the account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sesutil.account import Account
from sesutil.addresses import bare_address
from sesutil.errors import AwsError
from sesutil.events.chain import EventChain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.testruns.following.judging import Evidence
from sesutil.testruns.sending.sends import Tracked

__all__ = ["EventWatch"]

_IN_ONE_LOOK = 20  # polls of ten events
_FAILURES = 15  # in a row, of those that pass by themselves
# This machine's clock may differ a little from that of SES, and a call may be carried out late.
_BEFORE, _AFTER = timedelta(seconds=10), timedelta(seconds=180)


class EventWatch:
    """The events of a chain that has a queue: those of the run's mails are taken, others are left there."""

    takes = 0.5
    place = (
        "an event tells of a mail to this address with this subject at that time, and none else of the run"
    )
    must_be_seen = False

    def __init__(self, account: Account, chain: EventChain) -> None:
        self._stream = EventStream(account, chain, wanted=self._is_ours)
        self._ids: set[str] = set()
        self._lost: tuple[Tracked, ...] = ()
        self._events: dict[str, list[DeliveryEvent]] = {}
        self._failures = 0
        self.deaf = ""

    def look(self, sent: Sequence[Tracked], wait: float) -> dict[int, Evidence]:
        self._ids |= {one.result.message_id for one in sent if one.result.message_id is not None}
        self._listen(wait)
        if self.deaf or self._failures:
            return {}
        return {one.number: Evidence(self._of(one.result.message_id)) for one in sent}

    def find(self, lost: Sequence[Tracked], owned: Collection[str]) -> dict[int, str | None]:
        """By an event of a mail to this recipient, with this subject, taken at that time, that is none of
        the others. That a mail was not sent is never certain here."""
        self._lost = tuple(lost)
        groups: dict[tuple[str, str], list[Tracked]] = {}
        for one in lost:
            groups.setdefault((bare_address(one.mail.case.recipient), one.subject), []).append(one)
        found: dict[int, str | None] = {}
        for group in groups.values():
            there = [
                name
                for name, events in self._events.items()
                if name not in owned and any(_is_of(events[0], one) for one in group)
            ]
            if len(there) >= len(group):
                found |= {one.number: name for one, name in zip(group, there, strict=False)}
        return found

    def _is_ours(self, event: DeliveryEvent) -> bool:
        return (
            event.message_id in self._ids
            or event.message_id in self._events
            or any(_is_of(event, one) for one in self._lost)
        )

    def _listen(self, wait: float) -> None:
        for _ in range(_IN_ONE_LOOK):
            try:
                events = self._stream.poll(wait)
            except AwsError as error:
                self._failed(error)
                return
            trouble = self._stream.trouble
            if trouble is not None:
                self._failures += 1
                if self._failures >= _FAILURES:
                    self._failed(trouble)
                return
            self._failures = 0
            for event in events:
                self._events.setdefault(event.message_id, []).append(event)
            if not events:
                return
            wait = 0.0

    def _failed(self, error: AwsError) -> None:
        self.deaf = (
            f"The delivery events can no longer be read ({error.code}): {error.explanation.cause} So "
            "accepted is all that is known."
        )

    def _of(self, message_id: str | None) -> tuple[DeliveryEvent, ...]:
        return tuple(sorted(self._events.get(message_id or "", ()), key=lambda event: event.at))


def _is_of(event: DeliveryEvent, one: Tracked) -> bool:
    if one.since is None or event.sent_at is None:
        return False
    recipient = bare_address(one.mail.case.recipient)
    return (
        recipient in [bare_address(text) for text in event.recipients]
        and event.subject in (None, one.subject)
        and one.since - _BEFORE <= event.sent_at <= one.since + _AFTER
    )
