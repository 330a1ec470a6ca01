"""What is looked at: a span of time, by periods of a time zone, of one account and Region or of all of them.

The notebook, its panel and the report show the same: what an Overview gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sesutil.errors import StatisticsFailed
from sesutil.statistics.bins import KEPT, KEY_COLUMNS, aggregate, between, fill_gaps
from sesutil.statistics.periods import Period
from sesutil.statistics.plots.picture import Plot, Plots
from sesutil.statistics.plots.quota import quota_plot
from sesutil.statistics.plots.rates import rate_plot
from sesutil.statistics.plots.sends import sends_plot
from sesutil.statistics.plots.unread import unread_plot
from sesutil.statistics.rates import RATE_COLUMNS, Kind, rates
from sesutil.statistics.sources import Statistics
from sesutil.statistics.verdict import Verdict, verdict, verdicts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEVELS", "PERIOD_COLUMNS", "Overview", "Seen"]

PERIOD_COLUMNS = {
    "source": "str",
    **KEY_COLUMNS,
    "start": "datetime64[us, UTC]",
    "attempts": "int64",
    "bounces": "int64",
    "complaints": "int64",
    "rejects": "int64",
    **RATE_COLUMNS,
}
"""Columns of `Overview.periods`, with dtypes."""

LEVELS = ("", "early", "review", "pause")
"""What a verdict can have passed, from nothing to the worst."""

Seen = Mapping[tuple[str, str], Sequence[tuple[datetime, datetime]]]
"""By account id and Region: the spans of time that its bins were asked about."""


@dataclass(frozen=True)
class Overview:
    """`statistics` as they were read (with what the history has, see `opening`), and what is chosen of them.

    days, by, zone
        How far back; what a row, or a bar, is; whose days and hours.
    chosen
        The position of an account in `statistics.sources`; None for all of them.
    seen
        Which spans were asked about; without it, the two weeks before the reading.
    """

    statistics: Statistics
    days: float = 14
    by: Period = "day"
    zone: str = "UTC"
    chosen: int | None = None
    seen: Seen = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Overview({self.statistics!r}, {self.days:g} days, by {self.by}, {self.zone})"

    def of(self, **choice: Any) -> Overview:
        """The same numbers, looked at otherwise."""
        return replace(self, **choice)

    # -- what was read --------------------------------------------------------------------------------

    @property
    def until(self) -> datetime:
        """When the numbers were read, by the account's own clock."""
        if self.chosen is not None:
            moment: datetime = self.statistics.sources["read_at"].iloc[self.chosen].to_pydatetime()
            return moment.astimezone(UTC)
        return self.statistics.read_at.astimezone(UTC)

    @property
    def since(self) -> datetime:
        return self.until - timedelta(days=self.days)

    @cached_property
    def verdict(self) -> Verdict:
        """On all accounts together."""
        return verdict(self.statistics, days=self.days)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """On each, in the order of `statistics.sources`."""
        return verdicts(self.statistics, days=self.days)

    @property
    def worst(self) -> int | None:
        """The position of the account that the verdict is about; None where there is none."""
        order = ("good", "unknown", "look", "bad")

        def weight(position: int) -> tuple[int, int]:
            one = self.verdicts[position]
            return order.index(one.level), LEVELS.index(one.passed)

        return max(range(len(self.verdicts)), key=weight, default=None)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `statistics.sources` that are chosen."""
        found = [{str(key): value for key, value in row.items()} for row in self._all]
        return found if self.chosen is None else [found[self.chosen]]

    @property
    def _all(self) -> list[dict[Any, Any]]:
        return self.statistics.sources.to_dict("records")

    @property
    def place(self) -> str:
        """Whose numbers these are, in words; what of it could not be read is said."""
        names = [str(row["source"]) for row in self.rows]
        unread = [str(row["source"]) for row in self.rows if self._unread(row)]
        whole = names[0] if len(names) == 1 else f"{len(names)} accounts and Regions together"
        if not unread:
            return whole
        if len(names) == 1:
            return f"{whole}, as kept before: it could not be read now"
        return f"{whole}, without what could not be read of {', '.join(unread)}"

    def _unread(self, row: Mapping[str, Any]) -> bool:
        return len(self.statistics.failures("bins", source=row["source"], region=row["region"])) > 0

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of what was sent, which is not the same as that nothing was sent."""
        return self.bins.empty and (not self.rows or any(self._unread(row) for row in self.rows))

    # -- frames ---------------------------------------------------------------------------------------

    @property
    def bins(self) -> pd.DataFrame:
        """All bins of what is chosen, also those before the span: BIN_COLUMNS with KEY_COLUMNS in front."""
        return self._own(self.statistics.bins)

    @property
    def quota(self) -> pd.DataFrame:
        return self._own(self.statistics.quota)

    @property
    def suppression(self) -> pd.DataFrame:
        return self._own(self.statistics.suppression)

    def periods(self) -> pd.DataFrame:
        """The span by periods, with PERIOD_COLUMNS, by account and Region, oldest first.

        source
            The name of the account. account_id, region and the counts are as in BIN_COLUMNS, the rest as
            `rates` says; `start` is when the period begins, in UTC.

        Periods in which nothing was sent have zeros, from the first that is known to the end of what was
        asked about.
        """
        import pandas as pd

        parts = []
        for row in self.rows:
            own = _of(self.statistics.bins, row)
            seen = self.seen.get((row["account_id"], row["region"])) or [(self.until - KEPT, self.until)]
            filled = fill_gaps(own, until=self.until, seen=seen)
            sums = aggregate(between(filled, self.since), self.by, zone=self.zone)
            sums.insert(0, "source", row["source"])
            parts.append(sums)
        filled_parts = [part for part in parts if len(part)]
        empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in PERIOD_COLUMNS.items()})
        if not filled_parts:
            return empty
        whole = rates(pd.concat(filled_parts, ignore_index=True))
        return whole[list(PERIOD_COLUMNS)].astype(PERIOD_COLUMNS)

    def _own(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self.chosen is None:
            return frame
        return _of(frame, self.rows[0])

    # -- plots ----------------------------------------------------------------------------------------

    @property
    def single(self) -> Overview:
        """Of one account: what is chosen, else the one that the verdict is about. Rates and quotas belong
        to an account, and those of several together would say nothing."""
        return self if self.chosen is not None else self.of(chosen=self._telling)

    @property
    def _telling(self) -> int | None:
        """The worst, unless nothing is the matter with it: then the one that has sent the most."""
        worst = self.worst
        if worst is None or self.verdicts[worst].level in ("look", "bad"):
            return worst
        sent = [
            between(_of(self.statistics.bins, row), self.since)["attempts"].sum()
            for row in self.of(chosen=None).rows
        ]
        return int(max(range(len(sent)), key=sent.__getitem__))

    def sends_plot(self) -> Plot:
        if self.unknown:
            return unread_plot("What was sent could not be read", self.place)
        return sends_plot(self.bins, self._since(), self.until, by=self.by, zone=self.zone, place=self.place)

    def rate_plot(self, kind: Kind) -> Plot:
        one = self.single
        if one.unknown:
            return unread_plot(f"{kind.capitalize()} could not be read", one.place)
        return rate_plot(
            one.bins, one._since(), one.until, kind=kind, by=self.by, zone=self.zone, place=one.place
        )

    def quota_plot(self) -> Plot:
        one = self.single
        read = one.quota[one.quota["error"] == ""]
        if one.unknown or read.empty:
            return unread_plot("The quota, or what is used of it, could not be read", one.place)
        return quota_plot(one.bins, read, one.until, zone=self.zone, place=one.place)

    def plots(self) -> Plots:
        """What was sent, bounces, complaints, quota."""
        return Plots(
            (self.sends_plot(), self.rate_plot("bounces"), self.rate_plot("complaints"), self.quota_plot())
        )

    def _since(self) -> datetime:
        """Of a long span only what there are numbers of: years of nothing would press them together."""
        bins = self.bins
        first = bins["start"].min() if len(bins) else None
        if first is None or self.days <= KEPT / timedelta(days=1):
            return self.since
        earliest: datetime = first.to_pydatetime()
        return max(self.since, min(earliest, self.until - KEPT))

    # -- monitoring -----------------------------------------------------------------------------------

    def raise_for(self, fail_at: str) -> None:
        """Raises StatisticsFailed when the threshold (early, review, pause) was passed, or an account, its
        quota or its counts could not be read. Nothing for ""."""
        if not fail_at:
            return
        if LEVELS.index(self.verdict.passed) >= LEVELS.index(fail_at):
            raise StatisticsFailed(" ".join(filter(None, [self.verdict.sentence, self.verdict.next_step])))
        unread = self.statistics.failures("quota", "bins")
        if len(unread):
            row = unread.iloc[0]
            raise StatisticsFailed(" ".join(filter(None, [str(row["sentence"]), str(row["next_step"])])))


def _of(frame: pd.DataFrame, row: Mapping[str, Any]) -> pd.DataFrame:
    chosen: pd.DataFrame = frame[
        (frame["account_id"] == row["account_id"]) & (frame["region"] == row["region"])
    ]
    return chosen.reset_index(drop=True)
