"""Many runs from one file: a YAML file of runs and of combinations, checked whole before anything starts.

::

    defaults: {languages: [all]}          # for every run
    runs:                                 # each is a run
      - name: practice
      - {name: live-eu, practice: false, profile: onboarding, region: eu-central-1}
    matrix:                               # every combination is a run
      preset: [ready, production]
      languages: [[""], [de]]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.errors import InvalidMatrix, InvalidParameters, ProjectError
from sesutil.naming import nearest
from sesutil.secrecy import looks_secret
from sesutil.testruns.matrix.combinations import MOST_RUNS, combine, made_name
from sesutil.testruns.matrix.marked_yaml import Marked, read_yaml
from sesutil.testruns.matrix.values import PER_RUN, parameter_value
from sesutil.testruns.parameters import TestRunParameters

if TYPE_CHECKING:
    from sesutil.testruns.matrix.planning import MatrixPlan

__all__ = ["Matrix", "MatrixEntry", "make_matrix", "read_matrix"]

_KEYS = ("name", "defaults", "runs", "matrix")
_KNOWN = tuple(one.name for one in fields(TestRunParameters) if one.name not in PER_RUN)


@dataclass(frozen=True)
class MatrixEntry:
    """One run of a matrix. `name` is its own within the matrix; `line` is where it stands, 0 for nowhere."""

    name: str
    parameters: TestRunParameters
    line: int = 0


@dataclass(frozen=True)
class Matrix:
    """Runs that belong together, in the order in which they start.

    `folder` is what relative paths count from, and whose project the runs are kept in.
    """

    name: str
    folder: Path
    entries: tuple[MatrixEntry, ...]

    def plan(self) -> MatrixPlan:
        """What the runs will send and cost (see `plan_matrix`). Raises InvalidMatrix."""
        from sesutil.testruns.matrix.planning import plan_matrix

        return plan_matrix(self)

    def __repr__(self) -> str:
        return f"Matrix({self.name!r}, {len(self.entries)} runs)"


def make_matrix(name: str, runs: Mapping[str, Mapping[str, Any]], *, folder: str | Path = ".") -> Matrix:
    """A matrix from Python: the parameters of each run by its name.

    Raises InvalidMatrix with the problems of all runs.
    """
    problems: list[str] = []
    if problem := _name_problem(name):
        problems.append(f"The matrix's name {problem}")
    entries = []
    for number, (run, given) in enumerate(runs.items(), 1):
        try:
            if problem := _run_name_problem(run):
                raise InvalidParameters([f"name: {problem}"])
            forbidden = [key for key in given if key in PER_RUN]
            if forbidden:
                raise InvalidParameters([f"{key}: {PER_RUN[key]}" for key in forbidden])
            parameters = TestRunParameters.check({**given, "name": f"{name}/{run}"})
        except InvalidParameters as error:
            problems += [f"run {run!r}: {problem}" for problem in error.problems]
        else:
            entries.append(MatrixEntry(run, parameters, number))
    if problems or not entries:
        raise InvalidMatrix(name, problems or ["It has no runs."])
    return Matrix(name, Path(folder).resolve(), tuple(entries))


def read_matrix(path: str | Path) -> Matrix:
    """The runs of a matrix file; `docs/test-runs.md` describes its form.

    What is a text stays as it is written: `code: 012345` keeps its zero, `languages: [no]` is
    Norwegian. Relative paths count from the file's folder. Raises ProjectError for a file that cannot
    be read, InvalidMatrix with everything that is wrong in all runs, each with its line and run.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"{file} cannot be read: {error.strerror}. Name a YAML file with `runs` or a `matrix`."
        ) from None
    return _Maker(file.name, file.resolve().parent, file.stem).matrix(read_yaml(data, file.name))


@dataclass
class _Draft:
    """A run that is not checked yet: its settings by name, and its name, if one is given."""

    settings: dict[str, Marked]
    line: int
    name: str
    given: bool


class _Maker:
    def __init__(self, source: str, folder: Path, stem: str) -> None:
        self.source = source
        self.folder = folder
        self.stem = stem
        self.problems: list[str] = []
        self.of_runs: dict[tuple[int, str], list[str]] = {}
        """A problem of several runs, which share a line, is told once: line and text, and the runs' names."""

    def matrix(self, document: Marked) -> Matrix:
        document = self._without_secrets(document)
        if not isinstance(document.value, dict):
            raise InvalidMatrix(
                self.source, [*self.problems, f"It holds {document.kind} where `runs` or `matrix` should be."]
            )
        for key, one in document.value.items():
            if key not in _KEYS and not key.startswith("x-"):  # x- is for anchors, as in Compose files
                self.problems.append(f"line {one.key_line}: there is no key called {nearest(key, _KEYS)}")
        name = document.value.get("name")
        title = (name.text if name is not None else None) or self.stem
        if problem := _name_problem(title):
            line = f"line {name.line}: " if name is not None else ""
            self.problems.append(f"{line}the matrix's name {problem}")
            title = "matrix"
        drafts = self._drafts(document)
        self._name(drafts)
        entries = [self._entry(title, draft) for draft in drafts]
        if not drafts and not self.problems:
            self.problems.append("It has no runs. Give it `runs`, or a `matrix` with lists of values.")
        if len(drafts) > MOST_RUNS:
            self.problems.append(f"It has {len(drafts)} runs, and a matrix may have {MOST_RUNS}.")
        problems = self.problems + [
            f"{f'line {line}, ' if line else ''}{_runs(names)}: {text}"
            for (line, text), names in self.of_runs.items()
        ]
        if problems:
            raise InvalidMatrix(self.source, sorted(problems, key=_line_of))
        return Matrix(title, self.folder, tuple(entry for entry in entries if entry is not None))

    def _without_secrets(self, marked: Marked, name: str = "") -> Marked:
        """The document without what looks like a secret, each of which is a problem, and is not shown.

        `name` is the parameter's whose value it is: in a path other things are told from a secret."""
        if isinstance(marked.value, list):
            return replace(marked, value=[self._without_secrets(one, name) for one in marked.value])
        if not isinstance(marked.value, dict):
            if looks_secret(name, marked.text):
                self._secret(marked.line, "a value")
                return replace(marked, value=None, text="")
            return marked
        kept = {}
        for key, one in marked.value.items():
            if looks_secret("", key):
                self._secret(one.key_line, "a key")
            elif looks_secret(key, ""):
                self._secret(one.key_line, key)
            else:
                kept[key] = self._without_secrets(one, key)
        return replace(marked, value=kept)

    def _secret(self, line: int, what: str) -> None:
        problem = (
            f"line {line}: {what} looks like a secret, and secrets are no parameters. Take it out of the "
            "file and of its history: a key belongs into connector.json, a profile, or the job's environment."
        )
        if problem not in self.problems:  # as an alias it stands in several places
            self.problems.append(problem)

    def _drafts(self, document: Marked) -> list[_Draft]:
        nothing = Marked({}, document.line)
        defaults = document.value.get("defaults", nothing)
        if defaults.value is None:
            defaults = nothing
        if not isinstance(defaults.value, dict):
            self.problems.append(
                f"line {defaults.line}: defaults: should be a mapping of parameters to values."
            )
            defaults = nothing
        if "name" in defaults.value:
            self.problems.append(
                f"line {defaults.value['name'].line}: defaults: a name belongs to one run. Give it there."
            )
        usual = {key: one for key, one in defaults.value.items() if key != "name"}
        drafts = []
        runs = document.value.get("runs")
        if runs is not None and runs.value is not None:
            drafts += self._listed(runs, usual)
        matrix = document.value.get("matrix")
        if matrix is not None and matrix.value is not None:
            for one in combine(matrix, self.problems):
                settings, own = dict(usual), set()
                for key, marked in one.settings():
                    if key in own and key != "name" and key not in one.added:
                        self._problem(
                            marked.line,
                            _made({**one.axes, **one.added}),
                            f"{key}: two axes set it. Leave one out.",
                        )
                    own.add(key)
                    settings[key] = marked
                named = one.added.get("name")
                name = (named.text if named is not None else None) or _made({**one.axes, **one.added})
                drafts.append(_Draft(settings, one.line, name, named is not None))
        return drafts

    def _listed(self, runs: Marked, usual: Mapping[str, Marked]) -> list[_Draft]:
        if not isinstance(runs.value, list):
            self.problems.append(f"line {runs.line}: runs: should be a list, each run with a dash before it.")
            return []
        drafts = []
        for item in runs.value:
            settings = {} if item.value is None else item.value
            if not isinstance(settings, dict):
                self.problems.append(
                    f"line {item.line}: runs: {item.kind} is no run. Write its parameters, such as "
                    "`- name: practice`."
                )
                continue
            named = settings.get("name")
            given = (named.text if named is not None else None) or ""
            made = given or _made(settings) or "run"
            drafts.append(_Draft({**usual, **settings}, item.line, made, bool(given)))
        return drafts

    def _name(self, drafts: Sequence[_Draft]) -> None:
        """Every name once, whatever its case (names become those of files); made ones are numbered."""
        lines: dict[str, int] = {}
        for draft in drafts:
            if not draft.given:
                continue
            problem = _run_name_problem(draft.name)
            if problem:
                self._problem(draft.line, draft.name, f"name: {problem}")
            elif draft.name.casefold() in lines:
                first = lines[draft.name.casefold()]
                self._problem(draft.line, draft.name, f"name: is that of the run in line {first}, too.")
            lines.setdefault(draft.name.casefold(), draft.line)
        taken = set(lines)
        for draft in drafts:
            if draft.given:
                continue
            made, number = draft.name or "run", 1
            draft.name = made
            while draft.name.casefold() in taken:
                number += 1
                draft.name = f"{made}-{number}"
            taken.add(draft.name.casefold())

    def _entry(self, title: str, draft: _Draft) -> MatrixEntry | None:
        given: dict[str, Any] = {}
        faults: list[tuple[int, str]] = []
        for key, marked in draft.settings.items():
            line = marked.key_line or marked.line
            if key in PER_RUN:
                faults.append((line, f"{key}: {PER_RUN[key]}"))
            elif key not in _KNOWN:
                faults.append((line, f"there is no parameter called {nearest(key, _KNOWN)}"))
            elif key != "name":
                value, problem = parameter_value(key, marked, self.folder)
                if problem:
                    faults.append((marked.line, f"{key}: {problem}"))
                elif value is not None:
                    given[key] = value
        parameters = None
        try:
            parameters = TestRunParameters.check({**given, "name": f"{title}/{draft.name}"})
        except InvalidParameters as error:
            for problem in error.problems:
                key = problem.partition(":")[0]
                marked_key = draft.settings.get(key)
                faults.append((marked_key.line if marked_key is not None else draft.line, problem))
        for line, text in faults:
            self._problem(line, draft.name, text)
        if faults or parameters is None:
            return None
        return MatrixEntry(draft.name, parameters, draft.line)

    def _problem(self, line: int, run: str, text: str) -> None:
        names = self.of_runs.setdefault((line, text), [])
        if run not in names:
            names.append(run)


def _made(settings: Mapping[str, Marked]) -> str:
    """A run's name from its settings; from those of parameters, as the value of another may be anything."""
    return made_name(_of_parameters({key: one for key, one in settings.items() if key != "name"}))


def _of_parameters(settings: Mapping[str, Marked]) -> dict[str, Marked]:
    mappings = {key: one for key, one in settings.items() if isinstance(one.value, dict)}
    return {
        key: replace(one, value=_of_parameters(one.value)) if key in mappings else one
        for key, one in settings.items()
        if key in mappings or key in _KNOWN
    }


def _run_name_problem(name: str) -> str:
    return "has more than 80 letters." if len(name) > 80 else _name_problem(name)


def _name_problem(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        return "holds control characters, or spaces at an end."
    if not any(letter.isalnum() for letter in name):
        return "needs a letter or a digit."
    return ""


def _runs(names: Iterable[str]) -> str:
    shown = [repr(name if len(name) <= 60 else f"{name[:57]}...") for name in names]
    if len(shown) == 1:
        return f"run {shown[0]}"
    more = f" and {len(shown) - 2} more" if len(shown) > 3 else ""
    return f"runs {', '.join(shown if not more else shown[:2])}{more}"


def _line_of(problem: str) -> int:
    digits = problem.removeprefix("line ").partition(":")[0].partition(",")[0]
    return int(digits) if problem.startswith("line ") and digits.isdigit() else 0
