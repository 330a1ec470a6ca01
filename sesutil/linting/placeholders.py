"""Placeholders that Logto does not replace, replaces by nothing, or replaces by what a user wrote."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sesutil.config import ConnectorConfig, UsageType, pick_template
from sesutil.linting.findings import Finding, Severity
from sesutil.rendering import PLACEHOLDER, unclosed_placeholder
from sesutil.variables import (
    has_parts,
    known_roots,
    path_exists,
    paths_below,
    proof_variable,
    variable_paths,
    variables_of,
    written_by_users,
)

if TYPE_CHECKING:
    from sesutil.linting.view import TemplateView

__all__ = ["Fault", "check_placeholders", "placeholder_faults", "template_findings"]

_OPENING = re.compile(r"\{\{+")
_CLOSING = re.compile(r"\}\}+")
_OTHER_BRACES = re.compile(r"\{\{(?!\{)(?:(?!\{\{|\}\}).){0,200}\}\}", re.DOTALL)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one placeholder; `start` is its offset, `text` how it stands there."""

    rule: str
    severity: Severity
    start: int
    text: str
    message: str
    fix: str


def placeholder_faults(text: str, usage_type: str) -> Iterator[Fault]:
    """What is wrong with the placeholders of a text, one fault for each that has any, in their order."""
    end = 0
    for run in _OPENING.finditer(text):
        start, at = run.start(), run.end() - 2  # only the last two braces of a run can be Logto's
        if at < end:
            continue
        if match := PLACEHOLDER.match(text, at):
            end = match.end()
            if run.end() - start > 2:
                closing = _CLOSING.match(text, end - 2)
                shown = text[start : closing.end() if closing else end]
                yield Fault(
                    "placeholder-triple",
                    "error",
                    start,
                    shown,
                    f"{_short(shown)} is mailed with braces around the value: Logto replaces the inner two.",
                    f"Write {{{{{match[1]}}}}}. Logto escapes nothing, with two braces or three.",
                )
            elif fault := _fault_of_path(match[1], at, match[0], usage_type):
                yield fault
        elif (beginning := unclosed_placeholder(text, at)) is not None:
            end = at + len(beginning)
            yield Fault(
                "placeholder-unclosed",
                "error",
                at,
                beginning,
                f"{_short(beginning)} is never closed, so it is mailed as it is.",
                f"Write {_short(beginning)}}}}}.",
            )
        elif other := _OTHER_BRACES.match(text, at):
            end = other.end()
            yield Fault(
                "placeholder-malformed",
                "error",
                at,
                other[0],
                f"{_short(other[0])} is no placeholder for Logto, so it is mailed as it is.",
                _malformed_fix(other[0]),
            )


def _fault_of_path(path: str, start: int, text: str, usage_type: str) -> Fault | None:
    root = path.partition(".")[0]
    there = variables_of(usage_type)
    invitation = usage_type == UsageType.ORGANIZATION_INVITATION
    mailed = "is mailed as it is"
    if not there:
        return None  # a type that Logto never sends
    if root not in there:
        if root in known_roots():
            near = f"Use {{{{{proof_variable(usage_type)}}}}}" if root in ("code", "link") else "Leave it out"
            return Fault(
                "placeholder-unavailable",
                "error",
                start,
                text,
                f"Logto has no {root} for {usage_type} mails, so {_short(text)} {mailed}.",
                f"{near}. {usage_type} has {_listed(usage_type)}.",
            )
        near_names = difflib.get_close_matches(root.lower(), there, n=1, cutoff=0.75 if invitation else 0.6)
        if invitation and not near_names:
            return Fault(
                "placeholder-optional",
                "warning",
                start,
                text,
                f"Logto itself has no {root}: {_short(text)} {mailed} unless the program that invites gives it.",
                "Leave it out, or make sure that every invitation is made with it.",
            )
        meant = (
            f"Do you mean {{{{{near_names[0]}}}}}?"
            if near_names
            else f"{usage_type} has {_listed(usage_type)}."
        )
        return Fault(
            "placeholder-unknown",
            "error",
            start,
            text,
            f"Logto has no {root or 'name before the point'}, so {_short(text)} {mailed}.",
            meant,
        )
    if there[root] == "sometimes":
        return Fault(
            "placeholder-optional",
            "warning",
            start,
            text,
            f"{root} is not in every {usage_type} mail. Without it {_short(text)} {mailed}.",
            "Write the sentence so that it needs no such name.",
        )
    if has_parts(path):
        return Fault(
            "placeholder-object",
            "error",
            start,
            text,
            f"{path} is an object, so [object Object] stands where {_short(text)} is.",
            f"Name a part of it, such as {{{{{path}.{'logoUrl' if path.endswith('branding') else 'id'}}}}}.",
        )
    if not path_exists(path):
        return Fault(
            "placeholder-empty",
            "warning",
            start,
            text,
            f"Logto fills no {path}, so nothing stands where {_short(text)} is.",
            _near_path(path),
        )
    return None


def _near_path(path: str) -> str:
    near = difflib.get_close_matches(path, paths_below(path.partition(".")[0]), n=1, cutoff=0.6)
    return f"Do you mean {{{{{near[0]}}}}}?" if near else "Leave it out."


def _malformed_fix(text: str) -> str:
    inner = text[2:-2].strip()
    if not inner:
        return "Write a name between the braces, such as {{code}}."
    if inner[0] in "#/>^!&":
        return "Logto knows no blocks, conditions or partials, only names: write the text without them."
    if "<" in inner:
        name = re.sub(r"<[^>]*>", "", inner).strip()
        return f"Put the markup around the braces: {{{{{name}}}}} in one piece."
    return "Between the braces only a name may stand: letters, digits, _ and points, as in {{user.name}}."


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}\N{HORIZONTAL ELLIPSIS}"


def _listed(usage_type: str) -> str:
    short = [path for path in variable_paths(usage_type) if path.count(".") < 2 and not has_parts(path)]
    return ", ".join(f"{{{{{path}}}}}" for path in short)


def check_placeholders(view: TemplateView) -> Iterator[Finding]:
    """Rules placeholder-…, value-unescaped and link-not-clickable."""
    if view.template.has_subject_line:
        for fault in placeholder_faults(view.template.subject or "", view.usage_type):
            yield view.whole(fault.rule, fault.severity, fault.message, fault.fix)
    elif view.titles and view.template.subject:
        yield from _check_decoded_subject(view)
    text = view.document.text
    faults = {fault.start: fault for fault in placeholder_faults(text, view.usage_type)}
    for start in sorted({*faults, *(match.start() for match in PLACEHOLDER.finditer(text))}):
        part = view.part_at(start)
        match = PLACEHOLDER.match(text, start)
        if part == "comment":
            if match:
                yield view.at(
                    start,
                    "placeholder-comment",
                    "hint",
                    f"{match[0]} stands in a comment: Logto replaces it there as well, for all to find in the source.",
                    "Write the name without braces in comments.",
                )
        elif start in faults:
            fault = faults[start]
            yield view.at(start, fault.rule, fault.severity, fault.message, fault.fix)
        elif match and part == "content" and written_by_users(match[1]):
            yield view.at(
                start,
                "value-unescaped",
                "warning",
                f"{match[0]} is what a user wrote, and Logto puts it into the HTML as it is: "
                "a name with markup in it can put a link or an image into your mail.",
                "Leave it out, or use it in the subject alone, which is no HTML.",
            )


def _check_decoded_subject(view: TemplateView) -> Iterator[Finding]:
    """Placeholders of the subject that the source has in entities: the subject is decoded, and so it has them."""
    title = view.titles[0]
    start = title.origin_offset or 0
    end = view.document.text.find("</", start)
    source = view.document.text[start : end if end >= 0 else None]
    for fault in placeholder_faults(view.template.subject or "", view.usage_type):
        if fault.text not in source and " ".join(fault.text.split()) not in " ".join(source.split()):
            yield view.at(title, fault.rule, fault.severity, fault.message, fault.fix)


def template_findings(config: ConnectorConfig, usage_type: str) -> list[str]:
    """The placeholders of the template that Logto takes for a usage type which reach the reader as they
    are, a sentence each with what to do. Quick, for use beside a send; `lint_template` knows the rest."""
    template = pick_template(config, usage_type)
    return [
        f"The {part} of the {template.usage_type} template: {fault.message} {fault.fix}"
        for part, text in (("subject", template.subject), ("content", template.content))
        for fault in placeholder_faults(text, usage_type)
        if fault.rule in ("placeholder-unclosed", "placeholder-malformed", "placeholder-triple")
    ]
