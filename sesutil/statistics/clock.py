"""What time it is for an account: the practice account's clock may have been moved."""

from __future__ import annotations

from datetime import UTC, datetime

from sesutil.account import Account
from sesutil.practicing import Practice

__all__ = ["account_time"]


def account_time(account: Account) -> datetime:
    """Now, in UTC, as the account counts. Raises PracticeError when practice does not answer."""
    return datetime.now(UTC) if account.practice is None else Practice(account).now()
