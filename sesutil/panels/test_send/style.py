"""What the test send needs beside the style of all panels: quick picks, and the mails of the session."""

# ruff: noqa: E501
from __future__ import annotations

__all__ = ["TEST_SEND_CSS"]

TEST_SEND_CSS = """
.sesutil .s-picks { display: flex; flex-flow: row wrap; gap: 4px 6px; align-items: center; padding: 1px; margin-top: -4px; }
.sesutil .s-picks .s-hint { margin-right: 2px; align-self: center; }
.sesutil .s-picks button.s-current { border: 2px solid var(--s-link); font-weight: 700; padding: 1px 9px; }
.sesutil .s-picks button.jupyter-button { overflow-wrap: anywhere; text-align: left; }
.sesutil .s-sent { gap: 2px; border-top: 1px solid var(--s-line-soft); padding-top: 10px; }
.sesutil .s-sent h4 { display: flex; flex-flow: row wrap; gap: 2px 10px; justify-content: space-between; margin: 0; overflow-wrap: anywhere; }
.sesutil .s-sent h4 > span { font-weight: 400; }
.sesutil .s-mails { gap: 10px; }
.sesutil .s-sent.s-folded { padding-top: 4px; margin-top: -4px; } .sesutil .s-sent.s-folded details { margin: 0; }
.sesutil .s-sent.s-folded > div > div > details > summary { font-weight: 400; overflow-wrap: anywhere; }
"""
