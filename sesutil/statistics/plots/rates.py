"""The share of bounces or complaints over time, with its interval, against what AWS acts on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.statistics.bins import COUNTS, between, totals
from sesutil.statistics.periods import Period
from sesutil.statistics.plots.canvas import SMALL, Canvas, in_days, note, say_nothing, time_axis
from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.plots.spans import EACH, LONG, day_text, drawn_periods, period_for, span_text
from sesutil.statistics.plots.themes import Theme
from sesutil.statistics.rates import Kind, RateVerdict, judge_rate, percent, rates, thresholds_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["WINDOW", "rate_plot", "trailing"]

WINDOW = timedelta(days=7)
"""What a point of the line rests on: the days before it. The share of a single day would jump about, and
AWS judges by a volume that reaches further than a day, too. The number is ours."""

_HEIGHT = 210
_MOST_POINTS = 200  # a share over seven days changes slowly
_STYLES: dict[str, Any] = {"early": (0, (1, 2)), "review": (0, (5, 3)), "pause": "solid"}


def rate_plot(
    bins: pd.DataFrame,
    since: datetime,
    until: datetime,
    *,
    kind: Kind = "bounces",
    by: Period | None = None,
    zone: str = "UTC",
    place: str = "",
) -> Plot:
    """The share of bounces (or complaints) from `since` to `until`, and the thresholds.

    `bins` has BIN_COLUMNS, of one account in one Region: AWS judges each for itself. Each point is the
    share over the WINDOW up to then (or over the period, where that is longer), its band is the interval
    of 95 %; it is dotted where the mails are too few to judge. Bins before `since` count for the first
    points, where they are there. Raises InvalidParameters for a zone that does not exist.
    """
    period = period_for(since, until, by, most=_MOST_POINTS)
    found = trailing(bins, since, until, period, zone)
    sums = totals(between(bins, since, until))
    whole = judge_rate(kind, sums[kind], sums["attempts"])
    level = f"{'bounce' if kind == 'bounces' else 'complaint'}_level"
    judged = found[found[level] != "too few"]
    # Of a line that is not judged in the end, what its judged part says is over.
    now_judged = len(judged) > 0 and judged["start"].iloc[-1] == found["start"].iloc[-1]
    # Of a month that is known from its last days on only these are claimed.
    first = since
    if period not in _SHORT and len(bins):
        first = max(since, bins["start"].min().to_pydatetime())
    title = _title(kind, judged, whole, since, until, zone, first, now_judged=now_judged)
    points = (
        f"over the 7 days up to then, by the {EACH[period]}" if period in _SHORT else f"by the {EACH[period]}"
    )
    under = " \N{MIDDLE DOT} ".join(
        part
        for part in (
            place,
            f"share {points}" if len(found) else "",
            "band: 95 % sure" if len(found) else "",
            "dotted: too few mails to judge" if len(judged) < len(found) else "",
        )
        if part
    )
    alt = _alt(kind, found, whole, title, since, until, zone, place)

    def draw(theme: Theme, width: int) -> Figure:
        canvas = Canvas(theme, width, title, under, [_HEIGHT])
        axes = canvas.rows[0]
        top = _top(kind, found)
        axes.set_ylim(0, top)
        _percent_axis(axes)
        if found.empty:
            say_nothing(axes, "Nothing was sent.", theme.muted)
        else:
            label = f"each {EACH[period]}, {zone}"
            time_axis(axes, since, until, zone, narrow=canvas.narrow, label=label)
            axes.xaxis.label.set_color(theme.muted)
            _draw_share(axes, found, kind, theme, period, until)
        _draw_thresholds(axes, kind, top, theme)
        return canvas.figure

    return Plot(title, alt, draw)


_SHORT: tuple[Period, ...] = ("bin", "hour", "day")


def trailing(
    bins: pd.DataFrame, since: datetime, until: datetime, period: Period, zone: str = "UTC"
) -> pd.DataFrame:
    """The sums over the WINDOW up to the end of each period (of weeks and months over themselves), with
    `start`, `end` (UTC) and RATE_COLUMNS; only of periods that have a bin."""
    if period not in _SHORT:
        return rates(drawn_periods(bins, since, until, period, zone))
    found = drawn_periods(bins, since - WINDOW, until, period, zone)
    ends = found.set_index("end")[list(COUNTS)]
    sums = ends.rolling(WINDOW).sum().astype("int64").reset_index(drop=True)
    found = found.assign(**{name: sums[name] for name in COUNTS})
    return rates(found[found["end"] > since].reset_index(drop=True))


# -- what is said ---------------------------------------------------------------------------------


def _title(
    kind: Kind,
    judged: pd.DataFrame,
    whole: RateVerdict,
    since: datetime,
    until: datetime,
    zone: str,
    first: datetime,
    *,
    now_judged: bool,
) -> str:
    """The finding: where the line is in the end against the thresholds, and since when."""
    word, span = kind.capitalize(), span_text(since, until)
    if whole.number == 0:
        return f"Nothing was sent within {span}: no {kind}"
    if judged.empty or (whole.level == "too few" and not now_judged):
        return f"Too few mails to judge {kind}: {whole.events:,} of {whole.number:,}"
    if not now_judged:
        return whole.sentence.rstrip(".")
    shares = judged["bounce_rate" if kind == "bounces" else "complaint_rate"]
    now, most = float(shares.iloc[-1]), float(shares.max())
    known = thresholds_of(kind)
    lasted = span_text(max(judged["start"].iloc[0], first), min(judged["end"].iloc[-1], until))
    year = until - since > LONG
    above = [one for one in known if one.share <= most]
    passed = [one for one in known if one.share <= now]
    if not above:
        return f"{word} below {percent(known[0].share)} for {lasted}"
    if not passed:
        last = judged.loc[shares[shares >= above[-1].share].index[-1], "start"]
        most_reached, on = percent(above[-1].share), day_text(last, zone, year=year)
        return f"{word} at {percent(now)}, back from {most_reached} and more on {on}"
    reached = percent(passed[-1].share)
    whose = f"AWS's {reached}" if passed[-1].source.startswith("https:") else reached
    where = (
        f"{word} at {percent(now)}, above {whose}"
        if percent(now) != reached
        else f"{word} have reached {whose}"
    )
    under = judged["start"][shares < passed[-1].share]
    since_when = judged["start"][judged["start"] > under.iloc[-1]].iloc[0] if len(under) else None
    return where + (
        f" for {lasted}"
        if since_when is None
        else f" since {day_text(since_when, zone, year=until - since > LONG)}"
    )


def _alt(
    kind: Kind, found: pd.DataFrame, whole: RateVerdict, title: str, since: datetime, until: datetime,
    zone: str, place: str,
) -> str:  # fmt: skip
    of = f", {place}" if place else ""
    if whole.number == 0 or found.empty:
        return f"An empty picture: nothing was sent within {span_text(since, until)}{of}."
    lines = ", ".join(f"{percent(one.share)} ({one.meaning})" for one in thresholds_of(kind))
    return (
        f"A line of the share of {kind} from {day_text(since, zone, year=True)} to "
        f"{day_text(until, zone, year=True)} ({zone}){of}. {title}. Over the whole span it is "
        f"{percent(whole.rate or 0.0)} of {whole.number:,} mails, surely between {percent(whole.low)} and "
        f"{percent(whole.high)}. Lines are drawn at {lines}."
    )


# -- what is drawn --------------------------------------------------------------------------------


def _top(kind: Kind, found: pd.DataFrame) -> float:
    """High enough for the line and for the next threshold above it; an interval may go beyond."""
    prefix = "bounce" if kind == "bounces" else "complaint"
    shares = found[f"{prefix}_rate"].dropna()
    most = float(shares.max()) if len(shares) else 0.0
    ends = found.loc[found[f"{prefix}_level"] != "too few", f"{prefix}_high"]
    high = float(ends.max()) if len(ends) else 0.0
    review, pause = (
        next(one.share for one in thresholds_of(kind) if one.level == level) for level in ("review", "pause")
    )
    top = max(review * 1.35, most * 1.2, min(high * 1.05, max(most, review) * 2))
    return max(top, pause * 1.25) if max(most, high) > pause * 0.7 else top


def _percent_axis(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.6g} %"))


def _draw_share(
    axes: Axes, found: pd.DataFrame, kind: Kind, theme: Theme, period: Period, until: datetime
) -> None:
    import numpy as np

    prefix, colour = ("bounce", theme.bounces) if kind == "bounces" else ("complaint", theme.complaints)
    # A point is where its window ends; the period that is not over ends now.
    at = np.minimum(found["end"].map(in_days).to_numpy("float64"), in_days(until))
    share = found[f"{prefix}_rate"].to_numpy("float64")
    sent = found["attempts"].to_numpy("float64") > 0
    low, high = (
        np.where(sent, found[f"{prefix}_{end}"].to_numpy("float64"), np.nan) for end in ("low", "high")
    )
    few = (found[f"{prefix}_level"] == "too few").to_numpy("float64")
    at, share, low, high, few = _broken(_FARTHEST[period], at, share, low, high, few)
    if len(found) > 1:
        axes.fill_between(at, low, high, color=colour, alpha=0.2, linewidth=0, zorder=2.4)
        axes.plot(at, share, color=colour, linewidth=1.6, linestyle=(0, (1, 1.6)), zorder=2.6)
        axes.plot(
            at,
            np.where(few > 0, np.nan, share),
            color=colour,
            linewidth=2.2,
            solid_capstyle="round",
            zorder=2.6,
        )
    else:
        axes.vlines(at, low, high, color=colour, alpha=0.4, linewidth=6)
    known = np.flatnonzero(~np.isnan(share))
    if len(known):
        last, before = known[-1], known[-2] if len(known) > 1 else known[-1]
        rising = share[last] >= share[before]  # the words go where the line does not
        filled = "none" if few[last] > 0 else colour
        axes.plot(
            at[last], share[last], "o", color=colour, markerfacecolor=filled, markersize=6, clip_on=False
        )
        axes.annotate(
            percent(float(share[last])), (at[last], share[last]), xytext=(-4, 8 if rising else -8),
            textcoords="offset points", ha="right", va="bottom" if rising else "top",
            size=SMALL, color=colour, weight="bold", parse_math=False,
            bbox={"facecolor": theme.page, "edgecolor": "none", "pad": 0.5, "alpha": 0.85}, zorder=3,
        )  # fmt: skip


def _draw_thresholds(axes: Axes, kind: Kind, top: float, theme: Theme) -> None:
    """AWS's own first, the worse one before; one whose words have no room is left out, line and words."""
    room = top * 18 / _HEIGHT  # what words and line need, in shares
    taken: list[tuple[float, float]] = []
    order = {"pause": 0, "review": 1, "early": 2}
    for one in sorted(thresholds_of(kind), key=lambda one: (order[one.level], one.share)):
        if one.share > top * 0.97:
            continue
        places = [(one.share, one.share + room, False), (one.share - room, one.share, True)]
        free = [
            below
            for low, high, below in places
            if low > -room / 3 and all(high <= begin or low >= end for begin, end in taken)
        ]
        if not free:
            continue
        below = free[0]
        taken.append((one.share - room, one.share) if below else (one.share, one.share + room))
        colour = theme.of(one.level)
        axes.axhline(
            one.share, color=colour, linewidth=1.4, linestyle=_STYLES[one.level], zorder=1.8,
            gid=f"threshold-{one.level}-{one.share}",
        )  # fmt: skip
        note(axes, f"{percent(one.share)}: {one.meaning}", one.share, colour, theme.page, below=below)


def _broken(farthest: float, at: Any, *columns: Any) -> tuple[Any, ...]:
    """With a gap wherever two points are further apart: a line across it would claim a share of nothing."""
    import numpy as np

    places = np.flatnonzero(np.diff(at) > farthest) + 1
    return tuple(np.insert(values, places, np.nan) for values in (at, *columns))


_FARTHEST: dict[Period, float] = {"bin": 8, "hour": 8, "day": 8, "week": 15, "month": 63}
"""Days, by the period."""
