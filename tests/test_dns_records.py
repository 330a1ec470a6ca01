"""Which records an identity needs, and the forms in which they are handed on."""

from __future__ import annotations

import csv
import io
from typing import Any

import dns.name
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesutil.dns.hosted import plain_values
from sesutil.dns.names import ascii_name, parents_of, provider_of, relative_name
from sesutil.dns.records import (
    RECORD_COLUMNS,
    DnsRecord,
    as_change_batch,
    as_csv,
    as_zone_file,
    expected_records,
    records_frame,
    route53_value,
)
from sesutil.identities import DkimState, IdentityState, MailFromState

TOKENS = ("one", "two", "three")


def identity(kind: Any = "DOMAIN", name: str = "example.com", **dkim: Any) -> IdentityState:
    state = DkimState(**{"tokens": TOKENS, "hosted_zone": "dkim.eu-central-2.amazonses.com", **dkim})
    return IdentityState(name, kind, "eu-central-2", False, "PENDING", dkim=state)


def lines(records: list[DnsRecord]) -> list[tuple[str, str, str, str]]:
    return [(one.purpose, one.type, one.name, one.value) for one in records]


def test_a_domain_needs_three_cnames_in_the_zone_that_the_api_names_and_dmarc() -> None:
    assert lines(expected_records(identity())) == [
        *(
            ("dkim", "CNAME", f"{token}._domainkey.example.com", f"{token}.dkim.eu-central-2.amazonses.com")
            for token in TOKENS
        ),
        ("dmarc", "TXT", "_dmarc.example.com", "v=DMARC1; p=none;"),
    ]


def test_a_mail_from_domain_needs_mx_and_spf() -> None:
    state = IdentityState(
        "me@example.com",
        "EMAIL_ADDRESS",
        "eu-west-1",
        True,
        "SUCCESS",
        mail_from=MailFromState("Bounce.Example.com", "PENDING", "USE_DEFAULT_VALUE"),
    )
    assert lines(expected_records(state)) == [
        ("mail-from", "MX", "bounce.example.com", "10 feedback-smtp.eu-west-1.amazonses.com"),
        ("spf", "TXT", "bounce.example.com", "v=spf1 include:amazonses.com ~all"),
        ("dmarc", "TXT", "_dmarc.example.com", "v=DMARC1; p=none;"),
    ]


def test_an_address_alone_needs_nothing() -> None:
    """Its domain may be a mail provider's."""
    assert expected_records(identity("EMAIL_ADDRESS", "me@example.com")) == []


def test_a_key_of_ones_own_is_known_by_its_beginning() -> None:
    (record, _) = expected_records(identity(origin="EXTERNAL", tokens=("mine",)))
    assert lines([record]) == [("dkim", "TXT", "mine._domainkey.example.com", "p=")]
    assert not record.complete
    assert as_change_batch([record]) == {"Changes": []}
    assert as_zone_file([record], "example.com").splitlines()[1].startswith("; ")
    assert "p=<the public key of your own>" in as_csv([record])


def test_keys_replicated_from_another_region_are_cnames() -> None:
    records = expected_records(identity(origin="AWS_SES_US_EAST_1"))
    assert [one.type for one in records] == ["CNAME", "CNAME", "CNAME", "TXT"]


def test_names_are_written_in_one_way() -> None:
    record = DnsRecord("X._domainkey.Müller.Example.", "CNAME", "X.DKIM.amazonses.com.", "dkim")
    assert lines([record]) == [
        ("dkim", "CNAME", "x._domainkey.xn--mller-kva.example", "x.dkim.amazonses.com")
    ]
    assert record.domain == "xn--mller-kva.example"
    assert DnsRecord("m.example.", "MX", "10  Host.Example.", "mail-from").value == "10 host.example"


RECORDS = [
    *expected_records(identity()),
    DnsRecord("mail.example.com", "MX", "10 feedback-smtp.eu-central-2.amazonses.com", "mail-from"),
    DnsRecord("mail.example.com", "TXT", "v=spf1 include:amazonses.com ~all", "spf"),
    DnsRecord("example.com", "TXT", 'semi;colon "quoted" back\\slash ü ' + "x" * 600, "spf"),
]


def test_the_zone_file_is_read_back_as_it_was_meant() -> None:
    text = as_zone_file(RECORDS, "Example.com.")
    zone = dns.zone.from_text(text, relativize=False, check_origin=False)
    read = {
        (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(data.rdtype), _shown(data))
        for name, _, data in zone.iterate_rdatas()
    }
    assert read == {(one.name, one.type, one.value) for one in RECORDS}
    assert zone.origin == dns.name.from_text("example.com")
    assert text.splitlines()[1].startswith("one._domainkey 300 IN CNAME one.dkim.eu-central-2.amazonses.com.")


def test_a_record_of_another_zone_is_a_comment_in_the_zone_file() -> None:
    text = as_zone_file(RECORDS, "mail.example.com")
    assert [line for line in text.splitlines() if not line.startswith(("; not in this zone: ", "$"))] == [
        "@ 300 IN MX 10 feedback-smtp.eu-central-2.amazonses.com.",
        '@ 300 IN TXT "v=spf1 include:amazonses.com ~all"',
    ]


def _shown(data: Any) -> str:
    if data.rdtype == dns.rdatatype.TXT:
        return b"".join(data.strings).decode()
    if data.rdtype == dns.rdatatype.MX:
        return f"{data.preference} {data.exchange.to_text(omit_final_dot=True)}"
    return str(data.target.to_text(omit_final_dot=True))


def test_the_csv_has_the_columns_of_the_frame() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(RECORDS))))
    frame = records_frame(RECORDS)
    assert rows[0] == list(RECORD_COLUMNS) == list(frame.columns)
    assert rows[1:] == frame.values.tolist()
    assert rows[5] == ["mail-from", "MX", "mail.example.com", "10 feedback-smtp.eu-central-2.amazonses.com"]
    assert records_frame([]).dtypes.to_dict() == frame.dtypes.to_dict()


def test_a_change_batch_creates_and_nothing_else() -> None:
    two = DnsRecord("mail.example.com", "TXT", "another", "spf")
    batch = as_change_batch([*RECORDS, two, RECORDS[0]])["Changes"]
    assert {change["Action"] for change in batch} == {"CREATE"}
    sets = {(one["ResourceRecordSet"]["Name"], one["ResourceRecordSet"]["Type"]): one for one in batch}
    assert len(sets) == len(batch) == len(RECORDS)  # of one name and type: one set
    assert sets["mail.example.com.", "TXT"]["ResourceRecordSet"]["ResourceRecords"] == [
        {"Value": '"v=spf1 include:amazonses.com ~all"'},
        {"Value": '"another"'},
    ]


@given(st.text(max_size=600))
def test_txt_values_survive_route_53s_way_of_writing(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    value = route53_value(DnsRecord("a.example.com", "TXT", text, "spf"))
    assert value.isascii()
    assert value.isprintable()
    assert plain_values({"Type": "TXT", "ResourceRecords": [{"Value": value}]}) == [text]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=600))
def test_txt_values_survive_a_zone_file(text: str) -> None:
    record = DnsRecord("a.example.com", "TXT", text, "spf")
    zone = dns.zone.from_text(as_zone_file([record], "example.com"), relativize=False, check_origin=False)
    ((_, _, data),) = zone.iterate_rdatas()
    assert _shown(data) == text
    assert all(len(one) <= 255 for one in data.strings)


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=12)


@given(st.lists(LABEL, min_size=1, max_size=5), st.lists(LABEL, min_size=1, max_size=3))
def test_a_relative_name_and_its_zone_are_the_name(labels: list[str], zone: list[str]) -> None:
    name, base = ".".join([*labels, *zone]), ".".join(zone)
    relative = relative_name(name, base)
    assert f"{relative}.{base}" == name
    assert base in parents_of(name)
    assert relative_name(base, base) == "@"
    assert ascii_name(f" {name.upper()}. ") == name


@pytest.mark.parametrize(
    ("server", "provider"),
    [
        ("ns-12.awsdns-34.co.uk", "Route 53"),
        ("ada.ns.cloudflare.com", "Cloudflare"),
        ("ns1.example.net", None),
        ("notcloudflare.com", None),
    ],
)
def test_who_keeps_the_zone(server: str, provider: str | None) -> None:
    assert provider_of((server,)) == provider
