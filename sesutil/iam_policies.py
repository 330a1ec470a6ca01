"""IAM policies: is this request allowed, explicitly denied, or not allowed by anything?

A document is read once, into patterns and values to compare with; a request is then a few comparisons.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and, for the fine
points, its pages on condition operators, multivalued context keys and policy variables. Where those
pages are silent, the comment beside the line says so.
"""

from __future__ import annotations

import base64
import enum
import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache, partial
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any

__all__ = ["Ask", "Decision", "Policy", "PolicyProblem", "evaluate", "evaluate_resource_policies"]
__all__ += ["parse_policy", "parse_resource_policy"]

_Context = Mapping[str, tuple[str, ...]]  # keys in lower case, each with a value at least
_Read = Callable[[str], Any]
_Glob = Callable[[str], re.Match[str] | None]

_OLD, _CURRENT = "2008-10-17", "2012-10-17"  # the versions of the language; the old one has no variables
_OF_STATEMENT = "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()
_OPERATOR = re.compile(r"((?P<set>forallvalues|foranyvalue):)?(?P<base>\w+?)(?P<if_exists>ifexists)?")
_VARIABLE = re.compile(r"\$\{([^{},']+)(?:,\s{0,9}'([^']*)'\s{0,9})?\}")
_ACTION = re.compile(r"\*|(?:\*|[A-Za-z0-9.-]+):[^:\s]+")
_ACCOUNT = re.compile(r"([0-9]{12})|arn:[^:]+:iam::([0-9]{12}):root")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_EPOCH = re.compile(r"[0-9]{1,11}(\.[0-9]+)?")
_TIME = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}(-[0-9]{{2}}({_TIME})?)?")


class Decision(enum.Enum):
    """NOT_ALLOWED is IAM's implicit deny: no statement allows it, and none denies it."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit deny"
    NOT_ALLOWED = "not allowed"


class PolicyProblem(Exception):
    """The document is no policy; the text says what is wrong, and in which statement."""


@dataclass(frozen=True)
class Ask:
    """A request as IAM sees it.

    `resource`: an ARN, or "*" for an action that has none; None where it is not known which.
    `context`: condition keys, in any case, and their values. What is absent is not in the request:
    aws:username and its like have to be there. `principal_account` is taken from the ARN if left out.
    `principal_service`: a service of AWS that acts by itself, as ses.amazonaws.com; it is no user.
    """

    action: str
    resource: str | None
    context: Mapping[str, tuple[str, ...]]
    principal_arn: str = ""
    principal_account: str = ""
    principal_service: str = ""


@dataclass(frozen=True)
class Policy:
    """A policy that was read. Equal to another of the same text and kind."""

    text: str
    of_resource: bool
    statements: tuple[_Statement, ...] = field(compare=False, repr=False)


def parse_policy(text: str) -> Policy:
    """An identity-based policy, as attached to a user. Raises PolicyProblem."""
    return _parse(text, False)


def parse_resource_policy(text: str) -> Policy:
    """A resource's policy, such as a sending authorization: it names principals. Raises PolicyProblem."""
    return _parse(text, True)


def evaluate(policies: Iterable[Policy], ask: Ask) -> Decision:
    """What the caller's own policies say. An explicit Deny in any of them wins.

    Without a resource (`ask.resource` is None) the answer is no only where it would be for every one:
    an Allow counts for any resource and whatever the absent keys may turn out to be, a Deny only with
    Resource "*" and no Condition. Raises ValueError for a resource's policy.
    """
    return _decide(policies, ask, of_resource=False)


def evaluate_resource_policies(policies: Iterable[Policy], ask: Ask) -> Decision:
    """As `evaluate`, for one resource's policies: a statement counts if its Principal is the caller."""
    return _decide(policies, ask, of_resource=True)


def _decide(policies: Iterable[Policy], ask: Ask, *, of_resource: bool) -> Decision:
    action = ask.action.lower()
    context = {key.lower(): given for key, given in ask.context.items() if given}
    account = ask.principal_account or "".join(ask.principal_arn.split(":")[4:5])
    caller = (
        "*",
        f"service:{ask.principal_service}" if ask.principal_service else account,
        ask.principal_arn,
    )
    decision = Decision.NOT_ALLOWED
    for policy in policies:
        if policy.of_resource != of_resource:
            raise ValueError("Policies of users and policies of a resource are evaluated apart.")
        for statement in policy.statements:
            if statement.applies(action, ask.resource, context, caller):
                if not statement.allow:
                    return Decision.EXPLICIT_DENY
                decision = Decision.ALLOWED
    return decision


@dataclass(frozen=True)
class _Statement:
    allow: bool
    actions: tuple[_Glob, ...]
    not_actions: bool
    resources: tuple[_Value, ...]
    not_resources: bool
    principals: frozenset[str] | None  # "*", account ids, ARNs, services; None in a policy of users
    not_principals: bool
    conditions: tuple[_Condition, ...]
    unconditional: bool  # about every resource, with no Condition

    def applies(self, action: str, resource: str | None, context: _Context, caller: Sequence[str]) -> bool:
        if any(matches(action) for matches in self.actions) == self.not_actions:
            return False
        if self.principals is not None and self.principals.isdisjoint(caller) != self.not_principals:
            return False
        if resource is not None:
            return self._covers(resource, context) and all(this.holds(context) for this in self.conditions)
        if not self.allow:
            return self.unconditional
        return all(not this.keys <= context.keys() or this.holds(context) for this in self.conditions)

    def _covers(self, resource: str, context: _Context) -> bool:
        globs = [value.of(context) for value in self.resources]
        if self.not_resources and None in globs:
            return False  # a variable without a value: who knows what is left out
        return any(glob and glob(resource) for glob in globs) != self.not_resources


@dataclass(frozen=True)
class _Value:
    """A string of the policy, made ready to compare with: once, or per request where it has variables."""

    keys: frozenset[str]
    fill: Callable[[_Context], Any]
    fixed: Any

    def of(self, context: _Context) -> Any:
        """None if it cannot be compared with: a variable has no value, or it is no number, date, …"""
        return self.fill(context) if self.keys else self.fixed


def _value(text: str, read: _Read, *, variables: bool) -> _Value:
    pieces = _VARIABLE.split(text) if variables else [text]  # plain text, a key, its default, plain text, …
    if read in (_glob, _arn_globs):
        pieces[::3] = [piece.replace("[", "[[]") for piece in pieces[::3]]  # for fnmatch [ is special
    for place in range(1, len(pieces), 3):
        pieces[place] = pieces[place].strip().lower()
        if pieces[place] in ("*", "?", "$"):
            pieces[place + 1] = pieces[place]
    keys = frozenset(pieces[1::3]) - {"*", "?", "$"}
    fill = partial(_fill, pieces, read)
    return _Value(keys, fill, None if keys else fill({}))


def _fill(pieces: Sequence[str | None], read: _Read, context: _Context) -> Any:
    filled = [pieces[0] or ""]
    for key, default, plain in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        # A multivalued key is no variable; that the default then takes its place is a guess.
        found = context.get(key or "", ())
        value = found[0] if len(found) == 1 else default
        if value is None:
            return None
        filled += (re.sub(r"[*?[]", r"[\g<0>]", value) if read in (_glob, _arn_globs) else value, plain or "")
    return read("".join(filled))


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> _Glob:
    return re.compile(fnmatch.translate(pattern)).match  # which does not backtrack over many wildcards


def _arn_globs(pattern: str) -> tuple[_Glob, ...] | None:
    parts = pattern.split(":", 5)
    return tuple(_glob(part) for part in parts) if len(parts) == 6 else None


def _arn_matches(globs: tuple[_Glob, ...], given: str) -> bool | None:
    parts = given.split(":", 5)
    return all(glob(part) for glob, part in zip(globs, parts, strict=True)) if len(parts) == 6 else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):  # so 2024 is a second of 1970, not a year
        return datetime.fromtimestamp(float(text), UTC)
    if not _DATE.fullmatch(text):
        return None
    moment = datetime.fromisoformat(text if len(text) > len("2024-01") else f"{text}-01")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


@dataclass(frozen=True)
class _Operator:
    """`read` prepares a value of the policy, `test` compares it with one of the request.

    None from either: the two cannot be compared. It makes neither an operator true nor its negation,
    which is a guess for all but variables without a value.
    """

    read: _Read
    test: Callable[[Any, str], bool | None]
    negated: bool = False


def _typed(read: _Read, compare: Callable[[Any, Any], bool], read_given: _Read | None = None) -> _Operator:
    def attempt(read: _Read, text: str) -> Any:
        try:
            return read(text)
        except (ValueError, OverflowError):
            return None

    def test(wanted: Any, given: str) -> bool | None:
        found = attempt(read_given or read, given)
        return None if found is None else compare(found, wanted)

    return _Operator(partial(attempt, read), test)


_ORDER = {"Equals": eq, "LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
_NULL = _Operator(_truth, lambda wanted, given: None)  # asks for the key, not for its values
_OPERATORS = {
    "StringEquals": _Operator(str, eq),
    "StringEqualsIgnoreCase": _Operator(str.lower, lambda wanted, given: bool(wanted == given.lower())),
    "StringLike": _Operator(_glob, lambda matches, given: matches(given) is not None),
    "ArnEquals": _Operator(_arn_globs, _arn_matches),
    "ArnLike": _Operator(_arn_globs, _arn_matches),
    **{f"Numeric{name}": _typed(_number, compare) for name, compare in _ORDER.items()},
    **{f"Date{name}": _typed(_moment, compare) for name, compare in _ORDER.items()},
    "Bool": _typed(_truth, eq),
    # A binary value is in base64 in the request's context, too.
    "BinaryEquals": _typed(partial(base64.b64decode, validate=True), eq),
    "IpAddress": _typed(partial(ip_network, strict=False), lambda ip, network: ip in network, ip_address),
    "Null": _NULL,
}
for _name in (
    *("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"),
    *("NumericNotEquals", "DateNotEquals", "NotIpAddress"),
):
    _OPERATORS[_name] = replace(_OPERATORS[_name.replace("Not", "")], negated=True)
_BY_LOWER_NAME = {name.lower(): this for name, this in _OPERATORS.items()}


@dataclass(frozen=True)
class _Condition:
    key: str
    operator: _Operator
    values: tuple[_Value, ...]
    set_prefix: str | None  # forallvalues, foranyvalue
    if_exists: bool
    keys: frozenset[str]  # all that its result depends on: its own, and its variables

    def holds(self, context: _Context) -> bool:
        given = context.get(self.key, ())
        if self.operator is _NULL:
            return any(value.fixed is (not given) for value in self.values)
        if self.set_prefix and not any(given):  # "a null data set, such as an empty string"
            # With IfExists, too: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w (AWS, tried out)
            return self.set_prefix == "forallvalues"
        if not given:
            return self.if_exists or self.operator.negated
        wanted = [value.of(context) for value in self.values]
        met = (self._meets(wanted, value) for value in given)
        if self.set_prefix == "forallvalues" or (self.operator.negated and not self.set_prefix):
            return all(met)
        return any(met)

    def _meets(self, wanted: list[Any], given: str) -> bool:
        results = (None if value is None else self.operator.test(value, given) for value in wanted)
        if self.operator.negated:
            return all(result is False for result in results)
        return any(results)


@lru_cache(maxsize=256)
def _parse(text: str, of_resource: bool) -> Policy:
    document = _elements("The policy", _load(text), ("Version", "Id", "Statement"))
    version = document.get("Version", _OLD)
    if version not in (_OLD, _CURRENT):
        raise PolicyProblem(f'Version must be "{_CURRENT}", or "{_OLD}" for the old language.')
    listed = document.get("Statement", [])
    statements = listed if isinstance(listed, list) else [listed]
    if not statements:
        raise PolicyProblem("The policy has no Statement.")
    found, sids = [], set()
    for number, statement in enumerate(statements, 1):
        where = f"Statement {number}"
        given = _elements(where, statement, _OF_STATEMENT)
        sid = json.dumps(given.get("Sid", ""))
        if sid != '""' and sid in sids:
            raise PolicyProblem(f"{where}: the Sid {sid} is there twice, but must be unique in a policy.")
        sids.add(sid)
        found.append(_statement(where, given, version == _CURRENT, of_resource))
    return Policy(text, of_resource, tuple(found))


def _load(text: str) -> object:
    try:  # Numbers stay as they are written. NaN and its like are no JSON, and int refuses them.
        return json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=int)
    except (ValueError, RecursionError) as problem:
        raise PolicyProblem(f"The policy is not JSON: {problem}.") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise PolicyProblem(f"{max(names, key=names.count)} is there twice in one object.")
    return dict(pairs)


def _elements(where: str, given: object, known: Iterable[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise PolicyProblem(f"{where} must be a JSON object, in {{ }}.")
    for name in given:
        if name not in known:
            raise PolicyProblem(f"{where} has an unknown element {name}.{_meant(name, known)}")
    return given


def _meant(name: str, known: Iterable[str]) -> str:
    by_lower_name = {this.lower(): this for this in known}
    near = get_close_matches(name.lower(), by_lower_name, 1)
    return f" Do you mean {by_lower_name[near[0]]}?" if near else ""


def _statement(where: str, given: dict[str, Any], variables: bool, of_resource: bool) -> _Statement:
    if given.get("Effect") not in ("Allow", "Deny"):
        raise PolicyProblem(f'{where}: Effect must be "Allow" or "Deny".')
    actions = _strings(where, *_one_of(where, given, "Action"))
    resources = ["*"]  # or what the policy is attached to
    if not of_resource or "Resource" in given or "NotResource" in given:
        resources = _strings(where, *_one_of(where, given, "Resource"))
    if not of_resource and ("Principal" in given or "NotPrincipal" in given):
        raise PolicyProblem(f"{where}: a policy of users names no Principal; it is for those who have it.")
    for name in actions:
        if not _ACTION.fullmatch(name):
            raise PolicyProblem(f"{where}: {name} is no action. One reads service:Name, as ses:SendEmail.")
    for name in resources:
        if name != "*" and not name.startswith("arn:"):
            raise PolicyProblem(f'{where}: {name} is no resource. One is an ARN, or "*".')
    conditions = tuple(_conditions(where, given.get("Condition", {}), variables))
    return _Statement(
        allow=given["Effect"] == "Allow",
        actions=tuple(_value(name.lower(), _glob, variables=False).fixed for name in actions),
        not_actions="NotAction" in given,
        resources=tuple(_value(name, _glob, variables=variables) for name in resources),
        not_resources="NotResource" in given,
        principals=_principals(where, given) if of_resource else None,
        not_principals="NotPrincipal" in given,
        conditions=conditions,
        unconditional="*" in resources and "NotResource" not in given and not conditions,
    )


def _one_of(where: str, given: dict[str, Any], name: str) -> tuple[str, object]:
    names = [this for this in (name, f"Not{name}") if this in given]
    if len(names) == 2:
        raise PolicyProblem(f"{where} has both {name} and Not{name}; only one of them may be there.")
    if not names:
        raise PolicyProblem(f"{where} has no {name} (and no Not{name}).")
    return names[0], given[names[0]]


def _strings(where: str, element: str, given: object) -> list[str]:
    items = given if isinstance(given, list) else [given]
    if not items or not all(isinstance(item, str) for item in items):
        raise PolicyProblem(f"{where}: {element} must be a string or a list of strings, and not empty.")
    return list(items)


def _principals(where: str, given: dict[str, Any]) -> frozenset[str]:
    element, value = _one_of(where, given, "Principal")
    known = ("AWS", "Service", "Federated", "CanonicalUser")
    kinds = _elements(f"{where}: {element}", {"AWS": "*"} if value == "*" else value, known)
    names = {kind: _strings(where, f"{element}.{kind}", listed) for kind, listed in kinds.items()}
    found = {f"service:{name.lower()}" for name in names.get("Service", [])}
    for name in names.get("AWS", []):  # nobody here is federated
        account = _ACCOUNT.fullmatch(name)
        if not account and name != "*" and (not name.startswith("arn:") or "*" in name or "?" in name):
            raise PolicyProblem(f'{where}: {name} is no account id, no whole ARN of a user and not "*".')
        found.add(account[1] or account[2] if account else name)
    return frozenset(found)


def _conditions(where: str, given: object, variables: bool) -> Iterator[_Condition]:
    if not isinstance(given, dict):
        raise PolicyProblem(f"{where}: Condition must be an object of operators.")
    for name, keys in given.items():
        match = _OPERATOR.fullmatch(name.lower())
        this = _BY_LOWER_NAME.get(match["base"]) if match else None
        hint = _meant(name.rpartition(":")[2], _OPERATORS)
        if not match or this is None or (this is _NULL and match["if_exists"]):
            raise PolicyProblem(f"{where}: there is no condition operator {name}.{hint}")
        if not isinstance(keys, dict):
            raise PolicyProblem(f"{where}: {name} must be an object of condition keys and values.")
        varies = variables and match["base"].startswith(("string", "arn", "bool"))
        for key, listed in keys.items():
            if ":" not in key:
                raise PolicyProblem(f"{where}: {key} is no condition key. One reads service:Name.")
            texts = [_text(where, key, item) for item in (listed if isinstance(listed, list) else [listed])]
            values = tuple(_value(text, this.read, variables=varies) for text in texts)
            depends = frozenset({key.lower()}).union(*(value.keys for value in values))
            yield _Condition(key.lower(), this, values, match["set"], bool(match["if_exists"]), depends)


def _text(where: str, key: str, item: object) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    if not isinstance(item, str):
        raise PolicyProblem(f"{where}: {key} must be compared with strings, numbers, true or false.")
    return item
