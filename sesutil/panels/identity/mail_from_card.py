"""The card of the MAIL FROM domain: why, which, what happens while its record is missing, setting it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.identities import MailFromState
from sesutil.panels.cards import Card, display, fields, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.identity.mail_from_model import ON_FAILURE, MailFromModel
from sesutil.panels.pieces import Field, card_title, html, rows, safe

__all__ = ["MailFromCard"]

_CHOICES = {
    "USE_DEFAULT_VALUE": "send it with amazonses.com",
    "REJECT_MESSAGE": "refuse the mail",
}
_CONSEQUENCES = {
    "USE_DEFAULT_VALUE": "Mail keeps going out, without SPF of your own meanwhile.",
    "REJECT_MESSAGE": "No mail goes out until the record is found: MailFromDomainNotVerifiedException.",
}


class MailFromCard(Card):
    """`domain` and `on_failure` are the inputs; `setting` shows the request and carries it out."""

    def __init__(self, model: MailFromModel) -> None:
        self.model = model
        self.domain = widgets.Text(description="MAIL FROM domain", continuous_update=False)
        self.on_failure = widgets.Dropdown(
            description="While its MX record is missing",
            options=[(_CHOICES[name], name) for name in ON_FAILURE],
        )
        self.setting = ChangeView(model.setting)
        self._domain_field = Field(self.domain)
        self._failure_field = Field(self.on_failure)
        self._found = html()
        title = html(
            card_title(
                "Set a MAIL FROM domain",
                "Not needed to send. Without it bounces go to amazonses.com: some mail programs then show "
                "\N{LEFT DOUBLE QUOTATION MARK}via amazonses.com\N{RIGHT DOUBLE QUOTATION MARK}, and "
                "SPF does not "
                "count for your domain; with it DMARC passes by SPF, too, not by DKIM alone.",
            )
        )
        super().__init__([title, self._found, fields(self._domain_field, self._failure_field), self.setting])
        self.domain.observe(self._on_domain_change, "value")
        self.on_failure.observe(self._on_failure_change, "value")
        model.observe(self._on_model_change, ["identity", "domain", "on_failure", "problem"])
        self.refresh()

    def _on_domain_change(self, change: Any) -> None:
        self.model.domain = change["new"]

    def _on_failure_change(self, change: Any) -> None:
        self.model.on_failure = change["new"]

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model, identity = self.model, self.model.identity
        self.show(model.offered)
        if identity is None or not model.offered:
            return
        self.domain.value, self.on_failure.value = model.domain, model.on_failure
        self._domain_field.say(
            model.problem or f"Below {identity.domain}, and used for nothing else.", wrong=bool(model.problem)
        )
        self._failure_field.say(_CONSEQUENCES[model.on_failure])
        display(self.setting, not model.problem)
        put(self._found, rows([_row(identity.mail_from)]) if identity.mail_from else "", announce=True)


def _row(found: MailFromState) -> tuple[str, str, str, str]:
    domain = f"<b>{safe(found.domain)}</b>"
    meanwhile = (
        "every mail is refused"
        if found.on_failure == "REJECT_MESSAGE"
        else "mail is sent with amazonses.com instead"
    )
    if found.status == "SUCCESS":
        return ("good", "set", f"{domain}: SES has found its MX record.", "")
    if found.status == "PENDING":
        return ("wait", "pending", f"{domain}: SES looks for its MX record. Until then {meanwhile}.", "")
    if found.status == "FAILED":
        return (
            "bad",
            "given up",
            f"{domain}: SES has stopped looking for its MX record; {meanwhile}. Set it again.",
            "",
        )
    return ("bad", "record gone", f"{domain}: its MX record was there and is gone; {meanwhile}.", "")
