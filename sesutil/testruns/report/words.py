"""A run in one sentence: what a report is called."""

from __future__ import annotations

from collections.abc import Sequence

from sesutil.testruns.report.markup import plural
from sesutil.testruns.results import EVENTS_LOST, TestRun

__all__ = ["verdict", "verdict_of_all"]


def verdict(run: TestRun) -> str:
    """`All 18 mails are proven.`, `3 of 18 mails failed: 2 refused, 1 no code.` …"""
    unheard = any(note.startswith(EVENTS_LOST) for note in run.notes)
    return _verdict(run) + (" The delivery events were lost on the way: see the notes." if unheard else "")


def _verdict(run: TestRun) -> str:
    number = len(run.results)
    counts = run.counts()
    sent = sum(result.status in ("sent", "unknown") for result in run.results)
    if run.stopped:
        if not sent:
            return "The run ended early, before a mail was sent."
        rest = number - sum(result.outcome == "not sent" for result in run.results)
        wrong = sum(not result.ok and result.outcome != "not sent" for result in run.results)
        failed = f", {wrong} of them {'is' if wrong == 1 else 'are'} not as expected" if wrong else ""
        return f"The run ended early: {rest} of {plural(number, 'mail')} were tried{failed}."
    if not number:
        return "Nothing was sent: the run had no mails."
    if run.failed:
        kinds = [
            f"{count} {word}" for word, count in run.words().items() if word not in ("proven", "accepted")
        ]
        return f"{len(run.failed)} of {plural(number, 'mail')} failed: {', '.join(kinds)}."
    proven = counts.get("proven", 0)
    if proven == number:
        return "The mail is proven." if number == 1 else f"All {number} mails are proven."
    if not proven:
        all_of_them = "The mail was" if number == 1 else f"All {number} mails were"
        return f"{all_of_them} accepted by SES. Whether they arrived is not known."
    return f"All {number} mails went well: {proven} proven, {number - proven} accepted by SES."


def verdict_of_all(runs: Sequence[TestRun]) -> str:
    """The same for several runs, for one, and for none."""
    if not runs:
        return "There are no runs."
    if len(runs) == 1:
        return verdict(runs[0])
    bad = sum(not run.ok for run in runs)
    if bad:
        return f"{bad} of {len(runs)} runs failed."
    mails = sum(len(run.results) for run in runs)
    return f"All {len(runs)} runs went well, with {plural(mails, 'mail')}."
