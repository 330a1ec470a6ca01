"""The inbox as JSON, in LocalStack's form with fields of ours beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sesutil.addresses import bare_address
from sesutil.practice.doors.forms import Door, Fields, json_answer
from sesutil.practice.rules.mailbox import Entry
from sesutil.practice.rules.model import Message
from sesutil.practice.rules.world import World
from sesutil.practice.wire.answers import Answer

__all__ = ["InboxDoors", "message_json"]


class InboxDoors:
    """`GET /_aws/ses` lists, `DELETE /_aws/ses` takes away: all, or those that the fields name.

    Fields: `id`, `email` (the sender's), `to` (a recipient's), `q` (a text in sender, recipients,
    subject or code); for GET also `limit`: that many of the newest.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def doors(self) -> Mapping[str, dict[str, Door]]:
        return {
            "/_aws/ses": {"GET": self._list, "DELETE": self._delete},
            "/practice/inbox/delete": {"POST": self._delete},
        }

    def _list(self, fields: Fields) -> Answer:
        limit = fields.whole("limit")
        with self._world.lock:
            found = self._found(fields)
            if limit is not None:
                found = found[-limit:] if limit > 0 else []
            messages = [self._world.mailbox.read(entry) for entry in found]
            now = self._world.clock.now()
        return json_answer({"messages": [message_json(message, now) for message in messages]})

    def _delete(self, fields: Fields) -> Answer:
        with self._world.lock:
            gone = self._world.mailbox.delete(
                [entry.id for entry in self._found(fields)], self._world.settled_until
            )
        return json_answer({"deleted": gone})

    def _found(self, fields: Fields) -> list[Entry]:
        mailbox = self._world.mailbox
        wanted = fields.given("id")
        found = mailbox.entries(source=fields.given("email"), to=fields.given("to"), text=fields.text("q"))
        return [entry for entry in found if wanted in (None, entry.id)]


def message_json(message: Message, now: float) -> dict[str, Any]:
    """A message in LocalStack's form.

    Ours are `Kind` (sent; or verification, notice, feedback, reply: written by SES or the
    simulator), `Code`, `ConfigurationSet`, `Tags`, `Headers`, `Events` (what has happened to it so
    far) and `Arrives` (the recipients whom it reaches, now or later).
    """
    lost = {
        address
        for event in message.events
        if event.kind in ("Bounce", "Reject") or event.detail.get("complaintSubType")
        for address in event.recipients
    }
    return {
        "Id": message.id,
        "Region": message.region,
        "Timestamp": _time(message.time),
        "Source": message.source,
        "Destination": {
            "ToAddresses": message.to,
            "CcAddresses": message.cc,
            "BccAddresses": message.bcc,
        },
        "Subject": message.subject,
        "Body": {"text_part": message.text, "html_part": message.html},
        **({"RawData": message.raw} if message.raw is not None else {}),
        "Kind": message.kind,
        "Code": message.code,
        "ConfigurationSet": message.configuration_set,
        "Tags": message.tags,
        "Headers": message.headers,
        "ReplyToAddresses": message.reply_to,
        "Events": [
            {
                "Type": event.kind,
                "Timestamp": _time(event.at),
                "Recipients": event.recipients,
                **_why(event.detail),
            }
            for event in message.events
            if event.at <= now
        ],
        "Arrives": [text for text in message.recipients if bare_address(text) not in lost],
    }


def _why(detail: dict[str, Any]) -> dict[str, Any]:
    names = {
        "bounceType": "BounceType",
        "bounceSubType": "BounceSubType",
        "complaintSubType": "ComplaintSubType",
        "complaintFeedbackType": "ComplaintFeedbackType",
        "delayType": "DelayType",
        "smtpResponse": "SmtpResponse",
        "reason": "Reason",
    }
    why = {ours: detail[name] for name, ours in names.items() if detail.get(name)}
    people = [*detail.get("bouncedRecipients", ()), *detail.get("delayedRecipients", ())]
    codes = list(dict.fromkeys(one["diagnosticCode"] for one in people if one.get("diagnosticCode")))
    return why | ({"DiagnosticCodes": codes} if codes else {})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
