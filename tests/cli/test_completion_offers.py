"""What shells are offered besides commands, options and files: runs, models, flags, indexes, packages."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from guildpkg.cli.boundary import COMPLETE
from guildpkg.cli.group import guild as group
from guildpkg.cli.shells import SHELLS
from guildpkg.core.packages.catalog import Line, Summary
from guildpkg.core.packages.search import format_lines
from guildpkg.core.runs.batches import BatchRecord, Trial
from guildpkg.core.runs.record import FlagRow
from guildpkg.index import trust
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs import Runs
from tests.cli.test_completion import complete
from tests.support.guild import guild
from tests.support.records import put_run
from tests.support.runs import record

PROJECT = """
- model: iris
  description: Flowers
  operations:
    train:
      description: Train it
      main: train
      flags:
        lr: {description: "Learning rate: small", default: 0.1}
        optimizer: {choices: [adam, sgd, {value: "ada grad", description: Odd}]}
        fast: {type: boolean, default: no}
        data: {type: path}
      profiles: {small: {lr: 1}}
      requires: words
    evaluate: {main: train}
  resources:
    words: {description: Many words, sources: [{file: guild.yml}]}
- model: digits
  operations:
    train: {main: train, flags: {depth: 2}}
    tune: {main: train}
"""
SNAG = "- model: iris\n  operations:\n    train: {main: 7, flags: nothing}\n"


@pytest.fixture
def home() -> Path:
    return Path(os.environ["GUILD_HOME"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "guild.yml").write_text(PROJECT)
    (tmp_path / "below").mkdir()
    (tmp_path / "train.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(*words: str) -> dict[str, str | None]:
    """Complete the last of *words*, in this process: what is offered, and what is said of it."""
    found = SHELLS["fish"](group, {}, "guild", COMPLETE).get_completions(list(words[:-1]), words[-1])
    return {item.value if item.type == "plain" else f"<{item.type}>": item.help for item in found}


def put_package(home: Path, entry: str, text: str) -> None:
    (home / "packages" / entry).mkdir(parents=True)
    (home / "packages" / entry / "guild.yml").write_text(text)


def tree(folder: Path) -> dict[str, int]:
    """Say of each file and folder when it was changed."""
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["train", ""], ["iris", "digits", "lr=", "optimizer=", "fast=", "data=", "words="]),
        (["train", "d"], ["digits", "data="]),
        (["train", "digits", ""], ["depth="]),
        (["train", "iris", "lr=1", "-F", "fast", ""], ["optimizer=", "data=", "words="]),
        (["train", "iris", "optimizer=a"], ["optimizer=adam", "optimizer=ada grad"]),
        (["train", "fast="], ["fast=true", "fast=false"]),
        (["train", "lr="], []),
        (["train", "data=b"], ["data=below/"]),
        (["train", "words=g"], ["words=guild.yml"]),
        (["train", "@t"], ["@train.py"]),
        (["train", "./i"], ["./iris"]),
        (["train", "nosuch", ""], []),
        (["evaluate", "d"], []),
        (["run", ""], ["train", "evaluate", "iris:train", "iris:evaluate", "digits:train", "digits:tune"]),
        (["run", "digits:t"], ["digits:train", "digits:tune"]),
        (["run", "digits:train", ""], ["depth="]),
        (["run", "train", "-F", "o"], ["optimizer="]),
        (["run", "train", "-F", "optimizer=s"], ["optimizer=sgd"]),
        (["run", "train", "--flag=optimizer=s"], ["--flag=optimizer=sgd"]),
        (["train", "-p", ""], ["small"]),
        (["models", ""], ["digits", "iris"]),
        (["operations", "digits:"], ["digits:train", "digits:tune"]),
        (["ops", "./d"], ["./digits:train", "./digits:tune"]),
        (["resources", ""], ["iris:words"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_words_of_a_start_are_models_operations_flags_and_their_values(
    words: list[str], wanted: list[str], project: Path
) -> None:
    assert list(offered(*words)) == wanted


def test_what_is_offered_is_described(project: Path) -> None:
    assert offered("train", "")["iris"] == "Flowers"
    assert offered("train", "l") == {"lr=": "Learning rate: small (default is 0.1)"}
    assert offered("train", "optimizer=ada ") == {"optimizer=ada grad": "Odd"}
    assert offered("train", "w") == {"words=": "Many words"}


def test_the_project_is_the_one_that_the_options_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert offered("train", "") == {}
    there = ["iris"]
    assert list(offered("-C", str(project), "train", "i")) == there
    assert list(offered("train", "-P", str(project), "i")) == there
    assert list(offered("train", "--project-file", str(project / "guild.yml"), "i")) == there
    assert offered("-C", "/nowhere", "train", "i") == offered("train", "-P", "/nowhere", "i") == {}


def test_models_of_installed_packages_are_offered(home: Path, project: Path) -> None:
    put_package(home, "mnist-1", "- model: deep\n  operations: {train: {main: t, flags: {width: 3}}}\n")
    put_package(home, "broken-1", SNAG)
    assert list(offered("train", "mn")) == ["mnist/deep"]
    assert list(offered("run", "mnist/deep:")) == ["mnist/deep:train"]
    assert list(offered("train", "mnist/deep", "")) == list(offered("run", "mnist/deep:train", "")) == ["width="]
    assert list(offered("models", "")) == ["digits", "iris"]
    assert list(offered("models", "-a", "mn")) == ["mnist/deep"]
    assert list(offered("help", "b")) == ["broken", "broken-1", "<dir>"]


def test_of_many_installed_packages_the_names_are_offered(home: Path, project: Path) -> None:
    for number in range(30):
        put_package(home, f"p{number:02}-1", "- model: deep\n  operations: {train: {main: t}}\n")
    assert len(offered("train", "p")) == 30
    assert "p07/" in offered("train", "p")
    assert list(offered("train", "p07/")) == ["p07/deep"]


def test_a_project_with_faults_offers_nothing_but_its_runs(home: Path, project: Path) -> None:
    put_run(home, 1, project=str(project))
    (project / "guild.yml").write_text(SNAG)
    assert offered("train", "") == offered("run", "") == offered("models", "") == {}
    assert list(offered("cat", "")) == ["00000001"]


@pytest.mark.parametrize(
    "words",
    [
        *(["runs", name] for name in ("info", "label", "tag", "delete", "export x.tar")),
        *(
            [name]
            for name in ("cat", "ls", "diff", "compare", "tensorboard", "list-attrs", "list-series", "delete-run")
        ),
        *(["run", option] for option in ("--restart", "--from")),
        ["package", "--run"],
    ],
    ids=" ".join,
)
def test_runs_are_offered_newest_first_with_what_they_are(words: list[str], home: Path, project: Path) -> None:
    put_run(home, 1, project=str(project), label="first one", tags=("a",))
    put_run(home, 2, project=str(project), operation="digits:tune", code=3)
    put_run(home, 3, project="/elsewhere")
    assert list(offered(*" ".join(words).split(), "").items()) == [
        ("00000002", "digits:tune, error (3)"),
        ("00000001", "iris:train, completed, first one #a"),
    ]


def test_runs_are_limited_as_the_options_say(home: Path, project: Path) -> None:
    for number, code in enumerate((0, 1, None)):
        put_run(home, number, project=str(project) if number else "/elsewhere", code=code)
    Runs(home).create(record("9" * 32, staged=True, project=str(project)))
    Runs(home).trash(put_run(home, 7, project=str(project)))
    assert list(offered("ls", "-a", "00")) == ["00000002", "00000001", "00000000"]
    assert list(offered("ls", "-s", "error", "")) == ["00000001"]
    assert list(offered("runs", "stop", "")) == ["00000002"]
    assert list(offered("run", "--start", "")) == ["99999999"]
    trashed = ["00000007"]
    assert list(offered("ls", "--deleted", "")) == list(offered("runs", "purge", "")) == trashed
    assert list(offered("runs", "restore", "")) == trashed
    assert list(offered("compare", "00000002", "0")) == ["00000001"]


def test_a_run_of_another_project_is_offered_to_whoever_begins_its_id(home: Path, project: Path) -> None:
    put_run(home, 1, project=str(project))
    put_run(home, 0xABC, project="/elsewhere")
    assert list(offered("ls", "00000a")) == ["00000abc"]
    assert list(offered("ls", "00000abc0")) == ["00000abc" + "0" * 24]


def test_no_more_runs_are_offered_than_a_screen_holds(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guildpkg.pipeline.runs.offered.MOST", 3)
    for number in range(5):
        put_run(home, number)
    assert list(offered("ls", "")) == ["00000004", "00000003", "00000002"]


def test_what_options_choose_runs_by_is_offered(home: Path, project: Path) -> None:
    put_run(home, 1, label="one two", tags=("a", "b"))
    put_run(home, 2, operation="digits:tune", tags=("b", "c"))
    assert list(offered("runs", "-a", "-t", "")) == ["b", "c", "a"]
    assert list(offered("runs", "-a", "-t", "b", "-t", "")) == ["c", "a"]
    assert list(offered("runs", "-a", "-l", "")) == ["one two"]
    assert list(offered("runs", "-a", "-o", "d")) == ["digits:tune"]
    assert list(offered("runs", "-s", "e")) == ["error"]
    assert offered("runs", "-s=e") == {}


def test_a_run_that_is_done_again_says_which_flags_it_has(home: Path, project: Path) -> None:
    put_run(home, 1, project=str(project), operation="digits:train", flags=(FlagRow("depth", 2, "2", "model"),))
    assert list(offered("run", "--restart", "00000001", "")) == ["depth="]
    assert offered("run", "--restart", "5", "") == offered("run", "--start", "00000001", "") == {}


def test_what_goes_into_a_run_of_its_model_is_offered_those(home: Path, project: Path) -> None:
    (project / "guild.yml").write_text(
        PROJECT.replace("evaluate: {", "evaluate: {run-policy: overlay, flags: {k: 1}, ")
    )
    put_run(home, 1, project=str(project))
    put_run(home, 2, project=str(project), operation="digits:train")
    assert list(offered("evaluate", "iris", "")) == ["00000001", "k="]
    assert list(offered("evaluate", "0")) == ["00000001"]
    assert list(offered("evaluate", "00000001", "")) == list(offered("evaluate", "-L", "iris", "")) == ["k="]


def test_batches_are_offered_newest_first(home: Path) -> None:
    for day in (1, 2):
        Batches(home).create(BatchRecord("", day * 86400 * 10**9, f"m:op{day}", trials=(Trial(),) * day))
    (home / "batches" / "19700104T000000Z-12345678").mkdir()
    assert list(offered("run", "--resume", "").values()) == ["m:op2, 2 trials", "m:op1, 1 trial"]
    first = next(iter(offered("run", "--resume", "")))
    assert list(offered("run", "--resume", first[:6])) == [first]
    assert offered("run", "--resume", first, "") == {}


def test_files_of_a_run_are_offered(home: Path, project: Path) -> None:
    for number in (1, 2):
        (put_run(home, number, project=str(project)).files / f"of{number}").mkdir()
    (Runs(home).find("00000001").files / "of1" / "model.bin").touch()
    assert list(offered("cat", "-p", "")) == ["of2/"]
    assert list(offered("cat", "00000001", "-p", "of1/")) == ["of1/model.bin"]
    assert offered("cat", "-p", "../") == {}


def test_indexes_and_what_was_on_them_are_offered(home: Path) -> None:
    trust.add(home, "lab", "https://lab.example.org/", b"root", store="", now=0)
    trust.add(home, "odd", "https://odd.example.org/", b"root", store="", now=1)
    (home / "index-trust" / "odd" / "index.json").write_text("{")
    lines = (Line("mnist", "2.1", "Digits", 3), Line("mnist-big", "1", "More", 1))
    text = format_lines(Summary(lines)).encode()
    state = json.dumps({"schema": 1, "parts": [["0", len(text)]]}).encode()
    (home / "index-trust" / "lab" / "search.lines").write_bytes(state + b"\n" + text)
    both = {"lab": "https://lab.example.org/", "odd": None}
    for words in (["publish", "--index"], ["index", "remove"], ["index", "sign"], ["install", "--index"]):
        assert offered(*words, "") == both
    assert offered("install", "--index=l") == {"--index=lab": "https://lab.example.org/"}
    assert offered("search", "mn") == {"mnist": "Digits", "mnist-big": "More"}
    assert list(offered("install", "mnist-")) == ["mnist-big", "<file>"]
    assert list(offered("yank", "mnist-")) == ["mnist-2.1", "mnist-big-1"]
    assert list(offered("yank", "mnist-2")) == ["mnist-2.1"]


def test_ones_own_index_is_offered_before_anyone_has_used_it(home: Path) -> None:
    (home / "index" / "metadata").mkdir(parents=True)
    (home / "index" / "metadata" / "timestamp.json").touch()
    assert list(offered("index", "check", "")) == ["local"]


def test_completion_writes_nothing_and_asks_nobody(
    home: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put_run(home, 1, project=str(project))
    put_package(home, "mnist-1", PROJECT)
    trust.add(home, "lab", "https://lab.example.org/", b"root", store="", now=0)
    monkeypatch.setattr(socket.socket, "connect", None)
    before = tree(home), tree(project)
    for words in (["train"], ["run"], ["ls"], ["runs", "-t"], ["search"], ["publish", "--index"], ["models", "-a"]):
        offered(*words, "")
    assert (tree(home), tree(project)) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", "guild train "),
        ("bash", "guild runs info 0"),
        ("zsh", "guild -C /nowhere ls "),
        ("fish", "guild index remove "),
    ],
)
def test_a_process_that_cannot_complete_says_nothing(shell: str, words: str, home: Path, project: Path) -> None:
    (project / "guild.yml").write_text("{")
    home.mkdir()
    for name in ("runs", "packages", "index-trust"):
        (home / name).write_text("no folder")
    env = {COMPLETE: f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    if shell == "fish":
        env["COMP_CWORD"] = words.rsplit(" ", maxsplit=1)[-1]
    said = guild(cwd=project, env=env)
    assert said.out.strip() == said.err == ""


@pytest.mark.parametrize("instruction", ["", "bash", "tcsh_complete", "bash_nothing"])
def test_a_shell_that_asks_for_what_there_is_not_hears_nothing(instruction: str, tmp_path: Path) -> None:
    said = guild(cwd=tmp_path, env={COMPLETE: instruction})
    assert (said.code, said.out, said.err) == (1, "", "")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["train", "o"], ["compopt -o nospace", "optimizer="]),
        (["train", "optimizer", "="], ["adam", "sgd", r"ada\ grad"]),
        (["train", "optimizer", "=", "ada"], ["adam", r"ada\ grad"]),
        (["train", "optimizer", "=", '"ada g'], ["ada grad"]),
        (["run", "digits", ":", "tu"], ["tune"]),
        (["run", "digits", ":", "train", "de"], ["compopt -o nospace", "depth="]),
        (["runs", "--status", "=", "co"], ["completed"]),
        (["train", "@", "gu"], ["@guild.yml"]),
        (["ls", ""], ["00000001"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bash_is_answered_as_it_splits_and_quotes(
    words: list[str], wanted: list[str], home: Path, project: Path
) -> None:
    put_run(home, 1, project=str(project))
    assert complete(*words, cwd=project) == wanted
