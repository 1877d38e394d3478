"""Files and folders of the project: chosen, renamed, laid as what nobody can harm."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from guildpkg.core.digests import tree_digest
from guildpkg.errors import DependencyError
from guildpkg.resources.sealing import changed, describe
from guildpkg.system.disk import scan
from tests.resources.worlds import Place


@pytest.fixture
def stocked(place: Place) -> Place:
    """A project with files."""
    for name in ("a.csv", "d/train/1.png", "d/train/2.png", "d/test/1.png", "d/notes.txt", "src/deep/b.csv"):
        place.write(name, name)
    return place


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("- a.csv", {"a.csv"}),
        ("- {file: a.csv, path: in}", {"in/a.csv"}),
        ("path: to\nsources: [{file: a.csv, path: in}]", {"to/in/a.csv"}),
        ("- {file: a.csv, rename: 'a (x)'}", set[str]()),
        ("- {file: a.csv, rename: 'a x'}", {"x.csv"}),
        ("- {file: a.csv, rename: '(.*) new/\\1'}", {"new/a.csv"}),
        ("- {file: src/deep/b.csv}", {"b.csv"}),
        ("- {file: src/deep/b.csv, preserve-path: yes}", {"src/deep/b.csv"}),
        ("- d", {"d/train/1.png", "d/train/2.png", "d/test/1.png", "d/notes.txt"}),
        ("- d/", {"d/train/1.png", "d/train/2.png", "d/test/1.png", "d/notes.txt"}),
        ("- {file: d, select: 'train/.+png'}", {"1.png", "2.png"}),
        ("- {file: d, select: 'train', rename: 'train pics'}", {"pics/1.png", "pics/2.png"}),
        ("- {file: d, select: '.+/1.png', preserve-path: yes}", {"test/1.png", "train/1.png"}),
        ("- {file: d, select: [notes.txt, test]}", {"notes.txt", "test/1.png"}),
    ],
)
def test_what_is_laid_where(stocked: Place, data: str, wanted: set[str]) -> None:
    if not wanted:
        with pytest.raises(DependencyError, match="renamed"):
            stocked.lay(data.replace("(x)", "../x"))
        return
    stocked.lay(data)
    assert stocked.files.keys() == wanted


def test_rows_say_what_files_and_folders_hash_to(stocked: Place) -> None:
    file, folder = stocked.lay("- a.csv\n- {file: d, path: in}")
    assert (file.path, file.sha256) == ("a.csv", hashlib.sha256(b"a.csv").hexdigest())
    assert (folder.path, folder.sha256) == ("in/d", tree_digest(scan(stocked.project / "d")))
    assert (file.source, file.size) == (str(stocked.project / "a.csv"), 5)


def test_a_script_cannot_harm_the_project(stocked: Place) -> None:
    stocked.lay("- d")
    shutil.rmtree(stocked.base / "d/train")
    place = stocked.base / "d/notes.txt"
    assert place.stat().st_mode & 0o222 == 0
    place.chmod(0o644)
    place.write_text("other")
    assert (stocked.project / "d/notes.txt").read_text() == "d/notes.txt"
    assert (stocked.project / "d/train/1.png").exists()


def test_changed_inputs_are_named(stocked: Place) -> None:
    stocked.lay("- d\n- a.csv")
    assert changed(stocked.seals) == ()
    (stocked.base / "a.csv").unlink()
    (stocked.base / "d/notes.txt").chmod(0o644)
    assert changed(stocked.seals)[0].path == "a.csv"
    (stocked.base / "d/notes.txt").write_text("other")
    assert describe(changed(stocked.seals)) == "d/notes.txt (changed), a.csv (deleted)"


def test_a_copy_may_be_changed(stocked: Place) -> None:
    stocked.lay("- {file: a.csv, target-type: copy}")
    (stocked.base / "a.csv").write_text("mine")
    assert changed(stocked.seals) == ()
    assert (stocked.project / "a.csv").read_text() == "a.csv"


def test_a_link_leads_to_the_file_and_never_to_a_folder(stocked: Place) -> None:
    stocked.lay("- {file: d, target-type: link}")
    assert (stocked.base / "d/notes.txt").readlink() == stocked.project / "d/notes.txt"
    assert not (stocked.base / "d/train").is_symlink()
    shutil.rmtree(stocked.base / "d")
    assert (stocked.project / "d/train/1.png").exists()


def test_links_of_the_project_are_followed(stocked: Place) -> None:
    (stocked.project / "d/again").symlink_to(stocked.project / "d")
    (stocked.project / "d/gone").symlink_to("nowhere")
    (stocked.project / "d/b.csv").symlink_to(stocked.project / "src/deep/b.csv")
    (stocked.project / "short").symlink_to("d")
    stocked.lay("- short")
    assert stocked.files["short/b.csv"] == "src/deep/b.csv"
    assert [warning.partition(" is left out: ")[2] for warning in stocked.told.warnings] == [
        "it leads back to a folder above it",
        "No such file or directory",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("- nothing.csv", "cannot find source file 'nothing.csv'"),
        ("- {file: d, select: '.+/1.png'}", "test/1.png and train/1.png would both be laid as 1.png"),
        ("- a.csv\n- {file: src/deep/b.csv, rename: 'b a'}", "file:a.csv has another file of the name a.csv"),
        ("- {file: a.csv, rename: 'a.csv d'}\n- d", "which is not a folder"),
        ("- {file: d, sha256: " + "0" * 64 + "}", "sha256 is that of one file"),
        ("- {file: a.csv, sha256: " + "0" * 64 + "}", "bad sha256 for"),
        ("- {file: d, select: notes.txt, sha256: " + "0" * 64 + "}", "bad sha256 for 'notes.txt'"),
    ],
    ids=[
        "missing",
        "one name",
        "two sources",
        "file and folder",
        "hash of a folder",
        "hash",
        "hash of what is selected",
    ],
)
def test_what_cannot_be_laid(stocked: Place, data: str, said: str) -> None:
    with pytest.raises(DependencyError) as caught:
        stocked.lay(data)
    assert said in str(caught.value)


def test_the_same_file_twice_is_one(stocked: Place) -> None:
    assert len(stocked.lay("- a.csv\n- a.csv")) == 2
    assert list(stocked.files) == ["a.csv"]


def test_nothing_selected_is_told(stocked: Place) -> None:
    stocked.lay("- {file: d, select: '.+jpg'}")
    assert stocked.told.warnings == ["nothing is laid for file:d: `select` matches none of its files"]


def test_files_of_the_user_stay(stocked: Place) -> None:
    """In a project folder, what was there is used as it is, and said to be."""
    stocked.lasting = True
    (stocked.base / "a.csv").write_text("mine")
    (row,) = stocked.lay("- a.csv")
    assert (stocked.files["a.csv"], row.sha256) == ("mine", hashlib.sha256(b"mine").hexdigest())
    assert "a.csv was there before and differs" in stocked.told.warnings[0]
    stocked.told.events.clear()
    (stocked.base / "a.csv").unlink()
    stocked.lay("- a.csv")
    stocked.lay("- a.csv")
    assert not stocked.told.warnings


def test_a_linked_folder_of_the_user_is_used_as_it_is(stocked: Place, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (stocked.base / "in").symlink_to(tmp_path / "mine")
    stocked.lay("- {file: a.csv, path: in}")
    assert not list((tmp_path / "mine").iterdir())
    assert "in is a link" in stocked.told.warnings[0]


def test_very_many_files_are_one_row(place: Place) -> None:
    for number in range(150):
        place.write(f"d/{number}.txt", str(number))
    (row,) = place.lay("- {file: d, select: '.+txt', path: in}")
    assert (row.path, row.sha256) == ("in", tree_digest(scan(place.project / "d")))
