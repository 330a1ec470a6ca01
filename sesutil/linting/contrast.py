"""Whether text can be read against its ground, in light and, where the template has it, in dark.

The measure is that of WCAG 2.2 (1.4.3): 4.5 to 1, and 3 to 1 for large text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from justhtml.dom import Element
from tinycss2 import color4

from sesutil.linting.cascade import Cascade, length_in_pixels
from sesutil.linting.findings import Finding
from sesutil.linting.view import TemplateView

__all__ = ["Colour", "check_contrast", "contrast"]

ENOUGH, ENOUGH_WHEN_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66  # pixels: 18 pt, and 14 pt bold
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.833, "big": 1.2}
_NAMED_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0,
    "xx-large": 32.0,
}  # fmt: skip
_BOLD = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_LEGACY_COLOUR = re.compile(r"[0-9a-f]{6}|[0-9a-f]{3}", re.IGNORECASE)


class Colour(NamedTuple):
    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: Colour) -> Colour:
        mixed = (
            top * self.alpha + under * (1 - self.alpha)
            for top, under in zip(self[:3], ground[:3], strict=True)
        )
        return Colour(*mixed)

    def hex(self) -> str:
        return "#" + "".join(f"{round(part * 255):02x}" for part in self[:3])


_WHITE, _BLACK = Colour(1, 1, 1), Colour(0, 0, 0)
_DARK_CANVAS = Colour(0x12 / 255, 0x12 / 255, 0x12 / 255)
_LINK, _DARK_LINK = Colour(0, 0, 238 / 255), Colour(158 / 255, 158 / 255, 1)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def check_contrast(view: TemplateView) -> Iterator[Finding]:
    """Rules contrast and contrast-dark; a pair of colours is reported once."""
    said = set()
    for rule, cascade, where in (("contrast", view.light, ""), ("contrast-dark", view.dark, " in dark mode")):
        if cascade is None:
            continue
        ground_of = _Grounds(cascade)
        faint: dict[tuple[str, str], list[Any]] = {}
        for node in cascade.visible.nodes:
            element = node.parent
            if element is None or not (node.data or "").strip():
                continue
            colour, ground = ground_of.colour(element), ground_of.ground(element)
            if colour is None or ground is None:
                continue
            ratio = contrast(colour.over(ground), ground)
            if ratio < ENOUGH_WHEN_LARGE or (ratio < ENOUGH and not _is_large(cascade, element)):
                faint.setdefault((colour.over(ground).hex(), ground.hex()), []).append((element, ratio))
        for pair, places in faint.items():
            element, ratio = places[0]
            if pair in said:
                continue
            said.add(pair)
            more = f", here and in {_counted(len(places) - 1)}" if len(places) > 1 else ""
            yield view.at(
                _in_source(element),
                rule,
                "warning",
                f"The text is {pair[0]} on {pair[1]}{where}{more}: a contrast of {ratio:.1f} to 1, hard to read.",
                f"Take colours with at least {ENOUGH} to 1 (large text: {ENOUGH_WHEN_LARGE:.0f} to 1).",
            )


def _counted(number: int) -> str:
    return "1 more place" if number == 1 else f"{number} more places"


class _Grounds:
    """Colours of text and ground, each computed once per element. None where it cannot be told."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade
        self._found: dict[int, Colour | None] = {}
        self._colours: dict[int, Colour | None] = {}
        self._dark = cascade.dark and _declares_dark(cascade)
        bodies = cascade.document.named("body")
        self._link_colour = (bodies[0].attrs or {}).get("link") if bodies else None
        for node in cascade.document.nodes:  # parents before children, so that no recursion is deep
            if isinstance(node, Element):
                self.ground(node)
                self.colour(node)

    def ground(self, element: Any) -> Colour | None:
        if element is None or element.name.startswith("#"):
            return _DARK_CANVAS if self._dark else _WHITE
        key = id(element)
        if key not in self._found:
            self._found[key] = self._ground(element)
        return self._found[key]

    def _ground(self, element: Any) -> Colour | None:
        own = self._cascade.own(element, "background-color", "background")
        attributes = element.attrs or {}
        if own is not None:
            picture = "url(" in own.text or "gradient(" in own.text
            colour = _colour(_colour_part(own.text))
            if colour is None:
                return (
                    None if picture or "{{" in own.text or "var(" in own.text else self.ground(element.parent)
                )
            if self._cascade.own(element, "background-image") is not None and colour.alpha < 1:
                return None
        elif self._cascade.own(element, "background-image") is not None or attributes.get("background"):
            return None
        elif attributes.get("bgcolor"):
            colour = _colour(attributes["bgcolor"])
        else:
            return self.ground(element.parent)
        if colour is None:
            return None
        if colour.alpha == 1:
            return colour
        below = self.ground(element.parent)
        return None if below is None else colour.over(below)

    def colour(self, element: Any) -> Colour | None:
        if element is None or element.name.startswith("#"):
            return _WHITE if self._dark else _BLACK
        key = id(element)
        if key not in self._colours:
            self._colours[key] = self._colour(element)
        return self._colours[key]

    def _colour(self, element: Any) -> Colour | None:
        own = self._cascade.own(element, "color")
        attributes = element.attrs or {}
        text = own.text if own is not None else None
        if text is None and element.name in ("font", "body"):
            text = attributes.get("color" if element.name == "font" else "text")
        if text is None or text.lower() in ("inherit", "currentcolor", "unset"):
            if text is None and element.name == "a" and attributes.get("href"):
                if self._link_colour:
                    return _colour(self._link_colour)
                return _DARK_LINK if self._dark else _LINK
            return self.colour(element.parent)
        return _colour(text)


def _declares_dark(cascade: Cascade) -> bool:
    """Whether the mail tells programs that it knows the dark, so that they darken the page under it."""
    document = cascade.document
    for element in document.named("meta"):
        attributes = element.attrs or {}
        if (attributes.get("name") or "").lower() == "color-scheme" and "dark" in (
            attributes.get("content") or ""
        ):
            return True
    roots = (":root", "html")
    return any(
        declaration.name == "color-scheme" and "dark" in declaration.text
        for rule in document.rules
        if rule.prelude in roots
        for declaration in rule.declarations
    )


def _colour(text: str) -> Colour | None:
    text = text.strip()
    if _LEGACY_COLOUR.fullmatch(text):
        text = f"#{text}"  # bgcolor and color attributes work without the sign
    try:
        parsed = color4.parse_color(text)
        if parsed is None or isinstance(parsed, str):
            return None
        red, green, blue = parsed.to("srgb").coordinates
    except (ValueError, NotImplementedError, TypeError):
        return None
    return Colour(red, green, blue, 1.0 if parsed.alpha is None else parsed.alpha)


def _colour_part(text: str) -> str:
    """The colour within a `background` value; the whole text for a plain one."""
    if " " not in text:
        return text
    for part in re.findall(r"[\w-]+\([^()]*\)|#?[\w-]+", text):
        if not part.lower().startswith("url(") and _colour(part) is not None and not part.isdigit():
            return str(part)
    return text


def _is_large(cascade: Cascade, element: Any) -> bool:
    size = _font_size(cascade, element)
    return size >= _LARGE or (size >= _LARGE_BOLD and _is_bold(cascade, element))


def _font_size(cascade: Cascade, element: Any) -> float:
    chain = []
    while element is not None and not element.name.startswith("#"):
        chain.append(element)
        element = element.parent
    size = 16.0
    for item in reversed(chain):
        own = cascade.own(item, "font-size")
        if own is None:
            shorthand = cascade.own(item, "font")
            found = re.search(r"([\d.]+(?:px|pt|em|rem|%))", shorthand.text) if shorthand else None
            size = (length_in_pixels(found[1], size) or size) if found else size * _SIZES.get(item.name, 1.0)
        else:
            size = length_in_pixels(own.text, size) or _NAMED_SIZES.get(own.text.lower(), size)
    return size


def _is_bold(cascade: Cascade, element: Any) -> bool:
    while element is not None and not element.name.startswith("#"):
        own = cascade.own(element, "font-weight")
        if own is not None:
            weight = own.text.lower()
            return weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 700)
        shorthand = cascade.own(element, "font")
        if shorthand is not None and shorthand.text.lower() != "inherit":
            return re.search(r"\b(?:bold|bolder|[789]00)\b", shorthand.text.lower()) is not None
        if element.name in _BOLD:
            return True
        element = element.parent
    return False


def _in_source(element: Any) -> Any:
    """The element, or the nearest around it that stands in the source."""
    while element is not None and getattr(element, "origin_offset", None) is None:
        element = element.parent
    return element


def _luminance(colour: Colour) -> float:
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3])
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
