"""The peers that are measured beside ours: each in an environment of its own, outside of the tree, made once.

``PEERS=no`` leaves them out. They lie below the system's folder for temporary files, or below GUILD_BENCH_PEERS:
guildai 0.9 (350 MB) and the part of MLflow that runs projects (70 MB).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

GUILDAI = "guildai==0.9.0"
MLFLOW = "mlflow-skinny"
_NEEDS = {
    # it needs pkg_resources, which newer releases of setuptools have no more
    GUILDAI: ("guild", [GUILDAI, "setuptools<81"]),
    MLFLOW: ("mlflow", [MLFLOW]),
}


def peer(name: str) -> Path | None:
    """Give the command of a peer, which is installed when it is not there yet.

    Returns:
        None when it is left out, which has been said by then.
    """
    command, why = _command(name)
    if command is None:
        print(f"  {name} is left out: {why}")
    return command


@cache
def _command(name: str) -> tuple[Path | None, str]:
    if os.environ.get("PEERS") == "no":
        return None, "PEERS=no"
    program, requirements = _NEEDS[name]
    place = Path(os.environ.get("GUILD_BENCH_PEERS") or Path(tempfile.gettempdir()) / "guildpkg-bench-peers") / program
    ready = place / ".ready"
    if not ready.exists():
        print(f"  (installing {name} into {place}, once)", flush=True)
        try:
            _install(place, requirements)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            return None, f"it cannot be installed: {said.strip().splitlines()[-1]}"
        ready.touch()
    return place / "bin" / program, ""


def _install(place: Path, requirements: list[str]) -> None:
    python = place / "bin" / "python"
    if shutil.which("uv"):
        commands = [
            ["uv", "venv", "-q", "--seed", "--allow-existing", "--python", sys.executable, place],
            ["uv", "pip", "install", "-q", "--python", python, *requirements],
        ]
    else:
        commands = [[sys.executable, "-m", "venv", place], [python, "-m", "pip", "install", "-q", *requirements]]
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, text=True)


def environment(**more: str) -> dict[str, str]:
    """Give an environment in which compiled modules are kept, so that nobody compiles its own at each start."""
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}, **more}
