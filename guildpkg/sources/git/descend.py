"""From a commit's tree down a path to the folder or file that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from guildpkg.core.digests import GitId
from guildpkg.core.git.objects import FILE, FOLDER, LINK, PROGRAM, SUBMODULE, Node, parse_tree
from guildpkg.core.words import did_you_mean
from guildpkg.errors import SourceError
from guildpkg.sources.git.resolve import Choice
from guildpkg.sources.git.upstream import Upstream


def descend(upstream: Upstream, root: GitId, choice: Choice) -> Node:
    """Walk from the root tree to the path, each tree on the way fetched if it is not in the cache.

    Returns:
        The folder or file; its name is the whole path.

    Raises:
        Refused: The server gives no trees by id.
        SourceError: There is no such path (the hint says what there is), or it is a link or inside a submodule.
    """
    node = Node(FOLDER, b"", root)
    above = ""
    for name in choice.path.split("/") if choice.path else ():
        if node.mode == SUBMODULE:
            raise SourceError(f"{above} of {upstream.url} is a submodule", hint="name the submodule's own repository")
        if node.mode != FOLDER:
            raise SourceError(f"{above} of {upstream.url} at {choice.ref} is not a folder")
        nodes = parse_tree(node.id, upstream.need(node.id, "tree"))
        found = next((child for child in nodes if child.name == name.encode()), None)
        if found is None:
            raise _no_such_path(upstream, choice, above, name, nodes)
        node = found
        above = f"{above}/{name}".lstrip("/")
    if node.mode == LINK:
        raise SourceError(f"{above} of {upstream.url} is a symbolic link", hint="name what it leads to")
    if node.mode == SUBMODULE:
        raise SourceError(f"{above} of {upstream.url} is a submodule", hint="name the submodule's own repository")
    return replace(node, name=choice.path.encode())


def _no_such_path(upstream: Upstream, choice: Choice, above: str, name: str, nodes: tuple[Node, ...]) -> SourceError:
    known = [node.name.decode(errors="replace") + ("/" if node.mode == FOLDER else "") for node in nodes]
    place = f"{above}/" if above else "its root"
    message = f"{upstream.url} has no {choice.path} at {choice.ref}: there is no {name} in {place}"
    return SourceError(message, hint=did_you_mean(name, known))


def missing_blobs(upstream: Upstream, node: Node) -> list[GitId]:
    """List the files at and below a node that are not in the cache; its trees have to be there."""
    ids = dict.fromkeys(_blobs(upstream, node))
    return [id_ for id_ in ids if upstream.objects.get(id_) is None]


def _blobs(upstream: Upstream, node: Node) -> Iterator[GitId]:
    if node.mode == FOLDER:
        for child in parse_tree(node.id, upstream.data(node.id, "tree")):
            yield from _blobs(upstream, child)
    elif node.mode in (FILE, PROGRAM, LINK):
        yield node.id
