"""What the reader gets to read: the code or link, how long it is said to be valid, and anything at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesutil.config import UsageType
from sesutil.linting.findings import Finding
from sesutil.linting.view import TemplateView
from sesutil.plaintext import tree_to_text
from sesutil.rendering import PLACEHOLDER
from sesutil.variables import proof_variable

__all__ = ["check_wording", "stated_lifetimes"]

_WORDS = {
    "one ein eine einer einem einen": 1,
    "two zwei": 2,
    "three drei": 3,
    "four vier": 4,
    "five fünf": 5,
    "six sechs": 6,
    "seven sieben": 7,
    "eight acht": 8,
    "nine neun": 9,
    "ten zehn": 10,
    "twelve zwölf": 12,
    "fifteen fünfzehn": 15,
    "twenty zwanzig": 20,
    "thirty dreißig dreissig": 30,
    "forty-five fünfundvierzig": 45,
    "sixty sechzig": 60,
    "ninety neunzig": 90,
    "half": 0.5,
}
_NUMBERS = {word: value for words, value in _WORDS.items() for word in words.split()} | {"an": 1, "a": 1}
_UNITS = {
    "second": 1, "seconds": 1, "sec": 1, "sekunde": 1, "sekunden": 1,
    "minute": 60, "minutes": 60, "min": 60, "mins": 60, "minuten": 60, "minutos": 60, "minuti": 60,
    "hour": 3600, "hours": 3600, "stunde": 3600, "stunden": 3600, "heures": 3600, "heure": 3600, "horas": 3600,
    "day": 86400, "days": 86400, "tag": 86400, "tage": 86400, "tagen": 86400,
}  # fmt: skip
_LIFETIME = re.compile(
    rf"(?<![\w.,:])(?:(?P<digits>\d{{1,4}})|(?P<word>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}))"
    rf"(?:[\s\u00a0-]+an?)?[\s\u00a0-]*(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
# Sentences that speak of some other time.
_NO_LIFETIME = re.compile(
    r"\b(?:ago|please|repl(?:y|ies)|respon\w+|answer\w*|another|new code|again|resend|per|every|support|a (?:day|year)"
    r"|vor \d+|erneut|neuen code|antwort\w*|pro)\b",
    re.IGNORECASE,
)
_WRONG_FORM = (
    r"(?<!\{{)\{{\s*{0}\s*\}}(?!\}})|%\s*{0}\s*%|\$\{{\s*{0}\s*\}}|\[\[?\s*{0}\s*\]?\]|<%=?\s*{0}\s*%>"
)


def check_wording(view: TemplateView) -> Iterator[Finding]:
    """Rules content-empty, code-missing, link-missing, link-not-clickable, code-not-alone and lifetime-…"""
    if not view.visible.text.strip():
        yield view.whole(
            "content-empty",
            "error",
            "There is no text that a reader gets to see: with images off, or read aloud, the mail is empty.",
            "Write what the mail is about as text.",
        )
        return
    variable = proof_variable(view.usage_type)
    if view.usage_type in tuple(UsageType):
        yield from _check_proof(view, variable)
    if variable == "code":
        yield from _check_lifetime(view)


def _check_proof(view: TemplateView, variable: str) -> Iterator[Finding]:
    source = view.document.text
    shown = any(
        variable in _named(source, node.origin_offset, "<")
        for node in view.visible.nodes
        if "{{" in (node.data or "")
    )
    linked = variable == "link" and any(
        "link" in _named(source, element.origin_offset, ">") and not view.light.is_unseen(element)
        for element, _, value in view.with_attribute("href")
        if "{{" in value
    )
    if not shown and not linked:
        wrong = re.search(_WRONG_FORM.format(variable), view.document.text)
        seen = "in the text that the reader sees" if variable == "code" else "in a link or the text"
        yield view.at(
            wrong.start() if wrong else None,
            f"{variable}-missing",
            "error",
            f"{wrong[0]} is no placeholder for Logto, and {{{{{variable}}}}} is missing."
            if wrong
            else f"There is no {{{{{variable}}}}} {seen}, so the mail is of no use.",
            f"Put {{{{{variable}}}}} where the reader should find it.",
        )
    elif variable == "link" and not linked:
        yield view.at(
            _first(source, "link"),
            "link-not-clickable",
            "hint",
            "The link stands as text only. Most mail programs make it clickable, not all.",
            'Write <a href="{{link}}">…</a> as well.',
        )
    elif variable == "code" and not _alone(view):
        yield view.at(
            _first(source, "code"),
            "code-not-alone",
            "hint",
            "Read as text the code is in the middle of a line, where it is harder to find and to copy.",
            "Put {{code}} into a block of its own, such as <p>{{code}}</p>.",
        )


def _named(source: str, start: int | None, end: str) -> set[str]:
    """The placeholders that Logto sees in the source of a text or a tag; entities are no braces for it."""
    if start is None:
        return set()
    stop = source.find(end, start)
    return {match[1] for match in PLACEHOLDER.finditer(source, start, stop if stop >= 0 else len(source))}


def _first(source: str, name: str) -> int | None:
    return next((match.start() for match in PLACEHOLDER.finditer(source) if match[1] == name), None)


def _alone(view: TemplateView) -> bool:
    for line in tree_to_text(view.document.tree.root).splitlines():
        match = PLACEHOLDER.fullmatch(line.strip())
        if match and match[1] == "code":
            return True
    return False


def stated_lifetimes(text: str) -> Iterator[tuple[int, str, float]]:
    """The times that a text states, in English or German: where, how it stands there, in seconds."""
    for match in _LIFETIME.finditer(text):
        unit = match["unit"].lower()
        number = float(match["digits"]) if match["digits"] else _NUMBERS[match["word"].lower()]
        vague = match["word"] and match["word"].lower() in ("a", "an") and unit not in ("hour", "day")
        if not vague and number:
            yield match.start(), match[0], number * _UNITS[unit]


def _check_lifetime(view: TemplateView) -> Iterator[Finding]:
    policy = view.settings.code_lifetime
    text = view.visible.text
    for position, said, seconds in stated_lifetimes(text):
        begin = max(text.rfind(mark, 0, position) for mark in "\n.!?") + 1
        end = min((at for mark in "\n.!?" if (at := text.find(mark, position)) >= 0), default=len(text))
        if _NO_LIFETIME.search(text, begin, end):
            continue
        where = view.visible.offset(position, said)
        if seconds != policy:
            yield view.at(
                where,
                "lifetime-mismatch",
                "warning",
                f"The mail says \N{LEFT DOUBLE QUOTATION MARK}{' '.join(said.split())}"
                f"\N{RIGHT DOUBLE QUOTATION MARK}, and a code is valid for {_duration(policy)}.",
                "Write what holds, or no time at all. If your tenant has another setting, say so in sesutil.toml, "
                "[lint] code_lifetime, or with --code-lifetime.",
            )
        else:
            yield view.at(
                where,
                "lifetime-stated",
                "hint",
                f"The mail states {_duration(policy)}: true until somebody changes the tenant's setting.",
                "Write that the code is valid for a short time.",
            )


def _duration(seconds: int) -> str:
    if seconds % 60:
        return f"{seconds} seconds"
    minutes = seconds // 60
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
