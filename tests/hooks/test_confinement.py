"""Hooks that want more than they are given, in the sandbox; the user's choice when there is none."""

from __future__ import annotations

import re
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.errors import SandboxError
from guildpkg.hooks.context import Confinement
from guildpkg.hooks.run import HookFailed
from tests.hooks.conftest import sandbox
from tests.hooks.world import World

ROOT = Path(__file__).parents[2]


def test_the_real_home_cannot_be_read(sandboxed: World, no_real_home: Path) -> None:
    (no_real_home / ".netrc").write_text("a-secret")
    with pytest.raises(HookFailed) as caught:
        sandboxed.shell(f"ls -A ~; cat {no_real_home}/.netrc")
    assert caught.value.tail == (f"cat: {no_real_home}/.netrc: No such file or directory",)


@pytest.mark.parametrize(
    "place",
    [
        "$recipedir/GuildPkg",
        "$recipedir/src/x",
        "$recipedir/logs/x",
        "/build/x",
        "/usr/bin/x",
        "/etc/x",
        "/home/x",
        "/x",
    ],
)
def test_nothing_can_be_written_but_src_and_pkg(sandboxed: World, place: str) -> None:
    (sandboxed.recipe / "GuildPkg").write_text("as it was")
    with pytest.raises(HookFailed) as caught:
        sandboxed.shell(f'echo x > "{place}"')
    assert caught.value.tail[-1].endswith(("Read-only file system", "No such file or directory"))
    assert (sandboxed.recipe / "GuildPkg").read_text() == "as it was"


def test_a_neighbour_of_the_recipe_cannot_be_reached(sandboxed: World) -> None:
    (sandboxed.recipe.parent / "neighbour").write_text("as it was")
    with pytest.raises(HookFailed):
        sandboxed.shell(f"echo x > $recipedir/../neighbour; cat {sandboxed.recipe.parent}/neighbour")
    assert (sandboxed.recipe.parent / "neighbour").read_text() == "as it was"


def test_system_files_cannot_be_remounted_and_changed(sandboxed: World) -> None:
    """As root, only dropped capabilities stand before this."""
    with pytest.raises(HookFailed):
        sandboxed.shell("mount -o remount,rw,bind /usr; : > /usr/guild-was-here")
    assert not Path("/usr/guild-was-here").exists()


@pytest.mark.parametrize("network", [False, True])
def test_a_socket_reaches_others_only_with_the_network(sandboxed: World, *, network: bool) -> None:
    sandboxed.more["network"] = network
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = f"import socket\ntry:\n    socket.create_connection({server.getsockname()!r}, 5)\n    print('reached')\n"
        sandboxed.python(text + "except ConnectionRefusedError:\n    print('refused')")
    assert sandboxed.log() == (b"reached\n" if network else b"refused\n")


def test_what_a_hook_makes_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    made = []
    for place in ("one", "an other/deeper"):
        world = World.at(tmp_path / place, sandbox())
        world.shell(
            "pwd; echo $srcdir $pkgdir $recipedir $HOME $TMPDIR; id; hostname; ls -l /proc/self/cwd | sed 's,.* ,,'"
        )
        made.append(world.log())
    assert made[0] == made[1]


def test_a_folder_with_an_odd_name_is_mounted_as_it_is(tmp_path: Path) -> None:
    world = World.at(tmp_path / "a b\n'\"$x\\ --bind", sandbox())
    world.shell('echo x > "$pkgdir/made"')
    assert (world.recipe / "pkg" / "made").read_text() == "x\n"


def test_a_recipe_below_a_link_works(tmp_path: Path) -> None:
    World.at(tmp_path / "real", sandbox())
    (tmp_path / "link").symlink_to("real")
    world = World(tmp_path / "link" / "recipe", sandbox())
    world.shell('cat "$recipedir/packager" > "$pkgdir/made"')
    assert (tmp_path / "real" / "recipe" / "pkg" / "made").exists()


def test_a_sandbox_that_breaks_down_is_no_fault_of_the_hook(sandboxed: World, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: Out of mounts' >&2\nexit 1\n")
    broken.chmod(0o755)
    assert sandboxed.confinement.state is not None
    sandboxed.confinement = Confinement(replace(sandboxed.confinement.state, program=str(broken)))
    with pytest.raises(SandboxError, match="the sandbox did not start: Out of mounts"):
        sandboxed.shell("true")


CHOICE = """
import sys
from guildpkg.hooks.context import confine
from guildpkg.errors import SandboxError
try:
    print(confine(sys.argv[1], lambda event: print(event.text)))
except SandboxError as error:
    print(f"{error} ({error.hint})")
"""


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("auto", r"hooks run without a sandbox: (bubblewrap does not work here .+)\nnone: \1\n"),
        ("required", r"hooks cannot be confined: bubblewrap does not work here .+ \(install bubblewrap .+auto\)\n"),
        ("off", r"none: switched off\n"),
    ],
)
def test_where_there_is_no_sandbox_the_user_decides(sandboxed: World, mode: str, said: str) -> None:
    """Shown inside a real sandbox, in which there cannot be another one."""
    state = sandboxed.confinement.state
    if state is None or "--disable-userns" not in state.options:
        pytest.skip("this bubblewrap is too old to switch user namespaces off")
    shutil.copytree(
        ROOT / "guildpkg", sandboxed.recipe / "src" / "guildpkg", ignore=shutil.ignore_patterns("__pycache__")
    )
    (sandboxed.recipe / "src" / "choice.py").write_text(CHOICE)
    sandboxed.shell(f"PYTHONPATH=$srcdir python3 -B choice.py {mode}")
    assert re.fullmatch(said, sandboxed.log().decode())
