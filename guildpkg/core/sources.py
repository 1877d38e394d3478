"""Sources as values: what a recipe names, what a lock pins, where a download stops being plausible."""

from __future__ import annotations

from guildpkg.core.digests import GitId, Sha256
from guildpkg.errors import Where
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a recipe, as written, with the details of its ``[source "NAME"]`` section.

    Attributes:
        name: What ``[source "NAME"]``, the lock and ``--source NAME=URL`` call it.
        text: The source as written in the recipe.
        kind: ``git``, ``http``, ``pypi`` or ``file``: the row of the table in ``sources/``.
        where: Where the recipe names it.
        commit: The commit that the recipe demands, or empty.
        tree: The id of the subtree (of the blob, for a path that is one file) that the recipe demands, or empty.
        sha256: The SHA-256 of the downloaded file that the recipe demands, or empty.
        extract: False when an archive is to be laid in as it is.
        submodules: True when submodules inside the subtree are to be fetched too.
        into: The folder below ``src/`` in which the source is laid; empty for ``src/`` itself.
    """

    name: str
    text: str
    kind: str
    where: Where
    commit: str = ""
    tree: str = ""
    sha256: str = ""
    extract: bool = True
    submodules: bool = False
    into: str = ""

    @property
    def wishes(self) -> str:
        """The details that change which files are laid, canonically."""
        return " ".join(["extract=no"] * (not self.extract) + ["submodules=yes"] * self.submodules)


@dataclass(frozen=True, slots=True)
class Pin:
    """One source as the lock pins it: enough to fetch the same bytes again and to know them.

    Which fields are filled depends on the kind: git has repository, ref, path, commit, tree; http and pypi have
    file and sha256; all have digest and size. Empty strings stand for what a kind does not have.

    Attributes:
        name: The source's name.
        source: The source as the recipe wrote it; when the recipe says something else, the pin is void.
        kind: As in `Source`.
        repository: URL that git fetches from (without credentials).
        ref: Full name of the ref that was resolved (``refs/tags/v1``), or ``commit`` when the recipe named an id.
        path: Path from the repository's root, without slashes at its ends; empty for the root.
        commit: Id of the commit.
        tree: Id of the tree (or blob) at *path* in that commit.
        file: File name of a download.
        sha256: SHA-256 of the downloaded file.
        time: Seconds since the epoch: the commit's committer time, the newest member of an archive; None if unknown.
        digest: Tree digest of what is laid into ``src/``.
        size: Bytes of what is laid into ``src/``.
        details: What the recipe asks of the source besides, as `Source.wishes` writes it: other wishes, other files.
    """

    name: str
    source: str
    kind: str
    repository: str = ""
    ref: str = ""
    path: str = ""
    commit: GitId = GitId("")
    tree: GitId = GitId("")
    file: str = ""
    sha256: Sha256 = Sha256("")
    time: int | None = None
    digest: Sha256 = Sha256("")
    size: int = 0
    details: str = ""

    def serves(self, source: Source) -> bool:
        """Tell whether this pin still stands for what the recipe says: same text, same wishes, no other ids."""
        return (
            (self.name, self.source, self.details) == (source.name, source.text, source.wishes)
            and source.commit in ("", self.commit)
            and source.tree in ("", self.tree)
            and source.sha256 in ("", self.sha256)
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a download or an unpacked source stops being plausible.

    Attributes:
        download: Most bytes of one download.
        unpacked: Most bytes that one archive may unpack to.
        ratio: Most that an archive may grow when unpacked, once it is past 16 MiB.
        members: Most members of one archive.
    """

    download: int = 20 << 30
    unpacked: int = 100 << 30
    ratio: int = 2000
    members: int = 2_000_000
