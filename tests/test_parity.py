"""The 300 recorded cases: what the real connector did, sesutil does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import HERE
from sesutil import InvalidConfig, TemplateNotFound, build_request, load_config

CASES = [
    json.loads(line) for line in (HERE / "parity" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]


def sesutil_does(case: dict[str, Any]) -> dict[str, Any]:
    message = case["message"]
    try:
        config = load_config(case["config"])
        request = build_request(
            config,
            to=message["to"],
            usage_type=message["type"],
            payload=message["payload"],
            localized=case.get("localizedTemplate"),
        )
    except InvalidConfig as error:
        return {"code": error.code, "issues": error.issues}
    except TemplateNotFound as error:
        return {"code": error.code}
    return {"request": json.loads(json.dumps(request))}


@pytest.mark.parametrize("case", CASES, ids=range(1, len(CASES) + 1))
def test_case(case: dict[str, Any]) -> None:
    expected, done = case["expect"], sesutil_does(case)
    if "request" in expected:
        assert done == {"request": expected["request"]["body"]}
        return
    assert done["code"] == expected["error"]["code"]
    issues = expected["error"].get("issues", [])
    assert {issue.path for issue in done.get("issues", [])} == {tuple(issue["path"]) for issue in issues}
    texts = {issue["message"] for issue in issues if issue["message"].startswith("Template with")}
    assert texts <= {issue.message for issue in done.get("issues", [])}


def test_all_cases_are_there() -> None:
    assert len(CASES) == 300
