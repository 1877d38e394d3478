"""The commands that only read projects, as processes and as a user types them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.guild import beside, guild

LIMITED = "Limiting models to the current directory (use --all to include all)"
TEXT = """\
- model: iris
  description: DNN classifier for Iris data.
  references: [https://example.org/iris]
  operations:
    train:
      description: Train the model
      cmd: train
      flags:
        epochs: {description: Number of epochs, default: 20}
        rate: {description: Learning rate, required: yes}
  resources:
    data: {description: Training data, sources: [data.csv]}
    inner: {private: yes, sources: [x.csv]}
- model: deep
  operations: {test: {exec: make test}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "guild.yml").write_text(TEXT)
    return folder


def install(name: str, text: str, *, file: str = "Guild", below: str = "") -> None:
    folder = Path(os.environ["GUILD_HOME"]) / "packages" / name / below
    folder.mkdir(parents=True)
    (folder / file).write_text(text)


def test_the_walk_through_from_init_to_operations(tmp_path: Path) -> None:
    guild("init", "--project", "iris", cwd=tmp_path).ok()
    folder = tmp_path / "iris"
    assert beside(folder) == {"guild.yml", "train.py", "data.csv"}
    assert "Number of epochs to train (default is 20)" in guild("help", cwd=folder).ok().out
    text = (folder / "guild.yml").read_text()
    (folder / "guild.yml").write_text(text.replace("TODO - model description", "DNN classifier for Iris data"))
    said = guild("models", cwd=folder).ok()
    assert (said.out, said.steps) == ("./iris  DNN classifier for Iris data\n", [LIMITED])
    assert guild("operations", cwd=folder).ok().out == "./iris:train  Train the model\n"


def test_a_file_that_is_there_is_never_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("mine")
    said = guild("init", "--project", ".", cwd=tmp_path).failed()
    assert said.steps == [
        "guild: train.py is there already",
        "  hint: --overwrite replaces them, or name another folder",
    ]
    assert beside(tmp_path) == {"train.py"}


def test_init_writes_a_guild_file_into_an_empty_folder(tmp_path: Path) -> None:
    guild("init", cwd=tmp_path).ok()
    assert beside(tmp_path) == {"Guild"}
    assert guild("check", cwd=tmp_path).ok().steps == ["0 errors, 0 warnings"]


def test_init_wants_force_where_other_files_are(tmp_path: Path) -> None:
    (tmp_path / "mnist.py").write_text("mine")
    said = guild("init", cwd=tmp_path).failed()
    assert said.steps[0].endswith("is not an empty directory")
    assert said.steps[1] == "  hint: `guild init --force` writes it beside what is there"
    guild("init", "--force", cwd=tmp_path).ok()
    assert beside(tmp_path) == {"mnist.py", "Guild"}
    assert guild("init", "--force", cwd=tmp_path).failed().steps[0] == "guild: Guild is there already"


@pytest.mark.parametrize("words", [("--project", "new"), ("new",)], ids=["project", "guild"])
def test_a_dry_run_writes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    guild("init", "-n", *words, cwd=tmp_path).ok()
    assert beside(tmp_path) == set()


def test_rows_are_sorted_by_full_name_in_columns(here: Path) -> None:
    assert guild("models", cwd=here).ok().out == "./deep\n./iris  DNN classifier for Iris data\n"
    assert guild("ops", cwd=here).ok().out == "./deep:test\n./iris:train  Train the model\n"
    assert guild("resources", cwd=here).ok().out == "./iris:data  Training data\n"


def test_filters_look_at_names_and_descriptions(here: Path) -> None:
    assert guild("models", "CLASSIFIER", cwd=here).ok().out.startswith("./iris")
    assert guild("operations", "deep", "test", cwd=here).ok().out == "./deep:test\n"
    assert guild("models", "nothing", cwd=here).ok().out == ""


def test_a_project_above_is_found_and_named(here: Path) -> None:
    (here / "src").mkdir()
    said = guild("operations", "iris", cwd=here / "src").ok()
    assert said.out == "../iris:train  Train the model\n"
    assert said.steps == [f"Limiting models to the project in {here} (use --all to include all)"]


def test_all_adds_what_is_installed(here: Path) -> None:
    install("mnist-src-1", '[model "softmax"]\ndescription = Linear.\ntrain = t\n')
    install("broken-2", "[model\n")
    install("no-project-1", "text", file="README")
    said = guild("models", "--all", cwd=here).ok()
    assert said.out.splitlines() == [
        "./deep",
        "./iris             DNN classifier for Iris data",
        "mnist-src/softmax  Linear",
    ]
    assert len(said.steps) == 1
    assert said.steps[0].startswith("warning: the project of broken-2 cannot be read: broken-2/Guild:1: syntax error")


def test_outside_of_a_project_what_is_installed_is_listed(tmp_path: Path) -> None:
    install("mnist-src-1", '[model "softmax"]\ntrain = t\n')
    said = guild("operations", cwd=tmp_path).ok()
    assert (said.out, said.steps) == ("mnist-src/softmax:train  Train the model\n", [])
    assert "softmax" in guild("help", "mnist-src", cwd=tmp_path).ok().out


def test_json_says_more_and_nothing_else_is_on_stdout(here: Path) -> None:
    [deep, iris] = guild("models", "--json", cwd=here).ok().json()
    assert (iris["name"], iris["default"], deep["default"]) == ("./iris", True, False)
    assert (iris["operations"], iris["resources"], iris["source"]) == (["train"], ["data", "inner"], "guild.yml:1")
    [train] = guild("operations", "iris", "--json", cwd=here).ok().json()
    assert [(flag["name"], flag["default"], flag["required"]) for flag in train["flags"]] == [
        ("epochs", 20, False),
        ("rate", None, True),
    ]
    [data] = guild("resources", "--json", cwd=here).ok().json()
    assert data["sources"] == [{"kind": "file", "value": "data.csv", "mirrors": [], "sha256": ""}]


def test_verbose_adds_the_details(here: Path) -> None:
    lines = guild("operations", "-v", "iris", cwd=here).ok().out.splitlines()
    assert lines == [
        "./iris:train  Train the model",
        "  command: train",
        "  source: guild.yml:5",
        "  flag epochs: Number of epochs (default is 20)",
        "  flag rate: Learning rate (required)",
    ]


def test_help_is_a_page_about_the_project(here: Path) -> None:
    text = guild("help", "--no-pager", cwd=here).ok().out
    assert text.startswith("OVERVIEW\n")
    assert "\nMODELS\n" in text
    assert "            epochs  Number of epochs (default is 20)\n" in text
    assert "            rate    Learning rate (required)\n" in text
    assert "https://example.org/iris" in text
    assert guild("help", here, cwd=here.parent).ok().out == text
    assert guild("help", "--json", cwd=here).ok().json()["models"][1]["model"] == "iris"


def test_help_without_a_project_says_where_to_begin(tmp_path: Path) -> None:
    said = guild("help", cwd=tmp_path).failed()
    assert said.steps[0] == "guild: no help available (the current directory does not contain a model file)"
    assert guild("help", "nowhere", cwd=tmp_path).failed().steps[0].endswith("nor an installed package)")


def test_check_shows_machine_faults_and_warnings(here: Path) -> None:
    (here / "guild.yml").write_text("- model: a:b\n  descrition: x\n")
    said = guild("check", cwd=here).failed()
    assert said.out.splitlines()[0].startswith("guild_version:             ")
    assert "error: guild.yml:1: the name of a model holds ':': 'a:b'" in said.out
    assert "warning: guild.yml:2: unknown key descrition in the model a:b (did you mean description?)" in said.out
    assert said.steps == ["1 error, 1 warning"]


def test_check_speaks_json_and_warnings_do_not_fail(here: Path) -> None:
    (here / "guild.yml").write_text("- model: a\n  descrition: x\n")
    found = guild("check", "--json", cwd=here).ok().json()
    assert found["sound"] is True
    assert found["machine"]["git"].endswith("git")
    warning = {"file": "guild.yml", "line": 2, "message": "unknown key descrition in the model a"}
    assert found["project"] == {
        "files": ["guild.yml"],
        "faults": [],
        "warnings": [{**warning, "hint": "did you mean description?"}],
    }


def test_check_works_outside_of_a_project(tmp_path: Path) -> None:
    assert guild("check", "--json", cwd=tmp_path).ok().json()["project"]["files"] == []


def test_a_tool_that_guild_needs_is_missed(tmp_path: Path) -> None:
    said = guild("check", cwd=tmp_path, env={"PATH": str(tmp_path)}).failed()
    assert "error: git is not installed, and guild needs it" in said.out


@pytest.mark.parametrize("command", ["models", "operations", "resources", "help"])
def test_a_malformed_project_is_refused_with_every_fault(here: Path, command: str) -> None:
    (here / "guild.yml").write_text("- model: a:b\n  operations: {t: --x}\n")
    said = guild(command, cwd=here).failed()
    assert said.out == ""
    assert [line.partition(": ")[2][:12] for line in said.steps[:1]] == ["guild.yml:1:"]
    assert "guild.yml:2: cmd of the operation t begins with '--x'" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-P", "nowhere"), "nowhere is no folder"),
        (("-P", "empty"), "there is no guild.yml and no Guild in empty"),
        (("--project-file", "x.yml"), "x.yml is no file"),
    ],
    ids=["folder", "empty", "file"],
)
def test_a_project_that_was_named_has_to_be_there(tmp_path: Path, words: tuple[str, str], message: str) -> None:
    (tmp_path / "empty").mkdir()
    assert guild("models", *words, cwd=tmp_path).failed().steps[0] == f"guild: {message}"


def test_a_project_can_be_named_by_folder_and_by_file(here: Path) -> None:
    (here / "other.yml").write_text("- model: b\n")
    assert (
        guild("models", "-P", "work", "iris", cwd=here.parent).ok().out == "./work/iris  DNN classifier for Iris data\n"
    )
    assert guild("models", "--project-file", "work/other.yml", cwd=here.parent).ok().out == "./work/b\n"
    both = guild("models", "-P", "work", "--project-file", "work/other.yml", cwd=here.parent).failed(2)
    assert both.steps == ["guild: -P names a folder and --project-file a file: give one of them"]


def test_names_from_a_project_cannot_command_the_terminal(here: Path) -> None:
    (here / "guild.yml").write_text('- model: a\n  description: "x\\e[2Jy"\n')
    for command in ("models", "help"):
        assert "\x1b" not in guild(command, cwd=here).ok().out


TEMPLATE = """\
#-*-conf-*-

[var "module"]
  help = what trains it
  required = yes

[var "title"]
  default = {{name}} by {{module}}

# The project
[project]
  name = {{title}}

[model]
  train = {{module}}
"""


def test_the_project_of_an_installed_package_begins_a_new_one(tmp_path: Path) -> None:
    tree = Path(os.environ["GUILD_HOME"]) / "packages" / "begun-src-1"
    (tree / "lib").mkdir(parents=True)
    for name, text in {"Guild": TEMPLATE, "lib/go.sh": "#!/bin/sh\n"}.items():
        (tree / name).write_text(text)
    (tree / "lib/go.sh").chmod(0o555)
    said = guild("init", "--template", "begun-src", "mine", cwd=tmp_path).failed(2)
    assert said.steps == ["guild: Guild needs module=VALUE", "  hint: module is what trains it"]
    guild("init", "--template", "begun-src", "mine", "module=go", cwd=tmp_path).ok()
    assert (tmp_path / "mine/Guild").read_text() == (
        "#-*-conf-*-\n\n# The project\n[project]\n  name = mine by go\n\n[model]\n  train = go\n"
    )
    assert (tmp_path / "mine/lib/go.sh").stat().st_mode & 0o777 == 0o755
    said = guild("init", "--template", "begun-src", "mine", "module=x", cwd=tmp_path).failed()
    assert said.steps[0] == "guild: Guild and lib/go.sh are there already"
    assert "there is no template nowhere" in guild("init", "--template", "nowhere", cwd=tmp_path).failed().err
    assert "name it with --template" in guild("init", "mine", "a=b", cwd=tmp_path).failed(2).err
