"""Runs that are not of the practice account's own mode: by delivery events, and by the connector's key.

The practice account stands in for AWS, as any other endpoint would.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sesutil import (
    Account,
    ConnectorConfig,
    InboxMessage,
    InvalidParameters,
    Practice,
    Project,
    TestRunParameters,
    connect,
    load_config,
    run_tests,
)
from sesutil.changes import carry_out
from sesutil.events.chain import read_chain
from sesutil.events.listening import EventStream
from sesutil.events.planning import plan_events
from sesutil.history.deliveries import kept_events_frame
from sesutil.launching import PracticeEndpoint, practice_folders, read_json_url, stop_practice
from sesutil.practice import serve
from sesutil.testruns.opening import open_run
from sesutil.testruns.results import TestRun
from sesutil.testruns.running import plan_run

TO = "a@there.org"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def practice(endpoint: PracticeEndpoint) -> Iterator[Practice]:
    practice = Practice(endpoint)
    practice.clear()
    yield practice
    practice.remove_faults()


@pytest.fixture
def keyed(document: dict[str, Any], endpoint: PracticeEndpoint) -> ConnectorConfig:
    """The connector's config, with a key of the account."""
    key = {"accessKeyId": endpoint.access_key_id, "accessKeySecret": endpoint.secret_access_key}
    return load_config(document | key)


@pytest.fixture
def account(keyed: ConnectorConfig, endpoint: PracticeEndpoint) -> Account:
    return connect(keyed, endpoint_url=endpoint.endpoint_url)


@pytest.fixture
def heard(account: Account, keyed: ConnectorConfig) -> None:
    """The account publishes delivery events."""
    change = plan_events(account, keyed)
    carry_out(account, change)


def run(account: Account, config: ConnectorConfig, **given: Any) -> TestRun:
    names = ("on_result", "on_sending", "sender")
    more = {name: given.pop(name) for name in names if name in given}
    values = {"practice": False, "usage_types": ["SignIn"], "recipients": [TO], "wait_seconds": 8, **given}
    return run_tests(account, config, TestRunParameters.check(values), **more)


def test_without_events_accepted_is_all_that_is_known(account: Account, keyed: ConnectorConfig) -> None:
    done = run(account, keyed, scenarios=["bounce"])
    assert [result.outcome for result in done.results] == ["accepted", "accepted"]
    assert done.notes[0].startswith("Accepted is all that is known of these mails: the account publishes no")
    assert done.ok


def test_events_that_are_switched_off(account: Account, keyed: ConnectorConfig, heard: None) -> None:
    done = run(account, keyed, events=False)
    assert done.results[0].outcome == "accepted"
    assert "switched off" in done.notes[0]


def test_events_say_what_became_of_each(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    practice.plant_fault("bounce", address="b@there.org")
    done = run(account, keyed, recipients=[TO, "b@there.org"], scenarios=["bounce", "complaint", "success"])
    assert [(one.outcome, one.observed) for one in done.results] == [
        ("proven", "delivered"),
        ("unexpected", "bounced (Permanent/General)"),
        ("proven", "bounced (Permanent/General)"),
        ("proven", "complained (abuse)"),
        ("proven", "delivered"),
    ]
    assert done.results[0].arrival_seconds is not None
    assert done.results[0].code is None  # nobody has read it
    assert "In these two fields they differ from Logto's" in done.notes[0]
    sent = {one.message_id for one in done.results}  # SES itself mails about bounces
    sets = {one.events[0].configuration_set for one in practice.inbox() if one.message_id in sent}
    assert sets == {"sesutil-events"}
    assert plan_run(account, keyed, TestRunParameters.check({"practice": False})).heard.startswith("delivery")


def test_an_event_tells_of_a_mail_whose_answer_was_lost(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    practice.plant_fault("lost-answer", operation="SendEmail", times=1)
    done = run(account, keyed, usage_types=["SignIn", "Register"])
    assert [(one.status, one.outcome, one.attempts) for one in done.results] == [("sent", "proven", 1)] * 2
    assert {one.message_id for one in done.results} == {one.message_id for one in practice.inbox()}


def of_somebody_else(practice: Practice, sent: InboxMessage, configuration_set: str) -> str:
    """Somebody else's mail that looks the same: subject, recipient, set, moment."""
    answer = practice.ses.send_email(
        FromEmailAddress=sent.source,
        Destination={"ToAddresses": list(sent.recipients)},
        Content={"Simple": {"Subject": {"Data": sent.subject}, "Body": {"Text": {"Data": "x"}}}},
        ConfigurationSetName=configuration_set,
    )
    return str(answer["MessageId"])


@pytest.mark.parametrize("kind", ["cut", "lost-answer"])
def test_a_mail_that_only_looks_like_the_lost_one(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None, kind: str
) -> None:
    """In a set of ours the run's mails carry a tag: another's event is never taken for one of theirs."""
    other: list[str] = []

    def on_sending(case: Any) -> None:
        other.append(of_somebody_else(practice, practice.inbox()[0], "sesutil-events"))
        practice.plant_fault(kind, operation="SendEmail", times=1)

    run(account, keyed)  # which shows how such a mail looks
    done = run(account, keyed, wait_seconds=1.5, on_sending=on_sending)
    (result,) = done.results
    if kind == "cut":
        assert (result.status, result.message_id) == ("unknown", None)
        assert other[0] not in result.proof
    else:
        assert (result.status, result.outcome) == ("sent", "proven")
        assert result.message_id not in (None, *other)


def test_without_a_tag_an_event_is_only_a_hint(
    practice: Practice, account: Account, keyed: ConnectorConfig, endpoint: PracticeEndpoint
) -> None:
    """With the connector's own set the request is Logto's to the byte, so that nothing tells mails apart."""
    practice.ses.create_configuration_set(ConfigurationSetName="logto")
    own = keyed.model_copy(update={"configuration_set_name": "logto"})
    carry_out(account, plan_events(account, own))
    practice.plant_fault("lost-answer", operation="SendEmail", times=1)
    to = ["lost@there.org"]
    done = run(account, own, usage_types=["SignIn", "Register"], recipients=to, wait_seconds=1.5)
    assert [(one.status, one.outcome) for one in done.results] == [("unknown", "unknown"), ("sent", "proven")]
    lost = next(one for one in practice.inbox() if one.message_id != done.results[1].message_id)
    proof = done.results[0].proof
    assert "An event tells of such a mail at 20" in proof
    assert f"({lost.message_id}); it may be this one." in proof
    assert done.results[0].message_id is None
    raw = read_json_url(f"{endpoint.endpoint_url}/_aws/ses")["messages"]
    assert [one["Tags"] for one in raw] == [[], []]
    chain = read_chain(account, own)
    assert chain is not None
    stream = EventStream(account, chain, wanted=lambda event: event.message_id == lost.message_id)
    assert next(stream.events(timeout=5), None)  # it may be another's, so it was left in the queue


def test_a_mail_that_no_event_tells_of_stays_unknown(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    practice.plant_fault("cut", operation="SendEmail", times=1)
    same = ["BindMfa", "MfaVerification"]  # by one template, to one address: the other's event is not its own
    done = run(account, keyed, usage_types=same, wait_seconds=2)
    assert [(one.status, one.outcome) for one in done.results] == [("unknown", "unknown"), ("sent", "proven")]
    assert len(practice.inbox()) == 1


def test_an_event_that_never_comes(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    practice.plant_fault("event-lost", address=TO)
    done = run(account, keyed, wait_seconds=1.5)
    assert (done.results[0].status, done.results[0].outcome) == ("sent", "lost")
    assert "no event said what became of it" in done.results[0].proof


def test_two_runs_share_one_queue(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    done: list[TestRun] = []
    threads = [
        threading.Thread(target=lambda to=to: done.append(run(account, keyed, recipients=[to])))
        for to in ("one@there.org", "two@there.org")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.results[0].outcome for one in done] == ["proven", "proven"]


def test_a_queue_that_never_answers_is_not_waited_for_longer(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    practice.plant_fault("throttle", operation="ReceiveMessage")
    polled: list[float] = []

    class Counted(EventStream):
        def poll(self, *about: Any, **more: Any) -> Any:
            polled.append(1)
            return super().poll(*about, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sesutil.testruns.following.hearing.EventStream", Counted)
        done = run(account.once(), keyed, wait_seconds=0.3)
    assert [(one.status, one.outcome) for one in done.results] == [("sent", "accepted")]
    assert "can no longer be read" in done.summary()
    assert len(polled) < 10


def test_events_that_a_run_heard_are_kept_in_the_history(
    tmp_path: Path, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    parameters = TestRunParameters.check(
        {"practice": False, "usage_types": ["SignIn"], "languages": [""], "recipients": [TO]}
    )
    project = Project(tmp_path, keyed)
    done = run_tests(account, keyed, parameters, project=project)
    frame = kept_events_frame(tmp_path)
    assert {"Send", "Delivery"} <= set(frame["kind"])
    assert set(frame["message_id"]) == {done.results[0].message_id}
    assert set(frame["usage_type"]) == {"SignIn"}
    assert set(frame["mode"]) == {"endpoint"}
    run_tests(account, keyed, replace(parameters, history=False), project=project)
    assert len(kept_events_frame(tmp_path)) == len(frame)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "runs").write_text("no folder")
    noted = run_tests(account, keyed, parameters, project=Project(tmp_path / "bare", keyed))
    assert noted.ok
    assert any("not in the history" in note for note in noted.notes)


def test_a_queue_that_goes_away_in_between(
    practice: Practice, account: Account, keyed: ConnectorConfig, heard: None
) -> None:
    chain = read_chain(account, keyed)
    assert chain is not None

    def gone(case: Any) -> None:
        account.client("sqs").delete_queue(QueueUrl=chain.queue_url)

    done = run(account, keyed, on_sending=gone)
    assert (done.results[0].status, done.results[0].outcome) == ("sent", "accepted")
    assert "can no longer be read" in done.results[0].proof
    assert any("can no longer be read" in note for note in done.notes)
    assert done.ok
    assert done.summary().startswith(
        "1 of 1 accepted (endpoint, us-east-1). The delivery events can no longer"
    )
    assert done.summary().endswith("So accepted is all that is known.")
    assert len(practice.inbox()) == 1


# -- who signs, and which account is read ---------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SESUTIL_PROJECT", str(tmp_path))
    yield tmp_path
    for place in practice_folders(tmp_path):
        stop_practice(place)


def check(**given: Any) -> TestRunParameters:
    return TestRunParameters.check({"practice": False, **given})


def in_environment(monkeypatch: pytest.MonkeyPatch, endpoint: PracticeEndpoint, *, key: bool) -> None:
    for name, value in endpoint.environment().items():
        if key or "KEY" not in name:
            monkeypatch.setenv(name, value)


def test_without_a_project_it_is_the_starter_in_practice(folder: Path) -> None:
    setup = open_run(TestRunParameters.check({}))
    assert (setup.account.mode, setup.sender) == ("practice", setup.account)
    plan = setup.plan()
    assert (plan.mails, plan.languages, plan.problems) == (18, 2, ())
    done = open_run(TestRunParameters.check({"usage_types": ["SignIn"], "preset": "production"})).run()
    assert [(one.language, one.outcome) for one in done.results] == [("", "proven"), ("de", "proven")]


@pytest.mark.parametrize(
    ("signer", "own_key", "read_by", "signed_by"),
    [
        ("", False, "connector", "connector"),
        ("", True, "yours", "connector"),
        ("connector", True, "yours", "connector"),
        ("account", True, "yours", "yours"),
    ],
)
def test_who_signs_a_live_run(
    folder: Path,
    document: dict[str, Any],
    endpoint: PracticeEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    signer: str,
    own_key: bool,
    read_by: str,
    signed_by: str,
) -> None:
    made = Practice(endpoint).client("iam").create_access_key(UserName="sesutil-practice")["AccessKey"]
    try:
        keys = {made["AccessKeyId"]: "connector", endpoint.access_key_id: "yours"}
        document |= {"accessKeyId": made["AccessKeyId"], "accessKeySecret": made["SecretAccessKey"]}
        (folder / "connector.json").write_text(json.dumps(document))
        in_environment(monkeypatch, endpoint, key=own_key)
        setup = open_run(check(signer=signer, usage_types=["SignIn"], events=False))
        for account, expected in ((setup.account, read_by), (setup.sender, signed_by)):
            credentials = account.credentials()
            assert credentials is not None
            assert keys[credentials.access_key_id] == expected
        assert setup.plan().signer.startswith("the connector" if signed_by == "connector" else "your own")
        assert setup.run().ok
    finally:
        iam = Practice(endpoint).client("iam")
        iam.delete_access_key(UserName="sesutil-practice", AccessKeyId=made["AccessKeyId"])


def test_credentials_of_another_account_do_not_read_it(
    folder: Path, document: dict[str, Any], endpoint: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here they are not known at all, which is the same: nobody can say that they are of that account."""
    document |= {"accessKeyId": endpoint.access_key_id, "accessKeySecret": endpoint.secret_access_key}
    (folder / "connector.json").write_text(json.dumps(document))
    in_environment(monkeypatch, endpoint, key=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x" * 40)
    credentials = open_run(check()).account.credentials()
    assert credentials is not None
    assert credentials.access_key_id == endpoint.access_key_id


def test_a_connector_without_a_key_cannot_sign(
    folder: Path, document: dict[str, Any], endpoint: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    del document["accessKeyId"], document["accessKeySecret"]
    (folder / "connector.json").write_text(json.dumps(document))
    in_environment(monkeypatch, endpoint, key=True)
    assert open_run(check()).sender.credentials() is not None
    with pytest.raises(InvalidParameters, match="no access key"):
        open_run(check(signer="connector"))
