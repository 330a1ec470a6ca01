"""DKIM through time: found, not found, lost, given up and begun again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from practice_client import Refusal, mail, refusal, verify
from practice_people import REGION, caller
from practice_sites import MX, WAITING, WELL, Site, pass_time, start_again, verified_site
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

GIVEN_UP = (False, "FAILED", "NOT_STARTED")
LOST = (True, "SUCCESS", "TEMPORARY_FAILURE")


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@contextmanager
def running(folder: Path | None, preset: str | None = None) -> Iterator[PracticeServer]:
    server = PracticeServer(folder, preset=preset)
    try:
        server.start()
        yield server
    finally:
        server.stop()


# -- found, not found, lost, given up -------------------------------------------------------------


def test_records_that_are_never_published_are_given_up_after_72_hours(live: PracticeEndpoint) -> None:
    site = Site(live)
    pass_time(live, hours=71.9)
    assert (site.state, site.notices()) == (WAITING, [])
    pass_time(live, hours=0.2)
    assert site.state == GIVEN_UP
    assert len(site.notices()) == 1
    assert site.send() == "MessageRejected"


def test_what_is_given_up_stays_so_until_it_is_started_again(live: PracticeEndpoint) -> None:
    site = Site(live)
    pass_time(live, hours=73)
    assert site.state == GIVEN_UP
    old = site.records
    site.publish()
    pass_time(live, days=10)
    assert site.state == GIVEN_UP
    assert len(site.notices()) == 1
    answer = start_again(site)
    assert (answer["DkimStatus"], len(answer["DkimTokens"])) == ("PENDING", 3)
    assert site.get("DkimAttributes")["Tokens"] == answer["DkimTokens"]
    assert not set(site.records) & set(old)
    assert site.state == WAITING
    pass_time(live, hours=71)  # another 72 hours
    assert site.state == WAITING
    site.publish()
    assert site.state == WELL
    assert site.send() is None


def test_two_records_of_three_are_none(live: PracticeEndpoint) -> None:
    site = Site(live)
    for record in site.records[1:]:
        site.put(*record)
    assert site.state == WAITING
    pass_time(live, hours=73)
    assert site.state == GIVEN_UP


def test_verified_domain_stays_so_while_its_records_are_there(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    pass_time(live, days=200)
    assert (site.state, site.notices()) == (WELL, [])


def test_records_that_are_removed_are_a_temporary_failure_at_first(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.withdraw()
    assert site.state == LOST
    assert len(site.notices()) == 1
    assert site.send() is None
    pass_time(live, hours=24)
    assert site.state == LOST
    assert len(site.notices()) == 1
    site.publish()
    assert site.state == WELL
    pass_time(live, days=10)
    assert site.state == WELL


def test_records_that_stay_away_revoke_the_verification(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.withdraw()
    assert site.state == LOST
    pass_time(live, days=7)  # how long is a guess, and that it is called FAILED then
    assert site.state == (False, "FAILED", "FAILED")
    assert len(site.notices()) == 2
    assert site.send() == "MessageRejected"
    site.publish()
    pass_time(live, hours=1)
    assert site.state == (False, "FAILED", "FAILED")
    start_again(site)
    site.publish()
    assert site.state == WELL


def test_one_record_less_is_enough_to_lose_it(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    site.drop(*site.records[1])
    assert site.state == LOST
    site.put(*site.records[1][:2], "other.test")
    assert site.state == LOST


def nothing(site: Site) -> None:
    pass


def publish(site: Site) -> None:
    site.publish()
    site.put(site.bounce, "MX", MX)


def publish_and_remove(site: Site) -> None:
    publish(site)
    assert (site.state, site.mail_from) == (WELL, "SUCCESS")
    site.withdraw()
    site.drop(site.bounce, "MX", MX)


def publish_unseen_and_remove(site: Site) -> None:
    publish(site)
    pass_time(site.endpoint, seconds=1)
    site.withdraw()
    site.drop(site.bounce, "MX", MX)


COURSES = [nothing, publish, publish_and_remove, publish_unseen_and_remove]


@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("hours", [10, 71, 100, 200])
def test_small_steps_and_a_large_one_lead_to_the_same_end(
    live: PracticeEndpoint, course: Callable[[Site], None], hours: int
) -> None:
    ends = []
    for steps in (1, 20):
        site = Site(live)
        site.set_mail_from()
        course(site)
        for _ in range(steps):
            pass_time(live, hours=hours / steps)
        subjects = sorted(subject.replace(site.name, "") for subject in site.notices())
        ends.append((site.state, site.mail_from, subjects))
    assert ends[0] == ends[1]


STATES: dict[str, tuple[list[str], Any, Any]] = {
    # what is done, the state then, the state 73 hours after that
    "waiting": ([], (WAITING, "PENDING"), (GIVEN_UP, "FAILED")),
    "well": (["publish"], (WELL, "SUCCESS"), (WELL, "SUCCESS")),
    "lost": (["publish", "remove"], (LOST, "TEMPORARY_FAILURE"), ((False, "FAILED", "FAILED"), "FAILED")),
    "given up": (["wait"], (GIVEN_UP, "FAILED"), (GIVEN_UP, "FAILED")),
    "revoked": (
        ["publish", "remove", "wait"],
        ((False, "FAILED", "FAILED"), "FAILED"),
        ((False, "FAILED", "FAILED"), "FAILED"),
    ),
}


@pytest.mark.parametrize("name", list(STATES))
def test_each_state_survives_a_restart_and_goes_on(tmp_path: Path, name: str) -> None:
    steps, now, later = STATES[name]
    with running(tmp_path / "practice", "production") as server:
        site = Site(server.endpoint)
        site.set_mail_from("REJECT_MESSAGE")
        if "publish" in steps:
            publish(site)
            assert (site.state, site.mail_from) == (WELL, "SUCCESS")
        if "remove" in steps:
            site.withdraw()
            site.drop(site.bounce, "MX", MX)
            assert site.state == LOST
        pass_time(site.endpoint, hours=73 if "wait" in steps else 1)
        assert (site.state, site.mail_from) == now
        before = site.get("DkimAttributes"), site.get("MailFromAttributes"), site.notices()
        success = site.get("VerificationInfo").get("LastSuccessTimestamp")
    with running(tmp_path / "practice") as server:
        site.endpoint = server.endpoint
        assert (site.get("DkimAttributes"), site.get("MailFromAttributes"), site.notices()) == before
        assert (site.state, site.mail_from) == now
        if name != "well":  # there it is found again by each look
            assert site.get("VerificationInfo").get("LastSuccessTimestamp") == success
        pass_time(site.endpoint, hours=73)
        assert (site.state, site.mail_from) == later


# -- what GetEmailIdentity says about the look ----------------------------------------------------


def test_domain_without_a_zone_has_the_recorded_info() -> None:
    with serve(preset="new") as endpoint:
        ses = caller(endpoint)
        ses.create_email_identity(EmailIdentity="nowhere.test")
        info = ses.get_email_identity(EmailIdentity="nowhere.test")["VerificationInfo"]
        assert info == {"LastCheckedTimestamp": info["LastCheckedTimestamp"], "ErrorType": "HOST_NOT_FOUND"}


@pytest.mark.parametrize(
    ("kind", "name", "value", "error"),
    [
        ("TXT", "{token}._domainkey.{site}", '"x"', "TYPE_NOT_FOUND"),
        ("CNAME", "{token}._domainkey.{site}", "{token}.dkim.other.test", "INVALID_VALUE"),
        ("CNAME", "{token}._domainkey.{site}", "dkim.amazonses.com", "INVALID_VALUE"),
        ("CNAME", "{token}._domainkey.{site}", "{token}.dkim.amazonses.com.{site}", "INVALID_VALUE"),
        ("CNAME", "{token}._domainkey.{site}.{site}", "{token}.dkim.amazonses.com", "HOST_NOT_FOUND"),
        ("CNAME", "{token}.{site}", "{token}.dkim.amazonses.com", "HOST_NOT_FOUND"),
        ("CNAME", "*.{site}", "shop.other.test", "INVALID_VALUE"),
        ("CNAME", "*._domainkey.{site}", "shop.other.test", "INVALID_VALUE"),
        ("TXT", "*.{site}", '"x"', "TYPE_NOT_FOUND"),
        ("CNAME", "{token}._domainkey.{site}", "{token}.dkim.amazonses.com.", None),
        ("CNAME", "{token}._DomainKey.{site}", "{token}.DKIM.amazonses.com", None),
    ],
)
def test_kind_of_error_says_what_is_wrong_with_the_records(
    live: PracticeEndpoint, kind: str, name: str, value: str, error: str | None
) -> None:
    site = Site(live)
    for token in site.get("DkimAttributes")["Tokens"]:
        site.put(name.format(token=token, site=site.name), kind, value.format(token=token, site=site.name))
    info = site.get("VerificationInfo")
    assert info.get("ErrorType") == error
    assert ("LastSuccessTimestamp" in info) == (error is None)
    assert site.state == (WELL if error is None else WAITING)


def test_info_has_the_times_of_the_looks_and_the_zone_s_soa(live: PracticeEndpoint) -> None:
    site = Site(live)
    first = site.get("VerificationInfo")
    assert set(first) == {"LastCheckedTimestamp", "ErrorType", "SOARecord"}
    site.put(site.name, "SOA", "ns.other.test. admin.other.test. 7 7200 900 1209600 86400")
    assert site.get("VerificationInfo")["SOARecord"] == {
        "PrimaryNameServer": "ns.other.test",
        "AdminEmail": "admin.other.test",
        "SerialNumber": 7,
    }
    site.publish()
    pass_time(live, hours=1)
    found = site.get("VerificationInfo")
    assert set(found) == {"LastCheckedTimestamp", "LastSuccessTimestamp"}
    assert timedelta(minutes=59) < found["LastCheckedTimestamp"] - first["LastCheckedTimestamp"]
    site.withdraw()
    pass_time(live, hours=5)
    lost = site.get("VerificationInfo")
    assert lost["ErrorType"] == "HOST_NOT_FOUND"
    assert timedelta(hours=4.9) < lost["LastCheckedTimestamp"] - lost["LastSuccessTimestamp"]


OWN_ZONES = ["af-south-1", "eu-central-2", "ap-northeast-3", "ap-south-2", "ap-southeast-3"]
OWN_ZONES += ["ap-southeast-5", "ca-west-1", "eu-south-1", "il-central-1", "me-central-1"]


@pytest.mark.parametrize("region", [*OWN_ZONES, REGION, "eu-west-1"])
def test_records_of_the_region_s_own_hosted_zone_verify_there_and_no_others(
    live: PracticeEndpoint, region: str
) -> None:
    site = Site(live, region)
    own, other = f"dkim.{region}.amazonses.com", "dkim.amazonses.com"
    if region not in OWN_ZONES:
        own, other = other, own
    assert site.created["DkimAttributes"]["SigningHostedZone"] == own
    for name, kind, value in site.records:
        assert value.endswith(f".{own}")
        site.put(name, kind, value.replace(own, other))
    assert site.state == WAITING
    assert site.get("VerificationInfo")["ErrorType"] == "INVALID_VALUE"
    site.publish()
    assert site.state == WELL


# -- switches, and who has none -------------------------------------------------------------------


def test_signing_is_switched_off_and_on_without_losing_the_verification(live: PracticeEndpoint) -> None:
    site = verified_site(live)
    put = site.ses.put_email_identity_dkim_attributes
    for enabled in (False, True):
        put(EmailIdentity=site.name, SigningEnabled=enabled)
        assert site.get("DkimAttributes")["SigningEnabled"] is enabled
        assert site.state == WELL
        assert site.send() is None


@pytest.mark.parametrize(
    ("operation", "name", "text"),
    [
        ("dkim_attributes", "missing.test", "Domain missing.test is not verified for DKIM signing."),
        ("dkim_signing_attributes", "a@missing.test", "The EmailIdentity value must be a valid domain."),
        ("dkim_signing_attributes", "box@shop.test", "The EmailIdentity value must be a valid domain."),
    ],
)
def test_what_has_no_dkim_is_refused(live: PracticeEndpoint, operation: str, name: str, text: str) -> None:
    if name.startswith("box@"):
        verify(live, name)
    given: dict[str, Any] = {"SigningEnabled": True}
    if operation == "dkim_signing_attributes":
        given = {"SigningAttributesOrigin": "AWS_SES"}
    call = getattr(caller(live), f"put_email_identity_{operation}")
    assert refusal(call, EmailIdentity=name, **given) == Refusal(400, "BadRequestException", text)


def test_address_has_no_dkim_and_no_deadline(live: PracticeEndpoint) -> None:
    verify(live, "person@example.org")
    pass_time(live, days=10)
    found = caller(live).get_email_identity(EmailIdentity="person@example.org")
    assert found["VerificationStatus"] == "SUCCESS"
    assert found["VerificationInfo"] == {}
    assert found["DkimAttributes"] == {
        "SigningEnabled": False,
        "Status": "NOT_STARTED",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_1024_BIT",
    }


@pytest.mark.parametrize(
    ("address", "below", "signer"),
    [
        (None, "", "{site}"),
        (None, "mail.", "{site}"),  # a domain's identity signs for what is below it
        ("box", "", "{site}"),
        ("box", "mail.", None),  # an address is signed for by the very domain only
    ],
)
def test_whose_signature_a_mail_bears(address: str | None, below: str, signer: str | None) -> None:
    with running(None, "production") as server:
        site = verified_site(server.endpoint)
        source = f"{address or 'x'}@{below}{site.name}"
        if address:
            verify(server.endpoint, source)
        for enabled in (True, False):
            site.ses.put_email_identity_dkim_attributes(EmailIdentity=site.name, SigningEnabled=enabled)
            pass_time(site.endpoint, seconds=2)
            site.ses.send_email(**mail(source=source))
            (*_, entry) = server.world.mailbox.entries(source=source)
            own = [signer.format(site=site.name)] if signer and enabled else []
            assert server.world.mailbox.read(entry).signed_by == [*own, "amazonses.com"]


def test_feedback_and_configuration_set_of_an_identity(live: PracticeEndpoint) -> None:
    site = Site(live)
    ses, name = site.ses, {"EmailIdentity": site.name}
    ses.create_configuration_set(ConfigurationSetName="codes")
    for enabled in (False, True):
        ses.put_email_identity_feedback_attributes(**name, EmailForwardingEnabled=enabled)
        assert site.get("FeedbackForwardingStatus") is enabled
    put = ses.put_email_identity_configuration_set_attributes
    put(**name, ConfigurationSetName="codes")
    assert site.get("ConfigurationSetName") == "codes"
    assert refusal(put, **name, ConfigurationSetName="missing") == Refusal(
        404, "NotFoundException", "Configuration set <missing> does not exist."
    )
    assert site.get("ConfigurationSetName") == "codes"
    put(**name)
    assert "ConfigurationSetName" not in ses.get_email_identity(**name)
    ses.delete_configuration_set(ConfigurationSetName="codes")


def test_v1_and_the_list_name_the_same_states() -> None:
    with serve(preset="production") as endpoint:
        given_up, lost = Site(endpoint), verified_site(endpoint)
        pass_time(endpoint, hours=73)
        lost.withdraw()
        names = [given_up.name, lost.name]
        v1 = caller(endpoint, "ses")
        verification = v1.get_identity_verification_attributes(Identities=names)["VerificationAttributes"]
        assert [verification[name]["VerificationStatus"] for name in names] == ["Failed", "Success"]
        dkim = v1.get_identity_dkim_attributes(Identities=names)["DkimAttributes"]
        assert [dkim[name]["DkimVerificationStatus"] for name in names] == ["NotStarted", "TemporaryFailure"]
        items = caller(endpoint).list_email_identities()["EmailIdentities"]
        listed = {one["IdentityName"]: (one["SendingEnabled"], one["VerificationStatus"]) for one in items}
        assert [listed[name] for name in names] == [(False, "FAILED"), (True, "SUCCESS")]
