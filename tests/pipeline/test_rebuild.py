"""An archive builds again from itself; what differs is named with its cause."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

from guildpkg.system.sandbox import probe
from tests.pipeline.conftest import World
from tests.support.guild import Said, guild
from tests.support.httpserver import serving

PLAIN = "[package]\n  name = thing\n  version = 1\n  source = in.txt\n  packager = packager\n"
HOOK = 'package() {{ cp in.txt "$pkgdir/"; {}; }}\n'


def built(folder: Path, hook: str, more: str = "", **env: str) -> Path:
    """Build a recipe whose package hook does something that depends on the world."""
    folder.mkdir(exist_ok=True)
    (folder / "GuildPkg").write_text(PLAIN + more)
    (folder / "in.txt").write_text("in\n")
    (folder / "packager").write_text(HOOK.format(hook))
    guild("package", "-q", "--sandbox", "off", cwd=folder, env=env).ok()
    return folder / "thing-1.pkg.tar.xz"


def again(archive: Path, *options: str, **env: str) -> Said:
    return guild("rebuild", archive, "--sandbox", "off", *options, cwd=archive.parent, env=env)


def test_the_same_bytes_come_out_of_an_archive_alone(world: World, tmp_path: Path) -> None:
    world.package().ok()
    archive = world.archive.rename(tmp_path / world.archive.name)
    said = guild("rebuild", archive, world.mirror, cwd=tmp_path, env={"GUILD_HOME": str(tmp_path / "other")}).ok()
    assert "the same bytes came out" in said.out
    assert not list((tmp_path / "other" / "cache" / "scratch").iterdir())


def test_an_archive_is_rebuilt_by_its_url(world: World, tmp_path: Path) -> None:
    world.package().ok()
    with serving() as server:
        url = server.put("/files/thing-1.pkg.tar.xz", world.archive.read_bytes())
        home = {"GUILD_HOME": str(tmp_path / "other")}
        said = guild("rebuild", url, world.mirror, "--keep", "kept", "-y", cwd=tmp_path, env=home).ok()
        assert said.out.startswith(f"{url}: the same bytes came out, sha256 ")
        assert (tmp_path / "kept/thing-1.pkg.tar.xz").read_bytes() == world.archive.read_bytes()
        tampered(lambda tar: tar.replace(b"two = 22\n", b"two = 23\n"), world.archive)
        url = server.put("/other/thing-1.pkg.tar.xz", world.archive.read_bytes())
        assert "./lib/part/a.py" in guild("rebuild", url, world.mirror, "-y", cwd=tmp_path, env=home).failed().out
        said = guild("rebuild", f"{server.root}/none.pkg.tar.xz", cwd=tmp_path, env=home).failed()
        assert "404" in said.err


def test_nothing_that_came_from_a_url_is_run_unasked(tmp_path: Path) -> None:
    archive = built(tmp_path / "recipe", f"touch {tmp_path}/ran", "[build]\n  env = CHANCE\n")
    (tmp_path / "ran").unlink()
    with serving() as server:
        url = server.put("/thing-1.pkg.tar.xz", archive.read_bytes())
        words = ("rebuild", url, "--sandbox", "off")
        said = guild(*words, cwd=tmp_path, stdin="\n").failed().err
        assert said.splitlines()[-5:-2] == [
            "Building thing 1 runs a program that came with it: packager (package)",
            "It would run without a sandbox: it could do all that you can",
            "It would be told these variables of your environment: CHANCE",
        ]
        assert "-y goes on without asking" in guild(*words, cwd=tmp_path).failed().err
        assert not (tmp_path / "ran").exists()
        guild(*words, cwd=tmp_path, stdin="y\n").ok()
    assert (tmp_path / "ran").exists()


ENV = "[build]\n  env = CHANCE\n"
FIRST = '[ "$CHANCE" = 1 ]'
GZIP = "printf '\\x1f\\x8b\\x08\\x00'; printf '%04d' $(($(date +%s) % 10000)); printf 'abcdefgh'"
PLANTED = {
    "stamp": ("date -R; sleep 1.1", "content (a time stamp)"),
    "seconds": ("date +%s", "content (a time stamp)"),
    "zipped.gz": (GZIP, "content (a time stamp, in the header of a gzip file)"),
    "path": ("pwd", "content (an embedded path)"),
    "order": (f"printf 'b\\na\\nc\\n' | if {FIRST}; then sort -r; else cat; fi", "content (the order of its lines"),
    "sorted": (f"printf 'B\\na\\nC\\n' | sort $({FIRST} && echo -f)", "content (the locale: how lines are sorted)"),
    "number": (f"{FIRST} && echo 1,5 || echo 1.5", "content (the locale: how numbers are written)"),
    "tool": ('echo "made by tool 1.$CHANCE.0"', "content (another tool version)"),
    "mode": (f'{FIRST} && chmod +x "$pkgdir/mode" || true', "mode (its mode differs): 0755 -> 0644"),
    "chance": ('echo "n $RANDOM$RANDOM$RANDOM"', "content (its content, for no cause that shows"),
    "more": (f'{FIRST} && rm "$pkgdir/more" || true', "added"),
}


def test_planted_differences_are_named_right(tmp_path: Path) -> None:
    hook = "; ".join(f'( {script} ) > "$pkgdir/{name}"' for name, (script, _) in PLANTED.items())
    archive = built(tmp_path / "recipe", hook, ENV, CHANCE="1")
    said = again(archive, CHANCE="2").failed().out
    told = [line.strip() for line in said.splitlines() if line.startswith("  ") and not line.startswith("    ")]
    assert len(told) == len(PLANTED), said
    assert [
        name for name, (_, cause) in PLANTED.items() if not any(t.startswith(f"{name}: {cause}") for t in told)
    ] == []


def test_a_source_that_moved_is_named(world: World) -> None:
    world.package().ok()
    world.upstream.git("update-ref", "-d", "refs/heads/main")
    world.upstream.git("gc", "--quiet", "--prune=now")
    world.upstream.commit({"README": "another history\n"})
    said = guild(
        "rebuild", world.archive, world.mirror, cwd=world.recipe, env={"GUILD_HOME": str(world.recipe.parent / "other")}
    )
    assert "source thing: gone (source moved)" in said.failed().out


def tampered(change: Callable[[bytes], bytes], archive: Path, *, preset: int = 6) -> None:
    data = change(lzma.decompress(archive.read_bytes()))
    archive.write_bytes(lzma.compress(data, preset=preset, check=lzma.CHECK_CRC64))


def test_another_compressor_and_another_guildpkg_are_told_from_another_content(tmp_path: Path) -> None:
    archive = built(tmp_path / "recipe", "true")
    tampered(lambda tar: tar, archive, preset=1)
    assert "the archive: compression (another version or setting of the compressor)" in again(archive).failed().out
    tampered(lambda tar: tar.replace(b"guildpkg = 0.", b"guildpkg = 9."), archive)
    said = again(archive).failed()
    assert "manifest [build] guildpkg: value (another version of guildpkg): 9." in said.out
    assert "warning: thing-1.pkg.tar.xz was built by guildpkg 9." in said.err


def test_a_member_that_is_not_as_the_manifest_says_is_named(tmp_path: Path) -> None:
    archive = built(tmp_path / "recipe", "true")
    tampered(lambda tar: tar.replace(b"in\n\0", b"on\n\0"), archive)
    assert "not as its own manifest says: './in.txt' has the SHA-256" in again(archive).failed().out.replace(
        "./in.txt has", "'./in.txt' has"
    )


VARIED = {
    "zone": ("date +%Z", "content (the time zone"),
    "umask": ("umask", "content (the umask"),
    "locale": ('echo "$LC_ALL"', "content (the locale"),
    "folder": ("pwd", "content (the folder that it is built in"),
    "time": ("date +%s", "content (a time stamp"),
}


def test_what_a_build_depends_on_is_found_by_trying(tmp_path: Path) -> None:
    sandbox = "required" if probe().available else "off"
    folder = tmp_path / "recipe"
    built(folder, "; ".join(f'{script} > "$pkgdir/{name}"' for name, (script, _) in VARIED.items()))
    said = guild("package", "--twice", "-f", "--sandbox", sandbox, cwd=folder).failed()
    assert [name for name, (_, cause) in VARIED.items() if f"  {name}: {cause}" not in said.out] == [], said.out


def test_a_build_that_depends_on_nothing_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    archive = built(tmp_path / "recipe", "true")
    assert (
        "The second build gave the same bytes"
        in guild("package", "--twice", "--sandbox", "off", cwd=archive.parent).ok().err
    )


def test_two_archives_are_compared_in_all_their_parts(world: World, tmp_path: Path) -> None:
    world.package().ok()
    old = world.archive.rename(tmp_path / "thing-1.pkg.tar.xz")
    assert guild("diff-package", old, old, cwd=tmp_path).ok().out == ""
    world.move_upstream()
    (world.recipe / "GuildPkg").write_text(
        (world.recipe / "GuildPkg").read_text().replace("version  = 1", "version  = 2")
    )
    (world.recipe / "extra.txt").write_text("other\n")
    guild("lock", "--update", world.mirror, cwd=world.recipe).ok()
    world.package().ok()
    said = guild("diff-package", old, world.recipe / "thing-2.pkg.tar.xz", cwd=tmp_path).failed().out
    for line in (
        "manifest [package] version: value: 1 -> 2",
        "source thing: value (source moved)",
        "recipe 'extra.txt': content",
    ):
        assert line in said.replace("recipe extra.txt", "recipe 'extra.txt'"), said
    assert "lib/part/a.py: content" in said
    assert "    +four = 4\n" in said
    listed = guild("diff-package", "--json", old, world.recipe / "thing-2.pkg.tar.xz", cwd=tmp_path).failed().json()
    assert {"file", "recipe", "source", "manifest"} == {item["part"] for item in listed}


def test_the_recipe_of_an_archive_comes_back_and_builds(world: World, tmp_path: Path) -> None:
    world.package().ok()
    target = tmp_path / "back"
    assert "fix.patch" in guild("unpack-recipe", "-n", world.archive, target, cwd=tmp_path).ok().out
    assert not target.exists()
    guild("unpack-recipe", world.archive, target, cwd=tmp_path).ok()
    guild("package", "--locked", "--offline", cwd=target).ok()
    assert (target / world.archive.name).read_bytes() == world.archive.read_bytes()
    assert "not an empty folder" in guild("unpack-recipe", world.archive, target, cwd=tmp_path).failed().err
