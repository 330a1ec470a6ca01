"""Calls to SNS and SQS: whom they are about, and what AWS refuses that moto would do.

Texts and codes are those that people and LocalStack's validated tests show, unless marked as a guess.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ and
https://docs.aws.amazon.com/sns/latest/api/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sesutil.iam_policies import PolicyProblem, parse_resource_policy
from sesutil.practice.cloud.messaging import Messaging
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.wire.query_protocol import operation_named, read_parameters, read_query
from sesutil.practice.wire.signature import Request
from sesutil.regions import partition

__all__ = ["MessagingCall", "actions_of", "before", "read_call", "resource_of"]

_NUMBERS = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86400),
    "MaximumMessageSize": (1024, 1048576),
    "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43200),
}
_OF_QUEUE = {
    *_NUMBERS,
    *("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled", "FifoQueue"),
    *("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"),
}
_OF_TOPIC = {
    *("DeliveryPolicy", "DisplayName", "Policy", "FifoTopic", "ContentBasedDeduplication", "KmsMasterKeyId"),
    *("SignatureVersion", "TracingConfig", "ArchivePolicy", "FifoThroughputScope", "DataProtectionPolicy"),
}
_FEEDBACK = re.compile(r"(Application|Firehose|HTTP|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)")
_WITH_LIST = {"sns": ("ListTopics", "ListSubscriptions"), "sqs": ("ListQueues",)}
_NEED_NO_TOPIC = ("CreateTopic", "DeleteTopic")
_REUSE_AFTER = 60.0


@dataclass(frozen=True)
class MessagingCall:
    """A call to SNS or SQS, by the names of the API, whatever protocol it came in."""

    service: str
    action: str
    region: str
    account: str
    parameters: Mapping[str, Any]

    def arn(self, name: str) -> str:
        return f"arn:{partition(self.region)}:{self.service}:{self.region}:{self.account}:{name}"

    @property
    def queue(self) -> str:
        """The queue's name; empty for calls about none."""
        given = self.parameters.get("QueueName") or self.parameters.get("QueueUrl") or ""
        return str(given).rstrip("/").rpartition("/")[2]

    @property
    def attributes(self) -> dict[str, str]:
        given = self.parameters.get("Attributes")
        return given if isinstance(given, dict) else {}


def read_call(request: Request, service: str, action: str, region: str, account: str) -> MessagingCall:
    """What cannot be read has no parameters: moto says what is wrong with it. Raises Refused."""
    parameters: Mapping[str, Any] = {}
    if "x-amz-target" in request.headers:
        try:
            data = json.loads(request.body)
        except ValueError:
            data = None
        parameters = data if isinstance(data, dict) else {}
    elif service == "sns" and (operation := operation_named(action, "sns")) is not None:
        parameters = read_parameters(operation, read_query(request.body, request.query))
    elif service == "sqs":
        parameters = _older(read_query(request.body, request.query), request.path)
    return MessagingCall(service, action, region, account, parameters)


def _older(fields: Mapping[str, str], path: str) -> dict[str, Any]:
    """SQS's older protocol: `Attribute.1.Name=…&Attribute.1.Value=…`, and the queue in the address."""
    parameters: dict[str, Any] = {"QueueUrl": path if path != "/" else "", **fields}
    for kind, key, name in (("Attribute", "Name", "Attributes"), ("Tag", "Key", "tags")):
        parameters[name] = {
            value: fields.get(f"{field.removesuffix(key)}Value", "")
            for field, value in fields.items()
            if re.fullmatch(rf"{kind}\.\d+\.{key}", field)
        }
    return parameters


# -- permissions ----------------------------------------------------------------------------------


def actions_of(call: MessagingCall) -> list[str]:
    """The actions that a policy must allow, in the case in which the services name them.

    Tags at creation need the action for tagging as well:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    tags = call.parameters.get("tags" if call.service == "sqs" else "Tags")
    more = {"CreateTopic": ["TagResource"], "CreateQueue": ["TagQueue"]}.get(call.action, []) if tags else []
    if call.service == "sns":
        return [f"SNS:{name}" for name in (call.action, *more)]
    names = (call.action.removesuffix("Batch"), *more)  # a batch is allowed by the action for one
    return [f"sqs:{name.lower()}" for name in names]


def resource_of(call: MessagingCall) -> str | None:
    """The ARN that is asked for; None where AWS's own list of actions names none."""
    if call.action in _WITH_LIST.get(call.service, ()):
        return call.arn("*" if call.service == "sns" else "")
    if call.service == "sqs":
        return call.arn(call.queue) if call.queue else None
    for name in ("TopicArn", "TargetArn", "ResourceArn"):
        if call.parameters.get(name):
            return str(call.parameters[name])
    name = str(call.parameters.get("Name") or "")
    return call.arn(name) if call.action == "CreateTopic" and name else None


# -- what moto would do, or undo --------------------------------------------------------------------


def before(call: MessagingCall, messaging: Messaging, now: float) -> Callable[[], None]:
    """Refuses what AWS refuses (raises Refused); what to do once moto has carried the call out."""
    if call.service == "sns":
        _check_topic(call, messaging)
        return lambda: None
    if call.action in ("CreateQueue", "SetQueueAttributes"):
        _check_queue_attributes(call.attributes)
    queue = messaging.queue(call.arn(call.queue))
    if call.action == "CreateQueue":
        if queue is None:
            _check_recently_deleted(call, messaging, now)
            return lambda: None
        _check_same(call.attributes, queue)
        if call.attributes.get(
            "Policy"
        ):  # the same, but perhaps in another order, in which moto sees another
            queue.policy = call.attributes["Policy"]
        tags = dict(queue.tags)  # that they stay as they are is a guess
        return lambda: setattr(queue, "tags", tags)
    if call.action == "SetQueueAttributes" and queue is not None and "Policy" not in call.attributes:
        policy = queue._policy_json  # which moto forgets with every other attribute that is set
        return lambda: setattr(queue, "_policy_json", policy)
    if call.action == "DeleteQueue" and queue is not None:
        return lambda: messaging.note_deleted(queue.queue_arn, now)
    return lambda: None


def _check_recently_deleted(call: MessagingCall, messaging: Messaging, now: float) -> None:
    """By the account's clock, so that it need not be waited for."""
    deleted = messaging.deleted.get(call.arn(call.queue))
    if deleted is not None and now - deleted < _REUSE_AFTER:
        text = "You must wait 60 seconds after deleting a queue before you can create another with the same"
        raise Refused(400, "AWS.SimpleQueueService.QueueDeletedRecently", f"{text} name.")


def _check_queue_attributes(attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        if name not in _OF_QUEUE:
            raise Refused(400, "InvalidAttributeName", f"Unknown Attribute {name}.")
        low, high = _NUMBERS.get(name, (0, 0))
        wrong = name in _NUMBERS and not (
            re.fullmatch("[0-9]{1,9}", str(value)) and low <= int(value) <= high
        )
        if wrong or (name == "Policy" and value and not _is_policy(value)):
            raise Refused(400, "InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _check_same(attributes: Mapping[str, str], queue: Any) -> None:
    there = queue.attributes
    for name, value in attributes.items():
        if not _same(value, there.get(name)):
            text = f"A queue already exists with the same name and a different value for attribute {name}"
            raise Refused(400, "QueueAlreadyExists", text)


def _check_topic(call: MessagingCall, messaging: Messaging) -> None:
    given, attributes = call.parameters, call.attributes
    arn = given.get("TopicArn")
    if arn is not None:
        if (parts := len(arn.split(":"))) < 6:
            text = f"Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not {parts}"
            raise _invalid(text)
        if call.action not in _NEED_NO_TOPIC and not messaging.topic_exists(arn):
            raise Refused(404, "NotFound", "Topic does not exist")
    if call.action == "SetTopicAttributes":
        name = given.get("AttributeName", "")
        if name not in _OF_TOPIC and not _FEEDBACK.fullmatch(name):
            raise _invalid("Invalid parameter: AttributeName")
        attributes = {name: given.get("AttributeValue") or ""}
    if call.action in ("SetTopicAttributes", "CreateTopic"):
        for name, value in attributes.items():
            if name not in _OF_TOPIC and not _FEEDBACK.fullmatch(name):
                raise _invalid(f"Invalid parameter: Attributes Reason: Unknown attribute {name}")
            if name == "Policy" and not _is_policy(value):
                raise _invalid("Invalid parameter: Policy Error: null")
    if call.action == "CreateTopic":
        _check_same_topic(call, messaging)
    if call.action == "Subscribe" and arn is not None:
        _check_same_subscription(call, messaging)


def _check_same_topic(call: MessagingCall, messaging: Messaging) -> None:
    there = messaging.topic_attributes(call.arn(str(call.parameters.get("Name") or "")))
    if there is None:
        return
    for name, value in call.attributes.items():
        if not _same(value, there.get(name)):
            raise _invalid(
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            )
    tags = messaging.topic_tags(call.arn(call.parameters["Name"]))
    for tag in call.parameters.get("Tags") or []:
        if tags.get(tag.get("Key")) != tag.get("Value"):
            raise _invalid("Invalid parameter: Tags Reason: Topic already exists with different tags")


def _check_same_subscription(call: MessagingCall, messaging: Messaging) -> None:
    given = call.parameters
    there = messaging.subscription_attributes(
        given["TopicArn"], given.get("Protocol", ""), given.get("Endpoint", "")
    )
    for name, value in call.attributes.items() if there is not None else ():
        if not _same(value, (there or {}).get(name)):
            raise _invalid(
                "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
            )


def _same(given: Any, there: Any) -> bool:
    """Whether two values of an attribute mean the same: texts, numbers, or JSON in any form."""
    if given == there or str(given).lower() == str(there if there is not None else "").lower():
        return True
    try:
        return bool(json.loads(str(given)) == json.loads(str(there)))
    except ValueError:
        return False


def _is_policy(text: str) -> bool:
    try:
        parse_resource_policy(text)
    except PolicyProblem:
        return False
    return True


def _invalid(text: str) -> Refused:
    return Refused(400, "InvalidParameter", text)
