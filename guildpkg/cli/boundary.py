"""The one place where errors become text and exit codes.

0 done; 1 refused or failed, with one line and a hint; 2 wrong usage; 130 interrupted; 143 terminated.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from guildpkg.cli.group import guild
from guildpkg.cli.output import Output
from guildpkg.errors import GuildError

INTERRUPTED = 130
TERMINATED = 143


def run(arguments: Sequence[str]) -> int:
    """Run a command line.

    Args:
        arguments: The words behind ``guild``.

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGTERM, _terminated)
    debug = "--debug" in arguments
    try:
        result = guild.main(args=list(arguments), prog_name="guild", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        Output.plain().error("interrupted", "")
        return INTERRUPTED
    except GuildError as error:
        if debug:
            raise
        Output.plain().error(str(error), error.hint)
        return error.exit_code
    except BrokenPipeError:
        # the reader of our output (`guild ... | head`) has seen enough
        sys.stderr.close()
        return 1
    except Exception as error:
        if debug:
            raise
        text = f"{type(error).__name__}: {error}"
        Output.plain().error(f"internal error: {text}", "this is a bug; run again with `guild --debug` and report it")
        return 1
    return result if isinstance(result, int) else 0


def _terminated(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)
