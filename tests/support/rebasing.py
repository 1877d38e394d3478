"""Upstream moves for patches, and `git rebase` in a full clone as the judge of what comes of them."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from guildpkg.core.digests import GitId
from guildpkg.pipeline.patch.refresh_merge import Moved, move
from guildpkg.system.git.trees import Trees

World = dict[str, bytes]
_ENV = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": "/nonexistent",
    **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Case:
    """Sources before and after, and what each patch makes of the old ones."""

    old: World
    new: World
    patched: tuple[World, ...]


def generated(seed: int) -> Case:
    """Make a case: files of a few lines that both sides edit, rename, add and remove."""
    rng = random.Random(seed)
    names = [f"lib/{name}.py" for name in "abcd"]
    old = {name: _text([f"{name} line {n}" for n in range(rng.randint(6, 30))]) for name in names}
    patched, tree = [], old
    for number in range(rng.randint(1, 3)):
        tree = _edited(tree, rng, f"patch {number}", rng.randint(1, 3))
        patched.append(tree)
    new = _edited(old, rng, "upstream", rng.randint(0, 4))
    if rng.random() < 0.15:  # upstream takes the first patch over
        changed = {name: data for name, data in patched[0].items() if old.get(name) != data}
        new = {**new, **changed}
    return Case(old, new, tuple(patched))


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _edited(tree: World, rng: random.Random, who: str, edits: int) -> World:
    tree = dict(tree)
    for edit in range(edits):
        name = rng.choice(sorted(tree))
        lines = tree[name].decode().splitlines()
        at = rng.randrange(len(lines) + 1)
        act = rng.random()
        if act < 0.08:
            tree[f"lib/{who.replace(' ', '')}{edit}.py"] = tree.pop(name)
        elif act < 0.14:
            tree[f"lib/new {who} {edit}.py"] = _text([f"{who} {n}" for n in range(5)])
        elif act < 0.18 and len(tree) > 2:
            del tree[name]
        elif act < 0.4:
            tree[name] = _text([*lines[:at], *[f"{who} adds {edit}"] * rng.randint(1, 4), *lines[at:]])
        elif act < 0.55:
            tree[name] = _text(lines[:at] + lines[at + 2 :])
        else:
            tree[name] = _text([*lines[:at], f"{who} changes {edit}", *lines[at + 1 :]])
    return {name: data or b"left\n" for name, data in tree.items()}


def rebased(case: Case) -> GitId | None:
    """Let git rebase the patches, as commits of a full clone; give the tree, or None when it stops."""
    with tempfile.TemporaryDirectory() as scratch:

        def git(*words: str) -> subprocess.CompletedProcess[str]:
            env = {**_ENV, "PATH": os.environ["PATH"]}
            return subprocess.run(["git", *words], cwd=scratch, env=env, capture_output=True, text=True, check=False)

        def commit(world: World, name: str) -> None:
            subprocess.run(["rm", "-rf", f"{scratch}/lib"], check=True)
            for path, data in {"README": b"top\n", **world}.items():
                (Path(scratch) / path).parent.mkdir(exist_ok=True, parents=True)
                (Path(scratch) / path).write_bytes(data)
            git("add", "-A")
            git("commit", "-q", "--allow-empty", "-m", name)

        git("init", "-q", "-b", "up", ".")
        commit(case.old, "old")
        git("checkout", "-q", "-b", "patches")
        for number, world in enumerate(case.patched):
            commit(world, f"patch {number}")
        git("checkout", "-q", "up")
        commit(case.new, "new")
        done = git("rebase", "-q", "--no-autosquash", "--empty=drop", "up", "patches")
        if done.returncode:
            return None
        return GitId(git("rev-parse", "patches:lib").stdout.strip())


def ours(case: Case) -> tuple[Moved, GitId | None]:
    """Let guild move the patches; give the verdicts, and the tree when there is no conflict."""
    with tempfile.TemporaryDirectory() as scratch:
        trees = Trees(Path(scratch) / "git").open()
        ids = [_tree(trees, world) for world in (case.old, *case.patched)]
        patches = {f"{n}.patch": trees.diff(a, b) for n, (a, b) in enumerate(itertools.pairwise(ids))}
        kept = {name: data for name, data in patches.items() if data}
        states = [ids[0], *(ids[n + 1] for n, data in enumerate(patches.values()) if data)]
        moved = move(trees, states, kept, _tree(trees, case.new), git_env=os.environ)
        if moved.conflict is not None:
            return moved, None
        below = {path[4:]: leaf for path, leaf in trees.leaves(moved.tree).items()}
        return moved, trees.tree(below)


def _tree(trees: Trees, world: World) -> GitId:
    return trees.tree({os.fsencode(path): (0o100644, trees.blob(data)) for path, data in world.items()})
