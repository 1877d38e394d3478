"""Run commands as a user would type them, and show them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "tensorflow.git"


@dataclass(frozen=True, slots=True)
class Walk:
    """A scratch folder with a home of its own, and the `guild` of this environment.

    Attributes:
        folder: The scratch folder.
        home: Name of the home in it.
    """

    folder: Path
    home: str = "home"

    @classmethod
    def fresh(cls, folder: Path) -> Walk:
        """Begin in an empty folder."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder)

    def at_home(self, name: str) -> Walk:
        """Go on with another home, as another user would."""
        return replace(self, home=name)

    def title(self, text: str) -> None:
        """Say what comes next."""
        print(f"\n== {text}", flush=True)

    def run(self, *words: str | Path, cwd: Path | None = None, fails: bool = False) -> None:
        """Show a command, run it, and stop everything when it fails, or when it does not although it should."""
        argv = [str(word) for word in words]
        place = cwd or self.folder
        shown = ["guild" if word == self.guild else word.replace(f"{self.folder}/", "") for word in argv]
        print(f"[{place.relative_to(self.folder.parent)}]$ {shlex.join(shown)}", flush=True)
        code = subprocess.run(argv, cwd=place, env=self._env, check=False).returncode
        if bool(code) != fails:
            sys.exit(f"the command above ended with exit code {code}")

    def ask(self, *words: str | Path) -> Any:
        """Run a command without showing it, and read its result."""
        argv = [*map(str, words), "--json"]
        return json.loads(
            subprocess.run(argv, cwd=self.folder, env=self._env, check=True, stdout=subprocess.PIPE).stdout
        )

    @property
    def _env(self) -> dict[str, str]:
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        return {**os.environ, **quiet, "GUILD_HOME": str(self.folder / self.home)}

    @property
    def guild(self) -> str:
        """The `guild` beside the interpreter that runs this."""
        return str(Path(sys.executable).with_name("guild"))

    def recipe(self, name: str) -> Path:
        """Copy a recipe that ships with guildpkg into the folder, without what an earlier build left beside it."""
        target = self.folder / name
        leave = shutil.ignore_patterns("src", "pkg", "logs", "*.pkg.tar.*", "*.build.json")
        shutil.copytree(ROOT / "recipes" / name, target, ignore=leave)
        return target

    def archive(self, recipe: Path) -> Path:
        """Find the archive that a build left."""
        (found,) = recipe.glob("*.pkg.tar.*")
        return found

    def build(self, recipe: Path, *options: str) -> Path:
        """Build a recipe, list and verify its archive."""
        self.run(self.guild, "package", *options, cwd=recipe)
        archive = self.archive(recipe)
        self.run("tar", "tf", archive.name, cwd=recipe)
        self.run(self.guild, "verify", archive.name, cwd=recipe)
        return archive

    def unpack(self, archive: Path, name: str) -> Path:
        """Unpack an archive with the system's tar, as somebody without guild would."""
        target = self.folder / "unpacked" / name
        target.mkdir(parents=True)
        self.run("tar", "xf", archive, "-C", target)
        return target


def reachable(url: str) -> bool:
    """Ask the upstream for one tag; no answer within half a minute counts as no."""
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    argv = ["git", "ls-remote", "--exit-code", "--tags", url, "v1.4.0"]
    try:
        return subprocess.run(argv, env=env, capture_output=True, timeout=30, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def train(walk: Walk, project: Path, data: Path, steps: int) -> None:
    """Train the three models of an unpacked package with the interpreter that has TensorFlow."""
    script = ROOT / "scripts" / "train_models.py"
    walk.run(
        sys.executable,
        script,
        "--python",
        os.environ["TF_PYTHON"],
        "--project",
        project,
        "--data",
        data,
        "--steps",
        str(steps),
    )
