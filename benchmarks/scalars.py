"""Reading 1,000,000 scalars of an event file: ours beside TensorBoard's readers, and again after 1,000 more.

TensorBoard is taken from ``.venv-tensorflow`` (or TF_PYTHON); without it only ours is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.peers import environment
from tests.support.eventfiles import VERSION, event, framed, simple
from tests.support.records import put_run

COUNT = int(os.environ.get("SCALARS", "1000000"))
MORE = 1000
TAGS = ("loss", "accuracy", "train/cross_entropy_1", "lr", "val/accuracy_1")
ROUNDS = 3
RATIO, MEMORY, AGAIN = 15.0, 200.0, 50.0
ROOT = Path(__file__).parents[1]

PEAK = """
def peak():
    # not that of getrusage, which a process takes over from the one that started it
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
"""

OURS = """
import json, sys, time
from pathlib import Path
begun = time.perf_counter()
from guildpkg.pipeline.runs.chosen import open_store
from guildpkg.pipeline.runs.series import series_of
import guildpkg.series.alike
store = open_store(Path(sys.argv[1]))
run = store.all()[0]
ready = time.perf_counter()
found = series_of(store, run)
first = time.perf_counter()
with next((run.files / "train").iterdir()).open("ab") as file:
    file.write(Path(sys.argv[2]).read_bytes())
grown = time.perf_counter()
more = series_of(store, run)
print(json.dumps({"import": ready - begun, "first": first - ready, "again": time.perf_counter() - grown,
    "points": [sum(one.count for one in each.latest.values()) for each in (found, more)],
    "memory": peak()}))
"""

ACCUMULATOR = """
import json, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begun = time.perf_counter()
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
first = time.perf_counter() - begun
print(json.dumps({"first": first, "points": sum(len(events.Scalars(tag)) for tag in events.Tags()["scalars"]),
    "memory": peak()}))
"""

RUST = """
import json, sys, time
from tensorboard import context
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util
begun = time.perf_counter()
ingester = server_ingester.SubprocessServerDataIngester(
    server_binary=server_ingester.get_server_binary(), logdir=sys.argv[1], reload_interval=1,
    channel_creds_type=grpc_util.ChannelCredsType.LOCAL, samples_per_plugin={"scalars": 2_000_000})
ingester.start()
data, who, last = ingester.data_provider, context.RequestContext(), int(sys.argv[2])
while True:
    found = data.list_scalars(who, experiment_id="", plugin_name="scalars")
    if found and all(one.max_step >= last for tags in found.values() for one in tags.values()):
        break
    time.sleep(0.005)
first = time.perf_counter() - begun
points = data.read_scalars(who, experiment_id="", plugin_name="scalars", downsample=2_000_000)
del ingester
count = sum(len(one) for tags in points.values() for one in tags.values())
print(json.dumps({"first": first, "points": count, "memory": 0}))
"""


def records(first: int, count: int) -> bytes:
    """Write scalars of five tags, one a record."""
    numbers = range(first, first + count)
    values = (framed(event(n // 5, simple(TAGS[n % 5], n * 0.37 % 1), time=1.7e9 + n * 0.013)) for n in numbers)
    return b"".join(values)


def ask(python: str, code: str, *words: object) -> dict[str, Any]:
    """Measure in a process of its own."""
    said = subprocess.run([python, "-c", PEAK + code, *map(str, words)], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def command(base: Path, data: bytes, more: Path) -> tuple[float, float]:
    """Time ``guild list-series -Lv`` from its start to its end: into an empty cache, and after more was written."""
    with tempfile.TemporaryDirectory(dir=base) as home:
        file = put_run(Path(home), 1).files / "train" / "events.out.tfevents.1.host"
        file.parent.mkdir()
        file.write_bytes(data)
        first = listed(Path(home))
        with file.open("ab") as grown:
            grown.write(more.read_bytes())
        return first, listed(Path(home))


def listed(home: Path) -> float:
    """List the series of the newest run, as a user does; give the seconds it took."""
    guild = Path(sys.executable).with_name("guild")
    begun = time.perf_counter()
    subprocess.run(
        [guild, "-H", home, "list-series", "-L", "-v"], cwd="/", env=environment(), capture_output=True, check=True
    )
    return time.perf_counter() - begun


def ours(base: Path, data: bytes, more: Path) -> dict[str, Any]:
    """Read into an empty cache, in a store of its own."""
    with tempfile.TemporaryDirectory(dir=base) as home:
        folder = put_run(Path(home), 1).files / "train"
        folder.mkdir()
        (folder / "events.out.tfevents.1.host").write_bytes(data)
        return ask(sys.executable, OURS, home, more)


def main() -> None:
    """Print the table."""
    python = os.environ.get("TF_PYTHON") or str(ROOT / ".venv-tensorflow" / "bin" / "python")
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        (base / "log").mkdir()
        data = VERSION + records(0, COUNT)
        (base / "log" / "events.out.tfevents.1.host").write_bytes(data)
        (base / "more").write_bytes(records(COUNT, MORE))
        mine = min((ours(base, data, base / "more") for _ in range(ROUNDS)), key=lambda found: float(found["first"]))
        assert mine["points"] == [COUNT, COUNT + MORE]
        print(f"{COUNT:,} scalars of an event file ({len(data) / 1e6:.0f} MB), best of {ROUNDS}")
        show("ours, into its cache", mine)
        print(
            f"  {'ours, after 1,000 more':24} {mine['again'] * 1000:7.1f} ms, {bound(mine['again'] * 1000, AGAIN)} ms"
        )
        print(f"  {'ours, memory':24} {mine['memory']:7.0f} MB, {bound(mine['memory'], MEMORY)} MB")
        first, again = (
            min(each) for each in zip(*(command(base, data, base / "more") for _ in range(ROUNDS)), strict=True)
        )
        print(
            f"  {'guild list-series -Lv':24} {first:7.2f} s from its start to its end; {again:.2f} s after 1,000 more"
        )
        if os.environ.get("PEERS") == "no":
            print("  TensorBoard is left out: PEERS=no")
            return
        if not Path(python).exists():
            print("  TensorBoard is left out: there is no .venv-tensorflow (make demo installs it), and no TF_PYTHON")
            return
        theirs = min(
            (ask(python, ACCUMULATOR, base / "log") for _ in range(2)), key=lambda found: float(found["first"])
        )
        show("EventAccumulator", theirs)
        ratio = theirs["first"] / mine["first"]
        verdict = "within" if ratio >= RATIO else "BELOW"
        print(f"  {'ours is faster by':24} {ratio:7.1f} times, {verdict} the bound of {RATIO:g}")
        server(python, base / "log", mine)


def server(python: str, log: Path, mine: dict[str, Any]) -> None:
    """Show the data server, where the wheel has its program."""
    try:
        rust = min(
            (ask(python, RUST, log, (COUNT - 1) // 5) for _ in range(ROUNDS)), key=lambda found: float(found["first"])
        )
    except subprocess.CalledProcessError as error:
        print(f"  the data server (written in Rust) is left out: {error.stderr.decode().splitlines()[-1]}")
        return
    show("its data server in Rust", rust)
    own = mine["import"] + mine["first"]
    verdict = "ahead" if own < rust["first"] else "NOT ahead"
    print(f"  {'ours, imports included':24} {own:7.2f} s, {verdict} of the data server, its start included")


def show(name: str, found: dict[str, Any]) -> None:
    """Print a line."""
    memory = f", {found['memory']:.0f} MB" if found["memory"] else ""
    print(f"  {name:24} {found['first']:7.2f} s, {COUNT / found['first']:,.0f} a second{memory}")


def bound(value: float, most: float) -> str:
    """Say whether a value is within its bound."""
    return f"{'within' if value <= most else 'ABOVE'} the bound of {most:g}"


if __name__ == "__main__":
    main()
