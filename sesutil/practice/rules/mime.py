"""A mail as its recipient's server would see it: headers and source."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sesutil.practice.rules.model import Message

__all__ = ["headers_of", "source_of"]


def headers_of(message: Message) -> list[tuple[str, str]]:
    """The headers as events show them: of raw mail its own, else those that SES makes of the call."""
    if message.raw is not None:
        return _raw_headers(message.raw)
    listed = [
        ("From", message.source),
        ("Reply-To", ", ".join(message.reply_to)),
        ("To", ", ".join(message.to)),
        ("Cc", ", ".join(message.cc)),
        ("Subject", message.subject),
        ("MIME-Version", "1.0"),
        ("Content-Type", _content_type(message)),
    ]
    own = [(header["Name"], header["Value"]) for header in message.headers]
    return [(name, value) for name, value in [*listed, *own] if value]


def _content_type(message: Message) -> str:
    if message.html is not None and message.text is not None:
        return "multipart/alternative"
    return "text/html; charset=UTF-8" if message.html is not None else "text/plain; charset=UTF-8"


def _raw_headers(raw: str) -> list[tuple[str, str]]:
    found: list[tuple[str, list[str]]] = []
    for line in raw.replace("\r\n", "\n").split("\n"):
        if not line:
            break
        if line[0] in " \t" and found:
            found[-1][1].append(line.strip())
        elif ":" in line:
            name, _, value = line.partition(":")
            found.append((name, [value.strip()]))
    return [(name, " ".join(parts)) for name, parts in found]


def source_of(message: Message) -> str:
    """The whole source: the envelope's sender, what SES puts before the mail, and the mail itself.

    Signatures are left out: there is no key that anybody could check them with.
    """
    added = [
        ("Return-Path", f"<{message.id}@{message.envelope_domain}>" if message.envelope_domain else ""),
        ("Message-ID", f"<{message.id}@{_id_domain(message)}>"),
        ("Date", format_datetime(datetime.fromtimestamp(message.time, UTC))),
        ("X-SES-Outgoing", f"{datetime.fromtimestamp(message.time, UTC):%Y.%m.%d}-127.0.0.1"),
    ]
    before = "".join(f"{name}: {value}\r\n" for name, value in added if value)
    if message.raw is not None:
        return before + message.raw
    return before + _built(message)


def _id_domain(message: Message) -> str:
    return "email.amazonses.com" if message.region == "us-east-1" else f"{message.region}.amazonses.com"


def _built(message: Message) -> str:
    built = EmailMessage(policy=SMTP)
    for name, value in headers_of(message):
        if name not in ("MIME-Version", "Content-Type"):
            try:
                built[name] = " ".join(value.splitlines())
            except Exception:  # the email package raises many kinds for values that are no header
                built[f"X-Unreadable-{name}"] = ascii(value)
    if message.text is not None:
        built.set_content(message.text)
        if message.html is not None:
            built.add_alternative(message.html, subtype="html")
    elif message.html is not None:
        built.set_content(message.html, subtype="html")
    try:
        return built.as_bytes().decode("utf-8", "replace")
    except Exception:  # as above: a header that takes its name but not its value
        bare = EmailMessage(policy=SMTP)
        bare["Subject"] = ascii(message.subject)
        bare.set_content(message.text or message.html or "")
        return bare.as_bytes().decode("utf-8", "replace")
