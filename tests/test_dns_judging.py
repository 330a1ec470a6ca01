"""Each mistake planted in a real DNS on this machine, and named by the judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dns_server import PUBLIC, DnsWorld, DnsZone
from sesutil.dns.judging import HostedRecords, RecordVerdict, judge_records
from sesutil.dns.records import DnsRecord, expected_records
from sesutil.identities import DkimState, IdentityState, MailFromState

DOMAIN = "example.com"
TOKENS = tuple(letter * 32 for letter in "abc")
KEYS = "dkim.amazonses.com"
A = f"{TOKENS[0]}._domainkey"
MX = "10 feedback-smtp.eu-central-1.amazonses.com."
PUBLIC_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCjmke5ryD4UDyUMsY4XrDRbuvpJRUvUDjNGG5X84nf"
    "0bEUqrp3muxvVaqqCr4yxlTxs7g8vY9+uE+CLFrJmIcPgIc3n0duGROaYiAa7EkJA3RDhS3Vo6NwMnkY"
    "H/PzURjNaknJZkSVZqd99F3yfscsMiH1H4Sy9tFVZryHvBT0RwIDAQAB"
)
SPF = '"v=spf1 include:amazonses.com ~all"'
DMARC = '"v=DMARC1; p=none;"'
CLOUDFLARE = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")


def identity_of(domain: str = DOMAIN, **more: Any) -> IdentityState:
    dkim = DkimState(
        signing_enabled=True, status="PENDING", origin="AWS_SES", tokens=TOKENS, hosted_zone=KEYS, **more
    )
    mail_from = MailFromState(f"mail.{domain}", "PENDING", "USE_DEFAULT_VALUE")
    return IdentityState(domain, "DOMAIN", "eu-central-1", False, "PENDING", dkim=dkim, mail_from=mail_from)


RECORDS = expected_records(identity_of())
DKIM, _, _, MAIL_FROM, SPF_RECORD, DMARC_RECORD = RECORDS


@pytest.fixture
def world() -> Iterator[DnsWorld]:
    with DnsWorld() as world:
        world.zone("com")
        yield world


@pytest.fixture
def zone(world: DnsWorld) -> DnsZone:
    """example.com as it should be, on two servers."""
    zone = world.zone(DOMAIN, "127.0.0.10", "127.0.0.11")
    publish(zone)
    return zone


def publish(zone: DnsZone) -> None:
    for token in TOKENS:
        zone.put(f"{token}._domainkey", "CNAME", f"{token}.{KEYS}.")
    zone.put("mail", "MX", MX)
    zone.put("mail", "TXT", SPF)
    zone.put("_dmarc", "TXT", DMARC)


def judge(world: DnsWorld, record: DnsRecord, **more: Any) -> RecordVerdict:
    """The verdict on one record, judged among all of its identity."""
    records = [*RECORDS] if record in RECORDS else [record]
    verdicts = judge_records(records, world.resolver(), **more)
    return verdicts[records.index(record)]


def told(verdict: RecordVerdict) -> tuple[str, str | None]:
    return verdict.state, verdict.mistake


# -- all is well ----------------------------------------------------------------------------------


def test_a_healthy_domain_is_found_whole(world: DnsWorld, zone: DnsZone) -> None:
    verdicts = judge_records(RECORDS, world.resolver())
    assert [told(one) for one in verdicts] == [("found", None)] * 6
    assert [one.record for one in verdicts] == RECORDS
    assert verdicts[0].found == verdicts[0].found_public == (f"{TOKENS[0]}.{KEYS}",)
    assert {one.fix for one in verdicts} == {""}


def test_nothing_is_there_yet(world: DnsWorld) -> None:
    world.zone(DOMAIN)
    verdicts = judge_records(RECORDS, world.resolver())
    assert [told(one) for one in verdicts] == [("missing", None)] * 6
    assert f"name `{A}` (whole: {A}.{DOMAIN}), value `{TOKENS[0]}.{KEYS}`" in verdicts[0].fix
    assert "priority 10, value `feedback-smtp.eu-central-1.amazonses.com`" in verdicts[3].fix
    assert "the zone example.com (name servers ns1.example.com)" in verdicts[0].fix


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        (A, "CNAME", (f"{TOKENS[0].upper()}.DKIM.AmazonSES.com.",)),
        ("MAIL", "MX", (MX.upper(),)),
        ("mail", "TXT", ('"v=spf1 " "include:amazon" "ses.com -all"',)),
        ("mail", "TXT", ('"v=spf1 redirect=amazonses.com"',)),
        ("mail", "TXT", ('"v=spf1 ip4:192.0.2.1 include:AmazonSES.com ?all"', '"something else"')),
        ("_dmarc", "TXT", ('"v=DMARC1; p=reject; rua=mailto:a@example.net; sp=quarantine; adkim=s"',)),
        ("_dmarc", "TXT", ('"v=DMARC1;p=quarantine"', '"verification=1"')),
    ],
)
def test_other_ways_of_writing_are_as_good(
    world: DnsWorld, zone: DnsZone, name: str, kind: str, values: tuple[str, ...]
) -> None:
    zone.put(name, kind, *values)
    assert [told(one) for one in judge_records(RECORDS, world.resolver())] == [("found", None)] * 6


# -- one mistake each -----------------------------------------------------------------------------

DROP = ()
# What is changed in the healthy zone: (name, type, values; none to remove it), the record judged, and
# what must be said: state, mistake, and words of the fix.
MISTAKES: dict[str, tuple[list[tuple[str, str, tuple[str, ...]]], DnsRecord, str, str, str]] = {
    "zone appended to the name": (
        [(A, "CNAME", DROP), (f"{A}.example.com", "CNAME", (f"{TOKENS[0]}.{KEYS}.",))],
        *(DKIM, "wrong", "zone-appended", f"to `{A}`, without example.com"),
    ),
    "zone appended to _dmarc": (
        [("_dmarc", "TXT", DROP), ("_dmarc.example.com", "TXT", (DMARC,))],
        *(DMARC_RECORD, "wrong", "zone-appended", "to `_dmarc`, without example.com"),
    ),
    "zone appended to the MX's name": (
        [("mail", "MX", DROP), ("mail.example.com", "MX", (MX,))],
        *(MAIL_FROM, "wrong", "zone-appended", "to `mail`, without example.com"),
    ),
    "MAIL FROM domain appended": (
        [("mail", "TXT", DROP), ("mail.example.com.mail", "TXT", (SPF,))],
        *(SPF_RECORD, "wrong", "zone-appended", "to `mail`"),
    ),
    "zone appended to the value": (
        [(A, "CNAME", (f"{TOKENS[0]}.{KEYS}.example.com.",))],
        *(DKIM, "wrong", "zone-appended", f"end the value with a dot: `{TOKENS[0]}.{KEYS}.`"),
    ),
    "zone appended to the MX's value": (
        [("mail", "MX", ("10 feedback-smtp.eu-central-1.amazonses.com.example.com.",))],
        *(MAIL_FROM, "wrong", "zone-appended", "`feedback-smtp.eu-central-1.amazonses.com.`"),
    ),
    "addresses instead of a CNAME": (
        [(A, "CNAME", DROP), (A, "A", ("192.0.2.7",))],
        *(DKIM, "wrong", "proxied", f"value `{TOKENS[0]}.{KEYS}`"),
    ),
    "IPv6 addresses instead of a CNAME": (
        [(A, "CNAME", DROP), (A, "AAAA", ("2001:db8::7",))],
        *(DKIM, "wrong", "proxied", "remove the addresses"),
    ),
    "the key itself": (
        [(A, "CNAME", DROP), (A, "TXT", ('"p=MIGfMA0"',))],
        *(DKIM, "wrong", "flattened", "Switch CNAME flattening off"),
    ),
    "TXT instead of CNAME": (
        [(A, "CNAME", DROP), (A, "TXT", (f'"{TOKENS[0]}.{KEYS}"',))],
        *(DKIM, "wrong", "txt-instead", "Remove the TXT record."),
    ),
    "TXT where the CNAME belongs": (
        [(A, "CNAME", DROP), (A, "TXT", ('"hello"',))],
        *(DKIM, "wrong", "cname-conflict", "Remove the TXT record."),
    ),
    "wildcard address": (
        [(f"{token}._domainkey", "CNAME", DROP) for token in TOKENS] + [("*", "A", ("192.0.2.7",))],
        *(DKIM, "wrong", "wildcard", f"name `{A}`"),
    ),
    "wildcard CNAME": (
        [(f"{token}._domainkey", "CNAME", DROP) for token in TOKENS]
        + [("*", "CNAME", ("web.example.net.",))],
        *(DKIM, "wrong", "wildcard", f"name `{A}`"),
    ),
    "wildcard MX": (
        [("mail", "MX", DROP), ("mail", "TXT", DROP), ("*", "MX", ("5 in.example.net.",))],
        *(MAIL_FROM, "wrong", "wildcard", "name `mail`"),
    ),
    "wildcard TXT": (
        [("_dmarc", "TXT", DROP), ("*", "TXT", ('"v=spf1 -all"',))],
        *(DMARC_RECORD, "wrong", "wildcard", "name `_dmarc`"),
    ),
    "wildcard SPF": (
        [("mail", "TXT", DROP), ("mail", "MX", DROP), ("*", "TXT", ('"v=spf1 -all"',))],
        *(SPF_RECORD, "wrong", "wildcard", "name `mail`"),
    ),
    "wildcard CNAME at the MAIL FROM domain": (
        [("mail", "TXT", DROP), ("mail", "MX", DROP), ("*", "CNAME", ("web.example.net.",))],
        *(MAIL_FROM, "wrong", "wildcard", "name `mail`"),
    ),
    "underscore dropped": (
        [(A, "CNAME", DROP), (f"{TOKENS[0]}.domainkey", "CNAME", (f"{TOKENS[0]}.{KEYS}.",))],
        *(DKIM, "wrong", "underscore", f"Then remove the CNAME record {TOKENS[0]}.domainkey.example.com."),
    ),
    "underscore too many": (
        [(A, "CNAME", DROP), (f"_{A}", "CNAME", (f"{TOKENS[0]}.{KEYS}.",))],
        *(DKIM, "wrong", "underscore", f"name `{A}`"),
    ),
    "underscore of DMARC dropped": (
        [("_dmarc", "TXT", DROP), ("dmarc", "TXT", (DMARC,))],
        *(DMARC_RECORD, "wrong", "underscore", "name `_dmarc`"),
    ),
    "_domainkey left out": (
        [(A, "CNAME", DROP), (TOKENS[0], "CNAME", (f"{TOKENS[0]}.{KEYS}.",))],
        *(DKIM, "wrong", "wrong-name", f"name `{A}`"),
    ),
    "quoted CNAME": (
        [(A, "CNAME", (f'\\"{TOKENS[0]}.{KEYS}\\".',))],
        *(DKIM, "wrong", "quoted", "without quotes"),
    ),
    "quoted MX": (
        [("mail", "MX", ('10 \\"feedback-smtp.eu-central-1.amazonses.com\\".',))],
        *(MAIL_FROM, "wrong", "quoted", "without quotes"),
    ),
    "blank before the CNAME's value": (
        [(A, "CNAME", (f"\\032{TOKENS[0]}.{KEYS}.",))],
        *(DKIM, "wrong", "quoted", "without blanks"),
    ),
    "quoted SPF": (
        [("mail", "TXT", ('"\\"v=spf1 include:amazonses.com ~all\\""',))],
        *(SPF_RECORD, "wrong", "quoted", "without quotes"),
    ),
    "curly quotes": (
        [("mail", "TXT", ('"\\226\\128\\156v=spf1 include:amazonses.com ~all\\226\\128\\157"',))],
        *(SPF_RECORD, "wrong", "quoted", "without quotes"),
    ),
    "quoted DMARC": (
        [("_dmarc", "TXT", ('"\\"v=DMARC1; p=reject;\\""',))],
        *(DMARC_RECORD, "wrong", "quoted", "`v=DMARC1; p=reject;`"),
    ),
    "token of another identity": (
        [(A, "CNAME", (f"{'z' * 32}.{KEYS}.",))],
        *(DKIM, "wrong", "other-token", f"to `{TOKENS[0]}.{KEYS}`"),
    ),
    "tokens mixed up": (
        [(A, "CNAME", (f"{TOKENS[1]}.{KEYS}.",))],
        *(DKIM, "wrong", "token-swapped", f"to `{TOKENS[0]}.{KEYS}`"),
    ),
    "key zone of a Region": (
        [(A, "CNAME", (f"{TOKENS[0]}.dkim.eu-central-2.amazonses.com.",))],
        *(DKIM, "wrong", "signing-zone", f"to `{TOKENS[0]}.{KEYS}`"),
    ),
    "end of the value missing": (
        [(A, "CNAME", (f"{TOKENS[0]}.dkim.amazonses.",))],
        *(DKIM, "wrong", "value-changed", f"to `{TOKENS[0]}.{KEYS}`"),
    ),
    "CNAME to somewhere else": (
        [(A, "CNAME", ("key.example.net.",))],
        *(DKIM, "wrong", "wrong-value", f"to `{TOKENS[0]}.{KEYS}`"),
    ),
    "two MX": (
        [("mail", "MX", (MX, "20 in.example.net."))],
        *(MAIL_FROM, "wrong", "two-mx", "remove all MX records of `mail` but"),
    ),
    "MX of another Region": (
        [("mail", "MX", ("10 feedback-smtp.us-east-1.amazonses.com.",))],
        *(MAIL_FROM, "wrong", "mx-region", "value `feedback-smtp.eu-central-1.amazonses.com`"),
    ),
    "MX for receiving": (
        [("mail", "MX", ("10 inbound-smtp.eu-central-1.amazonaws.com.",))],
        *(MAIL_FROM, "wrong", "mx-inbound", "value `feedback-smtp.eu-central-1.amazonses.com`"),
    ),
    "MX of a mailbox provider": (
        [("mail", "MX", ("1 smtp.example.net.",))],
        *(MAIL_FROM, "wrong", "mx-other", "another subdomain"),
    ),
    "null MX": ([("mail", "MX", ("0 .",))], MAIL_FROM, "wrong", "mx-other", "priority 10"),
    "priority in the value": (
        [("mail", "MX", ("10 10\\032feedback-smtp.eu-central-1.amazonses.com.",))],
        *(MAIL_FROM, "wrong", "mx-priority-in-value", "a field of its own"),
    ),
    "SES's MX for all names but this": (
        [("mail", "MX", DROP), ("*", "MX", (MX,))],
        *(MAIL_FROM, "missing", None, "name `mail`"),
    ),
    "another priority": (
        [("mail", "MX", ("20 feedback-smtp.eu-central-1.amazonses.com.",))],
        *(MAIL_FROM, "found", "mx-priority", ""),
    ),
    "MX as TXT": (
        [("mail", "MX", DROP), ("mail", "TXT", (SPF, f'"{MX}"'))],
        *(MAIL_FROM, "wrong", "txt-instead", "Remove that TXT record."),
    ),
    "MX at the From domain": (
        [("mail", "MX", DROP), ("@", "MX", (MX,))],
        *(MAIL_FROM, "wrong", "wrong-name", "name `mail`"),
    ),
    "CNAME at the MAIL FROM domain": (
        [("mail", "MX", DROP), ("mail", "TXT", DROP), ("mail", "CNAME", ("web.example.com.",))],
        *(MAIL_FROM, "wrong", "cname-conflict", "Remove the CNAME record `mail`"),
    ),
    "two SPF": (
        [("mail", "TXT", (SPF, '"v=spf1 include:_spf.example.net ~all"'))],
        *(SPF_RECORD, "wrong", "two-spf", "leave one TXT record"),
    ),
    "SPF without SES": (
        [("mail", "TXT", ('"v=spf1 ip4:192.0.2.1 -all"',))],
        *(SPF_RECORD, "wrong", "spf-include", "`v=spf1 include:amazonses.com ip4:192.0.2.1 -all`"),
    ),
    "SES behind all": (
        [("mail", "TXT", ('"v=spf1 -all include:amazonses.com"',))],
        *(SPF_RECORD, "wrong", "spf-include", "`v=spf1 include:amazonses.com -all`"),
    ),
    "SES forbidden": (
        [("mail", "TXT", ('"v=spf1 -include:amazonses.com ~all"',))],
        *(SPF_RECORD, "wrong", "spf-include", "to `v=spf1 include:amazonses.com ~all`"),
    ),
    "SPF that brings in a name without SPF": (
        [("mail", "TXT", ('"v=spf1 include:amazonses.com include:none.example.com ~all"',))],
        *(SPF_RECORD, "wrong", "spf-broken-include", "none.example.com"),
    ),
    "SPF that brings in two records": (
        [
            ("mail", "TXT", ('"v=spf1 include:amazonses.com include:two.example.com ~all"',)),
            ("two", "TXT", ('"v=spf1 -all"', '"v=spf1 ~all"')),
        ],
        *(SPF_RECORD, "wrong", "spf-broken-include", "two.example.com"),
    ),
    "SPF with half an address": (
        [("mail", "TXT", ('"v=spf1 ip4:192.0.2 include:amazonses.com ~all"',))],
        *(SPF_RECORD, "wrong", "spf-syntax", "to `v=spf1"),
    ),
    "SPF with two redirects": (
        [("mail", "TXT", ('"v=spf1 redirect=amazonses.com redirect=a.example.com"',))],
        *(SPF_RECORD, "wrong", "spf-syntax", "to `v=spf1"),
    ),
    "SPF for everybody": (
        [("mail", "TXT", ('"v=spf1 include:amazonses.com +all"',))],
        *(SPF_RECORD, "wrong", "spf-all", "to `v=spf1 include:amazonses.com ~all`"),
    ),
    "SPF with a slip": (
        [("mail", "TXT", ('"v=spf1 includes:amazonses.com ~all"',))],
        *(SPF_RECORD, "wrong", "spf-syntax", "to `v=spf1 include:amazonses.com ~all`"),
    ),
    "SPF's version with a slip": (
        [("mail", "TXT", ('"v=spf include:amazonses.com ~all"',))],
        *(SPF_RECORD, "wrong", "spf-syntax", "to `v=spf1 include:amazonses.com ~all`"),
    ),
    "SPF in the old type": (
        [("mail", "TXT", DROP), ("mail", "SPF", (SPF,))],
        *(SPF_RECORD, "wrong", "spf-type", "one TXT record: name `mail`"),
    ),
    "SPF at the From domain": (
        [("mail", "TXT", DROP), ("@", "TXT", (SPF,))],
        *(SPF_RECORD, "wrong", "spf-wrong-name", "name `mail`"),
    ),
    "SPF needs too much": (
        [
            (
                "mail",
                "TXT",
                (f'"v=spf1 include:amazonses.com {" ".join(f"a:h{n}.net" for n in range(10))} ~all"',),
            ),
        ],
        *(SPF_RECORD, "wrong", "spf-lookups", "needs nothing else"),
    ),
    "only another TXT": (
        [("mail", "TXT", ('"verification=1"',))],
        *(SPF_RECORD, "missing", None, "The others stay."),
    ),
    "two DMARC": (
        [("_dmarc", "TXT", (DMARC, '"v=DMARC1; p=reject"'))],
        *(DMARC_RECORD, "wrong", "two-dmarc", "leave one TXT record"),
    ),
    "pct": (
        [("_dmarc", "TXT", ('"v=DMARC1; p=quarantine; pct=20; rua=mailto:a@example.com"',))],
        *(DMARC_RECORD, "wrong", "dmarc-pct", "`v=DMARC1; p=quarantine; rua=mailto:a@example.com;`"),
    ),
    "tag misspelt": (
        [("_dmarc", "TXT", ('"v=DMARC1; p=none; ruaa=mailto:a@example.com"',))],
        *(DMARC_RECORD, "wrong", "dmarc-tag", "`v=DMARC1; p=none;`"),
    ),
    "tag in capitals": (
        [("_dmarc", "TXT", ('"v=DMARC1; p=none; SP=reject"',))],
        *(DMARC_RECORD, "wrong", "dmarc-tag", "`v=DMARC1; p=none; sp=reject;`"),
    ),
    "policy misspelt": (
        [("_dmarc", "TXT", ('"v=DMARC1; p=quarantaine"',))],
        *(DMARC_RECORD, "wrong", "dmarc-invalid", "`v=DMARC1; p=none;`"),
    ),
    "no policy": (
        [("_dmarc", "TXT", ('"v=DMARC1; policy=none"',))],
        *(DMARC_RECORD, "wrong", "dmarc-no-p", "`v=DMARC1; p=none;`"),
    ),
    "version not first": (
        [("_dmarc", "TXT", ('"p=none; v=DMARC1"',))],
        *(DMARC_RECORD, "wrong", "dmarc-version", "to `v=DMARC1; p=none;`"),
    ),
    "version in lower case": (
        [("_dmarc", "TXT", ('"v=dmarc1; p=none"',))],
        *(DMARC_RECORD, "wrong", "dmarc-version", "to `v=DMARC1; p=none;`"),
    ),
    "reports to no address": (
        [("_dmarc", "TXT", ('"v=DMARC1; p=reject; rua=a@example.com"',))],
        *(DMARC_RECORD, "wrong", "dmarc-rua", "`v=DMARC1; p=reject; rua=mailto:a@example.com;`"),
    ),
    "DMARC at the domain": (
        [("_dmarc", "TXT", DROP), ("@", "TXT", (DMARC,))],
        *(DMARC_RECORD, "wrong", "dmarc-wrong-name", "name `_dmarc`"),
    ),
    "DMARC as a CNAME to nowhere": (
        [("_dmarc", "TXT", DROP), ("_dmarc", "CNAME", ("gone.example.com.",))],
        *(DMARC_RECORD, "wrong", "cname-dangling", "Remove the CNAME record `_dmarc`"),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(world: DnsWorld, zone: DnsZone, name: str) -> None:
    changes, record, state, mistake, fix = MISTAKES[name]
    for owner, kind, values in changes:
        zone.put(owner, kind, *values) if values else zone.drop(owner, kind)
    verdict = judge(world, record)
    assert told(verdict) == (state, mistake), verdict.sentence
    assert fix in verdict.fix
    assert bool(verdict.fix) == (state != "found")


@pytest.mark.parametrize("name", MISTAKES)
def test_what_the_fix_says_mends_it(world: DnsWorld, zone: DnsZone, name: str) -> None:
    """Beside what was planted and is harmless, the right records are found again."""
    changes, record, _, _, _ = MISTAKES[name]
    kept = [(owner, kind, values) for owner, kind, values in changes if values]
    for owner, kind, values in kept:
        zone.put(owner, kind, *values)
    for owner, kind, _ in kept:
        if kind in ("CNAME", record.type) or owner == record.name.removesuffix(f".{DOMAIN}"):
            zone.drop(owner, kind)
    publish(zone)
    assert judge(world, record).state == "found"


# -- zones ----------------------------------------------------------------------------------------


def test_proxied_by_cloudflare(world: DnsWorld) -> None:
    zone = world.zone(DOMAIN, "127.0.0.10", "127.0.0.11", names=CLOUDFLARE)
    publish(zone)
    zone.drop(A, "CNAME")
    zone.put(A, "A", "104.16.0.1")
    verdict = judge(world, DKIM)
    assert told(verdict) == ("wrong", "proxied")
    assert "orange cloud" in verdict.sentence
    assert f"switch the proxy of `{A}` off" in verdict.fix


def test_a_subdomains_record_without_its_label(world: DnsWorld) -> None:
    (record, *_) = expected_records(identity_of(f"shop.{DOMAIN}"))
    zone = world.zone(DOMAIN)
    zone.put(A, "CNAME", f"{TOKENS[0]}.{KEYS}.")
    verdict = judge(world, record)
    assert told(verdict) == ("wrong", "wrong-name")
    assert f"name `{TOKENS[0]}._domainkey.shop`" in verdict.fix


def test_a_record_in_the_zone_above_the_one_that_counts(world: DnsWorld) -> None:
    (record, *_) = expected_records(identity_of(f"shop.{DOMAIN}"))
    above = world.zone(DOMAIN)
    world.zone(f"shop.{DOMAIN}")
    above.put(A, "CNAME", f"{TOKENS[0]}.{KEYS}.")
    verdict = judge(world, record)
    assert told(verdict) == ("wrong", "wrong-zone")
    assert f"In the zone shop.{DOMAIN} (name servers ns1.shop.example.com) enter" in verdict.fix


def test_a_record_in_a_hosted_zone_that_the_dns_does_not_use(world: DnsWorld) -> None:
    world.zone(DOMAIN)
    hosted = HostedRecords(DOMAIN, ("ns-1.awsdns-01.org",), tuple(RECORDS))
    verdicts = judge_records(RECORDS, world.resolver(), hosted=[hosted])
    assert {told(one) for one in verdicts} == {("wrong", "wrong-zone")}
    assert "ns-1.awsdns-01.org, those in use are ns1.example.com" in verdicts[0].sentence


def test_a_record_in_the_parents_hosted_zone_while_the_subdomain_is_delegated(world: DnsWorld) -> None:
    records = expected_records(identity_of(f"shop.{DOMAIN}"))
    world.zone(DOMAIN)
    world.zone(f"shop.{DOMAIN}")
    hosted = HostedRecords(DOMAIN, ("ns1.example.com",), tuple(records))
    verdicts = judge_records(records, world.resolver(), hosted=[hosted])
    assert {told(one) for one in verdicts[:3]} == {("wrong", "wrong-zone")}


def test_a_record_that_route_53_does_not_answer_yet(world: DnsWorld) -> None:
    world.zone(DOMAIN)
    hosted = HostedRecords(DOMAIN, ("ns1.example.com",), tuple(RECORDS))
    assert told(judge(world, DKIM, hosted=[hosted])) == ("spreading", "spreading")


def test_records_of_a_deleted_identity(world: DnsWorld) -> None:
    world.zone(DOMAIN)
    old = DnsRecord(f"{'z' * 32}._domainkey.{DOMAIN}", "CNAME", f"{'z' * 32}.{KEYS}", "dkim")
    verdict = judge(world, DKIM, hosted=[HostedRecords(DOMAIN, ("ns1.example.com",), (old,))])
    assert told(verdict) == ("missing", "other-token")
    assert old.name in verdict.sentence


def test_a_domain_that_nobody_has_registered(world: DnsWorld) -> None:
    verdicts = judge_records(RECORDS, world.resolver())
    assert {told(one) for one in verdicts} == {("missing", "domain-missing")}


def test_a_top_level_domain_that_is_not_there() -> None:
    with DnsWorld() as world:
        assert told(judge(world, DKIM)) == ("missing", "domain-missing")


def test_a_subdomain_without_records_is_no_missing_domain(world: DnsWorld) -> None:
    world.zone(DOMAIN)
    (record, *_) = expected_records(identity_of(f"deep.shop.{DOMAIN}"))
    assert told(judge(world, record)) == ("missing", None)


def test_the_policy_of_the_domain_above_holds(world: DnsWorld, zone: DnsZone) -> None:
    records = expected_records(identity_of(f"shop.{DOMAIN}"))
    zone.put("_dmarc", "TXT", '"v=DMARC1; p=reject"')
    verdict = judge_records(records, world.resolver())[-1]
    assert told(verdict) == ("found", "inherited")
    assert "the policy of example.com holds: `v=DMARC1; p=reject`" in verdict.sentence
    zone.put("_dmarc", "TXT", '"v=DMARC1; p=reject; pct=50"')
    verdict = judge_records(records, world.resolver())[-1]
    assert told(verdict) == ("wrong", "dmarc-pct")
    assert "`_dmarc.example.com` to `v=DMARC1; p=reject;`" in verdict.fix


def test_a_dmarc_record_kept_by_a_service(world: DnsWorld, zone: DnsZone) -> None:
    world.zone("net").put("d.service", "TXT", '"v=DMARC1; p=reject"')
    zone.drop("_dmarc", "TXT")
    zone.put("_dmarc", "CNAME", "d.service.net.")
    assert told(judge(world, DMARC_RECORD)) == ("found", None)


def test_an_identity_with_a_key_of_its_own(world: DnsWorld) -> None:
    zone = world.zone(DOMAIN)
    record = DnsRecord(f"own._domainkey.{DOMAIN}", "TXT", "p=", "dkim")
    verdict = judge(world, record)
    assert told(verdict) == ("missing", None)
    assert "`p=` followed by the public key of your own" in verdict.fix
    for values, expected in {
        (f'"k=rsa; p={PUBLIC_KEY[:100]}" "{PUBLIC_KEY[100:]}"',): ("found", None),
        (f'"p={PUBLIC_KEY[:150]}"',): ("wrong", "wrong-value"),
        (f'"p=-----BEGINPUBLICKEY-----{PUBLIC_KEY}"',): ("wrong", "wrong-value"),
        ('"p="',): ("wrong", "key-revoked"),
        ('"\\"p=MIGf\\""',): ("wrong", "quoted"),
        ('"p=MIGf"', '"p=AAAA"'): ("wrong", "two-keys"),
        ('"hello"',): ("wrong", "wrong-value"),
    }.items():
        zone.put("own._domainkey", "TXT", *values)
        assert told(judge(world, record)) == expected


def test_a_domain_with_letters_of_its_own(world: DnsWorld) -> None:
    zone = world.zone("xn--mller-kva.com")
    publish(zone)
    records = expected_records(identity_of("müller.com"))
    assert {told(one) for one in judge_records(records, world.resolver())} == {("found", None)}


# -- time, and what does not answer ---------------------------------------------------------------


def test_a_record_that_others_do_not_see_yet(world: DnsWorld, zone: DnsZone) -> None:
    for record in RECORDS:
        world.kept[record.name, record.type] = ()
    verdicts = judge_records(RECORDS, world.resolver())
    assert {told(one) for one in verdicts} == {("spreading", "spreading")}
    assert "does not have it yet, for up to 10 minutes" in verdicts[0].sentence
    assert verdicts[0].found_public == ()


def test_a_record_that_was_wrong_until_now(world: DnsWorld, zone: DnsZone) -> None:
    world.kept[DKIM.name, "CNAME"] = ("old.dkim.amazonses.com.",)
    verdict = judge(world, DKIM)
    assert told(verdict) == ("spreading", "spreading")
    assert "still has `old.dkim.amazonses.com`, for up to 5 minutes" in verdict.sentence


def test_a_record_that_is_gone(world: DnsWorld, zone: DnsZone) -> None:
    zone.drop(A, "CNAME")
    world.kept[DKIM.name, "CNAME"] = (f"{TOKENS[0]}.{KEYS}.",)
    assert told(judge(world, DKIM)) == ("missing", "removed")


def test_servers_that_do_not_agree_yet(world: DnsWorld, zone: DnsZone) -> None:
    before = DnsZone(DOMAIN, zone.servers)
    before.put("mail", "MX", "10 in.example.net.")
    world.lagging["127.0.0.11"] = before
    assert told(judge(world, DKIM)) == ("spreading", "servers-differ")
    assert told(judge(world, MAIL_FROM)) == ("spreading", "servers-differ")


@pytest.mark.parametrize("address", ["127.0.0.10", "127.0.0.11"])
def test_one_server_of_two_is_enough(world: DnsWorld, zone: DnsZone, address: str) -> None:
    world.silent = {address}
    assert {told(one) for one in judge_records(RECORDS, world.resolver())} == {("found", None)}


def test_name_servers_that_do_not_answer(world: DnsWorld, zone: DnsZone) -> None:
    world.silent = {"127.0.0.10", "127.0.0.11"}
    verdicts = judge_records(RECORDS, world.resolver())
    assert {told(one) for one in verdicts} == {("unknown", "servers-silent")}
    assert "The name servers of example.com do not answer" in verdicts[0].sentence


def test_name_servers_that_do_not_know_the_zone(world: DnsWorld, zone: DnsZone) -> None:
    world.refusing = dict.fromkeys(["127.0.0.10", "127.0.0.11"], "REFUSED")
    verdict = judge(world, DKIM)
    assert told(verdict) == ("unknown", "servers-fail")
    assert "answers REFUSED" in verdict.sentence


def test_name_servers_out_of_reach_while_others_see_the_record(world: DnsWorld, zone: DnsZone) -> None:
    world.silent = {"127.0.0.10", "127.0.0.11"}
    world.kept[DKIM.name, "CNAME"] = (f"{TOKENS[0]}.{KEYS}.",)
    world.kept[MAIL_FROM.name, "MX"] = ("10 in.example.net.",)
    world.kept[DMARC_RECORD.name, "TXT"] = ()
    assert told(judge(world, DKIM)) == ("found", None)
    assert told(judge(world, MAIL_FROM)) == ("wrong", "mx-other")
    assert told(judge(world, DMARC_RECORD)) == ("unknown", None)


def test_a_broken_signature(world: DnsWorld, zone: DnsZone) -> None:
    world.broken = {DOMAIN}
    verdict = judge(world, DKIM)
    assert told(verdict) == ("wrong", "dnssec")
    assert "DS record" in verdict.fix


def test_the_public_resolver_fails_for_another_reason(world: DnsWorld, zone: DnsZone) -> None:
    resolver = world.resolver()
    assert resolver.authoritative(DOMAIN, "NS").status == "found"
    world.refusing = {PUBLIC: "SERVFAIL"}
    verdict = judge_records([DKIM], resolver)[0]
    assert told(verdict) == ("found", None)
    assert "could not be asked" in verdict.sentence


def test_name_servers_whose_addresses_nobody_tells(world: DnsWorld, zone: DnsZone) -> None:
    resolver = world.resolver()
    assert resolver.zone_of(DOMAIN) is not None
    world.refusing = {PUBLIC: "SERVFAIL"}
    assert told(judge_records([DKIM], resolver)[0]) == ("unknown", None)


def test_no_network_is_no_missing_record(world: DnsWorld, zone: DnsZone) -> None:
    world.silent = {PUBLIC, "127.0.0.10", "127.0.0.11"}
    verdicts = judge_records(RECORDS, world.resolver())
    assert {told(one) for one in verdicts} == {("unknown", None)}
    assert "Could not look." in verdicts[0].sentence


def test_a_network_that_answers_in_place_of_others_is_not_believed(world: DnsWorld, zone: DnsZone) -> None:
    world.bare = True
    resolver = world.resolver()
    resolver._trusting = False  # as with the well-known resolvers, whom it pretends to be
    verdicts = judge_records(RECORDS, resolver)
    assert {told(one) for one in verdicts} == {("unknown", None)}
    assert "in place of others" in verdicts[0].sentence


def test_a_network_without_udp(world: DnsWorld, zone: DnsZone) -> None:
    world.without_udp = {PUBLIC, "127.0.0.10", "127.0.0.11"}
    assert told(judge(world, DKIM)) == ("found", None)
    assert {way for _, way, *_ in world.asked} == {"udp", "tcp"}
