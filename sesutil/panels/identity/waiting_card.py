"""The card that waits for SES: progress of the records and of SES's own look, and Stop."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.identities import IdentityState
from sesutil.panels.cards import Card, actions, display, put
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.pieces import card_title, html, rows, safe
from sesutil.panels.refusals import refusal_markup

__all__ = ["WaitCard"]

Row = tuple[str, str, str, str]


class WaitCard(Card):
    def __init__(self, model: IdentityModel) -> None:
        self.model = model
        self.wait_button = widgets.Button(description="Wait for SES", button_style="primary")
        self.stop_button = widgets.Button(description="Stop waiting")
        self._progress = html()
        self._clock = html()
        self._title = html()
        self._actions = actions(self.wait_button, self.stop_button)
        super().__init__([self._title, self._progress, self._clock, self._actions])
        self.wait_button.on_click(lambda _: model.wait.start(model.name))
        self.stop_button.on_click(lambda _: model.wait.stop())
        model.wait.observe(self._on_clock_change, ["doing", "seconds"])
        model.wait.observe(self._on_model_change, ["state", "identity", "error"])
        model.records.observe(self._on_model_change, ["verdicts"])
        self.refresh()

    def _on_clock_change(self, change: Any) -> None:
        self._show_clock()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model, identity = self.model, self.model.identity
        waits = identity is not None and not _settled(identity)
        self.show(waits or (identity is not None and model.wait.state in ("waiting", "done", "failed")))
        if identity is None:
            return
        put(self._title, _title(identity))
        put(self._progress, _progress_markup(model, identity), announce=True)
        self._show_clock()
        display(self.wait_button, waits and not model.wait.waiting)
        display(self.stop_button, model.wait.waiting)
        display(self._actions, waits or model.wait.waiting)

    def _show_clock(self) -> None:
        wait = self.model.wait
        looks = "" if not wait.looks else f", asked {'once' if wait.looks == 1 else f'{wait.looks} times'}"
        clock = f"{_duration(wait.seconds)} so far{looks}; {safe(wait.doing)}" if wait.waiting else ""
        put(self._clock, f"<p class='s-muted'>{clock}</p>" if clock else "")


def _title(identity: IdentityState) -> str:
    if identity.kind == "EMAIL_ADDRESS":
        return card_title(
            "Wait until the link is opened",
            "You may close the notebook and come back: the link is good for a day.",
        )
    return card_title(
        "Wait until SES has found the records",
        "SES looks by itself: minutes as a rule, up to 72 hours. You may close the notebook and come back.",
    )


def _settled(identity: IdentityState) -> bool:
    mail_from = identity.mail_from
    return identity.verified and (mail_from is None or mail_from.status in ("SUCCESS", "FAILED"))


def _progress_markup(model: IdentityModel, identity: IdentityState) -> str:
    wait = model.wait
    items: list[Row] = []
    bar = ""
    if identity.kind == "DOMAIN":
        dkim = [one for one in model.records.verdicts if one.record.purpose == "dkim"]
        found = sum(one.state == "found" for one in dkim)
        if dkim:
            bar = (
                f"<progress class='s-progress' max='{len(dkim)}' value='{found}' "
                f"aria-label='DKIM records found'></progress>"
            )
            items.append(
                (
                    "good" if found == len(dkim) else "wait",
                    "DNS",
                    f"{found} of {len(dkim)} DKIM records found in your DNS",
                    "",
                )
            )
        items.append(_status("DKIM", identity.dkim.status))
    if identity.mail_from is not None:
        items.append(_status("MAIL FROM", identity.mail_from.status))
    if identity.verified:
        items.append(("good", "identity", "SES says that it may send.", ""))
    elif identity.kind == "EMAIL_ADDRESS" and identity.status == "PENDING":
        items.append(("wait", "identity", "The link is not opened yet (<code>PENDING</code>).", ""))
    else:
        items.append(_status("identity", identity.status))
    if wait.state == "done" and _settled(identity):
        looks = "1 look" if wait.looks == 1 else f"{wait.looks} looks"
        items.append(("good", "done", f"It took {_duration(wait.seconds)} from here, in {looks}.", ""))
    if wait.state == "stopped":
        items.append(("look", "stopped", "Only the waiting: SES goes on looking by itself.", ""))
    failure = refusal_markup(wait.error) if wait.state == "failed" and wait.error is not None else ""
    return bar + rows(items) + failure


_MEANINGS = {
    "SUCCESS": ("good", "SES has found its records"),
    "PENDING": ("wait", "SES is looking"),
    "NOT_STARTED": ("wait", "SES has not looked yet"),
    "FAILED": ("bad", "SES has given up looking"),
    "TEMPORARY_FAILURE": ("bad", "SES does not find any more what was there"),
}


def _status(word: str, status: str) -> Row:
    kind, meaning = _MEANINGS.get(status, ("look", "SES does not say more"))
    return (kind, word, f"{meaning} (<code>{safe(status)}</code>).", "")


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s"
