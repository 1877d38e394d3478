"""The attributes of a run: what ``guild list-attrs`` prints, and what fields take from ``attrs``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from guildpkg.pipeline.runs.info import info
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

_LEFT_OUT = ("flags", "resources", "env", "command", "files", "run_dir")


def attrs_of(store: Runs, run: Run) -> dict[str, str | int]:
    """Give the attributes of a run that have a value, in the order in which they are shown.

    ``model`` and ``op`` are parts of the operation, ``cmd`` is the command line, ``env`` what was added to its
    environment; then come those of the machine (``cpu_model``, ``cpu_cores``, ``mem_total``, ``gpuN_name``), the
    version of ``python``, and of version control ``vcs_commit`` and ``vcs_dirty``.

    Raises:
        GuildError: The record of the run is damaged.
    """
    known = info(store, run)
    model, _, operation = str(known["operation"]).rpartition(":")
    found: dict[str, Any] = {"model": model, "op": operation, "cmd": shlex.join(known["command"])}
    for name, value in known.items():
        if name not in _LEFT_OUT and value not in (None, "", []):
            found[name] = " ".join(value) if isinstance(value, list) else value
    found["env"] = " ".join(f"{name}={shlex.quote(value)}" for name, value in known["env"].items())
    found["run_dir"] = known["run_dir"]
    found.update(_collected(run))
    return {name: value for name, value in found.items() if value not in (None, "")}


def _collected(run: Run) -> dict[str, str]:
    """Give what was looked up while it ran."""
    found = run.looked_up()
    python = {"python": found.get("python", "")}
    version_control = {f"vcs_{name}": value for name, value in _mapping(found.get("vcs")).items()}
    everything = {**_mapping(found.get("system")), **python, **version_control}
    return {str(name): _text(value) for name, value in everything.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
