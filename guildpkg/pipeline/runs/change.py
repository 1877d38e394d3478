"""Many runs deleted, restored or purged: all are looked at before the first is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from guildpkg.pipeline.runs.chosen import free_contents
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

Act = Literal["delete", "permanently delete", "restore", "purge"]
"""What is done to runs; its words are those of the question."""


def change(store: Runs, runs: Sequence[Run], act: Act, done: Callable[[Run], None]) -> None:
    """Do the same to many runs.

    Args:
        store: Where they lie.
        runs: The runs; those in the trash where they are restored or purged.
        act: What is done.
        done: Told of each run when it is done.

    Raises:
        GuildError: One of them is running, or one of its name is there already. No run was touched then.
        OSError: The disk refused one; what *done* was told of is done all the same.
    """
    for run in runs:
        if act == "restore":
            store.check_free(run)
        elif act != "purge":
            store.check_over(run)
    for run in runs:
        if act == "restore":
            store.restore(run)
        elif act == "delete":
            store.trash(run)
        else:
            store.purge(run if act == "purge" else store.trash(run))
        done(run)
    if act not in ("delete", "restore"):
        free_contents(store)
