"""IAM policies: what is read, what matches, and who wins."""

from __future__ import annotations

import json
import timeit
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesutil.iam_policies import (
    Ask,
    Decision,
    PolicyProblem,
    evaluate,
    evaluate_resource_policies,
    parse_policy,
    parse_resource_policy,
)

ALLOWED, DENIED, NOTHING = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.NOT_ALLOWED
ACCOUNT = "123456789012"
DOMAIN = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/example.com"
ADDRESS = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/no-reply@example.com"
SET = f"arn:aws:ses:us-east-1:{ACCOUNT}:configuration-set/logto"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"

Statement = dict[str, Any]


def statement(effect: str = "Allow", **elements: Any) -> Statement:
    """Of a user's policy, that allows everything unless told."""
    found: Statement = {"Effect": effect, **elements}
    if not {"Action", "NotAction"} & elements.keys():
        found["Action"] = "*"
    if not {"Resource", "NotResource"} & elements.keys():
        found["Resource"] = "*"
    return found


def text(*statements: Statement, version: str | None = "2012-10-17") -> str:
    document: dict[str, Any] = {"Statement": list(statements)}
    return json.dumps(document | ({"Version": version} if version else {}))


def ask(
    resource: str | None = DOMAIN,
    context: Mapping[str, tuple[str, ...]] | None = None,
    action: str = "ses:SendEmail",
    arn: str = BOB,
    account: str = ACCOUNT,
) -> Ask:
    return Ask(action, resource, context or {}, arn, account)


def decide(*statements: Statement, version: str | None = "2012-10-17", **about: Any) -> Decision:
    return evaluate([parse_policy(text(*statements, version=version))], ask(**about))


def holds(operator: str, wanted: Any, *found: str, version: str = "2012-10-17") -> bool:
    """Whether one condition on ses:Key is true, the request having these values of it (or none)."""
    condition = {operator: {"ses:Key": wanted}}
    context = {"ses:Key": found, "aws:username": ("bob",), "ses:Many": ("a", "b")}
    return decide(statement(Condition=condition), version=version, context=context) is ALLOWED


# Who wins


@pytest.mark.parametrize(
    ("effects", "decision"),
    [
        ([], NOTHING),
        (["Allow"], ALLOWED),
        (["Deny"], DENIED),
        (["Allow", "Deny"], DENIED),
        (["Deny", "Allow"], DENIED),
        (["Allow", "Allow"], ALLOWED),
    ],
)
def test_an_explicit_deny_in_any_policy_wins(effects: list[str], decision: Decision) -> None:
    policies = [parse_policy(text(statement(effect))) for effect in effects]
    assert evaluate(policies, ask()) is decision


def test_a_deny_that_does_not_match_takes_nothing_away() -> None:
    denied = statement("Deny", Action="ses:DeleteIdentity")
    assert decide(statement(), denied) is ALLOWED
    assert decide(statement(), denied, action="ses:DeleteIdentity") is DENIED


# Action


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("*", "ses:SendEmail", True),
        ("ses:*", "ses:SendEmail", True),
        ("ses:SendEmail", "ses:SendEmail", True),
        ("SES:sendemail", "ses:SendEmail", True),
        ("ses:Send*", "ses:SendRawEmail", True),
        ("ses:Send*Email", "ses:SendEmail", True),
        ("ses:Send???Email", "ses:SendRawEmail", True),
        ("ses:Send?Email", "ses:SendEmail", False),
        ("ses:SendEmail", "ses:SendEmails", False),
        ("ses:SendEmail", "ses:SendRawEmail", False),
        ("ses:S[e]ndEmail", "ses:SendEmail", False),
        ("iam:*", "ses:SendEmail", False),
        (["iam:*", "ses:SendEmail"], "ses:SendEmail", True),
        ("ses:${*}", "ses:SendEmail", False),
    ],
)
def test_action_and_not_action(pattern: str | list[str], action: str, matches: bool) -> None:
    assert decide(statement(Action=pattern), action=action) is (ALLOWED if matches else NOTHING)
    assert decide(statement(NotAction=pattern), action=action) is (NOTHING if matches else ALLOWED)


def test_not_action_leaves_out_each_of_its_list() -> None:
    deny = statement("Deny", NotAction=["ses:SendEmail", "ses:SendRawEmail"])
    for action, decision in {
        "ses:SendEmail": ALLOWED,
        "ses:SendRawEmail": ALLOWED,
        "ses:Get": DENIED,
    }.items():
        assert decide(statement(), deny, action=action) is decision


# Resource


@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("*", DOMAIN, True),
        ("*", "*", True),
        (DOMAIN, "*", False),
        (DOMAIN, DOMAIN, True),
        (DOMAIN, DOMAIN.upper(), False),
        (DOMAIN, ADDRESS, False),
        (DOMAIN, f"{DOMAIN}.evil", False),
        ("arn:aws:ses:*", DOMAIN, True),
        ("arn:aws:ses:*:identity/example.com", DOMAIN, True),
        (f"arn:aws:ses:*:{ACCOUNT}:identity/*", ADDRESS, True),
        (f"arn:aws:ses:*:{ACCOUNT}:identity/*@example.com", DOMAIN, False),
        (f"arn:aws:ses:us-????-1:{ACCOUNT}:identity/example.com", DOMAIN, True),
        (f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/example?com", DOMAIN, True),
        (f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/exampl.com", DOMAIN, False),
        ([SET, DOMAIN], DOMAIN, True),
        ([SET, ADDRESS], DOMAIN, False),
    ],
)
def test_resource_and_not_resource(pattern: str | list[str], resource: str, matches: bool) -> None:
    assert decide(statement(Resource=pattern), resource=resource) is (ALLOWED if matches else NOTHING)
    assert decide(statement(NotResource=pattern), resource=resource) is (NOTHING if matches else ALLOWED)


def reference(pattern: str, value: str) -> bool:
    """* and ? by their definition, slowly."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(reference(pattern[1:], value[place:]) for place in range(len(value) + 1))
    return bool(value) and pattern[0] in ("?", value[0]) and reference(pattern[1:], value[1:])


@given(st.text("ab*?[]!:\n\\", max_size=7), st.text("ab*[]!:\n\\", max_size=7))
def test_wildcards_are_those_of_iam_and_nothing_else(pattern: str, value: str) -> None:
    found = decide(statement(Resource=f"arn:{pattern}"), resource=f"arn:{value}") is ALLOWED
    assert found == reference(pattern, value)


def test_many_wildcards_take_no_time() -> None:
    policy = parse_policy(text(statement(Resource="arn:" + "*a" * 40 + "b")))
    assert timeit.timeit(lambda: evaluate([policy], ask("arn:" + "a" * 2000)), number=1) < 1


# Variables


@pytest.mark.parametrize(
    ("pattern", "last", "matches"),
    [
        ("${aws:username}@example.com", "bob@example.com", True),
        ("${AWS:UserName}@example.com", "bob@example.com", True),
        ("${ aws:username }@example.com", "bob@example.com", True),
        ("${aws:username}@example.com", "eve@example.com", False),
        ("${aws:username}*", "bob@example.com", True),
        ("${ses:star}@example.com", "*@example.com", True),
        ("${ses:star}@example.com", "bob@example.com", False),
        ("${ses:missing}@example.com", "@example.com", False),
        ("${ses:missing}@example.com", "${ses:missing}@example.com", False),
        ("${ses:missing, 'eve'}@example.com", "eve@example.com", True),
        ("${ses:missing,'eve'}@example.com", "eve@example.com", True),
        ("${ses:missing, '*'}@example.com", "eve@example.com", False),
        ("${ses:missing, ''}@example.com", "@example.com", True),
        ("${aws:username, 'eve'}@example.com", "eve@example.com", False),
        ("${ses:many}@example.com", "a@example.com", False),
        ("${*}@example.com", "*@example.com", True),
        ("${*}@example.com", "bob@example.com", False),
        ("${?}${$}", "?$", True),
        ("${?}", "a", False),
        ("${$}{aws:username}", "${aws:username}", True),
        ("${aws:username}-${ses:star}-[x]", "bob-*-[x]", True),
        ("${aws:username}-${ses:missing}", "bob-", False),
    ],
)
def test_variables_in_a_resource(pattern: str, last: str, matches: bool) -> None:
    start = f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/"
    context = {"aws:UserName": ("bob",), "ses:Star": ("*",), "ses:many": ("a", "b")}
    found = decide(statement(Resource=start + pattern), resource=start + last, context=context)
    assert found is (ALLOWED if matches else NOTHING)


def test_without_the_current_version_a_variable_is_text() -> None:
    for version in (None, "2008-10-17"):
        allow = statement(Resource="arn:aws:ses:::${aws:username}")
        about = {"context": {"aws:username": ("bob",)}, "version": version}
        assert decide(allow, resource="arn:aws:ses:::bob", **about) is NOTHING
        assert decide(allow, resource="arn:aws:ses:::${aws:username}", **about) is ALLOWED
    assert not holds("StringEquals", "${aws:username}", "bob", version="2008-10-17")
    assert holds("StringEquals", "${aws:username}", "${aws:username}", version="2008-10-17")


def test_an_unknown_variable_spoils_its_pattern_in_a_list_and_all_of_not_resource() -> None:
    unknown = "arn:aws:ses:::${ses:missing}"
    assert decide(statement(Resource=[unknown, DOMAIN])) is ALLOWED
    assert decide(statement(NotResource=[unknown, SET])) is NOTHING
    assert decide(statement(NotResource=SET)) is ALLOWED


# Conditions: one value against another

EPOCH = "1704067200"  # 2024-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "result"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "a${*}", "a*", True),
        ("StringEquals", "${aws:username}", "bob", True),
        ("StringEquals", "${aws:username}s", "bob", False),
        ("StringEquals", 5, "5", True),
        ("StringEquals", 1.50, "1.5", True),
        ("StringEquals", True, "true", True),
        ("stringequals", "a", "a", True),
        ("StringEqualsIgnoreCase", "No-Reply@example.com", "no-reply@EXAMPLE.com", True),
        ("StringEqualsIgnoreCase", "a", "b", False),
        ("StringEqualsIgnoreCase", "${AWS:username}", "BOB", True),
        ("StringLike", "*@example.com", "a@example.com", True),
        ("StringLike", "*@example.com", "a@EXAMPLE.com", False),
        ("StringLike", "?@example.com", "ab@example.com", False),
        ("StringLike", "${*}@example.com", "a@example.com", False),
        ("StringLike", "[a]", "a", False),
        ("StringLike", "${aws:username}@*", "bob@example.com", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "10", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericEquals", "ten", "ten", False),
        ("NumericEquals", "1", "1_0", False),
        ("NumericEquals", "9007199254740993", "9007199254740992", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThan", "10", "-3", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "10.1", False),
        ("NumericGreaterThan", "10", "100", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThan", "10", "NaN", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "10", "9.9", False),
        ("DateEquals", "2024-01-01T00:00:00Z", EPOCH, True),
        ("DateEquals", "2024-01-01", EPOCH, True),
        ("DateEquals", "2024-01", EPOCH, True),
        ("DateEquals", EPOCH, "2024-01-01T01:00:00+01:00", True),
        ("DateEquals", int(EPOCH), "2024-01-01T00:00Z", True),
        ("DateEquals", "2024-13-01", "2024-13-01", False),
        ("DateEquals", "2024-W01-1", "2024-W01-1", False),
        ("DateLessThan", "2024-01-01", "2023-12-31T23:59:59.999Z", True),
        ("DateLessThan", "2024-01-01", "2024-01-01T00:00:00Z", False),
        ("DateLessThan", "2024-01-01", "today", False),
        ("DateLessThanEquals", "2024-01-01", EPOCH, True),
        ("DateLessThanEquals", "2024-01-01", "2024-01-02", False),
        ("DateGreaterThan", "2024-01-01", "2024-01-02", True),
        ("DateGreaterThan", "2024-01-01", EPOCH, False),
        ("DateGreaterThanEquals", "2024-01-01", EPOCH, True),
        ("DateGreaterThanEquals", "2024-01-01", "2023-12-31", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "TRUE", True),
        ("Bool", "True", "false", False),
        ("Bool", False, "false", True),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "Qmlu", False),
        ("BinaryEquals", "no base64!", "no base64!", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.9/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.8", False),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "203.0.113.7", False),
        ("IpAddress", "nowhere", "203.0.113.7", False),
        ("IpAddress", "0.0.0.0/0", "nowhere", False),
        ("ArnEquals", DOMAIN, DOMAIN, True),
        ("ArnEquals", "arn:aws:ses:*:*:identity/*", DOMAIN, True),
        ("ArnLike", "arn:aws:ses:*:*:identity/*", DOMAIN, True),
        ("ArnLike", "arn:aws:ses:*:identity/example.com", DOMAIN, False),
        ("ArnLike", "arn:aws:ses:us-east-?:*:*", DOMAIN, True),
        ("ArnLike", "arn:aws:SES:*:*:*", DOMAIN, False),
        ("ArnLike", "arn:aws:s:*:1:f/*", "arn:aws:s:us-east-2:9:store/abc:1:f/x", False),
        ("StringLike", "arn:aws:s:*:1:f/*", "arn:aws:s:us-east-2:9:store/abc:1:f/x", True),
        ("ArnLike", "arn:aws:sns:*:*:a*", "arn:aws:sns:eu-west-1:1:a:b:c", True),
        ("ArnLike", "arn:aws:sns:*:*:a:*:c", "arn:aws:sns:eu-west-1:1:a:b:c", True),
        ("ArnLike", "arn:aws:sns:*:*:a:*:d", "arn:aws:sns:eu-west-1:1:a:b:c", False),
        ("ArnLike", "*", DOMAIN, False),
        ("ArnLike", "arn:aws:ses:*:*:*", "example.com", False),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", BOB, True),
    ],
)
def test_operators(operator: str, wanted: Any, found: str, result: bool) -> None:
    assert holds(operator, wanted, found) == result


@pytest.mark.parametrize(
    ("operator", "wanted", "equal", "other"),
    [
        ("StringNotEquals", "a", "a", "A"),
        ("StringNotEqualsIgnoreCase", "a", "A", "b"),
        ("StringNotLike", "a*", "ab", "ba"),
        ("NumericNotEquals", "10", "10.0", "11"),
        ("DateNotEquals", "2024-01-01", EPOCH, "2024-01-02"),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.1", "203.0.114.1"),
        ("ArnNotEquals", "arn:aws:ses:*:*:*", DOMAIN, BOB),
        ("ArnNotLike", "arn:aws:ses:*:*:*", DOMAIN, BOB),
    ],
)
def test_negated_operators(operator: str, wanted: str, equal: str, other: str) -> None:
    assert not holds(operator, wanted, equal)
    assert holds(operator, wanted, other)
    assert holds(operator, wanted), "true for an absent key"
    assert holds(f"{operator}IfExists", wanted)
    assert not holds(f"{operator}IfExists", wanted, equal)
    assert not holds(operator, [other, wanted], equal), "none of the policy's values may match"
    assert not holds(operator, wanted, equal, other), "none of the request's values may match"
    assert not holds(operator, wanted, other, equal)
    assert holds(operator, wanted, other, other)


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("NumericNotEquals", "10", "ten"),
        ("NumericNotEquals", "ten", "10"),
        ("DateNotEquals", "2024-01-01", "today"),
        ("NotIpAddress", "nowhere", "203.0.113.1"),
        ("ArnNotLike", "arn:aws:ses:*:*:*", "example.com"),
        ("StringNotEquals", "${ses:missing}", "a"),
        ("StringNotEquals", ["b", "${ses:Many}"], "a"),
        ("ForAllValues:StringNotEquals", "${ses:missing}", "a"),
    ],
)
def test_what_cannot_be_compared_is_not_unequal(operator: str, wanted: Any, found: str) -> None:
    assert not holds(operator, wanted, found)


def test_an_unknown_variable_spoils_one_value_of_a_positive_operator() -> None:
    assert not holds("StringEquals", "${ses:missing}", "")
    assert holds("StringEquals", ["${ses:missing}", "a"], "a")
    assert holds("StringEquals", "${ses:missing, 'a'}", "a")
    assert not holds("NumericEquals", "${ses:missing, '5'}", "5"), "no variables in numbers"


POSITIVE = dict.fromkeys(("StringEquals", "StringEqualsIgnoreCase", "StringLike"), "a")
POSITIVE |= dict.fromkeys(("ArnLike", "ArnEquals"), "*:*:*:*:*:*")
POSITIVE |= {"BinaryEquals": "YQ==", "Bool": "false", "IpAddress": "0.0.0.0/0"}
POSITIVE |= {
    f"{kind}{order}": "1"
    for kind in ("Numeric", "Date")
    for order in ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
}


@pytest.mark.parametrize(("operator", "wanted"), POSITIVE.items())
def test_an_absent_key_matches_nothing_unless_if_exists(operator: str, wanted: str) -> None:
    assert not holds(operator, wanted)
    assert holds(f"{operator}IfExists", wanted)
    assert holds(f"{operator.upper()}IFEXISTS", wanted)


def test_if_exists_tests_a_key_that_exists() -> None:
    assert not holds("StringEqualsIfExists", "a", "b")
    assert holds("StringEqualsIfExists", "a", "a")


def test_several_values_of_a_positive_operator_are_alternatives() -> None:
    assert holds("StringEquals", ["a", "b"], "b")
    assert not holds("StringEquals", ["a", "b"], "c")
    assert holds("StringEquals", ["a", "b"], "c", "b"), "and so are the request's, without a set prefix"
    assert not holds("StringEquals", [], "a")
    assert holds("StringNotEquals", ["a", "b"], "c")
    assert holds("StringNotEquals", [], "a")


@pytest.mark.parametrize(
    ("wanted", "found", "result"),
    [
        ("true", (), True),
        ("true", ("a",), False),
        ("false", (), False),
        ("false", ("a",), True),
        ("false", ("",), True),
        (True, (), True),
        (False, (), False),
        ("True", (), True),
        (["true", "false"], ("a",), True),
        ("maybe", (), False),
        ("maybe", ("a",), False),
    ],
)
def test_null(wanted: Any, found: tuple[str, ...], result: bool) -> None:
    assert holds("Null", wanted, *found) == result


@pytest.mark.parametrize(
    ("found", "every", "some", "every_not", "some_not"),
    [
        ((), True, False, True, False),
        (("",), True, False, True, False),
        (("a",), True, True, False, False),
        (("a", "b"), True, True, False, False),
        (("a", "x"), False, True, False, True),
        (("x", "a"), False, True, False, True),
        (("x", "y"), False, False, True, True),
        (("a", ""), False, True, False, True),
    ],
)
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_set_prefixes(
    found: tuple[str, ...], every: bool, some: bool, every_not: bool, some_not: bool, suffix: str
) -> None:
    for name in ("Equals", "Like"):
        assert holds(f"ForAllValues:String{name}{suffix}", ["a", "b"], *found) == every
        assert holds(f"ForAnyValue:String{name}{suffix}", ["a", "b"], *found) == some
        assert holds(f"forallvalues:stringnot{name.lower()}{suffix}", ["a", "b"], *found) == every_not
        assert holds(f"FORANYVALUE:StringNot{name}{suffix}", ["a", "b"], *found) == some_not


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc"), min_size=1))
def test_the_prefixes_are_each_others_opposites(found: list[str], wanted: list[str]) -> None:
    assert holds("ForAllValues:StringEquals", wanted, *found) == (set(found) <= set(wanted))
    assert holds("ForAnyValue:StringEquals", wanted, *found) == bool(set(found) & set(wanted))
    assert holds("ForAllValues:StringNotEquals", wanted, *found) != bool(set(found) & set(wanted))
    assert holds("ForAnyValue:StringNotEquals", wanted, *found) != (set(found) <= set(wanted))
    assert holds("StringNotEquals", wanted, *found) != holds("StringEquals", wanted, *found)


def test_operators_and_keys_are_all_needed() -> None:
    allow = statement(
        Condition={"StringEquals": {"ses:A": "1", "ses:B": "2"}, "Bool": {"aws:SecureTransport": "true"}}
    )
    whole = {"ses:a": ("1",), "SES:B": ("2",), "aws:securetransport": ("true",)}
    assert decide(allow, context=whole) is ALLOWED
    for key in whole:
        assert decide(allow, context=whole | {key: ("3",)}) is NOTHING
        assert decide(allow, context={name: given for name, given in whole.items() if name != key}) is NOTHING


# The least policies for SES

SENDER = statement(
    Action="ses:SendEmail",
    Resource=DOMAIN,
    Condition={"StringEquals": {"ses:FromAddress": "no-reply@example.com"}},
)
FROM = {"ses:FromAddress": ("no-reply@example.com",)}


@pytest.mark.parametrize(
    ("about", "decision"),
    [
        ({"context": FROM}, ALLOWED),
        ({"context": {"SES:fromaddress": ("no-reply@example.com",)}}, ALLOWED),
        ({"context": {"ses:FromAddress": ("No-Reply@example.com",)}}, NOTHING),
        ({"context": {}}, NOTHING),
        ({"context": FROM, "action": "ses:SendRawEmail"}, NOTHING),
        ({"context": FROM, "resource": ADDRESS}, NOTHING),
        ({"context": FROM, "resource": SET}, NOTHING),
        ({"context": FROM, "resource": DOMAIN.replace("us-east-1", "eu-west-1")}, NOTHING),
    ],
)
def test_a_user_that_may_only_send(about: dict[str, Any], decision: Decision) -> None:
    assert decide(SENDER, **about) is decision


def test_recipients_of_one_domain() -> None:
    allow = statement(Condition={"ForAllValues:StringLike": {"ses:Recipients": ["*@example.com", "*@test"]}})
    for recipients, decision in {
        ("a@example.com",): ALLOWED,
        ("a@example.com", "b@test"): ALLOWED,
        ("a@example.com", "b@example.org"): NOTHING,
        (): ALLOWED,
    }.items():
        assert decide(allow, context={"ses:Recipients": recipients}) is decision
    deny = statement("Deny", Condition={"ForAnyValue:StringNotLike": {"ses:Recipients": "*@example.com"}})
    assert decide(statement(), deny, context={"ses:Recipients": ("a@example.com",)}) is ALLOWED
    assert decide(statement(), deny, context={"ses:Recipients": ("a@example.com", "b@test")}) is DENIED
    assert decide(statement(), deny, context={"ses:Recipients": ()}) is ALLOWED


def test_deny_all_but_one_version_of_the_api() -> None:
    deny = statement("Deny", Condition={"NumericNotEquals": {"ses:ApiVersion": "2"}})
    for version, decision in {("1",): DENIED, ("2",): ALLOWED, (): DENIED}.items():
        assert decide(statement(), deny, context={"ses:ApiVersion": version}) is decision


# Without a resource


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        (statement(Action="ses:SendEmail", Resource=ADDRESS), ALLOWED),
        (statement(NotResource="*"), ALLOWED),
        (statement(Resource=f"{DOMAIN}/${{ses:missing}}"), ALLOWED),
        (statement(Action="ses:GetAccount"), NOTHING),
        (statement(Condition={"StringEquals": {"ses:FromAddress": "no-reply@example.com"}}), ALLOWED),
        (statement(Condition={"StringEquals": {"ses:FromAddress": "other@example.com"}}), NOTHING),
        (statement(Condition={"StringEquals": {"ses:FromAddress": "${ses:absent}"}}), ALLOWED),
        (statement(Condition={"StringEquals": {"ses:Absent": "x"}}), ALLOWED),
        (statement(Condition={"Null": {"ses:Absent": "false"}}), ALLOWED),
        (statement(Condition={"Null": {"ses:FromAddress": "true"}}), NOTHING),
        (statement(Condition={"Bool": {"ses:Absent": "x"}, "Null": {"ses:FromAddress": "true"}}), NOTHING),
        (statement("Deny"), DENIED),
        (statement("Deny", Resource=[DOMAIN, "*"]), DENIED),
        (statement("Deny", Condition={}), DENIED),
        (statement("Deny", Action="ses:GetAccount"), NOTHING),
        (statement("Deny", Resource=DOMAIN), NOTHING),
        (statement("Deny", Resource="arn:*"), NOTHING),
        (statement("Deny", NotResource="*"), NOTHING),
        (statement("Deny", NotResource=DOMAIN), NOTHING),
        (statement("Deny", Condition={"StringLike": {"ses:FromAddress": "*"}}), NOTHING),
    ],
)
def test_without_a_resource_no_is_certain(given: Statement, decision: Decision) -> None:
    assert decide(given, resource=None, context=FROM) is decision


CONDITIONS = st.dictionaries(
    st.sampled_from(
        ["StringEquals", "StringNotLike", "ForAllValues:StringEquals", "Null", "ForAnyValue:Bool"]
    ),
    st.dictionaries(
        st.sampled_from(["ses:A", "ses:B"]), st.sampled_from(["a", "true", "${ses:B}"]), min_size=1
    ),
    max_size=2,
)
RESOURCES = st.sampled_from(["*", DOMAIN, "arn:aws:ses:*", f"{DOMAIN}${{ses:A}}"])


@given(
    st.lists(st.tuples(st.sampled_from(["Allow", "Deny"]), RESOURCES, st.booleans(), CONDITIONS), min_size=1),
    st.dictionaries(st.sampled_from(["ses:A"]), st.sampled_from([("a",), ("true",)])),
    st.dictionaries(st.sampled_from(["ses:B"]), st.sampled_from([("a",), ("a", "b"), ("true",)])),
    st.sampled_from([DOMAIN, ADDRESS, SET, "*"]),
)
def test_what_is_refused_without_a_resource_is_refused_for_each(
    parts: list[tuple[str, str, bool, dict[str, Any]]],
    known: dict[str, tuple[str, ...]],
    later: dict[str, tuple[str, ...]],
    resource: str,
) -> None:
    policy = parse_policy(
        text(
            *(
                statement(effect, Condition=condition, **{"NotResource" if negated else "Resource": pattern})
                for effect, pattern, negated, condition in parts
            )
        )
    )
    unknown = evaluate([policy], ask(None, known))
    exact = evaluate([policy], ask(resource, known | later))
    if exact is ALLOWED:
        assert unknown is ALLOWED
    if unknown is DENIED:
        assert exact is DENIED


# A resource's policies


def authorization(principal: Any, effect: str = "Allow", name: str = "Principal", **more: Any) -> Statement:
    return {"Effect": effect, name: principal, "Action": ["SES:SendEmail", "SES:SendRawEmail"], **more}


def authorize(*statements: Statement, **about: Any) -> Decision:
    return evaluate_resource_policies([parse_resource_policy(text(*statements))], ask(**about))


@pytest.mark.parametrize(
    ("principal", "matches"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["*"]}, True),
        ({"AWS": ACCOUNT}, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, True),
        ({"AWS": BOB}, True),
        ({"AWS": ["999999999999", BOB]}, True),
        ({"AWS": "999999999999"}, False),
        ({"AWS": "arn:aws:iam::999999999999:root"}, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/Bob"}, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bobby"}, False),
        ({"Service": "ses.amazonaws.com"}, False),
        ({"Service": "*"}, False),
        ({"Service": ["cognito-idp.amazonaws.com"], "AWS": [ACCOUNT]}, True),
        ({"Federated": BOB}, False),
        ({}, False),
    ],
)
def test_principals(principal: Any, matches: bool) -> None:
    assert authorize(authorization(principal)) is (ALLOWED if matches else NOTHING)
    assert authorize(authorization(principal, "Deny")) is (DENIED if matches else NOTHING)
    other_way = authorize(authorization(principal, name="NotPrincipal"))
    assert other_way is (NOTHING if matches else ALLOWED)


@pytest.mark.parametrize(
    ("principal", "matches"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"Service": "sns.amazonaws.com"}, True),
        ({"Service": ["ses.amazonaws.com", "SNS.amazonaws.com"]}, True),
        ({"Service": "ses.amazonaws.com"}, False),
        ({"Service": ""}, False),
        ({"AWS": ACCOUNT}, False),
        ({"AWS": BOB}, False),
    ],
)
def test_a_service_is_a_principal_of_its_own(principal: Any, matches: bool) -> None:
    asked = Ask("ses:SendEmail", DOMAIN, {}, principal_service="sns.amazonaws.com")
    for effect, decision in (("Allow", ALLOWED), ("Deny", DENIED)):
        policy = parse_resource_policy(text(authorization(principal, effect)))
        assert evaluate_resource_policies([policy], asked) is (decision if matches else NOTHING)


def test_the_root_of_the_account() -> None:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    for principal in (ACCOUNT, root, "*"):
        assert authorize(authorization({"AWS": principal}), arn=root) is ALLOWED
    assert authorize(authorization({"AWS": BOB}), arn=root) is NOTHING


def test_the_account_is_that_of_the_arn() -> None:
    assert authorize(authorization({"AWS": ACCOUNT}), account="") is ALLOWED
    assert authorize(authorization({"AWS": ACCOUNT}), account="", arn="") is NOTHING
    assert authorize(authorization("*"), account="", arn="") is ALLOWED


def test_a_sending_authorization() -> None:
    allow = authorization(
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        Resource=DOMAIN,
        Sid="AuthorizeAccount",
        Condition={
            "StringLike": {"ses:FromAddress": "marketing+.*@example.com"},
            "DateLessThan": {"aws:CurrentTime": "2024-12-01T12:00Z"},
        },
    )
    context = {
        "ses:FromAddress": ("marketing+.x@example.com",),
        "aws:CurrentTime": ("2024-11-30T23:00:00Z",),
    }
    assert authorize(allow, context=context) is ALLOWED
    assert authorize(allow, context=context, action="ses:SendBulkEmail") is NOTHING
    assert authorize(allow, context=context, resource=SET) is NOTHING
    assert authorize(allow, context=context | {"aws:CurrentTime": ("2025-01-01T00:00:00Z",)}) is NOTHING
    assert authorize(allow, context=context, arn="arn:aws:iam::1:user/x", account="1") is NOTHING
    denied = authorization({"AWS": BOB}, "Deny")
    assert authorize(allow, denied, context=context) is DENIED
    assert authorize(allow, denied, context=context, arn=f"arn:aws:iam::{ACCOUNT}:user/eve") is ALLOWED


def test_without_resource_the_policy_is_about_what_it_is_attached_to() -> None:
    for resource in (DOMAIN, SET, None):
        assert authorize(authorization("*"), resource=resource) is ALLOWED
        assert authorize(authorization("*", "Deny"), resource=resource) is DENIED


def test_the_two_kinds_are_not_mixed_up() -> None:
    with pytest.raises(ValueError):
        evaluate([parse_resource_policy(text(authorization("*")))], ask())
    with pytest.raises(ValueError):
        evaluate_resource_policies([parse_policy(text(statement()))], ask())


# What is no policy


def broken(**changes: Any) -> str:
    return text({name: value for name, value in (statement() | changes).items() if value is not ...})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "The policy is not JSON: .*line 1 column 1"),
        ("{", "The policy is not JSON"),
        ('{"Statement": NaN}', "The policy is not JSON"),
        ("[" * 100_000, "The policy is not JSON"),
        ("[]", "The policy must be a JSON object"),
        ('"Allow"', "The policy must be a JSON object"),
        ("{}", "The policy has no Statement"),
        ('{"Statement": []}', "The policy has no Statement"),
        ('{"Statement": ["Allow"]}', "Statement 1 must be a JSON object"),
        ('{"Version": "2012-10-17", "statement": []}', "unknown element statement. Do you mean Statement?"),
        (text(statement(), version="2012-10-18"), 'Version must be "2012-10-17"'),
        ('{"Statement": {"Effect": "Allow", "Effect": "Deny"}}', "Effect is there twice"),
        (text(statement(Sid="A"), statement(Sid="A")), 'Statement 2: the Sid "A" is there twice'),
        (broken(Effect="allow"), 'Statement 1: Effect must be "Allow" or "Deny"'),
        (broken(Effect=...), "Effect must be"),
        (text(statement(), statement("Maybe")), "Statement 2: Effect"),
        (broken(Actions="*"), "unknown element Actions. Do you mean Action?"),
        (broken(Action=...), "Statement 1 has no Action"),
        (broken(NotAction="iam:*"), "both Action and NotAction"),
        (broken(Action=[]), "Action must be a string or a list of strings"),
        (broken(Action={"a": "b"}), "Action must be a string"),
        (broken(Action=[None]), "Action must be a string"),
        (broken(Action="SendEmail"), "SendEmail is no action"),
        (broken(Action="ses:"), "ses: is no action"),
        (broken(Action="ses:Send:Email"), "is no action"),
        (broken(Action="s*:SendEmail"), "is no action"),
        (broken(Resource=...), "Statement 1 has no Resource"),
        (broken(NotResource="*"), "both Resource and NotResource"),
        (broken(Resource="example.com"), "example.com is no resource"),
        (broken(Resource=[]), "Resource must be a string"),
        (broken(Principal="*"), "names no Principal"),
        (broken(NotPrincipal="*"), "names no Principal"),
        (broken(Condition="x"), "Condition must be an object"),
        (broken(Condition={"StringEquals": "x"}), "StringEquals must be an object"),
        (
            broken(Condition={"StringEqual": {}}),
            "no condition operator StringEqual. Do you mean StringEquals?",
        ),
        (broken(Condition={"ForAllValues:StringLik": {}}), "Do you mean StringLike?"),
        (broken(Condition={"ForSomeValues:StringLike": {}}), "no condition operator ForSomeValues"),
        (broken(Condition={":StringLike": {}}), "no condition operator"),
        (broken(Condition={"NotBool": {}}), "no condition operator"),
        (broken(Condition={"NumericNotLessThan": {}}), "no condition operator"),
        (broken(Condition={"NullIfExists": {}}), "no condition operator NullIfExists"),
        (broken(Condition={"IfExists": {}}), "no condition operator IfExists"),
        (broken(Condition={"StringEquals": {"FromAddress": "x"}}), "FromAddress is no condition key"),
        (broken(Condition={"StringEquals": {"ses:A": None}}), "ses:A must be compared with"),
        (broken(Condition={"StringEquals": {"ses:A": ["x", ["y"]]}}), "ses:A must be compared with"),
        (broken(Condition={"StringEquals": {"ses:A": {}}}), "ses:A must be compared with"),
    ],
)
def test_what_is_no_policy(document: str, says: str) -> None:
    with pytest.raises(PolicyProblem, match=says):
        parse_policy(document)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (statement(), "Statement 1 has no Principal"),
        (authorization("*") | {"NotPrincipal": "*"}, "both Principal and NotPrincipal"),
        (authorization(ACCOUNT), "Principal must be a JSON object"),
        (authorization({"aws": ACCOUNT}), "unknown element aws. Do you mean AWS?"),
        (authorization({"AWS": "bob"}), "bob is no account id"),
        (authorization({"AWS": "1234"}), "1234 is no account id"),
        (authorization({"AWS": f"{ACCOUNT}:root"}), "is no account id"),
        (authorization({"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}), "is no account id"),
        (authorization({"AWS": []}), "Principal.AWS must be a string"),
        (authorization("*", Resource="example.com"), "is no resource"),
    ],
)
def test_what_is_no_policy_of_a_resource(given: Statement, says: str) -> None:
    with pytest.raises(PolicyProblem, match=says):
        parse_resource_policy(text(given))


def test_one_statement_needs_no_list() -> None:
    policy = parse_policy(json.dumps({"Id": "x", "Statement": statement(Sid="A")}))
    assert evaluate([policy], ask()) is ALLOWED


def test_a_policy_is_read_once_and_equal_to_itself_only() -> None:
    policy = parse_policy(text(SENDER))
    assert parse_policy(text(SENDER)) is policy
    assert policy != parse_policy(text(statement()))
    assert len({policy, parse_policy(text(SENDER))}) == 1
    with pytest.raises(AttributeError):
        policy.text = "x"  # type: ignore[misc]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_any_json_in_any_place_is_read_or_refused(value: Any) -> None:
    for name in ("Sid", "Effect", "Action", "Resource", "NotResource", "Condition", "Principal"):
        for parse in (parse_policy, parse_resource_policy):
            with suppress(PolicyProblem):
                parse(text(statement() | {name: value}))
    found = ("x", "1", "2024-01-01", "::1", "${x}")
    for operator in ("StringLike", "NumericEquals", "DateEquals", "IpAddress", "BinaryEquals", "ArnLike"):
        with suppress(PolicyProblem):
            decide(statement(Condition={operator: {"ses:A": value}}), context={"ses:A": found})


def test_a_decision_takes_no_time() -> None:
    policy = parse_policy(text(SENDER, statement("Deny", NotAction="ses:Send*")))
    question = ask(context=FROM | {"ses:Recipients": ("a@example.com",), "aws:username": ("bob",)})
    assert evaluate([policy], question) is ALLOWED
    best = min(timeit.repeat(lambda: evaluate([policy], question), number=500, repeat=5)) / 500
    assert best < 200e-6  # 10 µs on an idle machine
