"""Earlier versions of a project's templates: kept at each save, to be compared and restored.

They lie in `.sesutil/versions/<path of the template>/`, one file each, named by the time (UTC) from which
it was no longer the current one. Nothing is ever thrown away here.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sesutil.errors import ProjectError
from sesutil.files import replace_bytes
from sesutil.templates import decode_template, encode_template

__all__ = [
    "TemplateChanged",
    "Version",
    "difference",
    "fingerprint",
    "list_versions",
    "restore_version",
    "save_template",
    "save_templates",
    "template_lock",
    "write_templates",
]

_STAMP = "%Y%m%dT%H%M%S.%fZ"


class TemplateChanged(ProjectError):
    """The file on disk is not the one that was opened: somebody else has saved it meanwhile."""


@dataclass(frozen=True)
class Version:
    """An earlier version of a template: its name, until when it was the current one, and where it is."""

    name: str
    replaced_at: datetime
    path: Path

    def text(self) -> str:
        """Raises ProjectError."""
        try:
            return decode_template(self.path.read_bytes())
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be read: {error.strerror}.") from None


def fingerprint(path: Path) -> str:
    """What a file holds now, as a short text to compare; empty where there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from None


def save_template(
    project: Path,
    path: Path,
    text: str,
    *,
    opened: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """Replaces a template file whole and keeps what was there; False when that is what is there already.

    `opened` is the `fingerprint` of the file when it was opened: if it holds something else by now,
    TemplateChanged is raised and nothing is written. Raises ProjectError when it cannot be written;
    then the file is as it was.
    """
    with template_lock(project):
        if opened is not None and fingerprint(path) != opened:
            raise TemplateChanged(
                f"{path.name} was changed by another program since it was opened. Nothing was saved. "
                "Discard your changes to see it, or save once more to replace it; the other version is kept."
            )
        return bool(write_templates(project, {path: text}, now=now))


def save_templates(
    project: Path,
    texts: Mapping[Path, str | bytes | None],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Path]:
    """Replaces several files, keeping what was there; None removes one. Returns those that changed.

    Everything that can fail for a reason in the texts fails before anything is written. Only one program
    at a time saves in a project. Raises ProjectError.
    """
    with template_lock(project):
        return write_templates(project, texts, now=now)


@contextmanager
def template_lock(project: Path) -> Iterator[None]:
    """Waits until no other program saves templates in the project. Raises ProjectError after ten seconds."""
    from filelock import FileLock, Timeout

    path = project / ".sesutil" / "templates.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=10)
        lock.acquire()
    except Timeout:
        raise ProjectError("Another program has been saving templates in this project. Try again.") from None
    except OSError as error:
        raise ProjectError(
            f"{path.parent} cannot be written: {error.strerror}. Make the folder writable, or name another."
        ) from None
    try:
        yield
    finally:
        lock.release()


def write_templates(
    project: Path,
    texts: Mapping[Path, str | bytes | None],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Path]:
    """`save_templates` for who has the lock."""
    wanted = {path: encode_template(text) if isinstance(text, str) else text for path, text in texts.items()}
    for path in wanted:
        _check_inside(project, path)
    changed: list[Path] = []
    for path, data in wanted.items():
        try:
            present = path.read_bytes() if path.exists() else None
            if data == present:
                continue
            if present is not None:
                _keep(project, path, present, now())
            if data is None:
                path.unlink()
            else:
                replace_bytes(path, data)
        except OSError as error:
            before = f" {len(changed)} files before it are written." if changed else ""
            raise ProjectError(
                f"{path} cannot be written: {error.strerror}. It is as it was.{before} Make room, or make "
                "the folder writable, and try again."
            ) from None
        changed.append(path)
    return changed


def _check_inside(project: Path, path: Path) -> None:
    """A link within the templates folder must not lead out of it; the folder itself may be a link."""
    base = (project / path.relative_to(project).parts[0]).resolve()
    if not path.parent.resolve().is_relative_to(base):
        raise ProjectError(
            f"{path} lies outside the project: a link leads there. Nothing was written. Make it a folder."
        )


def list_versions(project: Path, path: Path) -> list[Version]:
    """The earlier versions of a template, newest first."""
    found = []
    for item in sorted(_place(project, path).glob("*.html"), reverse=True):
        try:
            replaced = datetime.strptime(item.stem, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue  # a file of somebody else's
        found.append(Version(item.stem, replaced, item))
    return found


def restore_version(project: Path, path: Path, name: str | None = None) -> Version:
    """Makes an earlier version the current one and returns it; the one that was current is kept as well.

    `name` is that of a version, or the beginning of it; without it the newest. Raises ProjectError.
    """
    versions = list_versions(project, path)
    found = versions[:1] if name is None else [item for item in versions if item.name.startswith(name)]
    if len(found) != 1 or name == "":
        known = ", ".join(version.name for version in versions[:5]) or "none"
        which = "several versions like" if len(found) > 1 else "no version"
        raise ProjectError(f"{path.name} has {which} {name or 'that'}. The newest are: {known}.")
    try:
        save_templates(project, {path: found[0].path.read_bytes()})  # as it was, to the byte
    except OSError as error:
        raise ProjectError(f"{found[0].path} cannot be read: {error.strerror}.") from None
    return found[0]


def difference(old: str, new: str, *, old_name: str = "earlier", new_name: str = "now") -> str:
    """The lines that differ, as a unified diff; empty when the texts are equal."""

    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="", n=2)
    text = "\n".join(lines)
    if not text and old != new:
        return f"--- {old_name}\n+++ {new_name}\n(only line ends differ)"
    return text


def _place(project: Path, path: Path) -> Path:
    return project / ".sesutil" / "versions" / path.relative_to(project)


def _keep(project: Path, path: Path, data: bytes, at: datetime) -> None:
    folder = _place(project, path)
    newest = max(folder.glob("*.html"), default=None)
    if newest is not None and newest.read_bytes() == data:
        return
    while (target := folder / f"{at.astimezone(UTC).strftime(_STAMP)}.html").exists():
        at += timedelta(microseconds=1)  # two saves at the same time by a coarse clock
    replace_bytes(target, data)
