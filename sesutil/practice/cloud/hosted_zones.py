"""The practice account's DNS: moto's Route 53, read by us."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sesutil.practice.cloud.record_changes import change_record_sets
from sesutil.practice.cloud.state import CloudState, RecordSetRecord, ZoneRecord
from sesutil.practice.rules.name_space import NameSpace, RecordSet, Zone, is_below
from sesutil.practice.rules.zones import Soa, Zones

__all__ = ["HostedZones"]


class HostedZones(Zones):
    """The public hosted zones. `changed` must be called when moto has changed one. Locks nothing."""

    def __init__(self, backend: Any) -> None:
        self._route53 = backend
        self._known: NameSpace | None = None
        self._create = backend.create_hosted_zone
        # moto gives all zones the same four name servers, so nobody could see which one is delegated to.
        backend.create_hosted_zone = self._create_hosted_zone
        backend.change_resource_record_sets = self._change

    def changed(self) -> None:
        self._known = None

    @property
    def name_space(self) -> NameSpace:
        """The same as the world sees it."""
        if self._known is None:
            self._known = NameSpace(_zone(zone) for zone in self._public())
        return self._known

    def records(self, name: str) -> Mapping[str, list[str]]:
        found = self.name_space.node(name.rstrip(".").lower())
        return {kind: [_plain_value(kind, value) for value in values] for kind, values in found.items()}

    def soa(self, name: str) -> Soa | None:
        zone, _ = self.name_space.zone_of(name)
        record = zone.nodes[zone.name].get("SOA") if zone is not None else None
        parts = record.values[0].split() if record is not None and record.values else []
        if len(parts) < 3 or not parts[2].isdigit():
            return None
        return Soa(parts[0].rstrip("."), parts[1].rstrip("."), int(parts[2]))

    def add(self, domain: str, records: Iterable[tuple[str, str, str]]) -> None:
        """(name, type, value) records, in the zones that answer for them.

        Where there is none, a zone of the domain is made, which delegates to those below it.
        """
        for name, kind, value in records:
            zone = self._answering(name) or self._answering(domain) or self._make_zone(domain)
            there = [
                one
                for one in zone.rrsets
                if kind == "TXT" and one.type == "TXT" and _plain_name(one.name) == name
            ]
            if there:  # beside what else is said there
                there[0].records = [*_values(there[0]), value]
            else:
                zone.add_rrset({"Name": name + ".", "Type": kind, "TTL": 300, "ResourceRecords": [value]})
            self.changed()

    def remove(self, records: Iterable[tuple[str, str]]) -> int:
        """Takes (name, type) records out of all public zones; how many there were."""
        gone, wanted = 0, {(name.lower(), kind) for name, kind in records}
        for zone in self._public():
            kept = [one for one in zone.rrsets if (_plain_name(one.name), one.type) not in wanted]
            gone += len(zone.rrsets) - len(kept)
            zone.rrsets = kept
        self.changed()
        return gone

    def _answering(self, name: str) -> Any:
        """moto's zone that answers for a name; None where there is none."""
        zone, _ = self.name_space.zone_of(name)
        if zone is None:
            return None
        alike = [one for one in self._public() if _plain_name(one.name) == zone.name]
        return next(one for one in alike if _servers(one) == zone.servers)

    def _make_zone(self, domain: str) -> Any:
        below = [one for one in self._public() if is_below(_plain_name(one.name), domain)]
        made = self._route53.create_hosted_zone(domain + ".", private_zone=False)
        for zone in below:
            servers = sorted(f"{server}." for server in _servers(zone))
            made.add_rrset({"Name": zone.name, "Type": "NS", "TTL": 300, "ResourceRecords": servers})
        self.changed()
        return made

    def _create_hosted_zone(self, *given: Any, **named: Any) -> Any:
        """As moto does, but with name servers of the zone's own, and Route 53's SOA record."""
        zone = self._create(*given, **named)
        if not named.get("delegation_set_id"):
            zone.delegation_set.name_servers = _new_servers()
        servers = zone.delegation_set.name_servers
        for record in zone.rrsets:
            if record.type == "NS":
                record.records = [f"{server}." for server in servers]
            else:
                record.records = [f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"]
        return zone

    def _change(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        change_record_sets(self._route53.get_hosted_zone(zoneid), change_list, _plain_name, _values)

    def _public(self) -> list[Any]:
        return [zone for zone in self._route53.zones.values() if not (zone.private_zone or zone.vpcs)]

    # -- state file -------------------------------------------------------------------------------

    def fill(self, state: CloudState) -> None:
        state.zones = [_zone_record(zone) for zone in self._route53.zones.values()]

    def restore(self, state: CloudState) -> None:
        for zone in state.zones:
            self._restore_zone(zone)
        self.changed()

    def _restore_zone(self, record: ZoneRecord) -> None:
        zone = self._route53.create_hosted_zone(
            record.name,
            private_zone=record.private,
            caller_reference=record.caller_reference,
            comment=record.comment,
        )
        del self._route53.zones[zone.resource_id]
        zone.resource_id = record.id
        zone.delegation_set.name_servers = record.name_servers or [
            value.rstrip(".")
            for known in record.records
            if known.type == "NS" and _plain_name(known.name) == _plain_name(record.name)
            for value in known.values
        ]
        self._route53.zones[record.id] = zone
        zone.vpcs = list(record.vpcs)
        zone.rrsets = []
        for known in record.records:
            zone.add_rrset(
                {
                    "Name": known.name,
                    "Type": known.type,
                    "TTL": known.ttl,
                    "ResourceRecords": known.values,
                    **known.routing,
                }
            )


_ROUTING = {
    "AliasTarget": "alias_target",
    "Failover": "failover",
    "GeoLocation": "geo_location",
    "HealthCheckId": "health_check_id",
    "MultiValueAnswer": "multi_value_answer",
    "Region": "region",
    "SetIdentifier": "set_identifier",
    "Weight": "weight",
}


def _zone_record(zone: Any) -> ZoneRecord:
    return ZoneRecord(
        id=zone.resource_id,
        name=zone.name,
        private=zone.private_zone,
        comment=zone.comment,
        caller_reference=zone.caller_reference,
        vpcs=list(zone.vpcs),
        name_servers=list(zone.delegation_set.name_servers),
        records=[
            RecordSetRecord(
                name=record.name,
                type=record.type,
                ttl=int(record.ttl) if record.ttl is not None else None,
                values=_values(record),
                routing={
                    name: getattr(record, attribute)
                    for name, attribute in _ROUTING.items()
                    if getattr(record, attribute) is not None
                },
            )
            for record in zone.rrsets
        ],
    )


def _new_servers() -> list[str]:
    """One name under each of four suffixes, in the form of Route 53's: ns-1365.awsdns-42.org."""
    numbers = {suffix: secrets.randbelow(512) for suffix in ("com", "net", "org", "co.uk")}
    return [
        f"ns-{512 * place + number}.awsdns-{number // 8:02d}.{suffix}"
        for place, (suffix, number) in enumerate(numbers.items())
    ]


def _servers(zone: Any) -> frozenset[str]:
    return frozenset(server.rstrip(".").lower() for server in zone.delegation_set.name_servers)


def _zone(zone: Any) -> Zone:
    own = _plain_name(zone.name)
    nodes: dict[str, dict[str, list[Any]]] = {own: {}}
    for record in zone.rrsets:
        name = _plain_name(record.name)
        nodes.setdefault(name, {}).setdefault(record.type, []).append(record)
        while is_below(name := name.partition(".")[2], own):
            nodes.setdefault(name, {})  # a name with names below it exists (RFC 4592, 2.2.2)
    sets = {
        name: {kind: _record_set(kind, there) for kind, there in kinds.items()}
        for name, kinds in nodes.items()
    }
    return Zone(own, _servers(zone), sets)


def _record_set(kind: str, there: list[Any]) -> RecordSet:
    """What is answered where several record sets have one name and type.

    Those of a multivalue answer together; of weighted ones and their like Route 53 picks one: here the
    heaviest, the primary, the first.
    """
    routed = [one for one in there if one.set_identifier is not None and not one.multi_value_answer]
    if routed:
        ranked = sorted(routed, key=lambda one: (one.failover != "PRIMARY", -int(one.weight or 0)))
        there = ranked[:1]
    alias = next((one.alias_target["DNSName"] for one in there if one.alias_target), None)
    values = tuple(value for one in there for value in _values(one))
    ttl = int(there[0].ttl) if there[0].ttl is not None else 60
    return RecordSet(kind, ttl, values, None if alias is None else _plain_name(alias))


def _values(record: Any) -> list[str]:
    """moto keeps plain texts or `{"Value": …}`, as they came in."""
    return [item["Value"] if isinstance(item, dict) else item for item in record.records or []]


def _plain_name(name: str) -> str:
    """Route 53 writes what is no letter, digit or hyphen as an octal number: \\052 is an asterisk."""
    return re.sub(r"\\([0-7]{3})", lambda found: _character(int(found[1], 8)), name.rstrip(".").lower())


def _character(code: int) -> str:
    if not 0x20 < code < 0x7F:
        return f"\\{code:03d}"  # decimal, as in zone files
    return f"\\{chr(code)}" if chr(code) in '"().;\\@$' else chr(code).lower()


def _plain_value(kind: str, value: str) -> str:
    return value.rstrip(".").lower() if kind == "CNAME" else value
