"""The card of the DNS records: what is wanted and found, formats to copy, publishing to Route 53."""

from __future__ import annotations

import json
from typing import Any

import ipywidgets as widgets

from sesutil.dns.names import provider_of
from sesutil.dns.records import as_change_batch, as_csv, as_zone_file
from sesutil.panels.cards import Card, actions, display, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.copying import CopyBox
from sesutil.panels.identity.records_markup import download_link, records_table
from sesutil.panels.identity.records_model import RecordsModel
from sesutil.panels.pieces import card_title, html, rows, safe, with_codes

__all__ = ["RecordsCard"]

_FORMATS = ("Text", "BIND zone", "CSV", "Route 53")


class RecordsCard(Card):
    """`look_button` asks the DNS again, `format` chooses what `copy` holds, `publishing` carries it out."""

    def __init__(self, model: RecordsModel) -> None:
        self.model = model
        self.look_button = widgets.Button(
            description="Look again", tooltip="Ask the DNS for every record now"
        )
        self.publish_button = widgets.Button(description="Publish them in Route 53")
        self.publishing = ChangeView(model.publishing)
        self.all_button = widgets.ToggleButton(description="Copy or download them all")
        self.format = widgets.ToggleButtons(options=_FORMATS, description="Format")
        self.format.add_class("s-tabs")
        self.copy = CopyBox("All records")
        self._title = html()
        self._table = html()
        self._conflicts = html()
        self._note = html()
        self._download = html()
        super().__init__(
            [
                self._title,
                self._table,
                self._note,
                self._conflicts,
                self.publishing,
                actions(self.publish_button, self.look_button, self.all_button),
                self.format,
                self.copy,
                self._download,
            ]
        )
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.look_button.on_click(lambda _: model.look())
        self.publish_button.on_click(lambda _: model.plan_publishing())
        self.all_button.observe(self._on_format_change, "value")
        self.format.observe(self._on_format_change, "value")
        model.observe(self._on_model_change, ["records", "verdicts", "looking", "problem", "zone"])
        model.publishing.observe(self._on_model_change, ["state", "change"])

    def _on_format_change(self, change: Any) -> None:
        self._show_formats()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model = self.model
        self.show(bool(model.records))
        if not model.records:
            return
        put(self._title, _title(model))
        put(self._table, _table(model))
        put(self._note, _note(model), announce=True)
        self.look_button.disabled = model.looking
        self.look_button.description = "Looking \N{HORIZONTAL ELLIPSIS}" if model.looking else "Look again"
        idle = model.publishing.state in ("idle", "done", "failed")
        by_hand = _all_by_hand(model)
        display(self.publish_button, not model.all_found and (idle or by_hand))
        display(self.publishing, not by_hand)
        put(self._conflicts, _conflicts(model))
        self._show_formats()

    def _show_formats(self) -> None:
        model = self.model
        if model.identity is None:
            return
        text, name, kind = _formatted(model, self.format.value)
        self.copy.text = text
        self._download.value = f"<p>{download_link(name, text, kind)}</p>"
        for one in (self.format, self.copy, self._download):
            display(one, bool(self.all_button.value))


def _title(model: RecordsModel) -> str:
    total = len(model.records)
    found = sum(one.state == "found" for one in model.verdicts)
    title = f"Publish {total} DNS records" if not model.verdicts else f"DNS records: {found} of {total} found"
    return card_title(
        title,
        "They go into the zone of your domain, where it is kept: at your DNS provider, or in Route "
        "53. The three for "
        "DKIM verify the domain; the others are for MAIL FROM and DMARC."
        if len(model.records) > 1
        else "",
    )


def _table(model: RecordsModel) -> str:
    zone = model.zone.name if model.zone is not None else ""
    return records_table(model.records, model.verdicts, zone=zone, looking=model.looking)


def _note(model: RecordsModel) -> str:
    if model.problem:
        return rows([("look", "could not look", safe(model.problem), "")])
    if model.looking and not model.verdicts:
        return _muted("Asking the zone\N{RIGHT SINGLE QUOTATION MARK}s own servers and a public resolver.")
    if model.looked_at is None:
        return ""
    looked = f"Looked at {model.looked_at:%H:%M:%S}"
    if model.zone is None:
        return _muted(f"{looked}.")
    provider = provider_of(model.zone.servers)
    servers = ", ".join(safe(one) for one in model.zone.servers[:2])
    where = f"{safe(provider)}: {servers}" if provider else servers
    return _muted(
        f"{looked}, in the zone <b>{safe(model.zone.name)}</b> ({where}) and at a "
        "public resolver. "
        "Many forms add the part in grey by themselves: then enter the short name."
    )


def _muted(markup: str) -> str:
    return f"<p class='s-muted'>{markup}</p>"


def _all_by_hand(model: RecordsModel) -> bool:
    """Whether publishing can do nothing: that is not "done", and it may be tried again."""
    plan = model.plan
    if plan is None or model.publishing.state != "planned":
        return False
    return not plan.calls and bool(plan.conflicts)


def _conflicts(model: RecordsModel) -> str:
    """What publishing leaves to a person. What has no hosted zone at all is said once."""
    plan = model.plan
    if plan is None or model.publishing.state != "planned":
        return ""
    items = [("look", "no use yet", safe(plan.warning), "")] if plan.warning else []
    homeless = [one for one in plan.conflicts if not one.there]
    if len(homeless) > 1:
        what = f"all {len(homeless)}" if len(homeless) == len(model.to_hand_on) else f"{len(homeless)}"
        sentence = (
            f"This account has no public hosted zone for {what} of these records. Copy them to where "
            "the DNS of "
            "the domain is kept."
        )
        items.append(("look", "by hand", sentence, ""))
        homeless = []
    occupied = [one for one in plan.conflicts if one.there]
    told = {one.record for one in model.verdicts if one.state == "wrong" and one.fix}
    known = [one for one in occupied if one.record in told]
    if known:
        them = "One record is" if len(known) == 1 else f"{len(known)} records are"
        sentence = (
            f"{them} left out: something else is at the name. It is never overwritten; the table above says "
            "what to change by hand."
        )
        items.append(("look", "in the way", sentence, ""))
    others = [one for one in occupied if one not in known]
    items += [("look", "in the way", with_codes(one.sentence), "") for one in others]
    items += [("look", "by hand", with_codes(one.sentence), "") for one in homeless]
    return rows(items) if items else ""


def _formatted(model: RecordsModel, format: str) -> tuple[str, str, str]:
    """The records as text, the name of the file, its media type."""
    assert model.identity is not None
    records, domain = model.to_hand_on, model.identity.domain
    match format:
        case "BIND zone":
            return as_zone_file(records, domain), f"{domain}.zone", "text/plain"
        case "CSV":
            return as_csv(records), f"{domain}.csv", "text/csv"
        case "Route 53":
            text = json.dumps(as_change_batch(records), indent=2)
            return text + "\n", f"{domain}.route53.json", "application/json"
    width = max((len(one.name) for one in records), default=0)
    lines = [f"{one.type:<5}  {one.name:<{width}}  {one.value}" for one in records]
    return "\n".join(lines) + "\n", f"{domain}.txt", "text/plain"
