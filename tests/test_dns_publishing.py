"""Publishing in the practice account's Route 53: creating only, again and again, nothing overwritten."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from sesutil import Account, connect
from sesutil.changes import carry_out
from sesutil.dns.asking import resolver_for
from sesutil.dns.hosted import hosted_records, hosted_zone_for, hosted_zones_for, plain_values, read_zone
from sesutil.dns.judging import judge_records
from sesutil.dns.publishing import RecordsChange, plan_records
from sesutil.dns.records import DnsRecord, as_change_batch, expected_records
from sesutil.errors import AwsError
from sesutil.identities import read_identity
from sesutil.launching import PracticeEndpoint

DOMAIN = "shop.test"
Change = tuple[str, str, str]


@pytest.fixture
def account(new: PracticeEndpoint) -> Account:
    return connect(practice=new)


@pytest.fixture
def records(account: Account) -> list[DnsRecord]:
    account.ses.create_email_identity(EmailIdentity=DOMAIN)
    account.ses.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, MailFromDomain=f"m.{DOMAIN}")
    identity = read_identity(account, DOMAIN)
    assert identity is not None
    return expected_records(identity)


def make_zone(account: Account, name: str = DOMAIN, **more: Any) -> str:
    answer = account.client("route53").create_hosted_zone(Name=name, CallerReference=f"{name}{more}", **more)
    return str(answer["HostedZone"]["Id"])


def put(account: Account, zone: str, name: str, kind: str, *values: str) -> None:
    record_set = {
        "Name": name,
        "Type": kind,
        "TTL": 60,
        "ResourceRecords": [{"Value": one} for one in values],
    }
    account.client("route53").change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]},
    )


def sets(account: Account) -> dict[str, Any]:
    (zone,) = hosted_zones_for(account, DOMAIN)
    return read_zone(account, zone).sets


def test_from_no_zone_to_a_verified_identity(account: Account, records: list[DnsRecord]) -> None:
    first = plan_records(account, records)
    assert first.again
    assert [(call.operation, call.parameters["Name"]) for call in first.calls] == [
        ("CreateHostedZone", DOMAIN)
    ]
    carry_out(account, first)
    second = plan_records(account, records)
    assert not second.again
    assert second.title == "Create 6 DNS records in shop.test"
    assert second.create == tuple(records)
    (call,) = second.calls
    assert {one["Action"] for one in call.parameters["ChangeBatch"]["Changes"]} == {"CREATE"}
    assert sets(account).keys() == {DOMAIN}  # planning changes nothing
    carry_out(account, second)

    identity = read_identity(account, DOMAIN)
    assert identity is not None
    assert identity.verified
    assert {one.state for one in judge_records(records, resolver_for(account))} == {"found"}

    third = plan_records(account, records)
    assert (third.calls, third.create, third.conflicts) == ((), (), ())
    assert third.skipped == tuple(records)
    assert third.already == "6 of 6 records are there."


def test_only_what_is_missing_is_created(account: Account, records: list[DnsRecord]) -> None:
    zone = make_zone(account)
    put(account, zone, records[0].name + ".", "CNAME", records[0].value.upper() + ".")
    put(
        account,
        zone,
        records[4].name,
        "TXT",
        '"v=spf1 a include:" "amazonses.com -all"',
        '"other"',
    )
    put(account, zone, records[5].name, "TXT", '"v=DMARC1; p=reject"')
    plan = plan_records(account, records)
    assert plan.skipped == (records[0], records[4], records[5])
    assert plan.create == tuple(records[1:4])
    carry_out(account, plan)
    assert sets(account)[records[5].name]["TXT"] == ("v=DMARC1; p=reject",)
    assert not plan_records(account, records).calls


@pytest.mark.parametrize(
    ("index", "kind", "values", "words"),
    [
        (0, "CNAME", ("old.dkim.amazonses.com",), "change the value to `"),
        (0, "TXT", ('"hello"',), "a CNAME is not allowed. Remove it"),
        (0, "A", ("192.0.2.1",), "has a record of type A"),
        (4, "TXT", ('"v=spf1 include:amazonses.com +all"',), "change the value to"),
        (3, "MX", ("10 in.example.net",), "has the MX record `10 in.example.net`"),
        (3, "CNAME", ("web.example.net",), "Remove the CNAME, then enter the MX record"),
        (4, "TXT", ('"hello"',), 'on a line of its own: `"v=spf1 include:amazonses.com ~all"`'),
        (4, "TXT", ('"v=spf1 -all"',), 'change the value to `"v=spf1 include:amazonses.com ~all"`'),
        (5, "TXT", ('"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'), "change the value to"),
    ],
)
def test_what_is_there_is_never_changed(
    account: Account, records: list[DnsRecord], index: int, kind: str, values: tuple[str, ...], words: str
) -> None:
    zone = make_zone(account)
    put(account, zone, records[index].name, kind, *values)
    before = sets(account)[records[index].name][kind]
    plan = plan_records(account, records)
    conflict = next(one for one in plan.conflicts if one.record == records[index])
    assert words in conflict.sentence
    assert records[index] not in (*plan.create, *plan.skipped)
    carry_out(account, plan)
    assert sets(account)[records[index].name][kind] == before
    again = plan_records(account, records)
    assert again.conflicts == plan.conflicts
    assert not again.calls
    assert "must be seen to by hand" in again.already


def test_a_record_goes_into_the_most_specific_public_zone(account: Account, records: list[DnsRecord]) -> None:
    vpc = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    make_zone(account, f"m.{DOMAIN}", VPC=vpc, HostedZoneConfig={"PrivateZone": True})
    above, sub = make_zone(account), make_zone(account, f"_domainkey.{DOMAIN}")
    make_zone(account, "test")
    make_zone(account, "op.test")  # ends alike, and is another domain
    calls = {call.parameters["HostedZoneId"]: call for call in plan_records(account, records).calls}
    names = {
        zone: [one["ResourceRecordSet"]["Name"] for one in call.parameters["ChangeBatch"]["Changes"]]
        for zone, call in calls.items()
    }
    assert {f"/hostedzone/{zone}": len(found) for zone, found in names.items()} == {sub: 3, above: 3}
    found = hosted_zone_for(account, f"x.m.{DOMAIN}")
    assert found is not None
    assert found.name == DOMAIN
    assert hosted_zone_for(account, "elsewhere.example") is None


def test_a_key_of_ones_own_is_left_to_its_owner(account: Account) -> None:
    record = DnsRecord(f"own._domainkey.{DOMAIN}", "TXT", "p=", "dkim")
    zone = make_zone(account)
    plan = plan_records(account, [record])
    assert not plan.calls
    assert "which SES does not tell" in plan.conflicts[0].sentence
    put(account, zone, record.name, "TXT", '"k=rsa; p=MIGf"')
    assert plan_records(account, [record]).skipped == (record,)


def test_live_without_a_zone_nothing_is_made(account: Account, records: list[DnsRecord]) -> None:
    account.practice, practice = None, account.practice
    try:
        plan = plan_records(account, records)
    finally:
        account.practice = practice
    assert not plan.calls
    assert len(plan.conflicts) == 6
    assert "no public hosted zone" in plan.conflicts[0].sentence


def test_of_two_zones_of_one_name_the_one_that_is_used(account: Account) -> None:
    ids = [make_zone(account), make_zone(account, HostedZoneConfig={"Comment": "again"})]
    assert len(hosted_zones_for(account, DOMAIN)) == 2
    resolver = resolver_for(account)
    used = resolver.zone_of(DOMAIN)
    found = hosted_zone_for(account, DOMAIN, resolver=resolver)
    assert found is not None
    assert used is not None
    assert f"/hostedzone/{found.id}" in ids
    assert read_zone(account, found).servers == used.servers


def test_a_zone_that_the_dns_does_not_use_is_warned_of(account: Account, records: list[DnsRecord]) -> None:
    zone = make_zone(account)
    put(account, zone, DOMAIN, "NS", "ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    used = resolver_for(account)
    assert used.zone_of(DOMAIN) is not None  # remembered as it is now
    put(account, zone, DOMAIN, "NS", "ns-1.awsdns-01.org.")
    plan = plan_records(account, records, resolver=used)
    assert "(Cloudflare)" in plan.warning
    assert "ns-1.awsdns-01.org" in plan.warning
    assert plan_records(account, records).warning == ""


def test_the_accounts_records_for_the_judge(account: Account) -> None:
    zone = make_zone(account)
    put(account, zone, f"t._domainkey.{DOMAIN}", "CNAME", "T.dkim.amazonses.com.")
    put(account, zone, f"\\052.{DOMAIN}", "TXT", '"a\\"b" "\\303\\274"')
    put(account, zone, DOMAIN, "MX", "10  Mail.Example.com.")
    put(account, zone, DOMAIN, "A", "192.0.2.1")
    (hosted,) = hosted_records(account, DOMAIN)
    assert hosted.zone == DOMAIN
    assert hosted.servers
    assert {(one.name, one.type, one.value) for one in hosted.records} == {
        (f"t._domainkey.{DOMAIN}", "CNAME", "t.dkim.amazonses.com"),
        (f"*.{DOMAIN}", "TXT", 'a"bü'),
        (DOMAIN, "MX", "10 mail.example.com"),
    }


def test_an_alias_is_something_that_is_there() -> None:
    alias = {"Type": "A", "AliasTarget": {"DNSName": "D123.cloudfront.net.", "HostedZoneId": "Z"}}
    assert plain_values(alias) == ["alias of d123.cloudfront.net"]


def test_what_may_not_be_read_is_told(account: Account) -> None:
    with pytest.raises(AwsError) as caught:
        plan_records(account.signed_by("AKIAUNKNOWN", "x"), [DnsRecord(DOMAIN, "TXT", "x", "spf")])
    assert caught.value.operation == "ListHostedZonesByName"


def test_an_account_with_more_zones_than_a_page_is_asked_by_name(account: Account) -> None:
    """moto never cuts a list; Route 53 does after a hundred zones."""
    client = boto3.client(
        "route53", aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )

    def page(*names: str, cut: bool) -> dict[str, Any]:
        zones = [{"Id": f"/hostedzone/Z{one}", "Name": f"{one}.", "CallerReference": one} for one in names]
        return {"HostedZones": zones, "IsTruncated": cut, "MaxItems": "100"}

    with Stubber(client) as stub:
        stub.add_response(
            "list_hosted_zones_by_name", page("a.test", "b.test", cut=True), {"MaxItems": "100"}
        )
        for name, answer in {
            "m.shop.test": ("shop.test",),  # Route 53 goes on with the next zone in its order
            DOMAIN: ("shop.test", "z.test"),
            "test": ("a.test",),
        }.items():
            stub.add_response(
                "list_hosted_zones_by_name",
                page(*answer, cut=True),
                {"MaxItems": "100", "DNSName": f"{name}."},
            )
        account._clients["route53", account.region] = client
        assert [zone.name for zone in hosted_zones_for(account, f"m.{DOMAIN}")] == [DOMAIN]
        stub.assert_no_pending_responses()


def test_a_batch_as_text_is_accepted_by_route_53(account: Account, records: list[DnsRecord]) -> None:
    zone = make_zone(account)
    account.client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch=as_change_batch(records)
    )
    plan = plan_records(account, records)
    assert isinstance(plan, RecordsChange)
    assert plan.skipped == tuple(records)
