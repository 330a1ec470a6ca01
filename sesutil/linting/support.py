"""Which mail programs support what a template uses, after Can I email (caniemail.com).

The data are `caniemail.json` (MIT, see `caniemail-LICENSE.txt`). `docs/refresh_caniemail.py` makes it and has
the table of how each feature is recognised in HTML and CSS that are already parsed; what only code can say is here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import tinycss2
from justhtml.dom import Element

from sesutil.errors import InvalidParameters
from sesutil.linting.document import Declaration, Document, Place, Rule

__all__ = [
    "CLIENT_FAMILIES",
    "DEFAULT_CLIENTS",
    "RETIRED_CLIENTS",
    "FeatureUse",
    "SupportIssue",
    "client_name",
    "expand_clients",
    "support_findings",
    "used_features",
]

CLIENT_FAMILIES = tuple(
    "aol apple-mail fastmail free-fr gmail gmx hey ionos-1and1 laposte mail-ru orange outlook protonmail "
    "rainloop samsung-email sfr t-online-de thunderbird web-de wp-pl yahoo".split()
)
DEFAULT_CLIENTS = ("gmail", "apple-mail", "outlook", "yahoo")
# Microsoft ended Windows Mail with 2024. It counts only where it is asked for by its full name.
RETIRED_CLIENTS = ("outlook.windows-mail",)


class _Data(NamedTuple):
    names: dict[str, dict[str, str]]  # of families and platforms
    clients: tuple[str, ...]
    features: dict[str, dict[str, Any]]  # title, support, notes, match
    words: dict[tuple[str, str], list[str]]  # kind and word: the features that they are a use of
    losses: dict[str, dict[str, Any]]  # features whose loss breaks something: what it does, and the fix


@cache
def _data() -> _Data:
    stored = json.loads(Path(__file__).with_name("caniemail.json").read_text(encoding="utf-8"))
    words: dict[tuple[str, str], list[str]] = {}
    for slug, feature in stored["features"].items():
        for kind, *each in (line.split() for line in feature["match"]):
            for word in each:
                words.setdefault((kind, word), []).append(slug)
    losses = {slug: loss for loss in stored["losses"] for slug in loss["features"]}
    return _Data(stored["names"], tuple(stored["clients"]), stored["features"], words, losses)


def client_name(client: str) -> str:
    """What people call a program: `Gmail, Android` for `gmail.android`."""
    family, platform = client.split(".")
    names = _data().names
    return f"{names['family'].get(family, family)}, {names['platform'].get(platform, platform)}"


def expand_clients(names: Iterable[str]) -> tuple[str, ...]:
    """The programs that are meant by families (`gmail`), full names (`outlook.windows`) and patterns (`*.ios`).

    Retired programs only by their full name. InvalidParameters for a name that means none.
    """
    clients: dict[str, None] = {}
    problems = []
    known = _data().clients
    living = [client for client in known if client not in RETIRED_CLIENTS]
    for name in names:
        wanted = name.strip().lower()
        found = [client for client in living if fnmatchcase(client, wanted) or client.split(".")[0] == wanted]
        if wanted in RETIRED_CLIENTS:
            found = [wanted]
        if not found:
            near = get_close_matches(wanted, [*CLIENT_FAMILIES, *known], n=1, cutoff=0.7)
            meant = f"Do you mean {near[0]}? " if near else ""
            families = ", ".join(CLIENT_FAMILIES)
            problems.append(
                f"No mail program is called {name!r}. {meant}There are {families}, or one by one: gmail.ios."
            )
        clients.update(dict.fromkeys(found))
    if problems:
        raise InvalidParameters(problems)
    return tuple(clients)


# -- what follows from it ----------------------------------------------------------------------


@dataclass(frozen=True)
class SupportIssue:
    """A feature that chosen programs do not support, or only partly.

    `place` is its first use (the first that breaks something, when one does), `further` counts the others.
    `unsupported` and `partial` are programs (`gmail.ios`). `loss` says what happens where it breaks, else
    it is empty. `notes` are Can I email's, in Markdown.
    """

    slug: str
    title: str
    place: Place
    further: int
    unsupported: tuple[str, ...]
    partial: tuple[str, ...]
    notes: tuple[str, ...]
    loss: str
    fix: str

    @property
    def breaks(self) -> bool:
        """Whether the loss changes what can be read or used; otherwise it is a matter of looks."""
        return bool(self.loss)

    @property
    def url(self) -> str:
        return f"https://www.caniemail.com/features/{self.slug}/"


def support_findings(document: Document, clients: Iterable[str]) -> list[SupportIssue]:
    """What of a template chosen programs do not support: an issue for each feature, in the source's order.

    `clients` as for `expand_clients`, which raises InvalidParameters. A program that ignores the @media
    rule around a use does not count for it; unknown support counts as support.
    """
    chosen = expand_clients(clients)
    uses: dict[str, list[FeatureUse]] = {}
    for use in used_features(document):
        uses.setdefault(use.slug, []).append(use)
    issues = [_issue(slug, found, chosen) for slug, found in uses.items()]
    return sorted((issue for issue in issues if issue), key=lambda issue: (issue.place, issue.slug))


@cache
def _verdicts(slug: str) -> dict[str, str]:
    """Each program's verdict on a feature, `a#1#2` for partly with two notes."""
    data = _data()
    return dict(zip(data.clients, data.features[slug]["support"].split(" "), strict=True))


def _issue(slug: str, uses: list[FeatureUse], clients: Sequence[str]) -> SupportIssue | None:
    verdicts = _verdicts(slug)
    affected = [client for client in clients if verdicts[client][0] in "na"]
    reached = {  # by the at-rules around a use: the programs that get there
        within: [each for each in affected if all(_verdicts(around)[each][0] != "n" for around in within)]
        for within in {use.within for use in uses}
    }
    counted = [use for use in uses if reached[use.within]]
    if not counted:
        return None
    met = [client for client in affected if any(client in reached[use.within] for use in counted)]
    lost = {client for client in met if verdicts[client][0] == "n"}
    loss = _data().losses.get(slug, {})
    missed = [use for use in counted if loss and not use.spare and not lost.isdisjoint(reached[use.within])]
    feature = _data().features[slug]
    numbers = sorted({int(number) for client in met for number in re.findall(r"\d+", verdicts[client])})
    return SupportIssue(
        slug=slug,
        title=feature["title"],
        place=(missed or counted)[0].place,
        further=len(counted) - 1,
        unsupported=tuple(client for client in met if client in lost),
        partial=tuple(client for client in met if client not in lost),
        notes=tuple(feature["notes"][str(each)] for each in numbers if str(each) in feature["notes"]),
        loss=loss["what"] if missed else "",
        fix=loss["fix"] if missed else f"Leave it if the mail is as good without {feature['title']}.",
    )


# -- what is used ------------------------------------------------------------------------------

_COMBINATORS = {",": "grouping", ">": "child", "+": "adjacent-sibling", "~": "general-sibling"}
# CSS 2 wrote these four with one colon, and all programs still read them so.
_OLD_PSEUDO_ELEMENTS = ("after", "before", "first-letter", "first-line")
_PICTURES = (("img", "src"), ("img", "srcset"), ("input", "src"), ("source", "srcset"), ("video", "poster"))
# Values that are there anyway when a program does not know the property or attribute.
_HARMLESS = {
    "css-clip-path": ("none",),
    "css-direction": ("ltr",),
    "css-float": ("none",),
    "css-position": ("relative", "static"),
    "css-visibility": ("visible",),
    "html-dir": ("ltr", "auto", ""),
}
# What most readers never see: a state of the pointer, or the dark mode of Outlook alone.
_STATE = re.compile(r":(?:hover|focus|active|visited)\b|\[data-ogs[cb]\]", re.IGNORECASE)
# A style rule that opens another one, or might: `.a { color: red; & .b {`, but not `.a { width: {{x}}`.
_NESTED = re.compile(r"(?:^|[{};])\s*[^@\s{};][^{};]*\{[^{}]*\{(?!\{)")


class FeatureUse(NamedTuple):
    """A place where a template uses a feature.

    `within` are features of the at-rules around it: a program without one of them never gets here.
    `spare` is a use that nobody misses: it says what would be so anyway, is backed up by a
    declaration beside it, belongs to a state such as :hover, or stands behind @supports.
    """

    slug: str
    place: Place
    within: tuple[str, ...] = ()
    spare: bool = False


def used_features(document: Document) -> list[FeatureUse]:
    """Every use of a feature that Can I email knows, in the order of the source.

    What stands in comments is none, and conditional comments and `mso-` properties are none.
    """
    uses = [*_node_uses(document), *_sheet_uses(document)]
    for element in document.elements:
        uses += _element_uses(document, element)
        uses += _declaration_uses(document.inline(element))
    for rule in document.rules:
        uses += _rule_uses(rule)
    return sorted(uses, key=lambda use: use.place)


def _known(kind: str, word: str) -> Sequence[str]:
    """The features that the table recognises by a word."""
    return _data().words.get((kind, word), ())


# -- HTML --------------------------------------------------------------------------------------


def _node_uses(document: Document) -> Iterator[FeatureUse]:
    for node in document.nodes:
        data: Any = getattr(node, "data", None)
        if node.name == "#comment" and not re.match(r"\s*(\[if|<!\[endif)", data or ""):
            yield FeatureUse("html-comments", document.place(node.origin_offset or 0))
        elif node.name == "!doctype" and data.name == "html" and not data.public_id:
            yield FeatureUse("html-doctype", document.place(document.text.lower().find("<!doctype")))


def _element_uses(document: Document, element: Element) -> Iterator[FeatureUse]:
    place = document.tag_place(element)
    if element.namespace != "html":
        if element.name == "svg":
            yield FeatureUse("html-svg", place)
        return
    attributes = {name: value or "" for name, value in (element.attrs or {}).items()}
    written = f"{element.name}={attributes.get('type', '').strip().lower()}"
    for slug in (*_known("element", element.name), *_known("type", written)):
        yield FeatureUse(slug, place)
    undisplayed = any((each.name, each.text) == ("display", "none") for each in document.inline(element))
    for name, value in attributes.items():
        for slug in _attribute_features(element.name, name, value):
            # There is src when a program knows no srcset, and often display:none when it knows no hidden.
            spare = name == "srcset" or (slug == "html-hidden" and undisplayed)
            spare = spare or value.lower() in _HARMLESS.get(slug, ())
            yield FeatureUse(slug, document.attribute_place(element, name), (), spare)


def _attribute_features(element: str, name: str, value: str) -> Iterator[str]:
    yield from _known("attribute", name)
    yield from _known("attribute", f"{element}[{name}]")
    if name == "background" or (element, name) in _PICTURES:
        for part in value.split(",") if name == "srcset" else [value]:
            yield from _image_features((part.split() or [""])[0])
    elif name == "href" and element in ("a", "area"):
        if re.match(r"\s*#.", value):
            yield "html-anchor-links"
        elif re.match(r"\s*mailto:", value, re.IGNORECASE):
            yield "html-mailto-links"
    elif name == "name" and element == "meta" and value.strip().lower() == "color-scheme":
        yield "html-meta-color-scheme"
    elif name in ("\u26a14email", "amp4email") and element == "html":
        yield "amp"


def _image_features(address: str) -> Iterator[str]:
    """A picture's format, by the ending of its address or what a data: address says of itself."""
    if address[:5].lower() == "data:":
        kind, *parameters = address[5:200].partition(",")[0].lower().split(";")
        if "base64" in parameters and kind.startswith("image/"):
            yield "image-base64"
        yield from _known("image", kind.removeprefix("image/"))
    else:
        yield from _known("image", re.split(r"[?#]", address)[0].rpartition(".")[2].lower())


# -- CSS ---------------------------------------------------------------------------------------


def _sheet_uses(document: Document) -> Iterator[FeatureUse]:
    """Comments and nested rules, which a document's rules do not have any more."""
    for element in document.elements:
        text, place = (element.attrs or {}).get("style") or "", document.tag_place(element)
        if element.name == "style":
            text = "".join(str(getattr(child, "data", "")) for child in element.children or ())
            if _NESTED.search(text) and _nests(tinycss2.parse_stylesheet(text, skip_comments=True)):
                yield FeatureUse("css-nesting", place)
        tokens = _tokens(tinycss2.parse_component_value_list(text)) if "/*" in text else ()
        if any(token.type == "comment" for token in tokens):
            yield FeatureUse("css-comments", place)


def _nests(nodes: Iterable[Any]) -> bool:
    for node in nodes:
        if node.type == "at-rule" and node.content and _nests(tinycss2.parse_rule_list(node.content)):
            return True
        if node.type == "qualified-rule":
            inner = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            if any(each.type in ("at-rule", "qualified-rule") and each.prelude for each in inner):
                return True
    return False


def _tokens(values: Iterable[Any] | None) -> Iterator[Any]:
    """CSS tokens, those inside of blocks and functions too; a placeholder {{code}} is one token."""
    for token in values or ():
        yield token
        if token.type == "{} block" and token.content and token.content[0].type == "{} block":
            continue
        yield from _tokens(getattr(token, "arguments", None) or getattr(token, "content", None))


def _rule_uses(rule: Rule) -> Iterator[FeatureUse]:
    names = [name for name, _ in rule.context]
    within = tuple(slug for name, prelude in rule.context for slug in _at_rule_features(name, prelude))
    animated = any(name.endswith("keyframes") for name in names)
    spare = "supports" in names or animated
    if rule.at:
        for slug in _at_rule_features(rule.at, rule.prelude):
            yield FeatureUse(slug, rule.place, within, spare)
        return
    if not animated:
        spare = spare or all(_STATE.search(selector) for selector in rule.prelude.split(","))
        written = any(each.name == "content" and re.search("[^'\"]", each.text) for each in rule.declarations)
        for slug in _selector_list_features(rule.prelude):
            empty = slug in ("css-pseudo-element-after", "css-pseudo-element-before") and not written
            yield FeatureUse(slug, rule.place, within, spare or empty)
    yield from _declaration_uses(rule.declarations, within, spare)


@lru_cache(maxsize=64)
def _at_rule_features(name: str, prelude: str) -> tuple[str, ...]:
    found = [*_known("at-rule", name.removeprefix("-webkit-"))]
    if name == "media":
        for token in _tokens(tinycss2.parse_component_value_list(prelude)):
            found += _known("media", token.lower_value) if token.type == "ident" else ()
    return tuple(found)


@lru_cache(maxsize=512)
def _selector_list_features(prelude: str) -> tuple[str, ...]:
    tokens = tinycss2.parse_component_value_list(prelude, skip_comments=True)
    return tuple(sorted(set(_selector_features(tokens))))


def _selector_features(tokens: Iterable[Any]) -> Iterator[str]:
    begun = blank = False
    names = 0  # classes and ids in the compound selector at hand
    mark = ""  # the dot or colons before a name
    for token in tokens:
        if token.type == "whitespace":
            blank = begun
            continue
        if token.type == "literal" and token.value in _COMBINATORS:
            yield f"css-selector-{_COMBINATORS[token.value]}"
            begun, blank, names = False, False, 0
            continue
        if blank:
            yield "css-selector-descendant"
            names = 0
        begun, blank = True, False
        if token.type == "literal" and token.value in (".", ":"):
            mark += token.value
            continue
        if token.type == "hash" or (token.type == "ident" and mark == "."):
            yield "css-selector-id" if token.type == "hash" else "css-selector-class"
            names += 1
            if names > 1:
                yield "css-selector-chaining"
        elif token.type in ("ident", "function") and mark:
            name = token.lower_value if token.type == "ident" else token.lower_name
            element = mark == "::" or name in _OLD_PSEUDO_ELEMENTS
            yield from _known("pseudo-element" if element else "pseudo-class", name)
            if name in ("has", "is", "not", "where"):
                yield from _selector_features(token.arguments if token.type == "function" else ())
        elif token.type == "ident":
            yield "css-selector-type"
        elif token.type == "[] block":
            yield "css-selector-attribute"
        elif token == "*":
            yield "css-selector-universal"
        mark = ""


def _declaration_uses(
    declarations: Sequence[Declaration], within: tuple[str, ...] = (), spare: bool = False
) -> Iterator[FeatureUse]:
    for each in declarations:
        addresses = list(_addresses(each)) if "(" in each.text else []
        for slug in _declaration_features(each, addresses):
            gradient = slug == "css-background-image" and not addresses
            needless = gradient or each.text.lower() in _HARMLESS.get(slug, ())
            yield FeatureUse(slug, each.place, within, spare or needless)


def _addresses(declaration: Declaration) -> Iterator[str]:
    for token in _tokens(declaration.value):
        if token.type == "url":
            yield token.value.strip()
        elif token.type == "function" and token.lower_name == "url":
            yield from (each.value.strip() for each in token.arguments if each.type == "string")


def _declaration_features(declaration: Declaration, addresses: Sequence[str]) -> Sequence[str]:
    name = declaration.name
    found = [*_known("property", name)]
    for token in _tokens(declaration.value):
        if token.type == "dimension":
            found += _known("unit", token.lower_unit)
        elif token.type == "percentage":
            found.append("css-unit-percent")
        elif token.type == "function":
            found += _known("function", token.lower_name)
        elif token.type == "ident":
            found += [*_known("word", token.lower_value), *_known("value", f"{name}:{token.lower_value}")]
    for address in addresses:
        found += _image_features(address)
    if name.startswith("--"):
        found.append("css-variables")
    if declaration.important:
        found.append("css-important")
    if name == "background" and addresses:
        found.append("css-background-image")
    if any(slug.startswith("css-display-") for slug in found):
        found.remove("css-display")  # flex, grid and none have features of their own
    return list(dict.fromkeys(found))
