"""Plots: what they say, where their thresholds are, also for nothing, for one bin, for ten years."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from conftest import ROOT
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.statistics.bins import COUNTS, aggregate, between, empty_bins
from sesutil.statistics.plots import Plot, quota_plot, rate_plot, sends_plot
from sesutil.statistics.plots.picture import NARROW, WIDE, Plots
from sesutil.statistics.plots.quota import used_through
from sesutil.statistics.plots.rates import WINDOW, trailing
from sesutil.statistics.plots.spans import MOST, drawn_periods, period_for, span_text
from sesutil.statistics.plots.themes import DARK, LIGHT, Theme
from sesutil.statistics.plots.unread import unread_plot
from sesutil.statistics.rates import rates, thresholds_of

UNTIL = datetime(2026, 11, 25, 14, 20, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=14)


def bins(*days: tuple[int, int, int], until: datetime = UNTIL) -> pd.DataFrame:
    """(sends, bounces, complaints) of each day up to `until`, the oldest first, in one bin a day."""
    first = until - timedelta(days=len(days)) + timedelta(hours=23)
    rows = [(first + timedelta(days=number), *day, 0) for number, day in enumerate(days) if any(day)]
    frame = pd.DataFrame(rows, columns=["start", *COUNTS])
    return frame.astype({"start": "datetime64[us, UTC]"} | dict.fromkeys(COUNTS, "int64"))


HEALTHY = bins(*[(400, 4, 0)] * 14)
ILL = bins(*[(400, 4, 0)] * 8, *[(400, 60, 3)] * 6)
FEW = bins(*[(3, 0, 0)] * 14)
NOTHING = empty_bins()
ONE = HEALTHY.tail(1)


def quota(limit: int | None, sent: int | None) -> pd.DataFrame:
    return pd.DataFrame([{"max_24_hours": limit, "sent_24_hours": sent}])


def plots_of(frame: pd.DataFrame, **more: Any) -> list[Plot]:
    return [
        sends_plot(frame, SINCE, UNTIL, **more),
        rate_plot(frame, SINCE, UNTIL, **more),
        rate_plot(frame, SINCE, UNTIL, kind="complaints", **more),
        quota_plot(frame, quota(1000, 400), UNTIL, **{k: v for k, v in more.items() if k != "by"}),
    ]


def texts(plot: Plot, width: int = WIDE) -> list[str]:
    root = ElementTree.fromstring(plot.svg("light", width))
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def lines_at(figure: Figure) -> dict[float, str]:
    """The horizontal lines that are marked as thresholds, by height."""
    return {
        float(np.asarray(line.get_ydata())[0]): str(line.get_gid())
        for axes in figure.axes
        for line in axes.lines
        if str(line.get_gid() or "").startswith("threshold")
    }


# -- findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plot", "title"),
    [
        (sends_plot(HEALTHY, SINCE, UNTIL), "5,600 mails within two weeks, at most 400 on 12 Nov"),
        (sends_plot(ONE, SINCE, UNTIL), "400 mails within two weeks"),
        (sends_plot(NOTHING, SINCE, UNTIL), "Nothing was sent within two weeks"),
        (rate_plot(HEALTHY, SINCE, UNTIL), "Bounces below 2 % for two weeks"),
        (rate_plot(ILL, SINCE, UNTIL), "Bounces at 13 %, above AWS's 10 % since 24 Nov"),
        (
            rate_plot(ILL, SINCE, UNTIL, kind="complaints"),
            "Complaints at 0.64 %, above AWS's 0.5 % since 24 Nov",
        ),
        (rate_plot(ILL.tail(3), SINCE, UNTIL, by="month"), "Bounces at 15 %, above AWS's 10 % for 2 days"),
        (rate_plot(FEW, SINCE, UNTIL), "Too few mails to judge bounces: 0 of 42"),
        (rate_plot(NOTHING, SINCE, UNTIL), "Nothing was sent within two weeks: no bounces"),
        (
            rate_plot(bins(*[(400, 40, 0)] * 5, *[(4000, 4, 0)] * 9), SINCE, UNTIL),
            "Bounces at 0.1 %, back from 10 % and more on 16 Nov",
        ),
        (quota_plot(NOTHING, quota(200, 0), UNTIL), "Nothing of the quota is used: 200 are left"),
        (quota_plot(ONE, quota(1000, 400), UNTIL), "400 of 1,000 within 24 hours: 40 % of the quota"),
        (quota_plot(ONE, quota(420, 400), UNTIL), "The quota is nearly used up: 20 of 420 are left"),
        (quota_plot(ONE, quota(400, 400), UNTIL), "The quota is used up: 400 of 400 within 24 hours"),
        (quota_plot(ONE, quota(None, 400), UNTIL), "400 recipients within 24 hours, without a limit"),
        (quota_plot(ONE, quota(0, 0), UNTIL), "The quota is used up: 0 of 0 within 24 hours"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_title_is_the_finding(plot: Plot, title: str) -> None:
    assert plot.title == title
    assert " ".join(texts(plot)).startswith(title) or title in " ".join(texts(plot))
    assert plot.alt[-1] == "."
    assert plot.title in plot.alt or plot.title.split(" within")[0] in plot.alt or "empty" in plot.alt


def test_the_words_on_the_picture_are_all_that_is_needed() -> None:
    plot = sends_plot(ILL, SINCE, UNTIL, zone="Europe/Berlin", place="eu-central-1")
    found = texts(plot)
    for words in ("Sent: 5,600", "Bounced: 392", "Complaints: 18", "eu-central-1", "each day, Europe/Berlin"):
        assert words in found
    assert "5,600 mails" in plot.alt
    assert "392 in all" in plot.alt
    assert "18 in all" in plot.alt


# -- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame", [HEALTHY, ILL, FEW, NOTHING, ONE], ids=["healthy", "ill", "few", "nothing", "one"]
)
@pytest.mark.parametrize("kind", ["bounces", "complaints"])
def test_thresholds_are_drawn_where_they_are_and_labelled(frame: pd.DataFrame, kind: Any) -> None:
    plot = rate_plot(frame, SINCE, UNTIL, kind=kind)
    figure = plot.figure()
    drawn = lines_at(figure)
    known = {one.share: one for one in thresholds_of(kind)}
    assert set(drawn) <= set(known)
    bottom, top = figure.axes[0].get_ylim()
    # AWS's own are there whenever they are within the picture, and the review always is.
    for share, one in known.items():
        if one.level != "early" and share < top * 0.95:
            assert share in drawn, (share, top)
    assert any("review" in name for name in drawn.values())
    assert bottom == 0
    said = texts(plot)
    for share in drawn:
        assert any(known[share].meaning in text for text in said)


def test_labels_do_not_cover_each_other() -> None:
    for frame in (HEALTHY, ILL, bins(*[(400, 390, 20)] * 14)):
        figure = rate_plot(frame, SINCE, UNTIL).figure()
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts if ":" in text.get_text()]
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_the_share_of_seven_days_and_its_interval() -> None:
    found = trailing(ILL, SINCE, UNTIL, "day")
    last = ILL.tail(7)[list(COUNTS)].sum()
    assert found[["attempts", "bounces"]].iloc[-1].tolist() == [last["attempts"], last["bounces"]]
    assert found["bounce_rate"].iloc[-1] == last["bounces"] / last["attempts"]
    assert (
        (found["bounce_low"] <= found["bounce_rate"]) & (found["bounce_rate"] <= found["bounce_high"])
    ).all()
    assert timedelta(days=7) == WINDOW


def test_what_was_before_the_span_counts_for_its_first_points() -> None:
    earlier = bins(*[(1000, 100, 0)] * 3, *[(10, 0, 0)] * 14)
    found = trailing(earlier, SINCE, UNTIL, "day")
    assert found["end"].min() > pd.Timestamp(SINCE)
    assert len(found) == 15
    assert found["bounces"].iloc[0] > 0
    cut = bins(*[(1000, 100, 0)] * 14)
    # A day that has begun before the span is not left out: some of it lies within.
    assert trailing(cut, UNTIL - timedelta(days=3), UNTIL, "day")["start"].min() < UNTIL - timedelta(days=3)
    assert found["bounces"].iloc[-1] == 0


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_nothing_is_lost_between_the_bins_and_the_bars(zone: str) -> None:
    found = drawn_periods(ILL, SINCE, UNTIL, "day", zone)
    assert found["attempts"].sum() == ILL["attempts"].sum()
    assert (found["end"] > found["start"]).all()
    expected = aggregate(between(ILL, SINCE, UNTIL), "day", zone=zone)
    assert found[["start", *COUNTS]].equals(expected[["start", *COUNTS]])


def test_periods_end_where_the_next_begin_also_where_the_clock_is_changed() -> None:
    wide = timedelta(days=300)
    for period, freq in (("day", "D"), ("week", "7D"), ("month", "31D")):
        start = pd.date_range("2026-01-05T11:13Z", periods=20, freq=freq).as_unit("us")
        frame = pd.DataFrame({"start": start} | dict.fromkeys(COUNTS, 1))
        found = drawn_periods(frame, start[0] - wide, start[-1] + wide, period, "Europe/Berlin")
        ends = pd.DataFrame({"start": found["end"]} | dict.fromkeys(COUNTS, 1))
        assert aggregate(ends, period, zone="Europe/Berlin")["start"].tolist() == found["end"].tolist()
    spring = pd.date_range("2026-03-27T11:13Z", periods=5, freq="D").as_unit("us")
    frame = pd.DataFrame({"start": spring} | dict.fromkeys(COUNTS, 1))
    days = drawn_periods(frame, spring[0] - wide, spring[-1] + wide, "day", "Europe/Berlin")
    assert ((days["end"] - days["start"]) / timedelta(hours=1)).tolist() == [24, 24, 23, 24, 24]


def test_the_quota_is_counted_over_24_hours() -> None:
    starts = [UNTIL - timedelta(hours=hours) for hours in (40, 30, 5, 1)]
    frame = pd.DataFrame({"start": pd.DatetimeIndex(starts).as_unit("us"), "attempts": [1, 2, 4, 8]}).assign(
        bounces=0, complaints=0, rejects=0
    )
    used = used_through(frame, UNTIL - timedelta(hours=24), UNTIL)
    at = {(UNTIL - moment.to_pydatetime()) / timedelta(hours=1): number for moment, number in used.to_numpy()}
    assert at == {24: 3, 16: 2, 6: 0, 5: 4, 1: 12, 0: 12}


def test_quota_and_ninety_per_cent_are_lines_when_they_are_near() -> None:
    assert lines_at(quota_plot(ONE, quota(1000, 400), UNTIL).figure()) == {
        1000.0: "threshold-quota",
        900.0: "threshold-nearly",
    }
    far = quota_plot(ONE, quota(50_000, 400), UNTIL)
    assert lines_at(far.figure()) == {}
    assert any("50,000, lies far above" in text for text in texts(far))


def test_several_accounts_are_summed_up() -> None:
    two = pd.concat([HEALTHY.assign(account_id=name, region="eu-west-1") for name in ("1", "2")])
    assert sends_plot(two, SINCE, UNTIL).title.startswith("11,200 mails")


# -- long and empty ones --------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [NOTHING, ONE, HEALTHY], ids=["nothing", "one", "healthy"])
@pytest.mark.parametrize("by", ["bin", "day", "month"])
def test_any_period_of_anything_can_be_drawn(frame: pd.DataFrame, by: Any) -> None:
    for plot in plots_of(frame, by=by, zone="Pacific/Chatham"):
        assert plot.png(scale=0.5)[:4] == b"\x89PNG"
        assert plot.svg("light", NARROW).startswith("<svg")


def test_ten_years_are_few_marks() -> None:
    number = 350_000
    start = pd.date_range(end=UNTIL, periods=number, freq="15min").as_unit("us")
    frame = pd.DataFrame({"start": start, "attempts": 30, "bounces": 0, "complaints": 0, "rejects": 0})
    frame.loc[frame.index % 60 == 0, "bounces"] = 1
    since = start[0].to_pydatetime()
    assert period_for(since, UNTIL, "bin") == "month"
    found = drawn_periods(frame, since, UNTIL, "month", "Europe/Berlin")
    assert len(found) <= 122
    assert found["attempts"].sum() == frame["attempts"].iloc[:-1].sum()  # the last one begins at the end
    plot = sends_plot(frame, since, UNTIL, by="bin", zone="Europe/Berlin")
    assert len(plot.svg()) < 40_000
    assert "10 years" in plot.title
    assert "each month, Europe/Berlin" in texts(plot)


@pytest.mark.parametrize(
    ("span", "by", "period"),
    [
        (timedelta(days=1), None, "hour"),
        (timedelta(days=14), None, "day"),
        (timedelta(days=14), "hour", "hour"),
        (timedelta(days=14), "bin", "hour"),
        (timedelta(hours=24), "bin", "bin"),
        (timedelta(days=365), "day", "day"),
        (timedelta(days=400), "day", "week"),
        (timedelta(days=36500), "bin", "month"),
    ],
)
def test_of_a_long_span_a_longer_period_is_taken(span: timedelta, by: Any, period: str) -> None:
    assert period_for(UNTIL - span, UNTIL, by) == period
    assert MOST == 370


def test_spans_in_words() -> None:
    words = [
        span_text(UNTIL - timedelta(hours=hours), UNTIL)
        for hours in (1, 5, 24, 40, 72, 168, 336, 24 * 400, 87660)
    ]
    assert words == [
        "1 hour",
        "5 hours",
        "a day",
        "40 hours",
        "3 days",
        "a week",
        "two weeks",
        "13 months",
        "10 years",
    ]


def test_a_zone_that_does_not_exist() -> None:
    with pytest.raises(InvalidParameters, match="Europe/Berlin"):
        sends_plot(HEALTHY, SINCE, UNTIL, zone="Europe/Berlinn")


# -- themes, notebooks, files ---------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_can_be_read(theme: Theme) -> None:
    for role in set(Theme.roles()) - {"page", "grid"}:
        assert contrast(theme.of(role), theme.page) >= 4.5, role
    assert len({theme.of(role) for role in Theme.roles()}) == len(Theme.roles())


# Brettel and others, simplified by Machado (2009), at full strength: how the two commonest kinds see it.
BLINDNESS = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_colour_blind_tell_sends_bounces_and_complaints_apart(theme: Theme, kind: str) -> None:
    seen = {}
    for role in ("sent", "bounces", "complaints"):
        rgb = np.array([int(theme.of(role)[place : place + 2], 16) for place in (1, 3, 5)])
        seen[role] = np.array(BLINDNESS[kind]) @ rgb
    roles = list(seen)
    for number, one in enumerate(roles):
        for other in roles[number + 1 :]:
            assert np.linalg.norm(seen[one] - seen[other]) > 50, (one, other)


def colours(text: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}\b", text))


def test_each_theme_has_its_own_colours_and_no_other() -> None:
    for plot in plots_of(ILL):
        assert colours(plot.svg("light")) <= {LIGHT.of(role) for role in Theme.roles()}
        assert colours(plot.svg("dark")) <= {DARK.of(role) for role in Theme.roles()}
        assert "var(--plot-text, #1b1b1d)" in plot.svg(None)
        assert set(re.findall(r"--plot-(\w+)", plot.svg(None))) <= set(Theme.roles())


def test_the_same_numbers_are_the_same_picture_also_side_by_side() -> None:
    plot = sends_plot(ILL, SINCE, UNTIL)
    first = plot._repr_html_()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(plot._repr_html_())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [first] * 4
    assert plot.png() == plot.png()


def test_pyplot_is_not_touched_and_no_setting_stays() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    for plot in plots_of(ILL):
        plot._repr_html_()
    assert dict(matplotlib.rcParams) == before
    for path in (ROOT / "sesutil").rglob("*.py"):
        assert not re.search("import pyplot|matplotlib.pyplot", path.read_text()), path.name


def images(html: str) -> Iterable[str]:
    return re.findall(r"<img [^>]*>", html)


def test_a_notebook_shows_it_without_a_kernel() -> None:
    plot = rate_plot(ILL, SINCE, UNTIL, place="<b>&\"'")
    html = plot._repr_html_()
    assert "<script" not in html
    assert "http" not in html.split("base64")[0]
    light, dark = images(html)
    assert 'alt="A line of the share of bounces' in light
    assert "<b>" not in html
    # Where rules of style are taken out, the light one is seen, and the dark one is not.
    assert '<picture class="s-on-light">' in html
    assert '<picture class="s-on-dark" style="display: none">' in html
    assert dark != light
    assert repr(plot) == plot.alt
    assert len(html) < 130_000


def test_an_image_in_a_page_has_a_source_for_each_setting() -> None:
    markup = rate_plot(ILL, SINCE, UNTIL).page_markup()
    assert re.findall(r'media="([^"]*)"', markup) == [
        "(max-width: 600px) and (prefers-color-scheme: dark)",
        "(max-width: 600px)",
        "(prefers-color-scheme: dark)",
    ]
    # A blank or a comma within an address would end it.
    assert all(
        re.fullmatch(r"data:image/svg\+xml;base64,[\w+/=]+", source)
        for source in re.findall(r'srcset="([^"]*)"', markup)
    )


def test_in_a_panel_it_follows_the_theme_and_the_width() -> None:
    markup = rate_plot(ILL, SINCE, UNTIL).markup()
    assert re.findall(r'<svg class="(s-\w+)" role="img" aria-label="A line', markup) == ["s-wide", "s-narrow"]
    assert "<style" not in markup  # it would be one for the whole page


def test_several_plots_are_shown_together() -> None:
    several = Plots(plots_of(HEALTHY))
    assert several._repr_html_().count("<picture") == 8
    assert repr(several).count("\n") == 3


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_written_as_a_file(tmp_path: Path, name: str) -> None:
    written = sends_plot(HEALTHY, SINCE, UNTIL).save(tmp_path / name, "dark")
    assert written.stat().st_size > 1000


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    plot = sends_plot(HEALTHY, SINCE, UNTIL)
    with pytest.raises(ProjectError, match=r"\.png or as \.svg"):
        plot.save(tmp_path / "plot.gif")
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        plot.save(tmp_path / "file" / "plot.png")


def test_what_was_not_read_is_not_nothing() -> None:
    plot = unread_plot("What was sent could not be read", "eu-west-1")
    assert "Not known." in texts(plot)
    assert "othing was sent" not in plot.alt


def test_rates_of_the_picture_are_those_of_the_frames() -> None:
    """By weeks and months a point is its own period, as `rates` of `aggregate` has it."""
    found = trailing(ILL, SINCE, UNTIL, "week", "Europe/Berlin")
    expected = rates(aggregate(between(ILL, SINCE, UNTIL), "week", zone="Europe/Berlin"))
    assert found["bounce_rate"].tolist() == expected["bounce_rate"].tolist()
