"""Keeping what `read_statistics` returned, all of it in one transaction, and putting it back together."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.errors import ProjectError
from sesutil.history.accounts import account_row
from sesutil.history.database import writing
from sesutil.history.fetches import note_fetch_of
from sesutil.history.readings import keep_quota, keep_reputation, keep_suppression
from sesutil.history.sends import MergedBins, bins_frame, merge_into
from sesutil.statistics.bins import BIN_COLUMNS, COUNTS, KEY_COLUMNS
from sesutil.statistics.sources import NO_FAILURES, Statistics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KeptStatistics", "keep_statistics", "with_history"]


@dataclass(frozen=True)
class KeptStatistics:
    """What was new in a fetch, over all its accounts.

    bins: see MergedBins. quotas, reputations, suppressed: readings of the quota, values of AWS's rates, and
    addresses on the suppression list that were not known. fetches: how many sources were not noted before.
    left_out: a sentence for each source of which nothing could be kept.
    """

    bins: MergedBins = field(default_factory=MergedBins)
    quotas: int = 0
    reputations: int = 0
    suppressed: int = 0
    fetches: int = 0
    left_out: tuple[str, ...] = field(default=(), repr=False)

    @property
    def sentence(self) -> str:
        """`Kept: 12 new bins, 1 that has grown, 1 reading of the quota.`"""
        counted = [
            (self.bins.new, "new bin", "new bins"),
            (self.bins.grown, "bin that has grown", "bins that have grown"),
            (self.quotas, "reading of the quota", "readings of the quota"),
            (self.reputations, "value of AWS's rates", "values of AWS's rates"),
            (self.suppressed, "suppressed address", "suppressed addresses"),
        ]
        parts = [f"{number:,} {one if number == 1 else many}" for number, one, many in counted if number]
        said = [f"Kept: {', '.join(parts)}." if parts else "Nothing new was to be kept."]
        if self.bins.overlapping:
            said.append(
                f"{self.bins.overlapping:,} bins overlap others that were kept before, as SES's do not. If "
                "this is a practice account that was made anew, forget_account deletes what the one before "
                "it left."
            )
        return " ".join([*said, *self.left_out])


def keep_statistics(folder: str | Path, statistics: Statistics) -> KeptStatistics:
    """Keeps what was read, all of it or nothing; what is new of it. The same once more changes nothing.

    A part that could not be read is left out, and noted in the fetch. A source whose account is not known is
    left out whole (`left_out`), since numbers of two accounts must not get mixed up; so are two sources of
    the same id and Region, which only practice accounts or other endpoints can be. Raises ProjectError as
    `writing` does.
    """
    sources = [
        {str(key): value for key, value in row.items()} for row in statistics.sources.to_dict("records")
    ]
    alike = Counter((_bare(row["account_id"]), row["region"]) for row in sources)
    kept = KeptStatistics()
    with writing(folder) as history:
        for row in sources:
            try:
                bare = _bare(row["account_id"])
                if bare and alike[bare, row["region"]] > 1:
                    raise ProjectError(
                        "Nothing was kept: another account of the same id was read with it, which practice "
                        "accounts can have. Read one of them at a time."
                    )
                account = account_row(history, bare, row["region"], row["mode"] or None)
            except ProjectError as error:
                left_out = (*kept.left_out, f"{row['source']}: {error}")
                kept = replace(kept, left_out=left_out)
                account = None
            kept = _keep_source(history, account, statistics, row, kept)
    return kept


def with_history(folder: str | Path, statistics: Statistics, *, since: datetime | None = None) -> Statistics:
    """The statistics with the bins that the history has of the same accounts, not before `since`, as well.

    Of bins in both the larger counts, so that it does not matter whether these were kept already. Only of
    the same mode, account and Region: nothing of a practice account comes into live numbers. Raises
    ProjectError as `reading` does.
    """
    import pandas as pd

    parts = [statistics.bins]
    for mode, account_id, region in sorted(
        {(row["mode"], row["account_id"], row["region"]) for row in statistics.sources.to_dict("records")}
    ):
        if account_id:
            kept = bins_frame(folder, mode=mode, account_id=account_id, region=region, since=since)
            parts.append(kept[[*KEY_COLUMNS, *BIN_COLUMNS]])
    keys = [*KEY_COLUMNS, "start"]
    both = pd.concat([part for part in parts if len(part)] or [statistics.bins], ignore_index=True)
    bins = both.groupby(keys, sort=True, observed=True)[list(COUNTS)].max().reset_index()
    columns = {**KEY_COLUMNS, **BIN_COLUMNS}
    return replace(statistics, bins=bins[list(columns)].astype(columns))


# -- pieces ---------------------------------------------------------------------------------------


def _keep_source(
    history: sqlite3.Connection,
    account: int | None,
    statistics: Statistics,
    row: dict[str, Any],
    kept: KeptStatistics,
) -> KeptStatistics:
    problems = {
        str(one["part"]): str(one["code"])
        for one in _own(statistics.problems, row, "source", *KEY_COLUMNS).to_dict("records")
        if one["code"] not in NO_FAILURES
    }
    nothing = account is None or "account" in problems  # of an account that is down only this is said
    read = [] if nothing else [part for part in statistics.parts if part not in problems]
    at = row["read_at"].to_pydatetime()
    if account is not None:
        if "bins" in read:
            own = _own(statistics.bins, row, *KEY_COLUMNS)
            kept = replace(kept, bins=kept.bins + merge_into(history, account, own))
        if "quota" in read:
            quotas = _own(statistics.quota, row, *KEY_COLUMNS).to_dict("records")
            new = [keep_quota(history, account, one) for one in quotas if not one["error"]]
            kept = replace(kept, quotas=kept.quotas + sum(new))
        if "reputation" in read:
            own = _own(statistics.reputation, row, *KEY_COLUMNS)
            rates = keep_reputation(history, account, own, at)
            kept = replace(kept, reputations=kept.reputations + rates)
        if "suppression" in read:
            own = _own(statistics.suppression, row, *KEY_COLUMNS)
            listed = keep_suppression(history, account, own, at)
            kept = replace(kept, suppressed=kept.suppressed + listed)
    place = (str(row["mode"]), _bare(row["account_id"]), str(row["region"]))
    said = [f"{part}: {code}" for part, code in sorted(problems.items())]
    if account is None and _bare(row["account_id"]):
        said.append("account: AmbiguousAccount")
    first = note_fetch_of(history, place, str(row["source"]), at, read, said)
    return replace(kept, fetches=kept.fetches + first)


def _bare(account_id: str) -> str:
    """Without the number that tells two sources apart (see SOURCE_COLUMNS); "" for an unknown one."""
    return str(account_id).partition("-")[0].replace("unknown", "")


def _own(frame: pd.DataFrame, row: dict[str, Any], *keys: str) -> pd.DataFrame:
    """The frame's rows of the same source, account or Region."""
    chosen = frame.index == frame.index
    for key in keys:
        chosen = chosen & (frame[key] == row[key]).to_numpy(dtype=bool)
    mine: pd.DataFrame = frame[chosen]
    return mine
