"""IAM's policy simulator: SimulatePrincipalPolicy, answered by the rules that count for real calls here.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html. Guesses: the order of
the results, that each has its own entry although resources are named, and which keys of the caller the
simulator knows by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sesutil.iam_policies import Ask, Decision, Policy, PolicyProblem, evaluate, parse_policy
from sesutil.practice.cloud.users import NamedPolicy, Users
from sesutil.practice.rules.refusals import Refused, not_simulated

__all__ = ["simulate"]

_WORDS = {
    Decision.ALLOWED: "allowed",
    Decision.EXPLICIT_DENY: "explicitDeny",
    Decision.NOT_ALLOWED: "implicitDeny",
}
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+")
_VARIABLE = re.compile(r"\$\{([^{},'*?$]+)[,}]")
_NOT_HERE = ("ResourcePolicy", "PermissionsBoundaryPolicyInputList", "ResourceHandlingOption")
_PAGE = 100


def simulate(users: Users, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The result by the model's names. Raises Refused."""
    for name in _NOT_HERE:
        if name in parameters:
            raise not_simulated(f"SimulatePrincipalPolicy with {name}")
    source = parameters["PolicySourceArn"]
    policies = [*_policies_of(users, source), *_given(parameters.get("PolicyInputList", []))]
    context = {
        entry["ContextKeyName"]: tuple(entry.get("ContextKeyValues", []))
        for entry in parameters.get("ContextEntries", [])
        if entry.get("ContextKeyName")
    }
    known = {name.lower() for name, values in context.items() if values} | _own_context(source).keys()
    missing = [name for name in _keys_of(policies) if name.lower() not in known]
    results = [
        _result(policies, source, action, resource, context, missing)
        for action in _actions(parameters["ActionNames"])
        for resource in parameters.get("ResourceArns") or ["*"]
    ]
    start, size = _place(parameters.get("Marker")), parameters.get("MaxItems", _PAGE)
    more = len(results) > start + size
    return {
        "EvaluationResults": results[start : start + size],
        "IsTruncated": more,
        "Marker": str(start + size) if more else None,
    }


def _policies_of(users: Users, arn: str) -> list[NamedPolicy]:
    kind, _, name = arn.partition(":iam::")[2].partition(":")[2].partition("/")
    if kind == "role":
        raise not_simulated("roles")
    if kind not in ("user", "group") or not name:
        text = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        raise Refused(400, "InvalidInput", text)
    found = users.policies_of_arn(arn)
    if found is None:
        text = f"The {kind} with name {name.rpartition('/')[2]} cannot be found."
        raise Refused(404, "NoSuchEntity", text)
    return found


def _given(texts: Iterable[str]) -> list[NamedPolicy]:
    found = []
    for number, text in enumerate(texts, start=1):
        try:
            found.append(NamedPolicy(f"PolicyInputList.{number}", parse_policy(text)))
        except PolicyProblem as problem:
            raise Refused(400, "InvalidInput", f"Invalid Input Policy: {problem}") from None
    return found


def _actions(names: Iterable[str]) -> list[str]:
    for name in names:
        if not _ACTION.fullmatch(name):
            raise Refused(400, "InvalidInput", f"Invalid Action Name: {name}")
    return list(names)


def _own_context(arn: str) -> dict[str, tuple[str, ...]]:
    name = arn.rpartition("/")[2]
    own: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (arn.split(":")[4],),
    }
    return own | ({"aws:username": (name,), "aws:principaltype": ("User",)} if ":user/" in arn else {})


def _result(
    policies: list[NamedPolicy],
    source: str,
    action: str,
    resource: str,
    context: Mapping[str, tuple[str, ...]],
    missing: list[str],
) -> dict[str, Any]:
    ask = Ask(action, resource, {**_own_context(source), **context}, principal_arn=source)
    decision = evaluate([one.policy for one in policies], ask)
    matched = [
        {"SourcePolicyId": one.name, "SourcePolicyType": "IAM Policy"}
        for one in policies
        if decision is not Decision.NOT_ALLOWED and evaluate([one.policy], ask) is decision
    ]
    common: dict[str, Any] = {
        "EvalResourceName": resource,
        "MatchedStatements": matched,
        "MissingContextValues": missing,
    }
    specific = [{**common, "EvalResourceDecision": _WORDS[decision]}] if resource != "*" else []
    return {
        **common,
        "EvalActionName": action,
        "EvalDecision": _WORDS[decision],
        "ResourceSpecificResults": specific,
    }


def _keys_of(policies: Iterable[NamedPolicy]) -> list[str]:
    """The condition keys that the policies ask for, and their variables, as they are written there."""
    found: dict[str, str] = {}
    for one in policies:
        for name in _keys_in(one.policy):
            found.setdefault(name.lower(), name)
    return list(found.values())


def _keys_in(policy: Policy) -> list[str]:
    document = json.loads(policy.text)
    listed = document["Statement"]
    statements = listed if isinstance(listed, list) else [listed]
    conditions = [condition for one in statements for condition in one.get("Condition", {}).values()]
    keys = [key for condition in conditions for key in condition]
    return keys + (_VARIABLE.findall(policy.text) if document.get("Version") == "2012-10-17" else [])


def _place(marker: str | None) -> int:
    if marker is None:
        return 0
    if not (marker.isascii() and marker.isdecimal() and len(marker) < 10):
        raise Refused(400, "InvalidInput", f"Invalid Marker: {marker}")
    return int(marker)
