"""The steps of the path as data: what is known of each, and which one comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PATH_COLUMNS", "PathStep", "StepState", "next_step", "path_frame"]

StepState = Literal["done", "look", "waiting", "blocked", "todo"]
PATH_COLUMNS = {"step": "str", "state": "str", "where": "str"}


@dataclass(frozen=True)
class PathStep:
    """One step of the path.

    `state`: done; look (it works, and something about it will be regretted, or it could not be looked
    at); waiting (it comes by itself); blocked (something is wrong); todo. `evidence` is the sentence with
    what was seen. `next_action` says what to do, empty where nothing is. `notebook` is where that is done,
    a file beside the start notebook, or empty; `page` an address outside, or empty. `needs` are the ids of
    the steps without which this one cannot be done. `seen` is False where it could not be looked at.
    """

    id: str
    title: str
    state: StepState
    evidence: str
    next_action: str = ""
    notebook: str = ""
    page: str = ""
    needs: tuple[str, ...] = ()
    seen: bool = True


def next_step(steps: Sequence[PathStep]) -> PathStep | None:
    """The one thing to do next; None when all is done that can be seen.

    The first step of the path that is wrong or to be done, and whose needs are met; else what will be
    regretted, else what is waited for. What cannot be seen comes last: it may well be in order.
    """
    done = {step.id for step in steps if step.state in ("done", "look")}
    seen = [step for step in steps if step.seen and step.next_action]
    mend = [step for step in seen if step.state in ("blocked", "todo") and done.issuperset(step.needs)]
    looks = [step for step in seen if step.state == "look"]
    waits = [step for step in seen if step.state == "waiting"]
    unseen = [step for step in steps if not step.seen and step.next_action]
    return next(iter([*mend, *looks, *waits, *unseen]), None)


def path_frame(steps: Sequence[PathStep]) -> pd.DataFrame:
    """The steps as a table for people, with the columns of PATH_COLUMNS, all text; also when empty.

    step, state, where (the notebook of what is to be done). The evidence is left out, since it holds
    addresses and account ids, and such a table is stored in notebooks.
    """
    import pandas as pd

    rows = [(step.title, step.state, step.notebook.removesuffix(".ipynb")) for step in steps]
    return pd.DataFrame(rows, columns=list(PATH_COLUMNS)).astype(PATH_COLUMNS)
