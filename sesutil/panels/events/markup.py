"""Delivery events in words: what is there, what came of the proof."""

from __future__ import annotations

from sesutil.events.model import DeliveryEvent
from sesutil.panels.events.model import EventsModel
from sesutil.panels.events.proof_model import ProofModel
from sesutil.panels.pieces import rows, safe
from sesutil.panels.refusals import refusal_markup

__all__ = ["chain_markup", "proof_markup", "why_text"]

Row = tuple[str, str, str, str]


def why_text(mode: str) -> str:
    if mode == "practice":
        return (
            "The practice inbox tells by itself what becomes of a mail. AWS does not: it takes a way of "
            "events, from SES by SNS into a queue of SQS. Here it is set up and proven just as there."
        )
    return (
        "Of a mail SES says only that it accepted it. Delivered, bounced and why, complained of: that comes "
        "as events, from SES by SNS into a queue of SQS, where sesutil reads them."
    )


def chain_markup(model: EventsModel) -> str:
    chain = model.chain
    if model.error is not None:
        return refusal_markup(model.error)
    if model.state in ("idle", "reading") and chain is None:
        return rows([("wait", "reading", "whether there are events in this account", "")])
    if chain is None:
        return rows(
            [("todo", "not set up", f"Nobody hears what becomes of mails in {safe(_where(model))}.", "")]
        )
    items: list[Row] = []
    if chain.complete:
        heard = (
            "Events of mail that is sent with the configuration set "
            f"<b>{safe(chain.configuration_set)}</b> come into the queue <b>{safe(chain.name)}</b>."
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
            f"connector.json names {name}, too: Logto's own mail is heard of.",
            "",
        )
    text = (
        f"Test mail names {name}, which connector.json does not: in this one field it is not Logto's "
        "request, and of Logto's own mail nothing is heard. To change that, write it there as "
        "configurationSetName."
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
    return rows(items) if items else ""


def _event(event: DeliveryEvent, model: ProofModel) -> Row:
    reason = f" ({safe(event.reason)})" if event.reason else ""
    after = model.after(event)
    text = f"{safe(', '.join(event.recipients))}{reason}"
    return ("good", event.kind, text, f"after {after:.1f} s" if after is not None else "")
