"""Sending a test mail: what is to be sent, what stands against it, what became of each. No widgets here."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from traitlets import Bool, Dict, Instance, List, Unicode

from sesutil.account import Account
from sesutil.addresses import recipient_problem
from sesutil.allowing import Allowed, allowed_in
from sesutil.choosing import signed_as_logto
from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.errors import InvalidParameters, SendError, SesutilError, own_fault
from sesutil.linting.settings import LintSettings, read_settings
from sesutil.panels.account_reading import AccountReader
from sesutil.panels.events.keeping import EventKeeper
from sesutil.panels.events.model import EventsModel
from sesutil.panels.payloads import chosen_payload
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.panels.sign_in.model import SignInModel
from sesutil.panels.test_send.outbox_model import OutboxModel, seconds_ahead
from sesutil.panels.test_send.preflight_model import PreflightModel
from sesutil.panels.test_send.reading import why_nobody_can
from sesutil.panels.test_send.sent import SentMail
from sesutil.panels.test_send.template_checks import TemplateChecks, mending
from sesutil.projects import Project, open_project
from sesutil.requests import build_request
from sesutil.selection import Choice
from sesutil.sending import send, surely_not_sent
from sesutil.sign_in import CodeDesk, CodePolicy, clock_of
from sesutil.testruns.cases import simulator_address
from sesutil.variables import proof_variable

__all__ = ["TestSendModel", "fresh_code"]

_INPUTS = ("recipient", "usage_type", "language", "context", "own_payload", "code", "kept", "as_logto")


def fresh_code() -> str:
    """Six digits, as Logto's codes are."""
    return f"{secrets.randbelow(10**6):06d}"


@dataclass(frozen=True)
class _Wanted:
    """The inputs as they were at the click: they may change while it is sent."""

    to: str
    usage_type: str
    context: str
    own_payload: str
    code: str
    kept: bool
    as_logto: bool
    choice: Choice | None
    mend: str


class TestSendModel(AccountReader):
    """The mail that is written, and those that were sent in this session.

    Inputs are the traits of `_INPUTS` and `consent`. `language` "" is a reader whose language has no
    templates; `context` one of `payloads.CONTEXT_WORDS`. `kept`: the code is made by `desk` as the mail is
    sent, so that it can be typed in the sign-in. `choice` is the template that Logto takes, None while the
    project cannot be read (`project_error`).

    `state` is idle or sending. `blockers` says in words why `send` would do nothing, `problems` what is
    wrong with a field. `outbox` has the mails that were sent and what became of them, `preflight` what the
    checks say, `sign_in` is where the code of the last mail is typed, `events` are the account's delivery
    events.
    """

    __test__ = False  # so that pytest does not take it for a test class

    recipient = Unicode(simulator_address("success"))
    usage_type = Unicode("SignIn")
    language = Unicode("")
    context = Unicode("usual")
    own_payload = Unicode("{}")
    code = Unicode("")
    kept = Bool(True)
    as_logto = Bool(False)
    consent = Bool(False)

    state = Unicode("idle")
    blockers = List(Unicode())
    problems = Dict()
    choice = Instance(Choice, allow_none=True)
    allowed = Instance(Allowed)
    languages = List(Unicode())
    project_error = Instance(SesutilError, allow_none=True)

    def __init__(
        self,
        project: Project,
        account: Account,
        *,
        usage_type: str = "SignIn",
        runner: Runner = run_in_thread,
        follow_runner: Runner | None = None,
        settle: float | None = None,
    ) -> None:
        super().__init__(usage_type=usage_type, allowed=Allowed())
        self.project = project
        self.account = account
        self._runner = runner
        self.settings = _settings(project)
        self.desk = CodeDesk(_policy(self.settings), now=clock_of(account))
        self.sign_in = SignInModel(self.desk, runner=runner)
        settling = {} if settle is None else {"settle": settle}
        self.preflight = PreflightModel(account, runner=runner, **settling)
        self._template_checks = TemplateChecks(self.settings)
        self._signing: int | None = None
        self.outbox = OutboxModel(
            account,
            runner=runner,
            follow_runner=follow_runner,
            on_moved=self._on_clock_moved,
            keeper=EventKeeper(account, project),
        )
        self.events = EventsModel(
            project, account, runner=runner, proof_runner=follow_runner, on_chain=self._on_chain
        )
        self.code = fresh_code()
        self.as_logto = account.mode == "live" and self.connector_key_id is not None
        self._read_project()
        self.observe(self._on_template_change, ["usage_type", "language"])
        self.observe(self._on_recipient_change, "recipient")
        self.observe(self._judge, [*_INPUTS, "consent", "state", "choice", "allowed", "project_error"])
        self.outbox.observe(self._on_sent_change, "sent")
        self._judge()

    # -- what is written --------------------------------------------------------------------------------

    @property
    def needs_consent(self) -> bool:
        return self.account.leaves_machine

    @property
    def connector_key_id(self) -> str | None:
        """The id of the connector's key, where it is one that can sign."""
        config = self.project.config
        return config.access_key_id if config.access_key_secret is not None else None

    @property
    def variable(self) -> str:
        return proof_variable(self.usage_type)

    @property
    def added_set(self) -> str:
        """A configuration set that the request names for the sake of its events, and Logto's would not."""
        chain = self.outbox.chain
        if chain is None or not chain.complete or not chain.owns_set:
            return ""
        return "" if self.project.config.configuration_set_name else chain.configuration_set

    def new_code(self) -> None:
        self.code = fresh_code()

    def payload(self) -> dict[str, Any]:
        return chosen_payload(self.usage_type, self.code, self.context, self.own_payload)[0]

    def request(self) -> dict[str, Any]:
        """What would be sent now. Raises TemplateNotFound."""
        return build_request(
            self._config(),
            to=self.recipient.strip(),
            usage_type=self.usage_type,
            payload=self.payload(),
            localized=_localized(self.choice),
        )

    def _config(self) -> ConnectorConfig:
        config = self.project.config
        added = self.added_set
        return config.model_copy(update={"configuration_set_name": added}) if added else config

    def _read_project(self) -> None:
        """What was saved meanwhile is what is sent; while it cannot be read, nothing is."""
        try:
            self.project = open_project(self.project.folder)
            allowed = allowed_in(self.project.folder)
            languages = sorted({one.language for one in self.project.stored_templates()})
            choice = self.project.choose(
                self.usage_type, self.language or None, fallback_language=self.settings.fallback_language
            )
        except SesutilError as error:
            with self.hold_trait_notifications():
                self.project_error, self.choice = error, None
            self.preflight.template = []
            return
        with self.hold_trait_notifications():
            self.project_error, self.allowed = None, allowed
            self.choice, self.languages = choice, languages
        self.preflight.template = self._template_checks.findings(self.usage_type, choice)

    def _on_template_change(self, change: object) -> None:
        self._read_project()

    def _on_recipient_change(self, change: object) -> None:
        self.check()

    def _judge(self, change: object = None) -> None:
        to = self.recipient.strip()
        problems: dict[str, str] = {}
        blockers = []
        if not to:
            blockers.append("needs a recipient")
        elif wrong := recipient_problem(to):
            problems["recipient"] = wrong
            blockers.append("needs a recipient that is an address")
        elif wrong := self.allowed.problem(to):
            problems["recipient"] = wrong
            blockers.append("needs a recipient of your list")
        if self.project_error is not None:
            blockers.append("the project cannot be read")
        elif self.choice is not None and self.choice.verdict == "missing":
            problems["usage_type"] = "Neither it nor Generic has a template: the send fails."
            blockers.append("needs a template")
        if wrong := self._payload_problem():
            problems["own_payload"] = wrong
            blockers.append("needs variables that can be read")
        if self.variable == "code" and not self.kept and not self.code.strip():
            problems["code"] = "Give the code to send."
            blockers.append("needs a code")
        if self.needs_consent and not self.consent:
            blockers.append("needs your consent")
        self.problems, self.blockers = problems, blockers

    def _payload_problem(self) -> str:
        payload, problem = chosen_payload(self.usage_type, self.code, self.context, self.own_payload)
        if not problem and self.variable == "code" and payload.get("code") != self.code:
            return "The code has a field of its own: leave it out here."
        return problem

    # -- before it is sent ------------------------------------------------------------------------------

    def open(self) -> None:
        """Reads the account and its delivery events, and asks the checks about the recipient."""
        self.read_account()
        self.events.read()
        self.check()

    def check(self) -> None:
        """Asks the checks about the recipient, and looks at the template, as they are now."""
        self._read_project()
        to = self.recipient.strip()
        if to and not recipient_problem(to):
            self.preflight.ask(self._config, to)
        else:
            self.preflight.forget()

    # -- sending ----------------------------------------------------------------------------------------

    def send(self) -> None:
        """Sends once, unless something blocks it; a second call while sending does nothing."""
        self._read_project()
        if self.blockers or self.state == "sending":
            return
        template = self.choice.words() if self.choice is not None else ""
        wanted = _Wanted(
            to=self.recipient.strip(),
            usage_type=self.usage_type,
            context=self.context,
            own_payload=self.own_payload,
            code=self.code,
            kept=self.kept and self.variable == "code",
            as_logto=self.as_logto,
            choice=self.choice,
            mend=mending(self.preflight.template, self.usage_type, template),
        )
        with self.hold_trait_notifications():
            self.state, self.consent = "sending", False
        self._runner(lambda: self._send(wanted))

    def _send(self, wanted: _Wanted) -> None:
        mail = SentMail(
            number=len(self.outbox.sent) + 1,
            to=wanted.to,
            usage_type=wanted.usage_type,
            template=wanted.choice.words() if wanted.choice is not None else "",
            value="",
            variable=proof_variable(wanted.usage_type),
            kept=wanted.kept,
            request={},
            began=datetime.now(UTC),
            added_set=self.added_set,
            mend=wanted.mend,
        )
        begin = time.monotonic()
        try:
            begin, mail = self._send_one(mail, wanted)
        except SesutilError as error:
            known = not isinstance(error, SendError) or surely_not_sent(error)
            mail = replace(self._newest(mail), state="refused" if known else "unknown", error=error)
            if known and wanted.kept:
                self.desk.not_sent(wanted.to)
        except Exception as bug:
            # Where it broke nobody can say: what was sent is not called unsent.
            mail = replace(self._newest(mail), state="unknown", error=own_fault(bug))
            raise
        finally:
            self.outbox.put(replace(mail, seconds=mail.seconds or time.monotonic() - begin))
            self.state = "idle"
        self._on_sent(mail)
        self._read_account()

    def _send_one(self, mail: SentMail, wanted: _Wanted) -> tuple[float, SentMail]:
        code = wanted.code
        now = clock_of(self.account)()
        mail = replace(mail, began=now, ahead=seconds_ahead(now))
        if wanted.kept:
            code = self.desk.issue(wanted.to, wanted.usage_type)
            self.code = code
        payload, _ = chosen_payload(wanted.usage_type, code, wanted.context, wanted.own_payload)
        config = self._config()
        what: dict[str, Any] = {
            "to": wanted.to,
            "usage_type": wanted.usage_type,
            "payload": payload,
            "localized": _localized(wanted.choice),
        }
        request = build_request(config, **what)
        mail = replace(mail, value=str(payload[mail.variable]), request=request)
        self.outbox.put(mail)
        account = signed_as_logto(self.account, config) if wanted.as_logto else self.account
        begin = time.monotonic()
        result = send(account.once(), config, **what)
        return begin, replace(
            mail,
            state="sent",
            message_id=result.message_id,
            request_id=result.request_id,
            seconds=time.monotonic() - begin,
        )

    def _newest(self, mail: SentMail) -> SentMail:
        """The mail as it was shown last: what broke came after that."""
        return next((one for one in self.outbox.sent if one.number == mail.number), mail)

    def _on_chain(self) -> None:
        self.outbox.use_chain(self.events.chain)

    def _on_clock_moved(self) -> None:
        self.sign_in.look()
        self._read_account()

    def _on_sent(self, mail: SentMail) -> None:
        if mail.state not in ("sent", "unknown"):
            return
        if mail.kept or mail.variable == "link":
            self._signing = mail.number
            self.sign_in.expect(mail.to, mail.usage_type)
            self._on_sent_change(None)
        self.outbox.follow()

    def _on_sent_change(self, change: object) -> None:
        """The sign-in waits for no code that nobody can read."""
        mail = next((one for one in self.outbox.sent if one.number == self._signing), None)
        if mail is not None and mail.kept:
            with self.sign_in.hold_trait_notifications():
                self.sign_in.unreadable, self.sign_in.mendable = why_nobody_can(mail)


def _localized(choice: Choice | None) -> EmailTemplate | None:
    return choice.template if choice is not None and choice.place == "stored" else None


def _settings(project: Project) -> LintSettings:
    try:
        return read_settings(project.folder)
    except SesutilError:
        return LintSettings()  # what is wrong with the file is said where it is used: by sesutil lint


def _policy(settings: LintSettings) -> CodePolicy:
    try:
        return CodePolicy(lifetime=settings.code_lifetime)
    except InvalidParameters:
        return CodePolicy()  # Logto would take no such lifetime
