"""Where the files of an index lie, and which role of TUF signs what.

``root`` and ``targets`` and ``names`` are signed by the root keys; ``snapshot``, ``timestamp``, ``summaries`` and the
bins by the publish keys. ``targets`` hands ``shards/*`` to ``names`` and ``summaries/*`` to ``summaries``; ``names``
hands each shard to one of its hash bins.
"""

from __future__ import annotations

from typing import Final

METADATA: Final = "metadata"
TARGETS: Final = "targets"
PACKAGES: Final = "packages"
TIMESTAMP: Final = f"{METADATA}/timestamp.json"

NAMES: Final = "names"
SUMMARIES: Final = "summaries"
BIN: Final = "bin"
BITS: Final = 8
"""256 bins: near the square root of a hundred thousand names, where what a client reads is least."""

ROOT_ROLES: Final = ("root", "targets", NAMES)
PUBLISH_ROLES: Final = ("snapshot", "timestamp", SUMMARIES, BIN)

MOST_METADATA: Final = 32 << 20
"""Largest file of metadata, bytes: a bin of a quarter of a million packages."""


def metadata_path(role: str, version: int) -> str:
    """Where the metadata of a role lies in a version."""
    return f"{METADATA}/{version}.{role}.json"


def shard_target(name: str) -> str:
    """What TUF calls the shard of a package."""
    return f"shards/{name}.json"


def summary_target(bin_role: str) -> str:
    """What TUF calls the summary of a bin."""
    return f"summaries/{bin_role.rpartition('-')[2]}.json.zst"


def target_path(target: str, digest: str) -> str:
    """Where a target lies: its content is part of its name, so that a new version never replaces an old one."""
    folder, _, name = target.rpartition("/")
    return f"{TARGETS}/{folder}/{digest}.{name}"
