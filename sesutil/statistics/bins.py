"""What SES counts: sends, bounces, complaints and rejects by the quarter of an hour, and sums of them.

GetSendStatistics gives the last two weeks, 15 minutes a bin, only bins in which something happened
(https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendStatistics.html). AWS does not say, but
recorded answers show: the bins come in no order, and begin at a minute of the account's own (…:13,
:28, :43, :58), not at full quarters. AWS's own example (…:32 and :47) agrees.

A bounce or a complaint is counted in the bin in which it came, as far as is known; AWS does not say
(in practice it is so). So a bin can have more bounces than sends, and its rate says little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, translated, unreadable
from sesutil.statistics.periods import Period, period_starts

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BIN_COLUMNS",
    "BIN_LENGTH",
    "COUNTS",
    "KEPT",
    "KEY_COLUMNS",
    "aggregate",
    "between",
    "bins_of",
    "empty_bins",
    "fill_gaps",
    "read_bins",
    "totals",
]

KEY_COLUMNS = {"account_id": "str", "region": "str"}
"""In front of the others in every frame that may hold several accounts or Regions. The id is "" where
nobody was told it."""

COUNTS = ("attempts", "bounces", "complaints", "rejects")

BIN_COLUMNS = {
    "start": "datetime64[us, UTC]",
    "attempts": "int64",
    "bounces": "int64",
    "complaints": "int64",
    "rejects": "int64",
}
"""A bin: when it begins, and in it the recipients sent to (SES's DeliveryAttempts), bounces of any kind,
complaints, and mails that SES refused to deliver because of a virus."""

BIN_LENGTH = timedelta(minutes=15)

KEPT = timedelta(days=14)
"""How far back SES remembers."""

_FIELDS = {
    "DeliveryAttempts": "attempts",
    "Bounces": "bounces",
    "Complaints": "complaints",
    "Rejects": "rejects",
}


def read_bins(account: Account) -> pd.DataFrame:
    """The bins of the last two weeks of the account in its Region, with BIN_COLUMNS, oldest first.

    Only those that SES lists: `fill_gaps` adds the others. Bins with the same start are one. Raises
    AwsError.
    """
    with translated("GetSendStatistics"):
        answer = account.client("ses").get_send_statistics()
    return bins_of(answer.get("SendDataPoints") or [])


def bins_of(points: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """SES's SendDataPoints as a frame with BIN_COLUMNS, oldest first, bins with the same start as one.

    Raises AwsError for a point that has no time.
    """
    import pandas as pd

    if any(not isinstance(point.get("Timestamp"), datetime) for point in points):
        raise unreadable("GetSendStatistics", "a data point has no Timestamp")
    # A recorded answer may hold times without a zone: they are UTC, as all of AWS's.
    starts = [_in_utc(point["Timestamp"]) for point in points]
    columns: dict[str, Any] = {"start": pd.Series(starts, dtype=BIN_COLUMNS["start"])}
    for theirs, ours in _FIELDS.items():
        columns[ours] = pd.Series([int(point.get(theirs) or 0) for point in points], dtype="int64")
    return aggregate(pd.DataFrame(columns))


def empty_bins(*, keyed: bool = False) -> pd.DataFrame:
    """No bins, with the right columns; `keyed` with KEY_COLUMNS in front."""
    import pandas as pd

    columns = {**KEY_COLUMNS, **BIN_COLUMNS} if keyed else BIN_COLUMNS
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def aggregate(frame: pd.DataFrame, by: Period = "bin", *, zone: str = "UTC") -> pd.DataFrame:
    """Sums by hour, day, week or month of a time zone; by "bin" only sorted, and equal bins as one.

    A bin belongs to the period in which it begins. The columns are those of the bins (with account_id
    and region, where they are there: each account and Region for itself); `start`, in UTC, is when the
    period begins. Periods without a bin are not there: `fill_gaps` before gives them.

    Days, weeks (from Monday) and months begin at the zone's midnight, and have 23 or 25 hours where the
    clock is changed. Hours begin at the zone's full hour; at a change of the clock a new one begins, so
    the hour that comes twice in autumn is two.

    Raises InvalidParameters for a period or a zone that does not exist.
    """
    starts = period_starts(frame["start"], by, zone)
    keys = _keys(frame)
    if len(frame) and all(frame[key].eq(frame[key].iloc[0]).all() for key in keys):
        return _typed(_sums(frame, starts).assign(**{key: frame[key].iloc[0] for key in keys}))
    work = frame[[*keys, *COUNTS]].assign(start=starts)
    sums = work.groupby([*keys, "start"], sort=True, dropna=False)[list(COUNTS)].sum().reset_index()
    return _typed(sums)


def _sums(frame: pd.DataFrame, starts: pd.Series[Any]) -> pd.DataFrame:
    """Of one account in one Region, which is quicker: ten years are the bins of one, in order."""
    if starts.is_monotonic_increasing and starts.is_unique:
        return frame[list(COUNTS)].assign(start=starts).reset_index(drop=True)
    return frame[list(COUNTS)].groupby(starts.rename("start"), sort=True).sum().reset_index()


def fill_gaps(
    frame: pd.DataFrame,
    *,
    until: datetime,
    seen: Sequence[tuple[datetime, datetime]] | None = None,
) -> pd.DataFrame:
    """Bins with zeros where SES would have had a bin and listed none, and a column `filled` (bool).

    From the first bin of each account and Region up to `until`, on the account's own grid: the minute,
    modulo a quarter of an hour, at which most of its bins begin. Nothing is added before the first bin,
    nothing that would begin after `until`, and nothing that would overlap a bin that is there; bins off
    the grid stay as they are.

    `seen` are the spans of time that were asked about: outside of them nobody knows what was sent, and
    nothing is added. Without it, all is taken as asked about.
    """
    import pandas as pd

    if "filled" in frame.columns:
        frame = frame[~frame["filled"]]
    frame = aggregate(frame)
    if frame.empty:
        return frame.assign(filled=pd.Series(dtype="bool"))
    keys = _keys(frame)
    groups = frame.groupby(keys, sort=False, dropna=False) if keys else [((), frame)]
    parts = []
    for key, group in groups:
        gaps = _gaps(group["start"], until, seen)
        values = dict(zip(keys, key, strict=True)) | {"start": gaps} | dict.fromkeys(COUNTS, 0)
        parts += [group.assign(filled=False), pd.DataFrame(values).assign(filled=True)]
    columns = [*frame.columns, "filled"]
    filled = pd.concat([part for part in parts if len(part)], ignore_index=True)[columns]
    return _typed(filled.sort_values([*keys, "start"], ignore_index=True))


def between(
    frame: pd.DataFrame, since: datetime | None = None, until: datetime | None = None
) -> pd.DataFrame:
    """The rows of which `start` lies in the span: not before `since`, and before `until`."""
    chosen = frame["start"].notna()
    if since is not None:
        chosen &= frame["start"] >= since
    if until is not None:
        chosen &= frame["start"] < until
    return frame[chosen].reset_index(drop=True)


def totals(frame: pd.DataFrame) -> dict[str, int]:
    """The sums of all rows: attempts, bounces, complaints, rejects."""
    return {name: int(frame[name].sum()) for name in COUNTS}


# -- pieces ---------------------------------------------------------------------------------------


def _keys(frame: pd.DataFrame) -> list[str]:
    return [name for name in KEY_COLUMNS if name in frame.columns]


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    known = {**KEY_COLUMNS, **BIN_COLUMNS, "filled": "bool"}
    columns = [name for name in known if name in frame.columns]
    return frame[columns].astype({name: known[name] for name in columns})


def _gaps(
    starts: pd.Series[Any], until: datetime, seen: Sequence[tuple[datetime, datetime]] | None
) -> pd.DatetimeIndex:
    """Where, between the sorted `starts` and after them, a bin could have begun. No loop over bins."""
    import numpy as np
    import pandas as pd

    length = int(BIN_LENGTH.total_seconds() * 1e6)
    there = starts.to_numpy("datetime64[us]").astype("int64")
    offsets, counts = np.unique(there % length, return_counts=True)
    offset = int(offsets[counts.argmax()])  # of several equally frequent ones the first: always the same
    first = there[0] + (offset - there[0]) % length
    candidates = np.arange(first, _microseconds(until) + 1, length)
    after = np.searchsorted(there, candidates)  # the first that begins then or later
    next_one = np.append(there, np.iinfo("int64").max)[after]
    one_before = np.append(there[:1] - length, there)[after]
    free = (next_one >= candidates + length) & (one_before <= candidates - length)
    if seen is not None:
        asked = np.zeros(len(candidates), dtype=bool)
        for since, end in seen:
            low, high = np.searchsorted(candidates, [_microseconds(since), _microseconds(end) + 1])
            asked[low:high] = True
        free &= asked
    return pd.DatetimeIndex(candidates[free].astype("datetime64[us]")).tz_localize("UTC")


def _microseconds(moment: datetime) -> int:
    return round((_in_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
