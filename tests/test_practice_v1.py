"""SES's older API: sends over the query protocol, its refusals in its own codes, and what it does not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from practice_chain import api, let_send, numbers, pass_time
from practice_client import FROM, TO, Refusal, ask, client, inbox, refusal, signed
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

OUTSIDE = "somebody@example.org"
NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region US-EAST-1: "
)
PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)
UNKNOWN = "The security token included in the request is invalid."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
LIMIT = 10485760


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


def simple(
    to: str | list[str] = TO, *, source: str = FROM, text: str = "Hello", **more: Any
) -> dict[str, Any]:
    """Parameters of v1's SendEmail."""
    message = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": text}}}
    recipients = [to] if isinstance(to, str) else to
    return {"Source": source, "Destination": {"ToAddresses": recipients}, "Message": message, **more}


def raw(
    to: str = TO, *, source: str = FROM, headers: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Parameters of SendRawEmail; sender and recipient stand in the mail."""
    mail = EmailMessage()
    for name, value in {"From": source, "To": to, "Subject": "Hello", **(headers or {})}.items():
        mail[name] = value
    mail.set_content("Hello")
    return {"RawMessage": {"Data": mail.as_bytes()}, **more}


def invalid(text: str) -> Refusal:
    return Refusal(400, "InvalidParameterValue", text)


def rejected(names: str) -> Refusal:
    return Refusal(400, "MessageRejected", NOT_VERIFIED + names)


def accepted(endpoint: PracticeEndpoint, answer: dict[str, Any]) -> dict[str, Any]:
    (found,) = inbox(endpoint, f"?id={answer['MessageId']}")
    return found


# -- what is sent ---------------------------------------------------------------------------------


def test_simple_mail_arrives_as_it_was_sent(endpoint: PracticeEndpoint) -> None:
    parameters = simple(
        ["Jane <jane@example.org>", "b@example.org"],
        source=f"Logto <{FROM}>",
        ReplyToAddresses=["reply@example.net"],
        Tags=[{"Name": "usage", "Value": "SignIn"}],
    )
    parameters["Destination"] |= {"CcAddresses": ["c@example.org"], "BccAddresses": ["d@example.org"]}
    parameters["Message"] = {
        "Subject": {"Data": "Se\u00f1al & <more>"},
        "Body": {"Text": {"Data": "Code 481516"}, "Html": {"Data": "<p>Code 481516</p>\r\n"}},
    }
    found = accepted(endpoint, api(endpoint, "ses").send_email(**parameters))
    assert found["Source"] == f"Logto <{FROM}>"
    assert found["Destination"] == {
        "ToAddresses": ["Jane <jane@example.org>", "b@example.org"],
        "CcAddresses": ["c@example.org"],
        "BccAddresses": ["d@example.org"],
    }
    assert (found["Subject"], found["Code"]) == ("Se\u00f1al & <more>", "481516")
    assert found["Body"] == {"text_part": "Code 481516", "html_part": "<p>Code 481516</p>\r\n"}
    assert found["ReplyToAddresses"] == ["reply@example.net"]
    assert found["Tags"] == [{"Name": "usage", "Value": "SignIn"}]


def test_raw_mail_goes_where_its_headers_say(endpoint: PracticeEndpoint) -> None:
    answer = api(endpoint, "ses").send_raw_email(**raw("a@example.org", headers={"Cc": "b@example.org"}))
    found = accepted(endpoint, answer)
    assert (found["Source"], found["Subject"]) == (FROM, "Hello")
    assert found["Destination"]["ToAddresses"] == ["a@example.org"]
    assert found["Destination"]["CcAddresses"] == ["b@example.org"]
    assert found["RawData"].startswith(f"From: {FROM}")


def test_destinations_and_source_of_the_call_override_the_headers(endpoint: PracticeEndpoint) -> None:
    parameters = raw("header@example.org", headers={"Cc": "also-header@example.org"})
    answer = api(endpoint, "ses").send_raw_email(
        **parameters, Source="other@example.com", Destinations=["call@example.org"]
    )
    found = accepted(endpoint, answer)
    assert found["Source"] == "other@example.com"
    assert [address for addresses in found["Destination"].values() for address in addresses] == [
        "call@example.org"
    ]
    assert found["Arrives"] == ["call@example.org"]


@pytest.mark.parametrize("operation", ["send_email", "send_raw_email"])
def test_return_path_gets_the_feedback(endpoint: PracticeEndpoint, operation: str) -> None:
    back, bounce = f"back-{next(numbers)}@example.com", "bounce@simulator.amazonses.com"
    parameters = simple(bounce) if operation == "send_email" else raw(bounce, Source=back)
    if operation == "send_email":
        parameters["ReturnPath"] = back
    getattr(api(endpoint, "ses"), operation)(**parameters)
    pass_time(endpoint, seconds=30)
    assert [one["Kind"] for one in inbox(endpoint, f"?to={back}")] == ["feedback"]


@pytest.mark.parametrize(
    "place", ["parameter of a simple mail", "parameter", "header", "parameter before header"]
)
def test_configuration_set_and_tags_are_used(endpoint: PracticeEndpoint, place: str) -> None:
    name, other = f"set-{next(numbers)}", f"set-{next(numbers)}"
    for one in (name, other):
        api(endpoint).create_configuration_set(ConfigurationSetName=one)
    tags = [{"Name": "usage", "Value": "SignIn"}]
    given = {"ConfigurationSetName": name, "Tags": tags}
    ses, header = (
        api(endpoint, "ses"),
        {"X-SES-CONFIGURATION-SET": name, "X-SES-MESSAGE-TAGS": "usage=SignIn"},
    )
    if place == "parameter of a simple mail":
        answer = ses.send_email(**simple(), **given)
    elif place == "parameter":
        answer = ses.send_raw_email(**raw(), **given)
    elif place == "header":
        answer = ses.send_raw_email(**raw(headers=header))
    else:
        answer = ses.send_raw_email(**raw(headers={"X-SES-CONFIGURATION-SET": other}), **given)
    found = accepted(endpoint, answer)
    assert (found["ConfigurationSet"], found["Tags"]) == (name, tags)


def test_older_api_names_its_operation_in_events(endpoint: PracticeEndpoint) -> None:
    sns, sqs, name = api(endpoint, "sns"), api(endpoint, "sqs"), f"set-{next(numbers)}"
    topic, queue = sns.create_topic(Name=name)["TopicArn"], sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    let_send(endpoint, queue, arn, topic)
    api(endpoint).create_configuration_set(ConfigurationSetName=name)
    api(endpoint).create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="x",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    api(endpoint, "ses").send_raw_email(**raw(headers={"X-SES-CONFIGURATION-SET": name}))
    pass_time(endpoint, seconds=5)
    bodies = [
        json.loads(one["Body"])
        for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    (event,) = [json.loads(body["Message"]) for body in bodies if "Subject" in body]
    assert event["mail"]["tags"]["ses:operation"] == ["SendRawEmail"]


def test_source_arn_of_a_covering_identity_is_taken(endpoint: PracticeEndpoint) -> None:
    arn = f"arn:aws:ses:us-east-1:{endpoint.account_id}:identity/example.com"
    assert api(endpoint, "ses").send_email(**simple(), SourceArn=arn)["MessageId"]
    assert api(endpoint, "ses").send_raw_email(**raw(), SourceArn=arn, FromArn=arn)["MessageId"]


# -- refusals -------------------------------------------------------------------------------------

ADDRESSES = [
    ("nobody", "Missing final '@domain'"),
    ("a@ex_ample.com", "Domain contains illegal character"),
    ("a@", "Missing domain"),
    ("a@exam ple.com", "Domain contains control or whitespace"),
    ("a @example.com", "Local address contains control or whitespace"),
    ("j\u00f6rg@example.com", "Local address contains illegal character"),
    ("a@example.com,b@example.com", "Illegal address"),
]


@pytest.mark.parametrize(("address", "text"), ADDRESSES)
def test_address_that_is_none_is_refused_in_the_recorded_words(
    endpoint: PracticeEndpoint, address: str, text: str
) -> None:
    send = api(endpoint, "ses").send_email
    assert refusal(send, **simple(address)) == invalid(text)
    assert refusal(send, **simple(source=address)) == invalid(text)
    assert refusal(send, **simple(), ReturnPath=address) == invalid(text)
    assert refusal(send, **simple(), ReplyToAddresses=[address]) == invalid(text)
    raw_send = api(endpoint, "ses").send_raw_email
    assert refusal(raw_send, **raw(), Destinations=[address]) == invalid(text)
    assert refusal(raw_send, **raw(), Source=address) == invalid(text)


ARN = "arn:aws:ses:us-east-1:{account}:identity/example.org"
REFUSED: list[tuple[str, dict[str, Any], Refusal]] = [
    ("sender", simple(source=f"Shop <{OUTSIDE}>"), rejected(f"Shop <{OUTSIDE}>")),
    ("return path", simple(ReturnPath=OUTSIDE), rejected(OUTSIDE)),
    (
        "51 recipients",
        simple([f"a{n}@example.org" for n in range(51)]),
        invalid("Recipient count exceeds 50."),
    ),
    (
        "configuration set",
        simple(ConfigurationSetName="none"),
        Refusal(400, "ConfigurationSetDoesNotExist", "Configuration set <none> does not exist."),
    ),
    ("empty ARN", simple(SourceArn=""), invalid("Invalid ARN <>.")),
    (
        "ARN of another identity",
        simple(source=f"Example support <{FROM}>", SourceArn=ARN),
        invalid(f"The address 'Example support <{FROM}>' does not align with the given ARN '{ARN}'"),
    ),
]


@pytest.mark.parametrize(
    ("parameters", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_send_is_refused_with_the_code_and_text_of_v1(
    endpoint: PracticeEndpoint, parameters: dict[str, Any], expected: Refusal
) -> None:
    parameters = json.loads(json.dumps(parameters).replace("{account}", endpoint.account_id))
    text = (expected.text or "").replace("{account}", endpoint.account_id)
    found = refusal(api(endpoint, "ses").send_email, **parameters)
    assert found == Refusal(expected.status, expected.code, text)


RAW_REFUSED: list[tuple[str, dict[str, Any], Refusal]] = [
    ("sender in the header", raw(source=OUTSIDE), rejected(OUTSIDE)),
    ("sender of the call", raw(Source=OUTSIDE), rejected(OUTSIDE)),
    (
        "no From",
        {"RawMessage": {"Data": b"To: a@example.org\n\nHello"}},
        invalid("Missing required header 'From'."),
    ),
    (
        "configuration set in the header",
        raw(headers={"X-SES-CONFIGURATION-SET": "none"}),
        Refusal(400, "ConfigurationSetDoesNotExist", "Configuration set <none> does not exist."),
    ),
    (
        "51 recipients",
        raw(Destinations=[f"a{n}@example.org" for n in range(51)]),
        invalid("Recipient count exceeds 50."),
    ),
    ("empty ARN", raw(SourceArn=""), invalid("Invalid ARN <>.")),
]


@pytest.mark.parametrize(
    ("parameters", "expected"), [row[1:] for row in RAW_REFUSED], ids=[row[0] for row in RAW_REFUSED]
)
def test_raw_send_is_refused_with_the_code_and_text_of_v1(
    endpoint: PracticeEndpoint, parameters: dict[str, Any], expected: Refusal
) -> None:
    assert refusal(api(endpoint, "ses").send_raw_email, **parameters) == expected


@pytest.mark.parametrize("tag", [("", "x"), ("a b", "x"), ("x", ""), ("x", "\u00e9"), ("x", "y" * 257)])
def test_bad_tag_is_an_invalid_parameter(endpoint: PracticeEndpoint, tag: tuple[str, str]) -> None:
    found = refusal(api(endpoint, "ses").send_email, **simple(), Tags=[{"Name": tag[0], "Value": tag[1]}])
    assert (found.status, found.code) == (400, "InvalidParameterValue")


def test_unverified_recipients_of_the_sandbox_are_named_sender_first(new: PracticeEndpoint) -> None:
    ses = client(new, "ses")
    assert refusal(ses.send_email, **simple([OUTSIDE, TO])) == rejected(f"{FROM}, {OUTSIDE}")
    assert refusal(ses.send_raw_email, **raw(OUTSIDE)) == rejected(f"{FROM}, {OUTSIDE}")
    assert refusal(ses.send_raw_email, **raw(), Destinations=[OUTSIDE]) == rejected(f"{FROM}, {OUTSIDE}")


def test_rate_is_throttling(ready: PracticeEndpoint) -> None:
    ses = client(ready, "ses")
    ses.send_email(**simple([f"a{n}@example.com" for n in range(5)]))
    expected = Refusal(400, "Throttling", "Maximum sending rate exceeded.")
    assert refusal(ses.send_email, **simple()) == expected
    assert refusal(ses.send_raw_email, **raw()) == expected
    pass_time(ready, seconds=10)
    assert ses.send_email(**simple())["MessageId"]


def test_daily_quota_is_refused_in_its_words(ready: PracticeEndpoint) -> None:
    ses = client(ready, "ses")
    for _ in range(4):
        ses.send_email(**simple([f"a{n}@example.com" for n in range(50)]))
        pass_time(ready, minutes=5)
    found = refusal(ses.send_email, **simple("one@example.com"))
    assert (found.status, found.text) == (400, "Daily message quota exceeded.")
    assert ses.send_email(**simple())["MessageId"]  # the simulator does not count


def test_paused_account_rejects_the_message(production: PracticeEndpoint) -> None:
    assert ask(production, "POST", "/practice/enforcement?status=SHUTDOWN").status == 200
    ses = client(production, "ses")
    assert refusal(ses.send_email, **simple()) == Refusal(400, "MessageRejected", PAUSED)
    assert refusal(ses.send_raw_email, **raw()) == Refusal(400, "MessageRejected", PAUSED)


@pytest.mark.parametrize(
    ("operation", "parameters", "action"),
    [("send_email", simple(), "ses:SendEmail"), ("send_raw_email", raw(), "ses:SendRawEmail")],
)
def test_key_without_permission_is_denied_in_the_older_words(
    endpoint: PracticeEndpoint, operation: str, parameters: dict[str, Any], action: str
) -> None:
    iam, name = api(endpoint, "iam"), f"user-{next(numbers)}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    ses = client(endpoint, "ses", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    account = endpoint.account_id
    text = (
        f"User `arn:aws:iam::{account}:user/{name}' is not authorized to perform `{action}' "
        f"on resource `arn:aws:ses:us-east-1:{account}:identity/example.com'"
    )
    assert refusal(getattr(ses, operation), **parameters) == Refusal(403, "AccessDenied", text)


@pytest.mark.parametrize(
    ("key", "secret", "code", "text"),
    [
        (
            "AKIAUNKNOWN",
            None,
            "InvalidClientTokenId",
            UNKNOWN,
        ),
        (None, "wrong", "SignatureDoesNotMatch", MISMATCH),
    ],
)
def test_wrong_credentials_are_refused_in_the_recorded_words(
    endpoint: PracticeEndpoint, key: str | None, secret: str | None, code: str, text: str
) -> None:
    ses = client(endpoint, "ses", key=key, secret=secret)
    assert refusal(ses.send_email, **simple()) == Refusal(403, code, text)


# -- size -----------------------------------------------------------------------------------------

HEAD = f"From: {FROM}\r\nTo: {TO}\r\n\r\n".encode()


@pytest.mark.parametrize("more", [0, 1])
def test_raw_mail_may_have_ten_megabytes_and_not_one_byte_more(endpoint: PracticeEndpoint, more: int) -> None:
    data = HEAD + b"x" * (LIMIT + more - len(HEAD))
    send = api(endpoint, "ses").send_raw_email
    if more == 0:
        assert send(RawMessage={"Data": data})["MessageId"]
    else:
        text = f"Message length is more than {LIMIT} bytes long: '{LIMIT + 1}'."
        assert refusal(send, RawMessage={"Data": data}) == invalid(text)


def test_bytes_of_any_charset_count_once(endpoint: PracticeEndpoint) -> None:
    data = HEAD + b"\xe9" * (5 * 1024 * 1024)
    assert api(endpoint, "ses").send_raw_email(RawMessage={"Data": data})["MessageId"]


def test_simple_mail_beyond_ten_megabytes_is_refused(endpoint: PracticeEndpoint) -> None:
    found = refusal(api(endpoint, "ses").send_email, **simple(text="x" * (LIMIT + 1)))
    assert (found.status, found.code) == (400, "InvalidParameterValue")
    assert (found.text or "").startswith(f"Message length is more than {LIMIT} bytes long: '")


# -- the wire -------------------------------------------------------------------------------------

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(endpoint: PracticeEndpoint, **fields: str) -> Any:
    body = urlencode({"Version": "2010-12-01", **fields})
    return signed(endpoint, "POST", "/", body, FORM)


def test_success_is_the_xml_that_clients_expect(endpoint: PracticeEndpoint) -> None:
    reply = post(
        endpoint,
        Action="SendEmail",
        Source=FROM,
        **{
            "Destination.ToAddresses.member.1": TO,
            "Message.Subject.Data": "x",
            "Message.Body.Text.Data": "x",
        },
    )
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/xml")
    tree = ElementTree.fromstring(reply.body)
    assert tree.tag == "{http://ses.amazonaws.com/doc/2010-12-01/}SendEmailResponse"
    assert tree.findtext("{*}SendEmailResult/{*}MessageId") == inbox(endpoint)[-1]["Id"]
    assert tree.findtext("{*}ResponseMetadata/{*}RequestId")


@pytest.mark.parametrize("name", ["<b>&amp;\"'", "]]>", "\u0001\ud7ff\ufffe", "\U0001f4e7 \u00e9"])
def test_refusal_is_well_formed_whatever_it_names(endpoint: PracticeEndpoint, name: str) -> None:
    reply = post(
        endpoint,
        Action="SendEmail",
        Source=FROM,
        ConfigurationSetName=name,
        **{
            "Destination.ToAddresses.member.1": TO,
            "Message.Subject.Data": "x",
            "Message.Body.Text.Data": "x",
        },
    )
    status, code, text = reply.xml_error
    assert (status, code) == (400, "ConfigurationSetDoesNotExist")
    assert text.startswith("Configuration set <")
    if name.isprintable():
        assert text == f"Configuration set <{name}> does not exist."
    tree = ElementTree.fromstring(reply.body)
    assert tree.tag == "{http://ses.amazonaws.com/doc/2010-12-01/}ErrorResponse"
    assert tree.findtext("{*}Error/{*}Type") == "Sender"
    assert tree.findtext("{*}RequestId")


@pytest.mark.parametrize("missing", ["Source", "Destination", "Message"])
def test_missing_parameter_is_named(endpoint: PracticeEndpoint, missing: str) -> None:
    parameters = {name: value for name, value in simple().items() if name != missing}
    found = refusal(api(endpoint, "ses").send_email, **parameters)
    assert (found.status, found.code) == (400, "ValidationError")
    place = missing.lower()
    assert found.text == (
        f"1 validation error detected: Value null at '{place}' failed to satisfy constraint: "
        "Member must not be null"
    )


NOT_SIMULATED: list[tuple[str, dict[str, Any]]] = [
    ("send_templated_email", {"Source": FROM, "Destination": {}, "Template": "x", "TemplateData": "{}"}),
    (
        "send_bulk_templated_email",
        {"Source": FROM, "Template": "x", "DefaultTemplateData": "{}", "Destinations": []},
    ),
    ("create_template", {"Template": {"TemplateName": "x"}}),
    ("get_template", {"TemplateName": "x"}),
    ("list_templates", {}),
    ("test_render_template", {"TemplateName": "x", "TemplateData": "{}"}),
    ("send_custom_verification_email", {"EmailAddress": OUTSIDE, "TemplateName": "x"}),
    ("set_identity_notification_topic", {"Identity": "example.com", "NotificationType": "Bounce"}),
    ("create_receipt_rule_set", {"RuleSetName": "x"}),
]


@pytest.mark.parametrize(("operation", "parameters"), NOT_SIMULATED, ids=[name for name, _ in NOT_SIMULATED])
def test_what_is_not_simulated_says_so(
    endpoint: PracticeEndpoint, operation: str, parameters: dict[str, Any]
) -> None:
    before = len(inbox(endpoint))
    found = refusal(getattr(api(endpoint, "ses"), operation), **parameters)
    assert (found.status, found.code) == (501, "NotSimulated")
    assert operation.replace("_", "") in (found.text or "").lower()
    assert len(inbox(endpoint)) == before


@pytest.mark.parametrize("action", ["", "Nonsense", "<x>"])
def test_action_that_there_is_none_of_is_refused_in_xml(endpoint: PracticeEndpoint, action: str) -> None:
    status, code, _ = post(endpoint, Action=action).xml_error
    assert status >= 400
    assert code
