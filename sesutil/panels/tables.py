"""A frame as a table for people: no index, text to the left, numbers to the right, nothing cut off."""

from __future__ import annotations

from collections.abc import Collection
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "show_table", "table_markup"]


class Table:
    """What a notebook shows for a frame; `.frame` is the frame. Also plain HTML where there is no kernel."""

    def __init__(self, frame: pd.DataFrame, empty: str, right: Collection[str] = ()) -> None:
        self.frame = frame
        self._empty = empty
        self._right = right

    def __repr__(self) -> str:
        return self.frame.to_string(index=False, na_rep="") if len(self.frame) else self._empty

    def _repr_html_(self) -> str:
        if not len(self.frame):
            return f"<p>{escape(self._empty)}</p>"
        return table_markup(self.frame, self._right)


def table_markup(frame: pd.DataFrame, right: Collection[str] = ()) -> str:
    """The frame as an HTML table; numbers, and the columns named in `right`, are aligned at the right."""
    from pandas.api.types import is_numeric_dtype

    sides = [
        "right" if is_numeric_dtype(dtype) or name in right else "left"
        for name, dtype in frame.dtypes.items()
    ]
    head = "".join(
        f'<th align="{side}" style="text-align: {side}">{escape(str(name))}</th>'
        for name, side in zip(frame.columns, sides, strict=True)
    )
    texts = frame.astype(object).where(frame.notna(), "")
    body = "".join(
        "<tr>"
        + "".join(
            f'<td align="{side}" style="text-align: {side}">{escape(str(value))}</td>'
            for value, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in texts.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def show_table(
    frame: pd.DataFrame, *, empty: str = "There is nothing to show yet.", right: Collection[str] = ()
) -> Table:
    """The frame as a table; `empty` is what is said instead when it has no rows.

    `right` names columns of texts that are numbers: they are aligned as numbers are.

    It is plain HTML, though DESIGN names itables: a stored table must be read where no script runs (a
    notebook that is not trusted, GitHub, a mail), and itables without a network would put 700 KB of script
    and style into each notebook. Where there is a kernel, long tables are sorted and searched by itables:
    `sesutil.panels.statistics`.
    """
    return Table(frame, empty, right)
