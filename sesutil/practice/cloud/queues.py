"""What moto's queues and subscriptions do otherwise than AWS's, put right on the very objects.

moto delivers to every queue, whatever its policy says, and deletes a message by any handle that it ever
had. Its objects are given functions of ours instead of patching its classes: others in this process may
use moto, too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from sesutil.practice.cloud.resource_policies import may_deliver

__all__ = ["adopt_queue", "adopt_queues", "adopt_subscription"]

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


def adopt_queues(backend: Any) -> None:
    """All queues of a Region, and how the time for which a message is hidden is changed."""
    for queue in backend.queues.values():
        adopt_queue(queue)
    if "change_message_visibility" not in vars(backend):
        by_moto = backend.change_message_visibility
        backend.change_message_visibility = partial(_change_visibility, backend, by_moto)


def adopt_queue(queue: Any) -> None:
    if "delete_message" not in vars(queue):
        queue.delete_message = partial(_delete, queue)
    queue.created_timestamp = int(queue.created_timestamp)  # AWS knows whole seconds only
    queue.last_modified_timestamp = int(queue.last_modified_timestamp)


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
