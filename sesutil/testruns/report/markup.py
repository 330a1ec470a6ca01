"""Pieces of markup of a report. Whatever comes from a run goes through `Ink`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from sesutil.testruns.redacting import Disguise, clean
from sesutil.testruns.results import Outcome, TestResult

__all__ = ["LOOKS", "Ink", "chip", "facts", "moment", "plural", "seconds_in_words"]

LOOKS: dict[Outcome, tuple[str, str]] = {
    "proven": ("\N{CHECK MARK}", "good"),
    "accepted": ("\N{CHECK MARK}", "calm"),
    "refused": ("\N{BALLOT X}", "bad"),
    "lost": ("\N{BALLOT X}", "bad"),
    "unexpected": ("\N{BALLOT X}", "bad"),
    "unknown": ("?", "look"),
    "failed": ("\N{BALLOT X}", "bad"),
    "not sent": ("\N{EN DASH}", "none"),
}
"""Sign and tone of each outcome: never colour alone, the outcome itself is the word."""

_LONGEST = 4000


class Ink:
    """Writes what comes from runs: disguised, at most 4000 characters, escaped, its direction its own."""

    def __init__(self, disguise: Disguise, level: int) -> None:
        self._disguise = disguise
        self._level = level

    def heading(self, markup: str) -> str:
        """The heading of a part of a run; `level` is its depth in the page."""
        return f'<h{self._level} class="part">{markup}</h{self._level}>'

    def subheading(self, markup: str) -> str:
        return f'<h{self._level + 1} class="reason">{markup}</h{self._level + 1}>'

    def text(self, text: str) -> str:
        return _own(self._disguise.text(text))

    def recipient(self, address: str) -> str:
        return _own(self._disguise.recipient(address))

    def account(self, account_id: str) -> str:
        return _own(self._disguise.account(account_id))

    def title(self, result: TestResult) -> str:
        """`SignIn in de to j…@example.com`."""
        language = f" in {self.text(result.language)}" if result.language else ""
        return f"{self.text(result.usage_type)}{language} to {self.recipient(result.recipient)}"

    def plain(self, text: str) -> str:
        """`text` for places that hold no elements."""
        return escape(_cut(clean(self._disguise.text(text))))

    def plain_title(self, result: TestResult) -> str:
        """`title` for places that hold no elements."""
        language = f" in {self.plain(result.language)}" if result.language else ""
        recipient = escape(clean(self._disguise.recipient(result.recipient)))
        return f"{self.plain(result.usage_type)}{language} to {recipient}"


def _own(text: str) -> str:
    return f"<bdi>{escape(_cut(clean(text)))}</bdi>"


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\N{HORIZONTAL ELLIPSIS} ({len(text)} characters in all)"


def chip(outcome: Outcome, number: int | None = None, *, word: str = "") -> str:
    """The outcome with its sign and tone; `word` is the word for people, where it is another."""
    sign, tone = LOOKS[outcome]
    count = "" if number is None else f" {number}"
    said = escape(word or outcome)
    return f'<span class="chip {tone}"><span aria-hidden="true">{sign}</span> {said}{count}</span>'


def facts(pairs: Iterable[tuple[str, str]], kind: str = "") -> str:
    """A list of what is so; the second of each pair is markup, and left out where it is empty."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f"<dl{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{rows}</dl>" if rows else ""


def moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%Y-%m-%d %H:%M:%S} UTC</time>'


def plural(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def seconds_in_words(seconds: float) -> str:
    """`0.42 s`, `12 s`, `3 min 5 s`."""
    if not math.isfinite(seconds):
        return ""
    if seconds < 0.0005:
        return "0 s"
    if seconds < 0.095:
        return f"{seconds:.3f} s"
    if seconds < 9.95:
        return f"{seconds:.2g} s" if seconds < 0.995 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
