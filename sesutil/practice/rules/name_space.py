"""The DNS as the world sees it: which zone answers for a name, and what it answers.

Plain data and the rules of RFC 1034 (4.3.2), RFC 2308 (nothing there) and RFC 4592 (wildcards). Names
are in lower case and have no last dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ALIAS_ADDRESSES", "Found", "NameSpace", "RecordSet", "Zone", "is_below", "is_route53_server"]

_MOST_HOPS = 8
ALIAS_ADDRESSES = {"A": ("192.0.2.1",), "AAAA": ("2001:db8::1",)}
"""What stands behind an alias that leads out of the practice account, to a load balancer, say."""

_ROUTE53_SERVER = re.compile(r"ns-[0-9]{1,4}\.awsdns-[0-9]{2}\.(com|net|org|co\.uk)")


@dataclass(frozen=True)
class RecordSet:
    """The values of one type at one name. `alias`: the name whose values of this type count instead."""

    type: str
    ttl: int
    values: tuple[str, ...]
    alias: str | None = None


Node = Mapping[str, RecordSet]


@dataclass(frozen=True)
class Zone:
    """A hosted zone. `nodes`: name → type → records, names without records of their own included."""

    name: str
    servers: frozenset[str]
    nodes: Mapping[str, Node] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """What there is for a name and a type.

    records
        `records` has them; an answer of type CNAME to another question is an alias to be followed.
    empty, missing
        The name has none of this type; the name does not exist. `zone` says so.
    elsewhere
        The zone delegates the name, by the NS records in `records`, to servers that have no zone for it.
    outside
        No zone of this account has to do with it.
    """

    kind: Literal["records", "empty", "missing", "elsewhere", "outside"]
    zone: Zone | None = None
    records: RecordSet | None = None
    cut: str = ""
    """Where the zone delegates away: the owner of the NS records."""


class NameSpace:
    """The zones of an account, in the order in which they were created.

    Of several zones with one name the first is the one that its registrar delegates to. A zone below
    another one of the account counts only where that one has NS records for its name: so it is in the
    world, where each zone is asked for the way to the next.
    """

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._by_name: dict[str, list[Zone]] = {}
        for zone in zones:
            self._by_name.setdefault(zone.name, []).append(zone)

    def zone_of(self, name: str) -> tuple[Zone | None, str]:
        """The zone that answers for a name, and, where it delegates it away, the name of the cut."""
        above = [one for one in _upwards(name) if one in self._by_name]
        if not above:
            return None, ""
        zone = self._by_name[above[-1]][0]
        while True:
            cut = _topmost_cut(zone, name)
            if cut is None:
                return zone, ""
            child = self._delegated(cut, zone.nodes[cut]["NS"].values)
            if child is None:
                return zone, cut
            zone = child

    def _delegated(self, name: str, servers: Iterable[str]) -> Zone | None:
        """The zone here that NS records lead to."""
        named = {server.rstrip(".").lower() for server in servers}
        zones = self._by_name.get(name, [])
        found = next((zone for zone in zones if zone.servers & named), None)
        if found is None and zones and any(is_route53_server(server) for server in named):
            # Made-up servers in Route 53's form, as in an example: the owner means the zone that is here.
            return zones[0]
        return found

    def is_above_a_zone(self, name: str) -> bool:
        """Whether a zone of the account is below this name, which therefore exists (RFC 8020)."""
        return any(is_below(zone, name) for zone in self._by_name)

    def find(self, name: str, kind: str) -> Found:
        """What the zone's own servers have for a question."""
        zone, cut = self.zone_of(name)
        if zone is None:
            return Found("outside")
        if cut:
            return Found("elsewhere", zone, zone.nodes[cut]["NS"], cut)
        node = _node(zone, name)
        if node is None:
            return Found("missing", zone)
        chosen = node.get(kind) or node.get("CNAME")
        if chosen is None and kind == "ANY" and node:
            chosen = node[min(node)]  # one set is enough: RFC 8482, 4.1
        records = None if chosen is None else self._resolved(chosen, 0)
        return Found("empty", zone) if records is None else Found("records", zone, records)

    def node(self, name: str) -> dict[str, list[str]]:
        """All values at a name, by type; empty where there is none."""
        zone, cut = self.zone_of(name)
        node = None if zone is None or cut else _node(zone, name)
        resolved = [self._resolved(one, 0) for one in (node or {}).values()]
        return {one.type: list(one.values) for one in resolved if one is not None}

    def exists(self, name: str) -> bool:
        zone, cut = self.zone_of(name)
        return zone is not None and not cut and _node(zone, name) is not None

    def _resolved(self, records: RecordSet, hops: int) -> RecordSet | None:
        """With the values that stand behind an alias."""
        if records.alias is None:
            return records if records.values else None
        target = records.alias
        zone, cut = self.zone_of(target)
        if zone is None or cut:
            values = ALIAS_ADDRESSES.get(records.type, ())
            return RecordSet(records.type, 60, values) if values else None
        found = (_node(zone, target) or {}).get(records.type)
        if found is None or hops >= _MOST_HOPS:
            return None
        return self._resolved(found, hops + 1)


def is_below(name: str, above: str) -> bool:
    return name.endswith("." + above) if above else bool(name)


def is_route53_server(name: str) -> bool:
    """Whether this is the name of a name server as Route 53 gives them to a zone."""
    return _ROUTE53_SERVER.fullmatch(name) is not None


def _upwards(name: str) -> Iterator[str]:
    """The name, and those above it."""
    while name:
        yield name
        _, _, name = name.partition(".")


def _topmost_cut(zone: Zone, name: str) -> str | None:
    below = [one for one in _upwards(name) if is_below(one, zone.name)]
    return next((one for one in reversed(below) if "NS" in zone.nodes.get(one, {})), None)


def _node(zone: Zone, name: str) -> Node | None:
    """What is at the name, by itself or by a wildcard; None where it does not exist."""
    if name in zone.nodes:
        return zone.nodes[name]
    for above in _upwards(name.partition(".")[2]):
        if above in zone.nodes:  # the closest encloser: no wildcard above it counts (RFC 4592, 3.3.1)
            return zone.nodes.get(f"*.{above}")
    return None
