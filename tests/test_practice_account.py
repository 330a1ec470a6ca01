"""GetAccount, production access, quota and rate as numbers, Regions, and what is not simulated."""

from __future__ import annotations

import re
from typing import Any

import pytest

from practice_client import (
    FROM,
    OTHER_REGION,
    Refusal,
    ask,
    client,
    content,
    mail,
    post_json,
    refusal,
    signed,
    verify,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.regions import ses_regions

DETAILS = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
OWN_DKIM_ZONE = (
    "af-south-1 ap-northeast-3 ap-south-2 ap-southeast-3 ap-southeast-5 ca-west-1 eu-central-2 eu-south-1 "
    "il-central-1 me-central-1 us-gov-east-1"
).split()
CONFLICT = Refusal(409, "ConflictException", None)


def account(endpoint: PracticeEndpoint, region: str = "us-east-1") -> dict[str, Any]:
    answer: dict[str, Any] = client(endpoint, region=region).get_account()
    del answer["ResponseMetadata"]
    return answer


def test_new_account_is_the_one_that_was_recorded(new: PracticeEndpoint) -> None:
    assert account(new) == {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": False,
        "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }


def test_new_account_has_no_identities_no_zones_and_no_mail(new: PracticeEndpoint) -> None:
    assert client(new).list_email_identities()["EmailIdentities"] == []
    assert client(new, "route53").list_hosted_zones()["HostedZones"] == []
    assert ask(new, "GET", "/_aws/ses").json == {"messages": []}


def test_ready_account_is_in_the_sandbox_with_a_verified_domain(ready: PracticeEndpoint) -> None:
    assert not account(ready)["ProductionAccessEnabled"]
    assert client(ready).list_email_identities()["EmailIdentities"] == [
        {
            "IdentityType": "DOMAIN",
            "IdentityName": "example.com",
            "SendingEnabled": True,
            "VerificationStatus": "SUCCESS",
        }
    ]


def test_production_account_has_the_larger_quota(production: PracticeEndpoint) -> None:
    found = account(production)
    assert found["ProductionAccessEnabled"]
    assert found["SendQuota"] == {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0}
    assert found["Details"]["ReviewDetails"]["Status"] == "GRANTED"


def test_region_and_domain_of_a_preset_can_be_chosen() -> None:
    with serve(preset="ready", region="eu-central-1", domain="mail.test") as endpoint:
        assert endpoint.region == "eu-central-1"
        found = client(endpoint, region="eu-central-1").get_email_identity(EmailIdentity="mail.test")
    assert found["VerifiedForSendingStatus"]


# -- production access ----------------------------------------------------------------------------


def test_asking_for_production_access_opens_a_case(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS, UseCaseDescription="Codes", ProductionAccessEnabled=True)
    details = account(new)["Details"]
    review = details.pop("ReviewDetails")
    assert details == {**DETAILS, "UseCaseDescription": "Codes", "ContactLanguage": "EN"}
    assert review["Status"] == "PENDING"
    assert re.fullmatch(r"\d{15}", review["CaseId"])
    assert not account(new)["ProductionAccessEnabled"]


def test_request_is_refused_while_another_is_under_review(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    before = account(new)
    assert refusal(client(new).put_account_details, **DETAILS | {"WebsiteURL": "https://x.test"}) == CONFLICT
    assert account(new) == before


def test_conflict_has_a_null_text_on_the_wire(new: PracticeEndpoint) -> None:
    post_json(new, "/v2/email/account/details", DETAILS)
    assert post_json(new, "/v2/email/account/details", DETAILS).error == (409, "ConflictException", None)


def test_granted_access_raises_quota_and_rate(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    assert ask(new, "POST", "/practice/grant").status == 200
    found = account(new)
    assert found["ProductionAccessEnabled"]
    assert found["SendQuota"]["Max24HourSend"] == 50_000.0
    assert found["SendQuota"]["MaxSendRate"] == 14.0
    assert found["Details"]["ReviewDetails"]["Status"] == "GRANTED"


def test_granted_access_opens_the_way_to_unverified_recipients(ready: PracticeEndpoint) -> None:
    assert refusal(client(ready).send_email, **mail("anybody@example.org")).code == "MessageRejected"
    client(ready).put_account_details(**DETAILS)
    ask(ready, "POST", "/practice/grant")
    assert client(ready).send_email(**mail("anybody@example.org"))["MessageId"]


def test_denied_account_stays_in_the_sandbox_and_cannot_ask_again(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    assert ask(new, "POST", "/practice/deny").status == 200
    found = account(new)
    assert not found["ProductionAccessEnabled"]
    assert found["Details"]["ReviewDetails"]["Status"] == "DENIED"
    assert refusal(client(new).put_account_details, **DETAILS) == CONFLICT


def test_denial_can_be_reversed_by_the_reviewer(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    ask(new, "POST", "/practice/deny")
    assert ask(new, "POST", "/practice/grant").status == 200
    assert account(new)["ProductionAccessEnabled"]


@pytest.mark.parametrize("decision", ["grant", "deny"])
def test_reviewer_has_nothing_to_decide_unasked(new: PracticeEndpoint, decision: str) -> None:
    assert ask(new, "POST", f"/practice/{decision}").status == 409
    assert "Details" not in account(new)


def test_granted_access_is_not_denied_afterwards(production: PracticeEndpoint) -> None:
    assert ask(production, "POST", "/practice/deny").status == 409
    assert account(production)["ProductionAccessEnabled"]


def test_details_without_a_request_start_no_review(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS, ProductionAccessEnabled=False)
    assert "ReviewDetails" not in account(new)["Details"]
    assert ask(new, "POST", "/practice/grant").status == 409


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"MailType": "PROMOTIONAL"}, ["mailType"]),
        ({"MailType": None}, ["mailType"]),
        ({"WebsiteURL": ""}, ["websiteURL"]),
        ({"WebsiteURL": "x" * 1001}, ["websiteURL"]),
        ({"ContactLanguage": "JP"}, ["contactLanguage"]),
        ({"UseCaseDescription": "x" * 5001}, ["useCaseDescription"]),
        ({"AdditionalContactEmailAddresses": []}, ["additionalContactEmailAddresses"]),
        (
            {"AdditionalContactEmailAddresses": [f"a{n}@example.com" for n in range(5)]},
            ["additionalContactEmailAddresses"],
        ),
        ({"MailType": "PROMOTIONAL", "WebsiteURL": ""}, ["mailType", "websiteURL"]),
    ],
)
def test_details_that_the_model_forbids(
    new: PracticeEndpoint, change: dict[str, Any], places: list[str]
) -> None:
    status, code, text = post_json(new, "/v2/email/account/details", DETAILS | change).error
    assert (status, code) == (400, "BadRequestException")
    count = "1 validation error" if len(places) == 1 else f"{len(places)} validation errors"
    assert text is not None
    assert text.startswith(f"{count} detected: Value at '{places[0]}")
    assert [place for place in places if f"Value at '{place}" in text] == places
    assert text.count("failed to satisfy constraint: ") == len(places)
    assert "Details" not in account(new)


# -- Regions --------------------------------------------------------------------------------------


def test_regions_share_no_identities(ready: PracticeEndpoint) -> None:
    elsewhere = client(ready, region=OTHER_REGION)
    assert elsewhere.list_email_identities()["EmailIdentities"] == []
    assert refusal(elsewhere.get_email_identity, EmailIdentity="example.com") == Refusal(
        404, "NotFoundException", "Email identity <example.com> does not exist."
    )


def test_regions_share_no_production_access(production: PracticeEndpoint) -> None:
    found = account(production, OTHER_REGION)
    assert not found["ProductionAccessEnabled"]
    assert found["SendQuota"]["Max24HourSend"] == 200.0
    assert "Details" not in found


def test_regions_share_no_configuration_sets(new: PracticeEndpoint) -> None:
    client(new).create_configuration_set(ConfigurationSetName="logto")
    elsewhere = client(new, region=OTHER_REGION)
    assert elsewhere.list_configuration_sets()["ConfigurationSets"] == []
    elsewhere.create_configuration_set(ConfigurationSetName="logto")


def test_regions_count_apart(ready: PracticeEndpoint) -> None:
    verify(ready, "me@example.org")
    client(ready).send_email(**mail("me@example.org"))
    assert account(ready)["SendQuota"]["SentLast24Hours"] == 1.0
    assert account(ready, OTHER_REGION)["SendQuota"]["SentLast24Hours"] == 0.0


def test_refusal_names_the_region_in_capitals(ready: PracticeEndpoint) -> None:
    assert refusal(client(ready, region=OTHER_REGION).send_email, **mail()) == Refusal(
        400,
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region "
        f"EU-WEST-1: {FROM}",
    )


def test_reviewer_decides_for_one_region(new: PracticeEndpoint) -> None:
    for region in ("us-east-1", OTHER_REGION):
        client(new, region=region).put_account_details(**DETAILS)
    assert ask(new, "POST", f"/practice/grant?region={OTHER_REGION}").status == 200
    assert account(new, OTHER_REGION)["ProductionAccessEnabled"]
    assert not account(new)["ProductionAccessEnabled"]


def test_signing_hosted_zone_of_every_region(new: PracticeEndpoint) -> None:
    zones = {
        region: client(new, region=region).create_email_identity(EmailIdentity="example.com")[
            "DkimAttributes"
        ]["SigningHostedZone"]
        for region in ses_regions()
    }
    own = {region for region, zone in zones.items() if zone == f"dkim.{region}.amazonses.com"}
    assert own == set(OWN_DKIM_ZONE)
    assert {zones[region] for region in zones.keys() - own} == {"dkim.amazonses.com"}


def test_domain_with_records_for_the_wrong_hosted_zone_stays_pending(new: PracticeEndpoint) -> None:
    region = "eu-south-1"
    ses, dns = client(new, region=region), client(new, "route53")
    attributes = ses.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    for token in attributes["Tokens"]:
        record = {
            "Name": f"{token}._domainkey.example.com",
            "Type": "CNAME",
            "TTL": 300,
            "ResourceRecords": [{"Value": f"{token}.dkim.amazonses.com"}],
        }
        dns.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        )
    assert not ses.get_email_identity(EmailIdentity="example.com")["VerifiedForSendingStatus"]


# -- GetSendQuota and GetCallerIdentity -----------------------------------------------------------


@pytest.mark.parametrize("preset", ["new", "production"])
def test_quota_of_v1_is_the_quota_of_v2(preset: str) -> None:
    with serve(preset=preset) as endpoint:
        quota = client(endpoint, "ses").get_send_quota()
        del quota["ResponseMetadata"]
        assert quota == account(endpoint)["SendQuota"]


def test_quota_of_v1_counts_what_was_sent(production: PracticeEndpoint) -> None:
    client(production).send_email(**mail(["a@example.org", "b@example.org"]))
    ses = client(production, "ses")
    assert ses.get_send_quota()["SentLast24Hours"] == 0.0  # it lags behind
    ask(production, "POST", "/practice/clock?minutes=2")
    assert ses.get_send_quota()["SentLast24Hours"] == 2.0


def test_quota_of_v1_can_be_asked_with_get(new: PracticeEndpoint) -> None:
    reply = signed(new, "GET", "/?Action=GetSendQuota&Version=2010-12-01")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml")
    assert "<Max24HourSend>200.0</Max24HourSend>" in reply.text


def test_caller_is_the_account_s_user(new: PracticeEndpoint) -> None:
    found = client(new, "sts").get_caller_identity()
    assert found["Account"] == new.account_id
    assert found["Arn"] == f"arn:aws:iam::{new.account_id}:user/sesutil-practice"


def test_caller_is_whoever_the_key_belongs_to(new: PracticeEndpoint) -> None:
    iam = client(new, "iam")
    iam.create_user(UserName="logto", Path="/sesutil/")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    found = client(new, "sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"]).get_caller_identity()
    assert found["Arn"] == f"arn:aws:iam::{new.account_id}:user/sesutil/logto"


def test_two_accounts_in_one_process_share_nothing(new: PracticeEndpoint, ready: PracticeEndpoint) -> None:
    assert new.account_id != ready.account_id
    client(new, "iam").create_user(UserName="logto")
    client(new, "route53").create_hosted_zone(Name="new.test", CallerReference="1")
    assert [user["UserName"] for user in client(ready, "iam").list_users()["Users"]] == ["sesutil-practice"]
    zones = client(ready, "route53").list_hosted_zones()["HostedZones"]
    assert [zone["Name"] for zone in zones] == ["example.com."]
    assert refusal(client(new, key=ready.access_key_id, secret=ready.secret_access_key).get_account).code == (
        "UnrecognizedClientException"
    )


# -- configuration sets ---------------------------------------------------------------------------


def test_configuration_set_from_creation_to_deletion(new: PracticeEndpoint) -> None:
    ses = client(new)
    ses.create_configuration_set(ConfigurationSetName="logto", Tags=[{"Key": "for", "Value": "codes"}])
    found = ses.get_configuration_set(ConfigurationSetName="logto")
    assert found["ConfigurationSetName"] == "logto"
    assert found["Tags"] == [{"Key": "for", "Value": "codes"}]
    ses.delete_configuration_set(ConfigurationSetName="logto")
    assert ses.list_configuration_sets()["ConfigurationSets"] == []


@pytest.mark.parametrize("operation", ["get_configuration_set", "delete_configuration_set"])
def test_missing_configuration_set(new: PracticeEndpoint, operation: str) -> None:
    assert refusal(getattr(client(new), operation), ConfigurationSetName="none") == Refusal(
        404, "NotFoundException", "Configuration set <none> does not exist."
    )


def test_configuration_set_is_not_made_twice(new: PracticeEndpoint) -> None:
    client(new).create_configuration_set(ConfigurationSetName="logto")
    found = refusal(client(new).create_configuration_set, ConfigurationSetName="logto")
    assert (found.status, found.code) == (400, "AlreadyExistsException")


# -- what it cannot do ----------------------------------------------------------------------------

MISSING_V2 = [
    ("list_email_templates", {}),
    ("send_bulk_email", {}),
    ("get_message_insights", {"MessageId": "x"}),
    ("batch_get_metric_data", {}),
    ("list_contact_lists", {}),
    ("create_email_template", {"TemplateName": "x", "TemplateContent": {}}),
    (
        "put_email_identity_dkim_signing_attributes",
        {"EmailIdentity": "example.com", "SigningAttributesOrigin": "AWS_SES_EU_WEST_1"},
    ),
    ("list_email_identities", {"Filter": {}}),
    ("create_configuration_set", {"ConfigurationSetName": "x", "VdmOptions": {}}),
    ("send_email", {**mail(), "TenantName": "x"}),
    ("send_email", {**mail(), "ListManagementOptions": {"ContactListName": "x"}}),
    ("send_email", {**mail(), "Content": {"Template": {"TemplateName": "x", "TemplateData": "{}"}}}),
]


@pytest.mark.parametrize(("operation", "parameters"), MISSING_V2)
def test_v2_operation_that_is_not_simulated(
    ready: PracticeEndpoint, operation: str, parameters: dict[str, Any]
) -> None:
    found = refusal(getattr(client(ready), operation), **parameters)
    assert (found.status, found.code) == (501, "NotSimulated")
    assert found.text is not None
    assert found.text.startswith("The practice account does not simulate ")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v2/email/nothing"),
        ("DELETE", "/v2/email/account"),
        ("HEAD", "/v2/email/account"),
        ("GET", "/v2/"),
        ("GET", "/v2/email/identities/a/b/c/d"),
        ("GET", "/v2/%00%ff%F0%9F%98%80<script>"),
        ("GET", "/v2/email/" + "x" * 30_000),
    ],
)
def test_v2_address_that_does_not_exist(new: PracticeEndpoint, method: str, target: str) -> None:
    reply = signed(new, method, target)
    assert reply.status == 501
    assert reply.headers["x-amzn-errortype"].startswith("NotSimulated:")


@pytest.mark.parametrize("operation", ["list_receipt_rule_sets", "list_templates", "list_receipt_filters"])
def test_v1_action_that_is_not_simulated(new: PracticeEndpoint, operation: str) -> None:
    found = refusal(getattr(client(new, "ses"), operation))
    assert (found.status, found.code) == (501, "NotSimulated")


@pytest.mark.parametrize(
    "body", ["", "Action=", "Action=Nothing", "Nothing", "Action=%3C%26%22", "Action=%01"]
)
def test_v1_call_of_any_shape_gets_an_answer_in_xml(new: PracticeEndpoint, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, code, _ = signed(new, "POST", "/", body, headers).xml_error
    assert (status, code) == (501, "NotSimulated")


@pytest.mark.parametrize("service", ["s3", "dynamodb", "lambda", "cloudformation"])
def test_service_that_is_not_simulated(new: PracticeEndpoint, service: str) -> None:
    operation = {
        "s3": "list_buckets",
        "dynamodb": "list_tables",
        "lambda": "list_functions",
        "cloudformation": "list_stacks",
    }
    found = refusal(getattr(client(new, service), operation[service]))
    assert found.status == 501


def test_unknown_service_is_named_in_ses_form(new: PracticeEndpoint) -> None:
    status, code, text = signed(new, "GET", "/bucket", service="s3").xml_error
    assert (status, code) == (501, "NotSimulated")
    assert "'s3'" in text


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("iam", "simulate_custom_policy", {"PolicyInputList": ["{}"], "ActionNames": ["ses:SendEmail"]}),
        ("route53", "test_dns_answer", {"HostedZoneId": "Z1", "RecordName": "a", "RecordType": "A"}),
    ],
)
def test_call_that_moto_lacks(
    new: PracticeEndpoint, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    found = refusal(getattr(client(new, service), operation), **parameters)
    assert (found.status, found.code) == (501, "NotSimulated")


@pytest.mark.parametrize("service", ["sts", "iam", "route53", "sns", "sqs", "monitoring"])
@pytest.mark.parametrize(("method", "target"), [("PATCH", "/x/y"), ("GET", "/static/x"), ("HEAD", "/x")])
def test_odd_request_to_a_carried_service(
    new: PracticeEndpoint, service: str, method: str, target: str
) -> None:
    assert signed(new, method, target, service=service).status in (400, 404, 501)


@pytest.mark.parametrize("service", ["sts", "iam", "route53", "sns", "sqs", "monitoring"])
@pytest.mark.parametrize("target", ["/moto-api/reset", "/moto-api/reset-auth", "//moto-api/reset"])
def test_moto_s_own_doors_are_closed(ready: PracticeEndpoint, service: str, target: str) -> None:
    """`/moto-api/reset` would empty every account in the process, the keys included."""
    assert signed(ready, "POST", target, b"", service=service).status == 501
    assert client(ready, "sts").get_caller_identity()["Account"] == ready.account_id
    assert client(ready, "route53").list_hosted_zones()["HostedZones"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("iam", "get_user", {"UserName": "nobody"}, "NoSuchEntity"),
        ("iam", "create_user", {"UserName": "sesutil-practice"}, "EntityAlreadyExists"),
        ("route53", "get_hosted_zone", {"Id": "Z404"}, "NoSuchHostedZone"),
        ("sqs", "get_queue_url", {"QueueName": "none"}, "AWS.SimpleQueueService.NonExistentQueue"),
    ],
)
def test_refusal_of_a_carried_service_is_its_own(
    new: PracticeEndpoint, service: str, operation: str, parameters: dict[str, Any], expected: str
) -> None:
    assert refusal(getattr(client(new, service), operation), **parameters).code == expected


def test_not_simulated_call_changes_nothing(ready: PracticeEndpoint) -> None:
    refusal(client(ready).send_email, **mail(), TenantName="x")
    template = {"Content": content() | {"Template": {"TemplateName": "x"}}}
    refusal(client(ready).send_email, **mail() | template)
    assert ask(ready, "GET", "/_aws/ses").json == {"messages": []}
    assert account(ready)["SendQuota"]["SentLast24Hours"] == 0.0
