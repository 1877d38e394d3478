"""What a build would do, and what a build did, as plain values for people and programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.names import archive_name
from guildpkg.core.sources import Source
from guildpkg.core.words import in_bytes
from guildpkg.errors import OfflineError
from guildpkg.pipeline.package.build import foresee
from guildpkg.pipeline.package.fetch import Wish, all_missing, check_patches, pin_of, refuse_drift
from guildpkg.pipeline.package.hooks import planned_hooks
from guildpkg.pipeline.package.lay import refuse_stale, refuse_unsaved
from guildpkg.pipeline.package.options import HookWish, Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import is_prepared
from guildpkg.recipe.folder import RecipeFolder, open_folder, patch_bytes
from guildpkg.sources import table
from guildpkg.sources.request import Request


def archive_of(path: Path, shown: str) -> dict[str, Any]:
    """Name the archive of a recipe without building it; a ``pkgver`` hook may still change the version."""
    folder = open_folder(path, shown)
    recipe = folder.recipe
    archive = folder.path / archive_name(recipe.name, recipe.version, recipe.compression)
    return {"name": recipe.name, "version": recipe.version, "archive": str(archive), "exists": archive.exists()}


def plan(path: Path, shown: str, options: Options, setting: Setting) -> dict[str, Any]:
    """Find out what a build would fetch, verify, patch and run. Nothing is written and nothing fetched.

    Raises:
        GuildError: The build would be refused at once.
    """
    folder = open_folder(path, shown)
    if options.wish.locked:
        refuse_drift(folder)
    patches = patch_bytes(folder)
    check_patches(folder, patches, options.wish)
    if options.no_extract:
        refuse_stale(folder)
    elif not options.clean:
        refuse_unsaved(folder)
    if not options.download_only:
        foresee(folder, options, setting)
    sources = [] if options.no_extract else _sources(folder, options.wish, setting)
    return {
        **archive_of(path, shown),
        "sources": sources,
        "patches": [] if options.no_extract else [{"name": name, "size": len(data)} for name, data in patches.items()],
        "hooks": [] if options.download_only else planned_hooks(folder, _hooks_of(folder, options)),
        "network": folder.recipe.network and options.hooks.allow_network,
    }


def _hooks_of(folder: RecipeFolder, options: Options) -> HookWish:
    return replace(options.hooks, prepare=not (options.no_extract and is_prepared(folder.logs)))


def _sources(folder: RecipeFolder, wish: Wish, setting: Setting) -> list[dict[str, Any]]:
    found = [_source(folder, source, wish, setting) for source in folder.recipe.sources]
    missing = {
        source["name"]: OfflineError(f"{source['mirror'] or source['source']} is not in the cache")
        for source in found
        if wish.offline and source["from"] == "network"
    }
    if missing:
        raise all_missing(missing)
    return found


def _source(folder: RecipeFolder, source: Source, wish: Wish, setting: Setting) -> dict[str, Any]:
    pin = pin_of(folder, source)
    mirror = wish.mirrors.get(source.name, "")
    here = table.is_here(Request(source, folder.path, pin, mirror, offline=wish.offline), setting.home)
    return {
        "name": source.name,
        "source": source.text,
        "kind": source.kind,
        "pinned": pin is not None,
        "verify": (pin.tree or pin.sha256 or pin.digest) if pin else (source.tree or source.sha256 or None),
        "from": "recipe" if source.kind == "file" else "cache" if here else "network",
        "mirror": mirror or None,
    }


def lines(result: dict[str, Any]) -> list[str]:
    """Write a plan for people."""
    found = []
    for source in result["sources"]:
        verb = {"recipe": "take", "cache": "take from the cache", "network": "fetch"}[source["from"]]
        mirror = f" from {source['mirror']}" if source["mirror"] and source["from"] == "network" else ""
        found.append(f"{verb} {source['source']}{mirror}")
        if source["from"] != "recipe":
            found.append(f"  verify {source['verify']}" if source["verify"] else "  and pin what it is")
    found += [f"apply {patch['name']} ({in_bytes(patch['size'])})" for patch in result["patches"]]
    found += [f"run {hook}" for hook in result["hooks"]]
    if result["network"]:
        found.append("  with the network, as asked and granted")
    found.append(f"create {Path(result['archive']).name}" + (", which is there already" if result["exists"] else ""))
    return found
