"""Names of identities: what a person typed made one, and which ones may cover an address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from sesutil.addresses import AddressProblem, Mailbox, parse_mailbox
from sesutil.errors import InvalidParameters

__all__ = ["IdentityName", "Kind", "domain_of_name", "identity_name", "identity_names", "parents_of"]

Kind = Literal["DOMAIN", "EMAIL_ADDRESS"]


@dataclass(frozen=True)
class IdentityName:
    """A name that SES takes. `note` says what was changed in what was typed; empty for nothing."""

    name: str
    kind: Kind
    note: str = ""


def identity_names(mailbox: Mailbox) -> list[str]:
    """The names of all identities that could cover the mailbox, the most specific first.

    The address, the address without its +label, its domain, the domains above that; never a bare
    top-level domain. https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    domains = [one for one in (mailbox.domain, *parents_of(mailbox.domain)) if "." in one]
    return list(dict.fromkeys([mailbox.address, mailbox.without_label, *domains]))


def parents_of(domain: str) -> list[str]:
    """The domains above this one, the nearest first, without the top-level domain."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels) - 1)]


def domain_of_name(name: str) -> str:
    """The domain of an identity's name, in lower case: the name itself, or what follows the @."""
    return name.rpartition("@")[2].lower()


def identity_name(text: str) -> IdentityName:
    """The identity that a person means, from what they typed.

    Made right, and said in `note`: blanks around it, a domain's capitals, a dot at its end, `mailto:`,
    `@example.com`, a website's address, a display name, a domain in another script (SES takes its
    `xn--` form). Refused, because a choice is needed or because it can be no identity: `www.`, several
    names, wildcards, IP addresses, a name without a dot, an address that SES does not take. Raises
    InvalidParameters with the sentence.
    """
    notes: list[str] = []
    typed = text.strip()
    if not typed:
        raise _wrong("Give the domain (example.com) or the address (no-reply@example.com) to send from.")
    if re.search(r"[,;]|[^\s<>\"]\s+[^\s<>\"]+\s*$", typed) and "<" not in typed:
        raise _wrong(f"{typed!r} is more than one name: give one domain or one address.")
    if typed.lower().startswith("mailto:"):
        typed = typed[len("mailto:") :].partition("?")[0]
        notes.append("Of the link only the address is used.")
    if "://" in typed or ("/" in typed and "@" not in typed):
        typed = _host_of(typed)
        notes.append("Of the website's address only the domain is used.")
    if typed.startswith("@"):
        typed = typed[1:]
        notes.append("A domain is written without the @.")
    if "@" in typed:
        return _address(typed, notes)
    return IdentityName(_domain(typed, notes), "DOMAIN", " ".join(notes))


def _address(typed: str, notes: list[str]) -> IdentityName:
    match = re.fullmatch(r"(?P<display>[^<>]*)<(?P<bare>[^<>]+)>", typed)
    if match:
        typed = match["bare"].strip()
        if match["display"].strip():
            notes.append("The display name is left out: an identity is the address alone.")
    local, _, domain = typed.rpartition("@")
    if not local.isascii():
        raise _wrong(f"{local!r}: SES takes only ASCII characters before the @.")
    domain = _domain(domain, notes)
    try:
        parse_mailbox(f"{local}@{domain}")
    except AddressProblem as problem:
        raise _wrong(f"{typed!r} is no address that SES takes: {problem}.") from None
    return IdentityName(f"{local}@{domain}", "EMAIL_ADDRESS", " ".join(notes))


_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def _domain(typed: str, notes: list[str]) -> str:
    domain = typed
    if domain.endswith(".") and not domain.endswith(".."):
        domain = domain[:-1]
        notes.append("The dot at the end is left out.")
    if not domain.isascii():
        domain = _in_ascii(domain)
        notes.append(f"SES takes this domain in its form for the DNS: {domain}.")
    elif domain != domain.lower():
        domain = domain.lower()
        notes.append("Capitals in a domain mean nothing: it is written in small letters.")
    labels = domain.split(".")
    if domain.startswith("www."):
        raise _wrong(
            f"{domain} is the name of a website. Mail usually comes from the domain itself: give "
            f"{domain[4:]}, which covers its subdomains, too."
        )
    if domain.startswith("*."):
        raise _wrong(f"SES takes no wildcard: {domain[2:]} covers all its subdomains by itself.")
    if re.fullmatch(r"[0-9.]+|\[.*\]|[0-9a-f:]*:[0-9a-f:.]*", domain):
        raise _wrong(f"{typed!r} is an IP address. Give a domain, such as example.com.")
    if "." not in domain:
        raise _wrong(f"{typed!r} has no dot in it. Give the whole domain, such as example.com.")
    if "_" in domain:
        raise _wrong(f"{typed!r} is the name of a DNS record. Give the domain that the mail comes from.")
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        raise _wrong(
            f"{typed!r} is no domain: between dots stand 1 to 63 letters, digits and hyphens, no hyphen "
            "first or last."
        )
    return domain


# IDNA 2003, which Python carries, makes another domain of these than registries do today.
_AMBIGUOUS = re.compile("[\N{LATIN SMALL LETTER SHARP S}\N{LATIN CAPITAL LETTER SHARP S}"
                        "\N{GREEK SMALL LETTER FINAL SIGMA}\u200c\u200d]")  # fmt: skip


def _in_ascii(domain: str) -> str:
    if _AMBIGUOUS.search(domain):
        raise _wrong(
            f"{domain!r} has characters that were registered in two ways. Give the form that begins with "
            "xn--, as your registrar shows it."
        )
    try:
        return unicodedata.normalize("NFKC", domain).encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _wrong(f"{domain!r} is no domain: a character in it has no form for the DNS.") from None


def _host_of(address: str) -> str:
    """The host of a website's address: without scheme, user, port, path."""
    host = re.split(r"[/?#]", address.partition("://")[2] or address, maxsplit=1)[0]
    return re.sub(r":\d*$", "", host.rpartition("@")[2])


def _wrong(sentence: str) -> InvalidParameters:
    return InvalidParameters([sentence])
