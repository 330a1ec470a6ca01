"""Links from a panel to another notebook of the path, which open it where the person works."""

from __future__ import annotations

from sesutil.panels.pieces import safe

__all__ = ["notebook_link"]


def notebook_link(name: str, text: str, *, strong: bool = False) -> str:
    """A link to a notebook beside this one (`02-identity.ipynb`).

    In JupyterLab it opens as a click in the file browser would (`sheet.js` sees to it: JupyterLab
    handles links in text cells, and those in widgets it does not know). Elsewhere it is a relative link.
    `strong` makes it look like the primary button.
    """
    classes = "s-notebook s-strong" if strong else "s-notebook"
    return f'<a class="{classes}" href="{safe(name)}">{safe(text)}</a>'
