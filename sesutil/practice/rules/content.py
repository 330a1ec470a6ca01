"""What a send asks for, read into a message: simple content, or raw MIME."""

from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as email_policy
from typing import Any

from sesutil.addresses import bare_address
from sesutil.practice.rules.model import Message
from sesutil.practice.rules.refusals import Refused, bad_request

__all__ = ["holds_eicar", "read_raw", "read_simple", "size_of", "too_long"]

# The test file that every virus scanner knows, by its digest: with the text itself in this file,
# scanners would take sesutil for infected. https://www.eicar.org/download-anti-malware-testfile/
_EICAR = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
_EICAR_LENGTH = 68

_MOST_HEADERS = 64 * 1024


def read_simple(simple: dict[str, Any], message: Message) -> None:
    """Subject, parts and headers of SESv2's `Simple` (v1's Message has the same shape)."""
    if not message.source:
        raise bad_request(None)  # recorded: a body with "message": null
    body = simple["Body"]
    if not body.get("Html") and not body.get("Text"):
        raise bad_request("Message must contain either text or HTML content.")  # text inferred
    message.subject = simple["Subject"]["Data"]
    message.html = body["Html"]["Data"] if "Html" in body else None
    message.text = body["Text"]["Data"] if "Text" in body else None
    message.headers = simple.get("Headers") or []


def read_raw(source: bytes, message: Message, most_bytes: int) -> list[str]:
    """Sender and recipients too, where the call does not name them.

    Returns the senders in its headers: each of them must be verified, whatever the call says.
    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html: From, Source, Sender, Return-Path.
    """
    if len(source) > most_bytes:
        raise too_long(most_bytes, len(source))
    end = min(place for place in (source.find(b"\n\n"), source.find(b"\r\n\r\n"), len(source)) if place >= 0)
    if end > _MOST_HEADERS:
        raise bad_request("Message headers are too long.")  # a limit of ours: reading them takes its square
    try:
        senders = _read_mime(source, message)
    except Refused:
        raise
    except Exception:  # the email package raises many kinds for headers and charsets that are none
        raise bad_request("Illegal address") from None  # text inferred
    message.raw = source.decode("utf-8", "replace")
    return senders


def _read_mime(source: bytes, message: Message) -> list[str]:
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
    _read_ses_headers(parsed, message)
    named = [
        _whole(str(address))
        for name in ("From", "Sender")
        for address in getattr(parsed[name], "addresses", ())
    ]
    back = _header(parsed, "Return-Path").strip("<> ")
    named += [back] if back else []
    return [text for text in named if bare_address(text) != bare_address(message.source)]


def _read_ses_headers(parsed: EmailMessage, message: Message) -> None:
    """The two headers by which raw mail names what the call does not.

    https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets-in-email.html
    """
    if message.configuration_set is None:
        message.configuration_set = _header(parsed, "X-SES-CONFIGURATION-SET") or None
    if not message.tags:
        pairs = _header(parsed, "X-SES-MESSAGE-TAGS").split(",")
        message.tags = [
            {"Name": name.strip(), "Value": value.strip()}
            for name, equals, value in (pair.partition("=") for pair in pairs)
            if equals
        ]


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


def too_long(most_bytes: int, size: int) -> Refused:
    return bad_request(f"Message length is more than {most_bytes} bytes long: '{size}'.")


def size_of(message: Message, raw: bytes | None) -> int:
    """Bytes. SES measures the MIME message; its parts are close enough for a limit of 10 or 40 MB."""
    if raw is not None:
        return len(raw)
    parts = (message.subject, message.html, message.text)
    return sum(len(part.encode("utf-8", "replace")) for part in parts if part)


def holds_eicar(raw: bytes) -> bool:
    """Whether an attachment is the test virus: SES accepts such mail and then rejects it.

    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    """
    try:
        parts = list(message_from_bytes(raw, policy=email_policy).walk())
        payloads = [part.get_payload(decode=True) for part in parts if not part.is_multipart()]
    except Exception:  # as above: mail that cannot be read holds nothing that can be found
        return False
    return any(
        isinstance(payload, bytes)
        and len(payload.strip()) == _EICAR_LENGTH
        and hashlib.sha256(payload.strip()).hexdigest() == _EICAR
        for payload in payloads
    )
