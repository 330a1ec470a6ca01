"""The parts of a report on one run: failures, the table of all mails, what it was made with."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.report.markup import Ink, chip, facts, moment, plural, seconds_in_words
from sesutil.testruns.results import TestResult, TestRun

__all__ = ["counts", "failures", "grid", "notes", "parameters", "where_and_when"]

_NOT_TOLD = frozenset({"code", "profile", "name"})  # a code, a person's own names; the name is the heading
_MODES = {
    "practice": "Nothing left this machine.",
    "live": "Real mail through AWS.",
    "endpoint": "Not AWS, but another address that was given.",
}
_OWN_TEMPLATE = "connector\N{RIGHT SINGLE QUOTATION MARK}s own"


def where_and_when(run: TestRun, ink: Ink) -> str:
    kind = run.mode if run.mode in _MODES else "endpoint"
    account = f" account {ink.account(run.account_id)}," if run.account_id else ""
    pill = f'<span class="pill {kind}">{ink.text(run.mode.upper())}</span>'
    duration = f", took {seconds_in_words(run.seconds)}" if run.seconds >= 0 else ""
    return facts(
        [
            ("Where", f"{pill}{account} Region {ink.text(run.region)}. {_MODES[kind]}"),
            ("When", f"{moment(run.started)}{duration}"),
            ("Run", f"{ink.text(run.name)}, {ink.text(run.id)}" if run.name else ink.text(run.id)),
            ("Stopped", ink.text(run.stopped) if run.stopped else ""),
        ]
    )


def counts(run: TestRun) -> str:
    found = run.words()
    if not found:
        return ""
    outcomes = {result.word: result.outcome for result in run.results}
    chips = "".join(f"<li>{chip(outcomes[word], number, word=word)}</li>" for word, number in found.items())
    return f'<ul class="counts" aria-label="{plural(len(run.results), "mail")} by outcome">{chips}</ul>'


def failures(run: TestRun, ink: Ink) -> str:
    """What went wrong, each reason once with the mails that it befell; "" where nothing did."""
    reasons: dict[tuple[str, ...], list[TestResult]] = {}
    for result in run.failed:
        texts = (result.error or "", result.proof, result.observed, result.next_step or "", result.expected)
        reasons.setdefault((result.outcome, *(ink.text(text) for text in texts)), []).append(result)
    # Mails that were not sent have their reason in another's, so they come last.
    ordered = sorted(reasons.values(), key=lambda results: results[0].outcome == "not sent")
    cards = "".join(_reason(results, ink) for results in ordered)
    return f"<section>{ink.heading('What failed')}{cards}</section>" if cards else ""


def _reason(results: Sequence[TestResult], ink: Ink) -> str:
    first = results[0]
    one = len(results) == 1
    title = ink.title(first) if one else plural(len(results), "mail")
    many = " many" if len(results) > 6 else ""
    mails = (
        ""
        if one
        else f'<ul class="mails{many}">{"".join(f"<li>{ink.title(each)}</li>" for each in results)}</ul>'
    )
    from_aws = first.outcome in ("refused", "unknown")
    seen = (
        f"{ink.text(first.observed)}, expected: {ink.text(first.expected)}"
        if first.observed or first.outcome == "unexpected"
        else ""
    )
    pairs = [
        ("AWS says" if from_aws else "Error", _wire(ink.text(first.error)) if first.error else ""),
        ("Observed", seen),
        ("It means" if first.error else "Reason", ink.text(first.proof) if first.proof else ""),
        ("Next step", ink.text(first.next_step) if first.next_step else ""),
        ("Message ID", ink.text(first.message_id) if one and first.message_id else ""),
        ("Sent", moment(first.sent_at) if one and first.sent_at else ""),
        ("Attempts", str(first.attempts) if one and first.attempts > 1 else ""),
    ]
    tone = "" if first.outcome == "not sent" else " bad"
    said = chip(first.outcome, word=first.word)
    return (
        f'<article class="card fault{tone}">{ink.subheading(f"{said} {title}")}'
        f"{mails}{facts(pairs, 'said')}</article>"
    )


def _wire(markup: str) -> str:
    return f'<div class="wire">{markup}</div>'


def grid(run: TestRun, ink: Ink) -> str:
    """Usage types down, languages across; with several recipients each type has a row for each."""
    if not run.results:
        return ""
    kinds = tuple(dict.fromkeys(result.usage_type for result in run.results))
    languages = tuple(dict.fromkeys(result.language for result in run.results))
    recipients = tuple(dict.fromkeys(result.recipient for result in run.results))
    cells: dict[tuple[str, str, str], list[TestResult]] = {}
    for result in run.results:
        cells.setdefault((result.usage_type, result.recipient, result.language), []).append(result)
    several = len(recipients) > 1
    first = "Usage type and recipient" if several else "Usage type"
    head = f'<th scope="col">{first}</th>' + "".join(
        f'<th scope="col">{ink.text(language) if language else _OWN_TEMPLATE}</th>' for language in languages
    )
    bodies = []
    for kind in kinds:
        group = (
            f'<tr><th scope="rowgroup" colspan="{len(languages) + 1}">{ink.text(kind)}</th></tr>'
            if several
            else ""
        )
        rows = []
        for to in recipients:
            each = [cells.get((kind, to, language), []) for language in languages]
            if any(each):
                name = f'<th scope="row" class="to">{ink.recipient(to)}</th>' if several else ""
                name = name or f'<th scope="row">{ink.text(kind)}</th>'
                rows.append(f"<tr>{name}{''.join(map(_cell, each))}</tr>")
        bodies.append(f"<tbody>{group}{''.join(rows)}</tbody>")
    to_whom = "" if several else f" All to {ink.recipient(recipients[0])}."
    return (
        f'<section class="card">{ink.heading("All mails")}<div class="scroll" role="region" tabindex="0" '
        f'aria-label="All mails, by usage type and language"><table class="grid"><caption>What became of '
        f"each mail, and the time from its send to its arrival where it is known.{to_whom}</caption>"
        f"<thead><tr>{head}</tr></thead>{''.join(bodies)}</table></div></section>"
    )


def _cell(results: Sequence[TestResult]) -> str:
    if not results:
        return '<td><span class="small">none</span></td>'
    parts = []
    for result in results:
        under = []
        if result.ok and result.expected != "delivered":
            under.append(f"{escape(result.expected)}, as expected")
        if result.arrival_seconds is not None and (words := seconds_in_words(result.arrival_seconds)):
            under.append(words)
        parts.append(
            chip(result.outcome, word=result.word)
            + "".join(f'<span class="in-cell">{text}</span>' for text in under)
        )
    return f"<td>{'<br>'.join(parts)}</td>"


def notes(run: TestRun, ink: Ink) -> str:
    if not run.notes:
        return ""
    items = "".join(f"<li>{ink.text(note)}</li>" for note in run.notes)
    return f'<section class="card">{ink.heading("Notes")}<ul class="notes">{items}</ul></section>'


def parameters(run: TestRun, ink: Ink) -> str:
    """Those that are not as they are by default, folded up; folders, profiles and codes are not told."""
    usual = TestRunParameters().plain()
    told = {str(name): given for name, given in run.parameters.items() if name not in _NOT_TOLD}
    rows = "".join(
        f'<tr><th scope="row" class="name">{ink.text(name)}</th><td>{value}</td></tr>'
        for name, given in told.items()
        if (name not in usual or given != usual[name]) and (value := _value(name, given, ink))
    )
    if not rows:
        said = "All parameters have their defaults." if told else ""
        return f'<p class="small">{said}</p>' if said else ""
    return (
        f'<section class="card">{ink.heading("Parameters")}<details><summary>Those that are not the defaults'
        '</summary><table><thead><tr><th scope="col">Parameter</th><th scope="col">Value</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></section>"
    )


def _value(name: str, value: Any, ink: Ink) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        if name == "recipients":
            return ", ".join(ink.recipient(str(item)) for item in value)
        return ", ".join(ink.text(str(item)) if item != "" else _OWN_TEMPLATE for item in value)
    if value is None or value == "":
        return ""
    if name.endswith("_path"):
        return ink.text(PurePosixPath(PureWindowsPath(str(value)).as_posix()).name)
    return ink.text(f"{value:g}" if isinstance(value, float) else str(value))
