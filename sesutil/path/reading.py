"""How far the path has come, read from live state.

The steps are those of Logto's guide "Set up email verification with AWS SES", in their order, and what
the guide leaves out. Nothing is remembered between two looks: whoever did a step, and wherever, it counts
when it is seen to be done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sesutil.account import Account, AccountStatus, read_status
from sesutil.addresses import bare_address
from sesutil.checks.config_fields import check_fields
from sesutil.checks.facts import Facts
from sesutil.checks.findings import VERDICTS, CheckFinding
from sesutil.choosing import has_choice
from sesutil.connector_file import read_fields
from sesutil.dns.judging import RecordVerdict
from sesutil.errors import AwsError, InvalidConfig, ProjectError, SesutilError
from sesutil.identities import IdentityState, other_regions
from sesutil.inbox import read_inbox
from sesutil.linting.project import lint_project
from sesutil.parallel import Outcome, side_by_side
from sesutil.path.steps import PathStep, StepState
from sesutil.permissions.keys import key_verdict
from sesutil.projects import Project, open_project

__all__ = ["AskStatus", "asked_once", "read_path"]

AskStatus = Callable[[], AccountStatus]

CONNECT, IDENTITY, PRODUCTION = "01-connect.ipynb", "02-identity.ipynb", "03-production-access.ipynb"
TEMPLATES, TEST_SEND = "04-templates.ipynb", "05-test-send.ipynb"
_LOGTO = "https://docs.logto.io/connectors/email-connectors/"
# What says that nobody can be asked, as opposed to somebody who refuses.
_NO_CREDENTIALS = frozenset(
    "NoCredentialsError PartialCredentialsError CredentialRetrievalError ProfileNotFound NoRegionError "
    "TokenRetrievalError SSOTokenLoadError UnauthorizedSSOTokenError LoginRefreshRequired".split()
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


def asked_once(ask: AskStatus) -> AskStatus:
    """The same answer, or the same error, to all who ask: SES takes one GetAccount a second."""
    lock = threading.Lock()
    outcome: Outcome[AccountStatus] | None = None

    def status() -> AccountStatus:
        nonlocal outcome
        with lock:
            if outcome is None:
                outcome = side_by_side([ask])[0]
        if outcome.error is not None:
            raise outcome.error
        assert outcome.value is not None
        return outcome.value

    return status


def read_path(
    account: Account,
    project: Project,
    *,
    status: AskStatus | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[PathStep]:
    """All steps, in the order of the path, asked side by side. Changes nothing.

    What cannot be looked at is a step of its own ("could not look: …") and stops no other. The project's
    files are read anew. Raises nothing that sesutil knows: a connector.json that Logto would refuse is
    what its step says, and the other steps go by the config that `project` was opened with. `status` is
    for a caller who shows it as well: see `asked_once`.
    """
    status = status or asked_once(lambda: read_status(account))
    problem: SesutilError | None = None
    try:
        project = open_project(project.folder)
    except (InvalidConfig, ProjectError) as error:
        problem = error
    facts = Facts(account, project.config, now=now)
    steps: dict[str, tuple[str, Callable[[], PathStep]]] = {
        "account": ("AWS account", partial(_account, status, chosen=has_choice(project.folder))),
        "identity": ("Identity", partial(_registered, facts)),
        "verified": ("Verification", partial(_verified, facts)),
        "records": ("DKIM, MAIL FROM, DMARC", partial(_records, facts)),
        "key": ("Access key", partial(_key, facts)),
        "connector": ("Connector", partial(_connector, project, problem)),
        "templates": ("Templates", partial(_templates, project)),
        "production": ("Production access", partial(_production, status)),
        "send": ("Test mail", partial(_send, account, project, status)),
        "logto": ("Logto", partial(_logto, account)),
    }
    outcomes = side_by_side([work for _, work in steps.values()])
    found = []
    for (id_, (title, _)), outcome in zip(steps.items(), outcomes, strict=True):
        if outcome.error is not None and not isinstance(outcome.error, SesutilError):
            raise outcome.error
        step = outcome.value if outcome.error is None else _unseen(outcome.error)
        assert step is not None
        found.append(replace(step, id=id_, title=title, needs=_NEEDS.get(id_, ())))
    return found


_NEEDS = {
    "identity": ("account",),
    "verified": ("identity",),
    "records": ("verified",),
    "key": ("account",),
    "connector": ("key",),
    "production": ("verified",),
    "send": ("account", "verified"),
    "logto": ("key", "connector", "templates", "production", "send"),
}


def _step(
    state: StepState, evidence: str, next_action: str = "", notebook: str = "", page: str = ""
) -> PathStep:
    return PathStep("", "", state, evidence, next_action, notebook, page)


def _unseen(error: SesutilError) -> PathStep:
    if not isinstance(error, AwsError):
        return replace(
            _step("look", f"Could not look: {error}", "Mend what is said here, and look again."), seen=False
        )
    reason = f"{error.code}, {error.message}" if error.message else error.code
    action = "" if error.code in _NO_CREDENTIALS else error.explanation.fix
    return replace(_step("look", f"Could not look: {reason}", action, CONNECT), seen=False)


# -- account ------------------------------------------------------------------------------------------


def _account(ask_status: AskStatus, *, chosen: bool) -> PathStep:
    try:
        status = ask_status()
    except AwsError as error:
        if error.code in _DENIED:
            raise
        what = f"The account cannot be asked: {error.code}. {error.explanation.cause}"
        state: StepState = "todo" if error.code in _NO_CREDENTIALS else "blocked"
        return _step(state, what, error.explanation.fix, CONNECT)
    limit = "no limit" if status.max_24_hours is None else f"{status.max_24_hours:,}"
    seen = (
        f"{_owner(status)} in {status.region}, {'production' if status.production else 'sandbox'}, "
        f"{status.sent_24_hours:,} of {limit} used today."
    )
    if status.enforcement == "SHUTDOWN":
        action = "Answer AWS\N{RIGHT SINGLE QUOTATION MARK}s case in the Support Center."
        return _step("blocked", f"AWS has paused sending. {seen}", action, page=_case_list())
    if not status.sending_enabled:
        action = "Switch it on again: PutAccountSendingAttributes, or the SES console's account dashboard."
        return _step("blocked", f"Sending is switched off in this account. {seen}", action)
    if status.enforcement == "PROBATION":
        action = "Find out what bounces, and answer AWS\N{RIGHT SINGLE QUOTATION MARK}s case."
        return _step("look", f"AWS has put the account under review. {seen}", action, page=_case_list())
    if status.mode == "practice" and not chosen:
        action = "Choose practice or AWS, and fill in the address that your mails come from."
        return _step("todo", f"Nothing is chosen yet. {seen}", action, CONNECT)
    return _step("done", seen, notebook=CONNECT)


def _owner(status: AccountStatus) -> str:
    if status.mode == "practice":
        return "The practice account"
    return f"Account {status.account_id}" if status.account_id else "An account whose id may not be read,"


def _case_list() -> str:
    return "https://console.aws.amazon.com/support/home#/case/history"


# -- identity -----------------------------------------------------------------------------------------


def _registered(facts: Facts) -> PathStep:
    mailbox = facts.from_mailbox
    if mailbox is None:
        given = facts.config.email_address
        what = f"emailAddress is no address: {given}" if given else "connector.json has no emailAddress yet."
        return _step("todo", what, "Say which address the mails come from.", CONNECT)
    found = facts.identities()
    if found:
        names = " and ".join(one.name for one in found)
        return _step("done", f"{names} in {facts.account.region}, for {mailbox.address}.", notebook=IDENTITY)
    elsewhere = other_regions(facts.account, mailbox)
    if elsewhere:
        region, there = next(iter(elsewhere.items()))
        what = (
            f"Nothing covers {mailbox.address} in {facts.account.region}; "
            f"{', '.join(there)} is verified in {region}."
        )
        return _step(
            "blocked", what, f"Set region to {region}, or create the identity here as well.", CONNECT
        )
    what = f"No identity in {facts.account.region} covers {mailbox.address}."
    return _step("todo", what, f"Register {mailbox.domain}, or the address alone.", IDENTITY)


def _best(facts: Facts) -> IdentityState | None:
    found = facts.identities()
    return next((one for one in found if one.verified), found[0] if found else None)


def _verified(facts: Facts) -> PathStep:
    identity = _best(facts)
    if identity is None:
        return _step("todo", "There is no identity to verify yet.", "Register it first.", IDENTITY)
    if identity.verified:
        return _step("done", f"{identity.name} is verified.", notebook=IDENTITY)
    if identity.status == "FAILED":
        seen = f" SES saw {identity.error_type}." if identity.error_type else ""
        what = f"SES has given up on {identity.name}: its records were not found in time.{seen}"
        return _step("blocked", what, "Have SES look again, with new records.", IDENTITY)
    if identity.kind == "EMAIL_ADDRESS":
        what = f"SES has mailed a link to {identity.name}, and waits for it to be opened."
        return _step("todo", what, "Open the link in that mail; it is good for 24 hours.", IDENTITY)
    verdicts = facts.records()
    wrong = _of_state(verdicts, "wrong")
    if wrong:
        return _step("blocked", f"{identity.name}: {wrong[0].sentence}", wrong[0].fix, IDENTITY)
    missing = _of_state([one for one in verdicts if one.record.purpose == "dkim"], "missing")
    if missing:
        count = "Its DKIM record is" if len(missing) == 1 else f"{len(missing)} of its DKIM records are"
        return _step("todo", f"{count} not in the DNS of {identity.name}.", "Publish the records.", IDENTITY)
    what = f"SES has not found the records of {identity.name} yet; it looks by itself, for up to 72 hours."
    return _step("waiting", what, "Wait, and look again.", IDENTITY)


def _of_state(verdicts: Sequence[RecordVerdict], state: str) -> list[RecordVerdict]:
    return [one for one in verdicts if one.state == state]


def _records(facts: Facts) -> PathStep:
    identity = _best(facts)
    if identity is None:
        return _step("todo", "They come with the identity.", "Register it first.", IDENTITY)
    signing = facts.signing_domain()
    if signing is None:
        what = f"{identity.name} is an address alone: its mail bears no DKIM signature of {identity.domain}."
        return _step("look", what, f"Register the domain {identity.domain}, if it is yours.", IDENTITY)
    if signing.dkim.status != "SUCCESS" or not signing.dkim.signing_enabled:
        off = "" if signing.dkim.signing_enabled else ", and signing is switched off"
        what = f"DKIM of {signing.name} is {signing.dkim.status.lower()}{off}."
        if signing.dkim.status in ("PENDING", "NOT_STARTED") and not signing.verified:
            return _step("waiting", what, "It comes with the verification.", IDENTITY)
        return _step("blocked", what, "Publish the records again, or make new ones.", IDENTITY)
    dmarc = facts.dmarc()
    own = facts.mail_from_identity()
    mail_from = own.mail_from if own is not None else None
    if mail_from is not None and mail_from.status != "SUCCESS":
        what = f"The MAIL FROM domain {mail_from.domain} is {mail_from.status.lower()}."
        waits = mail_from.status == "PENDING"
        wrong = [
            one for one in _of_state(facts.records(), "wrong") if one.record.purpose in ("mail-from", "spf")
        ]
        if wrong:
            return _step("blocked", f"{what} {wrong[0].sentence}", wrong[0].fix, IDENTITY)
        return _step("waiting" if waits else "look", what, "Publish its MX and its SPF record.", IDENTITY)
    if dmarc is None or dmarc.policy is None:
        why = dmarc.problem if dmarc is not None and dmarc.problem else "There is no DMARC record"
        what = f"DKIM signs as {signing.name}. {why.rstrip('.')}."
        return _step("look", what, "Publish one, to begin with p=none.", IDENTITY)
    envelope = (
        f"MAIL FROM {mail_from.domain}" if mail_from else "no own MAIL FROM domain, which DMARC does not need"
    )
    what = f"DKIM signs as {signing.name}, DMARC is p={dmarc.policy}, {envelope}."
    return _step("done", what, notebook=IDENTITY)


# -- connector ----------------------------------------------------------------------------------------


def _key(facts: Facts) -> PathStep:
    config = facts.config
    if config.access_key_id is None or config.access_key_secret is None:
        what = "connector.json has none. Logto sends with the key of a user that may do nothing else."
        return _step("todo", what, "Create the user and its key, and save it.", CONNECT)
    sender = facts.sender()
    if sender.foreign:
        what = "The key in connector.json is not one of this practice account."
        return _step("look", what, "Nothing in practice; live, choose your account.", CONNECT)
    if sender.error is not None:
        return _step(
            "blocked", f"AWS refuses it: {sender.error.code}.", sender.error.explanation.fix, CONNECT
        )
    caller = sender.caller
    if caller is not None and caller.is_root:
        what = "It belongs to the root user, who may do everything."
        return _step("look", what, "Create a user that may only send, and delete this key.", CONNECT)
    try:
        user = facts.user()
    except AwsError as error:
        return _step("done", f"AWS takes it; its age could not be looked at: {error.code}.", notebook=CONNECT)
    key = next((one for one in user.keys if one.id == config.access_key_id), None) if user else None
    if user is None or key is None:
        return _step("done", "AWS takes it; how old it is cannot be seen.", notebook=CONNECT)
    if not key.active:
        what = f"It belongs to {user.name}, and is switched off."
        return _step("blocked", what, "Switch it on in IAM, or create another one.", CONNECT)
    now = facts.now()
    verdict = key_verdict(key.age_days(now), key.last_used, now=now, use_known=key.use_known)
    state: StepState = "look" if verdict.verdict == "look" else "done"
    action = verdict.next_step if state == "look" else ""
    return _step(state, f"It belongs to {user.name}. {verdict.sentence}", action, CONNECT)


def _connector(project: Project, problem: SesutilError | None) -> PathStep:
    if problem is not None:
        return _step("blocked", str(problem), "Mend connector.json.", CONNECT)
    document = read_fields(project.folder)
    findings = [one for of_field in check_fields(document).values() for one in of_field]
    findings.sort(key=lambda one: VERDICTS.index(one.verdict))
    wrong = [one for one in findings if one.verdict in ("blocked", "look")]
    if wrong:
        return _step(_state_of(wrong[0]), wrong[0].sentence, wrong[0].next_step, CONNECT)
    if document.get("accessKeyId") is None or document.get("accessKeySecret") is None:
        return _step("todo", "The access key is missing, the rest is in order.", "Save the key.", CONNECT)
    filled = sum(document.get(name) is not None for name in document)
    return _step("done", f"{filled} fields are filled in, and none has a mistake.", notebook=CONNECT)


def _state_of(finding: CheckFinding) -> StepState:
    return "blocked" if finding.verdict == "blocked" else "look"


def _templates(project: Project) -> PathStep:
    findings = lint_project(project.folder)
    errors = [one for one in findings if one.severity == "error"]
    if errors:
        what = f"{_count(len(errors), 'error')}, the first in {errors[0].place()}: {errors[0].message}"
        return _step("blocked", what, errors[0].fix, TEMPLATES)
    warnings = [one for one in findings if one.severity == "warning"]
    if warnings:
        what = (
            f"{_count(len(warnings), 'warning')}, the first in {warnings[0].place()}: {warnings[0].message}"
        )
        return _step("look", what, warnings[0].fix, TEMPLATES)
    types = _count(len(project.config.usage_types()), "usage type")
    return _step("done", f"{types}, nothing wrong found.", notebook=TEMPLATES)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# -- production, sending, Logto -----------------------------------------------------------------------


def _production(ask_status: AskStatus) -> PathStep:
    status = ask_status()
    if status.production:
        limit = "no limit" if status.max_24_hours is None else f"{status.max_24_hours:,} recipients a day"
        return _step("done", f"Granted in {status.region}: {limit}, any address.", notebook=PRODUCTION)
    match status.review:
        case "PENDING":
            what = "The request is under review; AWS mostly answers within 24 hours."
            return _step("waiting", what, "Wait, and follow its case.", PRODUCTION)
        case "DENIED":
            what = "The request was denied, and AWS takes no second one this way."
            return _step("blocked", what, "Answer in its support case.", PRODUCTION)
        case "FAILED":
            return _step("todo", "The request never reached AWS.", "Ask again.", PRODUCTION)
    what = "Sandbox: mail goes to verified addresses only, and no user of Logto is one."
    return _step("todo", what, "Ask AWS for production access.", PRODUCTION)


def _send(account: Account, project: Project, ask_status: AskStatus) -> PathStep:
    sender = bare_address(project.config.email_address or "")
    if account.practice is not None:
        sent = [one for one in read_inbox(account) if bare_address(one.source) == sender]
        if sent:
            what = f"{_count(len(sent), 'mail')} from {sender} accepted, the last at {sent[-1].time:%H:%M}."
            return _step("done", what, notebook=TEST_SEND)
        return _step(
            "todo",
            f"No mail from {sender} was sent yet.",
            "Send a code, and see it arrive.",
            TEST_SEND,
        )
    sent_today = ask_status().sent_24_hours
    if sent_today:
        what = f"{_count(sent_today, 'recipient')} in the last 24 hours; SES does not say which."
        return _step("done", what, notebook=TEST_SEND)
    what = "Nothing was sent in the last 24 hours. SES counts, and keeps no list."
    return _step(
        "todo",
        what,
        "Send a code to an inbox of yours, and look into it.",
        TEST_SEND,
    )


def _logto(account: Account) -> PathStep:
    if account.practice is not None:
        what = "This is practice: its account and its keys are worth nothing outside this machine."
        action = "Walk the same path with your AWS account: choose it in 01-connect."
        return replace(_step("todo", what, action, CONNECT), seen=False)
    what = "Whether it is saved and enabled there cannot be seen from here yet."
    action = (
        "Save the connector in Logto\N{RIGHT SINGLE QUOTATION MARK}s console, "
        "and switch on e-mail in the sign-in experience."
    )
    return replace(_step("todo", what, action, page=_LOGTO), seen=False)
