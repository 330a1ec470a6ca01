"""Asking the DNS: the servers of the zone itself, and a public resolver, which is what others see.

A zone's own servers know at once what was entered; a resolver keeps what it was told before, also
that there was nothing. So one of them alone cannot tell "not there" from "not there yet".
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver

from sesutil.dns.names import ascii_name, is_within, parents_of
from sesutil.dns.replies import Answer, Referral, Zone, read_reply, referral_in
from sesutil.dns.wire import Reply, ask_server, has_route
from sesutil.errors import PracticeError
from sesutil.launching import read_json_url
from sesutil.parallel import side_by_side

if TYPE_CHECKING:
    from sesutil.account import Account

__all__ = ["PUBLIC_SERVERS", "Answer", "Resolver", "Zone", "resolver_for"]

PUBLIC_SERVERS = ("1.1.1.1", "8.8.8.8", "9.9.9.9", "2606:4700:4700::1111")
"""Public resolvers of Cloudflare, Google and Quad9, in the order in which they are asked."""

_HEDGE = 0.5  # seconds after which the next public resolver is asked as well
_SERVERS_PER_ZONE = 3  # one address of each; more tell nothing new
_CUTS = 4  # delegations followed below the zone that was found

T = TypeVar("T")


class Resolver:
    """Asks, and remembers what it was answered for as long as it lives. Threads may share one.

    public_servers
        Addresses of resolvers, asked in this order. Without them: PUBLIC_SERVERS, then those that
        this machine is configured with.
    authoritative_servers
        Addresses that know all zones there are, as in practice. Without them: the servers that the
        delegation names.
    port, timeout
        The port of them all; seconds for one server. One that has never answered is not asked again.

    No method raises for what the DNS does: an Answer says so.
    """

    def __init__(
        self,
        public_servers: Sequence[str] | None = None,
        authoritative_servers: Sequence[str] | None = None,
        *,
        port: int = 53,
        timeout: float = 2.0,
    ) -> None:
        self._public = list(PUBLIC_SERVERS) if public_servers is None else list(public_servers)
        if public_servers is None:
            self._public += [one for one in _own_servers() if one not in self._public]
        self._fixed = None if authoritative_servers is None else tuple(authoritative_servers)
        # Networks that catch all DNS answer in the place of the well-known ones. Given ones are believed.
        self._trusting = public_servers is not None
        self._port, self._timeout = port, timeout
        self._lock = threading.Lock()
        self._known: dict[Hashable, Future[Any]] = {}
        self._glue: dict[str, tuple[str, ...]] = {}
        self._zones: set[Zone] = set()
        self._heard: set[str] = set()
        self._silent: set[str] = set()

    def public(self, name: str, kind: str) -> Answer:
        """What a public resolver answers; the first that knows."""
        name = ascii_name(name)
        return self._once(("public", name, kind), lambda: self._ask_public(name, kind, unchecked=False))

    def unchecked(self, name: str, kind: str) -> Answer:
        """The same without DNSSEC: an answer here and a failure there is a broken signature."""
        name = ascii_name(name)
        return self._once(("unchecked", name, kind), lambda: self._ask_public(name, kind, unchecked=True))

    def authoritative(self, name: str, kind: str) -> Answer:
        """What the zone's own servers answer. A CNAME that leads out of the zone is followed publicly."""
        name = ascii_name(name)
        zone = self._near(name)
        if zone is None:
            zone, trouble = self._locate(name)
            if zone is None:
                return replace(trouble, name=name, type=kind)
        answer = self._at(zone, name, kind)
        if answer.aliases and answer.status == "empty":
            beyond = self.public(answer.aliases[-1], kind)
            answer = replace(
                beyond,
                name=name,
                aliases=(*answer.aliases, *beyond.aliases),
                zone=answer.zone,
                ttl=answer.ttl,
            )
        return answer

    def zone_of(self, name: str) -> Zone | None:
        """The zone that a name is in, by the delegation: the nearest name above it that has NS records.

        None where there is none, or where it cannot be found out.
        """
        return self._locate(ascii_name(name))[0]

    # -- zones ------------------------------------------------------------------------------------

    def _near(self, name: str) -> Zone | None:
        """A zone above the name that is known already: its servers send on where it is in another one."""
        with self._lock:
            above = [zone for zone in self._zones if is_within(name, zone.name)]
        return max(above, key=lambda zone: len(zone.name), default=None)

    def _locate(self, name: str) -> tuple[Zone | None, Answer]:
        """The zone of a name; without one the answer that says why."""
        return self._once(("zone", name), lambda: self._look_for_zone(name))

    def _look_for_zone(self, name: str) -> tuple[Zone | None, Answer]:
        candidates = [name, *parents_of(name)]
        ask = self.public if self._fixed is None else self._ask_fixed
        jobs = [partial(ask, candidate, "NS") for candidate in candidates]
        answers = [outcome.value for outcome in side_by_side(jobs) if outcome.value is not None]
        for answer in answers:
            if answer.status == "found" and not answer.aliases:
                zone = Zone(answer.name, answer.values)
                if "." in zone.name:  # a top-level domain is above too much to begin with
                    with self._lock:
                        self._zones.add(zone)
                return zone, answer
        # Servers that know all zones there are refuse the names of no zone.
        refused = [one for one in answers if one.status == "failed" and one.detail.endswith(" REFUSED")]
        none = refused if self._fixed is not None else []
        trouble = next(
            (one for one in answers if one.status in ("silent", "failed") and one not in none), None
        )
        nothing = Answer(name, "NS", "missing", detail=f"no name servers are known for {name}")
        return None, trouble or nothing

    def _at(self, zone: Zone, name: str, kind: str) -> Answer:
        """What the zone's servers say, or those of a zone below it, to which they send on."""
        for _ in range(_CUTS):
            below, answer = self._once(("at", zone, name, kind), partial(self._ask_zone, zone, name, kind))
            if below is None:
                return answer
            with self._lock:
                self._glue.update(below.addresses)
            zone = below.zone
        return Answer(name, kind, "failed", detail=f"the delegation of {name} goes round in circles")

    def _ask_zone(self, zone: Zone, name: str, kind: str) -> tuple[Referral | None, Answer]:
        absolute = _absolute(name)
        if absolute is None:
            return None, _impossible(name, kind)
        servers = self._addresses_of(zone)
        if not servers and self._fixed is not None:
            return None, Answer(name, kind, "silent", detail="there is no name server to ask")
        if not servers:  # nobody was asked, so nobody kept silent
            hosts = ", ".join(zone.servers)
            return None, Answer(name, kind, "failed", detail=f"no address is known of {hosts}")
        jobs = [partial(self._ask, server, absolute, kind, recursive=False) for server in servers]
        replies = [outcome.value for outcome in side_by_side(jobs) if outcome.value is not None]
        answers: list[Answer] = []
        for reply in replies:
            below = None if self._fixed else referral_in(reply, name, zone.name)
            if below is not None and is_within(below.zone.name, zone.name):
                return below, Answer(name, kind, "empty")
            # A zone's server that denies a name speaks for the zone, SOA or not.
            answers.append(read_reply(reply, absolute, kind, trusting=self._trusting or _speaks(reply)))
        clear = [one for one in answers if one.conclusive]
        if clear:
            # What one has and another has not, is on its way: the one that has it is shown.
            best = min(clear, key=lambda one: one.status != "found")
            said = tuple(sorted({one.values for one in clear}))
            return None, replace(best, zone=zone, variants=said if len(said) > 1 else ())
        worst = next((one for one in answers if one.status == "failed"), None)
        if worst is not None:
            return None, replace(worst, zone=zone)
        detail = "; ".join(one.detail for one in answers)
        return None, Answer(name, kind, "silent", detail=detail, zone=zone)

    def _addresses_of(self, zone: Zone) -> list[str]:
        """Addresses to ask: one of each of the zone's servers, of a family that this machine can reach."""
        if self._fixed is not None:
            return list(self._fixed)
        jobs = [partial(self._address_of, host) for host in zone.servers[: _SERVERS_PER_ZONE + 1]]
        found = [outcome.value for outcome in side_by_side(jobs) if outcome.value]
        return list(dict.fromkeys(found))[:_SERVERS_PER_ZONE]

    def _address_of(self, host: str) -> str | None:
        jobs = [partial(self.public, host, kind) for kind in ("A", "AAAA")]
        addresses = [
            address
            for outcome in side_by_side(jobs)
            if outcome.value is not None and outcome.value.status == "found"
            for address in outcome.value.values
        ]
        with self._lock:
            addresses += self._glue.get(host, ())
        return next((one for one in addresses if self._reachable(one)), None)

    def _ask_fixed(self, name: str, kind: str) -> Answer:
        assert self._fixed is not None
        return self._once(("fixed", name, kind), lambda: self._ask_zone(Zone("", ()), name, kind))[1]

    # -- servers ----------------------------------------------------------------------------------

    def _ask_public(self, name: str, kind: str, *, unchecked: bool) -> Answer:
        absolute = _absolute(name)
        if absolute is None:
            return _impossible(name, kind)
        waiting = deque(one for one in self._public if self._reachable(one))
        answers: SimpleQueue[Answer] = SimpleQueue()

        def ask(server: str) -> None:
            reply = self._ask(server, absolute, kind, recursive=True, unchecked=unchecked)
            answers.put(read_reply(reply, absolute, kind, trusting=self._trusting))

        worst = Answer(name, kind, "silent", detail="there is no public resolver to ask")
        running, until = 0, time.monotonic() + self._timeout + _HEDGE * len(waiting)
        while waiting or running:
            if waiting:
                target = partial(ask, waiting.popleft())
                threading.Thread(target=target, name="sesutil-dns", daemon=True).start()
                running += 1
            patience = _HEDGE if waiting else max(until - time.monotonic(), 0)
            try:
                answer = answers.get(timeout=patience)
            except Empty:
                if not waiting:
                    break
                continue
            running -= 1
            if answer.conclusive:
                return answer
            if worst.status == "silent":
                worst = answer
        return worst

    def _ask(
        self, server: str, name: dns.name.Name, kind: str, *, recursive: bool, unchecked: bool = False
    ) -> Reply:
        with self._lock:
            if server in self._silent and server not in self._heard:
                return Reply(server, None, f"{server} does not answer")
        reply = ask_server(
            server,
            name,
            kind,
            port=self._port,
            timeout=self._timeout,
            recursive=recursive,
            unchecked=unchecked,
        )
        with self._lock:
            (self._silent if reply.message is None else self._heard).add(server)
        return reply

    def _reachable(self, server: str) -> bool:
        family = "IPv6" if ":" in server else "IPv4"
        return self._once(("route", family), lambda: has_route(server))

    def _once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once: whoever asks for the same meanwhile waits for it."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                mine = self._known[key] = Future()
        if known is None:
            try:
                mine.set_result(make())
            except BaseException as error:
                mine.set_exception(error)
                raise
            known = mine
        result: T = known.result()
        return result


def resolver_for(account: Account) -> Resolver:
    """Who is to be asked about the domains of this account.

    In practice only the practice account's own DNS, which has no way out; so, too, for an endpoint on
    this machine that says it is a practice account. Else the Internet's.
    """
    practice = account.practice
    if practice is None and account.leaves_machine:
        return Resolver()
    port = practice.dns_port if practice is not None else 0
    if not port:
        health = _health(practice.endpoint_url if practice is not None else account.endpoint_url)
        if practice is None and not health.get("practice"):
            return Resolver()
        port = int(health.get("dns_port") or 0)
    if not port:
        return Resolver((), ())  # a practice account without DNS: nobody is asked, least of all the Internet
    # On this machine an answer takes no time: a name that keeps silent is known as such sooner.
    return Resolver(("127.0.0.1",), ("127.0.0.1",), port=port, timeout=1.0)


def _health(endpoint_url: str) -> dict[str, Any]:
    parts = urlsplit(endpoint_url)
    try:
        found = read_json_url(f"{parts.scheme}://{parts.netloc}/practice/health", timeout=2)
    except PracticeError:
        return {}
    return found if isinstance(found, dict) else {}


def _own_servers() -> list[str]:
    """The resolvers that this machine is configured with; none where nothing is configured."""
    try:
        servers = dns.resolver.Resolver(configure=True).nameservers
    except (dns.exception.DNSException, OSError):
        return []
    return [one for one in servers if isinstance(one, str)]


def _absolute(name: str) -> dns.name.Name | None:
    try:
        return dns.name.from_text(name or ".")
    except (dns.exception.DNSException, UnicodeError):
        return None


def _impossible(name: str, kind: str) -> Answer:
    return Answer(
        name, kind, "missing", detail=f"{name} cannot be a name: it is too long, or has empty parts"
    )


def _speaks(reply: Reply) -> bool:
    """Whether a server says of itself that it knows (AA)."""
    return reply.message is not None and bool(reply.message.flags & dns.flags.AA)
