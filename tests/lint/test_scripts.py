"""Packagers are read and never run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.lint.scripts import read_script


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("build() {\n}\n", [("build", 1)]),
        ("\n  build ( ) {\n}\n", [("build", 2)]),
        ("function build {\n}\nfunction check() {\n}\n", [("build", 1), ("check", 3)]),
        ("_list-all() ( : )", [("_list-all", 1)]),
        ("# build() {\n", []),
        ("x=$(build)\nbuild\n", []),
    ],
    ids=["plain", "spaced", "keyword", "subshell", "comment", "a call"],
)
def test_functions_of_a_shell_script(text: str, functions: list[tuple[str, int]]) -> None:
    assert list(read_script(text, "packager").functions) == functions


@pytest.mark.parametrize("file", ["packager.py", "packager"])
def test_functions_of_a_python_script_by_its_name_or_its_first_line(file: str) -> None:
    text = "#!/usr/bin/env python3\nimport os\ndef build(context): ...\nasync def check(context): ...\n"
    script = read_script(text, file)
    assert (script.python, list(script.functions)) == (True, [("build", 3), ("check", 4)])


def test_the_style_of_a_script_is_not_asked() -> None:
    """Python warns of an unknown escape; warnings fail our tests."""
    assert read_script("def build(context):\n    return '\\d'\n", "packager.py").functions == (("build", 1),)


def test_code_is_without_comments() -> None:
    script = read_script("# curl\ncurl x # wget\necho a#b\n", "packager")
    assert list(script.code) == [(1, ""), (2, "curl x "), (3, "echo a#b")]


@given(st.text(), st.sampled_from(["packager", "packager.py"]))
def test_any_text_can_be_read(text: str, file: str) -> None:
    script = read_script(text, file)
    lines = len(text.splitlines()) + text.count("\r") + 1
    assert all(1 <= line <= lines for _, line in script.functions)
    assert all(0 <= fault.where.line <= lines for fault in script.faults)


@pytest.mark.parametrize(
    "text",
    ["\n" * 300_000, "(" * 100_000, "#!" + " python" * 50_000, "a" * 500_000],
    ids=["lines", "depth", "words", "one"],
)
@pytest.mark.parametrize("file", ["packager", "packager.py"])
def test_no_text_takes_long(text: str, file: str) -> None:
    assert read_script(text, file).functions == ()
