"""``guild`` and ``python -m guildpkg``."""

from __future__ import annotations

import gc
import sys

from guildpkg.cli.boundary import run


def main() -> None:
    """Run the command line of this process and exit with its code."""
    # the classes and functions that an import makes are no garbage: looking for it 40 times is a tenth of the start
    gc.set_threshold(50_000, 20, 20)
    try:
        code = run(sys.argv[1:])
    finally:
        # nor are they at the end, where an interpreter looks through all of it a last time
        gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
