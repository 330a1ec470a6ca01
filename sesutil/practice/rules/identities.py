"""Which identity a mail is sent by, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sesutil.addresses import Mailbox
from sesutil.practice.rules.model import Identity, MailFrom, RegionState
from sesutil.practice.rules.verification import Notify, look_for_mail_from, look_for_records
from sesutil.practice.rules.zones import Zones
from sesutil.regions import partition

__all__ = [
    "configuration_set_arn",
    "covering",
    "find_identity",
    "identity_arn",
    "look_at",
    "mail_from_of",
    "signers_of",
]


def identity_arn(region: str, account_id: str, name: str) -> str:
    return f"arn:{partition(region)}:ses:{region}:{account_id}:identity/{name}"


def configuration_set_arn(region: str, account_id: str, name: str) -> str:
    return f"arn:{partition(region)}:ses:{region}:{account_id}:configuration-set/{name}"


def find_identity(state: RegionState, name: str) -> Identity | None:
    """By its name, the case of a domain ignored, that of the part before the @ not."""
    if name in state.identities:
        return state.identities[name]
    folded = _folded(name)
    return next((one for one in state.identities.values() if _folded(one.name) == folded), None)


def _folded(name: str) -> str:
    local, at, domain = name.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def covering(identities: Iterable[Identity], mailbox: Mailbox) -> list[Identity]:
    """The identities that cover a mailbox, the most specific first: its settings win.

    An address before its domain, that before the domain above it.
    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    found = [identity for identity in identities if identity.covers(mailbox)]
    return sorted(found, key=lambda one: (one.kind == "DOMAIN", -len(one.name)))


def look_at(identity: Identity, region: str, zones: Zones, now: float, notify: Notify) -> bool:
    """Looks for the identity's records, the MAIL FROM domain's too. Whether anything has changed."""
    changed = look_for_records(identity, region, zones, now, notify)
    if identity.mail_from is not None:
        changed = look_for_mail_from(identity.mail_from, region, zones, now, notify) or changed
    return changed


def mail_from_of(found: list[Identity]) -> MailFrom | None:
    """The MAIL FROM domain for mail by the first of these identities; an address has its domain's too."""
    return next((one.mail_from for one in found if one.mail_from is not None), None)


def signers_of(found: list[Identity], mailbox: Mailbox, is_ready: Callable[[Identity], bool]) -> list[str]:
    """The domains whose DKIM signature the mail bears; amazonses.com's is always there.

    An address identity is signed for by the identity of its very domain, not by one above it.
    """
    candidates = found
    if found and found[0].kind == "EMAIL_ADDRESS":
        candidates = [one for one in found if one.name.lower() == mailbox.domain]
    domains = [one for one in candidates if one.kind == "DOMAIN"]
    own = [domains[0].name.lower()] if domains and is_ready(domains[0]) else []
    return [*own, "amazonses.com"]
