"""The parts of a chain as the account has them: configuration set, topic, queue. Only read here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sesutil.account import Account, translated, unreadable
from sesutil.errors import AwsError

__all__ = ["TAG", "Destination", "Queue", "SetState", "Topic", "read_queue", "read_set", "read_topic"]

TAG = ("sesutil", "delivery-events")
"""Key and value of the tag by which sesutil tells what it has made."""

_GONE = frozenset(
    {
        "NotFound",
        "NotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    }
)
_NOT_YET = ("PendingConfirmation", "Deleted")


@dataclass(frozen=True)
class Topic:
    """`subscribed` are the ARNs of the queues that get what is published to it."""

    arn: str
    ours: bool
    policy: dict[str, Any] = field(default_factory=dict)
    subscribed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queue:
    url: str
    ours: bool
    policy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Destination:
    """Where a configuration set publishes. `topic_arn` is None for another kind than SNS."""

    name: str
    enabled: bool
    kinds: tuple[str, ...]
    topic_arn: str | None


@dataclass(frozen=True)
class SetState:
    name: str
    ours: bool
    destinations: tuple[Destination, ...] = ()

    def destination(self, name: str) -> Destination | None:
        return next((one for one in self.destinations if one.name == name), None)


def read_topic(account: Account, arn: str) -> Topic | None:
    """The topic, asked now; None when there is none. Raises AwsError."""
    sns = account.client("sns")
    try:
        with translated("GetTopicAttributes"):
            attributes = sns.get_topic_attributes(TopicArn=arn).get("Attributes")
        if attributes is None:
            raise unreadable("GetTopicAttributes", "the answer has no Attributes")
        with translated("ListTagsForResource"):
            tags = sns.list_tags_for_resource(ResourceArn=arn).get("Tags", [])
        subscribed: list[str] = []
        more: dict[str, str] = {}
        while True:
            with translated("ListSubscriptionsByTopic"):
                answer = sns.list_subscriptions_by_topic(TopicArn=arn, **more)
            subscribed += [
                str(one.get("Endpoint"))
                for one in answer.get("Subscriptions", [])
                if one.get("Protocol") == "sqs" and one.get("SubscriptionArn") not in _NOT_YET
            ]
            if not answer.get("NextToken"):
                break
            more = {"NextToken": answer["NextToken"]}
    except AwsError as error:
        if error.code in _GONE:
            return None
        raise
    return Topic(arn, _tagged(tags), _document(attributes.get("Policy")), tuple(subscribed))


def read_queue(account: Account, name: str) -> Queue | None:
    """The queue, asked now; None when there is none. Raises AwsError."""
    sqs: Any = account.client("sqs")
    try:
        with translated("GetQueueUrl"):
            url = sqs.get_queue_url(QueueName=name).get("QueueUrl")
        if not url:
            raise unreadable("GetQueueUrl", "the answer has no QueueUrl")
        with translated("GetQueueAttributes"):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get(
                "Attributes", {}
            )
        with translated("ListQueueTags"):
            tags: dict[str, str] = sqs.list_queue_tags(QueueUrl=url).get("Tags") or {}
    except AwsError as error:
        if error.code in _GONE:
            return None
        raise
    return Queue(str(url), tags.get(TAG[0]) == TAG[1], _document(attributes.get("Policy")))


def read_set(account: Account, name: str) -> SetState | None:
    """The configuration set, asked now; None when there is none. Raises AwsError."""
    try:
        with translated("GetConfigurationSet"):
            found = account.ses.get_configuration_set(ConfigurationSetName=name)
        if "ConfigurationSetName" not in found:
            raise unreadable("GetConfigurationSet", "the answer has no ConfigurationSetName")
        with translated("GetConfigurationSetEventDestinations"):
            answer = account.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except AwsError as error:
        if error.code in _GONE:
            return None
        raise
    destinations = tuple(
        Destination(
            name=str(one.get("Name")),
            enabled=bool(one.get("Enabled")),
            kinds=tuple(one.get("MatchingEventTypes") or ()),
            topic_arn=one["SnsDestination"].get("TopicArn") if one.get("SnsDestination") else None,
        )
        for one in answer.get("EventDestinations") or ()
    )
    return SetState(name, _tagged(found.get("Tags") or ()), destinations)


def _tagged(tags: Any) -> bool:
    return any((one.get("Key"), one.get("Value")) == TAG for one in tags)


def _document(text: Any) -> dict[str, Any]:
    """A policy; an empty one for none, and for what cannot be read as one."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
