"""What the statistics panel says, as markup. Whatever comes from outside goes through `safe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sesutil.panels.opening import notebook_link
from sesutil.panels.outcomes import Row
from sesutil.panels.pieces import rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.statistics.model import SPANS, StatisticsModel
from sesutil.panels.tables import table_markup
from sesutil.statistics.showing import (
    RIGHT,
    local_time,
    period_table,
    problem_table,
    quota_table,
    suppression_table,
    usage_table,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TABLE_WORDS",
    "problems_markup",
    "read_words",
    "shown_table",
    "table_hint",
    "table_of",
    "verdict_level",
    "verdict_markup",
]

_SIGNS = {
    "good": "\N{CHECK MARK} good",
    "look": "! look",
    "bad": "\N{BALLOT X} bad",
    "unknown": "? not known",
}
_KINDS = {"good": "good", "look": "wait", "bad": "bad", "unknown": "todo"}
TABLE_WORDS = {
    "periods": "What was sent",
    "quota": "Quota",
    "usage types": "By usage type",
    "configuration sets": "By configuration set",
    "suppression list": "Suppression list",
}
_LONG = 20  # rows from which on a table has a height of its own


def verdict_level(model: StatisticsModel) -> str:
    return model.look.overview.verdict.level if model.look is not None else "unknown"


def verdict_markup(model: StatisticsModel) -> str:
    """The verdict large, what it rests on, the next step, and what else is to be seen."""
    if model.look is None:
        if model.error is not None:
            return refusal_markup(model.error)
        return rows(
            [("wait", "reading", "what was sent, the quota, AWS's own rates, the suppression list", "")]
        )
    overview = model.look.overview
    alone = overview.chosen is not None and len(model.names) > 1
    found = overview.verdicts[overview.chosen or 0] if alone else overview.verdict
    next_step = f"<p><b>Next:</b> {safe(found.next_step)}</p>" if found.next_step else ""
    reason = f"<p class='s-muted'>{safe(found.reason)}</p>" if found.reason else ""
    notes = ""
    if found.notes:
        items = "".join(f"<li>{safe(note)}</li>" for note in found.notes)
        notes = f"<div class='s-notes'><b>Also</b><ul>{items}</ul></div>"
    trouble = refusal_markup(model.error) if model.error is not None else ""
    return (
        f"<div class='s-verdict'><span class='s-state s-{_KINDS[found.level]}'>{_SIGNS[found.level]}</span>"
        f"<h3>{safe(found.sentence).replace(' %', '&nbsp;%')}</h3>{reason}{next_step}{notes}</div>{trouble}"
    )


def problems_markup(model: StatisticsModel) -> str:
    """What could not be read, beside what could; and what could not be kept."""
    if model.look is None:
        return ""
    items: list[Row] = [
        (
            "look",
            f"{row.part}",
            f"<b>{safe(row.account)}</b>: {safe(row.what)}"
            + (f"<div class='s-muted'>{safe(row[-1])}</div>" if row[-1] else ""),
            "",
        )
        for row in problem_table(model.look.overview).itertuples(index=False)
    ]
    if model.not_kept:
        items.append(("look", "history", f"{safe(model.not_kept)} The numbers of now are shown.", ""))
    return rows(items) if items else ""


def read_words(model: StatisticsModel) -> str:
    """When it was read, and what was new of it."""
    if model.state == "reading":
        return "Reading \N{HORIZONTAL ELLIPSIS}"
    if model.look is None:
        return ""
    overview = model.look.overview
    import pandas as pd

    words = [f"Read {local_time(pd.Timestamp(overview.until), overview.zone)} ({overview.zone})."]
    if model.planted:
        words.append(f"{model.planted:,} sends were planted.")
    if model.kept:
        words.append(model.kept)
    return " ".join(words)


def shown_table(model: StatisticsModel) -> pd.DataFrame | None:
    """The table that is chosen; None where there is nothing that could be shown."""
    look = model.look
    if look is None:
        return None
    if model.table == "quota":
        return quota_table(look.overview)
    if model.table == "suppression list":
        return suppression_table(look.overview, addresses=model.addresses)
    if model.table == "usage types":
        return None if look.usage_types is None else usage_table(look.usage_types, "usage_type")
    if model.table == "configuration sets":
        return (
            None
            if look.configuration_sets is None
            else usage_table(look.configuration_sets, "configuration_set")
        )
    return period_table(look.overview)


def table_hint(model: StatisticsModel) -> str:
    if model.look is None:
        return ""
    one = model.look.overview.single.place
    return {
        "periods": f"{model.look.overview.place}, the newest first. Shares are of what was sent; surely "
        "within: with 95 % certainty.",
        "quota": "Recipients within 24 hours, the mailbox simulator's not among them.",
        "usage types": f"{one}: from delivery events and test runs that the history has; SES "
        "itself does not count by usage type.",
        "configuration sets": f"{one}: from delivery events that the history has; SES itself does not "
        "count by configuration set.",
        "suppression list": "Addresses that SES does not send to, by domain: they bounced, or complained.",
    }[model.table]


def table_of(model: StatisticsModel) -> str:
    """The table in a frame of its own that scrolls, or why there is none."""
    frame = shown_table(model)
    if frame is None or frame.empty:
        return f"<p class='s-muted'>{_nothing(model)}</p>" if model.look is not None else ""
    tall = " s-tall" if len(frame) > _LONG else ""
    label = safe(TABLE_WORDS[model.table])
    return (
        f"<div class='s-scroll{tall}' role='region' tabindex='0' aria-label='{label}'>"
        f"{table_markup(frame, RIGHT)}</div>"
    )


def _nothing(model: StatisticsModel) -> str:
    assert model.look is not None
    overview = model.look.overview
    if model.table in ("usage types", "configuration sets"):
        link = notebook_link("05-test-send.ipynb", "05-test-send")
        return (
            "Nothing is known here: no delivery events and no test runs of this span are kept. Delivery "
            f"events are set up in {link}."
        )
    if model.table == "suppression list":
        unread = overview.statistics.failures("suppression")
        if len(unread):
            sandbox = (unread["code"] == "BadRequestException").all()
            return "The sandbox has no suppression list." if sandbox else "It could not be read."
        return "Nobody is on the list."
    if overview.unknown:
        return "What was sent could not be read."
    return safe(f"Nothing was sent within {SPANS.get(model.days, f'{model.days} days')}.")
