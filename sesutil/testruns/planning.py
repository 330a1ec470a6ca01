"""What a run will do and cost, before it does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sesutil.account import MODE_MEANINGS, Account, AccountStatus, Mode, read_status
from sesutil.addresses import identity_covers, is_simulator, parse_mailbox
from sesutil.allowing import Allowed
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError
from sesutil.events.chain import EventChain, read_chain
from sesutil.identities import list_identities
from sesutil.templates import StoredTemplate
from sesutil.testruns.journal import JournalContent
from sesutil.testruns.mails import TestMail, language_notes, make_mails
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.redacting import shorten_address
from sesutil.testruns.resuming import check_same_account, check_same_run, next_step_of
from sesutil.whoami import who_am_i

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Prepared", "RunPlan", "cost_of", "prepare_run"]

_UNREADABLE_RATE = 1.0  # a second, that of the sandbox: no account has less
_BELOW = 0.95  # of the account's rate: others send from it as well
_LONG = 600  # seconds
_NAMED = 5

NO_EVENTS = "Accepted is all that is known of these mails: "


@dataclass(frozen=True)
class RunPlan:
    """What a run will do and cost.

    `production` is None where the account may not be read. `mails` are still to be sent, `standing` were
    sent by the run that is gone on with. `cost` are the recipients that count for the day's quota; `used`,
    `limit` and `left` are what the account says now, None where it is not known or unlimited; `reserve` is
    kept free for real users. `per_second` is the pace, `seconds` about how long it takes. `signer` and
    `heard` say in words who signs, and how it is seen what became of the mails. `unverified` are the
    recipients that SES will refuse in the sandbox, as far as the identities may be read. `warnings` do not
    stop the run, `problems` do.
    """

    mode: Mode
    region: str
    production: bool | None
    mails: int
    standing: int
    kinds: int
    languages: int
    recipients: int
    cost: int
    used: int | None
    limit: int | None
    left: int | None
    reserve: int
    per_second: float
    seconds: float
    signer: str
    heard: str
    unverified: tuple[str, ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=(), repr=False)

    def frame(self) -> pd.DataFrame:
        """The plan as a table for people: the columns `what`, `value` and `meaning`, all text.

        Without addresses and ids: such a table is stored in notebooks.
        """
        import pandas as pd

        if self.limit is not None:
            quota = f"{self.left:,} of {self.limit:,} left"
        else:
            quota = "no limit" if self.used is not None else "not known"
        reserve = (
            f"{self.reserve:,} of them are kept free for real users."
            if self.reserve
            else "Recipients within 24 hours."
        )
        access = {
            True: "production access",
            False: "in the sandbox",
            None: "sandbox or production: not known",
        }
        rows = [
            ("Account", f"{self.mode}, {self.region}, {access[self.production]}", MODE_MEANINGS[self.mode]),
            ("Mails", f"{self.mails:,}", self._mails()),
            (
                "Cost",
                _count(self.cost, "recipient"),
                "Of the day's quota; the simulator's cost none.",
            ),
            ("Quota", quota, reserve),
            ("Pace", f"{self.per_second:.3g} per second", "Below the account's rate, which others share."),
            ("Duration", _duration(self.seconds), "Roughly, not counting the wait for late mail."),
            ("Signed by", self.signer, "Whose key signs the sends."),
            ("Proof", self.heard.partition(": ")[0], self.heard.partition(": ")[2]),
        ]
        rows += [("Note", "", warning) for warning in self.warnings]
        if self.problems:
            rows.append(("Cannot run", _count(len(self.problems), "problem"), "The run says which."))
        return pd.DataFrame(rows, columns=["what", "value", "meaning"])

    def _mails(self) -> str:
        parts = [
            _count(self.kinds, "usage type"),
            f"in {_count(self.languages, 'language')}",
            f"to {_count(self.recipients, 'recipient')}",
        ]
        standing = f"; {self.standing} were sent before" if self.standing else ""
        return " ".join(parts) + standing


@dataclass(frozen=True)
class Prepared:
    """A run before its first mail. `config` is the one to send with; `chain` is None where no events are
    heard; `marked` says whether the mails carry a tag of their own, which Logto's do not; `notes` hold for
    the whole run."""

    plan: RunPlan
    mails: tuple[TestMail, ...]
    config: ConnectorConfig
    status: AccountStatus | None
    account_id: str | None
    chain: EventChain | None
    marked: bool
    notes: tuple[str, ...]


def cost_of(recipient: str) -> int:
    """How many recipients of the day's quota a mail to this address takes.

    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    """
    return 0 if is_simulator(parse_mailbox(recipient)) else 1


def prepare_run(
    account: Account,
    config: ConnectorConfig,
    parameters: TestRunParameters,
    *,
    stored: Sequence[StoredTemplate],
    sender: Account,
    allowed: Allowed,
    before: JournalContent | None,
) -> Prepared:
    """Reads the account and plans; nothing is sent. `before` is the run to go on with.

    Raises AwsError when the account cannot be read, InvalidParameters when `before` is another run.
    """
    mails = make_mails(config, stored, parameters, before.codes if before is not None else None)
    if before is not None:
        check_same_run(before, parameters, [mail.case for mail in mails])
    status, account_id, unread = _read_account(account)
    if before is not None:
        check_same_account(before, account.mode, account.region, account_id)
    chain, heard, chain_notes, own_set = _listen(account, config, parameters)
    todo = [mail for mail in mails if before is None or next_step_of(before, mail.case.number) == "send"]
    cost = sum(cost_of(mail.case.recipient) for mail in todo)
    left = status.left_24_hours if status is not None else None
    # An account that may send nothing has a rate of 0; what it refuses then, it says itself.
    rate = (status.max_per_second if status is not None else 0.0) or _UNREADABLE_RATE
    per_second = rate * _BELOW if status is not None else rate
    problems = _problems(todo, allowed, cost, left, parameters.quota_reserve)
    notes = (*language_notes(mails), *chain_notes, *([unread] if unread else []))
    unverified = _unverified(account, todo) if status is not None and not status.production and cost else ()
    seconds = len(todo) / per_second if per_second else 0.0
    plan = RunPlan(
        mode=account.mode,
        region=account.region,
        production=status.production if status is not None else None,
        mails=len(todo),
        standing=len(mails) - len(todo),
        kinds=len({mail.case.usage_type for mail in mails}),
        languages=len({mail.case.language for mail in mails}),
        recipients=len({mail.case.recipient for mail in mails}),
        cost=cost,
        used=status.sent_24_hours if status is not None else None,
        limit=status.max_24_hours if status is not None else None,
        left=left,
        reserve=parameters.quota_reserve,
        per_second=per_second,
        seconds=seconds,
        signer=_signer(account, sender),
        heard=heard,
        unverified=unverified or (),
        warnings=(*_warnings(status, cost, seconds, unverified), *notes),
        problems=tuple(problems),
    )
    if own_set:
        config = config.model_copy(update={"configuration_set_name": own_set})
    return Prepared(plan, tuple(mails), config, status, account_id, chain, bool(own_set), notes)


def _read_account(account: Account) -> tuple[AccountStatus | None, str | None, str]:
    """The account's state, its id, and a note where the state may not be read."""
    try:
        status = read_status(account)
    except AwsError as error:
        if not error.code.startswith("AccessDenied"):
            raise
    else:
        return status, status.account_id, ""
    note = (
        "The key may not read the account (ses:GetAccount): the pace is one mail a second, and nothing "
        "guards the day's quota."
    )
    try:
        return None, who_am_i(account).account_id, note
    except AwsError:
        return None, None, note


def _listen(
    account: Account, config: ConnectorConfig, parameters: TestRunParameters
) -> tuple[EventChain | None, str, tuple[str, ...], str]:
    """The chain to listen to, how in words, notes, and the configuration set to send with if it is ours."""
    if account.practice is not None:
        return None, "the inbox: What arrives is read there, and its code or link looked for.", (), ""
    if not parameters.events:
        note = f"{NO_EVENTS}delivery events are switched off (events)."
        return None, f"none: {note}", (note,), ""
    try:
        chain = read_chain(account, config)
    except AwsError as error:
        note = f"{NO_EVENTS}whether the account publishes delivery events cannot be read ({error.code})."
        return None, f"none: {note}", (note,), ""
    if chain is None or not chain.complete or chain.queue_url is None:
        missing = f" (missing: {', '.join(chain.missing)})" if chain is not None and chain.missing else ""
        note = f"{NO_EVENTS}the account publishes no delivery events{missing}. 05-test-send sets them up."
        return None, f"none: {note}", (note,), ""
    heard = "delivery events: They say what became of each mail; its text is not read."
    if chain.owns_set and not config.configuration_set_name:
        note = (
            f"The mails name the configuration set {chain.configuration_set}, so that their events are "
            "heard, and carry a tag that events show and readers do not. In these two fields they differ "
            "from Logto's; if the key may not use the set, switch events off."
        )
        return chain, heard, (note,), chain.configuration_set
    return chain, heard, (), ""


def _problems(
    todo: Sequence[TestMail], allowed: Allowed, cost: int, left: int | None, reserve: int
) -> list[str]:
    recipients = dict.fromkeys(mail.case.recipient for mail in todo)
    problems = [f"recipients: {problem}" for address in recipients if (problem := allowed.problem(address))]
    if left is not None and cost and cost > left - reserve:
        kept = f", of which {reserve} are kept free for real users (quota_reserve)" if reserve else ""
        problems.append(
            f"The run would send to {cost} recipients, and the account may send to {left} more within 24 "
            f"hours{kept}. Take fewer recipients, usage types or languages."
        )
    return problems


def _unverified(account: Account, todo: Sequence[TestMail]) -> tuple[str, ...] | None:
    """The recipients that no verified identity covers; None where the identities cannot be read."""
    try:
        names = [one.name for one in list_identities(account) if one.verified]
    except AwsError:
        return None
    recipients = dict.fromkeys(mail.case.recipient for mail in todo if cost_of(mail.case.recipient))
    return tuple(
        address
        for address in recipients
        if not any(identity_covers(name, parse_mailbox(address)) for name in names)
    )


def _warnings(
    status: AccountStatus | None, cost: int, seconds: float, unverified: tuple[str, ...] | None
) -> list[str]:
    found = []
    if status is not None and not status.production and cost and unverified is None:
        found.append("The account is in the sandbox: recipients beside the simulator's must be verified.")
    if unverified:
        shown = ", ".join(map(shorten_address, unverified[:_NAMED]))
        more = f" and {len(unverified) - _NAMED} more" if len(unverified) > _NAMED else ""
        found.append(
            f"The account is in the sandbox, and SES will refuse mail to {shown}{more}: no verified identity "
            "covers such an address. Verify it (03-identity), or take the simulator's."
        )
    if status is not None and (not status.sending_enabled or status.enforcement == "SHUTDOWN"):
        found.append("Sending is paused in this account: the first mail will be refused.")
    if status is not None and status.enforcement == "PROBATION":
        found.append("AWS has the account under review. Send to the simulator only.")
    if seconds > _LONG:
        found.append("It takes long: name a journal_path, so that a run that is cut off can be gone on with.")
    return found


def _signer(account: Account, sender: Account) -> str:
    if sender is not account:
        return "the connector's key"
    return "the practice account's own key" if account.practice is not None else "your own credentials"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{seconds / 60:.0f} min"
