"""What a run is made from: the parameters of `test-run.ipynb`, checked whole before anything is sent.

Papermill only warns of a parameter that the notebook does not have, and stores each one twice in the
executed notebook. So a misspelt name is an error here, with the nearest ones, and so is whatever looks
like a secret.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sesutil.addresses import recipient_problem
from sesutil.config import UsageType
from sesutil.errors import InvalidParameters
from sesutil.launching import PRESETS
from sesutil.naming import nearest
from sesutil.secrecy import looks_secret
from sesutil.templates import is_language_tag
from sesutil.testruns.cases import SCENARIOS, simulator_address
from sesutil.variables import CONTEXTS

__all__ = ["ALL_LANGUAGES", "TestRunParameters"]

ALL_LANGUAGES = "all"
"""As a language: the connector's own templates, and every language that the project has templates for."""

_CODE = re.compile(r"[A-Za-z0-9]{4,12}", re.ASCII)
_PATHS = ("config_path", "results_path", "junit_path", "report_path", "journal_path")
_SIGNERS = ("connector", "account")


@dataclass(frozen=True)
class TestRunParameters:
    """What a run is made from, checked. `check` makes one from a notebook's parameters.

    name
        For the history and for reports; empty for none.
    config_path
        A connector.json; empty for the project's.
    recipients, scenarios
        Addresses, and mailboxes of the simulator by name (success, bounce, complaint, ooto,
        suppressionlist).
    usage_types, languages, fallback_language
        Logto's usage types; language tags, "" for the connector's own templates, "all" for these and
        every language that the project has; the fallback language of Logto's sign-in experience.
    context, code
        How much a payload holds (see `sample_payload`); the code, empty for one of its own for each mail.
    practice, preset, profile, region, signer
        The practice account (which: by its preset, else the one chosen in 01-connect, else the
        project's own) or AWS. Who signs the sends: "connector" (Logto's key), "account" (yours);
        empty for the connector's where it has a key and the run is live.
    events, wait_seconds
        Whether delivery events are awaited where the account publishes them, and how long a mail's
        are. In practice the inbox is read instead.
    quota_reserve
        How many of the day's recipients are kept free for real users; the run stops before it touches them.
    results_path, junit_path, report_path, journal_path
        Where the results are written as JSON, as JUnit XML, as an HTML page, and mail by mail; empty
        for nowhere.
    resume
        Goes on with the run in the journal: what was sent is not sent again.
    history
        Whether the run is kept in the project's history.
    """

    __test__ = False

    name: str = ""
    config_path: str = ""
    recipients: tuple[str, ...] = (simulator_address("success"),)
    scenarios: tuple[str, ...] = ()
    usage_types: tuple[str, ...] = tuple(UsageType)
    languages: tuple[str, ...] = (ALL_LANGUAGES,)
    fallback_language: str = "en"
    context: str = "usual"
    code: str = ""
    practice: bool = True
    preset: str = ""
    profile: str = ""
    region: str = ""
    signer: str = ""
    events: bool = True
    wait_seconds: float = 60.0
    quota_reserve: int = 0
    results_path: str = ""
    junit_path: str = ""
    report_path: str = ""
    journal_path: str = ""
    resume: bool = False
    history: bool = True

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> TestRunParameters:
        """The parameters from plain values: texts, numbers, lists of texts, true and false.

        Raises InvalidParameters with everything that is wrong: a name that is none, with the
        nearest ones; a usage type that Logto does not send; an address that is none; a code that
        lost its zeros because it came as a number; what looks like a secret, without showing it.
        """
        known = [parameter.name for parameter in fields(cls)]
        problems = [
            f"{_shown(name)}: looks like a secret, and secrets are no parameters: papermill has stored it in "
            "the executed notebook. Delete that file, and put the key into connector.json or a profile."
            for name, value in given.items()
            if looks_secret(name, value)
        ]
        problems += [
            f"There is no parameter called {nearest(name, known)}"
            for name, value in given.items()
            if name not in known and not looks_secret(name, value)
        ]
        values: dict[str, Any] = {
            parameter.name: given.get(parameter.name, parameter.default) for parameter in fields(cls)
        }
        for name, judge in _JUDGES.items():
            if not (name in given and looks_secret(name, given[name])):  # which is told, and not shown
                values[name] = judge(name, values[name], problems)
        if not problems:
            problems = _together(values)
        if problems:
            raise InvalidParameters(problems)
        return cls(**values)

    @classmethod
    def check_notebook(cls, namespace: Mapping[str, Any]) -> TestRunParameters:
        """The parameters from a notebook's globals(), right after its parameters cell.

        Papermill puts every parameter there and only warns of unknown ones; here each plain value
        that is no parameter counts as a misspelt one. Raises InvalidParameters.
        """
        plain = (str, int, float, list, tuple, dict, type(None))
        return cls.check(
            {
                name: value
                for name, value in namespace.items()
                if isinstance(value, plain) and not name.startswith("_") and name not in ("In", "Out")
            }
        )

    @property
    def all_recipients(self) -> tuple[str, ...]:
        """The recipients, then the simulator's mailboxes of the scenarios; each once."""
        return tuple(dict.fromkeys((*self.recipients, *map(simulator_address, self.scenarios))))

    def plain(self) -> dict[str, Any]:
        """The parameters as papermill and JSON take them."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


Judge = Callable[[str, Any, list[str]], Any]


def _text(name: str, value: Any, problems: list[str]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(f"{name}: should be a text; leave it empty for the usual one.")
        return ""
    return value


def _texts(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")] if value.strip() else []  # as a shell gives it
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        problems.append(f"{name}: should be a list of texts.")
        return ()
    return tuple(dict.fromkeys(value))


def _filled(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    before = len(problems)
    texts = _texts(name, value, problems)
    if not texts and len(problems) == before:
        problems.append(f"{name}: is empty, so nothing would be sent.")
    return texts


def _flag(meaning: str) -> Judge:
    def judge(name: str, value: Any, problems: list[str]) -> bool:
        if not isinstance(value, bool):
            problems.append(f"{name}: should be {meaning}.")
            return False
        return value

    return judge


def _one_of(known: tuple[str, ...], *, may_be_empty: bool) -> Judge:
    def judge(name: str, value: Any, problems: list[str]) -> str:
        text = _text(name, value, problems)
        if text not in known and not (may_be_empty and text == ""):
            problems.append(f"{name}: there is none called {nearest(text, known)}")
        return text

    return judge


def _some_of(known: tuple[str, ...], what: Callable[[str, Any, list[str]], tuple[str, ...]]) -> Judge:
    def judge(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
        texts = what(name, value, problems)
        problems += [
            f"{name}: there is none called {nearest(text, known)}" for text in texts if text not in known
        ]
        return texts

    return judge


def _recipients(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    texts = _texts(name, value, problems)
    problems += [
        f"{name}: {address!r}: {problem}" for address in texts if (problem := recipient_problem(address))
    ]
    return texts


def _languages(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    if value == "":
        value = [""]
    texts = _filled(name, value, problems)
    problems += [
        f'{name}: {text!r} is no language tag. Give tags such as de or pt-BR, "" for the connector\'s own '
        f'templates, or "{ALL_LANGUAGES}".'
        for text in texts
        if text not in ("", ALL_LANGUAGES) and not is_language_tag(text)
    ]
    return texts


def _language(name: str, value: Any, problems: list[str]) -> str:
    text = _text(name, value, problems)
    if not is_language_tag(text):
        problems.append(f"{name}: {text!r} is no language tag. Give one such as en or pt-BR.")
    return text


def _code(name: str, value: Any, problems: list[str]) -> str:
    if not isinstance(value, str) or (value and not _CODE.fullmatch(value)):
        problems.append(
            f"{name}: should be a text of 4 to 12 letters and digits, or empty: then each mail has its own. "
            '(Papermill makes a number of digits: give them with -r code 012345, or as "012345" in YAML.)'
        )
        return ""
    return value


def _number(whole: bool, meaning: str) -> Judge:
    def judge(name: str, value: Any, problems: list[str]) -> float:
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not _is_sensible(value):
            problems.append(f"{name}: should be {meaning}, 0 or more.")
            return 0
        return value if whole else float(value)

    return judge


def _is_sensible(number: float) -> bool:
    try:
        return math.isfinite(number) and number >= 0
    except OverflowError:  # hundreds of digits
        return False


_JUDGES: Mapping[str, Judge] = {
    "name": _text,
    "config_path": _text,
    "recipients": _recipients,
    "scenarios": _some_of(tuple(SCENARIOS), _texts),
    "usage_types": _some_of(tuple(UsageType), _filled),
    "languages": _languages,
    "fallback_language": _language,
    "context": _one_of(CONTEXTS, may_be_empty=False),
    "code": _code,
    "practice": _flag("true (the practice account) or false (live)"),
    "preset": _one_of(PRESETS, may_be_empty=True),
    "profile": _text,
    "region": _text,
    "signer": _one_of(_SIGNERS, may_be_empty=True),
    "events": _flag("true (await delivery events where there are any) or false"),
    "wait_seconds": _number(False, "a number of seconds"),
    "quota_reserve": _number(True, "a whole number of recipients"),
    "results_path": _text,
    "junit_path": _text,
    "report_path": _text,
    "journal_path": _text,
    "resume": _flag("true (go on with the run in the journal) or false"),
    "history": _flag("true (keep the run in the project's history) or false"),
}


def _together(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with values that are right each by itself."""
    problems = []
    if not values["recipients"] and not values["scenarios"]:
        problems.append("recipients: is empty, and so is scenarios, so nothing would be sent.")
    if values["practice"] and values["profile"]:
        problems.append("profile: belongs to a live run. Set practice to false, or leave it empty.")
    if not values["practice"] and values["preset"]:
        problems.append("preset: belongs to a practice run. Set practice to true, or leave it empty.")
    files: dict[str, list[str]] = {}
    for name in _PATHS:
        if values[name]:
            files.setdefault(_place(values[name]), []).append(name)
    problems += [
        f"{', '.join(names)}: are one file ({values[names[0]]}), where one would replace the other. Name two."
        for names in files.values()
        if len(names) > 1
    ]
    if values["resume"] and not values["journal_path"]:
        problems.append("journal_path: is empty, and resume needs the journal of the run to go on with.")
    return problems


def _place(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # it is no path, or leads in circles: whoever writes says so
        return path


def _shown(name: str) -> str:
    return repr(name) if len(name) <= 40 else repr(name[:40] + "...")
