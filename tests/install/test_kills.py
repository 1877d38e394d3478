"""SIGKILL during every change of what is installed; `make kills` tries every point, here it is every seventeenth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_after_a_kill_what_was_there_before_or_what_was_to_be_is_installed_whole() -> None:
    command = [sys.executable, "-m", "tests.install.killing", "17"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    changes = ["install", "install by several", "upgrade", "uninstall", "rollback", "gc", "repair"]
    assert [item["change"] for item in found] == changes
    assert all(item["killed"] and not item["wrong"] for item in found)
