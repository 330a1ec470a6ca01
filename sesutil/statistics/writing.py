"""The statistics as files: the periods as CSV and Parquet, and the page to share."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sesutil.errors import ProjectError
from sesutil.files import replace_bytes
from sesutil.statistics.overview import Overview
from sesutil.statistics.parameters import StatisticsParameters
from sesutil.statistics.report import statistics_report

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_bytes", "parquet_bytes", "write_statistics"]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV: times as `2026-11-25T02:13:00Z`, shares as fractions, missing ones empty."""
    shown = frame.assign(
        **{
            str(name): frame[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            for name in frame.columns
            if str(frame[name].dtype).startswith("datetime64")
        }
    )
    text: str = shown.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as Parquet, with the dtypes it has. Raises ProjectError where pyarrow is missing."""
    if importlib.util.find_spec("pyarrow") is None:
        raise ProjectError(
            "Parquet is written by pyarrow, which is not installed. Install sesutil[notebooks], or take CSV."
        )
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def write_statistics(
    overview: Overview, parameters: StatisticsParameters | Mapping[str, str]
) -> tuple[str, ...]:
    """Writes what the parameters name (csv_path, parquet_path, report_path), each whole or not at all; the
    files' names. Each is tried; then one ProjectError says what was not written."""
    paths = parameters if isinstance(parameters, Mapping) else vars(parameters)
    makers: dict[str, Callable[[], bytes]] = {
        "csv_path": lambda: csv_bytes(overview.periods()),
        "parquet_path": lambda: parquet_bytes(overview.periods()),
        "report_path": lambda: statistics_report(overview).encode("utf-8"),
    }
    written, failed = [], []
    for name, make in makers.items():
        if not paths.get(name):
            continue
        path = Path(str(paths[name]))
        try:
            replace_bytes(path, make())
            written.append(path.name)
        except OSError as error:
            failed.append(f"{path.name} cannot be written: {error.strerror or error}.")
        except ProjectError as error:
            failed.append(str(error))
    if failed:
        raise ProjectError(" ".join(failed))
    return tuple(written)
