"""The account's hosted zones in Route 53, read: which one a name is in, and what is in it.

Route 53 takes five calls a second from an account, so there are few: one for the zones, one for each
zone's records (for 300 of them).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sesutil.account import Account, translated
from sesutil.dns.asking import Resolver, resolver_for
from sesutil.dns.names import ascii_name, is_within, parents_of
from sesutil.dns.records import DnsRecord, Purpose
from sesutil.dns.verdicts import HostedRecords

__all__ = [
    "HostedZone",
    "ZoneContents",
    "best_zone",
    "hosted_records",
    "hosted_zone_for",
    "hosted_zones_for",
    "plain_values",
    "read_zone",
]


@dataclass(frozen=True)
class HostedZone:
    """A public hosted zone. `id` is without `/hostedzone/`."""

    id: str
    name: str


@dataclass(frozen=True)
class ZoneContents:
    """A zone's record sets: name → type → values, written as in DnsRecord."""

    zone: HostedZone
    sets: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def servers(self) -> tuple[str, ...]:
        """The name servers that Route 53 gave it; the DNS uses the zone when they are delegated to."""
        return tuple(sorted(self.sets.get(self.zone.name, {}).get("NS", ())))


def hosted_zones_for(account: Account, *names: str) -> list[HostedZone]:
    """The account's public hosted zones that one of the names is in, the most specific first.

    Private zones are seen inside a VPC only, and never named. Asked by ListHostedZonesByName, which the
    policy for the person who onboards allows. Raises AwsError.
    """
    wanted = {one for name in names for one in (ascii_name(name), *parents_of(ascii_name(name)))}
    zones, whole = _listed(account)
    if not whole:  # a hundred and more: each name by itself
        zones = [zone for name in sorted(wanted) for zone in _listed(account, name)[0]]
    found = {zone.id: zone for zone in zones if zone.name in wanted}
    return sorted(found.values(), key=lambda zone: (-zone.name.count("."), zone.name))


def hosted_zone_for(account: Account, name: str, *, resolver: Resolver | None = None) -> HostedZone | None:
    """The account's public hosted zone for a name: the most specific one, None without any.

    Of several with the same name it is the one that the DNS uses, as `resolver` sees it. Raises AwsError.
    """
    return best_zone(account, hosted_zones_for(account, name), name, resolver)


def best_zone(
    account: Account, zones: Sequence[HostedZone], name: str, resolver: Resolver | None
) -> HostedZone | None:
    above = [zone for zone in zones if is_within(name, zone.name)]
    longest = max((len(zone.name) for zone in above), default=0)
    same = [zone for zone in above if len(zone.name) == longest]
    if len(same) > 1:
        used = (resolver or resolver_for(account)).zone_of(same[0].name)
        for zone in same:
            if used is not None and set(read_zone(account, zone).servers) & set(used.servers):
                return zone
    return same[0] if same else None


def read_zone(account: Account, zone: HostedZone) -> ZoneContents:
    """All record sets of a zone. Raises AwsError."""
    contents = ZoneContents(zone)
    with translated("ListResourceRecordSets"):
        pages = account.client("route53").get_paginator("list_resource_record_sets")
        for page in pages.paginate(HostedZoneId=zone.id):
            for found in page["ResourceRecordSets"]:
                sets = contents.sets.setdefault(_plain_name(found["Name"]), {})
                # Several sets of a type differ by SetIdentifier (weights, Regions): all count.
                sets[found["Type"]] = (*sets.get(found["Type"], ()), *plain_values(found))
    return contents


def hosted_records(account: Account, *names: str) -> list[HostedRecords]:
    """The account's public zones around these names, with their CNAME, MX and TXT records.

    For `judge_records`. Raises AwsError.
    """
    return [_for_judging(read_zone(account, zone)) for zone in hosted_zones_for(account, *names)]


def plain_values(record_set: dict[str, Any]) -> list[str]:
    """The values of a record set of Route 53 as DnsRecord has them.

    TXT strings are joined and their escapes undone; names are in lower case without the last dot. An
    alias has no values of its own: its target stands for them.
    """
    kind = record_set["Type"]
    if "AliasTarget" in record_set:
        return [f"alias of {_plain_name(record_set['AliasTarget']['DNSName'])}"]
    values = [str(one["Value"]).strip() for one in record_set.get("ResourceRecords", [])]
    if kind == "TXT":
        return [_joined(value) for value in values]
    if kind == "MX":
        parts = [value.split() for value in values if value]
        return [" ".join([*words[:-1], _plain_name(words[-1])]) for words in parts]
    return [_plain_name(value) for value in values]


def _listed(account: Account, name: str | None = None) -> tuple[list[HostedZone], bool]:
    """Public zones, from this name on where one is given; and whether these are all."""
    more = {} if name is None else {"DNSName": name + "."}
    with translated("ListHostedZonesByName"):
        answer = account.client("route53").list_hosted_zones_by_name(MaxItems="100", **more)
    zones = [
        HostedZone(zone["Id"].rpartition("/")[2], _plain_name(zone["Name"]))
        for zone in answer["HostedZones"]
        if not zone.get("Config", {}).get("PrivateZone")
    ]
    return zones, not answer.get("IsTruncated")


def _for_judging(contents: ZoneContents) -> HostedRecords:
    records = [
        DnsRecord(name, kind, value, _purpose(name, kind))
        for name, sets in contents.sets.items()
        for kind in ("CNAME", "MX", "TXT")
        for value in sets.get(kind, ())
    ]
    return HostedRecords(contents.zone.name, contents.servers, tuple(records))


def _purpose(name: str, kind: str) -> Purpose:
    if "._domainkey." in name:
        return "dkim"
    if name.startswith("_dmarc."):
        return "dmarc"
    return "mail-from" if kind == "MX" else "spf"


def _joined(value: str) -> str:
    """A TXT value in Route 53's way of writing as its text."""
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', value, re.DOTALL)
    return _text(b"".join(map(_unescaped, strings)) if strings else _unescaped(value))


def _unescaped(text: str) -> bytes:
    """`\\052` and `\\"` as what they stand for: three octal digits are a byte, else the character itself."""
    return re.sub(
        rb"\\([0-3][0-7]{2}|.)",
        lambda match: bytes([int(match[1], 8)]) if len(match[1]) == 3 else match[1],
        text.encode("utf-8"),
        flags=re.DOTALL,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _plain_name(name: str) -> str:
    """Route 53 writes what is no letter, digit, `-` or `_` in a name as `\\052`."""
    return _text(_unescaped(name)).rstrip(".").lower()
