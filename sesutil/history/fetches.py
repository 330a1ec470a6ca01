"""When statistics were read of whom, and what could not be: each fetch is a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sesutil.history.accounts import PLACE_COLUMNS, chosen
from sesutil.history.columns import microseconds, moments, rows_frame
from sesutil.history.database import reading
from sesutil.statistics.bins import KEPT

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FETCH_COLUMNS", "fetches_frame", "last_account", "note_fetch", "note_fetch_of", "seen_spans"]

FETCH_COLUMNS = {
    **PLACE_COLUMNS,
    "at": "datetime64[us, UTC]",
    "source": "str",
    "parts": "str",
    "problems": "str",
}
"""Columns of `fetches_frame`, with dtypes."""


def note_fetch_of(
    history: sqlite3.Connection,
    place: tuple[str, str, str],
    source: str,
    at: datetime,
    parts: Iterable[str],
    problems: Iterable[str] = (),
) -> bool:
    """Notes a fetch of a place (mode, account id or "", Region); whether it was not noted yet.

    The same fetch once more adds to the parts that were read, so that it does not matter which is first.
    """
    key = (*place, microseconds(at), source)
    where = "mode = ? AND account_id = ? AND region = ? AND at = ? AND source = ?"
    before = history.execute(f"SELECT parts FROM statistics_fetches WHERE {where}", key).fetchone()  # noqa: S608
    read = sorted({*parts, *(before[0].split() if before else ())})
    history.execute(
        "INSERT INTO statistics_fetches (mode, account_id, region, at, source, parts, problems) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET parts = excluded.parts, "
        "problems = max(problems, excluded.problems)",
        (*key, " ".join(read), "; ".join(problems)),
    )
    return before is None


def note_fetch(
    history: sqlite3.Connection, account: int, source: str, at: datetime, parts: Iterable[str]
) -> bool:
    """Notes a fetch of an account by its number in the history."""
    place = history.execute(
        "SELECT mode, account_id, region FROM accounts WHERE id = ?", (account,)
    ).fetchone()
    return note_fetch_of(history, place, source, at, parts)


def fetches_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """The fetches, with FETCH_COLUMNS, by account and Region, oldest first.

    mode, account_id, region
        Of whom. The id is "" where it could not be read, so that nothing of it was kept.
    at, source
        When, by the account's clock (UTC), and under which name.
    parts
        What was read, in alphabetical order with blanks between: bins quota reputation suppression.
    problems
        What could not be: `suppression: BadRequestException`, several with semicolons between.

    Empty where there is no history yet. Raises ProjectError as `reading` does.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region, since=since, until=until)
    query = (
        f"SELECT {', '.join(FETCH_COLUMNS)} FROM statistics_fetches WHERE {where} "  # noqa: S608
        "ORDER BY mode, account_id, region, at, source"
    )
    with reading(folder) as history:
        return rows_frame(history, query, values, FETCH_COLUMNS)


def last_account(folder: str | Path, source: str, region: str, mode: str) -> tuple[str, datetime] | None:
    """The id of the account that was last read under this name in the Region, and when; None for none yet.

    Raises ProjectError.
    """
    with reading(folder) as history:
        row = (
            None
            if history is None
            else history.execute(
                "SELECT account_id, at FROM statistics_fetches WHERE source = ? AND region = ? AND mode = ? "
                "AND account_id != '' ORDER BY at DESC LIMIT 1",
                (source, region, mode),
            ).fetchone()
        )
    if row is None:
        return None
    at: datetime = moments([row[1]]).to_pydatetime()[0]
    return str(row[0]), at


def seen_spans(
    folder: str | Path, account_id: str, region: str, *, mode: str | None = None
) -> list[tuple[datetime, datetime]]:
    """The spans of time that the account's bins were asked about, for `fill_gaps`; those that meet as one.

    Each fetch is about the two weeks before it. In between nobody knows what was sent. Raises ProjectError.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region)
    with reading(folder) as history:
        rows = (
            []
            if history is None
            else history.execute(
                f"SELECT DISTINCT at FROM statistics_fetches WHERE {where} "  # noqa: S608
                "AND ' ' || parts || ' ' LIKE '% bins %' ORDER BY at",
                values,
            ).fetchall()
        )
    length = KEPT // timedelta(microseconds=1)
    joined: list[list[int]] = []
    for (end,) in rows:
        if joined and end - length <= joined[-1][1]:
            joined[-1][1] = end
        else:
            joined.append([end - length, end])
    edges = moments([edge for span in joined for edge in span]).to_pydatetime()
    return list(zip(edges[::2], edges[1::2], strict=True))
