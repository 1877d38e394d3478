"""Recipe and packager -> hooks run in their order, and the version that they settled."""

from __future__ import annotations

import re
import site
import sys
from dataclasses import replace
from pathlib import Path

import guildpkg
from guildpkg.core.events import Detail, Step, Warn
from guildpkg.core.names import canonical_version
from guildpkg.core.recipe.model import HOOKS
from guildpkg.errors import HookError, Where
from guildpkg.hooks.context import HookContext, confine, grant_network
from guildpkg.hooks.packager import Packager, find_packager
from guildpkg.hooks.run import list_hooks, run_hook
from guildpkg.lean import dataclass
from guildpkg.lint.rules.hook_unknown import mistyped
from guildpkg.lint.scripts import read_script
from guildpkg.pipeline.package.options import HookWish
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.edits import copies_in, mark_prepared
from guildpkg.recipe.folder import RecipeFolder
from guildpkg.recipe.state import STATE
from guildpkg.system.reorder import reorder
from guildpkg.system.trees import copy_tree


@dataclass(frozen=True, slots=True)
class Ran:
    """What the hooks came to.

    Attributes:
        version: The version of the package.
        sandbox: How they were confined, in words.
        left_out: Hooks that are defined and were not run.
    """

    version: str
    sandbox: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of one recipe, ready to run.

    Attributes:
        folder: The recipe.
        wish: How they are to be run.
        setting: The outside world.
        packager: The script.
        network: True when they may use the network.
    """

    folder: RecipeFolder
    wish: HookWish
    setting: Setting
    packager: Packager
    network: bool

    @classmethod
    def of(cls, folder: RecipeFolder, wish: HookWish, setting: Setting) -> Hooks:
        """Find the packager and settle what hooks may do, before anything else is done.

        Raises:
            RecipeError: There is no such packager.
            SandboxError: The recipe wants the network and may not have it.
        """
        packager = _find(folder)
        network = grant_network(asked=folder.recipe.network, allowed=wish.allow_network)
        return cls(folder, wish, setting, packager, network)

    @property
    def own_file(self) -> str:
        """File name of the packager if it belongs to the recipe, else empty."""
        return "" if self.packager.shipped else self.packager.name

    def foresee(self) -> None:
        """Find out whether hooks can be confined as they are to be.

        Raises:
            SandboxError: The sandbox is required and does not work.
        """
        confine(self.wish.sandbox, self.setting.report)

    def run(self, epoch: int) -> Ran:
        """Run the hooks that are defined and wanted; ``pkg/`` is there and empty.

        Args:
            epoch: SOURCE_DATE_EPOCH, seconds.

        Raises:
            HookError: One of them failed.
            SandboxError: The sandbox is required and does not work.
        """
        report = self.setting.report
        report(Step(f"Using {self.packager.name}"))
        confinement = confine(self.wish.sandbox, report)
        context = HookContext(
            srcdir=self.folder.src,
            pkgdir=self.folder.pkg,
            recipedir=self.folder.path,
            pkgname=self.folder.recipe.name,
            pkgver=self.folder.recipe.version,
            epoch=epoch,
            confinement=confinement,
            extra_env={name: self.setting.env[name] for name in self.folder.recipe.env if name in self.setting.env},
            network=self.network,
            touch=self.folder.logs / STATE,
            varied=self.wish.varied,
        )
        if "order" in self.wish.varied:
            reorder(self.folder.src, epoch)
        report(Detail(f"sandbox: {confinement}"))
        for fault in mistyped(read_script(self.packager.path.read_text("utf-8", "replace"), self.packager.name)):
            report(Warn(str(fault)))
        defined = list_hooks(self.packager, context)
        for hook in HOOKS:
            if hook not in defined or not self.wish.wants(hook):
                continue
            report(Step(f"Running {hook}"))
            result = run_hook(self.packager, hook, context, report)
            if hook == "prepare":
                mark_prepared(self.folder.logs)
            if hook == "pkgver":
                context = _at_version(context, result.line())
        if "package" not in defined:
            copies = {self.folder.src / name for name in copies_in(self.folder.src, self.folder.logs)}
            copy_tree(self.folder.src, self.folder.pkg, skip=copies.__contains__)
        left_out = tuple(hook for hook in defined if not self.wish.wants(hook))
        return Ran(context.pkgver, str(confinement), left_out)


def _at_version(context: HookContext, printed: str) -> HookContext:
    version = canonical_version(printed)
    if version is None:
        raise HookError(f"pkgver printed {printed!r}, which is not a version", hint="versions follow PEP 440: 1.2rc1")
    return replace(context, pkgver=version)


def _find(folder: RecipeFolder) -> Packager:
    return find_packager(folder.path, folder.recipe.packager, shipped_packagers(), where=Where(folder.recipe.file))


def shipped_packagers() -> Path:
    """Find the packagers that ship with guildpkg: beside the package in a checkout, else where pip put them."""
    beside = Path(guildpkg.__file__).resolve().parents[1]
    shares = [beside / "share", Path(site.getuserbase()) / "share", Path(sys.prefix) / "share"]
    places = [beside / "packagers", *(share / "guildpkg" / "packagers" for share in shares)]
    return next((place for place in places if (place / "default").is_file()), places[-1])


def planned_hooks(folder: RecipeFolder, wish: HookWish) -> list[str]:
    """Name the hooks that a build would run, by looking at the packager and without running it."""
    packager = _find(folder)
    text = packager.path.read_text("utf-8", "replace")
    pattern = r"^\s*def\s+{}\s*\(" if packager.language == "python" else r"^\s*(?:function\s+)?{}\s*(?:\(\s*\)|\{{)"
    return [hook for hook in HOOKS if wish.wants(hook) and re.search(pattern.format(hook), text, re.MULTILINE)]
