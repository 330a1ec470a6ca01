"""How much of the quota of 24 hours was used, through the last day or two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.statistics.bins import aggregate, between
from sesutil.statistics.plots.canvas import (
    TEXT,
    Canvas,
    count_axis,
    in_days,
    note,
    say_nothing,
    time_axis,
)
from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.plots.themes import Theme
from sesutil.statistics.rates import percent
from sesutil.statistics.verdict import NEARLY_USED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["quota_plot", "used_through"]

_DAY = timedelta(hours=24)
_HEIGHT = 170


def used_through(bins: pd.DataFrame, since: datetime, until: datetime) -> pd.DataFrame:
    """The mails of the 24 hours before, at each moment at which that changes: at (UTC), used (int64).

    Counted by bins, so that a mail counts from the beginning of its bin. The first row is at `since`, the
    last at `until`. Unlike SES's own number it has the mails to the mailbox simulator.
    """
    import numpy as np
    import pandas as pd

    found = aggregate(
        between(bins, since - _DAY, until)[["start", "attempts", "bounces", "complaints", "rejects"]]
    )
    starts = found["start"].dt.tz_localize(None).to_numpy("datetime64[us]")
    counts = np.append(0, np.cumsum(found["attempts"].to_numpy("int64")))
    begin, end, day = (
        np.datetime64(_naive(since), "us"),
        np.datetime64(_naive(until), "us"),
        np.timedelta64(_DAY),
    )
    moments = np.unique(np.concatenate([[begin], starts, starts + day, [end]]))
    moments = moments[(moments >= begin) & (moments <= end)]
    used = (
        counts[np.searchsorted(starts, moments, "right")]
        - counts[np.searchsorted(starts, moments - day, "right")]
    )
    return pd.DataFrame({"at": pd.DatetimeIndex(moments).tz_localize("UTC"), "used": used.astype("int64")})


def quota_plot(
    bins: pd.DataFrame,
    quota: pd.DataFrame,
    until: datetime,
    *,
    hours: float = 24,
    zone: str = "UTC",
    place: str = "",
) -> Plot:
    """The recipients of the 24 hours before, at each moment of the last `hours`, and the quota.

    `bins` (BIN_COLUMNS) and `quota` (QUOTA_COLUMNS, the last row counts) are of one account in one
    Region. The line is counted from the bins, the dot at its end is what SES itself says. Raises
    InvalidParameters for a zone that does not exist.
    """
    since = until - timedelta(hours=hours)
    used = used_through(bins, since, until)
    row = quota.iloc[-1].to_dict() if len(quota) else {}
    limit, now = _number(row.get("max_24_hours")), _number(row.get("sent_24_hours"))
    counted = int(used["used"].iloc[-1])
    most = int(used["used"].max())
    title = _title(limit, now, counted)
    alt = (
        f"A line of the recipients within the 24 hours before, through the last {hours:g} hours"
        + (f", {place}" if place else "")
        + f": at most {most:,}, in the end {counted:,}. {title}."
        + (f" A line is drawn at the quota, {limit:,}." if limit is not None else "")
    )

    highest = max(most, now or 0)
    # A quota far above would press the line to the ground; it is said instead.
    near = limit is not None and (highest >= 0.1 * limit or not highest)
    under = _under(place, now, counted, limit if highest and not near else None)

    def draw(theme: Theme, width: int) -> Figure:
        canvas = Canvas(theme, width, title, under, [_HEIGHT])
        axes = canvas.rows[0]
        count_axis(axes, max(highest, limit) * 1.06 if near and limit is not None else highest * 1.25)
        if near and limit is not None:
            axes.axhline(limit, color=theme.pause, linewidth=1.4, gid="threshold-quota")
            words = f"{limit:,}: the quota, then SES refuses mail"
            note(axes, words, limit, theme.pause, theme.page)
            axes.axhline(
                limit * NEARLY_USED,
                color=theme.early,
                linewidth=1.4,
                linestyle=(0, (1, 2)),
                gid="threshold-nearly",
            )
            words = f"{percent(NEARLY_USED)} of it"
            note(axes, words, limit * NEARLY_USED, theme.early, theme.page, below=True)
        if not highest:
            say_nothing(axes, "Nothing was sent.", theme.muted)
            return canvas.figure
        at = used["at"].map(in_days).to_numpy("float64")
        axes.fill_between(at, 0, used["used"], step="post", color=theme.sent, alpha=0.18, linewidth=0)
        axes.step(at, used["used"], where="post", color=theme.sent, linewidth=2.2)
        time_axis(axes, since, until, zone, narrow=canvas.narrow, label=f"time, {zone}")
        axes.xaxis.label.set_color(theme.muted)
        if now is not None:
            axes.plot([in_days(until)], [now], "o", color=theme.sent, markersize=7, clip_on=False)
            # Above the line, which comes from below as a rule; not into the words at the lines above it.
            high = near and limit is not None and limit * 0.7 < now < limit
            axes.annotate(
                f"{now:,} now", (in_days(until), now), xytext=(-9, -8 if high else 8),
                textcoords="offset points", ha="right", va="top" if high else "bottom", size=TEXT,
                color=theme.sent, weight="bold", parse_math=False,
            )  # fmt: skip
        return canvas.figure

    return Plot(title, alt, draw)


def _title(limit: int | None, now: int | None, counted: int) -> str:
    used = counted if now is None else now
    if limit is None:
        return f"{used:,} recipients within 24 hours" + ("" if now is None else ", without a limit")
    share = used / limit if limit else 1.0
    if share >= 1:
        return f"The quota is used up: {used:,} of {limit:,} within 24 hours"
    if share >= NEARLY_USED:
        return f"The quota is nearly used up: {limit - used:,} of {limit:,} are left"
    return (
        f"{used:,} of {limit:,} within 24 hours: {percent(share)} of the quota"
        if used
        else (f"Nothing of the quota is used: {limit:,} are left")
    )


def _under(place: str, now: int | None, counted: int, above: int | None) -> str:
    parts = [place] if place else []
    parts.append("recipients of the 24 hours before, counted by the quarter of an hour")
    if now is not None and now < counted:
        parts.append("SES's own number leaves out its mailbox simulator")
    if above is not None:
        parts.append(f"the quota, {above:,}, lies far above")
    return " \N{MIDDLE DOT} ".join(parts)


def _number(value: Any) -> int | None:
    import pandas as pd

    return None if value is None or pd.isna(value) else int(value)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
