"""Where else a record may have landed: the zone appended twice, the wrong name, another zone, a wildcard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sesutil.dns.asking import Answer
from sesutil.dns.names import is_within, parents_of
from sesutil.dns.records import DnsRecord
from sesutil.dns.verdicts import HostedRecords, Look, Mistake, quoted_list
from sesutil.parallel import side_by_side

__all__ = [
    "Place",
    "ask_all",
    "in_another_zone",
    "known_elsewhere",
    "misplaced",
    "of_a_wildcard",
    "sibling_of",
]

_NOBODY = "sesutil-looks-for-a-wildcard"

Recognised = Callable[[tuple[str, ...]], bool]
"""Whether values found elsewhere are this record's, right or not."""


@dataclass(frozen=True)
class Place:
    """A name at which the record may be by mistake."""

    name: str
    mistake: str


def ask_all(look: Look, questions: list[tuple[str, str]]) -> list[Answer]:
    """(name, type) questions, asked side by side; the answers in their order."""
    jobs = [partial(look.best, name, kind) for name, kind in questions]
    return [
        outcome.value or Answer(name, kind, "silent")
        for outcome, (name, kind) in zip(side_by_side(jobs), questions, strict=True)
    ]


def misplaced(look: Look, recognised: Recognised, others: list[Place]) -> Mistake | None:
    """The record at another name. `others` are the names to try beside those with the zone twice."""
    places = [*_appended(look), *others]
    answers = ask_all(look, [(place.name, look.record.type) for place in places])
    for place, answer in zip(places, answers, strict=True):
        if answer.status != "found" or answer.aliases or not recognised(answer.values):
            continue
        if of_a_wildcard(look, place.name, answer):
            continue
        return _told(look, place, answer)
    return None


def of_a_wildcard(look: Look, name: str, answer: Answer) -> bool:
    """Whether the same is answered for a name beside it that nobody has made."""
    beside = look.best(sibling_of(name), answer.type)
    return beside.status == "found" and beside.values == answer.values


def sibling_of(name: str) -> str:
    return f"{_NOBODY}.{name.partition('.')[2]}"


def in_another_zone(look: Look, is_right: Callable[[tuple[str, ...]], bool]) -> Mistake | None:
    """The record in a zone that the account keeps, but that is not the one the DNS uses for this name."""
    key = (look.record.name, look.record.type)
    for hosted in look.hosted:
        values = tuple(one.value for one in hosted.records if (one.name, one.type) == key)
        if not is_within(look.record.name, hosted.zone) or not values or not is_right(values):
            continue
        if look.zone is not None and _same_servers(hosted, look.zone.servers):
            return Mistake(
                "spreading",
                f"{look.record.name} is in the hosted zone already, and its name servers do not answer it "
                "yet: Route 53 takes up to a minute.",
                "",
                "spreading",
            )
        used = ", ".join(look.zone.servers) if look.zone else "none"
        return Mistake(
            "wrong-zone",
            f"{look.record.name} is in the hosted zone {hosted.zone} of this account, but the DNS does not "
            f"use that zone for it: its name servers are {', '.join(hosted.servers)}, those in use are "
            f"{used}.",
            f"{look.enter} Or, to use the hosted zone, enter its name servers at the registrar of the "
            "domain.",
        )
    return None


def _same_servers(hosted: HostedRecords, servers: tuple[str, ...]) -> bool:
    return bool(set(hosted.servers) & set(servers))


def _appended(look: Look) -> list[Place]:
    """The name with the zone (or the domain) once more behind it, as forms do that complete names."""
    record = look.record
    bases = [look.zone.name] if look.zone else []
    bases += [record.domain, *(one for one in parents_of(record.domain) if "." in one)]
    return [Place(f"{record.name}.{base}", "zone-appended") for base in dict.fromkeys(bases)]


def _told(look: Look, place: Place, answer: Answer) -> Mistake:
    record, values = look.record, quoted_list(answer.values)
    remove = f"Then remove the {record.type} record {place.name}."
    if place.mistake == "zone-appended":
        base = place.name.removeprefix(record.name + ".")
        return Mistake(
            "zone-appended",
            f"The {record.type} record is at {place.name}: {base} stands in it twice, because the form adds "
            "it by itself.",
            f"In {look.place} change the name of the record to `{look.own}`, without {base} behind it; if "
            "the "
            f"form wants the whole name, end it with a dot: `{record.name}.` The value stays {look.value}.",
        )
    if place.mistake == "underscore":
        return Mistake(
            "underscore",
            f"The record is at {place.name}, where nobody looks: the name must be {record.name}, with its "
            "underscores exactly so.",
            f"{look.enter} {remove}",
        )
    there = look.resolver.zone_of(place.name)
    if there is not None and look.zone is not None and there.name != look.zone.name:
        return Mistake(
            "wrong-zone",
            f"The record is at {place.name} in the zone {there.name}. It belongs to {record.name}, which is "
            f"in a zone of its own, {look.zone.name}.",
            f"{look.enter} {remove}",
        )
    return Mistake(
        "wrong-name",
        f"The {record.type} record is at {place.name} ({values}). It must be at {record.name}.",
        f"{look.enter} {remove}",
    )


def known_elsewhere(look: Look, wanted: Callable[[DnsRecord], bool]) -> list[DnsRecord]:
    """Records of the account's zones that a judge wants to know of."""
    return [one for hosted in look.hosted for one in hosted.records if wanted(one)]
