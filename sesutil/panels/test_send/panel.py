"""A test mail by clicks: written, sent, followed, read, and its code tried: `TestSendPanel`."""

from __future__ import annotations

from typing import Any

from sesutil.account import Account
from sesutil.panels.banner import Banner
from sesutil.panels.cards import Card
from sesutil.panels.events.card import EventsCard
from sesutil.panels.pieces import Panel, Runner, run_in_thread
from sesutil.panels.sign_in.view import SignInView
from sesutil.panels.style import StyleSheet, style_sheet
from sesutil.panels.test_send.inbox_card import InboxCard
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.style import TEST_SEND_CSS
from sesutil.panels.test_send.timeline_card import TimelineCard
from sesutil.panels.test_send.writing_card import WritingCard
from sesutil.projects import Project

__all__ = ["TestSendPanel"]


class TestSendPanel(Panel):
    """What is to be sent, what became of it, the inbox, the sign-in, the delivery events: card by card.

    `usage_type` is the one that is chosen at first. `follow_runner` carries out the looking that goes on
    after a send; by default as all other work.
    """

    __test__ = False  # so that pytest does not take it for a test class

    def __init__(
        self,
        project: Project,
        account: Account,
        *,
        usage_type: str = "SignIn",
        runner: Runner = run_in_thread,
        follow_runner: Runner | None = None,
        settle: float | None = None,
    ) -> None:
        self.model = TestSendModel(
            project,
            account,
            usage_type=usage_type,
            runner=runner,
            follow_runner=follow_runner,
            settle=settle,
        )
        self.banner = Banner(account.mode)
        self.writing = WritingCard(self.model)
        self.timeline = TimelineCard(self.model.outbox)
        self.inbox = InboxCard(self.model)
        self.sign_in = SignInView(self.model.sign_in)
        self.events = EventsCard(self.model.events)
        own_style = StyleSheet(css=TEST_SEND_CSS)
        own_style.add_class("s-style")
        super().__init__(
            [
                style_sheet(),
                own_style,
                self.banner,
                self.writing,
                self.timeline,
                self.inbox,
                Card([self.sign_in]),
                self.events,
            ]
        )
        self.banner.read_button.on_click(self._on_read_click)
        self.model.observe(self._on_status_change, ["status", "status_read_at", "status_error"])
        self.model.open()

    def _on_read_click(self, button: Any) -> None:
        self.model.open()

    def _on_status_change(self, change: Any) -> None:
        self.banner.show(self.model.status, self.model.status_read_at, self.model.status_error)
