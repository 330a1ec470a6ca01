"""What a planted fault does to a call to SNS or SQS, and to an event on its way to the topics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError

from practice_chain import SIMULATOR, Chain, api, door, kinds_of
from practice_client import ask, mail, refusal
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

TO = f"success@{SIMULATOR}"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production; each test makes topics, queues and sets of its own."""
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def chain(endpoint: PracticeEndpoint) -> Chain:
    found = Chain(endpoint, ["SEND"])
    found.bodies()
    return found


def receive(chain: Chain) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        api(chain.endpoint, "sqs").receive_message(QueueUrl=chain.queue).get("Messages", [])
    )
    return found


# -- faults of calls ------------------------------------------------------------------------------


def plant(endpoint: PracticeEndpoint, query: str) -> None:
    door(endpoint, f"/practice/faults?{query}")


@pytest.fixture
def no_faults(endpoint: PracticeEndpoint) -> Iterator[None]:
    yield
    ask(endpoint, "DELETE", "/practice/faults")


def call_of(chain: Chain, operation: str) -> tuple[Any, dict[str, Any]]:
    sns, sqs = api(chain.endpoint, "sns"), api(chain.endpoint, "sqs")
    if operation in ("ReceiveMessage", "DeleteMessage"):
        if operation == "ReceiveMessage":
            return sqs.receive_message, {"QueueUrl": chain.queue}
        sqs.send_message(QueueUrl=chain.queue, MessageBody="x")
        (one,) = receive(chain)
        return sqs.delete_message, {"QueueUrl": chain.queue, "ReceiptHandle": one["ReceiptHandle"]}
    if operation == "CreateTopic":
        return sns.create_topic, {"Name": f"{chain.name}-topic"}
    endpoint = f"arn:aws:sqs:us-east-1:{chain.endpoint.account_id}:{chain.name}-more"
    return sns.subscribe, {"TopicArn": chain.topic, "Protocol": "sqs", "Endpoint": endpoint}


REFUSED = {
    "throttle": {"sqs": (403, "RequestThrottled"), "sns": (400, "Throttling")},
    "deny": {"sqs": (403, "AccessDenied"), "sns": (403, "AuthorizationError")},
    "skew": {"sqs": (403, "SignatureDoesNotMatch"), "sns": (403, "SignatureDoesNotMatch")},
    "error": {"sqs": (500, "InternalFailure"), "sns": (500, "InternalError")},
}
OPERATIONS = {"ReceiveMessage": "sqs", "DeleteMessage": "sqs", "CreateTopic": "sns", "Subscribe": "sns"}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", REFUSED)
def test_call_to_sns_or_sqs_is_refused_in_its_own_words(
    chain: Chain, no_faults: None, kind: str, operation: str
) -> None:
    call, parameters = call_of(chain, operation)
    plant(chain.endpoint, f"kind={kind}&operation={operation}&times=1")
    found = refusal(call, **parameters)
    assert (found.status, found.code) == REFUSED[kind][OPERATIONS[operation]]
    call(**parameters)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["cut", "lost-answer"])
def test_connection_to_sns_or_sqs_breaks(chain: Chain, no_faults: None, kind: str, operation: str) -> None:
    sqs = api(chain.endpoint, "sqs")
    if operation == "ReceiveMessage":
        sqs.send_message(QueueUrl=chain.queue, MessageBody="x")
    call, parameters = call_of(chain, operation)
    plant(chain.endpoint, f"kind={kind}&operation={operation}&times=1")
    with pytest.raises(BotoCoreError):
        call(**parameters)
    assert was_done(chain, operation) is (kind == "lost-answer")


def was_done(chain: Chain, operation: str) -> bool:
    if operation == "ReceiveMessage":
        return receive(chain) == []  # the message is hidden, and nobody has it
    if operation == "DeleteMessage":
        return not hidden(chain)
    if operation == "CreateTopic":
        return f"{chain.topic}-topic" in topics(chain)
    return len(subscriptions(chain)) == 2


def hidden(chain: Chain) -> bool:
    attributes = api(chain.endpoint, "sqs").get_queue_attributes(
        QueueUrl=chain.queue, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    return bool(attributes["ApproximateNumberOfMessagesNotVisible"] != "0")


def topics(chain: Chain) -> list[str]:
    return [one["TopicArn"] for one in api(chain.endpoint, "sns").list_topics()["Topics"]]


def subscriptions(chain: Chain) -> list[Any]:
    found: list[Any] = api(chain.endpoint, "sns").list_subscriptions_by_topic(TopicArn=chain.topic)[
        "Subscriptions"
    ]
    return found


def test_garbled_answer_of_sns_cannot_be_read_and_that_of_sqs_looks_empty(
    chain: Chain, no_faults: None
) -> None:
    """botocore takes JSON that it cannot read for an answer without members."""
    call, parameters = call_of(chain, "CreateTopic")
    plant(chain.endpoint, "kind=garbled&operation=CreateTopic&times=1")
    with pytest.raises(ResponseParserError):
        call(**parameters)
    api(chain.endpoint, "sqs").send_message(QueueUrl=chain.queue, MessageBody="x")
    plant(chain.endpoint, "kind=garbled&operation=ReceiveMessage&times=1")
    assert receive(chain) == []
    assert hidden(chain)


@pytest.mark.parametrize("kind", ["pause", "quota"])
def test_fault_of_sends_cannot_be_planted_for_another_call(endpoint: PracticeEndpoint, kind: str) -> None:
    reply = ask(endpoint, "POST", f"/practice/faults?kind={kind}&operation=ReceiveMessage")
    assert (reply.status, "sends only" in reply.json["error"]) == (400, True)


# -- faults of events -----------------------------------------------------------------------------


@pytest.fixture
def events(endpoint: PracticeEndpoint, no_faults: None) -> Chain:
    found = Chain(endpoint, ["SEND", "DELIVERY"])
    found.bodies()
    return found


def test_event_is_published_twice(events: Chain) -> None:
    plant(events.endpoint, "kind=event-twice&event=Delivery&times=1")
    events.send(TO)
    found = events.events()
    assert kinds_of(found) == ["Send", "Delivery", "Delivery"]
    assert found[1] == found[2]
    events.send(TO)
    assert kinds_of(events.events()) == ["Send", "Delivery"]


def test_event_is_lost_and_the_mail_is_not(events: Chain) -> None:
    plant(events.endpoint, "kind=event-lost&event=delivery")
    message_id = events.send(TO)
    assert kinds_of(events.events()) == ["Send"]
    (found,) = ask(events.endpoint, "GET", f"/_aws/ses?id={message_id}").json["messages"]
    assert [one["Type"] for one in found["Events"]] == ["Send", "Delivery"]


def test_event_comes_late_and_after_its_successor(events: Chain) -> None:
    plant(events.endpoint, "kind=event-late&event=Send&seconds=60&times=1")
    events.send(TO)
    assert kinds_of(events.events(seconds=30)) == ["Delivery"]
    assert kinds_of(events.events(seconds=40)) == ["Send"]
    assert kinds_of(events.events(seconds=90)) == []


def test_fault_of_events_meets_the_recipients_it_names(events: Chain) -> None:
    plant(events.endpoint, "kind=event-lost&address=lost.example.org")
    events.send("a@kept.example.org")
    assert kinds_of(events.events()) == ["Send", "Delivery"]
    events.send("a@lost.example.org")
    assert kinds_of(events.events()) == []


def test_late_event_survives_a_restart_and_comes_once(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        chain = Chain(server.start(), ["SEND"])
        chain.bodies()
        plant(chain.endpoint, "kind=event-late&seconds=3600")
        chain.send(TO)
        assert chain.events() == []
        ask(chain.endpoint, "DELETE", "/_aws/ses")
        server.stop()
        server = PracticeServer(tmp_path / "practice")
        endpoint = server.start()
        (event,) = chain.events(endpoint, hours=2)
        assert event["mail"]["commonHeaders"]["subject"] == mail()["Content"]["Simple"]["Subject"]["Data"]
        assert chain.events(endpoint, hours=2) == []
    finally:
        server.stop()


@pytest.mark.parametrize(
    "query",
    ["kind=event-lost&event=Open", "kind=event-lost&operation=SendEmail", "kind=bounce&event=Send",
     "kind=event-twice&seconds=3", "kind=event-late&seconds=100000"],
)  # fmt: skip
def test_fault_of_events_that_makes_no_sense_is_refused(endpoint: PracticeEndpoint, query: str) -> None:
    reply = ask(endpoint, "POST", f"/practice/faults?{query}")
    assert (reply.status, list(reply.json)) == (400, ["error"])
    assert ask(endpoint, "GET", "/practice/faults").json["faults"] == []
