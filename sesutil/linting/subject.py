"""The subject: there, short, in one line, and only once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sesutil.linting.findings import Finding
from sesutil.linting.view import TemplateView

__all__ = ["check_subject"]

LONGEST = 78  # characters of a header line that RFC 5322, 2.1.1, asks for
COMFORTABLE = 60  # what lists of mails on a desktop show; a phone shows about 40
_BROKEN = re.compile(r"\S[^\S\r\n]*(?:\r|\n)\s*\S")


def check_subject(view: TemplateView) -> Iterator[Finding]:
    """Rules subject-… and title-duplicate."""
    subject = view.template.subject
    titles = view.titles
    where = None if view.template.has_subject_line or not titles else titles[0]
    if subject is None:
        yield view.whole(
            "subject-missing",
            "error",
            "There is no <title>, and the title is the subject of the mail.",
            "Write <title>…</title> into the head.",
        )
        return
    if not subject.strip():
        yield view.at(
            where,
            "subject-empty",
            "error",
            "The subject is empty. Logto drops an empty subject when it saves, and every send then fails.",
            "Write the subject between <title> and </title>.",
        )
        return
    raw = subject if where is None else "".join(child.data or "" for child in titles[0].children or ())
    if _BROKEN.search(raw):
        yield view.at(
            where,
            "subject-newline",
            "warning",
            "The subject has a line break, and a subject is one line.",
            f"Write it in one line: {' '.join(subject.split())}",
        )
    if len(subject) > LONGEST:
        yield view.at(
            where,
            "subject-long",
            "warning",
            f"The subject has {len(subject)} characters. Lists of mails cut it off at 40 to 70.",
            "Put what matters into the first 40 characters, and say the rest in the mail.",
        )
    elif len(subject) > COMFORTABLE:
        yield view.at(
            where,
            "subject-long",
            "hint",
            f"The subject has {len(subject)} characters. Phones show about 40.",
            "Put what matters first.",
        )
    for extra in () if view.template.has_subject_line else titles[1:]:
        yield view.at(
            extra,
            "title-duplicate",
            "warning",
            "A second <title>: only the first one is the subject.",
            "Keep one of them.",
        )
