"""What moto's queues and subscriptions do otherwise than AWS's, put right on the very objects.

moto delivers to every queue, whatever its policy says, and deletes a message by any handle that it ever
had; for each message that comes or goes it counts all that wait, and signs each with a new key. Its objects
are given functions of ours instead of patching its classes: others in this process may use moto, too.
"""

from __future__ import annotations

import base64
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from sesutil.practice.cloud.resource_policies import may_deliver

__all__ = ["adopt_queue", "adopt_queues", "adopt_subscription"]

_ODD = ("deduplication_id", "system_attributes")
_HANDLE = re.compile(r"[a-z]{185}")
"""A receipt handle in moto's form: of a message that is gone, or from before a restart."""


def adopt_subscription(subscription: Any, queue_of: Callable[[str], Any]) -> None:
    """Its queue gets a message only if the queue's policy lets SNS send it: else it is silently lost.

    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html. `queue_of` takes an ARN
    and gives the queue, or None. What goes wrong at one subscriber is not the publisher's matter.
    """
    if "publish" in vars(subscription):
        return
    by_moto = subscription.publish

    def publish(*given: Any, **named: Any) -> None:
        if subscription.protocol == "sqs":
            queue = queue_of(subscription.endpoint)
            if queue is None or not may_deliver(queue.policy, queue.queue_arn, subscription.topic.arn):
                return
        try:
            by_moto(*given, **named)
        except Exception as error:  # moto raises many kinds
            print(f"moto: sns: {type(error).__name__}: {error}", file=sys.stderr)

    subscription.publish = publish
    subscription.get_post_data = partial(_envelope, subscription)


def _envelope(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None,
    message_attributes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """SNS's envelope. Its signature is none: the certificate would be AWS's, which nobody here has.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """
    region = subscription.topic.arn.split(":")[3]
    host = f"https://sns.{region}.amazonaws.com"
    return {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        **({"Subject": subject} if subject else {}),
        "Message": message,
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "SignatureVersion": "1",
        "Signature": base64.b64encode(os.urandom(256)).decode(),
        "SigningCertURL": f"{host}/SimpleNotificationService-{'0' * 32}.pem",
        "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={quote(subscription.arn, safe=':')}",
        **({"MessageAttributes": message_attributes} if message_attributes else {}),
    }


def adopt_queues(backend: Any) -> None:
    """All queues of a Region, how a message is put into one, and how the time it is hidden is changed."""
    for queue in backend.queues.values():
        adopt_queue(queue)
    if "change_message_visibility" not in vars(backend):
        by_moto = backend.change_message_visibility
        backend.change_message_visibility = partial(_change_visibility, backend, by_moto)
        backend.send_message = partial(_send, backend, backend.send_message)
        backend.is_message_valid_based_on_retention_period = partial(_is_kept, backend)


def adopt_queue(queue: Any) -> None:
    if "delete_message" not in vars(queue):
        queue.delete_message = partial(_delete, queue)
    queue.created_timestamp = int(queue.created_timestamp)  # AWS knows whole seconds only
    queue.last_modified_timestamp = int(queue.last_modified_timestamp)


def _send(
    backend: Any,
    by_moto: Callable[..., Any],
    queue_name: str,
    message_body: str,
    message_attributes: dict[str, Any] | None = None,
    delay_seconds: int | None = None,
    group_id: str | None = None,
    **more: Any,
) -> Any:
    """As moto does it, but for the plain case, in which moto counts all messages of the queue three times."""
    queue = backend.get_queue(queue_name)
    late = int(queue.delay_seconds if delay_seconds is None else delay_seconds)
    if queue.fifo_queue or group_id or late or any(more.get(name) for name in _ODD):
        return by_moto(queue_name, message_body, message_attributes, delay_seconds, group_id=group_id, **more)
    backend._validate_message(queue, message_body, late)
    from moto.sqs.models import Message

    message = Message(str(uuid4()), message_body)
    message.message_attributes = message_attributes or {}
    message.mark_sent()
    queue.add_message(message)
    return message


def _is_kept(backend: Any, queue_name: str, message: Any) -> bool:
    """As moto has it: whether the message is younger than its queue keeps messages."""
    kept = float(backend.queues[queue_name].message_retention_period)
    return bool(message.sent_timestamp + kept * 1000 > time.time() * 1000)


def _delete(queue: Any, handle: str) -> None:
    """By the newest handle only. An older one is accepted, and "the message might not be deleted".

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html. That it
    never is, is ours: what works so works with AWS.
    """
    for message in queue._messages:
        if message.receipt_handle == handle:
            queue.pending_messages.discard(message)
            queue._messages = [one for one in queue._messages if one is not message]
            return
    if not _HANDLE.fullmatch(handle):
        from moto.sqs.exceptions import ReceiptHandleIsInvalid

        raise ReceiptHandleIsInvalid


def _change_visibility(
    backend: Any, by_moto: Callable[..., None], queue_name: str, receipt_handle: str, visibility_timeout: int
) -> None:
    """Only of a message that is hidden, by its newest handle. The text is the one that people show."""
    from moto.sqs.exceptions import ReceiptHandleIsInvalid, SQSException

    class NotAvailable(ReceiptHandleIsInvalid):
        def __init__(self) -> None:
            SQSException.__init__(
                self,
                "InvalidParameterValue",
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not "
                "exist or is not available for visibility timeout change.",
            )

    messages = backend.get_queue(queue_name)._messages
    found = next((one for one in messages if one.receipt_handle == receipt_handle), None)
    if found is None and not _HANDLE.fullmatch(receipt_handle):
        raise ReceiptHandleIsInvalid
    if found is None or found.visible:
        raise NotAvailable
    by_moto(queue_name, receipt_handle, visibility_timeout)
