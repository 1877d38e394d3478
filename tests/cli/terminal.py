"""Run `guild` on a real pseudo-terminal, and read what it shows there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tests.support.guild import argv

CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
MOVES = re.compile(r"(\r|\n|\x1b\[[0-9;?]*[A-Za-z])|([^\r\n\x1b]+)")
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


@dataclass
class Screen:
    """A terminal of so many columns, and every byte that was written to it."""

    columns: int = 80
    data: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self.master, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return
            if not piece:
                return
            self.data += piece

    def end(self) -> None:
        """Close our side and wait for the last byte."""
        os.close(self.slave)
        self.thread.join(10)
        os.close(self.master)

    @property
    def text(self) -> str:
        """What was written, without colours and movements of the cursor."""
        return CONTROL.sub(b"", bytes(self.data)).decode().replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        """What is left on the screen at the end, line by line, without empty lines."""
        rows, row, column = [""], 0, 0
        for mark, plain in MOVES.findall(bytes(self.data).decode()):
            if mark == "\r":
                column = 0
            elif mark == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif mark.endswith("A"):
                row = max(0, row - int(mark[2:-1] or 1))
            elif mark.endswith("K"):
                rows[row] = ""
            elif plain:
                rows[row] = rows[row].ljust(column)[:column] + plain + rows[row][column + len(plain) :]
                column += len(plain)
        return [line.rstrip() for line in rows if line.strip()]


@contextlib.contextmanager
def screen_file(screen: Screen) -> Iterator[TextIO]:
    """Open a screen for writing, as a process finds it at stderr; it ends with the block."""
    with os.fdopen(os.dup(screen.slave), "w", encoding="utf-8") as stream:
        yield stream
        stream.flush()
    screen.end()


def on_screen(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, columns: int = 80, stdout: int | None = None
) -> tuple[int, Screen]:
    """Run a command with stderr (and stdout, unless given) on a terminal.

    Returns:
        Its exit code, and the screen.
    """
    screen = Screen(columns)
    base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    code = subprocess.run(
        argv(*words),
        cwd=cwd,
        env={**base, "TERM": "xterm-256color", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=screen.slave if stdout is None else stdout,
        stderr=screen.slave,
        timeout=60,
        check=False,
    ).returncode
    screen.end()
    return code, screen
