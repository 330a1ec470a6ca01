"""The frames as tables for people: units in the heads, local times, shares in percent, the newest first.

The frames themselves keep UTC and fractions; these are texts to read. `RIGHT` are the columns whose texts
are numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sesutil.statistics.periods import Period
from sesutil.statistics.quota import state_words
from sesutil.statistics.rates import percent, rates
from sesutil.testruns.redacting import Disguise

if TYPE_CHECKING:
    import pandas as pd

    from sesutil.statistics.overview import Overview

__all__ = [
    "RIGHT",
    "local_time",
    "period_table",
    "problem_table",
    "quota_table",
    "sortable_periods",
    "suppression_table",
    "usage_table",
    "verdict_table",
]

_COUNTS = {"attempts": "sent", "bounces": "bounced", "complaints": "complaints", "rejects": "rejected"}
_BOUNCED, _SURE, _COMPLAINED = "bounced, %", "surely within, %", "complaints, %"
RIGHT = frozenset(
    (
        *_COUNTS.values(),
        *(_BOUNCED, _SURE, _COMPLAINED),
        *("delivered", "from tests", "addresses", "quota, a day", "used", "left", "used, %", "a second"),
    )
)
"""Heads of columns that are aligned at the right."""


def period_table(overview: Overview, *, sums: bool = True, most: int | None = None) -> pd.DataFrame:
    """What was sent by periods, the newest first; with `sums` the whole span comes before them.

    With `most` there are not more than so many periods, and the last row says how many are left out.
    """
    import pandas as pd

    whole_frame = overview.periods()
    left_out = max(len(whole_frame) - most, 0) if most is not None else 0
    frame = whole_frame.iloc[left_out:].iloc[::-1].reset_index(drop=True)
    head = f"{overview.by} ({overview.zone})"
    when = _periods(frame["start"], overview.by, overview.zone, year=overview.days > 300)
    if sums and len(frame):
        whole = pd.DataFrame([{name: whole_frame[name].sum() for name in _COUNTS}])
        frame = pd.concat([rates(whole), frame], ignore_index=True)
        when = ["all of it", *when]
    several = len(overview.rows) > 1
    columns: dict[str, Any] = {head: when}
    if several:
        columns["account"] = frame["source"].fillna("together") if len(frame) else []
    columns |= {name: [f"{value:,}" for value in frame[key]] for key, name in _COUNTS.items()}
    columns[_BOUNCED] = [_percent(share) for share in frame["bounce_rate"]]
    columns[_SURE] = [
        f"{_percent(low)} to {_percent(high)}" if sent else ""
        for low, high, sent in zip(frame["bounce_low"], frame["bounce_high"], frame["attempts"], strict=True)
    ]
    columns[_COMPLAINED] = [_percent(share) for share in frame["complaint_rate"]]
    columns["bounces are"] = _levels(frame["bounce_level"], frame["attempts"])
    order = [
        *(head, *(["account"] if several else []), "sent", "bounced", _BOUNCED, _SURE, "bounces are"),
        *("complaints", _COMPLAINED, *(["rejected"] if frame["rejects"].any() else [])),
    ]
    table = pd.DataFrame(columns, columns=order).astype("str")
    if left_out:
        table.loc[len(table)] = [f"{left_out:,} earlier ones", *[""] * (len(order) - 1)]
    return table


def sortable_periods(overview: Overview) -> pd.DataFrame:
    """`period_table` with numbers for numbers, to be sorted: shares in percent, times as texts that sort."""
    import pandas as pd

    frame = overview.periods().iloc[::-1].reset_index(drop=True)
    local = frame["start"].dt.tz_convert(overview.zone)
    form = {"day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}.get(overview.by, "%Y-%m-%d %H:%M %z")
    columns: dict[str, Any] = {f"{overview.by} ({overview.zone})": local.dt.strftime(form)}
    if len(overview.rows) > 1:
        columns["account"] = frame["source"]
    columns |= {name: frame[key] for key, name in _COUNTS.items()}
    columns[_BOUNCED] = (frame["bounce_rate"] * 100).round(2)
    columns[_COMPLAINED] = (frame["complaint_rate"] * 100).round(3)
    columns["bounces are"] = _levels(frame["bounce_level"], frame["attempts"])
    return pd.DataFrame(columns)


def quota_table(overview: Overview) -> pd.DataFrame:
    """The quota and the state of each account that is chosen."""
    import pandas as pd

    rows = []
    for row in overview.rows:
        own = overview.of(chosen=None).quota
        own = own[(own["account_id"] == row["account_id"]) & (own["region"] == row["region"])]
        for one in own.to_dict("records"):
            limit = one["max_24_hours"]
            unread = bool(one["error"])
            rows.append(
                {
                    "account": row["source"],
                    "state": "not read" if unread else "production" if bool(one["production"]) else "sandbox",
                    "sending": f"cannot be read: {one['error']}"
                    if unread
                    else state_words(one["enforcement"])
                    if bool(one["sending_enabled"])
                    else f"{state_words(one['enforcement'])}, switched off",
                    "quota, a day": "" if unread else "no limit" if pd.isna(limit) else f"{limit:,}",
                    "used": "" if pd.isna(one["sent_24_hours"]) else f"{one['sent_24_hours']:,}",
                    "left": "" if pd.isna(one["left"]) else f"{one['left']:,}",
                    "used, %": _percent(one["used_share"]),
                    "a second": "" if pd.isna(one["max_per_second"]) else f"{one['max_per_second']:g}",
                    f"read at ({overview.zone})": local_time(one["read_at"], overview.zone),
                }
            )
    heads = ("account", "state", "sending", "quota, a day", "used", "left", "used, %", "a second")
    return pd.DataFrame(rows, columns=[*heads, f"read at ({overview.zone})"]).astype("str")


def suppression_table(overview: Overview, *, addresses: bool = False) -> pd.DataFrame:
    """The suppression list: how many addresses of each domain, and why; the addresses only if asked for."""
    import pandas as pd

    frame = overview.suppression
    latest = f"latest ({overview.zone})"
    if addresses:
        ordered = frame.sort_values("since", ascending=False)
        columns: dict[str, Any] = {
            "address": ordered["address"].tolist(),
            "reason": ordered["reason"].tolist(),
            f"since ({overview.zone})": [local_time(moment, overview.zone) for moment in ordered["since"]],
        }
        return pd.DataFrame(columns).astype("str")
    counted = (
        frame.assign(domain=frame["address"].map(_domain))
        .groupby(["domain", "reason"], sort=True)
        .agg(addresses=("address", "size"), since=("since", "max"))
        .reset_index()
        .sort_values(["addresses", "domain"], ascending=[False, True])
    )
    columns = {
        "domain": counted["domain"].tolist(),
        "reason": counted["reason"].tolist(),
        "addresses": [f"{number:,}" for number in counted["addresses"]],
        latest: [local_time(moment, overview.zone) for moment in counted["since"]],
    }
    return pd.DataFrame(columns).astype("str")


def usage_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """`by_usage_type` or `by_configuration_set` of the history; `name` is the column that it is by."""
    import pandas as pd

    unknown = {"usage_type": "not known", "configuration_set": "none, or not known"}[name]
    columns: dict[str, Any] = {name.replace("_", " "): [value or unknown for value in frame[name]]}
    if frame["region"].nunique() > 1:
        columns["Region"] = frame["region"].tolist()
    columns |= {
        "sent": [f"{number:,}" for number in frame["sent"]],
        "delivered": [f"{number:,}" for number in frame["delivered"]],
        "bounced": [f"{number:,}" for number in frame["bounced"]],
        _BOUNCED: [_percent(share) for share in frame["bounce_rate"]],
        "bounces are": _levels(frame["bounce_level"], frame["sent"]),
        "complaints": [f"{number:,}" for number in frame["complained"]],
        "rejected": [f"{number:,}" for number in frame["rejected"]],
        "from tests": [f"{number:,}" for number in frame["tested"]],
    }
    return pd.DataFrame(columns).astype("str")


def problem_table(overview: Overview) -> pd.DataFrame:
    """What could not be read, and what to do. Account ids within AWS's texts are masked.

    That the sandbox has no suppression list is left out: it is as it should be.
    """
    frame = overview.statistics.problems
    frame = frame[(frame["part"] != "suppression") | (frame["code"] != "BadRequestException")]
    shown: pd.DataFrame = frame[["source", "part", "sentence", "next_step"]]
    hidden = shown.assign(sentence=[Disguise(()).text(text) for text in shown["sentence"]])
    return hidden.rename(columns={"source": "account", "sentence": "what", "next_step": "next step"})


def verdict_table(overview: Overview) -> pd.DataFrame:
    """The verdict: the sentence, what it rests on, what to do, and what else is to be seen."""
    import pandas as pd

    found = overview.verdict
    rows = [
        (found.level, found.sentence),
        ("why", found.reason),
        ("next step", found.next_step),
        *(("also", note) for note in found.notes),
    ]
    hide = Disguise(()).text
    return pd.DataFrame(
        [(what, hide(said)) for what, said in rows if said], columns=["verdict", "said"], dtype="str"
    )


def local_time(moment: Any, zone: str) -> str:
    """`18 Nov 2026, 14:13`, in the time zone; empty for NaT."""
    import pandas as pd

    if pd.isna(moment):
        return ""
    local = moment.tz_convert(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _periods(starts: Iterable[Any], by: Period, zone: str, *, year: bool) -> list[str]:
    forms: dict[str, Callable[[Any], str]] = {
        "month": lambda local: f"{local:%B %Y}",
        "week": lambda local: f"from {local.day} {local:%b}" + (f" {local:%Y}" if year else ""),
        "day": lambda local: f"{local:%a} {local.day} {local:%b}" + (f" {local:%Y}" if year else ""),
    }
    # Where the clock is set back, an hour comes twice: its offset tells which.
    usual: Callable[[Any], str] = lambda local: (  # noqa: E731
        f"{local.day} {local:%b}{f' {local:%Y}' if year else ''}, {local:%H:%M}"
        + ("" if zone == "UTC" else f" {local:%z}")
    )
    form = forms.get(by, usual)
    return [form(moment.tz_convert(zone)) for moment in starts]


_LEVEL_WORDS = {
    "too few": "too few to judge",
    "healthy": "healthy",
    "early": "to be watched",
    "review": "where AWS reviews",
    "pause": "where AWS may pause",
}


def _levels(levels: Iterable[str], sent: Iterable[int]) -> list[str]:
    return [_LEVEL_WORDS[level] if number else "" for level, number in zip(levels, sent, strict=True)]


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _percent(share: float) -> str:
    return "" if share != share else percent(float(share)).removesuffix(" %")
