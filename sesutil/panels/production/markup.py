"""What the panel for production access says: where it stands, what a reviewer sees, what comes after."""

from __future__ import annotations

from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import card_title, link, rows, safe
from sesutil.panels.production.model import ProductionModel
from sesutil.panels.refusals import refusal_markup
from sesutil.production import Prerequisite

__all__ = [
    "denied_markup",
    "drafting_markup",
    "final_markup",
    "findings_markup",
    "granted_markup",
    "played_markup",
    "request_title",
    "reviewer_markup",
    "standing_markup",
]

_DOCUMENTATION = "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html"
_QUOTAS = "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html"
_PLAYED = {
    "deny": "You have denied it.",
    "lose": "You have let it get lost: it never reached a reviewer.",
}
# Where a gap is closed. What is not here is closed in the request itself.
_MENDED_IN = {
    "identity": "02-identity.ipynb",
    "domain": "02-identity.ipynb",
    "mail-from": "02-identity.ipynb",
    "dmarc": "02-identity.ipynb",
}
_KINDS = {True: ("good", "done"), False: ("look", "look"), None: ("todo", "not seen")}

Row = tuple[str, str, str, str]


def standing_markup(model: ProductionModel) -> str:
    title = card_title("Where it stands", "Sandbox and production access are per Region.")
    if model.error is not None:
        return title + refusal_markup(model.error)
    state = model.production
    if state is None:
        return title + rows([("wait", "reading", "the account, and what a reviewer looks at", "")])
    return title + rows([_access_row(model), *_review_rows(model), *_paused_rows(model)])


def _access_row(model: ProductionModel) -> Row:
    state = model.production
    assert state is not None
    if state.production:
        return "good", "production", f"Mail may go to any address. {_quota(model)}", ""
    sentence = f"Mail may go to verified addresses and to the mailbox simulator only. {_quota(model)}"
    return "look", "sandbox", sentence, link(_DOCUMENTATION, "AWS\N{RIGHT SINGLE QUOTATION MARK}s page on it")


def _quota(model: ProductionModel) -> str:
    state = model.production
    assert state is not None
    most = state.max_24_hours
    day = "No limit for a day" if most is None else f"{most:,} recipients in 24 hours"
    return f"{day}, {state.max_per_second:g} a second."


def _review_rows(model: ProductionModel) -> list[Row]:
    case = _case(model)
    match model.stage:
        case "pending" if model.is_practice:
            said = "You are the reviewer: decide below. With AWS a person reads it, mostly within 24 hours."
            return [("wait", "under review", said, case)]
        case "pending":
            said = (
                "A person reads it, mostly within 24 hours, and answers by mail. "
                "Until then AWS takes no other request."
            )
            return [("wait", "under review", said, case)]
        case "denied":
            return [("bad", "denied", "AWS takes no second request this way. The way back is below.", case)]
        case "again":
            return [("look", "lost", "The request never reached AWS. It can be made again, below.", case)]
        case "granted":
            return [("good", "granted", "The request that was made here.", case)] if case else []
    return [("todo", "not asked", "Nobody has asked for production access in this Region.", "")]


def _case(model: ProductionModel) -> str:
    """The support case; a link where there is one, which in practice there is not."""
    state = model.production
    if state is None or not state.case_id:
        return ""
    if model.account.mode == "live" and state.link:
        return link(state.link, f"Case {state.case_id}")
    return f"case <code>{safe(state.case_id)}</code>"


def _paused_rows(model: ProductionModel) -> list[Row]:
    """What stops sending beside the sandbox; before a grant the list of what a reviewer sees has it."""
    account = [one for one in model.prerequisites if one.id == "account" and one.met is False]
    return [_prerequisite_row(one) for one in account if model.stage == "granted"]


def findings_markup(model: ProductionModel) -> str:
    title = "Before you ask" if model.stage in ("ask", "again") else "What a reviewer can see"
    why = "AWS takes the request all the same; a gap may cost you the grant."
    return card_title(title, why) + rows(_prerequisite_row(one) for one in model.prerequisites)


def _prerequisite_row(one: Prerequisite) -> Row:
    kind, word = _KINDS[one.met]
    optional = "" if one.required or one.met else "Recommended, not required. "
    fix = f"<div class='s-muted'>{safe(optional + one.fix)}</div>" if optional or one.fix else ""
    notebook = _MENDED_IN.get(one.id, "")
    where = notebook_link(notebook, notebook.removesuffix(".ipynb")) if notebook and one.met is False else ""
    return kind, word, safe(one.sentence) + fix, where


def request_title(model: ProductionModel) -> str:
    what = "Ask again for production access" if model.stage == "again" else "Ask for production access"
    how = (
        "The text is drafted from these fields and from what the account has. You see the whole request "
        "before it is sent."
    )
    filled = " The fields are filled in for practice: try your own." if model.is_practice else ""
    return card_title(what, how + filled)


def final_markup(model: ProductionModel) -> str:
    """Said beside the request that is about to be sent."""
    change = model.request.change
    if model.request.state != "planned" or change is None or not change.calls:
        return ""
    said = "A request cannot be taken back, and after a denial AWS takes no second one this way."
    return rows([("look", "once", said, "")])


def drafting_markup(model: ProductionModel) -> str:
    if model.kept_text and not model.edited:
        said = "The text was drafted anew. Yours is kept, and can be put back."
        return rows([("look", "drafted", said, "")])
    if model.outdated:
        said = (
            "You have edited the text, and the fields or the account have changed since. "
            "The text stays as it is."
        )
        return rows([("look", "edited", said, "")])
    if model.edited:
        return rows(
            [("good", "edited", "Your text is what is sent. Drafting it anew keeps yours aside.", "")]
        )
    return ""


def denied_markup(model: ProductionModel) -> str:
    title = card_title(
        "The way back after a denial",
        "AWS mostly names no reason. The same support case leads on: an answer there is read by a person.",
    )
    first = (
        "Read the mail of AWS to the account\N{RIGHT SINGLE QUOTATION MARK}s address: "
        "what it asks, and until when it waits."
    )
    second = "Close the gaps below that are yours to close, the website and the signed domain first."
    third = (
        "Answer in the case, not in a new one. The text below answers what these mails ask: make it yours."
    )
    items = [("todo", "1", first, ""), ("todo", "2", second, ""), ("todo", "3", third, _case(model))]
    return title + rows(items)


def granted_markup(model: ProductionModel) -> str:
    title = card_title("What changes now", "Granted for this Region; it takes effect at once.")
    key = (
        "In the sandbox its policy had to allow every identity, since the one of "
        "each recipient counted as well. Replace it by its production form, which names yours alone."
    )
    bounces = "Now they count: AWS puts an account under review at 5 % bounces, and may pause it at 10 %."
    proof = (
        "Send a code to an address that is verified nowhere: below, under The proof. "
        "Then try all nine usage types."
    )
    items = [
        ("good", "recipients", "Any address. Nothing need be verified but the sender.", ""),
        ("good", "quota", _quota(model), link(_QUOTAS, "AWS on quotas")),
        ("todo", "key", key, notebook_link("01-connect.ipynb", "01-connect")),
        ("look", "bounces", bounces, ""),
        ("todo", "next", proof, notebook_link("test-run.ipynb", "test-run")),
    ]
    return title + rows(items)


def reviewer_markup() -> str:
    why = "Practice only: with AWS this is a person whom you do not see. Try each answer; a grant is final."
    return card_title("Play the reviewer", why)


def played_markup(model: ProductionModel) -> str:
    if model.play_error is not None:
        return refusal_markup(model.play_error)
    said = _PLAYED.get(model.played)
    return rows([("good", "done", said, "")]) if said else ""
