"""Folders, names and files that are not what one is used to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.conftest import World
from tests.support.builds import litter, tree_of
from tests.support.guild import Said, argv, beside, guild, make_recipe, members

HEAD = "[package]\n  name = odd\n  version = 1\n"
RECIPE = f"{HEAD}  source = extra.txt\n  packager = packager\n"
PACKAGER = "package() { cp -R . $pkgdir; }\n"
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && shift && exec "$@"'


def recipe_at(folder: Path, packager: str = PACKAGER, text: str = RECIPE) -> Path:
    """Write a recipe with one file."""
    return make_recipe(folder, text, packager=packager, extra__txt="extra\n")


def archive(recipe: Path) -> Path:
    """The archive that it makes."""
    return recipe / "odd-1.pkg.tar.xz"


def test_the_name_of_the_folder_does_not_matter(tmp_path: Path) -> None:
    names = ["plain", "a b", "q'u\"o`te", "$HOME", "-dash", "new\nline", "ü\udcff", "%s{}", "--bind x"]
    recipes = [recipe_at(tmp_path / name) for name in names]
    guild("package", "-q", "--", *names, cwd=tmp_path).ok()
    assert {archive(recipe).read_bytes() for recipe in recipes} == {archive(recipes[0]).read_bytes()}
    assert [litter(recipe, "packager", "extra.txt") for recipe in recipes] == [set()] * len(names)


ODD_NAMES = """\
package() {
    cd "$pkgdir"
    touch 'a b' "q'u\\"o" $'new\\nline' $'\\xff\\xfe' '%41' -- -dash '$(x)' '[a]' '='
    mkdir 'd e' empty
    touch 'd e/ü'
    ln -s 'a b' link
    ln 'a b' hard
}
"""


def test_names_of_any_bytes_are_packed_and_verified(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe", ODD_NAMES)
    guild("package", "-q", cwd=recipe).ok()
    guild("verify", archive(recipe), cwd=recipe).ok()
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "xf", archive(recipe), "-C", unpacked], check=True)
    (unpacked / ".GuildPkg").unlink()
    assert sorted(os.listdir(os.fsencode(unpacked))) == sorted(os.listdir(os.fsencode(recipe / "pkg")))
    assert b"\xff\xfe" in os.listdir(os.fsencode(unpacked))


def test_odd_names_in_src_are_no_edits_and_can_be_edited(tmp_path: Path) -> None:
    text = f"{HEAD}  source = data\n"
    recipe = make_recipe(tmp_path / "recipe", text)
    for name in (b"a b", b"\xff\xfe", b"new\nline", "ü".encode()):
        place = recipe / "data" / os.fsdecode(name)
        place.parent.mkdir(exist_ok=True)
        place.write_text("x\n")
    guild("package", "-q", cwd=recipe).ok()
    guild("package", "-q", cwd=recipe).ok()
    (recipe / "src/data" / os.fsdecode(b"\xff\xfe")).write_text("mine\n")
    assert "src/ has 1 unsaved edit: data/\\xff\\xfe" in guild("package", cwd=recipe).failed().err


def test_an_empty_package_is_a_package(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe", "package() { :; }\n")
    guild("package", "-q", cwd=recipe).ok()
    assert members(archive(recipe)) == ["./", "./.GuildPkg"]
    guild("verify", archive(recipe), cwd=recipe).ok()


def test_hard_links_are_files(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe", "package() { cp extra.txt $pkgdir/a; ln $pkgdir/a $pkgdir/b; }\n")
    guild("package", "-q", cwd=recipe).ok()
    listed = subprocess.run(["tar", "tvf", archive(recipe)], capture_output=True, text=True, check=True).stdout
    assert [line.split()[2] for line in listed.splitlines() if line.endswith(("./a", "./b"))] == ["6", "6"]


SOCKET = 'python3 -c \'import os, socket; socket.socket(socket.AF_UNIX).bind(os.environ["pkgdir"] + "/it")\''
UNPACKABLE = {
    "a pipe": ("mkfifo $pkgdir/it", "/pkg/it is neither a file, a folder nor a link"),
    "a socket": (SOCKET, "/pkg/it is neither a file, a folder nor a link"),
    "an absolute link": (
        "ln -s /etc/passwd $pkgdir/it",
        "pkg/ cannot be packed: the link 'it' is refused: its target is",
    ),
    "a link out": (
        "ln -s ../it $pkgdir/it",
        "pkg/ cannot be packed: the link 'it' is refused: its target lies outside",
    ),
}


@pytest.mark.parametrize("what", UNPACKABLE)
def test_what_no_package_may_hold_is_named_and_the_next_build_is_right(tmp_path: Path, what: str) -> None:
    make, message = UNPACKABLE[what]
    recipe = recipe_at(tmp_path / "recipe", f"package() {{ {make}; }}\n")
    said = guild("package", cwd=recipe).failed()
    assert message in said.err
    assert "hint: " in said.err
    assert litter(recipe, "packager", "extra.txt") == set()
    assert not archive(recipe).exists()
    recipe_at(recipe)
    guild("package", "-q", cwd=recipe).ok()


def test_pipes_and_closed_folders_in_src_are_no_trouble(tmp_path: Path) -> None:
    recipe = recipe_at(
        tmp_path / "recipe", "build() { mkfifo it; mkdir shut; touch shut/x; chmod 0 shut; }\npackage() { :; }\n"
    )
    for _ in range(2):
        guild("package", "-q", cwd=recipe).ok()


def test_a_linked_recipe_is_built_where_it_lies(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "real" / "recipe")
    (tmp_path / "link").symlink_to("real/recipe")
    guild("package", "-q", "link", cwd=tmp_path).ok()
    assert beside(tmp_path) == {"link", "real"}
    before = archive(recipe).read_bytes()
    guild("-C", "link", "package", "-q", cwd=tmp_path).ok()
    assert archive(recipe).read_bytes() == before


@pytest.mark.parametrize("name", ["src", "pkg", "logs"])
def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    recipe = recipe_at(tmp_path / "recipe")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious\n")
    before = tree_of(elsewhere)
    (recipe / name).symlink_to(elsewhere)
    said = guild("package", cwd=recipe).failed()
    assert f"{name} is a link, and a build makes a folder of that name" in said.err
    guild("package", "-q", "-c", cwd=recipe).ok()
    assert tree_of(elsewhere) == before


@pytest.mark.parametrize("name", ["src", "pkg", "logs"])
def test_a_file_in_the_place_of_a_folder_is_not_lost(tmp_path: Path, name: str) -> None:
    recipe = recipe_at(tmp_path / "recipe")
    (recipe / name).write_text("precious\n")
    assert f"{name} is a file, and a build makes" in guild("package", cwd=recipe).failed().err
    assert (recipe / name).read_text() == "precious\n"


def in_read_only(recipe: Path, *words: str) -> Said:
    """Run a command in a recipe that is read-only for it."""
    if os.getuid() == 0:
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, "sh", str(recipe)]
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
    else:
        recipe.chmod(0o555)
        command = []
    ended = subprocess.run([*command, *argv(*words)], cwd=recipe, capture_output=True, text=True, check=False)
    recipe.chmod(0o755)
    return Said(ended.returncode, ended.stdout, ended.stderr)


def test_a_read_only_recipe_can_be_looked_at_and_not_built(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe")
    before = tree_of(recipe)
    assert in_read_only(recipe, "package", "-n").ok().out.endswith("create odd-1.pkg.tar.xz\n")
    for command in (["package"], ["package", "-o"], ["lock"]):
        said = in_read_only(recipe, *command).failed()
        assert f"{recipe} cannot be written to" in said.err
        assert "copy the recipe to a folder of yours" in said.err
    assert tree_of(recipe) == before


def test_a_home_that_cannot_be_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is not a folder" in world.package(GUILD_HOME=str(tmp_path / "file")).failed(2).err
    home = tmp_path / "file" / "home"
    assert f"the home cannot be {home}" in world.package(GUILD_HOME=str(home)).failed(2).err
    said = world.package(GUILD_HOME="", HOME=str(home)).failed()
    assert f"{home}/.guild/cache" in said.err
    assert "cannot be written: Not a directory" in said.err
    assert "choose another place" in said.err
    assert "Downloading" not in said.err


def test_a_recipe_of_its_own_files_needs_no_home(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe")
    guild("package", "-q", cwd=recipe, env={"GUILD_HOME": "", "HOME": "/dev/null"}).ok()


def test_windows_line_ends_of_a_shell_packager_are_told(tmp_path: Path) -> None:
    recipe = recipe_at(tmp_path / "recipe", PACKAGER.replace("\n", "\r\n"))
    said = guild("package", cwd=recipe).failed()
    assert "packager packager has the line ends of Windows, which bash fails at" in said.err
    assert beside(recipe) == {"GuildPkg", "packager", "extra.txt"}


def test_windows_line_ends_elsewhere_are_no_trouble(tmp_path: Path) -> None:
    text = RECIPE.replace("packager\n", "packager.py\n").replace("\n", "\r\n")
    recipe = make_recipe(tmp_path / "recipe", text, extra__txt="extra\n")
    hook = 'def package(context):\r\n    (context.pkgdir / "made").write_text("x")\r\n'
    (recipe / "packager.py").write_bytes(hook.encode())
    (recipe / "GuildPkg").write_bytes(text.encode())
    guild("package", "-q", cwd=recipe).ok()
    assert members(archive(recipe))[2:] == ["./made"]


def test_a_failing_hook_can_be_tried_again_on_edited_sources(tmp_path: Path) -> None:
    recipe = recipe_at(
        tmp_path / "recipe", "build() { grep mine extra.txt > found; }\npackage() { cp found $pkgdir; }\n"
    )
    assert "`guild package -e` builds again from src/" in guild("package", cwd=recipe).failed().err
    (recipe / "src/extra.txt").write_text("mine\n")
    said = guild("package", "-e", cwd=recipe).ok()
    assert "warning: built with 1 unsaved edit in src/: extra.txt" in said.err
    assert (recipe / "pkg/found").read_text() == "mine\n"
    assert "src/ has 1 unsaved edit: extra.txt" in guild("package", cwd=recipe).failed().err
