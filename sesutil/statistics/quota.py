"""What the account may send within 24 hours, what of it is used, and what AWS thinks of the account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, AccountStatus, read_status
from sesutil.statistics.clock import account_time

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QUOTA_COLUMNS", "quota_frame", "read_quota", "state_words", "unread_quota"]

QUOTA_COLUMNS = {
    "account_id": "str",
    "region": "str",
    "mode": "str",
    "production": "boolean",
    "sending_enabled": "boolean",
    "enforcement": "str",
    "max_24_hours": "Int64",
    "sent_24_hours": "Int64",
    "left": "Int64",
    "used_share": "float64",
    "max_per_second": "float64",
    "read_at": "datetime64[us, UTC]",
    "error": "str",
}
"""Columns of the quota's frame, with dtypes; `read_quota` says what they mean."""


def read_quota(account: Account) -> pd.DataFrame:
    """Quota and state of the account in its Region (GetAccount), one row with QUOTA_COLUMNS.

    account_id, region, mode
        Which account; the id is "" where it may not be read. `mode` is practice, live or endpoint.
    production, sending_enabled, enforcement
        Out of the sandbox; not switched off by its owner; HEALTHY, PROBATION (under review) or SHUTDOWN
        (AWS has paused it), in AWS's words.
    max_24_hours, sent_24_hours, left
        Recipients, over a rolling 24 hours. `max_24_hours` and `left` are missing where there is no limit.
    used_share
        From 0 to 1 (over 1 where AWS has lowered the quota since); NaN where there is no limit.
    max_per_second
        Recipients a second.
    read_at
        When it was read, by the account's own clock.
    error
        "", or why it could not be read; then what was to be read is missing.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html. Recipients of the mailbox
    simulator do not count. Raises AwsError.
    """
    return quota_frame(read_status(account), account_time(account))


def quota_frame(status: AccountStatus, read_at: datetime) -> pd.DataFrame:
    """A state that was read already, as `read_quota` has it."""
    limit = status.max_24_hours
    return _frame(
        {
            "account_id": status.account_id or "",
            "region": status.region,
            "mode": status.mode,
            "production": status.production,
            "sending_enabled": status.sending_enabled,
            "enforcement": status.enforcement,
            "max_24_hours": limit,
            "sent_24_hours": status.sent_24_hours,
            "left": None if limit is None else max(limit - status.sent_24_hours, 0),
            "used_share": _share(status.sent_24_hours, limit),
            "max_per_second": status.max_per_second,
            "read_at": read_at,
            "error": "",
        }
    )


def state_words(enforcement: str) -> str:
    """AWS's EnforcementStatus in words: healthy, under review, paused by AWS; as it is for another."""
    words = {"HEALTHY": "healthy", "PROBATION": "under review", "SHUTDOWN": "paused by AWS"}
    return words.get(enforcement, enforcement)


def unread_quota(account_id: str, region: str, mode: str, read_at: datetime, error: str) -> pd.DataFrame:
    """The row of an account of which no quota could be read, and why."""
    given = {"account_id": account_id, "region": region, "mode": mode, "read_at": read_at, "error": error}
    return _frame({"enforcement": "", **given})


def _share(sent: int, limit: int | None) -> float | None:
    """Nothing may be sent under a quota of 0: it is used up."""
    if limit is None:
        return None
    return sent / limit if limit else 1.0


def _frame(row: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([row.get(name)], dtype=dtype) for name, dtype in QUOTA_COLUMNS.items()}
    )
