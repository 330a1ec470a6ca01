"""Identities against the practice account: read as SES answers, planned from what is there, waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.stub import Stubber

from practice_client import client
from sesutil import Account, AwsError, InvalidParameters, Practice, connect
from sesutil.addresses import parse_mailbox
from sesutil.changes import Change, carry_out
from sesutil.identities import (
    IDENTITY_COLUMNS,
    IdentityState,
    covering_identities,
    identities_frame,
    identity_name,
    identity_names,
    list_identities,
    other_regions,
    plan_delete,
    plan_dkim_signing,
    plan_identity,
    plan_mail_from,
    plan_new_keys,
    plan_new_link,
    read_identities,
    read_identity,
    wait_until_verified,
)
from sesutil.launching import PracticeEndpoint
from sesutil.parallel import side_by_side


@pytest.fixture
def empty(new: PracticeEndpoint) -> Account:
    return connect(practice=new)


@pytest.fixture
def stubbed() -> Iterator[tuple[Account, Stubber]]:
    """An account whose SES client answers what a test says: for answers that practice never gives."""
    account = connect(endpoint_url="http://127.0.0.1:1", region="us-east-1", practice=None)
    with Stubber(account.ses) as stubber:
        yield account, stubber
        stubber.assert_no_pending_responses()


def one(account: Account, name: str) -> IdentityState:
    state = read_identity(account, name)
    assert state is not None
    return state


def parameters(change: Change) -> dict[str, Any]:
    assert len(change.calls) == 1, change.already
    return change.calls[0].parameters


def limited(endpoint: PracticeEndpoint, *actions: str) -> Account:
    """Connected with the key of a user who may do these on everything, and nothing else."""
    iam = client(endpoint, "iam")
    iam.create_user(UserName="limited")
    statements = ", ".join(f'"{action}"' for action in actions)
    iam.put_user_policy(
        UserName="limited",
        PolicyName="p",
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", '
        f'"Action": [{statements}]}}]}}',
    )
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    return connect(practice=endpoint).signed_by(key["AccessKeyId"], key["SecretAccessKey"])


# -- names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "kind"),
    [
        ("example.com", "example.com", "DOMAIN"),
        (" Example.COM. ", "example.com", "DOMAIN"),
        ("@example.com", "example.com", "DOMAIN"),
        ("https://example.com/sign-in?x=1", "example.com", "DOMAIN"),
        ("http://user@Example.com:8443", "example.com", "DOMAIN"),
        ("example.com/", "example.com", "DOMAIN"),
        ("m\u00fcnchen.example", "xn--mnchen-3ya.example", "DOMAIN"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example", "DOMAIN"),
        ("a-1.b.example.co.uk", "a-1.b.example.co.uk", "DOMAIN"),
        ("No-Reply@Example.com", "No-Reply@example.com", "EMAIL_ADDRESS"),
        ("Logto Mail <no-reply@example.com>", "no-reply@example.com", "EMAIL_ADDRESS"),
        ('"Doe, Jane" <jane@example.com>', "jane@example.com", "EMAIL_ADDRESS"),
        ("<a@example.com>", "a@example.com", "EMAIL_ADDRESS"),
        ("mailto:a+b@example.com?subject=x", "a+b@example.com", "EMAIL_ADDRESS"),
        ("a/b@example.com", "a/b@example.com", "EMAIL_ADDRESS"),
        ("a@m\u00fcnchen.example", "a@xn--mnchen-3ya.example", "EMAIL_ADDRESS"),
    ],
)
def test_what_a_person_types_becomes_a_name(typed: str, name: str, kind: str) -> None:
    read = identity_name(typed)
    assert (read.name, read.kind) == (name, kind)
    assert bool(read.note) == (typed.strip().strip("<>") != name)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Give the domain"),
        ("   ", "Give the domain"),
        ("www.example.com", "give example.com"),
        ("https://www.example.com", "give example.com"),
        ("*.example.com", "example.com covers all its subdomains"),
        ("example", "has no dot"),
        ("a@localhost", "has no dot"),
        ("192.0.2.1", "IP address"),
        ("a@[192.0.2.1]", "IP address"),
        ("2001:db8::1", "IP address"),
        ("a.com, b.com", "more than one"),
        ("a.com b.com", "more than one"),
        ("a@example.com;b@example.com", "more than one"),
        ("token._domainkey.example.com", "name of a DNS record"),
        ("example..com", "no domain"),
        ("-a.example.com", "no domain"),
        ("a." + "b" * 64 + ".com", "no domain"),
        ("a.b.123", "no domain"),
        ("stra\u00dfe.example", "xn--"),
        ("j\u00fcrgen@example.com", "ASCII"),
        ("@", "has no dot"),
        ("a b@example.com", "no address|more than one"),
        ("a..b@example.com", "dot-dot"),
        ("a@b@example.com", "illegal character"),
        ("Name <a@example.com", "no domain|no address"),
    ],
)
def test_what_can_be_no_identity_is_told(typed: str, told: str) -> None:
    with pytest.raises(InvalidParameters, match=told) as caught:
        identity_name(typed)
    assert len(caught.value.problems) == 1


def test_names_that_may_cover_are_the_most_specific_first() -> None:
    assert identity_names(parse_mailbox("X <No+Reply@Mail.Example.co.uk>")) == [
        "No+Reply@mail.example.co.uk",
        "No@mail.example.co.uk",
        "mail.example.co.uk",
        "example.co.uk",
        "co.uk",
    ]
    assert identity_names(parse_mailbox("a@example.com")) == ["a@example.com", "example.com"]
    assert identity_names(parse_mailbox("a@localhost")) == ["a@localhost"]


# -- reading ----------------------------------------------------------------------------------------


def test_an_identity_as_ses_knows_it(account: Account) -> None:
    account.ses.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="bounce.example.com"
    )
    state = one(account, "Example.COM")
    assert (state.name, state.kind, state.region) == ("example.com", "DOMAIN", "us-east-1")
    assert (state.verified, state.status, state.error_type, state.whole) == (True, "SUCCESS", None, True)
    assert (state.dkim.status, state.dkim.signing_enabled, state.dkim.origin) == ("SUCCESS", True, "AWS_SES")
    assert (len(state.dkim.tokens), state.dkim.hosted_zone) == (3, "dkim.amazonses.com")
    assert state.dkim.key_length == "RSA_2048_BIT"
    assert state.checked_at is not None
    assert state.checked_at.tzinfo is UTC
    assert state.mail_from is not None
    assert (state.mail_from.domain, state.mail_from.status) == ("bounce.example.com", "PENDING")
    assert state.mail_from.on_failure == "USE_DEFAULT_VALUE"
    assert read_identity(account, "other.example") is None


def test_an_address_has_no_keys_and_no_look_up(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "Someone@Example.com"))
    state = one(empty, "Someone@example.com")
    assert (state.kind, state.domain, state.verified, state.status) == (
        "EMAIL_ADDRESS",
        "example.com",
        False,
        "PENDING",
    )
    assert (state.dkim.tokens, state.dkim.key_length, state.checked_at, state.mail_from) == (
        (),
        None,
        None,
        None,
    )
    assert read_identity(empty, "someone@example.com") is None  # the part before the @ has its case


def test_what_ses_saw_in_the_dns(account: Account) -> None:
    account.ses.create_email_identity(EmailIdentity="sub.example.com")
    account.ses.create_email_identity(EmailIdentity="other.example")
    Practice(account).advance(minutes=10)
    within, without = one(account, "sub.example.com"), one(account, "other.example")
    assert (within.verified, within.error_type) == (False, "HOST_NOT_FOUND")
    assert within.soa is not None
    assert len(within.soa.split()) == 3
    assert within.soa.split()[0].count(".") > 1
    assert (without.error_type, without.soa) == ("HOST_NOT_FOUND", None)


def test_an_answer_with_little_in_it_is_read(stubbed: tuple[Account, Stubber]) -> None:
    account, stubber = stubbed
    stubber.add_response(
        "get_email_identity", {"VerifiedForSendingStatus": False}, {"EmailIdentity": "example.com"}
    )
    stubber.add_response(
        "get_email_identity",
        {
            "IdentityType": "MANAGED_DOMAIN",
            "VerifiedForSendingStatus": True,
            "DkimAttributes": {"SigningAttributesOrigin": "EXTERNAL", "Tokens": ["selector"]},
            "Policies": {"partner": "{}"},
            "ConfigurationSetName": "logto",
            "FeedbackForwardingStatus": False,
            "VerificationInfo": {
                "LastCheckedTimestamp": datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(0),
                "SOARecord": {"PrimaryNameServer": "ns1.example.net"},
            },
        },
        {"EmailIdentity": "example.org"},
    )
    bare = one(account, "example.com")
    assert (bare.verified, bare.status, bare.dkim.tokens, bare.mail_from) == (False, "PENDING", (), None)
    other = one(account, "example.org")
    assert (other.kind, other.status, other.soa) == ("DOMAIN", "SUCCESS", "ns1.example.net")
    assert (other.dkim.origin, other.dkim.tokens, other.policies) == ("EXTERNAL", ("selector",), ("partner",))
    assert (other.configuration_set, other.feedback_forwarding) == ("logto", False)


def test_the_list_is_read_to_its_end(stubbed: tuple[Account, Stubber]) -> None:
    account, stubber = stubbed
    item = {"IdentityName": "a@example.com", "SendingEnabled": True, "VerificationStatus": "SUCCESS"}
    stubber.add_response(
        "list_email_identities", {"EmailIdentities": [item], "NextToken": "more"}, {"PageSize": 1000}
    )
    stubber.add_response(
        "list_email_identities",
        {"EmailIdentities": [{"IdentityName": "example.org", "SendingEnabled": False}]},
        {"PageSize": 1000, "NextToken": "more"},
    )
    found = [(one.name, one.kind, one.verified, one.status) for one in list_identities(account)]
    assert found == [
        ("a@example.com", "EMAIL_ADDRESS", True, "SUCCESS"),
        ("example.org", "DOMAIN", False, "PENDING"),
    ]


def test_identities_that_cover_an_address(account: Account) -> None:
    for name in ("no-reply@mail.example.com", "mail.example.com", "other.example"):
        account.ses.create_email_identity(EmailIdentity=name)
    found = covering_identities(account, parse_mailbox("no-reply+x@mail.example.com"))
    assert [state.name for state in found] == ["no-reply@mail.example.com", "mail.example.com", "example.com"]
    assert [state.verified for state in found] == [False, False, True]
    assert covering_identities(account, parse_mailbox("a@nothing.example")) == []


def test_another_region_is_asked_on_demand(account: Account) -> None:
    mailbox = parse_mailbox("a@example.com")
    assert covering_identities(account, mailbox, region="eu-west-1") == []
    account.client("sesv2", "eu-west-1").create_email_identity(EmailIdentity="example.com")
    found = covering_identities(account, mailbox, region="eu-west-1")
    assert [(state.name, state.region) for state in found] == [("example.com", "eu-west-1")]


def test_a_key_that_may_only_list_sees_what_the_list_tells(ready: PracticeEndpoint) -> None:
    mailbox = parse_mailbox("no-reply@example.com")
    found = covering_identities(limited(ready, "ses:ListEmailIdentities"), mailbox)
    assert [(state.name, state.verified, state.status, state.whole) for state in found] == [
        ("example.com", True, "SUCCESS", False)
    ]
    assert found[0].dkim.status == "UNKNOWN"
    assert list(identities_frame(found)["dkim"]) == ["unknown"]


def test_a_key_that_may_look_at_nothing_is_told_so(ready: PracticeEndpoint) -> None:
    with pytest.raises(AwsError) as caught:
        covering_identities(limited(ready, "ses:SendEmail"), parse_mailbox("no-reply@example.com"))
    assert (caught.value.code, caught.value.operation) == ("AccessDeniedException", "GetEmailIdentity")


def test_rubbish_is_no_identity(account: Account) -> None:
    Practice(account).plant_fault("garbled", operation="GetEmailIdentity")
    with pytest.raises(AwsError) as caught:
        read_identity(account, "example.com")
    assert caught.value.code == "InvalidResponse"


def test_another_refusal_is_no_missing_identity(account: Account) -> None:
    Practice(account).plant_fault("error", operation="GetEmailIdentity")
    with pytest.raises(AwsError) as caught:
        covering_identities(account, parse_mailbox("no-reply@example.com"))
    assert caught.value.http_status == 500


def test_a_name_that_ses_cannot_look_for_is_not_registered(stubbed: tuple[Account, Stubber]) -> None:
    account, stubber = stubbed
    stubber.add_client_error("get_email_identity", "BadRequestException", "no", 400)
    assert covering_identities(account, parse_mailbox("a@localhost")) == []


def test_the_regions_in_which_it_is_verified(new: PracticeEndpoint) -> None:
    account, mailbox = connect(practice=new), parse_mailbox("a@mail.example.com")
    assert other_regions(account, mailbox) == {}
    for region in ("eu-west-1", "ap-south-1", "us-east-1", "us-gov-west-1"):
        account.client("sesv2", region).create_email_identity(EmailIdentity="example.com")
        Practice(account)._change("practice/records", identity="example.com", region=region)
    account.client("sesv2", "sa-east-1").create_email_identity(EmailIdentity="example.com")
    found = other_regions(account, mailbox)
    # Not its own Region, not one of another partition, not one where it waits.
    assert found == {"ap-south-1": ["example.com"], "eu-west-1": ["example.com"]}


def test_regions_that_do_not_answer_are_left_out() -> None:
    account = connect(endpoint_url="http://127.0.0.1:1", region="us-east-1")
    assert other_regions(account, parse_mailbox("a@example.com"), within=0.0) == {}


def test_side_by_side_keeps_order_errors_and_time() -> None:
    hold = threading.Event()

    def fail() -> int:
        raise ValueError("no")

    def hang() -> int:
        hold.wait()
        return 3

    first, second, third = side_by_side([lambda: 1, fail, hang], within=0.2)
    hold.set()
    assert (first.value, first.answered) == (1, True)
    assert isinstance(second.error, ValueError)
    assert (third.late, third.value, third.answered) == (True, None, False)
    assert side_by_side([]) == []
    meeting = threading.Barrier(8)  # all eight have to be there at once
    assert all(one.answered for one in side_by_side([meeting.wait] * 8))
    many = side_by_side([partial(int, number) for number in range(50)], limit=3)
    assert [one.value for one in many] == list(range(50))


def test_the_frame_names_its_columns(account: Account) -> None:
    account.ses.create_email_identity(EmailIdentity="a@other.example")
    states = read_identities(account, ["example.com", "a@other.example"])
    frame = identities_frame(states)
    assert list(frame.columns) == list(IDENTITY_COLUMNS)
    assert list(frame["verified"]) == ["yes", "pending"]
    assert list(frame["dkim"]) == ["success", "its domain's"]
    assert list(identities_frame([]).columns) == list(IDENTITY_COLUMNS)


# -- planning ---------------------------------------------------------------------------------------


def test_a_domain_is_registered_once(empty: Account) -> None:
    change = plan_identity(empty, " Example.COM ", configuration_set=None)
    assert change.title == "Register the domain example.com"
    assert parameters(change) == {"EmailIdentity": "example.com"}
    assert "us-east-1" in change.why
    assert "capitals" in change.why.lower()
    carry_out(empty, change)
    again = plan_identity(empty, "example.com")
    assert again.calls == ()
    assert "waits for its DKIM records" in again.already


def test_an_identity_brings_its_configuration_set(empty: Account) -> None:
    empty.ses.create_configuration_set(ConfigurationSetName="logto")
    carry_out(empty, plan_identity(empty, "example.com", configuration_set="logto"))
    assert one(empty, "example.com").configuration_set == "logto"


@pytest.mark.parametrize(
    "name", ["mail.example.com", "a.b.example.com", "no-reply@example.com", "x@mail.example.com"]
)
def test_what_is_covered_needs_none_of_its_own(account: Account, name: str) -> None:
    change = plan_identity(account, name)
    assert change.calls == ()
    assert "covered by example.com" in change.already
    assert parameters(plan_identity(account, name, force=True)) == {"EmailIdentity": name}


def test_a_parent_that_is_not_verified_covers_nothing(empty: Account) -> None:
    empty.ses.create_email_identity(EmailIdentity="example.com")
    assert parameters(plan_identity(empty, "mail.example.com")) == {"EmailIdentity": "mail.example.com"}
    assert parameters(plan_identity(empty, "badexample.com")) == {"EmailIdentity": "badexample.com"}


def test_the_simulator_needs_no_identity(empty: Account) -> None:
    assert "needs no verification" in plan_identity(empty, "success+1@simulator.amazonses.com").already


def test_an_expired_link_is_mailed_again(empty: Account) -> None:
    practice = Practice(empty)
    carry_out(empty, plan_identity(empty, "me@example.com"))
    practice.advance(hours=25)
    assert "24 hours" in plan_identity(empty, "me@example.com").already
    carry_out(empty, plan_new_link(empty, "me@example.com"))
    practice.verify("me@example.com")
    assert plan_new_link(empty, "me@example.com").already == "me@example.com is verified."
    assert plan_identity(empty, "me@example.com").already.endswith("verified.")


def test_a_mail_from_domain_is_set_once(account: Account) -> None:
    change = plan_mail_from(account, "example.com")
    assert parameters(change) == {
        "EmailIdentity": "example.com",
        "MailFromDomain": "bounce.example.com",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }
    assert "no mail may be received at bounce.example.com" in change.why
    carry_out(account, change)
    state = one(account, "example.com")
    assert "looks for its MX record" in plan_mail_from(account, state, "Bounce.Example.com.").already
    other = plan_mail_from(account, state, "mail.example.com", "REJECT_MESSAGE")
    assert parameters(other)["MailFromDomain"] == "mail.example.com"
    assert "takes the place of bounce.example.com" in other.why
    assert "every mail is refused" in other.why
    assert "bounce.example.com again" in other.undo
    same_with_refusal = plan_mail_from(account, state, on_failure="REJECT_MESSAGE")
    assert parameters(same_with_refusal)["BehaviorOnMxFailure"] == "REJECT_MESSAGE"


def test_a_mail_from_domain_that_failed_is_set_again(account: Account) -> None:
    carry_out(account, plan_mail_from(account, "example.com"))
    Practice(account).advance(hours=73)
    state = one(account, "example.com")
    assert state.mail_from is not None
    assert state.mail_from.status == "FAILED"
    carry_out(account, plan_mail_from(account, state))
    again = one(account, "example.com").mail_from
    assert again is not None
    assert again.status == "PENDING"


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ("example.com", "own domain"),
        ("bounce.example.org", "not below"),
        ("badexample.com", "not below"),
        ("com", "no dot"),
        ("bounce@example.com", "is an address"),
        ("bounce_x.example.com", "DNS record"),
    ],
)
def test_mail_from_domains_that_ses_would_refuse(account: Account, domain: str, told: str) -> None:
    with pytest.raises(InvalidParameters, match=told):
        plan_mail_from(account, "example.com", domain)


def test_a_mail_from_domain_of_an_address_is_below_its_domain(account: Account) -> None:
    account.ses.create_email_identity(EmailIdentity="a@mail.example.com")
    with pytest.raises(InvalidParameters, match=r"not below the identity's domain mail\.example\.com"):
        plan_mail_from(account, "a@mail.example.com", "bounce.example.com")
    carry_out(account, plan_mail_from(account, "a@mail.example.com"))
    mail_from = one(account, "a@mail.example.com").mail_from
    assert mail_from is not None
    assert mail_from.domain == "bounce.mail.example.com"


@pytest.mark.parametrize("plan", [plan_mail_from, plan_dkim_signing, plan_new_keys, plan_new_link])
def test_what_is_not_registered_is_registered_first(
    empty: Account, plan: Callable[[Account, str], Change]
) -> None:
    with pytest.raises(InvalidParameters, match=r"example\.com is not registered in us-east-1"):
        plan(empty, "example.com")


def test_signing_is_switched(account: Account) -> None:
    assert plan_dkim_signing(account, "example.com").already
    carry_out(account, plan_dkim_signing(account, "example.com", enabled=False))
    assert list(identities_frame([one(account, "example.com")])["dkim"]) == ["success, signing off"]
    carry_out(account, plan_dkim_signing(account, "example.com"))
    assert one(account, "example.com").dkim.signing_enabled


def test_an_address_has_no_keys(empty: Account) -> None:
    empty.ses.create_email_identity(EmailIdentity="a@example.com")
    for plan in (plan_dkim_signing, plan_new_keys):
        with pytest.raises(InvalidParameters, match=r"register its domain example\.com"):
            plan(empty, "a@example.com")


def test_new_keys_once_ses_has_given_up(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    before = one(empty, "example.com")
    assert "still looks" in plan_new_keys(empty, before).already
    Practice(empty).advance(hours=73)
    assert one(empty, "example.com").status == "FAILED"
    assert "start DKIM anew" in plan_identity(empty, "example.com").already
    carry_out(empty, plan_new_keys(empty, before))
    after = one(empty, "example.com")
    assert after.status == "PENDING"
    Practice(empty).verify("example.com")
    assert "are found" in plan_new_keys(empty, "example.com").already
    assert plan_new_keys(empty, "example.com", force=True).calls


def test_new_keys_for_a_verified_domain_whose_keys_failed(stubbed: tuple[Account, Stubber]) -> None:
    account, stubber = stubbed
    answer = {
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {"Status": "FAILED", "SigningEnabled": True},
    }
    stubber.add_response("get_email_identity", answer, {"EmailIdentity": "example.com"})
    assert parameters(plan_new_keys(account, "example.com"))["SigningAttributesOrigin"] == "AWS_SES"


def test_records_that_are_gone_are_published_again_as_they_were(account: Account) -> None:
    practice = Practice(account)
    one(account, "example.com")
    practice._change("practice/records", method="DELETE", identity="example.com")
    assert one(account, "example.com").dkim.status == "TEMPORARY_FAILURE"
    assert "publish the same ones again" in plan_new_keys(account, "example.com").already


def test_a_key_of_ones_own_is_not_replaced(stubbed: tuple[Account, Stubber]) -> None:
    account, stubber = stubbed
    own = {"SigningAttributesOrigin": "EXTERNAL", "Status": "FAILED", "Tokens": ["selector"]}
    answer = {"VerifiedForSendingStatus": False, "VerificationStatus": "FAILED", "DkimAttributes": own}
    stubber.add_response("get_email_identity", answer, {"EmailIdentity": "example.com"})
    assert "force=True" in plan_new_keys(account, "example.com").already


def test_deleting_warns(account: Account) -> None:
    carry_out(account, plan_mail_from(account, "example.com"))
    change = plan_delete(account, "example.com")
    assert change.why.startswith("Warning: mail from example.com is refused")
    assert "bounce.example.com" in change.why
    carry_out(account, change)
    assert read_identity(account, "example.com") is None
    assert "not registered" in plan_delete(account, "example.com").already


# -- waiting ----------------------------------------------------------------------------------------


class Night:
    """A sleep that notes how long, and lets something happen."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self.happens = list(happens)
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.time += timedelta(seconds=seconds)
        if self.happens:
            self.happens.pop(0)()

    def now(self) -> datetime:
        return self.time


def test_waiting_ends_once_the_records_are_there(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    night = Night(lambda: None, lambda: None, lambda: Practice(empty).verify("example.com"))
    seen: list[str] = []
    state = wait_until_verified(
        empty, "example.com", every=4, report=lambda state: seen.append(state.status), sleep=night
    )
    assert state.verified
    assert seen == ["PENDING", "PENDING", "PENDING", "SUCCESS"]
    assert night.seconds == [4, 6, 9]


def test_pauses_grow_to_a_minute_and_never_below_a_second(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    stop = threading.Event()
    night = Night(*[lambda: None] * 14, stop.set)
    wait_until_verified(empty, "example.com", every=0, stop=stop, sleep=night)
    assert (night.seconds[0], night.seconds[-1]) == (1, 60)
    assert night.seconds == sorted(night.seconds)


def test_waiting_ends_when_ses_gives_up(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    night = Night(lambda: Practice(empty).advance(hours=73))
    assert wait_until_verified(empty, "example.com", sleep=night).status == "FAILED"


def test_waiting_is_stopped(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    stop = threading.Event()
    state = wait_until_verified(empty, "example.com", stop=stop, sleep=Night(stop.set))
    assert state.status == "PENDING"
    stop = threading.Event()  # without a sleep of a test: the event itself wakes it
    waiting = wait_until_verified(empty, "example.com", every=3600, stop=stop, report=lambda _: stop.set())
    assert waiting.status == "PENDING"


def test_waiting_has_an_end(empty: Account) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    night = Night()
    until = night.now() + timedelta(seconds=12)
    state = wait_until_verified(empty, "example.com", every=5, until=until, sleep=night, now=night.now)
    assert state.status == "PENDING"
    assert sum(night.seconds) == 12


@pytest.mark.parametrize("kind", ["throttle", "error", "cut"])
def test_trouble_that_passes_is_waited_out(empty: Account, kind: str) -> None:
    carry_out(empty, plan_identity(empty, "example.com"))
    practice = Practice(empty)
    practice.plant_fault(kind, operation="GetEmailIdentity")

    def mend() -> None:
        practice.remove_faults()
        practice.verify("example.com")

    troubles: list[AwsError] = []
    state = wait_until_verified(empty, "example.com", trouble=troubles.append, sleep=Night(mend))
    assert state.verified
    assert len(troubles) == 1


def test_a_broken_line_is_waited_out_and_told_when_nothing_ever_came() -> None:
    account = connect(endpoint_url="http://127.0.0.1:9", region="us-east-1")
    account = account.signed_by("AKIAEXAMPLE", "nothing")
    stop = threading.Event()
    troubles: list[AwsError] = []
    with pytest.raises(AwsError) as caught:
        wait_until_verified(
            account, "example.com", stop=stop, trouble=troubles.append, sleep=Night(lambda: None, stop.set)
        )
    assert caught.value.code == "EndpointConnectionError"
    assert len(troubles) == 2


def test_what_does_not_pass_is_told_at_once(ready: PracticeEndpoint) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        wait_until_verified(limited(ready, "ses:SendEmail"), "example.com", sleep=Night())
    with pytest.raises(InvalidParameters, match="not registered"):
        wait_until_verified(connect(practice=ready), "other.example", sleep=Night())


def test_the_mail_from_domain_may_be_waited_for(account: Account) -> None:
    carry_out(account, plan_mail_from(account, "example.com"))
    night = Night(lambda: Practice(account).verify("example.com"))
    state = wait_until_verified(account, "example.com", mail_from=True, sleep=night)
    assert state.mail_from is not None
    assert state.mail_from.status == "SUCCESS"
    assert len(night.seconds) == 1
