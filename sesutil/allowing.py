"""Whom test mails may go to: the project's own list, so that none goes to a stranger.

In `sesutil.toml` of the project::

    [send]
    allow = ["qa@example.com", "@example.org"]

An address stands for itself and its +labels, as a verified address does in SES; `@example.org` for all
addresses of that domain, not of its subdomains; `*` for everybody. Without the line everybody may be sent
to. The mailbox simulator always may: nobody reads it.

Where two projects are concerned (a config of another folder), the lists of both count.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sesutil.addresses import (
    AddressProblem,
    Mailbox,
    identity_covers,
    is_domain,
    is_simulator,
    parse_mailbox,
)
from sesutil.errors import NotAllowed, ProjectError
from sesutil.files import project_folder
from sesutil.settings import SETTINGS_NAME, read_table

__all__ = ["EVERYBODY", "Allowed", "allowed_by", "allowed_in", "read_allowed"]

EVERYBODY = "*"
_SHOWN = 3  # more entries would bury what is to be done


@dataclass(frozen=True)
class Allowed:
    """The list, as it is written; `entries` None: there is none, and everybody may be sent to.

    `also`: further lists; only who is on all of them may be sent to. `place` says which file it is.
    """

    entries: tuple[str, ...] | None = None
    also: tuple[Allowed, ...] = ()
    place: str = SETTINGS_NAME

    @property
    def everybody(self) -> bool:
        return self._no_limit and all(one.everybody for one in self.also)

    @property
    def _no_limit(self) -> bool:
        return self.entries is None or EVERYBODY in self.entries

    def problem(self, address: str) -> str | None:
        """Why this recipient may not be sent to, and the line that would change it; None: may be sent to.

        Compared as SES does: the domain without its case (and `bücher.example` as `xn--…`), the part
        before the @ exactly, a display name not at all.
        """
        return self._own_problem(address) or next(
            (problem for one in self.also if (problem := one.problem(address))), None
        )

    def _own_problem(self, address: str) -> str | None:
        if self.entries is None or self._no_limit:
            return None
        try:
            mailbox = _mailbox(address)
        except AddressProblem as problem:
            return f"{address!r} is no address that could be on the list in {self.place}: {problem}."
        if is_simulator(mailbox) or any(_covers(entry, mailbox) for entry in self.entries):
            return None
        return f"{mailbox.address} is not on the allow-list: {self._whom()} {self._line(mailbox.address)}"

    def check(self, address: str) -> None:
        """Raises NotAllowed with the sentence of `problem`."""
        if problem := self.problem(address):
            raise NotAllowed(problem)

    def _whom(self) -> str:
        entries = self.entries or ()
        if not entries:
            return f"the list allow in {self.place} is empty, so only the mailbox simulator is allowed."
        rest = f" and {len(entries) - _SHOWN} more" if len(entries) > _SHOWN else ""
        return f"{self.place} allows {', '.join(entries[:_SHOWN])}{rest}."

    def _line(self, address: str) -> str:
        entries = self.entries or ()
        if len(entries) > _SHOWN:
            return f"To allow it, add {_toml([address])[1:-1]} to the list allow there, under [send]."
        return f"To allow it, write there, under [send]: allow = {_toml([*entries, address])}"


def read_allowed(folder: Path) -> Allowed:
    """The list in the sesutil.toml of a folder, read now. Raises ProjectError for one that makes no sense."""
    given = read_table(folder, "send")
    if "allow" not in given:
        return Allowed()
    allow = given["allow"]
    example = 'allow = ["qa@example.com", "@example.org"]'
    if not isinstance(allow, list):
        raise ProjectError(
            f"{folder / SETTINGS_NAME}: send.allow should be a list of addresses and domains: {example}."
        )
    for entry in allow:
        if problem := _entry_problem(entry):
            raise ProjectError(f"{folder / SETTINGS_NAME}: send.allow: {problem}")
    return Allowed(tuple(entry.strip() for entry in allow))


def allowed_by(config: Path | None = None) -> Allowed:
    """The lists that count for a connector.json: see `allowed_in`, with its folder. Raises ProjectError."""
    if config is None:
        return allowed_in()
    return allowed_in(config.absolute().parent, config.resolve().parent)  # it may be a link


def allowed_in(*folders: Path) -> Allowed:
    """The lists of these folders and of the project that one is working in, at once: another config does not
    leave the list behind, and neither does working elsewhere. Raises ProjectError.
    """
    counting: dict[Path, Allowed] = {}
    for folder in (project_folder(), *folders):
        place = folder.resolve()
        if place not in counting:
            counting[place] = read_allowed(folder)
    first, *more = counting.values()
    if not more:
        return first
    named = [
        replace(one, place=f"{SETTINGS_NAME} in the folder {place.name}")
        for place, one in counting.items()
        if one.entries is not None
    ]
    if not named:
        return Allowed()
    return replace(named[0], also=tuple(named[1:]))


def _covers(entry: str, mailbox: Mailbox) -> bool:
    if entry.startswith("@"):
        return _ascii_domain(entry[1:]) == mailbox.domain
    return identity_covers(_mailbox(entry).address, mailbox)


def _entry_problem(entry: Any) -> str | None:
    if not isinstance(entry, str):
        example = _toml(["qa@example.com"])
        return f"{json.dumps(entry, default=str)} should be an address in quotes, such as {example}."
    text = entry.strip()
    if text == EVERYBODY:
        return None
    if text.startswith("@"):
        if is_domain(_ascii_domain(text[1:])):
            return None
        return f"{entry!r} is no domain. A domain is written as {_toml(['@example.org'])}."
    if "@" not in text and is_domain(_ascii_domain(text.removeprefix("*."))):
        return f'{entry!r} is neither an address nor a domain. Do you mean "@{text.removeprefix("*.")}"?'
    if text.startswith("*@"):
        return f'{entry!r} is no address. Do you mean "{text[1:]}"?'
    try:
        _mailbox(text)
    except AddressProblem as problem:
        return f"{entry!r} is no address: {problem}. Write an address, @ and a domain, or * for everybody."
    return None


def _mailbox(text: str) -> Mailbox:
    """An address taken apart, its domain in ASCII. Raises AddressProblem."""
    before, at, domain = text.strip().rpartition("@")
    if not at:
        return parse_mailbox(text)
    name, bracket, _ = domain.partition(">")
    return parse_mailbox(f"{before}@{_ascii_domain(name)}{bracket}")


def _ascii_domain(domain: str) -> str:
    """As the DNS and SES know it: `xn--…` for what is not ASCII, in lower case; else as it is."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def _toml(entries: list[str]) -> str:
    """A list as TOML writes it: its strings are quoted as JSON's are."""
    return json.dumps(entries, ensure_ascii=False)
