"""Runs as one HTML page that can be shared: it loads nothing, and nothing in it is secret or personal."""

from __future__ import annotations

import base64
import hashlib
import platform
from collections.abc import Collection, Sequence
from importlib.metadata import PackageNotFoundError, version

from sesutil.testruns.redacting import Disguise
from sesutil.testruns.report.markup import Ink, moment, seconds_in_words
from sesutil.testruns.report.parts import counts, failures, grid, notes, parameters, where_and_when
from sesutil.testruns.report.plot import arrival_plot
from sesutil.testruns.report.style import STYLE
from sesutil.testruns.report.words import verdict, verdict_of_all
from sesutil.testruns.results import TestRun
from sesutil.testruns.timing import arrival_times, quantile

__all__ = ["report_html"]


def report_html(runs: TestRun | Sequence[TestRun], *, secrets: Collection[str] = ()) -> str:
    """The runs as an HTML page: one, or several with a table of them first, the failed ones before others.

    Recipients are shortened (`j…@example.com`), the simulator's excepted, account ids and access key ids
    masked, also within AWS's texts; codes, profiles and folders are left out. `secrets` are texts that must
    not be in it (the connector's secret); what looks like a secret is masked in any case. The page has no
    script, and its Content-Security-Policy allows nothing but its own style sheet.
    """
    several = (runs,) if isinstance(runs, TestRun) else tuple(runs)
    ink = Ink(Disguise(several, secrets), level=2 if len(several) == 1 else 3)
    title = verdict_of_all(several)
    good = bool(several) and all(run.ok for run in several)
    sign, tone = ("\N{CHECK MARK}", "good") if good else ("\N{BALLOT X}", "bad")
    mark = f'<span class="sign {tone}" aria-hidden="true">{sign}</span>'
    head = f'<div class="verdict">{mark}<h1>{title}</h1></div>'
    if len(several) == 1:
        body = f'<header class="card">{head}{_overview(several[0], ink)}</header>{_details(several[0], ink)}'
    else:
        numbered = sorted(enumerate(several, 1), key=lambda each: each[1].ok)
        sections = "".join(_section(number, run, ink) for number, run in numbered)
        body = f'<header class="card">{head}{_table(several, ink)}</header>{sections}'
    return _page(title, f"{body}{_footer()}")


def _overview(run: TestRun, ink: Ink) -> str:
    return f"{counts(run)}{where_and_when(run, ink)}"


def _details(run: TestRun, ink: Ink) -> str:
    return (
        f"{failures(run, ink)}{notes(run, ink)}{grid(run, ink)}{arrival_plot(run, ink)}{parameters(run, ink)}"
    )


def _section(number: int, run: TestRun, ink: Ink) -> str:
    heading = f"{ink.text(run.name)}: {verdict(run)}" if run.name else f"Run {number}: {verdict(run)}"
    return (
        f'<section id="run-{number}"><h2>{heading}</h2><div class="card">{counts(run)}'
        f"{where_and_when(run, ink)}</div>{_details(run, ink)}</section>"
    )


def _table(runs: Sequence[TestRun], ink: Ink) -> str:
    if not runs:
        return ""
    rows = []
    for number, run in enumerate(runs, 1):
        sign, tone, word = (
            ("\N{CHECK MARK}", "good", "went well")
            if run.ok
            else ("\N{BALLOT X}", "bad", "ended early" if run.stopped else "failed")
        )
        median = quantile(arrival_times(run.results), 0.5)
        name = ink.text(run.name) if run.name else f"Run {number}"
        rows.append(
            f'<tr><th scope="row"><a href="#run-{number}">{name}</a></th>'
            f'<td><span class="chip {tone}"><span aria-hidden="true">{sign}</span> {word}</span></td>'
            f"<td>{ink.text(run.mode)}, {ink.text(run.region)}</td><td>{moment(run.started)}</td>"
            f'<td class="number">{len(run.results)}</td><td class="number">{len(run.failed)}</td>'
            f'<td class="number">{"" if median is None else seconds_in_words(median)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Run", "Verdict", "Where", "Started"))
    head += "".join(
        f'<th scope="col" class="number">{name}</th>'
        for name in ("Mails", "Not as expected", "Median arrival")
    )
    return (
        '<p class="to-the-side">The table goes on to the side.</p>'
        '<div class="scroll" role="region" tabindex="0" aria-label="The runs"><table class="runs">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _footer() -> str:
    from sesutil import __version__

    parts = [f"sesutil {__version__}", f"Python {platform.python_version()}"]
    for package in ("boto3", "botocore"):
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:  # a bundle without metadata
            continue
    return (
        f"<footer><p>Written by {', '.join(parts)}. Recipients are shortened, account and key ids masked, "
        "codes left out.</p></footer>"
    )


def _page(title: str, body: str) -> str:
    # The hash allows this one style sheet, so that a style within the text would be none.
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{STYLE}</style></head>\n'
        f"<body><main>{body}</main></body></html>\n"
    )
