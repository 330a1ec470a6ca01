"""Publishing records in Route 53: what is missing is created, what is there is never changed.

A record set of Route 53 is all records of one name and type. To add a value to a set means to replace
the set, so that is left to a person, with the sentence that says what to enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sesutil.account import Account
from sesutil.changes import Call, Change
from sesutil.dns.asking import Resolver, resolver_for
from sesutil.dns.hosted import (
    HostedZone,
    ZoneContents,
    best_zone,
    hosted_records,
    hosted_zone_for,
    hosted_zones_for,
    read_zone,
)
from sesutil.dns.names import provider_of
from sesutil.dns.policies import is_dmarc
from sesutil.dns.records import DnsRecord, as_change_batch, route53_value
from sesutil.dns.spf import allows_ses, is_spf, parse_spf
from sesutil.dns.verdicts import quoted_list

__all__ = [
    "Conflict",
    "HostedZone",
    "RecordsChange",
    "hosted_records",
    "hosted_zone_for",
    "plan_records",
]

_BATCH = 500  # records of one request; Route 53 takes 1,000, and 32,000 characters of values


@dataclass(frozen=True)
class Conflict:
    """A record that is not created, because something else is at its name; what to do by hand."""

    record: DnsRecord
    there: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class RecordsChange(Change):
    """A change of Route 53, and what it leaves out.

    `create` are the records that it creates, `skipped` those that are there already, `conflicts` those
    that a person has to see to. `warning` says what makes it of no use, if anything does. After `again`
    (the hosted zone had to be made first) the records are planned once more.
    """

    create: tuple[DnsRecord, ...] = ()
    skipped: tuple[DnsRecord, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    warning: str = ""
    again: bool = False


def plan_records(
    account: Account, records: Sequence[DnsRecord], *, resolver: Resolver | None = None
) -> RecordsChange:
    """What is missing of the records, to be created in the account's hosted zones. Raises AwsError.

    Equal records are skipped, whatever their way of writing, and so are DMARC where there is another
    policy and SPF where SES is in it. A name at which another value of the type, a CNAME, or (for a
    CNAME) anything else stands, is a conflict; so is a name for which the account has no public hosted
    zone. Only in a practice account without such a zone the zone is made first: see `again`. `resolver`
    is asked whether the DNS uses the zones.
    """
    asking = resolver or resolver_for(account)
    zones = hosted_zones_for(account, *(record.name for record in records))
    if not zones and records and account.practice is not None:
        return _plan_zone(records)
    create: dict[str, list[DnsRecord]] = {}
    skipped: list[DnsRecord] = []
    conflicts: list[Conflict] = []
    contents: dict[str, ZoneContents] = {}
    for record in records:
        zone = best_zone(account, zones, record.name, asking)
        if zone is None:
            conflicts.append(Conflict(record, (), _no_zone(record)))
            continue
        if zone.id not in contents:
            contents[zone.id] = read_zone(account, zone)
        sets = contents[zone.id].sets.get(record.name, {})
        conflict = _beside(record, sets, zone, asking)
        if conflict is not None:
            conflicts.append(conflict)
        elif record.type in sets:
            skipped.append(record)
        elif record not in create.get(zone.id, []):
            create.setdefault(zone.id, []).append(record)
    names = {zone.id: zone.name for zone in zones}
    return _change(create, names, skipped, conflicts, _warning(asking, contents.values()))


def _beside(
    record: DnsRecord, sets: dict[str, tuple[str, ...]], zone: HostedZone, asking: Resolver
) -> Conflict | None:
    """What is at the record's name and keeps it from being created; None for nothing, or for itself."""
    here = f"In the hosted zone {zone.name}, {record.name}"
    if not record.complete and not any("p=" in value for value in sets.get(record.type, ())):
        return Conflict(
            record,
            sets.get(record.type, ()),
            f"{here} must have the public key of your own, which SES does not tell: enter a TXT record "
            "with the "
            "value `p=` and the key.",
        )
    if record.type != "CNAME" and "CNAME" in sets:
        return Conflict(
            record,
            sets["CNAME"],
            f"{here} is a CNAME to {', '.join(sets['CNAME'])}: nothing else can be there. Remove the CNAME, "
            f"then enter the {record.type} record with the value {_entered(record)}.",
        )
    others = sorted(kind for kind in sets if kind != record.type)
    if record.type == "CNAME" and others:
        return Conflict(
            record,
            tuple(value for kind in others for value in sets[kind]),
            f"{here} has a record of type {', '.join(others)}: beside it a CNAME is not allowed. Remove "
            "it, then "
            f"enter the CNAME record with the value {_entered(record)}.",
        )
    values = sets.get(record.type, ())
    if not values or _serves(record, values, asking):
        return None
    if record.type == "TXT" and not any(_of_its_kind(record, value) for value in values):
        return Conflict(
            record,
            values,
            f"{here} has a TXT record set ({quoted_list(values)}). Add one more value to it, on a line of "
            "its "
            f"own: {_entered(record)}.",
        )
    return Conflict(
        record,
        values,
        f"{here} has the {record.type} record {quoted_list(values)}. If that is not needed any more, "
        "change the "
        f"value to {_entered(record)}.",
    )


def _serves(record: DnsRecord, values: tuple[str, ...], asking: Resolver) -> bool:
    """Whether the record is there, or what does its service: any DMARC policy, any SPF with SES in it."""
    if record.type == "MX":  # of a single MX the priority makes no difference
        return [value.partition(" ")[2] for value in values] == [record.value.partition(" ")[2]]
    if record.type != "TXT":
        return values == (record.value,)
    same = [value for value in values if _of_its_kind(record, value)]
    if record.purpose == "dmarc":
        return len(same) == 1
    if record.purpose == "spf":
        return len(same) == 1 and allows_ses(parse_spf(same[0]), asking)
    return not record.complete or record.value in values


def _of_its_kind(record: DnsRecord, value: str) -> bool:
    """Whether a TXT value is of the kind of which a name may have one (SPF, DMARC)."""
    if record.purpose == "spf":
        return is_spf(value)
    return record.purpose == "dmarc" and is_dmarc(value)


def _entered(record: DnsRecord) -> str:
    return f"`{route53_value(record)}`"


def _no_zone(record: DnsRecord) -> str:
    return (
        f"This account has no public hosted zone for {record.name}. Where its DNS is kept, enter the "
        f"{record.type} record with this name and the value `{record.value}`."
    )


def _plan_zone(records: Sequence[DnsRecord]) -> RecordsChange:
    """The hosted zone of a practice account, for the shortest domain of the records."""
    domain = min((record.domain for record in records), key=lambda name: (name.count("."), name))
    call = Call("route53", "CreateHostedZone", {"Name": domain, "CallerReference": f"sesutil {domain}"})
    return RecordsChange(
        title=f"Create the hosted zone {domain}",
        calls=(call,),
        why="In practice a domain's DNS is a hosted zone of the practice account. Its records come next.",
        undo="DeleteHostedZone, once it has no records.",
        again=True,
    )


def _change(
    create: dict[str, list[DnsRecord]],
    names: dict[str, str],
    skipped: list[DnsRecord],
    conflicts: list[Conflict],
    warning: str,
) -> RecordsChange:
    calls = [
        Call(
            "route53",
            "ChangeResourceRecordSets",
            {"HostedZoneId": zone_id, "ChangeBatch": as_change_batch(wanted[start : start + _BATCH])},
        )
        for zone_id, wanted in create.items()
        for start in range(0, len(wanted), _BATCH)
    ]
    count = sum(map(len, create.values()))
    into = ", ".join(sorted(names[zone_id] for zone_id in create))
    by_hand = f" {len(conflicts)} must be seen to by hand." if conflicts else ""
    title = f"Create {count} DNS record{'s' if count > 1 else ''} in {into}" if calls else "Publish records"
    already = f"{len(skipped)} of {len(skipped) + len(conflicts)} records are there.{by_hand}"
    return RecordsChange(
        title=title,
        calls=tuple(calls),
        why="SES and mail receivers look for these records. Only new ones are created, and none is changed.",
        undo="ChangeResourceRecordSets with DELETE for the same record sets." if calls else "",
        already="" if calls else already,
        create=tuple(record for wanted in create.values() for record in wanted),
        skipped=tuple(skipped),
        conflicts=tuple(conflicts),
        warning=warning,
    )


def _warning(asking: Resolver, contents: Iterable[ZoneContents]) -> str:
    """Whether the DNS uses these zones at all: a record in another one is seen by nobody."""
    for one in contents:
        used = asking.zone_of(one.zone.name)
        if used is None or not used.servers or set(one.servers) & set(used.servers):
            continue
        if used.name != one.zone.name:
            why = f"the DNS knows no delegation of {one.zone.name} yet"
        else:
            at = provider_of(used.servers)
            why = f"the name servers of the domain are {', '.join(used.servers)}{f' ({at})' if at else ''}"
        return (
            f"The DNS does not use the hosted zone {one.zone.name}: {why}, and those of the hosted zone are "
            f"{', '.join(one.servers)}. Nobody sees its records until the registrar names these."
        )
    return ""
