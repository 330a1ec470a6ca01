"""Runs as JUnit XML, as the readers of GitHub, GitLab and Jenkins take it.

There is no one standard. What is written here keeps to what the schema of Jenkins' xUnit plugin and that of
Ant have in common: no attributes on `testsuites`, times without a zone (they are UTC), `properties`
first and `system-out`, `system-err` last.
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
https://github.com/windyroad/JUnit-Schema/blob/master/JUnit.xsd
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sesutil.testruns.redacting import clean, codes_in, without_codes, without_secrets, without_secrets_in
from sesutil.testruns.results import Outcome, TestResult, TestRun

__all__ = ["AS_JUNIT", "junit_xml"]

AS_JUNIT: dict[Outcome, str] = {
    "proven": "",
    "accepted": "",
    "refused": "failure",
    "lost": "failure",
    "unexpected": "failure",
    "unknown": "error",
    "failed": "error",
    "not sent": "skipped",
}
"""What a test case of each outcome holds; nothing where it passed."""

_RUN = "TestRun"


def junit_xml(runs: TestRun | Sequence[TestRun], *, secrets: Collection[str] = ()) -> str:
    """The runs as a JUnit XML document: a test suite for each, a test case for each mail.

    classname is the usage type, name the language and the recipient, time the seconds from the send to
    the arrival where that is known, else those of the call. With several runs the classname begins with
    the run, since GitLab takes two cases of the same classname and name for one.

    A run that ended early, or that failed only by mails that were not sent, has one test case more, which
    fails: whatever makes a run fail is red in CI. Codes are not in it, secrets (`secrets`, and what looks
    like one) are masked. Recipients are whole, since they tell test cases apart: do not publish it.
    """
    several = (runs,) if isinstance(runs, TestRun) else tuple(runs)
    labels = _labels(several)
    root = Element("testsuites")
    for number, (run, label) in enumerate(zip(several, labels, strict=True)):
        _suite(root, number, without_secrets_in(run, secrets), label, f"{label}." if len(several) > 1 else "")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _labels(runs: Sequence[TestRun]) -> list[str]:
    """What to call each run: by its name, else by where it was; with its id where that is another's, too."""
    labels = [(_token(run.name) or _token(f"{run.mode} {run.region}")).replace(".", "_") for run in runs]
    taken = Counter(labels)
    return [
        f"{label} {_token(run.id)}" if taken[label] > 1 else label
        for label, run in zip(labels, runs, strict=True)
    ]


def _suite(root: Element, number: int, run: TestRun, label: str, prefix: str) -> None:
    from sesutil import __version__

    kinds = Counter(AS_JUNIT[result.outcome] for result in run.results)
    codes = codes_in([run])
    own = without_codes(_own_problem(run, kinds), codes)
    suite = SubElement(
        root,
        "testsuite",
        {
            "name": label,
            "tests": str(len(run.results) + bool(own)),
            "failures": str(kinds["failure"] + bool(own)),
            "errors": str(kinds["error"]),
            "skipped": str(kinds["skipped"]),
            "time": _seconds(run.seconds),
            "timestamp": f"{run.started.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "hostname": "localhost",  # what Ant's schema wants where the name is not told
            "id": str(number),
            "package": "sesutil",
        },
    )
    properties = SubElement(suite, "properties")
    facts = {"mode": run.mode, "region": run.region, "sesutil": __version__, "run": run.id, "name": run.name}
    for name, value in facts.items():
        if token := _token(value):
            SubElement(properties, "property", {"name": name, "value": token})
    if own:
        case = SubElement(
            suite,
            "testcase",
            {"classname": f"{prefix}{_RUN}", "name": "runs to its end", "time": _seconds(run.seconds)},
        )
        _held(case, "failure", "stopped" if run.stopped else "not sent", own, own)
    seen: Counter[tuple[str, str]] = Counter()
    for result in run.results:
        _case(suite, result, prefix, seen, codes)
    SubElement(suite, "system-out").text = without_codes(
        "\n".join([without_secrets(run.summary()), *run.notes]), codes
    )
    SubElement(suite, "system-err")


def _own_problem(run: TestRun, kinds: Counter[str]) -> str:
    """What is wrong with the run as a whole, "" where its mails tell it all."""
    if run.stopped:
        return run.stopped
    if not run.ok and not kinds["failure"] and not kinds["error"]:
        return f"{kinds['skipped']} of {len(run.results)} mails were not sent."
    return ""


def _case(
    suite: Element,
    result: TestResult,
    prefix: str,
    seen: Counter[tuple[str, str]],
    codes: re.Pattern[str] | None,
) -> None:
    name = _token(
        f"in {result.language} to {result.recipient}" if result.language else f"to {result.recipient}"
    )
    key = (result.usage_type, name)
    seen[key] += 1
    if seen[key] > 1:
        name = f"{name} ({seen[key]})"
    taken = result.arrival_seconds if result.arrival_seconds is not None else result.seconds
    case = SubElement(
        suite,
        "testcase",
        {"classname": prefix + _token(result.usage_type), "name": name, "time": _seconds(taken)},
    )
    kind = AS_JUNIT[result.outcome]
    if kind == "skipped":
        SubElement(case, "skipped", {"message": _token(without_codes(result.proof, codes)) or "not sent"})
    elif kind:
        step = f"Next step: {result.next_step}" if result.next_step else ""
        seen_as = f"Observed: {result.observed}; expected: {result.expected}." if result.observed else ""
        mail = f"Message ID: {clean(result.message_id)}" if result.message_id else ""
        parts = [result.error or "", result.proof, seen_as, step, mail]
        _held(
            case,
            kind,
            result.outcome,
            without_codes(result.error or result.proof, codes),
            "\n".join(without_codes(part, codes) for part in parts if part),
        )


def _held(case: Element, kind: str, what: str, message: str, text: str) -> None:
    lines = message.strip().splitlines() or [""]
    SubElement(case, kind, {"type": what, "message": _token(lines[0]) or what}).text = text


def _token(text: str) -> str:
    """A text for an attribute: cleaned, and on one line, as the schemas' `token` is."""
    return " ".join(clean(text).split())


def _seconds(seconds: float | None) -> str:
    known = seconds is not None and math.isfinite(seconds) and seconds > 0
    return f"{seconds:.3f}" if known else "0.000"  # a decimal: no exponent, no sign
