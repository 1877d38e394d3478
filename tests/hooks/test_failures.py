"""Hooks that fail: why, where to look, and what is left."""

from __future__ import annotations

import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.errors import DiskFull, GuildError, HookError
from guildpkg.hooks.log import last_lines
from guildpkg.hooks.run import HookFailed, in_words
from tests.hooks.world import World
from tests.support.processes import interpreter_below, left_running, running, wait_until_running

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "body",
    [
        "false; echo not reached",
        "helper() { false; echo not reached; }; helper",
        "false | true; echo not reached",
        "echo $unset; echo not reached",
        "(false; echo not reached)",
        "cp /no/such/file .; echo not reached",
        "local x; x=$(false); echo not reached",
        "cd /no/such/folder; echo not reached",
    ],
)
def test_the_first_failing_command_ends_a_shell_hook(unconfined: World, body: str) -> None:
    with pytest.raises(HookFailed):
        unconfined.shell(body)
    assert b"not reached" not in unconfined.heard("stdout")


def test_strictness_holds_even_if_the_packager_switches_it_off_at_its_top(unconfined: World) -> None:
    unconfined.write("set +eu; cd /\nbuild() { pwd; false; echo not reached; }")
    with pytest.raises(HookFailed):
        unconfined.run()
    assert unconfined.log().decode() == f"{unconfined.recipe}/src\n"


def test_the_error_names_hook_status_log_and_last_lines(world: World) -> None:
    with pytest.raises(HookFailed) as caught:
        world.shell("seq 100; echo why >&2; exit 3")
    error = caught.value
    assert (error.hook, error.status, error.log) == ("build", "exit 3", world.recipe / "logs" / "build.log")
    assert error.tail == (*map(str, range(82, 101)), "why")
    assert str(error).startswith("the build hook failed (exit 3):\n  82\n  83\n")
    assert str(error.log) in error.hint


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("kill -KILL $$", "killed by signal SIGKILL"),
        ("kill -SEGV $$", "killed by signal SIGSEGV"),
        ("sh -c 'kill -TERM $$'", "exit 143, killed by signal SIGTERM"),
        ("no-such-program", "exit 127"),
        ("exit 255", "exit 255"),
    ],
)
def test_the_end_is_said_in_words(unconfined: World, body: str, status: str) -> None:
    with pytest.raises(HookFailed) as caught:
        unconfined.shell(body)
    assert caught.value.status == status


def test_a_signal_is_named_in_the_sandbox_too(sandboxed: World) -> None:
    with pytest.raises(HookFailed) as caught:
        sandboxed.shell("kill -KILL $$")
    assert caught.value.status == in_words(137) == "exit 137, killed by signal SIGKILL"


def test_a_traceback_begins_in_the_packager(world: World) -> None:
    with pytest.raises(HookFailed) as caught:
        world.python("helper()\n\ndef helper():\n    raise ValueError('no such \\udcff digit')")
    places = [line for line in caught.value.tail if line.lstrip().startswith("File ")]
    file = "/build/recipe/packager.py" if world.confined else f"{world.recipe}/packager.py"
    assert places == [f'  File "{file}", line 2, in build']
    assert caught.value.tail[0] == "Traceback (most recent call last):"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("def build(): ...", "TypeError: build() takes 0 positional arguments but 1 was given"),
        ("def build(context): raise SystemExit('one line')", "one line"),
        ("def build(context): raise SystemExit(4)", None),
        (
            "async def build(context): ...",
            "build is an async function, which nobody awaits: write `def build(context)`",
        ),
        ("def build(context): raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_python_hook_fails_in_one_line_where_one_is_enough(unconfined: World, text: str, last: str | None) -> None:
    unconfined.write(text, "packager.py")
    with pytest.raises(HookFailed) as caught:
        unconfined.run(name="packager.py")
    assert (caught.value.tail or (None,))[-1] == last


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", ()),
        (b"\n\n", ()),
        (b"a\n\nb\n", ("a", "", "b")),
        (b"10%\r50%\r100%\r\ndone", ("100%", "done")),
        (b"\x1b[1;31mred\x1b[0m \0 \x07", ("red \\x00 \\x07",)),
        (b"\xff\xc3\xa9", ("\ufffd\u00e9",)),
        (b"\x1b]0;title\x07", ("\\x1b]0;title\\x07",)),
        (b"x" * 1000, ("x" * 500 + " ...",)),
        (b"\n".join(b"%d" % number for number in range(50)), tuple(str(number) for number in range(30, 50))),
    ],
    ids=["nothing", "blank", "lines", "progress", "control", "no UTF-8", "escape", "long", "many"],
)
def test_the_last_lines_are_fit_to_be_shown(data: bytes, shown: tuple[str, ...]) -> None:
    assert last_lines(data) == shown


def test_a_flood_of_output_takes_no_memory(tmp_path: Path) -> None:
    """300 MB through a guild of its own that may not grow by a tenth of that."""
    script = f"""
import resource
from pathlib import Path
from guildpkg.core.events import silent
from guildpkg.hooks.context import Confinement
from tests.hooks.world import World
world = World.at(Path({str(tmp_path)!r}), Confinement(None, "off"))
world.events = type("Deaf", (), {{"append": lambda self, event: None}})()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
world.shell("head -c 300000000 /dev/zero")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000)
"""
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("True\n", "")
    assert (tmp_path / "recipe" / "logs" / "build.log").stat().st_size == 300_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_hook_that_fills_the_disk_fails_with_its_own_words(small_disk: Path, world: World) -> None:
    full = World.at(small_disk, world.confinement)
    with pytest.raises(HookFailed) as caught:
        full.shell("head -c 2000000 /dev/zero > big 2> $TMPDIR/why || { rm big; echo no room >&2; exit 1; }")
    assert caught.value.tail[-1] == "no room"


def test_a_log_that_fills_the_disk_ends_the_hook(small_disk: Path, world: World) -> None:
    full = World.at(small_disk, world.confinement)
    word = f"1000.{secrets.randbelow(10**12):012}"
    with pytest.raises(DiskFull, match=r"build\.log"):
        full.shell(f"head -c 2000000 /dev/zero; sleep {word}")
    assert running(word) == []


@pytest.mark.parametrize("mess", ["chmod 0 deep/file deep .", "chmod 0 deep", "chmod a-w deep/file deep ."])
def test_src_can_be_read_whatever_a_hook_did_to_it(world: World, mess: str) -> None:
    elsewhere = world.recipe.parent / "elsewhere"
    elsewhere.mkdir(mode=0)
    world.shell(f"mkdir deep; echo x > deep/file; ln -s {elsewhere} link; {mess}")
    src = world.recipe / "src"
    assert src.stat().st_mode & 0o500 == (src / "deep").stat().st_mode & 0o500 == 0o500
    assert (src / "deep" / "file").stat().st_mode & 0o400
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0


def test_src_can_be_read_after_a_failure_too(world: World) -> None:
    with pytest.raises(HookFailed):
        world.shell("mkdir deep; chmod 0 deep; exit 1")
    assert (world.recipe / "src" / "deep").stat().st_mode & 0o500 == 0o500


def test_read_only_folders_in_home_are_no_trouble(world: World) -> None:
    world.shell("mkdir -p ~/a/b $TMPDIR/c; touch ~/a/b/f; chmod -R a-w ~ $TMPDIR/c")
    assert sorted(path.name for path in (world.recipe / "logs").iterdir()) == ["build.log"]


@pytest.mark.parametrize("mess", ["rm -r $pkgdir", "rm -r $pkgdir; ln -s / $pkgdir", "rm -r $pkgdir; echo > $pkgdir"])
def test_a_hook_that_takes_pkg_away_is_told(unconfined: World, mess: str) -> None:
    with pytest.raises(HookError, match="pkg/ was removed by the build hook"):
        unconfined.shell(f"cd /; {mess}")


@pytest.mark.parametrize("name", ["src", "pkg"])
def test_a_folder_that_is_a_link_is_not_made_writable(world: World, tmp_path: Path, name: str) -> None:
    (tmp_path / "precious").mkdir()
    (world.recipe / name).rmdir()
    (world.recipe / name).symlink_to(tmp_path / "precious")
    with pytest.raises(HookError, match=f"{name}/ is not there"):
        world.shell('touch "$srcdir/x" "$pkgdir/x"')
    assert list((tmp_path / "precious").iterdir()) == []


@pytest.mark.parametrize("link", ["logs", "logs/build.log", "logs/.hook"])
def test_logs_are_not_written_through_links(world: World, tmp_path: Path, link: str) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("as it was")
    (world.recipe / link).parent.mkdir(exist_ok=True)
    (world.recipe / link).symlink_to(precious / "file" if link.endswith(".log") else precious)
    if link == "logs":
        with pytest.raises(GuildError, match="logs is not a folder of its own"):
            world.shell("echo x")
    else:
        world.shell("echo x")
    assert ([path.name for path in precious.iterdir()], (precious / "file").read_text()) == (["file"], "as it was")


def test_streams_may_be_closed(world: World) -> None:
    world.shell("exec >&- 2>&-; sleep 0.1; cd $srcdir; : > done")
    assert (world.recipe / "src" / "done").exists()


def test_background_processes_end_with_the_hook(world: World) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}"
    begun = time.monotonic()
    world.shell(f"sleep {word} & setsid sleep {word} & (setsid sh -c 'sleep {word} & exit' &); sleep 0.2; echo done")
    assert (world.log(), running(word)) == (b"done\n", [])
    assert time.monotonic() - begun < 5


def guild(world: World, tmp_path: Path, word: str) -> subprocess.Popen[str]:
    """Start a guild that runs a long hook, in a process group as a shell would give it."""
    script = f"""
import sys
from pathlib import Path
from guildpkg.errors import Interrupted
from guildpkg.hooks.context import Confinement
from guildpkg.system.sandbox import probe
from tests.hooks.world import World
world = World.at(Path({str(tmp_path / "own")!r}), Confinement(probe() if {world.confined} else None))
try:
    world.shell("setsid sleep {word} & (trap '' INT TERM; setsid sleep {word} &); echo text > $TMPDIR/x; sleep {word}")
except Interrupted as error:
    sys.exit(str(error))
"""
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True, process_group=0
    )


def test_ctrl_c_leaves_no_process_and_no_litter(world: World, tmp_path: Path) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}"
    process = guild(world, tmp_path, word)
    wait_until_running(word)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=8)[1].startswith("interrupted while ")
    assert running(word) == []
    assert sorted(path.name for path in (tmp_path / "own" / "recipe" / "logs").iterdir()) == ["build.log"]


def test_a_killed_guild_leaves_no_process_and_the_next_run_is_sound(world: World, tmp_path: Path) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}"
    process = guild(world, tmp_path, word)
    wait_until_running(word)
    time.sleep(0.3)
    process.kill()
    process.communicate()
    assert left_running(word) == []
    again = World(tmp_path / "own" / "recipe", world.confinement)
    again.shell("ls $TMPDIR")
    there = interpreter_below(Path("/tmp")).encode() if again.confinement.state else b""
    assert (again.log(), sorted(path.name for path in (again.recipe / "logs").iterdir())) == (there, ["build.log"])
