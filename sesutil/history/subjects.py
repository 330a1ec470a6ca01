"""Which usage type a mail was of, told by its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sesutil.config import ConnectorConfig
from sesutil.rendering import PLACEHOLDER

__all__ = ["usage_type_by_subject"]


def usage_type_by_subject(
    templates: ConnectorConfig | Iterable[tuple[str, str]],
) -> Callable[[str | None], str | None]:
    """A function from a mail's subject to the usage type of the template that it was made from, or None.

    `templates` are a connector's config, or pairs of usage type and subject (those that Logto keeps per
    language as well). A placeholder may have become any text. None where no template fits, where templates
    of two usage types do, and for a template whose subject says nothing (nothing but placeholders).
    """
    if isinstance(templates, ConnectorConfig):
        templates = [(one.usage_type, one.subject) for one in templates.templates]
    patterns = [(usage_type, _fixed_parts(subject)) for usage_type, subject in templates]

    def find(subject: str | None) -> str | None:
        text = _one_line(subject or "")
        found = {usage_type for usage_type, parts in patterns if any(parts) and _fits(text, parts)}
        return found.pop() if len(found) == 1 else None

    return find


def _fixed_parts(subject: str) -> list[str]:
    """The texts before, between and after the placeholders."""
    # split() has the group of PLACEHOLDER, the name, at every second place.
    return [part.strip() for part in PLACEHOLDER.split(_one_line(subject))[::2]]


def _fits(text: str, parts: list[str]) -> bool:
    """Whether the text is these parts with anything between: the first place of each is good enough."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _one_line(text: str) -> str:
    """Blanks as a header has them: long ones are folded, and line breaks are none."""
    return " ".join(text.split())
