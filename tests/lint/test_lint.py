"""`guild lint` on real folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.errors import ArchiveError, GuildError
from guildpkg.pipeline.package.lint import lint
from guildpkg.pipeline.package.lint_archive import HEAD, TEXT
from guildpkg.system.disk import scan
from tests.archive.making import EPOCH, tree

ROOT = Path(__file__).parents[2]
RECIPE = """\
[package]
name = demo
version = 1
description = x
license = MIT
source = Guild.in data train.py
patches = fix.patch
packager = packager
"""
FILES = {
    "GuildPkg": RECIPE,
    "Guild.in": "[model]\ntrain = train\n",
    "data/a/b.csv": "1\n",
    "train.py": "",
    "fix.patch": "Subject: x\n--- a/train.py\n+++ b/train.py\n@@ -0,0 +1 @@\n+x\n",
    "packager": "package() {\n    cp -R . $pkgdir\n}\n",
}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    write(folder, FILES)
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(path: Path, shown: str = "") -> list[str]:
    return [f"{item.where} {item.rule}" for item in lint(path, shown).findings]


def test_a_sound_recipe_gives_nothing(demo: Path) -> None:
    assert found(demo) == []


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ROOT.glob("recipes/*/GuildPkg")))
def test_the_recipes_that_ship_have_no_errors_and_no_warnings(name: str) -> None:
    findings = lint(ROOT / "recipes" / name, name).findings
    assert [str(item) for item in findings if item.severity != "info"] == []


def test_the_recipe_may_be_named_by_its_file(demo: Path) -> None:
    assert found(demo / "GuildPkg", "GuildPkg") == []


def test_places_are_named_as_the_user_named_the_folder(demo: Path) -> None:
    write(demo, {"packager": "biuld() {\n  :\n}\npackage() {\n  :\n}\n", "notes": "", "old.patch": ""})
    assert found(demo, "../demo") == [
        "../demo/old.patch patch-unlisted",
        "../demo/packager:1 hook-unknown",
        "../demo/notes file-unused",
    ]


def test_what_builds_make_and_what_is_hidden_is_not_looked_at(demo: Path) -> None:
    write(demo, dict.fromkeys(("src/train.py", "pkg/x", "logs/build.log", ".git/config", ".venv/x.patch"), ""))
    assert found(demo) == []


def test_a_link_counts_as_what_it_leads_to(demo: Path) -> None:
    (demo / "data").rename(demo / "real")
    (demo / "data").symlink_to("real")
    assert found(demo) == ["real/ file-unused"]


def test_modules_are_looked_up_in_src_after_a_build(demo: Path) -> None:
    url = "https://github.com/o/repo/tree/0123456789012345678901234567890123456789/p"
    text = RECIPE.replace("train.py", url).replace("name = demo", "name = demo-src\nurl = https://e.org/")
    write(demo, {"GuildPkg": text})
    (demo / "train.py").unlink()
    assert found(demo) == []
    write(demo, {"src/p/trian.py": ""})
    assert found(demo) == ["Guild.in:2 source-module-missing"]
    write(demo, {"src/p/train.py": ""})
    assert found(demo) == []


def test_a_recipe_that_cannot_be_read_gives_all_its_faults(demo: Path) -> None:
    write(demo, {"GuildPkg": "[package]\nname = A B\nverison = 1\n"})
    assert found(demo, "demo") == [f"demo/GuildPkg:{line} recipe-syntax" for line in (1, 2, 3)]


def test_a_damaged_lock_is_a_fault_of_the_recipe(demo: Path) -> None:
    write(demo, {"GuildPkg.lock": "[lock]\nschema = 9\n"})
    assert found(demo) == ["GuildPkg.lock:2 recipe-syntax"]


def test_a_patch_that_is_not_text_is_looked_at_as_bytes(demo: Path) -> None:
    (demo / "fix.patch").write_bytes(b"Description: latin\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\xe9\n+\xff\0\n")
    assert found(demo) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere", "there is no nowhere"), ("", "has no GuildPkg file")],
    ids=["missing", "no recipe"],
)
def test_nothing_to_look_at_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(GuildError, match=message) as caught:
        lint(tmp_path / name, name)
    assert caught.value.hint


def packed(tmp_path: Path, files: dict[str, bytes | str], *sections: Kept) -> Path:
    """Pack a tree as ``demo`` 1; text beginning with ``->`` is a link."""
    root = tree(tmp_path / "pkg", {"LICENSE": b"MIT\n", **files})
    package = Kept("package", (), (("name", "demo"), ("version", "1"), ("license", "MIT")))
    build = Build("0.1.0", EPOCH, sha256(b""), sha256(b""), "xz")
    manifest = Manifest((package, *sections), build, (), scan(root))
    return write_archive(root, format_manifest(manifest), tmp_path / "demo-1.pkg.tar.xz").path


def test_a_sound_archive_gives_nothing(tmp_path: Path) -> None:
    archive = packed(tmp_path, {"Guild": b"[model]\ntrain = train\n", "train.py": b"", "data/x.csv": b"1\n", "d/": b""})
    assert found(archive, "demo-1.pkg.tar.xz") == []


def test_an_archive_is_looked_at_file_by_file(tmp_path: Path) -> None:
    beside = tmp_path / "src"
    files: dict[str, bytes | str] = {
        "Guild": b"[model]\ntrain = tarin\n",
        "train.py": f"# made in {beside}/x\n".encode(),
        "a/__pycache__/train.pyc": b"\0",
        "b/x": "->y",
        "b/y": b"",
        "key": b"-----BEGIN PRIVATE KEY-----\n",
        "home.cfg": b"cache = /home/me/.cache\n",
    }
    report = lint(packed(tmp_path, files), "demo-1.pkg.tar.xz", home="/home/me")
    assert report.target == "demo-1.pkg.tar.xz"
    assert [f"{item.where} {item.rule}" for item in report.findings] == [
        "./Guild:2 module-missing",
        "./key secret-left",
        "./a/__pycache__/ cache-left",
        "./home.cfg:1 build-path",
        "./train.py:1 build-path",
    ]


def test_an_archive_keeps_what_its_recipe_allows(tmp_path: Path) -> None:
    archive = packed(tmp_path, {"x.orig": b""}, Kept("lint", (), (("leftover", "a test reads it"),)))
    report = lint(archive, "demo-1.pkg.tar.xz")
    assert (report.findings, [item.suppressed for item in report.suppressed]) == ((), ["a test reads it"])


def test_of_a_large_or_binary_file_only_the_beginning_is_looked_at(tmp_path: Path) -> None:
    key = b"\n-----BEGIN PRIVATE KEY-----\n"
    large = packed(tmp_path, {"run.sh": b"#!" + b"x" * TEXT + key, "binary": b"\0" * HEAD + key})
    assert found(large) == ["./run.sh:1 script-not-executable"]


def test_what_is_no_archive_is_refused(demo: Path) -> None:
    with pytest.raises(ArchiveError, match=r"^train\.py is an empty file, not a package archive$"):
        lint(demo / "train.py", "train.py")
