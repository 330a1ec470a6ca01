"""Checks: each survives what happens to the others, looks and changes nothing, and tells no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SECRET
from endpoints import answering, http, refusing
from sesutil import Account, ConnectorConfig, Practice, connect, load_config
from sesutil.checks.config_fields import FIELDS, check_fields, looks_like_smtp_password
from sesutil.checks.credentials import check_key_age
from sesutil.checks.facts import Facts
from sesutil.checks.findings import (
    AREAS,
    CHECK_COLUMNS,
    VERDICTS,
    CheckFinding,
    checks_frame,
    in_order,
    is_wrong,
)
from sesutil.checks.running import CHECKS, check_account, check_document, check_unconnected
from sesutil.config import parse_config
from sesutil.errors import AwsError
from sesutil.launching import PracticeEndpoint, read_json_url

TO = "someone@there.org"


def ids(findings: list[CheckFinding]) -> list[str]:
    return [one.id for one in findings]


def verdicts_of(findings: list[CheckFinding]) -> dict[str, str]:
    return {one.id: one.verdict for one in findings}


@pytest.fixture
def plain(document: dict[str, Any]) -> ConnectorConfig:
    """A config that is in order but for its key, which is another account's."""
    return load_config(document | {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "accessKeySecret": "s" * 40})


# -- one fault stops no other check -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "id"),
    [
        ("GetAccount", "account.unreadable"),
        ("GetEmailIdentity", "identity"),
        ("GetCallerIdentity", "credentials.unreachable"),
        ("GetConfigurationSet", "set.unreadable"),
    ],
)
@pytest.mark.parametrize("fault", ["deny", "error", "garbled", "throttle"])
def test_a_call_that_fails_is_a_finding_and_the_rest_goes_on(
    ready: PracticeEndpoint, document: dict[str, Any], operation: str, id: str, fault: str
) -> None:
    if (fault, operation) == ("deny", "GetCallerIdentity"):
        return  # it needs no permission
    practice = Practice(ready)
    practice.ses.create_configuration_set(ConfigurationSetName="logto")
    config = load_config(document | {"configurationSetName": "logto"})
    before = check_account(connect(practice=ready), config)
    practice.plant_fault(fault, operation=operation)
    findings = check_account(connect(practice=ready), config)
    unknown = [one for one in findings if one.verdict == "unknown"]
    if (fault, operation) == ("deny", "GetEmailIdentity"):
        id = "alignment"  # that it is verified is still known, by ListEmailIdentities
    assert any(one.id.startswith(id) for one in unknown), ids(findings)
    assert all(one.sentence.startswith("Could not") or one.id.startswith("send.") for one in unknown)
    assert not any(one.id.endswith(".failed") and "sesutil itself" in one.sentence for one in findings)
    for area in {"dns", "configuration set", "account"} - {one.area for one in unknown}:
        still = {one.id for one in findings if one.area == area}
        assert still & {one.id for one in before if one.area == area}


def test_an_endpoint_that_never_answers_costs_no_more_than_the_patience(plain: ConnectorConfig) -> None:
    with answering(None) as url:
        findings = check_account(connect(plain, endpoint_url=url), plain, only=CHECKS, patience=0.3)
    late = [one for one in findings if one.id.endswith(".no-answer")]
    assert {one.verdict for one in late} == {"unknown"}
    assert "within 0.3 s" in late[0].sentence


@pytest.mark.parametrize("kind", ["refused", "rubbish"])
def test_an_endpoint_that_is_none(plain: ConnectorConfig, kind: str) -> None:
    with answering(http("200 OK", b"<html>")) as rubbish:
        url = {"refused": refusing(), "rubbish": rubbish}[kind]
        findings = check_account(connect(plain, endpoint_url=url), plain)
    assert "credentials.unreachable" in ids(findings)
    assert verdicts_of(findings)["send.uncertain"] == "unknown"
    assert {one.area for one in findings} >= {"credentials", "account", "identity", "send"}


def test_a_key_that_may_do_nothing_but_send(ready: PracticeEndpoint, plain: ConnectorConfig) -> None:
    iam = connect(practice=ready).client("iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    account = connect(practice=ready).signed_by(key["AccessKeyId"], key["SecretAccessKey"])
    findings = check_account(account, plain)
    assert not is_wrong(findings), ids(findings)
    assert [one.id for one in findings if one.verdict == "unknown"]


# -- nothing is changed -------------------------------------------------------------------------------


def test_looking_changes_nothing_and_sends_nothing(ready: PracticeEndpoint, plain: ConnectorConfig) -> None:
    account = connect(practice=ready)
    practice = Practice(ready)

    def state() -> Any:
        return (
            account.ses.list_email_identities()["EmailIdentities"],
            account.ses.get_account()["SendQuota"],
            len(practice.inbox()),
            account.client("iam").list_users()["Users"],
            [
                one["ResourceRecordSetCount"]
                for one in account.client("route53").list_hosted_zones()["HostedZones"]
            ],
        )

    before = state()
    check_account(account, plain, to=TO)
    assert state() == before


# -- what is said ---------------------------------------------------------------------------------


def test_no_finding_holds_the_secret(ready: PracticeEndpoint, document: dict[str, Any]) -> None:
    for secret in (SECRET, SECRET + "\n", f'"{SECRET}"', "A" * 43 + "="):
        config = load_config(document | {"accessKeySecret": secret})
        for account in (connect(practice=ready), connect(config, endpoint_url=ready.endpoint_url)):
            told = json.dumps([one.to_json() for one in check_account(account, config)])
            assert secret.strip('"\n') not in told


def test_findings_have_an_order_a_verdict_and_a_next_step(account: Account, plain: ConnectorConfig) -> None:
    findings = check_account(account, plain, to=TO)
    assert findings == in_order(findings)
    assert findings[0].id == "recipient.sandbox"
    for one in findings:
        assert one.verdict in VERDICTS
        assert one.area in AREAS
        assert one.sentence.endswith((".", ":")), one
        assert one.next_step or one.verdict in ("done", "note"), one


def test_the_frame_has_its_columns_also_when_empty(account: Account, plain: ConnectorConfig) -> None:
    for findings in (check_account(account, plain), []):
        frame = checks_frame(findings)
        assert list(frame.columns) == list(CHECK_COLUMNS)
        assert len(frame) == len(findings)


def test_a_check_alone(account: Account, plain: ConnectorConfig) -> None:
    assert ids(check_account(account, plain, only=["quota"])) == ["account.quota"]
    with pytest.raises(KeyError):
        check_account(account, plain, only=["quotas"])


def test_whether_a_send_works_is_said_for_the_recipient(account: Account, plain: ConnectorConfig) -> None:
    assert verdicts_of(check_account(account, plain))["send.works"] == "done"
    failing = check_account(account, plain, to=TO)
    assert verdicts_of(failing)["send.fails"] == "blocked"
    assert any(TO in one.sentence for one in failing if one.id == "send.fails")
    simulator = check_account(account, plain, to="success@simulator.amazonses.com")
    assert verdicts_of(simulator)["send.works"] == "done"


def test_the_age_of_the_connector_s_key(ready: PracticeEndpoint, document: dict[str, Any]) -> None:
    account = connect(practice=ready)
    iam = account.client("iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    config = load_config(
        document | {"accessKeyId": key["AccessKeyId"], "accessKeySecret": key["SecretAccessKey"]}
    )

    def found(days: int) -> list[CheckFinding]:
        later = datetime.now(UTC) + timedelta(days=days, hours=1)
        return list(check_key_age(Facts(account, config, now=lambda: later)))

    assert ids(found(90)) == ["credentials.key-age"]
    assert ids(found(91)) == ["credentials.key-old"]
    assert "91 days" in found(91)[0].sentence
    iam.create_access_key(UserName="logto")
    assert "credentials.two-keys" in ids(found(1))


def test_practice_by_its_address_is_asked_for_its_dns(
    ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    own = {"accessKeyId": ready.access_key_id, "accessKeySecret": ready.secret_access_key}
    config = load_config(document | own)
    findings = check_account(connect(config, endpoint_url=ready.endpoint_url), config)
    assert "dns.dkim" in ids(findings)


def test_the_clock_of_this_machine(ready: PracticeEndpoint, plain: ConnectorConfig) -> None:
    read_json_url(f"{ready.endpoint_url}/practice/faults?kind=skew", method="POST")
    findings = check_account(connect(practice=ready), plain)
    assert ids(findings)[0] == "credentials.clock"
    assert ids(findings).count("credentials.clock") == 1


# -- the fields by themselves -------------------------------------------------------------------------

GOOD = {
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "accessKeySecret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": "eu-central-1",
    "emailAddress": "Logto <noreply@logto.io>",
    "emailAddressIdentityArn": "arn:aws:ses:eu-central-1:123456789012:identity/logto.io",
    "feedbackForwardingEmailAddress": "bounces@logto.io",
    "feedbackForwardingEmailAddressIdentityArn": "arn:aws:ses:eu-central-1:123456789012:identity/logto.io",
    "configurationSetName": "logto_main-1",
}


def field_ids(**changed: str | None) -> list[str]:
    return ids(check_document({**GOOD, **changed}))


def test_fields_in_order() -> None:
    assert field_ids() == []
    assert list(check_fields(GOOD)) == list(FIELDS)
    assert check_document({"region": "eu-central-1", "emailAddress": "a@b.org"}) == []


@pytest.mark.parametrize(
    "address",
    [
        "Logto <noreply@logto.io>",
        "<noreply@logto.io>",
        "noreply@logto.io",
        '"Acme, Inc." <a@logto.io>',
        "a+b@mail.logto.io",
        "Logto<noreply@logto.io>",
    ],
)
def test_every_form_of_the_guide(address: str) -> None:
    assert field_ids(emailAddress=address) == []


@pytest.mark.parametrize(
    ("field", "value", "id"),
    [
        ("region", "", "connector.region-missing"),
        ("region", "EU-Central-1", "connector.region-unknown"),
        ("region", "Frankfurt", "connector.region-unknown"),
        ("accessKeyId", "", "connector.key-id-blanks"),
        ("accessKeyId", "AKIAIOSFODNN7EXAMPLE ", "connector.key-id-blanks"),
        ("accessKeyId", "\u200bAKIAIOSFODNN7EXAMPLE", "connector.key-id-blanks"),
        ("accessKeyId", "'AKIAIOSFODNN7EXAMPLE'", "connector.key-id-blanks"),
        ("accessKeyId", "AROAIOSFODNN7EXAMPLE", "connector.key-id-form"),
        ("accessKeyId", "<access-key-id>", "connector.key-id-placeholder"),
        ("accessKeyId", "akiaiosfodnn7example", "connector.key-id-form"),
        ("accessKeyId", "logto", "connector.key-id-form"),
        ("accessKeyId", "AKIAIOSFODNN7EXAMPL", "connector.key-id-length"),
        ("accessKeySecret", "", "connector.secret-blanks"),
        ("accessKeySecret", "<access-key-secret>", "connector.secret-placeholder"),
        ("accessKeySecret", "short", "connector.secret-form"),
        ("emailAddress", "Logto\\<noreply@logto.io>", "connector.sender-backslash"),
        ("emailAddress", "noreply@logto", "connector.sender-address"),
        ("emailAddress", "  ", "connector.sender-missing"),
        ("emailAddress", "Grüße <noreply@logto.io>", "connector.sender-encoding"),
        ("emailAddress", "noreply@logto\u200b.io", "connector.sender-invisible"),
        ("emailAddress", "\ufeffnoreply@logto.io", "connector.sender-invisible"),
        ("emailAddress", "noreply\uff20logto.io", "connector.sender-address"),
        ("emailAddress", "<your-email@your-domain.com>", "connector.sender-placeholder"),
        ("emailAddress", "noreply@straße.example", "connector.sender-idn"),
        ("emailAddressIdentityArn", "logto.io", "connector.sender-arn-form"),
        ("emailAddressIdentityArn", "arn:aws-cn:ses:eu-central-1:123456789012:identity/logto.io",
         "connector.sender-arn-partition"),
        ("feedbackForwardingEmailAddress", "", "connector.feedback-empty"),
        ("feedbackForwardingEmailAddress", "bounces", "connector.feedback-address"),
        ("feedbackForwardingEmailAddressIdentityArn", "", "connector.feedback-arn-empty"),
        ("configurationSetName", "", "connector.set-empty"),
        ("configurationSetName", "my set", "connector.set-form"),
        ("configurationSetName", "logto ", "connector.set-form"),
        ("configurationSetName", "x" * 65, "connector.set-form"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field(field: str, value: str, id: str) -> None:
    found = check_fields({**GOOD, field: value})
    assert id in ids(found[field])
    assert all(one.next_step for one in found[field])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("email.eu-west-1.amazonaws.com", "eu-west-1"),
        ("Europe (Ireland)", "eu-west-1"),
        ("Frankfurt", "eu-central-1"),
        ("US-EAST-1", "us-east-1"),
        ("eu-central1", "eu-central-1"),
        ("us-east-1 ", "us-east-1"),
    ],
)
def test_the_region_that_may_be_meant(written: str, meant: str) -> None:
    found = check_fields({**GOOD, "region": written})["region"][0]
    assert meant in found.next_step


def test_another_domain_is_never_proposed() -> None:
    found = check_fields({**GOOD, "emailAddress": "noreply@straße.example"})["emailAddress"][0]
    assert "strasse" not in found.next_step
    assert "begins with xn--" in found.next_step


def test_the_encoded_name_is_read_back() -> None:
    from email.header import decode_header, make_header

    found = check_fields({**GOOD, "emailAddress": "Grüße <noreply@logto.io>"})["emailAddress"][0]
    encoded = found.next_step.split("Write ")[1].split(" <")[0]
    assert str(make_header(decode_header(encoded))) == "Grüße"


def test_smtp_passwords_are_told_from_secrets() -> None:
    assert looks_like_smtp_password("BM2sQ0vNhLrFz3uYcT8wXeK1oPaJdG7iHqVbR5nUyEtZ")
    assert not looks_like_smtp_password(GOOD["accessKeySecret"])


@given(st.dictionaries(st.sampled_from(FIELDS), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_any_document_is_looked_at(document: dict[str, Any]) -> None:
    for findings in check_fields(document).values():
        for one in findings:
            assert one.area == "connector"


@pytest.fixture(autouse=True)
def no_log_of_practice(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert "sesutil itself failed" not in capfd.readouterr().err


# -- whose key it is, and what is said of it ----------------------------------------------------------


def test_a_new_key_is_not_minus_a_day_old(ready: PracticeEndpoint, document: dict[str, Any]) -> None:
    account = connect(practice=ready)
    account.client("iam").create_user(UserName="logto")
    key = account.client("iam").create_access_key(UserName="logto")["AccessKey"]
    keys = {"accessKeyId": key["AccessKeyId"], "accessKeySecret": key["SecretAccessKey"]}
    earlier = datetime.now(UTC) - timedelta(hours=1)  # a clock that is behind the account's
    facts = Facts(account, load_config(document | keys), now=lambda: earlier)
    assert [one.sentence for one in check_key_age(facts)] == ["The connector's access key was made today."]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "the id of an access key without its secret"),
        ({}, "no access key"),
    ],
)
def test_half_a_key_is_not_no_key(
    account: Account, document: dict[str, Any], given: dict[str, str], said: str
) -> None:
    rest = {name: value for name, value in document.items() if not name.startswith("accessKey")}
    config = parse_config(rest | given, keys_required=False)
    (one,) = check_account(account, config, only=["sender"])
    assert (one.id, one.verdict) == ("credentials.no-connector-key", "note")
    assert said in one.sentence


def test_the_key_that_looks_at_itself_is_not_told_to_be_widened(
    ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    iam = connect(practice=ready).client("iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    keys = {"accessKeyId": key["AccessKeyId"], "accessKeySecret": key["SecretAccessKey"]}
    config = load_config(document | keys)
    findings = check_account(connect(config, endpoint_url=ready.endpoint_url), config)
    steps = [one.next_step for one in findings if "AccessDenied" in one.sentence]
    assert steps
    assert not [step for step in steps if step.startswith("Allow")]
    assert all("01-connect" in step for step in steps)


def test_a_key_that_iam_knows_and_aws_does_not_take(
    ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    """Live, too: whoever looks with other credentials learns whose key it is."""
    account = connect(practice=ready)
    iam = account.client("iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    iam.update_access_key(UserName="logto", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    keys = {"accessKeyId": key["AccessKeyId"], "accessKeySecret": key["SecretAccessKey"]}
    as_live = connect(endpoint_url=ready.endpoint_url, region=ready.region).signed_by(
        ready.access_key_id, ready.secret_access_key
    )
    assert as_live.practice is None
    (one,) = check_account(as_live, load_config(document | keys), only=["sender"])
    assert one.id == "credentials.key-inactive"
    iam.delete_access_key(UserName="logto", AccessKeyId=key["AccessKeyId"])
    (one,) = check_account(as_live, load_config(document | keys), only=["sender"])
    assert one.id == "credentials.unknown-key"


def test_a_region_that_is_none_may_be_the_option_s(plain: ConnectorConfig, ready: PracticeEndpoint) -> None:
    with pytest.raises(AwsError) as raised:
        connect(plain, region="mars mars")
    found = {one.id: one for one in check_unconnected(plain, raised.value)}
    assert "--region" in found["credentials.not-connected"].next_step
    named = check_account(connect(practice=ready, region="mars"), plain)
    assert "--region" in next(one for one in named if one.id == "credentials.region").next_step
