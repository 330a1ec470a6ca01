"""Finding out what has become of mails: from the practice inbox, or from the account's delivery events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sesutil.account import Account
from sesutil.errors import SesutilError
from sesutil.events.model import DeliveryEvent
from sesutil.inbox import InboxMessage, carries, read_inbox, read_message
from sesutil.panels.test_send.sent import SentMail

__all__ = ["look_into_inbox", "with_events"]

_GRACE = timedelta(seconds=1)  # the inbox's times may be cut to whole seconds


def look_into_inbox(account: Account, mails: Sequence[SentMail]) -> dict[int, SentMail]:
    """The mails as the practice inbox knows them now, by their numbers. Never raises: it is their `trouble`.

    A mail of which nobody knows whether it was sent is known by what was sent in it.
    """
    taken = {mail.message_id for mail in mails}
    found = {}
    for mail in mails:
        if mail.state not in ("sent", "unknown"):
            continue
        try:
            message = (
                read_message(account, mail.message_id)
                if mail.message_id is not None
                else _lost_one(account, mail, taken)
            )
        except SesutilError as error:
            found[mail.number] = replace(mail, trouble=str(error))
            continue
        found[mail.number] = _seen(mail, message)
    return found


def _seen(mail: SentMail, message: InboxMessage | None) -> SentMail:
    if message is None:
        return replace(mail, looked=True, trouble="")
    return replace(
        mail,
        state="sent",
        message_id=message.message_id,
        message=message,
        events=message.events,
        looked=True,
        trouble="",
    )


def _lost_one(account: Account, mail: SentMail, taken: Iterable[str | None]) -> InboxMessage | None:
    for message in reversed(read_inbox(account, to=mail.to)):
        recent = message.time >= mail.began - _GRACE
        if recent and message.message_id not in taken and carries(message, mail.value):
            return message
    return None


def with_events(mails: Sequence[SentMail], events: Iterable[DeliveryEvent]) -> dict[int, SentMail]:
    """The mails that these events are about, with them. An event that a queue delivers twice counts once."""
    by_id: Mapping[str | None, SentMail] = {mail.message_id: mail for mail in mails if mail.message_id}
    found: dict[int, SentMail] = {}
    for event in events:
        mail = by_id.get(event.message_id)
        if mail is None:
            continue
        mail = found.get(mail.number, mail)
        known = (*mail.events, *([] if event in mail.events else [event]))
        found[mail.number] = replace(mail, events=tuple(sorted(known, key=lambda one: one.at)), looked=True)
    return found
