"""How long mails took: quantiles of the seconds from send to arrival."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sesutil.testruns.results import TestResult

__all__ = ["arrival_times", "quantile"]


def arrival_times(results: Iterable[TestResult]) -> list[float]:
    """The seconds from send to arrival of those mails whose arrival was seen, the shortest first."""
    return sorted(
        result.arrival_seconds
        for result in results
        if result.arrival_seconds is not None and math.isfinite(result.arrival_seconds)
    )


def quantile(ordered: list[float], share: float) -> float | None:
    """The value below which this share lies, between its neighbours in proportion, as pandas gives it;
    None of no values."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
