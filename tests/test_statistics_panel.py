"""The statistics by clicks, and what the notebook is made of: parameters, reading, tables, files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from botocore.exceptions import ClientError

from sesutil import Account, Practice, connect
from sesutil.account import translated
from sesutil.errors import InvalidParameters, ProjectError, StatisticsFailed
from sesutil.history.sends import bins_frame
from sesutil.launching import PracticeEndpoint
from sesutil.panels import StatisticsPanel, show_table
from sesutil.panels.pieces import run_now, safe
from sesutil.panels.statistics.markup import shown_table
from sesutil.panels.statistics.model import SPANS, StatisticsModel
from sesutil.practice import serve
from sesutil.projects import Project, open_project
from sesutil.statistics.opening import first_account, read_and_keep, regions_of, sources_of
from sesutil.statistics.overview import PERIOD_COLUMNS, Overview
from sesutil.statistics.parameters import StatisticsParameters
from sesutil.statistics.report import statistics_report
from sesutil.statistics.showing import (
    RIGHT,
    period_table,
    problem_table,
    quota_table,
    sortable_periods,
    suppression_table,
    verdict_table,
)
from sesutil.statistics.sources import Source
from sesutil.statistics.usage import usage_frame
from sesutil.statistics.writing import csv_bytes, parquet_bytes, write_statistics
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name
from test_statistics_verdict import ID, statistics

LISTED = "someone.private@there.org"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """An account in production, two weeks of sends behind it, somebody on its suppression list."""
    with serve(preset="production") as endpoint:
        practice = Practice(endpoint)
        practice.plant_history(seed=3)
        practice.ses.put_suppressed_destination(EmailAddress=LISTED, Reason="BOUNCE")
        yield endpoint


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    return connect(practice=endpoint)


@pytest.fixture
def here(tmp_path: Path) -> Project:
    return open_project(tmp_path / "project", create=True)


@pytest.fixture
def panel(here: Project, account: Account) -> StatisticsPanel:
    return StatisticsPanel(here, account, runner=run_now)


@pytest.fixture
def empty(here: Project, ready: PracticeEndpoint) -> StatisticsPanel:
    return StatisticsPanel(here, connect(practice=ready), runner=run_now)


def shown(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


def overview_of(panel: StatisticsPanel) -> Overview:
    assert panel.model.look is not None
    return panel.model.look.overview


def everything(panel: StatisticsPanel) -> str:
    from ipywidgets import HTML

    found, todo = [], [panel]
    while todo:
        widget = todo.pop()
        todo += list(getattr(widget, "children", ()))
        if isinstance(widget, HTML) and shown(widget):
            found.append(widget.value)
    return " ".join(found)


# -- the panel ------------------------------------------------------------------------------------


def test_opened_it_says_how_the_account_is(panel: StatisticsPanel) -> None:
    overview = overview_of(panel)
    assert safe(overview.verdict.sentence) in panel.verdict._text.value.replace("&nbsp;", " ")
    assert overview.verdict.level in panel.verdict._dom_classes[-1]
    assert "PRACTICE" in panel.banner._text.value
    assert "used today" in panel.banner._text.value
    assert not re.search(r"\d{12}", everything(panel))  # papermill stores what a panel shows
    assert len(panel.model.look.pictures) == 4  # type: ignore[union-attr]
    assert all(picture in everything(panel) for picture in panel.model.look.pictures)  # type: ignore[union-attr]
    assert panel.model.state == "read"
    assert not shown(panel.unread)
    # What was read is kept.
    kept = bins_frame(panel.model.project.folder)
    assert kept["attempts"].sum() == overview.bins["attempts"].sum() > 0
    assert "new bins" in panel.choice._said.value


def test_of_an_account_that_has_sent_nothing(empty: StatisticsPanel) -> None:
    assert "Nothing was sent within two weeks" in empty.verdict._text.value
    assert "Nothing was sent within two weeks." in empty.numbers._table.value
    assert not shown(empty.numbers._actions)
    assert "0 of 200 used today" in empty.banner._text.value
    assert shown(empty.choice.plant_button)


def test_planted_sends_are_seen_and_planted_again_they_are_no_others_in_the_history(
    empty: StatisticsPanel,
) -> None:
    for _ in range(2):
        empty.choice.plant_button.click()
        overview = overview_of(empty)
        assert overview.bins["attempts"].sum() == empty.model.planted > 0
        assert f"{empty.model.planted:,} sends were planted" in empty.choice._said.value
        assert bins_frame(empty.model.project.folder)["attempts"].sum() == empty.model.planted


def test_a_live_account_can_not_be_planted(here: Project, endpoint: PracticeEndpoint) -> None:
    live = connect(endpoint_url=endpoint.endpoint_url, region="us-east-1")
    panel = StatisticsPanel(here, live, runner=lambda work: None)
    assert not shown(panel.choice.plant_button)
    panel.model.state = "read"
    panel.model.plant()
    assert panel.model.state == "read"


def test_a_choice_is_drawn_and_asks_nobody(panel: StatisticsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesutil.panels.statistics.model.read_and_keep", None)
    before = panel.model.look
    panel.choice.span.value = 7
    panel.choice.by.value = "hour"
    panel.choice.zone.value = "Asia/Kathmandu"
    assert panel.model.look is not before
    overview = overview_of(panel)
    assert (overview.days, overview.by, overview.zone) == (7, "hour", "Asia/Kathmandu")
    assert "within a week" in panel.verdict._text.value
    assert "hour (Asia/Kathmandu)" in panel.numbers._table.value
    assert "+0545" in panel.numbers._table.value
    assert "each hour, Asia/Kathmandu" in panel.model.look.pictures[0]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "value", "words", "said"),
    [
        ("zone", "Europe/Berlinn", "needs a time zone", "Do you mean Europe/Berlin?"),
        ("regions", "eu-central-1, mars-1", "needs a Region", "SES is not offered in mars-1."),
        ("regions", " ", "needs a Region", "Name a Region"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_read(
    panel: StatisticsPanel, field: str, value: str, words: str, said: str
) -> None:
    before = panel.model.look
    getattr(panel.choice, field).value = value
    assert words in panel.choice.read_button.description
    assert panel.choice.read_button.disabled
    assert said in panel.choice._fields[field]._hint.value
    panel.model.read()
    assert panel.model.look is before


def test_several_regions_one_of_which_cannot_be_read(
    panel: StatisticsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is judged for itself; what was not read of one is never told as nothing sent."""

    def broken(project: Project, account: Account, region: str, chosen: str) -> Account:
        if region == "us-east-1":
            return account
        refusal = {"Error": {"Code": "AccessDeniedException", "Message": "not you, <script>"}}
        with translated("GetAccount"):
            raise ClientError(refusal, "GetAccount")  # type: ignore[arg-type]

    monkeypatch.setattr("sesutil.statistics.opening._in_region", broken)
    panel.choice.regions.value = "us-east-1, eu-west-1"
    panel.choice.read_button.click()
    assert panel.model.names == ["us-east-1", "eu-west-1"]
    assert shown(panel.unread)
    assert "AccessDenied" in panel.unread._text.value or "not you" in panel.unread._text.value
    assert "<script>" not in everything(panel)
    assert shown(panel.choice._fields["chosen"])
    assert "without what could not be read of eu-west-1" in panel.model.look.pictures[0]  # type: ignore[union-attr]
    panel.choice.place.value = 1
    overview = overview_of(panel)
    assert overview.unknown
    assert overview.plots()[0].title == "What was sent could not be read"
    assert "othing was sent" not in everything(panel)
    panel.choice.place.value = 0
    assert (
        overview_of(panel).sends_plot().title.startswith(f"{overview_of(panel).bins['attempts'].sum():,}"[:2])
    )
    assert "Healthy" in panel.verdict._text.value or "early" in overview_of(panel).verdict.passed


def test_read_again_while_reading_reads_once_more(here: Project, account: Account) -> None:
    waiting: list[Callable[[], None]] = []
    panel = StatisticsPanel(here, account, runner=waiting.append)
    assert panel.model.state == "reading"
    assert "Reading" in panel.choice.read_button.description
    assert panel.choice.read_button.disabled
    panel.model.read()
    panel.model.read()
    assert len(waiting) == 1
    waiting.pop()()
    assert len(waiting) == 1  # what was asked for meanwhile
    waiting.pop()()
    assert panel.model.state == "read"
    assert not waiting


def test_a_choice_that_is_overtaken_is_not_shown(here: Project, account: Account) -> None:
    waiting: list[Callable[[], None]] = []
    panel = StatisticsPanel(here, account, runner=waiting.append)
    waiting.pop()()
    panel.choice.span.value = 7
    panel.choice.span.value = 1
    slow, quick = waiting
    quick()
    slow()
    assert overview_of(panel).days == 1
    assert not panel.model.drawing


def test_an_answer_that_never_comes_whole_leaves_the_panel_usable(
    here: Project, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.statistics.model.read_and_keep", broken)
    with pytest.raises(ZeroDivisionError):
        StatisticsPanel(here, account, runner=run_now)
    monkeypatch.undo()
    model = StatisticsModel(here, account, runner=run_now)
    monkeypatch.setattr("sesutil.panels.statistics.model.read_and_keep", broken)
    with pytest.raises(ZeroDivisionError):
        model.read()
    assert model.state == "read"
    assert model.error is not None
    monkeypatch.undo()
    model.read()
    assert model.error is None
    assert model.look is not None


def test_a_history_that_is_broken_is_said_and_the_numbers_of_now_are_there(
    here: Project, account: Account
) -> None:
    (here.folder / "runs").mkdir(exist_ok=True)
    (here.folder / "runs" / "history.sqlite").write_text("no history")
    panel = StatisticsPanel(here, account, runner=run_now)
    assert "no history of sesutil" in panel.unread._text.value
    assert overview_of(panel).bins["attempts"].sum() > 0


def test_tables_by_tab(panel: StatisticsPanel) -> None:
    numbers = panel.numbers
    assert "all of it" in numbers._table.value
    numbers.tabs.value = "quota"
    assert "50,000" in numbers._table.value
    assert not shown(numbers._actions)
    numbers.tabs.value = "usage types"
    assert "05-test-send" in numbers._table.value
    numbers.tabs.value = "suppression list"
    assert "there.org" in numbers._table.value
    assert LISTED not in everything(panel)
    numbers.addresses.value = True
    assert LISTED in numbers._table.value


def test_sorted_by_itables_only_when_asked_for(panel: StatisticsPanel) -> None:
    from itables.widget import ITable

    numbers = panel.numbers
    assert not numbers._sorted.children
    numbers.sort_button.value = True
    (table,) = numbers._sorted.children
    assert isinstance(table, ITable)
    assert table.df.equals(sortable_periods(overview_of(panel)))
    assert table._dt_args["layout"]["topStart"] == "search"
    assert numbers._table.value == ""
    panel.choice.by.value = "hour"
    assert len(table.df) == len(overview_of(panel).periods())
    assert numbers._sorted.children == (table,)
    numbers.sort_button.value = False
    assert "all of it" in numbers._table.value


def test_downloads_are_made_at_the_click(panel: StatisticsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    for button in (panel.numbers.csv, panel.numbers.parquet):
        monkeypatch.setattr(button, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
        button._handle_custom_msg({"something": "else"}, [])
        button._handle_custom_msg({"wanted": True}, [])
    (csv, csv_data), (parquet, parquet_data) = sent
    assert re.fullmatch(r"sends-\d{4}-\d\d-\d\d-by-day\.csv", csv["name"])
    assert csv_data[0].decode().startswith("source,account_id,region,start,attempts")
    assert parquet["name"].endswith(".parquet")
    assert parquet_data[0][:4] == b"PAR1"
    assert "attempts" not in str(panel.numbers.csv.get_state())


def test_downloads_say_what_went_wrong(panel: StatisticsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(panel.numbers.parquet, "send", lambda content, buffers=(): sent.append(content))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    panel.numbers.parquet._handle_custom_msg({"wanted": True}, [])
    assert "pyarrow" in sent[0]["error"]


def test_nothing_of_it_is_stored_in_a_notebook(panel: StatisticsPanel) -> None:
    assert repr(panel) == "StatisticsPanel: run this cell to use it"


def test_what_comes_from_outside_is_shown_as_it_is(panel: StatisticsPanel) -> None:
    from dataclasses import replace

    whole = overview_of(panel)
    problems = pd.DataFrame([["x", ID, "us-east-1", "bins", HOSTILE, HOSTILE, HOSTILE]], dtype="str")
    problems.columns = whole.statistics.problems.columns
    panel.model.look = replace(
        panel.model.look, overview=whole.of(statistics=replace(whole.statistics, problems=problems))
    )
    assert HOSTILE not in everything(panel)
    assert HOSTILE.replace("<", "&lt;")[:10] in everything(panel)


def test_what_was_read_already_is_not_read_again(here: Project, account: Account) -> None:
    sources = regions_of(here, account, ["us-east-1"])
    reading = read_and_keep(sources, None)
    panel = StatisticsPanel(here, account, sources=sources, reading=reading, runner=run_now, days=7)
    assert overview_of(panel).statistics is reading.statistics
    assert panel.choice.span.value == 7
    assert not (here.folder / "runs" / "history.sqlite").exists()


def test_a_span_of_ones_own(here: Project, account: Account) -> None:
    panel = StatisticsPanel(here, account, days=5, runner=run_now)
    assert panel.choice.span.value == 5
    assert 5 not in SPANS


# -- parameters and reading -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"zonne": "UTC"}, "Do you mean zone?"),
        ({"zone": "Mars"}, "no time zone 'Mars'"),
        ({"by": "days"}, "Do you mean day?"),
        ({"days": 0}, "from 1 to 3,660"),
        ({"days": "14"}, "whole number of days"),
        ({"days": True}, "whole number of days"),
        ({"fail_at": "now"}, "fail_at"),
        ({"account": "prod"}, "Do you mean production?"),
        ({"regions": ["mars-1"]}, "'mars-1' is no Region"),
        ({"regions": 5}, "a list of texts"),
        ({"history": "yes"}, "True or False"),
        ({"csv_path": 5}, "should be a text"),
        ({"profiles": ["work"], "account": "practice"}, "Leave one of them out"),
        ({"account": "AKIAABCDEFGHIJKLMNOP"}, "looks like a secret"),
    ],
)
def test_parameters_that_make_no_sense(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        StatisticsParameters.check(given)
    assert said in str(caught.value)
    assert "AKIA" not in str(caught.value)


def test_parameters_of_a_shell() -> None:
    listed = StatisticsParameters.check({"regions": '["eu-west-1", "us-east-1"]'})
    assert listed.regions == ("eu-west-1", "us-east-1")
    found = StatisticsParameters.check({"regions": "eu-west-1, us-east-1", "profiles": ""})
    assert found.regions == ("eu-west-1", "us-east-1")
    assert found.profiles == ()


def test_what_other_cells_have_made_is_no_parameter() -> None:
    """The notebook may be run again in the same kernel."""
    made = {"sources": [Source("x")], "RIGHT": RIGHT, "reading": object(), "_i": "x", "In": ["x"], "days": 3}
    assert StatisticsParameters.check_notebook(made).days == 3
    with pytest.raises(InvalidParameters, match="region"):
        StatisticsParameters.check_notebook({"region": ["eu-west-1"]})


def test_the_regions_of_a_practice_account(here: Project) -> None:
    parameters = StatisticsParameters.check({"regions": ["us-east-1", "eu-west-1"]})
    from sesutil.launching import practice_folders, stop_practice

    try:
        sources = sources_of(here, parameters)
        assert [source.name for source in sources] == ["us-east-1", "eu-west-1"]
        assert {source.account.mode for source in sources if source.account} == {"practice"}
    finally:
        for folder in practice_folders(here.folder):
            stop_practice(folder)


def test_a_profile_that_does_not_exist_stops_no_other(here: Project) -> None:
    sources = sources_of(here, StatisticsParameters.check({"profiles": ["nobody"], "regions": ["eu-west-1"]}))
    assert [source.name for source in sources] == ["nobody eu-west-1"]
    assert sources[0].error is not None
    with pytest.raises(type(sources[0].error)):
        first_account(sources)


def test_a_practice_account_made_anew_has_nothing_of_the_one_before(
    here: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a folder of its own that was deleted; within one process no number is given twice.
    monkeypatch.setattr("sesutil.practice.server._free_id", lambda *_: "000000000777")
    for number in (1, 2):
        with serve(preset="production") as one:
            account = connect(practice=one)
            if number == 1:
                Practice(one).plant_history(seed=1)
            reading = read_and_keep(regions_of(here, account, ["us-east-1"]), here.folder)
            again = read_and_keep(regions_of(here, account, ["us-east-1"]), here.folder)
        assert ("made anew" in reading.sentence) == (number == 2)
        assert "made anew" not in again.sentence
        assert again.statistics.bins.empty == (number == 2)


def test_the_history_reaches_further_back_than_ses(here: Project, endpoint: PracticeEndpoint) -> None:
    with serve(preset="production") as old:
        practice = Practice(old)
        practice.plant_history(seed=1)
        account = connect(practice=old)
        first = read_and_keep(regions_of(here, account, ["us-east-1"]), here.folder)
        practice.advance(days=20)
        second = read_and_keep(regions_of(here, account, ["us-east-1"]), here.folder)
    before = int(first.statistics.bins["attempts"].sum())
    parameters = StatisticsParameters.check({"days": 60})
    overview = second.overview(parameters)
    periods = overview.periods()
    assert periods["attempts"].sum() == before
    assert list(periods.columns) == list(PERIOD_COLUMNS)
    assert {name: str(dtype) for name, dtype in periods.dtypes.items()} == PERIOD_COLUMNS
    # Of the six days between the readings nobody knows; the others have zeros where nothing was sent.
    days = periods["start"].dt.date.tolist()
    assert len(days) < 34
    assert overview.sends_plot().title.startswith(f"{before:,} mails")


def test_the_same_without_a_history(here: Project, account: Account) -> None:
    reading = read_and_keep([Source.of(account)], None)
    assert reading.kept == ""
    assert reading.sentence == "Nothing is kept of it."
    assert not (here.folder / "runs" / "history.sqlite").exists()


# -- tables and files -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def read(account: Account) -> Overview:
    reading = read_and_keep([Source.of(account)], None)
    return reading.overview(StatisticsParameters.check({"zone": "Europe/Berlin"}))


def test_the_rows_of_a_table_are_the_periods(read: Overview) -> None:
    table, periods = period_table(read), read.periods()
    assert len(table) == len(periods) + 1
    assert table["sent"].iloc[0] == f"{periods['attempts'].sum():,}"
    assert table["sent"].tolist()[1:] == [f"{number:,}" for number in periods["attempts"][::-1]]
    assert table.columns[0] == "day (Europe/Berlin)"
    assert set(table.columns) - set(RIGHT) == {"day (Europe/Berlin)", "bounces are"}
    short = period_table(read, most=3)
    assert len(short) == 5
    assert short.iloc[-1, 0] == f"{len(periods) - 3} earlier ones"
    assert short["sent"].iloc[0] == table["sent"].iloc[0]


def test_numbers_are_at_the_right(read: Overview) -> None:
    html = show_table(period_table(read), right=RIGHT)._repr_html_()
    heads = dict(re.findall(r'<th align="(\w+)"[^>]*>([^<]*)<', html)[::-1])
    assert re.search(r'<th align="right"[^>]*>sent<', html)
    assert re.search(r'<td align="left"[^>]*>all of it<', html)
    assert heads
    assert "<script" not in html


def test_tables_of_nothing() -> None:
    nothing = Overview(statistics())
    assert period_table(nothing).empty
    assert sortable_periods(nothing).empty
    assert suppression_table(nothing).empty
    assert problem_table(nothing).empty
    assert len(quota_table(nothing)) == 1
    assert verdict_table(nothing)["verdict"].iloc[0] == "unknown"
    assert nothing.periods().dtypes.astype(str).to_dict() == PERIOD_COLUMNS


def test_addresses_are_only_shown_when_asked_for(read: Overview) -> None:
    assert suppression_table(read).iloc[0].tolist()[:3] == ["there.org", "BOUNCE", "1"]
    assert LISTED in suppression_table(read, addresses=True).to_string()
    assert LISTED not in statistics_report(read)


def test_the_sandbox_without_a_list_is_no_problem(empty: StatisticsPanel) -> None:
    assert problem_table(overview_of(empty)).empty
    empty.numbers.tabs.value = "suppression list"
    assert "The sandbox has no suppression list." in empty.numbers._table.value
    table = shown_table(empty.model)
    assert table is not None
    assert table.empty


def test_usage_of_nothing(read: Overview, tmp_path: Path) -> None:
    for by in ("usage_type", "configuration_set"):
        assert usage_frame(tmp_path, read, by).empty  # type: ignore[arg-type]


def test_files_are_written_as_named(read: Overview, tmp_path: Path) -> None:
    names = {"csv_path": "a.csv", "parquet_path": "b.parquet", "report_path": "c.html"}
    parameters = StatisticsParameters.check({name: str(tmp_path / path) for name, path in names.items()})
    assert write_statistics(read, parameters) == tuple(names.values())
    frame = pd.read_parquet(tmp_path / "b.parquet")
    assert frame["attempts"].tolist() == read.periods()["attempts"].tolist()
    again = pd.read_csv(tmp_path / "a.csv", dtype={"account_id": str})
    assert again["start"].iloc[0].endswith("Z")
    assert again["bounce_rate"].sum() == pytest.approx(read.periods()["bounce_rate"].sum())
    assert write_statistics(read, StatisticsParameters()) == ()


def test_a_file_that_cannot_be_written_stops_no_other(read: Overview, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wanted = {"csv_path": str(tmp_path / "file" / "a.csv"), "report_path": str(tmp_path / "c.html")}
    with pytest.raises(ProjectError, match=r"a\.csv cannot be written"):
        write_statistics(read, wanted)
    assert (tmp_path / "c.html").exists()


def test_the_page_runs_nothing_and_loads_nothing(read: Overview) -> None:
    page = statistics_report(read)
    assert "<script" not in page
    assert "default-src 'none'; img-src data:" in page
    assert page.count("<picture") == 4
    assert " style=" not in re.sub(r'"data:[^"]*"', "", page)  # which the page's own rules would refuse
    assert read.verdict.sentence[:20] in page
    assert ID not in page


def test_the_files_of_an_unread_account_say_so(tmp_path: Path) -> None:
    unread = Overview(statistics(unread=("bins", "quota"), sent_24_hours=None))
    page = statistics_report(unread)
    assert "What could not be read" in page
    assert "othing was sent" not in page
    assert csv_bytes(unread.periods()).decode().count("\n") == 1
    assert parquet_bytes(unread.periods())[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("days", "fail_at", "raised"),
    [
        ([(400, 4, 0)] * 14, "early", None),
        ([(400, 15, 0)] * 14, "early", "3.8 %"),
        ([(400, 15, 0)] * 14, "review", None),
        ([(400, 30, 0)] * 14, "review", "under review"),
        ([(400, 30, 0)] * 14, "", None),
        ([(400, 60, 0)] * 14, "pause", "pause sending"),
    ],
)
def test_the_last_cell_fails_from_the_threshold_on(
    days: list[tuple[int, int, int]], fail_at: str, raised: str | None
) -> None:
    overview = Overview(statistics(*days))
    if raised is None:
        overview.raise_for(fail_at)
        return
    with pytest.raises(StatisticsFailed, match=raised):
        overview.raise_for(fail_at)


def test_the_last_cell_fails_for_what_could_not_be_read() -> None:
    overview = Overview(statistics((400, 4, 0), unread=("bins",)))
    with pytest.raises(StatisticsFailed, match="cannot be read"):
        overview.raise_for("pause")
    overview.raise_for("")


def test_what_is_stored_can_be_read_as_json(read: Overview) -> None:
    assert json.dumps(show_table(period_table(read)).frame.to_dict("records"))
