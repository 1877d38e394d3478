"""`make bench`: every measurement, one after the other; ``python -m benchmarks NAME...`` takes some.

A measurement that fails does not keep the others from being made; the exit code is then 1.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
import traceback

PARTS = (
    "startup",
    "packing",
    "fetching",
    "runs",
    "index",
    "patching",
    "applying",
    "listing",
    "install",
    "view",
    "scalars",
)


def main(names: list[str]) -> int:
    """Print all tables, or those of the measurements that are named."""
    failed = []
    begun = time.perf_counter()
    if os.environ.get("PEERS") == "no":
        print("peers are left out: PEERS=no\n")
    for name in names or PARTS:
        since = time.perf_counter()
        try:
            importlib.import_module(f"benchmarks.{name}").main()
        except (Exception, SystemExit) as error:
            failed.append(name)
            sys.stdout.flush()
            traceback.print_exception(error)
            if isinstance(error, subprocess.CalledProcessError) and error.stderr:
                print(error.stderr if isinstance(error.stderr, str) else error.stderr.decode(), file=sys.stderr)
        print(f"({name}: {time.perf_counter() - since:.0f} s)\n", flush=True)
    print(f"all of it took {(time.perf_counter() - begun) / 60:.0f} minutes")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
