"""The colours of the pictures, for light and for dark ground.

Blue, orange and purple (after Okabe and Ito) are told apart by the colour-blind as well, and nothing is told
by colour alone. Texts have a contrast of at least 4.5 to 1 on their ground, lines of 3 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

__all__ = ["DARK", "LIGHT", "THEMES", "Theme", "ThemeName"]

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True)
class Theme:
    """A colour (#rrggbb) for each role. Within a theme no two are the same: `recoloured` relies on it."""

    page: str
    text: str
    muted: str
    grid: str
    sent: str
    bounces: str
    complaints: str
    early: str
    review: str
    pause: str

    def of(self, role: str) -> str:
        colour: str = getattr(self, role)
        return colour

    @classmethod
    def roles(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))


LIGHT = Theme(
    page="#ffffff",
    text="#1b1b1d",
    muted="#585d64",
    grid="#dde0e4",
    sent="#0b6fb8",
    bounces="#b34700",
    complaints="#87407f",
    early="#755000",
    review="#b3261e",
    pause="#8c0f0a",
)
DARK = Theme(
    page="#1d1d1f",
    text="#eeeeef",
    muted="#b4b9c0",
    grid="#3b3e43",
    sent="#4a9be0",
    bounces="#f3a75b",
    complaints="#f5b8ea",
    early="#f0c274",
    review="#ffa198",
    pause="#ff8578",
)
THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}
