"""The statistics by clicks: a verdict, what it rests on, plots and tables: `StatisticsPanel`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sesutil.account import Account
from sesutil.panels.banner import Banner
from sesutil.panels.pieces import Panel, Runner, run_in_thread
from sesutil.panels.statistics.cards import ChoiceCard, PlotsCard, TableCard, UnreadCard, VerdictCard
from sesutil.panels.statistics.model import StatisticsModel
from sesutil.panels.statistics.style import STATISTICS_CSS
from sesutil.panels.style import StyleSheet, style_sheet
from sesutil.projects import Project
from sesutil.statistics.opening import Reading
from sesutil.statistics.sources import Source

__all__ = ["StatisticsPanel"]


class StatisticsPanel(Panel):
    """Opening it reads, and keeps what was read in the project's history; nothing is sent or changed.

    `sources` are the accounts and Regions that are read at first; without them the account's own Region.
    `reading` is what was read of them already: then nothing is read until somebody asks for it.
    `days`, `by` and `zone` are what is shown at first.
    """

    def __init__(
        self,
        project: Project,
        account: Account,
        *,
        sources: Sequence[Source] = (),
        days: int = 14,
        by: str = "day",
        zone: str = "UTC",
        reading: Reading | None = None,
        history: bool = True,
        runner: Runner = run_in_thread,
    ) -> None:
        self.model = StatisticsModel(
            project,
            account,
            sources=sources,
            reading=reading,
            history=history,
            runner=runner,
            days=days,
            by=by,
            zone=zone,
        )
        self.banner = Banner(account.mode)
        self.verdict = VerdictCard(self.model)
        self.unread = UnreadCard(self.model)
        self.choice = ChoiceCard(self.model)
        self.plots = PlotsCard(self.model)
        self.numbers = TableCard(self.model)
        own_style = StyleSheet(css=STATISTICS_CSS)
        own_style.add_class("s-style")
        super().__init__(
            [
                style_sheet(),
                own_style,
                self.banner,
                self.verdict,
                self.unread,
                self.choice,
                self.plots,
                self.numbers,
            ]
        )
        self.banner.read_button.on_click(self._on_read_click)
        self.model.observe(self._on_status_change, ["status", "status_read_at", "status_error"])
        self.model.open()

    def _on_read_click(self, button: Any) -> None:
        self.model.read()

    def _on_status_change(self, change: Any) -> None:
        # Papermill stores what panels show: of the account's id the end tells which it is.
        status = self.model.status
        if status is not None and status.account_id:
            status = replace(status, account_id=f"\N{HORIZONTAL ELLIPSIS}{status.account_id[-4:]}")
        self.banner.show(status, self.model.status_read_at, self.model.status_error)
