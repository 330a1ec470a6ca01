"""The answer to "may this user do that?", and the statement of a policy that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sesutil.iam_policies import Ask

__all__ = ["Cause", "How", "Permission", "Verdict"]

Verdict = Literal["allowed", "denied", "unknown"]
How = Literal["simulated", "read", "known"]


@dataclass(frozen=True)
class Cause:
    """A statement that denies, or that would allow if its conditions held.

    `policy` and `statement` (its Sid, or its number) name it; `keys` are the condition keys that
    decide, in lower case. `sentence` says it for people.
    """

    policy: str
    statement: str
    denies: bool
    keys: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Permission:
    """An answer. `explicit`: a statement denies it, so that no other policy can allow it.

    `how`: IAM's simulator, our reading of the policies, or known without asking (the root user; nobody
    to ask about). `why` is a sentence for people. `limited`: a permissions boundary or the organization
    stands against it. `causes` of a no: the statements that it comes from, as far as they may be read.
    """

    ask: Ask
    verdict: Verdict
    why: str
    how: How
    explicit: bool = False
    limited: bool = False
    causes: tuple[Cause, ...] = ()
