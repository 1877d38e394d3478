"""Runs that are done again: with the project of today, or with all that they had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.guild import guild

YAML = """\
- model: m
  operations:
    train:
      main: script
      flags: {x: 1, y: a, where: {type: path, default: null}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A project that was run once, with a flag, a label and a tag."""
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "script.py").write_text("import sys\nprint('first', *sys.argv[1:])\n")
    guild("train", "-y", "x=0.50", "where=script.py", "--label", "mine", "--tag", "t", cwd=tmp_path).ok()
    return tmp_path


def change(here: Path) -> None:
    """Change the code, and a default."""
    (here / "script.py").write_text("import sys\nprint('second', *sys.argv[1:])\n")
    (here / "guild.yml").write_text(YAML.replace("y: a", "y: b"))


def test_a_restart_has_the_flags_of_then_and_the_code_of_now(here: Path) -> None:
    change(here)
    said = guild("run", "--restart", "0", "-y", "x=2", cwd=here.parent).ok()
    assert said.out == f"second --where {here / 'script.py'} --x 2 --y a\n"
    new, old = guild("runs", "--json", cwd=here).json()
    assert (new["label"], new["tags"]) == ("mine", ["t"])
    flags = guild("runs", "info", new["id"], "--json", cwd=here).json()
    assert flags["flags"] == {"x": 2, "y": "a", "where": str(here / "script.py")}
    assert f'"restart_of": "{old["id"]}"' in Path(new["run_dir"], "run.json").read_text()


def test_a_run_from_another_has_its_code_and_flags_and_changes_nothing_of_it(here: Path) -> None:
    change(here)
    said = guild("run", "--from", "0", "-y", cwd=here.parent).ok()
    assert said.out == f"first --where {here / 'script.py'} --x 0.50 --y a\n"
    new, old = guild("runs", "--json", cwd=here).json()
    assert new["project"] == old["project"]
    assert (Path(old["run_dir"]) / "source" / "script.py").read_text().count("first") == 1
    assert f'"from_run": "{old["id"]}"' in Path(new["run_dir"], "run.json").read_text()


def test_what_differs_is_listed_and_refused_unless_it_is_forced(here: Path) -> None:
    attrs = Path(guild("list-runs", cwd=here).ok().out.strip()) / "attrs.json"
    attrs.write_text(attrs.read_text().replace('"click": "', '"click": "0.'))
    said = guild("run", "--from", "0", "-y", cwd=here).failed()
    assert "  click was 0." in said.err
    assert "--force runs it all the same" in said.steps[-1]
    assert guild("run", "--from", "0", "-y", "--force", cwd=here).ok().out.startswith("first")


def test_data_that_is_not_what_it_was_is_listed_and_leaves_no_run(tmp_path: Path) -> None:
    rules = "sourcecode: [exclude: '*.csv']"
    text = f"- model: m\n  operations:\n    train: {{exec: cat data.csv, requires: data, {rules}}}\n"
    (tmp_path / "guild.yml").write_text(text + "  resources:\n    data: {sources: [data.csv]}\n")
    (tmp_path / "data.csv").write_text("then\n")
    guild("train", "-y", cwd=tmp_path).ok()
    assert guild("run", "--from", "0", "-y", cwd=tmp_path).ok().out == "then\n"
    (tmp_path / "data.csv").write_text("now\n")
    said = guild("run", "--from", "0", "-y", cwd=tmp_path).failed()
    assert "  data.csv of the resource data has another content\n" in said.err
    assert len(guild("list-runs", cwd=tmp_path).ok().out.split()) == 2


def test_what_prepare_made_is_there_for_a_run_from_another_and_is_compared(tmp_path: Path) -> None:
    """It lies in the project folder, where a ``Guild`` is run, and is too large to be kept with the source."""
    text = "[model]\n  train = t\n  prepare = prep\n  train_requires = ./data\n"
    (tmp_path / "Guild").write_text(text)
    (tmp_path / "t.py").write_text("import os\nprint(sorted(os.listdir('data')), os.getcwd())\n")
    (tmp_path / "prep.py").write_text("import os\nos.mkdir('data')\nopen('data/a.bin', 'wb').write(bytes(2 << 20))\n")
    assert "missing required './data'" in guild("train", cwd=tmp_path).failed().err
    guild("prepare", cwd=tmp_path).ok()
    guild("train", cwd=tmp_path).ok()
    said = guild("run", "--from", "0", cwd=tmp_path).ok()
    assert said.out.startswith("['a.bin'] ")
    assert said.out.endswith("/work\n")
    (tmp_path / "data/b.bin").touch()
    assert "has another content" in guild("run", "--from", "0", cwd=tmp_path).failed().err


def test_a_run_whose_project_and_source_are_gone_is_told(here: Path) -> None:
    guild("run", "--restart", "0", "train", cwd=here).failed(2)
    (here / "guild.yml").unlink()
    assert "there is no guild.yml" in guild("run", "--restart", "0", "-y", cwd=here.parent).failed().err
    assert "there is no run ffff" in guild("run", "--from", "ffff", cwd=here).failed().err
