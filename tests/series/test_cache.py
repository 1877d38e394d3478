"""What has been read of a run is kept, grows with its files, and may be damaged or deleted at any time."""

from __future__ import annotations

import itertools
import os
import random
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.runs.output import pack
from guildpkg.core.runs.record import OutputScalar
from guildpkg.core.runs.stats import HEADER, Encoder, Sample
from guildpkg.pipeline.runs import series as pipeline
from guildpkg.pipeline.runs.chosen import open_store
from guildpkg.pipeline.runs.series import series_of
from guildpkg.series.events import Events
from guildpkg.series.output import DEFAULT, Finder, Printed, State, compiled
from guildpkg.series.places import file_in
from guildpkg.series.source import Found, refresh
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.scalars import Known, ScalarCache
from guildpkg.stores.scalars_file import using
from tests.support.eventfiles import put_events, scalars
from tests.support.kills import killed_after, lasts
from tests.support.records import put_run


@pytest.fixture
def store() -> Runs:
    return open_store(Path(os.environ["GUILD_HOME"]))


@pytest.fixture
def run(store: Runs, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(pipeline, "SMALL", 0)
    run = put_run(store.home, 1)
    put_events(run.files / "train", scalars("a", *range(3000)), scalars("b", 1))
    return run


def values(store: Runs, run: Run, key: str = "tf/train/a") -> list[float]:
    found: list[float] = series_of(store, run).points(key).values.tolist()
    return found


def test_only_what_is_new_is_read(store: Runs, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert values(store, run) == [*range(3000)]
    path = next((run.files / "train").iterdir())
    with path.open("ab") as file:
        file.write(scalars("a", 7, 8, first=3000))
    offsets: list[int] = []
    true = Events.read

    def read(self: Events, handle: int, known: Known, size: int) -> Iterator[Found]:
        offsets.append(known.offset)
        return true(self, handle, known, size)

    monkeypatch.setattr(Events, "read", read)
    assert values(store, run) == [*range(3000), 7, 8]
    assert values(store, run) == [*range(3000), 7, 8]
    assert len(offsets) == 1
    assert offsets[0] > 100_000


@pytest.mark.parametrize(
    "hurt",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"nothing of ours" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:20_000]),
        lambda path: path.write_bytes(path.read_bytes()[:-30_000] + bytes(30_000)),
        lambda path: path.write_bytes(b""),
        lambda path: subprocess.run([sys.executable, "-c", OLDER, path], check=True),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["gone", "foreign", "torn", "zeros", "empty", "older", "folder"],
)
def test_a_damaged_cache_is_made_anew(store: Runs, run: Run, hurt: Callable[[Path], object]) -> None:
    values(store, run)
    hurt(store.series_cache(run))
    assert values(store, run) == [*range(3000)]
    assert list(series_of(store, run).latest) == ["tf/train/a", "tf/train/b"]


def test_twenty_kills_at_random_moments_leave_a_cache_that_is_right_or_made_anew(store: Runs, run: Run) -> None:
    """Wherever SQLite is: it writes its files without telling us."""
    cache = store.series_cache(run)
    seconds, seed = (
        lasts(lambda: values(store, run)),
        int(os.environ.get("GUILD_TEST_SEED", secrets.randbelow(1 << 32))),
    )
    chance = random.Random(seed)
    for number in range(20):
        for left in cache.parent.glob(f"{cache.name}*") if number % 2 else ():
            left.unlink()
        killed_after(lambda: values(store, run), seconds * (number + chance.random()) / 20)
        assert values(store, run) == [*range(3000)], f"GUILD_TEST_SEED={seed}"


def test_the_cache_of_a_run_goes_with_it(store: Runs, run: Run) -> None:
    values(store, run)
    cache = store.series_cache(run)
    assert cache.is_file()
    store.purge(run)
    assert list(cache.parent.iterdir()) == []


OLDER = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version = 0'); c.commit()"


def test_files_that_are_replaced_or_gone_take_their_points_with_them(store: Runs, run: Run) -> None:
    values(store, run)
    put_events(run.files / "train", scalars("c", 5))
    put_events(run.files / "eval", scalars("a", 6))
    assert list(series_of(store, run).latest) == ["tf/eval/a", "tf/train/c"]
    shutil.rmtree(run.files)
    assert list(series_of(store, run).latest) == []


def test_several_files_of_a_folder_follow_one_another(store: Runs, run: Run) -> None:
    put_events(run.files / "train", scalars("b", 8, 9, first=5), name="2.host")
    assert values(store, run, "tf/train/b") == [1, 8, 9]
    known = series_of(store, run).latest["tf/train/b"]
    assert (known.count, known.first_step, known.step, known.value) == (3, 0, 6, 9)


def test_links_are_not_followed(store: Runs, run: Run, tmp_path: Path) -> None:
    outside = put_events(tmp_path / "outside", scalars("secret", 1))
    (run.files / "linked").symlink_to(outside.parent)
    (run.files / "train" / "tfevents.link").symlink_to(outside)
    os.mkfifo(run.files / "train" / "tfevents.pipe")
    assert list(series_of(store, run).latest) == ["tf/train/a", "tf/train/b"]


def test_readers_at_once_all_read_everything(store: Runs, run: Run) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: values(store, run), range(8)))
    assert found == [[*range(3000)]] * 8


def test_a_store_that_may_only_be_read_is_read(store: Runs, run: Run) -> None:
    values(store, run)
    with (run.files / "train" / "events.out.tfevents.1.host").open("ab") as file:
        file.write(scalars("a", 9))
    code = (
        "import os, sys; from pathlib import Path\n"
        "from guildpkg.pipeline.runs import series; from guildpkg.pipeline.runs.chosen import open_store\n"
        "import numpy; series.SMALL = 0; os.setuid(65534); store = open_store(Path(sys.argv[1]))\n"
        "print(series.series_of(store, store.all()[0]).latest['tf/train/a'].count)"
    )
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    for folder in (store.home, *store.home.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    said = subprocess.run([sys.executable, "-c", code, store.home], capture_output=True, check=False, text=True)
    assert said.stdout == "3001\n", said.stderr


def test_statistics_are_series(store: Runs, run: Run) -> None:
    encoder = Encoder()
    samples = [encoder.encode(Sample(at * 10**9, {"op/mem/rss": 100.0 + at, "sys/cpu/util": 0.5})) for at in range(5)]
    stats = run.path / "stats"
    stats.write_bytes(HEADER + b"".join(samples[:2]) + samples[2][:9])
    assert values(store, run, "op/mem/rss") == [100, 101]
    stats.write_bytes(HEADER + b"".join(samples[:2]) + b"\0" * 70 + b"".join(samples[2:]))
    assert values(store, run, "op/mem/rss") == [100, 101, 102, 103, 104]
    assert series_of(store, run).points("sys/cpu/util").steps.tolist() == [0, 1, 2, 3, 4]


LINE = st.sampled_from(
    ["loss: 0.5", "step: 3", "a b: 1", "x:1", " y: 2", "z: 1e-3 ", "nan: nan", "k: 1 of 2", "", "0: 1"]
)
PRINTED_TEXT = st.lists(st.tuples(LINE, st.sampled_from(["\n", "\r", "\r\n"]))).map(
    lambda lines: "".join(text + end for text, end in lines).encode()
)


@given(text=PRINTED_TEXT | st.binary(), cuts=st.lists(st.integers(0, 200)))
def test_the_default_pattern_finds_in_many_lines_what_it_finds_in_each(text: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    found = []
    for plain in (True, False):
        finder = Finder(compiled(DEFAULT), State(), plain=plain)
        for start, end in itertools.pairwise(places):
            finder.take("stdout", 7, text[start:end])
        finder.end()
        found.append({key: (x.steps.tolist(), str(x.values.tolist())) for key, x in finder.series().items()})
    assert found[0] == found[1]


def test_scalars_are_found_in_output_that_grows(tmp_path: Path) -> None:
    patterns = (
        OutputScalar("step", r"epoch (\d+)"),
        OutputScalar("loss", "loss=(.*)"),
        OutputScalar("", r"(\w+): (\d+)"),
    )
    output, index = tmp_path / "output", tmp_path / "output.index"
    pieces = [
        ("stdout", b"loss=1\nepoch 1 lo"),
        ("stderr", b"warning: 3\n"),
        ("stdout", b"ss=0.5\rloss=x\n"),
        ("stdout", b"loss=.25"),
    ]
    found: list[tuple[str, float, int, float]] = []

    def look(cache: ScalarCache) -> None:
        for count, (stream, data) in enumerate(pieces):
            with output.open("ab") as file, index.open("ab") as record:
                record.write(pack(count, file.tell(), stream))
                file.write(data)
            place = file_in(tmp_path, "output")
            assert place is not None
            refresh(cache, [Printed(tmp_path, place, patterns, over=count == len(pieces) - 1)])
        for key, points in cache.points(cache.latest()).items():
            found.extend(
                (key, *row)
                for row in zip(points.times.tolist(), points.steps.tolist(), points.values.tolist(), strict=True)
            )

    using(tmp_path / "cache", look, keep=False)
    assert found == [
        ("out/loss", 0, 0, 1.0),
        ("out/loss", 2, 1, 0.5),
        ("out/loss", 3, 1, 0.25),
        ("out/warning", 1, 0, 3.0),
    ]
