"""Bins of sends beyond the two weeks that SES remembers: merged at every fetch, and read as a frame."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.errors import ProjectError
from sesutil.history.accounts import PLACE_COLUMNS, account_row, chosen
from sesutil.history.columns import microseconds, microseconds_of, moments
from sesutil.history.database import reading, writing
from sesutil.history.days import DAY, read_days, write_days
from sesutil.history.fetches import note_fetch
from sesutil.statistics.bins import BIN_COLUMNS, BIN_LENGTH, COUNTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEPT_BIN_COLUMNS", "MergedBins", "bins_frame", "merge_bins", "merge_into"]

KEPT_BIN_COLUMNS = {**PLACE_COLUMNS, **BIN_COLUMNS}
"""Columns of `bins_frame`, with dtypes."""

_LENGTH = BIN_LENGTH // timedelta(microseconds=1)


@dataclass(frozen=True)
class MergedBins:
    """What a merge came to.

    `new` bins, and bins that have `grown`. `lower`: bins of which this reading tells less than is kept, so
    that they stay as they were. `overlapping`: bins that begin within a quarter of an hour of one that is
    kept, and not with it: SES has no such bins, so it may be another account of the same number (a practice
    account that was made anew), and mails may be counted twice.
    """

    new: int = 0
    grown: int = 0
    lower: int = 0
    overlapping: int = 0

    def __add__(self, other: MergedBins) -> MergedBins:
        return MergedBins(
            self.new + other.new,
            self.grown + other.grown,
            self.lower + other.lower,
            self.overlapping + other.overlapping,
        )


def merge_bins(
    folder: str | Path,
    account_id: str | None,
    region: str | None,
    frame: pd.DataFrame,
    *,
    mode: str | None = None,
    read_at: datetime | None = None,
    source: str = "",
) -> MergedBins:
    """Merges a reading of an account's bins (BIN_COLUMNS) into the history; whole, or not at all.

    Of each bin the larger count of each column stays. So it does not matter in which order readings come,
    how often the same one comes, or what SES has forgotten since. The reasons:

    - What is counted are events, which do not unhappen: a bin grows while it is current, and with every
      bounce and complaint that is counted late. AWS documents no correction downwards.
    - A lower count has an explanation each time: an earlier reading that comes later, an answer that lags
      (quotas do, in recorded answers), or the oldest bin, of which a part is older than two weeks (so it is
      in practice; whether AWS cuts bins is a guess). The newest reading would lose mails in each case.

    If AWS did correct a count downwards, the history would keep the larger one. That it does not is a guess
    of ours; `lower` in the answer says how many bins would be concerned, which is only worth a look when
    they are neither the first ones nor of an older reading.

    `mode` is the account's (Account.mode); without it the id tells (`mode_of`). `read_at` (UTC) notes the
    fetch: that all of the two weeks before was asked about, so that a span without bins is one without
    mails. Columns beside BIN_COLUMNS count for nothing, and an account's or a Region's column that says
    another one is an error.

    Raises ProjectError: an account that is not known (nothing is kept then), a frame without these columns
    or with counts below zero, and as `writing` does.
    """
    with writing(folder) as history:
        account = account_row(history, account_id, region, mode)
        merged = merge_into(history, account, frame, account_id=account_id, region=region)
        if read_at is not None:
            note_fetch(history, account, source, read_at, ("bins",))
    return merged


def merge_into(
    history: sqlite3.Connection, account: int, frame: pd.DataFrame, **place: str | None
) -> MergedBins:
    """`merge_bins` within a transaction, for an account by its number in the history."""
    import numpy as np

    numbers = _numbers(frame, place)
    if not len(numbers):
        return MergedBins()
    starts = numbers[:, 0]
    # Whole days, and a quarter of an hour more on both sides, where a neighbour may be.
    first, last = int(starts.min()) - _LENGTH, int(starts.max()) + _LENGTH
    kept = read_days(history, account, first // DAY * DAY, (last // DAY + 1) * DAY)
    at = np.searchsorted(kept[:, 0], starts)
    # An end beyond all, so that the last one has a neighbour as well.
    ends = np.append(kept[:, 0], np.iinfo("int64").max)
    there = ends[at] == starts
    before = np.append(kept[:1, 0] - _LENGTH, kept[:, 0])[at] if len(kept) else starts - _LENGTH
    overlaps = ~there & ((ends[at] - starts < _LENGTH) | (starts - before < _LENGTH))
    known = kept[at[there], 1:]
    given = numbers[there, 1:]
    higher, lower = (given > known).any(axis=1), (given < known).any(axis=1)
    changed = np.concatenate([numbers[~there], numbers[there][higher]])
    if len(changed):
        others = kept[np.isin(kept[:, 0] // DAY, changed[:, 0] // DAY)]
        write_days(history, account, _largest(np.concatenate([others, changed])))
    return MergedBins(
        new=len(np.unique(starts[~there])),
        grown=int(higher.sum()),
        lower=int(lower.sum()),
        overlapping=int(overlaps.sum()),
    )


def bins_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """All bins that were ever read, with KEPT_BIN_COLUMNS, by account and Region, oldest first.

    mode, account_id, region
        Whose they are: live, practice, or endpoint (another address than AWS's).
    start, attempts, bounces, complaints, rejects
        As in BIN_COLUMNS, the largest counts that were ever read.

    Only those of `mode`, `account_id` and `region`, where they are given, and that begin in the span: not
    before `since`, and before `until`. Only what SES listed: `fill_gaps` adds the others, of the spans that
    `seen_spans` knows. `aggregate` sums by account and Region, whatever the mode: ask for one mode where an
    endpoint that is not AWS may have the number of an account of yours.

    Empty where there is no history yet. Raises ProjectError as `reading` does.
    """
    import numpy as np
    import pandas as pd

    where, values = chosen(mode=mode, account_id=account_id, region=region)
    edges = [None if edge is None else microseconds(edge) for edge in (since, until)]
    places: list[tuple[Any, ...]] = []
    parts: list[np.ndarray[Any, Any]] = [np.empty((0, 1 + len(COUNTS)), dtype="int64")]
    with reading(folder) as history:
        if history is not None:
            places = history.execute(
                f"SELECT id, mode, account_id, region FROM accounts WHERE {where} "  # noqa: S608
                "ORDER BY mode, account_id, region",
                values,
            ).fetchall()
        for number, *_ in places:
            assert history is not None
            parts.append(read_days(history, number, *edges))
    lengths = [len(part) for part in parts[1:]]
    columns: dict[str, Any] = {}
    for position, name in enumerate(PLACE_COLUMNS, 1):
        each = pd.array([place[position] for place in places], dtype="str")
        columns[name] = each.take(np.repeat(np.arange(len(places)), lengths))
    bins = np.concatenate(parts)
    del parts  # of ten years it is some megabytes
    columns["start"] = moments(bins[:, 0].copy())
    columns |= {name: bins[:, position] for position, name in enumerate(COUNTS, 1)}
    return pd.DataFrame(columns)


# -- pieces ---------------------------------------------------------------------------------------


def _numbers(frame: pd.DataFrame, place: dict[str, str | None]) -> Any:
    """The frame's bins as whole numbers, a row each: start, then the counts."""
    import numpy as np

    missing = [name for name in BIN_COLUMNS if name not in frame.columns]
    if missing:
        raise ProjectError(
            f"Nothing was kept: the frame of bins has no column {', '.join(missing)}. Give one as read_bins "
            "returns it."
        )
    for name, value in place.items():
        if name in frame.columns and not (frame[name] == value).all():
            raise ProjectError(
                f"Nothing was kept: the frame has bins of another {name} than {value}. Keep each account in "
                "each Region for itself."
            )
    starts = microseconds_of(frame["start"])
    try:
        counts = frame[list(COUNTS)].astype("int64").to_numpy()
    except (TypeError, ValueError):
        counts = np.full((1, 1), -1)
    if None in starts or (counts < 0).any():
        raise ProjectError("Nothing was kept: a bin of the frame has no start, or a count that is no count.")
    return np.column_stack([np.array(starts, dtype="int64"), counts]) if len(frame) else counts


def _largest(bins: Any) -> Any:
    """Each start once, sorted, with the largest of each count."""
    import numpy as np

    bins = bins[bins[:, 0].argsort(kind="stable")]
    starts, first = np.unique(bins[:, 0], return_index=True)
    return np.column_stack([starts, np.maximum.reduceat(bins[:, 1:], first, axis=0)])
