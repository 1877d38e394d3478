"""Run a hook of a Python packager, or list the hooks that it defines.

Never imported: ``hooks/command.py`` starts this file with guild's own interpreter, in the sandbox.
``runner.py run PACKAGER HOOK`` calls the hook with a `Context`; ``runner.py list PACKAGER HOOK ...`` writes a line
``hook NAME`` for each of these that is defined, then ``listed``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import CoroutineType, ModuleType, TracebackType


class Context:
    """What a hook is given.

    Attributes:
        srcdir: The sources; the hook runs there.
        pkgdir: What the package is to hold.
        recipedir: The recipe's folder; read-only in the sandbox.
        pkgname: Name of the package.
        pkgver: Its version.
        epoch: SOURCE_DATE_EPOCH, seconds.
    """

    def __init__(self) -> None:
        told = dict(os.environ)
        self.srcdir = Path(told["srcdir"])
        self.pkgdir = Path(told["pkgdir"])
        self.recipedir = Path(told["recipedir"])
        self.pkgname = told["pkgname"]
        self.pkgver = told["pkgver"]
        self.epoch = int(told["SOURCE_DATE_EPOCH"])


def main(task: str, packager: str, *hooks: str) -> None:
    """Do what the command line says."""
    sys.excepthook = _show
    for name in ("PWD", "PYTHONHASHSEED"):  # of bubblewrap's and our making, and no part of what hooks are promised
        os.environ.pop(name, None)
    if task == "run":
        _run(_load(packager), hooks[0])
    else:
        _list(packager, hooks)


def _load(packager: str) -> ModuleType:
    """Execute the packager as a module of that name, so that its dataclasses find themselves."""
    module = ModuleType("packager")
    module.__file__ = packager
    sys.modules["packager"] = module
    code = compile(Path(packager).read_bytes(), packager, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - this is what a packager is for
    return module


def _run(module: ModuleType, hook: str) -> None:
    result = getattr(module, hook)(Context())
    if isinstance(result, CoroutineType):
        result.close()
        sys.exit(f"{hook} is an async function, which nobody awaits: write `def {hook}(context)`")
    if hook == "pkgver" and isinstance(result, str):
        print(result)  # noqa: T201 - the version may be returned as well as printed


def _list(packager: str, hooks: tuple[str, ...]) -> None:
    """Tell the hooks on what was the standard output; what the packager itself prints is an error's context."""
    sys.stdout.flush()
    answer = os.dup(1)
    os.dup2(2, 1)
    module = _load(packager)
    found = [f"hook {hook}\n" for hook in hooks if callable(getattr(module, hook, None))]
    os.write(answer, "".join([*found, "listed\n"]).encode())


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show a traceback from where the packager's own code begins."""
    import traceback

    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


if __name__ == "__main__":
    main(*sys.argv[1:])
