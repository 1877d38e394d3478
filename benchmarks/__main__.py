"""`make bench`: every measurement, one after the other."""

from __future__ import annotations

from benchmarks import applying, fetching, index, install, listing, packing, patching, runs, scalars, startup, view


def main() -> None:
    """Print all tables."""
    startup.main()
    print()
    packing.main()
    print()
    fetching.main()
    print()
    runs.main()
    print()
    index.main()
    print()
    patching.main()
    print()
    applying.main()
    print()
    listing.main()
    print()
    install.main()
    print()
    view.main()
    print()
    scalars.main()


if __name__ == "__main__":
    main()
