"""A command that ends as its word says, for tests of the boundary. Run as a program, it is a `guild` that has it."""

from __future__ import annotations

import errno
import os
import sys
import time

import click

from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import ArchiveError, GuildError, RecipeError, UsageFault


@click.command("boom")
@click.argument("how")
@pass_session
def command(session: Session, how: str) -> int:
    """End badly."""
    if how == "sleep":
        session.output.say("ready")
        time.sleep(30)
    if how == "seven":
        return 7
    raise {
        "refusal": ArchiveError("it is torn\nhere and there", hint="mend it"),
        "hostile": GuildError("a\x1b[2Jb", hint="c\x07\nd"),
        "no hint": GuildError("no"),
        "usage": UsageFault("not like this"),
        "recipe": RecipeError([]),
        "bug": KeyError("x\x1b[31m"),
        "end of file": EOFError("behind the end"),
        "pipe": BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)),
        "nameless": OSError(errno.ENOENT, os.strerror(errno.ENOENT)),
        "recursion": RecursionError("too deep"),
        "memory": MemoryError(),
        "interrupt": KeyboardInterrupt(),
        **{
            name: OSError(getattr(errno, name), os.strerror(getattr(errno, name)), "some/file")
            for name in (
                *("EACCES", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "ENAMETOOLONG", "ELOOP", "EMFILE", "EIO"),
                *("ENOENT", "EISDIR"),
            )
        },
        "two names": OSError(errno.EACCES, os.strerror(errno.EACCES), b"a\xff", None, "b\nc"),
    }[how]


if __name__ == "__main__":
    from guildpkg.cli.boundary import run
    from guildpkg.cli.table import COMMANDS

    COMMANDS["boom"] = ("tests.cli.boom", "End badly.")
    sys.exit(run(sys.argv[1:]))
