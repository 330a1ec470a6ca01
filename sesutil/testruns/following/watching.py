"""Watching the practice inbox for the mails of a run, in few questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sesutil.account import Account
from sesutil.errors import PracticeError
from sesutil.events.model import DeliveryEvent
from sesutil.inbox import InboxMessage, read_inbox, read_message
from sesutil.testruns.following.judging import Evidence
from sesutil.testruns.journal import content_digest
from sesutil.testruns.sending.sends import Tracked

__all__ = ["Found", "InboxWatch", "Watch"]

_ONE_BY_ONE = 2
_MORE_THAN_WANTED = 8  # others may be sending
_AT_FIRST = 32
_FAILURES = 6  # in a row: it is gone, and does not only start again
_LATEST = timedelta(seconds=130)
"""The practice account carries out no call later than two minutes after it came (its fault `slow`)."""


@dataclass(frozen=True)
class Found:
    """What was found of a mail of which nobody knew. `message_id`: it was sent, as this one. `hint`: nothing
    is certain, but this sentence tells of a mail that may be it. Neither: it surely was not sent."""

    message_id: str | None = None
    hint: str = ""


class Watch(Protocol):
    """Where it is seen what became of mails."""

    deaf: str
    """Why nothing can be seen any more; empty while it can."""
    trouble: str
    """Why nothing could be seen the last time, if it counts against the mails that are waited for; else
    empty."""
    takes: float
    """Seconds that a look takes at most, as a rule."""
    place: str
    """Where a mail is seen to have been sent, in words."""
    must_be_seen: bool
    """Whether a mail of which nothing can be seen counts as failed: in practice it always can."""

    def look(self, sent: Sequence[Tracked], wait: float) -> dict[int, Evidence]:
        """What is known now of mails that SES took, by the case's number; it may wait so many seconds for
        news. What could not be asked is left out."""
        ...

    def find(self, lost: Sequence[Tracked], others: Sequence[Tracked]) -> dict[int, Found]:
        """Mails of which nobody knows whether they were sent, by the case's number. Those still not known
        are left out; `others` are the mails of the run that SES took."""
        ...

    def heard(self) -> Sequence[DeliveryEvent]:
        """The delivery events of the run's mails that came from a queue."""
        ...


class InboxWatch:
    """The practice inbox. `since` is the practice account's own time when the run began, `before` the id of
    the newest mail that was in it then, if there was one."""

    takes = 0.03
    place = "it is in the inbox"
    must_be_seen = True
    trouble = ""  # it comes back, or is given up after a few looks

    def __init__(self, account: Account, since: datetime, before: str | None = None) -> None:
        self._account = account
        self._since = since
        self._failures = 0
        self._before = before
        self.deaf = ""

    def look(self, sent: Sequence[Tracked], wait: float) -> dict[int, Evidence]:
        if wait > 0:
            time.sleep(wait)
        ids = {one.result.message_id: one.number for one in sent if one.result.message_id is not None}
        try:
            found = self._messages(list(ids)) if ids else {}
        except PracticeError as error:
            self._failed(error)
            return {}
        self._failures, self.deaf = 0, ""
        return {
            number: Evidence(found[name].events if name in found else (), found.get(name), looked=True)
            for name, number in ids.items()
        }

    def heard(self) -> Sequence[DeliveryEvent]:
        return ()

    def find(self, lost: Sequence[Tracked], others: Sequence[Tracked]) -> dict[int, Found]:
        owned = {one.result.message_id for one in others}
        found: dict[int, Found] = {}
        groups: dict[tuple[str, str, str], list[Tracked]] = {}
        for one in lost:  # with a code of its own each is a group by itself
            groups.setdefault((one.mail.case.recipient, one.subject, one.digest), []).append(one)
        try:
            for (recipient, subject, digest), group in groups.items():
                there = [
                    message.message_id
                    for message in self._since_begin(recipient)
                    if message.subject == subject
                    and content_digest(message.html or "") == digest
                    and message.message_id not in owned
                ]
                if len(there) >= len(group):
                    found |= {one.number: Found(name) for one, name in zip(group, there, strict=False)}
                elif not there:
                    absent = [one for one in group if _is_over(one) and self._was_kept(one, others)]
                    found |= {one.number: Found() for one in absent}
        except PracticeError as error:
            self._failed(error)
        return found

    def _was_kept(self, one: Tracked, others: Sequence[Tracked]) -> bool:
        """Whether what was there before this mail still is: else somebody has emptied the inbox, perhaps
        with this mail in it. Looked at are the last mail before it, and the last to its recipient."""
        earlier = [
            other
            for other in others
            if other.since is not None and one.since is not None and other.since < one.since
        ]
        earlier.sort(key=lambda other: other.since or self._since)
        to_the_same = [other for other in earlier if other.mail.case.recipient == one.mail.case.recipient]
        kept = {each[-1].result.message_id for each in (earlier, to_the_same) if each} or {self._before}
        return all(name is None or read_message(self._account, name) is not None for name in kept)

    def _since_begin(self, recipient: str) -> list[InboxMessage]:
        """What came to this address since the run began; the inbox may be full of what came before."""
        limit = _AT_FIRST
        while True:
            messages = read_inbox(self._account, to=recipient, limit=limit)
            if len(messages) < limit or messages[0].time < self._since:
                return [message for message in messages if message.time >= self._since]
            limit *= 4

    def _messages(self, ids: Sequence[str]) -> dict[str, InboxMessage]:
        if len(ids) <= _ONE_BY_ONE:
            found = [read_message(self._account, name) for name in ids]
            return {one.message_id: one for one in found if one is not None}
        limit, wanted = len(ids) + _MORE_THAN_WANTED, set(ids)
        while True:
            messages = read_inbox(self._account, limit=limit)
            there = {one.message_id: one for one in messages if one.message_id in wanted}
            if len(there) == len(wanted) or len(messages) < limit or messages[0].time < self._since:
                return there
            limit *= 4

    def _failed(self, error: PracticeError) -> None:
        self._failures += 1
        if self._failures >= _FAILURES:
            self.deaf = str(error)


def _is_over(one: Tracked) -> bool:
    """Whether a mail that is not in the inbox will not come either."""
    ago = datetime.now(UTC) - one.since if one.since is not None else timedelta(0)
    return one.conversation_over or ago >= _LATEST
