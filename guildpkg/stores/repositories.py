"""The cache of git objects: ``cache/git/NAME-HASH.git``, one thin bare repository per upstream repository.

Thin means that it holds the commits, trees and files that builds asked for, and not what lies between them. It is
keyed by the URL that recipes name, so that a mirror fills the same place. ``refs/guild/tree/ID`` says that everything
below the tree (or the one file) ID is here; ``refs/guild/commit/ID`` keeps a commit. Nothing in it is precious: a
repository that turns out to be damaged is emptied, and filled again.

Objects are read without git where they lie one per file, which is how small fetches leave them: a warm build starts
no process for it. Every object is checked against its id as it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from guildpkg.core.digests import GitId
from guildpkg.core.git.objects import hasher
from guildpkg.errors import IntegrityError
from guildpkg.lean import dataclass
from guildpkg.system import disk
from guildpkg.system.git.batch import Batch, batch
from guildpkg.system.git.plumbing import read
from guildpkg.system.git.talk import GitFailed

_CHUNK: Final = 1 << 18
_CONFIG: Final = "[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{more}"
_SHA256: Final = "[extensions]\n\tobjectformat = sha256\n"


class Damaged(IntegrityError):
    """The cached copy of a repository is not sound; emptying it helps."""


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of the cache, while its lock is held.

    Attributes:
        path: The bare repository.
        url: The upstream repository it stands for.
    """

    path: Path
    url: str

    @property
    def algorithm(self) -> str:
        """The hash that makes the ids in here: ``sha1`` or ``sha256``."""
        return "sha256" if _SHA256 in (self.path / "config").read_text() else "sha1"

    def empty(self, algorithm: str) -> None:
        """Throw away what is here, if anything, and begin anew with ids of another or the same kind."""
        fresh = self.path.with_suffix(".new")
        disk.remove(fresh)
        (fresh / "objects").mkdir(parents=True)
        (fresh / "refs").mkdir()
        (fresh / "HEAD").write_text("ref: refs/heads/none\n")
        wide = algorithm == "sha256"
        (fresh / "config").write_text(_CONFIG.format(version=int(wide), more=_SHA256 if wide else ""))
        disk.remove(self.path)
        fresh.rename(self.path)

    def has(self, id_: GitId) -> bool:
        """Tell whether everything below a tree (or a file) has been fetched."""
        return (self.path / "refs" / "guild" / "tree" / id_).is_file()

    def keep(self, kind: str, id_: GitId) -> None:
        """Remember that a ``tree`` is here as a whole, or that a ``commit`` is in use."""
        if not (self.path / "refs" / "guild" / kind / id_).is_file():
            read(self.path, "update-ref", f"refs/guild/{kind}/{id_}", id_)

    def found(self) -> dict[str, GitId]:
        """Give the refs that the last look at the remote brought to ``refs/guild/try/``, by their name over there."""
        root = self.path / "refs" / "guild" / "try"
        files = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
        return {n if n == "HEAD" else f"refs/{n}": GitId(file.read_text().strip()) for n, file in files.items()}

    def forget_found(self) -> None:
        """Make room for the next look at the remote."""
        disk.remove(self.path / "refs" / "guild" / "try")

    def weight(self) -> int:
        """Sum up the bytes of all objects, also of those that git is just writing."""
        total = 0
        for place in (self.path / "objects").iterdir():
            with contextlib.suppress(OSError):  # git renames and removes while we look
                for file in place.iterdir() if place.is_dir() else (place,):
                    total += file.stat().st_size
        return total


def holds(home: Path, url: str, id_: GitId | None) -> bool:
    """Tell, by looking only, whether the cache has a whole tree of an upstream URL; without *id_*, anything of it."""
    path = _place(home, url)
    return (path / "refs" / "guild" / "tree" / id_ if id_ else path / "config").is_file()


def _place(home: Path, url: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", url.rstrip("/").rpartition("/")[2].removesuffix(".git"))[:40]
    return home / "cache" / "git" / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:12]}.git"


@contextlib.contextmanager
def holding(
    home: Path, url: str, *, algorithm: str = "sha1", waiting: Callable[[], None] | None = None
) -> Iterator[Repository]:
    """Lock the cached repository of an upstream URL, made if there is none.

    Args:
        home: ``$GUILD_HOME``.
        url: The upstream repository as the recipe names it; never a mirror.
        algorithm: The kind of ids in a repository that has to be made.
        waiting: Called when another process holds it.

    Raises:
        Busy: Another process did not let go.
    """
    path = _place(home, url)
    with disk.room_for(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with disk.locked(path.with_suffix(".lock"), waiting=waiting), disk.room_for(path):
        repository = Repository(path, url)
        if not (path / "config").is_file():
            repository.empty(algorithm)
        _sweep(path)
        yield repository


def _sweep(path: Path) -> None:
    """Remove what a killed git left behind; nobody else is at work here while the lock is held."""
    objects = path / "objects"
    for left in (path / "shallow.lock", *objects.glob("tmp_*"), *(objects / "pack").glob("tmp_*")):
        left.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Found:
    """An object of the cache.

    Attributes:
        kind: ``blob``, ``tree``, ``commit`` or ``tag``.
        size: Its bytes.
        chunks: The bytes; at their end they are checked. Of no use once another object has been asked for.
    """

    kind: str
    size: int
    chunks: Iterator[bytes]


class Objects:
    """Reads objects of one repository, each checked against its id."""

    def __init__(self, path: Path, stack: contextlib.ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._batch: Batch | None = None

    def get(self, id_: GitId) -> Found | None:
        """Give an object, or None when it is not here.

        Raises:
            Damaged: It cannot be read; while its chunks are read, also: it is not what its id says.
        """
        found = _loose(self._path / "objects" / id_[:2] / id_[2:]) or self._packed(id_)
        return Found(found.kind, found.size, _checked(id_, found)) if found else None

    def data(self, id_: GitId, kind: str) -> bytes | None:
        """Give all bytes of an object that is not large: a tree, a commit, a tag.

        Raises:
            Damaged: It cannot be read, or it is not of that kind.
        """
        found = self.get(id_)
        if found is None:
            return None
        if found.kind != kind:
            raise IntegrityError(f"{id_} is a {found.kind}, not a {kind}")
        return b"".join(found.chunks)

    def _packed(self, id_: GitId) -> Found | None:
        if self._batch is None:
            if not any((self._path / "objects").iterdir()):
                return None
            self._batch = self._stack.enter_context(batch(self._path))
        try:
            found = self._batch.get(id_)
        except GitFailed as error:
            raise Damaged(str(error)) from error
        return Found(*found) if found else None


@contextlib.contextmanager
def objects(path: Path) -> Iterator[Objects]:
    """Open a bare repository for reading; no process is started before one is needed."""
    with contextlib.ExitStack() as stack:
        yield Objects(path, stack)


def _loose(file: Path) -> Found | None:
    try:
        with file.open("rb") as packed:
            head = packed.read(_CHUNK)
        start = zlib.decompressobj().decompress(head, 64)
    except FileNotFoundError:
        return None
    except zlib.error as error:
        raise Damaged(f"the cached object {file.parent.name}{file.name} is damaged") from error
    header, _, _ = start.partition(b"\0")
    kind, _, size = header.partition(b" ")
    if not size.isdigit():
        raise Damaged(f"the cached object {file.parent.name}{file.name} is damaged")
    return Found(kind.decode(errors="replace"), int(size), _inflated(file, head, len(header) + 1))


def _inflated(file: Path, head: bytes, skip: int) -> Iterator[bytes]:
    """Unpack a file of which *head* has been read, without the *skip* bytes of the object's header."""
    inflate = zlib.decompressobj()
    yield inflate.decompress(head, _CHUNK)[skip:]
    with contextlib.ExitStack() as stack:
        packed = stack.enter_context(file.open("rb")) if len(head) == _CHUNK else io.BytesIO()
        packed.seek(len(head))
        while not inflate.eof:
            more = inflate.unconsumed_tail or packed.read(_CHUNK)
            chunk = inflate.decompress(more, _CHUNK)
            if not chunk and not more:
                return
            yield chunk


def _checked(id_: GitId, found: Found) -> Iterator[bytes]:
    whole = hasher(id_, found.kind, found.size)
    try:
        for chunk in found.chunks:
            whole.update(chunk)
            yield chunk
    except (zlib.error, GitFailed) as error:
        raise Damaged(f"the cached object {id_} is damaged") from error
    if whole.hexdigest() != id_:
        raise Damaged(f"the cached object {id_} is damaged")
