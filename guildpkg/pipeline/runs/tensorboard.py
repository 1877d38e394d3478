"""TensorBoard over some runs: a folder with a link for each, and the program of an environment that has it."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Final

from guildpkg.core.events import Output, Reporter
from guildpkg.errors import GuildError, Interrupted
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.chosen import run_of
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_summary import Summary
from guildpkg.system.process.start import run as run_program

HINT: Final = "install it where the runs' Python is: pip install tensorboard, or pip install 'guildpkg[tensorflow]'"
_ASK: Final = "import importlib.util as u, sys; sys.exit(u.find_spec('tensorboard') is None)"
_ADDRESS: Final = re.compile(rb"https?://[^\s/]+/?")
_UNFIT: Final = re.compile(r"[^\w.+=@ -]+")


@dataclass(frozen=True, slots=True)
class Served:
    """How TensorBoard is started.

    Attributes:
        host: Address that it listens on.
        port: Port; 0 for a free one.
        opened: Told its address once it is up.
    """

    host: str = "127.0.0.1"
    port: int = 0
    opened: Callable[[str], None] = lambda _: None


def serve(
    store: Runs,
    runs: Sequence[Summary],
    env: Mapping[str, str],
    report: Reporter,
    how: Served,
    *,
    trashed: bool = False,
) -> int:
    """Run TensorBoard until it ends or the user ends it.

    Args:
        store: Where the runs are.
        runs: The runs to show.
        env: The caller's environment.
        report: Told what it says.
        how: How it is started.
        trashed: True where the runs lie in the trash.

    Returns:
        Its exit code; 0 after Ctrl-C.

    Raises:
        GuildError: It is not installed.
    """
    folders = [run_of(store, run, trashed=trashed) for run in runs]
    program = find_program(folders, env)
    said = bytearray()

    def hear(stream: str, data: bytes) -> None:
        report(Output(stream, data))
        if len(said) < 1 << 16:
            before = _ADDRESS.search(said)
            said.extend(data)
            if before is None and (found := _address(bytes(said))):
                how.opened(found)

    with tempfile.TemporaryDirectory(prefix="guild-tensorboard-") as folder:
        lay_links(zip(runs, folders, strict=True), Path(folder))
        words = ["--logdir", folder, "--host", how.host, "--port", str(how.port), "--window_title", "guild"]
        try:
            return run_program([*program, *words], cwd=Path(folder), env=env, on_output=hear, keep=0).returncode
        except Interrupted:
            return 0


def _address(said: bytes) -> str:
    """Find the address in what it said, once the line is whole."""
    found = next((_ADDRESS.search(line) for line in said.split(b"\n")[:-1] if b" at http" in line), None)
    return found[0].decode() if found else ""


def find_program(runs: Sequence[Run], env: Mapping[str, str]) -> list[str]:
    """Find a TensorBoard: that of the Python of the newest run that has one, of the active environment, or on the PATH.

    Raises:
        GuildError: There is none.
    """
    for python in dict.fromkeys(_pythons(runs, env)):
        if Path(python).exists():
            asked = run_program([python, "-c", _ASK], cwd=Path("/"), env=env, timeout=30)
            if asked.returncode == 0:
                return [python, "-m", "tensorboard.main"]
    found = which("tensorboard", path=env.get("PATH", ""))
    if found is None:
        raise GuildError("TensorBoard is not installed", hint=HINT)
    return [found]


def _pythons(runs: Sequence[Run], env: Mapping[str, str]) -> Iterator[str]:
    for run in runs[:20]:
        if interpreter := run.record().interpreter:
            yield interpreter
    if active := env.get("VIRTUAL_ENV") or env.get("CONDA_PREFIX"):
        yield str(Path(active, "bin", "python"))
    yield sys.executable


def lay_links(runs: Iterable[tuple[Summary, Run]], folder: Path) -> None:
    """Make a link to the files of each run, named so that people know it."""
    for run, place in runs:
        name = " ".join(part for part in (run.id[:8], run.operation.lstrip("./"), run.label) if part)
        (folder / _UNFIT.sub("_", name)[:100].strip()).symlink_to(place.files)
