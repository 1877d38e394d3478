"""The tutorial that makes a package from scratch, from studying the script to the fields and series of its runs.

The upstream is the stand-in, with compat.patch applied and tensorflow.patch not: the script empties its log directory
as the true one does. The data are those of the package digits, downloaded from a server on loopback.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from guildpkg.pipeline.runs.chosen import open_store
from guildpkg.pipeline.runs.series import series_of
from tests.standin import layout
from tests.support.githttp import serving as git_serving
from tests.support.guild import Said, argv, guild
from tests.support.httpserver import serving
from tests.support.recipes import archive_of, shared_home

__all__ = ["shared_home"]

SCRIPT = "mnist_with_summaries.py"
FILES = [
    f"{kind}-idx{dim}-ubyte.gz"
    for kind, dim in zip(("train-images", "train-labels", "t10k-images", "t10k-labels"), (3, 1, 3, 1), strict=True)
]
PROJECT = """\
#-*-conf-*-

[project]

  name        = MNIST Tutorial
  description = Models of handwritten digits, trained \\
                on four files

[model "softmax"]

  description = A model with one layer
  train = mnist_with_summaries

[flags]

  data_dir = data
  log_dir = $RUNDIR
  max_steps = 1000
"""
FIELDS = {
    "validation-accuracy": ("Validation Accuracy", "test/accuracy_1"),
    "train-accuracy": ("Train Accuracy", "train/accuracy_1"),
    "loss": ("Loss", "train/cross_entropy_1"),
    "steps": ("Steps", "train/cross_entropy_1"),
    "time": ("Time", "train/cross_entropy_1"),
}
"""Name of a field, the label that its template gives it, the scalar that it shows."""

READ_SCALARS = """
import json, sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")  # its own reader, without importing TensorFlow
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = {}
for part in ("train", "test"):
    log = EventAccumulator(f"{sys.argv[1]}/{part}", size_guidance={"scalars": 0})
    log.Reload()
    for tag in log.Tags()["scalars"]:
        found[f"tf/{part}/{tag}"] = [[point.step, point.value] for point in log.Scalars(tag)]
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Tutorial:
    """The working copy's project folder, and what commands in it need around them."""

    folder: Path
    env: Mapping[str, str]

    def guild(self, *words: str) -> Said:
        return guild(*words, cwd=self.folder, env=self.env, timeout=300)


def working_copy(tmp_path: Path) -> Path:
    """Build the package with compat.patch alone, and copy its sources as the tutorial does."""
    served = tmp_path / "served"
    served.mkdir()
    layout.make_repository(served / "tensorflow.git")
    recipe = tmp_path / "mnist-tutorial-src"
    layout.lay_recipe(recipe)
    text = (recipe / "GuildPkg").read_text()
    (recipe / "GuildPkg").write_text(text.replace("compat.patch tensorflow.patch", "compat.patch"))
    with git_serving(served) as server:
        guild("package", "-o", f"--source=tensorflow={server.url}/tensorflow.git", cwd=recipe).ok()
    subprocess.run(["cp", "-a", "src/", "working/"], cwd=recipe, check=True)
    return recipe / "working" / layout.SUBTREE


def begin(folder: Path) -> None:
    """Run `guild init --force` and write the project of the tutorial."""
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    names = {path.name for path in folder.iterdir()}
    guild("init", "--force", cwd=folder).ok()
    assert {path.name for path in folder.iterdir()} - names == {"Guild"}
    assert {name: (folder / name).read_bytes() for name in before} == before
    (folder / "Guild").write_text(PROJECT)


def test_init_wants_force_where_there_are_files(tmp_path: Path) -> None:
    folder = working_copy(tmp_path)
    assert "--force" in guild("init", cwd=folder).failed().err
    begin(folder)
    assert guild("models", cwd=folder).ok().out == "./softmax  A model with one layer\n"


@pytest.fixture
def tutorial(tmp_path: Path, shared_home: Path) -> Iterator[Tutorial]:
    assert "TF_PYTHON" in os.environ, "`make test` sets TF_PYTHON to an interpreter that has TensorFlow"
    python = Path(os.environ["TF_PYTHON"])
    digits = tmp_path / "digits-unpacked"
    digits.mkdir()
    subprocess.run(["tar", "xf", archive_of("digits", tmp_path, shared_home), "-C", digits], check=True)
    folder = working_copy(tmp_path)
    with serving() as server:
        sums = "".join(f"{hashlib.sha256((digits / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES)
        server.put("/SHA256SUMS", sums)
        for name in FILES:
            server.put(f"/{name}", (digits / name).read_bytes())
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "MNIST_MIRROR": server.root}
        # as in a shell in which the environment with TensorFlow is active
        active = {"VIRTUAL_ENV": str(python.parent.parent), "PATH": f"{python.parent}:{os.environ['PATH']}"}
        yield Tutorial(folder, {**quiet, **active})


@pytest.mark.tensorflow
@pytest.mark.registry
def test_the_tutorial_from_studying_the_script_to_its_series(tutorial: Tutorial) -> None:
    """Look at the flags, train, see RUNDIR go, mend the script, train, list series, add fields."""
    usage = subprocess.run(
        ["python", SCRIPT, "--help"],
        cwd=tutorial.folder,
        env={**os.environ, **tutorial.env},
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert {"--fake_data", "--max_steps", "--learning_rate", "--dropout", "--data_dir", "--log_dir"} <= {
        word.strip("[],") for word in usage.split()
    }
    begin(tutorial.folder)
    see_rundir_go(tutorial)
    mend(tutorial.folder / SCRIPT)
    mended = tutorial.guild("train").ok()
    assert "RUNDIR" not in mended.err
    accuracies = [float(line.rpartition(" ")[2]) for line in mended.out.splitlines() if line.startswith("Accuracy at")]
    assert len(accuracies) == 100
    assert accuracies[-1] >= 0.85
    same_scalars(tutorial)
    fields(tutorial)


def see_rundir_go(tutorial: Tutorial) -> None:
    """Train until the warning and the first accuracies are there, then press Ctrl-C."""
    errors, began = tutorial.folder.parent / "errors.txt", time.monotonic()
    with errors.open("wb") as stream:
        process = subprocess.Popen(
            argv("train"),
            cwd=tutorial.folder,
            env={**os.environ, **tutorial.env},
            stdout=subprocess.PIPE,
            stderr=stream,
            start_new_session=True,
        )
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line.decode())
            if "Accuracy at step 20" in said[-1] and "RUNDIR" in errors.read_text():
                break
            assert time.monotonic() - began < 240
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.close()
        assert process.wait(60) == 130
    assert [line for line in said if line.startswith("Successfully downloaded")] == [
        f"Successfully downloaded {name} {size} bytes.\n" for name, size in sizes(tutorial.folder / "data").items()
    ]
    warnings = [line for line in errors.read_text().splitlines() if "RUNDIR" in line]
    assert len(warnings) == 1
    assert f"{SCRIPT}:" in warnings[0]  # the line to patch
    (run,) = tutorial.guild("runs", "--json").ok().json()
    assert run["status"] == "terminated"


def sizes(folder: Path) -> dict[str, int]:
    """Give the sizes of the data files in the order in which they were downloaded."""
    return {name: (folder / name).stat().st_size for name in FILES}


def mend(script: Path) -> None:
    """Take the deletion out, as the tutorial says."""
    lines = script.read_text().splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if "DeleteRecursively" in line)
    script.write_text("".join(lines[: at - 1] + lines[at + 1 :]))


def same_scalars(tutorial: Tutorial) -> None:
    """`guild list-series -L`: what TensorBoard's own reader finds, to the last point, and the statistics."""
    keys = tutorial.guild("list-series", "-L").ok().out.splitlines()
    assert keys == sorted(keys)
    assert {"tf/train/accuracy_1", "tf/test/accuracy_1", "tf/train/cross_entropy_1", "op/mem/rss"} <= set(keys)
    run = tutorial.guild("runs", "info", "--json").ok().json()
    python = os.environ["TF_PYTHON"]
    read = subprocess.run([python, "-c", READ_SCALARS, run["files"]], capture_output=True, check=True).stdout
    theirs = json.loads(read)
    ours = {row["key"]: row for row in tutorial.guild("list-series", "-L", "--json").ok().json()}
    assert {key for key in ours if key.startswith("tf/")} == set(theirs)
    last = {key: [len(points), *points[-1]] for key, points in theirs.items()}
    assert {key: [ours[key]["count"], ours[key]["step"], ours[key]["value"]] for key in theirs} == last
    store = open_store(Path(run["run_dir"]).parents[1])
    columns = {key: series_of(store, store.find(run["id"])).points(key) for key in theirs}
    found = {key: list(zip(each.steps.tolist(), each.values.tolist(), strict=True)) for key, each in columns.items()}
    assert found == {key: [tuple(point) for point in points] for key, points in theirs.items()}


def fields(tutorial: Tutorial) -> None:
    """Add the five fields and the two series to the project file: they show at once, for runs that are over too."""
    text = "".join(
        f'\n[field "{name}"]\n\n  @attrs template "{name}-field"\n  source = series/tf/{source}\n'
        for name, (_, source) in FIELDS.items()
    )
    text += '\n[series "accuracy"]\n\n  @attrs template "accuracy-series"\n  source = series/tf/.+/accuracy_1\n'
    text += '\n[series "loss"]\n\n  @attrs template "loss-series"\n  source = series/tf/train/cross_entropy_1\n'
    with (tutorial.folder / "Guild").open("a") as file:
        file.write(text)
    shown = tutorial.guild("runs", "info", "--fields").ok().out
    assert [label for label, _ in FIELDS.values() if label in shown] == [label for label, _ in FIELDS.values()]
