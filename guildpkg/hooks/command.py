"""The command and the environment of a hook, inside the sandbox and without it."""

from __future__ import annotations

import contextlib
import locale
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.recipe.model import HOOKS
from guildpkg.hooks.context import HookContext
from guildpkg.hooks.packager import Packager
from guildpkg.lean import dataclass
from guildpkg.system.sandbox import HOME, SYSTEM_PATH, TMP, Mount, wrap

UMASK: Final = 0o022
VARIED_UMASK: Final = 0o077
_RUNNER: Final = Path(__file__).with_name("runner.py")

# $0 is the packager. What bash itself exports is taken back; `_` it cannot be talked out of.
_LOAD: Final = """\
unset SHLVL OLDPWD
export -n PWD
set -eu -o pipefail
. "$0"
set -eu -o pipefail
"""
# A plain command: within `if`, `!`, `&&` or `||` bash would switch errexit off in all that the hook does.
_RUN: Final = """\
cd -- "$srcdir"
builtin declare -F {hook} > /dev/null
{hook}
"""
# What the packager prints while it is read goes with the errors; fd 3 is for the answer.
_LIST: Final = """\
exec 3>&1 1>&2
{load}
for hook in {hooks}; do
    if builtin declare -F "$hook" > /dev/null; then builtin printf 'hook %s\\n' "$hook" >&3; fi
done
builtin printf 'listed\\n' >&3
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are, as the hook sees them."""

    src: str
    pkg: str
    recipe: str
    home: str
    tmp: str
    packager: str
    runner: str


@dataclass(frozen=True, slots=True)
class Command:
    """What is run for a hook: argument list, folder to run it in, whole environment."""

    argv: list[str]
    cwd: Path
    env: dict[str, str]


def run_command(packager: Packager, hook: str, context: HookContext, scratch: Path) -> Command:
    """Write the command that runs one hook.

    Args:
        packager: The script.
        hook: A hook that it defines.
        context: What it is about.
        scratch: A folder made ready by `guildpkg.system.sandbox.furnish`.
    """
    return _command(packager, context, scratch, ("run", hook), _LOAD + _RUN.format(hook=hook))


def list_command(packager: Packager, context: HookContext, scratch: Path) -> Command:
    """Write the command that lists the hooks; it answers ``hook NAME`` per line, then ``listed``."""
    script = _LIST.format(load=_LOAD, hooks=" ".join(HOOKS))
    return _command(packager, context, scratch, ("list", *HOOKS), script)


def _command(packager: Packager, context: HookContext, scratch: Path, task: Sequence[str], script: str) -> Command:
    state = context.confinement.state
    places = _places(packager, context, scratch)
    if packager.language == "python":
        first, *rest = task
        argv = [sys.executable, "-s", "-P", "-B", "-u", places.runner, first, places.packager, *rest]
    else:
        argv = ["bash", "-c", script, places.packager]
    env = _environment(context, places)
    if packager.language == "python":
        # taken away again by the runner before the hook runs: only the order of sets must not be chance
        env["PYTHONHASHSEED"] = "0"
    if state is None:
        return Command(argv, context.srcdir, env)
    mounts = [
        Mount(context.srcdir, places.src, writable=True),
        Mount(context.pkgdir, places.pkg, writable=True),
        Mount(context.recipedir, places.recipe),
        Mount(_RUNNER, places.runner),
        *([Mount(packager.path, places.packager)] if packager.shipped else []),
    ]
    confined = wrap(argv, state=state, mounts=mounts, scratch=scratch, cwd=places.src, network=context.network)
    return Command(confined, Path("/"), env)


def _places(packager: Packager, context: HookContext, scratch: Path) -> Places:
    """Say where things are: in the sandbox always at the same place, so that no output depends on the folder."""
    if context.confinement.state is None:
        src, pkg, recipe = str(context.srcdir), str(context.pkgdir), str(context.recipedir)
        return Places(src, pkg, recipe, str(scratch / "home"), str(scratch / "tmp"), str(packager.path), str(_RUNNER))
    build = "/varied/build" if "folder" in context.varied else "/build"
    recipe = f"{build}/recipe"
    if packager.shipped:
        script = f"{build}/packagers/{packager.path.name}"
    else:
        script = f"{recipe}/{packager.path.relative_to(context.recipedir.resolve())}"
    return Places(f"{build}/src", f"{build}/pkg", recipe, HOME, TMP, script, f"{build}/guild/{_RUNNER.name}")


def _environment(context: HookContext, places: Places) -> dict[str, str]:
    """Give the whole environment of a hook, as design.md section 4 lists it."""
    path = [str(Path(sys.executable).parent), *SYSTEM_PATH.split(":")]
    return {
        **context.extra_env,
        "srcdir": places.src,
        "pkgdir": places.pkg,
        "recipedir": places.recipe,
        "pkgname": context.pkgname,
        "pkgver": context.pkgver,
        "SOURCE_DATE_EPOCH": str(context.epoch),
        "PATH": ":".join(dict.fromkeys(path)),
        "HOME": places.home,
        "TMPDIR": places.tmp,
        "LC_ALL": _other_locale() if "locale" in context.varied else "C.UTF-8",
        "TZ": "VAR-5:45" if "zone" in context.varied else "UTC",
    }


def _other_locale() -> str:
    """Name a locale that is unlike C.UTF-8, as unlike as this machine has one; C knows no UTF-8."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("tr_TR.UTF-8", "de_DE.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_ALL, name)
                return name
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return "C"
