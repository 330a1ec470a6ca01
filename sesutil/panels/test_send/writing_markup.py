"""What stands beside the mail that is written: what it costs, what the checks say, the exact request."""

from __future__ import annotations

import json

from sesutil.checks.findings import CheckFinding
from sesutil.config import UsageType
from sesutil.errors import SesutilError
from sesutil.panels.opening import notebook_link
from sesutil.panels.outcomes import Row
from sesutil.panels.pieces import link, rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.sent import scenario_of
from sesutil.panels.test_send.template_checks import TEMPLATE_AREA
from sesutil.variables import proof_variable, variables_of

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
    "success": "Simulator: the mail is delivered.",
    "bounce": "Simulator: a hard bounce, as if the address did not exist.",
    "complaint": "Simulator: the mail is delivered, then its reader reports it as spam.",
    "ooto": "Simulator: the mail is delivered, and an out-of-office reply goes to the sender.",
    "suppressionlist": "Simulator: a bounce, as if the address were on the suppression list.",
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
    TEMPLATE_AREA: "04-templates.ipynb",
}
_COUNTED = (
    (("blocked", "waiting"), "blocks", "block"),
    (("look",), "to look at", "to look at"),
    (("unknown",), "not seen", "not seen"),
)
_SETTINGS = ("locale", "uiLocales")  # always there, and what hardly anybody writes into a mail
_MOST_SHOWN = 3  # findings beside the button; all of them are folded below
_MEANT_FOR = {
    UsageType.SIGN_IN: "Somebody signs in with a code instead of a password.",
    UsageType.REGISTER: "Somebody signs up: the code proves their address.",
    UsageType.FORGOT_PASSWORD: "Somebody has forgotten the password and sets a new one.",
    UsageType.ORGANIZATION_INVITATION: "Somebody is invited to an organization: a link, no code.",
    UsageType.GENERIC: "Stands in for types without a template; also for codes that your program asks for.",
    UsageType.USER_PERMISSION_VALIDATION: "A signed-in user confirms who they are before a sensitive change.",
    UsageType.BIND_NEW_IDENTIFIER: "A signed-in user adds or changes the address of the account.",
    UsageType.MFA_VERIFICATION: "The code is the second factor of a sign-in.",
    UsageType.BIND_MFA: "A user sets e-mail up as the second factor.",
}


def why_words(model: TestSendModel) -> str:
    same = "As Logto would send it: same template, same request"
    if model.added_set:
        same += f" except for the configuration set {model.added_set}, which reports the delivery events"
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
    meant = next((text for kind, text in _MEANT_FOR.items() if kind == model.usage_type), "")
    if choice is not None and choice.found_type not in (None, model.usage_type):
        return f"{meant} It has no template of its own: {choice.found_type} is sent."
    return meant


def language_hint(model: TestSendModel) -> str:
    return f"Logto takes {model.choice.words()}." if model.choice is not None else ""


def context_hint(model: TestSendModel) -> str:
    """What the chosen variables are, by the names that Logto has for this usage type."""
    there = variables_of(model.usage_type)
    proof = proof_variable(model.usage_type)
    always = [name for name, presence in there.items() if presence == "always" and name not in _SETTINGS]
    sometimes = [name for name, presence in there.items() if presence == "sometimes"]
    match model.context:
        case "usual":
            return f"Logto fills these in every time: {', '.join(always)}."
        case "full":
            more = f", and {', '.join(sometimes)}, which are not in every mail" if sometimes else ""
            return f"{', '.join(always)}{more}. All their fields are filled."
        case "hostile":
            return "Names with HTML in them, as a user could choose: do they break the mail?"
        case "none":
            return f"Only {{{{{proof}}}}} is filled in; other placeholders stay as they are."
    return f"Your values below, on top of what is always there ({', '.join(always)})."


def send_words(model: TestSendModel) -> str:
    """The text of the button."""
    if model.state == "sending":
        return "Sending \N{HORIZONTAL ELLIPSIS}"
    if model.blockers:
        return f"Send test mail: {model.blockers[0]}"
    return "Send anyway" if model.preflight.blocked else "Send test mail"


def cost_markup(model: TestSendModel) -> str:
    status = model.status
    if status is None:
        return ""
    rate = f"{status.max_per_second:g} a second"
    if scenario_of(model.recipient.strip()):
        return (
            "<p class='s-muted'>Costs nothing: mail to the simulator does not count towards the quota "
            f"(but towards the rate: {rate}).</p>"
        )
    if status.max_24_hours is None:
        return f"<p class='s-muted'>Costs 1 recipient; there is no limit for a day. At most {rate}.</p>"
    if not status.left_24_hours:
        return (
            f"<p class='s-error'>The day\N{RIGHT SINGLE QUOTATION MARK}s {status.max_24_hours:,} recipients "
            "are used up: SES refuses this mail.</p>"
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
    template = [_row(one, with_step=True) for one in preflight.template if one.verdict == "blocked"][
        :_MOST_SHOWN
    ]
    match preflight.state:
        case "checking":
            text = "the account, the sender, its DNS and the recipient"
            return rows([*template, ("wait", "checking", text, "")])
        case "failed" if preflight.error is not None:
            return (rows(template) if template else "") + refusal_markup(preflight.error)
        case "checked":
            return rows(_verdict_rows(model)) + _details(preflight.everything)
    return rows(template) if template else ""


def _shown(findings: list[CheckFinding]) -> list[CheckFinding]:
    """What is shown at once: what stops the mail first, and what makes it useless once it arrives."""
    against = [one for one in findings if one.verdict not in ("done", "note")]
    way = [one for one in against if one.area != TEMPLATE_AREA][:1]
    broken = [one for one in against if one.area == TEMPLATE_AREA and one.verdict == "blocked"]
    return [*way, *broken][:_MOST_SHOWN] or against[:1]


def _verdict_rows(model: TestSendModel) -> list[Row]:
    against, verdict = model.preflight.against, model.preflight.verdict
    if not against:
        return [("good", "ready", safe(verdict.sentence), "")] if verdict is not None else []
    worst = against[0]
    if worst.verdict == "unknown" and verdict is not None:
        return [("look", "not sure", safe(verdict.sentence), "")]
    found = [_row(one, with_step=True) for one in _shown(against)]
    if worst.verdict == "look" and verdict is not None and verdict.verdict == "done":
        found.append(("good", "ready", safe(verdict.sentence), ""))
    account = model.account.practice
    if account is not None and account.preset == "new" and worst.area in ("identity", "dns"):
        ready = (
            "This practice account began empty. Follow the path from "
            f'{notebook_link("01-connect.ipynb", "01-connect")} on, or write <code>account = "ready"</code> '
            "above and run the cells again: in that account the sender is verified."
        )
        found.append(("look", "or", ready, ""))
    return found


def _row(finding: CheckFinding, *, with_step: bool) -> Row:
    kind, word = _KINDS[finding.verdict]
    if finding.area == TEMPLATE_AREA and finding.verdict == "blocked":
        word = "broken"  # it arrives, and is of no use
    step = f"<div class='s-muted'>Next step: {safe(finding.next_step)}</div>" if finding.next_step else ""
    to_be_done = finding.verdict in ("blocked", "waiting") or finding.area == TEMPLATE_AREA
    where = _WHERE.get(finding.area, "") if to_be_done else ""
    right = (
        notebook_link(where, where.removesuffix(".ipynb"))
        if where and with_step
        else link(finding.documentation, "AWS\N{RIGHT SINGLE QUOTATION MARK}s page on it")
        if finding.documentation
        else ""
    )
    return kind, word, safe(finding.sentence) + (step if with_step else ""), right


def _details(findings: list[CheckFinding]) -> str:
    if not findings:
        return ""
    words = []
    for verdicts, one, many in _COUNTED:
        if number := sum(finding.verdict in verdicts for finding in findings):
            words.append(f"{number} {one if number == 1 else many}")
    count = f"{len(findings)} checks, {', '.join(words) or 'nothing against it'}"
    return (
        f"<details><summary>{count}</summary>{rows(_row(one, with_step=False) for one in findings)}</details>"
    )


def request_markup(model: TestSendModel) -> str:
    try:
        request = model.request()
    except SesutilError as error:
        return refusal_markup(error)
    where = f"<code>{safe(model.account.endpoint_url)}</code>"
    notes = [f"Nothing is sent. This is the SESv2 SendEmail request that would go to {where}:"]
    if model.kept and model.variable == "code":
        notes.append(f"<code>{safe(model.code)}</code> stands in for the new code.")
    if model.added_set:
        notes.append(added_set_words(model.added_set))
    text = json.dumps(request, indent=2, ensure_ascii=False)
    return f"<p class='s-muted'>{' '.join(notes)}</p><pre class='s-long' tabindex='0'>{safe(text)}</pre>"


def added_set_words(name: str) -> str:
    return (
        f"One field differs from Logto\N{RIGHT SINGLE QUOTATION MARK}s request: ConfigurationSetName "
        f"<code>{safe(name)}</code>, for the delivery events."
    )
