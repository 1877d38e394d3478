"""Resources as a user meets them: runs of whole projects, with what can go wrong on the way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.disks import fill, small_disk
from tests.support.guild import argv, guild
from tests.support.httpserver import Server, breaks_after, serving
from tests.support.packages import make_package

__all__ = ["small_disk"]

BODY = "1,2\n" * 200_000
DIGEST = hashlib.sha256(BODY.encode()).hexdigest()
YAML = """\
- model: iris
  operations:
    train: {{main: train, requires: data}}
    evaluate: {{exec: cat model.txt, requires: {{operation: train, select: model.txt}}}}
  resources:
    data: [{source}]
"""
TRAIN = "open('model.txt', 'w').write('model')\nprint(len(open('data.csv').read()))\n"
DELETES = "import os, shutil\nprint(sorted(os.listdir('data')))\nshutil.rmtree('data')\n"


@pytest.fixture
def web() -> Iterator[Server]:
    with serving() as server:
        yield server


def project(folder: Path, source: str, train: str = TRAIN) -> Path:
    (folder / "guild.yml").write_text(YAML.format(source=source))
    (folder / "train.py").write_text(train)
    return folder


def latest() -> Path:
    """The folder of the newest run."""
    return max((Path(os.environ["GUILD_HOME"]) / "runs").iterdir())


def row(name: str = "inputs.json") -> dict[str, object]:
    rows = json.loads((latest() / name).read_bytes())["resources"]
    assert len(rows) == 1
    return dict(rows[0])


def test_a_url_as_the_walk_through_shows_it(tmp_path: Path, web: Server) -> None:
    url = web.put("/samples/data.csv", BODY)
    project(tmp_path, f"{{url: {url}, sha256: {DIGEST}}}")
    ended = guild("train", "-y", cwd=tmp_path).ok()
    assert ended.out == f"{len(BODY)}\n"
    assert ended.steps == ["Resolving data dependency", f"Downloading {url}"]
    assert guild("train", "-y", cwd=tmp_path).ok().steps[-1] == "Using cached file data.csv"
    assert (row()["source"], row()["sha256"], row()["path"]) == (url, DIGEST, "data.csv")


def test_evaluate_takes_what_train_made(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2\n")
    project(tmp_path, "data.csv")
    refused = guild("evaluate", "-y", cwd=tmp_path).failed()
    assert "no suitable run for iris:train" in refused.err
    assert not (Path(os.environ["GUILD_HOME"]) / "runs").exists()
    guild("train", "-y", cwd=tmp_path).ok()
    run = latest().name[-8:]
    ended = guild("evaluate", "-y", cwd=tmp_path).ok()
    assert ended.out == "model"
    assert f"Using output from run {run} for operation:train resource" in ended.err


def test_a_changed_input_is_named_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2\n")
    project(tmp_path, "data.csv", "import os\nos.chmod('data.csv', 0o644)\nopen('data.csv', 'a').write('x')\n")
    ended = guild("train", "-y", cwd=tmp_path).ok()
    assert "the run changed what it was given: data.csv (changed)" in ended.err
    assert row("inputs-changed.json")["sha256"] == hashlib.sha256(b"1,2\nx").hexdigest()
    assert row()["sha256"] == hashlib.sha256(b"1,2\n").hexdigest()
    assert (tmp_path / "data.csv").read_text() == "1,2\n"


def test_a_folder_has_changed_when_a_file_in_it_has(tmp_path: Path) -> None:
    for name in ("d/a.csv", "e/b.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    project(tmp_path, "d, e", "import os\nos.remove('d/a.csv')\n")
    guild("train", "-y", cwd=tmp_path).ok()
    found = guild("runs", "info", "--json", cwd=tmp_path).ok().json()["resources"]
    assert {item["path"]: item["changed"] for item in found} == {"d": True, "e": False}


def test_the_inputs_of_a_run_that_waited_are_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2\n")
    project(tmp_path, "data.csv", "import os\nos.remove('data.csv')\n")
    guild("train", "-y", "--stage", cwd=tmp_path).ok()
    ended = guild("run", "--start", latest().name[-8:], cwd=tmp_path).ok()
    assert "data.csv (deleted)" in ended.err


def test_what_stands_in_is_shown_and_used(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("123")
    project(tmp_path, "data.csv")
    asked = subprocess.run(argv("train", "data=mine"), cwd=tmp_path, input=b"\n", capture_output=True, check=True)
    assert f"  data: {tmp_path}/mine\nContinue? (Y/n) " in asked.stderr.decode()
    assert f"Using {tmp_path}/mine for data resource" in asked.stderr.decode()
    assert asked.stdout == b"3\n"


def install_digits(folder: Path) -> None:
    archive = make_package(folder, "digits", "1", {"a.csv": "a", "d/b.csv": "b"})
    guild("install", "-q", "-y", archive, cwd=folder).ok()


def test_what_a_step_requires_is_installed_first(tmp_path: Path) -> None:
    """From the index that `guild publish` makes without any set up."""
    archive = make_package(tmp_path, "digits", "1", {"data.csv": "1,2"})
    guild("publish", "-q", archive, cwd=tmp_path).ok()
    project(tmp_path, "package: digits")
    text = (tmp_path / "guild.yml").read_text().replace("evaluate:", "all: {steps: [train]}\n    evaluate:")
    (tmp_path / "guild.yml").write_text(text)
    ended = guild("run", "all", "-y", cwd=tmp_path).ok()
    assert ended.out == "3\n"
    assert "./iris:all requires what is not installed: digits" in ended.err


def test_a_package_lies_in_the_project_and_survives_the_script(tmp_path: Path) -> None:
    """A script that deletes its data harms no package, and the next run has it again."""
    (tmp_path / "Guild").write_text("[model]\ntrain = train\nrequires = digits:data\n")
    (tmp_path / "train.py").write_text(DELETES)
    refused = guild("train", cwd=tmp_path).failed()
    assert "requires what is not installed: digits" in refused.err
    install_digits(tmp_path)
    for _ in range(2):
        ended = guild("train", cwd=tmp_path).ok()
        assert ended.out == "['a.csv', 'd']\n"
    package = Path(os.environ["GUILD_HOME"]) / "packages/digits-1"
    assert (package / "d/b.csv").read_text() == "b"


def test_a_package_is_laid_into_the_private_copy_of_an_installed_project(tmp_path: Path) -> None:
    install_digits(tmp_path)
    files = {"Guild": '[model "m"]\ntrain = train\nrequires = digits:data\n', "train.py": DELETES}
    guild("install", "-q", "-y", make_package(tmp_path, "m-src", "1", files), cwd=tmp_path).ok()
    assert guild("train", "m-src/m", cwd=tmp_path).ok().out == "['a.csv', 'd']\n"
    assert not list(Path(os.environ["GUILD_HOME"]).glob("store/trees/*/data"))


def test_two_runs_lay_the_same_folder_at_once(tmp_path: Path) -> None:
    install_digits(tmp_path)
    (tmp_path / "Guild").write_text("[model]\ntrain = train\nrequires = digits:data\n")
    (tmp_path / "train.py").write_text("print(open('data/d/b.csv').read())\n")
    both = [subprocess.Popen(argv("train"), cwd=tmp_path, stdout=-1, stderr=-1) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [out for out, _ in said] == [b"b\n"] * 2
    assert not any(b"was there before" in err for _, err in said)
    assert sorted(path.name for path in (tmp_path / "data").rglob("*")) == ["a.csv", "b.csv", "d"]


def test_a_killed_download_goes_on_in_the_next_run(tmp_path: Path, web: Server) -> None:
    url = web.put("/data.csv", BODY, breaks_after(300_000, stall=20))
    project(tmp_path, f"{{url: {url}, sha256: {DIGEST}}}")
    first = subprocess.Popen(argv("train", "-y"), cwd=tmp_path, stderr=subprocess.DEVNULL)
    parts = Path(os.environ["GUILD_HOME"]) / "cache/parts"
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size >= 200_000 for path in parts.glob("*.part")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    guild("train", "-y", cwd=tmp_path).ok()
    assert int(web.asked[-1].range.strip("bytes=-")) >= 200_000
    statuses = guild("runs", "--json", cwd=tmp_path).json()
    assert sorted(run["status"] for run in statuses) == ["completed", "killed"]


def test_a_full_disk_is_said_and_leaves_no_part(tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / "data.csv").write_text(BODY)
    project(tmp_path, "data.csv")
    home = small_disk / "home"
    home.mkdir()
    fill(small_disk, 400_000)
    ended = guild("-H", home, "train", "-y", cwd=tmp_path).failed()
    assert "no room left while writing" in ended.err
    assert not [path for path in home.rglob("*") if path.name.endswith((".tmp", ".csv"))]
    (small_disk / "filler").unlink()
    guild("-H", home, "train", "-y", cwd=tmp_path).ok()


def test_ctrl_c_while_a_mirror_stalls(tmp_path: Path, web: Server) -> None:
    url = web.put("/data.csv", BODY, breaks_after(1000, stall=30))
    project(tmp_path, f"url: {url}")
    run = subprocess.Popen(argv("train", "-y"), cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not web.asked:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=20) == 130
    assert guild("runs", "--json", cwd=tmp_path).json()[0]["status"] == "terminated"
