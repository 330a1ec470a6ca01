"""The house: who may import whom, what is public, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sesutil
from conftest import ROOT

PACKAGE = ROOT / "sesutil"
LAYERS = [
    # ground: the connector as data
    [
        *("errors", "files", "plaintext", "addresses", "config", "rendering", "requests"),
        *("variables", "templates", "selection", "previewing", "projects", "settings"),
        "naming",
    ],
    # edge: boto3, botocore's data and errors, the practice process
    [
        "regions",
        "error_facts",
        "explanation_rows",
        "messaging_errors",
        "explanations",
        "launching",
        "sessions",
        "account",
    ],
    # work: functions that take an account
    [
        "sending",
        "events",
        "inbox",
        "practicing",
        "versions",
        "exchange",
        "linting",
        "testruns",
        "notebook_runs",
        "changes",
        "dns",
        *("iam_policies", "permissions"),
        "checks",
        "path",
        *("parallel", "patience", "identities", "production"),
        *("choosing", "connector_file", "whoami", "secrecy"),
        *("allowing", "sign_in", "history"),
        "statistics",
    ],
    ["practice"],
    ["panels"],
    ["lab", "serving", "commands", "cli", "pytest_plugin"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
NOT_IN_GROUND = {"boto3", "botocore", "time", "datetime", "socket", "urllib", "subprocess", "pandas"}


def imports_of(path: Path, *, with_types: bool = False) -> set[str]:
    """The modules that a file imports anywhere, but for type checkers' eyes only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not with_types:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


MODULES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "sesutil" and len(parts) > 1 and parts[1] in RANK:
            assert RANK[parts[1]] <= RANK[own], f"{own} imports {name}"


IN_PRACTICE = ["rules", "operations", "wire", "cloud", "doors"]


@pytest.mark.parametrize("own", IN_PRACTICE)
def test_imports_within_the_practice_account_go_one_way(own: str) -> None:
    for path in (PACKAGE / "practice" / own).rglob("*.py"):
        for name in imports_of(path):
            if name.startswith("sesutil.practice."):
                other = name.split(".")[2]
                assert other in IN_PRACTICE, f"{path.name} imports {name}"
                assert IN_PRACTICE.index(other) <= IN_PRACTICE.index(own), f"{path.name} imports {name}"


def test_the_rules_know_no_http_no_boto3_and_no_moto() -> None:
    for path in (PACKAGE / "practice" / "rules").glob("*.py"):
        roots = {module.split(".")[0] for module in imports_of(path)}
        assert not roots & {"boto3", "moto", "werkzeug", "flask", "urllib3"}, path.name


def test_every_module_has_a_layer() -> None:
    names = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert names == set(RANK)


@pytest.mark.parametrize("name", LAYERS[0])
def test_the_ground_knows_no_clock_no_network_no_boto3(name: str) -> None:
    roots = {module.split(".")[0] for module in imports_of(PACKAGE / f"{name}.py")}
    assert not roots & NOT_IN_GROUND


def test_panels_models_know_no_widgets_and_no_boto3() -> None:
    for path in (PACKAGE / "panels").rglob("*.py"):
        roots = {module.split(".")[0] for module in imports_of(path)}
        assert "boto3" not in roots
        assert "model" not in path.stem or "ipywidgets" not in roots, path.name


def test_the_public_names_are_real_and_listed_once() -> None:
    assert len(set(sesutil.__all__)) == len(sesutil.__all__)
    for name in sesutil.__all__:
        assert getattr(sesutil, name) is not None
    with pytest.raises(AttributeError):
        sesutil.nothing_of_that_name  # noqa: B018
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    for_checkers = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sesutil.")
        for alias in node.names
    }
    assert for_checkers == set(sesutil.__all__)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_all_names_what_is_there(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    if path.name == "__main__.py":
        return
    defined = {
        name
        for node in tree.body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [getattr(target, "id", "") for target in node.targets]
            if isinstance(node, ast.Assign)
            else [getattr(node.target, "id", "")]
            if isinstance(node, ast.AnnAssign)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert set(listed[0]) <= defined


HEAVY = ("boto3", "botocore", "pandas", "ipywidgets", "moto", "papermill", "flask", "typer")


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("import sesutil", (*HEAVY, "pydantic")),
        ("import sesutil; sesutil.load_config; sesutil.render; sesutil.build_request", HEAVY),
        ("import sesutil; sesutil.connect; sesutil.send", ("pandas", "ipywidgets", "moto", "papermill")),
        ("import sesutil.cli", ("boto3", "pandas", "ipywidgets", "moto", "papermill")),
    ],
)
def test_imports_are_light(statement: str, without: tuple[str, ...]) -> None:
    program = f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(without) & set(loaded.stdout.split())


def test_no_file_has_outgrown_its_subject() -> None:
    long = {str(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: lines for path, lines in long.items() if lines > 450} == {}
