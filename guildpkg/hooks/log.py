"""What a hook says: as bytes into its log, live to whoever listens, the end of it into the error."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Final

from guildpkg.core.events import Output, Reporter
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.system.disk import remove, room_for

LINES: Final = 20
"""Lines of a failed hook's output that the error shows."""
_TAIL: Final = 1 << 16
_WIDEST: Final = 500
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


@dataclass(slots=True)
class HookLog:
    """The log of one hook while it runs; memory does not grow with the output.

    Attributes:
        path: The file.
        report: Told of each chunk.
        quiet: The stream that is written down and not reported, if any.
        tail: The last bytes of both streams.
    """

    path: Path
    descriptor: int
    report: Reporter
    quiet: str = ""
    tail: bytearray = field(default_factory=bytearray)

    def take(self, stream: str, data: bytes) -> None:
        """Write a chunk down and pass it on.

        Raises:
            DiskFull: There is no room for it.
        """
        rest = memoryview(data)
        with room_for(self.path):
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]
        self.tail += data[-_TAIL:]
        del self.tail[:-_TAIL]
        if stream != self.quiet:
            self.report(Output(stream, data))


@contextlib.contextmanager
def logging(logs: Path, name: str, report: Reporter, *, quiet: str = "") -> Iterator[HookLog]:
    """Begin the log ``NAME.log`` in the folder *logs*, in place of the one of the last build.

    Raises:
        GuildError: The folder is a link or a file, or cannot be written to.
    """
    path = logs / f"{name}.log"
    with room_for(path):
        if logs.is_symlink() or (logs.exists() and not logs.is_dir()):
            raise GuildError(f"{logs} is not a folder of its own", hint="remove it")
        logs.mkdir(exist_ok=True)
        remove(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        yield HookLog(path, descriptor, report, quiet)
    finally:
        os.close(descriptor)


def last_lines(data: bytes, most: int = LINES) -> tuple[str, ...]:
    """Give the last lines of an output as they may be shown: without colours, control characters made visible.

    Of a line that was drawn over and over (a progress bar), only the last state counts.
    """
    text = _COLOUR.sub("", data.decode("utf-8", "replace"))
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.rstrip().split("\n")[-most:]]
    shown = [line if len(line) <= _WIDEST else f"{line[:_WIDEST]} ..." for line in lines]
    return tuple(_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line) for line in shown) if any(shown) else ()
