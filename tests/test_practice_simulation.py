"""IAM's simulator, the dates of users and keys, what a key was used for, quotas, the root user's key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from practice_client import Refusal, ask, client, mail, refusal
from practice_people import Person, allow, caller, deny, document, ses_arn
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

ANY, DOMAIN = "*", "identity/example.com"
SEND = "ses:SendEmail"


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def iam(live: PracticeEndpoint) -> Any:
    return caller(live, "iam")


# -- SimulatePrincipalPolicy ----------------------------------------------------------------------


def simulated(iam: Any, arn: str, actions: list[str], *resources: str, **more: Any) -> list[dict[str, Any]]:
    given = {"ResourceArns": list(resources)} if resources else {}
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **given, **more)
    assert not answer["IsTruncated"]
    results: list[dict[str, Any]] = answer["EvaluationResults"]
    return results


def decisions(*given: Any, **more: Any) -> list[tuple[str, str, str]]:
    return [
        (one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"])
        for one in simulated(*given, **more)
    ]


def entry(key: str, *values: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}


def test_each_action_and_resource_is_decided(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live, allow(SEND, DOMAIN), deny("ses:Delete*"), allow("ses:Get*"))
    domain, other = (ses_arn(live, name) for name in (DOMAIN, "identity/other.test"))
    actions = [SEND, "ses:DeleteEmailIdentity", "ses:GetAccount"]
    found = simulated(iam, person.arn, actions, domain, other)
    assert [(one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in found] == [
        (SEND, domain, "allowed"),
        (SEND, other, "implicitDeny"),
        ("ses:DeleteEmailIdentity", domain, "explicitDeny"),
        ("ses:DeleteEmailIdentity", other, "explicitDeny"),
        ("ses:GetAccount", domain, "allowed"),
        ("ses:GetAccount", other, "allowed"),
    ]
    assert [[part["EvalResourceDecision"] for part in one["ResourceSpecificResults"]] for one in found] == [
        [one["EvalDecision"]] for one in found
    ]


def test_without_resources_all_are_meant(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live, allow(SEND, DOMAIN), allow("ses:GetAccount"))
    assert decisions(iam, person.arn, [SEND, "ses:GetAccount"]) == [
        (SEND, ANY, "implicitDeny"),
        ("ses:GetAccount", ANY, "allowed"),
    ]


@pytest.mark.parametrize(
    ("given", "decision", "missing"),
    [
        ([], "implicitDeny", ["ses:FromAddress", "aws:SourceIp"]),
        ([entry("ses:FromAddress", "a@example.com")], "implicitDeny", ["aws:SourceIp"]),
        (
            [entry("SES:fromaddress", "a@example.com"), entry("aws:SourceIp", "10.1.2.3", kind="ip")],
            "allowed",
            [],
        ),
        (
            [entry("ses:FromAddress", "b@example.com"), entry("aws:SourceIp", "10.1.2.3", kind="ip")],
            "implicitDeny",
            [],
        ),
    ],
)
def test_conditions_count_and_what_they_lack_is_named(
    live: PracticeEndpoint, iam: Any, given: list[dict[str, Any]], decision: str, missing: list[str]
) -> None:
    condition = {
        "StringEquals": {"ses:FromAddress": "a@example.com"},
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
    }
    person = Person(live, allow(SEND, **condition))
    (found,) = simulated(iam, person.arn, [SEND], ContextEntries=given)
    assert (found["EvalDecision"], found["MissingContextValues"]) == (decision, missing)


def test_simulator_knows_who_it_is_about(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live, allow(SEND, StringEquals={"aws:username": "${aws:username}"}))
    (found,) = simulated(iam, person.arn, [SEND])
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])


def test_groups_attached_and_given_policies_count(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    assert decisions(iam, person.arn, [SEND])[0][2] == "implicitDeny"
    given = document(live, allow(SEND))
    (found,) = simulated(iam, person.arn, [SEND], PolicyInputList=[given])
    assert found["EvalDecision"] == "allowed"
    assert [one["SourcePolicyId"] for one in found["MatchedStatements"]] == ["PolicyInputList.1"]
    iam.create_group(GroupName="senders")
    iam.put_group_policy(GroupName="senders", PolicyName="send", PolicyDocument=given)
    iam.add_user_to_group(GroupName="senders", UserName=person.name)
    group = iam.get_group(GroupName="senders")["Group"]["Arn"]
    for arn in (person.arn, group):
        assert decisions(iam, arn, [SEND])[0][2] == "allowed"
    iam.attach_user_policy(UserName=person.name, PolicyArn="arn:aws:iam::aws:policy/AmazonSESReadOnlyAccess")
    assert decisions(iam, person.arn, ["ses:GetAccount"])[0][2] == "allowed"
    assert decisions(iam, group, ["ses:GetAccount"])[0][2] == "implicitDeny"


def test_it_says_of_a_send_what_the_send_meets(live: PracticeEndpoint, iam: Any) -> None:
    """Simulated and real decisions are made by the same rules."""
    condition = {"StringLike": {"ses:FromAddress": "no-reply@*"}}
    person = Person(
        live, allow(SEND, DOMAIN, **condition), deny(SEND, ANY, StringLike={"ses:Recipients": "*@x.test"})
    )
    for source in ("no-reply@example.com", "other@example.com"):
        for to in ("success@simulator.amazonses.com", "you@x.test"):
            context = [entry("ses:FromAddress", source), entry("ses:Recipients", to, kind="stringList")]
            ((_, _, decision),) = decisions(
                iam, person.arn, [SEND], ses_arn(live, DOMAIN), ContextEntries=context
            )
            refused = person.send(to, FromEmailAddress=source)
            assert (refused is None) == (decision == "allowed")


def test_simulating_needs_its_permission(live: PracticeEndpoint) -> None:
    person = Person(live, allow("iam:GetUser"))
    call = person.client("iam").simulate_principal_policy
    refused = refusal(call, PolicySourceArn=person.arn, ActionNames=[SEND])
    assert (refused.status, refused.code) == (403, "AccessDenied")
    person.may(allow("iam:SimulatePrincipalPolicy"))
    assert decisions(person.client("iam"), person.arn, [SEND])[0][2] == "implicitDeny"


def test_pages(live: PracticeEndpoint, iam: Any) -> None:
    actions = [f"ses:Get{number}" for number in range(5)]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=Person(live).arn, ActionNames=actions, PaginationConfig={"PageSize": 2}
    )
    found = [[one["EvalActionName"] for one in page["EvaluationResults"]] for page in pages]
    assert found == [actions[:2], actions[2:4], actions[4:]]


USER = "arn:aws:iam::{id}:user/"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"PolicySourceArn": USER + "nobody"},
            Refusal(404, "NoSuchEntity", "The user with name nobody cannot be found."),
        ),
        (
            {"PolicySourceArn": "arn:aws:iam::{id}:group/nobody"},
            Refusal(404, "NoSuchEntity", "The group with name nobody cannot be found."),
        ),
        (
            {"PolicySourceArn": "arn:aws:iam::{id}:root"},
            Refusal(
                400,
                "InvalidInput",
                "Invalid Entity Arn: arn:aws:iam::{id}:root does not clearly define entity type and name.",
            ),
        ),
        ({"ActionNames": ["SendEmail"]}, Refusal(400, "InvalidInput", "Invalid Action Name: SendEmail")),
        (
            {"PolicyInputList": ["{}"]},
            Refusal(400, "InvalidInput", "Invalid Input Policy: The policy has no Statement."),
        ),
        ({"Marker": "x"}, Refusal(400, "InvalidInput", "Invalid Marker: x")),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    live: PracticeEndpoint, iam: Any, parameters: dict[str, Any], expected: Refusal
) -> None:
    given = {"PolicySourceArn": USER + "sesutil-practice", "ActionNames": [SEND]} | parameters
    given["PolicySourceArn"] = given["PolicySourceArn"].replace("{id}", live.account_id)
    text = (expected.text or "").replace("{id}", live.account_id)
    assert refusal(iam.simulate_principal_policy, **given) == Refusal(expected.status, expected.code, text)


def test_what_is_missing_is_named(iam: Any) -> None:
    refused = refusal(iam.simulate_principal_policy, ActionNames=[SEND])
    assert (refused.status, refused.code) == (400, "ValidationError")


@pytest.mark.parametrize(
    "more",
    [
        {"ResourcePolicy": "{}"},
        {"PermissionsBoundaryPolicyInputList": ["{}"]},
        {"ResourceHandlingOption": "x"},
    ],
)
def test_what_is_not_simulated_says_so(live: PracticeEndpoint, iam: Any, more: dict[str, Any]) -> None:
    arn = f"arn:aws:iam::{live.account_id}:user/sesutil-practice"
    refused = refusal(iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=[SEND], **more)
    assert refused.code == "NotSimulated"


# -- dates and uses -------------------------------------------------------------------------------


def now(endpoint: PracticeEndpoint) -> datetime:
    return datetime.fromisoformat(ask(endpoint, "GET", "/practice/clock").json["now"])


def test_dates_go_by_the_account_s_clock_and_stay(tmp_path: Path) -> None:
    with serve(preset="new", folder=tmp_path) as before:
        iam = client(before, "iam")
        iam.create_user(UserName="early", Path="/sesutil/", Tags=[{"Key": "made-by", "Value": "sesutil"}])
        key = iam.create_access_key(UserName="early")["AccessKey"]
        assert abs(key["CreateDate"] - datetime.now(UTC)) < timedelta(minutes=5)
        ask(before, "POST", "/practice/clock?days=100")
        assert now(before) - key["CreateDate"] > timedelta(days=99)
        late = iam.create_user(UserName="late")["User"]["CreateDate"]
        assert late - key["CreateDate"] > timedelta(days=99)
        users = iam.list_users()["Users"]
    with serve(folder=tmp_path) as after:
        iam = client(after, "iam")
        assert iam.list_users()["Users"] == users
        (listed,) = iam.list_access_keys(UserName="early")["AccessKeyMetadata"]
        assert listed["CreateDate"] == key["CreateDate"]
        user = iam.get_user(UserName="early")["User"]
        assert (user["Path"], user["Tags"]) == ("/sesutil/", [{"Key": "made-by", "Value": "sesutil"}])
        assert iam.list_user_tags(UserName="early")["Tags"] == user["Tags"]


def test_last_use_names_service_and_region_and_stays(tmp_path: Path) -> None:
    def last(endpoint: PracticeEndpoint, key: str) -> dict[str, Any]:
        answer = client(endpoint, "iam").get_access_key_last_used(AccessKeyId=key)
        assert answer["UserName"] == "logto"
        found: dict[str, Any] = answer["AccessKeyLastUsed"]
        return found

    with serve(preset="production", folder=tmp_path) as before:
        iam = client(before, "iam")
        iam.create_user(UserName="logto")
        made = iam.create_access_key(UserName="logto")["AccessKey"]
        key, secret = made["AccessKeyId"], made["SecretAccessKey"]
        assert last(before, key) == {"Region": "N/A", "ServiceName": "N/A"}
        refusal(client(before, region="eu-west-1", key=key, secret=secret).get_account)  # it has signed
        assert (last(before, key)["ServiceName"], last(before, key)["Region"]) == ("ses", "eu-west-1")
        client(before, "sts", key=key, secret=secret).get_caller_identity()
        ask(before, "POST", "/practice/clock?days=30")
        used = last(before, key)
        assert (used["ServiceName"], used["Region"]) == ("sts", "us-east-1")
        assert timedelta(days=29) < now(before) - used["LastUsedDate"] < timedelta(days=31)
        refusal(client(before, key=key, secret="wrong").get_account)  # it has not
        assert last(before, key) == used
    with serve(folder=tmp_path) as after:
        assert last(after, key) == used
        unknown = refusal(client(after, "iam").get_access_key_last_used, AccessKeyId="AKIA0000000000000000")
        assert (unknown.status, unknown.code) == (404, "NoSuchEntity")


# -- quotas and conflicts -------------------------------------------------------------------------


def test_two_keys_and_not_one_more(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    iam.create_access_key(UserName=person.name)
    assert refusal(iam.create_access_key, UserName=person.name) == Refusal(
        409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"
    )


def test_user_is_not_created_twice(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    text = f"User with name {person.name} already exists."
    assert refusal(iam.create_user, UserName=person.name) == Refusal(409, "EntityAlreadyExists", text)


def test_missing_user_is_404(iam: Any) -> None:
    refused = refusal(iam.get_user, UserName="nobody")
    assert refused == Refusal(404, "NoSuchEntity", "The user with name nobody cannot be found.")
    assert refusal(iam.create_access_key, UserName="nobody").status == 404
    assert refusal(iam.put_user_policy, UserName="nobody", PolicyName="x", PolicyDocument="{}").status == 404


def test_inline_policies_of_a_user_have_2048_characters_together(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    frame = len(json.dumps(policy_of(""), separators=(",", ":")))

    def put(name: str, size: int) -> None:
        text = json.dumps(policy_of("x" * (size - frame)), indent=8)  # white space is not counted
        iam.put_user_policy(UserName=person.name, PolicyName=name, PolicyDocument=text)

    put("one", 2048)
    put("one", 1048)  # what it replaces does not count
    put("two", 1000)
    assert refusal(put, name="two", size=1001) == Refusal(
        409, "LimitExceeded", f"Maximum policy size of 2048 bytes exceeded for user {person.name}"
    )
    assert refusal(put, name="three", size=500).code == "LimitExceeded"


def policy_of(name: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": f"arn:aws:ses:::identity/{name}"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_user_with_keys_or_groups_is_not_deleted(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    iam.create_group(GroupName="kept")
    iam.add_user_to_group(GroupName="kept", UserName=person.name)
    assert refusal(iam.delete_user, UserName=person.name) == Refusal(
        409, "DeleteConflict", "Cannot delete entity, must delete access keys first."
    )
    iam.delete_access_key(UserName=person.name, AccessKeyId=person.key)
    assert refusal(iam.delete_user, UserName=person.name).code == "DeleteConflict"
    iam.remove_user_from_group(GroupName="kept", UserName=person.name)
    iam.delete_user(UserName=person.name)
    assert refusal(person.client("sts").get_caller_identity).code == "InvalidClientTokenId"


def test_key_of_a_renamed_user_is_still_the_user_s(live: PracticeEndpoint, iam: Any) -> None:
    person = Person(live)
    iam.update_user(UserName=person.name, NewUserName=f"{person.name}-new")
    assert person.client("sts").get_caller_identity()["Arn"] == f"{person.arn}-new"
    assert refusal(person.client().get_account).status == 403


# -- the root user's key --------------------------------------------------------------------------


def test_root_key_may_do_everything_and_stays(tmp_path: Path) -> None:
    with serve(preset="production", folder=tmp_path) as before:
        made = [ask(before, "POST", "/practice/root-key").json for _ in range(2)]
        third = ask(before, "POST", "/practice/root-key")
        assert third.status == 409
        assert "two" in third.json["error"] or "2" in third.json["error"]
    with serve(folder=tmp_path) as after:
        for one in made:
            key = {"key": one["access_key_id"], "secret": one["secret_access_key"]}
            who = client(after, "sts", **key).get_caller_identity()
            arn = f"arn:aws:iam::{after.account_id}:root"
            assert (who["Arn"], who["UserId"], who["Account"]) == (arn, after.account_id, after.account_id)
            assert client(after, **key).get_account()["ProductionAccessEnabled"]
        client(after, **key).send_email(**mail())
        assert len(client(after, "iam", **key).list_users()["Users"]) == 1
        used = client(after, "iam").get_access_key_last_used(AccessKeyId=one["access_key_id"])
        assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"


def test_root_key_door_takes_no_fields(live: PracticeEndpoint) -> None:
    assert ask(live, "POST", "/practice/root-key?name=x").status == 400
    assert ask(live, "GET", "/practice/root-key").status == 405


def test_session_of_boto3_reads_the_dates() -> None:
    """A client that parses answers strictly by the model, as others do."""
    with serve(preset="new") as endpoint:
        session = boto3.session.Session(
            endpoint.access_key_id, endpoint.secret_access_key, region_name="us-east-1"
        )
        iam = session.client("iam", endpoint_url=endpoint.endpoint_url)
        (key,) = iam.list_access_keys(UserName="sesutil-practice")["AccessKeyMetadata"]
        used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        assert used["LastUsedDate"] >= key["CreateDate"] - timedelta(seconds=1)
        assert used["ServiceName"] == "iam"
