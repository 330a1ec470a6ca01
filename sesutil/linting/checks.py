"""All checks on one template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from sesutil.config import EmailTemplate
from sesutil.linting.contrast import check_contrast
from sesutil.linting.findings import SEVERITIES, Finding
from sesutil.linting.placeholders import check_placeholders
from sesutil.linting.resources import check_resources
from sesutil.linting.settings import LintSettings
from sesutil.linting.structure import check_structure
from sesutil.linting.subject import check_subject
from sesutil.linting.support import SupportIssue, client_name, expand_clients, support_findings
from sesutil.linting.view import TemplateView
from sesutil.linting.wording import check_wording
from sesutil.templates import NotText, decode_template, format_template, parse_template

__all__ = ["CLIPPED_AT", "MOST_OF_A_RULE", "TOO_LARGE", "lint_email_template", "lint_template"]

CLIPPED_AT = 102_000
"""Bytes of HTML after which Gmail shows "[Message clipped]": observed by many, not documented."""
TOO_LARGE = 1_000_000
"""Bytes above which only the size is reported: nobody can get such a mail read."""

MOST_OF_A_RULE = 50

# What other rules say of the same element, with a better reason.
_SAID_ELSEWHERE = frozenset(
    "html-form html-input-checkbox html-input-hidden html-input-radio html-input-reset html-input-submit "
    "html-input-text html-button-reset html-button-submit html-select html-textarea html-object html-base "
    "html-link css-at-import html-required html-meta-refresh".split()
)

_CHECKS: tuple[Callable[[TemplateView], Iterator[Finding]], ...] = (
    check_subject,
    check_placeholders,
    check_wording,
    check_structure,
    check_resources,
    check_contrast,
)


def lint_template(
    source: str | bytes,
    usage_type: str,
    *,
    language: str | None = None,
    settings: LintSettings | None = None,
    file: str = "",
) -> list[Finding]:
    """What is to be said of a template file's text (or bytes), worst first, then by line.

    `language` is that of its folder, None for a template of the connector's config. `file` is put into
    the findings as it is. Raises InvalidParameters for a mail program that is not known.
    """
    settings = settings or LintSettings()
    clients = expand_clients(settings.clients)
    try:
        text = decode_template(source) if isinstance(source, bytes) else source
    except NotText as error:
        message = f"The file {error.reason}: Logto and mail programs cannot read it."
        fix = "Save it as UTF-8 text."
        finding = Finding(
            "encoding", "error", message, fix, error.line, error.column, file, usage_type, language
        )
        return [finding]
    size = len(text.encode("utf-8", "replace"))
    view = TemplateView(
        parse_template(text if size <= TOO_LARGE else text[:0]), usage_type, language, settings
    )
    found = list(_size(view, size))
    if size <= TOO_LARGE:
        checks: list[Callable[[TemplateView], Iterator[Finding]]] = [*_CHECKS]
        checks.append(partial(_check_support, clients=clients))
        for check in checks:
            try:
                found += check(view)
            except RecursionError:
                found.append(
                    view.whole(
                        "nested-too-deeply",
                        "warning",
                        "Something in here is nested so deeply that it was not looked at any further.",
                        "Nobody needs hundreds of levels: write it flat.",
                    )
                )
                break
    found = _capped(found)
    found.sort(key=lambda item: (SEVERITIES.index(item.severity), item.line or 0, item.column or 0))
    return [replace(finding, file=file) for finding in found] if file else found


def lint_email_template(
    template: EmailTemplate, *, language: str | None = None, settings: LintSettings | None = None
) -> list[Finding]:
    """`lint_template` for a template that is no file; lines count in its content, the subject is in line 1."""
    text = format_template(template.subject, template.content)
    shift = parse_template(text).has_subject_line
    findings = lint_template(text, template.usage_type, language=language, settings=settings)
    return [replace(item, line=max(1, (item.line or 1) - shift)) for item in findings]


def _capped(findings: list[Finding]) -> list[Finding]:
    """At most MOST_OF_A_RULE findings of one rule, the last of which says how many more there are."""
    kept: dict[str, list[Finding]] = {}
    for finding in findings:
        kept.setdefault(finding.rule, []).append(finding)
    shown = []
    for group in kept.values():
        more = len(group) - MOST_OF_A_RULE
        if more > 0:
            group.sort(key=lambda item: (SEVERITIES.index(item.severity), item.line or 0))
            last = group[MOST_OF_A_RULE - 1]
            group[MOST_OF_A_RULE - 1 :] = [replace(last, message=f"{last.message} And {more} more like it.")]
        shown += group
    return shown


def _size(view: TemplateView, size: int) -> Iterator[Finding]:
    if size > TOO_LARGE:
        yield view.whole(
            "size-large",
            "error",
            f"The mail has {size / 1e6:.1f} million bytes. Nothing else in it was looked at.",
            "Put images on the web and link to them; a verification mail needs less than 20,000 bytes.",
        )
    elif size > CLIPPED_AT:
        yield view.whole(
            "size-gmail",
            "warning",
            f"The mail has {size:,} bytes. Gmail cuts it off at about {CLIPPED_AT:,} and shows a link to the rest.",
            "Shorten it: a verification mail needs less than 20,000 bytes.",
        )


def _check_support(view: TemplateView, clients: tuple[str, ...]) -> Iterator[Finding]:
    """Rules client-breaks and client-differs."""
    for issue in support_findings(view.document, clients):
        if issue.unsupported and issue.slug not in _SAID_ELSEWHERE:
            yield view.at(
                issue.place,
                "client-breaks" if _breaks(issue) else "client-differs",
                "warning" if _breaks(issue) else "hint",
                _support_message(issue),
                issue.fix,
                clients=(*issue.unsupported, *issue.partial),
            )


def _breaks(issue: SupportIssue) -> bool:
    # Nearly always beside display:none, which all programs know
    return issue.breaks and issue.slug != "css-visibility"


def _support_message(issue: SupportIssue) -> str:
    parts = []
    if issue.unsupported:
        parts.append(f"not supported by {_named(issue.unsupported)}")
    if issue.partial:
        parts.append(f"only partly by {_named(issue.partial)}")
    places = "place" if issue.further == 1 else "places"
    more = f" Here and in {issue.further} more {places}." if issue.further else ""
    loss = f" Without it {issue.loss}." if issue.loss else ""
    return f"{issue.title}: {', '.join(parts)}.{loss}{more}"


def _named(clients: tuple[str, ...]) -> str:
    """`Gmail (Android, iOS), Outlook (Windows)`."""
    platforms: dict[str, list[str]] = {}
    for client in clients:
        family, _, platform = client_name(client).partition(", ")
        platforms.setdefault(family, []).append(platform)
    return ", ".join(f"{family} ({', '.join(names)})" for family, names in platforms.items())
