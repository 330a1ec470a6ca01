"""The card of an address: the mail with the link, and in practice opening it."""

from __future__ import annotations

import ipywidgets as widgets

from sesutil.errors import SesutilError
from sesutil.panels.cards import Card, actions, display, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.pieces import card_title, html, link, rows, safe
from sesutil.panels.refusals import refusal_markup

__all__ = ["LinkCard", "RepairCard"]


class LinkCard(Card):
    """There while an address waits for its link to be opened."""

    def __init__(self, model: IdentityModel) -> None:
        self.model = model
        self.open_button = widgets.Button(description="Open the link in the mail", button_style="primary")
        self.again_button = widgets.Button(description="Mail the link again")
        self.repair = ChangeView(model.repair)
        self._text = html()
        self._acts = html()
        title = html(card_title("Open the link in the mail", "It proves that the address is yours."))
        super().__init__(
            [title, self._text, actions(self.open_button, self.again_button), self._acts, self.repair]
        )
        self.open_button.on_click(lambda _: model.open_link())
        self.again_button.on_click(lambda _: model.mail_link_again())
        self.refresh()

    def refresh(self) -> None:
        model, identity = self.model, self.model.identity
        pending = identity is not None and identity.kind == "EMAIL_ADDRESS" and not identity.verified
        self.show(pending)
        if not pending:
            return
        practice = model.account.practice is not None
        put(self._text, rows([_where(model)]))
        self.open_button.description = (
            "Opening \N{HORIZONTAL ELLIPSIS}" if model.opening else "Open the link in the mail"
        )
        self.open_button.disabled = model.opening or model.mail is None
        display(self.open_button, practice)
        error: SesutilError | None = model.error if model.state != "failed" else None
        note = "In practice you are that person: the button does what a click in the mail does."
        put(
            self._acts,
            refusal_markup(error) if error else f"<p class='s-muted'>{note}</p>" if practice else "",
            announce=bool(error),
        )
        display(self.repair, model.repair.state != "idle")


def _where(model: IdentityModel) -> tuple[str, str, str, str]:
    name, practice = f"<b>{safe(model.name)}</b>", model.account.practice
    if practice is None:
        return (
            "wait",
            "on its way",
            f"AWS has mailed a link to {name}, from no-reply-aws@amazon.com; look into the spam "
            "folder, too. It is "
            "good for 24 hours. Until it is opened, mail from there is refused.",
            "",
        )
    if model.mail is None:
        return (
            "look",
            "not there",
            f"No mail with a link to {name} is in the practice inbox. Have it mailed again.",
            "",
        )
    where = link(f"{practice.inbox_url}message?id={model.mail.message_id}", "See it in the inbox")
    return (
        "wait",
        "arrived",
        f"The mail to {name} is in the practice inbox, with a link good for 24 hours.",
        where,
    )


class RepairCard(Card):
    """There when SES has given up on a domain, or does not sign for it: the change that mends it."""

    def __init__(self, model: IdentityModel) -> None:
        self.model = model
        self.repair = ChangeView(model.repair)
        super().__init__([html(card_title("Mend the identity")), self.repair])
        self.refresh()

    def refresh(self) -> None:
        identity = self.model.identity
        domain = identity is not None and identity.kind == "DOMAIN"
        self.show(domain and self.model.repair.state != "idle")
