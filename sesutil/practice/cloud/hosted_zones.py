"""The practice account's DNS: moto's Route 53, read by us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sesutil.practice.cloud.state import CloudState, RecordSetRecord, ZoneRecord
from sesutil.practice.rules.zones import Soa, Zones

__all__ = ["HostedZones"]


class HostedZones(Zones):
    """The public hosted zones. `changed` must be called when moto has changed one. Locks nothing."""

    def __init__(self, backend: Any) -> None:
        self._route53 = backend
        self._known: dict[str, dict[str, list[str]]] | None = None

    def changed(self) -> None:
        self._known = None

    def records(self, name: str) -> Mapping[str, list[str]]:
        if self._known is None:
            self._known = self._read()
        wanted = name.rstrip(".").lower()
        if wanted in self._known:
            return self._known[wanted]
        # A wildcard stands for names that do not exist, at its own level and below.
        _, _, rest = wanted.partition(".")
        while rest:
            if (found := self._known.get(f"*.{rest}")) is not None:
                return found
            if rest in self._known:
                break
            _, _, rest = rest.partition(".")
        return {}

    def soa(self, name: str) -> Soa | None:
        best = None
        for zone in self._public():
            own = _plain_name(zone.name)
            inside = name == own or name.endswith("." + own)
            if inside and (best is None or len(own) > len(_plain_name(best.name))):
                best = zone
        if best is None:
            return None
        values = [_values(record) for record in best.rrsets if record.type == "SOA"]
        parts = values[0][0].split() if values and values[0] else []
        if len(parts) < 3 or not parts[2].isdigit():
            return None
        return Soa(parts[0].rstrip("."), parts[1].rstrip("."), int(parts[2]))

    def add(self, domain: str, records: Iterable[tuple[str, str, str]]) -> None:
        """(name, type, value) records, in the zone of the domain, made if there is none."""
        zone = self._zone_of(domain) or self._route53.create_hosted_zone(domain + ".", private_zone=False)
        for name, kind, value in records:
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

    def _zone_of(self, domain: str) -> Any:
        found = [
            zone
            for zone in self._public()
            if domain == _plain_name(zone.name) or domain.endswith("." + _plain_name(zone.name))
        ]
        return max(found, key=lambda zone: len(zone.name), default=None)

    def _public(self) -> list[Any]:
        return [zone for zone in self._route53.zones.values() if not (zone.private_zone or zone.vpcs)]

    def _read(self) -> dict[str, dict[str, list[str]]]:
        known: dict[str, dict[str, list[str]]] = {}
        for zone in self._public():
            for record in zone.rrsets:
                name = _plain_name(record.name)
                while name.count(".") > _plain_name(zone.name).count("."):
                    name = name.partition(".")[2]
                    known.setdefault(name, {})  # a name with names below it exists (RFC 4592, 2.2.2)
                values = [_plain_value(record.type, value) for value in _values(record)]
                known.setdefault(_plain_name(record.name), {}).setdefault(record.type, []).extend(values)
        return known

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


def _values(record: Any) -> list[str]:
    """moto keeps plain texts or `{"Value": …}`, as they came in."""
    return [item["Value"] if isinstance(item, dict) else item for item in record.records or []]


def _plain_name(name: str) -> str:
    return name.rstrip(".").lower().replace("\\052", "*")


def _plain_value(kind: str, value: str) -> str:
    return value.rstrip(".").lower() if kind == "CNAME" else value
