"""Two weeks as pictures, drawn on the server: what was sent, and the two rates that AWS watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sesutil.practice.doors.pages.markup import BAD, GOOD, LOOK, State, chip, number, text
from sesutil.practice.rules.statistics import Counts, Reputation, reputation_over_time

__all__ = ["Rate", "by_day", "pictures"]

_WIDTH, _HEIGHT = 340, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 334, 16, 128


@dataclass(frozen=True)
class Rate:
    """A rate with AWS's thresholds, as shares. https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html"""

    name: str
    review: float
    pause: float


BOUNCES = Rate("Bounce rate", 0.05, 0.10)
COMPLAINTS = Rate("Complaint rate", 0.001, 0.005)


@dataclass
class Day:
    start: float
    counts: Counts


def by_day(found: dict[float, Counts], now: float) -> list[Day]:
    """The last 14 days of this machine's zone, days without mail too, oldest first."""
    today = datetime.fromtimestamp(now, UTC).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [(today - timedelta(days=back)).timestamp() for back in range(13, -1, -1)]
    days = [Day(start, Counts()) for start in starts]
    for start, counts in found.items():
        day = next((one for one in reversed(days) if one.start <= start), None)
        if day is not None:
            day.counts.attempts += counts.attempts
            day.counts.bounces += counts.bounces
            day.counts.complaints += counts.complaints
            day.counts.rejects += counts.rejects
    return days


def pictures(found: dict[float, Counts], now: float) -> str:
    days, over_time = by_day(found, now), reputation_over_time(found)
    bounces = [(at, one.bounce_rate) for at, one in over_time]
    complaints = [(at, one.complaint_rate) for at, one in over_time]
    last = over_time[-1][1] if over_time else Reputation(0, 0.0, 0.0)
    return (
        f'<div class="pictures">{_sent(days)}{_rate(BOUNCES, bounces, last.bounce_rate, now)}'
        f"{_rate(COMPLAINTS, complaints, last.complaint_rate, now)}</div>{_table(days)}"
    )


def _sent(days: Sequence[Day]) -> str:
    total = sum(day.counts.attempts for day in days)
    most = max(day.counts.attempts for day in days)
    step = (_RIGHT - _LEFT) / len(days)
    bars = []
    for place, day in enumerate(days):
        height = (_BOTTOM - _TOP) * day.counts.attempts / most if most else 0.0
        if day.counts.attempts:
            height = max(height, 1.5)
        bars.append(
            f'<rect class="bar" x="{_LEFT + place * step + 2:.1f}" y="{_BOTTOM - height:.1f}" width="{step - 4:.1f}" '
            f'height="{height:.1f}" rx="2"><title>{_day(day.start)}: {number(day.counts.attempts)}</title></rect>'
        )
    title = f"{number(total)} recipients in two weeks"
    labels = _labels(_day(days[0].start), "today")
    top = f'<text class="label" x="{_LEFT}" y="11">most on a day: {number(most)}</text>' if most else ""
    return _figure(title, "", f"{top}{''.join(bars)}{labels}", f"{title}, {number(most)} on the busiest day")


def _rate(rate: Rate, points: Sequence[tuple[float, float]], last: float, now: float) -> str:
    state = State("\N{CHECK MARK}", "healthy", GOOD)
    if last >= rate.pause:
        state = State("\N{BALLOT X}", "AWS may pause sending", BAD)
    elif last >= rate.review:
        state = State("!", "AWS puts the account under review", LOOK)
    top = max(rate.pause * 1.15, max((value for _, value in points), default=0.0) * 1.1)

    def y(value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * value / top

    first = points[0][0] if points else now - 1
    wide = max(now - first, 1.0)
    path = " ".join(
        f"{_LEFT + (_RIGHT - _LEFT) * (at - first) / wide:.1f},{y(value):.1f}" for at, value in _thin(points)
    )
    if points:
        path += f" {_RIGHT},{y(last):.1f}"
    lines = "".join(
        f'<line class="threshold {kind}" x1="{_LEFT}" x2="{_RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text class="label end" x="{_RIGHT}" y="{y(value) - 3:.1f}">{_percent(value)} {word}</text>'
        for value, kind, word in ((rate.review, "look", "under review"), (rate.pause, "bad", "may be paused"))
    )
    shown = f'<polyline class="curve" points="{path}"/>' if path else ""
    title = f"{rate.name} {_percent(last)}"
    said = f"{title}. {state.word}. AWS reviews at {_percent(rate.review)} and may pause at {_percent(rate.pause)}."
    start = _day(first) if points else ""
    return _figure(title, chip(state), f"{lines}{shown}{_labels(start, 'now')}", said)


def _thin(points: Sequence[tuple[float, float]], most: int = 200) -> Sequence[tuple[float, float]]:
    return points if len(points) <= most else points[:: len(points) // most + 1]


def _labels(first: str, last: str) -> str:
    return (
        f'<line class="axis" x1="{_LEFT}" x2="{_RIGHT}" y1="{_BOTTOM}" y2="{_BOTTOM}"/>'
        f'<text class="label" x="{_LEFT}" y="{_HEIGHT - 7}">{text(first)}</text>'
        f'<text class="label end" x="{_RIGHT}" y="{_HEIGHT - 7}">{text(last)}</text>'
    )


def _figure(title: str, state: str, drawn: str, said: str) -> str:
    return (
        f"<figure><figcaption><strong>{text(title)}</strong> {state}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{text(said)}">{drawn}</svg></figure>'
    )


def _table(days: Sequence[Day]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_day(day.start)}</th><td>{number(day.counts.attempts)}</td><td>{number(day.counts.bounces)}</td>'
        f"<td>{number(day.counts.complaints)}</td><td>{number(day.counts.rejects)}</td></tr>"
        for day in reversed(days)
    )
    return (
        '<details id="by-day"><summary>Day by day</summary><table class="numbers"><thead><tr><th scope="col">Day</th>'
        '<th scope="col">Recipients</th><th scope="col">Bounces</th><th scope="col">Complaints</th><th scope="col">Rejects</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%d %b}".lstrip("0")


def _percent(share: float) -> str:
    """5 %, 1.8 %, 0.12 %."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + " %"
