"""What goes wrong in a run: whatever it is, each mail is accounted for, and none is sent twice.

Each scenario is a row: what happens before which mail (0: before the run), what is certain of each of the
four mails then (s sent, r refused, u unknown, n not sent), what the run says, and what is certain once
everything is well again and the run is gone on with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from run_bench import BENCH_TYPES, Act, Bench, Kind, judge_run, opened_bench, said
from sesutil import InvalidParameters
from sesutil.events.chain import CHAIN_NAME

SEND, RECEIVE = "SendEmail", "ReceiveMessage"


@dataclass(frozen=True)
class Scenario:
    """`acts` by the number of the mail before which they happen. `after`: the statuses once the run was gone
    on with, "" where they stay; `says`: a part of what the run says."""

    name: str
    acts: Mapping[int, Act]
    statuses: str
    stopped: str = ""
    says: str = ""
    after: str = "ssss"
    outcomes: str = ""
    kind: Kind = "practice"
    given: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 3


def fault(kind: str, operation: str | None = SEND, **more: Any) -> Act:
    return lambda bench: bench.practice.plant_fault(kind, operation=operation, **more)


def of_mail(kind: str, **more: Any) -> Act:
    """A fault of a delivery, or of an event."""
    return lambda bench: bench.practice.plant_fault(kind, **more)


def both(*acts: Act) -> Act:
    return lambda bench: [act(bench) for act in acts]


def later(seconds: float) -> Act:
    """The run takes its time: so many seconds pass for its pace and its guard."""
    return lambda bench: bench.time.sleep(seconds)


def others_send(number: int, **more: Any) -> Act:
    def act(bench: Bench) -> None:
        for _ in range(number):
            bench.practice.ses.send_email(
                FromEmailAddress="other@example.com",
                Destination={"ToAddresses": ["b@there.org"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
                **more,
            )

    return act


def back_at_the_first_pause(bench: Bench) -> None:
    """The practice account is gone, and back when the run has waited once."""
    bench.kill()
    bench.time.on_sleep = lambda seconds: bench.start()


def key_of_a_user(bench: Bench) -> tuple[Any, str]:
    iam = bench.practice.client("iam")
    iam.create_user(UserName="logto")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    iam.put_user_policy(UserName="logto", PolicyName="all", PolicyDocument=policy)
    made = iam.create_access_key(UserName="logto")["AccessKey"]
    bench.sender = bench.account.signed_by(made["AccessKeyId"], made["SecretAccessKey"])
    return iam, made["AccessKeyId"]


def wrong_key(bench: Bench) -> None:
    bench.sender = bench.account.signed_by("AKIAEXAMPLE", "not-the-secret")


def wrong_secret(bench: Bench) -> None:
    bench.sender = bench.account.signed_by(bench.endpoint.access_key_id, "not-the-secret")


def key_switched_off(bench: Bench) -> None:
    iam = bench.practice.client("iam")
    (key,) = iam.list_access_keys(UserName="logto")["AccessKeyMetadata"]
    iam.update_access_key(UserName="logto", AccessKeyId=key["AccessKeyId"], Status="Inactive")


def queue_gone(bench: Bench) -> None:
    sqs = bench.account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=CHAIN_NAME)["QueueUrl"])


def topic_gone(bench: Bench) -> None:
    sns = bench.account.client("sns")
    for topic in sns.list_topics()["Topics"]:
        sns.delete_topic(TopicArn=topic["TopicArn"])


def set_gone(bench: Bench) -> None:
    bench.account.ses.delete_configuration_set(ConfigurationSetName=CHAIN_NAME)


def domain_gone(bench: Bench) -> None:
    bench.practice.ses.delete_email_identity(EmailIdentity="example.com")


SHORT: dict[str, Any] = {"wait_seconds": 0.5}
FIVE_LEFT: dict[str, Any] = {"quota_reserve": 50_000 - 5}
SHUT = lambda bench: bench.practice.enforce("SHUTDOWN")  # noqa: E731

OF_SENDS = [
    Scenario("nothing", {}, "ssss", outcomes="proven " * 4),
    Scenario("throttled once", {2: fault("throttle", times=1)}, "ssss", says="too fast"),
    Scenario("throttled five times", {2: fault("throttle", times=5)}, "ssss", says="said 5 times"),
    Scenario("throttled for ever", {3: fault("throttle")}, "ssrn", "per second"),
    Scenario("throttled from the first", {0: fault("throttle")}, "rnnn", "per second"),
    Scenario("quota used up", {0: fault("quota")}, "rnnn", "24 hours"),
    Scenario("quota used up in mid-run", {3: fault("quota")}, "ssrn", "24 hours"),
    Scenario("paused in mid-run", {2: fault("pause")}, "srnn", "paused"),
    Scenario("shut down before", {0: SHUT}, "rnnn", "paused"),
    Scenario("shut down in mid-run", {4: SHUT}, "sssr", "paused"),
    Scenario("sending denied", {0: fault("deny")}, "rnnn", "SendEmail"),
    Scenario("sending denied in mid-run", {3: fault("deny")}, "ssrn", "SendEmail"),
    Scenario("clock skewed", {2: fault("skew", times=1)}, "srnn", "clock"),
    Scenario("wrong key", {0: wrong_key}, "rnnn", "key"),
    Scenario("wrong secret", {0: wrong_secret}, "rnnn", "secret"),
    Scenario("key switched off in mid-run", {0: key_of_a_user, 3: key_switched_off}, "ssrn", "key"),
    Scenario("domain gone in mid-run", {3: domain_gone}, "ssrn", "verified"),
    Scenario("error of SES", {2: fault("error", times=1)}, "srss", says="not in the inbox"),
    Scenario("cut once", {3: fault("cut", times=1)}, "ssrs", says="not in the inbox"),
    Scenario("cut for ever", {0: fault("cut")}, "rrrr", says="not in the inbox"),
    Scenario("answer lost", {1: fault("lost-answer", times=1)}, "ssss", says="No answer came, but it"),
    Scenario("each answer lost", {0: fault("lost-answer")}, "ssss", says="No answer came, but it"),
    Scenario("answer garbled", {4: fault("garbled", times=1)}, "ssss", says="No answer came, but it"),
    Scenario(
        "answers later than anybody waits",
        {0: Bench.impatient, 2: fault("slow", times=1, seconds=1.5)},
        "ssss",
        says="No answer came, but it",
    ),
    Scenario("the account gone and back", {3: back_at_the_first_pause}, "ssss"),
    Scenario(
        "the account gone", {3: Bench.kill}, "ssrn", "answer", outcomes="failed failed refused not-sent"
    ),
]


OF_THE_ACCOUNT = [
    Scenario("GetAccount denied", {0: fault("deny", "GetAccount")}, "ssss", says="may not read the account"),
    Scenario(
        "GetAccount denied in mid-run",
        {2: both(fault("deny", "GetAccount"), later(40))},
        "ssss",
        says="nothing guarded",
    ),
    Scenario(
        "GetAccount throttled in mid-run", {2: both(fault("throttle", "GetAccount"), later(40))}, "ssss"
    ),
    Scenario("GetAccount fails in mid-run", {2: both(fault("error", "GetAccount"), later(40))}, "ssss"),
    Scenario(
        "others use the quota",
        {2: both(others_send(3), later(40))},
        "ssnn",
        "kept free for real users",
        after="refused",
        given=FIVE_LEFT,
    ),
]

OF_DELIVERIES = [
    Scenario("bounce", {2: of_mail("bounce", times=1)}, "ssss", outcomes="proven unexpected proven proven"),
    Scenario(
        "full mailbox",
        {0: of_mail("soft-bounce", times=1)},
        "ssss",
        says="on its way still",
        outcomes="lost proven proven proven",
        given=SHORT,
    ),
    Scenario("complaint", {4: of_mail("complaint", times=1)}, "ssss", outcomes="proven " * 4),
    Scenario(
        "late", {3: of_mail("delay", times=1)}, "ssss", outcomes="proven proven lost proven", given=SHORT
    ),
    Scenario(
        "late, and in time",
        {3: of_mail("delay", times=1, seconds=0.5)},
        "ssss",
        outcomes="proven " * 4,
    ),
    Scenario(
        "the simulator",
        {},
        "sssss",
        outcomes="proven " * 5,
        after="sssss",
        given={
            "recipients": [],
            "usage_types": ["SignIn"],
            "scenarios": ["success", "bounce", "complaint", "ooto", "suppressionlist"],
        },
    ),
    Scenario(
        "the simulator, and no answers",
        {0: fault("lost-answer")},
        "sss",
        outcomes="proven " * 3,
        after="sss",
        given={"usage_types": ["SignIn"], "scenarios": ["bounce", "complaint"]},
    ),
    Scenario(
        "one code for all, and no answers",
        {0: fault("lost-answer")},
        "ssss",
        outcomes="proven " * 4,
        given={"code": "482913"},
    ),
    Scenario(
        "one code for all, and one cut",
        {2: fault("cut", times=1)},
        "srss",
        given={"code": "482913"},
    ),
    Scenario(
        "a name beside the address",
        {0: fault("lost-answer")},
        "ss",
        after="ss",
        given={"recipients": ["Ada <Ada@There.org>"], "usage_types": ["SignIn", "Register"]},
    ),
]

KNOWN_TO_NOBODY = "Nobody knows"
BLIND = [
    Scenario(
        "nothing (blind)", {}, "ssss", says="no delivery events", outcomes="accepted " * 4, kind="blind"
    ),
    Scenario(
        "throttled (blind)",
        {2: fault("throttle", times=2)},
        "ssss",
        kind="blind",
        given=SHORT,
    ),
    *(
        Scenario(
            f"{kind} (blind)",
            {2: fault(kind, times=1)},
            "suss",
            says=KNOWN_TO_NOBODY,
            after="suss",
            kind="blind",
            given=SHORT,
        )
        for kind in ("cut", "lost-answer", "garbled", "error")
    ),
    Scenario(
        "late answer (blind)",
        {0: Bench.impatient, 2: fault("slow", times=1, seconds=1.5)},
        "suss",
        says=KNOWN_TO_NOBODY,
        after="suss",
        kind="blind",
    ),
    Scenario(
        "silence (blind)",
        {0: fault("cut")},
        "uuuuun",
        "5 mails in a row",
        after="uuuuus",
        kind="blind",
        given={"recipients": ["a@there.org", "b@there.org"], "usage_types": list(BENCH_TYPES[:3])},
    ),
    Scenario("paused (blind)", {3: fault("pause")}, "ssrn", "paused", kind="blind"),
    Scenario("gone (blind)", {3: Bench.kill}, "ssrn", "answer", kind="blind"),
]

EVENTS = [
    Scenario("nothing (events)", {}, "ssss", outcomes="proven " * 4, kind="events"),
    Scenario("bounce (events)", {2: of_mail("bounce", times=1)}, "ssss", says="bounced", kind="events"),
    *(
        Scenario(
            f"{kind} (events)",
            {2: fault(kind, times=1)},
            "ssss",
            says="No answer came, but it was sent.",
            outcomes="proven " * 4,
            kind="events",
        )
        for kind in ("lost-answer", "garbled")
    ),
    *(
        Scenario(
            f"{kind} (events)",
            {2: fault(kind, times=1)},
            "suss",
            says=KNOWN_TO_NOBODY,
            after="suss",
            kind="events",
            given=SHORT,
        )
        for kind in ("cut", "error")
    ),
    Scenario(
        "another's mail (events)",
        {2: fault("cut", times=1), 3: others_send(1, ConfigurationSetName=CHAIN_NAME)},
        "suss",
        says=KNOWN_TO_NOBODY,
        after="suss",
        kind="events",
        given=SHORT,
    ),
    Scenario("no queue (events)", {0: queue_gone}, "ssss", says="missing: the queue", kind="events"),
    Scenario("no topic (events)", {0: topic_gone}, "ssss", says="missing: the topic", kind="events"),
    Scenario(
        "queue gone in mid-run (events)", {3: queue_gone}, "ssss", says="can no longer be read", kind="events"
    ),
    Scenario(
        "topic gone in mid-run (events)",
        {3: topic_gone},
        "ssss",
        says="no event said",
        kind="events",
        given=SHORT,
    ),
    Scenario("set gone in mid-run (events)", {3: set_gone}, "ssrn", "onfiguration set", kind="events"),
    Scenario(
        "an event lost (events)",
        {0: of_mail("event-lost", event="Delivery", times=1)},
        "ssss",
        says="no event said",
        kind="events",
        given=SHORT,
    ),
    Scenario(
        "all events lost (events)",
        {0: both(of_mail("event-lost"), fault("lost-answer", times=1))},
        "usss",
        says=KNOWN_TO_NOBODY,
        after="usss",
        kind="events",
        given=SHORT,
    ),
    Scenario(
        "events twice (events)",
        {0: of_mail("event-twice")},
        "ssss",
        outcomes="proven " * 4,
        kind="events",
    ),
    Scenario(
        "an event late (events)",
        {0: of_mail("event-late", event="Send", times=2, seconds=1)},
        "ssss",
        outcomes="proven " * 4,
        kind="events",
    ),
    Scenario(
        "ReceiveMessage throttled (events)", {0: fault("throttle", RECEIVE, times=3)}, "ssss", kind="events"
    ),
    Scenario(
        "ReceiveMessage throttled for ever (events)",
        {0: fault("throttle", RECEIVE)},
        "ssss",
        says="can no longer be read",
        kind="events",
        given=SHORT,
        attempts=1,
    ),
    Scenario(
        "ReceiveMessage denied (events)",
        {0: fault("deny", RECEIVE)},
        "ssss",
        says="can no longer be read",
        kind="events",
    ),
    Scenario(
        "ReceiveMessage garbled (events)", {0: fault("garbled", RECEIVE)}, "ssss", kind="events", given=SHORT
    ),
    Scenario(
        "messages stay (events)", {0: fault("deny", "DeleteMessageBatch")}, "ssss", kind="events", given=SHORT
    ),
    Scenario(
        "switched off (events)", {}, "ssss", says="switched off", kind="events", given={"events": False}
    ),
]


def tried(scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesutil.account._ATTEMPTS", scenario.attempts)
    with opened_bench(folder, scenario.kind) as bench:
        unknown = "u" in scenario.statuses
        run = bench.run(scenario.acts, **scenario.given)
        well_again(bench)
        assert judge_run(run, bench.inbox(), bench.journal, unknown=unknown) == scenario.statuses
        if scenario.outcomes:
            assert [one.outcome.replace(" ", "-") for one in run.results] == scenario.outcomes.split()
        assert bool(run.stopped) == bool(scenario.stopped), run.stopped
        assert scenario.stopped.casefold() in run.stopped.casefold()
        assert scenario.says in said(run)
        if scenario.after == "refused":
            with pytest.raises(InvalidParameters):
                bench.run(resume=True, **scenario.given)
            return
        again = bench.run(resume=True, **scenario.given)
        assert judge_run(again, bench.inbox(), bench.journal, unknown=unknown) == scenario.after
        for one, other in zip(run.results, again.results, strict=True):
            assert one.message_id in (None, other.message_id)


def well_again(bench: Bench) -> None:
    bench.time.on_sleep = lambda seconds: None
    bench.start()
    bench.practice.remove_faults()
    bench.practice.enforce("HEALTHY")
    bench.practice.verify("example.com")
    bench.sender = None


ALL = (*OF_SENDS, *OF_THE_ACCOUNT, *OF_DELIVERIES, *BLIND, *EVENTS)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_fault(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(scenario, tmp_path, monkeypatch)
