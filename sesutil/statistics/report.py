"""The statistics as one HTML page that can be shared: it loads nothing, and nobody's address is in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from html import escape
from typing import TYPE_CHECKING

from sesutil.statistics.overview import Overview
from sesutil.statistics.plots.spans import day_text
from sesutil.statistics.showing import (
    RIGHT,
    local_time,
    period_table,
    problem_table,
    quota_table,
    suppression_table,
)
from sesutil.testruns.redacting import Disguise
from sesutil.testruns.report.style import STYLE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["statistics_report"]

_STYLE = (
    STYLE + "picture img { display: block; width: 100%; height: auto; } td, th { white-space: nowrap; }\n"
)
_NUMBER = ' class="number"'
_SIGNS = {
    "good": ("\N{CHECK MARK}", "good"),
    "look": ("!", "look"),
    "bad": ("\N{BALLOT X}", "bad"),
    "unknown": ("?", "look"),
}


def statistics_report(overview: Overview) -> str:
    """The page: the verdict, what could not be read, the plots, the periods, quota and suppression list.

    Of the suppression list it has the domains, never the addresses; account ids within texts of AWS are
    masked. It has no script, and its Content-Security-Policy allows its own style and images only.
    """
    found = overview.verdict
    sign, tone = _SIGNS[found.level]
    hide = Disguise(()).text
    said = [
        f"<p>{escape(hide(text))}</p>"
        for text in (found.reason, f"Next: {found.next_step}" if found.next_step else "", *found.notes)
        if text
    ]
    ends = [day_text(moment, overview.zone, year=True) for moment in (overview.since, overview.until)]
    where = ", ".join(
        dict.fromkeys(f"{row['source']} ({row['mode'] or 'not connected'})" for row in overview.rows)
    )
    title = hide(found.sentence)
    head = (
        f'<header class="card"><div class="verdict"><span class="sign {tone}" aria-hidden="true">{sign}'
        f"</span><h1>{escape(title)}</h1></div>{''.join(said)}"
        f'<p class="muted">{escape(where)} \N{MIDDLE DOT} {escape(" to ".join(ends))} \N{MIDDLE DOT} read '
        f"{escape(_read_at(overview))} ({escape(overview.zone)})</p></header>"
    )
    parts = [head]
    problems = problem_table(overview)
    if len(problems):
        parts.append(f"<h2>What could not be read</h2>{_wrapped(problems)}")
    parts += [f'<div class="card">{plot.page_markup()}</div>' for plot in overview.plots()]
    tables = (
        ("Sends", period_table(overview, most=100)),
        ("Quota", quota_table(overview)),
        ("Suppression list, by domain", suppression_table(overview)),
    )
    parts += [f"<h2>{escape(name)}</h2>{_table(frame)}" for name, frame in tables if len(frame)]
    from sesutil import __version__

    parts.append(f'<p class="small">Written by sesutil {escape(__version__)}.</p>')
    return _page(title, "".join(parts))


def _read_at(overview: Overview) -> str:
    import pandas as pd

    return local_time(pd.Timestamp(overview.until), overview.zone)


def _table(frame: pd.DataFrame, right: Collection[str] = RIGHT) -> str:
    def cell(tag: str, name: str, text: str) -> str:
        return f"<{tag}{_NUMBER if name in right else ''}>{escape(text)}</{tag}>"

    head = "".join(cell("th", str(name), str(name)) for name in frame.columns)
    body = "".join(
        "<tr>"
        + "".join(cell("td", str(name), str(text)) for name, text in zip(frame.columns, row, strict=True))
        + "</tr>"
        for row in frame.itertuples(index=False)
    )
    return (
        f'<div class="card scroll" role="region" tabindex="0" aria-label="Table"><table><thead><tr>{head}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _wrapped(problems: pd.DataFrame) -> str:
    items = "".join(
        f"<dt>{escape(str(row.account))}: {escape(str(row.part))}</dt><dd>{escape(str(row.what))} "
        f"{escape(str(row[-1]))}</dd>"
        for row in problems.itertuples(index=False)
    )
    return f'<div class="card bad"><dl>{items}</dl></div>'


def _page(title: str, body: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"</head>\n<body><main>{body}</main></body></html>\n"
    )
