"""The banner: practice or live, which account, which Region, what is left today. It comes first."""

from __future__ import annotations

from datetime import datetime

import ipywidgets as widgets

from sesutil.account import AccountStatus
from sesutil.panels.pieces import html, safe

__all__ = ["Banner", "banner_markup"]

_NAMES = {"practice": "PRACTICE", "live": "LIVE", "endpoint": "OTHER ENDPOINT"}
_WORDS = {
    "practice": "nothing leaves this machine",
    "live": "what is sent here is real mail",
    "endpoint": "neither AWS nor the practice account",
}


class Banner(widgets.HBox):  # type: ignore[misc]
    """`read_button` is for whoever owns the banner to wire; `show` puts a status into it."""

    def __init__(self, mode: str) -> None:
        self._text = html()
        self.read_button = widgets.Button(
            description="Read again", tooltip="Ask the account for its state now"
        )
        self.read_button.add_class("s-quiet")
        super().__init__([self._text, self.read_button])
        self.add_class("s-banner")
        self.become(mode)

    def become(self, mode: str) -> None:
        """Another account: what was read of the one before is no longer shown."""
        self._mode = mode
        (self.add_class if mode == "live" else self.remove_class)("s-is-live")
        self.show(None, None, None)

    def show(self, status: AccountStatus | None, read_at: datetime | None, error: str | None) -> None:
        self._text.value = banner_markup(self._mode, status, read_at, error)


def banner_markup(
    mode: str, status: AccountStatus | None, read_at: datetime | None, error: str | None
) -> str:
    parts = [f"<span class='s-pill s-is-{mode}'>{_NAMES[mode]}</span>"]
    if status is not None:
        kind = "production" if status.production else "sandbox"
        known_as = f" ({safe(status.known_as)})" if status.known_as else ""
        limit = "no limit" if status.max_24_hours is None else f"{status.max_24_hours:,}"
        facts = [
            f"account <b>{safe(status.account_id or 'not readable')}</b>{known_as}",
            f"<b>{safe(status.region)}</b>",
            kind,
            f"{status.sent_24_hours:,} of {limit} used today",
        ]
        if not status.sending_enabled or status.enforcement not in ("HEALTHY", ""):
            facts.append(f"<b class='s-bad'>{safe(status.enforcement)}</b>")
        parts.append("<span>" + " \N{MIDDLE DOT} ".join(facts) + "</span>")
    if error is not None:
        parts.append(f"<span class='s-bad'>could not be read: {safe(error)}</span>")
    nothing_yet = ", not read yet" if error is None else ""
    read = f", read {read_at:%H:%M:%S}" if read_at is not None else nothing_yet
    parts.append(f"<span class='s-muted'>{_WORDS[mode]}{read}</span>")
    return f"<div class='s-facts'>{''.join(parts)}</div>"
