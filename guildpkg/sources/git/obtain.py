"""Find out what a source means and bring it into the cache, by the cheapest way that the server allows.

**Tree walk**: the commit without its trees; each tree on the path by its id; the subtree by its id, whole. What
crosses the network is what lies on the path, and no history. Where the server refuses that, **blob-less**: the commit
with all trees, then the missing files by id; and **depth 1**: all files of the commit. What comes out is the same, and
the id of the subtree proves it. A source that is pinned comes by the id of its subtree alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from guildpkg.core.digests import Entry, GitId, Sha256, tree_digest
from guildpkg.core.events import Detail, Warn
from guildpkg.core.git.objects import FILE, FOLDER, PROGRAM, Node, parse_commit
from guildpkg.core.git.refs import HEADS, TAGS, GitUrl
from guildpkg.core.sources import Pin
from guildpkg.errors import IntegrityError, SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.git.descend import descend, missing_blobs
from guildpkg.sources.git.resolve import resolve
from guildpkg.sources.git.upstream import Upstream
from guildpkg.sources.git.wanted import Wanted
from guildpkg.system.git.talk import Refused


@dataclass(frozen=True, slots=True)
class Way:
    """A way to fetch: its name in messages and in the build statement, and what it leaves out at first."""

    name: str
    leave_out: str


WALK: Final = Way("tree walk", "tree:0")
BLOB_LESS: Final = Way("blob-less", "blob:none")
DEPTH_1: Final = Way("depth 1", "")


@dataclass(frozen=True, slots=True)
class Obtained:
    """A subtree that is in the cache.

    Attributes:
        pin: What it is; digest and size are yet to come.
        way: How it came: ``cache``, ``tree id``, or the name of a `Way`.
        root: Its id, whether it is a folder or a file, and its path as the name.
    """

    pin: Pin
    way: str
    root: Node


def obtain(upstream: Upstream, wanted: Wanted) -> Obtained:
    """Bring the source into the cache.

    Raises:
        SourceError: The repository, ref or path does not exist, or the server gives too little.
        IntegrityError: It is not what the recipe or the lock demands.
        OfflineError: The network is needed and may not be used.
    """
    try:
        return _pinned(upstream, wanted, wanted.pin) if wanted.pin else _by_ways(upstream, wanted, wanted.url)
    except Refused as refusal:
        hint = "name a tag or a branch instead of a commit, or a mirror with --source NAME=URL"
        raise SourceError(f"{upstream.shown} does not give out what is needed: {refusal}", hint=hint) from refusal


def _by_ways(upstream: Upstream, wanted: Wanted, url: GitUrl) -> Obtained:
    for way in (WALK, BLOB_LESS):
        try:
            return _by(way, upstream, wanted, url)
        except Refused as refusal:
            upstream.report(Detail(f"{upstream.shown} does not allow for {way.name}: {refusal}"))
    return _by(DEPTH_1, upstream, wanted, url)


def _by(way: Way, upstream: Upstream, wanted: Wanted, url: GitUrl) -> Obtained:
    choice, heeded = resolve(upstream, url, way.leave_out)
    way = way if heeded else DEPTH_1
    commit = parse_commit(choice.commit, upstream.data(choice.commit, "commit"))
    _demand("commit", wanted, choice.commit, f"{choice.ref} of {upstream.url}")
    node = descend(upstream, commit.tree, choice)
    _demand("tree", wanted, node.id, f"{choice.path or '/'} of {upstream.url} at {choice.ref}")
    _complete(way, upstream, node)
    if choice.shadowed:
        upstream.report(Warn(f"{upstream.url} has {choice.ref} and {choice.shadowed}: {choice.ref} is taken"))
    upstream.repository.keep("commit", choice.commit)
    pin = Pin(
        wanted.source.name,
        wanted.source.text,
        "git",
        repository=wanted.url.repository,
        ref=choice.ref,
        path=choice.path,
        commit=choice.commit,
        tree=node.id,
        time=commit.time,
    )
    return Obtained(pin, way.name if upstream.asked else "cache", node)


def _demand(what: str, wanted: Wanted, id_: GitId, place: str) -> None:
    demanded = getattr(wanted.source, what)
    if demanded and demanded != id_:
        message = f"{wanted.source.where}: {wanted.source.name} has to be {what} {demanded}, and {place} is {id_}"
        hint = "was the ref moved? look at what changed before you take the new id over"
        raise IntegrityError(message, hint=hint)


def _complete(way: Way, upstream: Upstream, node: Node) -> None:
    """Bring what lies below the node, and remember that it is here."""
    if way is BLOB_LESS and not upstream.repository.has(node.id):
        missing = missing_blobs(upstream, node)
        if missing:
            upstream.objects_by_id(missing)
    if way is WALK:
        upstream.whole(node.id)
    else:
        upstream.repository.keep("tree", node.id)


def _pinned(upstream: Upstream, wanted: Wanted, pin: Pin) -> Obtained:
    way = "cache" if upstream.repository.has(pin.tree) else "tree id"
    try:
        upstream.whole(pin.tree)
    except Refused as refusal:
        upstream.report(Detail(f"{upstream.shown} does not give the pinned tree by its id: {refusal}"))
        return _by_the_long_way(upstream, wanted, pin)
    return Obtained(pin, way, Node(_mode(upstream, pin), pin.path.encode(), pin.tree))


def _by_the_long_way(upstream: Upstream, wanted: Wanted, pin: Pin) -> Obtained:
    """Find a pinned subtree on a server that does not give it by its id: by the commit, else by the ref."""
    unpinned = replace(wanted, pin=None)
    by_commit = replace(wanted.url, kind="commit", ref=pin.commit, path=pin.path, rest="")
    try:
        found = _by_ways(upstream, unpinned, by_commit)
    except Refused:
        if pin.ref == "commit":
            raise
        found = _by_ways(upstream, unpinned, _url_of_ref(wanted.url, pin))
    if found.root.id == pin.tree:
        return replace(found, pin=pin)
    message = f"{pin.ref} of {upstream.url} has the tree {found.root.id} at {pin.path or '/'}, and the lock {pin.tree}"
    raise IntegrityError(message, hint="upstream has moved: `guild lock --update` moves with it")


def _url_of_ref(url: GitUrl, pin: Pin) -> GitUrl:
    if pin.ref == "HEAD":
        return replace(url, kind="head", ref="", path=pin.path, rest="")
    kind = "tag" if pin.ref.startswith(TAGS) else "branch"
    return replace(url, kind=kind, ref=pin.ref.removeprefix(TAGS).removeprefix(HEADS), path=pin.path, rest="")


def _mode(upstream: Upstream, pin: Pin) -> int:
    """Tell folder, file and program apart. The id of a file does not say whether it is a program; the digest does."""
    found = upstream.objects.get(pin.tree)
    if found is None or found.kind != "blob":
        return FOLDER
    whole = hashlib.sha256()
    for chunk in found.chunks:
        whole.update(chunk)
    digest = Sha256(whole.hexdigest())
    program = Entry(pin.path.encode(), "file", executable=True, size=found.size, sha256=digest)
    return PROGRAM if tree_digest([program]) == pin.digest else FILE
