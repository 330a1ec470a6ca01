"""What has become of a message so far: one state for a row of the inbox, the words for each event."""

from __future__ import annotations

from collections import Counter

from sesutil.addresses import AddressProblem, is_simulator, parse_mailbox
from sesutil.practice.doors.pages.markup import BAD, CALM, GOOD, LOOK, WAIT, State, chip
from sesutil.practice.rules.mailbox import Entry
from sesutil.practice.rules.model import Event
from sesutil.practice.rules.world import World

__all__ = ["KINDS", "explained", "is_suppressed", "row_state", "state_of"]

_ON_LIST = "OnAccountSuppressionList"

ACCEPTED = State("\N{CHECK MARK}", "accepted", CALM)
SENT = State("\N{CHECK MARK}", "sent", CALM)
DELIVERED = State("\N{CHECK MARK}", "delivered", GOOD)
BOUNCED = State("\N{BALLOT X}", "bounced", BAD)
COMPLAINED = State("!", "complained", LOOK)
DELAYED = State("\N{HORIZONTAL ELLIPSIS}", "delayed", WAIT)
ON_ITS_WAY = State("\N{HORIZONTAL ELLIPSIS}", "on its way", WAIT)
REJECTED = State("\N{BALLOT X}", "rejected", BAD)
SUPPRESSED = State("\N{BALLOT X}", "suppressed", BAD)
WRITTEN = State("\N{ENVELOPE}", "from AWS", CALM)
SIMULATED = State("\N{ENVELOPE}", "simulator", CALM)

KINDS = {
    "verification": "Verification mail, written by SES",
    "notice": "Notice to the account's owner, written by AWS",
    "feedback": "Feedback, forwarded by SES",
    "reply": "Reply of the mailbox simulator",
}
"""Messages that nobody sent through the API, and what they are."""


def row_state(world: World, entry: Entry) -> str:
    """The worst that has happened so far, and to how many, as a chip."""
    if entry.kind != "sent":
        return chip(SIMULATED if entry.kind == "reply" else WRITTEN)
    if not entry.happenings:
        return chip(ACCEPTED)
    now = world.clock.now()
    so_far: Counter[str] = Counter()
    total = 0
    for one in entry.happenings:
        total += one.recipients * (one.kind == "Send")
        if one.at <= now:
            so_far[one.kind] += one.recipients
    total = total or len(entry.recipients)
    listed = _suppressed(world, entry) if so_far["Bounce"] or so_far["Complaint"] else 0
    waiting = total - so_far["Delivery"] - so_far["Bounce"] - so_far["Reject"] - listed
    for state, number in (
        (REJECTED, so_far["Reject"]),
        (BOUNCED, so_far["Bounce"] - min(listed, so_far["Bounce"])),
        (COMPLAINED, so_far["Complaint"] - max(listed - so_far["Bounce"], 0)),
        (SUPPRESSED, listed),
        (DELAYED if so_far["DeliveryDelay"] else ON_ITS_WAY, waiting),
    ):
        if number > 0:
            return chip(state, f"{number} of {total}" if number < total else "")
    return chip(DELIVERED)


def _suppressed(world: World, entry: Entry) -> int:
    """How many recipients were on the suppression list. The whole message knows; few must be read."""
    unsure = any(one.simulated and one.kind in ("Bounce", "Complaint") for one in entry.happenings)
    if not unsure or all(_simulated(recipient) for recipient in entry.recipients):
        return 0
    now = world.clock.now()
    events = world.mailbox.read(entry).events
    return sum(len(one.recipients) for one in events if one.at <= now and is_suppressed(one))


def _simulated(recipient: str) -> bool:
    try:
        return is_simulator(parse_mailbox(recipient))
    except AddressProblem:
        return False


def is_suppressed(event: Event) -> bool:
    return _ON_LIST in (event.detail.get("bounceSubType"), event.detail.get("complaintSubType"))


def state_of(event: Event) -> State:
    if is_suppressed(event):
        return SUPPRESSED
    return {
        "Send": SENT,
        "Delivery": DELIVERED,
        "Bounce": BOUNCED,
        "Complaint": COMPLAINED,
        "DeliveryDelay": DELAYED,
        "Reject": REJECTED,
    }[event.kind]


_BOUNCES = {
    (
        "Permanent",
        _ON_LIST,
    ): "The address is on your account's suppression list, so SES has not tried. This does not "
    "count for your bounce rate. Take the address off the list if it works again.",
    (
        "Permanent",
        "Suppressed",
    ): "The address is on the suppression list of SES itself, so SES has not tried.",
    ("Permanent", "NoEmail"): "SES could not read the address from the receiving server's answer.",
    (
        "Permanent",
        "",
    ): "A hard bounce: the receiving server says that there is no such mailbox. Sending again does not help.",
    (
        "Transient",
        "MailboxFull",
    ): "A soft bounce: the mailbox stayed full until SES gave up. The address may work again later.",
    ("Transient", "MessageTooLarge"): "A soft bounce: the mail is too large for the receiving server.",
    (
        "Transient",
        "ContentRejected",
    ): "A soft bounce: the receiving server does not want what is in the mail.",
    (
        "Transient",
        "",
    ): "A soft bounce: the receiving server does not take the mail now. The address may work again later.",
}
_DELAYS = {
    "MailboxFull": "The recipient's mailbox is full. SES tries again, for 14 hours at most.",
    "": "The receiving server does not take the mail yet. SES tries again, for 14 hours at most.",
}


def explained(event: Event) -> str:
    """What an event means, in a sentence or two."""
    detail = event.detail
    if event.kind == "Send":
        return "SES has taken the mail and tries to deliver it."
    if event.kind == "Delivery":
        return "The receiving server took the mail. Whether it is then shown in the inbox or as spam, SES does not learn."
    if event.kind == "Reject":
        return "SES found a virus in the mail and has not sent it."
    if event.kind == "DeliveryDelay":
        return _DELAYS.get(str(detail.get("delayType")), _DELAYS[""])
    if event.kind == "Complaint":
        if is_suppressed(event):
            return "The address is on your account's suppression list since an earlier complaint, so SES has not tried."
        return "The recipient marked the mail as spam." + _counted(event)
    kind = str(detail.get("bounceType"))
    known = _BOUNCES.get((kind, str(detail.get("bounceSubType")))) or _BOUNCES.get((kind, ""))
    return (known or "The mail came back, and SES cannot tell why.") + (
        "" if is_suppressed(event) or kind == "Transient" else _counted(event)
    )


def _counted(event: Event) -> str:
    if event.simulated:
        return " It comes from the mailbox simulator: it does not count for your reputation."
    rate = "bounce rate" if event.kind == "Bounce" else "complaint rate"
    return (
        f" It counts for your {rate}, and puts the address on the suppression list where that is switched on."
    )
