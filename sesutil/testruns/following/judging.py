"""What became of a mail that SES accepted, judged by what is known of it: its events, and in practice
the mail itself as it lies in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sesutil.config import ConnectorConfig, pick_template
from sesutil.events.explaining import explain_event
from sesutil.events.model import DeliveryEvent
from sesutil.inbox import InboxMessage, carries
from sesutil.linting.placeholders import template_findings
from sesutil.testruns.cases import Expected
from sesutil.testruns.mails import TestMail
from sesutil.testruns.results import WITHOUT, TestResult

__all__ = ["Evidence", "judge"]

_WORDS: dict[str, str] = {
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Complaint": "complained",
    "Reject": "rejected",
    "Rendering Failure": "not rendered",
}
_FINAL = ("Bounce", "Complaint", "Reject", "Rendering Failure")
_EXPECTED_WORDS: dict[Expected, str] = {
    "delivered": "be delivered",
    "bounced": "bounce",
    "complained": "be complained about",
}


@dataclass(frozen=True)
class Evidence:
    """What is known of a mail. `message` is the mail in the practice inbox, None live and where it is not
    in there; `looked` says whether an inbox was looked into."""

    events: tuple[DeliveryEvent, ...] = ()
    message: InboxMessage | None = None
    looked: bool = False


def judge(
    config: ConnectorConfig,
    mail: TestMail,
    result: TestResult,
    evidence: Evidence,
    *,
    late: bool,
    waited: float,
) -> TestResult | None:
    """The result of an accepted mail, or None while more may come; with `late` it is judged as it is.

    `waited` are the seconds for which it was waited, for the words.
    """
    seen = _seen(evidence.events)
    expected = mail.case.expected
    word = _WORDS.get(seen.kind, "") if seen is not None else ""
    if seen is None or (word != expected and _may_still_come(expected, word)):
        if not late:
            return None
        return _overdue(mail, result, evidence, seen, waited)
    told = {"observed": _observed(seen), **_arrival(evidence.events)}
    if word != expected:
        return _unexpected(result, seen, f"It should {_EXPECTED_WORDS[expected]}, and was {{}}.", told)
    if word == "bounced" or not evidence.looked:
        where = "As expected" if word != "delivered" else "An event says that the recipient's server took it"
        proof = f"{where}: {told['observed']}." if word != "delivered" else f"{where}."
        return replace(result, outcome="proven", proof=proof, **told)
    return _read(config, mail, result, evidence, word, told)


def _seen(events: Sequence[DeliveryEvent]) -> DeliveryEvent | None:
    """The event that says most: a bounce or a complaint before a delivery that it follows."""
    ended = [event for event in events if event.kind in _FINAL]
    if ended:
        return ended[-1]
    return next((event for event in events if event.kind == "Delivery"), None)


def _may_still_come(expected: Expected, word: str) -> bool:
    """A complaint comes after the delivery; nothing else changes what was seen."""
    return expected == "complained" and word == "delivered"


def _observed(event: DeliveryEvent) -> str:
    word = _WORDS.get(event.kind, event.kind)
    return f"{word} ({event.reason})" if event.reason else word


def _arrival(events: Sequence[DeliveryEvent]) -> dict[str, Any]:
    delivery = next((event for event in events if event.kind == "Delivery"), None)
    if delivery is None:
        return {}
    seconds = (delivery.at - delivery.sent_at).total_seconds() if delivery.sent_at else None
    return {"arrived_at": delivery.at, "arrival_seconds": seconds}


def _read(
    config: ConnectorConfig,
    mail: TestMail,
    result: TestResult,
    evidence: Evidence,
    word: str,
    told: dict[str, Any],
) -> TestResult:
    """In practice a mail that reaches somebody is read, and has to show what was sent in it."""
    variable, message = mail.variable, evidence.message
    assert message is not None
    if carries(message, mail.value):
        proof = f"Found in the inbox, with its {variable}."
        if word == "complained":
            proof = f"As expected: {told['observed']}. {proof}"
        code = mail.code if variable == "code" else None
        return replace(result, outcome="proven", proof=proof, code=code, **told)
    told["observed"] = f"{WITHOUT}{variable}"
    return replace(
        result,
        outcome="lost",
        proof=f"In the inbox, but without the {variable} that was sent.",
        next_step=_mend_template(config, mail),
        **told,
    )


def _mend_template(config: ConnectorConfig, mail: TestMail) -> str:
    kind = mail.case.usage_type
    template = pick_template(config, kind, mail.localized)
    alone = config.model_copy(update={"templates": (template.model_copy(update={"usage_type": kind}),)})
    name = f"{mail.case.language}/{kind}" if mail.localized is not None else kind
    return (
        " ".join(template_findings(alone, kind)) or f"Put {{{{{mail.variable}}}}} into the {name} template."
    )


def _unexpected(result: TestResult, seen: DeliveryEvent, sentence: str, told: dict[str, Any]) -> TestResult:
    """Something else became of it; why, and what to do, as the event's explanation has it."""
    proof = sentence.format(told["observed"])
    if seen.kind == "Delivery":
        step = "Look whether this is the address that was meant: the simulator's do what their names say."
        return replace(result, outcome="unexpected", proof=proof, next_step=step, **told)
    explanation = explain_event(seen)
    said = f"{seen.kind}: {seen.diagnostic}" if seen.diagnostic else result.error
    return replace(
        result,
        outcome="unexpected",
        proof=f"{proof} {explanation.cause}",
        error=said,
        next_step=explanation.fix,
        **told,
    )


def _overdue(
    mail: TestMail,
    result: TestResult,
    evidence: Evidence,
    seen: DeliveryEvent | None,
    waited: float,
) -> TestResult:
    """It was waited long enough, and what was expected has not come."""
    within = f"within {waited:g} s"
    if seen is not None:
        told = {"observed": _observed(seen), **_arrival(evidence.events)}
        wanted = _EXPECTED_WORDS[mail.case.expected]
        return _unexpected(result, seen, f"It should {wanted} {within}, and was {{}} only.", told)
    if evidence.looked and evidence.message is None:
        return replace(
            result,
            outcome="lost",
            proof="Accepted, but not in the practice inbox.",
            next_step="Look whether somebody has emptied the inbox, and send again.",
        )
    delays = [event for event in evidence.events if event.kind == "DeliveryDelay"]
    if delays:
        last = delays[-1]
        said = f": {last.diagnostic}" if last.diagnostic else ""
        return replace(
            result,
            outcome="lost",
            observed=f"delayed ({last.reason})" if last.reason else "delayed",
            proof=f"Accepted, and not delivered {within}: SES tries again{said}.",
            next_step="Wait longer (wait_seconds), or look at the recipient's server.",
        )
    if evidence.looked:
        return replace(
            result,
            outcome="lost",
            proof=f"Accepted, and on its way still: nothing has become of it {within}.",
            next_step="Wait longer (wait_seconds).",
        )
    heard = ", ".join(dict.fromkeys(event.kind for event in evidence.events))
    return replace(
        result,
        outcome="lost",
        proof=(
            f"Accepted, and {within} no event said what became of it"
            + (f" (what came: {heard})." if heard else ".")
        ),
        next_step="Wait longer (wait_seconds), or prove the event chain: it may be the event that is lost.",
    )
