"""The statistics of an account: what was read, and what is chosen to be seen of it. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Instance, Int, Unicode
from traitlets import Dict as DictTrait
from traitlets import List as ListTrait

from sesutil.account import Account, read_status
from sesutil.errors import InvalidParameters, SesutilError, own_fault
from sesutil.history.accounts import forget_account
from sesutil.panels.account_reading import AccountReader
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.practicing import Practice
from sesutil.projects import Project
from sesutil.regions import is_ses_region
from sesutil.statistics.opening import Reading, read_and_keep, regions_of
from sesutil.statistics.overview import Overview
from sesutil.statistics.parameters import LONGEST
from sesutil.statistics.periods import PERIODS, find_zone
from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.sources import Source
from sesutil.statistics.usage import usage_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPANS", "TABLES", "Look", "StatisticsModel"]

SPANS: dict[int, str] = {
    1: "24 hours",
    2: "2 days",
    7: "7 days",
    14: "two weeks",
    30: "30 days",
    90: "90 days",
    365: "a year",
    LONGEST: "ten years",
}
TABLES = ("periods", "quota", "usage types", "configuration sets", "suppression list")


@dataclass(frozen=True)
class Look:
    """What is to be seen, made at once, so that nothing of one choice stands beside another's."""

    overview: Overview
    plots: tuple[Plot, ...] = ()
    pictures: tuple[str, ...] = field(default=(), repr=False)
    usage_types: pd.DataFrame | None = field(default=None, repr=False)
    configuration_sets: pd.DataFrame | None = field(default=None, repr=False)


class StatisticsModel(AccountReader):
    """Inputs: `days`, `by`, `zone`, `chosen` (a position in the sources, -1 for all), `regions` (names with
    blanks or commas between), `table` (one of TABLES), `addresses` (those of the suppression list are shown).

    `state` is idle, reading or read. `look` is what is to be seen of the last reading, None before it.
    `problems` says what is wrong with a field; then nothing is read or drawn. `error` is what kept all of it
    from being read, `drawing` whether a new choice is being drawn.
    """

    days = Int(14)
    by = Unicode("day")
    zone = Unicode("UTC")
    chosen = Int(-1)
    regions = Unicode("")
    table = Unicode("periods")
    addresses = Bool(False)

    state = Unicode("idle")
    drawing = Bool(False)
    problems = DictTrait()
    look = Instance(Look, allow_none=True)
    names = ListTrait(Unicode())
    kept = Unicode("")
    not_kept = Unicode("")
    planted = Int(0)
    error = Instance(SesutilError, allow_none=True)

    def __init__(
        self,
        project: Project,
        account: Account,
        *,
        sources: Sequence[Source] = (),
        reading: Reading | None = None,
        history: bool = True,
        runner: Runner = run_in_thread,
        **chosen: Any,
    ) -> None:
        super().__init__(**chosen)
        self.project = project
        self.account = account
        self.given = tuple(sources)
        self._folder = project.folder if history else None
        self._runner = runner
        self._reading = reading
        self._again = False
        self._turn = 0
        if not self.regions:
            self.regions = (
                ", ".join(dict.fromkeys(source.region for source in self.given if source.region))
                or account.region
            )
        self._judge()
        self.observe(self._judge, ["zone", "regions", "by"])
        self.observe(self._on_choice_change, ["days", "by", "zone", "chosen"])

    # -- what is chosen -------------------------------------------------------------------------------

    @property
    def region_names(self) -> list[str]:
        return list(dict.fromkeys(self.regions.replace(",", " ").split()))

    @property
    def by_regions(self) -> bool:
        """Whether the Regions can be chosen here: not where the notebook has given its own accounts."""
        return not any(source.name != source.region for source in self.given)

    def _judge(self, change: object = None) -> None:
        problems: dict[str, str] = {}
        try:
            find_zone(self.zone)
        except InvalidParameters as error:
            problems["zone"] = error.problems[0].removeprefix("zone: ")
        if self.by not in PERIODS:
            problems["by"] = f"Give one of {', '.join(PERIODS)}."
        wrong = [name for name in self.region_names if not is_ses_region(name)]
        if wrong:
            problems["regions"] = f"SES is not offered in {', '.join(wrong)}."
        elif not self.region_names:
            problems["regions"] = "Name a Region, such as eu-central-1."
        self.problems = problems

    def _on_choice_change(self, change: object) -> None:
        self.draw()

    # -- reading --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Shows what was read before, and asks the account how it is; reads where nothing was read yet."""
        if self._reading is None:
            self.read()
        else:
            self._runner(self._open)

    def read(self) -> None:
        """Asks all accounts, keeps the answers, and shows them. Asked for meanwhile, it reads once more."""
        if self.problems:
            return
        if self.state == "reading":
            self._again = True
            return
        self.state = "reading"
        self._runner(self._read)

    def plant(self) -> None:
        """Two weeks of sends into the practice account, instead of those planted before; then they are read.

        What the history has of this practice account goes: it would be mixed with what is planted now.
        """
        if self.account.practice is None or self.state == "reading" or self.problems:
            return
        self.state = "reading"
        self._runner(self._plant)

    def draw(self) -> None:
        """Shows what was read by what is chosen now."""
        if self._reading is None or self.problems or self.state == "reading":
            return
        self._turn += 1
        turn = self._turn
        self.drawing = True
        self._runner(lambda: self._draw(turn))

    def _sources(self) -> list[Source]:
        if self.given and (not self.by_regions or self.region_names == [one.region for one in self.given]):
            return list(self.given)
        return regions_of(self.project, self.account, self.region_names, self._mode)

    @property
    def _mode(self) -> str:
        return "practice" if self.account.practice is not None else "live"

    def _plant(self) -> None:
        planted, error = 0, None
        try:
            practice = Practice(self.account)
            account_id = read_status(self.account).account_id
            for source in self._sources():
                planted += practice.plant_history(source.region)
                if self._folder is not None and account_id is not None:
                    forget_account(self._folder, account_id, source.region, mode="practice")
            self.planted = planted
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            if error is not None:
                with self.hold_trait_notifications():
                    self.error, self.state = error, "read"
        if error is None:
            self._read()

    def _open(self) -> None:
        self._turn += 1
        self._show(self._turn)
        self._read_account()

    def _read(self) -> None:
        error: SesutilError | None = None
        try:
            self._read_account()
            # The whole history at once: another span is then a matter of drawing, not of reading.
            self._reading = read_and_keep(self._sources(), self._folder, days=LONGEST)
            self._turn += 1
            self._show(self._turn)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            with self.hold_trait_notifications():
                self.error, self.state = error, "read"
        if self._again:
            self._again = False
            self.read()

    # -- showing --------------------------------------------------------------------------------------

    def _draw(self, turn: int) -> None:
        try:
            self._show(turn)
        finally:
            if turn == self._turn:
                self.drawing = False

    def _show(self, turn: int) -> None:
        reading = self._reading
        assert reading is not None
        names = [str(name) for name in reading.statistics.sources["source"]]
        chosen = self.chosen if 0 <= self.chosen < len(names) else -1
        overview = Overview(
            reading.statistics,
            self.days,
            self.by,  # type: ignore[arg-type]
            self.zone,
            None if chosen < 0 and len(names) != 1 else max(chosen, 0),
            reading.seen,
        )
        plots = overview.plots()
        look = Look(overview, plots, tuple(plot.markup() for plot in plots), *self._usage(overview))
        if turn != self._turn:  # something else was chosen meanwhile
            return
        with self.hold_trait_notifications():
            self.names, self.kept, self.not_kept = names, reading.kept, reading.not_kept
            self.chosen = chosen
            self.look = look

    def _usage(self, overview: Overview) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
        """What the history has by usage type and configuration set."""
        if self._folder is None:
            return None, None
        try:
            return (
                usage_frame(self._folder, overview, "usage_type"),
                usage_frame(self._folder, overview, "configuration_set"),
            )
        except SesutilError:
            return None, None  # said already: not_kept
