"""The mails of a run: each case with its own code, its payload, and the template that Logto takes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.selection import Choice, choose_template
from sesutil.templates import StoredTemplate
from sesutil.testruns.cases import TestCase, make_cases
from sesutil.testruns.parameters import ALL_LANGUAGES, TestRunParameters
from sesutil.variables import Context, proof_variable, sample_payload

__all__ = ["TestMail", "language_notes", "languages_of", "make_mails"]

_DIGITS = 6  # as many as Logto's codes have


@dataclass(frozen=True)
class TestMail:
    """A case, and what is sent for it. `localized` is None where Logto takes the connector's template;
    `instead` says so in words where a language's own template is not there, else it is empty."""

    __test__ = False

    case: TestCase
    code: str
    payload: Mapping[str, Any] = field(repr=False)
    localized: EmailTemplate | None = field(repr=False)
    instead: str = ""

    @property
    def variable(self) -> str:
        """What the mail is for: its code, or the link of an invitation."""
        return proof_variable(self.case.usage_type)

    @property
    def value(self) -> str:
        return str(self.payload.get(self.variable, ""))


def languages_of(parameters: TestRunParameters, stored: Sequence[StoredTemplate]) -> tuple[str, ...]:
    """The languages of a run, each once; "all" is "" and those that there are templates for."""
    there = ("", *sorted({item.language for item in stored}))
    found: list[str] = []
    for language in parameters.languages:
        found += there if language == ALL_LANGUAGES else (language,)
    return tuple(dict.fromkeys(found))


def make_mails(
    config: ConnectorConfig,
    stored: Sequence[StoredTemplate],
    parameters: TestRunParameters,
    codes: Mapping[int, str] | None = None,
) -> list[TestMail]:
    """The mails in the order of sending; `codes` by the case's number are those of the run to go on with."""
    languages = languages_of(parameters, stored)
    cases = make_cases(parameters.usage_types, languages, parameters.all_recipients)
    given = codes or {case.number: code for case, code in zip(cases, _codes(parameters, cases), strict=True)}
    return [_mail(config, stored, parameters, case, given[case.number]) for case in cases]


def language_notes(mails: Sequence[TestMail]) -> tuple[str, ...]:
    """A sentence for each language in which another template than its own is sent."""
    found: dict[tuple[str, str], list[str]] = {}
    for mail in mails:
        if mail.instead:
            found.setdefault((mail.case.language, mail.instead), []).append(mail.case.usage_type)
    return tuple(
        f"{language or 'The connector'}: {instead} ({', '.join(dict.fromkeys(types))})"
        for (language, instead), types in found.items()
    )


def _mail(
    config: ConnectorConfig,
    stored: Sequence[StoredTemplate],
    parameters: TestRunParameters,
    case: TestCase,
    code: str,
) -> TestMail:
    payload = sample_payload(case.usage_type, code, context=cast(Context, parameters.context))
    choice = choose_template(
        config.templates,
        stored,
        case.usage_type,
        case.language or None,
        fallback_language=parameters.fallback_language,
    )
    if not case.language:  # the connector's own, whatever stands before it
        instead = f"Logto never takes it: its database has {choice.words()}." if _is_stored(choice) else ""
        return TestMail(case, code, payload, None, instead)
    if "locale" in payload:
        payload |= {"locale": case.language, "uiLocales": case.language}
    own = choice.found_language == case.language and choice.found_type == case.usage_type
    localized = choice.template if _is_stored(choice) else None
    return TestMail(case, code, payload, localized, "" if own else f"Logto takes {_words(choice)}.")


def _is_stored(choice: Choice) -> bool:
    return choice.place == "stored"


def _words(choice: Choice) -> str:
    if choice.place == "config" and choice.found_type == choice.usage_type:
        return "the connector's template"
    if choice.place == "config":
        return f"the connector's {choice.found_type} template"
    return choice.words()


def _codes(parameters: TestRunParameters, cases: Sequence[TestCase]) -> list[str]:
    """One of its own for each mail, so that a mail whose answer was lost can be told from all others."""
    if parameters.code:
        return [parameters.code] * len(cases)
    found: dict[str, None] = {}
    digits = max(_DIGITS, len(str(len(cases) * 100)))
    while len(found) < len(cases):
        found[f"{secrets.randbelow(10**digits):0{digits}d}"] = None
    return list(found)
