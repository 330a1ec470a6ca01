"""The progress of a test run, for the cell before the run: a run in the kernel leaves no time for clicks, so
that it shows and asks nothing."""

from __future__ import annotations

from sesutil.panels.pieces import Panel, card, card_title, html, safe
from sesutil.panels.run_progress_model import RunProgressModel
from sesutil.panels.style import style_sheet
from sesutil.testruns.cases import TestCase
from sesutil.testruns.planning import RunPlan
from sesutil.testruns.results import TestResult, TestRun

__all__ = ["RunProgress"]

_WHY = "To stop it, interrupt the kernel: what was sent is accounted for all the same."
_SIGNS = {"proven": "\N{CHECK MARK}", "accepted": "\N{CHECK MARK}", "not sent": "\N{WHITE CIRCLE}"}


class RunProgress(Panel):
    """A bar, what is sent now, and how many mails had which outcome.

    `on_sending` and `on_result` are for `run_tests`; `ended` takes the run when it is over, and gives it
    back.
    """

    def __init__(self, plan: RunPlan, model: RunProgressModel | None = None) -> None:
        self.model = model or RunProgressModel(plan)
        self.bar = html()
        self.outcomes = html()
        super().__init__([style_sheet(), card(html(card_title("The run", _WHY)), self.bar, self.outcomes)])
        self.model.observe(self._on_change, ["state", "begun", "done", "counts"])
        self._show()

    def on_sending(self, case: TestCase) -> None:
        self.model.on_sending(case)

    def on_result(self, result: TestResult) -> None:
        self.model.on_result(result)

    def ended(self, run: TestRun) -> TestRun:
        return self.model.ended(run)

    def __repr__(self) -> str:
        return "RunProgress: shows how far the run below is"

    def _on_change(self, change: object) -> None:
        self._show()

    def _show(self) -> None:
        model = self.model
        done = model.done if model.state == "ended" else max(model.begun, model.done)
        words = safe(model.words())
        self.bar.value = (
            f"<progress max='{max(model.total, 1)}' value='{done}' style='width: 100%' aria-label='{words}'>"
            f"</progress><div>{words}</div>"
        )
        counts = (
            f"<span>{_SIGNS.get(name, chr(0x2717))} {number} {safe(name)}</span>"
            for name, number in model.counts.items()
        )
        self.outcomes.value = f"<div class='s-facts'>{''.join(counts)}</div>"
