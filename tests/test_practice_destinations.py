"""Event destinations of configuration sets, and SNS and SQS behind them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from practice_chain import SIMULATOR, Chain, api, kinds_of, numbers, pass_time
from practice_client import Refusal, client, inbox, mail, refusal, signed
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production; each test makes topics, queues and sets of its own."""
    with serve(preset="production") as endpoint:
        yield endpoint


# -- destinations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", [["BOUNCE"], ["SEND"], ["COMPLAINT", "DELIVERY"], ["REJECT"]], ids="-".join)
def test_only_the_events_that_match_are_published(endpoint: PracticeEndpoint, kinds: list[str]) -> None:
    chain = Chain(endpoint, kinds)
    chain.send([f"bounce@{SIMULATOR}", f"complaint@{SIMULATOR}"])
    happened = {"SEND", "BOUNCE", "COMPLAINT", "DELIVERY"}
    assert {kind.upper() for kind in kinds_of(chain.events())} == set(kinds) & happened


def test_disabled_destination_is_silent_until_it_is_enabled(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint, enabled=False)
    chain.send(f"success@{SIMULATOR}")
    assert chain.events() == []
    name = {"ConfigurationSetName": chain.name, "EventDestinationName": "to-sns"}
    chain.ses.update_configuration_set_event_destination(
        **name, EventDestination=chain.definition(["DELIVERY"])
    )
    chain.send(f"success@{SIMULATOR}")
    assert kinds_of(chain.events()) == ["Delivery"]
    chain.ses.delete_configuration_set_event_destination(**name)
    chain.send(f"success@{SIMULATOR}")
    assert chain.events() == []


def test_destinations_are_listed_as_they_were_made(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint, ["SEND"])
    chain.add_destination("second", ["BOUNCE", "COMPLAINT"], enabled=False)
    answer = chain.ses.get_configuration_set_event_destinations(ConfigurationSetName=chain.name)
    topic = {"SnsDestination": {"TopicArn": chain.topic}}
    assert answer["EventDestinations"] == [
        {"Name": "to-sns", "Enabled": True, "MatchingEventTypes": ["SEND"], **topic},
        {"Name": "second", "Enabled": False, "MatchingEventTypes": ["BOUNCE", "COMPLAINT"], **topic},
    ]


def test_events_go_to_the_set_of_their_mail_only(endpoint: PracticeEndpoint) -> None:
    first, second = Chain(endpoint), Chain(endpoint)
    first.send(f"success@{SIMULATOR}")
    second.send(f"bounce@{SIMULATOR}")
    first.send(f"bounce@{SIMULATOR}", ConfigurationSetName="")
    assert kinds_of(first.events()) == ["Send", "Delivery"]
    assert kinds_of(second.events()) == ["Send", "Bounce"]


def test_default_set_of_the_identity_is_used_where_the_call_names_none(endpoint: PracticeEndpoint) -> None:
    default, named = Chain(endpoint), Chain(endpoint)
    put = default.ses.put_email_identity_configuration_set_attributes
    put(EmailIdentity="example.com", ConfigurationSetName=default.name)
    try:
        default.ses.send_email(**mail(f"success@{SIMULATOR}"))
        named.send(f"bounce@{SIMULATOR}")
    finally:
        put(EmailIdentity="example.com")
    events = default.events()
    assert kinds_of(events) == ["Send", "Delivery"]
    assert events[0]["mail"]["tags"]["ses:configuration-set"] == [default.name]
    assert kinds_of(named.events()) == ["Send", "Bounce"]


def test_send_while_the_topic_is_deleted_succeeds_silently(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    api(endpoint, "sns").delete_topic(TopicArn=chain.topic)
    message_id = chain.send(f"success@{SIMULATOR}")
    assert chain.events() == []
    assert inbox(endpoint, f"?id={message_id}")[0]["Events"][-1]["Type"] == "Delivery"


def test_ten_destinations_and_not_one_more(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    for number in range(9):
        chain.add_destination(f"more-{number}")
    found = refusal(
        chain.ses.create_configuration_set_event_destination,
        ConfigurationSetName=chain.name,
        EventDestinationName="eleventh",
        EventDestination=chain.definition(),
    )
    assert (found.status, found.code) == (400, "LimitExceededException")
    chain.bodies()
    chain.send(f"success@{SIMULATOR}")
    assert len(chain.events()) == 2 * 10


OTHER_KINDS = {
    "KinesisFirehoseDestination": {"IamRoleArn": "arn:aws:iam::1:role/x", "DeliveryStreamArn": "arn:x"},
    "CloudWatchDestination": {"DimensionConfigurations": []},
    "EventBridgeDestination": {"EventBusArn": "arn:aws:events:us-east-1:1:event-bus/default"},
    "PinpointDestination": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:1:apps/x"},
}
BAD_DEFINITIONS = [
    *(({kind: what}, 501, "NotSimulated") for kind, what in OTHER_KINDS.items()),
    ({}, 400, "BadRequestException"),
    ({"SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:{account}:gone"}}, 400, "BadRequestException"),
    ({"SnsDestination": {"TopicArn": "arn:aws:sns:eu-west-1:{account}:x"}}, 400, "BadRequestException"),
    ({"SnsDestination": {"TopicArn": "nonsense"}}, 400, "BadRequestException"),
]


@pytest.mark.parametrize(("what", "status", "code"), BAD_DEFINITIONS, ids=range(len(BAD_DEFINITIONS)))
def test_destination_that_cannot_be_made_is_refused(
    endpoint: PracticeEndpoint, what: dict[str, Any], status: int, code: str
) -> None:
    ses, name = api(endpoint), f"refuses-{next(numbers)}"
    ses.create_configuration_set(ConfigurationSetName=name)
    what = json.loads(json.dumps(what).replace("{account}", endpoint.account_id))
    found = refusal(
        ses.create_configuration_set_event_destination,
        ConfigurationSetName=name,
        EventDestinationName="x",
        EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], **what},
    )
    assert (found.status, found.code) == (status, code)
    answer = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert answer["EventDestinations"] == []


MISSING_SET = Refusal(404, "NotFoundException", "Configuration set <none> does not exist.")


@pytest.mark.parametrize("call", ["create", "update", "delete", "get"])
def test_destinations_of_a_missing_set_are_refused(endpoint: PracticeEndpoint, call: str) -> None:
    operation = f"{call}_configuration_set_event_destination{'s' * (call == 'get')}"
    more: dict[str, Any] = {} if call == "get" else {"EventDestinationName": "x"}
    if call in ("create", "update"):
        more["EventDestination"] = {"SnsDestination": {"TopicArn": "x"}, "MatchingEventTypes": ["SEND"]}
    assert refusal(getattr(api(endpoint), operation), ConfigurationSetName="none", **more) == MISSING_SET


def test_destination_is_made_once_and_only_one_that_is_there_is_changed(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    name = {"ConfigurationSetName": chain.name}
    again = refusal(
        chain.ses.create_configuration_set_event_destination,
        **name, EventDestinationName="to-sns", EventDestination=chain.definition(),
    )  # fmt: skip
    assert (again.status, again.code) == (400, "AlreadyExistsException")
    delete = chain.ses.delete_configuration_set_event_destination
    assert refusal(delete, **name, EventDestinationName="none").status == 404
    update = chain.ses.update_configuration_set_event_destination
    found = refusal(update, **name, EventDestinationName="none", EventDestination=chain.definition())
    assert found.status == 404


# -- SNS and SQS ----------------------------------------------------------------------------------


def test_raw_message_delivery_leaves_the_envelope_out(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint, ["DELIVERY"])
    chain.bodies()
    api(endpoint, "sns").set_subscription_attributes(
        SubscriptionArn=chain.subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    chain.send(f"success@{SIMULATOR}")
    pass_time(endpoint, seconds=30)
    (body,) = chain.bodies()
    assert body["eventType"] == "Delivery"


def test_long_poll_waits_for_a_message_and_lets_other_calls_through(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint, ["SEND"])
    chain.bodies()
    poller, other = client(endpoint, "sqs"), api(endpoint)
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        poll = pool.submit(poller.receive_message, QueueUrl=chain.queue, WaitTimeSeconds=10)
        other.get_account()
        assert time.monotonic() - began < 2
        assert not poll.done()
        chain.send(f"success@{SIMULATOR}")
        assert len(poll.result()["Messages"]) == 1
        assert time.monotonic() - began < 5


def test_long_poll_ends_empty_after_its_time(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.bodies()
    began = time.monotonic()
    answer = api(endpoint, "sqs").receive_message(QueueUrl=chain.queue, WaitTimeSeconds=1)
    assert not answer.get("Messages")
    assert 0.9 < time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("protocol", "address"),
    [
        ("https", "https://example.org/hook"),
        ("http", "http://example.org/hook"),
        ("http", "http://127.0.0.1.example.org/hook"),
        ("http", "http://127.0.0.1@example.org/hook"),
        ("http", "http://example.org\\@127.0.0.1/hook"),
        ("lambda", "arn:aws:lambda:us-east-1:1:function:x"),
    ],
)
def test_subscription_that_would_leave_the_machine_is_refused(
    endpoint: PracticeEndpoint, protocol: str, address: str
) -> None:
    sns = api(endpoint, "sns")
    topic = sns.create_topic(Name=f"leaving-{next(numbers)}")["TopicArn"]
    found = refusal(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=address)
    assert (found.status, found.code) == (501, "NotSimulated")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", "{call}&Protocol=https&Protocol=sqs&Endpoint=https%3A%2F%2Fexample.org%2F&Endpoint=arn"),
        ("?{call}&Protocol=https&Endpoint=https%3A%2F%2Fexample.org%2F", "x=1"),
    ],
    ids=["twice in the body", "in the address"],
)
def test_subscription_that_says_two_things_does_not_leave_the_machine_either(
    endpoint: PracticeEndpoint, query: str, body: str
) -> None:
    sns = api(endpoint, "sns")
    topic = sns.create_topic(Name=f"twofold-{next(numbers)}")["TopicArn"]
    call = f"Action=Subscribe&Version=2010-03-31&TopicArn={topic.replace(':', '%3A')}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    target, data = "/" + query.format(call=call), body.format(call=call)
    signed(endpoint, "POST", target, data, kind, service="sns")
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["Endpoint"] for one in subscriptions if one["Protocol"] == "https"] == []
