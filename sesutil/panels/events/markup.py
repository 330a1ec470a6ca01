"""Delivery events in words: what is there, what came of the proof."""

from __future__ import annotations

from sesutil.events.model import DeliveryEvent
from sesutil.panels.events.model import EventsModel
from sesutil.panels.events.proof_model import ProofModel
from sesutil.panels.pieces import rows, safe
from sesutil.panels.refusals import kept_markup, refusal_markup

__all__ = ["chain_markup", "proof_markup", "why_text"]

Row = tuple[str, str, str, str]


def why_text(mode: str) -> str:
    if mode == "practice":
        return (
            "The practice inbox shows by itself what becomes of a mail. AWS does not: for that you need a "
            "chain of events: SES \N{RIGHTWARDS ARROW} SNS \N{RIGHTWARDS ARROW} SQS. Here you set it up and "
            "prove it as you would there."
        )
    return (
        "When you send, SES says only that it accepted the mail. Whether it is delivered, bounces (and why) "
        "or is reported as spam comes later, as events. For that you need a chain: SES \N{RIGHTWARDS ARROW} "
        "SNS \N{RIGHTWARDS ARROW} SQS, a queue that sesutil reads."
    )


def chain_markup(model: EventsModel) -> str:
    chain = model.chain
    if model.error is not None:
        return refusal_markup(model.error)
    if model.state in ("idle", "reading") and chain is None:
        return rows([("wait", "reading", "whether delivery events are set up in this account", "")])
    if chain is None:
        return rows(
            [("todo", "not set up", f"In {safe(_where(model))} nothing reports what becomes of a mail.", "")]
        )
    items: list[Row] = []
    if chain.complete:
        heard = (
            f"Mail sent with the configuration set <b>{safe(chain.configuration_set)}</b> reports its events "
            f"to the queue <b>{safe(chain.name)}</b>."
        )
        items.append(("good", "set up", heard, ""))
    items += [("bad", "missing", f"{safe(part[:1].upper() + part[1:])}.", "") for part in chain.missing]
    if chain.owns_set:
        items.append(_own_set(model))
    return rows(items)


def _own_set(model: EventsModel) -> Row:
    assert model.chain is not None
    name = safe(model.chain.configuration_set)
    if not model.differs:
        return (
            "good",
            "same request",
            f"connector.json names {name} as well, so Logto's own mail reports its events, too.",
            "",
        )
    text = (
        f"Test mail is sent with {name}, which connector.json does not name: in this one field it differs "
        "from Logto's request, and Logto's own mail reports no events. To change that, put the name into "
        "connector.json as configurationSetName."
    )
    return ("look", "one field", text, "")


def _where(model: EventsModel) -> str:
    return model.account.region


def proof_markup(model: ProofModel) -> str:
    items: list[Row] = [_event(event, model) for event in model.events]
    proof = model.proof
    if model.state == "proving":
        items.append(("wait", "waiting", safe(model.doing), f"{model.seconds:.1f} s"))
    elif model.state == "failed" and model.error is not None:
        return (rows(items) if items else "") + refusal_markup(model.error)
    elif proof is not None:
        kind, word = ("good", "proven") if proof.proved else ("bad", "not proven")
        items.append((kind, word, safe(proof.sentence), f"{proof.seconds:.1f} s"))
        if proof.next_step and not proof.proved:
            items.append(("look", "next step", safe(proof.next_step), ""))
    return (rows(items) if items else "") + kept_markup(model.keep_error)


def _event(event: DeliveryEvent, model: ProofModel) -> Row:
    reason = f" ({safe(event.reason)})" if event.reason else ""
    after = model.after(event)
    text = f"{safe(', '.join(event.recipients))}{reason}"
    return ("good", event.kind, text, f"after {after:.1f} s" if after is not None else "")
