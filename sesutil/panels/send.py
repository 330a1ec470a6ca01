"""Sending a test mail by clicks: `SendModel` knows what, `SendPanel` shows it."""

from __future__ import annotations

import json
import time
from typing import Any

import ipywidgets as widgets
from traitlets import Bool, Float, Instance, List, Unicode

from sesutil.account import Account
from sesutil.addresses import recipient_problem
from sesutil.allowing import Allowed, allowed_in
from sesutil.choosing import signed_as_logto
from sesutil.config import ConnectorConfig, UsageType
from sesutil.errors import SesutilError, own_fault
from sesutil.inbox import InboxMessage, read_message
from sesutil.linting.placeholders import template_findings
from sesutil.panels.account_reading import AccountReader
from sesutil.panels.banner import Banner
from sesutil.panels.outcomes import accepted_row, arrival_row, inbox_link
from sesutil.panels.pieces import (
    Field,
    Panel,
    Runner,
    card,
    card_title,
    html,
    mail_frame,
    rows,
    run_in_thread,
    safe,
)
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.style import style_sheet
from sesutil.projects import Project, open_project
from sesutil.requests import build_request
from sesutil.sending import SendResult, send
from sesutil.variables import proof_variable, sample_payload

__all__ = ["SendModel", "SendPanel"]

INVITATION = UsageType.ORGANIZATION_INVITATION


class SendModel(AccountReader):
    """What is to be sent, what stops it, and what became of it.

    `state` is one of idle, sending, sent, refused. `blockers` says in words why `send` would do
    nothing. `result`, `message` and `error` are those of the last send.
    """

    recipient = Unicode("success@simulator.amazonses.com")
    usage_type = Unicode("Generic")
    code = Unicode("000000")
    consent = Bool(False)

    state = Unicode("idle")
    blockers = List(Unicode())
    recipient_problem = Unicode("")
    result = Instance(SendResult, allow_none=True)
    message = Instance(InboxMessage, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    seconds = Float(0.0)
    sent_usage_type = Unicode("Generic")
    sent_value = Unicode("")

    def __init__(
        self,
        account: Account,
        config: ConnectorConfig | Project,
        *,
        as_logto: bool = False,
        runner: Runner = run_in_thread,
    ) -> None:
        super().__init__()
        self.account = account
        self._as_logto = as_logto
        self._source = config
        self._config = config.config if isinstance(config, Project) else config
        self.config_error: SesutilError | None = None
        self._runner = runner
        self.observe(self._judge, ["recipient", "code", "consent", "state", "usage_type"])
        self._judge()

    @property
    def config(self) -> ConnectorConfig:
        """The config to send with; a project's is read anew, so that what was saved meanwhile is sent.

        While the project's cannot be read, the last one that could; `config_error` then says why.
        """
        if isinstance(self._source, Project):
            try:
                self._config, self.config_error = open_project(self._source.folder).config, None
            except SesutilError as error:
                self.config_error = error
        return self._config

    @property
    def needs_consent(self) -> bool:
        return self.account.leaves_machine

    @property
    def logto_key_id(self) -> str | None:
        """The connector's key, where the mail is to be signed with it as Logto does; None without one."""
        config = self.config
        return config.access_key_id if self._as_logto and config.access_key_secret is not None else None

    @property
    def falls_back(self) -> bool:
        """Whether Logto would take the Generic template for this usage type."""
        return self.usage_type not in self.config.usage_types()

    def payload(self) -> dict[str, Any]:
        return sample_payload(self.usage_type, self.code)

    def request(self) -> dict[str, Any]:
        """What would be sent now."""
        return build_request(
            self.config, to=self.recipient.strip(), usage_type=self.usage_type, payload=self.payload()
        )

    def send(self) -> None:
        """Sends, unless something blocks it; a second call while sending does nothing."""
        if self.blockers or self.state == "sending":
            return
        self.state = "sending"
        self._runner(self._send)

    def _allowed(self) -> Allowed:
        """Whom the project lets mail go to, and the one that one works in, read anew. Raises ProjectError."""
        source = self._source
        return allowed_in(*([source.folder] if isinstance(source, Project) else []))

    def _judge(self, change: object = None) -> None:
        blockers = []
        problem = recipient_problem(self.recipient.strip()) or ""
        if not self.recipient.strip():
            blockers.append("needs a recipient")
        elif problem:
            blockers.append("needs a recipient that is an address")
        else:
            try:
                problem = self._allowed().problem(self.recipient) or ""
                if problem:
                    blockers.append("needs a recipient that sesutil.toml allows")
            except SesutilError as error:
                problem = str(error)
                blockers.append("needs a sesutil.toml that can be read")
        if not self.code.strip() and self.usage_type != INVITATION:
            blockers.append("needs a code")
        if self.needs_consent and not self.consent:
            blockers.append("needs your consent")
        self.recipient_problem = problem
        self.blockers = blockers

    def _send(self) -> None:
        begin = time.monotonic()
        elapsed = 0.0
        usage_type, payload = self.usage_type, self.payload()  # the inputs may change meanwhile
        result: SendResult | None = None
        message: InboxMessage | None = None
        error: SesutilError | None = None
        try:
            config = self.config
            if self.config_error is not None:
                raise self.config_error
            to = self.recipient.strip()
            self._allowed().check(to)
            result = send(
                signed_as_logto(self.account, config) if self._as_logto else self.account,
                config,
                to=to,
                usage_type=usage_type,
                payload=payload,
            )
            elapsed = time.monotonic() - begin
            if self.account.practice is not None and result.message_id is not None:
                message = read_message(self.account, result.message_id)
        except SesutilError as caught:
            error, elapsed = caught, elapsed or time.monotonic() - begin
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            state = "sent" if result is not None else "refused"
            with self.hold_trait_notifications():
                self.result, self.message, self.error = result, message, error
                self.seconds = elapsed
                self.sent_usage_type = usage_type
                self.sent_value = str(payload[proof_variable(usage_type)])
                self.consent = False
                self.state = state
        self._read_account()


class SendPanel(Panel):
    """The panel of the start notebook: recipient, usage type, code, Send, and what became of it."""

    def __init__(
        self,
        account: Account,
        config: ConnectorConfig | Project,
        *,
        usage_type: str = "Generic",
        as_logto: bool = False,
        runner: Runner = run_in_thread,
    ) -> None:
        self.model = SendModel(account, config, as_logto=as_logto, runner=runner)
        self.model.usage_type = usage_type
        self.banner = Banner(account.mode)
        self.recipient = widgets.Text(description="Recipient", value=self.model.recipient)
        self.usage_type = widgets.Dropdown(
            description="Usage type", options=[str(name) for name in UsageType], value=self.model.usage_type
        )
        self.code = widgets.Text(description="Code", value=self.model.code)
        self.consent = widgets.Checkbox(
            description="I agree that this mail is sent through AWS to the recipient above.", indent=False
        )
        self.send_button = widgets.Button(button_style="primary", icon="paper-plane")
        self.request_button = widgets.ToggleButton(description="Show the request")
        self._recipient_field = Field(self.recipient, wide=True)
        self._usage_type_field = Field(self.usage_type)
        self._code_field = Field(self.code)
        self._request = html()
        self._outcome = html()
        fields = widgets.HBox([self._recipient_field, self._usage_type_field, self._code_field])
        fields.add_class("s-fields")
        actions = widgets.HBox([self.send_button, self.request_button])
        actions.add_class("s-actions")
        title = html(card_title("Send a test mail", _why(self.model)))
        consent = [self.consent] if self.model.needs_consent else []
        self._result_card = card(self._outcome)
        super().__init__(
            [
                style_sheet(),
                self.banner,
                card(title, fields, *consent, actions, self._request),
                self._result_card,
            ]
        )
        self._wire()
        self._show_all()
        self.model.read_account()

    def _wire(self) -> None:
        model = self.model
        self.recipient.observe(self._on_recipient_change, "value")
        self.usage_type.observe(self._on_usage_type_change, "value")
        self.code.observe(self._on_code_change, "value")
        self.consent.observe(self._on_consent_change, "value")
        self.send_button.on_click(self._on_send_click)
        self.request_button.observe(self._on_inputs_change, "value")
        self.banner.read_button.on_click(self._on_read_click)
        model.observe(self._on_inputs_change, ["recipient", "usage_type", "code", "blockers", "consent"])
        model.observe(self._on_state_change, ["state"])
        model.observe(self._on_status_change, ["status", "status_read_at", "status_error"])

    def _on_recipient_change(self, change: Any) -> None:
        self.model.recipient = change["new"]

    def _on_usage_type_change(self, change: Any) -> None:
        self.model.usage_type = change["new"]

    def _on_code_change(self, change: Any) -> None:
        self.model.code = change["new"]

    def _on_consent_change(self, change: Any) -> None:
        self.model.consent = change["new"]

    def _on_send_click(self, button: Any) -> None:
        self.model.send()

    def _on_read_click(self, button: Any) -> None:
        self.model.read_account()

    def _on_inputs_change(self, change: Any) -> None:
        self._show_inputs()

    def _on_state_change(self, change: Any) -> None:
        self._show_all()

    def _on_status_change(self, change: Any) -> None:
        self._show_status()

    def _show_all(self) -> None:
        self._show_inputs()
        self._show_status()
        self._outcome.value = _outcome_markup(self.model)

    def _show_status(self) -> None:
        model = self.model
        self.banner.show(model.status, model.status_read_at, model.status_error)
        self._show_inputs()

    def _show_inputs(self) -> None:
        model = self.model
        self._recipient_field.say(
            model.recipient_problem or _recipient_hint(model), wrong=bool(model.recipient_problem)
        )
        findings = template_findings(model.config, model.usage_type)
        self._usage_type_field.say(" ".join(findings) or _usage_type_hint(model), wrong=bool(findings))
        no_code = not model.code.strip()
        self._code_field.say(_code_hint(model), wrong=no_code and model.usage_type != INVITATION)
        self.consent.value = model.consent
        busy = model.state == "sending"
        self.send_button.disabled = busy or bool(model.blockers)
        self.send_button.description = (
            "Sending \N{HORIZONTAL ELLIPSIS}"
            if busy
            else f"Send test mail: {model.blockers[0]}"
            if model.blockers
            else "Send test mail"
        )
        shown = bool(self.request_button.value)
        self._request.value = _request_markup(model) if shown else ""
        self._request.layout.display = None if shown else "none"  # an empty one would take a gap
        self.request_button.description = (
            "Hide the request" if self.request_button.value else "Show the request"
        )


def _why(model: SendModel) -> str:
    same = "As Logto would send it: same template, same request"
    if model.logto_key_id is None:
        return f"{same}."
    return f"{same}, signed with the same key (\N{HORIZONTAL ELLIPSIS}{model.logto_key_id[-4:]})."


def _recipient_hint(model: SendModel) -> str:
    if model.status is not None and model.status.production:
        return "Any address of yours."
    return "In the sandbox: a verified address, or the simulator."


def _usage_type_hint(model: SendModel) -> str:
    if model.falls_back:
        return "Has no template of its own: Generic is sent."
    return "Logto\N{RIGHT SINGLE QUOTATION MARK}s own test tries Generic only."


def _code_hint(model: SendModel) -> str:
    if model.usage_type == INVITATION:
        return "Not in the mail: an invitation has a link."
    return "000000 is what Logto's console sends." if model.code.strip() else "Give the code to send."


def _request_markup(model: SendModel) -> str:
    text = json.dumps(model.request(), indent=2, ensure_ascii=False)
    return (
        f"<p class='s-muted'>SESv2 SendEmail to <code>{safe(model.account.endpoint_url)}</code></p>"
        f"<pre class='s-long' tabindex='0'>{safe(text)}</pre>"
    )


def _outcome_markup(model: SendModel) -> str:
    return f"<div role='status'>{_outcome(model)}</div>"


def _outcome(model: SendModel) -> str:
    title = card_title("What became of it")
    if model.state == "sending":
        return title + rows([("wait", "sending", f"to {safe(model.recipient)}", "")])
    if model.state == "refused" and model.error is not None:
        return title + refusal_markup(model.error)
    if model.state == "sent" and model.result is not None:
        return title + _sent_markup(model, model.result)
    return title + "<p class='s-muted'>Nothing is sent yet.</p>"


def _sent_markup(model: SendModel, result: SendResult) -> str:
    items = [accepted_row(result.message_id or "", model.seconds)]
    message = model.message
    if message is None:
        if model.account.practice is None:
            text = "Accepted is not delivered: look into the recipient's inbox, the spam folder too."
            items.append(("look", "look", text, ""))
        else:
            text = safe(model.error) if model.error else "It is not in the practice inbox."
            items.append(("look", "look", text, "") if model.error else ("bad", "lost", text, ""))
        return rows(items)
    items.append(
        arrival_row(
            message,
            model.sent_value,
            proof_variable(model.sent_usage_type),
            inbox_link(model.account, message.message_id),
        )
    )
    preview = (
        f"<details open><summary>{safe(message.subject)}</summary>{mail_frame(message.html or '')}</details>"
    )
    return rows(items) + preview
