"""Run `guild` as a user does, and make small recipes for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEAD = "[package]\n  name = thing\n  version = 1\n"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read the result."""
        return json.loads(self.out)

    def ok(self) -> Said:
        """Insist that it went well."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self

    def failed(self, code: int = 1) -> Said:
        """Insist that it was refused without a traceback."""
        assert self.code == code, f"exit {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err
        assert "internal error" not in self.err
        return self

    @property
    def steps(self) -> list[str]:
        """The lines of talk."""
        return self.err.splitlines()


def argv(*words: str | Path) -> list[str]:
    """Write the command line of a guild process."""
    return [sys.executable, "-m", "guildpkg", *map(str, words)]


def guild(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 120, stdin: str = ""
) -> Said:
    """Run a command in a folder, in the environment of the test and what *env* adds; *stdin* is what it can read."""
    ended = subprocess.run(
        argv(*words),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        timeout=timeout,
        input=stdin.encode(),
        check=False,
    )
    return Said(ended.returncode, ended.stdout.decode(), ended.stderr.decode("utf-8", "replace"))


def make_recipe(folder: Path, text: str, **files: str) -> Path:
    """Write a recipe folder; a keyword names a file, ``__`` in it stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "GuildPkg").write_text(text)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    return folder


def members(archive: Path) -> list[str]:
    """List an archive with the system's tar."""
    listed = subprocess.run(["tar", "tf", archive], capture_output=True, check=True)
    return listed.stdout.decode().splitlines()


def beside(folder: Path) -> set[str]:
    """Name what lies in a recipe folder."""
    return {item.name for item in folder.iterdir()}
