"""A frame as a table for people: no index, text to the left, numbers to the right, nothing cut off."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "show_table"]


class Table:
    """What a notebook shows for a frame; `.frame` is the frame. Also plain HTML where there is no kernel."""

    def __init__(self, frame: pd.DataFrame, empty: str) -> None:
        self.frame = frame
        self._empty = empty

    def __repr__(self) -> str:
        return self.frame.to_string(index=False, na_rep="") if len(self.frame) else self._empty

    def _repr_html_(self) -> str:
        from pandas.api.types import is_numeric_dtype

        if not len(self.frame):
            return f"<p>{escape(self._empty)}</p>"
        sides = ["right" if is_numeric_dtype(dtype) else "left" for dtype in self.frame.dtypes]
        head = "".join(
            f'<th align="{side}" style="text-align: {side}">{escape(str(name))}</th>'
            for name, side in zip(self.frame.columns, sides, strict=True)
        )
        texts = self.frame.astype(object).where(self.frame.notna(), "")
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


def show_table(frame: pd.DataFrame, *, empty: str = "There is nothing to show yet.") -> Table:
    """The frame as a table; `empty` is what is said instead when it has no rows."""
    return Table(frame, empty)
