"""What a delivery event means, who can change it, and what to do: every type of AWS's page, in words.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from sesutil.events.model import DeliveryEvent
from sesutil.explanation_rows import Explanation

__all__ = ["BOUNCE_TYPES", "COMPLAINT_SUBTYPES", "COMPLAINT_TYPES", "DELAY_TYPES", "KINDS", "explain_event"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_PAGE = _DOCS + "event-publishing-retrieving-sns-contents.html"
_SUPPRESSION = _DOCS + "sending-email-suppression-list.html"

_YOU = "you"
_RECIPIENT = "the recipient"
_SERVER = "whoever runs the recipient's mail server"
_NOBODY = "nobody needs to"
_AWS = "AWS"


def _says(cause: str, who: str, fix: str, page: str = _PAGE) -> Explanation:
    return Explanation(cause, who, fix, page)


KINDS: dict[str, Explanation] = {
    "Send": _says(
        "SES has accepted the mail and will try to deliver it.", _NOBODY,
        "Wait for Delivery or Bounce: accepted is not delivered.",
    ),
    "Delivery": _says(
        "The recipient's mail server has taken the mail.", _NOBODY,
        "Nothing. Whether it lies in the inbox or among the spam no event says: look there once.",
    ),
    "Open": _says("The recipient has opened the mail, or their mail program has loaded its images.", _NOBODY, "Nothing."),
    "Click": _says("Somebody, or a program that checks links, has followed a link in the mail.", _NOBODY, "Nothing."),
    "Subscription": _says(
        "The recipient has changed by the unsubscribe link what they want to get.", _RECIPIENT,
        "Heed it: SES does not send to them by that list any more.", _DOCS + "sending-email-subscription-management.html",
    ),
    "Rendering Failure": _says(
        "SES could not fill in its template, and has sent nothing. Logto fills in its templates itself: this mail was not "
        "sent by its connector.", _YOU, "Give all values that the template in SES asks for.",
        _DOCS + "send-personalized-email-api.html",
    ),
    "Reject": _says(
        "SES has accepted the mail, found a virus in it, and sent nothing.", _YOU,
        "Take out the attachment. A mail of Logto has none: look at what else sends with this configuration set.",
    ),
}  # fmt: skip
"""Events that have no types."""

_TAKE_OFF = (
    "Do not send to it again: such bounces count, and from 5 % of all mail on AWS looks into the account. Ask the person "
    "for another address."
)

BOUNCE_TYPES: dict[tuple[str, str], Explanation] = {
    ("Undetermined", "Undetermined"): _says(
        "The recipient's mail server sent the mail back, and SES could not tell why.", _SERVER,
        "Read the server's answer above. The mail that came back may say more: it goes to the feedback address.",
    ),
    ("Permanent", "General"): _says(
        "The recipient's mail server refuses the mail for good (a hard bounce): mostly there is no such address.", _YOU,
        f"Look for a slip in the address. {_TAKE_OFF}",
    ),
    ("Permanent", "NoEmail"): _says(
        "There is no such address.", _YOU, f"Look for a slip in the address. {_TAKE_OFF}",
    ),
    ("Permanent", "Suppressed"): _says(
        "SES has not tried: the address is on SES's global suppression list, since mail to it has bounced lately, whoever "
        "sent it. It counts as a bounce.", _YOU,
        "Ask the person for another address. An account with a suppression list of its own, which all newer accounts "
        "have, does not heed the global one.", _SUPPRESSION,
    ),
    ("Permanent", "OnAccountSuppressionList"): _says(
        "SES has not tried: the address is on your account's suppression list, after an earlier bounce or complaint, or "
        "because somebody put it there. It does not count as a bounce.", _YOU,
        "If the address is right and the person wants mail, take it off the list (DeleteSuppressedDestination), then send "
        "again.", _SUPPRESSION,
    ),
    ("Permanent", "OnTenantSuppressionList"): _says(
        "SES has not tried: the address is on the suppression list of the tenant that the mail was sent for. It does not "
        "count as a bounce.", _YOU, "If the address is right and the person wants mail, take it off that list.",
        _SUPPRESSION,
    ),
    ("Permanent", "EmailValidationSuppressed"): _says(
        "SES has not tried: its check of addresses, which is switched on for this account, holds this one for no good one.",
        _YOU, "Look for a slip in the address; or take it out of the check, if you know it to be right.",
    ),
    ("Permanent", "UnsubscribedRecipient"): _says(
        "SES has not tried: the recipient has unsubscribed from this list of the account.", _RECIPIENT,
        "Heed it. Mail with a sign-in code should not be sent by a list that people can unsubscribe from.",
        _DOCS + "sending-email-subscription-management.html",
    ),
    ("Transient", "General"): _says(
        "The recipient's mail server does not take the mail now, and SES has stopped trying. An out-of-office reply can "
        "look like this as well, and counts for nothing.", _SERVER,
        "Read the server's answer above, and send again later.",
    ),
    ("Transient", "MailboxFull"): _says(
        "The recipient's mailbox is full, and SES has stopped trying.", _RECIPIENT,
        "Send again once there is room: reach the person another way.",
    ),
    ("Transient", "MessageTooLarge"): _says(
        "The mail is larger than the recipient's mail server takes.", _YOU, "Make the template smaller: images as links.",
    ),
    ("Transient", "CustomTimeoutExceeded"): _says(
        "The mail could not be delivered within the time that the configuration set allows (MaxDeliverySeconds).", _YOU,
        "Read the server's answer above for what held it up. For a code, which is good for ten minutes, a short time is "
        "right; otherwise lengthen it.", _DOCS + "managing-configuration-sets.html",
    ),
    ("Transient", "ContentRejected"): _says(
        "The recipient's mail server does not take what is in the mail: to its filter it looks like spam.", _YOU,
        "Change the text (links, capitals, hidden parts), and look whether SPF, DKIM and DMARC pass: sesutil lint, and the "
        "checklist.",
    ),
    ("Transient", "AttachmentRejected"): _says(
        "The recipient's mail server does not take an attachment of the mail.", _YOU,
        "Take it out. A mail of Logto has none: look at what else sends with this configuration set.",
    ),
}  # fmt: skip
"""By bounceType and bounceSubType."""

_UNKNOWN_BOUNCE = {
    "Permanent": _says("The mail was refused for good (a hard bounce).", _YOU, _TAKE_OFF),
    "Transient": _says(
        "The mail was not taken, and SES has stopped trying (a soft bounce).", _SERVER,
        "Read the server's answer above, and send again later.",
    ),
    "Undetermined": BOUNCE_TYPES["Undetermined", "Undetermined"],
}  # fmt: skip

COMPLAINT_SUBTYPES: dict[str, Explanation] = {
    "OnAccountSuppressionList": _says(
        "SES has not tried: the address is on your account's suppression list, after an earlier complaint. This one does "
        "not count.", _YOU,
        "Take the address off the list (DeleteSuppressedDestination) only if the person asks for mail.", _SUPPRESSION,
    ),
    "OnTenantSuppressionList": _says(
        "SES has not tried: the address is on the suppression list of the tenant that the mail was sent for, after an "
        "earlier complaint. This one does not count.", _YOU,
        "Take the address off that list only if the person asks for mail.", _SUPPRESSION,
    ),
}  # fmt: skip

_COMPLAINED = (
    "Do not send to it again unasked: from 0.1 % complaints on AWS looks into the account. Somebody may be asking for codes "
    "with other people's addresses: look at who registers."
)

COMPLAINT_TYPES: dict[str, Explanation] = {
    "abuse": _says("The recipient has marked the mail as spam.", _RECIPIENT, _COMPLAINED),
    "auth-failure": _says(
        "The recipient's provider reports that the mail did not pass authentication (SPF, DKIM or DMARC).", _YOU,
        "Look at the domain's records: the checklist asks for them.", _DOCS + "send-email-authentication-dmarc.html",
    ),
    "fraud": _says(
        "The recipient, or their provider, takes the mail for fraud.", _YOU,
        "Say in the mail who sends it and why, link to your own domain only, and look whether somebody else sends in your "
        "name.",
    ),
    "not-spam": _says(
        "The recipient has said that the mail is no spam, after a filter had taken it for spam.", _NOBODY, "Nothing.",
    ),
    "other": _says(
        "The recipient's provider reports something about the mail, and not what.", _RECIPIENT, _COMPLAINED,
    ),
    "virus": _says(
        "The recipient's provider has found a virus in the mail.", _YOU,
        "Do not send it again. Look at the template and where its links lead, and who can change either.",
    ),
}  # fmt: skip
"""By complaintFeedbackType: https://www.iana.org/assignments/marf-parameters/marf-parameters.xhtml"""

_COMPLAINT = _says(
    "The recipient has complained of the mail; their provider does not say why.", _RECIPIENT, _COMPLAINED
)

_GOES_ON = "SES goes on trying. Wait for Delivery or Bounce; a code may be too old by then, so let the person ask for a new one."

DELAY_TYPES: dict[str, Explanation] = {
    "InternalFailure": _says("SES itself has held the mail up.", _AWS, _GOES_ON),
    "General": _says("The conversation with the recipient's mail server failed.", _SERVER, _GOES_ON),
    "MailboxFull": _says("The recipient's mailbox is full.", _RECIPIENT, _GOES_ON),
    "SpamDetected": _says(
        "The recipient's mail server has seen much unsolicited mail from your account.", _YOU,
        f"Send less at once, and only what was asked for. {_GOES_ON}",
    ),
    "RecipientServerError": _says("The recipient's mail server has trouble of its own.", _SERVER, _GOES_ON),
    "IPFailure": _says(
        "The recipient's provider blocks or slows down the IP address that SES sends from.", _AWS,
        f"{_GOES_ON} With IP addresses of your own, warm them up and look at block lists.", _DOCS + "faqs-dnsbls.html",
    ),
    "TransientCommunicationFailure": _says(
        "The connection to the recipient's mail server broke.", _NOBODY, _GOES_ON,
    ),
    "BYOIPHostNameLookupUnavailable": _says(
        "SES could not look up the host name of the IP addresses that you have brought along.", _YOU,
        f"Look at their reverse DNS. {_GOES_ON}",
    ),
    "Undetermined": _says("The mail is late, and SES could not tell why.", _NOBODY, _GOES_ON),
    "SendingDeferral": _says("SES has decided to hold the mail back for now.", _AWS, _GOES_ON),
}  # fmt: skip
"""By delayType."""


def explain_event(event: DeliveryEvent) -> Explanation:
    """What the event means. What AWS has added since is told by what is known of it, in AWS's own words."""
    known = _known(event)
    if known is not None:
        return known
    said = f"SES says {' '.join(part for part in (event.kind, event.type, event.subtype) if part)}"
    if event.diagnostic:
        said += f": {event.diagnostic}"
    wider = _wider(event)
    if wider is None:
        return Explanation(
            f"{said}.", "not known: sesutil has not met this before", "Look it up on AWS's page.", _PAGE
        )
    return Explanation(f"{wider.cause} ({said}.)", wider.who, wider.fix, wider.documentation)


def _known(event: DeliveryEvent) -> Explanation | None:
    if event.kind == "Bounce":
        return BOUNCE_TYPES.get((event.type or "", event.subtype or ""))
    if event.kind == "Complaint":
        if event.subtype:
            return COMPLAINT_SUBTYPES.get(event.subtype)
        return COMPLAINT_TYPES.get(event.type) if event.type else _COMPLAINT
    if event.kind == "DeliveryDelay":
        return DELAY_TYPES.get(event.type or "Undetermined")
    if event.kind == "Reject" and event.diagnostic not in (None, "Bad content"):
        return None
    return KINDS.get(event.kind)


def _wider(event: DeliveryEvent) -> Explanation | None:
    """The explanation of what is known of an event of an unknown type."""
    if event.kind == "Bounce":
        return _UNKNOWN_BOUNCE.get(event.type or "Undetermined")
    if event.kind == "Complaint":
        return COMPLAINT_TYPES.get(event.type or "", _COMPLAINT)
    if event.kind == "DeliveryDelay":
        return DELAY_TYPES["Undetermined"]
    if event.kind == "Reject":
        return Explanation(
            "SES has accepted the mail and then not sent it.", _YOU, "Look it up on AWS's page.", _PAGE
        )
    return None
