"""What of the bins is drawn: periods, few enough of them for a picture; and how spans of time are said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.statistics.bins import COUNTS, aggregate, between
from sesutil.statistics.periods import PERIODS, Period, find_zone, period_starts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EACH", "MOST", "day_text", "drawn_periods", "moment_text", "period_for", "span_text"]

MOST = 370
"""Periods that a picture has at most: a year of days. More of them would be narrower than two pixels."""

EACH: dict[Period, str] = {
    "bin": "quarter of an hour",
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
}
LONG = timedelta(days=300)
"""A span from which on a day is said with its year."""

_LENGTHS: dict[Period, timedelta] = {
    "bin": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
# From the beginning of a period, a moment that surely lies in the next one.
_BEYOND: dict[Period, timedelta] = {
    "day": timedelta(hours=36),
    "week": timedelta(days=8),
    "month": timedelta(days=35),
}


def period_for(since: datetime, until: datetime, by: Period | None = None, *, most: int = MOST) -> Period:
    """The period that is asked for, or the next longer one of which the span has few enough; days, if
    nothing is asked for, and hours within two days."""
    span = until - since
    wanted: Period = by or ("day" if span > timedelta(days=2) else "hour")
    for period in PERIODS[PERIODS.index(wanted) :]:
        if span / _LENGTHS[period] <= most:
            return period
    return PERIODS[-1]


def drawn_periods(
    bins: pd.DataFrame, since: datetime, until: datetime, period: Period, zone: str
) -> pd.DataFrame:
    """Sums of the span's bins by the period, over all accounts: start and end (UTC), and the counts.

    Only periods that have a bin. Raises InvalidParameters for a zone that does not exist.
    """
    sums = aggregate(between(bins, since, until)[["start", *COUNTS]], period, zone=zone)
    return sums.assign(end=_ends(sums["start"], period, zone))


def _ends(starts: pd.Series[Any], period: Period, zone: str) -> pd.Series[Any]:
    if period in ("bin", "hour"):
        return starts + _LENGTHS[period]
    return period_starts(starts + _BEYOND[period], period, zone)


def span_text(since: datetime, until: datetime) -> str:
    """`two weeks`, `36 hours`, `10 years`."""
    hours = (until - since) / timedelta(hours=1)
    days = round(hours / 24)
    known = {1: "a day", 7: "a week", 14: "two weeks"}
    if hours < 47 and not 23.5 < hours < 24.5:
        return f"{max(round(hours), 1):,} hour" + ("" if hours < 1.5 else "s")
    if days in known:
        return known[days]
    if days < 100:
        return f"{days} days"
    if days < 700:
        return f"{round(days / 30.44)} months"
    return f"{round(days / 365.25)} years"


def day_text(moment: datetime, zone: str, *, year: bool = False) -> str:
    local = moment.astimezone(find_zone(zone))
    return f"{local.day} {local:%b %Y}" if year else f"{local.day} {local:%b}"


def moment_text(moment: datetime, period: Period, zone: str, *, year: bool = False) -> str:
    """When a period begins, as precisely as it is long, with its preposition: `on 18 Nov`."""
    local = moment.astimezone(find_zone(zone))
    if period == "month":
        return f"in {local:%B %Y}"
    day = day_text(moment, zone, year=year)
    if period in ("bin", "hour"):
        return f"on {day} at {local:%H:%M}"
    return f"in the week from {day}" if period == "week" else f"on {day}"
