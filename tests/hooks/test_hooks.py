"""Hooks that behave: found, run in their place with their environment, heard and logged."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from guildpkg.core.events import silent
from guildpkg.errors import HookError, SandboxError
from guildpkg.hooks.context import Confinement, confine, grant_network
from guildpkg.system.sandbox import probe
from tests.hooks.world import EPOCH, World
from tests.support.processes import interpreter_below


def expected(world: World) -> dict[str, str]:
    """Write the environment of design.md down."""
    recipe = "/build" if world.confined else str(world.recipe)
    scratch = world.recipe / "logs" / ".hook"
    return {
        "srcdir": f"{recipe}/src",
        "pkgdir": f"{recipe}/pkg",
        "recipedir": "/build/recipe" if world.confined else str(world.recipe),
        "pkgname": "digits",
        "pkgver": "1.2",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "PATH": ":".join(dict.fromkeys([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])),
        "HOME": "/build/home" if world.confined else str(scratch / "home"),
        "TMPDIR": "/tmp" if world.confined else str(scratch / "tmp"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("packager", "package() { :; }\nbuild() { :; }\nhelper() { :; }\ncheck=1\n"),
        ("packager.py", "def package(context): ...\ndef build(context): ...\ndef helper(): ...\ncheck = 1\n"),
    ],
)
def test_the_hooks_of_a_packager_come_in_their_order(world: World, name: str, text: str) -> None:
    world.write(text, name)
    assert world.list(name) == ("build", "package")


@pytest.mark.parametrize(("name", "text"), [("packager", "echo hook build"), ("packager.py", "print('hook build')")])
def test_what_a_packager_prints_while_it_is_read_defines_nothing(world: World, name: str, text: str) -> None:
    world.write(text, name)
    assert world.list(name) == ()


def test_reading_a_packager_writes_nothing(world: World) -> None:
    world.write("rm -rf $srcdir/* $pkgdir/*; touch $srcdir/x; build() { :; }\n")
    (world.recipe / "src" / "kept").write_text("")
    world.list()
    left = sorted(str(path.relative_to(world.recipe)) for path in world.recipe.rglob("*"))
    assert left == ["packager", "pkg", "src", "src/kept"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("packager", "build() {\n", "(exit 2)\n  packager: line 2: syntax error"),
        ("packager", "exit 0\nbuild() { :; }", "(it ends before all of it is read)"),
        ("packager", "echo $nothing", "(exit 1)\n  packager: line 1: nothing: unbound variable"),
        ("packager", "echo begun\nfalse\nbuild() { :; }", "(exit 1)\n  begun"),
        ("packager.py", "def build(:\n", '(exit 1)\n    File "packager.py", line 1\n      def build(:'),
        ("packager.py", "import nothing_such", "line 1, in <module>\n      import nothing_such\n  ModuleNotFoundError"),
        ("packager.py", "raise SystemExit", "(it ends before all of it is read)"),
    ],
)
def test_a_packager_that_cannot_be_read_says_where(world: World, name: str, text: str, why: str) -> None:
    world.write(text, name)
    with pytest.raises(HookError) as caught:
        world.list(name)
    said = str(caught.value).replace(f"{expected(world)['recipedir']}/", "")
    assert said.startswith(f"the packager {name} cannot be read (")
    assert why in said
    assert "runner.py" not in said


def test_the_environment_of_a_shell_hook_is_exactly_this(world: World) -> None:
    world.shell("cd /; cd $srcdir; env -0 > told")
    told = dict(line.split("=", 1) for line in (world.recipe / "src" / "told").read_text().split("\0") if line)
    del told["_"]  # bash sets it for every program
    assert told == expected(world)


def test_the_environment_of_a_python_hook_is_exactly_this(world: World) -> None:
    world.python("import os; print(dict(os.environ))")
    assert eval(world.log()) == expected(world)


def test_what_the_recipe_lists_comes_from_the_caller_and_does_not_override(world: World) -> None:
    world.more["extra_env"] = {"TOKEN": "s e\ncret", "HOME": "/elsewhere"}
    world.shell('echo "$TOKEN $HOME"')
    assert world.log().decode() == f"s e\ncret {expected(world)['HOME']}\n"


def test_a_secret_of_the_environment_is_on_no_command_line(sandboxed: World) -> None:
    sandboxed.more["extra_env"] = {"TOKEN": "a-secret"}
    sandboxed.shell("tr '\\0' ' ' < /proc/1/cmdline")
    assert b"--cap-drop ALL" in sandboxed.log()
    assert b"a-secret" not in sandboxed.log()


def test_a_python_hook_is_given_its_context(world: World) -> None:
    world.python("""
        from pathlib import Path
        print(context.pkgname, context.pkgver, context.epoch + 1)
        (context.pkgdir / "a").write_text((context.recipedir / "packager.py").read_text())
        assert Path.cwd() == context.srcdir
    """)
    assert world.log() == b"digits 1.2 1510617601\n"
    assert (world.recipe / "pkg" / "a").read_text() == (world.recipe / "packager.py").read_text()


def test_a_shell_hook_runs_in_src_and_writes_to_src_and_pkg(world: World) -> None:
    (world.recipe / "src" / "file").write_text("data\n")
    world.shell('cp file "$pkgdir/copy"; echo more >> file; [ "$(pwd)" = "$srcdir" ]')
    assert ((world.recipe / "pkg" / "copy").read_text(), (world.recipe / "src" / "file").read_text()) == (
        "data\n",
        "data\nmore\n",
    )


@pytest.mark.parametrize("name", ["packager", "packager.py"])
def test_a_shipped_packager_runs_like_an_own_one(world: World, name: str) -> None:
    text = {"packager": "build() { echo $0; }", "packager.py": "def build(context): print(__file__)"}[name]
    (world.recipe.parent / "shipped" / name).write_text(text)
    world.run(name=name)
    folder = "/build/packagers" if world.confined else world.recipe.parent / "shipped"
    assert world.log().decode() == f"{folder}/{name}\n"


def test_files_are_made_with_umask_022_whatever_the_callers_is(world: World) -> None:
    before = os.umask(0o077)
    try:
        world.shell("mkdir d; echo x > f")
    finally:
        os.umask(before)
    modes = [(world.recipe / "src" / name).stat().st_mode & 0o777 for name in ("d", "f")]
    assert modes == [0o755, 0o644]


def test_home_and_temporary_folder_are_empty_each_time_and_gone_afterwards(world: World) -> None:
    there = interpreter_below(Path("/tmp")).strip() if world.confinement.state else ""
    for _ in range(2):
        world.shell(f'[ -z "$(ls -A $HOME)" ]; [ "$(ls -A $TMPDIR)" = "{there}" ]; touch ~/x $TMPDIR/x')
    assert sorted(path.name for path in (world.recipe / "logs").iterdir()) == ["build.log"]


def test_output_is_heard_live_and_logged_as_it_came(world: World) -> None:
    world.shell(r"printf 'a\0b\377\r'; sleep 0.1; printf 'err\n' >&2")
    assert (world.heard("stdout"), world.heard("stderr")) == (b"a\0b\xff\r", b"err\n")
    assert world.log() == b"a\0b\xff\rerr\n"


def test_each_run_begins_its_log_anew(world: World) -> None:
    world.shell("echo once; echo twice")
    world.shell("echo again")
    assert world.log() == b"again\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("packager", "pkgver() { echo talk >&2; cat VERSION; }"),
        ("packager.py", "def pkgver(context):\n    print((context.srcdir / 'VERSION').read_text(), end='')"),
        ("packager.py", "def pkgver(context):\n    return (context.srcdir / 'VERSION').read_text().strip()"),
    ],
)
def test_the_line_that_pkgver_prints_is_the_version(world: World, name: str, text: str) -> None:
    (world.recipe / "src" / "VERSION").write_text("2.0rc1\n")
    world.write(text, name)
    assert world.run("pkgver", name).line() == "2.0rc1"
    assert world.heard("stdout") == b""


@pytest.mark.parametrize(("body", "found"), [("true", "nothing"), ("echo 1; echo 2", "2 lines"), ("echo", "nothing")])
def test_pkgver_that_does_not_print_one_line_is_refused(unconfined: World, body: str, found: str) -> None:
    unconfined.write(f"pkgver() {{ {body}; }}")
    with pytest.raises(HookError, match=f"pkgver printed {found}"):
        unconfined.run("pkgver").line()


@pytest.mark.parametrize(
    ("asked", "allowed", "granted"), [(False, False, False), (False, True, False), (True, True, True)]
)
def test_the_network_takes_two_to_agree(*, asked: bool, allowed: bool, granted: bool) -> None:
    assert grant_network(asked=asked, allowed=allowed) == granted


def test_a_recipe_alone_does_not_get_the_network() -> None:
    with pytest.raises(SandboxError, match="network = yes") as caught:
        grant_network(asked=True, allowed=False)
    assert "--allow-network" in caught.value.hint


def test_switched_off_is_no_cause_for_a_warning() -> None:
    events: list[object] = []
    assert (str(confine("off", events.append)), events) == ("none: switched off", [])


def test_where_the_sandbox_works_it_is_taken() -> None:
    if not probe().available:
        pytest.skip(f"no sandbox: {probe().why}")
    assert confine("auto", silent) == confine("required", silent) == Confinement(probe())
    assert str(confine("auto", silent)).startswith("bubblewrap ")
