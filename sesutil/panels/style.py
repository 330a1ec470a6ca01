"""How every panel looks: one style sheet of JupyterLab's theme variables, with fallbacks elsewhere."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode

from sesutil.previewing import FRAME_CSS

__all__ = ["StyleSheet", "style_sheet"]

_CSS = """
.sesutil {
  --s-page: var(--jp-layout-color1, #fff); --s-soft: var(--jp-layout-color2, #f0f1f3);
  --s-line: var(--jp-border-color1, #c4c9cf); --s-line-soft: var(--jp-border-color2, #dde0e4);
  --s-text: var(--jp-ui-font-color0, rgba(0, 0, 0, .92)); --s-muted: color-mix(in srgb, var(--jp-ui-font-color0, #000) 70%, transparent);
  --s-link: var(--jp-content-link-color, #0b5cad); --s-accent: #1565c0;
  --s-good: #1b5e20; --s-bad: #b3261e; --s-wait: #7a4b00; --s-practice: #0b5a5a; --s-live: #a3150c;
  max-width: 860px; width: 100%; color: var(--s-text); font-size: 13px; padding: 2px 0 8px; overflow: visible;
}
/* the theme's own status colours are too faint for text on dark ground, so there are two sets */
[data-jp-theme-light="false"] .sesutil { --s-good: #8fd694; --s-bad: #ffa198; --s-wait: #f0c274; --s-practice: #7fd6d0;
  --s-live: #ffa198; --s-accent: #1f6fd0; --s-link: #8ec2ff; }
.sesutil, .sesutil .widget-box, .sesutil .widget-vbox, .sesutil .widget-hbox { overflow: visible; }
.sesutil .widget-html, .sesutil .widget-html-content { line-height: 1.45; height: auto; margin: 0; color: inherit;
  font-size: 13px; white-space: normal; overflow: visible; width: auto; align-self: stretch; }
.sesutil .widget-html-content { min-width: 0; }
.sesutil a { color: var(--s-link); text-decoration: underline; }
.sesutil a.s-strong { display: inline-block; background: var(--s-accent); color: #fff; border-radius: 6px; padding: 6px 16px;
  font-weight: 600; line-height: 1.35; text-decoration: none; }
.sesutil a.s-strong:hover { text-decoration: underline; }
.sesutil .s-hint .widget-html-content { font-size: 12px; line-height: 1.4; }
.sesutil .s-muted { color: var(--s-muted); }
.sesutil .s-style { display: none; }

.sesutil .s-banner { display: flex; flex-flow: row wrap; align-items: center; gap: 6px 12px; background: var(--s-soft);
  border: 1px solid var(--s-line-soft); border-radius: 8px; padding: 9px 14px; margin: 0 0 12px; }
.sesutil .s-banner.s-is-live { border: 2px solid var(--s-live); }
.sesutil .s-banner > .widget-html { flex: 1 1 320px; }
.sesutil .s-facts { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; }
.sesutil .s-pill { border: 1.5px solid var(--s-practice); color: var(--s-practice); border-radius: 99px; padding: 2px 11px;
  font-size: 12px; font-weight: 700; letter-spacing: .06em; white-space: nowrap; }
.sesutil .s-pill.s-is-live { background: #a3150c; border-color: #a3150c; color: #fff; }
.sesutil .s-pill.s-is-endpoint { border-style: dashed; border-color: var(--s-wait); color: var(--s-wait); }

.sesutil .s-card { background: var(--s-page); border: 1px solid var(--s-line-soft); border-radius: 10px; padding: 14px 18px 16px;
  margin: 0 0 12px; gap: 10px; }
.sesutil .s-card h3 { font-size: 17px; line-height: 1.3; font-weight: 600; margin: 0 0 2px; color: var(--s-text); }
.sesutil .s-card h3::before { content: none; }
.sesutil .s-card p { margin: 0 0 4px; }

.sesutil .s-fields { display: flex; flex-flow: row wrap; gap: 10px 16px; align-items: flex-start; }
.sesutil .s-field { flex: 1 1 160px; min-width: 0; gap: 3px; padding: 1px; } .sesutil .s-field.s-half { flex: 1 1 300px; }
.sesutil .s-field.s-wide { flex: 2.4 1 260px; }
.sesutil .s-field > .widget-inline-hbox { flex-direction: column; align-items: stretch; width: 100%; height: auto; margin: 0; gap: 3px; }
.sesutil .s-field > .widget-inline-hbox > label { width: auto; text-align: left; font-weight: 600; font-size: 13px; height: auto;
  line-height: 1.4; color: var(--s-text); overflow: visible; padding: 0; white-space: normal; overflow-wrap: anywhere; }
.sesutil .s-field input, .sesutil .s-field select { height: 32px; flex: 0 0 32px; width: 100%; box-sizing: border-box; font-size: 13px;
  border: 1px solid var(--s-line); border-radius: 5px; background-color: var(--jp-input-background, #fff); color: var(--s-text); padding: 0 8px; }
.sesutil .s-field select { padding-right: 26px; appearance: none; background-repeat: no-repeat; background-size: 5px 5px;
  background-image: linear-gradient(45deg, transparent 50%, var(--s-text) 50%), linear-gradient(135deg, var(--s-text) 50%, transparent 50%);
  background-position: calc(100% - 15px) 13px, calc(100% - 10px) 13px; }
.sesutil .s-field.s-wrong input { border: 2px solid var(--s-bad); }
.sesutil .s-hint { color: var(--s-muted); }
.sesutil .s-wrong .s-hint, .sesutil .s-error { color: var(--s-bad); }
.sesutil .widget-checkbox { width: auto; height: auto; margin: 0; }
.sesutil .widget-checkbox label { white-space: normal; height: auto; line-height: 1.4; }

.sesutil .s-actions { display: flex; flex-flow: row wrap; gap: 8px 10px; align-items: center; padding: 2px; }
.sesutil button.jupyter-button { width: auto; height: auto; min-height: 32px; padding: 5px 16px; margin: 0; border-radius: 6px;
  font-size: 13px; font-weight: 600; line-height: 1.35; white-space: normal; background: var(--s-soft); color: var(--s-text);
  border: 1px solid var(--s-line-soft); }
.sesutil button.jupyter-button.mod-primary { background: var(--s-accent); color: #fff; border-color: var(--s-accent); }
.sesutil button.jupyter-button:disabled { opacity: 1; background: var(--s-soft); color: var(--s-muted);
  border: 1px dashed var(--s-line); cursor: not-allowed; }
.sesutil button.s-quiet { min-height: 26px; padding: 2px 10px; font-weight: 500; font-size: 12px; background: transparent;
  border: 1px solid var(--s-line); }
.sesutil textarea:focus-visible, .sesutil input:focus-visible, .sesutil select:focus-visible, .sesutil button.jupyter-button:focus-visible, .sesutil summary:focus-visible,
.sesutil a:focus-visible { outline: 3px solid var(--s-link); outline-offset: 1px; box-shadow: none; }

.sesutil .s-rows { display: grid; grid-template-columns: max-content minmax(0, 1fr) max-content; }
.sesutil .s-rows > * { padding: 8px 14px 8px 0; border-top: 1px solid var(--s-line-soft); overflow-wrap: anywhere; }
.sesutil .s-rows > :nth-child(-n+3) { border-top: 0; }
.sesutil .s-rows > :nth-child(3n) { padding-right: 0; text-align: right; }
.sesutil .s-state { font-weight: 600; white-space: nowrap; }
.sesutil .s-good { color: var(--s-good); } .sesutil .s-bad { color: var(--s-bad); } .sesutil .s-wait { color: var(--s-wait); }
.sesutil .s-todo { color: var(--s-muted); }
.sesutil .s-code { font: 700 27px/1.25 var(--jp-code-font-family, ui-monospace, monospace); letter-spacing: .16em; user-select: all;
  display: block; margin-top: 2px; }
.sesutil code, .sesutil pre { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 12px; color: inherit;
  background: var(--s-soft); border-radius: 4px; }
.sesutil code { padding: 1px 4px; overflow-wrap: anywhere; }
.sesutil pre { padding: 10px 12px; margin: 4px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45; }
.sesutil pre.s-long { max-height: 340px; overflow: auto; }
.sesutil details { margin-top: 8px; } .sesutil summary { cursor: pointer; width: fit-content; font-weight: 600; padding: 2px 0; }
.sesutil .s-bench { display: flex; flex-flow: row wrap; gap: 10px 14px; align-items: flex-start; }
.sesutil .s-types { flex: 0 1 220px; gap: 2px; }
.sesutil .s-types button.jupyter-button { width: 100%; text-align: left; padding: 4px 10px; min-height: 30px; background: transparent;
  border-color: transparent; font-weight: 400; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sesutil .s-types button.s-current { background: var(--s-soft); border-color: var(--s-line); font-weight: 700; }
.sesutil .s-types button.s-type-error { color: var(--s-bad); } .sesutil .s-types button.s-type-warning { color: var(--s-wait); }
.sesutil .s-types button.s-type-none { color: var(--s-muted); }
.sesutil .s-desk { flex: 1 1 420px; min-width: 0; gap: 8px; }
.sesutil .s-editor { display: flex; border: 1px solid var(--s-line); border-radius: 6px; overflow: hidden; background: var(--jp-input-background, #fff);
  font: 12px/18px var(--jp-code-font-family, ui-monospace, monospace); }
.sesutil .s-editor:focus-within { outline: 3px solid var(--s-link); outline-offset: 1px; }
.sesutil .s-editor textarea { flex: 1; min-width: 0; height: 344px; box-sizing: border-box; resize: vertical; border: 0; outline: 0; padding: 4px 8px;
  font: inherit; color: var(--s-text); background: transparent; white-space: pre; overflow: auto; tab-size: 2; margin: 0; }
.sesutil .s-gutter { flex: none; width: 44px; position: relative; overflow: hidden; text-align: right; color: var(--s-muted); background: var(--s-soft);
  user-select: none; }
.sesutil .s-gutter > div { position: absolute; inset: 4px 0 auto 0; } .sesutil .s-gutter > div > div { padding: 0 8px 0 2px; height: 18px; }
.sesutil .s-gutter .s-mark { font-weight: 700; color: var(--s-wait); border-left: 4px solid var(--s-wait); padding-left: 2px; }
.sesutil .s-gutter .s-mark-error { color: var(--s-bad); border-left-color: var(--s-bad); }
.sesutil .s-variables { display: flex; flex-flow: row wrap; gap: 4px 6px; align-items: center; padding: 1px; }
.sesutil .s-variables button.s-quiet { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 12px; padding: 1px 8px; }
.sesutil .s-variables button.s-optional { border-style: dashed; }
.sesutil .s-fields > button.jupyter-button { margin-top: 22px; }
.sesutil .s-field textarea { width: 100%; box-sizing: border-box; min-height: 64px; font: 12px/1.4 var(--jp-code-font-family, ui-monospace, monospace);
  border: 1px solid var(--s-line); border-radius: 5px; background: var(--jp-input-background, #fff); color: var(--s-text); padding: 6px 8px; }
.sesutil .s-field.s-prose { flex: 1 1 100%; } .sesutil .s-prose textarea { font: 13px/1.45 var(--jp-ui-font-family, sans-serif); }
.sesutil .s-card.s-play { border-style: dashed; border-color: var(--s-practice); }
.sesutil .s-wrong textarea { border: 2px solid var(--s-bad); }
.sesutil .s-tabs { width: auto; height: auto; margin: 0; } .sesutil .s-tabs > label { display: none; }
.sesutil .s-tabs .widget-toggle-buttons, .sesutil .s-tabs > div { display: flex; flex-flow: row wrap; gap: 4px; }
.sesutil .s-tabs button.jupyter-button { min-height: 28px; padding: 3px 12px; font-weight: 500; }
.sesutil .s-tabs button.mod-active { background: var(--s-accent); color: #fff; border-color: var(--s-accent); box-shadow: none; }
.sesutil .s-waiting { position: absolute; visibility: hidden; width: 100%; pointer-events: none; }
.sesutil .s-rule { font-size: 12px; white-space: nowrap; }
.sesutil .s-copy { width: 100%; } .sesutil .s-gone { display: none; }
.sesutil .s-copy-head { display: flex; flex-flow: row wrap; gap: 4px 10px; align-items: center; }
.sesutil .s-copy-label { font-weight: 600; flex: 1 1 auto; line-height: 1.4; } .sesutil .s-copy-said { color: var(--s-good); font-weight: 600; font-size: 12px; }
.sesutil code.s-secret-text { display: block; padding: 8px 12px; margin: 4px 0; font-size: 13px; user-select: all; }
.sesutil .s-secret { display: flex; flex-direction: column; }
.sesutil .s-secret-label { font-weight: 600; line-height: 1.4; color: var(--s-text); }
.sesutil .s-secret-line { display: flex; gap: 8px; align-items: center; } .sesutil .s-field .s-secret-line input { flex: 1 1 0; min-width: 0; }
.sesutil .s-secret-line button { flex: none; } .sesutil .s-secret input::placeholder { color: var(--s-muted); opacity: 1; }
.sesutil .s-secret > .s-hint { font-size: 12px; line-height: 1.4; }
.sesutil .s-choices { width: 100%; height: auto; margin: 0; display: block; }
.sesutil .s-choices > label { display: none; }
.sesutil .s-choices .widget-radio-box { display: flex; flex-direction: column; gap: 6px; max-width: none; margin: 0; }
.sesutil .s-choices .widget-radio-box label { display: flex; align-items: flex-start; gap: 8px; width: auto; height: auto; margin: 0;
  font-size: 13px; line-height: 1.45; white-space: normal; color: var(--s-text); cursor: pointer; }
.sesutil .s-choices .widget-radio-box input { position: static; flex: none; order: -1; margin: 3px 0 0; width: 13px; height: 13px; accent-color: var(--s-accent); }
.sesutil .s-choices input:focus-visible { outline: 3px solid var(--s-link); outline-offset: 1px; }
.sesutil .s-card h4 { font-size: 13px; line-height: 1.4; font-weight: 600; margin: 4px 0 0; color: var(--s-text); }
.sesutil .s-card ol { margin: 2px 0 0; padding-left: 22px; } .sesutil .s-card li { margin: 0 0 3px; }
.sesutil .s-terms { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 14px; margin: 6px 0 0; }
.sesutil .s-terms dt, .sesutil .s-terms dd { float: none; width: auto; margin: 0; padding: 0; overflow-wrap: anywhere; }
.sesutil .s-terms dt { font-weight: 600; }
.sesutil button.jupyter-button.s-alone { align-self: flex-start; }
.sesutil .s-change { gap: 8px; } .sesutil .s-change > button.jupyter-button { align-self: flex-start; }
.sesutil iframe { width: 100%; height: 500px; border: 1px solid var(--s-line-soft); border-radius: 8px; background: #fff;
  box-sizing: border-box; margin-top: 8px; }
@media (max-width: 560px) {
  .sesutil .s-card { padding: 12px; }
  .sesutil .s-rows, .sesutil .s-terms { grid-template-columns: minmax(0, 1fr); }
  .sesutil .s-rows > *, .sesutil .s-rows > :nth-child(3n) { border-top: 0; padding: 2px 0; text-align: left; }
  .sesutil .s-rows > :nth-child(3n+1):not(:first-child) { border-top: 1px solid var(--s-line-soft); margin-top: 8px; padding-top: 8px; }
}
"""


class StyleSheet(anywidget.AnyWidget):
    """The style sheet, for a panel to have as its first child; it also keeps the panel's keys from JupyterLab."""

    _esm = Path(__file__).parent / "static" / "sheet.js"
    css = Unicode(_CSS + FRAME_CSS).tag(sync=True)


def style_sheet() -> StyleSheet:
    """The style sheet as a child that a panel puts first. Several on a page do no harm: they are equal."""
    sheet = StyleSheet()
    sheet.add_class("s-style")
    return sheet
