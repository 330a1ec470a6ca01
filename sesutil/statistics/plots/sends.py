"""What was sent over time, and what of it bounced or was complained of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sesutil.statistics.bins import totals
from sesutil.statistics.periods import Period
from sesutil.statistics.plots.canvas import Canvas, count_axis, in_days, say_nothing, time_axis
from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.plots.spans import (
    EACH,
    LONG,
    day_text,
    drawn_periods,
    moment_text,
    period_for,
    span_text,
)
from sesutil.statistics.plots.themes import Theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["sends_plot"]

_ROWS = (
    ("attempts", "Sent", "sent", 150),
    ("bounces", "Bounced", "bounces", 56),
    ("complaints", "Complaints", "complaints", 56),
)
_MOST_BARS = 62  # more of them have no gaps between


def sends_plot(
    bins: pd.DataFrame,
    since: datetime,
    until: datetime,
    *,
    by: Period | None = None,
    zone: str = "UTC",
    place: str = "",
) -> Plot:
    """Mails sent from `since` to `until`, and below them, on scales of their own, bounces and complaints.

    `bins` has BIN_COLUMNS; those of several accounts are summed up. `by` is what a bar is: of a long span a
    longer period is taken (`spans.period_for`). `place` says whose numbers they are. Raises
    InvalidParameters for a zone that does not exist.
    """
    period = period_for(since, until, by)
    found = drawn_periods(bins, since, until, period, zone)
    sums, span = totals(found), span_text(since, until)
    sent = f"{sums['attempts']:,} mail" + ("" if sums["attempts"] == 1 else "s")
    if not any(sums.values()):
        title = f"Nothing was sent within {span}"
        alt = f"An empty picture: nothing was sent within {span}{_of(place)}."
    else:
        top = found.iloc[int(found["attempts"].to_numpy().argmax())]
        best = (
            f"{int(top['attempts']):,} {moment_text(top['start'], period, zone, year=until - since > LONG)}"
        )
        several = len(found) > 1
        title = f"{sent} within {span}" + (f", at most {best}" if several else "")
        alt = (
            f"Bars of the mails sent each {EACH[period]} from {day_text(since, zone, year=True)} to "
            f"{day_text(until, zone, year=True)} ({zone}){_of(place)}: {sent}"
            + (f", at most {best}" if several else "")
            + f". Below them the bounces, {sums['bounces']:,} in all, and the complaints, "
            f"{sums['complaints']:,} in all."
        )

    def draw(theme: Theme, width: int) -> Figure:
        canvas = Canvas(theme, width, title, place, [height for *_, height in _ROWS], heads=True)
        for axes, (name, word, role, _) in zip(canvas.rows, _ROWS, strict=True):
            canvas.head(axes, f"{word}: {sums[name]:,}", theme.of(role))
            _draw_bars(axes, found, name, theme.of(role))
            count_axis(
                axes, float(found[name].max()) if len(found) else 0.0, ticks=3 if name == "attempts" else 1
            )
            if found.empty:
                axes.set_yticks([])
                axes.set_xticks([])
                continue
            label = f"each {EACH[period]}, {zone}" if axes is canvas.rows[-1] else ""
            time_axis(axes, since, until, zone, narrow=canvas.narrow, label=label)
            axes.xaxis.label.set_color(theme.muted)
            axes.tick_params(axis="x", labelbottom=bool(label))
        if found.empty:
            say_nothing(canvas.rows[0], "No mail, no bounce, no complaint.", theme.muted)
        return canvas.figure

    return Plot(title, alt, draw)


def _draw_bars(axes: Axes, found: pd.DataFrame, name: str, colour: str) -> None:
    """Bars as wide as their periods; where there are many, as one outline: a path instead of hundreds."""
    import numpy as np

    if found.empty:
        return
    left = found["start"].map(in_days).to_numpy("float64")
    right = found["end"].map(in_days).to_numpy("float64")
    values = found[name].to_numpy("float64")
    if len(found) <= _MOST_BARS:
        axes.bar(left, values, (right - left) * 0.86, align="edge", color=colour)
        return
    edges = np.column_stack([left, right]).ravel()
    steps = np.column_stack([values, np.zeros(len(values))]).ravel()[:-1]
    axes.stairs(steps, edges, fill=True, color=colour)


def _of(place: str) -> str:
    return f", {place}" if place else ""
