"""`guild package`: recipe folder -> archive and build statement.

Fetch, lay, patch, run the hooks, pack. The folder is locked meanwhile; whatever a kill leaves lies in ``src/``,
``pkg/`` and ``logs/``, and the next build starts from there.
"""

from __future__ import annotations

from pathlib import Path

from guildpkg.pipeline.package.built import Built
from guildpkg.pipeline.package.fetch import in_turn
from guildpkg.pipeline.package.lay import lay_out
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import record
from guildpkg.recipe.folder import refuse_places


def package(path: Path, shown: str, options: Options, setting: Setting) -> Built:
    """Build the archive of one recipe.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        options: What is asked.
        setting: The outside world.

    Returns:
        What was built.

    Raises:
        GuildError: Any refusal; the old archive and lock are as they were.
    """
    started = setting.now()
    with in_turn(path, shown, setting) as folder:
        if options.clean:
            for place in (folder.src, folder.pkg, folder.logs):
                if place.is_symlink() or place.is_file():
                    place.unlink()
        refuse_places(folder)
        if options.download_only:
            laid = lay_out(folder, options, setting)
            record(folder.src, folder.logs)
            name, version = folder.recipe.name, folder.recipe.version
            return Built(name, version, None, None, laid.fetched, laid.lock_changed)
        # most of the time that a warm -o would take: what runs hooks and packs is imported where it is needed
        from guildpkg.pipeline.package.build import build_again, build_anew

        build = build_again if options.no_extract else build_anew
        return build(folder, options, setting, started)
