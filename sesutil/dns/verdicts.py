"""What came out for one record, and what the judges of the single purposes work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sesutil.dns.asking import Answer, Resolver, Zone
from sesutil.dns.names import provider_of, relative_name
from sesutil.dns.records import DnsRecord

__all__ = ["HostedRecords", "Look", "Mistake", "RecordVerdict", "quoted_list", "unquoted"]

State = Literal["found", "missing", "wrong", "spreading", "unknown"]

QUOTES = (
    "\"'`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
    + (
        "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
        "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    )
)


@dataclass(frozen=True)
class RecordVerdict:
    """What is to be said about one record.

    state
        found: it is there, and right. spreading: the zone's servers have it, others not yet; or their
        servers do not agree yet. missing: the zone's servers say that it is not there. wrong: something
        is there that must be changed, or it is in the wrong place. unknown: could not look.
    mistake
        The mistake's name where it could be told (`zone-appended`, `proxied`, `two-mx`, …). A record
        that is found may have one, too: what is worth knowing and does no harm.
    found, found_public
        The values of the record's name and type at the zone's own servers, and at a public resolver.
    sentence, fix
        What is so, and what to do about it with the exact name and value; the fix is empty where
        nothing is to be done.
    """

    record: DnsRecord
    state: State
    mistake: str | None
    found: tuple[str, ...]
    found_public: tuple[str, ...]
    sentence: str
    fix: str = ""


@dataclass(frozen=True)
class Mistake:
    """What a judge found: its name, what is so, what to do."""

    id: str
    sentence: str
    fix: str
    state: State = "wrong"


@dataclass(frozen=True)
class HostedRecords:
    """A zone that the account keeps, whether or not the domain is delegated to it."""

    zone: str
    servers: tuple[str, ...]
    records: tuple[DnsRecord, ...]


@dataclass(frozen=True)
class Look:
    """One record that is looked at, with everything that may be asked about it."""

    record: DnsRecord
    resolver: Resolver
    siblings: Sequence[DnsRecord] = ()
    hosted: Sequence[HostedRecords] = ()

    @cached_property
    def answer(self) -> Answer:
        """At the zone's own servers."""
        return self.resolver.authoritative(self.record.name, self.record.type)

    @cached_property
    def public(self) -> Answer:
        return self.resolver.public(self.record.name, self.record.type)

    @cached_property
    def zone(self) -> Zone | None:
        return self.answer.zone or self.resolver.zone_of(self.record.name)

    def best(self, name: str, kind: str) -> Answer:
        """At the zone's own servers, or publicly where those do not answer."""
        answer = self.resolver.authoritative(name, kind)
        return answer if answer.conclusive else self.resolver.public(name, kind)

    @property
    def own(self) -> str:
        """The record's name as most forms want it: without the zone."""
        return relative_name(self.record.name, self.zone.name) if self.zone else self.record.name

    @property
    def value(self) -> str:
        """The value as it is to be entered."""
        if self.record.complete:
            return f"`{self.record.value}`"
        return f"`{self.record.value}` followed by the public key of your own"

    @property
    def place(self) -> str:
        """The zone, and where it is kept as far as the DNS tells."""
        if self.zone is None:
            return f"the zone of {self.record.name}"
        at = provider_of(self.zone.servers)
        servers = ", ".join(self.zone.servers[:2])
        if not servers:
            return f"the zone {self.zone.name}"
        return f"the zone {self.zone.name} ({f'kept at {at}: ' if at else 'name servers '}{servers})"

    @property
    def enter(self) -> str:
        """The sentence that says what to enter, name and value whole."""
        name = f"`{self.record.name}`"
        if self.own != self.record.name:
            name = f"`{self.own}` (whole: {self.record.name})"
        if self.record.type == "MX":
            priority, _, host = self.record.value.partition(" ")
            return f"In {self.place} enter one MX record: name {name}, priority {priority}, value `{host}`."
        return f"In {self.place} enter one {self.record.type} record: name {name}, value {self.value}."

    def change_to(self, what: str = "the value") -> str:
        """The sentence for a record that is there and has to be changed."""
        return f"In {self.place} change {what} of the {self.record.type} record `{self.own}` to {self.value}."

    def remove(self, name: str, kind: str, why: str = "") -> str:
        return f"Remove the {kind} record {name}{why}."


def quoted_list(values: Sequence[str]) -> str:
    """Values for a sentence; more than three are counted."""
    shown = [f"`{value if len(value) <= 120 else value[:117] + '...'}`" for value in values[:3]]
    more = f" and {len(values) - 3} more" if len(values) > 3 else ""
    return ", ".join(shown) + more


def unquoted(value: str) -> str:
    """A value without the quotes, straight or curly, and the blanks around it."""
    return value.strip().strip(QUOTES).strip()
