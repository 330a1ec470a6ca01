"""Asking the same thing again until it is settled: patient with AWS, and stopped at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sesutil.errors import AwsError

__all__ = ["ask_until", "passes_by_itself"]

T = TypeVar("T")

_SHORTEST = 1.0  # SES takes one call a second of what sends nothing
_GROWTH = 1.5

# botocore's names for a line that is broken now and may be whole in a minute.
_LINE = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "ConnectionError",
        "EndpointConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "ResponseStreamingError",
    }
)
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def passes_by_itself(error: AwsError) -> bool:
    """Whether the same question may be answered a little later: throttled, a fault of AWS, a broken line."""
    if error.code in _THROTTLED or error.code in _LINE:
        return True
    return error.http_status is not None and (error.http_status == 429 or error.http_status >= 500)


def ask_until(
    ask: Callable[[], T],
    is_settled: Callable[[T], bool],
    *,
    every: float,
    longest: float,
    until: datetime | None = None,
    stop: threading.Event | None = None,
    report: Callable[[T], None] | None = None,
    trouble: Callable[[AwsError], None] | None = None,
    sleep: Callable[[float], object] | None = None,
    now: Callable[[], datetime] | None = None,
) -> T:
    """Asks until the answer is settled, `stop` is set, or the moment `until` has come; the last answer.

    Between two questions pass `every` seconds, at least one, and half as long again each time, up to
    `longest`. `report` gets each answer, `trouble` each error that passes by itself: then it goes on.
    `sleep` and `now` are for tests; without a `sleep` it wakes as soon as `stop` is set. Raises what
    `ask` raises and does not pass by itself; and that, too, when there never was an answer.
    """
    stop = stop or threading.Event()
    wait, clock = sleep or stop.wait, now or _now
    pause = max(every, _SHORTEST)
    answers: list[T] = []
    while True:
        failure: AwsError | None = None
        try:
            answer = ask()
        except AwsError as error:
            if not passes_by_itself(error):
                raise
            failure = error
            if trouble is not None:
                trouble(error)
        else:
            answers = [answer]
            if report is not None:
                report(answer)
            if is_settled(answer):
                return answer
        seconds = pause if until is None else min(pause, (until - clock()).total_seconds())
        pause = max(min(pause * _GROWTH, longest), every)
        if seconds > 0 and not stop.is_set():
            wait(seconds)
        if seconds <= 0 or stop.is_set():
            if answers:
                return answers[0]
            assert failure is not None
            raise failure


def _now() -> datetime:
    return datetime.now(UTC)
