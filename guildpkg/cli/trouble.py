"""An exception -> what the user reads and what the process exits with."""

from __future__ import annotations

import errno
import os

import click

from guildpkg.cli.output import Output
from guildpkg.cli.streams import ReaderLeft
from guildpkg.cli.text import one_line
from guildpkg.core.words import nearest
from guildpkg.errors import DiskFull, GuildError, UsageFault

INTERRUPTED = 130

_WORLDLY = {
    errno.EACCES: "look at the permissions of the file and of the folders above it",
    errno.EPERM: "look at the permissions of the file and of the folders above it",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "a symbolic link on the way leads to itself",
    errno.EMFILE: "allow the process more open files: ulimit -n",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "free some memory and run it again",
    errno.EAGAIN: "the machine allows no more processes or threads at the moment",
    errno.EIO: "look at the health of the disk",
    errno.ESTALE: "the network file system has forgotten the file: run it again",
    errno.EBUSY: "something else uses the file",
    errno.ETXTBSY: "the program is being written to",
    **dict.fromkeys(
        (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY),
        "something there is missing, in the way or being changed: look, and if all is well run it with `guild --debug`",
    ),
}
"""Troubles of the machine and not of this program, by error number, each with the next step."""

_NAMELESS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EIO)
"""Those that make sense without a file."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def tell(error: BaseException, *, debug: bool) -> int:
    """Show why a command ended.

    Args:
        error: What it ended with.
        debug: True to show the traceback too.

    Returns:
        The exit code.
    """
    output = Output.of_process(os.environ)
    try:
        # a broken pipe may be ours, or one to a child or a server: that would be a bug
        if isinstance(error, ReaderLeft) or (isinstance(error, BrokenPipeError) and output.is_unread()):
            return 1
        return _tell(error, output, debug=debug)
    except ReaderLeft:
        return 1
    finally:
        output.settle()


def _tell(error: BaseException, output: Output, *, debug: bool) -> int:
    if isinstance(error, KeyboardInterrupt | click.Abort):
        output.interrupted()
        return INTERRUPTED
    if debug and not isinstance(error, click.UsageError):
        output.trace(error)
    found = _refusal(error)
    if found is None:
        hint = "this is a bug: please report it" + ("" if debug else ", with what `guild --debug` shows of it")
        output.error(f"internal error: {type(error).__name__}: {error}", hint)
        return 1
    output.error(str(found), found.hint)
    return found.exit_code


def _refusal(error: BaseException) -> GuildError | None:
    """Give what a user can act on; None for a bug."""
    if isinstance(error, GuildError):
        return error
    if isinstance(error, click.UsageError):
        return _usage(error)
    if isinstance(error, click.ClickException):
        return GuildError(error.format_message())
    return _of_system(error) if isinstance(error, OSError) else None


def _of_system(error: OSError) -> GuildError | None:
    names = [_shown(name) for name in (error.filename, error.filename2) if name is not None]
    text = ": ".join([*([" and ".join(names)] if names else []), error.strerror or str(error)])
    if error.errno in _FULL:
        return DiskFull(text, hint="free some space and run it again")
    hint = _WORLDLY.get(error.errno or 0) if names or error.errno in _NAMELESS else None
    return GuildError(text, hint=hint) if hint else None


def _shown(name: object) -> str:
    text = one_line(os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else str(name))
    return text if len(text) <= 100 else f"{text[:40]}...{text[-40:]}"


def _usage(error: click.UsageError) -> UsageFault:
    """Say in our own form what click found wrong with the command line."""
    command = error.ctx.command_path if error.ctx else "guild"
    verb = "shows how it is used" if error.ctx and error.ctx.parent else "lists the commands"
    hint = f"`{command} --help` {verb}"
    if isinstance(error, click.NoSuchOption):
        return UsageFault(f"there is no option {error.option_name}", hint=_other_option(error) or hint)
    if isinstance(error, click.MissingParameter) and error.param:
        return UsageFault(f"{error.param.human_readable_name} is missing", hint=hint)
    message = error.format_message().rstrip(".")
    return UsageFault(message[:1].lower() + message[1:], hint=hint)


def _other_option(error: click.NoSuchOption) -> str:
    """Guess what an unknown option was to be; empty when there is nothing like it."""
    if error.ctx is None:
        return ""
    wanted = error.option_name
    root = error.ctx.find_root()
    if error.ctx is not root and wanted in _options(root):
        own = error.ctx.command_path.removeprefix(root.command_path)
        return f"write it before the command: {root.command_path} {wanted}{own}"
    close = nearest(wanted, [name for name in _options(error.ctx) if name.startswith("--")])
    return f"did you mean {close}?" if close else ""


def _options(context: click.Context) -> list[str]:
    return [name for param in context.command.get_params(context) for name in (*param.opts, *param.secondary_opts)]
