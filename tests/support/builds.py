"""Guild as a process: started, watched, stopped at any moment, and nothing of it left over."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.support.guild import Said, argv

PATIENCE = 30.0
"""Seconds after which what has not come never will; nothing that goes well takes nearly as long."""
_SUBREAPER = 36


def wait_for(happened: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Look again and again until something has happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.005)


class Started:
    """A command that runs in a process group of its own, as a shell would give it.

    Args:
        words: Its command line.
        cwd: The folder it runs in.
        env: What is added to the environment of the test.
        notes: An empty folder for its output.
    """

    def __init__(self, *words: str | Path, cwd: Path, notes: Path, env: Mapping[str, str] | None = None) -> None:
        notes.mkdir(parents=True)
        self.err = notes / "stderr"
        self._out = notes / "stdout"
        self.begun = time.monotonic()
        with self.err.open("wb") as err, self._out.open("wb") as out:
            self.process = subprocess.Popen(
                argv(*words),
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                process_group=0,
            )

    def wait_until_said(self, text: str) -> None:
        """Wait until it has said something on stderr."""
        wait_for(lambda: text in self.said or self.process.poll() is not None, f"{text!r}, but {self.said!r}")
        assert text in self.said, f"it ended with {self.process.poll()} and said {self.said!r}"

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self.err.read_bytes().decode("utf-8", "replace")

    def signal_group(self, number: signal.Signals) -> None:
        """Signal all of its process group, as the terminal does."""
        os.killpg(self.process.pid, number)

    def ended(self, seconds: float = PATIENCE) -> Said:
        """Wait for its end."""
        code = self.process.wait(seconds)
        return Said(code, self._out.read_text(), self.said)

    def kill(self) -> None:
        """End it as the kernel does when memory is short; what it has started is not told."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Insist that whatever is started in the block, and all that comes of it, is gone soon after it.

    Orphans come to this process meanwhile, so none can hide.
    """
    libc = ctypes.CDLL(None)
    before = set(_children())
    libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
        try:
            wait_for(lambda: not _living(before), "the end of every process", 10)
        except AssertionError as error:
            raise AssertionError(f"still there: {[_command(pid) for pid in _living(before)]}") from error
    finally:
        libc.prctl(_SUBREAPER, 0, 0, 0, 0)
        for pid in _living(before):
            os.kill(pid, signal.SIGKILL)


def _living(before: set[int]) -> list[int]:
    """Collect the children that have ended and give the others."""
    found = []
    for pid, state in _children().items():
        if pid in before:
            continue
        if state == "Z":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        else:
            found.append(pid)
    return found


def _command(pid: int) -> str:
    """Say what a process is, and where it is held up."""
    with contextlib.suppress(OSError):
        folder = Path(f"/proc/{pid}")
        words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return f"{pid} {' '.join(words)[:300]} ({(folder / 'wchan').read_text()})"
    return f"{pid}, which has ended now"


def _children() -> dict[int, str]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid():
                found[int(folder.name)] = state
    return found


def tree_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Take down a folder, itself included: mode, time and content of everything; empty when there is none."""
    found = {}
    for place in [*([folder] if folder.exists() else []), *sorted(folder.rglob("*"))]:
        about = place.lstat()
        content = os.fsencode(place.readlink()) if place.is_symlink() else b""
        content = place.read_bytes() if place.is_file() and not place.is_symlink() else content
        found[str(place.relative_to(folder))] = (about.st_mode, about.st_mtime_ns, content)
    return found


def litter(recipe: Path, *own: str) -> set[str]:
    """Name what lies in a recipe's folder and is neither its own nor a build's to make."""
    made = {"src", "pkg", "logs", "GuildPkg", "GuildPkg.lock"}
    names = {item.name for item in recipe.iterdir()} - made - set(own)
    return {name for name in names if name.startswith(".") or not name.endswith((".pkg.tar.xz", ".build.json"))}


def unsound(home: Path) -> list[str]:
    """Name the files of a cache that are not what they are called, and what was left to look at and is in no use."""
    found = [str(left) for left in (home / "cache" / "scratch").glob("*")]
    for file in (home / "cache" / "files").rglob("*"):
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != file.name:
            found.append(str(file))
    for file in (home / "cache" / "git").glob("*.git/objects/[0-9a-f][0-9a-f]/*"):
        if hashlib.sha1(zlib.decompress(file.read_bytes()), usedforsecurity=False).hexdigest() != (
            file.parent.name + file.name
        ):
            found.append(str(file))
    return found
