"""What became of a mail, step by step, with the time after the send."""

from __future__ import annotations

import json
from typing import Any

from sesutil.errors import AwsError
from sesutil.events.explaining import explain_event
from sesutil.events.model import DeliveryEvent
from sesutil.panels.outcomes import Row, accepted_row, not_delivered
from sesutil.panels.pieces import link, rows, safe
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.test_send.outbox_model import OutboxModel
from sesutil.panels.test_send.sent import SentMail
from sesutil.panels.test_send.writing_markup import added_set_words
from sesutil.sign_in.verdicts import duration

__all__ = ["ahead_words", "folded_markup", "head_markup", "papers_markup", "timeline_markup"]

_MEANT = {"Bounce": ("bounce", "suppressionlist"), "Complaint": ("complaint",)}
"""Events that a mailbox of the simulator is there for."""

_WORDS = {
    "Delivery": ("good", "delivered"),
    "DeliveryDelay": ("wait", "delayed"),
    "Bounce": ("bad", "bounced"),
    "Complaint": ("bad", "complained"),
    "Reject": ("bad", "rejected"),
    "Rendering Failure": ("bad", "not made"),
}


def head_markup(mail: SentMail) -> str:
    template = f" ({safe(mail.template)})" if mail.template else ""
    ahead = f", practice clock, {ahead_words(mail.ahead)} ahead" if mail.ahead else ""
    when = f"<span class='s-muted'>{_clock(mail)}{ahead}</span>"
    return f"<h4>{safe(mail.usage_type)}{template} to {safe(mail.to)}{when}</h4>"


def folded_markup(outbox: OutboxModel, mail: SentMail) -> str:
    """An earlier mail in one line, which unfolds."""
    line = " \N{MIDDLE DOT} ".join((f"{mail.usage_type} to {mail.to}", _last_word(mail), _clock(mail)))
    template = f"<p class='s-muted'>Template: {safe(mail.template)}</p>" if mail.template else ""
    inside = template + timeline_markup(outbox, mail) + papers_markup(mail)
    return f"<details><summary>{safe(line)}</summary>{inside}</details>"


def _clock(mail: SentMail) -> str:
    return f"{mail.began.astimezone():%H:%M:%S}"


def _last_word(mail: SentMail) -> str:
    if mail.state in ("sending", "refused"):
        return mail.state
    lost = not_delivered(mail.events)
    told = [event.kind for event in mail.events if event.kind != "Send"]
    if lost is not None:
        return lost[0]
    if told:
        return _WORDS.get(told[-1], ("", told[-1].lower()))[1]
    return "accepted" if mail.state == "sent" else "no answer"


def ahead_words(seconds: float) -> str:
    """`10 minutes`, `1 hour 10 minutes`: whole minutes, the least is one."""
    return duration(60 * max(round(seconds / 60), 1))


def timeline_markup(outbox: OutboxModel, mail: SentMail) -> str:
    if mail.state == "sending":
        return rows([("wait", "sending", "one attempt; it is not repeated by itself", "")])
    if mail.state == "refused" and mail.error is not None:
        return refusal_markup(mail.error)
    items = _accepted_rows(outbox, mail)
    items += [_event_row(outbox, mail, event) for event in mail.events if event.kind != "Send"]
    items += _open_rows(outbox, mail)
    if mail.trouble:
        items.append(("look", "not seen", safe(mail.trouble), ""))
    return rows(items)


def _accepted_rows(outbox: OutboxModel, mail: SentMail) -> list[Row]:
    if mail.error is None:
        return [accepted_row(mail.message_id or "", mail.seconds)]
    cause = mail.error.explanation.cause if isinstance(mail.error, AwsError) else str(mail.error)
    silent: Row = ("look", "no answer", f"{safe(cause)}", f"{mail.seconds:.1f} s")
    if mail.state == "sent":
        found = f"It is in the inbox as <code>{safe(mail.message_id)}</code>: it was sent, once."
        return [silent, ("good", "sent", found, "")]
    unknown = "Nobody knows whether it was sent. It is not sent again by itself: look into the inbox first."
    items: list[Row] = [silent, ("look", "unknown", unknown, "")]
    if outbox.account.practice is not None and mail.looked:
        items.append(("look", "looked", f"No mail with this {mail.variable} is in the practice inbox.", ""))
    return items


def _event_row(outbox: OutboxModel, mail: SentMail, event: DeliveryEvent) -> Row:
    kind, word = _WORDS.get(event.kind, ("look", event.kind.lower()))
    said = f"<div class='s-muted'>{safe(event.diagnostic)}</div>" if event.diagnostic else ""
    after = _after(mail, event)
    if event.kind == "Delivery":
        reply = _reply(outbox, mail) if mail.scenario == "ooto" else ""
        return kind, word, f"to {safe(', '.join(event.recipients))}{reply}{said}", after
    if mail.scenario in _MEANT.get(event.kind, ()):
        reason = f" (<code>{safe(event.reason)}</code>)" if event.reason else ""
        return "good", word, f"As it should: this mailbox of the simulator is for that{reason}.{said}", after
    return kind, word, f"{_explained(event)}{said}", after


def _reply(outbox: OutboxModel, mail: SentMail) -> str:
    """The simulator writes to the sender; that address is the connector's, whose inbox may be nobody's."""
    sender = safe(mail.request.get("FromEmailAddress") or "the sender")
    practice = outbox.account.practice
    where = link(practice.inbox_url, "see it in the practice inbox") if practice is not None else ""
    where = f": {where}" if where else f": look into the inbox of {sender}"
    return f". The simulator then answers with an out-of-office mail to {sender}{where}."


def _explained(event: DeliveryEvent) -> str:
    told = explain_event(event)
    reason = f"<code>{safe(event.reason)}</code> " if event.reason else ""
    return f"{reason}{safe(told.cause)}<div class='s-muted'>Next step: {safe(told.fix)}</div>"


def _after(mail: SentMail, event: DeliveryEvent) -> str:
    seconds = max((event.at - (event.sent_at or mail.began)).total_seconds(), 0.0)
    return f"after {_duration(seconds)}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _open_rows(outbox: OutboxModel, mail: SentMail) -> list[Row]:
    if not mail.open or mail.state != "sent":
        return []
    if not outbox.can_look:
        text = (
            "Accepted is all that is known: without delivery events nothing reports whether it is delivered "
            "or bounces. Look into the recipient's inbox and spam folder, or set up delivery events below."
        )
        return [("look", "look", text, "")]
    if outbox.following:
        return [("wait", "waiting", "for news of it", "")]
    if not mail.looked:
        return []
    way = "move the clock, or look again" if outbox.account.practice is not None else "look again later"
    return [("wait", "under way", f"Nothing final is known yet: {way}.", "")]


def papers_markup(mail: SentMail) -> str:
    """The request and what was answered, folded."""
    if not mail.request:
        return ""
    request = json.dumps(mail.request, indent=2, ensure_ascii=False)
    differs = f"<p class='s-muted'>{added_set_words(mail.added_set)}</p>" if mail.added_set else ""
    answer = _answer(mail)
    answered = f"<pre class='s-long' tabindex='0'>{safe(answer)}</pre>" if answer else ""
    return (
        f"<details><summary>The request and the answer</summary>{differs}"
        f"<pre class='s-long' tabindex='0'>{safe(request)}</pre>{answered}</details>"
    )


def _answer(mail: SentMail) -> str:
    answer: dict[str, Any] = {}
    if mail.message_id is not None and mail.error is None:
        answer = {"MessageId": mail.message_id, "RequestId": mail.request_id}
    elif isinstance(mail.error, AwsError):
        answer = {
            "Error": {"Code": mail.error.code, "Message": mail.error.message},
            "HTTPStatusCode": mail.error.http_status,
            "RequestId": mail.error.request_id,
        }
    return json.dumps(answer, indent=2, ensure_ascii=False) if answer else ""
