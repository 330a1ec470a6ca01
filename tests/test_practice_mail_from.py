"""MAIL FROM: its one MX record through time, and what is sent without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from practice_client import Refusal, ask, inbox, mail, refusal, verify
from practice_people import REGION, caller, v1_mail
from practice_sites import MX, Site, pass_time, verified_site
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

UNSET = {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.mark.parametrize("name", ["bounce.other.test", "{site}", "bounce{site}", "test"])
def test_mail_from_must_be_a_child_of_the_identity(live: PracticeEndpoint, name: str) -> None:
    site = Site(live)
    domain = name.format(site=site.name)
    found = refusal(
        site.ses.put_email_identity_mail_from_attributes, EmailIdentity=site.name, MailFromDomain=domain
    )
    text = (
        f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity <{site.name}>."
    )
    assert found == Refusal(400, "BadRequestException", text)
    assert site.get("MailFromAttributes") == UNSET


def test_mail_from_is_pending_until_its_one_mx_is_published(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.set_mail_from()
    assert site.get("MailFromAttributes") == UNSET | {
        "MailFromDomain": site.bounce,
        "MailFromDomainStatus": "PENDING",
    }
    site.put(site.bounce, "TXT", '"v=spf1 include:amazonses.com ~all"')
    assert site.mail_from == "PENDING"
    site.put(site.bounce, "MX", MX)
    assert site.mail_from == "SUCCESS"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([f"{MX}."], "SUCCESS"),
        ([MX.replace("feedback", "Feedback")], "SUCCESS"),
        ([MX, "20 mail.other.test"], "PENDING"),
        ([MX, MX.replace("10", "20")], "PENDING"),
        ([MX.replace("10", "5")], "SUCCESS"),
        (["10 feedback-smtp.eu-west-1.amazonses.com"], "PENDING"),
        (["10 inbound-smtp.us-east-1.amazonaws.com"], "PENDING"),
        (["10 mail.other.test"], "PENDING"),
    ],
)
def test_mx_must_be_the_region_s_and_the_only_one(
    live: PracticeEndpoint, values: list[str], status: str
) -> None:
    site = Site(live)
    site.set_mail_from()
    site.put(site.bounce, "MX", *values)
    assert site.mail_from == status


@pytest.mark.parametrize("region", ["eu-central-1", "af-south-1"])
def test_mx_names_the_region_in_which_the_identity_is(live: PracticeEndpoint, region: str) -> None:
    site = Site(live, region)
    site.set_mail_from()
    site.put(site.bounce, "MX", MX)
    assert site.mail_from == "PENDING"
    site.put(site.bounce, "MX", MX.replace(REGION, region))
    assert site.mail_from == "SUCCESS"


def test_mx_where_the_zone_was_appended_twice_is_not_found(live: PracticeEndpoint) -> None:
    site = Site(live)
    site.set_mail_from()
    site.put(f"{site.bounce}.{site.name}", "MX", MX)
    assert site.mail_from == "PENDING"


def test_mail_from_is_given_up_after_72_hours_and_stays_so(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.set_mail_from()
    pass_time(live, hours=71)
    assert site.mail_from == "PENDING"
    pass_time(live, hours=1.1)
    assert site.mail_from == "FAILED"
    site.put(site.bounce, "MX", MX)
    pass_time(live, hours=1)
    assert site.mail_from == "FAILED"
    site.set_mail_from()  # that is how it starts again
    assert site.mail_from == "SUCCESS"


def test_mx_that_is_removed_later_is_a_temporary_failure_at_first(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.set_mail_from()
    site.put(site.bounce, "MX", MX)
    assert site.mail_from == "SUCCESS"
    site.drop(site.bounce, "MX", MX)
    assert site.mail_from == "TEMPORARY_FAILURE"
    assert site.send() is None
    site.put(site.bounce, "MX", MX)
    assert site.mail_from == "SUCCESS"
    site.drop(site.bounce, "MX", MX)
    pass_time(live, hours=24)
    assert site.mail_from == "TEMPORARY_FAILURE"
    pass_time(live, hours=24 * 6)  # how long is a guess
    assert site.mail_from == "FAILED"


def in_state(live: PracticeEndpoint, status: str, behavior: str) -> Site:
    """A verified domain whose MAIL FROM is in this state."""
    site = verified_site(live)
    site.set_mail_from(behavior)
    if status in ("SUCCESS", "TEMPORARY_FAILURE"):
        site.put(site.bounce, "MX", MX)
        assert site.mail_from == "SUCCESS"
    if status == "TEMPORARY_FAILURE":
        site.drop(site.bounce, "MX", MX)
    if status == "FAILED":
        pass_time(live, hours=73)
    assert site.mail_from == status
    return site


def envelope_domain(endpoint: PracticeEndpoint, source: str) -> str:
    """Where the envelope of the newest mail from there says that bounces go."""
    message = inbox(endpoint, f"?email={source}")[-1]["Id"]
    text = ask(endpoint, "GET", f"/message/source?id={message}").text
    found = re.search(r"^Return-Path: <[^@>]+@([^>]+)>", text, re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("status", ["PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE"])
@pytest.mark.parametrize("behavior", ["USE_DEFAULT_VALUE", "REJECT_MESSAGE"])
def test_mail_from_and_what_is_done_without_it(live: PracticeEndpoint, status: str, behavior: str) -> None:
    site = in_state(live, status, behavior)
    if behavior == "REJECT_MESSAGE" and status != "SUCCESS":
        assert refusal(site.ses.send_email, **mail(source=f"a@{site.name}")) == Refusal(
            400, "MailFromDomainNotVerifiedException", "Mail FROM domain is not verified"
        )
        assert inbox(live, f"?email=a@{site.name}") == []
    else:
        assert site.send("a") is None
        expected = site.bounce if status == "SUCCESS" else "amazonses.com"
        assert envelope_domain(live, f"a@{site.name}") == expected


def test_v1_is_refused_by_the_same_name(live: PracticeEndpoint) -> None:
    site = in_state(live, "PENDING", "REJECT_MESSAGE")
    found = refusal(caller(live, "ses").send_email, **v1_mail(f"a@{site.name}"))
    assert (found.status, found.code) == (400, "MailFromDomainNotVerifiedException")


def test_a_send_looks_for_the_mx_itself(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.set_mail_from("REJECT_MESSAGE")
    assert site.send() == "MailFromDomainNotVerifiedException"
    site.put(site.bounce, "MX", MX)
    assert site.send() is None


def test_behavior_can_be_changed_without_losing_the_domain(live: PracticeEndpoint) -> None:
    site = in_state(live, "SUCCESS", "USE_DEFAULT_VALUE")
    site.set_mail_from("REJECT_MESSAGE")
    assert site.get("MailFromAttributes") == {
        "MailFromDomain": site.bounce,
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }


@pytest.mark.parametrize("clear", [{}, {"MailFromDomain": ""}])
def test_cleared_mail_from_leaves_the_behavior_only(live: PracticeEndpoint, clear: Any) -> None:
    site = in_state(live, "PENDING", "REJECT_MESSAGE")
    site.ses.put_email_identity_mail_from_attributes(EmailIdentity=site.name, **clear)
    assert site.get("MailFromAttributes") == UNSET
    assert site.send() is None


def test_address_may_have_a_mail_from_of_its_own(live: PracticeEndpoint) -> None:
    site = in_state(live, "SUCCESS", "USE_DEFAULT_VALUE")
    address = f"box@{site.name}"
    verify(live, address)
    put = site.ses.put_email_identity_mail_from_attributes
    put(EmailIdentity=address, MailFromDomain=f"own.{site.name}", BehaviorOnMxFailure="REJECT_MESSAGE")
    assert site.send("box") == "MailFromDomainNotVerifiedException"  # the most specific settings win
    assert site.send("other") is None
    site.put(f"own.{site.name}", "MX", MX)
    assert site.send("box") is None
    assert envelope_domain(live, address) == f"own.{site.name}"


@pytest.mark.parametrize("operation", ["mail_from", "feedback", "configuration_set"])
def test_attributes_of_a_missing_identity_cannot_be_put(live: PracticeEndpoint, operation: str) -> None:
    call = getattr(caller(live), f"put_email_identity_{operation}_attributes")
    found = refusal(call, EmailIdentity="missing.test")
    assert (found.status, found.code) == (404, "NotFoundException")


@pytest.mark.parametrize(
    ("beside", "status"),
    [
        (None, "SUCCESS"),
        ("{bounce}", "PENDING"),  # a name that exists is not the wildcard's any more
        ("below.{bounce}", "PENDING"),  # nor one that has names below it (RFC 4592, 2.2.2)
        ("beside.{site}", "SUCCESS"),
    ],
)
def test_wildcard_stands_for_names_that_do_not_exist(
    live: PracticeEndpoint, beside: str | None, status: str
) -> None:
    site = Site(live)
    site.set_mail_from()
    if beside is not None:
        site.put(beside.format(bounce=site.bounce, site=site.name), "TXT", '"x"')
    site.put(f"*.{site.name}", "MX", MX)
    assert site.mail_from == status
