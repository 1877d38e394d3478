"""What starting up imports; how long it takes is measured by `python -m benchmarks.startup`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from guildpkg.cli.table import COMMANDS

PROGRAM = """
import sys
before = set(sys.modules)
sys.argv = ["guild", *{words!r}]
from guildpkg.__main__ import main
try:
    main()
except SystemExit as end:
    assert end.code == {code}, end.code
    new = set(sys.modules) - before
    print(*sorted(name for name in new if (file := getattr(sys.modules[name], "__file__", None))), file=sys.stderr)
"""


def imported(*words: str, code: int = 0) -> set[str]:
    """Name the modules from files that a command line imports, beyond those of the bare interpreter."""
    script = PROGRAM.format(words=list(words), code=code)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


def third_party(modules: set[str]) -> set[str]:
    """Name the top-level packages among modules that neither are ours nor come with Python."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"guildpkg"}


def commands(modules: set[str]) -> set[str]:
    return modules & {module for module, _ in COMMANDS.values()}


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["--debug", "--version"]], ids=" ".join)
def test_version_and_help_import_nothing_but_click_and_no_command(words: list[str]) -> None:
    modules = imported(*words)
    assert third_party(modules) <= {"click"}
    assert not commands(modules)
    assert not modules & {"json", "pathlib", "difflib", "subprocess", "importlib.metadata"}


def test_the_version_alone_waits_for_nothing() -> None:
    modules = imported("--version")
    assert {name for name in modules if name.startswith("guildpkg")} == {
        "guildpkg",
        "guildpkg.__main__",
        "guildpkg.cli",
        "guildpkg.cli.boundary",
        "guildpkg.version",
    }
    assert not third_party(modules)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_that_command_only(name: str) -> None:
    modules = imported(name, "--help")
    assert commands(modules) == {COMMANDS[name][0]}
    assert third_party(modules) <= {"click"}
    assert not [name for name in modules if name.startswith(("guildpkg.system", "guildpkg.sources", "guildpkg.hooks"))]


def test_a_refusal_imports_no_progress_bars_and_no_network() -> None:
    modules = imported("inspect", "/nowhere", code=1)
    assert not third_party(modules) & {"rich", "httpx", "git"}
