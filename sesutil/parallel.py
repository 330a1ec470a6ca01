"""Questions asked side by side, so that the slowest one decides how long they take together."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

__all__ = ["Outcome", "side_by_side"]

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What became of one question: a value or an error; neither (`late`) when time was up."""

    value: T | None = None
    error: Exception | None = None
    late: bool = False

    @property
    def answered(self) -> bool:
        return self.error is None and not self.late


def side_by_side(
    jobs: Sequence[Callable[[], T]], *, within: float | None = None, limit: int = 32
) -> list[Outcome[T]]:
    """Runs the jobs in up to `limit` threads; their outcomes, in the order of the jobs.

    An exception of one is its outcome and stops no other. After `within` seconds those that are still
    running are given up as late: their threads end by themselves and keep no process alive.
    """
    todo = deque(enumerate(jobs))
    done: SimpleQueue[tuple[int, Outcome[T]]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                index, job = todo.popleft()
            except IndexError:
                return
            done.put((index, _outcome(job)))

    # Not a ThreadPoolExecutor: Python waits for its threads at exit, and a call can hang for long.
    for _ in range(min(limit, len(jobs))):
        threading.Thread(target=work, name="sesutil-side-by-side", daemon=True).start()
    outcomes: list[Outcome[T]] = [Outcome(late=True)] * len(jobs)
    deadline = None if within is None else time.monotonic() + within
    try:
        for _ in jobs:
            patience = None if deadline is None else max(deadline - time.monotonic(), 0)
            index, outcome = done.get(timeout=patience)
            outcomes[index] = outcome
    except Empty:
        pass
    finally:
        todo.clear()  # what has not begun does not begin any more
    return outcomes


def _outcome(job: Callable[[], T]) -> Outcome[T]:
    try:
        return Outcome(value=job())
    except Exception as error:  # handed to the caller, who knows which ones to expect
        return Outcome(error=error)
