"""Asking: the zone's own servers and a public one, by UDP and TCP, with and without answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dns_server import PUBLIC, ROOT_SERVER, DnsWorld, DnsZone
from sesutil import Account, connect
from sesutil.dns import asking
from sesutil.dns.asking import Resolver, Zone, resolver_for
from sesutil.launching import PracticeEndpoint


@pytest.fixture
def world() -> Iterator[DnsWorld]:
    with DnsWorld() as world:
        world.zone("com")
        yield world


@pytest.fixture
def zone(world: DnsWorld) -> DnsZone:
    zone = world.zone("example.com", "127.0.0.10", "127.0.0.11")
    zone.put("a", "CNAME", "Target.Example.NET.")
    zone.put("t", "TXT", '"v=spf1 " "-all"', '"other"')
    zone.put("m", "MX", "10 Mail.example.com.")
    return zone


@pytest.mark.parametrize(
    ("name", "kind", "status", "values"),
    [
        ("a.example.com", "CNAME", "found", ("target.example.net",)),
        ("A.Example.COM.", "CNAME", "found", ("target.example.net",)),
        ("t.example.com", "TXT", "found", ("other", "v=spf1 -all")),
        ("m.example.com", "MX", "found", ("10 mail.example.com",)),
        ("m.example.com", "TXT", "empty", ()),
        ("nothing.example.com", "TXT", "missing", ()),
        ("example.com", "NS", "found", ("ns1.example.com", "ns2.example.com")),
        (f"{'x' * 64}.example.com", "TXT", "missing", ()),
        ("..example.com", "TXT", "missing", ()),
    ],
)
def test_both_sides_answer(
    world: DnsWorld, zone: DnsZone, name: str, kind: str, status: str, values: tuple[str, ...]
) -> None:
    resolver = world.resolver()
    for answer in (resolver.authoritative(name, kind), resolver.public(name, kind)):
        assert (answer.status, answer.values) == (status, values)


def test_where_there_is_nothing_the_answer_says_for_how_long(world: DnsWorld, zone: DnsZone) -> None:
    assert world.resolver().public("nothing.example.com", "TXT").ttl == 600
    assert world.resolver().public("m.example.com", "MX").ttl == 300


def test_an_answer_too_long_for_udp_is_fetched_by_tcp(world: DnsWorld, zone: DnsZone) -> None:
    zone.put("long", "TXT", *(f'"{"x" * 250}{number}"' for number in range(9)))
    answer = world.resolver().authoritative("long.example.com", "TXT")
    assert len(answer.values) == 9
    assert {way for _, way, name, kind in world.asked if kind == "TXT"} == {"udp", "tcp"}


def test_a_cname_out_of_the_zone_is_followed(world: DnsWorld, zone: DnsZone) -> None:
    world.zone("net").put("target.example", "TXT", '"there"')
    answer = world.resolver().authoritative("a.example.com", "TXT")
    assert (answer.status, answer.values) == ("found", ("there",))
    assert answer.aliases == ("target.example.net",)


def test_cnames_in_a_circle_come_to_an_end(world: DnsWorld, zone: DnsZone) -> None:
    zone.put("x", "CNAME", "y.example.com.")
    zone.put("y", "CNAME", "x.example.com.")
    assert world.resolver().authoritative("x.example.com", "TXT").status in ("empty", "missing", "failed")


def test_the_zone_is_the_one_that_is_delegated(world: DnsWorld, zone: DnsZone) -> None:
    world.zone("shop.example.com")
    resolver = world.resolver()
    assert resolver.zone_of("_dmarc.a.example.com") == Zone("example.com", tuple(zone.servers))
    assert resolver.zone_of("a.b.shop.example.com") == Zone("shop.example.com", ("ns1.shop.example.com",))
    assert resolver.zone_of("unregistered.com") == Zone("com", ("ns1.com",))
    assert resolver.zone_of("example.nowhere") is None


def test_a_zone_below_the_known_one_is_found_by_its_referral(world: DnsWorld, zone: DnsZone) -> None:
    world.zone("shop.example.com").put("x", "TXT", '"deep"')
    resolver = world.resolver()
    resolver.authoritative("t.example.com", "TXT")
    answer = resolver.authoritative("x.shop.example.com", "TXT")
    assert answer.values == ("deep",)
    assert answer.zone == Zone("shop.example.com", ("ns1.shop.example.com",))


def test_a_zone_whose_delegation_the_resolver_cannot_follow_is_asked_by_its_parent(
    world: DnsWorld, zone: DnsZone
) -> None:
    """The resolver fails for the domain, as it does with a broken signature; the servers answer."""
    world.broken = {"example.com"}
    assert world.resolver().authoritative("m.example.com", "MX").values == ("10 mail.example.com",)


def test_everything_is_asked_once(world: DnsWorld, zone: DnsZone) -> None:
    resolver = world.resolver()
    for _ in range(3):
        resolver.public("m.example.com", "MX")
        resolver.authoritative("m.example.com", "MX")
    asked = [(address, name, kind) for address, _, name, kind in world.asked]
    assert len(asked) == len(set(asked))


def test_a_silent_server_is_waited_for_once(world: DnsWorld, zone: DnsZone) -> None:
    world.silent = {"127.0.0.10"}
    resolver = world.resolver()
    for name in ("a", "m", "t"):
        assert resolver.authoritative(f"{name}.example.com", "TXT").conclusive
    assert sum(address == "127.0.0.10" for address, *_ in world.asked) == 1


def test_the_next_public_server_is_asked_where_the_first_is_silent_or_fails(
    world: DnsWorld, zone: DnsZone
) -> None:
    for failing in ({"silent": {ROOT_SERVER}}, {"refusing": {ROOT_SERVER: "SERVFAIL"}}):
        for attribute, value in failing.items():
            setattr(world, attribute, value)
        resolver = Resolver((ROOT_SERVER, PUBLIC), port=world.port, timeout=0.4)
        assert resolver.public("m.example.com", "MX").status == "found"


def test_servers_that_know_all_zones(world: DnsWorld, zone: DnsZone) -> None:
    resolver = Resolver((PUBLIC,), ("127.0.0.10",), port=world.port, timeout=0.4)
    assert resolver.zone_of("a.example.com") == Zone("example.com", tuple(zone.servers))
    assert resolver.authoritative("m.example.com", "MX").status == "found"
    assert resolver.authoritative("m.example.org", "MX").status == "missing"


def test_without_any_server_nothing_is_known() -> None:
    resolver = Resolver((), ())
    assert resolver.public("example.com", "MX").status == "silent"
    assert resolver.authoritative("example.com", "MX").status == "silent"


def test_a_machine_without_configuration_asks_the_public_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unconfigured:
        def __init__(self, configure: bool) -> None:
            raise asking.dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(asking.dns.resolver, "Resolver", Unconfigured)
    assert Resolver()._public == list(asking.PUBLIC_SERVERS)


# -- whom to ask ----------------------------------------------------------------------------------


def test_in_practice_only_the_practice_dns_is_asked(new: PracticeEndpoint) -> None:
    account = connect(practice=new)
    resolver = resolver_for(account)
    assert (resolver._public, resolver._fixed, resolver._port) == (
        ["127.0.0.1"],
        ("127.0.0.1",),
        new.dns_port,
    )
    account.client("route53").create_hosted_zone(Name="shop.test", CallerReference="1")
    zone = resolver.zone_of("a.shop.test")
    assert zone is not None
    assert zone.name == "shop.test"
    assert resolver.authoritative("a.shop.test", "MX").status == "missing"
    assert resolver.public("a.shop.test", "MX").status == "missing"
    assert resolver.authoritative("other.test", "MX").status == "missing"


def test_an_endpoint_that_is_a_practice_account_is_asked_for_its_dns(new: PracticeEndpoint) -> None:
    account = connect(endpoint_url=new.endpoint_url, region=new.region)
    assert account.mode == "endpoint"
    assert resolver_for(account)._port == new.dns_port


class _Account:
    """What resolver_for looks at."""

    practice: Any = None
    leaves_machine = True
    endpoint_url = "http://127.0.0.1:1"


def test_live_the_internet_is_asked() -> None:
    account: Any = _Account()
    assert resolver_for(account)._public[:1] == ["1.1.1.1"]
    account.leaves_machine = False  # another endpoint on this machine, which is no practice account
    assert resolver_for(account)._public[:1] == ["1.1.1.1"]


def test_a_practice_account_without_dns_never_asks_the_internet(account: Account) -> None:
    assert account.practice is not None
    endpoint = PracticeEndpoint("http://127.0.0.1:1", "k", "s", "us-east-1", "")
    stand_in: Any = _Account()
    stand_in.practice = endpoint
    assert resolver_for(stand_in)._public == []
