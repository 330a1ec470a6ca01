"""The proof of a chain: two mails to the simulator, the events that come, what is said of others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from events_setup import connector, live, new_name, set_up
from practice_chain import door
from practice_client import ask, inbox
from sesutil.account import Account
from sesutil.errors import SendError
from sesutil.events.chain import EventChain
from sesutil.events.model import DeliveryEvent
from sesutil.events.proving import ChainProof, prove_events
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

PLAIN = connector()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    return live(endpoint)


@pytest.fixture
def chain(account: Account) -> EventChain:
    return set_up(account, PLAIN, new_name())


@pytest.fixture
def faults(endpoint: PracticeEndpoint) -> Iterator[PracticeEndpoint]:
    yield endpoint
    door(endpoint, "/practice/faults", "DELETE")


def test_chain_is_proved_by_the_events_of_two_mails(account: Account, chain: EventChain) -> None:
    said: list[tuple[str, int]] = []
    proof = prove_events(
        account, PLAIN, chain, report=lambda sentence, events: said.append((sentence, len(events)))
    )
    assert proof.proved, proof
    kinds = sorted((event.kind, event.recipients[0].partition("@")[0]) for event in proof.events)
    assert kinds == [("Bounce", "bounce"), ("Delivery", "success"), ("Send", "bounce"), ("Send", "success")]
    assert "Send, Delivery and Bounce" in proof.sentence
    assert proof.next_step == ""
    assert [number for _, number in said] == [0, 0, 1, 2, 3, 4]
    assert "accepted the mail to success@" in said[0][0]
    assert 0 < proof.seconds < 60


def test_mails_are_sent_with_the_chain_s_set_and_need_no_template(
    endpoint: PracticeEndpoint, account: Account, chain: EventChain
) -> None:
    before = {message["Id"] for message in inbox(endpoint)}
    prove_events(account, PLAIN, chain)
    came = [message for message in inbox(endpoint) if message["Id"] not in before]
    sent = [message for message in came if message["Kind"] == "sent"]  # the bounce comes back as well
    assert [message["ConfigurationSet"] for message in sent] == [chain.configuration_set] * 2
    assert {message["Source"] for message in sent} == {"Logto <no-reply@example.com>"}


def test_nothing_is_sent_while_a_part_is_missing(
    endpoint: PracticeEndpoint, account: Account, chain: EventChain
) -> None:
    account.client("sqs").set_queue_attributes(QueueUrl=chain.queue_url, Attributes={"Policy": ""})
    before = len(inbox(endpoint))
    proof = prove_events(account, PLAIN, chain)
    assert (proof.proved, proof.events) == (False, ())
    assert "the queue's policy" in proof.sentence
    assert "plan_events" in proof.next_step
    assert len(inbox(endpoint)) == before
    gone = EventChain("sesutil-gone", "x", True, chain.region, "", chain.queue_url, "")
    assert "Missing: all of it" in prove_events(account, PLAIN, gone).sentence


def filter_out(account: Account, chain: EventChain) -> None:
    """What cannot be seen in the chain's parts."""
    sns = account.client("sns")
    (one,) = sns.list_subscriptions_by_topic(TopicArn=chain.topic_arn)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=one["SubscriptionArn"],
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"nothing": ["like this"]}),
    )


def proved(account: Account, chain: EventChain, within: float = 2) -> ChainProof:
    return prove_events(account, PLAIN, chain, within=within)


def test_no_event_is_told_from_some(account: Account, chain: EventChain) -> None:
    filter_out(account, chain)
    proof = proved(account, chain, within=1)
    assert (proof.proved, proof.events) == (False, ())
    assert "no event came within 1 s" in proof.sentence
    assert "filter policy" in proof.next_step


@pytest.mark.parametrize(
    ("lost", "came", "said"),
    [
        (["Delivery", "Bounce"], ["Send", "Send"], "Send came, and nothing else"),
        (["Bounce"], ["Delivery", "Send", "Send"], "Send and Delivery came; Bounce of one mail did not"),
    ],
)
def test_what_came_and_what_did_not_is_said(
    faults: PracticeEndpoint, account: Account, chain: EventChain, lost: list[str], came: list[str], said: str
) -> None:
    for event in lost:
        reply = ask(faults, "POST", f"/practice/faults?times=1&kind=event-lost&event={event}")
        assert reply.status == 200, reply.text
    proof = proved(account, chain)
    assert not proof.proved
    assert sorted(event.kind for event in proof.events) == came
    assert said in proof.sentence
    assert "within=180" in proof.next_step


def test_queue_that_cannot_be_read_is_not_taken_for_silence(
    faults: PracticeEndpoint, account: Account, chain: EventChain
) -> None:
    door(faults, "/practice/faults?kind=throttle&operation=ReceiveMessage")
    proof = proved(account, chain, within=0)
    assert not proof.proved
    assert "could not be read" in proof.sentence


def test_send_that_is_too_fast_is_tried_again_and_one_that_is_refused_is_an_error(
    faults: PracticeEndpoint, account: Account, chain: EventChain
) -> None:
    door(faults, "/practice/faults?kind=throttle&operation=SendEmail&times=1")
    assert proved(account, chain, within=20).proved
    for kind in ("quota", "deny"):
        door(faults, f"/practice/faults?kind={kind}&operation=SendEmail&times=1")
        with pytest.raises(SendError):
            proved(account, chain)


def test_stop_ends_it(account: Account, chain: EventChain) -> None:
    stop = threading.Event()

    def after_the_first(sentence: str, events: tuple[DeliveryEvent, ...]) -> None:
        stop.set()

    proof = prove_events(account, PLAIN, chain, report=after_the_first, stop=stop)
    assert not proof.proved
    assert proof.sentence.startswith("Stopped")


def test_sandbox_is_paced() -> None:
    """One mail a second, by the account's own clock."""
    with serve(preset="ready") as sandbox:
        account = live(sandbox)
        chain = set_up(account, PLAIN, "sesutil-events")
        proof = prove_events(account, PLAIN, chain)
        sent = [message for message in inbox(sandbox) if message["Kind"] == "sent"]
    assert proof.proved, proof
    first, second = (datetime.fromisoformat(message["Timestamp"]) for message in sent)
    assert (second - first).total_seconds() > 0.99
