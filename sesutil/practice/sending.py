"""SendEmail: what is checked, in which order, and what becomes a message.

The order (addresses, count and size, configuration set, verified identities, quota and rate) is
inferred from single recordings; nobody published one for a message with several faults.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as email_policy
from typing import Any
from uuid import uuid4

from sesutil.addresses import AddressProblem, Mailbox, identity_covers, is_simulator, parse_mailbox
from sesutil.plaintext import find_code
from sesutil.practice.limits import RecipientBucket, RollingQuota
from sesutil.practice.model import Message, RegionState
from sesutil.practice.refusals import Refused, bad_request, no_configuration_set, not_simulated, not_verified
from sesutil.practice.regions import message_id_prefix
from sesutil.practice.sandbox import quota_and_rate
from sesutil.regions import partition

__all__ = ["accept", "new_message_id"]

MOST_RECIPIENTS = 50
MOST_BYTES = 40 * 1024 * 1024  # SESv2; https://docs.aws.amazon.com/ses/latest/dg/quotas.html
_NOT_SIMULATED = ("ConfigurationOverrides", "EndpointId", "ListManagementOptions", "TenantName")


def accept(
    state: RegionState,
    parameters: dict[str, Any],
    *,
    account_id: str,
    caller_arn: str,
    verified: Callable[[Mailbox], bool],
    quota: RollingQuota,
    bucket: RecipientBucket,
    now: float,
) -> Message:
    """The message that SES accepts, counted; or Refused."""
    for name in _NOT_SIMULATED:
        if name in parameters:
            raise not_simulated(f"SendEmail with {name}")
    if "Attachments" in parameters["Content"].get("Simple", {}):
        raise not_simulated("SendEmail with Attachments")
    message = _read_content(state.region, parameters, now)
    senders = _senders(message)
    recipients = [_parse(text) for text in message.recipients]
    if not recipients:
        raise bad_request("Missing required header 'To'.")  # text inferred
    if len(recipients) > MOST_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    _check_size(message)
    _check_tags(message.tags)
    _check_arns(state, parameters, senders, account_id, caller_arn)
    _check_configuration_set(state, message.configuration_set)

    failed = [sender.text for sender in senders if not verified(sender)]
    if not state.production:
        failed += [to.text for to in recipients if not is_simulator(to) and not verified(to)]
    if failed:
        raise not_verified(failed, state.region)

    limit, _ = quota_and_rate(state)
    message.counted = sum(not is_simulator(to) for to in recipients)
    if quota.used(now) + message.counted > limit:
        raise Refused(429, "TooManyRequestsException", "Daily message quota exceeded.")
    if not bucket.has_token(now):
        raise Refused(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    bucket.take(len(recipients))
    quota.add(now, message.counted)
    message.code = find_code(message.html, message.text)
    return message


def new_message_id(region: str, now: float) -> str:
    """As in recorded ids: the Region's prefix, the time in milliseconds, and a UUID's shape."""
    return f"{message_id_prefix(region)}{int(now * 1000):012x}-{uuid4()}-000000"


def _read_content(region: str, parameters: dict[str, Any], now: float) -> Message:
    content = parameters["Content"]
    kinds = [kind for kind in ("Simple", "Raw", "Template") if kind in content]
    if len(kinds) != 1:
        raise bad_request("Content must have exactly one of Simple, Raw and Template.")  # inferred
    destination = parameters.get("Destination") or {}
    message = Message(
        id=new_message_id(region, now),
        region=region,
        time=now,
        kind="sent",
        source=parameters.get("FromEmailAddress") or "",
        to=destination.get("ToAddresses") or [],
        cc=destination.get("CcAddresses") or [],
        bcc=destination.get("BccAddresses") or [],
        reply_to=parameters.get("ReplyToAddresses") or [],
        configuration_set=parameters.get("ConfigurationSetName") or None,
        feedback_address=parameters.get("FeedbackForwardingEmailAddress") or None,
        tags=parameters.get("EmailTags") or [],
    )
    if kinds == ["Template"]:
        if not message.source:
            raise bad_request("Source cannot be empty")
        raise not_simulated("SendEmail with a stored template")
    if kinds == ["Raw"]:
        _read_raw(content["Raw"], message)
    else:
        _read_simple(content["Simple"], message)
    return message


def _read_simple(simple: dict[str, Any], message: Message) -> None:
    if not message.source:
        raise bad_request(None)  # recorded: a body with "message": null
    body = simple["Body"]
    if not body.get("Html") and not body.get("Text"):
        raise bad_request("Message must contain either text or HTML content.")  # text inferred
    message.subject = simple["Subject"]["Data"]
    message.html = body["Html"]["Data"] if "Html" in body else None
    message.text = body["Text"]["Data"] if "Text" in body else None
    message.headers = simple.get("Headers") or []


def _read_raw(raw: dict[str, Any], message: Message) -> None:
    try:
        source = base64.b64decode(raw["Data"], validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "SerializationException", None) from None
    try:
        _read_mime(source, message)
    except Refused:
        raise
    except Exception:  # the email package raises many kinds for headers and charsets that are none
        raise bad_request("Illegal address") from None  # text inferred
    message.raw = source.decode("utf-8", "replace")


def _read_mime(source: bytes, message: Message) -> None:
    parsed = message_from_bytes(source, policy=email_policy)
    assert isinstance(parsed, EmailMessage)
    if not message.source:
        message.source = _header(parsed, "From")
    if not message.source:
        raise bad_request("Missing required header 'From'.")
    if not message.recipients:
        for name, addresses in (("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)):
            if name in parsed:
                addresses += [_whole(str(address)) for address in parsed[name].addresses]
    message.subject = _header(parsed, "Subject")
    message.html = _text_of(parsed.get_body(["html"]))
    message.text = _text_of(parsed.get_body(["plain"]))


def _text_of(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    try:
        return _whole(str(part.get_content()))
    except (LookupError, ValueError):  # a charset that is none
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else None


def _whole(text: str) -> str:
    """The email package keeps bytes that it cannot read as half surrogates; nothing can store those."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _header(parsed: EmailMessage, name: str) -> str:
    return _whole(str(parsed.get(name, ""))).strip()


def _senders(message: Message) -> list[Mailbox]:
    senders = [_parse(message.source)]
    if message.feedback_address:
        senders.append(_parse(message.feedback_address))
    for reply_to in message.reply_to:
        _parse(reply_to)
    return senders


def _parse(text: str) -> Mailbox:
    try:
        return parse_mailbox(text)
    except AddressProblem as problem:
        raise bad_request(str(problem)) from None


def _check_size(message: Message) -> None:
    """SES measures the MIME message; its parts are close enough for a limit of 40 MB."""
    parts = (message.raw,) if message.raw else (message.subject, message.html, message.text)
    size = sum(len(part.encode("utf-8", "replace")) for part in parts if part)
    if size > MOST_BYTES:
        raise bad_request(f"Message length is more than {MOST_BYTES} bytes long: '{size}'.")


_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}", re.ASCII)


def _check_tags(tags: list[dict[str, str]]) -> None:
    """Letters, digits and a few signs; the texts are inferred from v1's."""
    for tag in tags:
        for kind, text in (("name", tag["Name"]), ("value", tag["Value"])):
            if not text:
                raise bad_request(f"The tag {kind} must be specified.")
            if not _TAG.fullmatch(text):
                allowed = "only alphanumeric ASCII characters, '_', and '-' are allowed."
                raise bad_request(f"Invalid tag {kind} <{text}>: {allowed}")


_IDENTITY_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):ses:(?P<region>[\w-]+):(?P<account>\d{12}):identity/(?P<name>.+)"
)


def _check_arns(
    state: RegionState,
    parameters: dict[str, Any],
    senders: list[Mailbox],
    account_id: str,
    caller_arn: str,
) -> None:
    named = (
        ("FromEmailAddressIdentityArn", senders[0]),
        ("FeedbackForwardingEmailAddressIdentityArn", senders[-1] if len(senders) > 1 else None),
    )
    for key, sender in named:
        arn = parameters.get(key)
        if arn is None:
            continue
        match = _IDENTITY_ARN.fullmatch(arn)
        if not match or match["region"] != state.region or match["partition"] != partition(state.region):
            raise bad_request(f"Invalid ARN <{arn}>.")
        if match["account"] != account_id:
            raise Refused(
                403,
                "AccessDeniedException",
                f"User `{caller_arn}' is not authorized to perform `ses:SendEmail' on resource `{arn}'",
            )
        if sender is not None and not identity_covers(match["name"], sender):
            raise bad_request(f"The address '{sender.text}' does not align with the given ARN '{arn}'")


def _check_configuration_set(state: RegionState, name: str | None) -> None:
    if name and name not in state.configuration_sets:
        raise no_configuration_set(name)
