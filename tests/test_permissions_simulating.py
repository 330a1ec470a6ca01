"""May this key send? What IAM's simulator says, what the policies say, and what SES then does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from permission_people import SIMULATOR, administrator, arn_of, config_with, person_with, refused
from practice_client import verify
from practice_people import Rule, allow, deny, ses_arn
from practice_people import document as policy_of
from sesutil import Account, ConnectorConfig, InvalidParameters, connect
from sesutil.identities import read_identity
from sesutil.launching import PracticeEndpoint
from sesutil.permissions.policies import sending_policy
from sesutil.permissions.principals import ReadPolicies, find_principal
from sesutil.permissions.reading import judge_by_reading
from sesutil.permissions.simulating import Ask, Permission, may, send_asks
from sesutil.practice import serve

MINE, USER = "me@example.org", "arn:aws:iam::123456789012:user/sesutil/logto"
IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
READS = [
    *("iam:GetUser", "iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"),
    *("iam:ListGroupsForUser", "iam:ListGroupPolicies", "iam:GetGroupPolicy"),
    *("iam:ListAttachedGroupPolicies", "iam:GetPolicy", "iam:GetPolicyVersion"),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as running:
        administrator(running).ses.create_configuration_set(ConfigurationSetName="logto")
        verify(running, MINE)
        yield running


@pytest.fixture(scope="module")
def admin(endpoint: PracticeEndpoint) -> Account:
    return administrator(endpoint)


@pytest.fixture(scope="module")
def reader(endpoint: PracticeEndpoint) -> Account:
    """May read policies, and not simulate."""
    return person_with(endpoint, {"Version": "2012-10-17", "Statement": [allow(READS)]})


def person_of(endpoint: PracticeEndpoint, *rules: Rule) -> Account:
    return person_with(endpoint, *([json.loads(policy_of(endpoint, *rules))] if rules else []))


def own(endpoint: PracticeEndpoint) -> str:
    return ses_arn(endpoint, "identity/example.com")


def verdicts(found: list[Permission]) -> list[str]:
    return [one.verdict for one in found]


# -- as SES does ----------------------------------------------------------------------------------------

SENDER = {"ses:FromAddress": "no-reply@example.com"}
RULES: list[tuple[Rule, ...]] = [
    (),
    (allow("ses:SendEmail"),),
    (allow("ses:*"),),
    (allow("ses:SendRawEmail"),),
    (allow("ses:SendEmail", "identity/*"),),
    (allow("ses:SendEmail", "identity/example.com"),),
    (allow("ses:SendEmail", "identity/example.com", f"identity/{MINE}", "configuration-set/logto"),),
    (allow("ses:SendEmail"), deny("ses:SendEmail", f"identity/{MINE}")),
    (allow("ses:SendEmail"), deny("ses:*", "configuration-set/*")),
    (allow("ses:SendEmail", StringEquals=SENDER),),
    (allow("ses:SendEmail", StringEquals={"ses:FromAddress": "other@example.com"}),),
    (allow("ses:SendEmail", StringLike={"ses:FromDisplayName": "Log*"}),),
    (allow("ses:SendEmail", **{"ForAllValues:StringLike": {"ses:Recipients": ["*@example.org"]}}),),
    (allow("ses:SendEmail", StringEquals={"ses:ApiVersion": "1"}),),
    (allow("ses:SendEmail", StringEquals={"aws:RequestedRegion": "us-east-1"}),),
    (allow("ses:SendEmail", StringEquals={"aws:RequestedRegion": "eu-west-1"}),),
    (allow("ses:SendEmail"), deny("*", Bool={"aws:MultiFactorAuthPresent": "false"})),
    (allow("ses:SendEmail"), deny("*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})),
    (allow("ses:SendEmail", Null={"ses:FeedbackAddress": "true"}),),
]


@pytest.mark.parametrize("rules", RULES, ids=range(len(RULES)))
def test_answer_is_what_a_send_then_finds(
    endpoint: PracticeEndpoint,
    admin: Account,
    reader: Account,
    document: dict[str, Any],
    rules: tuple[Rule, ...],
) -> None:
    logto = person_of(endpoint, *rules)
    for fields in ({}, {"configurationSetName": "logto", "emailAddress": "a@mail.example.com"}):
        config = config_with(document, **fields)
        for to, own in ((SIMULATOR, None), (MINE, MINE)):
            asks = send_asks(
                config, endpoint.account_id, endpoint.region, ["example.com"], to, True, own, default_set=None
            )
            code = refused(endpoint, logto, config, to)
            assert code in (None, "AccessDeniedException")
            for caller in (admin, reader):
                found = may(caller, arn_of(logto), asks)
                assert (set(verdicts(found)) == {"allowed"}) is (code is None), found
                assert "unknown" not in verdicts(found)
            assert {one.how for one in found} == {"read"}


def test_policy_that_sesutil_writes_is_found_enough(
    endpoint: PracticeEndpoint, admin: Account, reader: Account, document: dict[str, Any]
) -> None:
    config = config_with(document, configurationSetName="logto", emailAddress="Logto <a+b@example.com>")
    place = {"account_id": endpoint.account_id, "region": endpoint.region}
    for production in (False, True):
        logto = person_with(endpoint, sending_policy(config, production=production, **place))
        asks = send_asks(config, **place, identities=["example.com"], recipient=MINE, recipient_identity=MINE)
        for caller in (admin, reader):
            expected = ["allowed", "allowed" if not production else "denied", "allowed"]
            assert verdicts(may(caller, arn_of(logto), asks)) == expected


def test_groups_and_attached_policies_count(
    endpoint: PracticeEndpoint, admin: Account, reader: Account
) -> None:
    iam = admin.client("iam")
    iam.create_group(GroupName="senders")
    iam.put_group_policy(
        GroupName="senders", PolicyName="send", PolicyDocument=policy_of(endpoint, allow("ses:SendEmail"))
    )
    iam.create_group(GroupName="nobody")
    iam.put_group_policy(
        GroupName="nobody", PolicyName="no", PolicyDocument=policy_of(endpoint, deny("ses:SendRawEmail"))
    )
    person = person_of(endpoint)
    name = arn_of(person).rpartition("/")[2]
    iam.add_user_to_group(GroupName="senders", UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSESReadOnlyAccess")
    iam.add_user_to_group(GroupName="nobody", UserName=name)
    asks = [
        Ask("ses:SendEmail", own(endpoint), {}),
        Ask("ses:GetAccount", "*", {}),
        Ask("ses:SendRawEmail", own(endpoint), {}),
    ]
    for caller in (admin, reader):
        found = may(caller, arn_of(person), asks)
        assert verdicts(found) == ["allowed", "allowed", "denied"]
        assert [one.explicit for one in found] == [False, False, True]
    assert "send of the group senders" in found[0].why
    assert "AmazonSESReadOnlyAccess" in found[1].why


def test_policies_of_one_name_are_all_read(
    endpoint: PracticeEndpoint, admin: Account, reader: Account
) -> None:
    person = person_of(endpoint)
    name, iam = arn_of(person).rpartition("/")[2], admin.client("iam")
    for path, rule in (("/a/", deny("ses:SendRawEmail")), ("/b/", allow("ses:*"))):
        policy = iam.create_policy(PolicyName="send", Path=path, PolicyDocument=policy_of(endpoint, rule))[
            "Policy"
        ]
        iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
        if path == "/a/":  # moto knows managed policies by their ARN, so both are there
            iam.put_user_policy(
                UserName=name, PolicyName="send", PolicyDocument=policy_of(endpoint, deny("ses:GetAccount"))
            )
    actions = ("ses:SendEmail", "ses:SendRawEmail", "ses:GetAccount")
    for caller in (admin, reader):
        found = may(caller, arn_of(person), [Ask(action, own(endpoint), {}) for action in actions])
        assert verdicts(found) == ["allowed", "denied", "denied"]


def test_another_account_s_identity_has_an_owner(endpoint: PracticeEndpoint, reader: Account) -> None:
    for rules, verdict in (((allow("ses:SendEmail"),), "unknown"), ((allow("ses:GetAccount"),), "denied")):
        [found] = may(reader, arn_of(person_of(endpoint, *rules)), [Ask("ses:SendEmail", IDENTITY, {})])
        assert found.verdict == verdict
        assert ("owner" in found.why) is (verdict == "unknown")


@pytest.mark.parametrize(("limit", "verdict"), [("ses:*", "allowed"), ("s3:*", "denied")])
def test_boundary_is_read(endpoint: PracticeEndpoint, admin: Account, limit: str, verdict: str) -> None:
    iam, name = admin.client("iam"), f"limited-{verdict}"  # moto knows boundaries of roles only
    made = iam.create_policy(PolicyName=f"limit-{verdict}", PolicyDocument=policy_of(endpoint, allow(limit)))[
        "Policy"
    ]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", PermissionsBoundary=made["Arn"])
    iam.put_role_policy(
        RoleName=name, PolicyName="p", PolicyDocument=policy_of(endpoint, allow("ses:SendEmail"))
    )
    arn = f"arn:aws:iam::{endpoint.account_id}:role/{name}"
    reads = [
        *READS,
        "iam:GetRole",
        "iam:ListRolePolicies",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
    ]
    for missing, expected in (("", verdict), ("iam:GetPolicyVersion", "unknown")):
        caller = person_of(endpoint, allow([one for one in reads if one != missing]))
        assert verdicts(may(caller, arn, [Ask("ses:SendEmail", own(endpoint), {})])) == [expected]


def test_unknown_of_another_statement_leaves_nothing_open(
    endpoint: PracticeEndpoint, admin: Account, reader: Account
) -> None:
    """The simulator lists keys that are missing for any statement."""
    office = {"aws:SourceIp": "203.0.113.0/24"}
    person = person_of(endpoint, allow("s3:*", IpAddress=office), deny("sns:*", NotIpAddress=office))
    asks = [Ask("ses:SendEmail", own(endpoint), {}), Ask("s3:GetObject", "arn:aws:s3:::bucket/key", {})]
    for caller in (admin, reader):
        assert verdicts(may(caller, arn_of(person), asks)) == ["denied", "unknown"]


# -- who may not look -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("may_read", "sends", "verdict", "said"),
    [
        ([], True, "unknown", "SimulatePrincipalPolicy"),
        (
            ["iam:ListAttachedUserPolicies", "iam:GetPolicy", "iam:GetPolicyVersion"],
            True,
            "allowed",
            "ListUserPolicies",
        ),
        (
            ["iam:ListAttachedUserPolicies", "iam:GetPolicy", "iam:GetPolicyVersion"],
            False,
            "unknown",
            "ListUserPolicies",
        ),
        (["iam:ListAttachedUserPolicies"], True, "unknown", "Could not look"),
        ([one for one in READS if one != "iam:GetUser"], False, "unknown", "GetUser"),
        (READS, False, "denied", "No policy allows"),
    ],
)
def test_what_may_not_be_read_is_said(
    endpoint: PracticeEndpoint, may_read: list[str], sends: bool, verdict: str, said: str
) -> None:
    logto = person_of(endpoint, allow("ses:SendEmail" if sends else "ses:GetAccount"))
    caller = person_of(endpoint, allow(may_read)) if may_read else person_of(endpoint)
    [found] = may(caller, arn_of(logto), [Ask("ses:SendEmail", own(endpoint), {})])
    assert found.verdict == verdict
    assert said in found.why


def test_user_who_is_not_there(admin: Account, reader: Account, endpoint: PracticeEndpoint) -> None:
    gone = f"arn:aws:iam::{endpoint.account_id}:user/gone"
    for caller in (admin, reader):
        [found] = may(caller, gone, [Ask("ses:SendEmail", own(endpoint), {})])
        assert (found.verdict, found.why) == ("unknown", "There is no user gone in this account.")


@pytest.mark.parametrize(
    ("arn", "verdict", "said"),
    [
        ("arn:aws:iam::123456789012:root", "allowed", "root user"),
        ("arn:aws:sts::123456789012:federated-user/x", "unknown", "federated"),
        ("arn:aws:iam::123456789012:group/x", "unknown", "cannot be asked"),
        ("logto", "unknown", "no ARN"),
        ("", "unknown", "no ARN"),
    ],
)
def test_who_cannot_be_asked_about(admin: Account, arn: str, verdict: str, said: str) -> None:
    found = may(admin, arn, [Ask("ses:SendEmail", IDENTITY, {}), Ask("ses:GetAccount", None, {})])
    assert verdicts(found) == [verdict] * 2
    assert said in found[0].why
    assert may(admin, arn, []) == []


def test_session_of_a_role_is_its_role(endpoint: PracticeEndpoint, admin: Account, reader: Account) -> None:
    iam = admin.client("iam")
    iam.create_role(RoleName="deploy", Path="/ci/", AssumeRolePolicyDocument="{}")
    rules = [allow("ses:SendEmail"), allow("ses:GetAccount", Bool={"aws:MultiFactorAuthPresent": "true"})]
    iam.put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=policy_of(endpoint, *rules))
    session = f"arn:aws:sts::{endpoint.account_id}:assumed-role/deploy/somebody"
    principal = find_principal(admin, session)
    assert (principal.kind, principal.arn) == ("role", f"arn:aws:iam::{endpoint.account_id}:role/ci/deploy")
    # Without GetRole its path is not known.
    assert find_principal(reader, session).arn == f"arn:aws:iam::{endpoint.account_id}:role/deploy"
    found = may(
        admin, session, [Ask("ses:SendEmail", own(endpoint), {}), Ask("ses:SendRawEmail", own(endpoint), {})]
    )
    assert verdicts(found) == ["allowed", "denied"]
    assert "session" in found[0].why
    # A session may have signed in by MFA, a user's key never has.
    assert verdicts(may(admin, session, [Ask("ses:GetAccount", "*", {})])) == ["unknown"]
    gone = may(admin, session.replace("deploy", "gone"), [Ask("ses:SendEmail", own(endpoint), {})])
    assert verdicts(gone) == ["unknown"]


# -- by reading: what is not known of the request ---------------------------------------------------------


def judged(*rules: Rule, boundary: list[Rule] | None = None, **more: Any) -> tuple[str, str]:
    def text(rules: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": list(rules)})

    ask = Ask(
        "ses:SendEmail", IDENTITY, {"ses:FromAddress": ("a@example.com",), "aws:username": ("logto",)}, USER
    )
    read = ReadPolicies({"p": text(rules)}, text(boundary) if boundary else None, **more)
    verdict, why, _ = judge_by_reading(read, ask)
    return verdict, why


OFFICE = {"aws:SourceIp": "203.0.113.0/24"}


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ((allow("ses:*", IpAddress=OFFICE),), "unknown"),
        ((allow("ses:*", IpAddress=OFFICE), allow("ses:SendEmail")), "allowed"),
        ((allow("ses:*"), deny("*", NotIpAddress=OFFICE)), "unknown"),
        ((allow("ses:*"), deny("s3:*", NotIpAddress=OFFICE)), "allowed"),
        ((allow("*", StringEquals={"route53:ChangeResourceRecordSetsActions": "CREATE"}),), "denied"),
        ((allow("s3:*", IpAddress=OFFICE),), "denied"),
        ((allow("ses:*", IpAddress=OFFICE, StringEquals={"ses:FromAddress": "b@example.com"}),), "denied"),
        ((allow("ses:*"), deny("ses:*"), deny("*", NotIpAddress=OFFICE)), "denied"),
        ((allow("ses:*", StringEquals={"aws:PrincipalTag/team": "mail"}),), "unknown"),
        ((allow("ses:*", "arn:aws:ses:*:*:identity/${aws:PrincipalTag/domain}"),), "unknown"),
        ((allow("ses:*", "arn:aws:s3:*:*:identity/${aws:PrincipalTag/domain}"),), "denied"),
        ((allow("ses:*", "arn:aws:ses:*:*:identity/${aws:username}"),), "denied"),
        ((allow("ses:*", StringEquals={"ses:FromAddress": "${aws:PrincipalTag/mail}"}),), "unknown"),
        (
            (
                {
                    "Effect": "Allow",
                    "Action": "*",
                    "NotResource": "arn:aws:ses:*:*:identity/${aws:PrincipalTag/x}",
                },
            ),
            "unknown",
        ),
        (
            (
                {
                    "Effect": "Allow",
                    "Action": "*",
                    "NotResource": [IDENTITY, "arn:aws:s3:::${aws:PrincipalTag/x}"],
                },
            ),
            "denied",
        ),
    ],
)
def test_what_depends_on_the_unknown_is_unknown(rules: tuple[Rule, ...], verdict: str) -> None:
    found, why = judged(*rules)
    assert found == verdict
    if verdict == "unknown":
        assert "aws:" in why


@pytest.mark.parametrize(
    ("boundary", "verdict"),
    [
        ([allow("ses:*")], "allowed"),
        ([allow("s3:*")], "denied"),
        ([allow("*"), deny("ses:*")], "denied"),
        ([allow("*", IpAddress=OFFICE)], "unknown"),
    ],
)
def test_permissions_boundary_limits(boundary: list[Rule], verdict: str) -> None:
    found, why = judged(allow("ses:*"), boundary=boundary)
    assert found == verdict
    assert ("boundary" in why) is (verdict != "allowed")
    assert judged(allow("ses:*"), boundary_unread=True)[0] == "unknown"
    assert judged(allow("s3:*"), boundary_unread=True)[0] == "denied"


def test_policy_that_cannot_be_read_allows_nothing() -> None:
    ask = Ask("ses:SendEmail", IDENTITY, {}, USER)
    for text in ("no JSON", "[]", '{"Statement": 5}', "{}"):
        assert judge_by_reading(ReadPolicies({"p": text}), ask)[0] == "denied"


# -- the simulator's answers --------------------------------------------------------------------------------

CONTEXT = {"ses:FromAddress": ("a@example.com",), "ses:Recipients": ("b@example.com", "c@example.com")}
SET = "arn:aws:ses:us-east-1:123456789012:configuration-set/logto"


def result(
    action: str = "ses:SendEmail", decision: str = "allowed", *specific: Any, **more: Any
) -> dict[str, Any]:
    named = {"EvalResourceName": "arn:${Partition}:ses:${Region}:${Account}:identity/${IdentityName}"}
    rows = [
        {"EvalResourceName": arn, "EvalResourceDecision": one, "MissingContextValues": [], **extra}
        for arn, one, extra in specific
    ]
    return {
        "EvalActionName": action,
        "EvalDecision": decision,
        **named,
        "ResourceSpecificResults": rows,
        **more,
    }


def answer(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"EvaluationResults": list(results), "IsTruncated": False, **more}


@pytest.fixture
def simulator(account: Account) -> Iterator[Stubber]:
    with Stubber(account.client("iam")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_a_send_is_one_call_with_its_context(account: Account, simulator: Stubber) -> None:
    asks = [Ask("ses:SendEmail", IDENTITY, CONTEXT), Ask("ses:SendEmail", SET, CONTEXT)]
    rows = [
        (IDENTITY, "allowed", {"MatchedStatements": [{"SourcePolicyId": "sesutil-send"}]}),
        (SET, "implicitDeny", {}),
    ]
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    expected = {
        "PolicySourceArn": USER,
        "ActionNames": ["ses:SendEmail"],
        "ResourceArns": [IDENTITY, SET],
        "ContextEntries": [
            {"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": kind}
            for key, values, kind in (
                ("aws:CurrentTime", ["2026-11-30T12:00:00Z"], "date"),
                ("aws:EpochTime", ["1796040000"], "numeric"),
                ("aws:RequestedRegion", ["us-east-1"], "string"),
                ("aws:SecureTransport", ["true"], "boolean"),
                ("ses:FromAddress", ["a@example.com"], "string"),
                ("ses:Recipients", ["b@example.com", "c@example.com"], "stringList"),
            )
        ],
    }
    simulator.add_response(
        "simulate_principal_policy", answer(result("ses:SendEmail", "implicitDeny", *rows)), expected
    )
    found = may(account, USER, asks, now=now)
    assert [(one.verdict, one.how, one.explicit) for one in found] == [
        ("allowed", "simulated", False),
        ("denied", "simulated", False),
    ]
    assert "sesutil-send" in found[0].why
    assert "configuration-set/logto" in found[1].why
    assert [one.ask for one in found] == asks


@pytest.mark.parametrize(
    ("row", "above", "verdict", "explicit", "said"),
    [
        ((IDENTITY, "explicitDeny", {}), {}, "denied", True, "explicitly"),
        (
            (
                IDENTITY,
                "implicitDeny",
                {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
            ),
            {},
            "denied",
            False,
            "permissions boundary",
        ),
        (
            (IDENTITY, "implicitDeny", {}),
            {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
            "denied",
            False,
            "organization",
        ),
        (
            (IDENTITY, "implicitDeny", {"MissingContextValues": ["aws:SourceIp"]}),
            {},
            "unknown",
            False,
            "aws:SourceIp",
        ),
        (
            (IDENTITY, "explicitDeny", {"MissingContextValues": ["aws:SourceIp"]}),
            {},
            "unknown",
            True,
            "aws:SourceIp",
        ),
        (
            (
                IDENTITY,
                "implicitDeny",
                {"MissingContextValues": ["ses:FeedbackAddress", "aws:MultiFactorAuthPresent"]},
            ),
            {},
            "denied",
            False,
            "No policy",
        ),
        (
            (IDENTITY, "allowed", {"MissingContextValues": ["aws:SourceIp"]}),
            {},
            "allowed",
            False,
            "aws:SourceIp",
        ),
    ],
)
def test_decisions(
    account: Account,
    simulator: Stubber,
    row: Any,
    above: dict[str, Any],
    verdict: str,
    explicit: bool,
    said: str,
) -> None:
    simulator.add_response("simulate_principal_policy", answer(result("ses:SendEmail", row[1], row, **above)))
    [found] = may(account, USER, [Ask("ses:SendEmail", IDENTITY, CONTEXT)])
    assert (found.verdict, found.explicit) == (verdict, explicit)
    assert said in found.why


def test_identity_of_another_account_is_not_denied_for_want_of_its_policy(
    account: Account, simulator: Stubber
) -> None:
    foreign = IDENTITY.replace("123456789012", "210987654321")
    row = (foreign, "implicitDeny", {})
    simulator.add_response("simulate_principal_policy", answer(result("ses:SendEmail", "implicitDeny", row)))
    [found] = may(account, USER, [Ask("ses:SendEmail", foreign, CONTEXT)])
    assert found.verdict == "unknown"
    assert "another account" in found.why


def test_actions_that_cannot_be_asked_together_are_asked_apart(account: Account, simulator: Stubber) -> None:
    asks = [Ask("iam:GetUser", "*", {}), Ask("ses:GetAccount", "*", {}), Ask("ses:GetAccount", None, {})]
    text = "Actions: [iam:GetUser] and [ses:GetAccount] require different authorization information."
    simulator.add_client_error("simulate_principal_policy", "InvalidInput", text, http_status_code=400)
    for action, decision in (("iam:GetUser", "implicitDeny"), ("ses:GetAccount", "allowed")):
        expected = {
            "PolicySourceArn": USER,
            "ActionNames": [action],
            "ResourceArns": ["*"],
            "ContextEntries": ANY,
        }
        flat = {"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision}
        simulator.add_response("simulate_principal_policy", answer(flat), expected)
    assert verdicts(may(account, USER, asks)) == ["denied", "allowed", "allowed"]


def test_different_contexts_are_asked_apart_and_pages_are_turned(
    account: Account, simulator: Stubber
) -> None:
    other = {"ses:FromAddress": ("other@example.com",)}
    asks = [
        Ask("ses:SendEmail", IDENTITY, CONTEXT),
        Ask("ses:SendEmail", IDENTITY, other),
        Ask("ses:SendEmail", SET, other),
    ]
    simulator.add_response(
        "simulate_principal_policy", answer(result("ses:SendEmail", "allowed", (IDENTITY, "allowed", {})))
    )
    page = answer(result("ses:SendEmail", "implicitDeny", (IDENTITY, "implicitDeny", {})), Marker="2")
    simulator.add_response("simulate_principal_policy", page | {"IsTruncated": True})
    simulator.add_response(
        "simulate_principal_policy", answer(result("SES:sendemail", "allowed", (SET, "allowed", {})))
    )
    assert verdicts(may(account, USER, asks)) == ["allowed", "denied", "allowed"]


def test_what_the_simulator_leaves_out_is_unknown(account: Account, simulator: Stubber) -> None:
    simulator.add_response("simulate_principal_policy", answer())
    [found] = may(account, USER, [Ask("ses:SendEmail", IDENTITY, CONTEXT)])
    assert (found.verdict, found.how) == ("unknown", "simulated")


def test_nobody_answers(config: ConnectorConfig) -> None:
    nowhere = connect(config, endpoint_url="http://127.0.0.1:9")
    [found] = may(nowhere, USER, [Ask("ses:SendEmail", IDENTITY, CONTEXT)])
    assert found.verdict == "unknown"
    assert "does not answer" in found.why


# -- what a send needs -----------------------------------------------------------------------------------


def names(asks: list[Ask]) -> list[str]:
    return [str(ask.resource).rpartition(":")[2] for ask in asks]


def test_send_asks(document: dict[str, Any]) -> None:
    place = {"account_id": "123456789012", "region": "eu-west-1"}
    config = config_with(document, feedbackForwardingEmailAddress="Bounces <b@example.com>")
    asks = send_asks(
        config, **place, identities=["example.com"], recipient=MINE, recipient_identity="example.org"
    )
    assert names(asks) == ["identity/example.com", "identity/example.org"]
    assert {ask.action for ask in asks} == {"ses:SendEmail"}
    assert asks[0].context == {
        "ses:ApiVersion": ("2",),
        "ses:FromAddress": ("no-reply@example.com",),
        "ses:FromDisplayName": ("Logto",),
        "ses:FeedbackAddress": ("b@example.com",),
        "ses:Recipients": (MINE,),
    }
    production = send_asks(
        config,
        **place,
        identities=["example.com"],
        sandbox=False,
        recipient_identity="example.org",
        default_set="d",
    )
    assert names(production) == ["identity/example.com", "configuration-set/d"]
    own = config_with(document, configurationSetName="logto")
    assert names(send_asks(own, **place, default_set="d")) == [
        "identity/no-reply@example.com",
        "configuration-set/logto",
    ]
    foreign = "arn:aws:ses:eu-west-1:210987654321:identity/"
    theirs = config_with(
        document,
        emailAddressIdentityArn=foreign + "example.com",
        feedbackForwardingEmailAddressIdentityArn=foreign + "b.example",
    )
    assert [ask.resource for ask in send_asks(theirs, **place)] == [
        foreign + "example.com",
        foreign + "b.example",
    ]
    with pytest.raises(InvalidParameters):
        send_asks(config_with(document, emailAddress="x"), **place)


# -- the identity's own policies ----------------------------------------------------------------------


@pytest.mark.parametrize("looks", ["simulates", "reads"])
@pytest.mark.parametrize(
    ("own_rule", "effect", "condition", "verdict"),
    [
        (allow("ses:SendEmail"), "Deny", {}, "denied"),
        (None, "Allow", {}, "allowed"),
        (deny("ses:SendEmail"), "Allow", {}, "denied"),
        (None, "Deny", {}, "denied"),
        (None, "Allow", {"StringEquals": {"ses:FromAddress": "other@example.com"}}, "denied"),
        (None, "Allow", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "unknown"),
        (allow("ses:SendEmail"), "Deny", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "unknown"),
        (allow("ses:SendEmail"), "Allow", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "allowed"),
    ],
)
def test_an_identity_s_policy_counts_beside_the_user_s(
    endpoint: PracticeEndpoint,
    admin: Account,
    reader: Account,
    document: dict[str, Any],
    looks: str,
    own_rule: Rule | None,
    effect: str,
    condition: dict[str, Any],
    verdict: str,
) -> None:
    person = person_of(endpoint, *([own_rule] if own_rule else []))
    statement = {
        "Effect": effect,
        "Principal": {"AWS": arn_of(person)},
        "Action": "ses:SendEmail",
        "Resource": own(endpoint),
        **({"Condition": condition} if condition else {}),
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    config = config_with(document)
    policy = {"EmailIdentity": "example.com", "PolicyName": "ours"}
    admin.ses.create_email_identity_policy(**policy, Policy=text)
    try:
        state = read_identity(admin, "example.com")
        assert state is not None
        assert "Statement" not in repr(state)
        asks = send_asks(config, endpoint.account_id, admin.region, ["example.com"], sandbox=False)
        (found,) = may(
            admin if looks == "simulates" else reader,
            arn_of(person),
            asks,
            resource_policies={own(endpoint): dict(state.policy_documents)},
        )
        assert found.verdict == verdict, found
        if verdict != "unknown":
            code = refused(endpoint, person, config, SIMULATOR)
            assert (code is None) is (verdict == "allowed")
    finally:
        admin.ses.delete_email_identity_policy(**policy)
