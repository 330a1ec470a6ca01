"""SNS and SQS as SES uses them: topics to publish to, and what waits in queues. moto carries them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from sesutil.practice.cloud.state import (
    MessagingState,
    QueuedMessage,
    QueueRecord,
    SubscriptionRecord,
    TopicRecord,
)

__all__ = ["Messaging"]

_TOPIC = {"policy": "Policy", "display_name": "DisplayName", "delivery_policy": "DeliveryPolicy"}
_SUBSCRIPTION = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
_QUEUE = """ContentBasedDeduplication DelaySeconds FifoQueue KmsMasterKeyId MaximumMessageSize
    MessageRetentionPeriod Policy ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout""".split()
_STAY_HERE = ("sqs", "email", "email-json", "sms", "application")
"""Protocols of SNS that moto keeps to itself; `email` and the like go nowhere."""
_MOST_KEPT = 1000
"""Of a queue's messages, so that the state file stays small."""


class Messaging:
    """Works on moto's backends, by Region. Locks nothing."""

    def __init__(self, sns: Mapping[str, Any], sqs: Mapping[str, Any]) -> None:
        self._sns = sns
        self._sqs = sqs

    def topic_exists(self, arn: str) -> bool:
        return arn in self._backend(arn).topics

    def publish(self, arn: str, subject: str | None, text: str) -> bool:
        """False where there is no such topic. What a subscriber does wrong is not the publisher's matter."""
        backend = self._backend(arn)
        if arn not in backend.topics:
            return False
        self.drop_outward()
        try:
            backend.publish(text, arn=arn, subject=subject)
        except Exception as error:  # moto raises many kinds, for queues that are gone among others
            print(f"moto: sns: {type(error).__name__}: {error}", file=sys.stderr)
        return True

    def drop_outward(self) -> list[str]:
        """Takes away subscriptions by which moto would call another program; their protocols.

        Whatever was asked for, and however: nothing leaves this machine.
        """
        dropped = []
        for backend in self._sns.values():
            for one in list(backend.subscriptions.values()):
                if one.protocol not in _STAY_HERE:
                    del backend.subscriptions[one.arn]
                    dropped.append(str(one.protocol))
        return dropped

    def wait_of(self, region: str, queue_url: str) -> int:
        """How many seconds a queue itself lets its readers wait."""
        queue = self._sqs[region].queues.get(queue_url.rstrip("/").rpartition("/")[2])
        return int(queue.receive_message_wait_time_seconds or 0) if queue is not None else 0

    def _backend(self, arn: str) -> Any:
        return self._sns[arn.split(":")[3]]

    # -- state file -------------------------------------------------------------------------------

    def state(self) -> MessagingState:
        state = MessagingState()
        for region, backend in self._sns.items():
            for topic in backend.topics.values():
                attributes = {
                    name: str(getattr(topic, key)) for key, name in _TOPIC.items() if getattr(topic, key)
                }
                state.topics.append(
                    TopicRecord(
                        region=region, name=topic.name, attributes=attributes, tags=dict(topic._tags or {})
                    )
                )
            for one in backend.subscriptions.values():
                known = {name: one.attributes[name] for name in _SUBSCRIPTION if one.attributes.get(name)}
                state.subscriptions.append(
                    SubscriptionRecord(
                        region=region,
                        arn=one.arn,
                        topic_arn=one.topic.arn,
                        protocol=one.protocol,
                        endpoint=one.endpoint,
                        attributes={name: str(value) for name, value in known.items()},
                    )
                )
        for region, backend in self._sqs.items():
            state.queues += [_queue_record(region, queue) for queue in backend.queues.values()]
        return state

    def restore(self, state: MessagingState) -> None:
        for queue in state.queues:
            self._restore_queue(queue)
        for topic in state.topics:
            made = self._sns[topic.region].create_topic(topic.name, {}, topic.tags)
            for key, name in _TOPIC.items():
                if name in topic.attributes:
                    setattr(made, key, topic.attributes[name])
        for one in state.subscriptions:
            backend = self._sns[one.region]
            made = backend.subscribe(one.topic_arn, one.endpoint, one.protocol)
            del backend.subscriptions[made.arn]
            made.arn = made.attributes["SubscriptionArn"] = one.arn
            made.confirmed = True
            backend.subscriptions[one.arn] = made
            for name, value in one.attributes.items():
                backend.set_subscription_attributes(one.arn, name, value)

    def _restore_queue(self, record: QueueRecord) -> None:
        backend = self._sqs[record.region]
        late = {name: value for name, value in record.attributes.items() if name == "RedrivePolicy"}
        plain = {name: value for name, value in record.attributes.items() if name not in late}
        queue = backend.create_queue(record.name, record.tags, **plain)
        for message in record.messages:
            made = backend.send_message(record.name, message.body, validate_group_id=False)
            made.id, made.sent_timestamp = message.id, message.sent
            made.message_attributes = message.attributes
        if late:
            try:
                queue._set_attributes(late)
            except Exception as error:  # its dead-letter queue may come later, or be gone
                print(f"moto: sqs: {type(error).__name__}: {error}", file=sys.stderr)


def _queue_record(region: str, queue: Any) -> QueueRecord:
    attributes = {}
    for name in _QUEUE:
        key = "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
        value = getattr(queue, key, None)
        if value not in (None, "", {}, False):
            attributes[name] = value if isinstance(value, str) else str(value)
    return QueueRecord(
        region=region,
        name=queue.name,
        attributes=attributes,
        tags={key: str(value) for key, value in (queue.tags or {}).items()},
        messages=[
            QueuedMessage(
                id=message.id,
                body=message.body,
                sent=message.sent_timestamp,
                attributes=_texts(message.message_attributes),
            )
            for message in queue._messages[-_MOST_KEPT:]
        ],
    )


def _texts(attributes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Attributes that are texts or numbers; others are dropped."""
    return {
        name: {key: str(part) for key, part in value.items()}
        for name, value in attributes.items()
        if isinstance(value, dict) and "StringValue" in value
    }
