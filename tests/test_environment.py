"""The three lists of dependencies agree, and carry no address of a package registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import sesutil
from conftest import ROOT
from sesutil.launching import practice_folder, stop_practice

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = [
    Requirement(text)
    for text in [
        *PROJECT["project"]["dependencies"],
        *EXTRAS["practice"],
        *EXTRAS["notebooks"],
        *EXTRAS["dev"],
    ]
]
CONDA_NAMES = {"playwright-python": "playwright"}


def conda() -> dict[str, str]:
    """What environment.yml asks for: name → versions. Texts under `pip:` count as well."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    texts = [entry for entry in entries if isinstance(entry, str)]
    texts += [entry for nested in entries if isinstance(nested, dict) for entry in nested["pip"]]
    found = {}
    for text in texts:
        name, _, versions = text.partition(" ")
        found[canonicalize_name(CONDA_NAMES.get(name, name.partition("[")[0]))] = versions
    return found


def test_conda_has_what_pip_has() -> None:
    names = {canonicalize_name(requirement.name) for requirement in DECLARED}
    assert set(conda()) - {"python", "pip", "-e"} == names


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_conda_asks_for_the_same_versions(requirement: Requirement) -> None:
    asked = SpecifierSet(conda()[canonicalize_name(requirement.name)])
    lows = {spec.version for spec in requirement.specifier if spec.operator in (">=", "~=")}
    assert {spec.version for spec in asked if spec.operator == ">="} == lows
    compatible = [spec for spec in requirement.specifier if spec.operator == "~="]
    for version in ("5.2.5", "5.2.99", "5.3.0", "6.0"):
        if compatible:
            assert (version in asked) == (version in requirement.specifier)


def test_python_versions() -> None:
    asked = SpecifierSet(conda()["python"])
    for line in PROJECT["project"]["classifiers"]:
        if match := re.search(r":: (3\.\d+)$", line):
            assert match[1] in asked
    assert "3.10" not in asked
    assert PROJECT["project"]["requires-python"] == ">=3.11"


def test_all_is_everything() -> None:
    assert EXTRAS["all"] == ["sesutil[practice,notebooks]"]


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def test_everything_declared_is_pinned_within_its_range() -> None:
    pins = constraints()
    for requirement in DECLARED:
        version = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


FILES = [
    *(ROOT / name for name in ("constraints.txt", "environment.yml", "pyproject.toml", "Makefile")),
    *sorted((ROOT / "tests" / "node").glob("*.json")),
    *sorted((ROOT / ".ci").iterdir()),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_address_of_a_registry(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"https?://[^\s\"]*(pypi|pythonhosted|npmjs|debian|conda)", text)
    assert "index-url" not in text
    assert "find-links" not in text


def test_the_readme_names_real_commands_and_files() -> None:
    readme = (ROOT / "README.md").read_text()
    for target in re.findall(r"`make (\w+)`|\$ make (\w+)", readme):
        assert re.search(rf"^{target[0] or target[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for picture in re.findall(r'(?:src|srcset)="([^"]+)"', readme):
        assert (ROOT / picture).is_file()
    for notebook in set(re.findall(r"[\w-]+\.ipynb", readme)) - {"out.ipynb"}:
        assert (ROOT / "notebooks" / notebook).is_file()


def test_the_readmes_code_runs(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code
    names: dict[str, object] = {}
    sesutil.init_project(tmp_path)
    try:
        exec(code[1], names)
        result, account = names["result"], names["account"]
        message = sesutil.read_message(account, result.message_id)  # type: ignore[arg-type, attr-defined]
        assert message is not None
        assert message.code == "482913"
    finally:
        stop_practice(practice_folder(tmp_path))
