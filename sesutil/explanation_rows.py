"""A row of the table of errors: by what an error is told, and what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ADMIN", "AWS", "YOU", "Explanation", "Row", "row"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"


@dataclass(frozen=True)
class Explanation:
    """Why it happened, who can change that, and how. `documentation` is a page's address, or None."""

    cause: str
    who: str
    fix: str
    documentation: str | None = None

    def __str__(self) -> str:
        more = f"\nMore: {self.documentation}" if self.documentation else ""
        return f"Cause: {self.cause}\nWho can change it: {self.who}\nNext step: {self.fix}{more}"


@dataclass(frozen=True)
class Row:
    codes: frozenset[str]
    pattern: re.Pattern[str] | None
    explanation: Explanation
    text_alone: bool = True
    """Whether the pattern is telling enough to match without a code."""

    def matches(self, code: str, message: str) -> re.Match[str] | bool:
        if code and code not in self.codes:
            return False
        if self.pattern is None:
            return bool(code)
        if not code and not self.text_alone:
            return False
        return self.pattern.search(message) or False


def row(
    codes: str, pattern: str | None, cause: str, who: str, fix: str, page: str | None = None,
    *, text_alone: bool = True,
) -> Row:  # fmt: skip
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL) if pattern else None
    documentation = (page if page.startswith("https:") else _DOCS + page) if page else None
    explanation = Explanation(cause, who, fix, documentation)
    return Row(frozenset(codes.split()), compiled, explanation, text_alone)


YOU = "you"
ADMIN = "whoever administers the AWS account's permissions"
AWS = "AWS, on your request"
