"""Mails that AWS itself writes: to new address identities, and to the account's owner."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from sesutil.practice.rules.identities import look_at
from sesutil.practice.rules.ids import new_id
from sesutil.practice.rules.model import Identity, Message, RegionState
from sesutil.practice.rules.verification import new_names, verification_mail
from sesutil.practice.rules.world import OWNER, World
from sesutil.practice.rules.zones import Zones

__all__ = ["look_and_save", "look_at_all", "look_everywhere", "mail_link"]

_AMAZON = "no-reply-aws@amazon.com"
_ADDED = (
    "\n\n(Real AWS sends such a mail with words of its own. This one came from sesutil's practice account "
    "and has not left this machine.)\n"
)


def mail_link(world: World, region: str, identity: Identity) -> None:
    """The mail with the link that verifies an address."""
    link = (
        f"{world.base_url}/practice/verify?identity={quote(identity.name, safe='')}"
        f"&token={identity.link_token}"
    )
    source, subject, text = verification_mail(identity.name, region, link)
    now = world.clock.now()
    world.deliver(
        Message(
            id=new_id(region, now),
            region=region,
            time=now,
            kind="verification",
            source=source,
            to=[identity.name],
            subject=subject,
            text=text,
        )
    )


def look_at_all(world: World, state: RegionState, identities: Iterable[Identity]) -> bool:
    """Looks for the records of these identities; tells the owner of what went wrong. Whether any changed."""

    def notify(subject: str, text: str) -> None:
        now = world.clock.now()
        world.deliver(
            Message(
                id=new_id(state.region, now),
                region=state.region,
                time=now,
                kind="notice",
                source=_AMAZON,
                to=[OWNER],
                subject=subject,
                text=text + _ADDED,
            )
        )

    now = world.clock.now()
    changed = [
        look_at(one, state.region, _zones_for(world, state.region, one), now, notify) for one in identities
    ]
    return any(changed)


def look_and_save(world: World, state: RegionState, identities: Iterable[Identity]) -> None:
    """`look_at_all`, and what has changed is saved."""
    if look_at_all(world, state, identities):
        world.on_change()


def _zones_for(world: World, region: str, identity: Identity) -> Zones:
    """What SES sees of the DNS for this identity: nothing, where a planted fault is met by the look."""
    domain = identity.kind == "DOMAIN" and identity.dkim_status not in ("FAILED", "NOT_STARTED")
    mail_from = identity.mail_from is not None and identity.mail_from.status != "FAILED"
    if not world.faults.planted or not (domain or mail_from):
        return world.zones
    name = identity.name.rpartition("@")[2].lower()
    error = world.faults.for_dns(name)
    if error is not None:
        world.unsaved = True
        return Zones.unreachable(error)
    unseen = new_names(identity, region)
    if unseen and world.faults.hides_new_records(name):
        world.unsaved = True
        return world.zones.without(unseen)
    return world.zones


def look_everywhere(world: World) -> bool:
    """The same for all identities of all Regions, as SES does by itself now and then."""
    changed = [look_at_all(world, state, list(state.identities.values())) for state in world.states()]
    return any(changed)
