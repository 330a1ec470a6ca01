"""The two policies of a chain: what counts as working, and what a repair leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sesutil.events.grants import denies, queue_grant, sources_in, topic_grant, with_grant, works

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:sesutil-events"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:sesutil-events"
SET = f"arn:aws:ses:us-east-1:{ACCOUNT}:configuration-set/"
GRANT = topic_grant(TOPIC, ACCOUNT, [SET + "a"])


def policy(**changes: Any) -> dict[str, Any]:
    return {"Statement": [{**GRANT.statement(), **changes}]}


def condition(
    *, account: Any = ACCOUNT, arn: Any = SET + "a", operator: str = "StringEquals"
) -> dict[str, Any]:
    return {operator: {"aws:SourceAccount": account, "AWS:sourceArn": arn}}


WORK = [
    policy(),
    {"Statement": GRANT.statement()},
    policy(Action="SNS:Publish"),
    policy(Action=["sns:Subscribe", "sns:*"]),
    policy(Resource=["*"]),
    policy(Principal={"Service": ["sns.amazonaws.com", "ses.amazonaws.com"]}),
    policy(Principal="*"),
    policy(Condition={}),
    policy(Condition=condition(account=[ACCOUNT], arn=[SET + "b", SET + "a"])),
    policy(Condition=condition(operator="ArnLike")),
    {"Statement": [*policy()["Statement"], *policy(Effect="Deny", Resource=QUEUE)["Statement"]]},
]  # fmt: skip
DO_NOT = [
    {},
    {"Statement": None},
    {"Statement": "nonsense"},
    policy(Effect="Deny"),
    policy(Action="sns:Subscribe"),
    policy(Action=None),
    policy(Resource=TOPIC + "x"),
    policy(Principal={"Service": "sns.amazonaws.com"}),
    policy(Principal={"AWS": ACCOUNT}),
    policy(Condition=condition(arn=SET + "b")),
    policy(Condition=condition(account="210987654321")),
    policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
]


@pytest.mark.parametrize("document", WORK, ids=str)
def test_policy_that_works_however_it_is_written(document: dict[str, Any]) -> None:
    assert works(document, GRANT)


@pytest.mark.parametrize("document", DO_NOT, ids=str)
def test_policy_that_does_not(document: dict[str, Any]) -> None:
    assert not works(document, GRANT)
    assert works(json.loads(with_grant(document, GRANT)), GRANT)


def test_statement_that_denies_outweighs_ours() -> None:
    other = {**GRANT.statement(), "Sid": "other", "Effect": "Deny"}
    with_condition, without = {"Statement": [other]}, {"Statement": [{**other, "Condition": {}}]}
    assert [denies(one, GRANT) for one in (with_condition, without)] == [False, True]
    assert works(json.loads(with_grant(with_condition, GRANT)), GRANT)
    assert not works(json.loads(with_grant(without, GRANT)), GRANT)


def test_repair_replaces_ours_and_keeps_others() -> None:
    both = topic_grant(TOPIC, ACCOUNT, [SET + "a", SET + "b"])
    other = {"Sid": "other", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "x"}
    repaired = json.loads(with_grant({"Statement": [other, GRANT.statement()]}, both))
    assert repaired["Statement"] == [other, both.statement()]
    assert works(repaired, GRANT)
    assert works(repaired, both)
    assert not works({"Statement": [GRANT.statement()]}, both)
    assert sources_in(repaired) == (SET + "a", SET + "b")
    assert sources_in({"Statement": [other]}) == ()


def test_queue_is_for_its_topic_alone() -> None:
    own = queue_grant(QUEUE, TOPIC)
    assert works({"Statement": [own.statement()]}, own)
    assert not works({"Statement": [own.statement()]}, queue_grant(QUEUE, TOPIC + "-2"))
    assert own.statement()["Condition"] == {"ArnEquals": {"aws:SourceArn": TOPIC}}
    with_account = own.statement()
    with_account["Condition"]["StringEquals"] = {"aws:SourceAccount": ACCOUNT}
    assert works({"Statement": [with_account]}, own)
