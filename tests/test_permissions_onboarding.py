"""The policy of the person who onboards: what sesutil's steps call can be done with it, and little else."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ROOT
from events_setup import drained
from permission_people import SIMULATOR, administrator, config_with, person_with, refused
from practice_client import ask, refusal
from sesutil import Account, InvalidParameters, read_status, send
from sesutil.addresses import parse_mailbox
from sesutil.changes import carry_out
from sesutil.events.chain import read_chain
from sesutil.events.listening import EventStream
from sesutil.events.planning import plan_events, plan_events_removal
from sesutil.iam_policies import Ask, Decision, evaluate, parse_policy
from sesutil.identities import list_identities, other_regions, plan_identity, plan_mail_from, read_identity
from sesutil.identities.planning import plan_delete, plan_new_keys, plan_new_link
from sesutil.launching import PracticeEndpoint
from sesutil.permissions.keys import new_key, plan_deactivate, plan_delete_key, plan_key
from sesutil.permissions.policies import (
    INLINE_LIMIT,
    MANAGED_LIMIT,
    explain_policy,
    onboarding_policy,
    policy_size,
    policy_text,
)
from sesutil.permissions.users import plan_user, read_user
from sesutil.practice import serve

ACCOUNT, REGION, ZONE = "123456789012", "eu-west-1", "Z0123456789ABCDEFGHIJ"
CREATE = {
    "route53:ChangeResourceRecordSetsActions": ("CREATE",),
    "route53:ChangeResourceRecordSetsRecordTypes": ("CNAME", "TXT"),
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as running:
        yield running


@pytest.fixture(scope="module")
def person(endpoint: PracticeEndpoint) -> Account:
    return person_with(endpoint, onboarding_policy(account_id=endpoint.account_id, region=endpoint.region))


def test_size_is_a_managed_policy_s() -> None:
    size = policy_size(onboarding_policy(account_id=ACCOUNT, region=REGION, hosted_zone_id=ZONE))
    assert INLINE_LIMIT < size <= MANAGED_LIMIT


def test_each_statement_has_a_name_and_is_explained() -> None:
    policy = onboarding_policy(account_id=ACCOUNT, region=REGION)
    said = explain_policy(policy)
    assert len(said) == len(policy["Statement"])
    assert all(sentence.endswith(".") for sentence in said.values())
    asking = [one for one in policy["Statement"] if "ses:PutAccountDetails" in one["Action"]]
    assert [one["Action"] for one in asking] == [["ses:PutAccountDetails"]]


def planned_calls() -> set[str]:
    """Every change that the package plans, from its source: service:Operation."""
    found = set()
    for path in (ROOT / "sesutil").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Call" and len(node.args) >= 2:
                service, operation = (getattr(one, "value", None) for one in node.args[:2])
                if isinstance(service, str) and isinstance(operation, str):
                    found.add(f"{'ses' if service == 'sesv2' else service}:{operation}")
    return found


# Only where there is no hosted zone yet, which the practice account alone is given one for.
NOT_FOR_AWS = {"route53:CreateHostedZone"}


def test_every_change_that_is_planned_anywhere_is_allowed() -> None:
    policy = parse_policy(policy_text(onboarding_policy(account_id=ACCOUNT, region=REGION)))
    context = {"aws:RequestedRegion": (REGION,)}
    calls = planned_calls()
    assert {"iam:CreateUser", "ses:CreateEmailIdentity"} <= calls
    forbidden = {one for one in calls if evaluate([policy], Ask(one, None, context)) is not Decision.ALLOWED}
    assert forbidden <= NOT_FOR_AWS


SES, IAM = f"arn:aws:ses:{REGION}:{ACCOUNT}:", f"arn:aws:iam::{ACCOUNT}:"
HOSTED = f"arn:aws:route53:::hostedzone/{ZONE}"
ALLOWED: list[tuple[str, str, dict[str, tuple[str, ...]]]] = [
    ("ses:GetAccount", "*", {}),
    ("ses:PutAccountDetails", "*", {"aws:RequestedRegion": (REGION,)}),
    ("ses:CreateEmailIdentity", SES + "identity/example.com", {}),
    ("ses:GetEmailIdentity", f"arn:aws:ses:us-west-2:{ACCOUNT}:identity/example.com", {}),
    ("ses:SendEmail", SES + "configuration-set/logto", {}),
    ("iam:CreateUser", IAM + "user/sesutil/sesutil-logto", {}),
    ("iam:GetUser", IAM + "user/sesutil-logto", {}),
    ("iam:SimulatePrincipalPolicy", IAM + "role/deploy", {}),
    ("iam:GetPolicyVersion", "arn:aws:iam::aws:policy/AmazonSESFullAccess", {}),
    ("route53:ChangeResourceRecordSets", HOSTED, CREATE),
    ("route53:GetChange", "arn:aws:route53:::change/C123", {}),
    ("sns:CreateTopic", f"arn:aws:sns:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:sesutil-events", {}),
    # What is made with tags needs the tag's permission as well, as AWS's pages of the calls say.
    ("sns:TagResource", f"arn:aws:sns:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("sqs:TagQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("ses:TagResource", SES + "configuration-set/sesutil-events", {}),
]
FORBIDDEN: list[tuple[str, str, dict[str, tuple[str, ...]]]] = [
    ("ses:PutAccountDetails", "*", {"aws:RequestedRegion": ("us-east-1",)}),
    ("ses:PutAccountSendingAttributes", "*", {}),
    ("ses:SendRawEmail", SES + "identity/example.com", {}),
    ("ses:SendEmail", f"arn:aws:ses:us-west-2:{ACCOUNT}:identity/example.com", {}),
    ("ses:DeleteEmailIdentity", f"arn:aws:ses:{REGION}:210987654321:identity/example.com", {}),
    ("ses:CreateEmailIdentityPolicy", SES + "identity/example.com", {}),
    ("ses:PutSuppressedDestination", "*", {}),
    ("iam:CreateUser", IAM + "user/other", {}),
    ("iam:PutUserPolicy", IAM + "user/admin", {}),
    ("iam:CreateAccessKey", IAM + "user/admin", {}),
    ("iam:AttachUserPolicy", IAM + "user/sesutil/sesutil-logto", {}),
    ("iam:CreateLoginProfile", IAM + "user/sesutil/sesutil-logto", {}),
    ("iam:PassRole", IAM + "role/deploy", {}),
    ("iam:CreatePolicy", IAM + "policy/p", {}),
    ("sts:AssumeRole", IAM + "role/deploy", {}),
    (
        "route53:ChangeResourceRecordSets",
        HOSTED,
        {**CREATE, "route53:ChangeResourceRecordSetsActions": ("UPSERT",)},
    ),
    (
        "route53:ChangeResourceRecordSets",
        HOSTED,
        {**CREATE, "route53:ChangeResourceRecordSetsActions": ("CREATE", "DELETE")},
    ),
    (
        "route53:ChangeResourceRecordSets",
        HOSTED,
        {**CREATE, "route53:ChangeResourceRecordSetsRecordTypes": ("A",)},
    ),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/ZOTHER", CREATE),
    ("route53:DeleteHostedZone", HOSTED, {}),
    ("sns:CreateTopic", f"arn:aws:sns:{REGION}:{ACCOUNT}:orders", {}),
    ("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("sns:TagResource", f"arn:aws:sns:{REGION}:{ACCOUNT}:orders", {}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders", {}),
    ("sqs:ChangeMessageVisibility", f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders", {}),
    ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("sqs:PurgeQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:sesutil-events", {}),
    ("s3:ListAllMyBuckets", "*", {}),
    ("cloudwatch:PutMetricAlarm", "*", {}),
]


@pytest.mark.parametrize("hosted_zone_id", [ZONE, f"/hostedzone/{ZONE}"])
def test_what_is_in_it_and_what_is_not(hosted_zone_id: str) -> None:
    policy = parse_policy(
        policy_text(onboarding_policy(account_id=ACCOUNT, region=REGION, hosted_zone_id=hosted_zone_id))
    )

    def decided(ask: tuple[str, str, dict[str, tuple[str, ...]]]) -> Decision:
        return evaluate([policy], Ask(ask[0], ask[1], ask[2]))

    assert [ask for ask in ALLOWED if decided(ask) is not Decision.ALLOWED] == []
    assert [ask for ask in FORBIDDEN if decided(ask) is not Decision.NOT_ALLOWED] == []


@pytest.mark.parametrize("zone", ["example.com", "z123", "Z1/Z2"])
def test_hosted_zone_that_is_none(zone: str) -> None:
    with pytest.raises(InvalidParameters, match="hosted zone"):
        onboarding_policy(account_id=ACCOUNT, region=REGION, hosted_zone_id=zone)


@pytest.mark.parametrize(("region", "own"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")])
def test_arns_are_of_the_region_s_partition(region: str, own: str) -> None:
    text = policy_text(onboarding_policy(account_id=ACCOUNT, region=region))
    assert '"arn:aws:' not in text
    assert f'"arn:{own}:route53:::hostedzone/*"' in text


def test_identities_can_be_made_set_up_and_deleted(person: Account) -> None:
    assert read_status(person).production is False
    assert carry_out(person, plan_identity(person, "new.example.net"))
    carry_out(person, plan_mail_from(person, "new.example.net"))
    carry_out(person, plan_new_keys(person, "new.example.net", force=True))
    carry_out(person, plan_identity(person, "somebody@example.net"))
    carry_out(person, plan_new_link(person, "somebody@example.net"))
    state = read_identity(person, "new.example.net")
    assert state is not None
    assert state.mail_from is not None
    assert {one.name for one in list_identities(person)} >= {"new.example.net", "somebody@example.net"}
    assert other_regions(person, parse_mailbox("a@new.example.net")) == {}
    carry_out(person, plan_delete(person, "new.example.net"))


def test_user_and_keys_can_be_made_and_the_mail_goes_out(
    endpoint: PracticeEndpoint, person: Account, document: dict[str, Any]
) -> None:
    config = config_with(document, emailAddress="a@example.com")
    carry_out(person, plan_user(person, config, production=False, name="made-by-the-person"))
    key = new_key(carry_out(person, plan_key(person, "made-by-the-person")))
    logto = administrator(endpoint).signed_by(key.id, key.secret_in_clear())
    assert refused(endpoint, logto, config, SIMULATOR) is None
    user = read_user(person, "made-by-the-person")
    assert user is not None
    assert (user.unread, user.path) == ((), "/sesutil/")
    carry_out(person, plan_deactivate(person, user.name, key.id))
    carry_out(person, plan_delete_key(person, user.name, key.id))


def test_production_access_can_be_asked_for_in_this_region_only(
    endpoint: PracticeEndpoint, person: Account
) -> None:
    details = {
        "MailType": "TRANSACTIONAL",
        "WebsiteURL": "https://example.com",
        "ProductionAccessEnabled": True,
    }
    assert refusal(person.client("sesv2", "eu-west-1").put_account_details, **details).status == 403
    person.ses.put_account_details(**details)


def test_events_can_be_set_up_mended_read_and_removed(
    endpoint: PracticeEndpoint, person: Account, document: dict[str, Any]
) -> None:
    config = config_with(document)
    carry_out(person, plan_events(person, config))
    carry_out(person, plan_events(person, config, name="sesutil-more"))
    chain = read_chain(person, config)
    assert chain is not None
    everything = administrator(endpoint)
    other = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:GetTopicAttributes"}
    everything.client("sns").set_topic_attributes(
        TopicArn=chain.topic_arn,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Statement": [{**other, "Resource": chain.topic_arn}]}),
    )
    everything.client("sqs").set_queue_attributes(QueueUrl=chain.queue_url, Attributes={"Policy": ""})
    everything.ses.delete_configuration_set_event_destination(
        ConfigurationSetName=chain.configuration_set, EventDestinationName=chain.name
    )
    mended = plan_events(person, config)
    assert {call.operation for call in mended.calls} >= {"SetTopicAttributes", "SetQueueAttributes"}
    carry_out(person, mended)
    ask(endpoint, "POST", "/practice/clock?seconds=2")
    with_set = config.model_copy(update={"configuration_set_name": chain.configuration_set})
    send(person, with_set, to=SIMULATOR, usage_type="SignIn", payload={"code": "1"})
    ask(endpoint, "POST", "/practice/clock?seconds=30")
    assert EventStream(person, chain, wanted=lambda event: False).poll(0) == []
    assert [event.kind for event in drained(EventStream(person, chain))] == ["Send", "Delivery"]
    carry_out(person, plan_events_removal(person, chain))
    assert read_chain(person, config) is None


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sesv2", "put_account_sending_attributes", {"SendingEnabled": False}),
        ("sesv2", "put_suppressed_destination", {"EmailAddress": "a@example.com", "Reason": "BOUNCE"}),
        (
            "iam",
            "attach_user_policy",
            {"UserName": "x", "PolicyArn": "arn:aws:iam::aws:policy/IAMFullAccess"},
        ),
        ("iam", "create_group", {"GroupName": "x"}),
        ("iam", "list_users", {}),
        ("route53", "create_hosted_zone", {"Name": "example.net", "CallerReference": "1"}),
        ("sns", "list_topics", {}),
        ("sqs", "list_queues", {}),
        ("cloudwatch", "put_metric_data", {"Namespace": "x", "MetricData": []}),
    ],
)
def test_what_no_step_needs_is_refused(
    person: Account, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert refusal(getattr(person.client(service), operation), **parameters).status == 403
