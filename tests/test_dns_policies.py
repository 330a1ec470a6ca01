"""DMARC by the tree walk of RFC 9989, alignment, and SPF records taken apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_server import DnsWorld, DnsZone
from sesutil.dns.policies import (
    aligned,
    dmarc_problem,
    is_dmarc,
    organizational_domain,
    read_dmarc,
    walk_names,
)
from sesutil.dns.spf import is_spf, parse_spf, spf_lookups


@pytest.fixture
def world() -> Iterator[DnsWorld]:
    with DnsWorld() as world:
        world.zone("com")
        yield world


@pytest.fixture
def zone(world: DnsWorld) -> DnsZone:
    return world.zone("example.com")


def put(zone: DnsZone, domain: str, *texts: str) -> None:
    zone.put(f"_dmarc.{domain}.", "TXT", *(f'"{text}"' for text in texts))


def test_the_walk_of_the_rfcs_example() -> None:
    names = walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com")
    assert names == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=20))
def test_the_walk_never_asks_more_than_eight_times(labels: list[str]) -> None:
    domain = ".".join(labels)
    names = walk_names(domain)
    assert names[0] == domain
    assert len(names) == min(len(labels), 8)
    assert all(domain.endswith(name) for name in names)
    assert [name.count(".") for name in names[1:]] == list(range(min(len(labels) - 1, 7) - 1, -1, -1))


def test_the_domains_own_policy(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=DMARC1; p=reject; sp=none; adkim=s; t=y")
    state = read_dmarc("Example.COM.", world.resolver())
    assert (state.found_at, state.policy, state.subdomain_policy, state.applied) == (
        "example.com",
        "reject",
        "none",
        "reject",
    )
    assert (state.adkim, state.aspf, state.testing, state.pct, state.problem) == ("s", "r", True, None, None)
    assert state.records == ("v=DMARC1; p=reject; sp=none; adkim=s; t=y",)
    assert state.known


def test_the_policy_from_above(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=DMARC1; p=reject; sp=quarantine")
    zone.put("shop", "TXT", '"it exists"')
    state = read_dmarc("shop.example.com", world.resolver())
    assert (state.found_at, state.policy, state.applied) == ("example.com", "reject", "quarantine")
    assert state.organizational_domain == "example.com"


def test_a_name_that_does_not_exist_has_a_policy_of_its_own(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=DMARC1; p=none; sp=quarantine; np=reject")
    zone.put("shop", "TXT", '"it exists"')
    assert read_dmarc("shop.example.com", world.resolver()).applied == "quarantine"
    assert read_dmarc("gone.example.com", world.resolver()).applied == "reject"


def test_between_own_and_organization_nothing_counts(world: DnsWorld, zone: DnsZone) -> None:
    """Policies on the way are those of neither the domain nor its organization (section 4.10.1)."""
    put(zone, "shop.example.com", "v=DMARC1; p=none")
    put(zone, "example.com", "v=DMARC1; p=reject")
    state = read_dmarc("a.shop.example.com", world.resolver())
    assert state.found_at == "example.com"


def test_a_domain_may_be_its_own_organization(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "shop.example.com", "v=DMARC1; p=none; psd=n")
    put(zone, "example.com", "v=DMARC1; p=reject")
    resolver = world.resolver()
    assert organizational_domain("a.shop.example.com", resolver) == "shop.example.com"
    assert organizational_domain("example.com", resolver) == "example.com"
    assert read_dmarc("a.shop.example.com", resolver).found_at == "shop.example.com"
    assert not aligned("shop.example.com", "example.com", strict=False, resolver=resolver)


def test_a_public_suffix_holds_for_what_is_below_it(world: DnsWorld, zone: DnsZone) -> None:
    put(world.zones[1], "com", "v=DMARC1; p=reject; psd=y")
    resolver = world.resolver()
    assert organizational_domain("a.shop.example.com", resolver) == "example.com"
    state = read_dmarc("shop.example.com", resolver)
    assert (state.found_at, state.applied, state.organizational_domain) == ("com", "reject", "example.com")
    assert organizational_domain("com", resolver) == "com"
    assert aligned("a.example.com", "b.example.com", strict=False, resolver=resolver)
    assert not aligned("a.example.com", "b.other.com", strict=False, resolver=resolver)


def test_two_records_count_as_none(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "shop.example.com", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    put(zone, "example.com", "v=DMARC1; p=quarantine")
    state = read_dmarc("shop.example.com", world.resolver())
    assert (state.found_at, state.applied, state.problem_id) == ("example.com", "quarantine", "two-dmarc")
    state = read_dmarc("b.shop.example.com", world.resolver())
    assert (state.found_at, state.problem_id) == ("example.com", None)


def test_no_policy_anywhere(world: DnsWorld, zone: DnsZone) -> None:
    zone.put("_dmarc", "TXT", '"unrelated"')
    state = read_dmarc("example.com", world.resolver())
    assert (state.found_at, state.applied, state.records, state.problem_id, state.known) == (
        None,
        None,
        (),
        None,
        True,
    )
    assert state.organizational_domain == "example.com"


def test_a_record_that_only_means_to_be_one(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=dmarc1; p=reject")
    state = read_dmarc("example.com", world.resolver())
    assert (state.found_at, state.problem_id) == (None, "dmarc-version")
    assert state.records == ("v=dmarc1; p=reject",)


def test_pct_is_told(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=DMARC1; p=reject; pct=10")
    state = read_dmarc("example.com", world.resolver())
    assert (state.applied, state.pct, state.problem_id) == ("reject", "10", "dmarc-pct")


def test_what_could_not_be_asked_is_not_missing(world: DnsWorld, zone: DnsZone) -> None:
    world.silent = set(zone.servers.values())
    assert not read_dmarc("example.com", world.resolver()).known


def test_alignment(world: DnsWorld, zone: DnsZone) -> None:
    put(zone, "example.com", "v=DMARC1; p=none")
    resolver = world.resolver()
    assert aligned("shop.example.com", "mail.EXAMPLE.com", strict=False, resolver=resolver)
    assert not aligned("example.com", "mail.example.com", strict=True, resolver=resolver)
    assert aligned("Example.com", "example.com.", strict=True, resolver=resolver)
    assert not aligned("example.com", "amazonses.com", strict=False, resolver=resolver)
    assert not aligned("a.other.com", "other.com", strict=False, resolver=resolver)  # no policy there


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=DMARC1; p=none", None),
        ("v = DMARC1 ;p = NONE;", None),
        ("v=DMARC1; sp=none; rua=mailto:a@example.com,mailto:b@example.com; p=reject; fo=1", None),
        ("v=DMARC1; p=none; ri=86400; rf=afrf", None),
        ("v=DMARC1", "dmarc-no-p"),
        ("v=DMARC1; rua=mailto:a@example.com", "dmarc-no-p"),
        ("v=DMARC1; P=none", "dmarc-no-p"),
        ("v=DMARC1; p=non", "dmarc-invalid"),
        ("v=DMARC1; p=none; sp=all", "dmarc-invalid"),
        ("v=DMARC1; p=none; adkim=relaxed", "dmarc-invalid"),
        ("v=DMARC1; p=none; rua=a@example.com", "dmarc-rua"),
        ("v=DMARC1; p=none; rua=", "dmarc-rua"),
        ("v=DMARC1; p=none; p=reject", "dmarc-syntax"),
        ("v=DMARC1; p=none; reject", "dmarc-syntax"),
        ("v=DMARC1; p=none; aspfs=r", "dmarc-tag"),
        ("v=DMARC1; p=none; pct=100", "dmarc-pct"),
        ("v=DMARC1, p=none", "dmarc-version"),
        ("v=DMARC2; p=none", "dmarc-version"),
        (" v=DMARC1; p=none", "dmarc-version"),
    ],
)
def test_what_is_wrong_with_a_dmarc_record(text: str, problem: str | None) -> None:
    found = dmarc_problem(text)
    assert (found.id if found else None) == problem
    assert is_dmarc(text) == (problem != "dmarc-version")


@given(st.text(max_size=60))
def test_any_text_behind_the_version_is_judged(text: str) -> None:
    dmarc_problem(f"v=DMARC1; {text}")
    parse_spf(f"v=spf1 {text}")


# -- SPF ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spf"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf10 -all", False),
        (" v=spf1 -all", False),
        ("spf2.0/pra", False),
    ],
)
def test_what_an_spf_record_is(text: str, spf: bool) -> None:
    assert is_spf(text) == spf


@pytest.mark.parametrize(
    ("terms", "problems"),
    [
        ("include:amazonses.com ~all", ()),
        ("a mx a:example.com a/24 mx:example.com/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", ()),
        ("exists:%{i}._spf.example.com ptr redirect=example.com exp=why.example.com unknown=x", ()),
        ("include amazonses.com", ("include", "amazonses.com")),
        ("include= ~all", ("include=",)),
        ("-all:", ("-all:",)),
        ("ip4 ~al", ("ip4", "~al")),
        ("include:amazonses.com, ~all", ()),  # a strange name, but a name
        ("\N{EN DASH}all", ("\N{EN DASH}all",)),
    ],
)
def test_what_is_no_spf(terms: str, problems: tuple[str, ...]) -> None:
    assert parse_spf(f"v=spf1 {terms}").problems == problems


def test_what_stands_behind_all_does_not_count() -> None:
    assert parse_spf("v=spf1 ~all include:amazonses.com").includes("amazonses.com") is None
    assert parse_spf("v=spf1 include:AmazonSES.com. ~all").includes("amazonses.com") is not None


def test_included_records_are_counted(world: DnsWorld, zone: DnsZone) -> None:
    zone.put("_spf", "TXT", '"v=spf1 include:_more.example.com a mx ~all"')
    zone.put("_more", "TXT", '"v=spf1 a:x.example.com a:y.example.com include:_spf.example.com ~all"')
    resolver = world.resolver()
    assert spf_lookups(parse_spf("v=spf1 include:amazonses.com ip4:192.0.2.1 ~all"), resolver) == 1
    assert spf_lookups(parse_spf("v=spf1 include:amazonses.com include:_spf.example.com ~all"), resolver) == 8
    assert not any(name == "amazonses.com" for _, _, name, _ in world.asked)


def test_records_that_include_one_another_come_to_an_end(world: DnsWorld, zone: DnsZone) -> None:
    for number in range(40):
        zone.put(f"s{number}", "TXT", f'"v=spf1 include:s{number + 1}.example.com ~all"')
    assert spf_lookups(parse_spf("v=spf1 include:s0.example.com ~all"), world.resolver()) == 11
