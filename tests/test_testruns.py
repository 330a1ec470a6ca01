from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoints import refusing
from example_runs import result
from example_runs import run as example_run
from sesutil import (
    Account,
    AwsError,
    ConnectorConfig,
    ExecutedRun,
    InvalidParameters,
    PracticeError,
    TestRunFailed,
    TestRunParameters,
    connect,
    load_config,
    plan_run,
    read_inbox,
    run_tests,
)
from sesutil.launching import PracticeEndpoint
from sesutil.testruns.cases import make_cases
from sesutil.testruns.opening import connect_for
from sesutil.testruns.results import RESULT_COLUMNS, TestRun


class FakeTime:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def run(account: Account, config: ConnectorConfig, **given: Any) -> TestRun:
    return run_tests(account, config, TestRunParameters.check(given))


def test_every_type_is_proven(production: PracticeEndpoint, config: ConnectorConfig) -> None:
    done = run(connect(practice=production), config, usage_types=["SignIn", "Register"], code="482913")
    assert [result.outcome for result in done.results] == ["proven", "proven"]
    assert [result.code for result in done.results] == ["482913", "482913"]
    assert done.summary() == "2 of 2 proven (practice, us-east-1)"
    done.raise_for_failures()


def test_production_sends_to_anybody(production: PracticeEndpoint, config: ConnectorConfig) -> None:
    account = connect(practice=production)
    done = run(account, config, usage_types=["SignIn"], recipients=["a@there.org", "b@c.org"])
    assert [result.outcome for result in done.results] == ["proven", "proven"]


def test_what_the_sandbox_refuses(account: Account, config: ConnectorConfig) -> None:
    recipients = ["x@there.org", "success@simulator.amazonses.com"]
    done = run(account, config, usage_types=["SignIn"], recipients=recipients)
    assert [result.outcome for result in done.results] == ["refused", "proven"]
    short = ["x\N{HORIZONTAL ELLIPSIS}@there.org", "success@simulator.amazonses.com"]
    assert list(done.overview_frame()["recipient"]) == short  # which of them it was
    assert list(done.failures_frame()["recipient"]) == short[:1]
    plan = plan_run(account, config, TestRunParameters.check({"recipients": [*recipients, "a@example.com"]}))
    assert plan.unverified == ("x@there.org",)
    assert any(f"SES will refuse mail to {short[0]}: no" in warning for warning in plan.warnings)
    assert done.results[0].error is not None
    assert done.results[0].error.startswith("MessageRejected: Email address is not verified.")
    with pytest.raises(TestRunFailed, match=r"1 of 2 mails failed(.|\n)*x@there.org(.|\n)*Next step"):
        done.raise_for_failures()


def test_a_template_without_its_variable_is_lost(
    production: PracticeEndpoint, document: dict[str, Any]
) -> None:
    document["templates"] = [
        {**item, "content": "<p style='color:#000000'>hi"} for item in document["templates"]
    ]
    account = connect(practice=production)
    done = run(account, load_config(document), usage_types=["SignIn", "OrganizationInvitation"])
    assert [result.outcome for result in done.results] == ["lost", "lost"]
    assert [result.observed for result in done.results] == [
        "delivered, without its code", "delivered, without its link",
    ]  # fmt: skip
    assert done.summary() == "1 of 2 no code, 1 of 2 no link (practice, us-east-1)"
    assert list(done.overview_frame()["outcome"]) == ["no code", "no link"]
    assert done.results[0].next_step == "Put {{code}} into the SignIn template."
    assert done.results[1].next_step == "Put {{link}} into the OrganizationInvitation template."


def test_a_placeholder_that_is_never_closed(production: PracticeEndpoint, document: dict[str, Any]) -> None:
    document["templates"] = [{**item, "content": "<p>{{code}</p>"} for item in document["templates"]]
    done = run(connect(practice=production), load_config(document), usage_types=["SignIn"])
    assert done.results[0].outcome == "lost"
    assert "never closed" in str(done.results[0].next_step)


def test_elsewhere_accepted_is_all_that_is_known(
    production: PracticeEndpoint, document: dict[str, Any]
) -> None:
    document |= {
        "accessKeyId": production.access_key_id,
        "accessKeySecret": production.secret_access_key,
    }
    config = load_config(document)
    done = run(connect(config, endpoint_url=production.endpoint_url), config, usage_types=["SignIn"])
    assert [result.outcome for result in done.results] == ["accepted"]
    assert "not known" in done.results[0].proof


def test_the_frame(account: Account, config: ConnectorConfig) -> None:
    done = run(account, config, usage_types=["SignIn"])
    empty = TestRun("1", "practice", "us-east-1", done.started, done.ended, ())
    for frame in (done.frame(), empty.frame()):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == RESULT_COLUMNS
    assert empty.summary() == "nothing sent (practice, us-east-1)"


def test_the_record(account: Account, config: ConnectorConfig) -> None:
    done = run(account, config, usage_types=["SignIn"])
    record = json.loads(json.dumps(done.record()))
    assert record["ok"] is True
    assert list(record["results"][0]) == list(RESULT_COLUMNS)
    assert TestRun.from_record(record) == done


def test_it_stays_below_the_rate(production: PracticeEndpoint, config: ConnectorConfig) -> None:
    fake = FakeTime()
    parameters = TestRunParameters.check({"usage_types": ["SignIn"], "recipients": ["a@b.org", "c@d.org"]})
    run_tests(connect(practice=production), config, parameters, clock=fake, sleep=fake.sleep)
    assert fake.slept == [pytest.approx(1 / (0.95 * 14))]


def test_the_sandbox_rate_is_kept_for_real(account: Account, config: ConnectorConfig) -> None:
    """Five mails at one a second: without pacing the practice account refuses the third."""
    done = run(account, config, usage_types=["SignIn", "Register", "ForgotPassword", "Generic", "BindMfa"])
    assert [result.outcome for result in done.results] == ["proven"] * 5


def test_a_run_that_would_exceed_the_quota_does_not_begin(account: Account, config: ConnectorConfig) -> None:
    many = [f"a{number}@example.com" for number in range(201)]
    with pytest.raises(InvalidParameters, match="201 recipients"):
        run(account, config, usage_types=["SignIn"], recipients=many)
    assert read_inbox(account) == []


def test_an_account_that_cannot_be_read(config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesutil.account._ATTEMPTS", 1)
    with pytest.raises(AwsError, match="EndpointConnectionError"):
        run(connect(config, endpoint_url=refusing()), config)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"recipient": "x"}, "Do you mean recipients"),
        ({"usage_typs": []}, "Do you mean usage_types?"),
        ({"recipients": []}, "is empty"),
        ({"recipients": [5]}, "list of texts"),
        ({"recipients": ["nobody"]}, "'nobody'"),
        ({"recipients": ["a@b.org\n"]}, "control or whitespace"),
        ({"usage_types": ["Signin"]}, "Do you mean SignIn"),
        ({"code": 12345}, "-r code 012345"),
        ({"code": "12 34"}, "letters and digits"),
        ({"practice": "no"}, "true"),
        ({"profile": "mine"}, "live run"),
        ({"region": 5}, "region"),
    ],
)
def test_parameters_that_make_no_sense(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        TestRunParameters.check(given)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


def test_all_problems_at_once() -> None:
    with pytest.raises(InvalidParameters) as caught:
        TestRunParameters.check({"recipients": ["x"], "usage_types": ["y"], "code": 1, "z": 1})
    assert len(caught.value.problems) == 4


def test_texts_of_a_shell_become_lists() -> None:
    parameters = TestRunParameters.check({"recipients": "a@b.org, c@d.org", "usage_types": "SignIn"})
    cases = make_cases(parameters.usage_types, ("",), parameters.all_recipients)
    assert [(case.usage_type, case.recipient) for case in cases] == [
        ("SignIn", "a@b.org"),
        ("SignIn", "c@d.org"),
    ]


def test_the_names_of_a_notebook() -> None:
    namespace = {"_i": "x", "In": [""], "Out": {}, "open": open, "code": "1234", "practice": False}
    assert TestRunParameters.check_notebook(namespace).code == "1234"
    with pytest.raises(InvalidParameters, match="Do you mean region"):
        TestRunParameters.check_notebook({**namespace, "regoin": "x"})


def test_live_parameters_connect_to_the_configured_endpoint(
    config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert connect_for(TestRunParameters.check({"practice": False}), config).mode == "endpoint"


def test_a_practice_account_that_dies_in_between(
    account: Account, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any) -> None:
        raise PracticeError("gone")

    monkeypatch.setattr("sesutil.testruns.following.watching.read_message", gone)
    done = run(account, config, usage_types=["SignIn"])
    (result,) = done.results
    assert (result.status, result.outcome) == ("sent", "failed")
    assert result.proof == "SES accepted it, and whether it arrived cannot be read: gone"


def test_equal_refusals_are_told_once() -> None:
    each = {"error": "MessageRejected: no", "proof": "Not verified.", "next_step": "Verify it."}
    results = [result("refused", usage_type=kind, **each) for kind in ("SignIn", "Register")]
    done = example_run([results[0], result(usage_type="Generic"), results[1]])
    executed = ExecutedRun(done, Path("a.ipynb"), Path("a.json"), Path("a.jsonl"))
    assert executed.table().splitlines() == [
        "proven   Generic   -  success@simulator.amazonses.com",
        "refused  SignIn    -  success@simulator.amazonses.com",
        "refused  Register  -  success@simulator.amazonses.com",
        "    2 mails: MessageRejected: no",
        "    Not verified.",
        "    Verify it.",
    ]
