"""A user's project: the folder with `connector.json`, `templates/` and `runs/`.

`templates` in the JSON wins over the folder. The access key may be left out of the file; then
credentials come from the AWS configuration, as for any other tool.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from sesutil.config import ConnectorConfig, UsageType, parse_config, read_json
from sesutil.errors import ProjectError
from sesutil.files import project_folder, replace_file
from sesutil.selection import Choice, Hidden, choose_template, hidden_templates, template_choices
from sesutil.templates import StoredTemplate, read_stored_templates, read_templates

__all__ = [
    "Project",
    "has_project",
    "has_templates_inside",
    "init_project",
    "is_starter_config",
    "load_config",
    "open_project",
    "starter_config",
    "starter_stored_templates",
    "starter_text",
]

CONFIG_NAME = "connector.json"
TEMPLATES_NAME = "templates"

STARTER_LANGUAGES = ("de",)
"""Languages beside English that have starter templates."""

_STARTER_CONFIG = {"region": "us-east-1", "emailAddress": "Sign-in <no-reply@example.com>"}
_GITIGNORE = "# made by sesutil init: the practice account, and the file that may hold the secret\n"


@dataclass(frozen=True)
class Project:
    """A project folder and the config in it."""

    folder: Path
    config: ConnectorConfig

    @property
    def templates_folder(self) -> Path:
        return self.folder / TEMPLATES_NAME

    def stored_templates(self) -> list[StoredTemplate]:
        """The templates by language, for Logto's database. Raises ProjectError and InvalidConfig."""
        return read_stored_templates(self.templates_folder)

    def choose(
        self, usage_type: str, language: str | None = None, *, fallback_language: str = "en"
    ) -> Choice:
        """The template that Logto takes, once it has what the project has."""
        return choose_template(
            self.config.templates,
            self.stored_templates(),
            usage_type,
            language,
            fallback_language=fallback_language,
        )

    def choices(self, languages: Iterable[str] = (), *, fallback_language: str = "en") -> list[Choice]:
        """`choose` for all nine usage types and every language; see `template_choices`."""
        return template_choices(
            self.config.templates,
            self.stored_templates(),
            languages=languages,
            fallback_language=fallback_language,
        )

    def hidden(self, *, fallback_language: str = "en") -> list[Hidden]:
        """The templates that Logto never takes."""
        return hidden_templates(
            self.config.templates, self.stored_templates(), fallback_language=fallback_language
        )

    def __repr__(self) -> str:  # no path: it would be stored in a notebook's output
        return f"Project({len(self.config.usage_types())} usage types, region {self.config.region})"


def open_project(folder: str | Path | None = None, *, create: bool = False) -> Project:
    """The project in a folder, by default the one that one is working in (see `project_folder`).

    With `create` a folder without connector.json gets the starter files first. Raises InvalidConfig
    and ProjectError.
    """
    place = project_folder() if folder is None else Path(folder)
    if create and not (place / CONFIG_NAME).exists():
        init_project(place)
    return Project(place, load_config(place / CONFIG_NAME))


def init_project(folder: str | Path) -> list[str]:
    """Makes a project with starter templates for all nine usage types; keeps every file that is there.

    English ones for the connector's config, and German ones for Logto's database, the latter only in a
    project that has no templates yet: who removed a language does not get it back.

    Returns the names of the files that were made. Raises ProjectError.
    """
    place = Path(folder)
    wanted = {CONFIG_NAME: json.dumps(_STARTER_CONFIG, indent=2) + "\n"}
    if not has_templates_inside(place / CONFIG_NAME):  # they would go before the files
        languages = ("", *STARTER_LANGUAGES) if not (place / TEMPLATES_NAME).exists() else ("",)
        for language in languages:
            for usage_type in UsageType:
                name = f"{language}/{usage_type}.html".lstrip("/")
                wanted[f"{TEMPLATES_NAME}/{name}"] = (_starters() / name).read_text(encoding="utf-8")
    wanted[".gitignore"] = f"{_GITIGNORE}.sesutil/\n{CONFIG_NAME}\nruns/\n"
    made = []
    for name, text in wanted.items():
        path = place / name
        if path.exists():
            continue
        try:
            replace_file(path, text, private=name == CONFIG_NAME)
        except OSError as error:
            raise ProjectError(
                f"{path} cannot be written: {error.strerror}. Make the folder writable, or name another."
            ) from None
        made.append(name)
    return made


def has_project() -> bool:
    """Whether one is working in a project that has its connector.json."""
    return (project_folder() / CONFIG_NAME).exists()


def starter_text(usage_type: str, language: str) -> str | None:
    """The starter template of a type in a language, None where there is none."""
    path = _starters() / ("" if language == "en" else language) / f"{usage_type}.html"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def is_starter_config(document: Any) -> bool:
    """Whether a connector.json is as `init_project` makes it, untouched."""
    return bool(document == _STARTER_CONFIG)


def starter_config() -> ConnectorConfig:
    """The config that a new project has, without making one."""
    document = {**_STARTER_CONFIG, "templates": read_templates(_starters())}
    return parse_config(document, keys_required=False)


def starter_stored_templates() -> list[StoredTemplate]:
    """The templates by language that a new project has, without making one."""
    return read_stored_templates(_starters())


def load_config(source: str | PathLike[str] | Mapping[str, Any]) -> ConnectorConfig:
    """The connector config from a project's JSON file, or from a mapping in Logto's shape.

    A mapping is taken as Logto takes it. A file may be a project's: the access key may be left out
    of it, and without `templates` in it those of the folder beside it count. Raises InvalidConfig,
    whose `.issues` name every fault, also when there is no such file or it holds no JSON; and
    ProjectError for a template file that cannot be read.
    """
    if isinstance(source, str | PathLike):
        document = read_json(source)
        if isinstance(document, Mapping) and "templates" not in document:
            templates = read_templates(Path(source).parent / TEMPLATES_NAME)
            document = {**document, "templates": templates}
        return parse_config(document, name=str(source), keys_required=False)
    return parse_config(source)


def has_templates_inside(path: Path) -> bool:
    """Whether a connector.json has templates of its own, which go before the files."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and "templates" in document


def _starters() -> Path:
    return Path(__file__).parent / "starter" / "templates"
