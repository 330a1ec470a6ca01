"""Whose numbers they are: mode, account id and Region, without which nothing is kept.

A profile may lead to another account tomorrow, so the account is the one that GetCallerIdentity names. The
mode is part of it: what a practice account counts, or any endpoint that is not AWS, never gets between
AWS's numbers.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.errors import ProjectError
from sesutil.history.columns import microseconds, rows_frame
from sesutil.history.database import history_path, reading, writing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PLACE_COLUMNS", "account_row", "chosen", "forget_account", "kept_accounts", "mode_of"]

PLACE_COLUMNS = {"mode": "str", "account_id": "str", "region": "str"}
"""In front of every frame of the history's send statistics."""

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_PRACTICE_ID = re.compile(r"0{8}[0-9]{4}")
_MODES = ("practice", "live", "endpoint")


def mode_of(account_id: str) -> str:
    """practice or live, by the id alone: practice accounts are numbered from 000000000001 on.

    That AWS has no account with such a number is a guess, and a safe one.
    """
    return "practice" if _PRACTICE_ID.fullmatch(account_id) else "live"


def account_row(
    history: sqlite3.Connection, account_id: str | None, region: str | None, mode: str | None
) -> int:
    """The number of the account in the history, given now if it has none. Without a mode: `mode_of`.

    Raises ProjectError for an account or a Region that is not known.
    """
    account_id = account_id if isinstance(account_id, str) else ""  # NaN in a frame
    if not account_id:
        raise ProjectError(
            "Nothing was kept: the account's id is not known, since GetCallerIdentity did not tell it, and "
            "numbers of two accounts must not get mixed up. Let the key call sts:GetCallerIdentity, and see "
            "that this machine reaches AWS STS. Then read again."
        )
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise ProjectError(f"Nothing was kept: {account_id!r} is no account id. AWS's have twelve digits.")
    if not isinstance(region, str) or not region:
        raise ProjectError("Nothing was kept: the Region is not known. Name it, as in eu-central-1.")
    mode = mode or mode_of(account_id)
    if mode not in _MODES:
        raise ProjectError(f"Nothing was kept: the mode is {mode!r}. Give one of {', '.join(_MODES)}.")
    place = (mode, account_id, region)
    history.execute("INSERT OR IGNORE INTO accounts (mode, account_id, region) VALUES (?, ?, ?)", place)
    (row,) = history.execute(
        "SELECT id FROM accounts WHERE mode = ? AND account_id = ? AND region = ?", place
    ).fetchone()
    return int(row)


def chosen(
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    moment: str = "at",
    table: str = "",
) -> tuple[str, list[Any]]:
    """A WHERE clause with its values: those of the place, not before `since`, and before `until`.

    Columns of the place are taken as `table` has them. What is None is not asked for.
    """
    dot = f"{table}." if table else ""
    wanted: list[tuple[str, Any]] = [
        (f"{dot}{name} = ?", value)
        for name, value in (("mode", mode), ("account_id", account_id), ("region", region))
        if value is not None
    ]
    if since is not None:
        wanted.append((f"{moment} >= ?", microseconds(since)))
    if until is not None:
        wanted.append((f"{moment} < ?", microseconds(until)))
    return " AND ".join(["1", *(condition for condition, _ in wanted)]), [value for _, value in wanted]


def kept_accounts(folder: str | Path) -> pd.DataFrame:
    """The accounts that the history has send statistics of, with PLACE_COLUMNS. Raises ProjectError."""
    query = "SELECT mode, account_id, region FROM accounts ORDER BY mode, account_id, region"
    with reading(folder) as history:
        return rows_frame(history, query, (), PLACE_COLUMNS)


def forget_account(
    folder: str | Path, account_id: str, region: str | None = None, *, mode: str | None = None
) -> int:
    """Deletes all that is kept of an account's statistics (in one Region, if given); how many bins it had.

    For instance of a practice account that was made anew, which has the number of the one before it. Test
    runs stay. Raises ProjectError.
    """
    if not history_path(folder).exists():
        return 0
    where, values = chosen(mode=mode, account_id=account_id, region=region)
    with writing(folder) as history:
        (bins,) = history.execute(
            f"SELECT total(number) FROM send_days JOIN accounts ON accounts.id = account WHERE {where}",  # noqa: S608
            values,
        ).fetchone()
        history.execute(f"DELETE FROM accounts WHERE {where}", values)  # noqa: S608
        history.execute(f"DELETE FROM statistics_fetches WHERE {where}", values)  # noqa: S608
    return int(bins)
