"""What panels say of a mail that was sent: SES has accepted it, and in practice it has arrived, or not."""

from __future__ import annotations

from collections.abc import Iterable

from sesutil.account import Account
from sesutil.events.model import DeliveryEvent
from sesutil.inbox import InboxMessage, carries
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import link, safe

__all__ = ["Row", "accepted_row", "arrival_row", "inbox_link", "not_delivered"]

Row = tuple[str, str, str, str]
"""What `pieces.rows` takes: kind, word, the sentence in HTML, what stands at the right in HTML."""

_SUPPRESSED = ("Suppressed", "OnAccountSuppressionList")
"""Subtypes of a bounce (or complaint) that SES makes itself, without trying to deliver the mail.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
"""


def not_delivered(events: Iterable[DeliveryEvent]) -> tuple[str, str] | None:
    """Why a mail has reached nobody, as a word and a clause ("it bounced"); None where it has, or may yet.

    An out-of-office reply can be reported as a bounce, too: a mail that was delivered once is delivered.
    """
    events = list(events)
    if any(event.kind == "Delivery" for event in events):
        return None
    for event in reversed(events):
        if event.kind in ("Bounce", "Complaint") and event.subtype in _SUPPRESSED:
            return "suppressed", "the address is on the suppression list, so SES did not try to deliver it"
        if event.kind == "Bounce":
            return "bounced", "it bounced" + (f" ({event.reason})" if event.reason else "")
        if event.kind == "Reject":
            return "rejected", "SES rejected it" + (f" ({event.diagnostic})" if event.diagnostic else "")
        if event.kind == "Rendering Failure":
            return "not made", "SES could not make it from its template"
    return None


def accepted_row(message_id: str, seconds: float) -> Row:
    return "good", "accepted", f"by SES as <code>{safe(message_id)}</code>", f"{seconds * 1000:.0f} ms"


def arrival_row(message: InboxMessage, value: str, variable: str, right: str = "", mend: str = "") -> Row:
    """Of a mail in the practice inbox: whether it arrives, and shows the `variable` that was sent in it.

    `mend` says why it does not show it, and what to do; without it, what every template needs.
    """
    recipients = safe(", ".join(message.recipients))
    if lost := not_delivered(message.events):
        word, why = lost
        return "look", word, f"It does not reach {recipients}: {safe(why)}.", right
    if not message.arrives:
        which = "it bounces, or is suppressed. Which of the two shows in a moment."
        return (
            "look",
            "bounces",
            f"It does not reach {recipients}: {which}",
            right,
        )
    arrived = f"in the practice inbox, addressed to {recipients}"
    if not carries(message, value):
        steps = safe(mend or f"Put {{{{{variable}}}}} into the template of this usage type.")
        editor = notebook_link("04-templates.ipynb", "04-templates")
        return (
            "look",
            "arrived",
            f"{arrived}, without the {variable} that was sent."
            f"<div class='s-muted'>{steps} Open {editor}.</div>",
            right,
        )
    if variable == "code":
        shown = f"<span class='s-code'>{safe(value)}</span>"
        return "good", "arrived", f"{arrived}, with the code {shown}", right
    return "good", "arrived", f"{arrived}, with its link.", right


def inbox_link(account: Account, message_id: str, text: str = "Open in the inbox") -> str:
    """A link to the mail on the practice account's page; nothing live."""
    if account.practice is None:
        return ""
    return link(f"{account.practice.inbox_url}message?id={message_id}", text)
