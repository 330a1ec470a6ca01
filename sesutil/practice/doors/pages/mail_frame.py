"""The HTML of a mail as a document of its own, in which nothing runs and, until asked for, nothing is loaded."""

from __future__ import annotations

import re

from sesutil.previewing import answer_scheme, frame_document

__all__ = ["mail_document", "mail_policy", "refers_outside"]

_OUTSIDE = re.compile(
    r"(?:\b(?:src|srcset|background|poster)\s{0,9}=\s{0,9}[\"']?|url\(\s{0,9}[\"']?|@import\s{0,9}[\"'])"
    r"\s{0,9}(?:https?:)?//",
    re.IGNORECASE,
)


def refers_outside(html: str) -> bool:
    """Whether the mail seems to want something from another machine. A hint for a person, no more."""
    return _OUTSIDE.search(html) is not None


def mail_document(html: str, *, remote: bool = False, scheme: str | None = None) -> str:
    """For a frame, or a window of its own.

    With a `scheme` ("light", "dark") the mail's questions for the reader's colour scheme are answered
    in its text: nothing in a page can change what the browser answers.
    """
    if scheme is not None:
        html = answer_scheme(html, scheme)
    # Before all else, as in a frame that is filled by its page: what stands in front would mean quirks.
    return "<!doctype html>" + frame_document(html, remote=remote)


def mail_policy(*, remote: bool = False) -> str:
    """The policy in the answer's head: it holds wherever the document is opened."""
    outside = " https: http:" if remote else ""
    return (
        f"sandbox; default-src 'none'; style-src 'unsafe-inline'{outside}; img-src data:{outside}; "
        f"font-src data:{outside}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
