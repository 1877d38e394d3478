"""How far a ref has moved on from a locked commit: counted from commits and trees alone, never a file's content.

Commits come without their trees, deeper and deeper until all of them are there that upstream is ahead by; then the
trees on the path to the subtree, level by level, many in one conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.digests import GitId
from guildpkg.core.events import Detail, Reporter
from guildpkg.core.git.objects import FOLDER, parse_commit, parse_tree
from guildpkg.core.sources import Pin
from guildpkg.errors import SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.git.descend import descend
from guildpkg.sources.git.resolve import Choice, resolve
from guildpkg.sources.git.upstream import Upstream, soundly
from guildpkg.sources.git.wanted import read_request
from guildpkg.sources.request import Request
from guildpkg.stores.downloads import scratch_folder
from guildpkg.stores.repositories import Objects, Repository, objects
from guildpkg.system.git.plumbing import read
from guildpkg.system.git.remote import DEFAULT, Patience, fetch
from guildpkg.system.git.talk import GitFailed, Refused

MOST: Final = 10_000
"""Commits that are counted."""
_DEPTHS: Final = (64, 1024, MOST + 1)
_BATCH: Final = 1000
_TIP: Final = "refs/guild/tip"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happened upstream since the locked commit.

    Attributes:
        commit: What the ref points at now.
        tree: Id of the subtree there; empty when the path has gone.
        changed: Paths from the repository's root that differ between the two subtrees.
        commits: How many commits the ref is ahead by; None when nobody can tell.
        touching: How many of those that were counted touch the subtree; None likewise.
        more: True when there are more than were counted.
        rewritten: True when the locked commit is no part of the ref's history any more.
    """

    commit: GitId
    tree: str
    changed: tuple[str, ...] = ()
    commits: int | None = 0
    touching: int | None = 0
    more: bool = False
    rewritten: bool = False


def look(request: Request, home: Path, report: Reporter, *, patience: Patience = DEFAULT) -> Ahead:
    """Ask a server how far the ref of a pinned source has moved.

    Raises:
        SourceError: The repository or the ref does not exist any more, or the server failed.
    """
    wanted = read_request(request)
    pin = request.pin
    if pin is None:
        raise SourceError(f"{request.source.name} is not pinned", hint="`guild lock` pins it")
    url, remote = wanted.url, wanted.remote
    upstream = Upstream(
        home, url.repository, remote, report=report, patience=patience, offline=False, limits=request.limits
    )

    def now() -> tuple[Choice, str, tuple[str, ...]]:
        choice, _ = resolve(upstream, url, "tree:0")
        if choice.commit == pin.commit:
            return choice, pin.tree, ()
        commit = parse_commit(choice.commit, upstream.data(choice.commit, "commit"))
        try:
            node = descend(upstream, commit.tree, choice)
        except Refused:
            raise
        except SourceError:
            return choice, "", (pin.path,)
        if node.id == pin.tree:
            return choice, node.id, ()
        if node.mode != FOLDER:
            return choice, node.id, (pin.path,)
        upstream.objects_by_id([pin.tree, node.id], leave_out="blob:none")
        return choice, node.id, tuple(sorted(set(_changes(upstream, pin.tree, node.id, pin.path))))

    choice, tree, changed = soundly(upstream, wanted.algorithm, now)
    if choice.commit == pin.commit:
        return Ahead(choice.commit, tree)
    try:
        with scratch_folder(home) as scratch:
            return _counted(_Walk(upstream, scratch, choice, pin), tree, changed)
    except (Refused, GitFailed) as error:
        report(Detail(f"{upstream.shown} does not tell its history: {error}"))
        return Ahead(choice.commit, tree, changed, None, None)


def _changes(upstream: Upstream, old: GitId, new: GitId, below: str) -> Iterable[str]:
    """Compare two trees by the ids in them."""
    if old == new:
        return
    one, two = ({n.name: n for n in parse_tree(id_, upstream.data(id_, "tree"))} for id_ in (old, new))
    for name in {**one, **two}:
        a, b = one.get(name), two.get(name)
        path = f"{below}/{name.decode('utf-8', 'surrogateescape')}".lstrip("/")
        if a is not None and b is not None and a.mode == b.mode == FOLDER:
            yield from _changes(upstream, a.id, b.id, path)
        elif a is None or b is None or (a.mode, a.id) != (b.mode, b.id):
            for node in (node for node in (a, b) if node is not None):
                yield from _all_below(upstream, node.id, path) if node.mode == FOLDER else (path,)


def _all_below(upstream: Upstream, tree: GitId, path: str) -> Iterable[str]:
    for node in parse_tree(tree, upstream.data(tree, "tree")):
        name = f"{path}/{node.name.decode('utf-8', 'surrogateescape')}"
        yield from _all_below(upstream, node.id, name) if node.mode == FOLDER else (name,)


@dataclass(frozen=True, slots=True)
class _Walk:
    upstream: Upstream
    scratch: Path
    choice: Choice
    pin: Pin


def _counted(walk: _Walk, tree: str, changed: tuple[str, ...]) -> Ahead:
    repository = Repository(walk.scratch / "history.git", walk.upstream.url)
    repository.empty("sha256" if len(walk.choice.commit) == 64 else "sha1")
    commits: dict[str, tuple[str, ...]] = {}
    missing = more = True
    ends: set[str] = set()
    for depth in _DEPTHS:
        wanted = walk.choice.ref if walk.choice.ref != "commit" else walk.choice.commit
        heeded = fetch(repository.path, walk.upstream.remote, [f"+{wanted}:{_TIP}"], leave_out="tree:0", depth=depth)
        if not heeded:
            raise Refused("it gives no commits without their files")
        with objects(repository.path) as held:
            missing = held.data(walk.pin.commit, "commit") is None
        commits = _commits(repository.path, () if missing else (f"^{walk.pin.commit}",))
        ends = _shallow(repository.path)
        more = bool(ends) if missing else bool(ends & commits.keys())
        if not more:
            break
    # the oldest that came have no parents here to be compared with
    counted = dict([item for item in commits.items() if not more or item[0] not in ends][:MOST])
    if more and missing:
        return Ahead(
            walk.choice.commit, tree, changed, len(counted), _touching(repository.path, walk, counted), more=True
        )
    touching = None if missing else _touching(repository.path, walk, counted)
    return Ahead(
        walk.choice.commit,
        tree,
        changed,
        None if missing else len(counted),
        touching,
        more=more or len(commits) > MOST,
        rewritten=missing or not _is_ancestor(repository.path, walk.pin.commit),
    )


def _is_ancestor(repo: Path, commit: str) -> bool:
    return not read(repo, "rev-list", "--max-count=1", commit, f"^{_TIP}").strip()


def _commits(repo: Path, without: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List commits with the root tree and the parents of each."""
    told = read(repo, "rev-list", "--no-commit-header", "--format=%H %T %P", _TIP, *without).decode()
    lines = (line.split() for line in told.splitlines())
    return {words[0]: tuple(words[1:]) for words in lines}


def _shallow(repo: Path) -> set[str]:
    file = repo / "shallow"
    return set(file.read_text().split()) if file.is_file() else set()


def _touching(repo: Path, walk: _Walk, commits: Mapping[str, tuple[str, ...]]) -> int:
    """Count the commits whose subtree is that of none of their parents; a merge that only joins is none."""
    roots = {id_: told[0] for id_, told in commits.items()}
    outside = {parent for told in commits.values() for parent in told[1:]} - roots.keys()
    with objects(repo) as held:
        for parent in outside:
            data = held.data(GitId(parent), "commit")
            if data is not None:
                roots[parent] = parse_commit(GitId(parent), data).tree
    found: dict[str, str] = {root: root for root in set(roots.values())}
    for name in walk.pin.path.split("/") if walk.pin.path else ():
        _bring(repo, walk.upstream, {GitId(tree) for tree in found.values() if tree})
        with objects(repo) as held:
            children = {tree: _child(held, tree, name.encode()) for tree in set(found.values()) if tree}
        found = {root: children.get(tree, "") for root, tree in found.items()}
    at = {id_: found[root] for id_, root in roots.items()}
    return sum(
        all(at[id_] != at[parent] for parent in told[1:] if parent in at) and bool(told[1:] or at[id_])
        for id_, told in commits.items()
    )


def _bring(repo: Path, upstream: Upstream, trees: set[GitId]) -> None:
    with objects(repo) as held:
        missing = sorted(tree for tree in trees if held.get(tree) is None)
    for at in range(0, len(missing), _BATCH):
        fetch(repo, upstream.remote, missing[at : at + _BATCH], leave_out="tree:0")


def _child(held: Objects, tree: str, name: bytes) -> str:
    data = held.data(GitId(tree), "tree")
    if data is None:
        raise GitFailed(f"the tree {tree} did not come")
    return next((str(node.id) for node in parse_tree(GitId(tree), data) if node.name == name), "")
