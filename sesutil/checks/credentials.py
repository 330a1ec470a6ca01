"""Whose credentials these are, and the key that sends for Logto: known, active, of a user, how old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sesutil.checks.facts import Facts, Sender
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.checks.refused import could_not_look, credentials_finding
from sesutil.errors import AwsError
from sesutil.permissions.keys import ROTATE_AFTER, HeldKey, in_days

__all__ = ["check_caller", "check_key_age", "check_sender"]

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_KEYS = _IAM + "id_credentials_access-keys.html"
_SECRET_LENGTH = 40


def _finding(
    id: str, verdict: Verdict, sentence: str, evidence: str = "", next_step: str = "", page: str | None = None
) -> CheckFinding:
    return CheckFinding(f"credentials.{id}", "credentials", verdict, sentence, evidence, next_step, page)


def check_caller(facts: Facts) -> Iterator[CheckFinding]:
    """Whoever looks: are there credentials, and does AWS take them?"""
    try:
        own = facts.account.credentials()
        caller = facts.caller()
    except AwsError as error:
        found = credentials_finding(error, "the credentials in use")
        if found is not None and facts.looks_as_the_connector():
            found = _with_length(facts, found)
        yield found or could_not_look("credentials.unreachable", "credentials", "who is asking", error)
        return
    source = own.source if own is not None else "unknown"
    yield _finding("caller", "done", f"AWS knows the credentials: {caller.arn}.", f"from: {source}")
    if caller.is_root and facts.account.practice is None:
        yield _finding(
            "root-caller", "note", "These are the root user's credentials.",
            caller.arn, "Sign in as a user or a role for this; keep the root user for the account itself.",
            _IAM + "root-user-best-practices.html",
        )  # fmt: skip


def check_sender(facts: Facts) -> Iterator[CheckFinding]:
    """The key that Logto sends with."""
    try:
        sender = facts.sender()
    except AwsError as error:
        if credentials_finding(error, "") is None:  # else check_caller has said it
            yield could_not_look("credentials.sender", "credentials", "the sending key", error)
        return
    yield from _sender_findings(facts, sender)


def _sender_findings(facts: Facts, sender: Sender) -> Iterator[CheckFinding]:
    if sender.error is not None:
        if sender.held is not None and sender.held.active is False:
            yield _inactive(sender.held)
            return
        found = credentials_finding(sender.error, "the connector's access key")
        yield (
            _with_length(facts, _with_holder(sender, found))
            if found
            else could_not_look(
                "credentials.sender", "credentials", "the connector's access key", sender.error
            )
        )
        return
    if sender.foreign:
        yield _finding(
            "another-account", "note", "The connector's access key is not one of the practice account.",
            "practice uses its own key instead", "Nothing is to be done in practice; a live check looks at it.",
        )  # fmt: skip
        return
    if not sender.own:
        yield _finding(
            "no-connector-key", "note",
            f"connector.json has {_what_is_missing(facts)}: sesutil uses other credentials, Logto cannot.",
            "", _put_back(facts) or "Create a key for a user that may only send (01-connect) before you hand the config to Logto.", _KEYS,
        )  # fmt: skip
        return
    assert sender.caller is not None
    if sender.caller.is_root:
        yield _finding(
            "root", "look", "The connector's access key is the root user's: whoever gets it owns the account.",
            sender.caller.arn,
            "Create an IAM user that may only send (01-connect), give Logto its key, and delete this one.",
            _IAM + "root-user-best-practices.html",
        )  # fmt: skip
    elif sender.caller.user_name is None:
        yield _finding(
            "no-user", "look", "The connector's access key belongs to no IAM user; keys of roles end with their session.",
            sender.caller.arn, "Create an IAM user that may only send (01-connect), and give Logto its key.", _KEYS,
        )  # fmt: skip
    else:
        yield _finding(
            "sender", "done", f"Logto sends as the IAM user {sender.caller.user_name}.", sender.caller.arn
        )


def _inactive(held: HeldKey) -> CheckFinding:
    other = f", or give Logto the user's active one ({held.other_active[0]})" if held.other_active else ""
    return _finding(
        "key-inactive", "blocked",
        f"The connector's access key is inactive in IAM, user {held.user}: AWS refuses what it signs.",
        f"{held.id}: Status Inactive",
        f"Activate it in IAM, if it was switched off by mistake{other or ', or make a new one (01-connect)'}.", _KEYS,
    )  # fmt: skip


def _with_holder(sender: Sender, found: CheckFinding) -> CheckFinding:
    """AWS did not take the key, and IAM knows it as one of this account's."""
    held = sender.held
    if held is None:
        return found
    whose = f"the user {held.user}" if held.user else "the root user"
    state = ", active" if held.active else ""
    return replace(found, evidence=f"{found.evidence}; in IAM it is a key of {whose}{state}")


def _with_length(facts: Facts, found: CheckFinding) -> CheckFinding:
    """A secret of another length needs no other explanation. Only its length is said."""
    secret = facts.config.access_key_secret
    length = len(secret.get_secret_value()) if secret is not None else _SECRET_LENGTH
    if found.id != "credentials.wrong-secret" or length == _SECRET_LENGTH:
        return found
    said = f"accessKeySecret has {length} characters, and a secret access key has {_SECRET_LENGTH}."
    return replace(found, sentence=f"{said} {found.sentence}")


def _what_is_missing(facts: Facts) -> str:
    if facts.config.access_key_id is not None:
        return "the id of an access key without its secret"
    return "no access key"


def _put_back(facts: Facts) -> str:
    if facts.config.access_key_id is not None:
        return (
            f"Fill in accessKeySecret for {facts.config.access_key_id}; AWS shows a secret only once, so if it is "
            "lost, make a new key (01-connect)."
        )
    return ""


def check_key_age(facts: Facts) -> Iterator[CheckFinding]:
    """How old the connector's key is."""
    key_id = facts.config.access_key_id
    try:
        sender = facts.sender()
        if sender.caller is None or not sender.own or sender.foreign:
            return
        user = facts.user()
    except AwsError as error:
        if credentials_finding(error, "") is None:
            yield could_not_look(
                "credentials.key-age", "credentials", "the age of the connector's key", error
            )
        return
    if user is None:
        return
    for key in user.keys:
        if key.id != key_id:
            continue
        days = key.age_days(facts.now())
        used = f", last used {key.last_used:%Y-%m-%d}" if key.last_used is not None else ""
        evidence = f"made {key.created:%Y-%m-%d}{used}"
        if days > ROTATE_AFTER:
            yield _finding(
                "key-old", "note", f"The connector's access key is {days} days old.", evidence,
                f"Make a new one, put it into Logto, then delete this one; AWS advises it after {ROTATE_AFTER} days.",
                _KEYS,
            )  # fmt: skip
        else:
            age = f"is {in_days(days)} old" if days else "was made today"
            yield _finding("key-age", "done", f"The connector's access key {age}.", evidence)
    if len([key for key in user.keys if key.active]) > 1:
        yield _finding(
            "two-keys", "note", f"The sending user {user.name} has two active access keys.", "",
            "Delete the one that nobody uses.", _KEYS,
        )  # fmt: skip
