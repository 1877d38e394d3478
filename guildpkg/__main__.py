"""``guild`` and ``python -m guildpkg``."""

from __future__ import annotations

import sys

from guildpkg.cli.boundary import run


def main() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
