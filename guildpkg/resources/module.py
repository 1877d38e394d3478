"""Sources ``module``: a Python module that the interpreter of the operation has to find; nothing is laid.

The module is looked for and not imported: importing runs its code, and may take seconds.
"""

from __future__ import annotations

from typing import Final

from guildpkg.errors import DependencyError
from guildpkg.resources.request import Ask, Found
from guildpkg.system.process.start import run

_LOOK: Final = """
import importlib.machinery, importlib.util, sys
path, spec = None, None
for depth, _ in enumerate(parts := sys.argv[1].split("."), 1):
    name = ".".join(parts[:depth])
    spec = importlib.util.find_spec(name) if depth == 1 else importlib.machinery.PathFinder.find_spec(name, path)
    if spec is None:
        sys.exit(3)
    path = spec.submodule_search_locations or []
"""
_ABSENT: Final = 3
_TIMEOUT: Final = 60.0


def find(ask: Ask) -> Found:
    """See `table.find`."""
    world, name = ask.world, ask.source.value
    ended = run([world.python, "-c", _LOOK, name], cwd=world.base, env=world.env, timeout=_TIMEOUT)
    if ended.returncode == _ABSENT:
        hint = ask.source.help or f"install it for {world.python}, or name another Python with --python"
        raise DependencyError(f"{world.python} has no module {name}", hint=hint)
    if ended.returncode:
        last = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise DependencyError(f"{world.python} cannot be asked for the module {name}: {''.join(last)}")
    return Found()
