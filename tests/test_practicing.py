"""The practice account from a program, and the pytest fixture for other people's tests."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from practice_client import client, mail
from sesutil import NoMail, Practice, PracticeError, connect, wait_for_code
from sesutil.launching import PracticeEndpoint
from sesutil.practicing import Practice as Same

pytest_plugins = ["pytester"]


def codes(code: str) -> dict[str, object]:
    return {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": f"Your code is {code}"}}}}


def send(endpoint: PracticeEndpoint, to: str, code: str = "482913") -> None:
    client(endpoint).send_email(**mail(to, Content=codes(code)))


def test_the_code_of_the_newest_mail(production: PracticeEndpoint) -> None:
    send(production, "you@example.org", "111111")
    send(production, "you@example.org", "222222")
    assert wait_for_code("You@Example.org", 5, account=production) == "222222"


def test_each_wait_is_for_another_mail(production: PracticeEndpoint) -> None:
    practice = Practice(production)
    send(production, "you@example.org", "111111")
    assert practice.wait_for_code("you@example.org") == "111111"
    with pytest.raises(NoMail, match="was waited for before"):
        practice.wait_for_code("you@example.org", timeout=0)
    late = threading.Timer(0.2, send, (production, "you@example.org", "222222"))
    late.start()
    assert practice.wait_for_code("you@example.org") == "222222"
    late.join()


def test_a_mail_that_was_passed_over_is_not_given_later(production: PracticeEndpoint) -> None:
    practice = Practice(production)
    for code in ("111111", "222222"):
        send(production, "you@example.org", code)
    assert practice.wait_for_code("you@example.org") == "222222"
    with pytest.raises(NoMail):
        practice.wait_for_code("you@example.org", timeout=0)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("bounce@simulator.amazonses.com", "it bounces"),
        ("other@example.org", "The newest mail there went to bounce@simulator.amazonses.com"),
    ],
)
def test_why_no_code_came(production: PracticeEndpoint, to: str, said: str) -> None:
    send(production, "bounce@simulator.amazonses.com")
    with pytest.raises(TimeoutError, match=said):
        wait_for_code(to, 0, account=production)


def test_a_mail_without_a_code(production: PracticeEndpoint) -> None:
    client(production).send_email(**mail("you@example.org", Content=codes("none")))
    with pytest.raises(NoMail, match="no code was found in it"):
        wait_for_code("you@example.org", 0, account=production)
    assert Practice(production).wait_for_mail("you@example.org", 0).subject == "Hi"


def test_an_empty_inbox_is_said_to_be_empty(production: PracticeEndpoint) -> None:
    with pytest.raises(NoMail, match="It is empty"):
        wait_for_code("you@example.org", 0, account=production)


def test_without_a_practice_account_it_says_how_to_start_one() -> None:
    with pytest.raises(PracticeError, match="sesutil practice"):
        wait_for_code("you@example.org", 0)


def test_the_project_s_own_account_is_found() -> None:
    from sesutil import files, launching

    account = connect(practice="production")
    try:
        send(account.practice, "you@example.org")  # type: ignore[arg-type]
        assert wait_for_code("you@example.org", 5) == "482913"
    finally:
        launching.stop_practice(launching.practice_folder(files.project_folder()))


@pytest.mark.parametrize("identity", ["me@example.org", "example.net"])
def test_an_identity_is_verified_as_a_person_would(new: PracticeEndpoint, identity: str) -> None:
    practice = Practice(connect(practice=new))
    practice.verify(identity)
    practice.verify(identity)  # again does no harm
    assert practice.ses.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"]


def test_the_way_into_production(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    with pytest.raises(PracticeError, match="Nobody asked"):
        practice.grant()
    practice.ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
    practice.lose()
    assert practice.ses.get_account()["Details"]["ReviewDetails"]["Status"] == "FAILED"
    practice.deny()
    assert practice.ses.get_account()["Details"]["ReviewDetails"]["Status"] == "DENIED"
    practice.grant()
    assert practice.ses.get_account()["ProductionAccessEnabled"]
    practice.enforce("SHUTDOWN")
    assert practice.ses.get_account()["EnforcementStatus"] == "SHUTDOWN"


def test_clock_faults_history_and_an_empty_inbox(production: PracticeEndpoint) -> None:
    practice = Same(production)
    fault = practice.plant_fault("throttle", operation="GetAccount", times=5)
    practice.remove_faults(fault)
    assert practice.ses.get_account()["SendQuota"]["SentLast24Hours"] == 0
    assert practice.plant_history(seed=1) > 1000
    assert practice.client("ses").get_send_statistics()["SendDataPoints"]
    send(production, "you@example.org")
    assert practice.clear() == 1
    assert practice.inbox() == []
    practice.advance(days=15)
    assert practice.client("ses").get_send_statistics()["SendDataPoints"] == []
    with pytest.raises(PracticeError, match="forward only"):
        practice.advance(hours=-1)
    with pytest.raises(PracticeError, match="no fault 'nonsense'"):
        practice.plant_fault("nonsense")


def test_records_are_published_and_withdrawn(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    practice.ses.create_email_identity(EmailIdentity="shop.test")

    def status() -> str:
        return str(practice.ses.get_email_identity(EmailIdentity="shop.test")["VerificationStatus"])

    assert (practice.publish("shop.test"), practice.publish("shop.test"), status()) == (3, 0, "SUCCESS")
    assert practice.withdraw("shop.test") == 3
    with pytest.raises(PracticeError, match="no identity 'other"):
        practice.publish("other.test")
    elsewhere = practice.account.client("sesv2", "eu-west-1")
    elsewhere.create_email_identity(EmailIdentity="other.test")
    assert practice.publish("other.test", region="eu-west-1") == 3


def test_link_is_opened_once_there_is_one(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    with pytest.raises(PracticeError, match="not in the inbox"):
        practice.open_link("me@example.org")
    for _ in range(2):  # the newest link is the one that counts
        practice.ses.create_email_identity(EmailIdentity="me@example.org")
        practice.ses.delete_email_identity(EmailIdentity="me@example.org")
    practice.ses.create_email_identity(EmailIdentity="me@example.org")
    practice.open_link("me@example.org")
    assert practice.ses.get_email_identity(EmailIdentity="me@example.org")["VerifiedForSendingStatus"]
    practice.ses.create_email_identity(EmailIdentity="late@example.org")
    practice.advance(hours=25)
    with pytest.raises(PracticeError, match="older than 24 hours"):
        practice.open_link("late@example.org")


def test_time_is_the_account_s(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    before = practice.now()
    practice.advance(days=3)
    assert timedelta(days=2.9) < practice.now() - before < timedelta(days=3.1)
    assert before.utcoffset() == timedelta(0)


def test_root_key_is_the_root_user_s(new: PracticeEndpoint) -> None:
    practice = Practice(new)
    root = practice.account.signed_by(*practice.root_key())
    assert root.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{new.account_id}:root"
    practice.root_key()
    with pytest.raises(PracticeError, match="all it may have"):
        practice.root_key()


def test_another_endpoint_is_no_practice_account() -> None:
    with pytest.raises(PracticeError, match="practice=True"):
        Practice(connect(endpoint_url="http://127.0.0.1:1", region="us-east-1"))


# -- the fixture ----------------------------------------------------------------------------------


def test_two_lines_in_anybody_s_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        """
        import boto3
        import pytest

        def send(to, code):
            boto3.client("sesv2").send_email(
                FromEmailAddress="no-reply@example.com",
                Destination={"ToAddresses": [to]},
                Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": f"Code: {code}"}}}},
            )

        @pytest.mark.parametrize("code", ["482913", "192837"])
        def test_code(ses_practice, code):
            send("user@example.org", code)
            assert ses_practice.wait_for_code("user@example.org", timeout=5) == code
            assert len(ses_practice.inbox()) == 1

        @pytest.mark.ses_practice(preset="new", region="eu-central-1")
        def test_new(ses_practice):
            assert ses_practice.region == "eu-central-1"
            assert not boto3.client("sesv2").get_account()["ProductionAccessEnabled"]
        """
    )
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("given", ["'new'", "colour='red'"])
def test_a_marker_that_makes_no_sense(pytester: pytest.Pytester, given: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.ses_practice({given})
        def test_new(ses_practice):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-q")
    result.stdout.fnmatch_lines(["*ses_practice takes preset, region, domain by name*"])


def test_what_names_no_region_is_done_in_the_account_s(new: PracticeEndpoint) -> None:
    there = Practice(connect(practice=new, region="eu-west-1"))
    here = Practice(new)
    assert (here.region, there.region) == (new.region, "eu-west-1")
    there.verify("shop.test")
    assert there.ses.get_email_identity(EmailIdentity="shop.test")["VerifiedForSendingStatus"]
    there.ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
    there.grant()
    there.enforce("PROBATION")
    assert there.ses.get_account()["ProductionAccessEnabled"]
    assert there.ses.get_account()["EnforcementStatus"] == "PROBATION"
    assert not here.ses.get_account()["ProductionAccessEnabled"]
    assert here.ses.get_account()["EnforcementStatus"] == "HEALTHY"
    assert there.withdraw("shop.test") == 3


def test_link_of_an_address_is_that_of_the_account_s_region(new: PracticeEndpoint) -> None:
    there = Practice(connect(practice=new, region="eu-west-1"))
    there.ses.create_email_identity(EmailIdentity="me@shop.test")
    Practice(new).ses.create_email_identity(EmailIdentity="me@shop.test")  # whose mail is the newer one
    there.open_link("me@shop.test")
    assert there.ses.get_email_identity(EmailIdentity="me@shop.test")["VerifiedForSendingStatus"]
