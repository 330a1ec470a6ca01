"""What the identity panel needs beside the style of all panels: the choice, and the table of records."""

# ruff: noqa: E501
from __future__ import annotations

__all__ = ["IDENTITY_CSS"]

IDENTITY_CSS = """
.sesutil .s-choices { width: 100%; height: auto; margin: 0; display: block; }
.sesutil .s-choices > label { display: none; }
.sesutil .s-choices .widget-radio-box { display: flex; flex-direction: column; gap: 6px; max-width: none; margin: 0; }
.sesutil .s-choices .widget-radio-box label { display: flex; align-items: flex-start; gap: 8px; width: auto; height: auto; margin: 0;
  font-size: 13px; line-height: 1.45; white-space: normal; color: var(--s-text); cursor: pointer; }
.sesutil .s-choices .widget-radio-box input { order: -1; position: static; flex: none; margin: 3px 0 0; width: 13px; height: 13px; accent-color: var(--s-accent); }
.sesutil .s-choices input:focus-visible { outline: 3px solid var(--s-link); outline-offset: 1px; }
.sesutil .s-change { gap: 8px; }
.sesutil .s-choice-card > button.jupyter-button { align-self: flex-start; }
.sesutil .s-change > button.jupyter-button { align-self: flex-start; }

.sesutil table.s-records { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 0; font-size: 13px; background: transparent; }
.sesutil table.s-records th { text-align: left; font-size: 12px; font-weight: 600; color: var(--s-muted); padding: 0 10px 6px 0; background: transparent; }
.sesutil table.s-records td { text-align: left; vertical-align: top; padding: 8px 10px 0 0; overflow-wrap: anywhere; white-space: normal; background: transparent;
  max-width: none; }
.sesutil table.s-records tbody > tr:first-child > td { border-top: 1px solid var(--s-line-soft); }
.sesutil table.s-records tbody > tr:last-child > td { padding-bottom: 8px; }
.sesutil table.s-records tr { background: transparent; }
.sesutil table.s-records td:last-child { padding-right: 0; }
.sesutil table.s-records .s-c-state { width: 88px; } .sesutil table.s-records .s-c-name { width: 40%; } .sesutil table.s-records .s-c-purpose { width: 80px; }
.sesutil table.s-records .s-c-type { width: 58px; }
.sesutil table.s-records code { white-space: normal; }
.sesutil button.s-take { font-family: inherit; font-size: 12px; line-height: 1.3; color: var(--s-text); background: transparent; border: 1px solid var(--s-line);
  border-radius: 5px; padding: 1px 8px; margin: 2px 2px 0 0; cursor: pointer; white-space: nowrap; }
.sesutil button.s-take:focus-visible { outline: 3px solid var(--s-link); outline-offset: 1px; }
.sesutil .s-card h4 { font-size: 13px; font-weight: 600; margin: 6px 0 0; color: var(--s-text); }
.sesutil .s-said p { margin: 0 0 4px; }
.sesutil .s-progress { width: 100%; height: 10px; display: block; margin: 0 0 6px; appearance: none; border: 1px solid var(--s-line); border-radius: 6px;
  background: var(--s-soft); overflow: hidden; box-sizing: border-box; }
.sesutil .s-progress::-webkit-progress-bar { background: transparent; } .sesutil .s-progress::-webkit-progress-value { background: var(--s-accent); }
.sesutil .s-progress::-moz-progress-bar { background: var(--s-accent); }
@media (max-width: 640px) {
  .sesutil table.s-records, .sesutil table.s-records tbody, .sesutil table.s-records tr, .sesutil table.s-records td { display: block; width: auto; }
  .sesutil table.s-records thead { display: none; }
  .sesutil table.s-records td, .sesutil table.s-records tbody > tr:last-child > td { padding: 1px 0; }
  .sesutil table.s-records tbody > tr:first-child > td { border-top: 0; }
  .sesutil table.s-records td:empty { display: none; }
  .sesutil table.s-records tbody > tr:first-child > td:first-child { border-top: 1px solid var(--s-line-soft); padding-top: 8px; margin-top: 8px; }
  .sesutil table.s-records td[data-label]::before { content: attr(data-label) " "; color: var(--s-muted); font-size: 12px; }
}
"""
