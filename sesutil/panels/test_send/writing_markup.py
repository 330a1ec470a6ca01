"""What stands beside the mail that is written: what it costs, what the checks say, the exact request."""

from __future__ import annotations

import json

from sesutil.checks.findings import CheckFinding
from sesutil.errors import SesutilError
from sesutil.panels.opening import notebook_link
from sesutil.panels.outcomes import Row
from sesutil.panels.pieces import link, rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.sent import scenario_of

__all__ = [
    "SCENARIO_HINTS",
    "context_hint",
    "cost_markup",
    "language_hint",
    "preflight_markup",
    "recipient_hint",
    "request_markup",
    "send_words",
    "usage_type_hint",
    "why_words",
]

SCENARIO_HINTS = {
    "success": "The simulator: it is delivered.",
    "bounce": "The simulator: a hard bounce comes back, as from an address that is not there.",
    "complaint": "The simulator: it is delivered, and then somebody calls it spam.",
    "ooto": "The simulator: it is delivered, and an out-of-office reply comes back.",
    "suppressionlist": "The simulator: a bounce comes back, as from an address on the suppression list.",
}
_KINDS = {
    "blocked": ("bad", "blocked"),
    "look": ("look", "look"),
    "waiting": ("wait", "waiting"),
    "unknown": ("look", "not seen"),
    "note": ("todo", "note"),
    "done": ("good", "done"),
}
_WHERE = {
    "connector": "01-connect.ipynb",
    "credentials": "01-connect.ipynb",
    "permission": "01-connect.ipynb",
    "identity": "02-identity.ipynb",
    "dns": "02-identity.ipynb",
    "account": "03-production-access.ipynb",
    "recipient": "02-identity.ipynb",
}


def why_words(model: TestSendModel) -> str:
    same = "As Logto would send it: same template, same request"
    if model.added_set:
        same += f" but for the configuration set {model.added_set}, whose events are listened to"
    if model.as_logto and model.connector_key_id is not None:
        return f"{same}, signed with the same key (\N{HORIZONTAL ELLIPSIS}{model.connector_key_id[-4:]})."
    return f"{same}."


def recipient_hint(model: TestSendModel) -> str:
    if hint := SCENARIO_HINTS.get(scenario_of(model.recipient.strip())):
        return hint
    if model.status is not None and model.status.production:
        return "Any address of yours."
    return "In the sandbox: a verified address, or the simulator."


def usage_type_hint(model: TestSendModel) -> str:
    choice = model.choice
    if choice is not None and choice.found_type not in (None, model.usage_type):
        return f"Has no template of its own: {choice.found_type} is sent."
    return "What the mail is for."


def language_hint(model: TestSendModel) -> str:
    return f"Logto takes {model.choice.words()}." if model.choice is not None else ""


def context_hint(model: TestSendModel) -> str:
    return "What Logto fills in beside the code." if model.variable == "code" else "What Logto fills in."


def send_words(model: TestSendModel) -> str:
    """The text of the button."""
    if model.state == "sending":
        return "Sending \N{HORIZONTAL ELLIPSIS}"
    if model.blockers:
        return f"Send test mail: {model.blockers[0]}"
    return "Send it although the check says no" if model.preflight.blocked else "Send test mail"


def cost_markup(model: TestSendModel) -> str:
    status = model.status
    if status is None:
        return ""
    rate = f"{status.max_per_second:g} a second"
    if scenario_of(model.recipient.strip()):
        return (
            "<p class='s-muted'>Costs nothing: the simulator does not count for the quota "
            f"(for the rate it does: {rate}).</p>"
        )
    if status.max_24_hours is None:
        return f"<p class='s-muted'>Costs 1 recipient; there is no limit for a day. At most {rate}.</p>"
    if not status.left_24_hours:
        return (
            f"<p class='s-error'>The day\N{RIGHT SINGLE QUOTATION MARK}s {status.max_24_hours:,} recipients "
            "are used up: SES refuses it.</p>"
        )
    return (
        f"<p class='s-muted'>Costs 1 of {status.max_24_hours:,} a day ({status.sent_24_hours:,} used within "
        f"24 hours). At most {rate}.</p>"
    )


def preflight_markup(model: TestSendModel) -> str:
    """The check's verdict with what stands against it most; all that it found below, folded."""
    preflight = model.preflight
    if model.project_error is not None:
        return refusal_markup(model.project_error)
    match preflight.state:
        case "checking":
            return rows([("wait", "checking", "the account, the sender, its DNS and the recipient", "")])
        case "failed" if preflight.error is not None:
            return refusal_markup(preflight.error)
        case "checked":
            return rows(_verdict_rows(model)) + _details(preflight.findings)
    return ""


def _verdict_rows(model: TestSendModel) -> list[Row]:
    worst, verdict = model.preflight.worst, model.preflight.verdict
    if worst is None:
        return [("good", "ready", safe(verdict.sentence), "")] if verdict is not None else []
    if worst.verdict == "unknown" and verdict is not None:
        return [("look", "not sure", safe(verdict.sentence), "")]
    found = [_row(worst, with_step=True)]
    account = model.account.practice
    if account is not None and account.preset == "new" and worst.area in ("identity", "dns"):
        ready = (
            "This practice account began empty. Go the path from "
            f'{notebook_link("01-connect.ipynb", "01-connect")} on, or write <code>account = "ready"</code> '
            "above and run the cells again: in that account the sender is verified."
        )
        found.append(("look", "or", ready, ""))
    return found


def _row(finding: CheckFinding, *, with_step: bool) -> Row:
    kind, word = _KINDS[finding.verdict]
    step = f"<div class='s-muted'>Next step: {safe(finding.next_step)}</div>" if finding.next_step else ""
    where = _WHERE.get(finding.area, "") if finding.verdict in ("blocked", "waiting") else ""
    right = (
        notebook_link(where, where.removesuffix(".ipynb"))
        if where and with_step
        else link(finding.documentation, "AWS\N{RIGHT SINGLE QUOTATION MARK}s page on it")
        if finding.documentation
        else ""
    )
    return kind, word, safe(finding.sentence) + (step if with_step else ""), right


def _details(findings: list[CheckFinding]) -> str:
    shown = [one for one in findings if one.area != "send"]
    if not shown:
        return ""
    wrong = sum(one.verdict not in ("done", "note") for one in shown)
    count = f"{len(shown)} checks" + (f", {wrong} to look at" if wrong else ", nothing against it")
    return f"<details><summary>{count}</summary>{rows(_row(one, with_step=False) for one in shown)}</details>"


def request_markup(model: TestSendModel) -> str:
    try:
        request = model.request()
    except SesutilError as error:
        return refusal_markup(error)
    notes = [f"Nothing is sent. This is SESv2 SendEmail to <code>{safe(model.account.endpoint_url)}</code>:"]
    if model.kept and model.variable == "code":
        notes.append(f"<code>{safe(model.code)}</code> stands for the fresh code.")
    if model.added_set:
        notes.append(added_set_words(model.added_set))
    text = json.dumps(request, indent=2, ensure_ascii=False)
    return f"<p class='s-muted'>{' '.join(notes)}</p><pre class='s-long' tabindex='0'>{safe(text)}</pre>"


def added_set_words(name: str) -> str:
    return (
        f"One field differs from Logto\N{RIGHT SINGLE QUOTATION MARK}s request: ConfigurationSetName "
        f"<code>{safe(name)}</code>, for the delivery events."
    )
