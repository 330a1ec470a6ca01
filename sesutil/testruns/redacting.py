"""What may stand in a file that others read: no secret, and in a report to be shared nothing personal.

A run's texts come from AWS, or from whatever answers at the endpoint. So they are looked through, whatever
they are said to be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sesutil.addresses import AddressProblem, is_simulator, parse_mailbox
from sesutil.testruns.results import TestRun

__all__ = [
    "Disguise",
    "clean",
    "codes_in",
    "shorten_address",
    "without_codes",
    "without_secrets",
    "without_secrets_in",
]

MASK = "\N{BULLET}" * 6
_DOTS = "\N{HORIZONTAL ELLIPSIS}"
_SHORTEST_SECRET = 4  # a mask for every "a" would leave nothing to read

# What XML 1.0 does not allow, and marks that turn the direction of all that follows them.
_ILLEGAL = re.compile(
    "[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
    "|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z ]{0,40}-----)?"),
    re.compile(
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    ),  # a JSON web token
    # An access key's secret has 40 of these, a session token hundreds. Nothing else in AWS's texts is as
    # long and mixed: its ids are in hexadecimal, DKIM tokens without capitals, paths have dots or hyphens.
    re.compile(
        r"(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*?[a-z])(?=[A-Za-z0-9/+]*?[A-Z])"
        r"(?=[A-Za-z0-9/+]*?[0-9])[A-Za-z0-9/+]{36,}=*"
    ),
)
_NAMED_SECRET = re.compile(
    r"((?:secret[\s_-]?(?:access[\s_-]?)?key|session[\s_-]?token|password|passwd|access_?key_?secret)"
    r"[\"']?\s{0,4}[=:]\s{0,4}[\"']?)([^\s\"',;&<]{4,})",
    re.IGNORECASE,
)
_KEY_ID = re.compile(r"(?<![A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{4,}")

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
    """The text without these secrets, and without whatever has the form of one: keys, tokens, passwords."""
    text = clean(text)
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, quote(secret), quote(secret, safe=""), secret.replace("/", "\\/")):
            if len(form) >= _SHORTEST_SECRET:
                text = text.replace(form, MASK)
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    text = _NAMED_SECRET.sub(lambda found: found[1] + MASK, text)
    return _KEY_ID.sub(lambda found: found[1] + _DOTS, text)


def without_secrets_in(run: TestRun, secrets: Collection[str] = ()) -> TestRun:
    """The run without secrets in any of its texts. All else is as it was, recipients and codes, too."""

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return without_secrets(value, secrets)
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    return replace(
        run,
        stopped=plain(run.stopped),
        notes=tuple(map(plain, run.notes)),
        parameters=plain(dict(run.parameters)),
        results=tuple(
            replace(
                result,
                proof=plain(result.proof),
                observed=plain(result.observed),
                error=plain(result.error),
                next_step=plain(result.next_step),
            )
            for result in run.results
        ),
    )


class Disguise:
    """Texts of some runs as they may be shared.

    Beside secrets (`without_secrets`): no codes; addresses shortened, and names of users in ARNs and in
    paths; of account ids the last four digits. Two recipients that would look the same are numbered.
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
        self._codes = codes_in(runs)
        self._by_address = {
            form.lower(): short for full, short in self._recipients.items() for form in (full, _bare(full))
        }

    def recipient(self, address: str) -> str:
        return without_secrets(self._recipients.get(address) or shorten_address(address), self._secrets)

    def account(self, account_id: str) -> str:
        return _last_four(account_id)

    def text(self, text: str) -> str:
        text = without_codes(without_secrets(text, self._secrets), self._codes)
        if self._known is not None:
            text = self._known.sub(lambda found: self._by_address[found[0].lower()], text)
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
