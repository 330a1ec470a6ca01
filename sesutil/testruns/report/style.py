# ruff: noqa: E501 (a style sheet)
"""How a report looks: light and dark, narrow and wide, on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --soft: #f1f3f5; --line: #d9dde2; --strong: #7b848e;
  --text: #1b1f23; --muted: #59616b; --accent: #0b5cad; --practice: #0b5a5a; --live: #a3161f;
  --good: #1b5e20; --bad: #a3161f; --look: #7a4b00;
  --good-soft: #e7f4e8; --bad-soft: #fdeaea; --look-soft: #fdf3dc; --calm-soft: #e8f0f9;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #131518; --card: #1b1e22; --soft: #24282d; --line: #363c43; --strong: #7d8792;
    --text: #eceff2; --muted: #a7b0ba; --accent: #8ec2ff; --practice: #7fd6d0; --live: #ff9d9d;
    --good: #8fd694; --bad: #ff9d9d; --look: #f0c274;
    --good-soft: #1d2f20; --bad-soft: #3a2022; --look-soft: #352b17; --calm-soft: #1b2a3a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 28px 24px 48px; }
h1, h2, h3, h4, p, li, dd, td, th, caption { overflow-wrap: anywhere; }
h1 { font-size: 24px; line-height: 1.3; margin: 0 0 10px; text-wrap: balance; }
h2 { font-size: 18px; margin: 28px 0 10px; }
.part { font-size: 15px; margin: 0 0 6px; } .reason { font-size: 14px; margin: 0; }
p { margin: 6px 0; } .muted, dt, .small { color: var(--muted); } .small { font-size: 12px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px;
  margin: 0 0 14px; min-width: 0; }
.card.bad { border-left: 4px solid var(--bad); }
.pill { display: inline-block; border: 1.5px solid; border-radius: 99px; padding: 0 10px; font-size: 12px;
  font-weight: 700; letter-spacing: .06em; }
.pill.practice { color: var(--practice); } .pill.live { color: var(--live); } .pill.endpoint { color: var(--look); }
.chip { display: inline-block; border-radius: 6px; padding: 1px 8px; font-weight: 600; white-space: nowrap; }
.chip.good { color: var(--good); background: var(--good-soft); }
.chip.bad { color: var(--bad); background: var(--bad-soft); }
.chip.look { color: var(--look); background: var(--look-soft); }
.chip.calm { color: var(--accent); background: var(--calm-soft); }
.chip.none { color: var(--muted); background: var(--soft); }
.verdict { display: flex; gap: 12px; align-items: baseline; }
.verdict .sign { font-size: 22px; font-weight: 700; }
.verdict .sign.good { color: var(--good); } .verdict .sign.bad { color: var(--bad); }
dl { display: grid; grid-template-columns: minmax(90px, max-content) minmax(0, 1fr); gap: 4px 18px; margin: 10px 0 0; }
dd { margin: 0; } .said dd { white-space: pre-wrap; overflow-wrap: anywhere; }
ul.counts { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; padding: 0; margin: 14px 0 0; }
.card > ul.counts:first-child { margin-top: 0; } .card > dl:first-child { margin-top: 0; }
ul.mails { margin: 6px 0 0; padding-left: 20px; } ul.mails.many { columns: 320px; }
.to-the-side { display: none; color: var(--muted); font-size: 12px; margin: 0 0 6px; }
ul.notes { margin: 6px 0 0; padding-left: 20px; }
.wire { font-family: var(--mono); font-size: 13px; background: var(--soft); border-radius: 6px; padding: 6px 10px; }
summary { cursor: pointer; color: var(--accent); } details table { margin-top: 8px; }
.scroll { overflow-x: auto; /* shadows where there is more to the sides: the covers move with the table */
  background: linear-gradient(90deg, var(--card) 40%, transparent) 0 0 / 48px 100% local no-repeat,
    linear-gradient(270deg, var(--card) 40%, transparent) 100% 0 / 48px 100% local no-repeat,
    linear-gradient(90deg, var(--line), transparent) 0 0 / 12px 100% scroll no-repeat,
    linear-gradient(270deg, var(--line), transparent) 100% 0 / 12px 100% scroll no-repeat; } .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: 12px; padding: 0 0 6px; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; color: var(--muted); font-size: 12px; font-weight: 600; }
tbody th { font-weight: 600; } th.name { width: 1px; white-space: nowrap; padding-right: 18px; } table.runs td { white-space: nowrap; } table.runs th[scope=row] { min-width: 200px; overflow-wrap: break-word; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
table.grid th, table.grid td { min-width: 92px; } table.grid tbody th { min-width: 190px; overflow-wrap: break-word; }
table.grid th[scope=rowgroup] { padding-top: 12px; } table.grid th.to { font-weight: 400; padding-left: 16px; border-top: 0; } table.grid th.to ~ td { border-top: 0; }
table.grid .in-cell { display: block; font-size: 12px; color: var(--muted); }
svg.strips { display: block; width: 100%; overflow: visible; }
svg.strips text { fill: var(--text); font-size: 12px; paint-order: stroke; stroke: var(--card); stroke-width: 5px; } svg.strips text.axis { fill: var(--muted); }
svg.strips .label { font-weight: 600; }
svg.strips .ground { stroke: var(--line); stroke-width: 1; }
svg.strips .dot { fill: var(--accent); fill-opacity: .55; stroke: var(--accent); }
svg.strips .median { stroke: var(--text); stroke-width: 2; }
.plot { padding: 0 18px 0 6px; }
a { color: var(--accent); }
footer { color: var(--muted); font-size: 12px; margin-top: 28px; }
@media (max-width: 520px) {
  table.grid th, table.grid td { padding-right: 8px; min-width: 84px; } table.grid th.to { padding-left: 8px; min-width: 96px; }
  table.grid tbody th { min-width: 110px; overflow-wrap: anywhere; }
  .to-the-side { display: block; }
  main { padding: 16px 12px 32px; } .card { padding: 12px 14px; } h1 { font-size: 20px; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 8px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; }
  body { font-size: 11px; } main { max-width: none; padding: 0; }
  .card, .chip { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .card { border-radius: 0; padding: 8px 12px; }
  h2, .part { break-after: avoid; } tr, li, svg, .fault { break-inside: avoid; } thead { display: table-header-group; }
  .scroll { overflow: visible; background: none; } .to-the-side { display: none; } h1 { font-size: 18px; } h2 { font-size: 14px; } .part { font-size: 13px; } .reason { font-size: 11px; }
  .wire, .small, .pill, caption, thead th, footer, table.grid .in-cell, svg.strips text { font-size: 10px; } th, td { padding-top: 3px; padding-bottom: 3px; }
}
@media (forced-colors: active) { .chip, .pill { border: 1px solid; } svg.strips .dot { fill: CanvasText; } }
"""
"""One style sheet within the page. Every colour of text stands in a variable, which a test measures."""
