"""What the view costs: the first chart of a long run, the list of many runs, an hour of updates; beside TensorBoard
with its loader in Rust and with that in Python, and beside the view of guildai 0.9 (``PEERS=no`` leaves guildai out).
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import google_crc32c
import httpx

from benchmarks.listing import make_peers_runs
from benchmarks.peers import GUILDAI, peer
from benchmarks.view_servers import TENSORFLOW, Server, first_points, guildai, memory, ours, tensorboard
from guildpkg.core.runs.files import to_json
from guildpkg.core.runs.record import ExitRecord, FlagRow, ProcessRecord, RunId, RunRecord
from guildpkg.stores.runs import Runs
from guildpkg.system.process.alive import this_host, this_process

START = 1_520_503_872
TAG = "loss"
PEER_RUNS = 1000
"""Runs that the view of guildai gets: ten thousand take it many minutes."""
LIST_BOUND, GROWTH_BOUND = 1.0, 0.05


def record(number: int) -> RunRecord:
    """Make the record of a run."""
    return RunRecord(
        id=RunId(f"{number:08x}" + "0" * 24),
        operation="iris:train",
        created=(START + number * 60) * 10**9,
        argv=("python", "-um", "train"),
        cwd="",
        host=this_host(),
        maker=this_process(),
        version="1",
        flags=(FlagRow("epochs", number, str(number), "model"),),
    )


def put_runs(home: Path, count: int) -> None:
    """Lay many finished runs, without the care for power cuts that real ones take."""
    for number in range(count):
        made = record(number)
        folder = home / "runs" / made.folder
        (folder / "files").mkdir(parents=True)
        (folder / "run.json").write_bytes(to_json(made))
        (folder / "process.json").write_bytes(
            to_json(ProcessRecord(this_process(), this_process(), this_host(), made.created))
        )
        (folder / "exit.json").write_bytes(to_json(ExitRecord("exit", 0, None, made.created + 10**9)))
        (folder / "heartbeat").touch()
        os.utime(folder, (START, START))


def framed(payload: bytes) -> bytes:
    """Put a payload into a record of an event file."""
    length = struct.pack("<Q", len(payload))
    return length + _masked(length) + payload + _masked(payload)


def _masked(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def event(step: int, value: float) -> bytes:
    """Write an event with one scalar."""
    tag = TAG.encode()
    inner = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    number, left = b"", step
    while left > 127:
        number, left = number + bytes([left & 127 | 128]), left >> 7
    head = b"\x09" + struct.pack("<d", START + step / 100) + b"\x10" + number + bytes([left])
    return framed(head + b"\x2a" + bytes([len(summary)]) + summary)


def put_events(folder: Path, count: int) -> Path:
    """Write an event file with so many scalars."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "events.out.tfevents.1.bench"
    version = b"brain.Event:2"
    with path.open("wb") as file:
        file.write(framed(b"\x09" + struct.pack("<d", START) + b"\x1a" + bytes([len(version)]) + version))
        for step in range(count):
            file.write(event(step, 1 / (step + 1)))
    return path


def told(what: str, seconds: float, more: str = "") -> None:
    """Print a row."""
    print(f"  {what:52} {seconds * 1000:9.0f} ms  {more}")


def chart(server: Server, run: str) -> float:
    """Ask for what the first chart of a run needs; give the seconds that it took."""
    first, charts = server.get(f"/api/runs/{run}/charts")
    key = next(iter([*charts.json()["charts"], *charts.json()["more"]]))["keys"][0]
    second, lines = server.get(f"/api/runs/{run}/series?key={key}")
    assert lines.json()["lines"][0]["values"]
    return first + second


def measure_chart(folder: Path, count: int) -> None:
    """Measure how long the first chart of a long run takes."""
    print(f"the first chart of a run with {count:,} scalars")
    run = Runs(folder / "home").create(record(1))
    run.write_end(ExitRecord("exit", 0, None, START * 10**9))
    put_events(run.files, count)
    name = record(1).id
    with ours(folder / "home") as server:
        up = time.perf_counter() - server.begun
        cold = chart(server, name)
        told("guild view: its start", up)
        told("guild view: cold", cold, f"{memory(server.process.pid):.0f} MB at most")
        told("guild view: again", chart(server, name))
        with (run.files / "events.out.tfevents.1.bench").open("ab") as file:
            file.write(b"".join(event(count + step, 0.5) for step in range(1000)))
        told("guild view: after 1,000 more", chart(server, name))
    with ours(folder / "home") as server:
        told("guild view: started again, with what it keeps", chart(server, name))
    told("guild view: start and cold", up + cold)
    rust = measure_peers_chart(folder, run.files)
    if math.isnan(rust):
        return
    verdict = "sooner" if up + cold <= rust else "LATER"
    share = f"{(up + cold) / rust:.2f} of its time"
    print(f"  guild view is there {verdict} than TensorBoard with its loader in Rust: {share}")


def measure_peers_chart(folder: Path, files: Path) -> float:
    """Measure the same chart in TensorBoard and in guildai; give the seconds of TensorBoard's loader in Rust."""
    rust = float("nan")
    if not TENSORFLOW.exists():
        print("  TensorBoard: left out, as it is not installed (make test installs it)")
    for fast in (True, False) if TENSORFLOW.exists() else ():
        with tensorboard(files, fast=fast) as server:
            seconds, most = first_points(server, f"/data/plugin/scalars/scalars?run=.&tag={TAG}")
            told(f"TensorBoard, {'loader in Rust' if fast else 'loader in Python'}: start and cold", seconds, most)
            told("  and again", server.get(f"/data/plugin/scalars/scalars?run=.&tag={TAG}")[0])
        rust = seconds if fast else rust
    if command := peer(GUILDAI):
        make_peers_runs(command, folder / "peer", 1)
        (its,) = (folder / "peer" / "runs").iterdir()
        shutil.copy(next(files.iterdir()), its)
        with guildai(command, folder / "peer") as server:
            seconds, most = first_points(server, f"/tb/{its.name}/data/plugin/scalars/scalars?run=RUN&tag={TAG}")
            told("guildai 0.9 view (its TensorBoard): start and cold", seconds, most)
    return rust


def measure_list(folder: Path, count: int) -> None:
    """Measure how long the list of many runs takes."""
    print(f"the list of {count:,} runs")
    home = folder / "many"
    put_runs(home, count)
    with ours(home) as server:
        cold, got = server.get("/api/runs")
        assert len(got.json()["runs"]) == count
        told("guild view: cold", cold, f"{len(got.content) / 1e6:.1f} MB of JSON")
        again = min(server.get("/api/runs")[0] for _ in range(3))
        told("guild view: again", again, "within the bound" if again <= LIST_BOUND else "ABOVE the bound")
        told("guild view: filtered by an expression", server.get("/api/runs?filter=status+%3D+error")[0])
        told("guild view: filtered by a flag", server.get("/api/runs?filter=flag:epochs+%3C+10")[0])
        print(f"  {'memory at most':52} {memory(server.process.pid):9.0f} MB")
    if command := peer(GUILDAI):
        few = min(count, PEER_RUNS)
        make_peers_runs(command, folder / "peer", few)
        with guildai(command, folder / "peer") as server:
            told("guildai 0.9 view: its start", time.perf_counter() - server.begun)
            for what in ("cold", "again"):
                told(f"guildai 0.9 view: {what}, {few:,} runs only", server.get("/runs")[0])
            print(f"  {'memory at most':52} {memory(server.process.pid):9.0f} MB")


@contextlib.contextmanager
def listening(server: Server, run: str) -> Iterator[list[str]]:
    """Listen to a view as the open page of a run does; gives the names of the changes that it tells of."""
    told: list[str] = []

    def listen() -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.stream("GET", f"{server.url}/api/events?run={run}", timeout=None) as got,
        ):
            told.extend(line.partition(": ")[2] for line in got.iter_lines() if line.startswith("event:"))

    threading.Thread(target=listen, daemon=True).start()
    yield told


def measure_updates(folder: Path, count: int) -> None:
    """See whether memory grows while a run is watched."""
    print(f"a run that is watched through {count:,} updates (an hour has 1,800)")
    run = Runs(folder / "live").create(record(1))
    run.write_process(ProcessRecord(this_process(), this_process(), this_host(), START * 10**9))
    path, name, sizes = put_events(run.files, 100), record(1).id, []
    with (
        ours(folder / "live") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
        listening(server, name) as told,
    ):
        for number in range(count):
            with path.open("ab") as file, (run.path / "output").open("ab") as output:
                file.write(event(100 + number, 0.5))
                output.write(f"step {number}\n".encode())
            for part in ("", "/fields", "/charts", f"/series?key=tf/{TAG}", "/output"):
                client.get(f"/api/runs/{name}{part}").raise_for_status()
            client.get("/api/runs").raise_for_status()
            if number in (count // 4, count - 1):
                sizes.append(memory(server.process.pid, "VmRSS"))
        assert {"hello", "run"} <= set(told), told
    growth = sizes[1] / sizes[0] - 1
    verdict = "within the bound" if growth <= GROWTH_BOUND else "ABOVE the bound"
    print(f"  memory after a quarter {sizes[0]:.1f} MB, at the end {sizes[1]:.1f} MB: {growth:+.1%}, {verdict}")


def main(argv: Sequence[str] = ()) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.view", description=__doc__)
    parser.add_argument("--scalars", type=int, default=1_000_000, metavar="N", help="scalars of the long run")
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="runs of the list")
    parser.add_argument("--updates", type=int, default=1800, metavar="N", help="updates of the run that is watched")
    options = parser.parse_args(list(argv))
    parts: list[tuple[Callable[[Path, int], None], int]] = [
        (measure_chart, options.scalars),
        (measure_list, options.runs),
        (measure_updates, options.updates),
    ]
    for measure, count in parts:
        with tempfile.TemporaryDirectory(prefix="guild-bench-") as place:
            measure(Path(place), count)


if __name__ == "__main__":
    main(sys.argv[1:])
