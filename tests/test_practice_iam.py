"""What a key may do: nothing that no policy allows. The words of a refusal, what a send uses, conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from practice_client import FROM, TO, Refusal, ask, client, mail, raw_mail, refusal, verify
from practice_people import (
    DETAILS,
    DOMAIN,
    MINE,
    OWN,
    RAW,
    REGION,
    Person,
    Rule,
    allow,
    caller,
    code_of,
    deny,
    ses_arn,
    v1_mail,
)
from sesutil import connect
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve


@pytest.fixture(scope="module")
def sandbox() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as endpoint:
        verify(endpoint, MINE)
        yield endpoint


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


# -- nothing is allowed unless it is said ---------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        ("sesv2", "get_account", {}, "ses:GetAccount"),
        ("sesv2", "send_email", mail(), "ses:SendEmail"),
        ("sesv2", "create_email_identity", {"EmailIdentity": "a.test"}, "ses:CreateEmailIdentity"),
        ("ses", "get_send_quota", {}, "ses:GetSendQuota"),
        ("ses", "send_email", v1_mail(), "ses:SendEmail"),
        ("route53", "list_hosted_zones", {}, "route53:ListHostedZones"),
        ("iam", "list_users", {}, "iam:ListUsers"),
        ("iam", "create_user", {"UserName": "other"}, "iam:CreateUser"),
        ("sns", "list_topics", {}, "SNS:ListTopics"),
        ("sqs", "list_queues", {}, "sqs:ListQueues"),
        ("cloudwatch", "list_metrics", {}, "cloudwatch:ListMetrics"),
    ],
)
@pytest.mark.parametrize("rules", [(), (allow("s3:*"),)], ids=["no policy", "another service"])
def test_key_may_do_only_what_a_policy_allows(
    live: PracticeEndpoint,
    rules: tuple[Rule, ...],
    service: str,
    operation: str,
    parameters: Any,
    action: str,
) -> None:
    found = refusal(getattr(Person(live, *rules).client(service), operation), **parameters)
    assert found.status == 403
    assert found.code in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
    assert action.lower() in (found.text or "").lower()


@pytest.mark.parametrize("rules", [(), (deny("*"),)], ids=["no policy", "all denied"])
def test_any_key_may_ask_who_it_is(live: PracticeEndpoint, rules: tuple[Rule, ...]) -> None:
    person = Person(live, *rules)
    assert person.client("sts").get_caller_identity()["Arn"] == person.arn


@pytest.mark.parametrize("service", ["route53", "iam", "sns", "sqs"])
def test_what_is_allowed_in_ses_is_allowed_nowhere_else(live: PracticeEndpoint, service: str) -> None:
    calls = {"route53": "list_hosted_zones", "iam": "list_users", "sns": "list_topics", "sqs": "list_queues"}
    person = Person(live, allow("ses:*"))
    assert refusal(getattr(person.client(service), calls[service])).status == 403
    person.may(allow(f"{service}:List*"))
    getattr(person.client(service), calls[service])()
    assert refusal(person.client().get_account).status == 403


# -- the words ------------------------------------------------------------------------------------


def test_send_is_refused_in_the_older_wording(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:GetAccount"))
    assert person.send() == person.old("ses:SendEmail", DOMAIN)


NEW_WORDING = [
    ("create_email_identity", {}, "ses:CreateEmailIdentity", "identity/a.test"),
    ("get_email_identity", {}, "ses:GetEmailIdentity", "identity/a.test"),
    ("delete_email_identity", {}, "ses:DeleteEmailIdentity", "identity/a.test"),
    ("get_email_identity_policies", {}, "ses:GetEmailIdentityPolicies", "identity/a.test"),
    (
        "put_email_identity_mail_from_attributes",
        {},
        "ses:PutEmailIdentityMailFromAttributes",
        "identity/a.test",
    ),
    ("put_email_identity_dkim_attributes", {}, "ses:PutEmailIdentityDkimAttributes", "identity/a.test"),
    ("create_configuration_set", {}, "ses:CreateConfigurationSet", "configuration-set/a"),
    ("get_configuration_set", {}, "ses:GetConfigurationSet", "configuration-set/a"),
    ("delete_configuration_set", {}, "ses:DeleteConfigurationSet", "configuration-set/a"),
    (
        "get_configuration_set_event_destinations",
        {},
        "ses:GetConfigurationSetEventDestinations",
        "configuration-set/a",
    ),
]


@pytest.mark.parametrize(("operation", "more", "action", "resource"), NEW_WORDING)
def test_other_calls_are_refused_in_the_newer_wording_on_their_own_arn(
    live: PracticeEndpoint, operation: str, more: Any, action: str, resource: str
) -> None:
    kind, _, name = resource.partition("/")
    parameters = more | {"EmailIdentity" if kind == "identity" else "ConfigurationSetName": name}
    person = Person(live, allow("ses:*", f"{kind}/other"))
    assert refusal(getattr(person.client(), operation), **parameters) == person.new(action, resource)
    person.may(allow(action, resource))
    # There may be none of that name: no matter of permission.
    found = code_of(getattr(person.client(), operation), **parameters)
    assert found in (None, "NotFoundException", "BadRequestException")
    cleaner = caller(live)
    for one in cleaner.list_email_identities()["EmailIdentities"]:
        if one["IdentityName"] == "a.test":
            cleaner.delete_email_identity(EmailIdentity="a.test")
    if "a" in cleaner.list_configuration_sets()["ConfigurationSets"]:
        cleaner.delete_configuration_set(ConfigurationSetName="a")


def test_v1_is_refused_as_access_denied_in_the_same_two_wordings(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:Nothing"))
    send, verify_address = person.client("ses").send_email, person.client("ses").verify_email_identity
    assert refusal(send, **v1_mail()) == Refusal(
        403, "AccessDenied", person.old("ses:SendEmail", DOMAIN).text
    )
    found = refusal(verify_address, EmailAddress="a@a.test")
    assert (found.status, found.code) == (403, "AccessDenied")
    assert (found.text or "").startswith(
        f"User: {person.arn} is not authorized to perform: ses:VerifyEmailIdentity"
    )
    assert (found.text or "").endswith(
        " because no identity-based policy allows the ses:VerifyEmailIdentity action"
    )


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("sesv2", "get_account", "GetAccount"),
        ("sesv2", "put_account_details", "PutAccountDetails"),
        ("sesv2", "put_account_sending_attributes", "PutAccountSendingAttributes"),
        ("sesv2", "put_account_suppression_attributes", "PutAccountSuppressionAttributes"),
        ("sesv2", "list_email_identities", "ListEmailIdentities"),
        ("sesv2", "list_configuration_sets", "ListConfigurationSets"),
        ("sesv2", "list_suppressed_destinations", "ListSuppressedDestinations"),
        ("ses", "get_send_quota", "GetSendQuota"),
        ("ses", "get_send_statistics", "GetSendStatistics"),
        ("ses", "list_identities", "ListIdentities"),
    ],
)
def test_call_about_no_resource_needs_a_star(
    live: PracticeEndpoint, service: str, operation: str, action: str
) -> None:
    given = {"put_account_details": DETAILS, "put_account_sending_attributes": {"SendingEnabled": True}}
    parameters: Any = given.get(operation, {})
    person = Person(live, allow("ses:*", "identity/*", DOMAIN, "configuration-set/*"))
    found = refusal(getattr(person.client(service), operation), **parameters)
    who, what = re.escape(person.arn), re.escape(f"ses:{action}")
    assert found.status == 403
    assert re.fullmatch(
        f"User: {who} is not authorized to perform: {what}( on resource: [^ ]+)? "
        f"because no identity-based policy allows the {what} action",
        found.text or "",
    )
    person.may(allow(f"ses:{action}", "*"))
    found = code_of(getattr(person.client(service), operation), **parameters)
    assert found in (None, "ConflictException")  # production access is granted already


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_account_details", DETAILS | {"MailType": "PROMOTIONAL"}),
        ("put_account_suppression_attributes", {"SuppressedReasons": ["SPAM"]}),
        ("put_email_identity_mail_from_attributes", {"EmailIdentity": "a.test", "BehaviorOnMxFailure": "x"}),
        ("send_email", mail([f"a{number}@example.org" for number in range(51)])),
        ("send_email", mail() | {"Content": None}),
    ],
)
def test_permission_is_asked_before_the_request_is_read(
    live: PracticeEndpoint, operation: str, parameters: Any
) -> None:
    """The order of checks is inferred."""
    assert code_of(getattr(Person(live).client(), operation), **parameters) == "AccessDeniedException"


def test_explicit_deny_wins(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:*"), deny(["ses:SendEmail", "ses:GetAccount"]))
    assert person.send() == person.old("ses:SendEmail", DOMAIN)
    found = refusal(person.client().get_account)
    assert (found.text or "").endswith(" with an explicit deny in an identity-based policy")
    assert person.client().list_email_identities()["EmailIdentities"]


# -- what a send uses: sender, recipients in the sandbox, configuration set -----------------------


@pytest.mark.parametrize(
    ("identities", "source", "resource"),
    [
        ([], FROM, DOMAIN),
        ([], "no-reply@EXAMPLE.com", DOMAIN),
        ([], "no-reply@mail.example.com", DOMAIN),
        (["mail.example.com"], "no-reply@mail.example.com", "identity/mail.example.com"),
        (["mail.example.com"], "x@a.mail.example.com", "identity/mail.example.com"),
        (["box@example.com"], "box@example.com", "identity/box@example.com"),
        (["box@example.com"], "other@example.com", DOMAIN),
        (["mail.example.com", "x@mail.example.com"], "x@mail.example.com", "identity/x@mail.example.com"),
    ],
)
def test_sender_s_most_specific_identity_is_asked(identities: list[str], source: str, resource: str) -> None:
    with serve(preset="production") as endpoint:
        for name in identities:
            if "@" in name:
                verify(endpoint, name)
            else:
                client(endpoint).create_email_identity(EmailIdentity=name)
                ask(endpoint, "POST", f"/practice/records?identity={name}")
        person = Person(endpoint, allow("ses:*", "identity/none"))
        assert person.send(FromEmailAddress=source) == person.old("ses:SendEmail", resource)
        person.may(allow("ses:SendEmail", resource))
        assert person.send(FromEmailAddress=source) is None


@pytest.mark.parametrize("kind", ["ToAddresses", "CcAddresses", "BccAddresses"])
def test_in_the_sandbox_the_recipient_s_identity_is_asked_too(sandbox: PracticeEndpoint, kind: str) -> None:
    person = Person(sandbox, allow("ses:SendEmail", DOMAIN))
    to = {"Destination": {"ToAddresses": [TO]} | {kind: [MINE]}}
    assert person.send(**to) == person.old("ses:SendEmail", OWN)
    person.may(allow("ses:SendEmail", DOMAIN, OWN))
    assert person.send(**to) is None


def test_in_the_sandbox_raw_mail_and_v1_ask_for_the_recipient_too(sandbox: PracticeEndpoint) -> None:
    person = Person(sandbox, allow(["ses:SendEmail", "ses:SendRawEmail"], DOMAIN))
    raw = RAW.replace(TO.encode(), MINE.encode())
    assert refusal(person.client().send_email, **raw_mail(raw)) == person.old("ses:SendRawEmail", OWN)
    found = refusal(person.client("ses").send_email, **v1_mail(to=MINE))
    assert found.text == person.old("ses:SendEmail", OWN).text


@pytest.mark.parametrize("recipient", [TO, "bounce+label@simulator.amazonses.com", "a@example.com"])
def test_simulator_and_the_sender_s_own_domain_need_nothing_more(
    sandbox: PracticeEndpoint, recipient: str
) -> None:
    assert Person(sandbox, allow("ses:SendEmail", DOMAIN)).send(recipient) is None


def test_with_production_access_no_recipient_is_asked(live: PracticeEndpoint) -> None:
    verify(live, "known@example.org")
    assert Person(live, allow("ses:SendEmail", DOMAIN)).send("known@example.org") is None
    caller(live).delete_email_identity(EmailIdentity="known@example.org")


def test_the_sandbox_s_trap_goes_away_by_itself() -> None:
    with serve(preset="ready") as endpoint:
        verify(endpoint, MINE)
        person = Person(endpoint, allow("ses:SendEmail", DOMAIN))
        assert person.send(MINE) == person.old("ses:SendEmail", OWN)
        client(endpoint).put_account_details(**DETAILS, ProductionAccessEnabled=True)
        assert person.send(MINE) == person.old("ses:SendEmail", OWN)
        ask(endpoint, "POST", "/practice/grant")
        assert person.send(MINE) is None


@pytest.mark.parametrize("way", ["named", "default"])
def test_configuration_set_is_asked_on_its_own_arn(way: str) -> None:
    with serve(preset="production") as endpoint:
        ses = client(endpoint)
        ses.create_configuration_set(ConfigurationSetName="logto")
        if way == "default":
            ses.put_email_identity_configuration_set_attributes(
                EmailIdentity="example.com", ConfigurationSetName="logto"
            )
        named = {"ConfigurationSetName": "logto"} if way == "named" else {}
        person = Person(endpoint, allow("ses:SendEmail", "identity/*"))
        assert person.send(**named) == person.old("ses:SendEmail", "configuration-set/logto")
        person.may(allow("ses:SendEmail", "identity/*", "configuration-set/logto"))
        assert person.send(**named) is None


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        ("sesv2", "send_email", mail(), "ses:SendEmail"),
        ("sesv2", "send_email", raw_mail(RAW), "ses:SendRawEmail"),
        ("ses", "send_email", v1_mail(), "ses:SendEmail"),
        ("ses", "send_raw_email", {"RawMessage": {"Data": RAW}}, "ses:SendRawEmail"),
    ],
)
def test_raw_content_needs_another_action(
    live: PracticeEndpoint, service: str, operation: str, parameters: Any, action: str
) -> None:
    other = {"ses:SendEmail": "ses:SendRawEmail", "ses:SendRawEmail": "ses:SendEmail"}[action]
    person = Person(live, allow(other))
    found = refusal(getattr(person.client(service), operation), **parameters)
    assert found.text == person.old(action, DOMAIN).text
    person.may(allow(action, DOMAIN))
    assert getattr(person.client(service), operation)(**parameters)["MessageId"]


def test_permission_in_one_region_is_none_in_another(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:GetEmailIdentity", "identity/*"))
    assert person.client().get_email_identity(EmailIdentity="example.com")
    elsewhere = ses_arn(live, DOMAIN, "eu-west-1")
    found = refusal(person.client(region="eu-west-1").get_email_identity, EmailIdentity="example.com")
    assert found == person.new("ses:GetEmailIdentity", elsewhere)


# -- conditions -----------------------------------------------------------------------------------

TO_ORG = {"ForAllValues:StringLike": {"ses:Recipients": ["*@example.org"]}}


def to(*recipients: str, **others: list[str]) -> dict[str, Any]:
    return {"Destination": {"ToAddresses": list(recipients)} | others}


@pytest.mark.parametrize(
    ("condition", "parameters", "allowed"),
    [
        ({"StringEquals": {"ses:FromAddress": FROM}}, {}, True),
        ({"StringEquals": {"ses:FromAddress": FROM}}, {"FromEmailAddress": f"Logto <{FROM}>"}, True),
        ({"StringEquals": {"ses:FromAddress": FROM}}, {"FromEmailAddress": "x@example.com"}, False),
        (
            {"StringEquals": {"ses:FromAddress": FROM}},
            {"FromEmailAddress": f'"{FROM}" <x@example.com>'},
            False,
        ),
        ({"StringLike": {"ses:FromAddress": "*@example.com"}}, {"FromEmailAddress": "x@example.com"}, True),
        (
            {"StringLike": {"ses:FromAddress": "*@example.com"}},
            {"FromEmailAddress": "x@a.example.com"},
            False,
        ),
        ({"StringEquals": {"ses:FromDisplayName": "Logto"}}, {"FromEmailAddress": f"Logto <{FROM}>"}, True),
        ({"StringEquals": {"ses:FromDisplayName": "Logto"}}, {"FromEmailAddress": f"Bank <{FROM}>"}, False),
        (
            {"StringEquals": {"ses:FromDisplayName": "Logto"}},
            {},
            False,
        ),  # a key that is missing never matches
        (TO_ORG, to("a@example.org"), True),
        (TO_ORG, to("a@example.org", "b@example.org"), True),
        (TO_ORG, to("a@example.org", "b@example.net"), False),
        (TO_ORG, to("a@example.org", CcAddresses=["b@example.net"]), False),
        (TO_ORG, to("a@example.org", BccAddresses=["b@example.net"]), False),
        (
            {"ForAnyValue:StringEquals": {"ses:Recipients": ["a@example.org"]}},
            to("b@example.org", "a@example.org"),
            True,
        ),
        (
            {"StringEquals": {"ses:FeedbackAddress": "bounces@example.com"}},
            {"FeedbackForwardingEmailAddress": "bounces@example.com"},
            True,
        ),
        (
            {"StringEquals": {"ses:FeedbackAddress": "bounces@example.com"}},
            {"FeedbackForwardingEmailAddress": "other@example.com"},
            False,
        ),
        ({"StringEquals": {"ses:FeedbackAddress": "bounces@example.com"}}, {}, False),
        ({"StringEquals": {"ses:ApiVersion": "2"}}, {}, True),
        ({"StringEquals": {"ses:ApiVersion": "1"}}, {}, False),
        ({"StringEquals": {"ses:TenantName": "shop"}}, {}, False),
        ({"StringLike": {"aws:username": "logto-*"}}, {}, True),
        ({"StringEquals": {"aws:username": "somebody"}}, {}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/logto-*"}}, {}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "999999999999"}}, {}, False),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, {}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}, {}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, True),  # no TLS here: as if there were (a guess)
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, {}, True),
        ({"StringEquals": {"ses:FromAddress": FROM}, "StringLike": {"aws:username": "nobody"}}, {}, False),
    ],
)
def test_condition(live: PracticeEndpoint, condition: Any, parameters: Any, allowed: bool) -> None:
    person = Person(live, allow("ses:SendEmail", DOMAIN, **condition))
    assert person.send(**parameters) == (None if allowed else person.old("ses:SendEmail", DOMAIN))
    # The same condition in a refusal turns it round.
    person.may(allow("ses:SendEmail", DOMAIN), deny("ses:SendEmail", **condition))
    assert person.send(**parameters) == (person.old("ses:SendEmail", DOMAIN) if allowed else None)


def test_condition_of_the_sender_is_that_of_raw_mail_s_header(live: PracticeEndpoint) -> None:
    rule = allow("ses:SendRawEmail", StringEquals={"ses:FromAddress": FROM})
    person = Person(live, rule)
    assert person.client().send_email(**raw_mail(RAW))["MessageId"]
    other = RAW.replace(b"From: no-reply", b"From: boss")
    assert refusal(person.client().send_email, **raw_mail(other)) == person.old("ses:SendRawEmail", DOMAIN)


def test_condition_of_the_api_s_version_tells_v1_from_v2(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:SendEmail", StringEquals={"ses:ApiVersion": "1"}))
    assert person.client("ses").send_email(**v1_mail())["MessageId"]
    assert person.send() == person.old("ses:SendEmail", DOMAIN)


def test_variable_in_a_resource_is_the_user_s(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:GetConfigurationSet", "configuration-set/${aws:username}"))
    get = person.client().get_configuration_set
    assert refusal(get, ConfigurationSetName=person.name).code == "NotFoundException"
    assert refusal(get, ConfigurationSetName="x").code == "AccessDeniedException"


# -- other partitions -----------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("us-west-2", "aws")])
def test_a_partition_s_iam_is_the_same_account_s(region: str, partition: str) -> None:
    """One practice account is in all partitions, and its ARNs read as in the one that asks."""
    with serve(preset="new") as endpoint:
        account = connect(practice=endpoint, region=region)
        who = account.client("sts").get_caller_identity()
        assert who["Arn"] == f"arn:{partition}:iam::{endpoint.account_id}:user/sesutil-practice"
        assert who["UserId"].startswith("AIDA") or len(who["UserId"]) == 20
        iam = account.client("iam")
        own = f"arn:{partition}:iam::{endpoint.account_id}"
        assert iam.create_user(UserName="logto")["User"]["Arn"] == f"{own}:user/logto"
        assert iam.get_user(UserName="sesutil-practice")["User"]["Arn"] == who["Arn"]
        iam.attach_user_policy(
            UserName="logto", PolicyArn=f"arn:{partition}:iam::aws:policy/AmazonSESReadOnlyAccess"
        )
        (attached,) = iam.list_attached_user_policies(UserName="logto")["AttachedPolicies"]
        assert attached["PolicyArn"] == f"arn:{partition}:iam::aws:policy/AmazonSESReadOnlyAccess"
        key = iam.create_access_key(UserName="logto")["AccessKey"]
        signed = account.signed_by(key["AccessKeyId"], key["SecretAccessKey"])
        assert signed.client("sts").get_caller_identity()["Arn"] == f"{own}:user/logto"
        assert signed.ses.get_account()["SendQuota"]
        simulated = iam.simulate_principal_policy(
            PolicySourceArn=f"{own}:user/logto", ActionNames=["ses:GetAccount", "ses:SendEmail"]
        )["EvaluationResults"]
        assert [one["EvalDecision"] for one in simulated] == ["allowed", "implicitDeny"]
        zone = account.client("route53").create_hosted_zone(Name="shop.test", CallerReference="1")
        elsewhere = connect(practice=endpoint).client("route53")
        assert elsewhere.get_hosted_zone(Id=zone["HostedZone"]["Id"])["HostedZone"]["Name"] == "shop.test."
