"""What becomes of a mail that SES has accepted, recipient by recipient.

It is decided when the mail is accepted and happens later. The mailbox simulator's answers and the
one for a suppressed address are recorded from AWS
(https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html); all other mail arrives,
unless a fault was planted. The seconds between acceptance and outcome are made up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sesutil.addresses import Mailbox, is_simulator
from sesutil.practice.rules.ids import new_id
from sesutil.practice.rules.model import Event, Fault, Suppressed

__all__ = ["SUPPRESSED_DIAGNOSIS", "plan", "rejected"]

_SENT = 0.001
_DELIVERED = 0.441  # of a recorded delivery
_BOUNCED = 0.6
_REJECTED = 0.2
_COMPLAINED = 1.5
_GIVEN_UP = 14 * 3600.0
_REMOTE_IP = "127.0.2.0"
_USER_AGENT = "Amazon SES Mailbox Simulator"

SUPPRESSED_DIAGNOSIS = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your "
    "account. For more information about removing addresses from the suppression list, see the Amazon SES "
    "Developer Guide at https://docs.aws.amazon.com/ses/latest/DeveloperGuide/sending-email-suppression-list.html"
)


def plan(
    recipients: list[Mailbox],
    *,
    region: str,
    now: float,
    suppressed: Callable[[Mailbox], Suppressed | None],
    fault_for: Callable[[Mailbox], Fault | None],
) -> list[Event]:
    """The events of a mail in the order of their times. Recipients that fare alike share one."""
    groups: dict[tuple[str, float], list[Mailbox]] = defaultdict(list)
    for mailbox in recipients:
        groups[_fate(mailbox, suppressed, fault_for)].append(mailbox)
    everybody = [mailbox.address for mailbox in recipients]
    simulated = all(is_simulator(mailbox) for mailbox in recipients)
    events = [Event(at=now + _SENT, kind="Send", recipients=everybody, simulated=simulated)]
    for (fate, seconds), members in groups.items():
        addresses = [mailbox.address for mailbox in members]
        events += _events(fate, seconds, addresses, region, now)
    return sorted(_one_bounce(events), key=lambda event: event.at)


def _one_bounce(events: list[Event]) -> list[Event]:
    """Bounces of one kind in one notification, whatever each recipient's server said."""
    kept: list[Event] = []
    for event in events:
        like = next((one for one in kept if _kind_of(one) == _kind_of(event)), None)
        if like is None or event.kind != "Bounce":
            kept.append(event)
            continue
        like.recipients = [*like.recipients, *event.recipients]
        like.detail["bouncedRecipients"] += event.detail["bouncedRecipients"]
    return kept


def _kind_of(event: Event) -> tuple[object, ...]:
    parts = (event.detail.get(name) for name in ("bounceType", "bounceSubType", "reportingMTA"))
    return (event.kind, event.at, event.simulated, *parts)


def rejected(recipients: list[Mailbox], now: float) -> list[Event]:
    """Mail with a virus: accepted, then not sent."""
    addresses = [mailbox.address for mailbox in recipients]
    return [
        Event(at=now + _SENT, kind="Send", recipients=addresses),
        Event(at=now + _REJECTED, kind="Reject", recipients=addresses, detail={"reason": "Bad content"}),
    ]


def _fate(
    mailbox: Mailbox,
    suppressed: Callable[[Mailbox], Suppressed | None],
    fault_for: Callable[[Mailbox], Fault | None],
) -> tuple[str, float]:
    if is_simulator(mailbox):
        return "simulated-" + mailbox.local.partition("+")[0].lower(), 0.0
    listed = suppressed(mailbox)
    if listed is not None:
        return f"listed-{listed.reason}", 0.0
    fault = fault_for(mailbox)
    return ("delivery", 0.0) if fault is None else (fault.kind, fault.seconds)


def _events(fate: str, seconds: float, addresses: list[str], region: str, now: float) -> list[Event]:
    if fate in ("simulated-success", "simulated-ooto"):
        return [_delivery(addresses, now, simulated=True)]
    if fate == "simulated-bounce":
        return [_bounce(addresses, now, region, "smtp; 550 5.1.1 user unknown", simulated=True)]
    if fate == "simulated-suppressionlist":
        return [
            _bounce(
                [address], now, region, f"{_AS_REQUESTED} (suppressed address: {address})", simulated=True
            )
            for address in addresses
        ]
    if fate == "simulated-complaint":
        return [
            _delivery(addresses, now, simulated=True),
            _complaint(addresses, now, region, _USER_AGENT, simulated=True),
        ]
    if fate == "listed-BOUNCE":
        return [_suppressed_bounce(addresses, now, region)]
    if fate == "listed-COMPLAINT":
        return [_complaint(addresses, now, region, None, "OnAccountSuppressionList", simulated=True)]
    if fate == "bounce":
        return [_bounce(addresses, now, region, "smtp; 550 5.1.1 user unknown")]
    if fate == "soft-bounce":
        bounce = _bounce(
            addresses,
            now + _GIVEN_UP,
            region,
            "smtp; 452 4.2.2 mailbox full",
            ("Transient", "MailboxFull", "4.2.2"),
        )
        return [_delay(addresses, now), bounce]
    if fate == "complaint":
        return [
            _delivery(addresses, now),
            _complaint(addresses, now, region, "Practice mail program"),
        ]
    if fate == "delay":
        return [_delay(addresses, now), _delivery(addresses, now + seconds)]
    return [_delivery(addresses, now)]


_AS_REQUESTED = "smtp; 550 5.1.1 As requested: user unknown"


def _delivery(addresses: list[str], now: float, *, simulated: bool = False) -> Event:
    detail = {
        "processingTimeMillis": 441,
        "recipients": addresses,
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": _REMOTE_IP,
        "reportingMTA": "a48-132.smtp-out.amazonses.com",
    }
    return Event(
        at=now + _DELIVERED, kind="Delivery", recipients=addresses, detail=detail, simulated=simulated
    )


def _bounce(
    addresses: list[str],
    now: float,
    region: str,
    diagnosis: str,
    kind: tuple[str, str, str] = ("Permanent", "General", "5.1.1"),
    *,
    simulated: bool = False,
) -> Event:
    bounce_type, subtype, status = kind
    at = now + _BOUNCED
    detail = {
        "feedbackId": new_id(region, at),
        "bounceType": bounce_type,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnosis}
            for address in addresses
        ],
        "remoteMtaIp": _REMOTE_IP,
        "reportingMTA": "dns; a8-45.smtp-out.amazonses.com",
    }
    return Event(at=at, kind="Bounce", recipients=addresses, detail=detail, simulated=simulated)


def _suppressed_bounce(addresses: list[str], now: float, region: str) -> Event:
    at = now + _REJECTED
    detail = {
        "feedbackId": new_id(region, at),
        "bounceType": "Permanent",
        "bounceSubType": "OnAccountSuppressionList",
        "bouncedRecipients": [
            {
                "emailAddress": address,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": SUPPRESSED_DIAGNOSIS,
            }
            for address in addresses
        ],
        "reportingMTA": "dns; amazonses.com",
    }
    return Event(at=at, kind="Bounce", recipients=addresses, detail=detail, simulated=True)


def _complaint(
    addresses: list[str],
    now: float,
    region: str,
    user_agent: str | None,
    subtype: str | None = None,
    *,
    simulated: bool = False,
) -> Event:
    at = now + _COMPLAINED
    detail = {
        "feedbackId": new_id(region, at),
        "complaintSubType": subtype,
        "complainedRecipients": [{"emailAddress": address} for address in addresses],
    }
    if user_agent is not None:
        detail |= {"userAgent": user_agent, "complaintFeedbackType": "abuse"}
    return Event(at=at, kind="Complaint", recipients=addresses, detail=detail, simulated=simulated)


def _delay(addresses: list[str], now: float) -> Event:
    detail = {
        "delayType": "MailboxFull",
        "delayedRecipients": [
            {"emailAddress": address, "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 mailbox full"}
            for address in addresses
        ],
    }
    return Event(at=now + _BOUNCED, kind="DeliveryDelay", recipients=addresses, detail=detail)
