"""Registering what to send from by clicks: `IdentityPanel` is the view of `IdentityModel`."""

from __future__ import annotations

from typing import Any

from sesutil.account import Account
from sesutil.config import ConnectorConfig
from sesutil.panels.banner import Banner
from sesutil.panels.cards import Card, put
from sesutil.panels.identity.choice import ChoiceCard
from sesutil.panels.identity.dmarc_card import DmarcCard
from sesutil.panels.identity.mail import LinkCard, RepairCard
from sesutil.panels.identity.mail_from_card import MailFromCard
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.identity.records_card import RecordsCard
from sesutil.panels.identity.style import IDENTITY_CSS
from sesutil.panels.identity.waiting_card import WaitCard
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import Panel, Runner, card_title, html, rows, run_in_thread, safe
from sesutil.panels.style import StyleSheet, style_sheet
from sesutil.projects import Project

__all__ = ["IdentityPanel"]


class IdentityPanel(Panel):
    """What to register, the mail or the records that prove it, the wait, MAIL FROM, DMARC: card by card.

    Everything is read from the account and the DNS when it opens, and again by `banner.read_button`: it
    can be closed and continued any day. `name` (a domain or an address) chooses something else than the
    domain of emailAddress.
    """

    def __init__(
        self,
        config: ConnectorConfig | Project,
        account: Account,
        *,
        name: str = "",
        runner: Runner = run_in_thread,
        wait_runner: Runner | None = None,
    ) -> None:
        self.model = IdentityModel(config, account, name=name, runner=runner, wait_runner=wait_runner)
        self.banner = Banner(account.mode)
        self.choosing = ChoiceCard(self.model)
        self.link = LinkCard(self.model)
        self.repair = RepairCard(self.model)
        self.mail_from = MailFromCard(self.model.mail_from)
        self.records = RecordsCard(self.model.records)
        self.waiting = WaitCard(self.model)
        self.dmarc = DmarcCard(self.model)
        self._end = html()
        self.end = Card([self._end])
        own_style = StyleSheet(css=IDENTITY_CSS)
        own_style.add_class("s-style")
        super().__init__(
            [
                style_sheet(),
                own_style,
                self.banner,
                self.choosing,
                self.link,
                self.repair,
                self.mail_from,
                self.records,
                self.waiting,
                self.dmarc,
                self.end,
            ]
        )
        self._wire()
        self._show()
        self.model.read()

    def _wire(self) -> None:
        model = self.model
        self.banner.read_button.on_click(lambda _: model.read())
        traits = [
            "choice",
            "name",
            "problem",
            "note",
            "state",
            "identity",
            "above",
            "elsewhere",
            "opening",
            "error",
        ]
        model.observe(self._on_model_change, [*traits, "looking_elsewhere", "covering", "mail"])
        model.observe(self._on_status_change, ["status", "status_error", "read_at"])
        model.repair.observe(self._on_model_change, ["state"])
        model.records.observe(self._on_dmarc_change, ["dmarc", "looking"])

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _on_status_change(self, change: Any) -> None:
        self.banner.show(self.model.status, self.model.read_at, self.model.status_error)
        self._show_end()

    def _on_dmarc_change(self, change: Any) -> None:
        self.dmarc.refresh()

    def _show(self) -> None:
        self.banner.read_button.disabled = self.model.state == "reading"
        for one in (self.choosing, self.link, self.repair, self.waiting, self.dmarc):
            one.refresh()
        self._show_end()

    def _show_end(self) -> None:
        markup = _end_markup(self.model)
        put(self._end, markup, announce=True)
        self.end.show(bool(markup))


def _end_markup(model: IdentityModel) -> str:
    """Only what SES says: nothing stands here before it does."""
    identity, sending = model.identity, model.sending_identity
    items = []
    if sending is not None and model.sender is not None:
        by = "" if sending.name == model.sender.address else f" It is covered by {safe(sending.name)}."
        items.append(
            (
                "good",
                "may send",
                f"<b>{safe(model.sender.address)}</b> may send now, in {safe(sending.region)}.{by}",
                "",
            )
        )
    elif identity is not None and identity.verified:
        what = "It" if identity.kind == "EMAIL_ADDRESS" else "Every address of it"
        items.append(
            ("good", "may send", f"<b>{safe(identity.name)}</b> is verified. {what} may send now.", "")
        )
    if not items:
        return ""
    if model.status is not None and not model.status.production:
        items.append(
            (
                "look",
                "sandbox",
                "For now only to verified addresses and the mailbox simulator.",
                notebook_link("03-production-access.ipynb", "Next: 03-production-access"),
            )
        )
    return card_title("May it send?", "As SES says, not as this panel thinks.") + rows(items)
