"""How an identity becomes verified: an address by a link in a mail, a domain by its DKIM records."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sesutil.practice.model import Identity
from sesutil.practice.regions import signing_hosted_zone
from sesutil.regions import long_name

__all__ = [
    "LINK_LIFETIME",
    "Lookup",
    "dkim_records",
    "look_for_records",
    "new_dkim_tokens",
    "verification_mail",
]

Lookup = Callable[[str, str], list[str]]
"""(name, type) → the values in the practice zone, names without the last dot, in lower case."""

LINK_LIFETIME = 24 * 3600.0
"""https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html: the link expires after 24 hours."""

_TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # as in recorded tokens: 32 of base32


def new_dkim_tokens() -> list[str]:
    return ["".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(32)) for _ in range(3)]


def dkim_records(identity: Identity, region: str) -> list[tuple[str, str]]:
    """The three CNAME records that a domain must have: (name, value)."""
    zone = signing_hosted_zone(region)
    return [
        (f"{token}._domainkey.{identity.name.lower()}", f"{token}.{zone}") for token in identity.dkim_tokens
    ]


def look_for_records(identity: Identity, region: str, lookup: Lookup, now: float) -> None:
    """Marks a pending domain as verified when all its records are there.

    Real SES looks after about five minutes and then again and again; here every question looks.
    """
    if identity.kind != "DOMAIN" or identity.verified:
        return
    identity.looked_up = now
    identity.verified = all(
        lookup(name, "CNAME") == [value] for name, value in dkim_records(identity, region)
    )


def verification_mail(address: str, region: str, link: str) -> tuple[str, str, str]:
    """Sender, subject and text of the mail that AWS sends to a new address identity.

    The sender and the subject, en dash included, are AWS's; the text is ours and says what it is.
    """
    name = long_name(region)
    subject = f"Amazon Web Services \N{EN DASH} Email Address Verification Request in region {name}"
    text = (
        "Dear user of the practice account,\n\n"
        f"someone asked to send mail from {address} in {name}. If it was you, open this link and "
        f"confirm within 24 hours:\n\n{link}\n\n"
        "If it was not you, do nothing: the address stays unverified.\n\n"
        "(Real AWS sends such a mail with words of its own. This one came from sesutil's practice "
        "account and has not left this machine.)\n"
    )
    return "no-reply-aws@amazon.com", subject, text
