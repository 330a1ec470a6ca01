"""Delivery events: the JSON that SES publishes to the topics of a configuration set.

The payloads follow recordings of real events (LocalStack's snapshots of August 2023, and people's
own). A topic that is gone swallows them silently, as recorded.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sesutil.addresses import bare_address
from sesutil.practice.rules.identities import configuration_set_arn
from sesutil.practice.rules.mime import headers_of
from sesutil.practice.rules.model import Event, EventDestination, LateEvent, Message
from sesutil.practice.rules.world import World

__all__ = ["VALIDATED", "payload", "publish", "publish_late"]

VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
"""The first message of a topic: a plain text, on which a parser that expects JSON breaks."""

_SUBJECT = "Amazon SES Email Event Notification"
_OUTGOING_IP = "127.0.2.1"
_KINDS = {"DeliveryDelay": "DELIVERY_DELAY"}
_BLOCKS = {"DeliveryDelay": "deliveryDelay"}


def publish(world: World, message: Message, event: Event) -> None:
    """Sends an event to the destinations that asked for it, unless a planted fault is in the way.

    A topic whose policy does not let SES publish swallows it silently, which is a guess.
    """
    name = message.configuration_set
    found = world.region(message.region).state.configuration_sets.get(name) if name else None
    destinations = [one for one in found.destinations if _wants(one, event)] if found is not None else []
    if found is None or not destinations:
        return
    fault = world.faults.for_event(event) if world.faults.planted else None
    kind = fault.kind if fault is not None else ""
    if kind == "event-lost":
        return
    text = json.dumps(payload(message, event, world.account_id))
    source = configuration_set_arn(message.region, world.account_id, found.name)
    for one in destinations:
        if fault is not None and kind == "event-late":
            at = event.at + fault.seconds
            world.late.append(LateEvent(at=at, topic_arn=one.topic_arn, source_arn=source, text=text))
            continue
        for _ in range(2 if kind == "event-twice" else 1):
            world.publish(one.topic_arn, _SUBJECT, text, source)


def publish_late(world: World, late: LateEvent) -> None:
    """What was held back."""
    world.publish(late.topic_arn, _SUBJECT, late.text, late.source_arn)


def _wants(destination: EventDestination, event: Event) -> bool:
    return destination.enabled and _KINDS.get(event.kind, event.kind.upper()) in destination.kinds


def payload(message: Message, event: Event, account_id: str) -> dict[str, Any]:
    """What stands in the SNS message."""
    block = dict(event.detail)
    if event.kind not in ("Send", "Reject"):
        block["timestamp"] = _time(event.at)
    if event.kind == "Complaint" and "userAgent" in block:
        block["arrivalDate"] = _time(event.at)
    if event.kind == "DeliveryDelay":
        block["expirationTime"] = _time(message.time + 14 * 3600)
    name = _BLOCKS.get(event.kind, event.kind.lower())
    return {"eventType": event.kind, "mail": _mail(message, event, account_id), name: block}


def _mail(message: Message, event: Event, account_id: str) -> dict[str, Any]:
    headers = headers_of(message)
    return {
        "timestamp": _time(message.time),
        "source": message.source,
        "sourceArn": message.identity,
        "sourceIp": message.source_ip,
        "callerIdentity": (message.caller or "").rpartition("/")[2],
        "sendingAccountId": account_id,
        "messageId": message.id,
        "destination": [bare_address(text) for text in message.recipients],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "commonHeaders": _common(message, headers),
        "tags": _tags(message, event),
    }


def _common(message: Message, headers: list[tuple[str, str]]) -> dict[str, Any]:
    date = next((value for name, value in headers if name.lower() == "date"), None)
    lists = {"from": [message.source], "replyTo": message.reply_to, "to": message.to, "cc": message.cc}
    return {
        **{name: texts for name, texts in lists.items() if texts},
        **({"date": date} if date else {}),
        "messageId": message.id,
        "subject": message.subject,
    }


def _tags(message: Message, event: Event) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {
        "ses:operation": [message.operation],
        "ses:configuration-set": [message.configuration_set or ""],
        "ses:source-ip": [message.source_ip or ""],
        "ses:from-domain": [bare_address(message.source).rpartition("@")[2]],
        "ses:caller-identity": [(message.caller or "").rpartition("/")[2]],
    }
    for tag in message.tags:
        tags.setdefault(tag["Name"], []).append(tag["Value"])
    if event.kind == "Delivery":
        tags["ses:outgoing-ip"] = [_OUTGOING_IP]
    return tags


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
