"""``guild runs`` and ``guild list-runs`` on records that runs left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from guildpkg.cli import runs_acts
from guildpkg.cli.boundary import run
from guildpkg.core.runs.record import ExitRecord, Host
from guildpkg.stores.runs import Runs
from guildpkg.system.process.alive import this_host
from tests.support.guild import Said, argv, guild
from tests.support.records import put_run


@pytest.fixture
def home() -> Path:
    """Four runs: completed, failed, labelled, and one of another project that is still running."""
    home = Path(os.environ["GUILD_HOME"])
    put_run(home, 1)
    put_run(home, 2, code=3)
    put_run(home, 3, operation="iris:evaluate", label="best of all", tags=("good",))
    put_run(home, 4, project="/elsewhere", code=None)
    return home


def runs(*words: str, cwd: Path) -> Said:
    return guild("runs", *words, cwd=cwd, env={"TZ": "UTC"})


def test_runs_are_listed_newest_first(home: Path, tmp_path: Path) -> None:
    assert runs(cwd=tmp_path).ok().out.splitlines() == [
        "[0:00000004]  iris:train     2018-03-08 10:15:12  running",
        "[1:00000003]  iris:evaluate  2018-03-08 10:14:12  completed  best of all #good",
        "[2:00000002]  iris:train     2018-03-08 10:13:12  error (3)",
        "[3:00000001]  iris:train     2018-03-08 10:12:12  completed",
    ]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ([], [4, 3, 2, 1]),
        (["-s", "completed"], [3, 1]),
        (["-s", "error", "-s", "running"], [4, 2]),
        (["-o", "evaluate"], [3]),
        (["-l", "best"], [3]),
        (["-t", "good"], [3]),
        (["-t", "bad"], []),
        (["-F", "status != completed and epochs = 10"], [4, 2]),
        (["-F", "exit_status = 3 or label contains best"], [3, 2]),
        (["-F", "started < '2018-03-08 10:14'", "-F", "duration <= 1s"], [2, 1]),
        (["-m", "2"], [4, 3]),
    ],
    ids=lambda value: " ".join(value) if value and isinstance(value[0], str) else "",
)
def test_runs_are_chosen_by_what_is_known_of_them(
    home: Path, tmp_path: Path, options: list[str], numbers: list[int]
) -> None:
    found = runs("--json", *options, cwd=tmp_path).ok().json()
    assert [int(run["id"][:8], 16) for run in found] == numbers


def test_inside_a_project_only_its_runs_are_listed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "guild.yml").write_text("- model: iris\n  operations:\n    train: train\n")
    put_run(home, 5, project=str(tmp_path))
    said = runs(cwd=tmp_path).ok()
    assert said.out.startswith("[0:00000005]")
    assert said.out.count("\n") == 1
    assert "Limiting runs to this project (use --all to include all)" in said.err
    assert runs("--all", cwd=tmp_path).ok().out.count("\n") == 5


FAULTY = "- model: a:b\n- model: c:d\n- model: iris\n  operations: {train: train}\n"
FAULT = "the name of a model holds ':': 'a:b'"
ON_RUNS = [
    *("runs", "runs list", "runs info", "list-runs", "list-attrs -L", "list-series -L", "compare", "diff 0 0", "ls"),
    *("cat --path x", "runs label 0 --set x", "runs tag 0 --add x", "runs stop", "delete-run -L -n", "runs delete -n"),
    *("runs restore", "runs purge", "runs export x.tar -n"),
]


@pytest.mark.parametrize("words", ON_RUNS)
def test_a_project_with_faults_is_warned_of_once_and_its_runs_are_there(
    tmp_path: Path, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guild.yml").write_text(FAULTY)
    home = Path(os.environ["GUILD_HOME"])
    put_run(home, 1)
    mine = put_run(home, 2, project=str(tmp_path))
    (mine.files / "x").write_text("of mine")
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["-C", str(tmp_path), *words.split()]) == 0
    said = capsys.readouterr()
    assert said.err.count("warning: ") == said.err.count(FAULT) == 1
    assert f"warning: the project has a fault: guild.yml:1: {FAULT}; and 1 more fault: see guild check\n" in said.err
    assert "00000001" not in said.out + said.err
    assert "00000002" in said.out or words not in ("runs", "runs list", "compare")


@pytest.mark.parametrize("words", ["train -y", "models", "operations", "help", "runs info --fields"])
def test_what_needs_a_project_refuses_one_with_faults(home: Path, tmp_path: Path, words: str) -> None:
    (tmp_path / "guild.yml").write_text(FAULTY)
    put_run(home, 5, project=str(tmp_path))
    said = guild(*words.split(), cwd=tmp_path).failed()
    assert said.err.startswith(f"guild: guild.yml:1: {FAULT}")
    assert said.err.count(FAULT) == 1


def test_all_that_is_known_of_a_run_is_shown(home: Path, tmp_path: Path) -> None:
    said = runs("info", "00000002", cwd=tmp_path).ok().out
    assert "status: error\ndetail: 3\nstarted: 2018-03-08T10:13:12.000000000Z\n" in said
    assert "command: python -um train --epochs 10\n" in said
    assert "flags:\n  epochs: 10\n" in said
    told = runs("info", "--json", "2", cwd=tmp_path).ok().json()
    assert (told["exit_status"], told["batch"]) == (3, None)


def test_labels_and_tags_are_set_and_taken_away(home: Path, tmp_path: Path) -> None:
    runs("label", "--set", "one", "3", cwd=tmp_path).ok()
    runs("tag", "--add", "a", "--add", "b", "2:3", cwd=tmp_path).ok()
    runs("tag", "--remove", "a", "3", cwd=tmp_path).ok()
    runs("label", "--clear", "1", cwd=tmp_path).ok()
    found = runs("--json", cwd=tmp_path).ok().json()
    assert [(run["label"], run["tags"]) for run in found] == [
        ("", []),
        ("", ["good"]),
        ("", ["a", "b"]),
        ("one", ["b"]),
    ]


def test_a_deleted_run_can_be_restored_and_a_purged_one_not(home: Path, tmp_path: Path) -> None:
    runs("delete", "-y", "2:3", cwd=tmp_path).ok()
    assert [run["id"][:8] for run in runs("--json", cwd=tmp_path).ok().json()] == ["00000004", "00000003"]
    runs("restore", "-y", "00000001", cwd=tmp_path).ok()
    runs("purge", "-y", cwd=tmp_path).ok()
    assert runs("--deleted", "--json", cwd=tmp_path).ok().json() == []
    assert len(runs("--json", cwd=tmp_path).ok().json()) == 3


def test_deleting_asks_first(home: Path, tmp_path: Path) -> None:
    assert "there was no answer" in runs("delete", "3", cwd=tmp_path).failed().err
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    said = subprocess.run(
        argv("runs", "delete", "3"), cwd=tmp_path, env=strict, input=b"\xff\n", capture_output=True, check=False
    )
    assert said.returncode == 1
    assert b"there was no answer: what was written is no text\n" in said.stderr
    assert "delete 1 run:" in runs("delete", "-n", "3", cwd=tmp_path).ok().err
    assert len(runs("--json", cwd=tmp_path).ok().json()) == 4


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["info", "9"], 1, "there is no run 9"),
        (["info", "ffffffff"], 1, "there is no run ffffffff"),
        (["info", "0"], 0, ""),
        (["info", "\u00b2"], 1, "there is no run \u00b2"),
        (["info", "9" * 5000], 1, "there is no run 9"),
        (["info", "0:1"], 1, "0:1 means 2 runs"),
        (["delete", "7:9", "-y"], 1, "there are no runs 7:9"),
        (["delete", "0", "-y"], 1, "run 00000004 is running"),
        (["-s", "complete"], 2, "'complete' is no status"),
        (["-F", "status = complete"], 2, "at character 10: 'complete' is no status"),
        (["-F", "epoch > 3"], 0, "warning: no run has a flag or scalar epoch; did you mean epochs?"),
        (["label", "0"], 2, "say what the label is to be"),
        (["tag", "0"], 2, "say which tags"),
        (["-a", "info"], 2, "--all before info would not be heeded"),
        (["info", "-P", "nowhere"], 1, "nowhere is no folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_told(home: Path, tmp_path: Path, words: list[str], code: int, message: str) -> None:
    said = runs(*words, cwd=tmp_path)
    assert said.code == code, said.err
    assert message in said.err


def test_the_folders_of_runs_are_printed(home: Path, tmp_path: Path) -> None:
    said = guild("list-runs", "--completed", cwd=tmp_path).ok().out.splitlines()
    assert [Path(line).name[-8:] for line in said] == ["00000003", "00000001"]
    assert all((Path(line) / "run.json").is_file() for line in said)


def test_no_runs_is_no_error(tmp_path: Path) -> None:
    said = runs(cwd=tmp_path).ok()
    assert (said.out, said.err) == ("", "There are no runs yet: `guild train` makes one\n")
    assert guild("list-runs", "--json", cwd=tmp_path).ok().json() == []


def test_output_and_files_of_a_run_are_shown_as_they_are(home: Path, tmp_path: Path) -> None:
    run = put_run(home, 6)
    (run.path / "output").write_bytes(b"10%\r100%\n\xff\n")
    (run.files / "model").mkdir()
    (run.files / "model" / "w.txt").write_text("1 2 3\n")
    (run.files / "out").symlink_to("/etc/passwd")
    argv = [sys.executable, "-m", "guildpkg", "cat", "--output"]
    assert subprocess.run(argv, cwd=tmp_path, capture_output=True, check=True).stdout == b"10%\r100%\n\xff\n"
    assert guild("cat", "0", "-p", "model/w.txt", cwd=tmp_path).ok().out == "1 2 3\n"
    assert guild("ls", cwd=tmp_path).ok().out == "model/\nmodel/w.txt\nout\n"
    assert "out leads out of the run" in guild("cat", "-p", "out", cwd=tmp_path).failed().err
    (run.files / "round").symlink_to("round")
    assert "has no file round" in guild("cat", "-p", "round", cwd=tmp_path).failed().err
    assert "has no file x" in guild("cat", "-p", "x", cwd=tmp_path).failed().err


def test_a_run_is_deleted_by_its_folder(home: Path, tmp_path: Path) -> None:
    run = put_run(home, 6)
    said = guild("delete-run", run.files, cwd=tmp_path).ok()
    assert said.err == f"Deleting {run.path}\n"
    assert not run.path.exists()
    assert "does not contain run data" in guild("delete-run", tmp_path, cwd=tmp_path).failed().err
    assert "either RUNDIR or --latest-run is required" in guild("delete-run", cwd=tmp_path).failed(2).err


def test_what_is_damaged_is_told_and_put_right(home: Path, tmp_path: Path) -> None:
    run = put_run(home, 6)
    (run.path / "exit.json").write_text("{")
    (home / "runs/.new-00-4194305-1").mkdir()
    assert "warning: 1 run cannot be read: see guild check --repair" in runs(cwd=tmp_path).ok().err
    told = guild("check", cwd=tmp_path).failed().out
    assert f"warning: {home}/runs/.new-00-4194305-1 was never finished\n" in told
    assert f"error: {run.path}/exit.json is damaged\n" in told
    would = guild("check", "--repair", "-n", cwd=tmp_path).failed().out
    assert f"error: {run.path}/exit.json is damaged, and would be repaired\n" in would
    assert "-n is for --repair" in guild("check", "-n", cwd=tmp_path).failed(2).err
    found = guild("check", "--repair", "--json", cwd=tmp_path).json()["runs"]
    assert {(item["message"], item["repaired"]) for item in found} >= {
        ("is damaged", True),
        ("was never finished", True),
    }
    assert (run.path / "exit.json.damaged1").read_text() == "{"
    assert "00000006" in runs("-m", "1", cwd=tmp_path).ok().out
    assert "0 errors, 0 warnings" in guild("check", cwd=tmp_path).ok().err


@pytest.mark.parametrize(
    ("data", "why"), [("{", "is no record of a run: it is not JSON"), (None, "cannot be read: Is a directory")]
)
def test_the_record_of_a_run_that_cannot_be_read_is_named_once(
    home: Path, tmp_path: Path, data: str | None, why: str
) -> None:
    place = put_run(home, 6).path / "run.json"
    place.unlink()
    if data is None:
        place.mkdir()
    else:
        place.write_text(data)
    told = guild("check", cwd=tmp_path).failed().out
    assert f"error: {place} {why}\n" in told
    assert told.count(str(place)) == 1
    assert f"repaired: {place} {why}\n" in guild("check", "--repair", cwd=tmp_path).ok().out


def test_much_output_is_passed_on_as_it_is_in_little_memory(home: Path, tmp_path: Path) -> None:
    run = put_run(home, 7)
    line = b"\r 50%|#####     | \xff" + bytes(range(256))
    (run.path / "output").write_bytes(line * 200_000)
    code = "import re, sys; from guildpkg.__main__ import main\ntry: main()\nfinally:\n  "
    code += "print(re.search(r'VmHWM:\\s*([0-9]+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    argv = [sys.executable, "-c", code, "cat", "--output", "0"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == line * 200_000
    assert int(done.stderr.split()[-1]) < 100_000  # kilobytes, for 55 MB


def test_a_reboot_and_a_lost_host_are_told_and_recorded_by_a_repair(tmp_path: Path) -> None:
    """The runs are those of another boot, and of a host that gave its last sign of life long ago."""
    home = Path(os.environ["GUILD_HOME"])
    for number, host in enumerate((replace(this_host(), boot="before"), Host("elsewhere", "boot"))):
        run = put_run(home, number, code=None)
        process = run.process()
        assert process is not None
        run.write_process(replace(process, host=host))
        run.beat(run.record().created)
    told = [(row["status"], row["detail"]) for row in guild("runs", "--json", cwd=tmp_path).ok().json()]
    assert told == [("killed", "host lost"), ("killed", "reboot")]
    guild("check", "--repair", cwd=tmp_path).ok()
    assert [run.ended() is not None for run in Runs(home).all()] == [True, True]
    assert [(row["status"], row["detail"]) for row in guild("runs", "--json", cwd=tmp_path).ok().json()] == told


def test_a_run_in_the_trash_is_shown_labelled_and_restored_like_any_other(home: Path, tmp_path: Path) -> None:
    run = put_run(home, 6)
    (run.path / "output").write_bytes(b"done\n")
    (run.files / "model").write_text("1\n")
    runs("delete", "-y", "0", cwd=tmp_path).ok()
    runs("label", "--deleted", "0", "--set", "x", cwd=tmp_path).ok()
    runs("tag", "--deleted", "0", "--add", "y", cwd=tmp_path).ok()
    told = runs("info", "--deleted", "--json", "0", cwd=tmp_path).ok().json()
    assert (told["label"], told["tags"]) == ("x", ["y"])
    assert guild("cat", "--output", "--deleted", cwd=tmp_path).ok().out == "done\n"
    assert guild("ls", "--deleted", "0", cwd=tmp_path).ok().out == "model\n"
    runs("restore", "-y", cwd=tmp_path).ok()
    assert "completed  x #y" in runs("-m", "1", cwd=tmp_path).ok().out


@pytest.mark.parametrize("words", [["runs", "delete", "-y"], ["runs", "stop", "-y"]])
def test_deleted_is_refused_where_it_has_no_meaning(home: Path, tmp_path: Path, words: list[str]) -> None:
    assert "--deleted: " in guild(*words, "--deleted", "0", cwd=tmp_path).failed(2).err


def test_all_runs_are_looked_at_before_the_first_is_deleted(home: Path, tmp_path: Path) -> None:
    assert "run 00000004 is running" in runs("delete", "-y", "--all", cwd=tmp_path).failed().err
    assert len(runs("--json", cwd=tmp_path).ok().json()) == 4
    runs("delete", "-y", "2:3", cwd=tmp_path).ok()
    back = next(run.path for run in Runs(home).all(trashed=True) if run.short == "00000001")
    (home / "runs" / back.name).mkdir()
    assert f"there is a run {back.name}" in runs("restore", "-y", cwd=tmp_path).failed().err
    assert len(Runs(home).all(trashed=True)) == 2


def test_what_was_done_before_something_was_in_the_way_is_said(home: Path, tmp_path: Path) -> None:
    store = Runs(home)
    (store.trash_folder / store.find("00000002").path.name).mkdir(parents=True)
    said = runs("delete", "-y", "1:2", cwd=tmp_path).failed()
    assert "\nDeleted: 1 of 2 runs (00000003)\nguild: there is a run " in said.err
    assert [run.short for run in store.all()] == ["00000004", "00000002", "00000001"]


def test_what_is_done_to_runs_is_told_by_their_ids(home: Path, tmp_path: Path) -> None:
    one = {"runs": ["00000001" + "0" * 24]}
    asked = runs("delete", "-n", "3", cwd=tmp_path).ok()
    assert asked.err.startswith("You are about to delete 1 run:\n  [00000001]  iris:train  ")
    assert "\n  [00000003]  " in f"\n{runs('export', '-n', 'x.tar.zst', '1', cwd=tmp_path).ok().err}"
    assert runs("label", "-n", "--json", "--set", "x", "3", cwd=tmp_path).ok().json() == one
    assert runs("tag", "--json", "--add", "y", "3", cwd=tmp_path).ok().json() == one
    assert runs("delete", "-y", "--json", "3", cwd=tmp_path).ok().json() == one
    told = runs("restore", "--json", "0", cwd=tmp_path).failed()
    assert (told.out, "there was no answer" in told.err) == ("", True)
    assert runs("restore", "-n", "--json", cwd=tmp_path).ok().json() == one
    assert runs("purge", "-y", "--json", cwd=tmp_path).ok().json() == one
    running = [{"id": "00000004" + "0" * 24, "status": "running", "detail": None}]
    assert runs("stop", "-n", "--json", cwd=tmp_path).ok().json() == {"runs": [running[0]["id"]], "states": running}


def test_of_each_run_that_is_to_end_it_is_told_whether_it_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run 4 goes on, run 5 ends of itself, in this very process."""
    monkeypatch.setattr(runs_acts, "PATIENCE", 0.3)
    ends = put_run(home, 5, code=None)
    monkeypatch.setattr(
        type(ends), "wish_stop", lambda run, **_: run == ends and run.write_end(ExitRecord("exit", 3, None, 1))
    )
    assert run(["-C", str(tmp_path), "runs", "stop", "-y", "--json"]) == 1
    said = capsys.readouterr()
    assert "Stopped: 1 of 2 runs (00000005 error (3))\nguild: run 00000004 goes on\n" in said.err
    assert "guild runs stop --kill 00000004 ends it at once" in said.err
    told = json.loads(said.out)
    assert told["runs"] == ["00000005" + "0" * 24]
    assert [(state["id"][:8], state["status"], state["detail"]) for state in told["states"]] == [
        ("00000005", "error", "3"),
        ("00000004", "running", None),
    ]
