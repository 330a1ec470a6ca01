"""The practice account from a program: what a person does on its page, for tests and for notebooks."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from sesutil.account import Account, connect
from sesutil.errors import PracticeError
from sesutil.inbox import InboxMessage, read_inbox, wait_for_mail
from sesutil.launching import PracticeEndpoint, read_json_url
from sesutil.regions import long_name

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

__all__ = ["Practice"]


class Practice:
    """A running practice account, by its endpoint or by an account connected to it.

    What is done without naming a Region is done in the account's (by an endpoint: in the practice
    account's own), as what is asked of SES through it is.

    Every method raises PracticeError when the account does not answer, or does not do what was
    asked; the text says why.
    """

    def __init__(self, practice: Account | PracticeEndpoint) -> None:
        endpoint = practice if isinstance(practice, PracticeEndpoint) else practice.practice
        if endpoint is None:
            raise PracticeError("This account is not a practice account: connect with practice=True.")
        self.endpoint = endpoint
        self._account: Account | None = practice if isinstance(practice, Account) else None
        self._seen: set[str] = set()

    @property
    def endpoint_url(self) -> str:
        return self.endpoint.endpoint_url

    @property
    def region(self) -> str:
        return self.endpoint.region if self._account is None else self._account.region

    @property
    def account(self) -> Account:
        """For `sesutil.send` and the like."""
        if self._account is None:
            self._account = connect(practice=self.endpoint)
        return self._account

    @property
    def ses(self) -> SESV2Client:
        """A boto3 client of SESv2."""
        return self.account.ses

    def client(self, service: str) -> Any:
        """A boto3 client of `ses`, `iam`, `route53`, `sns`, `sqs`, `sts` or `cloudwatch`."""
        return self.account.client(service)

    # -- inbox ------------------------------------------------------------------------------------

    def inbox(self, *, to: str | None = None) -> list[InboxMessage]:
        """What was accepted, oldest first; with `to`, what was sent to this address."""
        return read_inbox(self.endpoint, to=to)

    def clear(self) -> int:
        """Empties the inbox; how many messages there were. Quota and statistics stay."""
        return int(self._change("_aws/ses", method="DELETE")["deleted"])

    def wait_for_mail(self, address: str, timeout: float = 10) -> InboxMessage:
        """The newest mail that reaches `address`, and that neither this nor `wait_for_code` has given yet.

        Raises NoMail after `timeout` seconds.
        """
        return self._wait(address, timeout, with_code=False)

    def wait_for_code(self, address: str, timeout: float = 10) -> str:
        """The code in the newest mail that reaches `address`, and that was not given yet.

        So a second call waits for a second mail. Raises NoMail after `timeout` seconds.
        """
        code = self._wait(address, timeout, with_code=True).code
        assert code is not None
        return code

    def _wait(self, address: str, timeout: float, *, with_code: bool) -> InboxMessage:
        message = wait_for_mail(self.endpoint, address, timeout, with_code=with_code, known=self._seen)
        self._seen |= {one.message_id for one in self.inbox(to=address) if one.time <= message.time}
        return message

    # -- identities and account -------------------------------------------------------------------

    def verify(self, identity: str) -> None:
        """Registers an address or a domain, if need be, and verifies it as a person would:

        by the link in the mail, or by its records in the practice DNS.
        """
        with suppress(self.ses.exceptions.AlreadyExistsException):
            self.ses.create_email_identity(EmailIdentity=identity)
        if "@" not in identity:
            self.publish(identity)
        elif not self.ses.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"]:
            self.open_link(identity)

    def open_link(self, address: str) -> None:
        """Presses the link in the newest verification mail to this address, of the account's Region."""
        region = long_name(self.region)  # AWS's subject names it so; each Region sends a link of its own
        mails = [
            one
            for one in self.inbox(to=address)
            if one.source.endswith("@amazon.com") and one.subject.endswith(f" {region}")
        ]
        tokens = [token for token in (_link(one.text or "") for one in mails) if token is not None]
        if not tokens:
            raise PracticeError(
                f"The mail with the link for {address} in {self.region} is not in the inbox. Delete the "
                "identity, and create it again."
            )
        self._change("practice/verify", token=tokens[-1])

    def publish(self, identity: str, region: str | None = None) -> int:
        """What is missing of an identity's records is put in at its DNS provider; how many records."""
        made = self._change("practice/records", identity=identity, region=region or self.region)
        return int(made["published"])

    def withdraw(self, identity: str, region: str | None = None) -> int:
        """Takes an identity's records out of the DNS; how many there were."""
        where = region or self.region
        gone = self._change("practice/records", method="DELETE", identity=identity, region=where)
        return int(gone["removed"])

    def root_key(self) -> tuple[str, str]:
        """A new access key of the account's root user, its id and its secret. There are two at most.

        Nobody should have one; with it one sees what says so.
        """
        made = self._change("practice/root-key")
        return str(made["access_key_id"]), str(made["secret_access_key"])

    def grant(self, region: str | None = None) -> None:
        """The reviewer grants the production access that was asked for."""
        self._change("practice/grant", region=region or self.region)

    def deny(self, region: str | None = None) -> None:
        """The reviewer denies it."""
        self._change("practice/deny", region=region or self.region)

    def lose(self, region: str | None = None) -> None:
        """The request gets lost: it has never reached a reviewer (FAILED), and may be made again."""
        self._change("practice/lose", region=region or self.region)

    def enforce(self, status: Literal["HEALTHY", "PROBATION", "SHUTDOWN"], region: str | None = None) -> None:
        """AWS finds the account in order, watches it, or pauses it."""
        self._change("practice/enforcement", status=status, region=region or self.region)

    # -- clock, faults, history -------------------------------------------------------------------

    def now(self) -> datetime:
        """The account's own time, in UTC: the machine's, and what `advance` has added."""
        return datetime.fromisoformat(read_json_url(f"{self.endpoint_url}/practice/clock")["now"])

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Moves the account's clock forward; what is due by then happens."""
        self._change("practice/clock", days=days, hours=hours, minutes=minutes, seconds=seconds)

    def plant_fault(
        self,
        kind: str,
        *,
        operation: str | None = None,
        address: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        event: str | None = None,
    ) -> str:
        """Something that goes wrong from now on; its id. The kinds are in docs/practice-account.md.

        operation
            Only calls of this operation (`SendEmail`, …); without it, all calls of SES.
        address
            For faults of delivery and of events: only mail to this address or domain.
        event
            For faults of events: only those of this kind (`Delivery`, `Bounce` …).
        times
            How often; without it, until it is removed.
        """
        planted = self._change(
            "practice/faults",
            kind=kind,
            operation=operation,
            address=address,
            event=event,
            times=times,
            seconds=seconds,
        )
        return str(planted["id"])

    def remove_faults(self, fault_id: str | None = None) -> None:
        """One, or all."""
        self._change("practice/faults", method="DELETE", id=fault_id)

    def plant_history(self, region: str | None = None, *, seed: int | None = None) -> int:
        """Two weeks of plausible sends for the statistics; how many recipients."""
        return int(self._change("practice/history", region=region or self.region, seed=seed)["planted"])

    def _change(self, door: str, *, method: str = "POST", **fields: str | float | None) -> Any:
        given = {name: value for name, value in fields.items() if value is not None}
        url = f"{self.endpoint_url}/{door}?{urlencode(given)}"
        return read_json_url(url, method=method)

    def __repr__(self) -> str:
        return f"Practice({self.endpoint_url!r})"


def _link(text: str) -> str | None:
    match = re.search(r"/practice/verify\?\S*token=([\w-]+)", text)
    return match[1] if match else None
