"""Which clock a code grows old by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sesutil.account import Account
from sesutil.practicing import Practice

__all__ = ["clock_of", "machine_time"]


def machine_time() -> datetime:
    return datetime.now(UTC)


def clock_of(account: Account) -> Callable[[], datetime]:
    """In practice the practice account's clock (advancing it makes a code expire), else the machine's.

    Each look at the practice account's is a request to it, and raises PracticeError when it is gone.
    """
    return Practice(account).now if account.practice is not None else machine_time
