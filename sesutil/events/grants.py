"""The two policies of a chain: who may publish to its topic, and who may send to its queue.

Each is the least that works: one service, one action, one resource, one source.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Grant", "denies", "queue_grant", "sources_in", "topic_grant", "with_grant", "works"]

_SAME = frozenset({"stringequals", "stringlike", "arnequals", "arnlike"})


@dataclass(frozen=True)
class Grant:
    """One statement of a resource's policy: a service may do this, for these sources and accounts."""

    sid: str
    service: str
    action: str
    resource: str
    operator: str
    sources: tuple[str, ...]
    account_id: str | None = None

    def statement(self) -> dict[str, Any]:
        """The statement as IAM writes one."""
        condition: dict[str, Any] = {} if self.account_id is None else {"AWS:SourceAccount": self.account_id}
        condition["AWS:SourceArn" if self.account_id else "aws:SourceArn"] = (
            self.sources[0] if len(self.sources) == 1 else list(self.sources)
        )
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": {"Service": self.service},
            "Action": self.action,
            "Resource": self.resource,
            "Condition": {self.operator: condition},
        }


def topic_grant(topic_arn: str, account_id: str, set_arns: Sequence[str]) -> Grant:
    """SES may publish to the topic, on behalf of these configuration sets of this account."""
    return Grant(
        sid="sesutil-events",
        service="ses.amazonaws.com",
        action="sns:Publish",
        resource=topic_arn,
        operator="StringEquals",
        sources=tuple(set_arns),
        account_id=account_id,
    )


def queue_grant(queue_arn: str, topic_arn: str) -> Grant:
    """SNS may send to the queue, what was published to this topic."""
    return Grant(
        sid="sesutil-events",
        service="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource=queue_arn,
        operator="ArnEquals",
        sources=(topic_arn,),
    )


def works(policy: Mapping[str, Any], grant: Grant) -> bool:
    """Whether a policy lets through what the grant is for, however somebody has written it.

    Only statements that are understood count: one with a condition of another kind may or may not hold.
    """
    return not denies(policy, grant) and any(
        one.get("Effect") == "Allow" and _concerns(one, grant) and _holds(one, grant)
        for one in _statements(policy)
    )


def denies(policy: Mapping[str, Any], grant: Grant) -> bool:
    """Whether a statement forbids it whatever else is allowed. One with a condition is mostly about others,
    such as those who come without TLS."""
    return any(
        one.get("Effect") == "Deny" and not one.get("Condition") and _concerns(one, grant)
        for one in _statements(policy)
    )


def with_grant(policy: Mapping[str, Any], grant: Grant) -> str:
    """The policy as JSON with this grant in it: others' statements stay, an older one of ours goes."""
    others = [one for one in _statements(policy) if one.get("Sid") != grant.sid]
    return json.dumps({"Version": "2012-10-17", "Statement": [*others, grant.statement()]})


def sources_in(policy: Mapping[str, Any], sid: str = "sesutil-events") -> tuple[str, ...]:
    """The sources that a statement of ours names."""
    return tuple(
        source
        for one in _statements(policy)
        if one.get("Sid") == sid
        for _, key, values in _conditions(one)
        if key == "aws:sourcearn"
        for source in values
    )


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = policy.get("Statement")
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, Mapping)]


def _concerns(statement: Mapping[str, Any], grant: Grant) -> bool:
    principal = statement.get("Principal")
    services = _texts(principal.get("Service")) if isinstance(principal, Mapping) else _texts(principal)
    everybody = principal == "*" or (isinstance(principal, Mapping) and "*" in _texts(principal.get("AWS")))
    # Of an action's name the case does not count, and SNS itself writes SNS:Publish.
    actions = {one.lower() for one in _texts(statement.get("Action"))}
    service, _, _ = grant.action.partition(":")
    return (
        (everybody or grant.service in services)
        and bool(actions & {grant.action.lower(), f"{service}:*", "*"})
        and bool({grant.resource, "*"} & set(_texts(statement.get("Resource"))))
    )


def _holds(statement: Mapping[str, Any], grant: Grant) -> bool:
    for operator, key, values in _conditions(statement):
        if operator not in _SAME:
            return False
        if key == "aws:sourcearn":
            if not set(grant.sources) <= set(values):
                return False
        elif key != "aws:sourceaccount" or (grant.account_id or _account_in(grant)) not in values:
            return False
    return True


def _account_in(grant: Grant) -> str:
    return grant.resource.split(":")[4]


def _conditions(statement: Mapping[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Operator, key (both in lower case) and values."""
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return []
    return [
        (str(operator).lower(), str(key).lower(), _texts(values))
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    ]


def _texts(value: Any) -> tuple[str, ...]:
    return (
        tuple(str(one) for one in value)
        if isinstance(value, list)
        else ()
        if value is None
        else (str(value),)
    )
