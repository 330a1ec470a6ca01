"""SNS and SQS as SES uses them: topics to publish to, and what waits in queues. moto carries them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from sesutil.practice.cloud.queues import adopt_queue, adopt_queues, adopt_subscription
from sesutil.practice.cloud.resource_policies import may_publish
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
_DELETED_MATTERS = 60.0
"""Seconds after which nobody asks any more whether a queue of a name was there."""
_MOST_KEPT = 1000
"""Of a queue's messages, so that the state file stays small."""


class Messaging:
    """Works on moto's backends, by Region. Locks nothing."""

    def __init__(self, sns: Mapping[str, Any], sqs: Mapping[str, Any]) -> None:
        self._sns = sns
        self._sqs = sqs
        self.deleted: dict[str, float] = {}
        """The ARNs of queues that were deleted, and when by the account's clock."""

    # -- topics -----------------------------------------------------------------------------------

    def topic_exists(self, arn: str) -> bool:
        return self._topic(arn) is not None

    def topic_attributes(self, arn: str) -> dict[str, Any] | None:
        """By SNS's names, those that are compared when a topic is created again; None where there is none."""
        topic = self._topic(arn)
        if topic is None:
            return None
        return {
            **{name: getattr(topic, key) for key, name in _TOPIC.items()},
            "KmsMasterKeyId": topic.kms_master_key_id,
            "FifoTopic": topic.fifo_topic,
            "ContentBasedDeduplication": topic.content_based_deduplication,
        }

    def topic_tags(self, arn: str) -> dict[str, str]:
        topic = self._topic(arn)
        return {} if topic is None else dict(topic._tags or {})

    def subscription_attributes(self, topic_arn: str, protocol: str, endpoint: str) -> dict[str, Any] | None:
        found = self._backend(topic_arn)._find_subscription(topic_arn, endpoint, protocol)
        return None if found is None else dict(found.attributes)

    def publish(self, arn: str, subject: str | None, text: str, source_arn: str) -> bool:
        """Whether SES could: there is such a topic, and its policy lets SES publish for this source.

        What a subscriber does wrong is not the publisher's matter.
        """
        topic = self._topic(arn)
        if topic is None or not may_publish(topic.policy, arn, source_arn):
            return False
        self.drop_outward()
        self.adopt()
        topic.publish(text, subject=subject)
        topic.sent_notifications.clear()  # nobody asks moto for them
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

    # -- queues -----------------------------------------------------------------------------------

    def queue(self, arn: str) -> Any:
        """moto's queue; None where this account has none of the ARN."""
        parts = arn.split(":")
        there = len(parts) == 6 and parts[3] in self._sqs
        found = self._sqs[parts[3]].queues.get(parts[5]) if there else None
        return found if found is not None and found.queue_arn == arn else None

    def note_deleted(self, arn: str, now: float) -> None:
        recent = {name: at for name, at in self.deleted.items() if now - at < _DELETED_MATTERS}
        self.deleted = {**recent, arn: now}

    def wait_of(self, region: str, queue_url: str) -> int:
        """How many seconds a queue itself lets its readers wait."""
        queue = self._named(region, queue_url)
        return int(queue.receive_message_wait_time_seconds or 0) if queue is not None else 0

    def answers_at_once(self, region: str, queue_url: str) -> bool:
        """Whether a reader need not wait: a message is there to be received, or the queue is not."""
        queue = self._named(region, queue_url)
        return queue is None or any(one.visible and not one.delayed for one in queue._messages)

    def adopt(self) -> None:
        """Makes what moto has made since behave as in AWS. To be called around every call to moto."""
        for backend in self._sqs.values():
            adopt_queues(backend)
        for backend in self._sns.values():
            for one in backend.subscriptions.values():
                adopt_subscription(one, self.queue)

    def allow_deliveries(self) -> None:
        """Gives queues without a policy, but with a subscription, the one that they need by now.

        In a state file of before queues' policies counted, such chains worked.
        """
        for backend in self._sns.values():
            for one in backend.subscriptions.values():
                queue = self.queue(one.endpoint) if one.protocol == "sqs" else None
                if queue is not None and (queue.policy is None or "sesutil:old-state" in queue.policy):
                    _allow(queue, one.topic.arn)

    # -- moto's own -------------------------------------------------------------------------------

    def _backend(self, arn: str) -> Any:
        return self._sns[arn.split(":")[3]]

    def _topic(self, arn: str) -> Any:
        parts = arn.split(":")
        return self._sns[parts[3]].topics.get(arn) if len(parts) == 6 and parts[3] in self._sns else None

    def _named(self, region: str, queue_url: str) -> Any:
        return self._sqs[region].queues.get(queue_url.rstrip("/").rpartition("/")[2])

    # -- state file -------------------------------------------------------------------------------

    def state(self) -> MessagingState:
        state = MessagingState(deleted_queues=dict(self.deleted))
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
        self.deleted = dict(state.deleted_queues)
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
        adopt_queue(queue)
        for message in record.messages:
            made = backend.send_message(record.name, message.body, validate_group_id=False)
            made.id, made.sent_timestamp = message.id, message.sent
            made.message_attributes = message.attributes
        if late:
            try:
                queue._set_attributes({**late, "Policy": queue.policy})  # which would be forgotten else
            except Exception as error:  # its dead-letter queue may come later, or be gone
                print(f"moto: sqs: {type(error).__name__}: {error}", file=sys.stderr)


def _allow(queue: Any, topic_arn: str) -> None:
    statement = {
        "Sid": "sesutil:old-state",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": []}},
    }
    known = json.loads(queue.policy)["Statement"][0] if queue.policy else statement
    known["Condition"]["ArnEquals"]["aws:SourceArn"].append(topic_arn)
    queue.policy = json.dumps({"Version": "2012-10-17", "Statement": [known]})


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
