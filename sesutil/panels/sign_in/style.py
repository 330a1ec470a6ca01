"""What the sign-in card needs beside the style of all panels: a large field for the code."""

# ruff: noqa: E501
from __future__ import annotations

__all__ = ["SIGN_IN_CSS"]

SIGN_IN_CSS = """
.sesutil .s-sign-in { gap: 10px; }
.sesutil .s-code-field { display: flex; flex-direction: column; flex: 1 1 240px; }
.sesutil .s-code-label { font-weight: 600; line-height: 1.4; color: var(--s-text); }
.sesutil .s-field.s-code-field input { height: 48px; flex: 0 0 48px; max-width: 260px; padding: 0 12px;
  font: 700 24px/1 var(--jp-code-font-family, ui-monospace, monospace); letter-spacing: .16em; }
.sesutil .s-code-field > .s-hint { font-size: 12px; line-height: 1.4; }
.sesutil .s-left { color: var(--s-muted); } .sesutil .s-left b { color: var(--s-text); font-variant-numeric: tabular-nums; }
"""
