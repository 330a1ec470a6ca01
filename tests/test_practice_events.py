"""Delivery events: what arrives in a queue for each outcome of a mail, and the feedback by mail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from practice_chain import SIMULATOR, VALIDATED, Chain, api, kinds_of, one_of, pass_time, with_virus
from practice_client import FROM, ask, client, inbox, mail, raw_mail
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

SUBJECT = "Amazon SES Email Event Notification"
OUTSIDE = "somebody@example.org"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UNKNOWN_USER = "smtp; 550 5.1.1 user unknown"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production; each test makes topics, queues and sets of its own."""
    with serve(preset="production") as endpoint:
        yield endpoint


def plant(endpoint: PracticeEndpoint, query: str) -> None:
    assert ask(endpoint, "POST", f"/practice/faults?times=1&{query}").status == 200


# -- what arrives ---------------------------------------------------------------------------------


def test_first_message_is_a_plain_text_without_subject(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    (body,) = chain.bodies()
    assert (body["Type"], body["TopicArn"], body["Message"]) == ("Notification", chain.topic, VALIDATED)
    assert "Subject" not in body


def test_send_comes_first_and_then_the_delivery_each_with_the_subject(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.bodies()
    chain.send(f"success@{SIMULATOR}")
    pass_time(endpoint, seconds=30)
    bodies = chain.bodies()
    assert [body["Subject"] for body in bodies] == [SUBJECT, SUBJECT]
    assert all(isinstance(body["Message"], str) for body in bodies)
    assert kinds_of([json.loads(body["Message"]) for body in bodies]) == ["Send", "Delivery"]


def test_send_is_an_empty_block_beside_the_mail(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    source = f"Logto <{FROM}>"
    message_id = chain.send(f"Jane <success@{SIMULATOR}>", FromEmailAddress=source)
    event = one_of(chain.events(), "Send")
    assert set(event) == {"eventType", "mail", "send"}
    assert event["send"] == {}
    block = event["mail"]
    arn = f"arn:aws:ses:us-east-1:{endpoint.account_id}:identity/example.com"
    assert (block["messageId"], block["source"], block["sourceArn"]) == (message_id, source, arn)
    assert (block["sendingAccountId"], block["callerIdentity"]) == (endpoint.account_id, "sesutil-practice")
    assert (block["destination"], block["headersTruncated"]) == ([f"success@{SIMULATOR}"], False)
    assert TIME.fullmatch(block["timestamp"])
    assert block["sourceIp"] == "127.0.0.1"
    assert {"name": "Subject", "value": "Hello"} in block["headers"]
    assert block["commonHeaders"]["from"] == [source]
    assert block["commonHeaders"]["subject"] == "Hello"
    assert set(block) == {
        *("timestamp", "source", "sourceArn", "sourceIp", "callerIdentity", "sendingAccountId", "tags"),
        *("messageId", "destination", "headersTruncated", "headers", "commonHeaders"),
    }


def test_tags_name_the_call_and_the_outgoing_ip_only_at_delivery(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.send(
        [f"success@{SIMULATOR}", f"bounce@{SIMULATOR}"], EmailTags=[{"Name": "usage", "Value": "SignIn"}]
    )
    tags = {event["eventType"]: event["mail"]["tags"] for event in chain.events()}
    expected = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [chain.name],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": ["example.com"],
        "ses:caller-identity": ["sesutil-practice"],
        "usage": ["SignIn"],
    }
    assert tags["Delivery"].pop("ses:outgoing-ip")
    assert tags == {"Send": expected, "Delivery": expected, "Bounce": expected}


# -- the mailbox simulator ------------------------------------------------------------------------


def delivery(to: str) -> dict[str, Any]:
    return {
        "recipients": [to],
        "smtpResponse": "250 2.6.0 Message received",
        "processingTimeMillis": 441,
        "reportingMTA": "a48-132.smtp-out.amazonses.com",
    }


def bounced(to: str, diagnosis: str = UNKNOWN_USER) -> dict[str, Any]:
    recipient = {"emailAddress": to, "action": "failed", "status": "5.1.1", "diagnosticCode": diagnosis}
    return {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [recipient],
        "reportingMTA": "dns; a8-45.smtp-out.amazonses.com",
    }


def complained(to: str) -> dict[str, Any]:
    return {
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": to}],
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
    }


AS_REQUESTED = f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: suppressionlist@{SIMULATOR})"
OUTCOMES: list[tuple[str, dict[str, dict[str, Any]]]] = [
    ("success", {"Delivery": delivery(f"success@{SIMULATOR}")}),
    ("ooto", {"Delivery": delivery(f"ooto@{SIMULATOR}")}),
    ("bounce", {"Bounce": bounced(f"bounce@{SIMULATOR}")}),
    ("suppressionlist", {"Bounce": bounced(f"suppressionlist@{SIMULATOR}", AS_REQUESTED)}),
    (
        "complaint",
        {"Delivery": delivery(f"complaint@{SIMULATOR}"), "Complaint": complained(f"complaint@{SIMULATOR}")},
    ),
]
MORE = {
    "Delivery": {"timestamp", "remoteMtaIp"},
    "Bounce": {"timestamp", "remoteMtaIp", "feedbackId"},
    "Complaint": {"timestamp", "arrivalDate", "feedbackId"},
}


@pytest.mark.parametrize(("name", "expected"), OUTCOMES, ids=[name for name, _ in OUTCOMES])
def test_simulator_answers_as_recorded(
    endpoint: PracticeEndpoint, name: str, expected: dict[str, dict[str, Any]]
) -> None:
    chain = Chain(endpoint)
    chain.send(f"{name}@{SIMULATOR}")
    events = chain.events()
    assert kinds_of(events) == ["Send", *expected]
    for kind, block in expected.items():
        found = one_of(events, kind)[kind.lower()]
        assert {key: found[key] for key in block} == block
        assert found.keys() - block.keys() == MORE[kind]
        assert all(TIME.fullmatch(found[key]) for key in ("timestamp", "arrivalDate") if key in found)


@pytest.mark.parametrize(("name", "expected"), OUTCOMES, ids=[name for name, _ in OUTCOMES])
def test_simulator_answers_the_same_to_an_address_with_a_label(
    endpoint: PracticeEndpoint, name: str, expected: dict[str, Any]
) -> None:
    chain = Chain(endpoint)
    chain.send(f"{name}+label@{SIMULATOR}")
    events = chain.events()
    assert kinds_of(events) == ["Send", *expected]
    assert events[-1]["mail"]["destination"] == [f"{name}+label@{SIMULATOR}"]


PAIRS = [("bounce+1", "bounce+2"), ("suppressionlist+1", "suppressionlist+2"), ("bounce", "suppressionlist")]


@pytest.mark.parametrize("names", PAIRS, ids=" ".join)
def test_several_bounces_of_one_request_are_one_notification(
    endpoint: PracticeEndpoint, names: tuple[str, str]
) -> None:
    chain = Chain(endpoint, ["BOUNCE"])
    addresses = [f"{name}@{SIMULATOR}" for name in names]
    chain.send(addresses)
    events = chain.events()
    assert [[one["emailAddress"] for one in event["bounce"]["bouncedRecipients"]] for event in events] == [
        addresses
    ]


def test_out_of_office_replies_to_the_sender(endpoint: PracticeEndpoint) -> None:
    sender = "ooto-asks@example.com"
    client(endpoint).send_email(**mail(f"ooto@{SIMULATOR}", source=f"Me <{sender}>"))
    assert inbox(endpoint, f"?to={sender}") == []
    pass_time(endpoint, seconds=30)
    (reply,) = inbox(endpoint, f"?to={sender}")
    assert (reply["Kind"], reply["Source"]) == ("reply", f"ooto@{SIMULATOR}")


def test_outcomes_stand_beside_the_mail_in_the_inbox(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    message_id = chain.send([f"complaint@{SIMULATOR}", f"bounce@{SIMULATOR}"])
    pass_time(endpoint, seconds=30)
    (found,) = inbox(endpoint, f"?id={message_id}")
    assert sorted(event["Type"] for event in found["Events"]) == ["Bounce", "Complaint", "Delivery", "Send"]
    assert found["Arrives"] == [f"complaint@{SIMULATOR}"]


# -- other outcomes -------------------------------------------------------------------------------


def test_address_listed_for_bounces_is_answered_by_a_bounce(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.ses.put_suppressed_destination(EmailAddress="gone@example.org", Reason="BOUNCE")
    assert chain.send("gone@Example.ORG")
    events = chain.events()
    assert kinds_of(events) == ["Send", "Bounce"]
    bounce = events[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "OnAccountSuppressionList")
    assert bounce["reportingMTA"] == "dns; amazonses.com"
    (recipient,) = bounce["bouncedRecipients"]
    assert recipient.pop("diagnosticCode").startswith(
        "Amazon SES did not send the message to this address because it is on the suppression list for your "
        "account. "
    )
    assert recipient == {"emailAddress": "gone@example.org", "action": "failed", "status": "5.1.1"}


def test_address_listed_for_complaints_is_answered_by_a_complaint(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.ses.put_suppressed_destination(EmailAddress="angry@example.org", Reason="COMPLAINT")
    chain.send("angry@example.org")
    events = chain.events()
    assert kinds_of(events) == ["Send", "Complaint"]
    complaint = events[1]["complaint"]
    assert complaint["complaintSubType"] == "OnAccountSuppressionList"
    assert complaint["complainedRecipients"] == [{"emailAddress": "angry@example.org"}]


def test_mail_with_the_test_virus_is_accepted_and_rejected(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    chain.ses.send_email(**raw_mail(with_virus(), ConfigurationSetName=chain.name))
    events = chain.events()
    assert kinds_of(events) == ["Send", "Reject"]
    assert events[1]["reject"] == {"reason": "Bad content"}
    assert events[1]["mail"]["tags"]["ses:from-domain"] == ["example.com"]


def test_attachment_that_is_no_virus_is_delivered(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    harmless = with_virus().replace(b"WDVPIVAlQEFQ", b"WDVPIVAlQEFR")
    assert harmless != with_virus()
    chain.ses.send_email(**raw_mail(harmless, ConfigurationSetName=chain.name))
    assert kinds_of(chain.events()) == ["Send", "Delivery"]


def test_delayed_mail_is_announced_and_delivered_later(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    plant(endpoint, "kind=delay&seconds=600&address=late@example.org")
    chain.send("late@example.org")
    events = chain.events()
    assert kinds_of(events) == ["Send", "DeliveryDelay"]
    assert events[1]["deliveryDelay"]["delayedRecipients"][0]["emailAddress"] == "late@example.org"
    assert TIME.fullmatch(events[1]["deliveryDelay"]["timestamp"])
    assert kinds_of(chain.events(minutes=9)) == []
    assert kinds_of(chain.events(minutes=1)) == ["Delivery"]


def test_full_mailbox_is_tried_for_hours_and_bounces_softly(endpoint: PracticeEndpoint) -> None:
    chain = Chain(endpoint)
    plant(endpoint, "kind=soft-bounce&address=full@example.org")
    chain.send("full@example.org")
    assert kinds_of(chain.events()) == ["Send", "DeliveryDelay"]
    (event,) = chain.events(hours=15)
    assert event["eventType"] == "Bounce"
    assert event["bounce"]["bounceType"] == "Transient"
    assert event["bounce"]["bouncedRecipients"][0]["emailAddress"] == "full@example.org"


# -- feedback by mail -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bounce", "complaint"])
@pytest.mark.parametrize("other", [None, "feedback@example.com"], ids=["sender", "named"])
def test_feedback_is_forwarded_by_mail(endpoint: PracticeEndpoint, name: str, other: str | None) -> None:
    ask(endpoint, "DELETE", "/_aws/ses")
    more = {"FeedbackForwardingEmailAddress": other} if other else {}
    message_id = api(endpoint).send_email(**mail(f"{name}@{SIMULATOR}", **more))["MessageId"]
    pass_time(endpoint, seconds=30)
    (found,) = [one for one in inbox(endpoint) if one["Kind"] == "feedback"]
    assert found["Destination"]["ToAddresses"] == [other or FROM]
    assert message_id in found["Body"]["text_part"]


def test_feedback_is_not_forwarded_once_that_is_switched_off(endpoint: PracticeEndpoint) -> None:
    ask(endpoint, "DELETE", "/_aws/ses")
    put = api(endpoint).put_email_identity_feedback_attributes
    put(EmailIdentity="example.com", EmailForwardingEnabled=False)
    try:
        api(endpoint).send_email(**mail([f"bounce@{SIMULATOR}", f"complaint@{SIMULATOR}"]))
        pass_time(endpoint, seconds=30)
        assert [one["Kind"] for one in inbox(endpoint)] == ["sent"]
    finally:
        put(EmailIdentity="example.com", EmailForwardingEnabled=True)


# -- restarts -------------------------------------------------------------------------------------


def restarted(server: PracticeServer, folder: Path) -> tuple[PracticeServer, PracticeEndpoint]:
    server.stop()
    server = PracticeServer(folder)
    return server, server.start()


def test_chain_and_waiting_messages_survive_a_restart(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        chain = Chain(server.start())
        chain.send(f"success@{SIMULATOR}")
        pass_time(chain.endpoint, seconds=30)
        server, after = restarted(server, tmp_path / "practice")
        assert [body.get("Subject") for body in chain.bodies(after)] == [None, SUBJECT, SUBJECT]
        chain.send(f"bounce@{SIMULATOR}")
        assert kinds_of(chain.events(after)) == ["Send", "Bounce"]
        (subscription,) = client(after, "sns").list_subscriptions_by_topic(TopicArn=chain.topic)[
            "Subscriptions"
        ]
        assert subscription["SubscriptionArn"] == chain.subscription
    finally:
        server.stop()


@pytest.mark.parametrize("emptied", [False, True], ids=["inbox kept", "inbox emptied"])
def test_event_that_is_due_after_a_restart_happens_once(tmp_path: Path, emptied: bool) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        chain = Chain(server.start(), ["DELIVERY_DELAY", "DELIVERY"])
        plant(chain.endpoint, "kind=delay&seconds=3600")
        chain.send(OUTSIDE)
        assert kinds_of(chain.events()) == ["DeliveryDelay"]
        if emptied:
            ask(chain.endpoint, "DELETE", "/_aws/ses")
        server, after = restarted(server, tmp_path / "practice")
        assert kinds_of(chain.events(after, hours=2)) == ["Delivery"]
        server, after = restarted(server, tmp_path / "practice")
        assert kinds_of(chain.events(after, hours=2)) == []
    finally:
        server.stop()
