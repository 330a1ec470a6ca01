"""What a DNS message says about one name and type: values, aliases, or that there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from sesutil.dns.names import is_within, name_text
from sesutil.dns.wire import Reply

__all__ = ["Answer", "Referral", "Zone", "read_reply", "referral_in"]

Status = Literal["found", "empty", "missing", "silent", "failed"]


@dataclass(frozen=True)
class Zone:
    """A zone as its parent delegates it. `servers` are the names of its name servers, sorted."""

    name: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What was answered about a name and a type.

    status
        found: there are `values`. empty: the name is there, this type is not. missing: no such name.
        silent: nobody answered. failed: an error was answered (SERVFAIL, REFUSED).
    values
        As DnsRecord has them: CNAME and NS a name, MX `10 host`, TXT its strings joined. Sorted.
    aliases
        The CNAMEs that were followed on the way.
    ttl
        Seconds for which a cache may keep this answer; None where it does not say.
    zone
        The zone whose servers answered; None for an answer of a public resolver.
    variants
        What the zone's servers say where they do not agree, `()` for nothing; empty where they agree.
    """

    name: str
    type: str
    status: Status
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    detail: str = ""
    ttl: int | None = None
    zone: Zone | None = None
    variants: tuple[tuple[str, ...], ...] = ()

    @property
    def conclusive(self) -> bool:
        """Whether it is known now what is there."""
        return self.status in ("found", "empty", "missing")


@dataclass(frozen=True)
class Referral:
    """A server that sends on to the servers of a zone below its own; `addresses` by server, if it says."""

    zone: Zone
    addresses: dict[str, tuple[str, ...]]


def read_reply(reply: Reply, name: dns.name.Name, kind: str, *, trusting: bool) -> Answer:
    """The answer in a reply.

    A server that says "no such name" must say in whose zone (RFC 2308, section 3: the SOA). Where it
    does not, and `trusting` is False, the answer is taken for one of a network that answers by itself.
    """
    shown = name_text(name)
    message = reply.message
    if message is None:
        return Answer(shown, kind, "silent", detail=reply.trouble)
    code = message.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(shown, kind, "failed", detail=f"{reply.server} answers {dns.rcode.to_text(code)}")
    wanted = dns.rdatatype.from_text(kind)
    owner = name
    aliases: list[str] = []
    ttls: list[int] = []
    while True:
        found = _rrset(message.answer, owner, wanted)
        if found is not None:
            values = tuple(sorted({_value(one) for one in found}))
            return Answer(shown, kind, "found", values, tuple(aliases), ttl=min([*ttls, found.ttl]))
        alias = _rrset(message.answer, owner, dns.rdatatype.CNAME)
        if alias is None or name_text(alias[0].target) in aliases:
            break
        owner = alias[0].target
        aliases.append(name_text(owner))
        ttls.append(alias.ttl)
    soa = next((one for one in message.authority if one.rdtype == dns.rdatatype.SOA), None)
    if soa is not None:
        ttls += [soa.ttl, soa[0].minimum]
    lasts = min(ttls, default=None)
    if code == dns.rcode.NOERROR:
        return Answer(shown, kind, "empty", aliases=tuple(aliases), ttl=lasts)
    if soa is None and not trusting:
        return Answer(
            shown,
            kind,
            "failed",
            detail=f"{reply.server} denies the name without naming a zone, as networks do that answer "
            "in place of others",
        )
    return Answer(shown, kind, "missing", aliases=tuple(aliases), ttl=lasts)


def referral_in(reply: Reply, name: str, above: str) -> Referral | None:
    """Where a server of the zone `above` sends on for a name: the servers of a zone in between, or None."""
    message = reply.message
    if message is None or message.rcode() != dns.rcode.NOERROR or message.answer:
        return None
    if message.flags & dns.flags.AA:
        return None
    for rrset in message.authority:
        owner = name_text(rrset.name)
        if rrset.rdtype == dns.rdatatype.NS and owner != above and is_within(name, owner):
            servers = tuple(sorted(name_text(one.target) for one in rrset))
            addresses = {server: tuple(_glue(message.additional, server)) for server in servers}
            return Referral(Zone(owner, servers), {key: value for key, value in addresses.items() if value})
    return None


def _glue(section: Iterable[dns.rrset.RRset], server: str) -> Iterable[str]:
    for rrset in section:
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA) and name_text(rrset.name) == server:
            for one in rrset:
                yield str(one.address)


def _rrset(
    section: Iterable[dns.rrset.RRset], owner: dns.name.Name, kind: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    for rrset in section:
        if rrset.name == owner and rrset.rdtype == kind and rrset.rdclass == dns.rdataclass.IN:
            return rrset
    return None


def _value(data: dns.rdata.Rdata) -> str:
    kind = dns.rdatatype.to_text(data.rdtype)
    if kind in ("CNAME", "NS"):
        return name_text(data.target)  # type: ignore[attr-defined]
    if kind == "MX":
        return f"{data.preference} {name_text(data.exchange) or '.'}"  # type: ignore[attr-defined]
    if kind in ("TXT", "SPF"):
        return b"".join(data.strings).decode("utf-8", "backslashreplace")  # type: ignore[attr-defined]
    return str(data.to_text())
