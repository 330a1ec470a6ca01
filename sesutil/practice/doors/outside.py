"""What people and AWS do to an account outside its API: links clicked, requests reviewed, DNS published.

Each holds the World's lock for itself.
"""

from __future__ import annotations

from typing import Literal

from sesutil.iam_policies import parse_resource_policy
from sesutil.practice.cloud.hosted_zones import HostedZones
from sesutil.practice.rules import sandbox
from sesutil.practice.rules.identities import find_identity
from sesutil.practice.rules.model import ForeignIdentity, Identity
from sesutil.practice.rules.notices import look_at_all, look_everywhere
from sesutil.practice.rules.verification import (
    LINK_LIFETIME,
    Record,
    dkim_records,
    fault_of,
    records_of,
    start_dkim,
)
from sesutil.practice.rules.world import World

__all__ = [
    "Unknown",
    "confirm_link",
    "enforce",
    "make_ready",
    "open_link",
    "plant_foreign_identity",
    "publish_records",
    "review",
    "withdraw_records",
]


class Unknown(ValueError):
    """There is nothing of that name to do it to; the text says so."""


def open_link(world: World, token: str) -> Identity | None:
    """The identity that a verification link belongs to; None when it is unknown or too old."""
    with world.lock:
        for state in world.states():
            for identity in state.identities.values():
                in_time = world.clock.now() - identity.created < LINK_LIFETIME
                if token and identity.link_token == token and in_time:
                    return identity
    return None


def confirm_link(world: World, token: str) -> Identity | None:
    """Verifies the address that the link was mailed to."""
    with world.lock:
        identity = open_link(world, token)
        if identity is not None and not identity.verified:
            identity.verified = True
            world.on_change()
        return identity


def review(world: World, region_name: str, decision: Literal["GRANTED", "DENIED", "FAILED"]) -> bool:
    """The reviewer grants or denies production access. False when nothing was asked for."""
    with world.lock:
        region = world.region(region_name)
        decided = sandbox.decide(region.state, decision)
        if decided:
            region.bucket.set_rate(sandbox.quota_and_rate(region.state)[1])
            world.on_change()
        return decided


def enforce(world: World, region: str, status: Literal["HEALTHY", "PROBATION", "SHUTDOWN"]) -> None:
    """AWS finds the account in order, watches it, or pauses it."""
    with world.lock:
        world.region(region).state.enforcement = status
        world.on_change()


def publish_records(world: World, zones: HostedZones, region: str, name: str) -> int:
    """Puts an identity's missing records into the practice zone, as its owner would; how many."""
    with world.lock:
        identity = _identity(world, region, name)
        missing = [one for one in records_of(identity, region) if fault_of(one, zones) is not None]
        if not missing:
            return 0
        zones.remove((one.name, one.type) for one in missing if one.type != "TXT")  # wrong ones make room
        domain = identity.name.rpartition("@")[2].lower()
        zones.add(domain, [(one.name, one.type, _in_zone(one)) for one in missing])
        look_everywhere(world)
        world.on_change()
        return len(missing)


def withdraw_records(world: World, zones: HostedZones, region: str, name: str) -> int:
    """Takes an identity's records out of the practice zone; how many."""
    with world.lock:
        identity = _identity(world, region, name)
        gone = zones.remove((record.name, record.type) for record in records_of(identity, region))
        look_everywhere(world)
        world.on_change()
        return gone


def _in_zone(record: Record) -> str:
    return f'"{record.value}"' if record.type == "TXT" and '"' not in record.value else record.value


def _identity(world: World, region: str, name: str) -> Identity:
    identity = find_identity(world.region(region).state, name)
    if identity is None:
        raise Unknown(f"There is no identity {name!r} in {region}.")
    return identity


def make_ready(world: World, zones: HostedZones, region: str, domain: str) -> None:
    """A domain identity, verified as any other: by its records in the zone. Nothing where there is one."""
    domain = domain.lower()
    with world.lock:
        state = world.region(region).state
        above = [domain.split(".", level)[-1] for level in range(domain.count("."))]
        known = {one.name.lower() for one in state.identities.values() if one.kind == "DOMAIN"}
        if known & set(above):
            return
        identity = Identity(name=domain, kind="DOMAIN", created=world.clock.now())
        start_dkim(identity, world.clock.now())
        state.identities[domain] = identity
        zones.add(domain, [(one.name, one.type, one.value) for one in dkim_records(identity, region)])
        look_at_all(world, state, [identity])
        world.on_change()


def plant_foreign_identity(world: World, arn: str, policy: str | None, *, verified: bool = True) -> None:
    """An identity of another account, and the policy by which its owner lets this one send.

    Without a policy it is taken away again. Raises PolicyProblem and Unknown.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "ses" or not parts[5].startswith("identity/"):
        raise Unknown(
            f"{arn!r} is no ARN of an identity (arn:aws:ses:us-east-1:999999999999:identity/example.org)."
        )
    if parts[4] == world.account_id:
        raise Unknown(f"{arn!r} is an identity of this account: create it, and give it a policy, by the API.")
    with world.lock:
        if policy is None:
            world.foreign_identities.pop(arn, None)
        else:
            parse_resource_policy(policy)
            world.foreign_identities[arn] = ForeignIdentity(
                arn=arn, verified=verified, policies={"policy": policy}
            )
        world.on_change()
