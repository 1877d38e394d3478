#!/usr/bin/env python3
"""Train every model of an unpacked package, as `guild train` is to do, and check what the trainings logged.

Reads the models and their flags from the project's ``Guild`` file, runs ``python -m MODULE`` in the project's folder
with the given interpreter, one log directory per model, and prints a table. Exits with 1 when a training fails, when
``accuracy_1`` or ``cross_entropy_1`` is missing under ``train`` or ``test``, or when an accuracy is below
``--at-least``. Needs no network: what is missing in the data folder is an error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from guildpkg.core.ini import IniFile, parse

TAGS = ("accuracy_1", "cross_entropy_1")
PARTS = ("train", "test")
LAST_LINES = 15

# Run by the interpreter that trained, since that is the one that has tensorboard; prints the last value of each scalar.
READ_SCALARS = """
import json, sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")  # its own reader, without importing TensorFlow
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
last = {}
for part in sys.argv[2:]:
    log = EventAccumulator(f"{sys.argv[1]}/{part}")
    log.Reload()
    last[part] = {tag: log.Scalars(tag)[-1].value for tag in log.Tags()["scalars"]}
print(json.dumps(last))
"""


class Failure(Exception):
    """A model did not train, or did not log what it should."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One line of the table."""

    model: str
    steps: int
    accuracy: float
    seconds: float


def command(project: IniFile, model: str, changes: dict[str, str]) -> list[str]:
    """Put together the module and the arguments of a model's training.

    Args:
        project: The ``Guild`` file.
        model: Name of the model.
        changes: Flags that override those of the file.

    Returns:
        What follows the interpreter on its command line.
    """
    section = project.first("model", model)
    train = section.get("train").split() if section else []
    if not train:
        raise Failure(f"{project.file} does not say what trains it")
    flags: dict[str, str] = {}
    for names in ((), (model,)):
        found = project.first("flags", *names)
        flags |= {name: found.get(name) for name in found.attrs if name != "description"} if found else {}
    words = [word for name, value in (flags | changes).items() for word in (f"--{name}", value) if word]
    return ["-um", *train, *words]


def run(python: Path, words: list[str], folder: Path, output: Path) -> None:
    """Run a training to its end, its output in a file.

    Args:
        python: The interpreter.
        words: Its arguments.
        folder: The working directory.
        output: The file.
    """
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1"}
    with output.open("wb") as stream:
        # a mirror that has nothing: a file that is missing in the data folder must not come from the network
        env = {**os.environ, **quiet, "MNIST_MIRROR": (output.parent / "no-mirror").as_uri()}
        code = subprocess.call([python, *words], cwd=folder, env=env, stdout=stream, stderr=subprocess.STDOUT)
    if code:
        last = output.read_text(errors="replace").splitlines()[-LAST_LINES:]
        raise Failure("\n  ".join([f"its training ended with {code}; its last lines:", *last]))


def scalars(python: Path, log_dir: Path) -> dict[str, dict[str, float]]:
    """Read the last value of each scalar that a training logged.

    Args:
        python: An interpreter that has tensorboard.
        log_dir: Where it logged.

    Returns:
        The values by part and tag.
    """
    reading = ["-c", READ_SCALARS, str(log_dir), *PARTS]
    done = subprocess.run([python, *reading], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure("\n  ".join(["its log cannot be read:", *done.stderr.splitlines()[-1:]]))
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    missing = [f"{part}/{tag}" for part in PARTS for tag in TAGS if tag not in found[part]]
    if missing:
        raise Failure(f"it did not log {', '.join(missing)}")
    return found


def train(options: argparse.Namespace, project: IniFile, model: str, logs: Path) -> Trained:
    """Train one model and check its log.

    Args:
        options: The command line.
        project: The ``Guild`` file.
        model: Name of the model.
        logs: The folder for the log directories.

    Returns:
        How it went.
    """
    log_dir = logs / model
    log_dir.mkdir()
    changes = {"data_dir": str(options.data), "log_dir": str(log_dir), "max_steps": str(options.steps)}
    words = command(project, model, changes)
    print(f"{model}: python {' '.join(words)}", flush=True)
    start = time.monotonic()
    run(options.python, words, options.project, logs / f"{model}.txt")
    seconds = time.monotonic() - start
    accuracy = scalars(options.python, log_dir)["test"]["accuracy_1"]
    if accuracy < options.at_least:
        raise Failure(f"its test accuracy is {accuracy:.4f}, below {options.at_least}")
    return Trained(model, options.steps, accuracy, seconds)


def absolute(text: str) -> Path:
    """Make a path absolute without following links: a venv's interpreter must be run by its own name."""
    return Path(text).absolute()


def arguments() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(description="Train every model of an unpacked package and check its logs.")
    parser.add_argument("--python", type=absolute, required=True, help="interpreter with TensorFlow and tensorboard")
    parser.add_argument("--project", type=absolute, required=True, help="folder with the Guild file")
    parser.add_argument("--data", type=absolute, required=True, help="folder with the four IDX files")
    parser.add_argument("--steps", type=int, default=1000, help="steps to train each model (default: %(default)s)")
    parser.add_argument("--at-least", type=float, default=0.0, help="lowest test accuracy that will do")
    return parser


def main() -> int:
    """Train all models, one after the other.

    Returns:
        The exit code.
    """
    options = arguments().parse_args()
    file = options.project / "Guild"
    project = parse(file.read_text(encoding="utf-8"), str(file))
    table, failed = [], 0
    with tempfile.TemporaryDirectory() as logs:
        for section in project.of_type("model"):
            try:
                table.append(train(options, project, section.name, Path(logs)))
            except Failure as failure:
                failed += 1
                print(f"{section.name}: {failure}", file=sys.stderr)
    print(f"{'model':<12} {'steps':>6} {'test accuracy':>14} {'seconds':>8}")
    for line in table:
        print(f"{line.model:<12} {line.steps:>6} {line.accuracy:>14.4f} {line.seconds:>8.1f}")
    if not table and not failed:
        print(f"{file} has no models", file=sys.stderr)
    return 0 if table and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
