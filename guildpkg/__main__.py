"""``guild`` and ``python -m guildpkg``."""

from __future__ import annotations

import gc
import sys

from guildpkg.cli.boundary import run


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # the classes and functions that an import makes are no garbage: looking for it 40 times is a tenth of the start
    gc.set_threshold(50_000, 20, 20)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
