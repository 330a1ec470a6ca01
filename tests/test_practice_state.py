"""What survives a restart, and what a broken file does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from practice_client import FROM, ask, client, content, inbox, link_token, mail, post_json, refusal
from sesutil.errors import PracticeError
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail","Resource":"*"}]}'
OTHER_POLICY = POLICY.replace("Allow", "Deny")
DETAILS = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}


@contextmanager
def running(folder: Path, preset: str | None = None) -> Iterator[PracticeEndpoint]:
    server = PracticeServer(folder, preset=preset)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "practice"


def account(endpoint: PracticeEndpoint, region: str = "us-east-1") -> dict[str, Any]:
    answer: dict[str, Any] = client(endpoint, region=region).get_account()
    del answer["ResponseMetadata"]
    return answer


def test_address_and_key_stay(folder: Path) -> None:
    with running(folder, "new") as before:
        pass
    with running(folder) as after:
        assert (after.endpoint_url, after.access_key_id, after.secret_access_key, after.account_id) == (
            before.endpoint_url,
            before.access_key_id,
            before.secret_access_key,
            before.account_id,
        )
        assert after.instance != before.instance
        assert client(before).get_account()["SendingEnabled"]


def test_another_preset_than_the_one_there_is_refused(folder: Path) -> None:
    with running(folder, "new"):
        pass
    with pytest.raises(PracticeError, match="--reset --preset production"):
        PracticeServer(folder, preset="production")
    with running(folder, "new") as after:
        assert not account(after)["ProductionAccessEnabled"]


def test_identities_and_configuration_sets_stay(folder: Path) -> None:
    with running(folder, "ready") as before:
        ses = client(before)
        ses.create_configuration_set(ConfigurationSetName="logto", Tags=[{"Key": "a", "Value": "b"}])
        ses.create_email_identity(EmailIdentity="me@example.org", ConfigurationSetName="logto")
        ses.create_email_identity(EmailIdentity="waiting.test")
        client(before, region="eu-west-1").create_email_identity(EmailIdentity="there.test")
        names = ("me@example.org", "waiting.test", "example.com")
        old = [ses.get_email_identity(EmailIdentity=name)["DkimAttributes"] for name in names]
        token = link_token(before, "me@example.org")
    with running(folder) as after:
        ses = client(after)
        assert [ses.get_email_identity(EmailIdentity=name)["DkimAttributes"] for name in names] == old
        assert ses.get_configuration_set(ConfigurationSetName="logto")["Tags"] == [{"Key": "a", "Value": "b"}]
        listed = client(after, region="eu-west-1").list_email_identities()["EmailIdentities"]
        assert [item["IdentityName"] for item in listed] == ["there.test"]
        assert ask(after, "POST", "/practice/verify", f"token={token}").status == 200
        assert ses.get_email_identity(EmailIdentity="me@example.org")["VerifiedForSendingStatus"]


def test_verified_address_stays_verified(folder: Path) -> None:
    with running(folder, "new") as before:
        client(before).create_email_identity(EmailIdentity="me@example.org")
        ask(before, "POST", "/practice/verify", f"token={link_token(before, 'me@example.org')}")
    with running(folder) as after:
        assert client(after).send_email(**mail(source="me@example.org"))["MessageId"]


@pytest.mark.parametrize("decision", [None, "grant", "deny"])
def test_review_stays(folder: Path, decision: str | None) -> None:
    with running(folder, "new") as before:
        client(before).put_account_details(**DETAILS)
        if decision:
            ask(before, "POST", f"/practice/{decision}")
        old = account(before)
    with running(folder) as after:
        assert account(after) == old
        assert account(after)["ProductionAccessEnabled"] is (decision == "grant")


def test_mail_and_the_quota_used_stay(folder: Path) -> None:
    with running(folder, "production") as before:
        destination = {"ToAddresses": ["a@example.org"], "CcAddresses": ["success@simulator.amazonses.com"]}
        parameters = mail(Content=content("S\u00e9 \u2028 \U0001f4e7", "a\r\nb\n\x00", "<p>x</p>"))
        client(before).send_email(**parameters | {"Destination": destination})
        source = b"From: no-reply@example.com\nTo: b@example.org\n\n\xff"
        client(before).send_email(Content={"Raw": {"Data": source}})
        ask(before, "POST", "/practice/clock?minutes=1")  # until they have arrived
        old = inbox(before)
    with running(folder) as after:
        assert inbox(after) == old
        assert account(after)["SendQuota"]["SentLast24Hours"] == 2.0


def test_users_keys_and_policies_stay(folder: Path) -> None:
    with running(folder, "new") as before:
        iam = client(before, "iam")
        iam.create_user(UserName="logto", Path="/sesutil/")
        key = iam.create_access_key(UserName="logto")["AccessKey"]
        off = iam.create_access_key(UserName="logto")["AccessKey"]
        iam.update_access_key(UserName="logto", AccessKeyId=off["AccessKeyId"], Status="Inactive")
        iam.put_user_policy(UserName="logto", PolicyName="send", PolicyDocument=POLICY)
        arn = iam.create_policy(PolicyName="managed", Path="/sesutil/", PolicyDocument=POLICY)["Policy"][
            "Arn"
        ]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=OTHER_POLICY, SetAsDefault=True)
        iam.attach_user_policy(UserName="logto", PolicyArn=arn)
    with running(folder) as after:
        iam = client(after, "iam")
        found = client(after, "sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
        assert found.get_caller_identity()["Arn"].endswith(":user/sesutil/logto")
        inactive = client(after, key=off["AccessKeyId"], secret=off["SecretAccessKey"])
        assert refusal(inactive.get_account).code == "UnrecognizedClientException"
        assert iam.get_user_policy(UserName="logto", PolicyName="send")["PolicyDocument"] == json.loads(
            POLICY
        )
        attached = iam.list_attached_user_policies(UserName="logto")["AttachedPolicies"]
        assert [policy["PolicyArn"] for policy in attached] == [arn]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        assert document == json.loads(OTHER_POLICY)


def test_deleted_user_and_key_stay_deleted(folder: Path) -> None:
    with running(folder, "new") as before:
        iam = client(before, "iam")
        iam.create_user(UserName="logto")
        key = iam.create_access_key(UserName="logto")["AccessKey"]
        iam.delete_access_key(UserName="logto", AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName="logto")
    with running(folder) as after:
        names = [user["UserName"] for user in client(after, "iam").list_users()["Users"]]
        assert names == ["sesutil-practice"]
        gone = client(after, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
        assert refusal(gone.get_account).code == "UnrecognizedClientException"


def zone_and_records(endpoint: PracticeEndpoint, zone: str) -> tuple[Any, Any]:
    dns = client(endpoint, "route53")
    found = dns.get_hosted_zone(Id=zone)
    del found["ResponseMetadata"]
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return found, [record for record in records if record["Type"] not in ("NS", "SOA")]


RECORDS: list[dict[str, Any]] = [
    {
        "Name": "a.x.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "1.2.3.4"}, {"Value": "5.6.7.8"}],
    },
    {
        "Name": "_dmarc.x.test.",
        "Type": "TXT",
        "TTL": 300,
        "ResourceRecords": [{"Value": '"v=DMARC1; p=none;"'}],
    },
    {"Name": "m.x.test.", "Type": "MX", "TTL": 300, "ResourceRecords": [{"Value": "10 feedback-smtp.x."}]},
    {"Name": "*.x.test.", "Type": "CNAME", "TTL": 0, "ResourceRecords": [{"Value": "y.test"}]},
    {
        "Name": "x.test.",
        "Type": "A",
        "AliasTarget": {"HostedZoneId": "Z2", "DNSName": "y.test.", "EvaluateTargetHealth": False},
    },
    {
        "Name": "w.x.test.",
        "Type": "A",
        "SetIdentifier": "one",
        "Weight": 5,
        "TTL": 60,
        "ResourceRecords": [{"Value": "1.2.3.4"}],
    },
]


@pytest.mark.parametrize("record", RECORDS, ids=["A", "TXT", "MX", "CNAME with TTL 0", "alias", "weighted"])
def test_zone_and_record_stay(folder: Path, record: dict[str, Any]) -> None:
    with running(folder, "new") as before:
        dns = client(before, "route53")
        zone = dns.create_hosted_zone(
            Name="x.test", CallerReference="1", HostedZoneConfig={"Comment": "mine", "PrivateZone": False}
        )["HostedZone"]["Id"]
        change = {"Action": "CREATE", "ResourceRecordSet": record}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
        old = zone_and_records(before, zone)
    with running(folder) as after:
        assert zone_and_records(after, zone) == old


def test_private_zone_stays_private(folder: Path) -> None:
    with running(folder, "new") as before:
        zone = client(before, "route53").create_hosted_zone(
            Name="x.test",
            CallerReference="1",
            VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"},
            HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]
        old = zone_and_records(before, zone)
    with running(folder) as after:
        assert zone_and_records(after, zone) == old


def test_what_was_answered_is_on_disk_at_once(folder: Path) -> None:
    """A process that is killed has no time to save."""
    with running(folder, "ready") as endpoint:
        client(endpoint).create_email_identity(EmailIdentity="waiting.test")
        client(endpoint, "iam").create_user(UserName="logto")
        client(endpoint, "route53").create_hosted_zone(Name="x.test", CallerReference="1")
        client(endpoint).send_email(**mail())
        state = json.loads((folder / "state.json").read_text())
        assert "waiting.test" in state["regions"][0]["identities"]
        assert "logto" in [user["name"] for user in state["cloud"]["users"]]
        assert "x.test." in [zone["name"] for zone in state["cloud"]["zones"]]
        assert len((folder / "messages.jsonl").read_bytes().splitlines()) == 1


def test_secrets_on_disk_are_the_owner_s(folder: Path) -> None:
    with running(folder, "new"):
        assert (folder / "state.json").stat().st_mode & 0o077 == 0


# -- broken files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b'{"id": "x", "reg', b"\xff", b"{}", b"\x00\x00\x00"])
def test_torn_last_line_is_dropped(folder: Path, torn: bytes) -> None:
    with running(folder, "ready") as before:
        client(before).send_email(**mail())
        old = inbox(before)
    with (folder / "messages.jsonl").open("ab") as file:
        file.write(torn)
    with running(folder) as after:
        assert inbox(after) == old
        client(after).send_email(**mail())
    with running(folder) as again:
        assert len(inbox(again)) == 2


def test_messages_that_are_missing_are_an_empty_inbox(folder: Path) -> None:
    with running(folder, "ready") as before:
        client(before).send_email(**mail())
    (folder / "messages.jsonl").unlink()
    with running(folder) as after:
        assert inbox(after) == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b'{"preset": 1}', b"[" * 100_000], ids=range(8)
)
def test_broken_state_is_named(folder: Path, data: bytes) -> None:
    folder.mkdir()
    (folder / "state.json").write_bytes(data)
    with pytest.raises(PracticeError, match=r"state\.json"):
        PracticeServer(folder)
    assert (folder / "state.json").read_bytes() == data


def test_state_that_is_a_folder_is_named(folder: Path) -> None:
    (folder / "state.json").mkdir(parents=True)
    with pytest.raises(PracticeError, match=r"state\.json"):
        PracticeServer(folder)


def test_broken_line_in_the_middle_is_named_and_can_be_mended(folder: Path) -> None:
    with running(folder, "ready") as before:
        client(before).send_email(**mail())
        port = before.endpoint_url
    messages = folder / "messages.jsonl"
    whole = messages.read_bytes()
    messages.write_bytes(b"broken\n" + whole)
    with pytest.raises(PracticeError, match=r"messages\.jsonl"):
        PracticeServer(folder)
    messages.write_bytes(whole)
    with running(folder) as after:
        assert after.endpoint_url == port
        assert len(inbox(after)) == 1


def test_messages_that_are_a_folder_are_named(folder: Path) -> None:
    with running(folder, "ready"):
        pass
    (folder / "messages.jsonl").mkdir()
    with pytest.raises(PracticeError, match=r"messages\.jsonl"):
        PracticeServer(folder)


def test_users_that_cannot_be_restored_are_a_broken_state(folder: Path) -> None:
    with running(folder, "new"):
        pass
    path = folder / "state.json"
    state = json.loads(path.read_text())
    state["cloud"]["users"] *= 2
    path.write_text(json.dumps(state))
    with pytest.raises(PracticeError):
        PracticeServer(folder)


def test_one_folder_is_served_once(folder: Path) -> None:
    with running(folder, "new"), pytest.raises(PracticeError, match="already"):
        PracticeServer(folder)


def test_two_folders_can_be_served_in_any_order(tmp_path: Path) -> None:
    """The second account is made while the first one rests: they may not be taken for each other."""
    one, two = tmp_path / "one", tmp_path / "two"
    with running(one, "new"):
        pass
    with running(two, "new") as second, running(one) as first:
        assert client(first).get_account()["SendingEnabled"]
        assert first.endpoint_url != second.endpoint_url
        assert refusal(client(second, key=first.access_key_id, secret=first.secret_access_key).get_account)


@pytest.mark.parametrize(("option", "value"), [("preset", "nonsense"), ("region", "mars")])
def test_account_that_cannot_be_made(folder: Path, option: str, value: str) -> None:
    options: dict[str, Any] = {option: value}
    with pytest.raises(PracticeError):
        PracticeServer(folder, **options)


# -- texts that JSON can say and UTF-8 cannot -----------------------------------------------------

HALF = "\ud83d"  # half of a surrogate pair


@pytest.mark.parametrize(
    ("target", "data"),
    [
        ("/v2/email/identities", {"EmailIdentity": "x.test", "Tags": [{"Key": HALF, "Value": "x"}]}),
        ("/v2/email/configuration-sets", {"ConfigurationSetName": HALF}),
        ("/v2/email/account/details", {**DETAILS, "UseCaseDescription": HALF}),
        ("/v2/email/outbound-emails", mail(Content=content(HALF))),
        ("/v2/email/outbound-emails", mail(source=f"{HALF} <{FROM}>")),
    ],
    ids=["tag", "configuration set", "details", "subject", "display name"],
)
def test_half_a_surrogate_pair_does_not_poison_the_account(folder: Path, target: str, data: Any) -> None:
    server = PracticeServer(folder, preset="ready")
    endpoint = server.start()
    try:
        status = post_json(endpoint, target, data).status
        client(endpoint).create_configuration_set(ConfigurationSetName="later")
        client(endpoint).send_email(**mail())
    finally:
        server.stop()
    assert status in (200, 400)
    with running(folder) as after:
        assert "later" in client(after).list_configuration_sets()["ConfigurationSets"]


def test_raw_mail_with_bytes_in_its_headers_is_kept(folder: Path) -> None:
    source = "From: Zo\u00eb <no-reply@example.com>\nTo: success@simulator.amazonses.com\n\nHello".encode()
    with running(folder, "ready") as before:
        client(before).send_email(Content={"Raw": {"Data": source}})
        assert len(inbox(before)) == 1
    with running(folder) as after:
        assert len(inbox(after)) == 1


def test_a_state_from_before_permissions_counted_is_taken_over(folder: Path) -> None:
    """Its own user had no policy and could do everything; so it can still. Other users need one now."""
    with running(folder, "ready") as before:
        iam = client(before, "iam")
        iam.create_user(UserName="logto")
        key = iam.create_access_key(UserName="logto")["AccessKey"]
    path = folder / "state.json"
    state = json.loads(path.read_text())
    state["version"] = 1
    for name in ("settled_until", "bin_offset", "throttle_reads", "faults", "foreign_identities"):
        del state[name]
    for user in state["cloud"]["users"]:
        user["policies"] = {}
    del state["cloud"]["messaging"], state["cloud"]["groups"]
    old = ("name", "kind", "created", "verified", "dkim_tokens", "looked_up", "link_token", "tags")
    for region in state["regions"]:
        for name in set(region) - {
            "region",
            "production",
            "details",
            "review",
            "identities",
            "configuration_sets",
        }:
            del region[name]
        for identity in region["identities"].values():
            for name in set(identity) - set(old):
                del identity[name]
    path.write_text(json.dumps(state))
    with running(folder) as after:
        assert client(after).send_email(**mail())["MessageId"]
        found = client(after).get_email_identity(EmailIdentity="example.com")
        assert found["VerifiedForSendingStatus"]
        assert found["DkimAttributes"]["Status"] == "SUCCESS"
        refused = refusal(client(after, key=key["AccessKeyId"], secret=key["SecretAccessKey"]).get_account)
        assert refused.code == "AccessDeniedException"
    assert json.loads(path.read_text())["version"] == 3
