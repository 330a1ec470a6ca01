"""What is to be changed in an account, as data: shown before it happens, and carried out as shown.

Functions that plan a change read the account's state first and list only the calls that are missing.
Nothing is changed before `carry_out`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from sesutil.account import Account, translated
from sesutil.errors import ChangeStopped

__all__ = ["Call", "Change", "carry_out"]


@dataclass(frozen=True)
class Call:
    """One request to AWS. `service` is boto3's name (`sesv2`, `iam`), `operation` AWS's
    (`CreateEmailIdentity`), `parameters` are boto3's keyword arguments."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The request for people: `sesv2 CreateEmailIdentity` and its parameters as JSON.

        A parameter that is itself a JSON text (a policy) is shown as what it holds.
        """
        shown = json.dumps(_unfolded(self.parameters), indent=2, ensure_ascii=False, default=str)
        return f"{self.service} {self.operation}\n{shown}"


def _unfolded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unfolded(one) for key, one in value.items()}
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@dataclass(frozen=True)
class Change:
    """Calls that belong together, carried out in their order.

    `title` is a verb and its object, as on a button ("Create the identity example.com"). `why` says
    what it is good for, `undo` how it is taken back, `final` that it cannot be. Without calls nothing is
    to be done, and `already` says why: what is wanted is there.
    """

    title: str
    calls: tuple[Call, ...] = ()
    why: str = ""
    undo: str = ""
    final: str = ""
    already: str = ""

    def text(self) -> str:
        """All requests for people, or why there are none."""
        return "\n\n".join(call.text() for call in self.calls) or self.already


def carry_out(account: Account, change: Change) -> list[dict[str, Any]]:
    """Carries the calls out, in their order; the answers, each without `ResponseMetadata`.

    An answer may hold a secret (CreateAccessKey does): it is for the caller, not for show. Raises
    ChangeStopped at the first refusal; its `.done` are the operations before it, which stay done.
    """
    answers: list[dict[str, Any]] = []
    for call in change.calls:
        try:
            with translated(call.operation, ChangeStopped):
                client = account.client(call.service)
                answer = getattr(client, xform_name(call.operation))(**call.parameters)
        except ChangeStopped as error:
            error.done = tuple(one.operation for one in change.calls[: len(answers)])
            raise
        answers.append({key: value for key, value in answer.items() if key != "ResponseMetadata"})
    return answers
