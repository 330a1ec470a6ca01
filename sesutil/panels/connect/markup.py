"""What the panel of 01-connect says: of the choice, of the account, of the policies."""

from __future__ import annotations

from collections.abc import Mapping

from sesutil.panels.connect.model import ConnectModel
from sesutil.panels.pieces import card_title, link, rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.regions import long_name, partition

__all__ = ["account_markup", "choice_note", "iam_console", "policy_markup", "statements_markup", "way_hint"]

Row = tuple[str, str, str, str]

_ROOT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"
# The console of each partition has a host of its own.
_CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-cn": "https://console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}


def iam_console(region: str, page: str) -> str:
    """The address of a page of IAM's console (`policies/create`, `users`) in the Region's partition."""
    return f"{_CONSOLES.get(partition(region), _CONSOLES['aws'])}/iam/home#/{page}"


def way_hint(model: ConnectModel) -> tuple[str, bool]:
    """What stands below the profile, and whether it is a complaint."""
    if model.profiles_error is not None:
        return f"The AWS configuration cannot be read: {model.profiles_error}".splitlines()[0], True
    if not model.profiles:
        return "This machine has no profile. Make one with aws configure (or aws configure sso).", True
    if model.profile and model.profile not in model.profiles:
        return "There is no profile of this name any more.", True
    return "Its keys stay where AWS keeps them.", False


def choice_note(model: ConnectModel) -> str:
    """Of the choice that is kept, where it is not the one shown here."""
    for error in (model.choice_error, model.file_error):
        if error is not None:
            return rows([("bad", "failed", safe(error), "")])
    return ""


def account_markup(model: ConnectModel) -> str:
    """Who one is there and how the account stands, or why nobody knows."""
    title = card_title("Who you are there", "Asked now. The account's id is shown here and stored nowhere.")
    if model.state == "connecting":
        return title + rows([("wait", "connecting", "starting or asking the account", "")])
    if model.state == "failed" and model.error is not None:
        return title + refusal_markup(model.error)
    if model.state != "connected" or model.who is None:
        return ""
    refused = refusal_markup(model.status_error) if model.status_error is not None else ""
    return title + rows([*_who_rows(model), *_status_rows(model), *_choice_rows(model)]) + refused


def _who_rows(model: ConnectModel) -> list[Row]:
    who = model.who
    assert who is not None
    arn = f"<div><code>{safe(who.arn)}</code></div>"
    found: list[Row] = [
        (
            "good",
            "known",
            f"You are {safe(who.kind_words)} of account <b>{safe(who.account_id)}</b>, "
            f"by {safe(who.source_words)}.{arn}",
            "",
        )
    ]
    if who.is_root:
        text = (
            "The root user may do everything, and no policy holds it back. Make a user or a role with "
            "the policy below, then connect as that."
        )
        found.append(("look", "root user", text, link(_ROOT, "AWS\N{RIGHT SINGLE QUOTATION MARK}s advice")))
    if who.temporary:
        text = (
            "Temporary credentials: right for you, and they end after some hours. Logto takes none such: "
            "it gets a key of its own, below."
        )
        found.append(("look", "temporary", text, ""))
    if model.mode == "endpoint" and model.account is not None:
        text = f"AWS_ENDPOINT_URL leads to <code>{safe(model.account.endpoint_url)}</code>, which is not AWS."
        found.append(("look", "elsewhere", text, ""))
    return found


def _status_rows(model: ConnectModel) -> list[Row]:
    status = model.status
    if status is None:
        return []
    place = f"<b>{safe(status.region)}</b> ({safe(long_name(status.region))})"
    limit = "without limit" if status.max_24_hours is None else f"{status.max_24_hours:,} mails in 24 hours"
    quota = f"{limit}, {status.max_per_second:g} per second; {status.sent_24_hours:,} used today"
    if status.production:
        first: Row = ("good", "production", f"{place}: any address can be sent to. {safe(quota)}.", "")
    else:
        text = f"{place}: only verified addresses and the simulator can be sent to. {safe(quota)}."
        first = ("look", "sandbox", text, "")
    found = [first]
    if status.enforcement == "SHUTDOWN":
        found.append(("bad", "paused", "AWS has paused sending. Answer its case in the support centre.", ""))
    elif status.enforcement not in ("HEALTHY", ""):
        text = f"AWS says {safe(status.enforcement.lower())}: too many bounces or complaints."
        found.append(("look", "watched", text, ""))
    if not status.sending_enabled and status.enforcement != "SHUTDOWN":
        found.append(("bad", "paused", "Sending is switched off for this account and Region.", ""))
    return found


def _choice_rows(model: ConnectModel) -> list[Row]:
    found: list[Row] = []
    if model.region_differs:
        named = model.project.config.region
        text = (
            f"connector.json says <b>{safe(named)}</b>: there Logto would send, not in {safe(model.region)}."
        )
        found.append(("look", "Region", text, ""))
    if model.is_kept:
        more = "Connect, to have the commands (sesutil check, send) use it, too."
        if model.is_stored:
            more = ".sesutil/account.json keeps the way there, and no key."
        word = "kept" if model.is_stored else "used"
        found.append(("good", word, f"The next notebooks use this account. {more}", ""))
    else:
        kept = "another account" if model.kept is not None else "no account"
        text = f"The next notebooks use {kept} until you connect here."
        found.append(("look", "not kept", text, ""))
    return found


def policy_markup(reasons: Mapping[str, str], region: str, mode: str) -> str:
    """What the policy for the person who onboards is, what each statement of it is for, where it goes."""
    title = card_title(
        "The policy for the person who onboards",
        "Not for Logto: for you, or whoever walks this path. An administrator does without it.",
    )
    where = link(iam_console(region, "policies/create"), "Create policy in the IAM console")
    steps = (
        "<p>It is too long for an inline policy. In IAM, create a managed policy of this text, then attach "
        f"it to the user, group or permission set of that person. {where if mode != 'practice' else ''}</p>"
    )
    return title + steps + statements_markup(reasons)


def statements_markup(reasons: Mapping[str, str], *, opened: bool = False) -> str:
    """Each statement of a policy by its Sid, and what it is for."""
    items = "".join(f"<dt>{safe(sid)}</dt><dd>{safe(reason)}</dd>" for sid, reason in reasons.items())
    count = len(reasons)
    what = "What its statement is for" if count == 1 else f"What its {count} statements are for"
    begin = "<details open>" if opened else "<details>"
    return f"{begin}<summary>{what}</summary><dl class='s-terms'>{items}</dl></details>"
