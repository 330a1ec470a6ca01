"""What a question to the practice account's DNS is answered with.

A question that wants recursion is one to a public resolver; one that does not is put to the zone's
own name servers, who all live here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sesutil.practice.rules.amazons_names import AMAZON, names_of_amazon
from sesutil.practice.rules.name_space import Found, NameSpace, RecordSet, Zone, is_below
from sesutil.practice.rules.world import World

__all__ = ["Reply", "reply_to"]

_MOST_ALIASES = 10
_AT_APEX = ("NS", "SOA")
# The zones outside, as far as a denial names them. Invented, in the right form.
_ROOT = RecordSet(
    "SOA", 86400, ("a.root-servers.net. nstld.verisign-grs.com. 2026010100 1800 900 604800 86400",)
)
_AMAZON = RecordSet(
    "SOA", 900, ("dns-external-master.amazon.com. root.amazon.com. 2026010100 180 60 3024000 60",)
)

_PROVIDERS = ("ns1.dns-provider.example", "ns2.dns-provider.example")
_SOA = RecordSet(
    "SOA", 3600, ("ns1.dns-provider.example. hostmaster.dns-provider.example. 1 7200 900 1209600 300",)
)

Named = tuple[str, RecordSet]


@dataclass
class Reply:
    """`answer` and `authority`: owner and records. `authoritative`: the answer comes from the zone itself."""

    code: Literal["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"]
    answer: list[Named] = field(default_factory=list)
    authority: list[Named] = field(default_factory=list)
    authoritative: bool = False


def reply_to(world: World, names: NameSpace, name: str, kind: str, *, recursive: bool) -> Reply | None:
    """None where a planted fault lets nobody answer. `kind` is a type's name, or ANY."""
    faults = world.faults.for_question(name)
    if "dns-silent" in faults:
        return None
    if "dns-error" in faults:
        return Reply("SERVFAIL")
    if recursive:
        return _resolve(world, names, name, kind)
    return _answer_for_zone(_find(world, names, name, kind), name)


def _find(world: World, names: NameSpace, name: str, kind: str) -> Found:
    found = names.find(name, kind)
    if found.kind != "outside":
        return found
    zone = _zone_elsewhere(world, name)
    return found if zone is None else NameSpace([zone]).find(name, kind)


def _zone_elsewhere(world: World, name: str) -> Zone | None:
    """Who registers a domain with SES has one: without a zone here it has an empty one at its provider."""
    domains = {
        identity.name.rpartition("@")[2].lower()
        for state in world.states()
        for identity in state.identities.values()
    }
    covering = [one for one in domains if name == one or is_below(name, one)]
    if not covering:
        return None
    domain = min(covering, key=len)
    return Zone(
        domain, frozenset(_PROVIDERS), {domain: {"NS": RecordSet("NS", 3600, _PROVIDERS), "SOA": _SOA}}
    )


def _answer_for_zone(found: Found, name: str) -> Reply:
    if found.kind == "outside":
        return Reply("REFUSED")
    assert found.zone is not None
    if found.kind == "elsewhere":  # a referral
        assert found.records is not None
        return Reply("NOERROR", authority=[(found.cut, found.records)])
    reply = _reply(found, name, _denial(found.zone))
    reply.authoritative = True
    return reply


def _resolve(world: World, names: NameSpace, name: str, kind: str) -> Reply:
    """As a resolver, who follows aliases. The code is that of the last name (RFC 6604)."""
    reply = Reply("SERVFAIL")
    for _ in range(_MOST_ALIASES):
        found = _seen_by_resolvers(world, names, name, kind)
        if found is None:
            return Reply("SERVFAIL", reply.answer)
        last = _reply(found, name, _denial(found.zone) if found.zone else _denial_outside(name))
        reply.code, reply.authority = last.code, last.authority
        reply.answer += last.answer
        if found.records is None or found.records.type != "CNAME" or kind in ("CNAME", "ANY"):
            return reply
        name = found.records.values[0].rstrip(".").lower()
    return Reply("SERVFAIL", reply.answer)


def _seen_by_resolvers(world: World, names: NameSpace, name: str, kind: str) -> Found | None:
    """None where a resolver gets no answer itself."""
    faults = world.faults.for_question(name)
    if {"dns-silent", "dns-error"} & faults:
        return None
    found = _find(world, names, name, kind)
    if found.kind == "elsewhere":  # nobody answers there
        return None
    if found.kind == "outside":
        there = names_of_amazon(world, name)
        if there is None:
            return Found("empty" if not name or names.is_above_a_zone(name) else "missing")
        if kind not in there:
            return Found("empty")
        return Found("records", None, RecordSet(kind, 1800, (there[kind],)))
    if "dns-stale" in faults and not (found.records and found.records.type in _AT_APEX):
        at_apex = found.zone is not None and found.zone.name == name
        return Found("empty" if at_apex else "missing", found.zone)
    return found


def _reply(found: Found, name: str, denial: list[Named]) -> Reply:
    if found.kind == "records":
        assert found.records is not None
        return Reply("NOERROR", [(name, found.records)])
    return Reply("NXDOMAIN" if found.kind == "missing" else "NOERROR", authority=denial)


def _denial(zone: Zone) -> list[Named]:
    """The zone's SOA record, with the time for which "there is nothing" may be remembered (RFC 2308, 3)."""
    soa = zone.nodes[zone.name].get("SOA")
    if soa is None:
        return []
    minimum = soa.values[0].split()[-1] if soa.values else ""
    ttl = min(soa.ttl, int(minimum)) if minimum.isdigit() else soa.ttl
    return [(zone.name, RecordSet("SOA", ttl, soa.values))]


def _denial_outside(name: str) -> list[Named]:
    inside = name == AMAZON or is_below(name, AMAZON)
    return [(AMAZON, _AMAZON)] if inside else [("", _ROOT)]
