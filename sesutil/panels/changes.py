"""A change before, while and after it is carried out: what is asked for, consent, one button, the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import Bool, Float, HasTraits, Instance, List, Unicode

from sesutil.account import Account
from sesutil.changes import Change, carry_out
from sesutil.errors import SesutilError, own_fault
from sesutil.panels.pieces import Runner, html, rows, safe
from sesutil.panels.refusals import refusal_markup

__all__ = ["ChangeModel", "ChangeView"]

Answers = list[dict[str, Any]]


class ChangeModel(HasTraits):
    """One change at a time: planned (which reads the account), shown, agreed to, carried out.

    `state` is one of idle, planning, planned, working, done, failed. `blockers` says in words why
    `carry_out` would do nothing. `on_done` gets the answers, which may hold a secret: they are kept nowhere.
    """

    change = Instance(Change, allow_none=True)
    consent = Bool(False)
    state = Unicode("idle")
    blockers = List(Unicode())
    error = Instance(SesutilError, allow_none=True)
    seconds = Float(0.0)

    def __init__(
        self, account: Account, *, runner: Runner, on_done: Callable[[Change, Answers], None] | None = None
    ) -> None:
        super().__init__()
        self.account = account
        self._runner = runner
        self._on_done = on_done
        self._turn = 0
        self.observe(self._judge, ["change", "consent", "state"])
        self._judge()

    @property
    def needs_consent(self) -> bool:
        return self.account.leaves_machine

    @property
    def busy(self) -> bool:
        return self.state in ("planning", "working")

    def plan(self, planner: Callable[[], Change]) -> None:
        """Finds out what is to be done; a plan that was asked for before counts no more."""
        if self.state == "working":
            return
        self._turn += 1
        turn = self._turn
        with self.hold_trait_notifications():
            self.change, self.error, self.consent, self.state = None, None, False, "planning"
        self._runner(lambda: self._plan(planner, turn))

    def forget(self) -> None:
        """Shows no change any more. What is being carried out goes on."""
        if self.state != "working":
            self._turn += 1
            with self.hold_trait_notifications():
                self.change, self.error, self.consent, self.state = None, None, False, "idle"

    def carry_out(self) -> None:
        """Carries out what is shown, unless something blocks it."""
        if self.blockers or self.change is None:
            return
        change = self.change
        self.state = "working"
        self._runner(lambda: self._carry_out(change))

    def _judge(self, event: object = None) -> None:
        blockers = []
        if self.busy:
            blockers.append("wait for what is running")
        elif self.change is None or self.state in ("done", "failed"):
            blockers.append("nothing is planned")
        elif not self.change.calls:
            blockers.append("nothing is to be done")
        elif self.needs_consent and not self.consent:
            blockers.append("needs your consent")
        self.blockers = blockers

    def _plan(self, planner: Callable[[], Change], turn: int) -> None:
        change: Change | None = None
        error: SesutilError | None = None
        try:
            change = planner()
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            if turn == self._turn:
                with self.hold_trait_notifications():
                    self.change, self.error = change, error
                    self.state = "failed" if error is not None else "planned"

    def _carry_out(self, change: Change) -> None:
        begin = time.monotonic()
        answers: Answers = []
        error: SesutilError | None = None
        try:
            answers = carry_out(self.account, change)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            with self.hold_trait_notifications():
                self.error, self.seconds, self.consent = error, time.monotonic() - begin, False
                self.state = "failed" if error is not None else "done"
        if error is None and self._on_done is not None:
            self._on_done(change, answers)


class ChangeView(widgets.VBox):  # type: ignore[misc]
    """A view of a ChangeModel, to be put into a card; empty while there is no change.

    `button` carries the change out; its text is the change's title, or what stops it.
    """

    def __init__(self, model: ChangeModel) -> None:
        self.model = model
        self._what = html()
        self.consent = widgets.Checkbox(
            description="I agree that this is changed in the AWS account above.", indent=False
        )
        self.button = widgets.Button(button_style="primary")
        self._outcome = html()
        super().__init__([self._what, self.consent, self.button, self._outcome])
        self.add_class("s-change")
        self.consent.observe(self._on_consent_change, "value")
        self.button.on_click(self._on_button_click)
        model.observe(self._on_model_change, ["change", "state", "blockers", "error", "consent"])
        self._show()

    def _on_consent_change(self, change: Any) -> None:
        self.model.consent = change["new"]

    def _on_button_click(self, button: Any) -> None:
        self.model.carry_out()

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _show(self) -> None:
        model, change = self.model, self.model.change
        self._what.value = _plan_markup(model)
        waits = model.state == "planned" and change is not None and bool(change.calls)
        _display(self._what, bool(self._what.value))
        _display(self, model.state != "idle")
        _display(self.consent, waits and model.needs_consent)
        _display(self.button, waits or model.state == "working")
        self.consent.value = model.consent
        self.button.disabled = bool(model.blockers)
        if change is not None:
            self.button.description = (
                "Working \N{HORIZONTAL ELLIPSIS}"
                if model.state == "working"
                else f"{change.title}: {model.blockers[0]}"
                if model.blockers
                else change.title
            )
        outcome = _outcome_markup(model)
        self._outcome.value = f"<div role='status'>{outcome}</div>" if outcome else ""
        _display(self._outcome, bool(outcome))


def _display(widget: widgets.Widget, shown: bool) -> None:
    widget.layout.display = None if shown else "none"  # an empty one would take a gap


def _plan_markup(model: ChangeModel) -> str:
    change = model.change
    if model.state == "planning":
        return rows([("wait", "reading", "what is there, and what is missing", "")])
    if change is None or model.state in ("done", "failed"):
        return ""
    if not change.calls:
        return rows([("good", "done", safe(change.already or "Nothing is to be done."), "")])
    back = change.final or (f"To take it back: {change.undo}" if change.undo else "")
    undo = f"<p class='s-muted'>{safe(back)}</p>" if back else ""
    why = f"<p>{safe(change.why)}</p>" if change.why else ""
    count = len(change.calls)
    summary = "The request" if count == 1 else f"The {count} requests"
    return (
        f"{why}{undo}<details open><summary>{summary} to {safe(model.account.mode)}</summary>"
        f"<pre class='s-long' tabindex='0'>{safe(change.text())}</pre></details>"
    )


def _outcome_markup(model: ChangeModel) -> str:
    change = model.change
    if model.state == "failed" and model.error is not None:
        return refusal_markup(model.error)
    if model.state == "done" and change is not None:
        return rows([("good", "done", safe(change.title), f"{model.seconds:.1f} s")])
    return ""
