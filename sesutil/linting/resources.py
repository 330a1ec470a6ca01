"""What a mail may not do, or what it loads: scripts, forms, frames, style sheets, images, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from justhtml.dom import Element

from sesutil.linting.document import Declaration
from sesutil.linting.findings import Finding
from sesutil.linting.view import TemplateView

__all__ = ["check_resources"]

_ADDRESSES = "href src action formaction background poster data cite longdesc xlink:href usemap codebase manifest ping".split()
_FORM = frozenset({"form", "input", "button", "select", "textarea"})
_EMBEDDED = frozenset({"iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe"})
_ACTIVE = ("javascript:", "vbscript:", "livescript:", "data:text/html", "data:image/svg+xml;script")
_IGNORED = re.compile(r"[\x00-\x20]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_CSS_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)\s]*))\s*\)""", re.IGNORECASE)
_IMAGE_PROPERTIES = ("background", "list-style", "border-image", "content", "cursor", "mask")


def check_resources(view: TemplateView) -> Iterator[Finding]:
    """Rules script, event-handler, javascript-url, meta-refresh, embedded-content, form, external-css,
    base-tag, image-… and link-insecure."""
    for element in view.document.elements:
        yield from _check_element(view, element)
        yield from _check_attributes(view, element)
        if element.name in ("img", "image") or (element.name == "input" and _kind(element) == "image"):
            yield from _check_image(view, element)
    yield from _check_styles(view)


def _check_element(view: TemplateView, element: Element) -> Iterator[Finding]:
    name, attributes = element.name, element.attrs or {}
    if name == "script":
        yield view.at(
            element,
            "script",
            "error",
            "No mail program runs a <script>, and some file a mail with one as spam.",
            "Take it out.",
        )
    elif name in _EMBEDDED:
        yield view.at(
            element,
            "embedded-content",
            "error",
            f"Mail programs take <{name}> out, with what is in it.",
            "Put the content into the mail, or link to it.",
        )
    elif name in _FORM and not _inside_form(element):
        yield view.at(
            element,
            "form",
            "warning",
            f"Most mail programs take <{name}> out or warn of it: a form in a mail looks like phishing.",
            "Link to a page that has the form.",
        )
    elif name == "base":
        yield view.at(
            element,
            "base-tag",
            "warning",
            "Mail programs ignore <base>, so relative addresses lead nowhere.",
            "Write whole addresses.",
        )
    elif name == "meta" and (attributes.get("http-equiv") or "").strip().lower() == "refresh":
        yield view.at(
            element,
            "meta-refresh",
            "error",
            "A mail that leads away by itself is taken for an attack.",
            "Take the <meta> out, and link to the page.",
        )
    elif name == "link" and "stylesheet" in (attributes.get("rel") or "").lower().split():
        yield view.at(
            element,
            "external-css",
            "warning",
            "Mail programs load no style sheets from outside.",
            "Write the styles into the mail, best into style attributes.",
        )
    elif name == "area" and attributes.get("href") is not None and attributes.get("alt") is None:
        yield _alt_missing(view, element)


def _check_attributes(view: TemplateView, element: Element) -> Iterator[Finding]:
    for name, value in (element.attrs or {}).items():
        address = (value or "").strip()
        if name.startswith("on") and name[2:].isalpha():
            yield view.in_attribute(
                element,
                name,
                "event-handler",
                "error",
                f"No mail program runs {name}, and some file a mail with it as spam.",
                "Take it out.",
            )
        elif name in _ADDRESSES and _IGNORED.sub("", address).lower().startswith(_ACTIVE):
            yield view.in_attribute(
                element,
                name,
                "javascript-url",
                "error",
                f"Mail programs take out an address that runs something ({_IGNORED.sub('', address)[:30]}).",
                "Link to a page with https:.",
            )
        elif name == "background" and address:
            yield from _check_address(view, view.document.attribute_place(element, name), address)
        elif name == "href" and element.name in ("a", "area") and _is_http(address):
            yield view.in_attribute(
                element,
                name,
                "link-insecure",
                "hint",
                "The link leads to a page without encryption.",
                "Write https: where the page has it.",
            )


def _check_image(view: TemplateView, element: Element) -> Iterator[Finding]:
    attributes = element.attrs or {}
    if attributes.get("alt") is None and element.name != "image":
        yield _alt_missing(view, element)
    if element.name == "img" and "src" not in attributes and "srcset" not in attributes:
        yield from _check_address(view, view.document.tag_place(element), "")
    if "src" in attributes:
        yield from _check_address(
            view, view.document.attribute_place(element, "src"), attributes["src"] or ""
        )
    for candidate in re.split(r",\s+", attributes.get("srcset") or ""):
        if candidate.strip():
            place = view.document.attribute_place(element, "srcset")
            yield from _check_address(view, place, candidate.split()[0])


def _check_styles(view: TemplateView) -> Iterator[Finding]:
    document = view.document
    for rule in document.rules:
        if rule.at == "import":
            yield view.at(
                rule.place,
                "external-css",
                "warning",
                "Mail programs load no style sheets from outside.",
                "Write the styles into the mail, best into style attributes.",
            )
        for declaration in rule.declarations:
            yield from _check_declaration(view, declaration, font=rule.at == "font-face")
    for element in document.elements:
        for declaration in document.inline(element):
            yield from _check_declaration(view, declaration)
    for fault in document.css_faults:
        if "{{" not in document.statement_at(fault.place):  # a placeholder there is judged as such
            yield view.at(
                fault.place,
                "css-fault",
                "warning",
                f"This is no CSS ({fault.message.rstrip('.')}), and mail programs drop it or what is around it.",
                "Mend it or take it out.",
            )


def _check_declaration(
    view: TemplateView, declaration: Declaration, *, font: bool = False
) -> Iterator[Finding]:
    if "(" not in declaration.text and declaration.name not in ("behavior", "-moz-binding"):
        return
    addresses = ["".join(match.groups("")) for match in _CSS_URL.finditer(declaration.text)]
    runs = [address for address in addresses if _IGNORED.sub("", address).lower().startswith(_ACTIVE)]
    if runs or "expression(" in declaration.text.lower() or declaration.name in ("behavior", "-moz-binding"):
        yield view.at(
            declaration.place,
            "javascript-url",
            "error",
            f"{declaration.name} would run something, and mail programs take it out.",
            "Take it out.",
        )
    elif declaration.name.startswith(_IMAGE_PROPERTIES) and not font:
        for address in addresses:
            yield from _check_address(view, declaration.place, address)


def _check_address(view: TemplateView, where: Any, address: str) -> Iterator[Finding]:
    """An image's address: insecure, or one that leads nowhere from a mail."""
    address = address.strip()
    if _is_http(address):
        yield view.at(
            where,
            "image-insecure",
            "warning",
            "The image is loaded without encryption: some mail programs do not show it, and others on the way see it.",
            "Write https:.",
        )
    elif not address or (
        not address.startswith(("{{", "//", "#")) and (_SCHEME.match(address) is None or _is_local(address))
    ):
        kind = "no address" if not address else f"the address {address[:60]}"
        yield view.at(
            where,
            "image-relative",
            "warning",
            f"The image has {kind}, which leads nowhere from a mail: Logto sends no attachments.",
            "Give the whole https: address of an image on the web.",
        )


def _alt_missing(view: TemplateView, element: Element) -> Finding:
    return view.at(
        element,
        "image-alt-missing",
        "warning",
        "The image has no alt text: with images off, or read aloud, nothing is there.",
        'Write alt="…" with what it says; alt="" for one that is only decoration.',
    )


def _is_http(address: str) -> bool:
    return _IGNORED.sub("", address).lower().startswith("http:")


def _is_local(address: str) -> bool:
    return address.lower().startswith(("cid:", "file:", "c:", "blob:", "mid:"))


def _kind(element: Element) -> str:
    return ((element.attrs or {}).get("type") or "").lower()


def _inside_form(element: Any) -> bool:
    parent = element.parent
    while parent is not None:
        if parent.name in _FORM:
            return True
        parent = parent.parent
    return False
