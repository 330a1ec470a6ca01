"""Mail addresses as SES reads them.

SES answers with the texts of JavaMail's `InternetAddress`, and so does this module: what it calls
a problem, SES refuses in these words. Recorded from SES: "Missing final '@domain'", "Missing
domain", "Domain contains illegal character", both "control or whitespace" texts, "Local address
contains illegal character", "Illegal address". The other texts are JavaMail's, unrecorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "AddressProblem",
    "Mailbox",
    "bare_address",
    "identity_covers",
    "is_domain",
    "is_simulator",
    "parse_mailbox",
    "recipient_problem",
]

SIMULATOR_DOMAIN = "simulator.amazonses.com"
_SIMULATOR_NAMES = frozenset({"success", "bounce", "complaint", "ooto", "suppressionlist"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOCAL_CHARACTERS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*", re.ASCII)
_DOMAIN_CHARACTERS = re.compile(r"[A-Za-z0-9.-]*", re.ASCII)


class AddressProblem(ValueError):
    """SES would not take this address; the text is the one that SES answers with."""


@dataclass(frozen=True)
class Mailbox:
    """An address taken apart. `domain` is in lower case, `local` as written: SES minds its case."""

    text: str
    display_name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def without_label(self) -> str:
        """The address without `+label`: SES takes a label of a verified address as verified."""
        return f"{self.local.partition('+')[0]}@{self.domain}"


def parse_mailbox(text: str) -> Mailbox:
    """`a@b.c`, `<a@b.c>` or `Name <a@b.c>` taken apart. Raises AddressProblem."""
    display_name, address = _split(text.strip(" "))
    if _CONTROL.search(display_name):
        raise AddressProblem("Illegal address")  # a line break there would end the header
    local, at, domain = address.partition("@")
    if not at:
        raise AddressProblem("Missing final '@domain'")
    if not local:
        raise AddressProblem("Missing local name")
    if not domain:
        raise AddressProblem("Missing domain")
    _check_part("Local address", local, _LOCAL_CHARACTERS)
    _check_part("Domain", domain, _DOMAIN_CHARACTERS)
    return Mailbox(text, display_name, local, domain.lower())


def bare_address(text: str) -> str:
    """The address in `Name <a@b.c>`, the domain in lower case; what is no address as it is."""
    try:
        return parse_mailbox(text).address
    except AddressProblem:
        return text


def recipient_problem(text: str) -> str | None:
    """What is wrong with a recipient that a person typed, as a sentence, or None.

    Stricter than SES in one thing: a display name is not expected here.
    """
    if not text.strip():
        return "Give the address that the mail goes to."
    try:
        mailbox = parse_mailbox(text)
    except AddressProblem as problem:
        return f"This is no mail address that SES takes: {problem}."
    if "." not in mailbox.domain:
        return f"The domain {mailbox.domain!r} has no dot in it. Give the whole address."
    return None


def identity_covers(identity: str, mailbox: Mailbox) -> bool:
    """Whether the identity of this name (a domain or an address) covers the mailbox.

    A domain covers its addresses and its subdomains'; an address covers itself and its +labels,
    the part before the @ with its case. A domain's case does not matter.
    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    local, at, domain = identity.rpartition("@")
    domain = domain.lower()
    if at:
        return f"{local}@{domain}" in (mailbox.address, mailbox.without_label)
    return mailbox.domain == domain or mailbox.domain.endswith("." + domain)


def is_domain(text: str) -> bool:
    """Whether the text is a domain that can be an identity."""
    try:
        mailbox = parse_mailbox(f"x@{text}")
    except AddressProblem:
        return False
    return mailbox.domain == text.lower() and "." in text


def is_simulator(mailbox: Mailbox) -> bool:
    """Whether this is one of the addresses of SES's mailbox simulator, with or without a label."""
    return mailbox.domain == SIMULATOR_DOMAIN and mailbox.local.partition("+")[0].lower() in _SIMULATOR_NAMES


def _split(text: str) -> tuple[str, str]:
    """Display name and bare address. A comma outside quotes starts a second address, as in a header."""
    if not text:
        raise AddressProblem("Illegal address")
    outside = _outside_quotes(text)
    if "<" not in outside:
        if "," in outside:
            raise AddressProblem(
                "Illegal address" if "@" in outside.split(",")[0] else "Missing final '@domain'"
            )
        return "", text
    start = outside.index("<")
    if "," in outside[:start]:
        raise AddressProblem("Missing final '@domain'")
    if not text.endswith(">") or outside.count("<") != 1 or outside.count(">") != 1:
        raise AddressProblem("Illegal address")
    return text[:start].strip(" ").strip('"'), text[start + 1 : -1]


def _outside_quotes(text: str) -> str:
    """The text with what stands in quotes blanked out, so that positions stay."""
    quoted = re.sub(r'"(?:[^"\\]|\\.)*"', lambda match: "_" * len(match[0]), text, flags=re.DOTALL)
    if '"' in quoted:
        raise AddressProblem("Unterminated quote")
    return quoted


def _check_part(name: str, part: str, allowed: re.Pattern[str]) -> None:
    if any(character.isspace() or ord(character) < 32 or ord(character) == 127 for character in part):
        raise AddressProblem(f"{name} contains control or whitespace")
    if not allowed.fullmatch(part):
        raise AddressProblem(f"{name} contains illegal character")
    if part.startswith("."):
        raise AddressProblem(f"{name} starts with dot")
    if part.endswith("."):
        raise AddressProblem(f"{name} ends with dot")
    if ".." in part:
        raise AddressProblem(f"{name} contains dot-dot")
