"""The stand-in comes out the same each time, and its recipe treats it as the true one treats the true text."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from guildpkg.core.ini import parse

from .layout import HERE, SHIPPED, SUBTREE, TAG, added_files, lay_recipe, make_repository

NINE = {
    "BUILD",
    "__init__.py",
    "fully_connected_feed.py",
    "input_data.py",
    "mnist.py",
    "mnist_deep.py",
    "mnist_softmax.py",
    "mnist_softmax_xla.py",
    "mnist_with_summaries.py",
}
PACKAGED = {
    "Guild",
    "NOTICE",
    "input_data.py",
    "mnist_deep.py",
    "mnist_deep_with_summaries.py",
    "mnist_loader.py",
    "mnist_softmax_xla.py",
    "mnist_with_summaries.py",
    "tf1.py",
}


def git(repository: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", repository, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def patched(tmp_path: Path) -> tuple[Path, Path]:
    """A recipe folder of the stand-in, with its src/ laid and patched by hand."""
    recipe, src = tmp_path / "recipe", tmp_path / "recipe" / "src"
    lay_recipe(recipe)
    src.mkdir()
    git(make_repository(tmp_path / "tensorflow.git").path, "archive", f"--output={tmp_path / 'src.tar'}", TAG, SUBTREE)
    subprocess.run(["tar", "-xf", tmp_path / "src.tar"], cwd=src, check=True)
    for patch in ("compat.patch", "tensorflow.patch"):
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(recipe)}
        subprocess.run(["git", "apply", recipe / patch], cwd=src, env=env, check=True)
    for name in ("NOTICE", "mnist_deep_with_summaries.py"):
        (src / name).write_bytes((recipe / name).read_bytes())
    (src / "Guild").write_bytes((recipe / "Guild.in").read_bytes())
    return recipe, src


def hook(recipe: Path, name: str) -> subprocess.CompletedProcess[str]:
    (recipe / "pkg").mkdir(exist_ok=True)
    script = f'set -eu -o pipefail; . "$recipedir/packager"; cd "$srcdir"; {name}'
    folders = {"recipedir": str(recipe), "srcdir": str(recipe / "src"), "pkgdir": str(recipe / "pkg")}
    env = {"PATH": os.environ["PATH"], **folders}
    return subprocess.run(["bash", "-c", script], env=env, check=False, capture_output=True, text=True)


def test_the_ids_of_the_repository_follow_from_its_text_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make_repository(tmp_path / "one.git")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    other = make_repository(tmp_path / "other.git")
    assert (one.commit, one.tree) == (other.commit, other.tree)


def test_the_tag_holds_the_nine_files_and_the_branch_has_moved_on(tmp_path: Path) -> None:
    upstream = make_repository(tmp_path / "tensorflow.git")
    names = git(upstream.path, "ls-tree", "--name-only", f"{upstream.commit}:{SUBTREE}").split()
    assert set(names) == NINE
    assert upstream.tree != git(upstream.path, "rev-parse", f"main:{SUBTREE}").strip()
    assert git(upstream.path, "diff", "--name-only", f"{TAG}^", TAG, "--", SUBTREE) == ""


def test_the_hooks_take_the_patched_source_and_leave_nothing_in_it(patched: tuple[Path, Path]) -> None:
    recipe, src = patched
    before = sorted(path for path in src.rglob("*"))
    for name in ("check", "package"):
        done = hook(recipe, name)
        assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (recipe / "pkg").iterdir()} == PACKAGED
    assert sorted(path for path in src.rglob("*")) == before


@pytest.mark.parametrize(
    ("line", "caused_by"),
    [("def broken(:\n", "SyntaxError"), ("import tensorflow.contrib\n", "compat.patch has to replace them")],
)
def test_check_refuses_a_script_that_cannot_run(patched: tuple[Path, Path], line: str, caused_by: str) -> None:
    recipe, src = patched
    with (src / SUBTREE / "mnist_deep.py").open("a") as script:
        script.write(line)
    done = hook(recipe, "check")
    assert done.returncode == 1
    assert caused_by in done.stderr


def test_the_log_directory_is_deleted_upstream_and_kept_by_the_patch(patched: tuple[Path, Path]) -> None:
    name = f"{SUBTREE}/mnist_with_summaries.py"
    assert "DeleteRecursively" in (HERE / "upstream" / name).read_text()
    assert "DeleteRecursively" not in (patched[1] / name).read_text()


def test_both_recipes_add_the_same_files(tmp_path: Path) -> None:
    lay_recipe(tmp_path / "recipe")
    shipped = added_files((SHIPPED / "compat.patch").read_text())
    assert [part.split()[3] for part in shipped] == [f"b/{SUBTREE}/mnist_loader.py", f"b/{SUBTREE}/tf1.py"]
    assert added_files((tmp_path / "recipe" / "compat.patch").read_text()) == shipped


def test_the_project_has_three_models_that_log_into_the_run() -> None:
    project = parse((SHIPPED / "Guild.in").read_text(), "Guild.in")
    assert project.faults == ()
    trains = {section.name: section.get("train") for section in project.of_type("model")}
    assert trains == {
        "softmax": "mnist_with_summaries",
        "softmax-xla": "mnist_softmax_xla",
        "deep": "mnist_deep_with_summaries",
    }
    common = project.first("flags")
    assert common is not None
    assert common.get("log_dir") == "$RUNDIR"
