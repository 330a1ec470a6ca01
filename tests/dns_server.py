"""A DNS of its own on this machine: a root, zones that are delegated to name servers, a public resolver.

Real servers on 127.0.0.1, 127.0.0.2 and so on, by UDP and TCP, all at one port. The resolver at
127.0.0.1 finds its answers by walking from the root, as resolvers do, and keeps what it is told to
keep. Zones, servers and the resolver can be made to fail. (Linux: all of 127.0.0.0/8 is this machine's.)
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from sesutil.dns.asking import Resolver

PUBLIC = "127.0.0.1"
ROOT_SERVER = "127.0.0.2"
NEGATIVE_TTL = 600
Sets = dict[str, tuple[str, ...]]


def _name(text: str) -> str:
    return text.rstrip(".").lower()


def _strict(text: str) -> dns.name.Name:
    return dns.name.from_text(text if text.endswith(".") else text + ".")


@dataclass
class DnsZone:
    """A zone and its records, by name (without last dot) and type, as they stand in zone files."""

    name: str
    servers: dict[str, str]
    """Name server → address."""
    records: dict[str, Sets] = field(default_factory=dict)
    cuts: dict[str, DnsZone] = field(default_factory=dict)

    def put(self, name: str, kind: str, *values: str) -> None:
        """Sets a record set. `name` is relative to the zone, or absolute with a last dot; `@` is the zone."""
        self.records.setdefault(self._absolute(name), {})[kind] = values

    def drop(self, name: str, kind: str) -> None:
        del self.records[self._absolute(name)][kind]
        if not self.records[self._absolute(name)]:
            del self.records[self._absolute(name)]

    def _absolute(self, name: str) -> str:
        if name == "@":
            return self.name
        return _name(name) if name.endswith(".") else _name(f"{name}.{self.name}")

    @property
    def soa(self) -> dns.rrset.RRset:
        text = f"ns.{self.name or 'root'}. hostmaster.example. 1 7200 900 1209600 {NEGATIVE_TTL}"
        return dns.rrset.from_text(_strict(self.name), NEGATIVE_TTL, "IN", "SOA", text)

    @property
    def ns(self) -> dns.rrset.RRset:
        return dns.rrset.from_text(_strict(self.name), 3600, "IN", "NS", *(f"{one}." for one in self.servers))

    def sets_at(self, name: str) -> Sets | None:
        """The record sets of a name, by a wildcard where there is one; None where there is no such name."""
        if name in self.records or name == self.name:
            return self.records.get(name, {})
        if any(other.endswith("." + name) for other in self.records):
            return {}
        above = name
        while above != self.name:
            above = above.partition(".")[2]
            if f"*.{above}" in self.records:
                return self.records[f"*.{above}"]
            if above in self.records or any(other.endswith("." + above) for other in self.records):
                return None
        return None

    def holds(self, name: str) -> bool:
        return not self.name or name == self.name or name.endswith("." + self.name)

    def cut_above(self, name: str) -> DnsZone | None:
        return next((zone for cut, zone in self.cuts.items() if zone.holds(name)), None)


class DnsWorld:
    """All of it. Zones are made by `zone`; the resolver under test by `resolver`."""

    def __init__(self) -> None:
        self.root = DnsZone("", {"root-server.test": ROOT_SERVER})
        self.zones = [self.root]
        self.silent: set[str] = set()
        """Addresses that answer nothing."""
        self.without_udp: set[str] = set()
        self.refusing: dict[str, str] = {}
        """Address → rcode that it answers."""
        self.kept: dict[tuple[str, str], tuple[str, ...]] = {}
        """What the resolver has in its cache: (name, type) → values; () for "nothing there"."""
        self.broken: set[str] = set()
        """Domains whose signatures are broken: the resolver says SERVFAIL, unless it need not check."""
        self.bare = False
        """Whether the resolver denies everything, without a SOA, as some networks do."""
        self.lagging: dict[str, DnsZone] = {}
        """Address → a zone as this server still has it."""
        self.asked: list[tuple[str, str, str, str]] = []
        """(address, "udp" or "tcp", name, type) of each question."""
        self._sockets: dict[socket.socket, str] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self.port = 0
        self._listen(PUBLIC)
        self._listen(ROOT_SERVER)
        self._thread = threading.Thread(target=self._serve, name="dns-world", daemon=True)

    # -- made by tests ----------------------------------------------------------------------------

    def zone(self, name: str, *servers: str, delegated: bool = True, names: Iterable[str] = ()) -> DnsZone:
        """A zone on the servers of these addresses, delegated from the zone above it."""
        addresses = servers or (f"127.0.0.{len(self.zones) + 2}",)
        hosts = list(names) or [f"ns{number}.{name}" for number, _ in enumerate(addresses, 1)]
        zone = DnsZone(name, dict(zip(hosts, addresses, strict=True)))
        for host, address in zone.servers.items():
            holding = max(
                (one for one in [*self.zones, zone] if one.holds(host)), key=lambda one: len(one.name)
            )
            holding.put(f"{host}.", "A", address)
        if delegated:
            above = max((one for one in self.zones if one.holds(name)), key=lambda one: len(one.name))
            above.cuts[name] = zone
        for address in addresses:
            self._listen(address)
        self.zones.append(zone)
        return zone

    def resolver(self, **more: Any) -> Resolver:
        """One that knows the public resolver and this world's port, and nothing else."""
        return Resolver((PUBLIC,), port=self.port, **{"timeout": 0.4, **more})

    # -- answering --------------------------------------------------------------------------------

    def answer(self, address: str, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name, kind = _name(question.name.to_text()), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        if address in self.refusing:
            answer.set_rcode(dns.rcode.from_text(self.refusing[address]))
        elif address == PUBLIC:
            self._resolve(answer, name, kind, checked=not query.flags & dns.flags.CD)
        else:
            own = [self.lagging[address]] if address in self.lagging else self.zones
            here = [zone for zone in own if address in zone.servers.values() and zone.holds(name)]
            if not here:
                answer.set_rcode(dns.rcode.REFUSED)
            else:
                self._from_zone(answer, max(here, key=lambda zone: len(zone.name)), name, kind)
        return answer

    def _from_zone(self, answer: dns.message.Message, zone: DnsZone, name: str, kind: str) -> None:
        below = zone.cut_above(name)
        if below is not None:
            answer.authority.append(below.ns)
            for host, address in below.servers.items():
                answer.additional.append(dns.rrset.from_text(_strict(host), 3600, "IN", "A", address))
            return
        answer.flags |= dns.flags.AA
        for _ in range(8):
            sets = zone.sets_at(name)
            if sets is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                break
            if name == zone.name and kind in ("NS", "SOA"):
                answer.answer.append(zone.ns if kind == "NS" else zone.soa)
                return
            if kind in sets:
                answer.answer.append(dns.rrset.from_text(_strict(name), 300, "IN", kind, *sets[kind]))
                return
            if "CNAME" not in sets:
                break
            target = sets["CNAME"][0]
            answer.answer.append(dns.rrset.from_text(_strict(name), 300, "IN", "CNAME", target))
            name = _name(target)
            if not zone.holds(name):
                return
        answer.authority.append(zone.soa)

    def _resolve(self, answer: dns.message.Message, name: str, kind: str, *, checked: bool) -> None:
        answer.flags |= dns.flags.RA
        if self.bare:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return
        for _ in range(8):
            if checked and any(name == one or name.endswith("." + one) for one in self.broken):
                answer.set_rcode(dns.rcode.SERVFAIL)
                return
            if (name, kind) in self.kept:
                values = self.kept[name, kind]
                if values:
                    answer.answer.append(dns.rrset.from_text(_strict(name), 300, "IN", kind, *values))
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                    answer.authority.append(self.root.soa)
                return
            zone = self.root
            while (below := zone.cut_above(name)) is not None:
                zone = below
            addresses = set(zone.servers.values())
            if addresses <= self.silent | set(self.refusing) and zone is not self.root:
                answer.set_rcode(dns.rcode.SERVFAIL)
                return
            part = dns.message.make_response(dns.message.make_query(_strict(name), kind))
            self._from_zone(part, zone, name, kind)
            answer.answer.extend(part.answer)
            answer.set_rcode(part.rcode())
            last = part.answer[-1] if part.answer else None
            if last is None or last.rdtype != dns.rdatatype.CNAME or kind == "CNAME":
                answer.authority.extend(part.authority)
                return
            name = _name(last[0].target.to_text())

    # -- sockets ----------------------------------------------------------------------------------

    def _listen(self, address: str) -> None:
        if address in self._sockets.values():
            return
        for _ in range(20):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                udp.bind((address, self.port))
                tcp.bind((address, udp.getsockname()[1]))
            except OSError:
                udp.close()
                tcp.close()
                if self.port:
                    raise
                continue
            break
        self.port = udp.getsockname()[1]
        tcp.listen(64)
        for one in (udp, tcp):
            one.setblocking(False)
            self._sockets[one] = address
            self._selector.register(one, selectors.EVENT_READ)
        with suppress(OSError):
            self._wake_in.send(b".")

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if sock is self._wake_out:
                    if b"q" in sock.recv(64):
                        return
                elif sock.type == socket.SOCK_DGRAM:
                    with suppress(BlockingIOError):
                        self._by_udp(sock)
                else:
                    with suppress(OSError, EOFError):
                        self._by_tcp(sock)

    def _by_udp(self, sock: socket.socket) -> None:
        data, client = sock.recvfrom(4096)
        address = self._sockets[sock]
        answer = self._heard(address, "udp", data)
        if answer is None or address in self.without_udp:
            return
        sock.sendto(_fitting(answer, dns.message.from_wire(data).payload or 512), client)

    def _by_tcp(self, sock: socket.socket) -> None:
        address = self._sockets[sock]
        connection, _ = sock.accept()
        with connection:
            connection.settimeout(1)
            if address in self.silent:
                return
            data = b""
            while len(data) < 2 or len(data) < 2 + struct.unpack("!H", data[:2])[0]:
                part = connection.recv(4096)
                if not part:
                    return
                data += part
            answer = self._heard(address, "tcp", data[2:])
            if answer is not None:
                wire = answer.to_wire(max_size=65535)
                connection.sendall(struct.pack("!H", len(wire)) + wire)

    def _heard(self, address: str, way: str, data: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        asked = (_name(question.name.to_text()), dns.rdatatype.to_text(question.rdtype))
        self.asked.append((address, way, *asked))
        return None if address in self.silent else self.answer(address, query)

    def __enter__(self) -> DnsWorld:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wake_in.send(b"q")
        self._thread.join()
        self._selector.close()
        for one in (*self._sockets, self._wake_in, self._wake_out):
            one.close()


def _fitting(answer: dns.message.Message, size: int) -> bytes:
    """The answer for UDP: cut short where it is too long, so that it is asked for by TCP."""
    wire = answer.to_wire(max_size=65535)
    if len(wire) <= size:
        return wire
    short = dns.message.make_response(
        dns.message.make_query(answer.question[0].name, answer.question[0].rdtype)
    )
    short.id = answer.id
    short.question = answer.question
    short.flags = answer.flags | dns.flags.TC
    return short.to_wire()
