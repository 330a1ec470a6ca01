"""Hearing what became of a run's mails from the delivery events of the account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sesutil.account import Account
from sesutil.addresses import bare_address
from sesutil.errors import AwsError
from sesutil.events.chain import EventChain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.testruns.following.judging import Evidence
from sesutil.testruns.following.watching import Found
from sesutil.testruns.results import EVENTS_LOST
from sesutil.testruns.sending.sends import MARK, Tracked, mark_of

__all__ = ["EventWatch"]

_TOLD = 3
_IN_ONE_LOOK = 20  # polls of ten events
_FAILURES = 15  # in a row, of those that pass by themselves
# This machine's clock may differ a little from that of SES, and a call may be carried out late.
_BEFORE, _AFTER = timedelta(seconds=10), timedelta(seconds=180)


class EventWatch:
    """The events of a chain that has a queue: those of the run's mails are taken, others are left there.

    `mark` is the id of the run where its mails carry a tag of their own: by it a mail without an answer is
    known for certain. Where the request has to be Logto's, to the byte, an event of a mail to the same
    address with the same subject may be that of somebody else's mail; it is told, and nothing follows.
    """

    takes = 0.5
    place = "an event carries its tag"
    must_be_seen = False

    def __init__(self, account: Account, chain: EventChain, mark: str = "") -> None:
        self._mark = mark
        self._set = chain.configuration_set
        self._candidates: dict[str, DeliveryEvent] = {}
        self._stream = EventStream(account, chain, wanted=self._is_ours)
        self._ids: set[str] = set()
        self._lost: tuple[Tracked, ...] = ()
        self._events: dict[str, list[DeliveryEvent]] = {}
        self._failures = 0
        self.deaf = ""
        self.trouble = ""

    def look(self, sent: Sequence[Tracked], wait: float) -> dict[int, Evidence]:
        self._ids |= {one.result.message_id for one in sent if one.result.message_id is not None}
        self._listen(wait)
        if self.deaf or self._failures:
            return {}
        return {one.number: Evidence(self._of(one.result.message_id)) for one in sent}

    def find(self, lost: Sequence[Tracked], others: Sequence[Tracked]) -> dict[int, Found]:
        """By its tag, for certain; without tags only a hint. That a mail was not sent is never certain."""
        self._lost = tuple(lost)
        if self._mark:
            tagged = {value: name for name, events in self._events.items() for value in _marks(events[0])}
            return {
                one.number: Found(tagged[value])
                for one in lost
                if (value := mark_of(self._mark, one.number)) in tagged
            }
        owned = {one.result.message_id for one in others}
        return {
            one.number: Found(hint=_hint(events))
            for one in lost
            if (
                events := [
                    event
                    for name, event in self._candidates.items()
                    if name not in owned and _may_be_of(event, one)
                ]
            )
        }

    def heard(self) -> Sequence[DeliveryEvent]:
        return [event for events in self._events.values() for event in events]

    def _is_ours(self, event: DeliveryEvent) -> bool:
        if event.message_id in self._ids or event.message_id in self._events:
            return True
        if self._mark:
            return any(value.startswith(f"{self._mark}-") for value in _marks(event))
        of_the_set = event.configuration_set in (None, self._set)
        if of_the_set and any(_may_be_of(event, one) for one in self._lost):
            self._candidates.setdefault(event.message_id, event)  # and left there: it may be another's
        return False

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
                self.trouble = _sentence(trouble)
                if self._failures >= _FAILURES:
                    self._failed(trouble)
                return
            self._failures, self.trouble = 0, ""
            for event in events:
                self._events.setdefault(event.message_id, []).append(event)
            if not events:
                return
            wait = 0.0

    def _failed(self, error: AwsError) -> None:
        self.deaf = _sentence(error)

    def _of(self, message_id: str | None) -> tuple[DeliveryEvent, ...]:
        return tuple(sorted(self._events.get(message_id or "", ()), key=lambda event: event.at))


def _marks(event: DeliveryEvent) -> tuple[str, ...]:
    return event.tags.get(MARK, ())


def _may_be_of(event: DeliveryEvent, one: Tracked) -> bool:
    if one.since is None or event.sent_at is None:
        return False
    recipient = bare_address(one.mail.case.recipient)
    return (
        recipient in [bare_address(text) for text in event.recipients]
        and event.subject in (None, one.subject)
        and one.since - _BEFORE <= event.sent_at <= one.since + _AFTER
    )


def _hint(events: Sequence[DeliveryEvent]) -> str:
    told = [f"{event.sent_at or event.at:%Y-%m-%d %H:%M:%S} UTC ({event.message_id})" for event in events]
    if len(told) == 1:
        return f"An event tells of such a mail at {told[0]}; it may be this one."
    more = f" and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return f"Events tell of {len(told)} such mails, at {', '.join(told[:_TOLD])}{more}; one may be this one."


def _sentence(error: AwsError) -> str:
    return f"{EVENTS_LOST} ({error.code}): {error.explanation.cause} So accepted is all that is known."
