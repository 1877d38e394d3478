"""Programs really confined by bubblewrap, and machines on which that does not work."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.system.process.start import Finished, run
from guildpkg.system.sandbox import (
    HOME,
    SYSTEM_PATH,
    Mount,
    SandboxState,
    examine,
    furnish,
    own_failure,
    probe,
    wrap,
)
from tests.support.processes import interpreter_below, left_running, wait_until_running

STATE = probe()
needs_sandbox = pytest.mark.skipif(not STATE.available, reason=f"no sandbox: {STATE.why}")
ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder with one that is writable inside, one that is read-only, and a program's own places."""
    for name in ("open", "shut", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "shut" / "file").write_text("as it was")
    furnish(tmp_path / "scratch")
    return tmp_path


def confined(room: Path, *argv: str, more: tuple[Mount, ...] = (), network: bool = False) -> Finished:
    """Run a program in the sandbox."""
    mounts = (Mount(room / "open", "/build/open", writable=True), Mount(room / "shut", "/build/shut"), *more)
    command = wrap(argv, state=STATE, mounts=mounts, scratch=room / "scratch", cwd="/build/open", network=network)
    return run(command, cwd=Path("/"), env={"PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}"})


def sh(room: Path, script: str) -> Finished:
    return confined(room, "sh", "-c", script)


@needs_sandbox
@pytest.mark.parametrize(
    "place",
    ["/", "/build", "/usr", "/usr/bin", "/etc", "/bin", "/build/shut", "/home", sys.prefix, sys.base_prefix, "/sys"],
)
def test_nothing_else_can_be_written(room: Path, place: str) -> None:
    name = f"litter-{secrets.token_hex(4)}"
    finished = sh(room, f"echo x > {place}/{name}")
    assert finished.returncode != 0
    assert not Path(place, name).exists()
    assert not (room / "shut" / name).exists()


@needs_sandbox
def test_what_is_granted_can_be_written_and_is_the_users_own(room: Path) -> None:
    finished = sh(room, "umask 022; mkdir a && echo text > a/file && chmod 755 a/file")
    made = room / "open" / "a" / "file"
    assert (finished.returncode, made.read_text(), made.stat().st_uid) == (0, "text\n", os.getuid())


@needs_sandbox
@pytest.mark.parametrize(
    "attack",
    [
        "mount -o remount,rw,bind /usr",
        "mount -o remount,rw /",
        "mount --bind /build/open /build/shut",
        "umount /build/shut",
        "unshare --user --map-root-user mount -o remount,rw,bind /build/shut",
        "chroot / true",
        "mknod disk b 8 0",
        "chown 0:0 /build/shut/file",
        "chmod 777 /build/shut/file",
        "ln -f /build/shut/file link",
        "nsenter --target 1 --mount true",
    ],
)
def test_a_way_out_is_closed(room: Path, attack: str) -> None:
    """Also, and above all, for root."""
    finished = sh(room, attack)
    assert finished.returncode != 0
    assert (room / "shut" / "file").read_text() == "as it was"
    assert (room / "shut" / "file").stat().st_nlink == 1


@needs_sandbox
def test_it_has_no_capability(room: Path) -> None:
    status = sh(room, "cat /proc/self/status").stdout.decode()
    assert {line.split()[1] for line in status.splitlines() if line.startswith("Cap")} == {"0" * 16}


@needs_sandbox
def test_files_of_the_host_are_out_of_sight(room: Path) -> None:
    (room / "secret").write_text("secret")
    finished = sh(room, f"cat {room}/secret /etc/shadow {os.environ['HOME']}")
    assert (finished.stdout, finished.stderr.count(b"No such file or directory")) == (b"", 3)


@needs_sandbox
@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("ls /etc", "alternatives\ngroup\nld.so.cache\npasswd\n"),
        (f"ls -A {HOME} /tmp", f"{HOME}:\n\n/tmp:\n{interpreter_below(Path('/tmp'))}"),
        ("ps -A -o comm=", "bwrap\nsh\nps\n"),
        ("hostname; id -un; id -u; id -G", "build\nbuild\n1000\n1000\n"),
        ("ls -d /boot /media /mnt /run /srv /sys 2> /dev/null", ""),
    ],
    ids=["named files of etc", "empty home", "own processes", "own name", "no data"],
)
def test_it_is_alone(room: Path, script: str, answer: str) -> None:
    assert sh(room, script).stdout.decode() == answer


@needs_sandbox
def test_guilds_own_python_works_inside(room: Path) -> None:
    script = "import ssl, lzma, sqlite3, multiprocessing as m, sys; m.Lock(); print(sys.prefix)"
    finished = confined(room, "python3", "-c", script)
    assert finished == Finished(0, f"{sys.prefix}\n".encode(), b"")


@needs_sandbox
@pytest.mark.parametrize("network", [False, True])
def test_the_network_is_there_only_when_granted(room: Path, *, network: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)"
        finished = confined(room, "python3", "-c", script, network=network)
    assert (finished.returncode == 0) == network
    assert network or b"ConnectionRefusedError" in finished.stderr


@needs_sandbox
def test_without_the_network_the_world_is_unreachable(room: Path) -> None:
    script = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    assert b"Network is unreachable" in confined(room, "python3", "-c", script).stderr


@needs_sandbox
def test_status_and_streams_pass_through(room: Path) -> None:
    assert sh(room, "echo out; echo err >&2; exit 7") == Finished(7, b"out\n", b"err\n")
    assert sh(room, "kill -KILL $$").returncode == 128 + signal.SIGKILL


@needs_sandbox
def test_its_own_failure_is_told_from_the_programs(room: Path) -> None:
    missing = (Mount(room / "not there", "/build/x"),)
    assert "not there" in own_failure(confined(room, "true", more=missing))
    assert own_failure(sh(room, "exit 1")) == ""


@needs_sandbox
def test_nothing_is_left_when_guild_is_killed(room: Path) -> None:
    word = f"1000.{secrets.randbelow(10**12):012}"
    script = f"""
from pathlib import Path
from tests.system.test_sandbox import sh
sh(Path({str(room)!r}), "setsid sleep {word} & trap '' INT TERM; sleep {word}")
"""
    guild = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    wait_until_running(word)
    guild.kill()
    guild.wait()
    assert left_running(word) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which the folders of tests are not."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="guild-open-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@needs_sandbox
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no python3 that everybody can run")
def test_it_works_for_somebody_who_is_not_root(open_folder: Path) -> None:
    """Interpreter and checkout may lie where only root can look, so the system's and a copy are taken."""
    shutil.copytree(ROOT / "guildpkg", open_folder / "guildpkg")
    script = f"""
import os, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
sys.path.insert(0, {str(open_folder)!r})
import tempfile
from pathlib import Path
from guildpkg.system.sandbox import examine, furnish, wrap, Mount
from guildpkg.system.process.start import run
state = examine({STATE.program!r})
assert state.available, state.why
with tempfile.TemporaryDirectory() as place:
    furnish(Path(place))
    (Path(place) / "open").mkdir()
    mounts = [Mount(Path(place) / "open", "/build/open", writable=True)]
    script = "id -u; echo x > file && cat file; mount -o remount,rw,bind /usr 2>&1 || echo refused; touch /usr/x"
    argv = wrap(["sh", "-c", script], state=state, mounts=mounts, scratch=Path(place), cwd="/build/open", network=False)
    finished = run(argv, cwd=Path("/"), env={{"PATH": "/usr/bin:/bin"}})
    print(finished.stdout.decode().split()[0:2], finished.stdout.decode().split()[-1], finished.returncode)
"""
    told = subprocess.run(
        ["/usr/bin/python3", "-I", "-c", script], cwd="/", capture_output=True, text=True, check=False
    )
    assert (told.stdout, told.stderr) == ("['1000', 'x'] refused 1\n", "")


@needs_sandbox
def test_a_sandbox_in_a_sandbox_is_refused_in_one_line(room: Path) -> None:
    """Real missing user namespaces: inside, they are switched off."""
    if STATE.options != ("--disable-userns",):
        pytest.skip("this bubblewrap is too old to switch user namespaces off")
    script = f"from guildpkg.system.sandbox import examine; print(examine({STATE.program!r}))"
    more = (Mount(ROOT / "guildpkg", "/build/lib/guildpkg"),)
    finished = confined(room, "env", "PYTHONPATH=/build/lib", "python3", "-c", script, more=more)
    state: SandboxState = eval(finished.stdout, {"SandboxState": SandboxState})
    assert (state.available, state.version, "\n" in state.why) == (False, STATE.version, False)
    assert state.why.startswith("bubblewrap does not work here (")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param(
            "echo 'bwrap: No permissions to create new namespace, likely because...' >&2; exit 1",
            "bubblewrap does not work here (No permissions to create new namespace, likely because...)",
            id="no user namespaces",
        ),
        pytest.param("exit 9", "bubblewrap does not work here (exit 9)", id="silent"),
        pytest.param(
            None, "bubblewrap does not work here (PROGRAM cannot be started: Permission denied)", id="not executable"
        ),
    ],
)
def test_the_probe_never_fails(tmp_path: Path, script: str | None, why: str) -> None:
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n[ $1 != --version ] || {{ echo bubblewrap 0.0; exit; }}\n{script}\n")
    program.chmod(0o755 if script else 0o644)
    state = examine(str(program))
    assert (state.available, state.why) == (False, why.replace("PROGRAM", str(program)))


def test_a_bubblewrap_that_cannot_disable_user_namespaces_is_good_enough(tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text('#!/bin/sh\ncase "$*" in *--disable-userns*) echo "bwrap: Unknown option" >&2; exit 1; esac\n')
    program.chmod(0o755)
    assert examine(str(program)) == SandboxState(available=True, program=str(program))


def test_without_bubblewrap_the_probe_says_so(tmp_path: Path) -> None:
    assert probe(str(tmp_path)) == SandboxState(available=False, why="bubblewrap (bwrap) is not installed")
