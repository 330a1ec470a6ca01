"""Rates, their intervals, and what is made of them."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesutil.statistics.bins import BIN_COLUMNS, empty_bins
from sesutil.statistics.rates import (
    FEWEST,
    LEVELS,
    RATE_COLUMNS,
    THRESHOLDS,
    Kind,
    judge_rate,
    level_at,
    percent,
    rates,
    thresholds_of,
    wilson,
)

KINDS: tuple[Kind, ...] = ("bounces", "complaints")
NUMBERS = st.integers(0, 200_000)


def roots(successes: int, n: int, confidence: float) -> tuple[float, float]:
    """The interval by another way than the formula: where |share - p| is z standard deviations of p.

    (share - p)² n = z² p (1 - p) is a quadratic equation in p.
    """
    z = Fraction(NormalDist().inv_cdf((1 + confidence) / 2))
    share = Fraction(successes, n)
    a, b, c = n + z * z, -(2 * n * share + z * z), n * share * share
    root = math.sqrt(b * b - 4 * a * c)
    return float((-b - Fraction(root)) / (2 * a)), float((-b + Fraction(root)) / (2 * a))


@settings(max_examples=200, deadline=None)
@given(n=st.integers(1, 1_000_000), part=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_agrees_with_the_equation_that_it_solves(n: int, part: float, confidence: float) -> None:
    successes = round(n * part)
    low, high = wilson(successes, n, confidence)
    lower, upper = roots(successes, n, confidence)
    assert float(low) == pytest.approx(lower, abs=1e-8)
    assert float(high) == pytest.approx(upper, abs=1e-8)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # published: Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_published_values(successes: int, n: int, low: float, high: float) -> None:
    assert [round(float(end), 4) for end in wilson(successes, n)] == [low, high]


def test_wilson_at_its_ends() -> None:
    low, high = wilson([0, 0, 7, 9, -1], [0, 10, 7, 7, 10])
    assert list(low[[0, 1, 4]]) == [0, 0, 0]
    assert list(high[[0, 2, 3]]) == [1, 1, 1]
    assert low[2] == low[3] > 0.6  # more than all counts as all
    assert high[1] == high[4] < 0.3
    assert not np.isnan([low, high]).any()


def counts(*rows: tuple[int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["attempts", "bounces", "complaints"])
    return frame.assign(start=pd.Timestamp("2026-01-01", tz="UTC"), rejects=0).astype(BIN_COLUMNS)


def test_rates_are_added_to_a_frame_and_to_an_empty_one() -> None:
    frame = rates(counts((0, 0, 0), (200, 4, 0), (10, 12, 0), (0, 3, 0)))
    for one in (frame, rates(empty_bins())):
        assert {name: str(one[name].dtype) for name in RATE_COLUMNS} == RATE_COLUMNS
    assert list(frame["bounce_rate"].iloc[1:3]) == [0.02, 1.0]
    assert frame["bounce_rate"].isna().tolist() == [True, False, False, True]
    assert not frame[["bounce_low", "bounce_high", "complaint_low", "complaint_high"]].isna().any(axis=None)
    assert (frame["bounce_low"].iloc[0], frame["bounce_high"].iloc[0]) == (0, 1)
    assert list(frame["bounce_level"]) == ["too few", "too few", "pause", "too few"]
    assert list(frame["enough"]) == [False, False, True, False]
    assert list(rates(counts((73, 0, 0), (72, 0, 0)))["enough"]) == [True, False]  # 72: up to 5.07 %


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), n=NUMBERS, part=st.floats(0, 0.3))
def test_a_verdict_is_the_same_for_a_number_and_a_column_and_never_nan(
    kind: Kind, n: int, part: float
) -> None:
    events = round(n * part)
    found = judge_rate(kind, events, n)
    row = rates(counts((n, events if kind == "bounces" else 0, events if kind == "complaints" else 0)))
    prefix = kind.removesuffix("s")
    assert row[f"{prefix}_level"].item() == found.level
    assert row[f"{prefix}_low"].item() == found.low <= found.high == row[f"{prefix}_high"].item()
    assert found.rate is None if n == 0 else found.low <= (found.rate or 0) <= found.high
    assert "nan" not in found.sentence.lower()
    assert found.sentence.endswith(".")
    assert (found.threshold is None) == (found.level in ("too few", "healthy"))


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), n=st.integers(1, 20_000), part=st.floats(0, 0.2), more=st.integers(1, 50))
def test_more_bounces_never_make_it_better(kind: Kind, n: int, part: float, more: int) -> None:
    events = round(n * part)
    before, after = (judge_rate(kind, number, n).level for number in (events, events + more))
    worse = [*LEVELS[1:]]
    if before in worse and after in worse:
        assert worse.index(after) >= worse.index(before)
    if worse.index(before) if before in worse else 0:
        assert after != "too few"


@pytest.mark.parametrize(
    ("kind", "events", "n", "level", "share"),
    [
        ("bounces", 0, 0, "too few", None),
        ("bounces", 0, FEWEST - 1, "too few", None),
        ("bounces", 20, FEWEST - 1, "pause", 0.10),  # it is certain by itself: from 28 % on
        ("bounces", 5, FEWEST - 1, "too few", None),
        ("bounces", 4, 4, "too few", None),  # one address, tried four times
        ("complaints", 5, 40, "pause", 0.005),
        ("bounces", 0, 72, "too few", None),
        ("bounces", 0, 73, "healthy", None),
        ("bounces", 3, 100, "too few", None),
        ("bounces", 5, 200, "early", 0.02),
        ("bounces", 199, 10_000, "healthy", None),
        ("bounces", 200, 10_000, "early", 0.02),
        ("bounces", 400, 10_000, "early", 0.04),
        ("bounces", 499, 10_000, "early", 0.04),
        ("bounces", 500, 10_000, "review", 0.05),
        ("bounces", 999, 10_000, "review", 0.05),
        ("bounces", 1000, 10_000, "pause", 0.10),
        ("bounces", 5, 50, "review", 0.05),  # 10 %, and it is certain only that it is above 4 %
        ("bounces", 50, 50, "pause", 0.10),
        ("complaints", 0, 1000, "too few", None),
        ("complaints", 0, 3842, "healthy", None),
        ("complaints", 1, 60, "too few", None),  # one person
        ("complaints", 9, 10_000, "early", 0.0005),
        ("complaints", 100, 100_000, "review", 0.001),
        ("complaints", 500, 100_000, "pause", 0.005),
    ],
)
def test_levels(kind: Kind, events: int, n: int, level: str, share: float | None) -> None:
    found = judge_rate(kind, events, n)
    assert (found.level, found.threshold and found.threshold.share) == (level, share)


def test_the_thresholds_are_those_of_aws_and_say_which_are_ours() -> None:
    shares = {kind: [(one.level, one.share) for one in thresholds_of(kind)] for kind in KINDS}
    assert shares["bounces"] == [("early", 0.02), ("early", 0.04), ("review", 0.05), ("pause", 0.10)]
    assert shares["complaints"] == [("early", 0.0005), ("review", 0.001), ("pause", 0.005)]
    assert all("docs.aws.amazon.com" in one.source for one in THRESHOLDS if one.level != "early")
    assert {one.share for one in THRESHOLDS if "own" in one.source} == {0.04, 0.0005}


def test_a_rate_of_aws_s_is_taken_as_it_is() -> None:
    assert level_at("bounces", 0.0199) == ("healthy", None)
    level, threshold = level_at("bounces", 0.05)
    assert threshold is not None
    assert (level, threshold.share) == ("review", 0.05)
    assert level_at("complaints", 1.0)[0] == "pause"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"), (0.00071, "0.071 %"), (0.001, "0.1 %"), (0.05, "5 %"), (0.0512, "5.1 %"), (0.123, "12 %"),
        (1, "100 %"), (0.04996, "4.996 %"), (0.0999, "9.99 %"), (0.999, "99.9 %"), (0.0000001, "0.00001 %"),
    ],
)  # fmt: skip
def test_a_share_for_people(share: float, text: str) -> None:
    assert percent(share) == text


@given(share=st.floats(0, 1))
def test_a_share_for_people_is_on_the_same_side_of_every_threshold(share: float) -> None:
    shown = float(percent(share).removesuffix(" %"))
    for one in THRESHOLDS:
        if abs(share - one.share) > 1e-9:
            assert (shown >= one.share * 100) == (share * 100 >= one.share * 100)
