"""The checklist of the whole path: one next action, made prominent, and every step with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from traitlets import HasTraits, Instance, List, Unicode

from sesutil.account import Account, AccountStatus, read_status
from sesutil.errors import AwsError, SesutilError, own_fault
from sesutil.panels.banner import Banner
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import (
    Panel,
    Runner,
    card,
    card_title,
    html,
    link,
    rows,
    run_in_thread,
    safe,
    with_codes,
)
from sesutil.panels.refusals import refusal_markup
from sesutil.panels.style import style_sheet
from sesutil.path import PathStep, asked_once, next_step, read_path
from sesutil.projects import Project

__all__ = ["ChecklistModel", "ChecklistPanel"]

_KINDS = {"done": "good", "look": "look", "waiting": "wait", "blocked": "bad", "todo": "todo"}
_WORDS = {"todo": "to do"}


class ChecklistModel(HasTraits):
    """How far the path has come, as seen at `read_at`. `state` is one of idle, reading, read, failed."""

    state = Unicode("idle")
    steps = List(Instance(PathStep))
    status = Instance(AccountStatus, allow_none=True)
    status_error = Unicode(allow_none=True, default_value=None)
    read_at = Instance(datetime, allow_none=True)
    error = Instance(SesutilError, allow_none=True)

    def __init__(self, project: Project, account: Account, *, runner: Runner = run_in_thread) -> None:
        super().__init__()
        self.project = project
        self.account = account
        self._runner = runner

    @property
    def next(self) -> PathStep | None:
        return next_step(self.steps)

    def look(self) -> None:
        """Reads all steps anew; while it reads, a second call does nothing."""
        if self.state == "reading":
            return
        self.state = "reading"
        self._runner(self._look)

    def _look(self) -> None:
        steps, status, status_error = self.steps, self.status, self.status_error
        error: SesutilError | None = None
        try:
            ask = asked_once(lambda: read_status(self.account))
            steps = read_path(self.account, self.project, status=ask)
            status, status_error = _status(ask)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            with self.hold_trait_notifications():
                self.steps, self.status, self.status_error, self.error = steps, status, status_error, error
                if error is None:
                    self.read_at = datetime.now()
                self.state = "read" if error is None else "failed"


def _status(ask: Callable[[], AccountStatus]) -> tuple[AccountStatus | None, str | None]:
    try:
        return ask(), None
    except AwsError as error:
        return None, error.code


class ChecklistPanel(Panel):
    """Your path: the next action with its notebook, then every step. `banner.read_button` looks again."""

    def __init__(self, project: Project, account: Account, *, runner: Runner = run_in_thread) -> None:
        self.model = ChecklistModel(project, account, runner=runner)
        self.banner = Banner(account.mode)
        self.banner.read_button.description = "Look again"
        self.banner.read_button.tooltip = "Look at every step now"
        self._next = html()
        self._steps = html()
        super().__init__([style_sheet(), self.banner, card(self._next), card(self._steps)])
        self.banner.read_button.on_click(self._on_look_click)
        self.model.observe(self._on_model_change, ["state"])
        self._show()
        self.model.look()

    def _on_look_click(self, button: Any) -> None:
        self.model.look()

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _show(self) -> None:
        model = self.model
        self.banner.show(model.status, model.read_at, model.status_error)
        self.banner.read_button.disabled = model.state == "reading"
        self._next.value = f"<div role='status'>{_next_markup(model)}</div>"
        self._steps.value = _steps_markup(model)


_HEADING = 100  # characters; longer ones would fill the card


def _next_markup(model: ChecklistModel) -> str:
    if model.error is not None:
        return card_title("Your path") + refusal_markup(model.error)
    if not model.steps:
        return card_title("Your path") + rows([("wait", "reading", "every step, side by side", "")])
    step = model.next
    if step is None:
        done = "Everything that can be seen from here is done."
        return card_title("Next: nothing") + f"<p>{done}</p>"
    if len(step.next_action) <= _HEADING:
        head = f"<p class='s-muted'>Next: {safe(step.title)}</p><h3>{with_codes(step.next_action)}</h3>"
        return f"{head}<p>{with_codes(step.evidence)}</p><p>{_way(step, strong=True)}</p>"
    return (  # what has several sentences is read, and not announced
        f"<p class='s-muted'>Next</p><h3>{safe(step.title)}</h3><p>{with_codes(step.evidence)}</p>"
        f"<p>\N{RIGHTWARDS ARROW} {with_codes(step.next_action)}</p><p>{_way(step, strong=True)}</p>"
    )


def _way(step: PathStep, *, strong: bool = False) -> str:
    if step.notebook:
        name = step.notebook.removesuffix(".ipynb")
        return notebook_link(step.notebook, f"Open {name}" if strong else name, strong=strong)
    return link(step.page, "The page on it") if step.page else ""


def _steps_markup(model: ChecklistModel) -> str:
    steps = model.steps
    if not steps:
        return card_title(
            "All steps", "They are read from the account, the DNS and your project; nothing is kept."
        )
    done = sum(step.state == "done" for step in steps)
    title = f"All steps: {done} of {len(steps)} done"
    following = model.next
    items = [(_KINDS[step.state], *_row(step, following)) for step in steps]
    return card_title(
        title, "Read from the account, the DNS and your project; nothing is remembered."
    ) + rows(items)


def _row(step: PathStep, following: PathStep | None) -> tuple[str, str, str]:
    mark = " <span class='s-muted'>(next)</span>" if step is following else ""
    action = f"<div class='s-muted'>{with_codes(step.next_action)}</div>" if step.next_action else ""
    sentence = f"<b>{safe(step.title)}</b>{mark}<div>{with_codes(step.evidence)}</div>{action}"
    return _WORDS.get(step.state, step.state) if step.seen else _unseen_word(step), sentence, _way(step)


def _unseen_word(step: PathStep) -> str:
    return "to do" if step.state == "todo" else "not seen"
