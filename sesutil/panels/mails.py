"""What notebooks show of templates outside the panel: a mail in its frame, the grid, a list of findings."""

from __future__ import annotations

from collections.abc import Sequence

from sesutil.linting.findings import Finding, findings_frame
from sesutil.linting.settings import read_settings
from sesutil.panels.tables import Table, show_table
from sesutil.previewing import FRAME_CSS, FRAMES, Preview, frame_markup
from sesutil.projects import Project
from sesutil.selection import grid_rows

__all__ = ["ShownMail", "show_findings", "show_grid", "show_mail"]


class ShownMail:
    """What a notebook shows for a preview: the mail in one of the frames of `previewing.FRAMES`."""

    def __init__(self, preview: Preview, frame: str, remote: bool) -> None:
        found = [item for item in FRAMES if item.name == frame]
        if not found:
            names = ", ".join(item.name for item in FRAMES)
            raise ValueError(f"There is no frame {frame!r}. There are: {names}.")
        self.preview = preview
        self._frame = found[0]
        self._remote = remote

    def __repr__(self) -> str:
        return f"{self.preview.subject} ({self._frame.title.lower()})"

    def _repr_html_(self) -> str:
        title = f"The mail, {self._frame.title.lower()}"
        return f"<style>{FRAME_CSS}</style>" + frame_markup(
            self.preview.html, self._frame, remote=self._remote, title=title
        )


def show_mail(preview: Preview, frame: str = "desktop", *, remote: bool = False) -> ShownMail:
    """A mail in a frame: desktop, phone, dark, inverted or no-images. Nothing in it runs; with `remote`
    images are loaded from outside."""
    return ShownMail(preview, frame, remote)


def show_grid(project: Project, *, fallback_language: str | None = None) -> Table:
    """Which template Logto takes for each usage type and language. `!` marks a gap."""
    import pandas as pd

    fallback = fallback_language or read_settings(project.folder).fallback_language
    return show_table(pd.DataFrame(grid_rows(project.choices(fallback_language=fallback))))


def show_findings(findings: Sequence[Finding], *, hints: bool = True) -> Table:
    """Findings as a table, in the order given."""
    shown = [finding for finding in findings if hints or finding.above_hint]
    left_out = len(findings) > len(shown)
    empty = "Nothing wrong was found" + ("; hints are left out." if left_out else ".")
    return show_table(findings_frame(shown), empty=empty)
