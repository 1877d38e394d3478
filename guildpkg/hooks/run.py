"""Run the hooks of a packager.

In: a packager and what it is about. Out: what it defines; what a hook printed; its log in ``logs/HOOK.log``. Raises
`HookFailed` with the end of the log. Whatever a hook does, ``src/`` and ``pkg/`` can be read afterwards, and none of
its processes runs any more (see ``system/process/start.py`` for what that means without a sandbox).
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from guildpkg.core.events import Reporter
from guildpkg.core.recipe.model import HOOKS
from guildpkg.errors import HookError, SandboxError
from guildpkg.hooks.command import UMASK, VARIED_UMASK, list_command, run_command
from guildpkg.hooks.context import HookContext
from guildpkg.hooks.log import last_lines, logging
from guildpkg.hooks.packager import Packager
from guildpkg.lean import dataclass
from guildpkg.system.disk import remove, room_for
from guildpkg.system.process.start import Finished, run
from guildpkg.system.sandbox import furnish, own_failure

KEEP: Final = 1 << 16
"""Bytes of a hook's output that are kept in memory."""
SCRATCH: Final = ".hook"
"""The folder below ``logs/`` with a hook's home and temporary files, while it runs."""


@dataclass(frozen=True, slots=True)
class HookResult:
    """A hook that ran and did not fail.

    Attributes:
        hook: Its name.
        log: Its log.
        stdout: The beginning of what it wrote to its standard output, `KEEP` bytes at most.
    """

    hook: str
    log: Path
    stdout: bytes

    def line(self) -> str:
        """Give the one line that a ``pkgver`` hook is to print.

        Raises:
            HookError: It printed something else.
        """
        lines = last_lines(self.stdout, most=KEEP)
        if len(lines) != 1:
            found = f"{len(lines)} lines" if lines else "nothing"
            raise HookError(f"{self.hook} printed {found}", hint="it is to print the version, one line, and no more")
        return lines[0].strip()


class HookFailed(HookError):
    """A hook ended with an error.

    Attributes:
        hook: Its name.
        status: How it ended, in words: ``exit 3``.
        log: Its log.
        tail: Its last lines, fit to be shown.
    """

    def __init__(self, hook: str, status: str, log: Path, tail: tuple[str, ...]) -> None:
        self.hook = hook
        self.status = status
        self.log = log
        self.tail = tail
        said = [f"  {line}" for line in tail] or ["  (it printed nothing)"]
        hint = f"all of its output is in {log}; `guild package -e` builds again from src/ as it is"
        super().__init__("\n".join([f"the {hook} hook failed ({status}):", *said]), hint=hint)


def list_hooks(packager: Packager, context: HookContext) -> tuple[str, ...]:
    """Read a packager, in the sandbox if there is one, and tell which hooks it defines, in their order.

    Nothing stays in the recipe: the packager finds empty stand-ins for ``src/`` and ``pkg/``.

    Raises:
        HookError: It cannot be read.
        SandboxError: The sandbox did not start.
    """
    with _scratch(context) if context.logs.is_dir() else _scratch_elsewhere() as scratch:
        for name in ("src", "pkg"):
            (scratch / name).mkdir()
        command = list_command(packager, replace(context, srcdir=scratch / "src", pkgdir=scratch / "pkg"), scratch)
        finished = run(command.argv, cwd=command.cwd, env=command.env, keep=KEEP, umask=UMASK)
    _refuse_sandbox_failure(finished)
    answer = finished.stdout.decode("ascii", "replace").split("\n")
    if finished.returncode == 0 and "listed" in answer:
        return tuple(hook for hook in HOOKS if f"hook {hook}" in answer)
    status = in_words(finished.returncode) if finished.returncode else "it ends before all of it is read"
    said = "".join(f"\n  {line}" for line in last_lines(finished.stderr))
    raise HookError(f"the packager {packager.name} cannot be read ({status}){said}", hint=f"see {packager.path}")


def run_hook(packager: Packager, hook: str, context: HookContext, report: Reporter) -> HookResult:
    """Run one hook to its end.

    Args:
        packager: The script.
        hook: One of those that `list_hooks` found.
        context: What it is about.
        report: Told of its output as it comes; what ``pkgver`` prints is its result and only logged.

    Raises:
        HookFailed: It failed.
        HookError: It removed a folder that is not its own.
        SandboxError: The sandbox did not start.
        DiskFull: There is no room for its log.
        Interrupted: The user pressed Ctrl-C.
    """
    quiet = "stdout" if hook == "pkgver" else ""
    folders = (context.srcdir, context.pkgdir)
    _check_folders(folders, "is not there")
    with logging(context.logs, hook, report, quiet=quiet) as log, _scratch(context) as scratch:
        command = run_command(packager, hook, context, scratch)
        try:
            finished = run(
                command.argv,
                cwd=command.cwd,
                env=command.env,
                on_output=log.take,
                keep=KEEP,
                umask=VARIED_UMASK if "umask" in context.varied else UMASK,
                touch=context.touch,
            )
        finally:
            for folder in folders:
                make_readable(folder)
    _refuse_sandbox_failure(finished)
    if finished.returncode:
        raise HookFailed(hook, in_words(finished.returncode), log.path, last_lines(bytes(log.tail)))
    _check_folders(folders, f"was removed by the {hook} hook")
    return HookResult(hook, log.path, finished.stdout)


def in_words(returncode: int) -> str:
    """Say how a program ended: ``exit 3``, ``killed by signal SIGKILL``."""
    number = -returncode if returncode < 0 else returncode - 128
    try:
        name = f"killed by signal {signal.Signals(number).name}"
    except ValueError:
        return f"exit {returncode}" if returncode >= 0 else f"killed by signal {number}"
    # a shell, and bubblewrap, turn a signal into 128 and its number
    return name if returncode < 0 else f"exit {returncode}, {name}"


@contextlib.contextmanager
def _scratch(context: HookContext) -> Iterator[Path]:
    """Make the folder with a hook's home and temporary files, and remove it with all that the hook left there."""
    scratch = context.logs / SCRATCH
    with room_for(scratch):
        remove(scratch)
        scratch.mkdir(parents=True)
        furnish(scratch)
    try:
        yield scratch
    finally:
        remove(scratch)


@contextlib.contextmanager
def _scratch_elsewhere() -> Iterator[Path]:
    """Make such a folder where a recipe that was never built stays as it is; a kill leaves it behind."""
    with tempfile.TemporaryDirectory(prefix="guild-", ignore_cleanup_errors=True) as place:
        furnish(Path(place))
        yield Path(place)


def _check_folders(folders: tuple[Path, ...], what: str) -> None:
    """Refuse to go on when a folder that is written to is not a real one: a link could lead anywhere."""
    for folder in folders:
        if folder.is_symlink() or not folder.is_dir():
            raise HookError(f"{folder.name}/ {what}", hint=f"{folder} has to be a folder, and no link")


def _refuse_sandbox_failure(finished: Finished) -> None:
    if complaint := own_failure(finished):
        raise SandboxError(f"the sandbox did not start: {complaint}", hint="--sandbox off builds without it")


def make_readable(folder: Path) -> None:
    """Give the owner back the right to read what a hook has closed, and drop set-id bits; links are not followed."""
    if folder.is_symlink() or not folder.is_dir():
        return
    _add_mode(folder, folder.stat().st_mode, stat.S_IRUSR | stat.S_IXUSR)
    waiting = [os.fspath(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for item in found:
                mode = item.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    _add_mode(Path(item.path), mode, stat.S_IRUSR | stat.S_IXUSR)
                    waiting.append(item.path)
                elif stat.S_ISREG(mode):
                    _add_mode(Path(item.path), mode, stat.S_IRUSR)
                    _drop_set_id(Path(item.path), mode)


def _drop_set_id(path: Path, mode: int) -> None:
    """Take set-id bits away: what a hook of root's build made runs as root for everybody else."""
    if mode & (stat.S_ISUID | stat.S_ISGID):
        path.chmod((stat.S_IMODE(mode) | stat.S_IRUSR) & ~(stat.S_ISUID | stat.S_ISGID))


def _add_mode(path: Path, mode: int, wanted: int) -> None:
    if mode & wanted != wanted:
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(mode) | wanted)
