"""Which template Logto takes for a usage type and a language, and which ones it never takes.

Logto looks into its database first: the template of the type in the reader's language, then in the
fallback language of the sign-in experience, then Generic in the fallback language. Only then comes the
connector's config: the type, then Generic. Languages are compared as they are: `de-AT` does not find
`de`. (Logto core, `getEmailTemplate` of the connector library; recorded with Logto 1.42.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sesutil.config import REQUIRED_USAGE_TYPES, EmailTemplate, UsageType
from sesutil.templates import StoredTemplate

__all__ = [
    "Choice",
    "Hidden",
    "choose_template",
    "grid_rows",
    "hidden_templates",
    "missing_required",
    "template_choices",
]

GENERIC = UsageType.GENERIC.value
Verdict = Literal["own", "gap", "missing"]


@dataclass(frozen=True)
class Choice:
    """What is sent for a usage type to a reader of a language (None: any language without templates).

    `place` is stored (Logto's database) or config (the connector), None when there is nothing to send.
    `found_type` and `found_language` say which template it is. `verdict`: own, the type's own template
    in that language; gap, another one stands in; missing, the send fails.
    """

    usage_type: str
    language: str | None
    place: Literal["stored", "config"] | None
    found_type: str | None
    found_language: str | None
    template: EmailTemplate | None

    @property
    def verdict(self) -> Verdict:
        if self.place is None:
            return "missing"
        own_language = self.language is None or self.found_language == self.language
        return "own" if self.found_type == self.usage_type and own_language else "gap"

    def words(self) -> str:
        """`de/SignIn`, `SignIn of the connector`, `nothing: the send fails`."""
        if self.place is None:
            return "nothing: the send fails"
        if self.place == "stored":
            return f"{self.found_language}/{self.found_type}"
        return f"{self.found_type} of the connector"


@dataclass(frozen=True)
class Hidden:
    """A template that Logto never takes, and the one that stands before it."""

    usage_type: str
    language: str | None
    by: str
    why: str


def choose_template(
    config: Sequence[EmailTemplate],
    stored: Iterable[StoredTemplate],
    usage_type: str,
    language: str | None = None,
    *,
    fallback_language: str = "en",
) -> Choice:
    """The template for one mail; `config` are the connector's templates, `stored` those in the database."""
    kept = {(item.usage_type, item.language): item for item in stored}
    for kind, tag in ((usage_type, language), (usage_type, fallback_language), (GENERIC, fallback_language)):
        if tag is not None and (item := kept.get((kind, tag))) is not None:
            return Choice(usage_type, language, "stored", kind, tag, item.template())
    for kind in (usage_type, GENERIC):
        for template in config:
            if template.usage_type == kind:
                return Choice(usage_type, language, "config", kind, None, template)
    return Choice(usage_type, language, None, None, None, None)


def template_choices(
    config: Sequence[EmailTemplate],
    stored: Sequence[StoredTemplate],
    *,
    languages: Iterable[str] = (),
    fallback_language: str = "en",
) -> list[Choice]:
    """What is sent for each of the nine usage types: to any other language (None) first, then to each
    language that has templates or is named in `languages`."""
    tags: list[str | None] = [None, *sorted({*languages, *(item.language for item in stored)})]
    return [
        choose_template(config, stored, usage_type.value, tag, fallback_language=fallback_language)
        for usage_type in UsageType
        for tag in tags
    ]


def hidden_templates(
    config: Sequence[EmailTemplate], stored: Sequence[StoredTemplate], *, fallback_language: str = "en"
) -> list[Hidden]:
    """The templates that Logto never takes, whatever the language."""
    kept = {(item.usage_type, item.language) for item in stored}
    found = []
    first: Mapping[str, int] = {
        template.usage_type: number for number, template in reversed(list(enumerate(config)))
    }
    for number, template in enumerate(config):
        kind = template.usage_type
        if first[kind] != number:
            found.append(Hidden(kind, None, kind, f"An earlier {kind} template stands in the config."))
            continue
        for other in dict.fromkeys((kind, GENERIC)):
            if (other, fallback_language) in kept:
                by = f"{fallback_language}/{other}"
                why = f"Logto's database is asked first, and has {by} in the fallback language."
                found.append(Hidden(kind, None, by, why))
                break
    return found


def grid_rows(choices: Sequence[Choice]) -> list[dict[str, str]]:
    """The choices as a table: a row per usage type with `usage type`, `any language`, then one column per
    language, each saying which template is sent; gaps and missing ones are marked."""
    signs = {"own": "", "gap": "! ", "missing": "\N{BALLOT X} "}
    rows: dict[str, dict[str, str]] = {}
    for choice in choices:
        row = rows.setdefault(choice.usage_type, {"usage type": choice.usage_type})
        row[choice.language or "any language"] = signs[choice.verdict] + choice.words()
    return list(rows.values())


def missing_required(config: Sequence[EmailTemplate]) -> list[str]:
    """The usage types without which Logto refuses the config."""
    present = {template.usage_type for template in config}
    return [name for name in REQUIRED_USAGE_TYPES if name not in present]
