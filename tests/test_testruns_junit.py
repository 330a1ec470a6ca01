"""JUnit XML: held against the rules that the readers' schemas have in common, and against the run."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SECRET
from example_runs import OUTCOMES, every_outcome, result, run
from sesutil.testruns.junit import AS_JUNIT, junit_xml
from sesutil.testruns.results import TestRun

TOKEN = re.compile(r"\S+( \S+)*")
COUNT, DECIMAL = re.compile(r"\d+"), re.compile(r"\d+(\.\d+)?")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
SUITE = {
    "name": TOKEN, "tests": COUNT, "failures": COUNT, "errors": COUNT, "skipped": COUNT, "time": DECIMAL,
    "timestamp": TIMESTAMP, "hostname": TOKEN, "id": COUNT, "package": TOKEN,
}  # fmt: skip
CASE = {"classname": TOKEN, "name": TOKEN, "time": DECIMAL}


def attributes(element: Element, rules: dict[str, re.Pattern[str]]) -> None:
    assert set(element.attrib) == set(rules), element.tag
    for name, rule in rules.items():
        assert rule.fullmatch(element.attrib[name]), f"{element.tag} {name}={element.attrib[name]!r}"


def check(text: str) -> list[Element]:
    """The rules of Jenkins' xUnit schema and of Ant's, where both can be kept. Returns the suites."""
    root = fromstring(text.encode())
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        attributes(suite, SUITE)
        assert suite.get("id") == str(number)
        tags = [child.tag for child in suite]
        cases = [child for child in suite if child.tag == "testcase"]
        assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
        for each in suite[0]:
            assert each.tag == "property"
            attributes(each, {"name": TOKEN, "value": TOKEN})
        for case in cases:
            attributes(case, CASE)
            assert len(case) <= 1
            for held in case:
                assert held.tag in ("failure", "error", "skipped")
                rules = {"message": TOKEN} if held.tag == "skipped" else {"type": TOKEN, "message": TOKEN}
                attributes(held, rules)
        held = [child.tag for case in cases for child in case]
        counted = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
        assert counted == {
            "tests": len(cases),
            "failures": held.count("failure"),
            "errors": held.count("error"),
            "skipped": held.count("skipped"),
        }
    keys = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(keys) == len(set(keys))  # GitLab takes two of the same for one
    return list(root)


def test_every_outcome_is_what_it_is_for_ci() -> None:
    (suite,) = check(junit_xml(every_outcome()))
    cases = {case.get("classname"): case for case in suite.iter("testcase")}
    assert set(AS_JUNIT) == set(OUTCOMES)
    for number, outcome in enumerate(OUTCOMES):
        case = cases[f"Type{number}"]
        assert [child.tag for child in case] == ([AS_JUNIT[outcome]] if AS_JUNIT[outcome] else []), outcome
        assert case.get("name") == "in de to success@simulator.amazonses.com"
    failure = cases["Type2"][0]
    assert failure.attrib == {"type": "refused", "message": "MessageRejected: said no"}
    assert failure.text == (
        "MessageRejected: said no\nThis is why it is refused.\nNext step: Verify the address."
    )
    assert "Observed: delivered; expected: delivered." in (cases["Type4"][0].text or "")
    facts = {each.get("name"): each.get("value") for each in suite[0]}
    assert facts == {
        "mode": "practice", "region": "us-east-1", "sesutil": facts["sesutil"], "run": every_outcome().id,
    }  # fmt: skip
    assert suite.get("timestamp") == "2026-11-25T02:00:03"


def test_times_are_those_of_the_arrival_else_of_the_call() -> None:
    (suite,) = check(
        junit_xml(
            run(
                [
                    result(usage_type="A", arrival_seconds=1.25),
                    result("accepted", usage_type="B", seconds=0.052),
                    result("not sent", usage_type="C"),
                    result("accepted", usage_type="D", seconds=float("nan")),
                    result("accepted", usage_type="E", seconds=1e-9),
                    result("accepted", usage_type="F", seconds=float("inf")),
                ]
            )
        )
    )
    times = [case.get("time") for case in suite.iter("testcase")]
    assert times == ["42.000", "1.250", "0.052", *["0.000"] * 4]  # the run's own case is the first
    assert suite.get("time") == "42.000"


@pytest.mark.parametrize(
    ("ended", "cases", "kind"),
    [
        (run([result()], stopped="Stopped by Ctrl-C."), 2, "stopped"),
        (run([], stopped="The account is paused."), 1, "stopped"),
        (run([result(), result("not sent", usage_type="Register")]), 3, "not sent"),
    ],
)
def test_a_run_that_failed_is_red_also_when_no_mail_says_so(ended: TestRun, cases: int, kind: str) -> None:
    (suite,) = check(junit_xml(ended))
    assert not ended.ok
    assert suite.get("tests") == str(cases)
    own = suite.find("testcase")
    assert own is not None
    assert (own.get("classname"), own[0].tag, own[0].get("type")) == ("TestRun", "failure", kind)


def test_a_run_that_went_well_and_an_empty_one_have_no_case_of_their_own() -> None:
    suites = check(junit_xml([run([result()], name="a"), run([], name="b")]))
    assert [suite.get("tests") for suite in suites] == ["1", "0"]
    assert check(junit_xml([])) == []


def test_cases_of_several_runs_are_told_apart() -> None:
    same = [result(), result()]  # even the same mail twice
    suites = check(
        junit_xml(
            [run(same, name="nightly"), run(same, name="nightly", id="b"), run(same, region="eu-west-1")]
        )
    )
    assert [suite.get("name") for suite in suites] == [
        "nightly 20261125T020003Z-a1b2c3",
        "nightly b",
        "practice eu-west-1",
    ]
    names = [case.get("classname") for case in suites[2].iter("testcase")]
    assert names == ["practice eu-west-1.SignIn"] * 2


def test_no_code_and_no_secret() -> None:
    told = f"The key AKIAIOSFODNN7EXAMPLE and {SECRET}, and my short one: hunter2. Code 482913."
    text = junit_xml(
        run(
            [result("lost", code="482913", error=told, proof=told, next_step=told)],
            stopped=told.replace("482913", ""),
            notes=(told.replace("482913", ""),),
        ),
        secrets=["hunter2"],
    )
    check(text)
    for hidden in ("AKIAIOSFODNN7EXAMPLE", SECRET, "hunter2", "482913"):
        assert hidden not in text


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(min_size=1))
def test_any_text_gives_a_document_that_is_whole(one: str, other: str) -> None:
    hostile = run(
        [
            result(
                "refused", usage_type=f"T{other}", language=one, recipient=f"r{other}", error=one, proof=other
            ),
            result("not sent", proof=one),
            result("lost", proof="", message_id=one or None),
        ],
        name=one,
        stopped=other,
        notes=(one, other),
    )
    check(junit_xml([hostile, run([], id="b", region=f"r{one}")]))
