"""Writes sesutil/linting/caniemail.json: which mail program supports which HTML and CSS feature.

    python docs/refresh_caniemail.py                        fetches the newest npm package caniemail
    python docs/refresh_caniemail.py node_modules/caniemail takes an unpacked package
    python docs/refresh_caniemail.py --table                only puts changed tables into the file

The package's data are Can I email's (https://www.caniemail.com/, MIT). Of each program only the newest
tested version is kept. The package's licence goes beside the data.

The tables are our own: how a feature is recognised in a template, and which ones a mail cannot do without.
It stops when the package has a feature that they do not know.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "sesutil" / "linting"
# How each feature is recognised: kind, feature, words; further lines are indented. A `*` in the feature
# stands for each of the words. `value` is a word in a property's value, `word` one in any value, `type` the
# attribute (empty where there is none), `image` a file ending or a subtype of image/. `code` is what only
# code can say: see sesutil/linting/support.py, which reads all this from the file.
TABLE = """\
property css-* accent-color align-items aspect-ratio backdrop-filter background background-blend-mode
    background-clip background-color background-image background-origin background-position background-repeat
    background-size border-collapse border-spacing box-shadow box-sizing caption-side clear clip-path
    color-scheme column-count cursor direction display empty-cells filter float font font-kerning font-size
    font-stretch font-weight height hyphenate-character hyphenate-limit-chars hyphens inline-size
    justify-content letter-spacing line-height list-style list-style-image list-style-position list-style-type
    mask-image max-block-size max-height max-inline-size max-width min-block-size min-height min-inline-size
    min-width mix-blend-mode object-fit object-position opacity orphans outline-offset overflow-wrap position
    resize shape-margin shape-outside tab-size table-layout text-align text-align-last text-decoration
    text-decoration-color text-decoration-line text-decoration-skip-ink text-decoration-style
    text-decoration-thickness text-emphasis-position text-indent text-justify text-orientation text-overflow
    text-shadow text-transform text-underline-offset text-underline-position text-wrap transform user-select
    vertical-align visibility white-space white-space-collapse widows width word-break word-spacing word-wrap
    writing-mode z-index
property css-animation animation animation-delay animation-direction animation-duration animation-fill-mode
    animation-iteration-count animation-name animation-play-state animation-timing-function
property css-block-inline-size block-size inline-size
property css-border border border-width border-style border-color border-top border-right border-bottom
    border-left border-top-width border-right-width border-bottom-width border-left-width border-top-style
    border-right-style border-bottom-style border-left-style border-top-color border-right-color
    border-bottom-color border-left-color
property css-border-image border-image border-image-outset border-image-repeat border-image-slice
    border-image-source border-image-width
property css-border-inline-block border-inline border-block
property css-border-inline-block-individual border-inline-color border-inline-style border-inline-width
    border-inline-start border-inline-end border-block-color border-block-style border-block-width
    border-block-start border-block-end
property css-border-inline-block-longhand border-inline-start-color border-inline-start-style
    border-inline-start-width border-inline-end-color border-inline-end-style border-inline-end-width
    border-block-start-color border-block-start-style border-block-start-width border-block-end-color
    border-block-end-style border-block-end-width
property css-border-radius border-radius border-top-left-radius border-top-right-radius
    border-bottom-left-radius border-bottom-right-radius
property css-border-radius-logical border-start-start-radius border-start-end-radius border-end-start-radius
    border-end-end-radius
property css-column-layout-properties columns column-count column-fill column-gap column-rule
    column-rule-color column-rule-style column-rule-width column-span column-width
property css-gap gap column-gap row-gap
property css-grid-template grid-template grid-template-areas grid-template-columns grid-template-rows
property css-inset inset inset-block inset-block-start inset-block-end inset-inline inset-inline-start
    inset-inline-end
property css-left-right-top-bottom left right top bottom
property css-margin margin margin-top margin-right margin-bottom margin-left
property css-margin-block-start-end margin-block-start margin-block-end
property css-margin-inline-block margin-inline margin-block
property css-margin-inline-start-end margin-inline-start margin-inline-end
property css-outline outline outline-color outline-style outline-width
property css-overflow overflow overflow-x overflow-y overflow-block overflow-inline
property css-padding padding padding-top padding-right padding-bottom padding-left
property css-padding-block-start-end padding-block-start padding-block-end
property css-padding-inline-block padding-inline padding-block
property css-padding-inline-start-end padding-inline-start padding-inline-end
property css-scroll-snap scroll-snap-type scroll-snap-align scroll-snap-stop
property css-text-emphasis text-emphasis text-emphasis-color text-emphasis-style
property css-transition transition transition-delay transition-duration transition-property
    transition-timing-function
value css-display-flex display:flex display:inline-flex
value css-display-grid display:grid display:inline-grid
value css-display-none display:none
value css-flex-direction flex-direction:column flex-direction:column-reverse flex-flow:column
    flex-flow:column-reverse
value css-flex-wrap flex-wrap:wrap flex-wrap:wrap-reverse flex-flow:wrap flex-flow:wrap-reverse
value css-sytem-ui font:system-ui font:ui-serif font:ui-sans-serif font:ui-rounded font:ui-monospace
    font-family:system-ui font-family:ui-serif font-family:ui-sans-serif font-family:ui-rounded
    font-family:ui-monospace
word css-intrinsic-size fit-content min-content max-content
word css-unit-initial initial
function css-* conic-gradient linear-gradient radial-gradient rgb rgba
function css-function-* clamp light-dark max min
function css-intrinsic-size fit-content
function css-modern-color lch oklch lab oklab
function css-unit-calc calc
function css-variables var
unit css-unit-* ch cm em ex in mm pc pt px rem vh vmax vmin vw
at-rule css-at-* font-face import keyframes media supports
media css-at-media-* orientation prefers-color-scheme prefers-reduced-motion
media css-at-media-device-pixel-ratio -webkit-device-pixel-ratio -webkit-min-device-pixel-ratio
    -webkit-max-device-pixel-ratio
media css-at-media-hover hover any-hover
pseudo-class css-pseudo-class-* active checked first-child first-of-type focus has hover lang last-child
    last-of-type link not nth-child nth-last-child nth-last-of-type nth-of-type only-child only-of-type
    target visited
pseudo-element css-pseudo-element-* after before first-letter first-line marker placeholder
element html-* abbr acronym address audio base bdi blockquote body code del dfn dialog div form hr img link
    marquee meter object p picture pre progress rp rt ruby select small span strike strong style table
    textarea video wbr
element html-h1-h6 h1 h2 h3 h4 h5 h6
element html-image-maps map
element html-lists ul ol dl
element html-semantics article aside details figcaption figure footer header main mark nav section
    summary time
attribute html-* align aria-describedby aria-hidden aria-label aria-labelledby aria-live background
    cellpadding cellspacing dir height hidden lang popover role valign width
attribute html-loading-attribute img[loading] iframe[loading]
attribute html-required input[required] select[required] textarea[required]
attribute html-srcset img[srcset] img[sizes] source[srcset] source[sizes]
attribute html-target a[target] area[target]
type html-button-reset button=reset
type html-button-submit button=submit button=
type html-input-checkbox input=checkbox
type html-input-hidden input=hidden
type html-input-radio input=radio
type html-input-reset input=reset
type html-input-submit input=submit
type html-input-text input=text input= input=email input=number input=password input=search input=tel
    input=url
image image-* apng avif bmp gif heif ico jpg mp4 png svg tiff webp
image image-heif heic
image image-ico x-icon vnd.microsoft.icon
image image-jpg jpeg
image image-svg svg+xml
image image-tiff tif
code css-selector-* adjacent-sibling attribute chaining child class descendant general-sibling grouping id
    type universal
code css-* comments important nesting unit-percent
code html-* anchor-links comments doctype mailto-links meta-color-scheme svg
code image-base64 base64
code amp amp
"""
NOT_MATCHED = {
    "bimi": "A logo that the sender's domain names in its DNS; nothing in a template shows it.",
    "image-hdr": "HDR pictures come as AVIF, JPEG or PNG files; their address does not tell.",
}
# Features whose loss changes what can be read or used, by what it does. All others are a matter of looks:
# colours, spaces, corners, fonts, motion, <style> and its selectors, and what falls back by itself (picture,
# srcset, APNG, overflow, opacity, column-count). display:none is not here: it is the best there is to hide
# something, and of the programs in use only Gmail in a phone's browser ignores it.
LOSSES: list[dict[str, Any]] = [
    {
        "what": "what stands side by side falls apart",
        "fix": 'Put what belongs side by side into the cells of a <table role="presentation">.',
        "features": """css-display css-display-flex css-display-grid css-flex-direction css-flex-wrap
            css-float css-grid-template css-position""",
    },
    {
        "what": "what should be hidden is shown",
        "fix": "Leave it out, or hide it with display:none in a style attribute as well.",
        "features": "css-clip-path css-visibility html-hidden",
    },
    {
        "what": "text runs in the wrong direction",
        "fix": "Write dir on the element as well as direction in its style.",
        "features": "css-direction html-dir",
    },
    {
        "what": "content is missing",
        "fix": "Say it in text; as a picture, use a PNG or JPEG from an https: address, with alt text.",
        "features": """css-pseudo-element-after css-pseudo-element-before html-audio html-img html-meter
            html-object html-progress html-svg html-video image-avif image-base64 image-bmp image-gif
            image-heif image-ico image-jpg image-mp4 image-png image-svg image-tiff image-webp""",
    },
    {
        "what": "the picture behind the text is missing",
        "fix": "Give the element a background colour that its text can be read on; the picture is an extra.",
        "features": "css-background-image html-background",
    },
    {
        "what": "it cannot be used",
        "fix": "Link to a page with an ordinary <a href>, and let people do it there.",
        "features": """css-pseudo-class-checked css-pseudo-class-target html-anchor-links html-base
            html-button-reset html-button-submit html-dialog html-form html-image-maps html-input-checkbox
            html-input-radio html-input-reset html-input-submit html-input-text html-mailto-links html-popover
            html-select html-textarea""",
    },
]
VERDICT = re.compile(r"([yanu])((?: #\d+)*)")


def version_order(client: str, version: str) -> tuple[int, ...]:
    """What to sort a program's versions by, oldest first.

    Versions are numbers (`10.3`, `6.1.31.`), years of a product (`2016`) or months of a test (`2019-08`);
    a month comes after all numbers, since the data changed over to months. Outlook for Mac is the
    exception: 16.17 came out in September 2018 as Outlook 2019, and a new 16.x every month from there,
    so 16.80 is younger than `2016` and `2022-12`.
    https://learn.microsoft.com/en-us/officeupdates/update-history-office-for-mac
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", version))
    if client == "outlook.macos" and numbers[0] == 16 and len(numbers) > 1:
        months = 2018 * 12 + 8 + numbers[1] - 17
        return (months // 12, months % 12 + 1)
    return numbers


def newest(client: str, versions: dict[str, str]) -> str:
    """The verdict on a program's newest version: `y`, `a#1#2` (partly), `n` or `u` (unknown)."""
    verdict = versions[max(versions, key=lambda version: version_order(client, version))]
    match = VERDICT.fullmatch(verdict.strip())
    if match is None:
        raise ValueError(f"{client}: {verdict!r} is no verdict that this script knows.")
    return match[1] + match[2].replace(" ", "")


def recognised() -> dict[str, list[str]]:
    """How TABLE recognises each feature: a text for each kind, with its words."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in TABLE.replace("\n    ", " ").splitlines():
        kind, feature, *words = line.split()
        for word in words:
            found.setdefault(feature.replace("*", word), {}).setdefault(kind, []).append(word)
    return {
        slug: [" ".join([kind, *words]) for kind, words in kinds.items()] for slug, kinds in found.items()
    }


def feature_line(feature: dict[str, Any], clients: list[str]) -> dict[str, Any]:
    """A feature as it is stored: one verdict for each client, `-` where there is none."""
    verdicts = {
        f"{family}.{platform}": newest(f"{family}.{platform}", versions)
        for family, platforms in feature["stats"].items()
        for platform, versions in platforms.items()
    }
    used = {number for verdict in verdicts.values() for number in re.findall(r"\d+", verdict)}
    notes = feature["notes_by_num"] or {}
    return {
        "notes": {number: notes[number] for number in sorted(used, key=int) if number in notes},
        "support": " ".join(verdicts.get(client, "-") for client in clients),
        "title": feature["title"].strip(),
    }


def build(data: dict[str, Any], version: str) -> str:
    """The file's text: one feature to a line, everything sorted."""
    features = sorted(data["data"], key=lambda feature: str(feature["slug"]))
    clients = sorted(
        {
            f"{family}.{platform}"
            for feature in features
            for family, platforms in feature["stats"].items()
            for platform in platforms
        }
    )
    stored = {feature["slug"]: feature_line(feature, clients) for feature in features}
    names = {kind: dict(sorted(data["nicenames"][kind].items())) for kind in ("family", "platform")}
    return layout(
        {
            "package": f"caniemail {version}",
            "updated": data["last_update_date"][:10],
            "names": names,
            "clients": clients,
            "features": stored,
        }
    )


def layout(stored: dict[str, Any]) -> str:
    """The file's text: what the package says, and what our tables add to it."""
    table = recognised()
    if unknown := table.keys() ^ stored["features"].keys() ^ NOT_MATCHED.keys():
        raise ValueError(f"TABLE and the data differ in {', '.join(sorted(unknown))}: mend TABLE.")
    head = {key: value for key, value in stored.items() if key != "features"}
    lines = [f"{_dump(key)}:{_dump(value)}," for key, value in head.items()]
    lines.append(f'"not_matched":{_dump(NOT_MATCHED)},')
    losses = [{**loss, "features": loss["features"].split()} for loss in LOSSES]
    lines += ['"losses":[', ",\n".join(_dump(loss) for loss in losses), "],"]
    lines.append('"features":{')
    for slug, feature in stored["features"].items():
        lines.append(f"{_dump(slug)}:{_dump({**feature, 'match': table.get(slug, [])})},")
    lines[-1] = lines[-1][:-1]
    return "\n".join(["{", *lines, "}}", ""])


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fetch(folder: str) -> Path:
    """Fetches the package and unpacks it."""
    subprocess.run(
        ["npm", "pack", "--silent", "caniemail"], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    [archive] = Path(folder).glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return Path(folder) / "package"


def write(package: Path) -> None:
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    data = json.loads((package / "data" / "caniemail.json").read_text(encoding="utf-8"))
    (TARGET / "caniemail.json").write_text(build(data, version), encoding="utf-8")
    licence = (package / "LICENSE").read_text(encoding="utf-8")
    (TARGET / "caniemail-LICENSE.txt").write_text(licence, encoding="utf-8")


def main(arguments: list[str]) -> None:
    if arguments == ["--table"]:
        stored = json.loads((TARGET / "caniemail.json").read_text(encoding="utf-8"))
        del stored["not_matched"], stored["losses"]
        (TARGET / "caniemail.json").write_text(layout(stored), encoding="utf-8")
    elif arguments:
        write(Path(arguments[0]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            write(fetch(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
