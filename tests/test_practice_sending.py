"""SendEmail: the sandbox's gate, refusals and their words, the daily quota and the rate."""

from __future__ import annotations

import base64
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from practice_client import (
    CALLER,
    FROM,
    TO,
    HandClock,
    Refusal,
    client,
    content,
    inbox,
    mail,
    post_json,
    raw_mail,
    refusal,
    verify,
    world_at,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice.doors.outside import review
from sesutil.practice.operations.account import get_account, put_account_details
from sesutil.practice.operations.sending import send_email
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.world import World
from sesutil.practice.wire.v2 import answer_v2, read_v2

SEND = "/v2/email/outbound-emails"
NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region US-EAST-1: "
)
RATE = (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
QUOTA = (429, "TooManyRequestsException", "Daily message quota exceeded.")
OUTSIDE = "somebody@example.org"
HOUR = 3600.0


def rejected(names: str) -> Refusal:
    return Refusal(400, "MessageRejected", NOT_VERIFIED + names)


def bad(text: str | None) -> Refusal:
    return Refusal(400, "BadRequestException", text)


# -- the sandbox's gate ---------------------------------------------------------------------------


def test_unverified_sender(new: PracticeEndpoint) -> None:
    assert refusal(client(new).send_email, **mail()) == rejected(FROM)


def test_unverified_recipient_in_the_sandbox(ready: PracticeEndpoint) -> None:
    assert refusal(client(ready).send_email, **mail(OUTSIDE)) == rejected(OUTSIDE)


def test_unverified_recipient_in_production(production: PracticeEndpoint) -> None:
    assert client(production).send_email(**mail(OUTSIDE))["MessageId"]


def test_unverified_sender_in_production(production: PracticeEndpoint) -> None:
    assert refusal(client(production).send_email, **mail(source="x@example.org")) == rejected("x@example.org")


def test_all_unverified_are_named_sender_first(new: PracticeEndpoint) -> None:
    destination = {
        "ToAddresses": ["b@example.org", TO],
        "CcAddresses": ["c@example.org"],
        "BccAddresses": ["d@example.org"],
    }
    found = refusal(client(new).send_email, **mail() | {"Destination": destination})
    assert found == rejected(f"{FROM}, b@example.org, c@example.org, d@example.org")


def test_only_the_unverified_are_named(ready: PracticeEndpoint) -> None:
    found = refusal(client(ready).send_email, **mail(["a@example.com", OUTSIDE]))
    assert found == rejected(OUTSIDE)


def test_address_is_named_once(new: PracticeEndpoint) -> None:
    assert refusal(client(new).send_email, **mail([FROM, FROM])) == rejected(FROM)


def test_display_names_are_kept_as_given(new: PracticeEndpoint) -> None:
    source, to = "Logto <no-reply@Example.com>", '"Doe, Jane" <jane@example.org>'
    assert refusal(client(new).send_email, **mail(to, source=source)) == rejected(f"{source}, {to}")


def test_long_list_ends_in_dots(ready: PracticeEndpoint) -> None:
    found = refusal(client(ready).send_email, **mail([f"{'a' * 60}{n}@example.org" for n in range(50)]))
    assert found.text is not None
    assert found.text.endswith("...")
    assert found.text.count("@example.org") < 50


def test_feedback_address_must_be_verified_too(ready: PracticeEndpoint) -> None:
    found = refusal(client(ready).send_email, **mail(), FeedbackForwardingEmailAddress="back@example.org")
    assert found == rejected("back@example.org")


def test_reply_to_need_not_be_verified(ready: PracticeEndpoint) -> None:
    assert client(ready).send_email(**mail(), ReplyToAddresses=["reply@example.org"])["MessageId"]


def test_refused_message_is_not_in_the_inbox_and_not_counted(ready: PracticeEndpoint) -> None:
    refusal(client(ready).send_email, **mail(OUTSIDE))
    assert inbox(ready) == []
    assert client(ready).get_account()["SendQuota"]["SentLast24Hours"] == 0.0


def test_refusal_on_the_wire(new: PracticeEndpoint) -> None:
    reply = post_json(new, SEND, mail())
    assert reply.error == (400, "MessageRejected", NOT_VERIFIED + FROM)
    assert reply.headers["content-type"] == "application/json"


# -- what is accepted -----------------------------------------------------------------------------


def test_accepted_message_is_in_the_inbox(production: PracticeEndpoint) -> None:
    parameters = mail(
        ["To One <a@example.org>"],
        source="Logto <no-reply@example.com>",
        Content=content("Se\u00f1al \U0001f4e7", "Your code is 481516", "<p>Your code is 481516</p>"),
        EmailTags=[{"Name": "usage", "Value": "SignIn"}],
    )
    parameters["Destination"] |= {"CcAddresses": ["b@example.org"], "BccAddresses": ["c@example.org"]}
    message_id = client(production).send_email(**parameters)["MessageId"]
    (found,) = inbox(production)
    assert found.pop("Timestamp")
    assert all(event["Timestamp"] for event in found.pop("Events"))
    assert found == {
        "Id": message_id,
        "Region": "us-east-1",
        "Source": "Logto <no-reply@example.com>",
        "Destination": {
            "ToAddresses": ["To One <a@example.org>"],
            "CcAddresses": ["b@example.org"],
            "BccAddresses": ["c@example.org"],
        },
        "Subject": "Se\u00f1al \U0001f4e7",
        "Body": {"text_part": "Your code is 481516", "html_part": "<p>Your code is 481516</p>"},
        "Kind": "sent",
        "Code": "481516",
        "ConfigurationSet": None,
        "Tags": [{"Name": "usage", "Value": "SignIn"}],
        "Headers": [],
        "ReplyToAddresses": [],
        "Arrives": ["To One <a@example.org>", "b@example.org", "c@example.org"],
    }


@pytest.mark.parametrize(("region", "prefix"), [("us-east-1", "0100"), ("eu-west-1", "0102")])
def test_message_id_has_the_recorded_shape(new: PracticeEndpoint, region: str, prefix: str) -> None:
    verify(new, "me@example.org", region=region)
    message_id = client(new, region=region).send_email(**mail(source="me@example.org"))["MessageId"]
    assert re.fullmatch(prefix + r"[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000", message_id)


@pytest.mark.parametrize(
    "name",
    ["success", "bounce", "complaint", "ooto", "suppressionlist", "success+label", "Bounce", "bounce+a+b"],
)
def test_simulator_needs_no_verification(ready: PracticeEndpoint, name: str) -> None:
    client(ready).send_email(**mail(f"{name}@simulator.amazonses.com"))
    assert client(ready).get_account()["SendQuota"]["SentLast24Hours"] == 0.0


@pytest.mark.parametrize(
    "address",
    ["nothing@simulator.amazonses.com", "success@amazonses.com", "success@x.simulator.amazonses.com"],
)
def test_address_that_only_looks_like_the_simulator(ready: PracticeEndpoint, address: str) -> None:
    assert refusal(client(ready).send_email, **mail(address)) == rejected(address)


def test_null_is_the_same_as_absent(ready: PracticeEndpoint) -> None:
    nothing = {"ConfigurationSetName": None, "EmailTags": None, "FromEmailAddressIdentityArn": None}
    assert post_json(ready, SEND, mail() | nothing).status == 200


def test_unknown_parameter_is_ignored(ready: PracticeEndpoint) -> None:
    assert post_json(ready, SEND, mail() | {"Nonsense": [1, {}]}).status == 200


def test_empty_configuration_set_name_is_none_given(ready: PracticeEndpoint) -> None:
    """Logto's form sends an empty text for a field that was left empty."""
    assert client(ready).send_email(**mail(), ConfigurationSetName="")["MessageId"]


def test_existing_configuration_set(ready: PracticeEndpoint) -> None:
    client(ready).create_configuration_set(ConfigurationSetName="logto")
    client(ready).send_email(**mail(), ConfigurationSetName="logto")
    assert inbox(ready)[0]["ConfigurationSet"] == "logto"


def test_missing_configuration_set(ready: PracticeEndpoint) -> None:
    assert refusal(client(ready).send_email, **mail(), ConfigurationSetName="none") == Refusal(
        404, "NotFoundException", "Configuration set <none> does not exist."
    )


def test_missing_configuration_set_comes_before_unverified_identities(new: PracticeEndpoint) -> None:
    assert refusal(client(new).send_email, **mail(), ConfigurationSetName="none").status == 404


# -- From, addresses, counts, sizes ---------------------------------------------------------------


def test_no_sender_with_simple_content_has_a_null_text(ready: PracticeEndpoint) -> None:
    assert post_json(ready, SEND, mail(source=None)).error == (400, "BadRequestException", None)


def test_no_sender_with_a_template(ready: PracticeEndpoint) -> None:
    parameters = mail(source=None) | {"Content": {"Template": {"TemplateName": "x"}}}
    assert refusal(client(ready).send_email, **parameters) == bad("Source cannot be empty")


def test_no_sender_with_raw_content(ready: PracticeEndpoint) -> None:
    found = refusal(client(ready).send_email, **raw_mail(b"To: a@example.com\n\nHello"))
    assert found == bad("Missing required header 'From'.")


ADDRESSES = [
    ("nobody", "Missing final '@domain'"),
    ("Name <nobody>", "Missing final '@domain'"),
    ("a@ex_ample.com", "Domain contains illegal character"),
    ("a@m\u00fcnchen.de", "Domain contains illegal character"),
    ("a@", "Missing domain"),
    ("a@exam ple.com", "Domain contains control or whitespace"),
    ("a @example.com", "Local address contains control or whitespace"),
    ("j\u00f6rg@example.com", "Local address contains illegal character"),
    ("a,b@example.com", "Missing final '@domain'"),
    ("a@example.com,b@example.com", "Illegal address"),
    ("", "Illegal address"),
    (".a@example.com", "Local address starts with dot"),
    ("a.@example.com", "Local address ends with dot"),
    ("a..b@example.com", "Local address contains dot-dot"),
    ("@example.com", "Missing local name"),
    ("a@.example.com", "Domain starts with dot"),
    ("a@example.com.", "Domain ends with dot"),
    ("a@example..com", "Domain contains dot-dot"),
    ('"Name <a@example.com>', "Unterminated quote"),
]


@pytest.mark.parametrize(("address", "text"), ADDRESSES)
def test_recipient_that_is_no_address(ready: PracticeEndpoint, address: str, text: str) -> None:
    assert refusal(client(ready).send_email, **mail(address)) == bad(text)


@pytest.mark.parametrize(("address", "text"), [pair for pair in ADDRESSES if pair[0]])
def test_sender_that_is_no_address(ready: PracticeEndpoint, address: str, text: str) -> None:
    assert refusal(client(ready).send_email, **mail(source=address)) == bad(text)


@pytest.mark.parametrize("place", ["ReplyToAddresses", "CcAddresses", "BccAddresses"])
def test_bad_address_in_another_place(ready: PracticeEndpoint, place: str) -> None:
    parameters = mail()
    (parameters if place == "ReplyToAddresses" else parameters["Destination"])[place] = ["nobody"]
    assert refusal(client(ready).send_email, **parameters) == bad("Missing final '@domain'")


@pytest.mark.parametrize("name", ["x\r\nBcc: spy@example.org", "x\ny", "x\x00y"])
def test_display_name_cannot_carry_a_header(production: PracticeEndpoint, name: str) -> None:
    found = post_json(production, SEND, mail(source=f"{name} <no-reply@example.com>"))
    assert found.error[:2] == (400, "BadRequestException")


def test_fifty_recipients_are_accepted(ready: PracticeEndpoint) -> None:
    assert client(ready).send_email(**mail([f"a{n}@example.com" for n in range(50)]))["MessageId"]


def test_fifty_one_recipients_are_not_wherever_they_stand(ready: PracticeEndpoint) -> None:
    addresses = [f"a{n}@example.com" for n in range(51)]
    destination = {
        "ToAddresses": addresses[:20],
        "CcAddresses": addresses[20:40],
        "BccAddresses": addresses[40:],
    }
    found = refusal(client(ready).send_email, **mail() | {"Destination": destination})
    assert found == bad("Recipient count exceeds 50.")


@pytest.mark.parametrize("destination", [None, {}, {"ToAddresses": []}])
def test_no_recipient(ready: PracticeEndpoint, destination: Any) -> None:
    reply = post_json(ready, SEND, mail() | {"Destination": destination})
    assert reply.error[:2] == (400, "BadRequestException")


def test_message_of_more_than_40_megabytes(ready: PracticeEndpoint) -> None:
    text = "x" * (40 * 1024 * 1024)
    found = refusal(client(ready).send_email, **mail() | {"Content": content("Hello", text)})
    assert found == bad("Message length is more than 41943040 bytes long: '41943045'.")


# -- identity ARNs --------------------------------------------------------------------------------


def arn(endpoint: PracticeEndpoint, name: str = "example.com", region: str = "us-east-1") -> str:
    return f"arn:aws:ses:{region}:{endpoint.account_id}:identity/{name}"


@pytest.mark.parametrize("name", ["example.com", FROM])
def test_arn_that_covers_the_sender(ready: PracticeEndpoint, name: str) -> None:
    client(ready).send_email(**mail(), FromEmailAddressIdentityArn=arn(ready, name))


@pytest.mark.parametrize("text", ["", "example.com", "arn:aws:ses:us-east-1:1:identity/example.com", "arn:"])
def test_arn_that_is_none(ready: PracticeEndpoint, text: str) -> None:
    found = refusal(client(ready).send_email, **mail(), FromEmailAddressIdentityArn=text)
    assert found == bad(f"Invalid ARN <{text}>.")


@pytest.mark.parametrize("name", ["example.org", "other@example.com", "mail.example.com"])
def test_arn_of_another_identity(ready: PracticeEndpoint, name: str) -> None:
    source = f"Logto <{FROM}>"
    found = refusal(
        client(ready).send_email, **mail(source=source), FromEmailAddressIdentityArn=arn(ready, name)
    )
    assert found == bad(f"The address '{source}' does not align with the given ARN '{arn(ready, name)}'")


def test_arn_of_another_account(ready: PracticeEndpoint) -> None:
    foreign = "arn:aws:ses:us-east-1:999999999999:identity/example.com"
    found = refusal(client(ready).send_email, **mail(), FromEmailAddressIdentityArn=foreign)
    user = f"arn:aws:iam::{ready.account_id}:user/sesutil-practice"
    assert found == Refusal(
        403,
        "AccessDeniedException",
        f"User `{user}' is not authorized to perform `ses:SendEmail' on resource `{foreign}'",
    )


def test_empty_arn_for_the_feedback_address(ready: PracticeEndpoint) -> None:
    found = refusal(client(ready).send_email, **mail(), FeedbackForwardingEmailAddressIdentityArn="")
    assert found == bad("Invalid ARN <>.")


# -- raw content ----------------------------------------------------------------------------------


def test_raw_mail_is_sent_by_its_own_headers(production: PracticeEndpoint) -> None:
    source = b"From: Logto <no-reply@example.com>\nTo: a@example.org\nCc: b@example.org\nSubject: Hi\n\nHello"
    client(production).send_email(**raw_mail(source))
    (found,) = inbox(production)
    assert found["Source"] == "Logto <no-reply@example.com>"
    assert found["Destination"] == {
        "ToAddresses": ["a@example.org"],
        "CcAddresses": ["b@example.org"],
        "BccAddresses": [],
    }
    assert (found["Subject"], found["Body"]["text_part"]) == ("Hi", "Hello")
    assert found["RawData"] == source.decode()


def test_raw_mail_stays_in_the_sandbox(ready: PracticeEndpoint) -> None:
    source = f"From: {FROM}\nTo: {OUTSIDE}\n\nHello".encode()
    assert refusal(client(ready).send_email, **raw_mail(source)) == rejected(OUTSIDE)


RAW_HEAD = b"From: no-reply@example.com\nTo: success@simulator.amazonses.com\n"


@pytest.mark.parametrize(
    "source",
    [
        RAW_HEAD + b"Content-Type: text/plain; charset=x-unknown\n\nHello",
        RAW_HEAD + b'Content-Type: text/plain; charset="ut\x00f8"\n\nHello',
        RAW_HEAD + b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!",
        RAW_HEAD + b"Content-Type: multipart/mixed\n\nHello",
        RAW_HEAD + b'Content-Type: ;;;="\n\nHello',
        RAW_HEAD + b"Subject: \xff\xfe =?x?y?z?=\n\nHello \xff",
        RAW_HEAD.replace(b"From: ", b"From: Zo\xc3\xab ").replace(
            b"no-reply@example.com", b"<no-reply@example.com>"
        )
        + b"\nHello",
    ],
    ids=["charset", "charset with NUL", "base64", "multipart", "type", "bytes in subject", "bytes in From"],
)
def test_odd_raw_mail_is_accepted(ready: PracticeEndpoint, source: bytes) -> None:
    parameters = {"Content": {"Raw": {"Data": base64.b64encode(source).decode()}}}
    assert post_json(ready, SEND, parameters).status == 200
    assert len(inbox(ready)) == 1


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00" * 100,
        b'From: "\nTo: <\n\nHello',
        b"From: <>\nTo: a@b.c\n\n",
        b"From: a@b.c\nTo: \xff@b.c\n\n",
    ],
)
def test_hopeless_raw_mail_is_refused(ready: PracticeEndpoint, source: bytes) -> None:
    parameters = {"Content": {"Raw": {"Data": base64.b64encode(source).decode()}}}
    assert post_json(ready, SEND, parameters).error[:2] == (400, "BadRequestException")


# -- bodies that are no request -------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"Content":' * 100_000,
        b'{"Content": {"Raw": {"Data": "not base64"}}}',
        b'{"Content": []}',
        b'{"Content": "x"}',
        b'{"Content": {"Simple": {"Subject": {"Data": 1}, "Body": {}}}}',
        b'{"FromEmailAddress": {}, "Content": {}}',
        b'{"Destination": {"ToAddresses": "a@example.com"}, "Content": {}}',
        b'{"Destination": {"ToAddresses": [1]}, "Content": {}}',
        b'{"Destination": {"ToAddresses": [null]}, "Content": {}}',
        b'{"EmailTags": {"Name": "x"}, "Content": {}}',
    ],
    ids=range(16),
)
def test_body_of_the_wrong_types(ready: PracticeEndpoint, body: bytes) -> None:
    assert post_json(ready, SEND, body).error[:2] == (400, "SerializationException")


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({}, "content"),
        ({"Content": None}, "content"),
        ({"Content": {"Simple": {"Body": {}}}}, "content.simple.subject"),
        ({"Content": {"Simple": {"Subject": {"Data": "x"}}}}, "content.simple.body"),
        ({"Content": {"Raw": {}}}, "content.raw.data"),
        ({"Content": content(), "EmailTags": [{"Name": "x"}]}, "emailTags.1.member.value"),
    ],
)
def test_missing_member_is_named(ready: PracticeEndpoint, parameters: Any, place: str) -> None:
    status, code, text = post_json(ready, SEND, parameters).error
    assert (status, code) == (400, "BadRequestException")
    assert text == (
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
        "Member must not be null"
    )


@pytest.mark.parametrize("what", [{}, {"Simple": content()["Simple"], "Raw": {"Data": "eA=="}}])
def test_content_must_be_one_kind(ready: PracticeEndpoint, what: Any) -> None:
    assert post_json(ready, SEND, mail() | {"Content": what}).error[:2] == (400, "BadRequestException")


@pytest.mark.parametrize(
    "tag", [{"Name": "", "Value": "x"}, {"Name": "a b", "Value": "x"}, {"Name": "x", "Value": "\u00e9"}]
)
def test_bad_tag(ready: PracticeEndpoint, tag: dict[str, str]) -> None:
    assert refusal(client(ready).send_email, **mail(), EmailTags=[tag]).code == "BadRequestException"


def test_half_a_surrogate_pair_is_refused_or_taken(ready: PracticeEndpoint) -> None:
    """JSON can say it, UTF-8 cannot: whatever the answer, it is one."""
    assert post_json(ready, SEND, mail() | {"Content": content("\ud83d")}).status in (200, 400)


# -- rate: a bucket of recipients -----------------------------------------------------------------


def sends(world: World, to: str | list[str] = TO) -> bool:
    """Whether the message is accepted. The only refusal that may come is that of the rate."""
    try:
        send_email(world, CALLER, mail(to))
    except Refused as refused:
        if (refused.status, refused.code, refused.text) != RATE:
            raise
        return False
    return True


def test_rate_refusal_over_http(ready: PracticeEndpoint) -> None:
    client(ready).send_email(**mail([f"a{n}@example.com" for n in range(50)]))
    assert refusal(client(ready).send_email, **mail()) == Refusal(*RATE)
    assert len(inbox(ready)) == 1


def test_one_message_to_five_passes_and_seconds_of_refusals_follow() -> None:
    clock = HandClock()
    world = world_at(clock)
    clock.time += 100
    assert sends(world, [f"a{n}@example.com" for n in range(5)])
    accepted = []
    for _ in range(8):
        clock.time += 1
        accepted.append(sends(world))
    assert accepted[:3] == [False, False, False]
    assert accepted[-1]


def test_steady_sending_at_the_rate_passes() -> None:
    clock = HandClock()
    world = world_at(clock)
    for _ in range(100):
        assert sends(world)
        clock.time += 1


@pytest.mark.parametrize(("production", "rate"), [(False, 1), (True, 14)])
def test_more_than_the_rate_is_refused_in_the_long_run(production: bool, rate: int) -> None:
    """A short burst is let through, then only the rate."""
    clock = HandClock()
    world = world_at(clock, production=production)
    accepted = 0
    for _ in range(10 * rate * 10):
        accepted += sends(world)
        clock.time += 0.1 / rate
    assert 10 * rate <= accepted <= 13 * rate


def test_long_pause_earns_no_longer_burst() -> None:
    clock = HandClock()
    world = world_at(clock)
    bursts = []
    for pause in (10.0, 10 * HOUR):
        clock.time += pause
        bursts.append(sum(sends(world) for _ in range(20)))
    assert bursts[0] == bursts[1] < 5


def test_simulator_counts_for_the_rate() -> None:
    world = world_at(HandClock())
    assert sends(world, [f"success+{n}@simulator.amazonses.com" for n in range(50)])
    assert not sends(world)


def test_refused_message_takes_nothing_from_the_rate() -> None:
    world = world_at(HandClock())
    for _ in range(100):
        with pytest.raises(Refused, match="not verified"):
            send_email(world, CALLER, mail(OUTSIDE))
    assert sends(world)


def test_clock_that_goes_back_earns_nothing_and_breaks_nothing() -> None:
    clock = HandClock()
    world = world_at(clock)
    while sends(world):
        pass
    clock.time -= HOUR
    assert not sends(world)
    clock.time += HOUR + 5
    assert sends(world)


# -- quota: recipients in 24 hours ----------------------------------------------------------------


def fill(world: World, clock: HandClock, recipients: int) -> None:
    """Sends to so many recipients, a minute's worth of rate between messages."""
    while recipients:
        part = min(recipients, 50)
        send_email(world, CALLER, mail([f"a{n}@example.com" for n in range(part)]))
        clock.time += 60
        recipients -= part


def used(world: World) -> float:
    return float(get_account(world, CALLER, {})["SendQuota"]["SentLast24Hours"])


def quota_refuses(world: World, to: str | list[str] = "a@example.com") -> bool:
    try:
        send_email(world, CALLER, mail(to))
    except Refused as refused:
        if (refused.status, refused.code, refused.text) != QUOTA:
            raise
        return True
    return False


def test_two_hundred_recipients_and_not_one_more() -> None:
    clock = HandClock()
    world = world_at(clock)
    fill(world, clock, 199)
    assert not quota_refuses(world)
    assert used(world) == 200.0
    clock.time += 60
    assert quota_refuses(world)
    assert used(world) == 200.0


def test_message_that_would_pass_the_quota_is_refused_whole() -> None:
    clock = HandClock()
    world = world_at(clock)
    fill(world, clock, 199)
    assert quota_refuses(world, ["a@example.com", "b@example.com"])
    assert used(world) == 199.0


def test_simulator_does_not_count_for_the_quota() -> None:
    clock = HandClock()
    world = world_at(clock)
    fill(world, clock, 200)
    assert not quota_refuses(world, TO)
    clock.time += 60
    assert quota_refuses(world, [TO, "a@example.com"])
    assert used(world) == 200.0


def test_quota_rolls() -> None:
    clock = HandClock()
    world = world_at(clock)
    start = clock.time
    fill(world, clock, 50)
    clock.time = start + 12 * HOUR
    fill(world, clock, 150)
    clock.time = start + 24 * HOUR - 1
    assert quota_refuses(world)
    clock.time = start + 24 * HOUR + 1
    assert used(world) == 150.0
    assert not quota_refuses(world)
    clock.time = start + 48 * HOUR
    assert used(world) == 1.0


def test_production_access_raises_the_quota_at_once() -> None:
    clock = HandClock()
    world = world_at(clock)
    fill(world, clock, 200)
    put_account_details(world, CALLER, {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"})
    assert quota_refuses(world)
    assert review(world, "us-east-1", "GRANTED")
    assert not quota_refuses(world)
    assert used(world) == 201.0


class RunningClock(HandClock):
    """A second passes with every look, so that the rate never refuses."""

    def __call__(self) -> float:
        self.time += 1
        return self.time


def test_eight_threads_do_not_pass_the_quota_by_one() -> None:
    world = world_at(RunningClock())
    start = Barrier(8)

    call = read_v2("POST", SEND)
    body = json.dumps(mail("a@example.com")).encode()

    def send_many() -> int:
        start.wait()
        return sum(answer_v2(world, CALLER, call, "", body).status == 200 for _ in range(40))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            accepted = sum(task.result() for task in [pool.submit(send_many) for _ in range(8)])
    finally:
        sys.setswitchinterval(before)
    assert accepted == 200
    assert len(world.mailbox) == 200
    assert world.sent_last_24_hours("us-east-1") == 200.0


def test_eight_clients_at_once_lose_no_message_and_pass_no_rate(production: PracticeEndpoint) -> None:
    start = Barrier(8)

    def send_many(number: int) -> list[str]:
        ses = client(production)
        start.wait()
        found = []
        for n in range(3):
            found.append(ses.send_email(**mail(f"a{number}-{n}@example.org"))["MessageId"])
        return found

    with ThreadPoolExecutor(8) as pool:
        ids = [found for part in pool.map(send_many, range(8)) for found in part]
    assert len(set(ids)) == 24
    assert {message["Id"] for message in inbox(production)} == set(ids)
    assert client(production).get_account()["SendQuota"]["SentLast24Hours"] == 24.0


@pytest.mark.parametrize(
    ("header", "failed"),
    [
        ("From: Logto <no-reply@example.com>", ""),
        ("From: other@example.com", ""),
        ("From: Forged <boss@example.org>", "Forged <boss@example.org>"),
        ("From: no-reply@example.com\nSender: someone@example.org", "someone@example.org"),
        ("From: no-reply@example.com\nReturn-Path: <back@example.org>", "back@example.org"),
        ("From: no-reply@example.com, second@example.org", "second@example.org"),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_senders_in_the_headers_of_raw_mail_must_be_verified(
    production: PracticeEndpoint, version: str, header: str, failed: str
) -> None:
    source = f"{header}\nTo: a@example.org\nSubject: Hi\n\nHello".encode()
    if version == "v1":
        call, parameters = client(production, "ses").send_raw_email, {"RawMessage": {"Data": source}}
        parameters["Source"] = FROM
    else:
        call, parameters = client(production).send_email, raw_mail(source, FromEmailAddress=FROM)
    if failed:
        assert refusal(call, **parameters) == rejected(failed)
    else:
        assert call(**parameters)["MessageId"]
