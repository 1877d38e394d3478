"""Starting runs, as processes and as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.guild import Said, argv, guild

SHOW = "import os, sys\nprint(sys.argv[1:], os.path.basename(os.getcwd()))\nprint('oops', file=sys.stderr)\n"
YAML = """\
- model: iris
  operations:
    train:
      main: train
      flags:
        epochs: {default: 20, type: int, min: 1}
        batch-size: 64
        learning-rate: 0.01
        shuffle: no
    fail: {exec: "sh -c 'exit 7'"}
    both: {steps: [train epochs=1, fail, train epochs=2]}
"""
INI = """\
[model "softmax"]
  train   = train
  prepare = train --prepare
  evaluate = train --evaluate
[flags]
  data_dir  = data
  log_dir   = $RUNDIR
  max_steps = 1000
  fake_data =
[flags "quick"]
  max_steps = 0100
"""


@pytest.fixture
def yaml(tmp_path: Path) -> Path:
    (tmp_path / "guild.yml").write_text(YAML)
    (tmp_path / "train.py").write_text(SHOW)
    return tmp_path


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    (tmp_path / "Guild").write_text(INI)
    (tmp_path / "train.py").write_text(SHOW)
    return tmp_path


def answered(answer: str, *words: str, cwd: Path) -> Said:
    """Run a command and type an answer."""
    ended = subprocess.run(argv(*words), cwd=cwd, input=answer.encode(), capture_output=True, timeout=60, check=False)
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def test_the_prompt_shows_the_flags_and_enter_accepts_them(yaml: Path) -> None:
    said = answered("\n", "train", cwd=yaml).ok()
    assert said.out == "['--batch-size', '64', '--epochs', '20', '--learning-rate', '0.01'] files\n"
    assert said.err == (
        "You are about to run ./iris:train\n  batch-size: 64\n  epochs: 20\n  learning-rate: 0.01\n  shuffle: false\n"
        "Continue? (Y/n) oops\n"
    )


def test_any_other_answer_runs_nothing(yaml: Path) -> None:
    assert answered("n\n", "train", cwd=yaml).ok().out == ""
    assert guild("runs", cwd=yaml).ok().out == ""


def test_without_an_answer_the_way_out_is_named(yaml: Path) -> None:
    assert "-y goes on without asking" in guild("train", cwd=yaml).failed().err


def test_a_guild_file_runs_at_once_in_its_folder_with_its_flags_as_they_stand(ini: Path) -> None:
    said = guild("train", "--profile", "quick", "-F", "dropout=0.90", cwd=ini).ok()
    rundir = guild("list-runs", cwd=ini).ok().out.strip() + "/files"
    words = ["--data_dir", "data", "--log_dir", rundir, "--max_steps", "0100", "--fake_data", "--dropout", "0.90"]
    assert said.out == f"{words} {ini.name}\n"


def test_names_and_values_of_every_legal_byte_reach_the_script_and_the_record(tmp_path: Path) -> None:
    name = "".join(chr(byte) for byte in range(0x21, 0x7F) if chr(byte) not in "=:/") + "\u00e9\u2603"
    value = bytes(range(1, 256))
    flags = json.dumps({f"n{name}": "x", "help": "x", "rf": "x"}, ensure_ascii=False)
    (tmp_path / "guild.yml").write_text(f"- model: m\n  operations:\n    train: {{main: script, flags: {flags}}}\n")
    code = "import os, sys\nsys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))\n"
    (tmp_path / "script.py").write_text(code)
    words = [f"n{name}=".encode() + value, b"help=--help", b"rf=-rf /"]
    done = subprocess.run([*argv("train", "-y"), *words], cwd=tmp_path, capture_output=True, check=True)
    wanted = [b"--help=--help", f"--n{name}".encode(), value, b"--rf=-rf /"]
    assert done.stdout.split(b"\0") == wanted
    kept = guild("runs", "info", "--json", cwd=tmp_path).ok().json()["flags"]
    assert kept == {"help": "--help", f"n{name}": os.fsdecode(value), "rf": "-rf /"}


def test_prepare_of_a_guild_file_is_no_run(ini: Path) -> None:
    assert guild("prepare", cwd=ini).ok().out.startswith("['--prepare', '--data_dir', 'data'")
    assert guild("runs", cwd=ini).ok().out == ""


def test_the_code_of_the_operation_is_passed_through(yaml: Path) -> None:
    assert guild("run", "fail", "-y", cwd=yaml).failed(7).out == ""


def test_steps_run_one_after_the_other_until_one_fails(yaml: Path) -> None:
    said = guild("run", "both", "-y", cwd=yaml).failed(7)
    assert "'--epochs', '1'" in said.out
    assert [row["operation"] for row in guild("runs", "--json", cwd=yaml).json()] == ["iris:fail", "iris:train"]


def test_all_that_is_wrong_with_the_flags_is_told_at_once(yaml: Path) -> None:
    said = guild("train", "epochs=x", "learning-rat=1", cwd=yaml).failed()
    assert said.err == (
        "guild: guild.yml:3: train has no flag learning-rat (did you mean learning-rate?)\n"
        "guild.yml:6: flag epochs: 'x' is not a whole number\n"
    )


def test_evaluate_of_a_guild_file_goes_into_the_run_that_is_named_or_the_latest(ini: Path) -> None:
    guild("train", cwd=ini).ok()
    rundir = guild("list-runs", cwd=ini).ok().out.strip()
    for words in (["-L"], [rundir], [rundir + "/files"], [rundir[-8:]], ["softmax", "-L"]):
        assert f"'--log_dir', '{rundir}/files'" in guild("evaluate", *words, cwd=ini).ok().out
    assert len(guild("list-runs", cwd=ini).ok().out.split()) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "either RUNDIR or --latest-run is required"),
        (["-L"], 1, "there are no runs of ./softmax"),
        (["-L", "1a2b3c4d"], 2, "--latest-run cannot be used with RUNDIR"),
        (["1a2b3c4d"], 1, "there is no run 1a2b3c4d"),
        (["."], 1, ". does not contain run data"),
    ],
    ids=["no run named", "no run there", "two named", "unknown", "a folder"],
)
def test_what_is_to_be_evaluated_has_to_be_a_run(words: list[str], code: int, message: str, ini: Path) -> None:
    assert message in guild("evaluate", *words, cwd=ini).failed(code).err


def test_an_installed_package_is_trained_in_a_private_copy_of_its_tree(tmp_path: Path) -> None:
    code = "import os, helper\nopen('mark', 'w').close()\nprint(os.getcwd())\n"
    tree = Path(os.environ["GUILD_HOME"]) / "packages" / "mnist-src-1"
    (tree / "lib").mkdir(parents=True)
    for name, text in {"Guild": INI, "train.py": code, "helper.py": "", "lib/data": "x"}.items():
        (tree / name).write_text(text)
    said = guild("train", "mnist-src/softmax", "max_steps=5", cwd=tmp_path).ok()
    work = Path(said.out.strip())
    assert (work.name, work.parent.parent.name) == ("work", "runs")
    assert {path.name for path in work.iterdir()} == {"Guild", "train.py", "helper.py", "lib", "mark"}
    assert {path.name for path in tree.iterdir()} == {"Guild", "train.py", "helper.py", "lib"}
    row = guild("runs", "--json", cwd=tmp_path).json()[0]
    assert (row["operation"], row["title"], row["package"]) == (
        "softmax:train",
        "mnist-src/softmax:train",
        "mnist-src-1",
    )
    assert "  mnist-src/softmax:train  " in guild("runs", "-o", "mnist-src", cwd=tmp_path).ok().out
    assert guild("train", "mnist-src", cwd=tmp_path).ok().out.startswith(str(work.parent.parent))


def test_python_leaves_nothing_compiled_in_an_installed_tree_nor_looks_elsewhere_for_what_is(tmp_path: Path) -> None:
    """Also where the run works in its own folder, and for root, who may write into the tree."""
    tree = Path(os.environ["GUILD_HOME"]) / "packages" / "net-1"
    tree.mkdir(parents=True)
    text = "- model: net\n  operations:\n    train: {main: train}\n"
    code = "import sys, helper\nprint(sys.pycache_prefix)\n"
    for name, content in {"guild.yml": text, "train.py": code, "helper.py": ""}.items():
        (tree / name).write_text(content)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    assert guild("train", "-y", "net/net", cwd=tmp_path, env=env).ok().out == "None\n"
    assert {path.name for path in tree.iterdir()} == {"guild.yml", "train.py", "helper.py"}


def test_an_interpreter_that_the_operation_does_not_want_is_refused(yaml: Path) -> None:
    (yaml / "guild.yml").write_text("- model: m\n  operations: {train: {main: train, python-requires: '>= 99'}}\n")
    said = guild("train", "-y", cwd=yaml).failed()
    assert said.steps[0].startswith("guild: train wants Python >= 99, and ")
    assert said.steps[1] == "  hint: --python names another one"
    assert "there is no Python at nowhere" in guild("train", "--python", "nowhere", cwd=yaml).failed().err
