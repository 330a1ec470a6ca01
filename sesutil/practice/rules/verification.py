"""How an identity becomes verified, and how it can lose it again.

An address is verified by a link in a mail; a domain by its DKIM records. A MAIL FROM domain has a
status of its own. Real SES looks after some minutes and then again and again; here every question
looks, and every change of a zone, and every step of the clock.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sesutil.practice.rules.model import Identity, MailFrom
from sesutil.practice.rules.regions import signing_hosted_zone
from sesutil.practice.rules.zones import Zones
from sesutil.regions import long_name

__all__ = [
    "GIVE_UP",
    "LINK_LIFETIME",
    "KeyProblem",
    "Record",
    "dkim_records",
    "fault_of",
    "look_for_mail_from",
    "look_for_records",
    "mail_from_records",
    "new_dkim_tokens",
    "new_names",
    "public_key_of",
    "records_of",
    "start_dkim",
    "verification_info",
    "verification_mail",
]

LINK_LIFETIME = 24 * 3600.0
"""https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html: the link expires after 24 hours."""

GIVE_UP = 72 * 3600.0
"""How long SES looks for records that were never there (documented), and for records that are gone
before it revokes what they proved (a guess: AWS names no time)."""

_TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # as in recorded tokens: 32 of base32


@dataclass(frozen=True)
class Record:
    """A DNS record that is expected."""

    name: str
    type: str
    value: str


class KeyProblem(ValueError):
    """A private key for DKIM that cannot be used."""


def new_dkim_tokens() -> list[str]:
    return ["".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(32)) for _ in range(3)]


def public_key_of(private_key: str) -> str:
    """What the TXT record must publish for a private key of one's own, base64. Raises KeyProblem.

    https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html:
    RSA of 1024 to 2048 bits, its PEM without the first and the last line, or base64 of that.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        body = "".join(line for line in private_key.splitlines() if not line.startswith("-----"))
        key = serialization.load_der_private_key(base64.b64decode(body, validate=True), None)
    except (ValueError, TypeError):
        raise KeyProblem("it is no RSA private key") from None
    if not isinstance(key, RSAPrivateKey) or not 1024 <= key.key_size <= 2048:
        raise KeyProblem("it is no RSA private key of 1024 to 2048 bits")
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(public).decode()


def start_dkim(
    identity: Identity,
    now: float,
    *,
    key_length: str | None = None,
    selector: str | None = None,
    public_key: str | None = None,
) -> None:
    """New keys, whose records SES looks for from now on: its own, or one that was brought along."""
    identity.dkim_status = "PENDING"
    identity.dkim_started, identity.dkim_lost = now, None
    identity.failed = False
    if selector is not None:
        identity.dkim_origin = "EXTERNAL"
        identity.dkim_tokens, identity.dkim_public_key = [selector], public_key
        return
    identity.dkim_origin = "AWS_SES"
    identity.dkim_public_key = None
    identity.dkim_tokens = new_dkim_tokens()
    identity.dkim_next_key_length = key_length or identity.dkim_next_key_length
    identity.dkim_key_length = identity.dkim_next_key_length


def dkim_records(identity: Identity, region: str) -> list[Record]:
    """The records that a domain must have: three CNAMEs, or one TXT for a key of one's own."""
    domain = identity.name.lower()
    if identity.dkim_origin == "EXTERNAL":
        name = f"{identity.dkim_tokens[0]}._domainkey.{domain}"
        return [Record(name.lower(), "TXT", f"p={identity.dkim_public_key}")]
    zone = signing_hosted_zone(region)
    return [
        Record(f"{token}._domainkey.{domain}", "CNAME", f"{token}.{zone}") for token in identity.dkim_tokens
    ]


def mail_from_records(mail_from: MailFrom, region: str) -> list[Record]:
    """What https://docs.aws.amazon.com/ses/latest/dg/mail-from.html asks for; SES looks for the MX only."""
    return [
        Record(mail_from.domain, "MX", f"10 feedback-smtp.{region}.amazonses.com"),
        Record(mail_from.domain, "TXT", '"v=spf1 include:amazonses.com ~all"'),
    ]


def records_of(identity: Identity, region: str) -> list[Record]:
    """All records that this identity should have. An address may have a MAIL FROM domain, too."""
    records = dkim_records(identity, region) if identity.kind == "DOMAIN" else []
    return records + (mail_from_records(identity.mail_from, region) if identity.mail_from else [])


def new_names(identity: Identity, region: str) -> frozenset[str]:
    """The names at which SES has not seen the right records yet. What it has once seen, it knows."""
    new = []
    waits = identity.dkim_status == "PENDING" or (identity.dkim_status is None and not identity.verified)
    if identity.kind == "DOMAIN" and waits:
        new += dkim_records(identity, region)
    if identity.mail_from is not None and identity.mail_from.status == "PENDING":
        new += mail_from_records(identity.mail_from, region)
    return frozenset(record.name for record in new)


Notify = Callable[[str, str], None]
"""Takes the subject and the text of a mail to the account's owner."""


def look_for_records(identity: Identity, region: str, zones: Zones, now: float, notify: Notify) -> bool:
    """Brings a domain's state up to date. Whether anything but the time of the look has changed."""
    if identity.kind != "DOMAIN":
        return False
    before = (identity.verified, identity.failed, identity.dkim_status, identity.dkim_lost)
    if identity.dkim_status is None:
        identity.dkim_status = "SUCCESS" if identity.verified else "PENDING"
    if identity.dkim_status in ("PENDING", "SUCCESS", "TEMPORARY_FAILURE"):
        identity.looked_up = now
        faults = [
            fault for fault in (fault_of(record, zones) for record in dkim_records(identity, region)) if fault
        ]
        identity.lookup_error = (zones.error or faults[0]) if faults else None
        if not faults:
            identity.found = now
            identity.dkim_status, identity.dkim_lost = "SUCCESS", None
            identity.verified, identity.failed = True, False
        else:
            _miss_dkim(identity, region, now, notify)
    return before != (identity.verified, identity.failed, identity.dkim_status, identity.dkim_lost)


def _miss_dkim(identity: Identity, region: str, now: float, notify: Notify) -> None:
    name = long_name(region)
    if identity.dkim_status == "PENDING":
        started = identity.created if identity.dkim_started is None else identity.dkim_started
        if now - started < GIVE_UP:
            return
        # Recorded of a domain that was never verified: VerificationStatus FAILED, DKIM NOT_STARTED.
        identity.dkim_status = "FAILED" if identity.verified else "NOT_STARTED"
        identity.failed = not identity.verified
        notify(
            f"Amazon SES DKIM setup FAILURE for {identity.name} in {name}",
            f"The DKIM records of {identity.name} were not found within 72 hours. SES has stopped "
            "looking. Publish them, then start again: PutEmailIdentityDkimSigningAttributes makes new "
            "ones, or delete the identity and create it again.",
        )
    elif identity.dkim_status == "SUCCESS":
        identity.dkim_status, identity.dkim_lost = "TEMPORARY_FAILURE", now
        notify(
            f"Amazon SES DKIM records missing for {identity.name} in {name}",
            f"The DKIM records of {identity.name} were there and are not any more. For now mail is still "
            "sent. Publish them again, or the identity loses its verification.",
        )
    elif now - (identity.dkim_lost or now) >= GIVE_UP:
        identity.dkim_status = "FAILED"
        identity.verified, identity.failed = False, True
        notify(
            f"Amazon SES DKIM setup REVOKED for {identity.name} in {name}",
            f"The DKIM records of {identity.name} stayed away. The identity is not verified any more, "
            "and mail from it is refused.",
        )


def look_for_mail_from(mail_from: MailFrom, region: str, zones: Zones, now: float, notify: Notify) -> bool:
    """Brings the status of a MAIL FROM domain up to date. Whether it has changed."""
    before = (mail_from.status, mail_from.lost)
    if mail_from.status == "FAILED":
        return False
    wanted = mail_from_records(mail_from, region)[0]
    if fault_of(wanted, zones) is None:
        mail_from.status, mail_from.lost = "SUCCESS", None
    elif mail_from.status == "SUCCESS":
        mail_from.status, mail_from.lost = "TEMPORARY_FAILURE", now
    elif now - (mail_from.started if mail_from.lost is None else mail_from.lost) >= GIVE_UP:
        mail_from.status = "FAILED"
        notify(
            f"Amazon SES MAIL FROM setup FAILURE for {mail_from.domain} in {long_name(region)}",
            f"No single MX record of {mail_from.domain} names {wanted.value.split()[1]}. SES has stopped "
            "looking. Mend the record, then set the MAIL FROM domain again.",
        )
    return before != (mail_from.status, mail_from.lost)


def fault_of(record: Record, zones: Zones) -> str | None:
    """What SES calls it when this record is not as it should be; None when it is."""
    there = zones.records(record.name)
    if not there:
        return "HOST_NOT_FOUND"
    values = there.get(record.type)
    if not values:
        return "TYPE_NOT_FOUND"
    if record.type == "TXT" and record.value.startswith("p="):
        right = any(_published_key(value) == record.value.removeprefix("p=") for value in values)
    elif record.type == "TXT":
        right = _joined(record.value) in [_joined(value) for value in values]
    elif record.type == "MX":  # exactly one: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
        # The page names 10 as the priority, and no rule for it: a guess that any other does as well.
        hosts = [value.split()[1:] for value in values]
        right = [[word.rstrip(".").lower() for word in host] for host in hosts] == [record.value.split()[1:]]
    else:
        right = values == [record.value]
    return None if right else "INVALID_VALUE"


def _published_key(value: str) -> str:
    """The key in a DKIM TXT record, its strings joined and its blanks dropped."""
    tags = dict(part.strip().split("=", 1) for part in _joined(value).split(";") if "=" in part)
    return "".join(tags.get("p", "").split())


def _joined(value: str) -> str:
    """The text of a TXT record: its strings joined, blanks folded."""
    text = "".join(value.split('"')[1::2]) if '"' in value else value
    return " ".join(text.split())


def verification_info(identity: Identity, zones: Zones) -> dict[str, Any]:
    """SESv2's VerificationInfo. An address identity's is empty, as recorded."""
    if identity.kind == "EMAIL_ADDRESS" or identity.looked_up is None:
        return {}
    info: dict[str, Any] = {"LastCheckedTimestamp": identity.looked_up}
    if identity.found is not None:
        info["LastSuccessTimestamp"] = identity.found
    if identity.lookup_error is not None:
        info["ErrorType"] = identity.lookup_error
        soa = zones.soa(identity.name.lower())
        if soa is not None:
            info["SOARecord"] = {
                "PrimaryNameServer": soa.name_server,
                "AdminEmail": soa.mailbox,
                "SerialNumber": soa.serial,
            }
    return info


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
