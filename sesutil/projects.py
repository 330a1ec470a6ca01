"""A user's project: the folder with `connector.json`, `templates/` and `runs/`.

`templates` in the JSON wins over the folder. The access key may be left out of the file; then
credentials come from the AWS configuration, as for any other tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from sesutil.config import ConnectorConfig, UsageType, parse_config, read_json
from sesutil.errors import InvalidConfig, Issue, ProjectError
from sesutil.files import project_folder, replace_file
from sesutil.plaintext import html_title

__all__ = [
    "Project",
    "has_project",
    "init_project",
    "load_config",
    "open_project",
    "read_templates",
    "starter_config",
]

CONFIG_NAME = "connector.json"
TEMPLATES_NAME = "templates"

_STARTER_CONFIG = {"region": "us-east-1", "emailAddress": "Sign-in <no-reply@example.com>"}
_GITIGNORE = "# made by sesutil init: the practice account, and the file that may hold the secret\n"


@dataclass(frozen=True)
class Project:
    """A project folder and the config in it."""

    folder: Path
    config: ConnectorConfig

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

    Returns the names of the files that were made. Raises ProjectError.
    """
    place = Path(folder)
    wanted = {CONFIG_NAME: json.dumps(_STARTER_CONFIG, indent=2) + "\n"}
    for usage_type in UsageType:
        name = f"{usage_type}.html"
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


def starter_config() -> ConnectorConfig:
    """The config that a new project has, without making one."""
    document = {**_STARTER_CONFIG, "templates": read_templates(_starters())}
    return parse_config(document, keys_required=False)


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


def read_templates(folder: Path) -> list[dict[str, Any]]:
    """The templates of a folder in Logto's shape: `<UsageType>.html`, the subject in its `<title>`.

    In Logto's order, other names after them. Raises ProjectError for a file that is not UTF-8, and
    InvalidConfig for one without a title: Logto would lose a mail with an empty subject.
    """
    order = {usage_type.value: number for number, usage_type in enumerate(UsageType)}
    paths = sorted(folder.glob("*.html"), key=lambda path: (order.get(path.stem, len(order)), path.stem))
    templates = []
    for path in paths:
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ProjectError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
        except OSError as error:
            raise ProjectError(f"{path} cannot be read: {error.strerror}.") from None
        subject = html_title(content)
        if not subject:
            issue = Issue((), "has no <title>, which is the subject of the mail. Add one in its head.")
            raise InvalidConfig([issue], str(path))
        templates.append({"usageType": path.stem, "subject": subject, "content": content})
    return templates


def _starters() -> Path:
    return Path(__file__).parent / "starter" / "templates"
