"""The cards of the statistics: the verdict, what is chosen, the plots, the tables."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import ipywidgets as widgets

from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.downloads import Download
from sesutil.panels.pieces import Field, card_title, html, safe
from sesutil.panels.statistics.markup import (
    TABLE_WORDS,
    problems_markup,
    read_words,
    table_hint,
    table_of,
    verdict_level,
    verdict_markup,
)
from sesutil.panels.statistics.model import SPANS, TABLES, StatisticsModel
from sesutil.statistics.periods import PERIODS
from sesutil.statistics.showing import sortable_periods
from sesutil.statistics.writing import csv_bytes, parquet_bytes

__all__ = ["ChoiceCard", "PlotsCard", "TableCard", "UnreadCard", "VerdictCard"]

_MOST_PLOTS = 4
_BY_WORDS = {"bin": "15 minutes (SES's own)", "hour": "hour", "day": "day", "week": "week", "month": "month"}


_SORTED: dict[str, Any] = {
    "classes": "display nowrap compact",
    "style": "width: 100%; margin: 0",
    "showIndex": False,
    "maxBytes": 0,
    "order": [[0, "desc"]],
    "pageLength": 15,
    "lengthMenu": [15, 50, 200],
    # Other places than itables's own: those it takes away where one page holds all rows, the search as well.
    "layout": {
        "topStart": "search",
        "topEnd": "pageLength",
        "bottomStart": "info",
        "bottomEnd": "paging",
    },
}


class VerdictCard(Card):
    def __init__(self, model: StatisticsModel) -> None:
        self.model = model
        self._text = html()
        super().__init__([self._text])
        model.observe(self._on_model_change, ["look", "error", "state"])
        self.refresh()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        put(self._text, verdict_markup(self.model), announce=True)
        for level in ("good", "look", "bad", "unknown"):
            chosen = level == verdict_level(self.model)
            (self.add_class if chosen else self.remove_class)(f"s-is-{level}")


class UnreadCard(Card):
    """What could not be read; away while everything was."""

    def __init__(self, model: StatisticsModel) -> None:
        self.model = model
        self._text = html()
        title = "What could not be read"
        super().__init__([html(card_title(title, "The rest is there, and shown below.")), self._text])
        model.observe(self._on_model_change, ["look", "not_kept"])
        self.refresh()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        markup = problems_markup(self.model)
        put(self._text, markup)
        self.show(bool(markup))


class ChoiceCard(Card):
    """`span`, `by`, `zone`, `place` and `regions` choose; `read_button` and `plant_button` do."""

    def __init__(self, model: StatisticsModel) -> None:
        self.model = model
        self.span = widgets.Dropdown(
            description="Period", options=[(words, days) for days, words in SPANS.items()]
        )
        if model.days not in SPANS:
            self.span.options = [(f"{model.days} days", model.days), *self.span.options]
        self.by = widgets.Dropdown(
            description="Summed up by", options=[(_BY_WORDS[name], name) for name in PERIODS]
        )
        self.zone = widgets.Text(description="Time zone", continuous_update=False)
        self.place = widgets.Dropdown(description="Account and Region", options=[("all together", -1)])
        self.regions = widgets.Text(description="Regions to read", continuous_update=False)
        self._fields = {
            "days": Field(self.span),
            "by": Field(self.by),
            "zone": Field(self.zone),
            "chosen": Field(self.place),
            "regions": Field(self.regions),
        }
        self.read_button = widgets.Button(button_style="primary", icon="refresh")
        self.plant_button = widgets.Button(
            description="Plant two weeks of sends",
            tooltip="Sends, bounces and complaints as a small service has them, into the practice account",
        )
        self._said = html("", "s-hint")
        super().__init__(
            [
                html(card_title("What is shown", "A new choice is drawn at once, and asks nobody.")),
                fields(*(self._fields[name] for name in ("days", "by", "chosen", "zone", "regions"))),
                actions(self.read_button, self.plant_button),
                self._said,
            ]
        )
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.span.value, self.by.value, self.zone.value = model.days, model.by, model.zone
        self.regions.value = model.regions
        for control, trait in (
            (self.span, "days"),
            (self.by, "by"),
            (self.zone, "zone"),
            (self.place, "chosen"),
            (self.regions, "regions"),
        ):
            control.observe(self._setter(trait), "value")
        self.read_button.on_click(lambda _: model.read())
        self.plant_button.on_click(lambda _: model.plant())
        model.observe(
            self._on_model_change,
            ["state", "drawing", "problems", "names", "chosen", "look", "kept", "planted", "regions", "zone"],
        )

    def _setter(self, trait: str) -> Any:
        def put_value(change: Any) -> None:
            if change["new"] is not None:  # as options are exchanged
                setattr(self.model, trait, change["new"])

        return put_value

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model = self.model
        practice = model.account.practice is not None
        several = len(model.names) > 1
        options = [("all together", -1), *((name, place) for place, name in enumerate(model.names))]
        if several and list(self.place.options) != options:
            self.place.options = options
        if several and self.place.value != model.chosen:
            self.place.value = model.chosen
        display(self._fields["chosen"], several)
        display(self._fields["regions"], model.by_regions)
        hints = {
            "days": "SES remembers two weeks; what is older comes from the project's history.",
            "by": "A bin belongs to the period in which it begins.",
            "zone": "Whose days and hours, as in Europe/Berlin.",
            "chosen": "AWS judges each for itself.",
            "regions": "Each has numbers of its own. Several with commas between; then read again.",
        }
        for name, hint in hints.items():
            wrong = model.problems.get(name, "")
            self._fields[name].say(wrong or hint, wrong=bool(wrong))
        reading = model.state == "reading"
        blocker = next(iter(model.problems), "")
        self.read_button.disabled = reading or bool(blocker)
        words = {"zone": "needs a time zone", "regions": "needs a Region", "by": "needs a period"}
        self.read_button.description = (
            "Reading \N{HORIZONTAL ELLIPSIS}"
            if reading
            else f"Read again: {words[blocker]}"
            if blocker
            else "Read again"
        )
        display(self.plant_button, practice)
        self.plant_button.disabled = reading or bool(blocker)
        put(self._said, safe(read_words(model)))


class PlotsCard(Card):
    def __init__(self, model: StatisticsModel) -> None:
        self.model = model
        self._pictures = [html() for _ in range(_MOST_PLOTS)]
        super().__init__(self._pictures)
        self.add_class("s-plots")
        model.observe(self._on_model_change, ["look"])
        self.refresh()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        pictures = self.model.look.pictures if self.model.look is not None else ()
        for widget, picture in zip_longest(self._pictures, pictures, fillvalue=""):
            put(widget, picture)
        self.show(bool(pictures))


class TableCard(Card):
    """`tabs` choose a table; `sort_button` puts the periods into one that is sorted and searched (itables);
    `csv` and `parquet` hand the periods to the browser."""

    def __init__(self, model: StatisticsModel) -> None:
        self.model = model
        self.tabs = widgets.ToggleButtons(options=[(TABLE_WORDS[name], name) for name in TABLES])
        self.tabs.add_class("s-tabs")
        self.addresses = widgets.Checkbox(description="Show the addresses: they are people's", indent=False)
        self.sort_button = widgets.ToggleButton(description="Sort and search")
        self.sort_button.add_class("s-quiet")
        self.csv = Download("Download CSV", "text/csv", lambda: self._file("csv"))
        self.parquet = Download(
            "Download Parquet", "application/vnd.apache.parquet", lambda: self._file("parquet")
        )
        self._hint, self._table = html("", "s-hint"), html()
        self._sorted = widgets.VBox()
        self._sorted.add_class("s-scroll")
        self._actions = actions(self.sort_button, self.csv, self.parquet)
        super().__init__(
            [
                html(card_title("Numbers")),
                self.tabs,
                self._hint,
                self.addresses,
                self._table,
                self._sorted,
                self._actions,
            ]
        )
        self.tabs.value = model.table
        self.tabs.observe(self._on_tab_change, "value")
        self.addresses.observe(self._on_addresses_change, "value")
        self.sort_button.observe(self._on_model_change, "value")
        model.observe(self._on_model_change, ["look", "table", "addresses"])
        self.refresh()

    def _on_tab_change(self, change: Any) -> None:
        self.model.table = change["new"]

    def _on_addresses_change(self, change: Any) -> None:
        self.model.addresses = change["new"]

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model = self.model
        periods = model.table == "periods"
        there = model.look is not None
        sorting = periods and there and bool(self.sort_button.value)
        put(self._hint, safe(table_hint(model)))
        display(self.addresses, model.table == "suppression list" and there)
        put(self._table, "" if sorting else table_of(model))
        display(self._sorted, sorting)
        some = model.look is not None and len(model.look.overview.bins) > 0
        display(self._actions, periods and some)
        self.sort_button.description = "Back to the plain table" if sorting else "Sort and search"
        if sorting:
            self._show_sorted()
        self.show(there)

    def _show_sorted(self) -> None:
        """Made when it is first asked for: its script is 600 KB, too much to be loaded for a short list."""
        from itables.widget import ITable

        assert self.model.look is not None
        frame = sortable_periods(self.model.look.overview)
        if self._sorted.children:
            self._sorted.children[0].update(frame, **_SORTED)
        else:
            self._sorted.children = (ITable(frame, **_SORTED),)

    def _file(self, kind: str) -> tuple[str, bytes]:
        assert self.model.look is not None
        overview = self.model.look.overview
        name = f"sends-{overview.until:%Y-%m-%d}-by-{overview.by}.{kind}"
        make = csv_bytes if kind == "csv" else parquet_bytes
        return name, make(overview.periods())
