"""What a reviewer found: each of these once went wrong."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from practice_client import CALLER, HandClock, ask, client, inbox, mail, signed, world_at
from sesutil import NoMail, Practice, PracticeError, wait_for_code
from sesutil.iam_policies import PolicyProblem, parse_policy
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer
from sesutil.practice.operations.sending import send_email
from sesutil.practice.rules.effects import settle
from sesutil.practice.rules.mailbox import Mailbox
from sesutil.practice.rules.model import Message

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def users(endpoint: PracticeEndpoint) -> list[str]:
    return [user["UserName"] for user in client(endpoint, "iam").list_users()["Users"]]


def protocols(endpoint: PracticeEndpoint) -> list[str]:
    return [one["Protocol"] for one in client(endpoint, "sns").list_subscriptions()["Subscriptions"]]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subscription_by_any_method_stays_here(ready: PracticeEndpoint, method: str) -> None:
    topic = client(ready, "sns").create_topic(Name="t")["TopicArn"]
    call = f"Action=Subscribe&Protocol=http&TopicArn={quote(topic, safe='')}&Endpoint=http%3A%2F%2F127.0.0.1"
    reply = signed(
        ready,
        method,
        "/?" + call if method == "GET" else "/",
        b"" if method == "GET" else call,
        {} if method == "GET" else FORM,
        service="sns",
    )
    assert reply.status == 501
    assert protocols(ready) == []


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        ("iam", "X.GetUser", "Action=CreateUser&UserName=evil"),
        ("sns", "X.ListTopics", "Action=CreateTopic&Name=evil"),
        ("sqs", "AmazonSQS.ListQueues", "Action=CreateQueue&QueueName=evil"),
    ],
)
def test_a_call_that_says_two_things_is_not_carried_out(
    ready: PracticeEndpoint, service: str, target: str, body: str
) -> None:
    reply = signed(ready, "POST", "/", body, {**FORM, "X-Amz-Target": target}, service=service)
    assert reply.status == 501
    assert "evil" not in users(ready)
    assert client(ready, "sns").list_topics()["Topics"] == []
    assert "QueueUrls" not in client(ready, "sqs").list_queues()


def test_a_change_by_get_is_saved(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="new")
    endpoint = server.start()
    try:
        query = "/?Action=CreateUser&UserName=logto&Version=2010-05-08"
        assert signed(endpoint, "GET", query, service="iam").status == 200
        state = json.loads((tmp_path / "practice" / "state.json").read_text())
        assert "logto" in [user["name"] for user in state["cloud"]["users"]]
    finally:
        server.stop()


def test_what_cannot_be_written_was_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at(HandClock(), production=True)
    world.faults.plant("bounce", address="a@example.org", times=1)
    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, "append", lambda self, message: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            send_email(world, CALLER, mail("a@example.org"))
    assert world.sent_last_24_hours("us-east-1") == 0
    assert [fault.times for fault in world.faults.planted] == [1]
    assert len(world.mailbox) == 0
    send_email(world, CALLER, mail("a@example.org"))
    assert world.faults.planted == []


def test_an_event_that_fails_is_still_due(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HandClock()
    world = world_at(clock)
    send_email(world, CALLER, mail("bounce@simulator.amazonses.com"))
    clock.time += 10
    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, "append", lambda self, message: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            settle(world)
    settle(world)
    assert [entry.kind for entry in world.mailbox.entries()] == ["sent", "feedback"]


def test_a_line_that_was_half_written_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "messages.jsonl"
    mailbox = Mailbox(path)

    def message(name: str) -> Message:
        return Message(id=name, region="us-east-1", time=1.0, kind="sent", source="a@example.com")

    mailbox.append(message("m0"))
    file = mailbox._open()

    class Short:
        def __getattr__(self, name: str) -> object:
            return getattr(file, name)

        def write(self, data: bytes) -> int:
            file.write(data[:5])
            raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(mailbox, "_file", Short())
        with pytest.raises(OSError, match="disk full"):
            mailbox.append(message("m1"))
    mailbox.append(message("m2"))
    mailbox.close()
    assert [entry.id for entry in Mailbox(path).entries()] == ["m0", "m2"]
    with pytest.raises(OSError, match="has ended"):
        mailbox.append(message("m3"))
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_a_deleted_mail_leaves_no_text_once_all_has_happened(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    endpoint = server.start()
    try:
        practice = Practice(endpoint)
        for text in ("first secret", "second secret"):
            content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": text * 200}}}}
            practice.ses.send_email(**mail("a@example.org", Content=content))
            practice.clear()
        practice.advance(minutes=1)
        practice.ses.send_email(**mail("a@example.org"))
        practice.advance(minutes=1)
        practice.clear()
        assert b"secret" not in (tmp_path / "practice" / "messages.jsonl").read_bytes()
    finally:
        server.stop()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["${a " + " " * 3000, "${" * 2000, "${a,'" * 800])
def test_a_hostile_policy_is_read_in_time(piece: str) -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "ses:*", "Resource": f"arn:aws:ses:::{piece}"},
        }
    )
    with suppress(PolicyProblem):
        parse_policy(text)


@pytest.mark.timeout(30)
def test_a_hostile_mail_is_shown_in_time(production: PracticeEndpoint) -> None:
    html = "<a " + "href=" * 5000 + ">x</a>" + "<a href=https://example.org/x>y</a>"
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Html": {"Data": html}}}}
    message_id = client(production).send_email(**mail("a@example.org", Content=content))["MessageId"]
    page = ask(production, "GET", f"/message?id={message_id}&show=links")
    assert "https://example.org/x" in page.text


@pytest.mark.timeout(30)
def test_raw_mail_with_headers_beyond_all_measure_is_refused(production: PracticeEndpoint) -> None:
    source = b"From: no-reply@example.com\nSubject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nHello"
    call = client(production).send_email
    with pytest.raises(Exception, match="too long"):
        call(Content={"Raw": {"Data": source}})


def test_a_header_that_can_be_no_header_is_refused_or_shown(production: PracticeEndpoint) -> None:
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "x"}}}}
    content["Simple"]["Headers"] = [{"Name": "Message-ID", "Value": "\u00e9"}]  # type: ignore[assignment]
    with pytest.raises(Exception, match="validation error"):
        client(production).send_email(**mail("a@example.org", Content=content))
    content["Simple"]["Headers"] = [{"Name": "Message-ID", "Value": "<<"}]  # type: ignore[assignment]
    message_id = client(production).send_email(**mail("a@example.org", Content=content))["MessageId"]
    assert ask(production, "GET", f"/message/source?id={message_id}").status == 200


def test_asked_again_v1_renews_the_link_and_keeps_the_rest(ready: PracticeEndpoint) -> None:
    ses = client(ready)
    ses.create_email_identity(EmailIdentity="me@example.org", Tags=[{"Key": "a", "Value": "b"}])
    ses.put_email_identity_feedback_attributes(EmailIdentity="me@example.org", EmailForwardingEnabled=False)
    client(ready, "ses").verify_email_identity(EmailAddress="me@example.org")
    found = ses.get_email_identity(EmailIdentity="me@example.org")
    assert (found["Tags"], found["FeedbackForwardingStatus"]) == ([{"Key": "a", "Value": "b"}], False)
    assert len(inbox(ready, "?to=me@example.org")) == 2
    Practice(ready).verify("me@example.org")  # by the newest link


def test_a_fault_of_the_dns_is_not_met_by_what_has_no_records(ready: PracticeEndpoint) -> None:
    client(ready).create_email_identity(EmailIdentity="me@example.org")
    ask(ready, "POST", "/practice/faults?kind=dns-silent&times=1")
    client(ready).get_email_identity(EmailIdentity="me@example.org")
    assert len(ask(ready, "GET", "/practice/faults").json["faults"]) == 1


def test_an_identity_whose_mail_is_gone_is_not_said_to_be_verified(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    practice.ses.create_email_identity(EmailIdentity="me@example.org")
    practice.clear()
    with pytest.raises(PracticeError, match="not in the inbox"):
        practice.verify("me@example.org")


def test_of_two_recipients_the_one_that_bounces_is_named(production: PracticeEndpoint) -> None:
    practice = Practice(production)
    practice.plant_fault("bounce", address="bad@example.org")
    practice.ses.send_email(**mail(["bad@example.org", "good@example.org"]))
    assert wait_for_code("good@example.org", 0, account=production) == "123456"
    with pytest.raises(NoMail, match="does not arrive there"):
        wait_for_code("bad@example.org", 0, account=production)
    with pytest.raises(NoMail, match="No mail has come"):
        practice.wait_for_mail("nobody@example.org", 0)


def test_a_page_beyond_ascii_is_not_where_a_browser_is_led(production: PracticeEndpoint) -> None:
    reply = ask(production, "POST", "/practice/throttle?on=true&page=/%D0%B6")
    assert (reply.status, reply.headers["location"]) == (303, "/")


def test_the_case_of_a_domain_makes_no_second_identity(ready: PracticeEndpoint) -> None:
    ask(ready, "POST", "/practice/ready?domain=Example.COM")
    listed = client(ready).list_email_identities()["EmailIdentities"]
    assert [item["IdentityName"] for item in listed] == ["example.com"]


def test_records_are_published_once_and_beside_what_is_there(ready: PracticeEndpoint) -> None:
    practice = Practice(ready)
    dns = practice.client("route53")
    zone = dns.list_hosted_zones()["HostedZones"][0]["Id"]
    other = {"Name": "bounce.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"mine"'}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": other}]}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    practice.ses.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="bounce.example.com"
    )
    publish = "/practice/records?identity=example.com"
    assert ask(ready, "POST", publish).json["published"] == 2
    assert ask(ready, "POST", publish).json["published"] == 0
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (texts,) = (one for one in records if one["Name"] == "bounce.example.com." and one["Type"] == "TXT")
    values = [value["Value"] for value in texts["ResourceRecords"]]
    assert values == ['"mine"', '"v=spf1 include:amazonses.com ~all"']


@pytest.mark.parametrize("service", ["monitoring", "sqs", "sns", "iam"])
def test_a_region_that_does_not_exist_is_refused_everywhere(ready: PracticeEndpoint, service: str) -> None:
    reply = signed(ready, "POST", "/", "Action=ListTopics", FORM, service=service, region="mars-1")
    assert reply.status == 403


def test_a_page_size_below_one_is_refused(ready: PracticeEndpoint) -> None:
    reply = signed(ready, "POST", "/v2/email/list-identities", '{"PageSize": -1}')
    assert reply.status == 400


# -- what a stranger ran into ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "said"),
    [
        ("DELETE", "/_aws/ses?recipient=nobody@example.org", "no field 'recipient'"),
        ("POST", "/practice/faults?kind=bounce&adress=a@example.org", "Do you mean address?"),
        ("DELETE", "/practice/faults?kindd=delay", "Do you mean kind?"),
        ("POST", "/practice/throttle", "'on' is missing"),
        ("POST", "/practice/clock", "Say by how much"),
        ("POST", "/practice/clock?hours=-1", "forward only"),
        ("POST", "/practice/clock?days=500", "400 days"),
    ],
)
def test_a_field_that_is_misspelt_does_not_do_more_than_was_meant(
    production: PracticeEndpoint, method: str, target: str, said: str
) -> None:
    client(production).send_email(**mail("a@example.org"))
    reply = ask(production, method, target)
    assert (reply.status, said in reply.json["error"]) == (400, True)
    assert len(inbox(production)) == 1
    assert ask(production, "GET", "/practice/faults").json["faults"] == []


@pytest.mark.parametrize("body", ["{bad", "[1]", "null"])
def test_a_body_that_is_no_object_is_named(production: PracticeEndpoint, body: str) -> None:
    reply = ask(production, "POST", "/practice/faults", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.json) == (400, {"error": "The body should be a JSON object."})


def test_a_door_that_there_is_none_of_is_not_found(production: PracticeEndpoint) -> None:
    reply = ask(production, "POST", "/practice/nothing")
    assert (reply.status, reply.json) == (404, {"error": "There is no door /practice/nothing here."})
