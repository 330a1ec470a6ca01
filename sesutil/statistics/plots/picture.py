"""A plot as something to show: one drawing, for light and dark ground, for a wide page and a narrow one.

It is drawn by matplotlib's Figure, without pyplot: no window, no list of open figures, no state that two
threads share but one lock. As SVG its texts stay texts, and its colours are exchanged afterwards, so that
one drawing serves both themes.

In a notebook it is stored as images within HTML. Which of them is seen is decided by a style rule that knows
JupyterLab, Voila, VS Code and what nbconvert writes; where rules are taken out (a notebook that is not
trusted, GitHub) it is the light one, which brings its own ground. No script takes part in it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sesutil.errors import ProjectError
from sesutil.files import replace_bytes
from sesutil.statistics.plots.themes import LIGHT, THEMES, Theme, ThemeName

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["NARROW", "SHOWN_CSS", "WIDE", "Plot", "Plots"]

WIDE = 820
NARROW = 380
"""Pixels that a drawing is wide, before it is scaled to its place."""

_LOCK = threading.Lock()
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_ROOT = f'style="font-family: {_FONT}; stroke-linejoin: round; stroke-linecap: butt"'
_NARROW_FROM = 600
_ON_DARK = (
    '[data-jp-theme-light="false"]',
    'body[data-vscode-theme-kind*="dark"]',
    'body[data-vscode-theme-kind="vscode-high-contrast"]',
    "body.theme-dark",
)

SHOWN_CSS = (
    ".s-plot svg, .s-plot img { display: block; width: 100%; height: auto; max-width: 820px; margin: 0; } "
    ".s-plot svg.s-narrow { display: none; max-width: 480px; } "
    f"@media (max-width: {_NARROW_FROM}px) {{ .s-plot svg.s-wide {{ display: none; }} "
    ".s-plot svg.s-narrow { display: block; } } "
    + ", ".join(f"{ground} .s-plot .s-on-light" for ground in _ON_DARK)
    + " { display: none !important; } "
    + ", ".join(f"{ground} .s-plot .s-on-dark" for ground in _ON_DARK)
    + " { display: block !important; }"
)
"""What shows the right one of a plot's images."""


@dataclass(frozen=True)
class Plot:
    """A picture of which `title` says what was found, and `alt` what is to be seen, for who does not see it.

    `draw` makes it: a theme and a width in pixels give a Figure of 72 dots an inch, a dot a pixel.
    """

    title: str
    alt: str
    draw: Callable[[Theme, int], Figure] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return self.alt

    def figure(self, theme: ThemeName = "light", width: int = WIDE) -> Figure:
        """Drawn anew, as matplotlib's Figure."""
        return self.draw(THEMES[theme], width)

    def png(self, theme: ThemeName = "light", width: int = WIDE, *, scale: float = 2.0) -> bytes:
        """As PNG, with twice the pixels unless `scale` says otherwise."""
        figure = self.figure(theme, width)
        # No version of matplotlib in it: the same picture is the same file.
        return _written(figure, format="png", dpi=72 * scale, metadata={"Software": None})

    def svg(self, theme: ThemeName | None = "light", width: int = WIDE) -> str:
        """As SVG, whose texts are texts. Without a theme its colours are the variables of a page's style,
        `--plot-text` and so on, with the light ones where a page has none."""
        drawn = self._drawn(width)
        return drawn if theme == "light" else _recoloured(drawn, theme)

    def markup(self) -> str:
        """Both widths within HTML, for a page that has SHOWN_CSS and the variables of `svg(None)`."""
        return (
            f'<div class="s-plot">{_inline(self.svg(None, WIDE), "s-wide", self.alt)}'
            f"{_inline(self.svg(None, NARROW), 's-narrow', self.alt)}</div>"
        )

    def page_markup(self) -> str:
        """As one image for a page that goes by the reader's own setting for light and dark. Its rules for
        styles do not concern what is within an image."""
        wide, narrow = self._drawn(WIDE), self._drawn(NARROW)
        small, dark = f"(max-width: {_NARROW_FROM}px)", "(prefers-color-scheme: dark)"
        sources = "".join(
            f'<source media="{media}" srcset="{_data(svg)}">'
            for media, svg in (
                (f"{small} and {dark}", _recoloured(narrow, "dark")),
                (small, narrow),
                (dark, _recoloured(wide, "dark")),
            )
        )
        return (
            f'<picture>{sources}<img src="{_data(wide)}" alt="{escape(self.alt)}" width="{WIDE}"></picture>'
        )

    def save(self, path: str | Path, theme: ThemeName = "light", width: int = WIDE) -> Path:
        """Writes it as the name says, .png or .svg, whole or not at all. Raises ProjectError."""
        path = Path(path)
        if path.suffix not in (".png", ".svg"):
            raise ProjectError(f"A plot is written as .png or as .svg, not as {path.name}.")
        content = self.png(theme, width) if path.suffix == ".png" else self.svg(theme, width).encode("utf-8")
        try:
            replace_bytes(path, content)
        except OSError as error:
            raise ProjectError(f"{path.name} cannot be written: {error.strerror or error}.") from None
        return path

    def _repr_html_(self) -> str:
        wide, narrow = self._drawn(WIDE), self._drawn(NARROW)
        return (
            f'<style>{SHOWN_CSS}</style><div class="s-plot">{_images(wide, narrow, "s-on-light", self.alt)}'
            + _images(_recoloured(wide, "dark"), _recoloured(narrow, "dark"), "s-on-dark", self.alt)
            + "</div>"
        )

    def _drawn(self, width: int) -> str:
        import matplotlib

        figure = self.draw(LIGHT, width)
        # Names within an SVG count for the whole page: each drawing has its own, and always the same.
        salt = hashlib.sha256(f"{self.alt}{width}".encode()).hexdigest()[:8]
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        # These two can be said nowhere else than in matplotlib's own settings.
        with _LOCK, matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
            text = _written(figure, format="svg", metadata=nothing).decode("utf-8")
        return _tidied(text)


class Plots(tuple[Plot, ...]):
    """Several plots, shown one below the other."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(plot.alt for plot in self)

    def _repr_html_(self) -> str:
        return "".join(plot._repr_html_() for plot in self)


def _written(figure: Figure, **how: object) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, facecolor=figure.get_facecolor(), **how)  # type: ignore[arg-type]
    return stream.getvalue()


def _tidied(text: str) -> str:
    """matplotlib's SVG without what is of no use in a page, or would concern the rest of it."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # Its rule is one for the whole page, and so are the names of its groups, which nothing refers to.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    # matplotlib has measured DejaVu Sans, which is wider than what is shown: nothing overflows.
    text = re.sub(r"font: ((?:\w+ )?[\d.]+px) [^;\"]+", rf"font: \1 {_FONT}", text)
    text = re.sub(r" font-family: [^;\"]+;", "", text).replace("font: 700 ", "font: 600 ")
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(
        r'width="([\d.]+)pt" height="([\d.]+)pt"', rf'width="\1" height="\2" {_ROOT}', text, count=1
    )
    # A hundredth of a pixel is fine enough, and a notebook holds each picture four times.
    text = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _recoloured(svg: str, theme: ThemeName | None) -> str:
    """A drawing of the light theme in the colours of another, or in those of a page's style."""
    roles = {LIGHT.of(role): role for role in Theme.roles()}

    def other(match: re.Match[str]) -> str:
        role = roles.get(match[0])
        if role is None:
            return match[0]
        return THEMES[theme].of(role) if theme is not None else f"var(--plot-{role}, {match[0]})"

    return re.sub(r"#[0-9a-f]{6}\b", other, svg)


def _inline(svg: str, name: str, alt: str) -> str:
    return svg.replace("<svg ", f'<svg class="{name}" role="img" aria-label="{escape(alt)}" ', 1)


def _images(wide: str, narrow: str, name: str, alt: str) -> str:
    away = ' style="display: none"' if name == "s-on-dark" else ""
    return (
        f'<picture class="{name}"{away}><source media="(max-width: {_NARROW_FROM}px)" '
        f'srcset="{_data(narrow)}"><img src="{_data(wide)}" alt="{escape(alt)}" width="{WIDE}"></picture>'
    )


def _data(svg: str) -> str:
    """As an address. In a srcset blanks and commas have a meaning: escaping them would be the longer way."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
