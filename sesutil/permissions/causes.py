"""Which statement a no comes from: one that denies, or one that would allow but for a condition."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sesutil.iam_policies import (
    Ask,
    Decision,
    PolicyProblem,
    evaluate,
    evaluate_resource_policies,
    parse_policy,
    parse_resource_policy,
)
from sesutil.permissions.answers import Cause

__all__ = ["causes_of"]


def causes_of(
    documents: Mapping[str, str], ask: Ask, *, explicit: bool, of_resource: bool = False
) -> tuple[Cause, ...]:
    """The statements of these policies (name → JSON text) that explain a no.

    `explicit`: those that deny; otherwise those that allow this action on this resource, with a
    Condition that the request does not meet. `of_resource` for the policies of an identity.
    """
    return tuple(
        cause
        for name, text in documents.items()
        for label, statement, frame in _statements(text)
        for cause in _of_statement(name, label, statement, frame, ask, explicit, of_resource)
    )


def _of_statement(
    name: str,
    label: str,
    statement: Mapping[str, Any],
    frame: Mapping[str, Any],
    ask: Ask,
    explicit: bool,
    of_resource: bool,
) -> Iterator[Cause]:
    wanted = Decision.EXPLICIT_DENY if explicit else Decision.ALLOWED
    bare = {key: value for key, value in statement.items() if key != "Condition"}

    def decides(condition: Mapping[str, Any]) -> bool:
        one = {**bare, "Condition": condition} if condition else bare
        return _decision({**frame, "Statement": [one]}, ask, of_resource) is wanted

    if not decides({}):
        return
    conditions = [
        (operator, key, values if isinstance(values, list) else [values])
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    ]
    whole = decides(statement.get("Condition") or {})
    place = f"the policy {name} (statement {label})"
    if explicit:
        if whole:
            by = " and ".join(_asked(*one, ask) for one in conditions)
            sentence = f"{place} denies it" + (f" by its condition on {by}" if by else "")
            yield Cause(name, label, True, tuple(key.lower() for _, key, _ in conditions), sentence)
        return
    if whole:
        return
    failing = [one for one in conditions if not decides({one[0]: {one[1]: one[2]}})]
    by = " and ".join(_failed(*one, ask) for one in failing)
    sentence = f"{place} would allow it, but its condition {by}"
    yield Cause(name, label, False, tuple(key.lower() for _, key, _ in failing), sentence)


def _asked(operator: str, key: str, values: list[Any], ask: Ask) -> str:
    return f"{key} ({operator} {_listed(values)}; the request has {_given(key, ask)})"


def _failed(operator: str, key: str, values: list[Any], ask: Ask) -> str:
    base = operator.rpartition(":")[2].lower()
    literal = base.startswith("stringequals") and any("*" in str(one) or "?" in str(one) for one in values)
    hint = f"; {operator} takes * and ? literally, StringLike does not" if literal else ""
    return f"on {key} does not hold ({operator} {_listed(values)}; the request has {_given(key, ask)}{hint})"


def _given(key: str, ask: Ask) -> str:
    found = [value for name, values in ask.context.items() if name.lower() == key.lower() for value in values]
    return _listed(found) if found else "none"


def _listed(values: list[Any]) -> str:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in values]
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def _statements(text: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except ValueError:
        return
    if not isinstance(document, Mapping):
        return
    listed = document.get("Statement", [])
    for number, one in enumerate(listed if isinstance(listed, list) else [listed], start=1):
        if isinstance(one, Mapping):
            yield str(one.get("Sid") or number), one, document


def _decision(document: Mapping[str, Any], ask: Ask, of_resource: bool) -> Decision:
    try:
        if of_resource:
            return evaluate_resource_policies([parse_resource_policy(json.dumps(document))], ask)
        return evaluate([parse_policy(json.dumps(document))], ask)
    except PolicyProblem:
        return Decision.NOT_ALLOWED
