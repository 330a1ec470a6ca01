"""The user that Logto signs as, its keys, and their rotation: in the practice account's IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.stub import Stubber

from conftest import SECRET
from permission_people import SIMULATOR, administrator, config_with, person_with, refused
from practice_people import allow
from sesutil import Account, InvalidParameters
from sesutil.changes import Change, carry_out
from sesutil.errors import AwsError, ChangeStopped
from sesutil.launching import PracticeEndpoint
from sesutil.permissions.keys import (
    KeyInfo,
    key_verdict,
    new_key,
    plan_activate,
    plan_deactivate,
    plan_delete_key,
    plan_key,
    read_keys,
)
from sesutil.permissions.rotation import plan_rotation, rotation_advice
from sesutil.permissions.users import POLICY_NAME, SendingUser, plan_user, read_user
from sesutil.practice import serve

NOW = datetime(2026, 11, 30, tzinfo=UTC)
_numbers = count(1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as running:
        yield running


@pytest.fixture(scope="module")
def admin(endpoint: PracticeEndpoint) -> Account:
    return administrator(endpoint)


@pytest.fixture
def name() -> str:
    return f"logto-{next(_numbers)}"


def operations(change: Change) -> list[str]:
    return [call.operation for call in change.calls]


# -- the user -----------------------------------------------------------------------------------------


def test_only_what_is_missing_or_different_is_planned(
    admin: Account, document: dict[str, Any], name: str
) -> None:
    config = config_with(document)
    assert read_user(admin, name) is None
    first = plan_user(admin, config, production=False, name=name)
    assert operations(first) == ["CreateUser", "PutUserPolicy"]
    assert first.calls[0].parameters == {"UserName": name, "Path": "/sesutil/"}
    assert SECRET not in first.text()
    carry_out(admin, first)

    again = plan_user(admin, config, production=False, name=name)
    assert operations(again) == []
    assert "may send as Logto <no-reply@example.com>" in again.already
    granted = plan_user(admin, config, production=True, name=name)
    assert operations(granted) == ["PutUserPolicy"]
    assert granted.already == ""
    carry_out(admin, granted)
    assert operations(plan_user(admin, config, production=True, name=name)) == []
    other = config_with(document, configurationSetName="logto")
    assert operations(plan_user(admin, other, production=True, name=name)) == ["PutUserPolicy"]

    user = read_user(admin, name)
    assert user is not None
    assert (user.path, user.arn.rpartition(":")[2]) == ("/sesutil/", f"user/sesutil/{name}")
    assert list(user.policies) == [POLICY_NAME]
    assert (user.attached, user.groups, user.keys, user.others, user.unread) == ((), (), (), (), ())


def test_policy_is_compared_as_json(admin: Account, document: dict[str, Any], name: str) -> None:
    config = config_with(document)
    carry_out(admin, plan_user(admin, config, production=True, name=name))
    iam = admin.client("iam")
    policy = iam.get_user_policy(UserName=name, PolicyName=POLICY_NAME)["PolicyDocument"]
    statement = policy["Statement"][0]
    statement["Resource"].reverse()
    statement["Action"] = [statement["Action"]]
    text = json.dumps({"Statement": statement, "Version": policy["Version"]}, indent=1)
    iam.put_user_policy(UserName=name, PolicyName=POLICY_NAME, PolicyDocument=text)
    assert operations(plan_user(admin, config, production=True, name=name)) == []


def test_what_else_a_user_has_stays_and_is_said(admin: Account, document: dict[str, Any], name: str) -> None:
    config = config_with(document)
    carry_out(admin, plan_user(admin, config, production=False, name=name))
    iam = admin.client("iam")
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSESFullAccess")
    iam.create_group(GroupName=f"{name}-group")
    iam.add_user_to_group(GroupName=f"{name}-group", UserName=name)
    change = plan_user(admin, config, production=False, name=name)
    assert operations(change) == []
    assert "AmazonSESFullAccess, group " in change.already
    user = read_user(admin, name)
    assert user is not None
    assert user.others == ("arn:aws:iam::aws:policy/AmazonSESFullAccess", f"group {name}-group")


def test_somebody_else_s_user_is_left_alone(admin: Account, document: dict[str, Any], name: str) -> None:
    admin.client("iam").create_user(UserName=name, Path="/people/")
    with pytest.raises(InvalidParameters, match=r"its path is /people/.*another name"):
        plan_user(admin, config_with(document), production=True, name=name)
    admin.client("iam").create_user(UserName=f"{name}-below", Path="/sesutil/shop/")
    below = plan_user(admin, config_with(document), production=True, name=f"{name}-below")
    assert operations(below) == ["PutUserPolicy"]


@pytest.mark.parametrize("bad", ["", "with blank", "a/b", "é", "x" * 65])
def test_name_that_iam_would_not_take(admin: Account, document: dict[str, Any], bad: str) -> None:
    for ask in (
        lambda: read_user(admin, bad),
        lambda: plan_key(admin, bad),
        lambda: plan_user(admin, config_with(document), production=True, name=bad),
    ):
        with pytest.raises(InvalidParameters, match="no name for a user"):
            ask()


def test_who_may_see_only_a_part_gets_that_part(
    endpoint: PracticeEndpoint, admin: Account, document: dict[str, Any], name: str
) -> None:
    config = config_with(document)
    carry_out(admin, plan_user(admin, config, production=False, name=name))
    carry_out(admin, plan_key(admin, name))
    policy = {"Version": "2012-10-17", "Statement": [allow(["iam:GetUser", "iam:GetUserPolicy"])]}
    half = person_with(endpoint, policy)
    user = read_user(half, name)
    assert user is not None
    assert user.unread == (
        "ListUserPolicies",
        "ListAttachedUserPolicies",
        "ListGroupsForUser",
        "ListAccessKeys",
    )
    assert operations(plan_user(half, config, production=False, name=name)) == []
    assert operations(plan_user(half, config, production=True, name=name)) == ["PutUserPolicy"]
    policy["Statement"] = [allow("iam:GetUser")]
    with pytest.raises(AwsError) as caught:
        plan_user(person_with(endpoint, policy), config, production=False, name=name)
    assert caught.value.operation == "GetUserPolicy"
    with pytest.raises(AwsError):
        read_user(person_with(endpoint), name)


# -- keys ---------------------------------------------------------------------------------------------


def test_key_is_told_once_and_shown_nowhere(
    endpoint: PracticeEndpoint, admin: Account, document: dict[str, Any], name: str
) -> None:
    config = config_with(document)
    carry_out(admin, plan_user(admin, config, production=False, name=name))
    change = plan_key(admin, name)
    assert operations(change) == ["CreateAccessKey"]
    key = new_key(carry_out(admin, change))
    secret = key.secret_in_clear()
    assert len(secret) == 40
    assert key.user == name
    assert secret not in repr(key) + str(key) + f"{key.secret}"
    assert refused(endpoint, admin.signed_by(key.id, secret), config, SIMULATOR) is None
    user = read_user(admin, name)
    assert user is not None
    assert [(one.id, one.active) for one in user.keys] == [(key.id, True)]
    assert secret not in repr(user)


def test_answers_without_a_key() -> None:
    for answers in ([], [{}], [{"AccessKey": {"AccessKeyId": "AKIA"}}]):
        with pytest.raises(InvalidParameters, match="No key was made"):
            new_key(answers)


def test_two_keys_are_the_limit(admin: Account, name: str) -> None:
    with pytest.raises(InvalidParameters, match="Create the user first"):
        plan_key(admin, name)
    admin.client("iam").create_user(UserName=name)
    first = new_key(carry_out(admin, plan_key(admin, name)))
    second = plan_key(admin, name)
    assert first.id in second.why
    carry_out(admin, second)
    with pytest.raises(InvalidParameters, match="two access keys") as caught:
        plan_key(admin, name)
    assert first.id in str(caught.value)


def test_key_goes_in_two_steps(admin: Account, name: str) -> None:
    admin.client("iam").create_user(UserName=name)
    key = new_key(carry_out(admin, plan_key(admin, name)))
    with pytest.raises(InvalidParameters, match="Deactivate it"):
        plan_delete_key(admin, name, key.id)
    off = plan_deactivate(admin, name, key.id)
    assert "only active key" in off.why
    carry_out(admin, off)
    assert plan_deactivate(admin, name, key.id).already
    carry_out(admin, plan_activate(admin, name, key.id))
    assert plan_activate(admin, name, key.id).already
    carry_out(admin, plan_deactivate(admin, name, key.id))
    carry_out(admin, plan_delete_key(admin, name, key.id))
    assert read_keys(admin, name) == []
    assert plan_delete_key(admin, name, key.id).already
    assert plan_deactivate(admin, name, key.id).already
    with pytest.raises(InvalidParameters, match="does not come back"):
        plan_activate(admin, name, key.id)
    with pytest.raises(ChangeStopped):  # as planned before it was gone
        carry_out(admin, off)


def test_when_a_key_was_used_is_read_or_left_open(admin: Account) -> None:
    iam = admin.client("iam")
    iam.create_user(UserName="used")
    made, used = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    keys = [
        {
            "UserName": "used",
            "AccessKeyId": f"AKIAIOSFODNN7EXAMPL{number}",
            "Status": status,
            "CreateDate": created,
        }
        for number, status, created in ((2, "Active", used), (1, "Inactive", made), (3, "Active", NOW))
    ]
    with Stubber(iam) as stub:
        stub.add_response(
            "list_access_keys", {"AccessKeyMetadata": keys, "IsTruncated": False}, {"UserName": "used"}
        )
        last = {"LastUsedDate": used, "ServiceName": "ses", "Region": "us-east-1"}
        stub.add_response("get_access_key_last_used", {"UserName": "used", "AccessKeyLastUsed": last})
        never = {"ServiceName": "N/A", "Region": "N/A"}
        stub.add_response("get_access_key_last_used", {"UserName": "used", "AccessKeyLastUsed": never})
        stub.add_client_error("get_access_key_last_used", "AccessDenied", http_status_code=403)
        found = read_keys(admin, "used")
    assert found == [
        KeyInfo("AKIAIOSFODNN7EXAMPL1", False, made),
        KeyInfo("AKIAIOSFODNN7EXAMPL2", True, used, used, "ses", "us-east-1"),
        KeyInfo("AKIAIOSFODNN7EXAMPL3", True, NOW, use_known=False),
    ]
    assert [key.age_days(NOW) for key in found] == [333, 302, 0]


@pytest.mark.parametrize(
    ("age", "used_before", "known", "verdict", "said"),
    [
        (3, 0, True, "done", "3 days old, last used today"),
        (1, 1, True, "done", "1 day old, last used 1 day ago"),
        (90, 1, True, "done", "90 days old"),
        (91, 1, True, "look", "Rotate it"),
        (3, None, True, "note", "never used"),
        (46, None, True, "look", "deactivate it"),
        (60, 46, True, "look", "Unused for 46 days"),
        (60, None, False, "done", "use unknown"),
        (91, None, False, "look", "Rotate it"),
    ],
)
def test_key_is_judged_by_its_age_and_its_use(
    age: int, used_before: int | None, known: bool, verdict: str, said: str
) -> None:
    used = None if used_before is None else NOW - timedelta(days=used_before)
    found = key_verdict(age, used, now=NOW, use_known=known)
    assert found.verdict == verdict
    assert said in f"{found.sentence} {found.next_step}"


def key(number: int, age: int, *, active: bool = True, used: int | None = 0, **more: Any) -> KeyInfo:
    last = None if used is None else NOW - timedelta(days=used)
    return KeyInfo(f"K{number}", active, NOW - timedelta(days=age), last, **more)


@pytest.mark.parametrize(
    ("keys", "in_use", "said"),
    [
        ([], None, ["no active key"]),
        ([key(1, 5)], "K1", []),
        ([key(1, 100)], "K1", ["Rotate it"]),
        ([key(1, 100), key(2, 1)], "K2", ["deactivate K1", "Rotate it"]),
        ([key(1, 80), key(2, 1)], None, ["deactivate K1"]),
        ([key(1, 80), key(2, 1)], "K1", ["deactivate K2"]),
        ([key(1, 5)], "K9", ["K9 is not one of this user's"]),
        ([key(1, 5, last_service="s3", last_region="us-east-1")], None, ["last used for s3"]),
        ([key(1, 5, last_service="ses", last_region="eu-west-1")], None, ["last used in eu-west-1"]),
        ([key(1, 5, last_service="ses", last_region="us-east-1")], None, []),
        ([key(1, 5, last_service="sts", last_region="eu-west-1")], None, []),
        ([key(1, 5, active=False)], None, ["no active key"]),
        ([key(1, 200, active=False), key(2, 5)], None, ["K1 is off"]),
    ],
)
def test_advice(keys: list[KeyInfo], in_use: str | None, said: list[str]) -> None:
    user = SendingUser("logto", "arn", "/sesutil/", keys=tuple(keys))
    found = rotation_advice(user, NOW, region="us-east-1", in_use=in_use)
    assert len(found) == len(said)
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence


def test_rotation_step_by_step(
    endpoint: PracticeEndpoint, admin: Account, document: dict[str, Any], name: str
) -> None:
    """Mail goes out after each step, by the key that the connector has then."""
    config = config_with(document)
    carry_out(admin, plan_user(admin, config, production=False, name=name))
    now = datetime.now(UTC)
    assert [operations(step) for step in plan_rotation(admin, name, now)] == [["CreateAccessKey"]]
    old = new_key(carry_out(admin, plan_rotation(admin, name, now)[0]))
    assert plan_rotation(admin, name, now) == []

    due = now + timedelta(days=92)
    steps = plan_rotation(admin, name, due)
    assert [operations(step) for step in steps] == [
        ["CreateAccessKey"],
        ["UpdateAccessKey"],
        ["DeleteAccessKey"],
    ]
    assert {call.parameters["AccessKeyId"] for step in steps[1:] for call in step.calls} == {old.id}
    new = new_key(carry_out(admin, steps[0]))

    def goes_out(key_id: str, secret: str) -> str | None:
        return refused(endpoint, admin.signed_by(key_id, secret), config, SIMULATOR)

    assert goes_out(new.id, new.secret_in_clear()) is None
    # Closed and opened again: the rest is planned from what is there.
    left = plan_rotation(admin, name, now, in_use=new.id)
    assert left == steps[1:]
    assert {
        call.parameters["AccessKeyId"] for call in plan_rotation(admin, name, now, in_use=old.id)[0].calls
    } == {new.id}
    carry_out(admin, left[0])
    assert goes_out(old.id, old.secret_in_clear()) == "UnrecognizedClientException"
    assert plan_rotation(admin, name, now, in_use=new.id) == [steps[2]]
    carry_out(admin, steps[2])
    assert plan_rotation(admin, name, now, in_use=new.id) == []
    assert goes_out(new.id, new.secret_in_clear()) is None
    forced = plan_rotation(admin, name, now, in_use=new.id, always=True)
    assert [operations(step)[0] for step in forced] == [
        "CreateAccessKey",
        "UpdateAccessKey",
        "DeleteAccessKey",
    ]


def test_rotation_makes_room_first(admin: Account, name: str) -> None:
    admin.client("iam").create_user(UserName=name)
    first, second = (new_key(carry_out(admin, plan_key(admin, name))) for _ in range(2))
    carry_out(admin, plan_deactivate(admin, name, first.id))
    due = datetime.now(UTC) + timedelta(days=100)
    found = [operations(step)[0] for step in plan_rotation(admin, name, due)]
    assert found == ["DeleteAccessKey", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"]
    carry_out(admin, plan_deactivate(admin, name, second.id))
    for step in plan_rotation(admin, name, due):
        carry_out(admin, step)
    assert [one.active for one in read_keys(admin, name)] == [True]


@pytest.mark.parametrize(("days", "said"), [(0, "was made today"), (1, "is 1 day old"), (2, "is 2 days old")])
def test_a_key_s_age_in_words(days: int, said: str) -> None:
    assert key_verdict(days, None).sentence == f"The key {said}, never used."
