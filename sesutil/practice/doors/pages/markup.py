"""Pieces of markup that all pages share. Whatever comes from outside goes through `text` or `own`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

__all__ = [
    "BAD",
    "CALM",
    "GOOD",
    "LOOK",
    "WAIT",
    "State",
    "address",
    "button",
    "card",
    "chip",
    "clip",
    "clock_time",
    "facts",
    "hidden",
    "moment",
    "number",
    "own",
    "shell",
    "shows_something",
    "span",
    "text",
    "zone_name",
]


class State:
    """A sign, a word and how it looks: never colour alone."""

    def __init__(self, sign: str, word: str, tone: str) -> None:
        self.sign = sign
        self.word = word
        self.tone = tone


GOOD = "good"
BAD = "bad"
LOOK = "look"
WAIT = "wait"
CALM = "calm"


def text(value: object) -> str:
    """Escaped, for texts and attributes."""
    return escape(str(value))


def own(value: str) -> str:
    """A text from outside, whose direction stays its own affair."""
    return f"<bdi>{escape(value)}</bdi>" if value else ""


def shows_something(value: str) -> bool:
    """Whether a reader would see anything of this text."""
    return any(letter.isprintable() and not letter.isspace() for letter in value)


def clip(value: str, length: int = 300) -> str:
    """At most so many characters of a text from outside."""
    return value if len(value) <= length else value[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"


def chip(state: State, more: str = "") -> str:
    tail = f" {text(more)}" if more else ""
    return (
        f'<span class="chip {state.tone}"><span class="sign">{state.sign}</span> '
        f"{text(state.word)}{tail}</span>"
    )


def address(path: str, /, fragment: str = "", **fields: str | int | None) -> str:
    """A path of this site with a query; fields that are None or empty are left out. Not escaped yet."""
    query = urlencode({name: value for name, value in fields.items() if value not in (None, "")})
    return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def hidden(fields: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{text(name)}" value="{text(value)}">' for name, value in fields.items()
    )


def button(
    action: str,
    label: str,
    page: str,
    fields: Mapping[str, str] | None = None,
    *,
    kind: str = "",
    describe: str = "",
) -> str:
    """A form that is one button. `describe` says what it is about, where the label alone does not."""
    given = dict(fields or {})
    key = clip("|".join((action, *given.values())), 200)
    name = f' aria-label="{text(clip(describe))}"' if describe else ""
    return (
        f'<form method="post" action="{text(action)}">{hidden({**given, "page": page})}'
        f'<button class="{text(kind)}" data-key="{text(key)}"{name}>{text(label)}</button></form>'
    )


def card(name: str, title: str, body: str, *, why: str = "", live: bool = True) -> str:
    """A card: a title that says what it is for, a line that says why, and what there is to see or do."""
    said = f'<p class="why">{why}</p>' if why else ""
    return (
        f'<section class="card" id="{text(name)}" aria-labelledby="{text(name)}-title"'
        f'{" data-live" if live else ""}><h2 id="{text(name)}-title">{text(title)}</h2>{said}{body}</section>'
    )


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values; the values are markup already. Rows without a value are left out."""
    found = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in rows if value)
    return f"<dl>{found}</dl>" if found else ""


def shell(name: str, lines: str) -> str:
    """Lines to copy."""
    return (
        f'<div class="copy"><pre id="{name}" tabindex="0"><code>{text(lines)}</code></pre>'
        f'<button type="button" class="quiet" data-copy="{name}">Copy</button></div>'
    )


def number(value: float) -> str:
    return f"{value:,.0f}"


# -- time -----------------------------------------------------------------------------------------


def zone_name() -> str:
    """How this machine's time zone is called."""
    return datetime.now().astimezone().tzname() or "local"


def moment(seconds: float, now: float | None = None) -> str:
    """A point in time in the machine's zone: of today the time, else the day too, else the year too."""
    at = datetime.fromtimestamp(seconds, UTC)
    local, today = at.astimezone(), _local(seconds if now is None else now)
    form = "%d %b %Y %H:%M:%S"
    if now is not None and local.year == today.year:
        form = "%H:%M:%S" if local.date() == today.date() else "%d %b %H:%M"
    shown = local.strftime(form).lstrip("0") if form[1] == "d" else local.strftime(form)
    return (
        f'<time datetime="{at.isoformat(timespec="milliseconds")}" title="{local:%A, %d %B %Y %H:%M:%S %Z}">'
        f"{shown}</time>"
    )


def clock_time(seconds: float) -> str:
    """As a clock in the head of the page shows it."""
    return f"{_local(seconds):%a %d %b %Y, %H:%M}"


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def span(seconds: float) -> str:
    """A length of time in at most two units: `0.4 s`, `5 min`, `13 h 59 min`, `3 days 2 h`."""
    if seconds < 10:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days} day{'s' * (days != 1)}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    if minutes:
        return f"{minutes} min" + (f" {whole % 60} s" if whole % 60 and minutes < 10 else "")
    return f"{whole} s"
