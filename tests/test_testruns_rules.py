"""The rules of a run: what a refusal means for the rest, the pace, the guard of the quota, the plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from sesutil import (
    Account,
    ConnectorConfig,
    InvalidParameters,
    Practice,
    SendError,
    TestResult,
    TestRunParameters,
    connect,
    load_config,
    run_tests,
    send,
)
from sesutil.errors import AwsError
from sesutil.events.model import DeliveryEvent
from sesutil.explanations import explain
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.projects import Project, starter_config, starter_stored_templates
from sesutil.testruns.following.judging import Evidence, judge
from sesutil.testruns.journal import unsent
from sesutil.testruns.mails import language_notes, make_mails
from sesutil.testruns.results import TestRun
from sesutil.testruns.running import plan_run
from sesutil.testruns.sending.guarding import Guard
from sesutil.testruns.sending.pacing import Pace
from sesutil.testruns.sending.stopping import consequence_of
from test_testruns import FakeTime

TO = "a@there.org"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def practice(endpoint: PracticeEndpoint) -> Iterator[Practice]:
    practice = Practice(endpoint)
    practice.clear()
    yield practice
    practice.remove_faults()


def run(practice: Practice, config: ConnectorConfig, **given: Any) -> TestRun:
    names = ("on_result", "on_sending", "sender", "project", "stored", "clock", "sleep")
    more = {name: given.pop(name) for name in names if name in given}
    account = given.pop("account", None) or connect(practice=practice.endpoint)
    parameters = TestRunParameters.check({"usage_types": ["SignIn"], "wait_seconds": 5, **given})
    return run_tests(account, config, parameters, **more)


def refusal(code: str, message: str = "", status: int | None = 400) -> SendError:
    return SendError(code=code, message=message, http_status=status, explanation=explain(code))


NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region US-EAST-1: "
)
MAY_NOT = (
    "User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendEmail' on resource "
    "`arn:aws:ses:us-east-1:1:"
)


@pytest.mark.parametrize(
    ("error", "consequence"),
    [
        (refusal("TooManyRequestsException", "Maximum sending rate exceeded.", 429), "again"),
        (refusal("Throttling", "Maximum sending rate exceeded."), "again"),
        (refusal("ThrottlingException", "Rate exceeded"), "again"),
        (refusal("TooManyRequestsException", "Daily message quota exceeded.", 429), "stop"),
        (refusal("Throttling", "Daily message quota exceeded."), "stop"),
        (refusal("LimitExceededException", "x"), "stop"),
        (refusal("SendingPausedException", "Sending paused for this account."), "stop"),
        (refusal("SendingPausedException", "Sending paused for this configuration set <x>."), "stop"),
        (refusal("AccountSuspendedException"), "stop"),
        (refusal("MessageRejected", "Sending suspended for this account. pausing"), "stop"),
        (refusal("MessageRejected", NOT_VERIFIED + TO), "next"),
        (refusal("MessageRejected", NOT_VERIFIED + "no-reply@example.com"), "stop"),
        (refusal("MessageRejected", NOT_VERIFIED + f"{TO}, no-reply@example.com"), "stop"),
        (refusal("UnrecognizedClientException", "", 403), "stop"),
        (refusal("SignatureDoesNotMatch", "", 403), "stop"),
        (refusal("ExpiredTokenException", "", 403), "stop"),
        (refusal("AccessDeniedException", MAY_NOT + "identity/example.com'", 403), "stop"),
        (refusal("AccessDeniedException", MAY_NOT + "configuration-set/x'", 403), "stop"),
        (refusal("AccessDeniedException", MAY_NOT + f"identity/{TO}'", 403), "next"),
        (refusal("AccessDeniedException", MAY_NOT + "identity/there.org'", 403), "next"),
        (refusal("AccessDeniedException", "", 403), "stop"),
        (refusal("NotFoundException", "Configuration set <x> does not exist.", 404), "stop"),
        (refusal("BadRequestException", "Domain contains illegal character"), "next"),
        (refusal("EndpointConnectionError", status=None), "again"),
        (refusal("ConnectTimeoutError", status=None), "again"),
        (refusal("NoCredentialsError", status=None), "stop"),
        (refusal("UnauthorizedSSOTokenError", status=None), "stop"),
        # Nobody knows: never again, and the others go on.
        (refusal("ReadTimeoutError", status=None), "next"),
        (refusal("ConnectionClosedError", status=None), "next"),
        (refusal("InternalServiceErrorException", status=500), "next"),
        (refusal("InvalidResponse", status=200), "next"),
    ],
    ids=lambda value: f"{value.code} {value.message[-25:]}" if isinstance(value, SendError) else value,
)
def test_what_follows_from_a_refusal(error: SendError, consequence: str, config: ConnectorConfig) -> None:
    assert consequence_of(error, config, TO) == consequence


def test_a_permission_on_the_domain_of_both_is_the_sender_s(config: ConnectorConfig) -> None:
    error = refusal("AccessDeniedException", MAY_NOT + "identity/example.com'", 403)
    assert consequence_of(error, config, "you@example.com") == "stop"


def test_the_pace_slows_down_and_pauses_grow() -> None:
    fake = FakeTime()
    pace = Pace(10, fake, fake.sleep)
    pace.begin()
    pace.wait()
    assert fake.slept == [pytest.approx(0.1)]
    for _ in range(20):
        pace.slow_down()
    pace.begin()
    pace.wait()
    assert 1 <= fake.slept[-1] < 1.2
    fake.slept.clear()
    for tries in range(1, 6):
        pace.pause(tries)
    assert [round(slept / 0.5 / 2**number, 6) for number, slept in enumerate(fake.slept)] != [1.0] * 5
    assert all(0.75 <= slept / 0.5 / 2**number <= 1.25 for number, slept in enumerate(fake.slept))


def test_a_little_lateness_does_not_add_up() -> None:
    fake = FakeTime()
    pace = Pace(10, fake, fake.sleep)
    for _ in range(101):
        pace.wait()
        fake.now += 0.02  # as long as it takes from waking up to the call
        pace.begin()
    assert fake.now == pytest.approx(10, abs=0.1)
    fake.now += 5  # a call that took long is not made up for
    pace.begin()
    assert pace.spare == pytest.approx(0.1)


@pytest.mark.parametrize("rate", [1, 14])
def test_no_two_sends_are_closer_than_the_account_s_rate(rate: float) -> None:
    """Also after one was late: SES may refuse whatever is faster, however little."""
    fake = FakeTime()
    pace = Pace(rate * 0.95, fake, fake.sleep, fastest=rate)
    begun: list[float] = []
    for number in range(400):
        pace.wait()
        fake.now += 0.4 / rate if number % 7 == 0 else 0.002 / rate
        pace.begin()
        begun.append(fake.now)
    gaps = [later - before for before, later in pairwise(begun)]
    assert min(gaps) >= 1 / rate - 1e-9
    assert begun[-1] - begun[0] < 399 / (rate * 0.95) * 1.02  # and lateness is made up for, bit by bit


def test_throttled_in_between(practice: Practice, config: ConnectorConfig) -> None:
    fake = FakeTime()
    practice.plant_fault("throttle", operation="SendEmail", times=3)
    done = run(practice, config, usage_types=["SignIn", "Register"], clock=fake, sleep=fake.sleep)
    assert [(result.outcome, result.attempts) for result in done.results] == [("proven", 4), ("proven", 1)]
    assert "3 times that it was too fast" in done.notes[0]
    first, second, third = [slept for slept in fake.slept if slept > 0.3][:3]
    assert first < second < third
    assert len(practice.inbox()) == 2


def test_throttled_for_good(practice: Practice, config: ConnectorConfig) -> None:
    fake = FakeTime()
    practice.plant_fault("throttle", operation="SendEmail")
    done = run(practice, config, usage_types=["SignIn", "Register"], clock=fake, sleep=fake.sleep)
    assert [(result.status, result.attempts) for result in done.results] == [("refused", 6), ("not sent", 0)]
    assert "no more were sent" in done.stopped
    assert practice.inbox() == []


@pytest.mark.parametrize("kind", ["lost-answer", "cut", "error", "garbled"])
def test_nobody_answers_at_all(practice: Practice, config: ConnectorConfig, kind: str) -> None:
    types = ["SignIn", "Register", "ForgotPassword", "Generic", "BindMfa", "MfaVerification"]
    practice.plant_fault(kind, operation="SendEmail")
    done = run(practice, config, usage_types=types)
    status = "sent" if kind in ("lost-answer", "garbled") else "refused"
    assert [result.status for result in done.results] == [status] * 5 + ["not sent"]
    assert [result.attempts for result in done.results] == [1] * 5 + [0]
    assert "5 mails in a row" in done.stopped
    assert len(practice.inbox()) == (5 if status == "sent" else 0)


def test_a_bug_in_one_mail_does_not_stop_the_others(
    practice: Practice, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sesutil.testruns.sending.sends as sends

    ask = sends.send

    def broken(*args: Any, **named: Any) -> Any:
        if named["usage_type"] == "Register":
            raise ZeroDivisionError("a bug")
        return ask(*args, **named)

    monkeypatch.setattr(sends, "send", broken)
    done = run(practice, config, usage_types=["SignIn", "Register", "Generic"])
    assert [result.outcome for result in done.results] == ["proven", "failed", "proven"]
    assert done.results[1].status == "not sent"
    assert "ZeroDivisionError: a bug" in done.results[1].proof


def test_a_bug_in_the_middle_of_a_send_leaves_nobody_knowing(
    practice: Practice, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sesutil.testruns.sending.sends as sends

    ask = sends.send

    def broken(*args: Any, **named: Any) -> Any:
        answer = ask(*args, **named)
        if not named.get("dry_run"):
            raise ZeroDivisionError("a bug")
        return answer

    monkeypatch.setattr(sends, "send", broken)
    done = run(practice, config)
    assert (done.results[0].status, done.results[0].outcome) == ("sent", "proven")  # it was looked for
    assert len(practice.inbox()) == 1


def test_what_shows_the_progress_may_fail(practice: Practice, config: ConnectorConfig) -> None:
    def broken(result: TestResult) -> None:
        raise ZeroDivisionError("no screen")

    done = run(practice, config, usage_types=["SignIn", "Register"], on_result=broken)
    assert [result.outcome for result in done.results] == ["proven"] * 2
    assert done.notes == ("The progress could not be shown (ZeroDivisionError: no screen).",)


def test_it_stops_before_the_reserve_is_touched(practice: Practice, config: ConnectorConfig) -> None:
    """Three are left beside the reserve when it begins; then others send two."""
    account = connect(practice=practice.endpoint)
    left = 50_000 - int(account.ses.get_account()["SendQuota"]["SentLast24Hours"])

    def others(case: Any) -> None:
        if case.number == 1:
            for _ in range(2):
                send(account, config, to="b@there.org", usage_type="SignIn", payload={"code": "1"})

    done = run(
        practice,
        config,
        recipients=["a@there.org", "c@there.org", "d@there.org"],
        quota_reserve=left - 3,
        on_sending=others,
    )
    assert [result.status for result in done.results] == ["sent", "not sent", "not sent"]
    assert f"and {left - 3} of them are kept free for real users" in done.stopped


def test_the_guard_asks_now_and_then(practice: Practice) -> None:
    asked = 0

    class Counting(Account):
        @property
        def ses(self) -> Any:
            nonlocal asked
            asked += 1
            return super().ses

    account = connect(practice=practice.endpoint)
    account.__class__ = Counting
    fake = FakeTime()
    from sesutil import read_status

    guard = Guard(account, read_status(account), 0, fake)
    asked = 0
    for _ in range(120):
        assert guard.stops(1) == ""
        guard.sent(1)
    assert asked == 2
    fake.sleep(31)
    assert guard.stops(1) == ""
    assert asked == 3
    fake.sleep(31)
    assert guard.stops(0) == ""  # the simulator costs nothing
    assert asked == 3


def limited(practice: Practice, *actions: str) -> Account:
    """The account by the key of a user that may do only this."""
    iam = practice.client("iam")
    name = f"user-{len(iam.list_users()['Users'])}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return connect(practice=practice.endpoint).signed_by(key["AccessKeyId"], key["SecretAccessKey"])


def test_a_key_that_may_only_send(practice: Practice, config: ConnectorConfig) -> None:
    account = limited(practice, "ses:SendEmail")
    plan = plan_run(account, config, TestRunParameters.check({}))
    assert (plan.per_second, plan.left, plan.production) == (1.0, None, None)
    done = run(practice, config, account=account)
    assert done.ok
    assert "ses:GetAccount" in done.notes[0]
    assert done.account_id is not None


def test_a_key_of_its_own_signs_the_sends(practice: Practice, config: ConnectorConfig) -> None:
    done = run(practice, config, sender=limited(practice, "ses:GetAccount"))
    assert [result.status for result in done.results] == ["refused"]
    assert "AccessDenied" in str(done.results[0].error)
    plan = plan_run(connect(practice=practice.endpoint), config, sender=limited(practice, "ses:SendEmail"))
    assert plan.signer == "the connector's key"


def test_an_account_that_refuses_the_key_is_an_error(practice: Practice, config: ConnectorConfig) -> None:
    wrong = connect(practice=practice.endpoint).signed_by("AKIAUNKNOWN000000000", "x" * 40)
    with pytest.raises(AwsError):
        run(practice, config, account=wrong)


def test_the_plan(practice: Practice, config: ConnectorConfig) -> None:
    account = connect(practice=practice.endpoint)
    parameters = TestRunParameters.check(
        {"recipients": ["a@there.org", "success@simulator.amazonses.com"], "quota_reserve": 7}
    )
    plan = plan_run(account, starter_config(), parameters, stored=starter_stored_templates())
    assert (plan.mails, plan.kinds, plan.languages, plan.recipients, plan.cost) == (36, 9, 2, 2, 18)
    assert plan.per_second == pytest.approx(0.95 * 14)
    assert plan.seconds == pytest.approx(36 / (0.95 * 14))
    assert (plan.limit, plan.reserve, plan.problems) == (50_000, 7, ())
    text = plan.frame().to_string()
    assert "7 of them are kept free for real users" in text
    assert "@" not in text
    assert plan.frame().dtypes.astype(str).tolist() == ["str"] * 3
    assert practice.inbox() == []


def test_the_allow_list_is_heeded(practice: Practice, config: ConnectorConfig, tmp_path: Any) -> None:
    (tmp_path / "sesutil.toml").write_text('[send]\nallow = ["@example.org"]\n')
    project = Project(tmp_path, config)
    recipients = ["a@there.org", "b@example.org"]
    with pytest.raises(InvalidParameters, match=r"a@there.org is not on the allow-list") as caught:
        run(practice, config, project=project, recipients=recipients)
    assert len(caught.value.problems) == 1
    assert practice.inbox() == []
    plan = plan_run(
        connect(practice=practice.endpoint),
        config,
        TestRunParameters.check({"recipients": recipients}),
        project=project,
    )
    assert "a@there.org" not in plan.frame().to_string()
    assert run(practice, config, project=project, recipients=recipients[1:]).ok


def test_languages(practice: Practice) -> None:
    """Where a language has no template of its own, the one that Logto takes is sent, and that is said."""
    config = starter_config()
    stored = [item for item in starter_stored_templates() if item.usage_type != "Register"]
    done = run(
        practice,
        config,
        usage_types=["SignIn", "Register"],
        languages=["all", "de", "fr"],
        stored=stored,
    )
    assert [(one.usage_type, one.language, one.outcome) for one in done.results] == [
        (kind, language, "proven") for kind in ("SignIn", "Register") for language in ("", "de", "fr")
    ]
    assert done.notes == (
        "fr: Logto takes the connector's template. (SignIn, Register)",
        "de: Logto takes the connector's template. (Register)",
    )
    subjects = {message.message_id: message.subject for message in practice.inbox()}
    sent = [subjects[str(one.message_id)] for one in done.results]
    assert sent[0] == sent[2] != sent[1]
    assert sent[3] == sent[4] == sent[5]


def test_a_fallback_language_stands_before_the_connector() -> None:
    config, stored = starter_config(), starter_stored_templates()
    parameters = TestRunParameters.check(
        {"usage_types": ["SignIn"], "languages": ["", "fr"], "fallback_language": "de"}
    )
    mails = make_mails(config, stored, parameters)
    german = next(item for item in stored if item.usage_type == "SignIn")
    assert mails[0].localized is None
    assert mails[1].localized is not None
    assert mails[1].localized.subject == german.subject
    assert language_notes(mails) == (
        "The connector: Logto never takes it: its database has de/SignIn. (SignIn)",
        "fr: Logto takes de/SignIn. (SignIn)",
    )


def test_a_type_without_any_template_fails(practice: Practice, document: dict[str, Any]) -> None:
    config = load_config(document).model_copy(update={"templates": load_config(document).templates[:1]})
    done = run(practice, config, usage_types=["SignIn", "Register"])
    assert [(one.status, one.outcome) for one in done.results] == [("sent", "proven"), ("not sent", "failed")]
    assert "Cannot find template for type: Register" in done.results[1].proof


def test_each_mail_has_a_code_of_its_own(practice: Practice, config: ConnectorConfig) -> None:
    done = run(practice, config, recipients=[f"a{number}@there.org" for number in range(8)])
    codes = [result.code for result in done.results]
    assert len(set(codes)) == 8
    assert sorted(codes) == sorted(message.code for message in practice.inbox())  # type: ignore[type-var]


def test_mails_alike_whose_answers_are_lost(practice: Practice, config: ConnectorConfig) -> None:
    """With one code for all, two types that share a template make equal mails: which one is there cannot
    be told, unless all are, or none."""
    types = ["BindMfa", "MfaVerification", "UserPermissionValidation"]  # all by Generic
    practice.plant_fault("cut", operation="SendEmail", times=1)
    done = run(practice, config, usage_types=types, code="482913")
    assert [result.status for result in done.results] == ["refused", "sent", "sent"]
    practice.plant_fault("lost-answer", operation="SendEmail", times=3)
    done = run(practice, config, usage_types=types, code="482913")
    assert [result.outcome for result in done.results] == ["proven"] * 3
    assert len({result.message_id for result in done.results}) == 3
    practice.plant_fault("cut", operation="SendEmail", times=1)
    practice.plant_fault("lost-answer", operation="SendEmail", times=1)
    done = run(practice, config, usage_types=types, code="482913", wait_seconds=0.3)
    assert [result.status for result in done.results] == ["unknown", "unknown", "sent"]


def test_what_was_expected_and_what_became_of_it(practice: Practice, config: ConnectorConfig) -> None:
    everything = ["success", "bounce", "complaint", "ooto", "suppressionlist"]
    done = run(practice, config, recipients=[], scenarios=everything)
    assert [(one.expected, one.observed, one.outcome) for one in done.results] == [
        ("delivered", "delivered", "proven"),
        ("bounced", "bounced (Permanent/General)", "proven"),
        ("complained", "complained (abuse)", "proven"),
        ("delivered", "delivered", "proven"),
        ("bounced", "bounced (Permanent/General)", "proven"),
    ]


def test_what_was_not_expected(practice: Practice, config: ConnectorConfig) -> None:
    practice.plant_fault("bounce", address="b@there.org")
    practice.plant_fault("complaint", address="c@there.org")
    practice.plant_fault("delay", address="d@there.org")
    recipients = ["b@there.org", "c@there.org", "d@there.org"]
    done = run(practice, config, recipients=recipients, wait_seconds=1.5)
    bounced, complained, delayed = done.results
    assert (bounced.status, bounced.outcome) == ("sent", "unexpected")
    assert bounced.observed == "bounced (Permanent/General)"
    assert "550" in str(bounced.error)
    assert bounced.next_step
    assert (delayed.outcome, delayed.observed[:7]) == ("lost", "delayed")
    assert complained.outcome in ("proven", "unexpected")  # the reader may complain after it was judged
    with pytest.raises(Exception, match=r"b@there\.org"):
        done.raise_for_failures()


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expected", "kinds", "late", "outcome", "observed"),
    [
        ("delivered", [], False, None, ""),
        ("delivered", ["Send"], False, None, ""),
        ("delivered", ["Send", "Delivery"], False, "proven", "delivered"),
        ("delivered", ["Delivery", "Bounce"], False, "unexpected", "bounced (Permanent/General)"),
        ("delivered", ["Delivery", "Complaint"], False, "unexpected", "complained (abuse)"),
        ("delivered", ["Bounce", "Complaint"], False, "unexpected", "complained (abuse)"),
        ("delivered", ["Send", "Reject"], False, "unexpected", "rejected"),
        ("delivered", ["DeliveryDelay"], False, None, ""),
        ("delivered", ["DeliveryDelay"], True, "lost", "delayed (MailboxFull)"),
        ("delivered", ["DeliveryDelay", "Delivery"], False, "proven", "delivered"),
        ("delivered", ["Send"], True, "lost", ""),
        ("delivered", [], True, "lost", ""),
        ("bounced", ["Send"], False, None, ""),
        ("bounced", ["Bounce"], False, "proven", "bounced (Permanent/General)"),
        ("bounced", ["Delivery"], False, "unexpected", "delivered"),
        ("bounced", ["Complaint"], False, "unexpected", "complained (abuse)"),
        ("bounced", ["Send"], True, "lost", ""),
        ("complained", ["Delivery"], False, None, ""),
        ("complained", ["Delivery"], True, "unexpected", "delivered"),
        ("complained", ["Delivery", "Complaint"], False, "proven", "complained (abuse)"),
        ("complained", ["Complaint"], False, "proven", "complained (abuse)"),
        ("complained", ["Bounce"], False, "unexpected", "bounced (Permanent/General)"),
    ],
)
def test_the_verdict_on_events(
    config: ConnectorConfig,
    expected: Any,
    kinds: list[str],
    late: bool,
    outcome: str | None,
    observed: str,
) -> None:
    types = {
        "Bounce": ("Permanent", "General"),
        "Complaint": ("abuse", None),
        "DeliveryDelay": ("MailboxFull", None),
    }
    events = tuple(
        DeliveryEvent(
            kind=kind,
            at=NOW + timedelta(seconds=number),
            message_id="1",
            recipients=(TO,),
            type=types.get(kind, (None, None))[0],
            subtype=types.get(kind, (None, None))[1],
            sent_at=NOW,
        )
        for number, kind in enumerate(kinds)
    )
    mail = make_mails(config, [], TestRunParameters.check({"usage_types": ["SignIn"], "recipients": [TO]}))[0]
    mail = replace(mail, case=replace(mail.case, expected=expected))
    accepted = replace(unsent(mail.case), status="sent", outcome="accepted", message_id="1")
    verdict = judge(config, mail, accepted, Evidence(events), late=late, waited=60)
    if outcome is None:
        assert verdict is None
        return
    assert verdict is not None
    assert (verdict.outcome, verdict.observed) == (outcome, observed)
    assert verdict.ok or verdict.next_step
    if "Delivery" in kinds:
        assert verdict.arrival_seconds == kinds.index("Delivery")
