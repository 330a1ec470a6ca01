"""Matrix files: what becomes of them, what is told of one that is wrong, and what the runs will cost."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import sesutil
from sesutil.errors import InvalidMatrix, InvalidParameters, ProjectError
from sesutil.testruns.matrix.planning import PLAN_COLUMNS
from sesutil.testruns.matrix.reading import Matrix, make_matrix, read_matrix

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def matrix_of(folder: Path, text: str | bytes) -> Matrix:
    path = folder / "nightly.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_matrix(path)


def names(matrix: Matrix) -> list[str]:
    return [entry.name for entry in matrix.entries]


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(InvalidMatrix) as caught:
        matrix_of(folder, text)
    assert str(caught.value).startswith("nightly.yaml cannot be used:")
    return caught.value.problems


def parameter(matrix: Matrix, name: str) -> list[Any]:
    return [getattr(entry.parameters, name) for entry in matrix.entries]


def test_runs_and_every_combination(tmp_path: Path) -> None:
    matrix = matrix_of(
        tmp_path,
        """
        defaults: {usage_types: [SignIn], wait_seconds: 5}
        runs:
          - name: practice
          - {name: live-eu, practice: false, profile: onboarding, region: eu-central-1, wait_seconds: 90}
        matrix:
          preset: [ready, production]
          languages: [[""], [de, pt-BR]]
        """,
    )
    assert matrix.name == "nightly"
    assert names(matrix) == [
        "practice",
        "live-eu",
        *("ready-own", "ready-de+pt-BR", "production-own", "production-de+pt-BR"),
    ]
    assert parameter(matrix, "name")[:2] == ["nightly/practice", "nightly/live-eu"]
    assert parameter(matrix, "wait_seconds") == [5, 90, 5, 5, 5, 5]
    assert parameter(matrix, "languages")[2:4] == [("",), ("de", "pt-BR")]
    assert set(parameter(matrix, "usage_types")) == {("SignIn",)}


def test_include_and_exclude_as_in_github_actions(tmp_path: Path) -> None:
    """The example of GitHub's documentation, in our parameters."""
    matrix = matrix_of(
        tmp_path,
        """
        matrix:
          region: [us-east-1, eu-central-1]
          usage_types: [SignIn, Register]
          exclude:
            - {region: eu-central-1, usage_types: Register}
          include:
            - {context: full}                                   # fits all
            - {region: us-east-1, context: hostile}             # overwrites what an include added
            - {region: us-east-1, usage_types: SignIn, name: a} # fits one
            - {region: us-west-2}                               # fits none: one of its own
            - {region: us-west-2, context: none}                # ... and so is this
        """,
    )
    assert names(matrix) == [
        "a",
        "us-east-1-Register-hostile",
        "eu-central-1-SignIn-full",
        "us-west-2",
        "us-west-2-none",
    ]
    assert parameter(matrix, "context") == ["hostile", "hostile", "full", "usual", "none"]


def test_an_axis_of_accounts(tmp_path: Path) -> None:
    """Values that set several parameters at once, which include and exclude call by name."""
    matrix = matrix_of(
        tmp_path,
        """
        matrix:
          account:
            - {name: here, preset: production}
            - {practice: no, profile: shop, region: eu-central-1}
          usage_types: [[SignIn], [Generic, Register]]
          exclude: [{account: here, usage_types: [SignIn]}]
          include: [{account: here, usage_types: MfaVerification}, {account: here, code: 0123}]
        """,
    )
    assert names(matrix) == [
        *("here-Generic+Register-code0123", "live-shop-eu-central-1-SignIn"),
        *("live-shop-eu-central-1-Generic+Register", "here-MfaVerification"),
    ]
    assert parameter(matrix, "preset") == ["production", "", "", "production"]
    assert parameter(matrix, "practice") == [True, False, False, True]
    assert parameter(matrix, "code") == ["0123", "", "", ""]


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    """`no` is Norwegian, `on` a key, 012345 no octal number; where a bool is meant, off is one."""
    matrix = matrix_of(
        tmp_path,
        """
        x-usual: &usual
          languages: [no, en]
          code: 012345
        runs:
          - <<: *usual
            name: 2026-11-25
            practice: on
          - {<<: *usual, languages: no, events: off, region: null, wait_seconds: 1.5e1}
        """,
    )
    assert parameter(matrix, "languages") == [("no", "en"), ("no",)]
    assert parameter(matrix, "code") == ["012345", "012345"]
    assert (matrix.entries[0].name, matrix.entries[0].parameters.practice) == ("2026-11-25", True)
    assert (matrix.entries[1].parameters.events, matrix.entries[1].parameters.region) == (False, "")
    assert matrix.entries[1].parameters.wait_seconds == 15


@pytest.mark.parametrize(
    "encoded", ["runs: [{name: ä}]".encode("utf-8-sig"), "runs: [{name: ä}]\r\n".encode("utf-16")]
)
def test_a_byte_order_mark(tmp_path: Path, encoded: bytes) -> None:
    assert names(matrix_of(tmp_path, encoded)) == ["ä"]


def test_relative_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    matrix = matrix_of(tmp_path / "sub", "runs: [{config_path: ../shop/connector.json}]")
    monkeypatch.chdir("/")
    assert parameter(matrix, "config_path") == [str(tmp_path / "shop" / "connector.json")]
    assert names(matrix) == ["shop"]
    assert matrix.folder == tmp_path / "sub"


def test_made_names_are_numbered_given_ones_are_not(tmp_path: Path) -> None:
    matrix = matrix_of(
        tmp_path,
        "runs: [{name: SIGNIN}, {usage_types: SignIn}, {usage_types: SignIn}, , {}]".replace(", ,", ","),
    )
    assert names(matrix) == ["SIGNIN", "SignIn-2", "SignIn-3", "run"]
    found = problems(tmp_path, "runs:\n- name: a\n- name: A\n")
    assert found == ["line 3, run 'A': name: is that of the run in line 2, too."]


def test_all_problems_of_all_runs_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
defaults:
  lanugages: [de]
runs:
  - name: one
    usage_types: [Signin]
  - name: two
    wait_seconds: 1:30
    quota_reserve: 010
    results_path: x.json
  - {name: three, practice: "no", preset: [ready, new]}
  - just a text
matrix:
  preset: [ready, prod]
  languages: de
  exclude: [{presets: ready}]
mtrix: {}
""",
    )
    assert len(found) == 12
    for line, said in [
        (2, "runs 'one', 'two' and 3 more: there is no parameter called 'lanugages'. Do you mean languages?"),
        (5, "run 'one': usage_types: there is none called 'Signin'. Do you mean SignIn?"),
        (7, "run 'two': wait_seconds: YAML reads 1:30 as 90."),
        (8, "run 'two': quota_reserve: YAML reads 010 as 8."),
        (9, "run 'two': results_path: each run of a matrix has files of its own."),
        (10, "run 'three': practice: should be true"),
        (10, "run 'three': preset: is a list, and takes one value. To try several, put it under `matrix`."),
        (11, "runs: `just a text` is no run."),
        (13, "run 'prod': preset: there is none called 'prod'. Do you mean production?"),
        (14, "matrix: languages is `de`. It should be a list of the values to try"),
        (15, "exclude: there is no axis called 'presets'. Do you mean preset?"),
        (16, "there is no key called 'mtrix'. Do you mean matrix?"),
    ]:
        assert [one for one in found if one.startswith((f"line {line}:", f"line {line},")) and said in one], (
            said
        )


@pytest.mark.parametrize(
    "text",
    [
        f"runs: [{{name: x, accessKeySecret: {KEY}}}]",
        f"runs: [{{name: {KEY}}}]",
        f"runs: [{{region: {KEY}}}]",
        f"defaults: {{profile: {KEY}}}\nruns: [{{}}]",
        f"runs: [{{recipients: [a@b.org, {KEY}]}}]",
        f"matrix: {{profile: [x, {KEY}]}}",
        f"x-keys: {{deep: [{{password: {KEY}}}]}}\nruns: [{{}}]",
        f"runs: [{{{KEY}: x}}]",
        f"runs: [{{accessKeySecret: &a {KEY}, region: *a}}]",
    ],
)
def test_secrets_are_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, text)
    assert [one for one in found if "looks like a secret" in one]
    assert not [one for one in found if KEY[:12] in one]


def test_a_fault_of_form_shows_nothing_of_the_line(tmp_path: Path) -> None:
    found = problems(tmp_path, f"runs:\n  - name: x\n    accessKeySecret: {KEY}: {{\n")
    assert len(found) == 1
    assert KEY not in found[0]
    assert found[0].startswith("line 3: ")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "It is empty"),
        ("# nothing\n", "It is empty"),
        ("null", "It holds nothing"),
        ("runs:", "It has no runs"),
        ("runs: []\nmatrix: {}", "It has no runs"),
        ("- a\n", "It holds a list"),
        ("runs:\n\t- name: x\n", "line 2: a tab, where YAML wants spaces"),
        ("runs: [{name: a, name: b}]", "'name' is given a second time (first in line 1)"),
        ("runs: [{}]\n---\nruns: [{}]", "line 2: a second document"),
        ("runs: {name: a}", "runs: should be a list"),
        ("runs:\n- name: a: b\n", "a colon where none can be"),
        ("runs: [*nobody]", "undefined alias"),
        ("runs: &a [*a]", "an alias stands within what it is an alias of"),
        (BOMB, "unfold to more than 10000 values"),
        (
            "runs: [!!python/object/apply:os.system [id]]",
            "the tag !!python/object/apply:os.system is not taken",
        ),
        ("runs: [{quota_reserve: !!int x}]", "the value is not what its tag says"),
        (b"runs: [\xff\xfe]", "It is no YAML"),
        (b"runs: [\x00]", "It is no YAML"),
        ("[" * 3000, "nested too deeply"),
        ("#" * 1_000_001, "1000001 bytes"),
        ("runs: [{name: '.'}]", "needs a letter or a digit"),
        ("runs: [{name: 'a\\tb'}]".replace("'", '"'), "control characters"),
        ("defaults: {name: x}\nruns: [{}]", "a name belongs to one run"),
        ("runs: [{languages: [~]}]", "holds nothing"),
        ("runs: [{languages: [[de]]}]", "holds a list"),
        ("runs: [{region: {a: b}}]", "is a mapping"),
        ("runs: [{resume: true}]", "sesutil test-run --resume"),
        ("matrix: [a]", "should be a mapping"),
        ("matrix: {region: [a], exclude: [{region: b}]}", "no combination is so"),
        ("matrix: {region: [a], include: {region: b}}", "include should be a list of mappings"),
        ("matrix: {a: [{region: x}], b: [{region: y}]}", "region: two axes set it"),
        ("matrix: {regoin: [x]}", "Do you mean region"),
        ("matrix: {region: [" + "x," * 40 + "], profile: [" + "y," * 40 + "]}", "has 1600 combinations"),
    ],
)
def test_what_is_no_matrix(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert [one for one in problems(tmp_path, text) if said in one]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_matrix(tmp_path / "none.yaml")
    with pytest.raises(ProjectError, match="cannot be read"):
        read_matrix(tmp_path)


def test_from_python() -> None:
    matrix = make_matrix("mine", {"a": {"usage_types": ["SignIn"]}, "b": {}})
    assert names(matrix) == ["a", "b"]
    assert matrix.entries[0].parameters.name == "mine/a"
    with pytest.raises(InvalidMatrix) as caught:
        make_matrix("mine", {"a": {"usage_typs": []}, "b": {"results_path": "x"}})
    assert len(caught.value.problems) == 2
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
    single = InvalidParameters(["x"])
    assert str(pickle.loads(pickle.dumps(single))) == str(single)


def test_the_plan(tmp_path: Path) -> None:
    sesutil.init_project(tmp_path)
    matrix = matrix_of(
        tmp_path,
        """
        runs:
          - {name: all}
          - {name: live, practice: false, profile: shop, region: eu-west-1, usage_types: [SignIn],
             languages: "", recipients: [a@example.com, success@simulator.amazonses.com]}
        """,
    )
    plan = matrix.plan()
    assert [(run.name, run.mails, run.cost, run.live) for run in plan.runs] == [
        ("all", 18, 0, False),  # nine types in the connector's language and in German
        ("live", 2, 1, True),
    ]
    assert plan.summary() == "2 runs (1 live), 20 mails, 1 recipient of the day's quota, 1 of them live"
    assert "live  AWS, profile shop  eu-west-1  2 mails   cost 1" in plan.table()
    assert {name: str(dtype) for name, dtype in plan.frame().dtypes.items()} == PLAN_COLUMNS


def test_a_plan_names_every_run_whose_config_is_none(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    matrix = matrix_of(
        tmp_path,
        "runs:\n- {name: a, config_path: bad.json}\n- {name: b, config_path: no.json}\n- name: c\n",
    )
    with pytest.raises(InvalidMatrix) as caught:
        matrix.plan()
    assert [one.partition(":")[0] for one in caught.value.problems] == ["line 2, run 'a'", "line 3, run 'b'"]
