"""Finding the run to go on with: the project's last that did not end well, or the one that is named."""

from __future__ import annotations

from pathlib import Path

from sesutil.errors import ProjectError
from sesutil.naming import nearest
from sesutil.testruns.journal import read_journal
from sesutil.testruns.matrix.state import STATE_NAME, is_over, read_state

__all__ = ["find_unfinished"]

_JOURNAL = ".journal.jsonl"


def find_unfinished(project: Path, name: str | None = None) -> Path | None:
    """The journal of a run that ended early, or the folder of a matrix whose runs did not all go well.

    Without a name the newest of the project's `runs/`; None where all of them came to their end. A name is
    that of the run's files (also with an ending, a folder, or shortened to its beginning). Raises
    ProjectError where there is none.
    """
    place = project / "runs"
    if name is None:
        there = _all(place)
        if not there:
            raise ProjectError(f"There are no runs in {place}, so there is none to go on with.")
        return next((found for found in reversed(there) if _is_unfinished(found)), None)
    direct = Path(name)
    if (direct / STATE_NAME).is_file():
        return direct.absolute()
    if direct.name.endswith(_JOURNAL) and direct.is_file():
        return direct.absolute()
    wanted = direct.name.removesuffix(".ipynb").removesuffix(".results.json").removesuffix(_JOURNAL)
    beside = direct.with_name(f"{wanted}{_JOURNAL}")
    if beside.is_file():
        return beside.absolute()
    known = {_name(found): found for found in _all(place)}
    if wanted in known:
        return known[wanted]
    begins = [one for one in known if one.startswith(wanted) and wanted]
    if len(begins) == 1:
        return known[begins[0]]
    if begins:
        raise ProjectError(f"{name!r} is the beginning of {len(begins)} runs: {', '.join(begins[-5:])}.")
    if not known:
        raise ProjectError(f"There are no runs in {place}.")
    raise ProjectError(f"There is no run {nearest(wanted, list(known)[-20:])}")


def _all(place: Path) -> list[Path]:
    """Journals and folders of matrices, the one that was written last at the end."""
    try:
        return sorted((one for one in place.iterdir() if _fits(one)), key=_written_at)
    except OSError:
        return []


def _fits(path: Path) -> bool:
    return path.name.endswith(_JOURNAL) or (path / STATE_NAME).is_file()


def _written_at(path: Path) -> int:
    return (path / STATE_NAME if path.is_dir() else path).stat().st_mtime_ns


def _name(path: Path) -> str:
    return path.name.removesuffix(_JOURNAL)


def _is_unfinished(path: Path) -> bool:
    try:
        if path.is_dir():
            return not is_over(path, read_state(path))
        content = read_journal(path)
    except ProjectError:
        return False
    return content.ended is None or bool(content.stopped)
