"""What an account's sending does to it: suppression list, pauses, and what each leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from practice_chain import api, door, fresh, listed, now, numbers, pass_time, sent_v1, sums
from practice_client import FROM, OTHER_REGION, TO, Refusal, ask, client, mail, refusal
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)
BOUNCE, COMPLAINT = "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"
OUTSIDE = "somebody@example.org"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production, for tests that only need addresses of their own."""
    with serve(preset="production") as endpoint:
        yield endpoint


# -- suppression list -----------------------------------------------------------------------------


def missing(address: str) -> Refusal:
    text = f"Email address {address} does not exist on your suppression list."
    return Refusal(404, "NotFoundException", text)


@pytest.mark.parametrize("reason", ["BOUNCE", "COMPLAINT"])
def test_listed_address_keeps_its_local_part_and_loses_the_capitals_of_its_domain(
    endpoint: PracticeEndpoint, reason: str
) -> None:
    ses, number = api(endpoint), next(numbers)
    ses.put_suppressed_destination(EmailAddress=f"Some.Body{number}@Example.ORG", Reason=reason)
    found = ses.get_suppressed_destination(EmailAddress=f"Some.Body{number}@EXAMPLE.org")
    destination = found["SuppressedDestination"]
    assert abs(destination.pop("LastUpdateTime") - now(endpoint)) < timedelta(seconds=5)
    assert destination == {"EmailAddress": f"Some.Body{number}@example.org", "Reason": reason}
    other = f"some.body{number}@example.org"
    assert refusal(ses.get_suppressed_destination, EmailAddress=other) == missing(other)


@pytest.mark.parametrize("call", ["get", "delete"])
def test_address_that_is_not_listed(endpoint: PracticeEndpoint, call: str) -> None:
    operation = getattr(api(endpoint), f"{call}_suppressed_destination")
    assert refusal(operation, EmailAddress=OUTSIDE) == missing(OUTSIDE)


def test_address_is_listed_again_for_another_reason_and_deleted(endpoint: PracticeEndpoint) -> None:
    ses, address = api(endpoint), fresh()
    for reason in ("BOUNCE", "COMPLAINT"):
        ses.put_suppressed_destination(EmailAddress=address, Reason=reason)
    destination = ses.get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]
    assert destination["Reason"] == "COMPLAINT"
    ses.delete_suppressed_destination(EmailAddress=address)
    assert refusal(ses.get_suppressed_destination, EmailAddress=address) == missing(address)


@pytest.mark.parametrize(
    "parameters",
    [
        {"EmailAddress": OUTSIDE, "Reason": "SPAM"},
        {"EmailAddress": OUTSIDE},
        {"Reason": "BOUNCE"},
        {"EmailAddress": "nobody", "Reason": "BOUNCE"},
    ],
    ids=["reason", "no reason", "no address", "no domain"],
)
def test_nonsense_is_not_listed(endpoint: PracticeEndpoint, parameters: dict[str, str]) -> None:
    found = refusal(api(endpoint).put_suppressed_destination, **parameters)
    assert (found.status, found.code) == (400, "BadRequestException")


def test_list_comes_in_pages_and_by_reason_and_time(endpoint: PracticeEndpoint) -> None:
    ses, domain = api(endpoint), "pages.example.org"
    early, late = {fresh(domain) for _ in range(3)}, {fresh(domain) for _ in range(2)}
    start = now(endpoint)
    for address in early:
        ses.put_suppressed_destination(EmailAddress=address, Reason="BOUNCE")
    pass_time(endpoint, hours=1)
    middle = now(endpoint) - timedelta(minutes=30)
    for address in late:
        ses.put_suppressed_destination(EmailAddress=address, Reason="COMPLAINT")
    end = now(endpoint) + timedelta(minutes=1)

    def ours(**filters: Any) -> set[str]:
        return {one for one in listed(endpoint, **filters) if one.endswith(domain)}

    assert ours() == early | late
    assert ours(Reasons=["BOUNCE"]) == early
    assert ours(Reasons=["COMPLAINT"]) == late
    assert ours(Reasons=["BOUNCE", "COMPLAINT"]) == early | late
    assert ours(StartDate=middle) == late
    assert ours(EndDate=middle) == early
    assert ours(StartDate=start - timedelta(seconds=2), EndDate=middle) == early
    assert ours(StartDate=end) == set()
    pages, parameters = [], {"PageSize": 2}
    while True:
        answer = ses.list_suppressed_destinations(**parameters)
        pages.append([one["EmailAddress"] for one in answer["SuppressedDestinationSummaries"]])
        if "NextToken" not in answer:
            break
        parameters["NextToken"] = answer["NextToken"]
    assert all(len(page) == 2 for page in pages[:-1])
    together = [address for page in pages for address in page]
    assert len(together) == len(set(together))
    assert set(together) == listed(endpoint)
    found = refusal(ses.list_suppressed_destinations, NextToken="nonsense")
    assert (found.status, found.code) == (400, "InvalidNextTokenException")


@pytest.mark.parametrize("call", ["put", "get", "delete", "list"])
def test_list_is_closed_in_the_sandbox(sandbox: PracticeEndpoint, call: str) -> None:
    """That it is, is documented; the words are a guess."""
    operation = getattr(api(sandbox), f"{call}_suppressed_destination{'s' * (call == 'list')}")
    parameters = {} if call == "list" else {"EmailAddress": OUTSIDE}
    found = refusal(operation, **parameters, **({"Reason": "BOUNCE"} if call == "put" else {}))
    assert (found.status, found.code) == (400, "BadRequestException")
    assert "sandbox" in (found.text or "")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("bounce", "BOUNCE"), ("complaint", "COMPLAINT"), ("soft-bounce", None), (None, None)],
)
def test_hard_bounce_and_complaint_list_the_address(
    endpoint: PracticeEndpoint, fault: str | None, reason: str | None
) -> None:
    ses, address = api(endpoint), fresh()
    if fault:
        door(endpoint, f"/practice/faults?kind={fault}&address={address}&times=1")
    message_id = ses.send_email(**mail(address.replace("example", "Example")))["MessageId"]
    pass_time(endpoint, hours=15)
    if reason is None:
        assert refusal(ses.get_suppressed_destination, EmailAddress=address) == missing(address)
        return
    destination = ses.get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]
    assert (destination["EmailAddress"], destination["Reason"]) == (address, reason)
    assert destination["Attributes"]["MessageId"] == message_id
    assert destination["Attributes"]["FeedbackId"]


@pytest.mark.parametrize("address", [BOUNCE, COMPLAINT, "suppressionlist@simulator.amazonses.com"])
def test_simulator_lists_nothing(endpoint: PracticeEndpoint, address: str) -> None:
    before = listed(endpoint)
    api(endpoint).send_email(**mail(address))
    pass_time(endpoint, seconds=30)
    assert listed(endpoint) == before


def outcome(endpoint: PracticeEndpoint, address: str, **more: Any) -> str | None:
    """How the last event of a mail to the address explains itself."""
    message_id = api(endpoint).send_email(**mail(address, **more))["MessageId"]
    pass_time(endpoint, seconds=30)
    (found,) = ask(endpoint, "GET", f"/_aws/ses?id={message_id}").json["messages"]
    event = found["Events"][-1]
    return str(event["Type"] if event["Type"] == "Delivery" else event.get("BounceSubType") or "other")


@pytest.mark.parametrize(
    ("account", "own", "suppressed"),
    [
        (["BOUNCE", "COMPLAINT"], None, True),
        (["COMPLAINT"], None, False),
        ([], None, False),
        (["BOUNCE"], [], False),
        (["BOUNCE"], ["COMPLAINT"], False),
        ([], ["BOUNCE"], True),
        (["COMPLAINT"], ["BOUNCE", "COMPLAINT"], True),
    ],
)
def test_list_is_heeded_as_account_and_set_say(
    endpoint: PracticeEndpoint, account: list[str], own: list[str] | None, suppressed: bool
) -> None:
    ses, address, name = api(endpoint), fresh(), f"set-{next(numbers)}"
    ses.put_suppressed_destination(EmailAddress=address, Reason="BOUNCE")
    ses.create_configuration_set(ConfigurationSetName=name)
    if own is not None:
        ses.put_configuration_set_suppression_options(ConfigurationSetName=name, SuppressedReasons=own)
    ses.put_account_suppression_attributes(SuppressedReasons=account)
    try:
        assert ses.get_account()["SuppressionAttributes"]["SuppressedReasons"] == account
        expected = "OnAccountSuppressionList" if suppressed else "Delivery"
        assert outcome(endpoint, address, ConfigurationSetName=name) == expected
    finally:
        ses.put_account_suppression_attributes(SuppressedReasons=["BOUNCE", "COMPLAINT"])


def test_account_that_heeds_no_bounces_lists_none(endpoint: PracticeEndpoint) -> None:
    ses, address = api(endpoint), fresh()
    ses.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    try:
        door(endpoint, f"/practice/faults?kind=bounce&address={address}&times=1")
        ses.send_email(**mail(address))
        pass_time(endpoint, seconds=30)
        assert refusal(ses.get_suppressed_destination, EmailAddress=address) == missing(address)
    finally:
        ses.put_account_suppression_attributes(SuppressedReasons=["BOUNCE", "COMPLAINT"])


def test_mail_to_a_listed_address_counts_for_the_quota_and_not_for_the_rates(
    production: PracticeEndpoint,
) -> None:
    client(production).put_suppressed_destination(EmailAddress=OUTSIDE, Reason="BOUNCE")
    client(production).send_email(**mail(OUTSIDE))
    pass_time(production, minutes=5)
    assert sent_v1(production) == 1
    assert sums(production)[1] == 0


def test_suppression_lists_of_regions_are_apart(endpoint: PracticeEndpoint) -> None:
    found = refusal(api(endpoint, region=OTHER_REGION).get_suppressed_destination, EmailAddress=OUTSIDE)
    assert found.code == "BadRequestException"  # the other Region is still in its sandbox


# -- pauses ---------------------------------------------------------------------------------------


def paused_by_owner(endpoint: PracticeEndpoint, on: bool) -> None:
    client(endpoint).put_account_sending_attributes(SendingEnabled=not on)


def paused_by_v1(endpoint: PracticeEndpoint, on: bool) -> None:
    client(endpoint, "ses").update_account_sending_enabled(Enabled=not on)


def paused_by_aws(endpoint: PracticeEndpoint, on: bool) -> None:
    door(endpoint, f"/practice/enforcement?status={'SHUTDOWN' if on else 'HEALTHY'}")


@pytest.mark.parametrize("pause", [paused_by_owner, paused_by_v1, paused_by_aws])
def test_paused_account_sends_nothing_until_it_is_resumed(
    production: PracticeEndpoint, pause: Callable[[PracticeEndpoint, bool], None]
) -> None:
    ses, v1 = client(production), client(production, "ses")
    pause(production, True)
    account = ses.get_account()
    assert account["SendingEnabled"] is False
    assert account["EnforcementStatus"] == ("SHUTDOWN" if pause is paused_by_aws else "HEALTHY")
    assert refusal(ses.send_email, **mail()) == Refusal(400, "SendingPausedException", PAUSED)
    message = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    old = {"Source": FROM, "Destination": {"ToAddresses": [TO]}, "Message": message}
    assert refusal(v1.send_email, **old) == Refusal(400, "MessageRejected", PAUSED)
    pause(production, False)
    assert ses.get_account()["SendingEnabled"] is True
    assert ses.send_email(**mail())["MessageId"]
    assert v1.send_email(**old)["MessageId"]


def test_owner_cannot_resume_what_aws_has_paused(production: PracticeEndpoint) -> None:
    paused_by_aws(production, True)
    paused_by_owner(production, False)
    assert client(production).get_account()["SendingEnabled"] is False
    assert refusal(client(production).send_email, **mail()).code == "SendingPausedException"


def test_account_under_review_still_sends(production: PracticeEndpoint) -> None:
    door(production, "/practice/enforcement?status=PROBATION")
    account = client(production).get_account()
    assert (account["EnforcementStatus"], account["SendingEnabled"]) == ("PROBATION", True)
    assert client(production).send_email(**mail())["MessageId"]


def test_pause_concerns_one_region(production: PracticeEndpoint) -> None:
    paused_by_aws(production, True)
    other = client(production, region=OTHER_REGION).get_account()
    assert (other["EnforcementStatus"], other["SendingEnabled"]) == ("HEALTHY", True)


@pytest.mark.parametrize("query", ["", "status=HAPPY", "status=SHUTDOWN&region=mars"])
def test_enforcement_that_is_none_is_refused_with_a_sentence(endpoint: PracticeEndpoint, query: str) -> None:
    reply = ask(endpoint, "POST", f"/practice/enforcement?{query}")
    assert reply.status == 400
    assert reply.json["error"].endswith(".")
    assert api(endpoint).get_account()["EnforcementStatus"] == "HEALTHY"


def test_paused_configuration_set_stops_its_own_mail_only(endpoint: PracticeEndpoint) -> None:
    ses, name = api(endpoint), f"set-{next(numbers)}"
    ses.create_configuration_set(ConfigurationSetName=name)
    ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=False)
    found = refusal(ses.send_email, **mail(ConfigurationSetName=name))
    assert (found.status, found.code) == (400, "SendingPausedException")
    assert name in (found.text or "")
    assert ses.send_email(**mail())["MessageId"]
    ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=True)
    assert ses.send_email(**mail(ConfigurationSetName=name))["MessageId"]
