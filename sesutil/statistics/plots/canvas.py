"""A drawing's ground: title, rows of axes with their own words, a time axis with few ticks. In pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.statistics.periods import find_zone
from sesutil.statistics.plots.themes import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Canvas", "count_axis", "in_days", "note", "say_nothing", "time_axis"]

TITLE, TEXT, SMALL = 17, 13, 12
"""Sizes of type, those of the panels."""

_LEFT, _RIGHT, _GAP, _BOTTOM = 58, 16, 30, 52


class Canvas:
    """A Figure with its title, and one Axes per height. `rows` are the Axes, from above."""

    def __init__(
        self,
        theme: Theme,
        width: int,
        title: str,
        under: str,
        heights: Sequence[int],
        *,
        heads: bool = False,
    ) -> None:
        from matplotlib.figure import Figure

        self.theme, self.width = theme, width
        lines = _wrapped(title, TITLE, width - 24, weight="bold") or [""]
        small = _wrapped(under, SMALL, width - 24)
        top = 12 + len(lines) * TITLE * 1.3 + len(small) * SMALL * 1.4 + (_GAP if heads else _GAP // 2)
        self.height = top + sum(heights) + (len(heights) - 1) * _GAP + _BOTTOM
        self.figure: Figure = Figure(figsize=(width / 72, self.height / 72), dpi=72, facecolor=theme.page)
        self._text(12, 10, "\n".join(lines), TITLE, theme.text, weight="bold", spacing=1.25)
        self._text(12, 14 + len(lines) * TITLE * 1.3, "\n".join(small), SMALL, theme.muted, spacing=1.35)
        self.rows: list[Axes] = []
        for height in heights:
            self.rows.append(self._axes(top, height))
            top += height + _GAP

    @property
    def narrow(self) -> bool:
        return self.width < 600

    def _axes(self, top: float, height: int) -> Axes:
        theme = self.theme
        axes = self.figure.add_axes(
            (
                _LEFT / self.width,
                1 - (top + height) / self.height,
                (self.width - _LEFT - _RIGHT) / self.width,
                height / self.height,
            ),
            facecolor="none",
        )
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(theme.muted)
        axes.tick_params(colors=theme.muted, labelsize=SMALL, length=0, pad=5)
        axes.tick_params(axis="x", length=4, color=theme.muted)
        axes.yaxis.grid(True, color=theme.grid, linewidth=1)
        axes.set_axisbelow(True)
        return axes

    def _text(
        self, x: float, y: float, text: str, size: int, colour: str, *, spacing: float, weight: str = "normal"
    ) -> None:
        self.figure.text(
            x / self.width, 1 - y / self.height, text, size=size, color=colour, weight=weight, va="top",
            linespacing=spacing, parse_math=False,
        )  # fmt: skip

    def head(self, axes: Axes, text: str, colour: str) -> None:
        """What a row shows, above its left corner: no legend is needed."""
        axes.annotate(
            text, (0, 1), xycoords="axes fraction", xytext=(0, 7), textcoords="offset points", size=TEXT,
            color=colour, weight="bold", va="bottom", parse_math=False,
        )  # fmt: skip


def _wrapped(text: str, size: int, width: float, weight: str = "normal") -> list[str]:
    """Lines that fit, measured in matplotlib's own font, which is as wide as any that a page would take."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    lines: list[str] = []
    for word in re.findall(r"\S+(?: %\S*)?", text):  # a number and its sign stay together
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_to_path.get_text_width_height_descent(longer, font, ismath=False)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def in_days(moment: datetime) -> float:
    """A moment as matplotlib counts: days since 1970 in UTC."""
    return moment.timestamp() / 86400


def time_axis(axes: Axes, since: datetime, until: datetime, zone: str, *, narrow: bool, label: str) -> None:
    """Local times of the zone, few of them, with as much of the date as the span needs."""
    from matplotlib import dates

    place = find_zone(zone)
    axes.set_xlim(in_days(since), in_days(until))
    locator = dates.AutoDateLocator(tz=place, minticks=2, maxticks=5 if narrow else 8)  # type: ignore[no-untyped-call]
    span = until - since
    form = (
        "%H:%M"
        if span <= timedelta(hours=36)
        else "%a %H:%M"
        if span <= timedelta(days=4)
        else "%-d %b"
        if span <= timedelta(days=200)
        else "%b %Y"
        if span <= timedelta(days=3 * 366)
        else "%Y"
    )
    formatter = _local_times(form, place)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel(label, size=SMALL, color=axes.xaxis.label.get_color(), labelpad=6)


def count_axis(axes: Axes, most: float, *, ticks: int = 3) -> None:
    """From 0 to a little above the largest, with whole numbers at few ticks; at one tick, the largest."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    axes.set_ylim(0, max(most, 1) * 1.08)
    few = FixedLocator([0, max(most, 1)])
    axes.yaxis.set_major_locator(few if ticks < 2 else MaxNLocator(ticks, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def note(axes: Axes, text: str, height: float, colour: str, page: str, *, below: bool = False) -> None:
    """What a line means, right above it (or below) at its left end, on a ground of its own."""
    axes.annotate(
        text, (0, height), xycoords=("axes fraction", "data"), xytext=(0, -3 if below else 3),
        textcoords="offset points", size=SMALL, color=colour, ha="left", va="top" if below else "bottom",
        parse_math=False, annotation_clip=False, zorder=2.8,
        bbox={"facecolor": page, "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
    )  # fmt: skip


def say_nothing(axes: Axes, text: str, colour: str) -> None:
    """The words instead of data; an axis of time would show times of nothing."""
    axes.set_xticks([])
    axes.text(
        0.5, 0.45, text, transform=axes.transAxes, ha="center", va="center", size=TEXT, color=colour,
        parse_math=False, wrap=True,
    )  # fmt: skip


def _local_times(form: str, place: Any) -> Any:
    """Without `%-d`, which is not everywhere."""
    from matplotlib import dates
    from matplotlib.ticker import FuncFormatter

    def text(value: float, _: int | None = None) -> str:
        moment = dates.num2date(value, tz=place)  # type: ignore[no-untyped-call]
        return str(moment.strftime(form.replace("%-d", str(moment.day))))

    return FuncFormatter(text)
