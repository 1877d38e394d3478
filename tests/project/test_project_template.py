"""What a new project begins with is sound before anybody has touched it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.names import name_problem
from guildpkg.project.ini_models import MODEL_KEYS
from guildpkg.project.ini_sections import builtin_templates
from guildpkg.project.load import load
from guildpkg.project.notes import Notes
from guildpkg.project.template import ANNOTATED, SAMPLE, name_from, template
from guildpkg.project.yaml_objects import read_objects
from guildpkg.project.yaml_tree import read_tree
from tests.project.worlds import ini, model, operation, warned


def lay(folder: Path, files: tuple[str, ...], name: str) -> Path:
    for file, text in template(files, name).items():
        (folder / file).write_bytes(text)
    return folder


def test_the_sample_is_the_project_of_the_walk_through(tmp_path: Path) -> None:
    found = load(lay(tmp_path, SAMPLE, "iris"))
    assert (model(found).name, model(found).description, warned(found)) == ("iris", "TODO - model description", [])
    assert {flag.name: flag.default for flag in operation(found).flags} == {
        "epochs": 20,
        "batch-size": 64,
        "learning-rate": 0.01,
    }
    data = model(found).resource("data")
    assert data is not None
    assert [(source.kind, source.value) for source in data.sources] == [("file", "data.csv")]


def test_the_script_of_the_sample_takes_the_flags_of_the_sample(tmp_path: Path) -> None:
    found = load(lay(tmp_path, SAMPLE, "iris"))
    words = [word for flag in operation(found).flags for word in (f"--{flag.name}", str(flag.default))]
    words[words.index("20")] = "2"
    ran = subprocess.run([sys.executable, "train.py", *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    first = "Training sample model (batch-size: 64, learning-rate: 0.01): epoch 1"
    assert ran.stdout.splitlines()[0] == first
    assert ran.stderr == ""


def test_the_annotated_file_is_a_project_without_models(tmp_path: Path) -> None:
    found = load(lay(tmp_path, ANNOTATED, "My  work"))
    assert (found.title, found.models, warned(found)) == ("My work", (), [])


def test_the_annotated_file_is_sound_when_its_comments_are_taken_away(tmp_path: Path) -> None:
    lines = template(ANNOTATED, "x")["Guild"].decode().splitlines()
    code = [line[1:] for line in lines if line.startswith("#") and (" = " in line or "[" in line[:4] or "@" in line)]
    found = ini(tmp_path, "\n".join(["[project]", "name = x", *code]))
    assert (found.title, model(found).name, found.profiles) == ("x", "NAME", ("quick",))
    assert warned(found) == []
    assert all(f"{key} " in "\n".join(code) for key in ("train", "prepare", "evaluate", "train_requires", "requires"))
    assert set(MODEL_KEYS) >= {"train", "prepare", "evaluate", "train_requires", "requires"}


def test_the_built_in_templates_are_those_of_the_walk_through() -> None:
    names = set(builtin_templates())
    wanted = ("validation-accuracy", "train-accuracy", "loss", "steps", "time")
    assert names >= {f"{name}-field" for name in wanted} | {"accuracy-series", "loss-series"}


@given(st.text(max_size=40))
def test_any_name_gives_a_file_that_says_that_name(text: str) -> None:
    name = name_from(text)
    assert name_problem(name, "a model") == ""
    notes = Notes()
    found = read_objects("guild.yml", "", lambda _, shown: read_tree(template(SAMPLE, name)["guild.yml"], shown), notes)
    assert ([top.name for top in found.objects], list(notes.faults)) == ([name], [])
