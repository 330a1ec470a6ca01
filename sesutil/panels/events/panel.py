"""Delivery events by themselves: `EventsPanel` is the card with a banner, for a notebook's cell."""

from __future__ import annotations

from typing import Any

from sesutil.account import Account
from sesutil.config import ConnectorConfig
from sesutil.panels.banner import Banner
from sesutil.panels.events.card import EventsCard
from sesutil.panels.events.model import EventsModel
from sesutil.panels.pieces import Panel, Runner, run_in_thread
from sesutil.panels.style import style_sheet
from sesutil.projects import Project

__all__ = ["EventsPanel"]


class EventsPanel(Panel):
    """Whether delivery events are heard of; setting them up, proving, removing. Opening it only reads."""

    def __init__(
        self,
        config: ConnectorConfig | Project,
        account: Account,
        *,
        runner: Runner = run_in_thread,
        proof_runner: Runner | None = None,
    ) -> None:
        self.model = EventsModel(config, account, runner=runner, proof_runner=proof_runner)
        self.banner = Banner(account.mode)
        self.events = EventsCard(self.model)
        super().__init__([style_sheet(), self.banner, self.events])
        self.banner.read_button.on_click(self._on_read_click)
        self.model.observe(self._on_status_change, ["status", "status_read_at", "status_error"])
        self._on_read_click(None)

    def _on_read_click(self, button: Any) -> None:
        self.model.read_account()
        self.model.read()

    def _on_status_change(self, change: Any) -> None:
        self.banner.show(self.model.status, self.model.status_read_at, self.model.status_error)
