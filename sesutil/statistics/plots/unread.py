"""In the place of a picture whose numbers could not be read, which is not the same as that there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesutil.statistics.plots.canvas import Canvas, say_nothing
from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.plots.themes import Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["unread_plot"]


def unread_plot(title: str, place: str = "") -> Plot:
    """No axes and no numbers: only that they are not known."""

    def draw(theme: Theme, width: int) -> Figure:
        canvas = Canvas(theme, width, title, place, [50])
        axes = canvas.rows[0]
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        say_nothing(axes, "Not known.", theme.muted)
        return canvas.figure

    of = f", {place}" if place else ""
    return Plot(title, f"No picture: {title[:1].lower()}{title[1:]}{of}.", draw)
