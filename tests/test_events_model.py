"""Delivery events read from what carries them: envelopes, raw delivery, feedback, and junk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice_chain import SIMULATOR, VALIDATED, Chain, door, pass_time, with_virus
from practice_client import FROM, ask
from sesutil import connect
from sesutil.events.model import EVENT_COLUMNS, DeliveryEvent, events_frame, parse_event
from sesutil.inbox import read_message
from sesutil.practice import serve

ACCEPTED = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)
BOUNCED = datetime(2026, 11, 25, 10, 0, 1, 500_000, tzinfo=UTC)
MAIL = {
    "timestamp": "2026-11-25T10:00:00.000Z",
    "messageId": "0100-1",
    "destination": ["a@example.org", "b@example.org"],
    "commonHeaders": {"subject": "Your code"},
    "tags": {"ses:configuration-set": ["logto"], "usage": ["SignIn"]},
}
BOUNCE = {
    "eventType": "Bounce",
    "mail": MAIL,
    "bounce": {
        "timestamp": "2026-11-25T10:00:01.500Z",
        "bounceType": "Permanent",
        "bounceSubType": "NoEmail",
        "bouncedRecipients": [{"emailAddress": "a@example.org", "diagnosticCode": "smtp; 550 no such user"}],
    },
}
EXPECTED = DeliveryEvent(
    kind="Bounce",
    at=BOUNCED,
    message_id="0100-1",
    recipients=("a@example.org",),
    type="Permanent",
    subtype="NoEmail",
    diagnostic="smtp; 550 no such user",
    configuration_set="logto",
    subject="Your code",
    sent_at=ACCEPTED,
)


def envelope(message: Any, **more: Any) -> dict[str, Any]:
    stamp = {"Type": "Notification", "Timestamp": "2026-11-25T10:00:02.000Z"}
    return {**stamp, "MessageId": "sns-1", "Message": message, **more}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(json.dumps(envelope(json.dumps(BOUNCE))), id="SQS body"),
        pytest.param(envelope(json.dumps(BOUNCE)), id="envelope"),
        pytest.param(envelope(BOUNCE), id="Message is an object"),
        pytest.param(json.dumps(BOUNCE), id="raw delivery"),
        pytest.param(BOUNCE, id="the event"),
        pytest.param({**BOUNCE, "unknown": [1]}, id="a field more"),
    ],
)
def test_the_same_event_whatever_carries_it(document: Any) -> None:
    event = parse_event(document)
    assert event == EXPECTED
    assert event is not None
    assert event.tags == {"ses:configuration-set": ("logto",), "usage": ("SignIn",)}
    assert event.reason == "Permanent/NoEmail"


def test_feedback_of_an_identity_names_no_set_and_perhaps_no_subject() -> None:
    mail = {key: value for key, value in MAIL.items() if key not in ("commonHeaders", "tags")}
    feedback = {"notificationType": "Bounce", "mail": mail, "bounce": BOUNCE["bounce"]}
    event = parse_event(envelope(json.dumps(feedback)))
    assert event is not None
    assert (event.configuration_set, event.subject, event.tags) == (None, None, {})
    assert (event.kind, event.reason) == ("Bounce", "Permanent/NoEmail")


def test_subject_is_looked_for_among_all_headers() -> None:
    mail = {**MAIL, "commonHeaders": {}, "headers": [{"name": "SUBJECT", "value": "Hello"}]}
    event = parse_event({**BOUNCE, "mail": mail})
    assert event is not None
    assert event.subject == "Hello"


COMPLAINT = {
    "complainedRecipients": [{"emailAddress": "a@example.org"}],
    "complaintFeedbackType": "abuse",
    "complaintSubType": None,
}
DELAYED = [
    {"emailAddress": one, "diagnosticCode": "smtp; 452 full"} for one in ("a@example.org", "b@example.org")
]
DELAY = {"delayType": "MailboxFull", "delayedRecipients": DELAYED}
BOTH = ("a@example.org", "b@example.org")
LISTED = "OnAccountSuppressionList"
KINDS = [
    ("Send", "send", {}, BOTH, None, None, None),
    ("Delivery", "delivery", {"recipients": [BOTH[1]], "smtpResponse": "250"}, BOTH[1:], None, None, "250"),
    ("Complaint", "complaint", COMPLAINT, BOTH[:1], "abuse", None, None),
    ("Complaint", "complaint", {"complaintSubType": LISTED}, BOTH, None, LISTED, None),
    ("DeliveryDelay", "deliveryDelay", DELAY, BOTH, "MailboxFull", None, "smtp; 452 full"),
    ("Reject", "reject", {"reason": "Bad content"}, BOTH, None, None, "Bad content"),
    ("Rendering Failure", "failure", {"errorMessage": "no such"}, BOTH, None, None, "no such"),
    ("Open", "open", {"userAgent": "Mozilla"}, BOTH, None, None, None),
    ("Something new", "something new", {}, BOTH, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "block", "recipients", "type_", "subtype", "said"), KINDS)
def test_each_kind_has_its_own_part(
    kind: str,
    name: str,
    block: dict[str, Any],
    recipients: tuple[str, ...],
    type_: str | None,
    subtype: str | None,
    said: str | None,
) -> None:
    event = parse_event({"eventType": kind, "mail": MAIL, name: block})
    assert event is not None
    assert (event.kind, event.recipients, event.at) == (kind, recipients, ACCEPTED)
    assert (event.type, event.subtype, event.diagnostic) == (type_, subtype, said)


def test_what_is_no_event_is_none() -> None:
    confirmation = {"Type": "SubscriptionConfirmation", "Token": "x", "Message": "You have chosen to …"}
    succeeded = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully …"}
    nameless = {**BOUNCE, "mail": {**MAIL, "messageId": ""}}
    timeless = {"eventType": "Send", "mail": {"messageId": "x"}, "send": {}}
    for junk in (
        *(VALIDATED, "", "{", "null", "[]", "1", '"x"', "[" * 100_000, json.dumps(envelope(VALIDATED))),
        *(envelope(None), envelope(envelope(BOUNCE)), confirmation, succeeded, nameless, timeless, {}),
    ):
        assert parse_event(junk) is None, str(junk)[:60]


def test_time_of_the_envelope_stands_in_for_one_that_is_missing() -> None:
    event = parse_event(envelope({"eventType": "Send", "mail": {"messageId": "x", "timestamp": "soon"}}))
    assert event is not None
    assert event.at == datetime(2026, 11, 25, 10, 0, 2, tzinfo=UTC)
    assert event.sent_at is None


def test_half_a_surrogate_pair_can_be_written_to_a_file() -> None:
    text = json.dumps({**BOUNCE, "mail": {**MAIL, "commonHeaders": {"subject": "x\ud83d"}}})
    event = parse_event(text)
    assert event is not None
    assert event.subject is not None
    assert event.subject.encode()


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
junk = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.data())
def test_any_part_may_be_anything(data: st.DataObject) -> None:
    """Each part of an event is replaced by junk, in each carrier: an event or None, and never an error."""
    parts: list[tuple[str, ...]] = [("eventType",), ("mail",), ("bounce",), ("Message",), ("Timestamp",)]
    parts += [("mail", name) for name in MAIL] + [("bounce", name) for name in BOUNCE["bounce"]]
    event: dict[str, Any] = json.loads(json.dumps(BOUNCE))
    whole: dict[str, Any] = envelope(event)
    for path in data.draw(st.lists(st.sampled_from(parts), max_size=3, unique=True)):
        place = whole if path[0] in whole else event
        for name in path[:-1]:
            place = place[name] if isinstance(place.get(name), dict) else {}
        place[path[-1]] = data.draw(junk)
    for document in (
        whole,
        event,
        json.dumps(whole),
        json.dumps(event),
        {**whole, "Message": json.dumps(event)},
    ):
        found = parse_event(document)
        if found is not None:
            assert found.message_id
            assert all(isinstance(one, str) for one in found.recipients)
            assert found.at.utcoffset() is not None
            assert len(events_frame([found])) == max(len(found.recipients), 1)


@given(st.text() | junk)
def test_any_text_or_value_is_no_event_or_one(value: Any) -> None:
    assert parse_event(value) is None


def test_frame_has_a_row_for_each_recipient_and_its_columns_when_empty() -> None:
    send = parse_event({"eventType": "Send", "mail": MAIL, "send": {}})
    assert send is not None
    frame = events_frame([send, EXPECTED])
    assert list(frame["recipient"]) == [*BOTH, "a@example.org"]
    assert list(frame["seconds"]) == [0.0, 0.0, 1.5]
    assert frame.iloc[2].to_dict() == {
        "time": BOUNCED,
        "event": "Bounce",
        "recipient": "a@example.org",
        "type": "Permanent",
        "subtype": "NoEmail",
        "diagnostic": "smtp; 550 no such user",
        "seconds": 1.5,
        "subject": "Your code",
        "configuration_set": "logto",
        "message_id": "0100-1",
    }
    empty = events_frame([])
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == EVENT_COLUMNS
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == EVENT_COLUMNS


# -- the practice inbox -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with serve(preset="production") as endpoint:
        yield Chain(endpoint)


def compared(chain: Chain, message_id: str) -> list[str]:
    """The kinds of a mail's events, which are the same in the inbox and in the queue."""
    pass_time(chain.endpoint, hours=20)
    published = [parse_event(body) for body in chain.bodies()]
    expected = [one for one in published if one is not None and one.message_id == message_id]
    message = read_message(connect(practice=chain.endpoint), message_id)
    assert message is not None
    assert list(message.events) == expected
    return [one.kind for one in expected]


@pytest.mark.parametrize(
    ("to", "fault", "kinds"),
    [
        ([f"success@{SIMULATOR}", f"bounce@{SIMULATOR}"], None, ["Send", "Delivery", "Bounce"]),
        ([f"complaint@{SIMULATOR}"], None, ["Send", "Delivery", "Complaint"]),
        (["full@example.org"], "kind=soft-bounce", ["Send", "DeliveryDelay", "Bounce"]),
        (["late@example.org"], "kind=delay&seconds=60", ["Send", "DeliveryDelay", "Delivery"]),
    ],
)
def test_inbox_tells_the_same_events_as_the_queue(
    chain: Chain, to: list[str], fault: str | None, kinds: list[str]
) -> None:
    if fault is not None:
        assert ask(chain.endpoint, "POST", f"/practice/faults?times=1&{fault}&address={to[0]}").status == 200
    message_id = chain.send(to, EmailTags=[{"Name": "usage", "Value": "SignIn"}])
    assert compared(chain, message_id) == kinds
    message = read_message(chain.endpoint, message_id)
    assert message is not None
    assert message.events[0].tags == {"usage": ("SignIn",)}


def test_inbox_tells_of_a_rejection_and_of_the_suppression_list(chain: Chain) -> None:
    raw = {"Content": {"Raw": {"Data": with_virus()}}, "ConfigurationSetName": chain.name}
    rejected = str(chain.ses.send_email(FromEmailAddress=FROM, **raw)["MessageId"])
    assert compared(chain, rejected) == ["Send", "Reject"]
    for reason, kind in (("BOUNCE", "Bounce"), ("COMPLAINT", "Complaint")):
        chain.ses.put_suppressed_destination(EmailAddress=f"{reason}@example.org", Reason=reason)
        assert compared(chain, chain.send(f"{reason}@example.org")) == ["Send", kind]


def test_inbox_tells_what_has_happened_so_far(chain: Chain) -> None:
    door(chain.endpoint, "/practice/faults?times=1&kind=delay&seconds=3600&address=slow@example.org")
    message_id = chain.send("slow@example.org")
    pass_time(chain.endpoint, seconds=30)
    message = read_message(chain.endpoint, message_id)
    assert message is not None
    assert [one.kind for one in message.events] == ["Send", "DeliveryDelay"]
