"""Waiting until SES has verified an identity: patient with AWS, and stopped at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sesutil.account import Account
from sesutil.errors import AwsError, InvalidParameters
from sesutil.identities.reading import IdentityState, read_identity

__all__ = ["growing", "passes_by_itself", "wait_until_verified"]

_SHORTEST = 1.0  # SES takes one call a second of what sends nothing
_LONGEST = 60.0
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


def growing(every: float) -> Callable[[], float]:
    """The seconds until the next question: from `every` on, half as long again each time, to a minute."""
    following = max(every, _SHORTEST)

    def pause() -> float:
        nonlocal following
        seconds, following = following, max(min(following * _GROWTH, _LONGEST), every)
        return seconds

    return pause


def wait_until_verified(
    account: Account,
    name: str,
    *,
    every: float = 5.0,
    until: datetime | None = None,
    mail_from: bool = False,
    stop: threading.Event | None = None,
    report: Callable[[IdentityState], None] | None = None,
    trouble: Callable[[AwsError], None] | None = None,
    sleep: Callable[[float], object] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> IdentityState:
    """Asks SES again and again, until the identity is verified; the last state that it told.

    Ends also when SES gives up (FAILED), when `stop` is set, and at the moment `until`: look at the
    state. With `mail_from` it waits for the MAIL FROM domain as well, if there is one. Between two
    questions pass `every` seconds and more each time, to a minute. `report` gets each state, `trouble`
    each error that passes by itself (throttling, a broken line): then the waiting goes on.

    `sleep` and `now` are for tests; the default wakes as soon as `stop` is set. Raises AwsError for what
    does not pass by itself, and when nothing was ever told; InvalidParameters when no such identity is
    registered (any more).
    """
    stop = stop or threading.Event()
    wait = sleep or stop.wait
    pause = growing(every)
    state: IdentityState | None = None
    while True:
        failure: AwsError | None = None
        try:
            found = read_identity(account, name)
        except AwsError as error:
            if not passes_by_itself(error):
                raise
            failure = error
            if trouble is not None:
                trouble(error)
        else:
            if found is None:
                raise InvalidParameters([f"{name} is not registered in {account.region}: register it first."])
            state = found
            if report is not None:
                report(state)
            if _is_settled(state, mail_from):
                return state
        seconds = pause()
        if until is not None:
            seconds = min(seconds, (until - now()).total_seconds())
        if seconds > 0 and not stop.is_set():
            wait(seconds)
        if seconds <= 0 or stop.is_set():
            if state is None:
                assert failure is not None
                raise failure
            return state


def _is_settled(state: IdentityState, mail_from: bool) -> bool:
    if not state.verified:
        return state.status == "FAILED"
    return not mail_from or state.mail_from is None or state.mail_from.status in ("SUCCESS", "FAILED")
