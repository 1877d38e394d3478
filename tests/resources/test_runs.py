"""What other runs wrote, and what the user names in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import DependencyError
from guildpkg.pipeline.train.resources import Supply
from guildpkg.run.launch import Options
from guildpkg.stores.runs_folder import Run
from tests.resources.worlds import Place
from tests.support.runs import run_here

WRITE = "import os; open('model.txt', 'w').write({!r}); os.mkdir('log'); open('log/e', 'w').write('1')"
OPERATION = "- operation: train"


def trained(place: Place, text: str = "one", code: str = WRITE, **more: str) -> Run:
    """Make a run of ``m:train`` in the project."""
    _, run, _ = run_here(place.home, code.format(text), None, **{"project": str(place.project), **more})
    return run


def test_the_latest_run_counts(place: Place) -> None:
    trained(place, "one")
    latest = trained(place, "two")
    rows = place.lay(OPERATION)
    assert place.files == {"model.txt": "two", "log/e": "1"}
    assert place.told.steps == ["Resolving data dependency", f"Using output from run {latest.short} for data resource"]
    assert [(row.path, row.source) for row in rows] == [
        ("log", f"run:{latest.record().id}"),
        ("model.txt", rows[1].source),
    ]


def test_failed_runs_and_those_of_others_do_not_count(place: Place, tmp_path: Path) -> None:
    good = trained(place, "good")
    trained(place, "failed", WRITE + "; raise SystemExit(1)")
    trained(place, "other", project=str(tmp_path))
    place.lay(OPERATION)
    assert place.files["model.txt"] == "good"
    assert good.short in place.told.steps[1]


def test_without_a_run_the_way_to_one_is_said(place: Place) -> None:
    with pytest.raises(DependencyError, match="no suitable run for m:train") as caught:
        place.lay(OPERATION)
    assert "guild run m:train" in caught.value.hint


@pytest.mark.parametrize("text", ["short", "id", "folder", "path"])
def test_a_run_can_be_named(place: Place, text: str) -> None:
    named = trained(place, "one")
    trained(place, "two")
    words = {"short": named.short, "id": named.record().id, "folder": named.path.name, "path": str(named.path)}
    place.lay(OPERATION, instead=words[text])
    assert place.files["model.txt"] == "one"
    assert place.told.steps[-1] == f"Using output from run {named.short} for data resource"


def test_a_folder_stands_in_for_a_run(place: Place) -> None:
    folder = place.root / "out"
    folder.mkdir()
    (folder / "model.txt").write_text("mine")
    place.lay("- {operation: train, select: 'model.txt', rename: 'model weights'}", instead="out")
    assert place.files == {"weights.txt": "mine"}
    assert place.told.steps[-1] == "Using out for data resource"


def test_what_a_run_was_given_is_not_its_output(place: Place) -> None:
    place.write("in.csv", "in")
    needs = place.needs("- in.csv")
    options = Options(prepare=Supply(needs, place.home, "python").prepare)
    _, run, _ = run_here(place.home, WRITE.format("one"), options, project=str(place.project))
    assert (run.files / "in.csv").exists()
    place.lay(OPERATION)
    assert place.files.keys() == {"model.txt", "log/e"}
    place.lay("- {operation: train, select: in.csv}")
    assert "in.csv" in place.files


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("- a.csv", {"a.csv": "mine"}),
        ("- {file: a.csv, path: in, rename: 'a b'}", {"in/b.csv": "mine"}),
        ("- {url: 'http://127.0.0.1:9/a.csv', sha256: " + "0" * 64 + "}", {"a.csv": "mine"}),
        ("- {url: 'http://127.0.0.1:9/a.zip'}", {"mine.csv": "mine"}),
        ("- {package: digits}", {"mine.csv": "mine"}),
        ("- a.csv\n- b.csv", {"mine.csv": "mine"}),
    ],
    ids=["file", "renamed", "url", "archive", "package", "several"],
)
def test_a_file_stands_in(place: Place, data: str, wanted: dict[str, str]) -> None:
    (place.root / "mine.csv").write_text("mine")
    place.lay(data, instead="mine.csv")
    assert place.files == wanted


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("- d", {"d/x.csv": "mine"}),
        ("- {package: digits, path: in}", {"in/x.csv": "mine"}),
        ("- a.csv\n- b.csv", {"x.csv": "mine"}),
    ],
)
def test_a_folder_stands_in(place: Place, data: str, wanted: dict[str, str]) -> None:
    place.write("d/y.csv")
    (place.root / "mine").mkdir()
    (place.root / "mine/x.csv").write_text("mine")
    place.lay(data, instead="mine")
    assert place.files == wanted


def test_what_stands_in_has_to_be_there(place: Place) -> None:
    with pytest.raises(DependencyError, match="there is no file 'nowhere'"):
        place.lay("- a.csv", instead="nowhere")
    with pytest.raises(DependencyError, match="there is no run and no file 'abcdef12'"):
        place.lay(OPERATION, instead="abcdef12")
