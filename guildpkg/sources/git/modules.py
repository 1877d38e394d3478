"""Submodules of a subtree: refused by name, or fetched by the commit that the tree records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from guildpkg.core.digests import GitId
from guildpkg.core.git.objects import FOLDER, SUBMODULE, Node, algorithm_of, parse_commit, parse_tree
from guildpkg.core.git.refs import Problem
from guildpkg.core.git.submodules import modules, submodule_url
from guildpkg.core.sources import Pin
from guildpkg.errors import SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.git.contents import Part, inspect
from guildpkg.sources.git.upstream import Upstream, soundly
from guildpkg.sources.git.wanted import Wanted
from guildpkg.system.git.batch import settings_of
from guildpkg.system.git.talk import GitFailed, Refused

_DEEPEST: Final = 10
_TRY: Final = "refs/guild/try/commit"


@dataclass(frozen=True, slots=True)
class Link:
    """One submodule: where it lies, the commit it has to be, and the repository that has it.

    Attributes:
        path: Raw path from the root of what is laid.
        commit: Id that the tree records.
        upstream: The repository, not opened yet.
        depth: How many submodules it lies in, itself counted.
    """

    path: bytes
    commit: GitId
    upstream: Upstream
    depth: int


def submodules_of(upstream: Upstream, wanted: Wanted, pin: Pin, part: Part) -> tuple[Link, ...]:
    """Find the submodules of a source's own subtree.

    Raises:
        SourceError: There are some and the recipe does not ask for them, or one cannot be had.
    """
    paths = [leaf.path.decode(errors="backslashreplace") for leaf in part.leaves if leaf.mode == SUBMODULE]
    if not paths:
        return ()
    if not wanted.source.submodules:
        hint = f'write `submodules = yes` under [source "{wanted.source.name}"] to fetch them, too'
        raise SourceError(f"{upstream.url} has submodules there: {', '.join(paths)}", hint=hint)
    return tuple(_links(upstream, part, _root_tree(upstream, pin), b"", 1))


def _root_tree(upstream: Upstream, pin: Pin) -> GitId:
    """Give the root tree of the pinned commit, which lists ``.gitmodules``; a locked fetch has not brought it."""
    if upstream.objects.data(pin.commit, "commit") is None:
        try:
            upstream.refs([f"+{pin.commit}:{_TRY}"], leave_out="tree:0")
        except Refused:
            if pin.ref == "commit":
                raise
            upstream.refs([f"+{pin.ref}:{_TRY}"])
    return parse_commit(pin.commit, upstream.data(pin.commit, "commit")).tree


def _links(upstream: Upstream, part: Part, root: GitId, base: bytes, depth: int) -> Iterator[Link]:
    """Pair the submodules in a part with what ``.gitmodules`` of the same commit says.

    Args:
        upstream: The open repository.
        part: Its files.
        root: Its root tree.
        base: Where its root lies, with a slash at the end; empty for the source itself.
        depth: How deep the submodules lie.
    """
    found = [leaf for leaf in part.leaves if leaf.mode == SUBMODULE]
    if found and depth > _DEEPEST:
        raise SourceError(f"{upstream.url} lies more than {_DEEPEST} submodules deep")
    urls = _gitmodules(upstream, root) if found else {}
    for leaf in found:
        shown = leaf.path.decode(errors="backslashreplace")
        url = urls.get(leaf.path.removeprefix(base).decode(errors="surrogateescape"))
        if url is None:
            raise SourceError(f"the submodule {shown} has no URL in .gitmodules of {upstream.url}")
        named = submodule_url(url, upstream.url)
        remote = submodule_url(url, upstream.remote.url)
        for problem in (named, remote):
            if isinstance(problem, Problem):
                raise SourceError(f"the submodule {shown} is refused: {problem.message}", hint=problem.hint)
        yield Link(leaf.path, leaf.id, upstream.sibling(str(named), str(remote)), depth)


def _gitmodules(upstream: Upstream, root: GitId) -> dict[str, str]:
    nodes = parse_tree(root, upstream.need(root, "tree"))
    blob = next(
        (node.id for node in nodes if node.name == b".gitmodules" and node.mode not in (FOLDER, SUBMODULE)), None
    )
    if blob is None:
        return {}
    upstream.need(blob, "blob")
    try:
        return modules(settings_of(upstream.repository.path, blob))
    except GitFailed as error:
        raise SourceError(f"the .gitmodules of {upstream.url} cannot be read: {error}") from error


def fetch_all(links: Sequence[Link]) -> Iterator[Part]:
    """Fetch submodules, and theirs.

    Raises:
        SourceError: One cannot be had.
    """
    for link in links:
        part, further = soundly(link.upstream, algorithm_of(link.commit), partial(_fetch, link))
        yield part
        yield from fetch_all(further)


def _fetch(link: Link) -> tuple[Part, tuple[Link, ...]]:
    upstream = link.upstream
    if upstream.objects.data(link.commit, "commit") is None:
        try:
            upstream.refs([f"+{link.commit}:{_TRY}"])
        except Refused as error:
            shown = link.path.decode(errors="backslashreplace")
            message = f"{upstream.shown} does not give out {link.commit}, which the submodule {shown} is to be: {error}"
            raise SourceError(message) from error
        upstream.repository.keep("commit", link.commit)
    root = parse_commit(link.commit, upstream.data(link.commit, "commit")).tree
    part = inspect(upstream, Node(FOLDER, link.path, root), upstream.limits)
    links = _links(upstream, part, root, link.path + b"/", link.depth + 1)
    return part, tuple(links)
