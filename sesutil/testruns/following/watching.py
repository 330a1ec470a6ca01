"""Watching the practice inbox for the mails of a run, in few questions."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sesutil.account import Account
from sesutil.errors import PracticeError
from sesutil.inbox import InboxMessage, read_inbox, read_message
from sesutil.testruns.following.judging import Evidence
from sesutil.testruns.journal import content_digest
from sesutil.testruns.sending.sends import Tracked

__all__ = ["InboxWatch", "Watch"]

_ONE_BY_ONE = 2
_MORE_THAN_WANTED = 8  # others may be sending
_AT_FIRST = 32
_FAILURES = 6  # in a row: it is gone, and does not only start again
_LATEST = timedelta(seconds=130)
"""The practice account carries out no call later than two minutes after it came (its fault `slow`)."""


class Watch(Protocol):
    """Where it is seen what became of mails."""

    deaf: str
    """Why nothing can be seen any more; empty while it can."""
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

    def find(self, lost: Sequence[Tracked], owned: Collection[str]) -> dict[int, str | None]:
        """Mails of which nobody knows whether they were sent: by the case's number the id of the message,
        or None where it surely was not sent. Those still not known are left out; `owned` are the ids of
        other mails."""
        ...


class InboxWatch:
    """The practice inbox. `since` is the practice account's own time when the run began."""

    takes = 0.03
    place = "it is in the inbox"
    must_be_seen = True

    def __init__(self, account: Account, since: datetime) -> None:
        self._account = account
        self._since = since
        self._failures = 0
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

    def find(self, lost: Sequence[Tracked], owned: Collection[str]) -> dict[int, str | None]:
        found: dict[int, str | None] = {}
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
                    found |= {one.number: name for one, name in zip(group, there, strict=False)}
                elif not there:
                    found |= {one.number: None for one in group if _is_certain(one)}
        except PracticeError as error:
            self._failed(error)
        return found

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


def _is_certain(one: Tracked) -> bool:
    """Whether a mail that is not in the inbox will not come either."""
    ago = datetime.now(UTC) - one.since if one.since is not None else timedelta(0)
    return one.conversation_over or ago >= _LATEST
