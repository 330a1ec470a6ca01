"""The history as files for other programs: CSV and Parquet."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.errors import InvalidParameters, ProjectError
from sesutil.files import replace_bytes
from sesutil.history.deliveries import kept_events_frame
from sesutil.history.fetches import fetches_frame
from sesutil.history.joining import by_configuration_set, by_usage_type, runs_in_bins
from sesutil.history.readings import quotas_frame, reputation_frame, suppression_frame
from sesutil.history.runs import results_frame, runs_frame
from sesutil.testruns.redacting import Disguise, shorten_address

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPORT_FORMATS", "EXPORT_TABLES", "export_history"]

EXPORT_FORMATS = ("csv", "parquet")

_FRAMES: dict[str, Callable[[str | Path], pd.DataFrame]] = {
    "bins": runs_in_bins,
    "quotas": quotas_frame,
    "reputation": reputation_frame,
    "suppression": suppression_frame,
    "events": kept_events_frame,
    "usage_types": by_usage_type,
    "configuration_sets": by_configuration_set,
    "fetches": fetches_frame,
    "runs": runs_frame,
    "results": results_frame,
}
EXPORT_TABLES = tuple(_FRAMES)
"""What is written, each with the columns of its frame: `bins` those of `runs_in_bins`."""

_hide = Disguise(()).text
_PERSONAL: dict[str, dict[str, Callable[[str], str]]] = {
    "suppression": {"address": shorten_address},
    "results": {"recipient": shorten_address, **dict.fromkeys(("proof", "error", "next_step"), _hide)},
    "runs": {"stopped": _hide},
}
"""What people's addresses stand in, AWS's own texts among it."""
# A spreadsheet takes such a cell for a formula, and a local part may begin with "=" or "+".
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_history(
    folder: str | Path,
    path: str | Path,
    *,
    tables: Iterable[str] = EXPORT_TABLES,
    formats: Iterable[str] = EXPORT_FORMATS,
    addresses: bool = False,
) -> dict[str, Path]:
    """Writes the history of the project `folder` into the folder `path`; the files by their names.

    A file for each table and format, such as `bins.csv` and `bins.parquet`; also for tables that are empty.
    A `path` that ends in `.csv` or `.parquet` is the file of one table: the first of `tables`, the bins if
    nothing else is asked for. Each file is written whole or not at all.

    Times are UTC: in CSV as `2026-11-25 02:13:00+00:00`, in Parquet as timestamps with microseconds. What is
    missing is empty, or null. In CSV a text that a spreadsheet would take for a formula has an apostrophe in
    front.

    Addresses of people are shortened (`j…@example.com`) unless `addresses` is True: an export is made to be
    passed on. Account ids, message ids and domains are in it.

    Raises InvalidParameters for a table or format that does not exist, ProjectError where a file cannot be
    written, or pyarrow, which writes Parquet, is not installed; and as `reading` does.
    """
    path = Path(path)
    alone = path.suffix.lower().removeprefix(".") if path.suffix.lower() in (".csv", ".parquet") else None
    chosen, kinds = list(dict.fromkeys(tables)), list(dict.fromkeys(formats))
    _check(chosen, kinds)
    if alone is not None:
        chosen, kinds = chosen[:1], [alone]
    if "parquet" in kinds and importlib.util.find_spec("pyarrow") is None:
        raise ProjectError(
            "Parquet is written by pyarrow, which is not installed. Install sesutil[notebooks], or ask for "
            "formats=('csv',)."
        )
    files: dict[str, Path] = {}
    for table in chosen:
        frame = _FRAMES[table](folder)
        if not addresses:
            for column, shorten in _PERSONAL.get(table, {}).items():
                short = {text: shorten(text) for text in frame[column].dropna().unique()}  # most come often
                frame[column] = frame[column].map(short).astype("str")
        for kind in kinds:
            file = path if alone is not None else path / f"{table}.{kind}"
            try:
                replace_bytes(file, _written(frame, kind))
            except OSError as error:
                raise ProjectError(
                    f"{file.name} cannot be written: {error.strerror or error}. Make room, make its folder "
                    "writable, or name another."
                ) from None
            files[file.name] = file
    return files


def _check(tables: list[str], formats: list[str]) -> None:
    problems = [
        f"{what}: there is no {name!r}. Give some of {', '.join(known)}."
        for what, names, known in (("tables", tables, EXPORT_TABLES), ("formats", formats, EXPORT_FORMATS))
        for name in names
        if name not in known
    ]
    problems += [
        f"{what}: give at least one."
        for what, names in (("tables", tables), ("formats", formats))
        if not names
    ]
    if problems:
        raise InvalidParameters(problems)


def _written(frame: pd.DataFrame, kind: str) -> bytes:
    if kind == "parquet":
        target = io.BytesIO()
        frame.to_parquet(target, engine="pyarrow", index=False)
        return target.getvalue()
    texts: dict[str, Any] = {}
    for name, dtype in frame.dtypes.items():
        if str(dtype) == "str":
            risky = frame[name].str.startswith(_FORMULA, na=False)
            texts[str(name)] = frame[name].mask(risky, "'" + frame[name])
    return frame.assign(**texts).to_csv(index=False, lineterminator="\n").encode()
