"""Issuing verification codes and judging what is typed, in Logto's way.

The rules and their order are those of `createPasscode` and `verifyPasscode` in Logto's
`packages/core/src/libraries/passcode.ts`, and of its message rate guard, which comes first: a send that
it refuses neither makes a code nor takes the old one away. What a Logto 1.42 answered, step by step, is
in `tests/sign_in`, and holds the desk to it.
"""

from __future__ import annotations

import difflib
import math
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sesutil.config import UsageType
from sesutil.errors import InvalidParameters, MessageRateLimited
from sesutil.sign_in.clock import machine_time
from sesutil.sign_in.policy import CodePolicy
from sesutil.sign_in.verdicts import (
    CODE_MISMATCH,
    EMAIL_MISMATCH,
    EXCEED_MAX_TRY,
    EXPIRED,
    NOT_FOUND,
    Verdict,
    Waiting,
    duration,
    plural,
)

__all__ = ["CodeDesk"]

_ADDRESS = re.compile(r"\S+@\S+\.\S+")  # Logto's emailRegEx, all that it asks of an address here
_NEW_CODE = "Ask for a new code."


@dataclass
class _Issued:
    """A row of Logto's table `passcodes`."""

    address: str
    usage_type: str
    session: str | None
    code: str = field(repr=False)
    at: datetime
    tries: int = 0
    consumed: bool = False


class CodeDesk:
    """Codes of one tenant, in memory: a restart forgets them. Safe for several threads.

    policy
        May be exchanged at any time. It counts when a code is typed, as in Logto: another lifetime holds
        for the codes that are under way, too.
    now
        The clock; `clock_of(account)` is the practice account's.

    `session` is the attempt of one browser to sign in. Logto's pages give one: then the code is that of
    the session and the usage type, and another address is told apart (`email_mismatch`). Its Management
    API gives none: then the code is that of the address and the usage type.
    """

    def __init__(
        self, policy: CodePolicy | None = None, *, now: Callable[[], datetime] = machine_time
    ) -> None:
        self.policy = policy or CodePolicy()
        self._now = now
        self._issued: list[_Issued] = []
        self._gone: list[_Issued] = []  # superseded: Logto deletes these rows
        self._sends: dict[str, list[datetime]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"CodeDesk({self.policy})"

    def issue(self, address: str, usage_type: str, *, session: str | None = None) -> str:
        """A new code for this address; the one before it of the same usage type counts no more.

        Raises MessageRateLimited after too many to one recipient, whatever the usage type and the
        address's case; and InvalidParameters for an invitation, which has a link and no code.
        """
        self._check(address, usage_type)
        now = self._now()
        with self._lock:
            self._guard_rate(address, now)
            for old in self._rows(address, usage_type, session):
                self._issued.remove(old)
                self._gone.append(old)
            code = f"{secrets.randbelow(10**self.policy.digits):0{self.policy.digits}d}"
            self._issued.append(_Issued(address, usage_type, session, code, now))
            self._sends.setdefault(_recipient(address), []).append(now)
        return code

    def not_sent(self, address: str) -> None:
        """The mail with the last code was refused: as in Logto it does not count for the rate limit.

        The code itself stays; it was recorded that a failed send leaves it behind.
        """
        with self._lock:
            if sends := self._sends.get(_recipient(address)):
                sends.pop()

    def sends_left(self, address: str) -> int:
        """How many codes may be sent to this recipient now."""
        now = self._now()
        with self._lock:
            return max(self.policy.sends - len(self._recent(address, now)), 0)

    def waiting(self, address: str, usage_type: str, *, session: str | None = None) -> Waiting | None:
        """The code that is waiting to be typed, without showing it; None where none is."""
        now = self._now()
        with self._lock:
            found = self._find(address, usage_type, session)
            if found is None:
                return None
            tries_left, seconds_left = self._left(found, now)
            return Waiting(found.address, found.usage_type, tries_left, seconds_left)

    def verify(self, address: str, usage_type: str, code: str, *, session: str | None = None) -> Verdict:
        """What Logto answers to this code. A wrong one costs a try; the right one is used up by it."""
        now = self._now()
        with self._lock:
            found = self._find(address, usage_type, session)
            if found is None:
                return self._not_found(address, usage_type, code, session)
            if found.address != address:
                return self._refused(
                    EMAIL_MISMATCH, found, now, f"The code was sent to {found.address}, not to {address}."
                )
            if found.at + timedelta(seconds=self.policy.lifetime) < now:
                ago = duration(math.floor((now - found.at).total_seconds()))
                text = f"The code was sent {ago} ago, and is valid for {duration(self.policy.lifetime)}."
                return self._refused(EXPIRED, found, now, text)
            if found.tries >= self.policy.tries:
                text = (
                    f"A wrong code was typed {_times(self.policy.tries)}: now not even the right one is "
                    "accepted."
                )
                return self._refused(EXCEED_MAX_TRY, found, now, text)
            if code != found.code:
                found.tries += 1
                return self._refused(CODE_MISMATCH, found, now, self._why_wrong(found, code))
            found.consumed = True
            return Verdict(
                True,
                None,
                "The code is right. Logto would let this person go on.",
                "It is used up now: it is not accepted a second time.",
            )

    # -- Logto's tables -----------------------------------------------------------------------------

    def _rows(
        self, address: str, usage_type: str, session: str | None, *, consumed: bool = False
    ) -> list[_Issued]:
        """With a session, its codes; without, those of the address as it is written, of every session."""
        return [
            one
            for one in self._issued
            if one.consumed == consumed
            and one.usage_type == usage_type
            and (one.address == address if session is None else one.session == session)
        ]

    def _find(self, address: str, usage_type: str, session: str | None) -> _Issued | None:
        found = self._rows(address, usage_type, session)
        return found[-1] if found else None

    def _recent(self, address: str, now: datetime) -> list[datetime]:
        since = now - timedelta(seconds=self.policy.per)
        return [at for at in self._sends.get(_recipient(address), ()) if at > since]

    def _guard_rate(self, address: str, now: datetime) -> None:
        recent = self._recent(address, now)
        if len(recent) < self.policy.sends:
            self._sends[_recipient(address)] = recent
            return
        again = recent[-self.policy.sends] + timedelta(seconds=self.policy.per)
        seconds = math.ceil((again - now).total_seconds())
        raise MessageRateLimited(
            f"Too many codes were sent to {address}: Logto sends at most "
            f"{plural(self.policy.sends, 'code')} to one recipient in {duration(self.policy.per)}. The next "
            f"one can be sent in {duration(seconds)}; the last code is still valid.",
            seconds,
        )

    def _left(self, found: _Issued, now: datetime) -> tuple[int, int]:
        age = (now - found.at).total_seconds()
        return (
            max(self.policy.tries - found.tries, 0),
            max(math.ceil(self.policy.lifetime - max(age, 0)), 0),
        )

    # -- words --------------------------------------------------------------------------------------

    def _refused(self, code: str, found: _Issued, now: datetime, sentence: str) -> Verdict:
        tries_left, seconds_left = self._left(found, now)
        if code == EMAIL_MISMATCH:
            step = f"Go on with {found.address}, or ask for a code for the other address."
        elif code == CODE_MISMATCH and tries_left:
            step = (
                f"Type the code of the newest mail; there {'is' if tries_left == 1 else 'are'} "
                f"{plural(tries_left, 'try', 'tries')} left."
            )
        else:
            step = _NEW_CODE
        return Verdict(False, code, sentence, step, tries_left, seconds_left)

    def _why_wrong(self, found: _Issued, code: str) -> str:
        if not re.fullmatch(rf"[0-9]{{{self.policy.digits}}}", code, re.ASCII):
            return f"A code has {self.policy.digits} digits and nothing else."
        if any(_same(old, found) and old.code == code for old in self._gone):
            return "That is an older code: a new one was sent after it, and only the newest is valid."
        return "That is not the code that was sent."

    def _not_found(self, address: str, usage_type: str, code: str, session: str | None) -> Verdict:
        sentence, step = f"No {usage_type} code is waiting for {address}.", "Send a code first."
        used = self._rows(address, usage_type, session, consumed=True)
        others = [one for one in self._issued if not one.consumed and session is None]
        spelt = [
            one
            for one in others
            if one.usage_type == usage_type and _recipient(one.address) == _recipient(address)
        ]
        types = [one.usage_type for one in others if one.address == address]
        if usage_type == UsageType.ORGANIZATION_INVITATION:
            sentence, step = "An invitation has no code.", "Open the link in its mail."
        elif used and used[-1].code == code:
            sentence, step = "This code was used before: a code is valid once.", _NEW_CODE
        elif used:
            sentence = f"The last {usage_type} code for {address} is used up, and no new one was sent."
            step = _NEW_CODE
        elif spelt:
            sentence = (
                f"A code is waiting for {spelt[-1].address}. Logto compares the address letter by letter, "
                f"capitals too, and {address} is another one."
            )
            step = "Give the address as it was written when the code was sent."
        elif types:
            sentence = f"The code that is waiting for {address} is for {types[-1]}, not for {usage_type}."
            step = "Send a code of this usage type."
        return Verdict(False, NOT_FOUND, sentence, step)

    def _check(self, address: str, usage_type: str) -> None:
        problems = []
        if not _ADDRESS.fullmatch(address):
            problems.append(f"{address!r} is no mail address for Logto: name@domain.tld.")
        if usage_type == UsageType.ORGANIZATION_INVITATION:
            problems.append(
                "An invitation (OrganizationInvitation) has no code: its mail carries a link. There is "
                "nothing to issue."
            )
        elif usage_type not in set(UsageType):
            near = difflib.get_close_matches(usage_type, list(UsageType), n=1)
            meant = f"Do you mean {near[0]}?" if near else f"There are: {', '.join(UsageType)}."
            problems.append(f"There is no usage type {usage_type!r}. {meant}")
        if problems:
            raise InvalidParameters(problems)


def _recipient(address: str) -> str:
    """Whom the rate limit means: the address whatever its case, and without blanks around it."""
    return address.strip().lower()


def _same(one: _Issued, other: _Issued) -> bool:
    return one.usage_type == other.usage_type and (
        one.address == other.address or (one.session is not None and one.session == other.session)
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
