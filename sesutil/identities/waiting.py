"""Waiting until SES has verified an identity."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from sesutil.account import Account
from sesutil.errors import AwsError, InvalidParameters
from sesutil.identities.reading import IdentityState, read_identity
from sesutil.patience import ask_until

__all__ = ["wait_until_verified"]

_LONGEST = 60.0  # seconds: SES itself looks every few minutes


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
    now: Callable[[], datetime] | None = None,
) -> IdentityState:
    """Asks SES again and again, until the identity is verified; the last state that it told.

    Ends also when SES gives up (FAILED), when `stop` is set, and at the moment `until`: look at the
    state. With `mail_from` it waits for the MAIL FROM domain as well, if there is one. Between two
    questions pass `every` seconds and more each time, to a minute. `report` gets each state, `trouble`
    each error that passes by itself (throttling, a broken line): then the waiting goes on. `sleep` and
    `now` are for tests.

    Raises AwsError for what does not pass by itself, and when nothing was ever told; InvalidParameters
    when no such identity is registered (any more).
    """

    def ask() -> IdentityState:
        state = read_identity(account, name)
        if state is None:
            raise InvalidParameters([f"{name} is not registered in {account.region}: register it first."])
        return state

    def is_settled(state: IdentityState) -> bool:
        if not state.verified:
            return state.status == "FAILED"
        return not mail_from or state.mail_from is None or state.mail_from.status in ("SUCCESS", "FAILED")

    return ask_until(
        ask,
        is_settled,
        every=every,
        longest=_LONGEST,
        until=until,
        stop=stop,
        report=report,
        trouble=trouble,
        sleep=sleep,
        now=now,
    )
