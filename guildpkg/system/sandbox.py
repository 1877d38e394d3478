"""bubblewrap: a program sees a read-only system, a private home, the folders it is given, and no network.

In: an argument list and what it may see. Out: the argument list that runs it so. `probe` finds out, once per process,
whether that works here; it never fails. bubblewrap's own failures look like the program's (exit status 1), so they
are to be told apart with `own_failure`.

``--cap-drop ALL`` matters: as root, without it, ``mount -o remount,rw,bind /usr`` inside writes to the host's /usr.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from guildpkg.errors import GuildError, Interrupted
from guildpkg.lean import dataclass
from guildpkg.system.process.start import Finished, run

SYSTEM_PATH: Final = "/usr/local/bin:/usr/bin:/bin"
HOME: Final = "/build/home"
TMP: Final = "/tmp"  # noqa: S108 - a private one
USER: Final = 1000

_ROOT_FOLDERS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC: Final = ("alternatives", "ld.so.cache")
_ETC_FOR_NETWORK: Final = (
    "hosts",
    "resolv.conf",
    "nsswitch.conf",
    "services",
    "protocols",
    "ssl/certs",
    "pki/tls",
    "pki/ca-trust",
)
_ETC_MADE: Final = {
    "passwd": f"build:x:{USER}:{USER}:build:{HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "group": f"build:x:{USER}:\nnogroup:x:65534:\n",
}
_CONFINED: Final = ("--unshare-all", "--unshare-user", "--cap-drop", "ALL", "--die-with-parent", "--new-session")
_PROBE_SECONDS: Final = 20.0
_TOP: Final = Path("/")


@dataclass(frozen=True, slots=True)
class SandboxState:
    """Whether programs can be confined here.

    Attributes:
        available: True when they can.
        why: Why not, in one line; empty when they can.
        version: ``bubblewrap 0.8.0``; empty when there is none.
        program: Path of bwrap.
        options: What this bwrap can do beyond the least: ``--disable-userns``.
    """

    available: bool
    why: str = ""
    version: str = ""
    program: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or folder of the host that the program is to see.

    Attributes:
        host: Where it is; followed if it is a link.
        inside: Where the program sees it; absolute.
        writable: True when it may change it.
    """

    host: Path
    inside: str
    writable: bool = False


@cache
def probe(search: str = f"{SYSTEM_PATH}:{Path(sys.executable).parent}") -> SandboxState:
    """Find out whether bubblewrap works here; once per process.

    Args:
        search: Folders to look for it in, as in PATH.
    """
    program = shutil.which("bwrap", path=search)
    if program is None:
        return SandboxState(available=False, why="bubblewrap (bwrap) is not installed")
    return examine(program)


def examine(program: str) -> SandboxState:
    """Find out whether the bubblewrap at *program* works here, by running it much as `wrap` has it run."""
    version = why = ""
    try:
        said = run([program, "--version"], cwd=_TOP, env={}, timeout=_PROBE_SECONDS, keep=1000).stdout
        version = _one_line(said)
        for options in (("--disable-userns",), ()):
            state = SandboxState(available=True, version=version, program=program, options=options)
            argv = [*_system(state, network=False), "--", "true"]
            tried = run(argv, cwd=_TOP, env={"PATH": SYSTEM_PATH}, timeout=_PROBE_SECONDS, keep=10_000)
            if tried.returncode == 0:
                return state
            why = _one_line(tried.stderr) or f"exit {tried.returncode}"
    except Interrupted:
        raise
    except GuildError as error:
        why = str(error)
    return SandboxState(available=False, why=f"bubblewrap does not work here ({why})", version=version, program=program)


def furnish(scratch: Path) -> None:
    """Make what a program finds for its own in the new folder *scratch*: an empty home, a place for temporary files."""
    for name in ("home", "tmp", "etc"):
        (scratch / name).mkdir()
    for name, text in _ETC_MADE.items():
        (scratch / "etc" / name).write_text(text, encoding="ascii")


def wrap(
    argv: Sequence[str], *, state: SandboxState, mounts: Sequence[Mount], scratch: Path, cwd: str, network: bool
) -> list[str]:
    """Write the command that runs *argv* confined.

    The environment of the program is that with which the result is run, and PWD: on the command line, everybody on
    this machine could read it.

    Args:
        argv: The program, looked up inside, and its arguments.
        state: What `probe` said.
        mounts: What the program sees besides the system, this interpreter and its home; later ones over earlier ones.
        scratch: A folder that `furnish` has made ready: home, temporary files.
        cwd: The folder it runs in, as seen inside.
        network: True for the network of the host; false for none at all.
    """
    return [
        *_system(state, network=network),
        *("--bind", str(scratch / "tmp"), TMP, "--bind", str(scratch / "home"), HOME),
        *(word for name in _ETC_MADE for word in ("--ro-bind", str(scratch / "etc" / name), f"/etc/{name}")),
        *_interpreter(),
        *(word for mount in mounts for word in _bind(mount)),
        # the root itself is a file system in memory, on which the mount points were made
        *("--remount-ro", "/", "--chdir", cwd, "--", *argv),
    ]


def own_failure(finished: Finished) -> str:
    """Give bubblewrap's own complaint if that is why *finished* failed, else an empty string."""
    if finished.returncode == 1 and not finished.stdout and finished.stderr.startswith(b"bwrap: "):
        return _one_line(finished.stderr)
    return ""


def _system(state: SandboxState, *, network: bool) -> list[str]:
    """Confine, and show the system read-only; the same for the probe and for what it promises."""
    words = [state.program, *_CONFINED, *state.options, *(["--share-net"] if network else [])]
    words += ["--uid", str(USER), "--gid", str(USER), "--hostname", "build", "--ro-bind", "/usr", "/usr"]
    for name in _ROOT_FOLDERS:
        folder = _TOP / name
        if folder.is_symlink():
            words += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            words += ["--ro-bind", str(folder), str(folder)]
    for name in (*_ETC, *(_ETC_FOR_NETWORK if network else ())):
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    # whoever is root outside may write to kernel settings whatever capabilities are dropped: the mount has to refuse
    return [*words, "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]


def _interpreter() -> Iterator[str]:
    """Show the interpreter that runs guild, and its environment, where they are on the host."""
    homes = {Path(home) for home in (sys.prefix, sys.base_prefix)}
    homes |= {home.resolve() for home in homes}
    shown = [Path("/usr")]
    for home in sorted(homes - {_TOP}):
        if not any(home.is_relative_to(place) for place in shown):
            shown.append(home)
            yield from ("--ro-bind", str(home), str(home))
    # a link on the way from the environment's python to the real one may lie elsewhere, in ~/.local/bin for one
    step = Path(sys.executable)
    while step.is_symlink():
        if not any(step.is_relative_to(place) for place in shown):
            yield from ("--symlink", str(step.readlink()), str(step))
        step = step.parent / step.readlink()


def _bind(mount: Mount) -> tuple[str, str, str]:
    return ("--bind" if mount.writable else "--ro-bind", str(mount.host), mount.inside)


def _one_line(said: bytes) -> str:
    """Give the first line of a program's complaint, without the program's name."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return re.sub(r"^bwrap: ", "", lines[0]) if lines else ""
