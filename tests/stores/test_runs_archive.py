"""Runs in one archive: all of them come out as they went in, or none does."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import zstandard

from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import Slot
from guildpkg.core.digests import Entry, sha256
from guildpkg.core.events import Warn, silent
from guildpkg.core.runs.bundle import Packed, from_bytes, to_bytes
from guildpkg.core.runs.record import Process, RunId
from guildpkg.errors import ArchiveError, Exists, GuildError, IntegrityError, Unknown
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_export import export_runs
from guildpkg.stores.runs_folder import Run
from guildpkg.stores.runs_import import import_runs, list_runs
from guildpkg.stores.runs_repair import troubles
from guildpkg.system.disk import scan
from guildpkg.system.process.alive import this_host
from tests.support.records import put_run
from tests.support.runs import Heard, record

NAME = "20180308T101212Z-00000001"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two runs with every kind of thing in them."""
    home = tmp_path / "home"
    first, second = put_run(home, 1, label="first"), put_run(home, 2, code=3)
    (first.path / "output").write_bytes(b"10%\r100%\n")
    put_run(first.path, 3, operation="iris:evaluate", code=1)  # an operation that went into it
    (first.files / "empty").mkdir()
    os.mkdir(os.fsencode(first.files) + b"/odd \xff")  # noqa: PTH102 - raw bytes
    (first.files / "model.bin").write_bytes(random.Random(1).randbytes(3_000_000))
    (first.files / "run.sh").write_text("#!/bin/sh\n")
    (first.files / "run.sh").chmod(0o755)
    (first.files / "latest").symlink_to("model.bin")
    (tmp_path / "data.csv").write_text("1,2\n")
    (second.files / "data.csv").symlink_to(tmp_path / "data.csv")
    (second.files / "gone").symlink_to("/no/such/file")
    return home


def test_a_link_to_itself_stays_one_and_a_pipe_is_left_out_and_named(home: Path, tmp_path: Path) -> None:
    run = Run(home / "runs" / NAME)
    (run.files / "round").symlink_to("round")
    os.mkfifo(run.files / "pipe")
    heard = Heard()
    export_runs(Runs(home), [run], tmp_path / "runs.tar.zst", heard)
    assert heard.warnings == [f"{run.short}: 'files/pipe' is no file, and is left out"]
    import_runs(Runs(tmp_path / "there"), tmp_path / "runs.tar.zst", (), silent)
    assert (tmp_path / "there" / "runs" / NAME / "files" / "round").readlink() == Path("round")


def exported(home: Path) -> Path:
    archive = home.parent / "runs.tar.zst"
    store = Runs(home)
    export_runs(store, store.all(), archive, silent)
    return archive


def test_runs_come_out_as_they_went_in(home: Path, tmp_path: Path) -> None:
    there = Runs(tmp_path / "there")
    done = import_runs(there, exported(home), (), silent)
    assert len(done.new) == 2
    for run in Runs(home).all():
        other = Run(there.folder / run.path.name)
        assert (other.record(), other.notes(), str(there.status(other))) == (
            run.record(),
            run.notes(),
            str(run.status(0)),
        )
    before, after = (scan(root / "runs" / NAME) for root in (home, tmp_path / "there"))
    assert [entry for entry in before if entry.path != b".reserve"] == list(after)
    assert list(troubles(there)) == []


def test_a_link_out_of_the_run_becomes_its_file_or_is_named(home: Path, tmp_path: Path) -> None:
    heard, store = Heard(), Runs(home)
    export_runs(store, store.all(), tmp_path / "x", heard)
    import_runs(Runs(tmp_path / "there"), tmp_path / "x", ("00000002",), silent)
    (run,) = Runs(tmp_path / "there").all()
    assert (run.files / "data.csv").read_text() == "1,2\n"
    assert not (run.files / "data.csv").is_symlink()
    assert heard.warnings == ["00000002: 'files/gone' is a link out of the run, and is left out"]
    assert isinstance(heard.events[0], Warn)


def test_importing_again_changes_nothing_and_other_content_is_refused(home: Path, tmp_path: Path) -> None:
    archive, there = exported(home), Runs(tmp_path / "there")
    import_runs(there, archive, ("00000001",), silent)
    done = import_runs(there, archive, (), silent)
    assert ([name[-1] for name in done.new], [name[-1] for name in done.known]) == (["2"], ["1"])
    (there.folder / NAME / "run.json").write_text("{}")
    with pytest.raises(Exists, match="it is another one"):
        import_runs(there, archive, (), silent)
    with pytest.raises(Unknown, match="there is no run f in the archive"):
        import_runs(there, archive, ("f",), silent)


def test_a_lost_run_is_exported_as_what_it_is(tmp_path: Path) -> None:
    """On another machine nobody could tell that its guild was killed."""
    store = Runs(tmp_path / "home")
    store.create(record(host=this_host(), maker=Process(2**22 + 1, 1)))
    export_runs(store, store.all(), tmp_path / "x", silent)
    there = Runs(tmp_path / "there")
    import_runs(there, tmp_path / "x", (), silent)
    assert str(there.status(there.latest())) == "killed (guild was killed)"


def test_a_running_run_and_a_file_that_is_there_are_refused(home: Path, tmp_path: Path) -> None:
    archive, store = exported(home), Runs(home)
    with pytest.raises(Exists):
        export_runs(store, store.all(), archive, silent)
    put_run(home, 3, code=None)
    with pytest.raises(GuildError, match="run 00000003 is running"):
        export_runs(store, store.all(), tmp_path / "y", silent)
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("part", range(8))
def test_a_damaged_archive_brings_nothing(home: Path, tmp_path: Path, part: int) -> None:
    """Cut off anywhere, or with a byte changed anywhere."""
    data = bytearray(exported(home).read_bytes())
    place = len(data) * part // 8 + 3
    if part % 2:
        del data[place:]
    else:
        data[place] ^= 0x55
    (tmp_path / "bad").write_bytes(data)
    there = Runs(tmp_path / "there")
    with pytest.raises((ArchiveError, IntegrityError)):
        import_runs(there, tmp_path / "bad", (), silent)
    assert there.all() == []
    assert list(there.folder.glob("*")) == []


RUN = b'{"schema": 1}\n'


def evil(path: bytes, kind: str = "file", target: bytes = b"", name: str = NAME) -> bytes:
    """Make an archive with one more member than a run.json."""
    rest = Entry(
        path, kind, executable=False, size=3 if kind == "file" else len(target), sha256=sha256(b"bad"), target=target
    )
    run = Entry(b"run.json", "file", executable=False, size=len(RUN), sha256=sha256(RUN))
    packed = {name: Packed(RunId("00000001" + "0" * 24), (rest, run))}
    listing, body = to_bytes(packed, "1"), b""
    slots = [(Slot(b"runs.json", "file", 0o644, len(listing)), listing)]
    slots.append(
        (Slot(name.encode() + b"/" + path, kind, 0o644, 3 if kind == "file" else 0, target), b"bad" * (kind == "file"))
    )
    slots.append((Slot(name.encode() + b"/run.json", "file", 0o644, len(RUN)), RUN))
    for slot, data in slots:
        body += tar.encode(slot, 0) + data + bytes(tar.padding(len(data)))
    return zstandard.compress(body + tar.end(len(body)))


@pytest.mark.parametrize(
    ("path", "kind", "target", "name"),
    [
        (b"../../escaped", "file", b"", NAME),
        (b"/etc/escaped", "file", b"", NAME),
        (b"files/x", "link", b"/etc/passwd", NAME),
        (b"files/x", "link", b"../../../x", NAME),
        (b"fine", "file", b"", "../../20180308T101212Z-00000001"),
        (b"fine", "file", b"", "20180308T101212Z-00000002"),
        (b"run.json/x", "file", b"", NAME),
        (b"fine", "file", b"", NAME),
    ],
    ids=["above", "absolute", "link away", "link above", "name above", "name of another", "below a file", "no record"],
)
def test_a_hostile_archive_is_refused(tmp_path: Path, path: bytes, kind: str, target: bytes, name: str) -> None:
    (tmp_path / "evil").write_bytes(evil(path, kind, target, name))
    there = Runs(tmp_path / "deep" / "there")
    with pytest.raises(GuildError):
        import_runs(there, tmp_path / "evil", (), silent)
    assert list(there.folder.glob("*")) == []
    assert {item.name for item in tmp_path.rglob("*")} <= {"evil", "deep", "there", "runs"}


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"schema": 2}', b'{"schema": 1, "runs": {"x": {"id": 1, "files": []}}}']
)
def test_a_list_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        from_bytes(data)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello")
    with pytest.raises(ArchiveError, match="x: it is no archive of runs"):
        list_runs(tmp_path / "x")
