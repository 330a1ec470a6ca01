"""The card of what became of the mails of this session: the newest open, the earlier ones a line each."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.panels.cards import Card, actions, display, put
from sesutil.panels.pieces import card_title, html
from sesutil.panels.refusals import kept_markup, refusal_markup
from sesutil.panels.test_send.outbox_model import OutboxModel
from sesutil.panels.test_send.sent import SentMail
from sesutil.panels.test_send.timeline_markup import (
    ahead_words,
    folded_markup,
    head_markup,
    papers_markup,
    timeline_markup,
)

__all__ = ["TimelineCard"]

_MOST_SHOWN = 20


class TimelineCard(Card):
    def __init__(self, outbox: OutboxModel) -> None:
        self.outbox = outbox
        self.look_button = widgets.Button(
            description="Look again", tooltip="Ask what has become of each mail"
        )
        self.minutes_button = widgets.Button(
            description="+10 minutes", tooltip="Move the practice account's clock"
        )
        self.hour_button = widgets.Button(description="+1 hour", tooltip="Move the practice account's clock")
        self._title, self._nothing, self._trouble = html(), html(), html()
        self._clock = html()
        self._views: dict[int, _MailView] = {}
        self._mails = widgets.VBox()
        self._mails.add_class("s-mails")
        self._actions = actions(self.look_button, self.minutes_button, self.hour_button)
        super().__init__([self._title, self._nothing, self._actions, self._clock, self._trouble, self._mails])
        self.look_button.on_click(lambda _: outbox.look())
        self.minutes_button.on_click(lambda _: outbox.advance(10))
        self.hour_button.on_click(lambda _: outbox.advance(60))
        traits = ["sent", "following", "looking", "play_error", "watch_error", "keep_error", "chain", "ahead"]
        outbox.observe(self._on_model_change, traits)
        self.refresh()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        outbox = self.outbox
        practice = outbox.account.practice is not None
        put(self._title, card_title("What became of it", _why(outbox)))
        put(self._nothing, "" if outbox.sent else "<p class='s-muted'>Nothing is sent yet.</p>")
        busy = outbox.looking or outbox.following
        self.look_button.disabled = busy
        self.look_button.description = "Looking \N{HORIZONTAL ELLIPSIS}" if busy else "Look again"
        display(self._actions, bool(outbox.sent) and (practice or outbox.can_look))
        display(self.look_button, outbox.can_look)
        display(self.minutes_button, practice)
        display(self.hour_button, practice)
        put(self._clock, _clock_markup(outbox) if outbox.sent else "", announce=True)
        put(self._trouble, _trouble_markup(outbox), announce=True)
        self._show_mails(outbox.sent[:_MOST_SHOWN])

    def _show_mails(self, mails: list[SentMail]) -> None:
        for mail in mails:
            view = self._views.setdefault(mail.number, _MailView())
            view.show(self.outbox, mail, newest=mail is mails[0])  # the others are folded
        views = [self._views[mail.number] for mail in mails]
        if list(self._mails.children) != views:
            self._mails.children = views
        display(self._mails, bool(mails))


class _MailView(widgets.VBox):  # type: ignore[misc]
    """One mail. Its papers are a widget of their own: what is unfolded in it stays so while news come."""

    def __init__(self) -> None:
        self._head, self._rows, self._papers, self._folded = html(), html(), html(), html()
        super().__init__([self._head, self._rows, self._papers, self._folded])
        self.add_class("s-sent")

    def show(self, outbox: OutboxModel, mail: SentMail, *, newest: bool) -> None:
        put(self._head, head_markup(mail) if newest else "")
        put(self._rows, timeline_markup(outbox, mail) if newest else "", announce=newest)
        put(self._papers, papers_markup(mail) if newest and mail.state != "sending" else "")
        put(self._folded, "" if newest else folded_markup(outbox, mail))
        (self.remove_class if newest else self.add_class)("s-folded")


def _clock_markup(outbox: OutboxModel) -> str:
    if not outbox.ahead:
        return ""
    words = ahead_words(outbox.ahead)
    return f"<p class='s-muted'>The practice clock is {words} ahead of this machine's.</p>"


def _trouble_markup(outbox: OutboxModel) -> str:
    error = outbox.play_error or outbox.watch_error
    if error is not None:
        return refusal_markup(error)
    return kept_markup(outbox.keep_error)


def _why(outbox: OutboxModel) -> str:
    if outbox.account.practice is not None:
        return "Each step with the time since the send. A delayed mail moves on when the practice clock does."
    return "Each step with the time since the send, as far as delivery events report it."
