"""What panels say of a mail that was sent: SES has accepted it, and in practice it has arrived, or not."""

from __future__ import annotations

from sesutil.account import Account
from sesutil.inbox import InboxMessage, carries
from sesutil.panels.pieces import link, safe

__all__ = ["Row", "accepted_row", "arrival_row", "inbox_link"]

Row = tuple[str, str, str, str]
"""What `pieces.rows` takes: kind, word, the sentence in HTML, what stands at the right in HTML."""


def accepted_row(message_id: str, seconds: float) -> Row:
    return "good", "accepted", f"by SES as <code>{safe(message_id)}</code>", f"{seconds * 1000:.0f} ms"


def arrival_row(message: InboxMessage, value: str, variable: str, right: str = "") -> Row:
    """Of a mail in the practice inbox: whether it arrives, and shows the `variable` that was sent in it."""
    recipients = safe(", ".join(message.recipients))
    arrived = f"in the practice inbox, addressed to {recipients}"
    if not message.arrives:
        return "look", "bounces", f"It does not reach {recipients}: it bounces, or is suppressed.", right
    if not carries(message, value):
        return "look", "arrived", f"{arrived}, without the {variable} that was sent.", right
    if variable == "code":
        shown = f"<span class='s-code'>{safe(value)}</span>"
        return "good", "arrived", f"{arrived}, with the code {shown}", right
    return "good", "arrived", f"{arrived}, with its link.", right


def inbox_link(account: Account, message_id: str, text: str = "Open in the inbox") -> str:
    """A link to the mail on the practice account's page; nothing live."""
    if account.practice is None:
        return ""
    return link(f"{account.practice.inbox_url}message?id={message_id}", text)
