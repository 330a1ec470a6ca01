"""Reading a queue of events: each once, others' left to them, junk taken out, trouble survived."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from practice_chain import SIMULATOR, VALIDATED, Chain, api, door, pass_time
from sesutil.account import Account, connect
from sesutil.errors import AwsError, InvalidParameters
from sesutil.events.chain import EventChain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def made(endpoint: PracticeEndpoint) -> Chain:
    return Chain(endpoint)


@pytest.fixture
def chain(made: Chain) -> EventChain:
    return as_ours(made)


def as_ours(made: Chain, queue_url: str | None = None) -> EventChain:
    arn = made.topic.replace(":sns:", ":sqs:")
    return EventChain(made.name, made.name, True, "us-east-1", made.topic, queue_url or made.queue, arn)


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    """Live, as far as sesutil can tell: an endpoint and the key of somebody, no inbox."""
    made = connect(region="us-east-1", endpoint_url=endpoint.endpoint_url)
    found = made.signed_by(endpoint.access_key_id, endpoint.secret_access_key)
    assert found.mode == "endpoint"
    return found


def put(made: Chain, *bodies: str) -> None:
    for body in bodies:
        api(made.endpoint, "sqs").send_message(QueueUrl=made.queue, MessageBody=body)


def waiting(made: Chain) -> tuple[int, int]:
    """How many messages can be received, and how many somebody has."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = api(made.endpoint, "sqs").get_queue_attributes(QueueUrl=made.queue, AttributeNames=names)
    return int(found["Attributes"][names[0]]), int(found["Attributes"][names[1]])


def event(message_id: str, kind: str = "Send") -> str:
    return json.dumps(
        {"eventType": kind, "mail": {"messageId": message_id, "timestamp": "2026-11-25T10:00:00.000Z"}}
    )


def ids(events: list[DeliveryEvent]) -> list[str]:
    return [one.message_id for one in events]


def all_of(stream: EventStream, number: int) -> list[DeliveryEvent]:
    """The first events, as many as are waited for."""
    found: list[DeliveryEvent] = []
    while len(found) < number:
        found.append(next(stream.events(timeout=20)))
    return found


def test_events_come_in_their_order_and_leave_the_queue_empty(
    account: Account, made: Chain, chain: EventChain
) -> None:
    stream = EventStream(account, chain)
    message_id = made.send(f"complaint@{SIMULATOR}")
    pass_time(made.endpoint, seconds=30)
    found = all_of(stream, 3)
    assert [one.kind for one in found] == ["Send", "Delivery", "Complaint"]
    assert set(ids(found)) == {message_id}
    assert found[2].configuration_set == made.name
    assert waiting(made) == (0, 0)
    assert stream.poll(0) == []


def test_junk_is_taken_out_and_duplicates_come_once(account: Account, made: Chain, chain: EventChain) -> None:
    put(made, VALIDATED, "{", event("a"), event("a"), "[1]", event("a", "Delivery"), event("b"))
    stream = EventStream(account, chain)
    assert [(one.message_id, one.kind) for one in all_of(stream, 3)] == [
        ("a", "Send"),
        ("a", "Delivery"),
        ("b", "Send"),
    ]
    put(made, event("a"), event("c"))
    assert ids(all_of(stream, 1)) == ["c"]
    assert waiting(made) == (0, 0)


def test_events_of_one_question_are_sorted_by_their_times(
    account: Account, made: Chain, chain: EventChain
) -> None:
    """SQS promises no order."""
    put(made, *(event("a").replace("10:00:00", f"10:00:0{second}") for second in (5, 9, 1)))
    assert [one.at.second for one in EventStream(account, chain).poll(0)] == [1, 5, 9]


def test_two_readers_share_a_queue(account: Account, made: Chain, chain: EventChain) -> None:
    """More of one than a question brings at once stand before those of the other."""
    put(made, VALIDATED, *(event(f"a{number}") for number in range(23)), event("b0"), event("b1"))
    first = EventStream(account, chain, wanted=lambda one: one.message_id.startswith("a"))
    second = EventStream(account, chain, wanted=lambda one: one.message_id.startswith("b"))
    assert sorted(ids(all_of(second, 2))) == ["b0", "b1"]
    assert sorted(ids(all_of(first, 23))) == sorted(f"a{number}" for number in range(23))
    assert waiting(made) == (0, 0)


def test_what_is_not_wanted_is_left_to_others_at_once_and_then_ever_longer(
    account: Account, made: Chain, chain: EventChain
) -> None:
    put(made, event("theirs"))
    stream = EventStream(account, chain, wanted=lambda one: False)
    assert stream.poll(0) == []
    assert waiting(made) == (1, 0)
    assert stream.poll(0) == []
    assert waiting(made) == (0, 1)
    others = EventStream(account, chain)
    assert ids(all_of(others, 1)) == ["theirs"]


def test_what_became_wanted_meanwhile_comes(account: Account, made: Chain, chain: EventChain) -> None:
    """An event may be there before the send's answer has told the id."""
    known: set[str] = set()
    stream = EventStream(account, chain, wanted=lambda one: one.message_id in known)
    put(made, event("early"))
    assert stream.poll(0) == []
    known.add("early")
    assert ids(all_of(stream, 1)) == ["early"]


def test_stop_ends_it_and_so_does_the_time(account: Account, made: Chain, chain: EventChain) -> None:
    stream = EventStream(account, chain)
    stop = threading.Event()
    stop.set()
    put(made, event("a"))
    assert list(stream.events(stop=stop)) == []
    stop.clear()
    found = []
    for one in stream.events(stop=stop):
        found.append(one)
        stop.set()
    assert ids(found) == ["a"]
    assert list(stream.events(timeout=0)) == []


@pytest.mark.parametrize("kind", ["throttle", "cut"])
def test_question_that_fails_for_a_while_is_told_and_asked_again(
    endpoint: PracticeEndpoint, account: Account, made: Chain, chain: EventChain, kind: str
) -> None:
    """Three times, as often as boto3 itself tries."""
    stream = EventStream(account, chain)
    put(made, event("a"))
    door(endpoint, f"/practice/faults?kind={kind}&operation=ReceiveMessage&times=3")
    assert stream.poll(0) == []
    assert stream.trouble is not None
    assert stream.trouble.operation == "ReceiveMessage"
    assert ids(all_of(stream, 1)) == ["a"]
    assert stream.trouble is None


@pytest.mark.parametrize(("kind", "times"), [("cut", 3), ("deny", 1)])
def test_event_is_not_lost_where_its_message_cannot_be_deleted(
    endpoint: PracticeEndpoint, account: Account, made: Chain, chain: EventChain, kind: str, times: int
) -> None:
    """For a while: the message comes back and is known. For good: the error says it; the event is kept."""
    stream = EventStream(account, chain)
    put(made, event("a"))
    door(endpoint, f"/practice/faults?kind={kind}&operation=DeleteMessageBatch&times={times}")
    if kind == "deny":
        with pytest.raises(AwsError) as caught:
            stream.poll(0)
        assert caught.value.operation == "DeleteMessageBatch"
    assert ids(stream.poll(0)) == ["a"]
    assert stream.trouble is None
    assert waiting(made) == (0, 2)  # SES's first message as well


def test_what_somebody_who_breaks_off_has_not_had_comes_next(
    account: Account, made: Chain, chain: EventChain
) -> None:
    put(made, event("a"), event("b"), event("c"))
    stream = EventStream(account, chain)
    first = next(stream.events(timeout=20))
    assert sorted([*ids([first]), *ids(stream.poll(0))]) == ["a", "b", "c"]


def test_an_answer_that_cannot_be_read_is_one_without_events(
    endpoint: PracticeEndpoint, account: Account, made: Chain, chain: EventChain
) -> None:
    """SQS says nothing where no message waits. What was in the answer comes back in half a minute."""
    stream = EventStream(account, chain)
    door(endpoint, "/practice/faults?kind=garbled&operation=ReceiveMessage&times=1")
    assert stream.poll(0) == []
    put(made, event("a"))
    assert ids(all_of(stream, 1)) == ["a"]


@pytest.mark.parametrize("kind", ["gone", "denied"])
def test_what_does_not_pass_is_an_error_that_explains_itself(
    endpoint: PracticeEndpoint, account: Account, made: Chain, kind: str
) -> None:
    if kind == "denied":
        door(endpoint, "/practice/faults?kind=deny&operation=ReceiveMessage&times=1")
    url = None if kind == "denied" else made.queue + "-gone"
    with pytest.raises(AwsError) as caught:
        list(EventStream(account, as_ours(made, url)).events(timeout=5))
    assert caught.value.operation == "ReceiveMessage"
    assert "not met this error before" not in caught.value.explanation.who
    if kind == "gone":
        assert "queue" in caught.value.explanation.cause


def test_chain_without_a_queue_cannot_be_read(account: Account) -> None:
    chain = EventChain("sesutil-x", "sesutil-x", True, "us-east-1", "arn", None, "arn", ("the queue",))
    with pytest.raises(InvalidParameters, match="plan_events"):
        EventStream(account, chain)
