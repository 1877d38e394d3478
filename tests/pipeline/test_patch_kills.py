"""SIGKILL during every change of a recipe's patches; `make kills` tries every point, here it is one in 191."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_after_a_kill_recipe_lock_patches_and_src_are_as_before_or_as_they_were_to_be() -> None:
    command = [sys.executable, "-m", "tests.pipeline.killing", "191"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(found) == 7
    assert all(item["killed"] > 0 and not item["wrong"] for item in found)
