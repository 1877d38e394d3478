"""What is measured and kept beside a run: statistics, attributes, the source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guildpkg.core.digests import tree_digest
from guildpkg.core.runs.record import ResourceRow
from guildpkg.core.runs.stats import Decoder
from guildpkg.run.launch import Options
from guildpkg.run.snapshot import MOST, lay_snapshot, plan_snapshot
from guildpkg.stores.runs_blobs import Blobs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.disk import scan
from tests.support.runs import run_here

BUSY = "import time\nend = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass"
MEMORY = {f"sys/{kind}/{what}" for kind in ("mem", "swap") for what in ("total", "free", "used", "util")}


def test_statistics_of_the_tree_and_the_system(tmp_path: Path) -> None:
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])"
    _, run, _ = run_here(tmp_path, code, stats_interval=0.2)
    samples = Decoder().feed((run.path / "stats").read_bytes())
    wanted = {"op/cpu/util", "op/mem/rss", "op/mem/vms", "sys/cpu/util", "sys/cpu0/util", *MEMORY}
    assert wanted <= {key for sample in samples for key in sample.values}
    assert max(sample.values.get("op/cpu/util", 0) for sample in samples) > 0.1
    assert max(sample.values.get("op/mem/rss", 0) for sample in samples) > 5_000_000
    shares = [v for s in samples for key, v in s.values.items() if key.startswith("sys") and key.endswith("/util")]
    assert all(0 <= share <= 1 for share in shares)


def test_no_statistics_unless_asked_for(tmp_path: Path) -> None:
    _, run, _ = run_here(tmp_path, "pass", stats_interval=0)
    assert not (run.path / "stats").exists()


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_machine_packages_and_state_of_the_project_are_kept(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text("old\n")
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    (project / "train.py").write_text("new\n")
    _, run, _ = run_here(tmp_path / "home", "pass", project=str(project), interpreter=sys.executable)
    attrs = json.loads((run.path / "attrs.json").read_bytes())
    assert {"cpu_model", "cpu_cores", "mem_total"} <= attrs["system"].keys()
    assert "pytest" in attrs["packages"]
    assert (attrs["vcs"]["dirty"], len(attrs["vcs"]["commit"])) == (True, 40)
    assert "-old\n+new\n" in (run.path / "vcs.patch").read_text()


def test_outside_of_git_there_is_no_state(tmp_path: Path) -> None:
    _, run, _ = run_here(tmp_path / "home", "pass", project="/")
    assert "vcs" not in json.loads((run.path / "attrs.json").read_bytes())


def test_the_commit_of_a_repository_that_ignores_the_project_is_not_its_state(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / ".gitignore").write_text("/project/\n/home/\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".gitignore")
    git(tmp_path, "commit", "-m", "first")
    _, run, _ = run_here(tmp_path / "home", "pass", project=str(project))
    assert "vcs" not in json.loads((run.path / "attrs.json").read_bytes())
    assert not (run.path / "vcs.patch").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with all that a snapshot has to decide about."""
    root = tmp_path / "project"
    for name in ("train.py", "lib/net.py", "lib/net.pyc", "__pycache__/x.py", ".env", ".venv/a.py", "runs/1/a.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "env").mkdir()
    (root / "env/pyvenv.cfg").touch()
    (root / "big.bin").write_bytes(bytes(1 << 20))
    (root / "out").symlink_to("/etc/passwd")
    return root


WHY = {
    "train.py": "source code",
    "lib/net.py": "source code",
    "lib/net.pyc": "compiled",
    "__pycache__/": "never source code",
    ".env": "hidden",
    ".venv/": "hidden",
    "runs/": "never source code",
    "env/": "a virtual environment",
    "big.bin": "larger than 1.0 MB",
    "out": "a link that leads out of the folder",
}


def test_every_path_has_its_reason(project: Path) -> None:
    plan = plan_snapshot(project)
    assert {choice.path: choice.why for choice in plan.choices} == WHY
    assert [choice.path for choice in plan.taken] == ["train.py", "lib/net.py"]


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ([("include", "*.bin")], ["big.bin", "train.py", "lib/net.py"]),
        ([("exclude", "*"), ("include", "train.py")], ["train.py"]),
        ([("exclude", "lib/*")], ["train.py"]),
        ([("include", "runs/*")], ["train.py", "lib/net.py", "runs/1/a.py"]),
        ([("include", "out")], ["train.py", "lib/net.py"]),
    ],
    ids=["large", "only", "a folder", "what is closed", "never a way out"],
)
def test_rules_decide_first(project: Path, rules: list[tuple[str, str]], taken: list[str]) -> None:
    assert [choice.path for choice in plan_snapshot(project, rules).taken] == taken


def test_git_says_what_is_ignored(project: Path) -> None:
    git(project, "init")
    (project / ".gitignore").write_text("lib/\n")
    assert {c.path: c.why for c in plan_snapshot(project).choices}["lib/net.py"] == "ignored by git"


@pytest.mark.parametrize("tracked", [False, True], ids=["nothing tracked", "a file tracked"])
def test_a_project_that_the_repository_around_it_ignores_is_taken_whole(project: Path, *, tracked: bool) -> None:
    git(project.parent, "init")
    (project.parent / ".gitignore").write_text("/project/\n")
    if tracked:
        git(project.parent, "add", "-f", "project/lib/net.py")
    assert {choice.path: choice.why for choice in plan_snapshot(project).choices} == WHY


def test_repositories_inside_answer_for_themselves(project: Path) -> None:
    """One that git knows as a submodule, and one that just lies there."""
    for place in (project / "sub", project / "nested"):
        place.mkdir()
        git(place, "init")
        (place / "code.py").touch()
        (place / "notes.txt").touch()
        (place / ".gitignore").write_text("*.txt\n")
        git(place, "add", "code.py")
        git(place, "commit", "-m", "first")
    git(project, "init")
    git(project, "add", "sub")
    why = {choice.path: choice.why for choice in plan_snapshot(project).choices}
    assert [why[f"{place}/code.py"] for place in ("sub", "nested")] == ["source code"] * 2
    assert [why[f"{place}/notes.txt"] for place in ("sub", "nested")] == ["ignored by git"] * 2


def test_the_number_of_files_is_limited(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        (tmp_path / f"{number:03}.py").touch()
    plan = plan_snapshot(tmp_path)
    assert (len(plan.taken), plan.choices[-1].why) == (MOST, f"more than {MOST} files")


def test_the_source_is_kept_as_it_was_and_its_digest_recorded(tmp_path: Path, project: Path) -> None:
    home, plan = tmp_path / "home", plan_snapshot(project)
    options = Options(lay=lambda run: lay_snapshot(plan, Blobs(home), run))
    runs = [run_here(home, "pass", options)[1] for _ in range(2)]
    (project / "train.py").write_text("changed")
    source = runs[0].record().source
    assert source.digest == tree_digest(scan(runs[0].path / "source"))
    assert (source.files, source.size) == (2, len("train.py") + len("lib/net.py"))
    assert (runs[0].path / "source/train.py").read_text() == "train.py"
    assert (runs[0].path / "source/train.py").samefile(runs[1].path / "source/train.py")


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which git answers only when a file is there for which it looks; it then says what it has seen."""
    seen, project = tmp_path / "seen", tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    look = f"cat {tmp_path}/home/runs/*/attrs.json >{seen} && ls {tmp_path}/home/runs/*/exit.json >>{seen} && break"
    program.write_text(f"#!/bin/sh\nfor n in $(seq 100); do\n{look}\nsleep 0.1\ndone\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return seen


def test_the_end_and_the_machine_are_recorded_before_a_slow_look_up_is_over(tmp_path: Path, slow_git: Path) -> None:
    """A git that answers late sees both: a guild that is killed meanwhile loses neither."""
    run_here(tmp_path / "home", "pass", project=str(tmp_path / "project"))
    assert slow_git.read_text().endswith("/exit.json\n")
    assert '"cpu_cores"' in slow_git.read_text()


def test_a_long_preparation_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host knows a run that still lives by them alone."""
    monkeypatch.setattr("guildpkg.run.start.BEAT", 0.01)
    beats: list[int] = []

    def prepare(run: Run) -> tuple[ResourceRow, ...]:
        run.beat(0)
        for _ in range(1000):
            if run.heartbeat():
                break
            time.sleep(0.01)
        beats.append(run.heartbeat())
        return ()

    run_here(tmp_path, "pass", Options(prepare=prepare))
    assert beats > [0]
