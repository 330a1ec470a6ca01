"""Events as they come: a queue, read until somebody says that it is enough.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sesutil.account import Account, translated
from sesutil.errors import AwsError, InvalidParameters
from sesutil.events.chain import EventChain
from sesutil.events.model import DeliveryEvent, parse_event
from sesutil.patience import passes_by_itself

__all__ = ["EventStream"]

_LONGEST_POLL = 4.0  # seconds; an account gives up an answer after six
_SHORT_POLL = 1.0  # where somebody may want to stop
_HELD = 30  # seconds in which nobody else gets what was received here
_LONGEST_REST = 15  # seconds in which a message that is not wanted here is left to others
_REMEMBERED = 10_000
_AT_ONCE = 10  # messages; SQS gives no more


class EventStream:
    """The events of a chain, each once.

    `wanted` tells which are for this reader: those are taken out of the queue, others are given back, so
    that two runs can share one queue. A message that has come back often rests longer (up to 15 seconds),
    so that it does not stand in the way of those that are wanted. Without `wanted` all are taken. What
    is no event is taken out and forgotten. SQS and SES may deliver twice; what came before is dropped.

    `trouble` is the last error that passes by itself (throttled, a broken line), None once a question was
    answered: no event may mean that nothing could be asked. Raises InvalidParameters for a chain without
    a queue.
    """

    def __init__(
        self,
        account: Account,
        chain: EventChain,
        *,
        wanted: Callable[[DeliveryEvent], bool] | None = None,
    ) -> None:
        if chain.queue_url is None:
            raise InvalidParameters(
                [f"The event chain {chain.name} has no queue to read from. Set it up: plan_events."]
            )
        self.trouble: AwsError | None = None
        self._sqs = account.client("sqs", chain.region)
        self._url = chain.queue_url
        self._wanted = wanted
        self._waiting: deque[DeliveryEvent] = deque()
        self._seen: OrderedDict[DeliveryEvent, None] = OrderedDict()

    def poll(self, wait: float = 2.0, *, stop: threading.Event | None = None) -> list[DeliveryEvent]:
        """Asks once, for up to `wait` seconds (4 at most; whole ones, as SQS counts); the events that came.

        In the order of their times, which is not that of their coming. After an error that passes by itself
        it waits out the time (less, once `stop` is set) and gives none; `trouble` is that error. Raises
        AwsError for one that does not pass: a queue that is gone, a key that may not read it.
        """
        if self._waiting:  # somebody has broken off `events`: what was taken out of the queue is not lost
            return self._taken()
        seconds = min(max(wait, 0.0), _LONGEST_POLL)
        begun = time.monotonic()
        try:
            with translated("ReceiveMessage"):
                answer = self._sqs.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=_AT_ONCE,
                    WaitTimeSeconds=math.ceil(seconds),
                    VisibilityTimeout=_HELD,
                    MessageSystemAttributeNames=["ApproximateReceiveCount"],
                )
        except AwsError as error:
            if not passes_by_itself(error):
                raise
            self.trouble = error
            (stop or threading.Event()).wait(max(seconds - (time.monotonic() - begun), 0.0))
            return []
        self.trouble = None
        self._sort_out(answer.get("Messages") or ())
        return self._taken()

    def events(
        self, *, timeout: float | None = None, stop: threading.Event | None = None
    ) -> Iterator[DeliveryEvent]:
        """The events as they come, for `timeout` seconds or without an end; `stop` ends it within a second.

        What somebody who breaks off has not had yet comes next time. Raises as `poll`; after an error that
        passes by itself it goes on.
        """
        stop = stop or threading.Event()
        until = math.inf if timeout is None else time.monotonic() + timeout
        while not stop.is_set():
            self._waiting.extend(self.poll(min(until - time.monotonic(), _SHORT_POLL), stop=stop))
            while self._waiting:
                yield self._waiting.popleft()
            if time.monotonic() >= until:
                return

    def _taken(self) -> list[DeliveryEvent]:
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _sort_out(self, messages: Sequence[Any]) -> None:
        crowded = len(messages) >= _AT_ONCE
        taken: list[dict[str, Any]] = []
        given_back: list[dict[str, Any]] = []
        fresh: list[DeliveryEvent] = []
        for number, message in enumerate(messages):
            entry = {"Id": str(number), "ReceiptHandle": message.get("ReceiptHandle", "")}
            event = parse_event(message.get("Body") or "")
            if event is not None and self._wanted is not None and not self._wanted(event):
                given_back.append({**entry, "VisibilityTimeout": _rest(message, crowded)})
                continue
            taken.append(entry)
            if event is not None and self._is_new(event):
                fresh.append(event)
        self._waiting.extend(sorted(fresh, key=lambda event: event.at))
        self._ask_for_all("DeleteMessageBatch", self._sqs.delete_message_batch, taken)
        self._ask_for_all(
            "ChangeMessageVisibilityBatch", self._sqs.change_message_visibility_batch, given_back
        )

    def _is_new(self, event: DeliveryEvent) -> bool:
        if event in self._seen:
            return False
        self._seen[event] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _ask_for_all(self, operation: str, ask: Callable[..., Any], entries: list[dict[str, Any]]) -> None:
        """What fails for a while, or for one message, comes back by itself, and is known then."""
        if not entries:
            return
        try:
            with translated(operation):
                ask(QueueUrl=self._url, Entries=entries)
        except AwsError as error:
            if not passes_by_itself(error):
                raise


def _rest(message: Any, crowded: bool) -> int:
    """Seconds: at once the first time, for the others; then ever longer. Where many wait, longer from the
    start: else the first ones would come again before the last."""
    count = str((message.get("Attributes") or {}).get("ApproximateReceiveCount", "1"))
    before = int(count) - 1 if count.isascii() and count.isdecimal() else 0
    before += 3 if crowded else 0
    return 0 if before < 1 else min(2 ** min(before - 1, 10), _LONGEST_REST)
