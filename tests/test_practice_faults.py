"""Faults by the door: what a planted one does to a call or a mail; the throttle switch; the clock."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError

from practice_chain import api, numbers
from practice_client import FROM, TO, Refusal, ask, client, inbox, mail, post_json, refusal
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

SEND = "/v2/email/outbound-emails"
PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)


@pytest.fixture(scope="module")
def account_of_module() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(account_of_module: PracticeEndpoint) -> Iterator[PracticeEndpoint]:
    """The module's account without faults, with an empty inbox and a full bucket of sends."""
    yield account_of_module
    ask(account_of_module, "DELETE", "/practice/faults")
    ask(account_of_module, "DELETE", "/_aws/ses")
    ask(account_of_module, "POST", "/practice/clock?seconds=30")


def plant(endpoint: PracticeEndpoint, query: str) -> dict[str, Any]:
    reply = ask(endpoint, "POST", f"/practice/faults?{query}")
    assert reply.status == 200, reply.text
    fault: dict[str, Any] = reply.json
    return fault


def planted(endpoint: PracticeEndpoint) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = ask(endpoint, "GET", "/practice/faults").json["faults"]
    return faults


def simple(to: str = TO) -> dict[str, Any]:
    """Parameters of v1's SendEmail."""
    message = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    return {"Source": FROM, "Destination": {"ToAddresses": [to]}, "Message": message}


# -- refused calls --------------------------------------------------------------------------------

TOO_MANY = (429, "TooManyRequestsException")
REFUSING: list[tuple[str, tuple[int, str, str | None], tuple[int, str, str | None]]] = [
    (
        "throttle",
        (*TOO_MANY, "Maximum sending rate exceeded."),
        (400, "Throttling", "Maximum sending rate exceeded."),
    ),
    (
        "quota",
        (*TOO_MANY, "Daily message quota exceeded."),
        (400, "Throttling", "Daily message quota exceeded."),
    ),
    ("pause", (400, "SendingPausedException", PAUSED), (400, "MessageRejected", PAUSED)),
    ("deny", (403, "AccessDeniedException", None), (403, "AccessDenied", None)),
    ("skew", (403, "InvalidSignatureException", None), (403, "SignatureDoesNotMatch", None)),
    ("error", (500, "InternalServiceErrorException", None), (500, "InternalFailure", None)),
]
BEGINNINGS = {"deny": "User `arn:aws:iam::", "skew": "Signature expired: ", "error": ""}


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize(("kind", "expected", "expected_v1"), REFUSING, ids=[row[0] for row in REFUSING])
def test_send_is_refused_once_and_not_accepted(
    endpoint: PracticeEndpoint,
    kind: str,
    expected: tuple[int, str, str | None],
    expected_v1: tuple[int, str, str | None],
    version: str,
) -> None:
    plant(endpoint, f"kind={kind}&times=1")
    ses = api(endpoint, "sesv2" if version == "v2" else "ses")
    parameters = mail() if version == "v2" else simple()
    status, code, text = expected if version == "v2" else expected_v1
    found = refusal(ses.send_email, **parameters)
    assert (found.status, found.code) == (status, code)
    if text is not None:
        assert found.text == text
    else:
        assert (found.text or "").startswith(BEGINNINGS[kind])
    assert inbox(endpoint) == []
    assert ses.send_email(**parameters)["MessageId"]
    assert planted(endpoint) == []


def test_denial_names_key_action_and_the_sender_s_identity(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=deny&times=1")
    account = endpoint.account_id
    assert refusal(api(endpoint).send_email, **mail()).text == (
        f"User `arn:aws:iam::{account}:user/sesutil-practice' is not authorized to perform `ses:SendEmail' "
        f"on resource `arn:aws:ses:us-east-1:{account}:identity/example.com'"
    )


def test_denial_of_other_calls_has_the_newer_words(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=deny&operation=GetAccount&times=1")
    text = refusal(api(endpoint).get_account).text or ""
    user = f"arn:aws:iam::{endpoint.account_id}:user/sesutil-practice"
    assert text.startswith(f"User: {user} is not authorized to perform: ses:GetAccount on resource: ")
    assert text.endswith(" because no identity-based policy allows the ses:GetAccount action")


def test_skew_is_told_by_the_times_of_both_clocks(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=skew&times=1")
    text = refusal(api(endpoint).get_account).text or ""
    parts = text.replace("(", "").replace(")", "").split()
    assert parts[0:2] == ["Signature", "expired:"]
    assert parts[3:7] == ["is", "now", "earlier", "than"]
    assert parts[-3:] == ["-", "5", "min."]
    signed, oldest, now = (datetime.strptime(parts[place], "%Y%m%dT%H%M%SZ") for place in (2, 7, 8))
    assert now - oldest == timedelta(minutes=5)
    assert now - signed == timedelta(minutes=10)


# -- broken connections and answers ---------------------------------------------------------------


def test_connection_is_cut_before_the_call_is_read(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=cut&times=1")
    with pytest.raises(BotoCoreError):
        api(endpoint).send_email(**mail())
    assert inbox(endpoint) == []
    assert api(endpoint).send_email(**mail())["MessageId"]


def test_cut_connection_says_nothing_at_all(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=cut&times=1")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        post_json(endpoint, SEND, mail())


def test_answer_is_lost_and_the_mail_is_accepted(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=lost-answer&times=1")
    with pytest.raises(BotoCoreError):
        api(endpoint).send_email(**mail())
    assert len(inbox(endpoint)) == 1


def test_client_that_tries_again_after_a_lost_answer_sends_twice(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=lost-answer&times=1")
    patient = boto3.session.Session().client(
        "sesv2", region_name="us-east-1", endpoint_url=endpoint.endpoint_url,
        aws_access_key_id=endpoint.access_key_id, aws_secret_access_key=endpoint.secret_access_key,
        config=Config(retries={"total_max_attempts": 2, "mode": "standard"}, proxies={}),
    )  # fmt: skip
    assert patient.send_email(**mail())["MessageId"]
    assert len(inbox(endpoint)) == 2


def test_answer_is_garbled_and_the_mail_is_accepted(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=garbled&times=1")
    reply = post_json(endpoint, SEND, mail())
    assert reply.status == 200
    with pytest.raises(ValueError):
        _ = reply.json
    assert len(inbox(endpoint)) == 1


def test_garbled_answer_tells_a_client_no_message_id(endpoint: PracticeEndpoint) -> None:
    """botocore takes an answer that is no JSON for an empty one; one that is no XML it cannot read."""
    plant(endpoint, "kind=garbled&times=2")
    assert "MessageId" not in api(endpoint).send_email(**mail())
    with pytest.raises(ResponseParserError):
        api(endpoint, "ses").send_email(**simple())
    assert len(inbox(endpoint)) == 2


def test_slow_call_comes_late_and_holds_nobody_up(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=slow&seconds=1.5&operation=SendEmail&times=1")
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        slow = pool.submit(client(endpoint).send_email, **mail())
        time.sleep(0.2)
        api(endpoint).get_account()
        assert not slow.done()
        assert slow.result()["MessageId"]
        assert time.monotonic() - began >= 1.5
    assert len(inbox(endpoint)) == 1


# -- which calls ----------------------------------------------------------------------------------


def test_fault_lasts_for_so_many_calls(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=throttle&times=3")
    assert [planted(endpoint)[0]["times"]] + [
        refusal(api(endpoint).get_account).status for _ in range(3)
    ] == [3, 429, 429, 429]
    assert planted(endpoint) == []
    assert api(endpoint).get_account()["SendingEnabled"]


def test_fault_without_a_number_stays_until_it_is_removed(endpoint: PracticeEndpoint) -> None:
    fault = plant(endpoint, "kind=error")
    assert {refusal(api(endpoint).get_account).status for _ in range(5)} == {500}
    assert planted(endpoint) == [fault]
    assert ask(endpoint, "DELETE", f"/practice/faults?id={fault['id']}").json == {"removed": 1}
    assert api(endpoint).get_account()["SendingEnabled"]


@pytest.mark.parametrize("method", [("DELETE", "/practice/faults"), ("POST", "/practice/faults/delete")])
def test_all_faults_or_one_are_removed(endpoint: PracticeEndpoint, method: tuple[str, str]) -> None:
    first, second, _ = (plant(endpoint, f"kind={kind}") for kind in ("error", "deny", "bounce"))
    assert ask(endpoint, method[0], f"{method[1]}?id={second['id']}").json == {"removed": 1}
    assert [one["kind"] for one in planted(endpoint)] == ["error", "bounce"]
    assert ask(endpoint, method[0], method[1]).json == {"removed": 2}
    assert planted(endpoint) == []
    assert first["id"] != second["id"]


@pytest.mark.parametrize("spelling", ["CreateConfigurationSet", "createconfigurationset"])
def test_fault_of_one_operation_meets_no_other(endpoint: PracticeEndpoint, spelling: str) -> None:
    plant(endpoint, f"kind=throttle&operation={spelling}")
    assert api(endpoint).get_account()["SendingEnabled"]
    assert api(endpoint).send_email(**mail())["MessageId"]
    found = refusal(api(endpoint).create_configuration_set, ConfigurationSetName="x")
    assert found == Refusal(429, "TooManyRequestsException", "Rate exceeded")


@pytest.mark.parametrize("kind", ["pause", "quota"])
def test_pause_and_quota_meet_sends_only(endpoint: PracticeEndpoint, kind: str) -> None:
    plant(endpoint, f"kind={kind}&times=1")
    assert api(endpoint).get_account()["SendingEnabled"]
    assert api(endpoint, "ses").get_send_quota()["Max24HourSend"]
    assert len(planted(endpoint)) == 1
    assert refusal(api(endpoint).send_email, **mail()).status >= 400


def test_first_planted_fault_comes_first(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=error&times=1")
    plant(endpoint, "kind=throttle&times=1")
    assert [refusal(api(endpoint).get_account).status for _ in range(2)] == [500, 429]


def test_fault_without_an_operation_leaves_other_services_alone(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=error")
    assert api(endpoint, "sts").get_caller_identity()["Account"] == endpoint.account_id
    assert api(endpoint, "route53").list_hosted_zones()["HostedZones"]


def change_records(endpoint: PracticeEndpoint) -> Refusal:
    route53 = api(endpoint, "route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    record = {"Name": "x.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    return refusal(route53.change_resource_record_sets, HostedZoneId=zone, ChangeBatch=changes)


def create_user(endpoint: PracticeEndpoint) -> Refusal:
    return refusal(api(endpoint, "iam").create_user, UserName="x")


def create_topic(endpoint: PracticeEndpoint) -> Refusal:
    return refusal(api(endpoint, "sns").create_topic, Name="x")


def who_am_i(endpoint: PracticeEndpoint) -> Refusal:
    return refusal(api(endpoint, "sts").get_caller_identity)


@pytest.mark.parametrize(
    ("kind", "operation", "call", "status", "code"),
    [
        ("throttle", "ChangeResourceRecordSets", change_records, 400, "Throttling"),
        ("deny", "ChangeResourceRecordSets", change_records, 403, "AccessDenied"),
        ("error", "CreateUser", create_user, 500, "InternalFailure"),
        ("throttle", "CreateTopic", create_topic, 400, "Throttling"),
        ("skew", "GetCallerIdentity", who_am_i, 403, "SignatureDoesNotMatch"),
    ],
)
def test_operations_of_other_services_go_wrong_by_name(
    endpoint: PracticeEndpoint, kind: str, operation: str, call: Any, status: int, code: str
) -> None:
    plant(endpoint, f"kind={kind}&operation={operation}&times=1")
    found = call(endpoint)
    assert (found.status, found.code) == (status, code)
    assert planted(endpoint) == []
    zone = api(endpoint, "route53").list_hosted_zones()["HostedZones"][0]["Id"]
    records = api(endpoint, "route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert "x.example.com." not in {record["Name"] for record in records}


def test_connection_to_another_service_is_cut(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=cut&operation=CreateTopic&times=1")
    with pytest.raises(BotoCoreError):
        api(endpoint, "sns").create_topic(Name="never")
    assert api(endpoint, "sns").list_topics().get("Topics", []) == []


# -- faults of delivery ---------------------------------------------------------------------------


def outcomes(endpoint: PracticeEndpoint, to: list[str]) -> dict[str, list[str]]:
    """Recipient → events, a day later."""
    message_id = api(endpoint).send_email(**mail(to))["MessageId"]
    ask(endpoint, "POST", "/practice/clock?hours=20")
    (found,) = inbox(endpoint, f"?id={message_id}")
    events = [event for event in found["Events"] if event["Type"] != "Send"]
    return {address: [e["Type"] for e in events if address in e["Recipients"]] for address in to}


FATES = [
    ("bounce", ["Bounce"]),
    ("soft-bounce", ["DeliveryDelay", "Bounce"]),
    ("complaint", ["Delivery", "Complaint"]),
    ("delay", ["DeliveryDelay", "Delivery"]),
]


@pytest.mark.parametrize(("kind", "fate"), FATES)
@pytest.mark.parametrize("how", ["address", "domain", "everybody"])
def test_mail_meets_a_planted_fate(endpoint: PracticeEndpoint, kind: str, fate: list[str], how: str) -> None:
    number = next(numbers)
    hit, beside = f"hit@{number}.example.org", f"beside@{number}.example.org"
    below, other = f"x@mail.{number}.example.org", f"hit@other{number}.example.org"
    where = {"address": f"&address={hit}", "domain": f"&address={number}.Example.ORG", "everybody": ""}[how]
    plant(endpoint, f"kind={kind}{where}")
    concerned = {"address": {hit}, "domain": {hit, beside, below}, "everybody": {hit, beside, below, other}}[
        how
    ]
    found = outcomes(endpoint, [hit, beside, below, other])
    assert found == {
        address: fate if address in concerned else ["Delivery"] for address in (hit, beside, below, other)
    }


def test_fault_of_delivery_meets_so_many_recipients(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=delay&times=2")
    recipients = [f"a{n}@{next(numbers)}.example.org" for n in range(3)]
    found = outcomes(endpoint, recipients)
    assert list(found.values()) == [
        ["DeliveryDelay", "Delivery"],
        ["DeliveryDelay", "Delivery"],
        ["Delivery"],
    ]
    assert planted(endpoint) == []


def test_fault_of_delivery_leaves_the_simulator_and_refused_mail_alone(endpoint: PracticeEndpoint) -> None:
    plant(endpoint, "kind=bounce&times=1")
    assert outcomes(endpoint, [TO]) == {TO: ["Delivery"]}
    refusal(api(endpoint).send_email, **mail("a@example.org", source="x@example.net"))
    assert len(planted(endpoint)) == 1


# -- the door -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "", "kind=", "kind=nonsense",
        "kind=throttle&times=0", "kind=throttle&times=-1", "kind=throttle&times=1.5",
        "kind=throttle&times=many",
        "kind=throttle&times=1e99", "kind=throttle&times=nan", "kind=throttle&seconds=3",
        "kind=slow&seconds=0", "kind=slow&seconds=-1", "kind=slow&seconds=100000", "kind=slow&seconds=soon",
        "kind=delay&seconds=inf", "kind=bounce&seconds=1", "kind=bounce&operation=SendEmail",
        "kind=throttle&address=a@example.org", "kind=bounce&address=a@", "kind=bounce&address=a%20b",
    ],
)  # fmt: skip
def test_door_refuses_what_makes_no_sense_with_a_sentence(endpoint: PracticeEndpoint, query: str) -> None:
    reply = ask(endpoint, "POST", f"/practice/faults?{query}")
    assert reply.status == 400
    assert list(reply.json) == ["error"]
    assert reply.json["error"].endswith(".")
    assert len(reply.json["error"].split()) >= 4
    assert planted(endpoint) == []


def test_operation_that_there_is_none_of_is_refused(endpoint: PracticeEndpoint) -> None:
    """A misspelt name would never go wrong, and its user would wait for it."""
    assert ask(endpoint, "POST", "/practice/faults?kind=throttle&operation=SendMail").status == 400


def test_door_takes_forms_and_json_and_names_all_kinds(endpoint: PracticeEndpoint) -> None:
    form = ask(endpoint, "POST", "/practice/faults", "kind=throttle&times=2")
    json_body = '{"kind": "slow", "seconds": 2, "times": 1}'
    other = ask(endpoint, "POST", "/practice/faults", json_body, {"Content-Type": "application/json"})
    assert (form.json["kind"], form.json["times"]) == ("throttle", 2)
    assert (other.json["kind"], other.json["seconds"]) == ("slow", 2.0)
    kinds = ask(endpoint, "GET", "/practice/faults").json["kinds"]
    assert set(kinds) == {
        *("throttle", "quota", "pause", "deny", "skew", "error", "slow", "cut", "lost-answer", "garbled"),
        *("bounce", "soft-bounce", "complaint", "delay", "dns-silent", "dns-error", "dns-stale"),
        *("event-twice", "event-lost", "event-late"),
    }
    assert all(text.endswith(".") for text in kinds.values())


@contextmanager
def running(folder: Path, preset: str | None = None) -> Iterator[PracticeEndpoint]:
    server = PracticeServer(folder, preset=preset)
    try:
        yield server.start()
    finally:
        server.stop()


def test_faults_clock_and_throttle_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    with running(folder, "production") as endpoint:
        plant(endpoint, "kind=error&operation=GetAccount&times=2")
        plant(endpoint, "kind=bounce&address=example.org")
        refusal(client(endpoint).get_account)
        ask(endpoint, "POST", "/practice/throttle?on=true")
        ask(endpoint, "POST", "/practice/clock?days=3")
        before = planted(endpoint)
    with running(folder) as endpoint:
        assert planted(endpoint) == before
        assert [one.get("times") for one in before] == [1, None]
        assert ask(endpoint, "GET", "/practice/clock").json["ahead"] == 3 * 86400
        assert refusal(client(endpoint).get_account).status == 500
        ses = client(endpoint)
        ask(endpoint, "POST", "/practice/clock?seconds=2")
        ses.get_account()
        assert refusal(ses.get_account).code == "TooManyRequestsException"


# -- the throttle switch --------------------------------------------------------------------------


def test_throttle_lets_one_call_a_second_through_and_sends_as_before(endpoint: PracticeEndpoint) -> None:
    ses = api(endpoint)
    assert [ses.get_account()["SendingEnabled"] for _ in range(3)] == [True] * 3
    assert ask(endpoint, "POST", "/practice/throttle?on=true").json == {"on": True}
    try:
        ask(endpoint, "POST", "/practice/clock?seconds=5")
        ses.get_account()
        assert refusal(ses.get_account) == Refusal(429, "TooManyRequestsException", "Rate exceeded")
        for _ in range(3):
            ses.send_email(**mail())
        ask(endpoint, "POST", "/practice/clock?seconds=1")
        ses.get_account()
        v1 = api(endpoint, "ses")
        v1.get_send_quota()
        assert refusal(v1.get_send_quota) == Refusal(400, "Throttling", "Rate exceeded")
        assert api(endpoint, "sts").get_caller_identity()
        assert api(endpoint, "sts").get_caller_identity()
    finally:
        assert ask(endpoint, "POST", "/practice/throttle?on=false").json == {"on": False}
    assert [ses.get_account()["SendingEnabled"] for _ in range(3)] == [True] * 3


def test_throttle_is_neither_on_nor_off(endpoint: PracticeEndpoint) -> None:
    reply = ask(endpoint, "POST", "/practice/throttle?on=perhaps")
    assert (reply.status, list(reply.json)) == (400, ["error"])


# -- the clock ------------------------------------------------------------------------------------


def ahead(endpoint: PracticeEndpoint) -> float:
    return float(ask(endpoint, "GET", "/practice/clock").json["ahead"])


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("seconds=1", 1), ("minutes=2", 120), ("hours=1.5", 5400), ("days=2", 172800),
        ("days=1&hours=1&minutes=1&seconds=1", 90061), ("hours=1&minutes=-30", 1800),
    ],
)  # fmt: skip
def test_clock_goes_forward_by_the_sum(endpoint: PracticeEndpoint, query: str, seconds: float) -> None:
    before, now = ahead(endpoint), ask(endpoint, "GET", "/practice/clock").json["now"]
    answer = ask(endpoint, "POST", f"/practice/clock?{query}").json
    assert answer["ahead"] == ahead(endpoint) == pytest.approx(before + seconds)
    passed = datetime.fromisoformat(answer["now"]) - datetime.fromisoformat(now)
    assert abs(passed.total_seconds() - seconds) < 5


@pytest.mark.parametrize(
    "query",
    ["", "hours=0", "hours=-1", "hours=",
     "hours=soon", "days=401", "seconds=nan", "seconds=inf", "weeks=1", "hours=1&days=-1"],
)  # fmt: skip
def test_clock_refuses_what_makes_no_sense_with_a_sentence(endpoint: PracticeEndpoint, query: str) -> None:
    before = ahead(endpoint)
    reply = ask(endpoint, "POST", f"/practice/clock?{query}")
    assert reply.status == 400
    assert reply.json["error"].endswith(".")
    assert ahead(endpoint) == before


def test_signatures_stay_on_the_real_clock(endpoint: PracticeEndpoint) -> None:
    ask(endpoint, "POST", "/practice/clock?days=30")
    assert client(endpoint).get_account()["SendingEnabled"]


def test_mail_bears_the_account_s_time(endpoint: PracticeEndpoint) -> None:
    api(endpoint).send_email(**mail())
    now = datetime.fromisoformat(ask(endpoint, "GET", "/practice/clock").json["now"])
    assert abs(datetime.fromisoformat(inbox(endpoint)[0]["Timestamp"]) - now) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("kind", "error"), [("dns-silent", "DNS_SERVER_ERROR"), ("dns-error", "SERVICE_ERROR")]
)
def test_dns_that_cannot_be_asked_is_named_and_comes_back(
    ready: PracticeEndpoint, kind: str, error: str
) -> None:
    ses = client(ready)

    def state(name: str = "example.com") -> tuple[str, str | None, bool]:
        found = ses.get_email_identity(EmailIdentity=name)
        info = found["VerificationInfo"].get("ErrorType")
        return found["DkimAttributes"]["Status"], info, found["VerifiedForSendingStatus"]

    ses.create_email_identity(EmailIdentity="other.test")
    reply = ask(ready, "POST", f"/practice/faults?kind={kind}&address=example.com")
    assert state() == ("TEMPORARY_FAILURE", error, True)
    assert state("other.test") == ("PENDING", "HOST_NOT_FOUND", False)
    ask(ready, "DELETE", f"/practice/faults?id={reply.json['id']}")
    assert state() == ("SUCCESS", None, True)


def test_fault_of_the_dns_takes_no_operation(ready: PracticeEndpoint) -> None:
    reply = ask(ready, "POST", "/practice/faults?kind=dns-silent&operation=SendEmail")
    assert (reply.status, "the DNS" in reply.json["error"]) == (400, True)
