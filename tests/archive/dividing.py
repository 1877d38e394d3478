"""Packages extracted by several processes and by one, side by side: ``python -m tests.archive.dividing``.

Runs where no threads are, as processes are forked. Prints a line of JSON for each part: how much was tried, and what
went wrong.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from guildpkg.core.events import Event, Progress, Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import DiskFull, GuildError
from guildpkg.stores.contents import Contents
from guildpkg.system import forks
from guildpkg.system.disk import remove
from guildpkg.system.unpack import divided, laying, packages
from guildpkg.system.unpack.package_stream import Known
from guildpkg.system.unpack.treewriter import TreeWriter
from tests.archive.making import snapshot
from tests.archive.spoiling import MANIFEST, SOUND, base, generated, known_of, spoiled

PROCESSES = 2
SEEDS = 8


def by_several(archive: Path, target: Path, known: Known, contents: Contents | None, report: Reporter = silent) -> bool:
    """Extract by processes, and by nothing else."""
    with eager():
        return divided.extract_divided(
            archive, target, known, limits=Limits(), workers=PROCESSES, report=report, pool=contents
        )


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Let several extract also what is small."""
    with mock.patch.object(divided, "FEWEST", 1), mock.patch.object(divided, "cores", cores):
        yield


def cores() -> int:
    """Have several, also where there is only one."""
    assert forks._alone()
    return PROCESSES


def laid(home: Path) -> list[tuple[object, ...]]:
    """Take down a home, how many names each content has included."""
    return [(str(Path(name).relative_to(home)), Path(name).lstat().st_nlink, *rest) for name, *rest in snapshot(home)]


def equal(scratch: Path) -> Iterator[str]:
    """What comes out is the same to the byte, the mode, the time and the number of names, also with a full store."""
    for seed in range(SEEDS):
        archive = generated(scratch / f"{seed}", seed)
        earlier = generated(scratch / f"{seed}-earlier", seed + 1 - seed % 2)
        known, homes = known_of(archive), [scratch / f"{seed}-{way}" for way in ("several", "one")]
        for home in homes:
            contents = Contents(home / "files") if seed % 3 else None
            packages.extract_package(earlier, home / "earlier", pool=contents)
            if home is homes[0] and not by_several(archive, home / "tree", known, contents):
                yield f"{seed}: not done"
            if home is homes[1]:
                packages.extract_package(archive, home / "tree", pool=contents)
        if laid(homes[0]) != laid(homes[1]):
            yield f"{seed}: differs"
        remove(homes[0])
        remove(homes[1])


def faults(scratch: Path) -> Iterator[str]:
    """What one process refuses, several do not do, and what is said is the same; nothing is left."""
    archive, known, inside = base(scratch)
    for number, (what, data) in enumerate(spoiled(archive.read_bytes(), inside)):
        path, target = scratch / f"{number}" / archive.name, scratch / f"{number}" / "tree"
        path.parent.mkdir()
        path.write_bytes(data)
        try:
            packages.extract_package(path, target)
            said = ""
        except GuildError as error:
            said = str(error)
        if not said and what not in SOUND and not what.endswith(MANIFEST):
            yield f"{what}: not refused by one"
        remove(target)
        done, other = said_of(path, target, known, Contents(scratch / "files"))
        if done:
            yield f"{what}: not refused by several"
        if said and target.exists():
            yield f"{what}: something is left"
        if other != said and said:
            yield f"{what}: {other} and not {said}"


def said_of(path: Path, target: Path, known: Known, contents: Contents) -> tuple[list[bool], str]:
    """Let several begin; give whether they did it, and what is said if they did not."""
    done = []
    real = divided.extract_divided

    def noting(*arguments: Any, **named: Any) -> bool:
        if real(*arguments, **named):
            done.append(True)
        return bool(done)

    with eager(), mock.patch("guildpkg.system.unpack.packages.extract_divided", noting):
        try:
            packages.extract_package(path, target, known=known, pool=contents)
        except GuildError as error:
            return done, str(error)
    return done, ""


def killed_worker(scratch: Path) -> Iterator[str]:
    """A process is killed at a file: it is done by one then, and the tree is whole."""
    archive, known, _ = base(scratch)
    real, main = laying.lay_file, os.getpid()

    def killing(tree: TreeWriter, *rest: Any) -> None:
        real(tree, *rest)
        if len(tree.entries) == 3 and os.getpid() != main:
            os.kill(os.getpid(), signal.SIGKILL)

    contents, heard = Contents(scratch / "files"), list[Event]()
    with mock.patch.object(divided, "lay_file", killing):
        if by_several(archive, scratch / "t", known, contents) or (scratch / "t").exists():
            yield "it was done, or something is left"
        with eager():
            packages.extract_package(archive, scratch / "t", known=known, pool=contents, report=heard.append)
    packages.extract_package(archive, scratch / "one", pool=Contents(scratch / "others"))
    if [item[1:] for item in snapshot(scratch / "t")] != [item[1:] for item in snapshot(scratch / "one")]:
        yield "what was done by one differs"
    finished = [event.finished for event in heard if isinstance(event, Progress)]
    if finished.count(True) != 1 or not finished[-1]:
        yield "the end of the work was not told once"


def interrupted(scratch: Path) -> Iterator[str]:
    """Ctrl-C in the midst goes up, and leaves neither files nor processes."""
    archive, known, _ = base(scratch)

    def interrupt(event: Event) -> None:
        if isinstance(event, Progress):
            os.kill(os.getpid(), signal.SIGINT)

    try:
        by_several(archive, scratch / "t", known, Contents(scratch / "files"), interrupt)
        yield "it did not go up"
    except KeyboardInterrupt:
        pass
    if (scratch / "t").exists():
        yield "something is left"
    with contextlib.suppress(ChildProcessError):
        yield f"a process is left: {os.waitpid(-1, os.WNOHANG)}"


def killed_parent(_: Path) -> Iterator[str]:
    """The copies of a process that is killed end at once."""
    alive, hold = os.pipe()

    def work(_: int) -> None:
        os.write(hold, b".")
        time.sleep(600)

    parent = os.fork()
    if not parent:
        with contextlib.suppress(BaseException):
            forks.divided(work, 2, 2, lambda _: None)
        os._exit(9)
    os.close(hold)
    begun = os.read(alive, 1) + os.read(alive, 1)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    if begun != b".." or os.read(alive, 1):  # the pipe ends when nobody holds its other end
        yield "the copies did not begin, or went on"


def full_disk(scratch: Path) -> Iterator[str]:
    """Without room it is said so, and nothing is left."""
    archive, known, _ = base(scratch)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        with eager():
            packages.extract_package(archive, scratch / "t", known=known, pool=Contents(scratch / "files"))
        yield "there was room"
    except DiskFull:
        pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    if (scratch / "t").exists():
        yield "something is left"


PARTS: dict[str, Callable[[Path], Iterator[str]]] = {
    part.__name__: part for part in (equal, faults, killed_worker, interrupted, killed_parent, full_disk)
}


def main() -> int:
    """Try all."""
    failed = 0
    for name, part in PARTS.items():
        scratch = Path(tempfile.mkdtemp())
        try:
            wrong = list(part(scratch))
        finally:
            remove(scratch)
        failed += len(wrong)
        sys.stdout.write(json.dumps({"part": name, "wrong": wrong}) + "\n")
        sys.stdout.flush()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
