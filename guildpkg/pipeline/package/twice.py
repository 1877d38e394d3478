"""`guild package --twice`: build once more with all varied that must not matter, and say what did.

When the second build differs, each variation is tried alone, so that the cause is known and not guessed: a file that
differs although nothing was varied depends on the time or on chance.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from guildpkg.archive.compare import Difference, compare_archives
from guildpkg.archive.recipe import unpack_recipe
from guildpkg.core.events import Detail, Step
from guildpkg.hooks.context import VARIATIONS
from guildpkg.pipeline.package.options import Options
from guildpkg.pipeline.package.rebuild import build_in, building_place
from guildpkg.pipeline.setting import Setting


def differences_of_second(archive: Path, options: Options, setting: Setting) -> tuple[Difference, ...]:
    """Build an archive once more under other conditions, from the recipe inside it.

    Varied are the folder, the time zone, the locale, the umask, the order of files in a folder, and the time by at
    least a second.

    Args:
        archive: What was built just now.
        options: As for the first build.
        setting: The outside world.

    Returns:
        What differs, each with its cause; nothing when the same bytes came out.
    """
    quiet = replace(setting, report=lambda event: setting.report(event) if isinstance(event, Detail) else None)
    with building_place(setting) as scratch:
        work = _Work(archive, scratch, replace(options, force=True, clean=False), quiet)
        setting.report(Step("Building again with folder, time zone, locale, umask, file order and time varied"))
        time.sleep(1.1)
        second = work.build("varied", VARIATIONS)
        found = compare_archives(archive, second, paths=work.places)
        if not found:
            return ()
        setting.report(Step("The second build differs: finding out what it depends on"))
        return work.explained(found)


class _Work:
    """Builds under chosen conditions, each in a folder of its own."""

    def __init__(self, archive: Path, scratch: Path, options: Options, setting: Setting) -> None:
        self.archive = archive
        self.scratch = scratch
        self.options = options
        self.setting = setting
        self.places = [os.fsencode(scratch), b"/build", b"/varied/build"]

    def build(self, name: str, varied: Iterable[str]) -> Path:
        folder = self.scratch / name / "recipe"
        unpack_recipe(self.archive, folder)
        hooks = replace(self.options.hooks, varied=frozenset(varied))
        # only the last archive of a build stays: each has a folder of its own
        return build_in(folder, replace(self.options, hooks=hooks), self.setting)

    def explained(self, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
        """Try each variation alone against a build with none, in one and the same folder."""
        plain = self._in_one_place(())
        again = self._in_one_place((), after=1.1)
        causes: dict[tuple[str, str], str] = {}
        for item in compare_archives(plain, again, paths=self.places):
            guessed = item.cause if item.cause.startswith(("a time stamp", "the order")) else "the time, or chance"
            causes[item.name, item.what] = guessed
        for variation, words in VARIATIONS.items():
            elsewhere = variation == "folder"
            other = self.build("elsewhere", (variation,)) if elsewhere else self._in_one_place((variation,))
            for item in compare_archives(plain, other, paths=self.places):
                causes.setdefault((item.name, item.what), words)
        return tuple(replace(item, cause=_joined(causes.get((item.name, item.what)), item.cause)) for item in found)

    def _in_one_place(self, varied: Iterable[str], *, after: float = 0.0) -> Path:
        place = self.scratch / "here"
        if place.exists():
            place.rename(self.scratch / f"kept-{len(list(self.scratch.iterdir()))}")
        time.sleep(after)
        built = self.build("here", varied)
        kept = self.scratch / f"built-{len(list(self.scratch.iterdir()))}"
        kept.mkdir()
        return built.rename(kept / built.name)


def _joined(known: str | None, guessed: str) -> str:
    if known is None:
        return guessed
    return known if not guessed or guessed.startswith(("its content", known[:12])) else f"{known}: {guessed}"
