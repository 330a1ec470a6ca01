"""Logto's placeholder rule: `{{ path.to.value }}` in subject and content becomes text.

This is `replaceSendMessageHandlebars` of `@logto/connector-kit` in Python, JavaScript's habits
included, because the mail that a person gets is written by JavaScript:

* The pattern is ``{{\\s*([\\w.]+)\\s*}}`` with JavaScript's meaning: ASCII letters, digits and
  underscore, and Unicode's white space with U+FEFF.
* A placeholder whose first name is not in the payload stays in the mail as it is.
* Where the first name is there and the rest of the path is not, the placeholder becomes empty.
* Values become JavaScript strings. Nothing is escaped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["PLACEHOLDER", "render", "to_javascript_string", "unclosed_placeholder"]

# ECMAScript's WhiteSpace and LineTerminator (ECMA-262, 12.2 and 12.3), which \s stands for there.
# Python's \s has U+001C to U+001F and U+0085 in addition and lacks U+FEFF.
_BLANK = "[\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"

# Possessive, so that a long run of blanks after `{{` costs linear time; what matches is the same.
PLACEHOLDER = re.compile(rf"\{{\{{{_BLANK}*+([A-Za-z0-9_.]++){_BLANK}*+\}}\}}")
"""Logto's pattern. Group 1 is the path."""

_BEGINNING = re.compile(rf"\{{\{{{_BLANK}*+[A-Za-z0-9_.]++")
_NEXT_MARK = re.compile(r"\}\}|\{\{|<")

_MISSING = object()
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)


def render(text: str, payload: Mapping[str, Any]) -> str:
    """`text` with its placeholders replaced from `payload`, as Logto does it.

    Only the payload's own keys count. Raises TypeError for a value that JSON has no form for.
    """

    def replace(match: re.Match[str]) -> str:
        path = match[1].split(".")
        if not path[0] or path[0] not in payload:
            return match[0]
        value = _walk(payload, path)
        return "" if value is _MISSING or value is None else to_javascript_string(value)

    return PLACEHOLDER.sub(replace, text)


def unclosed_placeholder(text: str, at: int) -> str | None:
    """The beginning of a placeholder at an offset if it never ends, as it stands there, else None.

    Logto mails such a one as it is. `{{code}` and `{{code <b>` are such; `{{a b}}` is closed, though
    no placeholder for Logto.
    """
    match = _BEGINNING.match(text, at)
    if match is None:
        return None
    next_mark = _NEXT_MARK.search(text, match.end())
    return match[0].rstrip() if next_mark is None or next_mark[0] != "}}" else None


def _walk(payload: Mapping[str, Any], path: Sequence[str]) -> Any:
    current: Any = payload
    for part in path:
        if isinstance(current, Mapping):
            current = current.get(part, _MISSING)
        elif isinstance(current, list | tuple):
            current = _list_property(current, part)
        else:  # JavaScript: only objects and lists have properties for Logto's getValue()
            return _MISSING
    return current


def _list_property(values: Sequence[Any], name: str) -> Any:
    if name == "length":
        return len(values)
    # The length bound keeps int() from a text of thousands of digits; no list is that long.
    if len(name) < 20 and _ARRAY_INDEX.fullmatch(name) and int(name) < len(values):
        return values[int(name)]
    return _MISSING


def to_javascript_string(value: Any) -> str:
    """What JavaScript's `String(value)` gives for a value that came from JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, list | tuple):
        return ",".join(_items(value))
    raise TypeError(
        f"A payload holds what JSON can hold: text, numbers, true, false, null, lists and objects. "
        f"This value is a {type(value).__name__}; give it as text."
    )


def _items(values: Sequence[Any]) -> Iterator[str]:
    """The texts that JavaScript joins by commas: null is empty, a list in the list its own items.

    A loop, not a recursion: a payload may be nested deeper than Python's stack.
    """
    waiting = list(reversed(values))
    while waiting:
        item = waiting.pop()
        if isinstance(item, list | tuple) and item:
            waiting.extend(reversed(item))
        else:
            yield "" if item is None else to_javascript_string(item)


def _number(value: int | float) -> str:
    """ECMA-262, Number::toString: the shortest digits that read back, plain from 1e-6 to 1e21."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"  # also -0
    sign = "-" if number < 0 else ""
    # repr() has the shortest digits, as in JavaScript; only the notation differs.
    digits, point = _digits(repr(abs(number)))
    if point > 21 or point < -5:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _digits(shortest: str) -> tuple[str, int]:
    """The significant digits of a repr() and where the point stands: ("15", 1) for 1.5."""
    mantissa, _, power = shortest.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole + fraction) - len(digits)
    point = len(whole) - leading + int(power or 0)
    return digits.rstrip("0") or "0", point
