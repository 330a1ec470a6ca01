"""Hours, days, weeks and months of a time zone, also where its clock is changed."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from sesutil.errors import InvalidParameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERIODS", "Period", "find_zone", "period_starts"]

Period = Literal["bin", "hour", "day", "week", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)


def find_zone(name: str) -> ZoneInfo:
    """The time zone of this name, as in `Europe/Berlin`. Raises InvalidParameters."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError, TypeError):
        near = difflib.get_close_matches(str(name), available_timezones(), n=1, cutoff=0.5)
        meant = f"Do you mean {near[0]}?" if near else "Give one such as Europe/Berlin, or UTC."
        raise InvalidParameters([f"zone: there is no time zone {name!r}. {meant}"]) from None


def period_starts(starts: pd.Series[Any], by: str, zone: str) -> pd.Series[Any]:
    """For each moment (UTC) the one at which its period of the zone begins, in UTC.

    Raises InvalidParameters for a period or a zone that does not exist.
    """
    if by not in PERIODS:
        raise InvalidParameters([f"by is {by!r}. Give one of {', '.join(PERIODS)}."])
    place = find_zone(zone)
    if by == "bin" or starts.empty:
        return starts
    if by == "hour":
        return _hours(starts, place)
    local = starts.dt.tz_convert(place).dt.tz_localize(None)
    days = local.dt.floor("D")
    if by == "week":
        days = days - _days(days.dt.day_of_week)
    elif by == "month":
        days = days - _days(days.dt.day - 1)
    return _midnights(days, place)


def _days(number: pd.Series[Any]) -> Any:
    import pandas as pd

    return pd.to_timedelta(number, unit="D")


def _midnights(days: pd.Series[Any], place: ZoneInfo) -> pd.Series[Any]:
    """When these days began, in UTC. Each is worked out once, by zoneinfo.

    A midnight that comes twice (Havana) is the first one; where the clock jumps over it (Santiago), the day
    begins at the jump.
    """
    began = {}
    for day in days.unique():
        # PEP 495: in a gap, fold=0 reads the time by the offset before the jump. That is the moment of the
        # jump itself, when what is jumped over begins at midnight.
        began[day] = day.to_pydatetime().replace(tzinfo=place, fold=0).astimezone(UTC)
    moments: pd.Series[Any] = days.map(began).astype("datetime64[us, UTC]")
    return moments


def _hours(starts: pd.Series[Any], place: ZoneInfo) -> pd.Series[Any]:
    """When these moments' hours began: full hours of the zone, and changes of its clock."""
    import pandas as pd

    utc = starts.dt.tz_localize(None)
    offsets = starts.dt.tz_convert(place).dt.tz_localize(None) - utc
    full = ((utc + offsets).dt.floor("h") - offsets).dt.tz_localize("UTC").astype("datetime64[us, UTC]")
    at_full = full.dt.tz_convert(place).dt.tz_localize(None) - full.dt.tz_localize(None)
    # Between the full hour and the moment the clock was changed (in the middle of an hour: Lord Howe).
    changed = at_full != offsets
    if changed.any():
        jumps = {hour: _jump(hour.to_pydatetime(), place) for hour in full[changed].unique()}
        full = full.mask(changed, pd.to_datetime(full[changed].map(jumps)).astype("datetime64[us, UTC]"))
    hours: pd.Series[Any] = full
    return hours


def _jump(since: datetime, place: ZoneInfo) -> datetime:
    """When, within the hour or so from `since`, the zone's clock is changed, to the second."""
    before = since.astimezone(place).utcoffset()
    low, high = 0, 3600
    while high - low > 1:
        middle = (low + high) // 2
        if (since + timedelta(seconds=middle)).astimezone(place).utcoffset() == before:
            low = middle
        else:
            high = middle
    return since + timedelta(seconds=high)
