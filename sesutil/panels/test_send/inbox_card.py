"""The card of the practice inbox: the newest mail of this session as its reader gets it, its code large."""

from __future__ import annotations

from typing import Any

from sesutil.panels.cards import Card, put
from sesutil.panels.outcomes import arrival_row, inbox_link
from sesutil.panels.pieces import card_title, html, link, mail_frame, rows, safe
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.sent import SentMail

__all__ = ["InboxCard"]


class InboxCard(Card):
    """Away while nothing was sent, and where there is no inbox that could be read."""

    def __init__(self, model: TestSendModel) -> None:
        self.model = model
        self._title, self._arrival, self._mail = html(), html(), html()
        super().__init__([self._title, self._arrival, self._mail])
        model.outbox.observe(self._on_model_change, ["sent"])
        self.refresh()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        practice = self.model.account.practice
        mail = next((one for one in self.model.outbox.sent if one.message is not None), None)
        self.show(practice is not None and mail is not None)
        if practice is None or mail is None or mail.message is None:
            return
        whole = link(practice.inbox_url, "Open the practice inbox")
        put(
            self._title,
            card_title("The inbox", "The newest mail, as its reader sees it.") + f"<p>{whole}</p>",
        )
        put(self._arrival, _arrival_markup(self.model, mail), announce=True)
        preview = mail_frame(mail.message.html or "") if mail.message.arrives else ""
        subject = f"<p><span class='s-muted'>Subject</span> <b>{safe(mail.message.subject)}</b></p>"
        put(self._mail, subject + preview)


def _arrival_markup(model: TestSendModel, mail: SentMail) -> str:
    assert mail.message is not None
    right = inbox_link(model.account, mail.message.message_id)
    return rows([arrival_row(mail.message, mail.value, mail.variable, right, mail.mend)])
