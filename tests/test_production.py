"""Production access against the practice account: where it stands, what is asked, what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from practice_client import client
from sesutil import Account, AwsError, ConnectorConfig, InvalidParameters, Practice, connect, load_config
from sesutil.changes import ChangeStopped, carry_out
from sesutil.config import UsageType
from sesutil.identities import plan_identity, plan_mail_from
from sesutil.launching import PracticeEndpoint
from sesutil.production import (
    LONGEST_TEXT,
    PREREQUISITE_COLUMNS,
    ProductionRequest,
    ProductionState,
    case_link,
    denial_reply,
    draft_request,
    follow,
    plan_request,
    plan_suppression,
    read_production,
    share_domain,
    website_problem,
)

FACTS: dict[str, Any] = {
    "website_url": "https://app.example.com",
    "contacts": ["team@example.com"],
    "mails_per_day": 500,
    "sign_up": "Example is a shop; customers create an account to order",
}


@pytest.fixture
def stubbed() -> Iterator[tuple[Account, Stubber]]:
    """An account whose SES client answers what a test says: for answers that practice never gives."""
    account = connect(endpoint_url="http://127.0.0.1:1", region="us-east-1")
    with Stubber(account.ses) as stubber:
        yield account, stubber
        stubber.assert_no_pending_responses()


def account_answer(status: str | None = None, **more: Any) -> dict[str, Any]:
    details = {
        "WebsiteURL": "https://example.com",
        "MailType": "TRANSACTIONAL",
        "ReviewDetails": {"Status": status},
    }
    return {
        "ProductionAccessEnabled": False,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        **({"Details": details} if status else {}),
        **more,
    }


def met(state: ProductionState) -> dict[str, bool | None]:
    return {one.id: one.met for one in state.prerequisites}


def told(state: ProductionState, name: str) -> str:
    return next(f"{one.sentence} {one.fix}" for one in state.prerequisites if one.id == name)


def fields(request: ProductionRequest) -> set[str]:
    return {one.field for one in request.problems}


# -- where it stands --------------------------------------------------------------------------------


def test_a_new_account_has_everything_before_it(new: PracticeEndpoint, config: ConnectorConfig) -> None:
    state = read_production(connect(practice=new), config)
    assert (state.production, state.review, state.case_id, state.link, state.asked) == (
        False,
        None,
        None,
        None,
        None,
    )
    assert (state.max_24_hours, state.max_per_second, state.region) == (200, 1.0, "us-east-1")
    assert met(state) == {
        "identity": False,
        "domain": False,
        "account": True,
        "website": None,
        "same-domain": None,
        "bounces": True,
        "mail-from": None,
        "dmarc": None,
    }
    assert [one.id for one in state.missing] == ["identity", "domain"]
    assert "Register the domain example.com" in told(state, "identity")


def test_what_a_reviewer_wants_is_there(account: Account, config: ConnectorConfig) -> None:
    carry_out(account, plan_mail_from(account, "example.com"))
    Practice(account).verify("example.com")
    state = read_production(account, config, website_url="https://www.example.com/", dmarc="none")
    assert set(met(state).values()) == {True}
    assert state.missing == ()
    assert state.mail_from == "bounce.example.com"
    assert "no-reply@example.com is verified in us-east-1, by the identity example.com" in told(
        state, "identity"
    )
    assert all(not one.fix or one.id == "website" for one in state.prerequisites)


def test_an_address_alone_is_not_signed(new: PracticeEndpoint, config: ConnectorConfig) -> None:
    account = connect(practice=new)
    carry_out(account, plan_identity(account, "no-reply@example.com"))
    waiting = read_production(account, config)
    assert (met(waiting)["identity"], met(waiting)["domain"]) == (False, False)
    assert "Open the link" in told(waiting, "identity")
    Practice(account).verify("no-reply@example.com")
    state = read_production(account, config)
    assert (met(state)["identity"], met(state)["domain"], met(state)["mail-from"]) == (True, False, False)
    assert "Register the domain example.com" in told(state, "domain")


def test_an_address_below_the_domain_is_not_signed_by_it(account: Account, document: dict[str, Any]) -> None:
    config = load_config(document | {"emailAddress": "no-reply@mail.example.com"})
    assert met(read_production(account, config))["domain"] is True
    account.ses.create_email_identity(EmailIdentity="no-reply@mail.example.com")
    state = read_production(account, config)
    assert (met(state)["identity"], met(state)["domain"]) == (True, False)
    assert "not signed for by the domain above" in told(state, "domain")


def test_keys_that_are_pending_or_off_do_not_count(account: Account, config: ConnectorConfig) -> None:
    account.ses.put_email_identity_dkim_attributes(EmailIdentity="example.com", SigningEnabled=False)
    assert "signing is switched off" in told(read_production(account, config), "domain")
    other = connect(practice=account.practice, region="eu-west-1")
    carry_out(other, plan_identity(other, "example.com"))
    state = read_production(other, config)
    assert (met(state)["identity"], met(state)["domain"]) == (False, False)
    assert "pending" in told(state, "domain")
    text = draft_request(config, state=state, **FACTS).use_case_description
    assert "DKIM" not in text
    assert "verified identity" not in text


@pytest.mark.parametrize("status", ["PROBATION", "SHUTDOWN"])
def test_an_account_under_watch_answers_its_case_first(
    account: Account, config: ConnectorConfig, status: Any
) -> None:
    Practice(account).enforce(status)
    state = read_production(account, config)
    assert met(state)["account"] is False
    assert "Answer the case" in told(state, "account")


def test_sending_switched_off(account: Account, config: ConnectorConfig) -> None:
    account.ses.put_account_sending_attributes(SendingEnabled=False)
    assert "PutAccountSendingAttributes" in told(read_production(account, config), "account")


@pytest.mark.parametrize(("reasons", "word"), [([], "a bounce or a complaint"), (["BOUNCE"], "a complaint")])
def test_the_suppression_list_is_switched_on(
    account: Account, config: ConnectorConfig, reasons: list[Any], word: str
) -> None:
    account.ses.put_account_suppression_attributes(SuppressedReasons=reasons)
    state = read_production(account, config)
    assert met(state)["bounces"] is False
    assert f"after {word}." in told(state, "bounces")
    change = plan_suppression(account)
    assert (", ".join(reasons) or "none") in change.undo
    carry_out(account, change)
    assert met(read_production(account, config))["bounces"] is True
    assert plan_suppression(account).already


@pytest.mark.parametrize(
    ("website", "expected"),
    [
        ("https://example.com", (True, True)),
        ("https://shop.example.net", (True, False)),
        ("http://example.com", (False, None)),
        ("https://localhost:3000", (False, False)),
        ("", (False, None)),
    ],
)
def test_the_website_is_looked_at(
    account: Account, config: ConnectorConfig, website: str, expected: tuple[bool, bool | None]
) -> None:
    found = met(read_production(account, config, website_url=website))
    assert (found["website"], found["same-domain"]) == expected


def test_no_dmarc_is_told(account: Account, config: ConnectorConfig) -> None:
    state = read_production(account, config, dmarc="")
    assert met(state)["dmarc"] is False
    assert "dmarc" not in [one.id for one in state.missing]  # recommended, not required


def test_a_config_without_sender(account: Account, document: dict[str, Any]) -> None:
    del document["emailAddress"]
    state = read_production(account, load_config(document))
    assert (met(state)["identity"], met(state)["domain"]) == (False, None)
    assert met(read_production(account))["identity"] is None
    another = load_config(
        document
        | {
            "emailAddress": "a@other.example",
            "emailAddressIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/other.example",
        }
    )
    assert met(read_production(account, another))["identity"] is None


def test_what_may_not_be_read_is_not_known(ready: PracticeEndpoint, config: ConnectorConfig) -> None:
    iam = client(ready, "iam")
    iam.create_user(UserName="limited")
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:GetAccount","Resource":"*"}]}'
    )
    iam.put_user_policy(UserName="limited", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    account = connect(practice=ready).signed_by(key["AccessKeyId"], key["SecretAccessKey"])
    state = read_production(account, config)
    assert (met(state)["identity"], met(state)["domain"], met(state)["mail-from"]) == (None, None, None)
    assert "AccessDenied" in told(state, "identity")
    assert met(state)["bounces"] is True


def test_events_of_the_configuration_set_are_read(account: Account, document: dict[str, Any]) -> None:
    account.ses.create_configuration_set(ConfigurationSetName="logto")
    topic = account.client("sns").create_topic(Name="sesutil-events")["TopicArn"]
    config = load_config(document | {"configurationSetName": "logto"})
    assert read_production(account, config).events == ()
    account.ses.create_configuration_set_event_destination(
        ConfigurationSetName="logto",
        EventDestinationName="all",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    account.ses.create_configuration_set_event_destination(
        ConfigurationSetName="logto",
        EventDestinationName="off",
        EventDestination={
            "Enabled": False,
            "MatchingEventTypes": ["DELIVERY"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    state = read_production(account, config)
    assert state.events == ("BOUNCE", "COMPLAINT")
    assert (
        "published as events, by the configuration set logto"
        in draft_request(config, state=state, **FACTS).use_case_description
    )
    missing = load_config(document | {"configurationSetName": "absent"})
    assert read_production(account, missing).events is None


def test_the_frame_names_its_columns_and_no_case(account: Account, config: ConnectorConfig) -> None:
    frame = read_production(account, config).frame()
    assert list(frame.columns) == list(PREREQUISITE_COLUMNS)
    assert set(frame["met"]) == {"yes", "no", "unknown"}
    assert set(frame["needed"]) == {"required", "recommended"}


# -- the request, drafted ---------------------------------------------------------------------------


def test_a_draft_answers_what_reviewers_ask_in_their_order(config: ConnectorConfig) -> None:
    request = draft_request(config, peak_per_second=2, languages=["en", "de"], **FACTS)
    text = request.use_case_description
    assert request.problems == ()
    headings = ["What we send", "How often", "How we get", "Bounces, complaints and unsubscribe", "Examples"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "Example is a shop; customers create an account to order." in text
    assert "about 500 mails on a usual day" in text
    assert "up to 2 a second" in text
    assert "A quota of 50,000 a day and 14 a second is enough" in text
    assert "- a code to sign in" in text
    assert "Languages of the mails: en, de." in text
    assert "Subject: SignIn: your code\nSignIn\n123456" in text
    assert "CAPTCHA" not in text
    assert "CAPTCHA" in draft_request(config, captcha=True, **FACTS).use_case_description


def test_what_is_asked_is_what_the_api_takes(config: ConnectorConfig) -> None:
    request = draft_request(config, contact_language="JA", **FACTS)
    assert request.parameters() == {
        "MailType": "TRANSACTIONAL",
        "WebsiteURL": "https://app.example.com",
        "ContactLanguage": "JA",
        "UseCaseDescription": request.use_case_description,
        "AdditionalContactEmailAddresses": ["team@example.com"],
        "ProductionAccessEnabled": True,
    }


def test_nothing_is_claimed_that_is_not_known(config: ConnectorConfig, document: dict[str, Any]) -> None:
    text = draft_request(config, **FACTS).use_case_description
    for word in (
        "DKIM",
        "DMARC",
        "MAIL FROM",
        "verified identity",
        "suppression list is on",
        "events",
        "invit",
    ):
        assert word.lower() not in text.lower(), word
    document["templates"].append(
        {"usageType": "OrganizationInvitation", "subject": "Join", "content": "{{link}}"}
    )
    assert (
        "an invitation to an organization"
        in draft_request(load_config(document), **FACTS).use_case_description
    )


def test_what_is_so_is_said(account: Account, document: dict[str, Any]) -> None:
    config = load_config(document | {"feedbackForwardingEmailAddress": "bounces@example.com"})
    before = draft_request(config, state=read_production(account, config), **FACTS).use_case_description
    assert "no-reply@example.com. example.com is a verified identity in us-east-1." in before
    assert "signed by DKIM for example.com with a 2048-bit key" in before
    assert "suppression list is on for bounces and complaints" in before
    assert "forwarded to bounces@example.com" in before
    assert "MAIL FROM" not in before
    assert "DMARC" not in before
    carry_out(account, plan_mail_from(account, "example.com"))
    pending = read_production(account, config, dmarc="")
    assert "MAIL FROM" not in draft_request(config, state=pending, **FACTS).use_case_description
    Practice(account).verify("example.com")
    account.ses.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    after = draft_request(config, state=read_production(account, config, dmarc="reject"), **FACTS)
    assert "MAIL FROM domain is bounce.example.com" in after.use_case_description
    assert "DMARC policy is published: p=reject" in after.use_case_description
    assert "suppression list is on for complaints:" in after.use_case_description


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        ({"mails_per_day": 1}, "about 1 mail on a usual day"),
        ({"mails_per_day": 50_000, "peak_per_second": 14}, "is enough for us"),
        (
            {"mails_per_day": 50_001},
            "We expect about 50,001 mails on a usual day. This is more than 50,000 a day",
        ),
        ({"mails_per_day": 10, "peak_per_second": 14.5}, "up to 14.5 a second. This is more than"),
    ],
)
def test_the_volume_is_compared_with_a_first_quota(
    config: ConnectorConfig, volume: dict[str, Any], said: str
) -> None:
    request = draft_request(config, **{**FACTS, **volume})
    assert request.problems == ()
    assert said in request.use_case_description


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"website_url": " "}, "website_url", "Give the address"),
        ({"website_url": "example.com"}, "website_url", "https://"),
        ({"contacts": []}, "contacts", "at least one"),
        ({"contacts": [f"a{n}@example.com" for n in range(5)]}, "contacts", "one to 4"),
        ({"contacts": ["a@example.com", "A@example.com"]}, "contacts", "twice"),
        ({"contacts": ["nobody"]}, "contacts", "Missing final"),
        ({"contacts": ["a@b.c"]}, "contacts", "6 to 254"),
        ({"contacts": ["a@" + "b" * 250 + ".com"]}, "contacts", "6 to 254"),
        ({"contact_language": "DE"}, "contact_language", "EN or JA"),
        ({"mails_per_day": None}, "mails_per_day", "how many"),
        ({"mails_per_day": 0}, "mails_per_day", "above zero"),
        ({"peak_per_second": 0}, "peak_per_second", "above zero"),
        ({"mails_per_day": 100_000, "peak_per_second": 1}, "peak_per_second", "86,400"),
        ({"sign_up": "\n"}, "sign_up", "what the service is"),
        ({"sign_up": "x" * 1001}, "sign_up", "1000"),
        ({"use_case_description": " "}, "use_case_description", "what the mail is for"),
        ({"use_case_description": "x" * 5001}, "use_case_description", "5000"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(
    account: Account, config: ConnectorConfig, change: dict[str, Any], field: str, sentence: str
) -> None:
    request = draft_request(config, **{**FACTS, **change})
    assert fields(request) == {field}
    assert sentence in request.problems[0].sentence
    with pytest.raises(InvalidParameters, match=field):
        plan_request(account, request)


def test_a_draft_keeps_within_what_ses_takes(
    account: Account, config: ConnectorConfig, document: dict[str, Any]
) -> None:
    templates = [
        {
            "usageType": kind,
            "subject": kind + " subject" * 60,
            "content": "<p>" + "many words " * 2000 + "</p>",
        }
        for kind in UsageType
        for _ in range(3)
    ]
    wide = {
        "website_url": "https://" + "w" * 60 + ".example.com/" + "x" * 900,
        "sign_up": "word " * 199,
        "peak_per_second": 20,
        "captcha": True,
        "languages": [f"x-language-{n}" for n in range(200)],
        "state": read_production(account, config, dmarc="none"),
    }
    request = draft_request(load_config(document | {"templates": templates}), **{**FACTS, **wide})
    assert request.problems == ()
    assert len(request.use_case_description) <= LONGEST_TEXT
    assert "Sender and authentication" in request.use_case_description
    assert len(request.examples) < 1800
    assert len(denial_reply(request, wide["state"])) <= 8000


def test_a_text_that_a_person_wrote_is_kept(config: ConnectorConfig) -> None:
    request = draft_request(config, use_case_description="We send codes.", **FACTS)
    assert request.use_case_description == "We send codes."
    assert request.problems == ()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.com", ""),
        ("https://app.example.com:8443/sign-in?x=1#y", ""),
        ("https://m\u00fcnchen.com/", ""),
        ("https://example.com.", ""),
        ("http://example.com", "https://"),
        ("www.example.com", "whole address"),
        ("ftp://example.com", "whole address"),
        ("https://", "whole address"),
        ("https://exa mple.com", "whole address"),
        ("https://example.com:port", "whole address"),
        ("https://[::1", "whole address"),
        ("https://localhost", "from outside"),
        ("https://app.local", "from outside"),
        ("https://shop.test", "from outside"),
        ("https://my.internal", "from outside"),
        ("https://intranet", "no public name"),
        ("https://192.168.0.1/", "is no name"),
        ("https://[::1]/", "is no name"),
        ("https://example.com/" + "x" * 1000, "1000 characters"),
    ],
)
def test_websites_that_a_reviewer_can_open(url: str, problem: str) -> None:
    found = website_problem(url)
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("example.com", "example.com", True),
        ("mail.example.com", "example.com", True),
        ("mail.example.com", "www.example.com", True),
        ("example.com", "example.org", False),
        ("badexample.com", "example.com", False),
        ("example.co.uk", "www.example.co.uk", True),
        ("example.co.uk", "other.co.uk", False),
        ("example.com.au", "other.com.au", False),
        ("com", "example.com", False),
    ],
)
def test_domains_of_one_owner(first: str, second: str, same: bool) -> None:
    assert share_domain(first, second) is same
    assert share_domain(second, first) is same


# -- asked, decided, answered -----------------------------------------------------------------------


def test_asked_and_granted(account: Account, config: ConnectorConfig) -> None:
    request = draft_request(config, state=read_production(account, config), **FACTS)
    change = plan_request(account, request)
    assert change.title == "Ask for production access in us-east-1"
    assert [call.operation for call in change.calls] == ["PutAccountDetails"]
    carry_out(account, change)
    pending = read_production(account, config)
    assert pending.review == "PENDING"
    assert pending.case_id is not None
    assert pending.link == f"https://console.aws.amazon.com/support/home#/case/?displayId={pending.case_id}"
    assert pending.asked == replace(request, examples="")
    assert met(pending)["website"] is True  # that of the request
    again = plan_request(account, request)
    assert again.calls == ()
    assert "under review" in again.already
    assert pending.case_id in again.already
    Practice(account).grant()
    granted = read_production(account, config)
    assert (granted.production, granted.review, granted.max_24_hours) == (True, "GRANTED", 50_000)
    assert plan_request(account, request).already.startswith("The account has production access in US East")


def test_denied_means_no_second_request_but_a_reply(account: Account, config: ConnectorConfig) -> None:
    request = draft_request(config, state=read_production(account, config), **FACTS)
    change = plan_request(account, request)
    carry_out(account, change)
    Practice(account).deny()
    state = read_production(account, config)
    assert state.review == "DENIED"
    refused = plan_request(account, request)
    assert refused.calls == ()
    assert state.link is not None
    assert "ConflictException" in refused.already
    assert state.link in refused.already
    with pytest.raises(ChangeStopped) as caught:  # that the API refuses is why
        carry_out(account, change)
    assert caught.value.code == "ConflictException"
    reply = denial_reply(request, state)
    assert f"(case {state.case_id})" in reply
    assert "look at it once more" in reply
    assert request.use_case_description in reply
    assert reply.count(request.examples) == 1
    assert "Website: https://app.example.com" in reply
    assert denial_reply(None, state).count("How often we send") == 1  # from what was asked


def test_a_reply_fits_into_a_case(account: Account, config: ConnectorConfig) -> None:
    state = replace(read_production(account, config), review="PENDING", case_id="1")
    request = ProductionRequest(
        website_url="https://example.com/" + "x" * 970,
        use_case_description="y" * 5000,
        contacts=("a@example.com",),
        examples="#" * 1800,
    )
    reply = denial_reply(request, state)
    assert len(reply) <= 8000
    assert "y" * 5000 in reply
    assert "#" not in reply
    assert "once more" not in reply
    assert reply.endswith("Kind regards")
    assert "Kind regards" in denial_reply(None, state)


def test_a_request_that_was_lost_is_sent_again(account: Account, config: ConnectorConfig) -> None:
    request = draft_request(config, **FACTS)
    carry_out(account, plan_request(account, request))
    first = read_production(account).case_id
    Practice(account).lose()
    assert read_production(account).review == "FAILED"
    again = plan_request(account, request)
    assert again.why.startswith("AWS never received the last request")
    carry_out(account, again)
    state = read_production(account)
    assert state.review == "PENDING"
    assert state.case_id != first


def test_each_region_is_asked_for_by_itself(ready: PracticeEndpoint, config: ConnectorConfig) -> None:
    here, there = connect(practice=ready), connect(practice=ready, region="eu-west-1")
    request = draft_request(config, **FACTS)
    carry_out(here, plan_request(here, request))
    Practice(here).grant("us-east-1")
    assert (read_production(here).production, read_production(there).production) == (True, False)
    assert read_production(there).review is None
    change = plan_request(there, request)
    assert "Europe (Ireland) (eu-west-1)" in change.why
    carry_out(there, change)
    Practice(there).deny("eu-west-1")
    assert (read_production(here).review, read_production(there).review) == ("GRANTED", "DENIED")


def test_answers_that_practice_never_gives(stubbed: tuple[Account, Stubber], config: ConnectorConfig) -> None:
    account, stubber = stubbed
    request = draft_request(config, **FACTS)
    # Denied without a case; granted once, and back in the sandbox; no limit; nothing but a quota.
    stubber.add_response("get_account", account_answer("DENIED"), {})
    assert "case is" not in plan_request(account, request).already
    stubber.add_response("get_account", account_answer("GRANTED"), {})
    assert plan_request(account, request).calls
    no_limit = {"SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 120.0}, "ProductionAccessEnabled": True}
    stubber.add_response("get_account", account_answer(**no_limit), {})
    assert read_production(account).max_24_hours is None
    stubber.add_response("get_account", {"SendQuota": no_limit["SendQuota"]}, {})
    bare = read_production(account)
    assert (bare.production, bare.review, bare.suppressed, bare.enforcement) == (False, None, (), "")
    stubber.add_response("get_account", {}, {})
    with pytest.raises(AwsError, match="SendQuota"):
        read_production(account)
    stubber.add_client_error("get_account", "AccessDeniedException", "no", 403)
    with pytest.raises(AwsError, match="AccessDenied"):
        plan_request(account, request)


def test_a_case_in_another_partition_has_another_console() -> None:
    assert case_link("1", "eu-west-1") == "https://console.aws.amazon.com/support/home#/case/?displayId=1"
    assert case_link("1", "us-gov-west-1").startswith("https://console.amazonaws-us-gov.com/")


def test_the_case_is_followed_until_aws_decides(account: Account, config: ConnectorConfig) -> None:
    assert follow(account).review is None  # nobody asked: nothing to wait for
    carry_out(account, plan_request(account, draft_request(config, **FACTS)))
    practice = Practice(account)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            practice.plant_fault("error", operation="GetAccount")
        if len(pauses) == 3:
            practice.remove_faults()
            practice.grant()

    seen: list[str | None] = []
    troubles: list[AwsError] = []
    state = follow(
        account,
        config,
        every=30,
        report=lambda state: seen.append(state.review),
        trouble=troubles.append,
        sleep=sleep,
    )
    assert state.production
    assert seen == ["PENDING", "PENDING", "GRANTED"]
    assert pauses == [30, 45, 67.5]
    assert len(troubles) == 1
    assert met(state)["identity"] is True


def test_following_ends_by_denial_and_by_stop(account: Account, config: ConnectorConfig) -> None:
    carry_out(account, plan_request(account, draft_request(config, **FACTS)))
    stop = threading.Event()
    assert follow(account, stop=stop, sleep=lambda _: stop.set()).review == "PENDING"
    assert follow(account, sleep=lambda _: Practice(account).deny()).review == "DENIED"
