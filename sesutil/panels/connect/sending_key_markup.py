"""What the card of Logto's access key says: of the user, of its keys, of the policy, of what was saved."""

from __future__ import annotations

from datetime import datetime

from sesutil.errors import AwsError
from sesutil.panels.connect.markup import iam_console, statements_markup
from sesutil.panels.connect.sending_key_model import SendingKeyModel
from sesutil.panels.pieces import link, rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.permissions.keys import KeyInfo, KeyVerdict, key_verdict
from sesutil.permissions.policies import explain_policy
from sesutil.permissions.users import SendingUser

__all__ = ["is_denied", "policy_markup", "saved_markup", "state_markup"]

Row = tuple[str, str, str, str]

_ROTATION = (
    "<details><summary>How to rotate the key</summary><ol>"
    "<li>Create another key and write it into connector.json.</li>"
    "<li>Put it into Logto's connector, save, and send a test mail.</li>"
    "<li>Deactivate the old one. If mail goes wrong, activate it again.</li>"
    "<li>A day later, when nobody misses it, delete it.</li></ol></details>"
)
_KINDS = {"look": "look", "note": "todo", "done": "good"}


def is_denied(model: SendingKeyModel) -> bool:
    """Whether whoever looks may not use IAM."""
    error = model.error
    return isinstance(error, AwsError) and error.code in ("AccessDenied", "AccessDeniedException")


def state_markup(model: SendingKeyModel) -> str:
    """The user and its keys as they are, or the way without IAM."""
    if model.state == "reading":
        return rows([("wait", "reading", "the user and its keys", "")])
    if model.state == "failed" and model.error is not None:
        return refusal_markup(model.error) + (_by_hand(model) if is_denied(model) else "")
    if model.user is None:
        return rows([("todo", "to do", f"There is no user {safe(model.name)} yet.", "")])
    how = _ROTATION if model.user.keys else ""
    return rows([*_user_rows(model.user), *_key_rows(model, model.user)]) + how


def _user_rows(user: SendingUser) -> list[Row]:
    items: list[Row] = [("good", "user", f"<code>{safe(user.arn)}</code>", "")]
    if user.others:
        text = f"It has more than this policy, and by that may do more: {safe(', '.join(user.others))}."
        items.append(("look", "more", text, ""))
    if user.unread:
        text = f"Not allowed to look: {safe(', '.join(user.unread))}. What they would tell is missing here."
        items.append(("look", "unread", text, ""))
    return items


def _key_rows(model: SendingKeyModel, user: SendingUser) -> list[Row]:
    if not user.keys:
        unread = "ListAccessKeys" in user.unread
        return [] if unread else [("todo", "to do", "It has no access key yet.", "")]
    items: list[Row] = []
    said = list(model.advice)
    for key in user.keys:
        verdict = _verdict(key, model.seen_at)
        items.append(_key_row(model, key, verdict))
        if verdict is not None:  # its advice stands in the row
            said = [one for one in said if not one.startswith(f"{key.id}: {verdict.sentence}")]
    return items + [("look", "look", safe(one), "") for one in said]


def _verdict(key: KeyInfo, now: datetime | None) -> KeyVerdict | None:
    """What is to be said of an active key."""
    if not key.active or now is None:
        return None
    return key_verdict(key.age_days(now), key.last_used, now=now, use_known=key.use_known)


def _key_row(model: SendingKeyModel, key: KeyInfo, verdict: KeyVerdict | None) -> Row:
    here = " It is the one in connector.json." if key.id == model.file_key_id else ""
    if verdict is None:
        return ("todo", "off", f"<code>{safe(key.id)}</code> is off: nobody can sign with it.{here}", "")
    next_step = verdict.next_step
    if verdict.verdict == "note":  # never used: what to do depends on where it is
        going = model.user is not None and len(model.user.keys) > 1 and not model.is_new(key)
        next_step = "Send a test mail with it." if here else "" if going else next_step
    step = f"<div class='s-muted'>{safe(next_step)}</div>" if next_step else ""
    sentence = f"<code>{safe(key.id)}</code> {safe(verdict.sentence)}{here}{step}"
    return (_KINDS[verdict.verdict], "key", sentence, "")


def _by_hand(model: SendingKeyModel) -> str:
    address = iam_console(model.account.region, "users/create")
    console = "" if model.account.practice is not None else link(address, "IAM console: Create user")
    steps = (
        f"Somebody who may use IAM creates a user for Logto, without access to the console. {console}",
        "As an inline policy it gets the text below, and nothing else.",
        "Under its security credentials they create an access key, and hand both parts to you, not by mail.",
        "You fill both into the connector, further down in this notebook.",
    )
    listed = "".join(f"<li>{one}</li>" for one in steps)
    return f"<p><b>By hand, where you may not use IAM</b></p><ol>{listed}</ol>"


def policy_markup(model: SendingKeyModel) -> str:
    """The policy's form, and what its statements are for."""
    if model.policy is None:
        return ""
    form = (
        "Its policy, in the form for production access: only this sender's identities are named."
        if model.production
        else "Its policy, in the form for the sandbox. Come back with production access: it gets narrower."
    )
    return f"<p>{form}</p>" + statements_markup(explain_policy(model.policy), opened=True)


def saved_markup(model: SendingKeyModel) -> str:
    """Where the new key is: not saved, saved, or why it could not be."""
    items: list[Row] = []
    if model.file_error is not None:
        items.append(("bad", "failed", safe(model.file_error), ""))
    if model.has_new and model.new is not None:
        text = f"<code>{safe(model.new.id)}</code> is made, and its secret is not in connector.json yet."
        items.append(("look", "not saved", text, ""))
        if model.account.practice is not None:
            text = "It is worth nothing outside the practice account: Logto needs one of your AWS account."
            items.append(("look", "practice", text, ""))
    if model.saved_key_id:
        text = f"<code>{safe(model.saved_key_id)}</code> and its secret are in connector.json."
        items.append(("good", "saved", text, "Only you can read the file."))
    return rows(items) if items else ""
