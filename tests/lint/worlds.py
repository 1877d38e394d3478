"""Recipes and archives as rules see them, made from a few words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guildpkg.core import ini
from guildpkg.core.digests import GitId, Sha256, sha256
from guildpkg.core.recipe.lock import Lock
from guildpkg.core.recipe.model import Recipe
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.core.sources import Pin
from guildpkg.lint.scripts import read_script
from guildpkg.lint.subject import ArchiveSubject, File, RecipeSubject

HEAD = "[package]\nname = demo\nversion = 1\n"
COMMIT = "d752244fbaad5e4268243355046d30990f59418f"
DIFF = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


@dataclass(frozen=True)
class World:
    """A recipe folder.

    Attributes:
        text: Content of ``GuildPkg``; what has no ``[package]`` gets one in front.
        files: Further files.
        packager: Content of the packager, which is ``packager.py`` when *python*.
        pins: What the lock pins, by name of the source; the recipe's text of it when empty. None: there is no lock.
        patches: What the lock knows of patches.
        built: Paths in ``src/``.
    """

    text: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    packager: str | None = None
    python: bool = False
    pins: Mapping[str, str] | None = None
    patches: Mapping[str, bytes] = field(default_factory=dict)
    built: tuple[str, ...] | None = None

    def subject(self) -> RecipeSubject:
        """Read the world as the pipeline does."""
        text = self.text if "[package]" in self.text else HEAD + self.text
        recipe = read_recipe(text, "GuildPkg")
        name = "packager.py" if self.python else "packager"
        files = {"GuildPkg": text.encode(), **self.files}
        return RecipeSubject(
            recipe=recipe,
            parsed=ini.parse(text, "GuildPkg"),
            files={path: File(path, len(data), data=data) for path, data in files.items()},
            lock=self.lock(recipe),
            script=None if self.packager is None else read_script(self.packager, name),
            shared=frozenset({"python-src"}),
            built=None if self.built is None else frozenset(self.built),
        )

    def lock(self, recipe: Recipe) -> Lock | None:
        if self.pins is None:
            return None
        texts = {source.name: source.text for source in recipe.sources}
        commit, digest = GitId(COMMIT), Sha256("0" * 64)
        pins = [Pin(name, text or texts[name], "git", commit=commit, digest=digest) for name, text in self.pins.items()]
        return Lock(tuple(pins), {name: sha256(data) for name, data in self.patches.items()})


def archive(*files: File | str, recipe: str = "") -> ArchiveSubject:
    """Make an archive out of files, or of the paths of files that do not matter otherwise."""
    text = recipe if "[package]" in recipe else HEAD + recipe
    made = tuple(File(file, 1, data=b"x") if isinstance(file, str) else file for file in files)
    return ArchiveSubject(read_recipe(text, "GuildPkg"), made, ("/build/src", "/home/me/demo"))


def holding(path: str, data: bytes | str, *, executable: bool = False) -> File:
    """Make a file with a content."""
    content = data.encode() if isinstance(data, str) else data
    return File(path, len(content), executable=executable, data=content)


def linking(path: str, target: str) -> File:
    """Make a symbolic link."""
    return File(path, len(target), link=target)
