"""How a panel shows an error: what it means, the next step, and AWS's own words below."""

from __future__ import annotations

from sesutil.errors import AwsError, ChangeStopped, SesutilError
from sesutil.panels.pieces import link, rows, safe

__all__ = ["kept_markup", "refusal_markup"]


def refusal_markup(error: SesutilError) -> str:
    """An error of ours as rows; AWS's text stands below, untouched."""
    if not isinstance(error, AwsError):
        return rows([("bad", "failed", safe(error), "")])
    explanation = error.explanation
    more = link(explanation.documentation, "AWS's page on it") if explanation.documentation else ""
    who = f"<div class='s-muted'>Who can change it: {safe(explanation.who)}.</div>"
    status = f"HTTP {error.http_status}" if error.http_status else "no answer"
    items = [
        ("bad", "refused", safe(explanation.cause), ""),
        ("look", "next step", f"{safe(explanation.fix)}{who}", more),
    ]
    if isinstance(error, ChangeStopped) and error.done:
        items.append(("look", "done before", f"{safe(', '.join(error.done))}. It stays as it is now.", ""))
    return (
        rows(items) + f"<details open><summary>What AWS said</summary><pre>{safe(error.code)} ({status})\n"
        f"{safe(error.message or '(no text)')}"
        + (f"\nrequest id {safe(error.request_id)}" if error.request_id else "")
        + "</pre></details>"
    )


def kept_markup(error: SesutilError | None) -> str:
    """Events that could not be written into the history: what is seen of them here is not touched by it."""
    if error is None:
        return ""
    cause = (
        f"{error.explanation.cause} {error.explanation.fix}" if isinstance(error, AwsError) else str(error)
    )
    text = f"The delivery events are not in the project's history: later statistics lack them. {safe(cause)}"
    return rows([("look", "not kept", text, "")])
