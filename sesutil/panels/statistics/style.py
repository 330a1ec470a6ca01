"""What the statistics need beside the style of all panels: plots in the theme's colours, tables, the verdict."""

# ruff: noqa: E501
from __future__ import annotations

from sesutil.statistics.plots.picture import SHOWN_CSS
from sesutil.statistics.plots.themes import DARK, LIGHT, Theme

__all__ = ["STATISTICS_CSS"]


def _variables(theme: Theme) -> str:
    # The card is the plots' ground: they have none of their own here.
    return "".join(
        f"--plot-{role}: {'var(--s-page)' if role == 'page' else theme.of(role)}; " for role in Theme.roles()
    )


STATISTICS_CSS = f"""
.sesutil {{ {_variables(LIGHT)} }}
[data-jp-theme-light="false"] .sesutil {{ {_variables(DARK)} }}
{SHOWN_CSS}
.sesutil .s-plots {{ gap: 0; padding: 0; }}
.sesutil .s-plots .s-plot {{ padding: 6px 6px 2px; }}
.sesutil .s-plots .widget-html + .widget-html {{ border-top: 1px solid var(--s-line-soft); }}
.sesutil .s-verdict h3 {{ font-size: 22px; line-height: 1.35; font-weight: 600; margin: 2px 0 6px; text-wrap: balance; }}
.sesutil .s-card.s-is-bad {{ border-left: 5px solid var(--s-bad); }} .sesutil .s-card.s-is-look {{ border-left: 5px solid var(--s-wait); }}
.sesutil .s-card.s-is-good {{ border-left: 5px solid var(--s-good); }} .sesutil .s-card.s-is-unknown {{ border-left: 5px solid var(--s-line); }}
.sesutil .s-verdict ul {{ margin: 4px 0 0; padding-left: 20px; }} .sesutil .s-verdict .s-notes {{ margin-top: 8px; }}
.sesutil .s-scroll {{ overflow-x: auto; max-width: 100%; }} .sesutil .s-scroll.s-tall {{ max-height: 420px; overflow-y: auto; }}
.sesutil .s-scroll table {{ border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; color: var(--s-text); }}
.sesutil .s-scroll th {{ font-weight: 600; color: var(--s-muted); position: sticky; top: 0; background: var(--s-page); }}
.sesutil .s-scroll th, .sesutil .s-scroll td {{ padding: 5px 11px 5px 0; white-space: nowrap; border-bottom: 1px solid var(--s-line-soft); }}
.sesutil .s-scroll th:last-child, .sesutil .s-scroll td:last-child {{ padding-right: 4px; }}
.sesutil .s-scroll:focus-visible {{ outline: 3px solid var(--s-link); outline-offset: 1px; }}
.sesutil div.dt-container .dt-paging .dt-paging-button.disabled {{ color: var(--s-muted) !important; }}
.sesutil .s-download {{ display: flex; flex-flow: row wrap; align-items: center; gap: 4px 8px; width: auto; margin: 0; }}
"""
