"""What has changed all of a sudden: the last day against those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sesutil.statistics.bins import between, totals
from sesutil.statistics.rates import FEWEST, judge_rate, percent, wilson

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Change", "sudden_changes"]

_DAY = timedelta(days=1)
_DAYS_BEFORE = 13  # with the last one, they are the two weeks that SES remembers
_FEWEST_DAYS = 6  # what is usual is not known before
_TIMES = 2.0
_USUAL = 10  # mails of a day on which is sent as usual
_WEEK = 7
_QUIET = 6  # of so many days one may be quiet
_FEWEST_EVENTS = {"bounces": 3, "complaints": 2}
_WORDS = {"bounces": "bounced", "complaints": "were complained of"}


@dataclass(frozen=True)
class Change:
    """`what` changed, and a sentence with the numbers before and after."""

    what: Literal["more sends", "no sends", "bounces", "complaints"]
    sentence: str


def sudden_changes(bins: pd.DataFrame, now: datetime) -> list[Change]:
    """What the last 24 hours have that the 13 days before had not, of one account in one Region.

    - more sends: more than twice as many as on the busiest of those days, and at least 50.
    - no sends: none, while there were at least 10 on nearly each of those days: of six days one
      (of thirteen two) may have had less, so that a quiet day in a fortnight hides nothing. Not
      where the same day a week ago was quiet as well: such days are as usual.
    - bounces, complaints: a share that lies higher than before by more than chance explains (the 95 %
      intervals do not meet), and at least three bounces, or two complaints. Of fewer than 50 mails only
      where `judge_rate` can judge them.

    Days are spans of 24 hours before `now`. With fewer than six of them since the first bin, nothing is
    said. The numbers are ours; AWS has none for this.
    """
    if bins.empty:
        return []
    last = totals(between(bins, now - _DAY, now + _DAY))
    spans = [(now - (day + 1) * _DAY, now - day * _DAY) for day in range(1, _DAYS_BEFORE + 1)]
    first = bins["start"].min()
    days = [totals(between(bins, since, until)) for since, until in spans if first < until]
    if len(days) < _FEWEST_DAYS:
        return []
    found = [*_volume(last["attempts"], [day["attempts"] for day in days])]
    for kind in ("bounces", "complaints"):
        before, sent = sum(day[kind] for day in days), sum(day["attempts"] for day in days)
        found += _share(kind, last[kind], last["attempts"], before, sent)
    return found


def _volume(last: int, days: list[int]) -> list[Change]:
    busiest = max(days)
    quiet = sum(day < _USUAL for day in days)
    if last >= FEWEST and last > _TIMES * busiest:
        text = f"{last:,} mails in the last 24 hours; on the days before it were {busiest:,} at most."
        return [Change("more sends", text)]
    weekly = len(days) > _WEEK and days[_WEEK - 1] < _USUAL
    if last == 0 and quiet <= len(days) // _QUIET and not weekly:
        least = min(day for day in days if day >= _USUAL)
        days_said = {0: "on the days before", 1: "on all but one of the days before"}.get(
            quiet, f"on all but {quiet} of the days before"
        )
        text = f"No mail in the last 24 hours; {days_said} it were {least:,} at least."
        return [Change("no sends", text)]
    return []


def _share(
    kind: Literal["bounces", "complaints"], events: int, sent: int, before: int, usual: int
) -> list[Change]:
    if usual < FEWEST or events < _FEWEST_EVENTS[kind]:
        return []
    if judge_rate(kind, events, sent).level == "too few" and sent < FEWEST:
        return []  # of a few mails only what is certain by itself: a day on which nearly all of them bounced
    lowest, highest = float(wilson(events, sent)[0]), float(wilson(before, usual)[1])
    if lowest <= highest:
        return []
    now, then = percent(min(events / sent, 1.0)), percent(min(before / usual, 1.0))
    text = f"{now} of the mails of the last 24 hours {_WORDS[kind]}; on the days before it was {then}."
    return [Change(kind, text)]
