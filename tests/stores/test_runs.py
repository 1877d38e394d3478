"""The store of runs: what is made at once, what is found again, what a kill leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.core.runs.files import RunRecordError, to_json
from guildpkg.core.runs.record import ExitRecord, Host, Notes, Process, ProcessRecord, RunId, SourceRow
from guildpkg.core.runs.status import STALE
from guildpkg.errors import Exists, GuildError, Unknown
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_blobs import Blobs
from guildpkg.stores.runs_find import number_in
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_repair import repair, troubles
from guildpkg.system.process.alive import find_process, this_host, this_process
from tests.support.runs import record

DAY = 86400 * 10**9


def made(store: Runs, number: int, **more: object) -> str:
    """Make a run whose id and time tell its number."""
    run = f"{number:08x}" + "0" * 24
    created = 1520503872 * 10**9 + number * DAY
    return store.create(record(run, created=created, **more)).path.name


def ended(store: Runs, number: int, **more: object) -> str:
    name = made(store, number, **more)
    store.find(name).write_end(ExitRecord("exit", 0, None, 1))
    return name


def test_two_hundred_guilds_at_once_leave_two_hundred_sound_records(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from guildpkg.run.launch import make\nfrom guildpkg.stores.runs import Runs\n"
        "from guildpkg.core.runs.spec import RunSpec\n"
        "for n in range(50): make(RunSpec('m:train', ('true',)), Runs(Path(sys.argv[1])))\n"
    )
    guilds = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(4)]
    assert [guild.wait() for guild in guilds] == [0, 0, 0, 0]
    records = [run.record() for run in Runs(tmp_path).all()]
    assert len({found.id for found in records}) == 200
    assert {found.operation for found in records} == {"m:train"}
    assert len(list((tmp_path / "runs").iterdir())) == 200


def test_runs_are_listed_newest_first_and_found_by_what_names_them(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    names = [made(store, number) for number in (1, 3, 2)]
    assert [run.path.name for run in store.all()] == [names[1], names[2], names[0]]
    assert store.latest().path.name == names[1]
    found = [store.find(text).path.name for text in ("0", "00000002", f"{2:08x}" + "0" * 24, names[2], "20180310")]
    assert found == [names[1], names[2], names[2], names[2], names[2]]
    assert store.find(str(store.latest().path)) == store.latest()


def test_runs_of_one_second_are_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    """Their folders are named to the second."""
    store = Runs(tmp_path)
    for number in (3, 1, 2):
        store.create(record(f"{9 - number:08x}" + "0" * 24, created=1520503872 * 10**9 + number))
    assert [summary.id[7] for summary in store.summaries()] == ["6", "7", "8"]
    assert store.latest().short == "00000006"


@pytest.mark.parametrize(
    ("text", "message"),
    [("0000000", "means 2 runs"), ("f", "there is no run f"), ("../x", "there is no run"), ("", "there is no run")],
    ids=["several", "none", "a path", "nothing"],
)
def test_a_name_that_names_no_one_run_is_refused(tmp_path: Path, text: str, message: str) -> None:
    store = Runs(tmp_path)
    made(store, 1)
    made(store, 2)
    with pytest.raises(Unknown, match=message):
        store.find(text)


def test_there_is_no_latest_of_no_runs(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="there are no runs"):
        Runs(tmp_path).latest()


def test_what_fails_while_a_run_is_made_leaves_nothing(tmp_path: Path) -> None:
    def lay(folder: Path) -> None:
        (folder / "source").mkdir()
        raise GuildError("no")

    with pytest.raises(GuildError, match="no"):
        Runs(tmp_path).create(record(), lay)  # type: ignore[arg-type]
    assert list((tmp_path / "runs").iterdir()) == []


def test_the_same_run_is_not_made_twice(tmp_path: Path) -> None:
    Runs(tmp_path).create(record())
    with pytest.raises(Exists):
        Runs(tmp_path).create(record())


def test_trash_restore_and_purge(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    name = ended(store, 1)
    trashed = store.trash(store.find(name))
    assert (store.all(), [run.path.name for run in store.all(trashed=True)]) == ([], [name])
    assert store.restore(trashed).record().id[:8] == "00000001"
    store.purge(store.trash(store.find(name)))
    assert (store.all(), list((tmp_path / "trash/runs").iterdir())) == ([], [])


def test_a_running_run_is_not_deleted(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    name = made(store, 1, host=this_host(), maker=this_process())
    with pytest.raises(GuildError, match="is pending"):
        store.trash(store.find(name))


def test_changes_of_notes_at_the_same_time_are_all_made(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    run = store.create(record(label="first"))

    def tag(word: str) -> None:
        store.annotate(run, lambda notes: replace(notes, tags=(*notes.tags, word)))

    threads = [threading.Thread(target=tag, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.notes().tags) == [f"t{number}" for number in range(8)]
    assert run.notes().label == "first"


def test_notes_of_a_run_that_is_gone_make_no_file_in_its_place(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    run = store.find(ended(store, 1))
    trashed = store.trash(run)
    with pytest.raises(Unknown, match="not there any more"):
        store.annotate(run, lambda notes: replace(notes, label="x"))
    assert store.restore(trashed) == run


@pytest.mark.parametrize(
    ("word", "length", "number"),
    [
        ("0", 1, 0),
        ("1003", 1200, 1003),
        ("1003", 1003, None),
        ("00000001", 9, None),
        ("\u00b2", 9, None),
        ("", 9, None),
    ],
)
def test_a_decimal_number_within_a_listing_is_a_number_of_it(word: str, length: int, number: int | None) -> None:
    assert number_in(word, length) == number


def test_a_summary_follows_every_change_of_its_run(tmp_path: Path) -> None:
    """The cache is used (runs are over for long), and never believed against the run."""
    store = Runs(tmp_path, now=lambda: time.time_ns() + DAY)
    name = ended(store, 1, label="old")
    assert [(s.label, str(s.status)) for s in store.summaries()] == [("old", "completed")]
    assert (tmp_path / "cache/runs.json").exists()
    store.annotate(store.find(name), lambda notes: Notes("new", ("a",)))
    assert [(s.label, s.tags) for s in store.summaries()] == [("new", ("a",))]
    (tmp_path / "cache/runs.json").write_text('{"schema": 1, "runs": [[]]}')
    assert [s.name for s in store.summaries()] == [name]
    store.purge(store.find(name))
    assert store.summaries() == []


@pytest.mark.parametrize("read", ["process", "ended"])
def test_a_run_that_is_deleted_while_it_is_listed_comes_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """Files that went with it say nothing of its end or its label, least of all to the cache."""
    store = Runs(tmp_path, now=lambda: time.time_ns() + DAY)
    run = store.find(ended(store, 1, label="old"))
    store.annotate(run, lambda _: Notes("new"))
    reads = getattr(Run, read)

    def deleted(self: Run) -> object:
        found = reads(self)
        if self.path.exists():
            store.trash_folder.mkdir(parents=True)
            self.path.rename(store.trash_folder / self.path.name)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Run, read, deleted)
        assert store.summaries() == []
    store.restore(store.all(trashed=True)[0])
    assert [(s.label, str(s.status)) for s in store.summaries()] == [("new", "completed")]


def test_a_summary_comes_from_the_cache(tmp_path: Path) -> None:
    store = Runs(tmp_path, now=lambda: time.time_ns() + DAY)
    ended(store, 1)
    first = store.summaries()
    data = (tmp_path / "cache/runs.json").read_text()
    (tmp_path / "cache/runs.json").write_text(data.replace("m:train", "m:cached"))
    assert [s.operation for s in (*first, *store.summaries())] == ["m:train", "m:cached"]


def test_status_from_what_lives_here(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    run = store.create(record(host=this_host(), maker=this_process()))
    process = find_process(os.getpid())
    assert process is not None
    run.claim(ProcessRecord(process, process, this_host(), 1))
    assert str(store.status(run)) == "running"
    run.write_process(ProcessRecord(replace(process, started=1), replace(process, started=1), this_host(), 1))
    assert str(store.status(run)) == "killed (guild was killed)"
    run.write_process(ProcessRecord(process, process, replace(this_host(), boot="another"), 1))
    assert str(store.status(run)) == "killed (reboot)"
    run.write_process(ProcessRecord(process, process, Host("elsewhere"), 1))
    assert str(store.status(run)) == "running"
    os.utime(run.path / "heartbeat", ns=(0, time.time_ns() - 2 * STALE))
    assert str(store.status(run)) == "killed (host lost)"


def test_what_a_kill_left_is_put_right_once_for_all(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    gone = Process(2**22 + 1, 1)
    lost = store.create(record(host=this_host(), maker=gone))
    (lost.path / "output.index").write_bytes(bytes(30))
    (lost.path / ".attrs.json.12345678.tmp").write_text("{")
    (lost.path / ".stop.12345678.tmp").write_text("!")
    hurt = store.find(ended(store, 2))
    (hurt.path / "notes.json").write_text("")
    worse = store.find(ended(store, 3))
    (worse.path / "run.json").write_text("{}")
    (tmp_path / f"runs/.new-00-{gone.pid}-1/files").mkdir(parents=True)
    (tmp_path / f"runs/.new-01-{os.getpid()}-{this_process().started}/files").mkdir(parents=True)
    for _ in range(2):
        for trouble in list(troubles(store)):
            trouble.mend()
    assert list(troubles(store)) == []
    assert str(store.status(lost)) == "killed (guild was killed)"
    assert sorted(path.name for path in lost.path.iterdir()) == [
        *("exit.json", "files", "heartbeat", "output.index", "run.json")
    ]
    assert (hurt.notes(), (hurt.path / "notes.json.damaged1").exists()) == (Notes(), True)
    assert (tmp_path / "trash/damaged" / worse.path.name / "exit.json").exists()
    assert [path.name[:7] for path in (tmp_path / "runs").glob(".new*")] == [".new-01"]


def test_a_run_without_a_file_of_source_is_sound_without_the_folder(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    ended(store, 1, source=SourceRow("0" * 64, 0, 0))
    assert list(troubles(store)) == []
    hurt = store.find(ended(store, 2, source=SourceRow("0" * 64, 1, 5)))
    (hurt.path / "source").mkdir()
    assert [trouble.text for trouble in repair(store).mended] == ["is not the source code that was recorded"]
    assert list(troubles(store)) == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"schema": 2}'], ids=repr)
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes) -> None:
    run = Runs(tmp_path).create(record())
    (run.path / "exit.json").write_bytes(data)
    with pytest.raises(RunRecordError, match=r"exit\.json"):
        run.ended()


def test_contents_are_shared_and_collected(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    (tmp_path / "a").write_text("same")
    (tmp_path / "b").write_text("same")
    first, second = blobs.keep(tmp_path / "a"), blobs.keep(tmp_path / "b")
    blobs.link(first, tmp_path / "run1/a")
    blobs.link(second, tmp_path / "run2/x/b")
    assert (tmp_path / "run1/a").samefile(tmp_path / "run2/x/b")
    assert blobs.collect(before=2**40) == 0
    (tmp_path / "run1/a").unlink()
    (tmp_path / "run2/x/b").unlink()
    assert (blobs.collect(before=0), blobs.collect(before=2**40)) == (0, 4)


def test_a_content_that_went_bad_is_replaced(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    (tmp_path / "a").write_text("good")
    kept = blobs.keep(tmp_path / "a")
    kept.path.chmod(0o644)
    kept.path.write_text("evil")
    assert blobs.keep(tmp_path / "a").path.read_text() == "good"


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    wanted = record(tags=("a", "é"), env={"X": "\n"}, label="l")
    assert Runs(tmp_path).create(wanted).record() == wanted
    assert RunId(wanted.id) in to_json(wanted).decode()
