"""A delivery event, read from whatever carries it.

The JSON is that of event publishing and of an identity's feedback notifications:
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EVENT_COLUMNS", "DeliveryEvent", "events_frame", "parse_event"]


@dataclass(frozen=True)
class DeliveryEvent:
    """Something that happened to a mail.

    `kind` is AWS's word: Send, Delivery, Bounce, Complaint, Reject, DeliveryDelay, and, where they are
    asked for, Open, Click, Subscription, Rendering Failure. `at` is UTC; SES gives Send and Reject no
    time of their own, so theirs is the mail's. `recipients` are those that the event is about; where SES
    names none, those of the mail. `type` and `subtype`: of a Bounce bounceType and bounceSubType, of a
    Complaint complaintFeedbackType and complaintSubType, of a DeliveryDelay delayType. `diagnostic` is
    what the recipient's server answered, or why SES rejected the mail. `sent_at` (UTC) is when SES
    accepted it. `tags` are the mail's, each with its values; they do not count when events are compared.
    """

    kind: str
    at: datetime
    message_id: str
    recipients: tuple[str, ...] = ()
    type: str | None = None
    subtype: str | None = None
    diagnostic: str | None = None
    configuration_set: str | None = None
    subject: str | None = None
    sent_at: datetime | None = None
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @property
    def reason(self) -> str:
        """`Permanent/General`, `MailboxFull`, `abuse`, or nothing: type and subtype as people write them."""
        return "/".join(part for part in (self.type, self.subtype) if part)


_BLOCKS = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}
"""Where the part that only this kind has is not called as the kind is, in lower case."""
_RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
}
_TYPES = {
    "Bounce": ("bounceType", "bounceSubType"),
    "Complaint": ("complaintFeedbackType", "complaintSubType"),
    "DeliveryDelay": ("delayType", None),
}
_SAID = {"Delivery": "smtpResponse", "Reject": "reason", "Rendering Failure": "errorMessage"}
_SET_TAG = "ses:configuration-set"


def parse_event(document: str | Mapping[str, Any]) -> DeliveryEvent | None:
    """The event in a text or a mapping; None for anything else, and it never raises.

    Taken are the body of a queue's message (SNS's envelope, or the event itself, where the subscription
    has raw message delivery), the envelope's Message, also as an object, and the event: of event
    publishing (`eventType`) and of an identity's feedback (`notificationType`). None are the plain text
    that SES publishes first to a topic, SNS's own messages, and an event that names no message or no
    time. SES may add fields and kinds: an unknown kind is an event all the same.
    """
    stamp: datetime | None = None
    found = _mapping(document)
    if found is not None and _kind(found) is None:
        stamp = _moment(found.get("Timestamp"))
        found = _mapping(found.get("Message"))
    kind = _kind(found) if found is not None else None
    return _event(kind, found, stamp) if found is not None and kind is not None else None


def _kind(found: Mapping[str, Any]) -> str | None:
    return _text(found.get("eventType")) or _text(found.get("notificationType"))


def _mapping(document: Any) -> Mapping[str, Any] | None:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    return document if isinstance(document, Mapping) else None


def _event(kind: str, found: Mapping[str, Any], stamp: datetime | None) -> DeliveryEvent | None:
    mail = _part(found, "mail")
    message_id = _text(mail.get("messageId"))
    block = _part(found, _BLOCKS.get(kind, kind[:1].lower() + kind[1:]))
    sent_at = _moment(mail.get("timestamp"))
    at = _moment(block.get("timestamp")) or sent_at or stamp
    if not message_id or at is None:
        return None
    first, second = _TYPES.get(kind, (None, None))
    tags = {
        name: values
        for name, given in _part(mail, "tags").items()
        if isinstance(name, str) and (values := _texts(given))
    }
    sets = tags.get(_SET_TAG, ())
    return DeliveryEvent(
        kind=kind,
        at=at,
        message_id=message_id,
        recipients=_recipients(kind, block) or _texts(mail.get("destination")),
        type=_text(block.get(first)) if first else None,
        subtype=_text(block.get(second)) if second else None,
        diagnostic=_diagnostic(kind, block),
        configuration_set=sets[0] if sets else None,
        subject=_subject(mail),
        sent_at=sent_at,
        tags=tags,
    )


def _recipients(kind: str, block: Mapping[str, Any]) -> tuple[str, ...]:
    if kind not in _RECIPIENTS:
        return _texts(block.get("recipients"))
    addresses = [one.get("emailAddress") for one in _parts(block.get(_RECIPIENTS[kind]))]
    return _texts(addresses)


def _diagnostic(kind: str, block: Mapping[str, Any]) -> str | None:
    """What the servers answered, each answer once: recipients of one event mostly share it."""
    if kind in _SAID:
        return _text(block.get(_SAID[kind]))
    codes = [one.get("diagnosticCode") for one in _parts(block.get(_RECIPIENTS.get(kind, "")))]
    return "; ".join(dict.fromkeys(_texts(codes))) or None


def _subject(mail: Mapping[str, Any]) -> str | None:
    """As it is in the mail: SES repeats some headers apart, and lists all unless it was told not to."""
    common = _text(_part(mail, "commonHeaders").get("subject"))
    if common is not None:
        return common
    for one in _parts(mail.get("headers")):
        if (_text(one.get("name")) or "").lower() == "subject":
            return _text(one.get("value"))
    return None


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = found.get(name)
    return part if isinstance(part, Mapping) else {}


def _parts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Sequence) else []


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    # Half a surrogate pair can stand in JSON, and in no file.
    return value.encode("utf-8", "replace").decode()


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return ()
    return tuple(text for one in value if (text := _text(one)) is not None)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


EVENT_COLUMNS = {
    "time": "datetime64[us, UTC]",
    "event": "str",
    "recipient": "str",
    "type": "str",
    "subtype": "str",
    "diagnostic": "str",
    "seconds": "float64",
    "subject": "str",
    "configuration_set": "str",
    "message_id": "str",
}


def events_frame(events: Iterable[DeliveryEvent]) -> pd.DataFrame:
    """Events as a frame in their order, one row for each recipient, with the columns of EVENT_COLUMNS.

    time (UTC), event (the kind), recipient, type, subtype, diagnostic, seconds (since SES accepted the
    mail), subject, configuration_set, message_id. What is not known is missing. Works when there are none.
    """
    import pandas as pd

    rows = [
        (
            one.at,
            one.kind,
            recipient,
            one.type,
            one.subtype,
            one.diagnostic,
            (one.at - one.sent_at).total_seconds() if one.sent_at is not None else None,
            one.subject,
            one.configuration_set,
            one.message_id,
        )
        for one in events
        for recipient in one.recipients or (None,)
    ]
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS)).astype(EVENT_COLUMNS)
