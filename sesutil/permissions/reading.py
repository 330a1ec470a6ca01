"""A judgement from policies that were read, where IAM's simulator may not be asked.

What is not known of the request (from which network it comes, the tags of the user …) is thought both
ways: first every condition on it as kindly as possible, then as strictly. Only what comes out the same is
an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from sesutil.iam_policies import (
    Ask,
    Decision,
    PolicyProblem,
    evaluate,
    evaluate_resource_policies,
    parse_policy,
    parse_resource_policy,
)
from sesutil.permissions.principals import ReadPolicies, is_open

__all__ = ["decisions_of_resource", "judge_by_reading"]

_VARIABLE = re.compile(r"\$\{\s*([\w:/.-]+)")


def judge_by_reading(
    read: ReadPolicies, ask: Ask
) -> tuple[Literal["allowed", "denied", "unknown"], str, bool]:
    """The verdict, why, and whether a statement denies it explicitly."""
    what = f"{ask.action} on {ask.resource or '*'}"
    unread = f" Not read, for it is not allowed: {', '.join(read.unread)}." if read.unread else ""
    kind, strict = (_decide(read, ask, kindly=kindly) for kindly in (True, False))
    open_keys = sorted({key for text in read.documents.values() for key in _open_keys(text, ask)})
    if kind is not strict:
        keys = ", ".join(open_keys)
        return "unknown", f"Whether {what} is allowed depends on {keys}, which is not known here.", False
    if kind is Decision.EXPLICIT_DENY:
        return (
            "denied",
            f"A policy denies {what} explicitly{_named(read, ask, Decision.EXPLICIT_DENY)}.",
            True,
        )
    if kind is Decision.NOT_ALLOWED:
        if read.unread:
            return "unknown", f"No policy that could be read allows {what}.{unread}", False
        return "denied", f"No policy allows {what}.", False
    if read.boundary_unread:
        return "unknown", f"A policy allows {what}, but its permissions boundary could not be read.", False
    if read.boundary is not None:
        limits = {_evaluated(read.boundary, ask, kindly=kindly) for kindly in (True, False)}
        if Decision.ALLOWED not in limits:
            return "denied", f"{what}: its permissions boundary does not allow it.", False
        if len(limits) > 1:
            keys = ", ".join(sorted(set(_open_keys(read.boundary, ask))))
            return "unknown", f"Whether its permissions boundary allows {what} depends on {keys}.", False
    return "allowed", f"A policy allows {what}{_named(read, ask, Decision.ALLOWED)}.{unread}", False


def decisions_of_resource(documents: Mapping[str, str], ask: Ask) -> set[Decision]:
    """What a resource's policies come to: one decision, or two where it depends on what is not known."""
    return {
        _strongest({_evaluated(text, ask, kindly=kindly, of_resource=True) for text in documents.values()})
        for kindly in (True, False)
    }


def _decide(read: ReadPolicies, ask: Ask, *, kindly: bool) -> Decision:
    return _strongest({_evaluated(text, ask, kindly=kindly) for text in read.documents.values()})


def _strongest(decisions: set[Decision]) -> Decision:
    for one in (Decision.EXPLICIT_DENY, Decision.ALLOWED):
        if one in decisions:
            return one
    return Decision.NOT_ALLOWED


def _named(read: ReadPolicies, ask: Ask, decision: Decision) -> str:
    names = [name for name, text in read.documents.items() if _evaluated(text, ask, kindly=False) is decision]
    return f" ({', '.join(names)})" if names else ""


def _evaluated(text: str, ask: Ask, *, kindly: bool, of_resource: bool = False) -> Decision:
    """One policy's decision. What cannot be read allows nothing."""
    supposed = _supposed(text, _unknown_of(text, ask), kindly, of_resource)
    try:
        if of_resource:
            return evaluate_resource_policies([parse_resource_policy(supposed)], ask)
        return evaluate([parse_policy(supposed)], ask)
    except PolicyProblem:
        return Decision.NOT_ALLOWED


def _unknown_of(text: str, ask: Ask) -> frozenset[str]:
    return frozenset(_open_keys(text, ask))


def _open_keys(text: str, ask: Ask) -> Iterator[str]:
    """Condition keys and variables of the policy that are neither in the request nor known to be absent."""
    for statement in _statements(text):
        for key in _keys_of(statement):
            if is_open(key, ask):
                yield key


def _keys_of(statement: Mapping[str, Any]) -> set[str]:
    condition = statement.get("Condition")
    found = {match.lower() for match in _VARIABLE.findall(json.dumps(statement))}
    if isinstance(condition, Mapping):
        for keys in condition.values():
            found |= {key.lower() for key in keys} if isinstance(keys, Mapping) else set()
    return found


def _statements(text: str) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(text)
        listed = document.get("Statement", [])
    except (ValueError, AttributeError):
        return []
    return [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, Mapping)]


@lru_cache(maxsize=256)
def _supposed(text: str, unknown: frozenset[str], kindly: bool, of_resource: bool) -> str:
    """The policy as if every condition on what is not known were met, or none.

    Kindly: what allows is freed of such conditions, and what denies by them is left out. Strictly: the
    other way round.
    """
    if not unknown:
        return text
    kept = []
    for statement in _statements(text):
        touched = _keys_of(statement) & unknown
        if touched and (statement.get("Effect") == "Allow") is not kindly:
            continue
        kept.append(_freed(statement, unknown) if touched else statement)
    if not kept:  # a policy must have a statement; this one says nothing
        nothing = {"Effect": "Allow", "Action": "sesutil:Nothing", "Resource": "*"}
        kept = [{**nothing, "Principal": "*"} if of_resource else nothing]
    return json.dumps({**json.loads(text), "Statement": kept})


def _freed(statement: Mapping[str, Any], unknown: frozenset[str]) -> dict[str, Any]:
    condition = {
        operator: {key: values for key, values in keys.items() if not _about(key, values, unknown)}
        for operator, keys in statement.get("Condition", {}).items()
    }
    freed = {**statement, "Condition": {operator: keys for operator, keys in condition.items() if keys}}
    if "Resource" in statement:  # a variable without a value may stand for anything
        freed["Resource"] = [_widened(one, unknown) for one in _listed(statement["Resource"])]
    elif "NotResource" in statement:
        sure = [one for one in _listed(statement["NotResource"]) if _widened(one, unknown) == one]
        del freed["NotResource"]
        freed |= {"NotResource": sure} if sure else {"Resource": ["*"]}
    return freed


def _about(key: str, values: Any, unknown: frozenset[str]) -> bool:
    variables = {match.lower() for match in _VARIABLE.findall(json.dumps(values))}
    return key.lower() in unknown or bool(variables & unknown)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _widened(resource: str, unknown: frozenset[str]) -> str:
    return re.sub(
        r"\$\{[^}]*\}",
        lambda match: "*" if {one.lower() for one in _VARIABLE.findall(match[0])} & unknown else match[0],
        resource,
    )
