"""From parameters to numbers: which accounts are asked, what is kept of it, and what the history adds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sesutil.account import Account, connect
from sesutil.choosing import choice_for, connect_by, connect_for_sending
from sesutil.errors import ProjectError, SesutilError
from sesutil.history.fetches import last_account, seen_spans
from sesutil.history.keeping import keep_statistics, with_history
from sesutil.history.renewing import forget_predecessors
from sesutil.projects import Project
from sesutil.statistics.bins import KEPT
from sesutil.statistics.overview import Overview
from sesutil.statistics.parameters import LONGEST, StatisticsParameters
from sesutil.statistics.sources import Source, Statistics, read_statistics

__all__ = ["Reading", "first_account", "read_and_keep", "regions_of", "remembered", "sources_of"]


@dataclass(frozen=True)
class Reading:
    """What was read, with the history's bins, and the spans that were asked about. `kept` says what was new
    to the history; `not_kept` why nothing could be kept, or read from it: the numbers of now are there."""

    statistics: Statistics
    seen: dict[tuple[str, str], list[tuple[datetime, datetime]]] = field(repr=False)
    kept: str = field(default="", repr=False)
    not_kept: str = field(default="", repr=False)

    def overview(self, parameters: StatisticsParameters) -> Overview:
        """What the parameters choose of it."""
        return Overview(self.statistics, parameters.days, parameters.by, parameters.zone, seen=self.seen)

    @property
    def sentence(self) -> str:
        """What was kept, or why nothing was."""
        return self.not_kept or self.kept or "Nothing is kept of it."


def sources_of(project: Project, parameters: StatisticsParameters) -> list[Source]:
    """The accounts that are meant, connected. One that cannot be connected to is a Source with its error.

    Raises PracticeError, ProjectError, InvalidParameters where nothing can be said of any.
    """
    if parameters.profiles:
        regions: Sequence[str | None] = parameters.regions or (project.config.region or None,)
        return [_of_profile(profile, region) for profile in parameters.profiles for region in regions]
    account = connect_for_sending(project, parameters.account)
    return regions_of(project, account, parameters.regions or (account.region,), parameters.account)


def regions_of(project: Project, account: Account, regions: Sequence[str], chosen: str = "") -> list[Source]:
    """The same account in these Regions. `chosen` is the notebook's parameter `account`."""
    sources = []
    for region in dict.fromkeys(regions):
        try:
            sources.append(Source.of(_in_region(project, account, region, chosen)))
        except SesutilError as error:
            sources.append(Source(region, error=error, region=region))
    return sources


def _in_region(project: Project, account: Account, region: str, chosen: str) -> Account:
    if region == account.region:
        return account
    if account.practice is not None:
        return connect(project.config, practice=account.practice, region=region)
    return connect_by(project, replace(choice_for(project.folder, chosen or "live"), region=region))


def _of_profile(profile: str, region: str | None) -> Source:
    try:
        account = connect(profile=profile, region=region)
    except SesutilError as error:
        return Source(" ".join(filter(None, (profile, region))), error=error, region=region or "")
    return Source.of(account, f"{profile} {account.region}")


def remembered(sources: Sequence[Source], folder: str | Path) -> list[Source]:
    """The sources, with the account that the history has last seen under each name, so that another one is
    said. Not of practice accounts, which are another with each preset.

    Without what the history cannot tell: whoever keeps what was read is told why.
    """
    found = []
    for source in sources:
        account, known = source.account, None
        if account is not None and account.practice is None and not source.account_id:
            with suppress(ProjectError):
                known = last_account(folder, source.name, account.region, account.mode)
        if known is not None:
            source = replace(source, account_id=known[0], known_at=known[1])
        found.append(source)
    return found


def read_and_keep(
    sources: Sequence[Source],
    folder: str | Path | None,
    *,
    days: float = LONGEST,
    within: float | None = 60.0,
) -> Reading:
    """Asks all accounts, keeps what they answer in the history of the project `folder`, and adds what the
    history has of them and of the last `days`. Without a folder only what they answer.

    Raises nothing of AWS's nor of the history's: the first are `problems`, the second `not_kept`.
    """
    asked = sources if folder is None else remembered(sources, folder)
    statistics = read_statistics(asked, within=within)
    seen = {
        (row["account_id"], row["region"]): [
            (row["read_at"].to_pydatetime() - KEPT, row["read_at"].to_pydatetime())
        ]
        for row in statistics.sources.to_dict("records")
        if not len(statistics.failures("bins", source=row["source"], region=row["region"]))
    }
    if folder is None:
        return Reading(statistics, seen)
    kept = ""
    try:
        forgotten = forget_predecessors(folder, [one.account for one in asked if one.account is not None])
        kept = " ".join([*forgotten, keep_statistics(folder, statistics).sentence])
        # A trailing window and the quota look a week beyond the span.
        since = statistics.read_at - timedelta(days=days + 31)
        whole = with_history(folder, statistics, since=since)
        for row in statistics.sources.to_dict("records"):
            if row["account_id"]:
                place: dict[str, Any] = {"mode": row["mode"] or None}
                spans = seen_spans(folder, row["account_id"], row["region"], **place)
                seen[row["account_id"], row["region"]] = spans
    except ProjectError as error:
        return Reading(statistics, seen, kept, str(error))
    return Reading(whole, seen, kept)


def first_account(sources: Sequence[Source]) -> Account:
    """The first that could be connected to. Raises the first one's error when there is none."""
    for source in sources:
        if source.account is not None:
            return source.account
    error = sources[0].error if sources else None
    raise error or ProjectError("No account is named. Name a Region, or a profile.")
