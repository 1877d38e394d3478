"""Which files make a project, and what they make together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guildpkg.errors import NoProject, ProjectError
from guildpkg.project.load import examine, files_in, find_folder, load
from tests.project.worlds import model, operation, project, warned


def test_the_nearest_folder_upwards_counts(tmp_path: Path) -> None:
    (tmp_path / "Guild").write_text("")
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    assert find_folder(inner) == tmp_path
    (tmp_path / "a" / "b" / "guild.yml").write_text("")
    assert find_folder(inner) == tmp_path / "a" / "b"


def test_a_folder_of_that_name_is_no_project_file(tmp_path: Path) -> None:
    (tmp_path / "Guild").mkdir()
    assert files_in(tmp_path) == ()


def test_guild_yml_defines_and_guild_shows(tmp_path: Path) -> None:
    shown = '[project]\nname = T\n[template "t"]\nlabel = L\n[field "f"]\n@attrs template "t"\nsource = flags\n'
    text = "- model: m\n  operations: {train: t}\n- view:\n    fields: {g: {extends: t, source: attrs}}\n"
    found = project(tmp_path, text, Guild=shown)
    assert (found.files, found.dialect, found.title) == (("guild.yml", "Guild"), "yaml", "T")
    assert operation(found).cwd_policy == "run"
    assert {field.name: field.label for field in found.fields} == {"f": "L", "g": "L"}


def test_a_model_in_both_files_is_an_error_with_both_places(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        project(tmp_path, "- model: a\n- model: m\n", Guild='\n[model "m"]\ntrain = t\n')
    message = "Guild:2: the model 'm' is defined in both project files (the other is at guild.yml:2)"
    assert str(caught.value) == message


def test_another_model_beside_guild_yml_does_not_count(tmp_path: Path) -> None:
    found = project(tmp_path, "- model: a\n", Guild='[model "m"]\ntrain = t\n[flags]\nx = 1\n')
    assert [item.name for item in found.models] == ["a"]
    assert warned(found) == [
        "1 the model 'm' does not count: guild.yml defines the models",
        "3 this section does not count: guild.yml defines the flags and resources",
    ]


def test_faults_of_both_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "guild.yml").write_text("- model: a:b\n")
    (tmp_path / "Guild").write_text("x = 1\n")
    found = examine(tmp_path, shown="../up")
    assert found.project is None
    assert [str(fault.where) for fault in found.faults] == ["../up/Guild:1", "../up/guild.yml:1"]


def test_one_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "guild.yml").write_text("- model: a\n")
    (tmp_path / "other.yml").write_text("- model: b\n")
    assert model(load(tmp_path, files=("other.yml",))).name == "b"


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "[]\n", "~\n"], ids=repr)
def test_an_empty_file_is_a_project_without_models(tmp_path: Path, text: str) -> None:
    (tmp_path / "guild.yml").write_text(text)
    assert load(tmp_path).models == ()


def test_without_a_file_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject, match=r"there is no guild\.yml and no Guild in the current folder"):
        load(tmp_path)


def test_includes_may_go_round_only_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("- include: sub/b.yml\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yml").write_text("- include: ../a.yml\n")
    with pytest.raises(ProjectError, match=r"sub/b\.yml:1: a\.yml includes itself: a\.yml -> sub/b\.yml -> a\.yml"):
        project(tmp_path, "- include: a.yml\n")


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["pipe", "folder"])
def test_an_include_that_is_no_file_is_not_waited_for(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "x.yml")
    with pytest.raises(ProjectError, match=r"guild\.yml:1: x\.yml is no file"):
        project(tmp_path, "- include: x.yml\n")


@pytest.mark.parametrize("name", ["modèle", "模型", "a&b", "x+y", "it's", '"', "{{x", "100%", "$x", "#1", "a.b_c~"])
def test_a_name_may_hold_what_has_no_other_meaning(tmp_path: Path, name: str) -> None:
    quoted = name.replace("'", "''")
    found = project(
        tmp_path, f"- model: '{quoted}'\n  operations:\n    '{quoted}': {{main: t, flags: {{'{quoted}': 1}}}}\n"
    )
    made = model(found)
    assert (made.name, made.operations[0].name, made.operations[0].flags[0].name) == (name, name, name)
