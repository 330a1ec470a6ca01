"""Asking for production access: what the panel knows. No widgets here."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from traitlets import Bool, Dict, HasTraits, Instance, List, Unicode

from sesutil.account import Account, AccountStatus, read_status
from sesutil.addresses import AddressProblem, Mailbox, parse_mailbox
from sesutil.changes import Change
from sesutil.dns.asking import resolver_for
from sesutil.dns.policies import read_dmarc
from sesutil.errors import AwsError, SesutilError, own_fault
from sesutil.panels.changes import Answers, ChangeModel
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.practicing import Practice
from sesutil.production import (
    Prerequisite,
    ProductionRequest,
    ProductionState,
    denial_reply,
    draft_request,
    plan_request,
    plan_suppression,
    read_production,
)
from sesutil.production.prerequisites import website_prerequisites
from sesutil.projects import Project, open_project

__all__ = ["FIELDS", "ProductionModel", "Stage", "split_addresses"]

Stage = Literal["unread", "ask", "again", "pending", "denied", "granted"]
Decision = Literal["grant", "deny", "lose"]
FIELDS = ("website_url", "contact_language", "contacts", "mails_per_day", "sign_up", "captcha")
_BLOCKERS = {
    "website_url": "needs the website",
    "contact_language": "needs a contact language",
    "contacts": "needs contact addresses",
    "mails_per_day": "needs the number of mails",
    "sign_up": "needs how people sign up",
    "text": "needs its text",
}
# In practice nothing depends on them, and who only looks around need not type.
_IN_PRACTICE = {
    "contacts": "you@example.com",
    "mails_per_day": "500",
    "sign_up": "People create an account on our website with their e-mail address, and type in the code "
    "from the mail.",
}


def split_addresses(text: str) -> list[str]:
    """Addresses as people type several: by comma, semicolon, blank or line."""
    return [part for part in re.split(r"[\s,;]+", text) if part]


class ProductionModel(HasTraits):
    """The account's production access: where it stands, what is asked for, and what became of it.

    `state` is one of idle, reading, read, failed. `problems` says in words what is wrong with a field of
    FIELDS or with `text`, the request's description: it is drafted from the fields until it is edited, and
    from then on only by `draft_anew`, which keeps what was there in `kept_text`. `outdated` says that an
    edited text was drafted from other facts than there are now. `request` plans, shows and sends the
    request, `suppression` what a reviewer asks of the suppression list. `played` is what the reviewer of
    the practice account has done last.
    """

    website_url = Unicode("")
    contact_language = Unicode("EN")
    contacts = Unicode("")
    mails_per_day = Unicode("")
    sign_up = Unicode("")
    captcha = Bool(False)
    text = Unicode("")

    state = Unicode("idle")
    production = Instance(ProductionState, allow_none=True)
    status = Instance(AccountStatus, allow_none=True)
    status_error = Unicode(allow_none=True, default_value=None)
    read_at = Instance(datetime, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    problems = Dict(Unicode())
    blockers = List(Unicode())
    edited = Bool(False)
    outdated = Bool(False)
    kept_text = Unicode("")
    played = Unicode("")
    play_error = Instance(SesutilError, allow_none=True)
    deciding = Bool(False)

    def __init__(self, project: Project, account: Account, *, runner: Runner = run_in_thread) -> None:
        super().__init__()
        self.project = project
        self.account = account
        self._again = False
        self._runner = runner
        self._drafted = ""
        self._languages: tuple[str, ...] = ()
        self.request = ChangeModel(account, runner=runner, on_done=self._on_change_done)
        self.suppression = ChangeModel(account, runner=runner, on_done=self._on_change_done)
        if self.is_practice:
            self._fill_for_practice()
        self._draft()
        self.observe(self._on_fields_change, list(FIELDS))
        self.observe(self._on_text_change, "text")

    @property
    def is_practice(self) -> bool:
        return self.account.practice is not None

    @property
    def busy(self) -> bool:
        """While a request or a decision is on its way there is nothing to decide on.

        A reading is no reason: it may begin at any time, and a click in that moment would be lost.
        """
        return self.deciding or self.request.busy

    def _fill_for_practice(self) -> None:
        for name, value in _IN_PRACTICE.items():
            setattr(self, name, value)
        domain = _domain(self.project)
        self.website_url = f"https://www.{domain or 'example.com'}"

    # -- where it stands --------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """What can be done now: `ask`; `again` after a request that never arrived; else wait or read on."""
        state = self.production
        if state is None:
            return "unread"
        if state.production:
            return "granted"
        by_review: dict[str | None, Stage] = {"PENDING": "pending", "DENIED": "denied", "FAILED": "again"}
        return by_review.get(state.review, "ask")

    @property
    def prerequisites(self) -> list[Prerequisite]:
        """What a reviewer looks at, worst first; of the website as it is typed now."""
        found = list(self.production.prerequisites) if self.production is not None else []
        typed = website_prerequisites(_sender(self.project), self.website_url.strip() or None)
        now = {one.id: one for one in typed}
        found = [now.get(one.id, one) for one in found]
        order = {False: 0, None: 1, True: 2}
        return sorted(found, key=lambda one: (order[one.met], not one.required))

    def look(self) -> None:
        """Reads the account, and what a reviewer looks at. Asked for while it reads, it reads once more:

        what is being read may have been so before whatever the second call is about.
        """
        if self.state == "reading":
            self._again = True
            return
        self.state = "reading"
        self._runner(self._look)

    def _look_here(self) -> None:
        """`look` in this thread, which has just changed something."""
        if self.state == "reading":
            self._again = True
            return
        self.state = "reading"
        self._look()

    def _look(self) -> None:
        production, status, status_error = self.production, self.status, self.status_error
        error: SesutilError | None = None
        website = self.website_url.strip()
        try:
            self.project = open_project(self.project.folder)
            self._languages = _languages(self.project)
            production = read_production(
                self.account,
                self.project.config,
                website_url=website or None,
                dmarc=_dmarc(self.account, self.project),
            )
            status, status_error = _status(self.account)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            with self.hold_trait_notifications():
                self.production, self.status, self.status_error = production, status, status_error
                self.error = error
                if error is None:
                    self.read_at = datetime.now()
                self.state = "read" if error is None else "failed"
            self._take_lost_request()
            self._draft()
            if self._again:
                self._again = False
                self.look()

    def _take_lost_request(self) -> None:
        """What was asked and never arrived is there again, where nothing else was typed meanwhile."""
        asked = self.production.asked if self.production is not None else None
        if self.stage != "again" or asked is None or self.edited or self.text == asked.use_case_description:
            return
        self.website_url = self.website_url or asked.website_url
        self.contacts = self.contacts or ", ".join(asked.contacts)
        if asked.use_case_description:
            self.text = asked.use_case_description

    # -- the request ------------------------------------------------------------------------------

    def draft(self, text: str | None = None) -> ProductionRequest:
        """The request from the fields, and from a text in place of the drafted one."""
        number = self.mails_per_day.strip()
        return draft_request(
            self.project.config,
            website_url=self.website_url,
            contact_language=self.contact_language,
            contacts=split_addresses(self.contacts),
            mails_per_day=int(number) if re.fullmatch(r"[0-9]{1,9}", number) else None,
            sign_up=self.sign_up,
            captcha=self.captcha,
            languages=self._languages,
            state=self.production,
            use_case_description=text,
        )

    def draft_anew(self) -> None:
        """Replaces the text by one drafted from the facts as they are; `kept_text` is what was there."""
        if self.edited:
            self.kept_text = self.text
        self.edited = False
        self._draft()

    def take_back(self) -> None:
        """Puts the text back that `draft_anew` replaced."""
        if self.kept_text:
            self.text, self.kept_text = self.kept_text, ""

    def plan(self) -> None:
        """Plans the request from the fields and the text, unless something is wrong with them."""
        if not self.blockers:
            draft = self.draft(self.text.strip())
            self.request.plan(lambda: plan_request(self.account, draft))

    def plan_suppression(self) -> None:
        self.suppression.plan(lambda: plan_suppression(self.account))

    def reply(self) -> str:
        """The text to paste into the case after a denial; empty while nothing is denied."""
        if self.production is None or self.stage != "denied":
            return ""
        asked = self.production.asked
        example = self.draft().examples
        return denial_reply(replace(asked, examples=example) if asked is not None else None, self.production)

    def _on_change_done(self, change: Change, answers: Answers) -> None:
        self.played = ""  # it was said of the request before
        self.look()

    def _on_fields_change(self, change: object) -> None:
        self.request.forget()
        self._draft()

    def _on_text_change(self, change: object) -> None:
        self.request.forget()
        self.edited = self.text != self._drafted
        if not self.edited:
            self.outdated = False
        self._judge()

    def _draft(self) -> None:
        drafted = self.draft().use_case_description
        if self.edited:
            self.outdated = drafted != self._drafted
        else:
            self._drafted, self.outdated = drafted, False
            self.text = drafted
        self._judge()

    def _judge(self) -> None:
        found: dict[str, str] = {}
        for one in self.draft(self.text.strip()).problems:
            found.setdefault("text" if one.field == "use_case_description" else one.field, one.sentence)
        if "mails_per_day" in found and self.mails_per_day.strip():
            found["mails_per_day"] = "Write a whole number above zero, such as 500."
        self.problems = found
        self.blockers = [_BLOCKERS[name] for name in _BLOCKERS if name in found]

    # -- the reviewer of the practice account -----------------------------------------------------

    def play(self, decision: Decision) -> None:
        """Decides as AWS's reviewer would. In practice only: `play_error` says so elsewhere."""
        if not self.busy:
            self.deciding = True  # a second click decides nothing more
            self._runner(lambda: self._play(decision))

    def _play(self, decision: Decision) -> None:
        try:
            practice = Practice(self.account)
            doors: dict[Decision, Any] = {
                "grant": practice.grant,
                "deny": practice.deny,
                "lose": practice.lose,
            }
            doors[decision](self.account.region)
        except SesutilError as error:
            self.play_error = error
        else:
            with self.hold_trait_notifications():
                self.play_error, self.played = None, decision
            self.request.forget()
        finally:
            self.deciding = False
            self._look_here()


def _status(account: Account) -> tuple[AccountStatus | None, str | None]:
    try:
        return read_status(account), None
    except AwsError as error:
        return None, error.code


def _domain(project: Project) -> str | None:
    try:
        return parse_mailbox(project.config.email_address or "").domain
    except AddressProblem:
        return None


def _dmarc(account: Account, project: Project) -> str | None:
    """The policy that the From address's domain publishes, "" for none, None where nobody can look."""
    domain = _domain(project)
    if domain is None:
        return None
    state = read_dmarc(domain, resolver_for(account))
    if state.policy is None and state.problem:
        return None
    return state.policy or ""


def _sender(project: Project) -> Mailbox | None:
    try:
        return parse_mailbox(project.config.email_address or "")
    except AddressProblem:
        return None


def _languages(project: Project) -> tuple[str, ...]:
    """The languages of the mails: what the connector's own say they are in, and those of the folders."""
    own = [found[1] for one in project.config.templates if (found := _LANG.search(one.content))]
    return tuple(dict.fromkeys([*own, *(one.language for one in project.stored_templates())]))


_LANG = re.compile(r"""<html\b[^>]*\slang=["']?([A-Za-z0-9-]{2,35})""", re.IGNORECASE)
