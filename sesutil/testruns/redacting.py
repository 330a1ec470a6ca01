"""What may stand in a file that others read: no secret, and in a report to be shared nothing personal.

A run's texts come from AWS, or from whatever answers at the endpoint. So they are looked through, whatever
they are said to be.
"""

from __future__ import annotations

import json
import re
import string
from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from sesutil.addresses import AddressProblem, is_simulator, parse_mailbox
from sesutil.secrecy import hide_secrets
from sesutil.testruns.results import TestResult, TestRun

__all__ = [
    "Disguise",
    "clean",
    "codes_in",
    "shorten_address",
    "without_codes",
    "without_known",
    "without_secrets",
    "without_secrets_in",
    "without_secrets_in_result",
]

MASK = "\N{BULLET}" * 6
_DOTS = "\N{HORIZONTAL ELLIPSIS}"
_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SHORTEST_SECRET = 4  # a mask for every "a" would leave nothing to read
_NAME_LENGTH = 6  # from which on a name of letters alone is hardly another word
_PIECE = 12  # of a known secret; nobody writes as many of its characters by chance

# What XML 1.0 does not allow, and marks that turn the direction of all that follows them.
_ILLEGAL = re.compile(
    "[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
    "|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

_UNIQUE_ID = re.compile(r"(?<![A-Za-z0-9])(AIDA|AROA|AGPA|ANPA)[A-Z0-9]{8,}")
_PART = r"(?:[\w.!#$&'*+?^{|}~-]|%(?!40))++"
_ADDRESS = re.compile(
    rf"(?<![\w.!#$%&'*+?^{{|}}~-])(?:{_PART}|\"[^\"\n]{{1,64}}\")"
    rf"(?:(?:@|%40)(?:{_PART}|\[[^\]\s]{{1,64}}\]))++"  # several: what stands before an address may have one
)
_AT = re.compile("@|%40")
_DOMAIN = re.compile(r"\[[^\]]*\]|[\w.-]*")
_ACCOUNT = re.compile(r"(?<![\w-])\d{8}(\d{4})(?![\w-])|(?<![\w-])\d{4}-\d{4}-(\d{4})(?![\w-])")
_IAM_NAME = re.compile(
    r"(:(?:user|assumed-role|federated-user|role)/(?:[\w+=,.@-]+/)*)([\w+=,.@-])([\w+=,.@-]*)"
)
_HOME = re.compile(r"((?:/home|/Users|\\Users)[/\\])[^/\\\s\"']+")


def clean(text: str, *, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """The text without characters that XML does not allow, and without those that turn directions."""
    return _ILLEGAL.sub(instead, text)


def shorten_address(text: str) -> str:
    """`j…@example.com`; the simulator's mailboxes, which are nobody's, as they are. A name goes away."""
    try:
        mailbox = parse_mailbox(text)
    except AddressProblem:
        local, at, domain = text.rpartition("@")
        return f"{local[:1]}{_DOTS}@{domain}" if at else f"{text[:1]}{_DOTS}"
    if is_simulator(mailbox):
        return mailbox.address
    return f"{mailbox.local[0]}{_DOTS}@{mailbox.domain}"


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """A text from outside without these secrets, and without whatever has the form of one: keys, tokens,
    passwords (see `secrecy`)."""
    return hide_secrets(without_known(text, secrets), MASK, dots=_DOTS)


def without_known(text: str, secrets: Collection[str]) -> str:
    """The text without these secrets, as they are, and as they come in URLs, JSON, HTML and base64; of long
    ones also without a piece of them, in capitals or not."""
    text = clean(text)
    if not text:
        return text
    forms, pieces = _known(tuple(secrets))
    for form in forms:
        text = text.replace(form, MASK)
    return _without_pieces(text, pieces) if pieces else text


@lru_cache(maxsize=16)  # of a run they are the same for each of its texts
def _known(secrets: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The forms of these secrets, the longest first, and all pieces of them in small letters."""
    each = {form for secret in secrets if secret for form in _forms(secret) if len(form) >= _SHORTEST_SECRET}
    forms = tuple(sorted(each, key=len, reverse=True))
    return forms, frozenset(
        _lower(form)[at : at + _PIECE] for form in forms for at in range(len(form) - _PIECE + 1)
    )


def _forms(secret: str) -> Iterable[str]:
    data = secret.encode("utf-8", "surrogatepass")
    in_json = json.dumps(secret)[1:-1]
    return dict.fromkeys(
        (
            secret,
            quote(data),
            quote(data, safe=""),
            quote(data, safe="").lower(),
            in_json,
            in_json.replace("/", "\\/"),
            escape(secret),
            secret.replace("/", "&#47;").replace("+", "&#43;"),
            secret.replace("/", "&#x2F;").replace("+", "&#x2B;"),
            b64encode(data).decode().rstrip("="),
            data.hex(),
        )
    )


def _lower(text: str) -> str:
    return text.translate(_TO_LOWER)  # which keeps the length, as `lower` does not


def _without_pieces(text: str, pieces: Collection[str]) -> str:
    lower, parts, place, at = _lower(text), [], 0, 0
    while at <= len(lower) - _PIECE:
        if lower[at : at + _PIECE] not in pieces:
            at += 1
            continue
        end = at + _PIECE
        while lower[end - _PIECE + 1 : end + 1] in pieces and end < len(lower):
            end += 1
        parts += [text[place:at], MASK]
        place = at = end
    return "".join([*parts, text[place:]])


def without_secrets_in_result(result: TestResult, secrets: Collection[str] = ()) -> TestResult:
    """The result without secrets in the texts that come from outside: what was answered, and observed."""

    def plain(text: str) -> str:
        return without_secrets(text, secrets)

    return replace(
        result,
        proof=plain(result.proof),
        observed=plain(result.observed),
        error=plain(result.error) if result.error is not None else None,
        next_step=plain(result.next_step) if result.next_step is not None else None,
    )


def without_secrets_in(run: TestRun, secrets: Collection[str] = ()) -> TestRun:
    """The run without secrets in any of its texts. All else is as it was, recipients and codes, too.

    Its parameters were checked (`TestRunParameters.check`): of them only `secrets` are masked.
    """

    def known(value: Any) -> Any:
        if isinstance(value, str):
            return without_known(value, secrets)
        if isinstance(value, dict):
            return {key: known(item) for key, item in value.items()}
        return [known(item) for item in value] if isinstance(value, list | tuple) else value

    return replace(
        run,
        stopped=without_secrets(run.stopped, secrets),
        notes=tuple(without_secrets(note, secrets) for note in run.notes),
        parameters=known(dict(run.parameters)),
        results=tuple(without_secrets_in_result(result, secrets) for result in run.results),
    )


class Disguise:
    """Texts of some runs as they may be shared.

    Beside secrets (`without_secrets`): no codes; addresses shortened, and names of users in ARNs and in
    paths; of account ids the last four digits. Two recipients that would look the same are numbered. Servers
    write a recipient in forms of their own (`<anna.jones> user unknown`, `anna.jones=example.com@…`): where
    no word is like it, its part before the @ is shortened wherever it stands.
    """

    def __init__(self, runs: Iterable[TestRun], secrets: Collection[str] = ()) -> None:
        runs = tuple(runs)
        self._secrets = tuple(secrets)
        self._recipients = _shortened(result.recipient for run in runs for result in run.results)
        self._accounts = {run.account_id for run in runs if run.account_id and len(run.account_id) > 4}
        # Longest first: one address may be the end of another.
        known = sorted({*self._recipients, *map(_bare, self._recipients)}, key=len, reverse=True)
        self._known = (
            re.compile(
                r"(?<![\w.+-])(?:" + "|".join(map(re.escape, known)) + r")(?![\w-]|\.\w)", re.IGNORECASE
            )
            if known
            else None
        )
        self._locals = _locals(self._recipients)
        self._codes = codes_in(runs)
        self._by_address = {
            form.lower(): short for full, short in self._recipients.items() for form in (full, _bare(full))
        }

    def recipient(self, address: str) -> str:
        return without_known(self._recipients.get(address) or shorten_address(address), self._secrets)

    def account(self, account_id: str) -> str:
        return _last_four(account_id)

    def text(self, text: str) -> str:
        text = without_codes(without_secrets(text, self._secrets), self._codes)
        if self._known is not None:
            text = self._known.sub(lambda found: self._by_address[found[0].lower()], text)
        if self._locals is not None:
            text = self._locals.sub(lambda found: found[0][:1] + _DOTS, text)
        text = _ADDRESS.sub(_shorter, text)
        for account_id in self._accounts:
            # Also as a part of a name; but the end of a UUID, such as in a message id, is something else.
            known = rf"(?<![0-9a-f]{{4}}-)(?<!\d){re.escape(account_id)}(?!\d)"
            text = re.sub(known, lambda found: _last_four(found[0]), text)
        text = _ACCOUNT.sub(lambda found: _DOTS + (found[1] or found[2]), text)
        text = _UNIQUE_ID.sub(lambda found: found[1] + _DOTS, text)
        text = _IAM_NAME.sub(lambda found: f"{found[1]}{found[2]}{_DOTS}", text)
        return _HOME.sub(lambda found: found[1] + _DOTS, text)


def codes_in(runs: Iterable[TestRun]) -> re.Pattern[str] | None:
    """A pattern of all codes that the runs sent, or were told to send; None where there are none."""
    codes = {result.code for run in runs for result in run.results if result.code}
    codes |= {str(run.parameters["code"]) for run in runs if run.parameters.get("code")}
    if not codes:
        return None
    # Not within a longer word: a message id may hold the same digits.
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(codes))) + r")(?![\w-])")


def without_codes(text: str, codes: re.Pattern[str] | None) -> str:
    return codes.sub(MASK, text) if codes is not None else text


def _shortened(addresses: Iterable[str]) -> dict[str, str]:
    each = {address: shorten_address(address) for address in addresses}
    alike: dict[str, list[str]] = {}
    for address, short in each.items():
        alike.setdefault(short, []).append(address)
    for short, several in alike.items():
        if len(several) > 1:
            each |= {address: f"{short} ({number})" for number, address in enumerate(several, 1)}
    return each


def _locals(addresses: Iterable[str]) -> re.Pattern[str] | None:
    """The parts before the @: `anna.jones` anywhere, `anna` only where it is told as an address's."""
    parts = [_bare(address).rpartition("@")[0] for address in addresses if not _is_simulator(address)]
    if not any(parts):
        return None
    told = sorted({part for part in parts if part}, key=len, reverse=True)
    plain = [part for part in told if len(part) >= _NAME_LENGTH or not part.isalpha()]
    each = "|".join(map(re.escape, told))
    # <anna>  anna=example.com  anna(at)example.com  anna at example.com
    as_address = rf"(?<=<)(?:{each})(?=>)|(?<![\w.+-])(?:{each})(?=[=%]\w|\s?[(\[]\s?at\s?[)\]]| at \S+\.\w)"
    anywhere = rf"(?<![\w+-])(?:{'|'.join(map(re.escape, plain))})(?![\w@-])|" if plain else ""
    return re.compile(anywhere + as_address, re.IGNORECASE)


def _is_simulator(address: str) -> bool:
    try:
        return is_simulator(parse_mailbox(address))
    except AddressProblem:
        return False


def _bare(address: str) -> str:
    try:
        return parse_mailbox(address).address
    except AddressProblem:
        return address


def _shorter(found: re.Match[str]) -> str:
    local, *between, last = _AT.split(found[0])
    rest = _DOMAIN.sub("", last, count=1)
    domain = last.removesuffix(rest) if rest else last
    if domain.lower().rstrip(".").endswith("amazonses.com") and not between:
        return found[0]  # the simulator, and the Message-ID that SES gives
    return f"{local[:1]}{_DOTS}@{domain}{rest}"


def _last_four(account_id: str) -> str:
    return _DOTS + account_id[-4:]
