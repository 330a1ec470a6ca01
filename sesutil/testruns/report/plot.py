"""The arrival times of a run as strips of dots, one per usage type: a picture that needs no legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sesutil.testruns.report.markup import Ink, plural, seconds_in_words
from sesutil.testruns.results import TestResult, TestRun
from sesutil.testruns.timing import arrival_times, quantile

__all__ = ["arrival_plot", "ticks"]

_STRIP = 46  # pixels: a line of text, and below it the dots
_AXIS = 40


def arrival_plot(run: TestRun, ink: Ink) -> str:
    """A section, or "" when no arrival was seen.

    The places are percentages of the width, so that the words keep their size on a narrow screen.
    """
    arrived = [
        result
        for result in run.results
        if result.arrival_seconds is not None and math.isfinite(result.arrival_seconds)
    ]
    if not arrived:
        return ""
    times = arrival_times(arrived)
    marks = ticks(times[-1])
    by_type: dict[str, list[TestResult]] = {}
    for result in arrived:
        by_type.setdefault(result.usage_type, []).append(result)
    strips = "".join(
        _strip(row, kind, results, marks[-1], ink) for row, (kind, results) in enumerate(by_type.items())
    )
    bottom = len(by_type) * _STRIP
    axis = "".join(_mark(value, marks[-1], bottom, first=value == 0) for value in marks)
    said = _finding(arrived, times, ink)
    return (
        f'<section class="card">{ink.heading(said)}<p class="small">Each dot is a mail, from its send to its '
        f'arrival. The upright line is the median of its usage type.</p><div class="plot">'
        f'<svg class="strips" role="img" height="{bottom + _AXIS}" aria-label="Arrival times by usage type, '
        f'{plural(len(arrived), "mail")}">{axis}{strips}</svg></div></section>'
    )


def _finding(arrived: Sequence[TestResult], times: list[float], ink: Ink) -> str:
    """What the picture shows, as its title."""
    if len(times) == 1:
        return f"The mail arrived after {seconds_in_words(times[0])}"
    median = quantile(times, 0.5)
    assert median is not None
    if seconds_in_words(median) == seconds_in_words(times[-1]):
        return f"All {len(times)} mails arrived within {seconds_in_words(times[-1])}"
    slowest = max(arrived, key=_arrival)
    language = f" in {ink.text(slowest.language)}" if slowest.language else ""
    return (
        f"Half of the mails arrived within {seconds_in_words(median)}, the slowest after "
        f"{seconds_in_words(times[-1])} ({ink.text(slowest.usage_type)}{language})"
    )


def _strip(row: int, kind: str, results: Sequence[TestResult], most: float, ink: Ink) -> str:
    times = arrival_times(results)
    middle = quantile(times, 0.5)
    assert middle is not None
    top, line = row * _STRIP, row * _STRIP + 32
    ordered = sorted(results, key=_arrival)
    dots = "".join(
        f'<circle class="dot" cx="{_place(_arrival(result), most)}" cy="{line + apart}" r="4">'
        f"<title>{ink.plain_title(result)}: {seconds_in_words(_arrival(result))}</title></circle>"
        for result, apart in zip(ordered, _lanes(times, most), strict=True)
    )
    at = _place(middle, most)
    figures = f"median {seconds_in_words(middle)}" if len(times) > 1 else seconds_in_words(middle)
    return (
        f'<line class="ground" x1="0" x2="100%" y1="{line}" y2="{line}"/>'
        f'<text y="{top + 15}"><tspan class="label">{ink.plain(kind)}</tspan>'
        f'<tspan dx="8">{figures}</tspan></text>{dots}'
        f'<line class="median" x1="{at}" x2="{at}" y1="{line - 9}" y2="{line + 9}"/>'
    )


def _mark(value: float, most: float, bottom: int, *, first: bool) -> str:
    at = _place(value, most)
    anchor = "start" if first else "end" if value == most else "middle"
    unit = " s" if value == most else ""
    return (
        f'<line class="ground" x1="{at}" x2="{at}" y1="20" y2="{bottom + 6}"/>'
        f'<text class="axis" x="{at}" y="{bottom + 22}" text-anchor="{anchor}">{value:g}{unit}</text>'
    )


def _lanes(ordered: Sequence[float], most: float) -> Iterator[int]:
    """How far from the line each dot lies, so that one sees where there are several."""
    last = {0: -math.inf, -5: -math.inf, 5: -math.inf}
    for seconds in ordered:
        free = (lane for lane, before in last.items() if seconds - before > most * 0.014)
        lane = next(free, min(last, key=lambda one: last[one]))
        last[lane] = seconds
        yield lane


def _arrival(result: TestResult) -> float:
    return result.arrival_seconds or 0.0


def _place(seconds: float, most: float) -> str:
    return f"{min(max(seconds, 0.0) / most, 1.0) * 100:.2f}%"


def ticks(most: float) -> list[float]:
    """Round values from 0 to the first that is not below `most`: four to seven of them."""
    if most <= 0:
        return [0.0, 1.0]
    raw = most / 5
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= raw * 0.999)
    return [round(step * number, 10) for number in range(math.ceil(most / step * 0.999) + 1)]
