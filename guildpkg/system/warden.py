"""The process that ends other process groups when guild is gone; one for each guild that asks for it.

Never imported: ``system/process.py`` starts this file with the bare interpreter (``python -I -S``). In, on stdin, a
line each: ``+N`` when the group N is to end with guild, ``-N`` when it has ended. The end of stdin is guild's end.
"""

from __future__ import annotations

import os

KILL = 9


def main() -> None:
    """Listen until nobody speaks any more, then kill what is left."""
    said = b""
    while more := os.read(0, 1 << 16):
        said += more
    groups: list[int] = []
    for line in said.split(b"\n")[:-1]:
        if line.startswith(b"+"):
            groups.append(int(line[1:]))
        else:
            groups.remove(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, KILL)
        except OSError:
            continue


if __name__ == "__main__":
    main()
