"""The practice account's DNS server, over real sockets. RFC 1034, 2308, 4592, 6604, 6891, 7766, 8482."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import load_der_public_key

from practice_client import ask, client, refusal
from practice_dns import OWN, PUBLIC, Provider, code, denied_by, question, told, values
from practice_people import caller
from practice_sites import WAITING, WELL, Site, pass_time, verified_site
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

LONG = "x" * 200


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="new") as endpoint:
        zone = Provider(endpoint, "shop.test")
        zone.put("shop.test", "MX", "10 mail.shop.test", "20 mail2.shop.test.")
        zone.put("shop.test", "TXT", '"v=spf1 include:amazonses.com ~all"', '"two " "strings; \\"quoted\\""')
        zone.put("mail.shop.test", "A", "192.0.2.1", "192.0.2.2")
        zone.put("mail.shop.test", "AAAA", "2001:db8::7")
        zone.put("www.shop.test", "CNAME", "mail.shop.test")
        zone.put("far.shop.test", "CNAME", "www.shop.test.")
        zone.put("away.shop.test", "CNAME", "nowhere.invalid")
        zone.put("one.shop.test", "CNAME", "other.shop.test")
        zone.put("other.shop.test", "CNAME", "one.shop.test")
        zone.put("deep.down.shop.test", "TXT", '"deep"')
        zone.put("*.wild.shop.test", "TXT", '"from the wildcard"')
        zone.put("here.wild.shop.test", "A", "192.0.2.3")
        zone.put("\\052.octal.shop.test", "TXT", '"octal \\101\\042"')
        zone.put("_dmarc.shop.test", "TXT", "v=DMARC1; p=none;")
        zone.put("long.shop.test", "TXT", '"' + "y" * 300 + '"')
        zone.put("many.shop.test", "TXT", *(f'"{LONG}{number}"' for number in range(4)))
        zone.put("huge.shop.test", "TXT", *(f'"{LONG}{number}"' for number in range(40)))
        zone.put("odd.shop.test", "A", "no address", "192.0.2.9")
        alias = {"HostedZoneId": zone.id, "DNSName": "mail.shop.test.", "EvaluateTargetHealth": False}
        zone.put("alias.shop.test", "A", AliasTarget=alias)
        zone.put("balancer.shop.test", "A", AliasTarget=alias | {"DNSName": "lb-1.elb.amazonaws.com"})
        zone.put("weighted.shop.test", "A", "192.0.2.10", SetIdentifier="a", Weight=1)
        zone.put("weighted.shop.test", "A", "192.0.2.20", SetIdentifier="b", Weight=9)
        zone.put("several.shop.test", "A", "192.0.2.10", SetIdentifier="a", MultiValueAnswer=True)
        zone.put("several.shop.test", "A", "192.0.2.20", SetIdentifier="b", MultiValueAnswer=True)
        yield endpoint


# -- what is there, and what is not ---------------------------------------------------------------

ANSWERS = [
    ("shop.test", "MX", ["MX 10 mail.shop.test.", "MX 20 mail2.shop.test."]),
    ("shop.test", "TXT", ['TXT "two " "strings; \\"quoted\\""', 'TXT "v=spf1 include:amazonses.com ~all"']),
    ("mail.shop.test", "A", ["A 192.0.2.1", "A 192.0.2.2"]),
    ("mail.shop.test", "AAAA", ["AAAA 2001:db8::7"]),
    ("x.wild.shop.test", "TXT", ['TXT "from the wildcard"']),
    ("y.x.wild.shop.test", "TXT", ['TXT "from the wildcard"']),
    ("any.octal.shop.test", "TXT", ['TXT "octal A\\""']),
    ("_dmarc.shop.test", "TXT", ['TXT "v=DMARC1; p=none;"']),
    ("long.shop.test", "TXT", [f'TXT "{"y" * 255}" "{"y" * 45}"']),
    ("odd.shop.test", "A", ["A 192.0.2.9"]),
    ("alias.shop.test", "A", ["A 192.0.2.1", "A 192.0.2.2"]),
    ("balancer.shop.test", "A", ["A 192.0.2.1"]),
    ("weighted.shop.test", "A", ["A 192.0.2.20"]),
    ("several.shop.test", "A", ["A 192.0.2.10", "A 192.0.2.20"]),
]


@pytest.mark.parametrize("public", [PUBLIC, OWN], ids=["public", "own"])
@pytest.mark.parametrize(("name", "kind", "expected"), ANSWERS, ids=lambda given: str(given)[:20])
def test_records_are_answered(
    live: PracticeEndpoint, name: str, kind: str, expected: list[str], public: bool
) -> None:
    answer = question(live, name, kind, public)
    assert (code(answer), values(answer)) == ("NOERROR", expected)
    assert bool(answer.flags & dns.flags.AA) != public
    assert bool(answer.flags & dns.flags.RA) == public
    assert not answer.authority


@pytest.mark.parametrize("public", [PUBLIC, OWN], ids=["public", "own"])
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("mail.shop.test", "TXT", "NOERROR"),
        ("shop.test", "A", "NOERROR"),
        ("down.shop.test", "TXT", "NOERROR"),  # only a name below it has records
        ("wild.shop.test", "TXT", "NOERROR"),
        ("x.wild.shop.test", "MX", "NOERROR"),
        ("here.wild.shop.test", "TXT", "NOERROR"),  # it exists, so the wildcard is not asked
        ("x.here.wild.shop.test", "TXT", "NXDOMAIN"),  # nor for what is below
        ("alias.shop.test", "TXT", "NOERROR"),
        ("nothing.shop.test", "A", "NXDOMAIN"),
        ("x.deep.down.shop.test", "TXT", "NXDOMAIN"),
        ("token._domainkey.shop.test.shop.test", "CNAME", "NXDOMAIN"),
    ],
)
def test_denial_names_the_zone(
    live: PracticeEndpoint, name: str, kind: str, expected: str, public: bool
) -> None:
    answer = question(live, name, kind, public)
    assert (code(answer), values(answer), denied_by(answer)) == (expected, [], "shop.test")
    assert bool(answer.flags & dns.flags.AA) != public
    assert answer.authority[0].ttl == 900


def test_case_of_the_question_is_kept(live: PracticeEndpoint) -> None:
    answer = question(live, "MaIl.sHop.TEST", "A")
    assert answer.answer[0].name.to_text() == "MaIl.sHop.TEST."
    assert values(answer) == ["A 192.0.2.1", "A 192.0.2.2"]


def servers_of(zone: Provider) -> list[str]:
    return sorted(f"NS {one}." for one in zone.servers)


def test_zone_has_its_name_servers_and_its_soa(live: PracticeEndpoint) -> None:
    zone = Provider(live, "served.test")
    assert told(live, "served.test", "NS") == ("NOERROR", servers_of(zone))
    (soa,) = told(live, "served.test", "SOA", OWN)[1]
    assert soa == f"SOA {zone.servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    found = zone.route53.get_hosted_zone(Id=zone.id)["DelegationSet"]["NameServers"]
    assert found == zone.servers
    assert set(zone.servers).isdisjoint(Provider(live, "served2.test").servers)


# -- aliases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["A", "TXT", "CNAME", "ANY"])
def test_zone_s_server_gives_the_alias_and_leaves_the_rest_to_the_asker(
    live: PracticeEndpoint, kind: str
) -> None:
    assert told(live, "www.shop.test", kind, OWN) == ("NOERROR", ["CNAME mail.shop.test."])


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("www.shop.test", "CNAME", ["CNAME mail.shop.test."]),
        ("www.shop.test", "AAAA", ["CNAME mail.shop.test.", "AAAA 2001:db8::7"]),
        ("www.shop.test", "TXT", ["CNAME mail.shop.test."]),
        ("far.shop.test", "AAAA", ["CNAME www.shop.test.", "CNAME mail.shop.test.", "AAAA 2001:db8::7"]),
    ],
)
def test_resolver_follows_aliases(live: PracticeEndpoint, name: str, kind: str, expected: list[str]) -> None:
    assert told(live, name, kind) == ("NOERROR", expected)


def test_alias_to_nowhere_has_the_code_of_its_target(live: PracticeEndpoint) -> None:
    answer = question(live, "away.shop.test", "TXT")
    assert (code(answer), values(answer), denied_by(answer)) == ("NXDOMAIN", ["CNAME nowhere.invalid."], "")
    assert told(live, "away.shop.test", "TXT", OWN)[0] == "NOERROR"


def test_aliases_in_a_ring_are_a_failure(live: PracticeEndpoint) -> None:
    assert told(live, "one.shop.test", "A")[0] == "SERVFAIL"


def test_any_is_answered_by_one_set(live: PracticeEndpoint) -> None:
    answer = question(live, "shop.test", "ANY")
    assert (code(answer), len(answer.answer)) == ("NOERROR", 1)
    assert told(live, "down.shop.test", "ANY") == ("NOERROR", [])


# -- outside --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nothing.example", "shop.invalid", "_dmarc.test", "x.dkim.amazonses.com"])
def test_names_outside_do_not_exist_and_are_refused_by_the_servers(live: PracticeEndpoint, name: str) -> None:
    assert told(live, name, "TXT") == ("NXDOMAIN", [])
    assert told(live, name, "TXT", OWN) == ("REFUSED", [])


@pytest.mark.parametrize("name", ["test", ".", "com", "dkim.amazonses.com"])
def test_names_above_others_exist(live: PracticeEndpoint, name: str) -> None:
    assert told(live, name, "NS") == ("NOERROR", [])


def test_name_servers_are_found_at_this_very_port(live: PracticeEndpoint) -> None:
    for server in Provider(live, "found.test").servers:
        assert told(live, server, "A") == ("NOERROR", ["A 127.0.0.1"])
        assert told(live, server, "AAAA") == ("NOERROR", [])


@pytest.mark.parametrize("region", ["us-east-1", "eu-south-1"])
@pytest.mark.parametrize(("length", "bits"), [("RSA_1024_BIT", 1024), ("RSA_2048_BIT", 2048)])
def test_aliases_of_dkim_lead_to_a_key(live: PracticeEndpoint, region: str, length: str, bits: int) -> None:
    site = Site(live, region, DkimSigningAttributes={"NextSigningKeyLength": length})
    site.publish()
    for name, _, target in site.records:
        alias, *_ = found = told(live, name, "TXT")[1]
        assert alias == f"CNAME {target}."
        key = "".join(found[1].removeprefix("TXT ").split('"')).replace(" ", "")
        assert key.startswith("p=")
        assert load_der_public_key(base64.b64decode(key.removeprefix("p="))).key_size == bits


def test_keys_that_were_replaced_are_gone(live: PracticeEndpoint) -> None:
    site = Site(live)
    old = site.records[0][2]
    assert told(live, old, "TXT")[0] == "NOERROR"
    site.ses.delete_email_identity(EmailIdentity=site.name)
    assert told(live, old, "TXT")[0] == "NXDOMAIN"


def test_servers_of_mail_from_exist(live: PracticeEndpoint) -> None:
    assert told(live, "feedback-smtp.eu-west-1.amazonses.com", "A")[0] == "NOERROR"
    assert told(live, "feedback-smtp.eu-west-9.amazonses.com", "A")[0] == "NXDOMAIN"
    (spf,) = told(live, "amazonses.com", "TXT")[1]
    assert spf.startswith('TXT "v=spf1 ip4:')


# -- delegation -----------------------------------------------------------------------------------


def test_the_first_of_two_zones_of_one_name_is_the_one(live: PracticeEndpoint) -> None:
    first, second = Provider(live, "twice.test"), Provider(live, "twice.test")
    second.put("twice.test", "TXT", '"second"')
    assert told(live, "twice.test", "TXT") == ("NOERROR", [])
    assert told(live, "twice.test", "NS")[1] == servers_of(first)
    first.route53.delete_hosted_zone(Id=first.id)
    assert told(live, "twice.test", "TXT") == ("NOERROR", ['TXT "second"'])


def test_private_zones_are_not_in_the_world(live: PracticeEndpoint) -> None:
    Provider(live, "inner.test", private=True).put("inner.test", "TXT", '"private"')
    assert told(live, "inner.test", "TXT") == ("NXDOMAIN", [])


@pytest.fixture
def below(live: PracticeEndpoint, request: pytest.FixtureRequest) -> tuple[str, Provider, Provider]:
    """A zone, and one below it, each with a record of the same name."""
    name = f"{request.node.name[:40].replace('_', '-').strip('-').lower()}.test"
    parent, child = Provider(live, name), Provider(live, f"app.{name}")
    parent.put(f"x.app.{name}", "TXT", '"parent"')
    child.put(f"x.app.{name}", "TXT", '"child"')
    return name, parent, child


def test_zone_below_another_is_not_seen_until_it_is_delegated(live: PracticeEndpoint, below: Any) -> None:
    name, parent, child = below
    for public in (PUBLIC, OWN):
        assert told(live, f"x.app.{name}", "TXT", public) == ("NOERROR", ['TXT "parent"'])
    parent.put(f"app.{name}", "NS", *child.servers)
    for public in (PUBLIC, OWN):
        assert told(live, f"x.app.{name}", "TXT", public) == ("NOERROR", ['TXT "child"'])
        assert denied_by(question(live, f"y.app.{name}", "TXT", public)) == f"app.{name}"
    assert told(live, f"app.{name}", "NS")[1] == servers_of(child)


def test_zone_of_two_is_the_one_that_the_delegation_names(live: PracticeEndpoint, below: Any) -> None:
    name, parent, _ = below
    second = Provider(live, f"app.{name}")
    second.put(f"x.app.{name}", "TXT", '"second"')
    parent.put(f"app.{name}", "NS", *(f"{server.upper()}." for server in second.servers))
    assert told(live, f"x.app.{name}", "TXT") == ("NOERROR", ['TXT "second"'])


def test_made_up_servers_of_route_53_mean_the_zone_that_is_here(live: PracticeEndpoint, below: Any) -> None:
    name, parent, _ = below
    parent.put(f"app.{name}", "NS", "ns-2048.awsdns-64.com", "ns-2049.awsdns-65.net")
    assert told(live, f"x.app.{name}", "TXT") == ("NOERROR", ['TXT "child"'])


def test_what_is_delegated_to_others_is_not_here(live: PracticeEndpoint, below: Any) -> None:
    name, parent, _ = below
    parent.put(f"app.{name}", "NS", "ns1.elsewhere.example", "ns2.elsewhere.example")
    assert told(live, f"x.app.{name}", "TXT") == ("SERVFAIL", [])
    referral = question(live, f"x.app.{name}", "TXT", OWN)
    assert (code(referral), values(referral)) == ("NOERROR", [])
    assert not referral.flags & dns.flags.AA
    (servers,) = referral.authority
    assert servers.name.to_text() == f"app.{name}."
    assert {one.to_text() for one in servers} == {"ns1.elsewhere.example.", "ns2.elsewhere.example."}


def test_delegation_below_an_undelegated_zone(live: PracticeEndpoint, below: Any) -> None:
    """app is not delegated, so what it delegates does not count; what the zone above delegates does."""
    name, parent, child = below
    deep = Provider(live, f"x.app.{name}")
    deep.put(f"x.app.{name}", "TXT", '"deep"')
    child.put(f"x.app.{name}", "NS", *deep.servers)
    assert told(live, f"x.app.{name}", "TXT") == ("NOERROR", ['TXT "parent"'])
    parent.put(f"x.app.{name}", "NS", *deep.servers)
    assert told(live, f"x.app.{name}", "TXT") == ("NOERROR", ['TXT "deep"'])


def test_ses_sees_what_the_world_sees(live: PracticeEndpoint) -> None:
    """Records in a zone that nobody delegates to verify nothing."""
    site = Site(live)
    other = Provider(live, site.name)
    for record in site.records:
        other.put(*record)
    assert site.state == WAITING
    below = Provider(live, f"_domainkey.{site.name}")
    for record in site.records:
        below.put(*record)
    assert site.state == WAITING
    site.put(f"_domainkey.{site.name}", "NS", *below.servers)
    assert site.state == WELL


def test_zone_that_is_made_by_the_way_delegates_to_those_below(live: PracticeEndpoint) -> None:
    """The DNS provider of the practice account keeps what works working."""
    ses = caller(live)
    for name in ("mail.late.test", "late.test"):
        ses.create_email_identity(EmailIdentity=name)
        ask(live, "POST", f"/practice/records?identity={name}")
    for name in ("mail.late.test", "late.test"):
        assert ses.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]


# -- sizes and transports -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "cut"),
    [
        ("mail.shop.test", {}, False),
        ("many.shop.test", {}, True),  # some 850 bytes: 512 are the most for who names no size
        ("many.shop.test", {"use_edns": 0, "payload": 1232}, False),
        ("many.shop.test", {"use_edns": 0, "payload": 600}, True),
        ("many.shop.test", {"use_edns": 0, "payload": 100}, True),  # counts as 512
        ("huge.shop.test", {"use_edns": 0, "payload": 65000}, True),
    ],
)
def test_long_answers_are_cut_and_whole_by_tcp(
    live: PracticeEndpoint, name: str, options: dict[str, Any], cut: bool
) -> None:
    kind = "A" if name == "mail.shop.test" else "TXT"
    answer = question(live, name, kind, **options)
    assert bool(answer.flags & dns.flags.TC) == cut
    assert len(answer.to_wire()) <= 1232
    assert (answer.edns == 0) == ("use_edns" in options)
    whole = question(live, name, kind, tcp=True, **options)
    assert not whole.flags & dns.flags.TC
    assert len(values(whole)) == {"mail.shop.test": 2, "many.shop.test": 4, "huge.shop.test": 40}[name]


def exchange(endpoint: PracticeEndpoint, *pieces: bytes) -> bytes:
    """What comes back by TCP until the server ends, after these pieces and an end of ours."""
    with socket.create_connection(("127.0.0.1", endpoint.dns_port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_several_questions_by_one_connection_in_any_pieces(live: PracticeEndpoint) -> None:
    wires = [dns.message.make_query(name, "TXT").to_wire() for name in ("huge.shop.test", "shop.test")]
    sent = b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)
    received = exchange(live, sent[:1], sent[1:20], sent[20:])
    for wire in wires:
        size = int.from_bytes(received[:2], "big")
        answer = dns.message.from_wire(received[2 : 2 + size])
        assert answer.id == dns.message.from_wire(wire).id
        assert values(answer)
        received = received[2 + size :]
    assert received == b""


@pytest.mark.parametrize("junk", [b"", b"x", b"\x00" * 11, b"\xff" * 40, b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_question_gets_no_answer_and_does_no_harm(live: PracticeEndpoint, junk: bytes) -> None:
    answer = dns.message.make_response(dns.message.make_query("shop.test", "A")).to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(10)
        sender.connect(("127.0.0.1", live.dns_port))
        sender.send(junk)
        sender.send(answer)  # answering answers would never end
        query = dns.message.make_query("mail.shop.test", "A")
        sender.send(query.to_wire())
        assert dns.message.from_wire(sender.recv(4096)).id == query.id  # and nothing came before it
    assert exchange(live, len(junk).to_bytes(2, "big") + junk) == b""


@pytest.mark.parametrize("kind", ["AXFR", "IXFR", "MAILB"])
def test_zones_are_not_handed_over(live: PracticeEndpoint, kind: str) -> None:
    assert told(live, "shop.test", kind, OWN)[0] in ("REFUSED", "NOTIMP")


def test_questions_of_other_kinds(live: PracticeEndpoint) -> None:
    update = dns.message.make_query("shop.test", "A")
    update.set_opcode(4)  # NOTIFY
    chaos = dns.message.make_query("version.bind", "TXT", "CH")
    newer = dns.message.make_query("shop.test", "A", use_edns=1)
    two = dns.message.make_query("shop.test", "A")
    two.question *= 2
    for query, expected in ((update, "NOTIMP"), (chaos, "REFUSED"), (newer, "BADVERS"), (two, "FORMERR")):
        answer = dns.query.udp(query, "127.0.0.1", port=live.dns_port, timeout=10)
        assert code(answer) == expected


# -- where it is ----------------------------------------------------------------------------------


def test_port_is_told_and_kept(tmp_path: Path) -> None:
    ports = []
    for _ in range(2):
        server = PracticeServer(tmp_path, preset="new")
        try:
            endpoint = server.start()
            assert ask(endpoint, "GET", "/practice/health").json["dns_port"] == endpoint.dns_port
            assert told(endpoint, "shop.invalid", "A")[0] == "NXDOMAIN"
        finally:
            server.stop()
        ports.append(endpoint.dns_port)
    assert ports[0] == ports[1] > 0
    assert json.loads((tmp_path / "state.json").read_text())["dns_port"] == ports[0]


def test_port_that_is_taken_meanwhile_is_replaced_by_another(tmp_path: Path) -> None:
    with serve(folder=tmp_path, preset="new") as before:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", before.dns_port))
        with serve(folder=tmp_path) as after:
            assert after.dns_port not in (0, before.dns_port)
            assert told(after, "shop.invalid", "A")[0] == "NXDOMAIN"


def test_stop_ends_open_connections_at_once() -> None:
    with serve(preset="new") as endpoint:
        open_one = socket.create_connection(("127.0.0.1", endpoint.dns_port), timeout=10)
        question(endpoint, "shop.invalid", "A", tcp=True)
    with open_one:
        assert open_one.recv(1) == b""
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", endpoint.dns_port), timeout=10)


def test_zones_are_as_they_were_after_a_restart(tmp_path: Path) -> None:
    with serve(folder=tmp_path, preset="new") as before:
        parent, _, second = (Provider(before, name) for name in ("a.test", "b.a.test", "b.a.test"))
        second.put("b.a.test", "TXT", '"second"')
        parent.put("b.a.test", "NS", *second.servers)
    with serve(folder=tmp_path) as after:
        assert told(after, "b.a.test", "TXT") == ("NOERROR", ['TXT "second"'])
        found = client(after, "route53").get_hosted_zone(Id=second.id)["DelegationSet"]["NameServers"]
        assert found == second.servers


# -- changes --------------------------------------------------------------------------------------

TXT = {"Name": "x.zone.test", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"one"'}]}
OTHER = TXT | {"ResourceRecords": [{"Value": '"two"'}]}
CNAME = TXT | {"Type": "CNAME", "ResourceRecords": [{"Value": "shop.test"}]}
WHAT = "resource record set [name='x.zone.test.', type='TXT']"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ([("CREATE", OTHER)], f"Tried to create {WHAT} but it already exists"),
        ([("CREATE", TXT | {"Name": "X.Zone.Test."})], f"Tried to create {WHAT} but it already exists"),
        (
            [("DELETE", OTHER)],
            f"Tried to delete {WHAT} but the values provided do not match the current values",
        ),
        ([("DELETE", TXT | {"TTL": 60})], "do not match the current values"),
        (
            [("DELETE", TXT | {"Name": "y.zone.test"})],
            f"Tried to delete {WHAT.replace('x.', 'y.')} but it was not found",
        ),
        ([("CREATE", CNAME)], "conflicts with other records with the same DNS name in zone zone.test."),
        ([("UPSERT", CNAME)], "conflicts with other records with the same DNS name in zone zone.test."),
        (
            [("CREATE", CNAME | {"Name": "www.zone.test"}), ("CREATE", TXT | {"Name": "www.zone.test"})],
            "a conflicting RRSet of type CNAME with the same DNS name already exists in zone zone.test.",
        ),
        ([("CREATE", CNAME | {"Name": "zone.test"})], "is not permitted at apex in zone zone.test."),
        (
            [("CREATE", TXT | {"Name": "otherzone.test"})],
            "RRSet with DNS name otherzone.test. is not permitted in zone zone.test.",
        ),
        ([("CREATE", {**TXT, "Name": "z.zone.test"}), ("CREATE", OTHER)], "but it already exists"),
    ],
)
def test_changes_are_made_as_in_route_53_or_not_at_all(
    live: PracticeEndpoint, changes: list[tuple[str, dict[str, Any]]], text: str
) -> None:
    zone = Provider(live, "zone.test")
    zone.put("x.zone.test", "TXT", '"one"')
    before = zone.records()
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": given} for action, given in changes]}
    try:
        refused = refusal(zone.route53.change_resource_record_sets, HostedZoneId=zone.id, ChangeBatch=batch)
        assert (refused.status, refused.code) == (400, "InvalidChangeBatch")
        assert text in (refused.text or "")
        assert zone.records() == before
    finally:
        zone.drop()


def test_record_is_replaced_and_deleted_after_a_restart_too(tmp_path: Path) -> None:
    with serve(folder=tmp_path, preset="new") as before:
        zone = Provider(before, "zone.test")
        zone.put("x.zone.test", "TXT", '"one"')
    with serve(folder=tmp_path) as after:
        zone.route53 = client(after, "route53")
        with pytest.raises(ClientError, match="already exists"):
            zone.put("x.zone.test", "TXT", '"two"')
        for action, given in (("UPSERT", OTHER), ("DELETE", OTHER), ("CREATE", TXT)):
            change = {"Changes": [{"Action": action, "ResourceRecordSet": given}]}
            zone.route53.change_resource_record_sets(HostedZoneId=zone.id, ChangeBatch=change)
            expected = [] if action == "DELETE" else [f"TXT {given['ResourceRecords'][0]['Value']}"]
            assert told(after, "x.zone.test", "TXT")[1] == expected


# -- faults ---------------------------------------------------------------------------------------


def plant(endpoint: PracticeEndpoint, kind: str, address: str | None = None, times: int | None = None) -> str:
    query = "".join(f"&{name}={value}" for name, value in (("address", address), ("times", times)) if value)
    reply = ask(endpoint, "POST", f"/practice/faults?kind={kind}{query}")
    assert reply.status == 200, reply.text
    return str(reply.json["id"])


@pytest.fixture
def calm(live: PracticeEndpoint) -> Iterator[PracticeEndpoint]:
    yield live
    ask(live, "DELETE", "/practice/faults")


@pytest.mark.parametrize("public", [PUBLIC, OWN], ids=["public", "own"])
@pytest.mark.parametrize("address", ["shop.test", "mail.shop.test", "Shop.Test.", None])
def test_silent_servers_do_not_answer(calm: PracticeEndpoint, address: str | None, public: bool) -> None:
    plant(calm, "dns-silent", address, times=1)
    for _ in range(2):  # asking does not use it up
        with pytest.raises(dns.exception.Timeout):
            question(calm, "mail.shop.test", "A", public, timeout=0.2)
    if address:
        assert told(calm, "amazonses.com", "TXT")[0] == "NOERROR"


@pytest.mark.parametrize("public", [PUBLIC, OWN], ids=["public", "own"])
def test_servers_that_fail_say_so(calm: PracticeEndpoint, public: bool) -> None:
    plant(calm, "dns-error", "shop.test", times=1)
    for _ in range(2):
        assert told(calm, "mail.shop.test", "A", public) == ("SERVFAIL", [])
    assert told(calm, "notshop.test", "A", public)[0] != "SERVFAIL"


def test_record_may_have_a_fault_of_its_own(calm: PracticeEndpoint) -> None:
    plant(calm, "dns-error", "_dmarc.shop.test")
    assert told(calm, "_dmarc.shop.test", "TXT")[0] == "SERVFAIL"
    assert told(calm, "shop.test", "TXT")[0] == "NOERROR"


def test_target_of_an_alias_may_be_silent(calm: PracticeEndpoint) -> None:
    plant(calm, "dns-silent", "mail.shop.test")
    assert told(calm, "www.shop.test", "A") == ("SERVFAIL", ["CNAME mail.shop.test."])


def test_what_still_spreads_is_seen_by_the_zone_s_servers_only(calm: PracticeEndpoint) -> None:
    plant(calm, "dns-stale", "shop.test", times=1)
    for _ in range(2):
        assert told(calm, "mail.shop.test", "A") == ("NXDOMAIN", [])
        assert told(calm, "mail.shop.test", "A", OWN) == ("NOERROR", ["A 192.0.2.1", "A 192.0.2.2"])
    assert told(calm, "shop.test", "TXT") == ("NOERROR", [])
    assert denied_by(question(calm, "shop.test", "TXT")) == "shop.test"
    assert len(told(calm, "shop.test", "NS")[1]) == 4  # the zone itself is known already
    ask(calm, "DELETE", "/practice/faults")
    assert told(calm, "mail.shop.test", "A")[0] == "NOERROR"


def test_ses_does_not_see_new_records_while_they_spread(calm: PracticeEndpoint) -> None:
    site = Site(calm)
    fault = plant(calm, "dns-stale", site.name)
    site.publish()
    assert site.state == WAITING
    assert site.get("VerificationInfo")["ErrorType"] == "HOST_NOT_FOUND"
    ask(calm, "DELETE", f"/practice/faults?id={fault}")
    assert site.state == WELL


def test_what_ses_has_seen_stays_seen_while_other_records_spread(calm: PracticeEndpoint) -> None:
    site = verified_site(calm)
    plant(calm, "dns-stale", site.name)
    site.set_mail_from()
    site.put(site.bounce, "MX", "10 feedback-smtp.us-east-1.amazonses.com")
    pass_time(calm, hours=1)
    assert (site.state, site.mail_from) == (WELL, "PENDING")
    ask(calm, "DELETE", "/practice/faults")
    assert (site.state, site.mail_from) == (WELL, "SUCCESS")


def test_spreading_ends_after_so_many_looks_of_ses(calm: PracticeEndpoint) -> None:
    site = Site(calm)
    plant(calm, "dns-stale", site.name, times=5)
    site.publish()  # asks for the records, and changes the zone three times: each is a look
    assert site.state == WAITING
    assert site.state == WELL


@pytest.mark.parametrize("address", ["me@shop.test", "a b", "x..y"])
def test_fault_of_the_dns_is_about_a_name(calm: PracticeEndpoint, address: str) -> None:
    reply = ask(calm, "POST", "/practice/faults", f"kind=dns-stale&address={address}")
    assert reply.status == 400
    assert "is no name in the DNS" in reply.json["error"]


def test_registered_domain_without_a_zone_has_an_empty_one(new: PracticeEndpoint) -> None:
    name = "_dmarc.unhosted.test"
    assert told(new, name, "TXT", OWN) == ("REFUSED", [])
    client(new, "sesv2").create_email_identity(EmailIdentity="unhosted.test")
    assert told(new, name, "TXT", OWN) == ("NXDOMAIN", [])
    assert denied_by(question(new, name, "TXT")) == "unhosted.test"
    assert told(new, "unhosted.test", "NS")[1] == [
        "NS ns1.dns-provider.example.",
        "NS ns2.dns-provider.example.",
    ]
    Provider(new, "unhosted.test").put(name, "TXT", '"v=DMARC1; p=none;"')
    assert told(new, name, "TXT", OWN) == ("NOERROR", ['TXT "v=DMARC1; p=none;"'])
