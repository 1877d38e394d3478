"""Random trees, random edits: begin, edit, save, and lay out again by the functions that the commands call."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildpkg.core.events import silent
from guildpkg.core.git.objects import FILE, LINK, PROGRAM
from guildpkg.pipeline.package.fetch import Wish
from guildpkg.pipeline.patch.edits import begin
from guildpkg.pipeline.patch.save import SaveWish, save
from guildpkg.pipeline.setting import Setting
from guildpkg.system.disk import remove, scan

World = dict[bytes, tuple[int, bytes]]
LINES = st.lists(
    st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"same\n", b"\n", b"-- x\n", b"++ y\n", b"\\ z\n", b"\xff\n"])
)
TEXTS = st.builds(lambda lines, end: b"".join(lines) + end, LINES, st.sampled_from([b"", b"", b"end", b"end\r"]))
DATA = st.one_of(TEXTS, st.binary(max_size=40), st.just(bytes(range(256)) * 4))
FILES = st.tuples(st.sampled_from([FILE, FILE, PROGRAM]), DATA)
LEAVES = st.one_of(FILES, FILES, st.tuples(st.just(LINK), st.sampled_from([b"a", b"./a", b"no where", b"d/\xff"])))
NAMES = [b"a", b"b c", b"d/e", b"d/f'g", b'q"uo"te', b"back\\slash", b"\xff\xfe", "é/ü".encode(), b"t\tab", b"x => y"]
NAMES += [b"-dash", b"d/deep/er", b"{b,c}", b"new\nline", b"a.py", b"b/a"]
TREES = st.dictionaries(st.sampled_from(NAMES), LEAVES, min_size=1, max_size=8)


@st.composite
def edited(draw: st.DrawFn) -> tuple[World, World]:
    """Draw a tree and what an afternoon of work made of it: changes, renames, other modes, deletions, additions."""
    old: World = draw(TREES)
    new = dict(old)
    for name in draw(st.lists(st.sampled_from(sorted(old)), max_size=4, unique=True)):
        mode, data = new.pop(name)
        match draw(st.sampled_from(["gone", "moved", "mode", "more", "other"])):
            case "moved":
                new[draw(st.sampled_from(NAMES))] = (mode, data)
            case "mode" if mode != LINK:
                new[name] = (PROGRAM if mode == FILE else FILE, data)
            case "more" if mode != LINK:
                new[name] = (mode, b"first\n" + data)
            case "other":
                new[name] = draw(LEAVES)
    new |= draw(st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=2))
    return fitting(old), fitting(new)


def fitting(world: World) -> World:
    """Leave out names that would have to be files and folders at once."""
    folders = {name[:at] for name in world for at, byte in enumerate(name) if byte == 0x2F}
    return {name: leaf for name, leaf in world.items() if name not in folders}


def lay(world: World, root: Path) -> None:
    for name, (mode, data) in world.items():
        place = root / os.fsdecode(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            place.symlink_to(os.fsdecode(data))
        else:
            place.write_bytes(data)
            place.chmod(0o755 if mode == PROGRAM else 0o644)


def lies(root: Path) -> World:
    found = {}
    for entry in scan(root) if root.is_dir() else ():
        data = entry.target if entry.kind == "link" else (root / os.fsdecode(entry.path)).read_bytes()
        found[entry.path] = (LINK if entry.kind == "link" else PROGRAM if entry.executable else FILE, data)
    return found


def saved(folder: Path, old: World, new: World) -> bytes:
    """Begin on a tree, edit it, save, and insist that laying it out again gives the edited tree; give the patch."""
    folder.mkdir()
    lay(old, folder / "lib")
    (folder / "GuildPkg").write_text("[package]\n  name = thing\n  version = 1\n  source = lib\n")
    setting = Setting(folder.parent / "home", os.environ, silent, lambda: 0.0)
    begin(folder, "", "lib", Wish(), setting)
    remove(folder / "src" / "lib")
    lay(new, folder / "src" / "lib")
    save(folder, "", SaveWish(), Wish(), setting)
    patch = folder / "lib.patch"
    data = patch.read_bytes() if patch.exists() else b""
    assert save(folder, "", SaveWish(), Wish(), setting) == []
    assert (patch.read_bytes() if patch.exists() else b"") == data
    shutil.rmtree(folder / "src")
    begin(folder, "", "lib", Wish(), setting) if new else None
    assert lies(folder / "src" / "lib") == new
    return data


@settings(
    max_examples=int(os.environ.get("GUILD_TEST_ROUNDTRIPS", "8")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(edited())
def test_what_was_edited_comes_back_from_the_saved_patch(case: tuple[World, World]) -> None:
    old, new = case
    with tempfile.TemporaryDirectory() as scratch:
        first = saved(Path(scratch, "one"), old, new)
        assert bool(first) == (old != new)
        assert saved(Path(scratch, "two"), old, new) == first


def test_every_kind_of_name_and_edit_at_once(tmp_path: Path) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(9))
    old: World = {name: (FILE, name + b"\n" + lines) for name in NAMES if name not in (b"d/e", b"b/a", b"a")}
    new: World = {**old, b"a.py": (PROGRAM, b"\r\n" + lines), b"t\tab": (LINK, b"x => y"), b"link": (LINK, b"\xff\xfe")}
    new |= {b"moved \xff": new.pop(b"back\\slash"), b"empty": (FILE, b""), b"\xff\xfe": (FILE, lines.rstrip(b"\n"))}
    new |= {b"image \xe9.bin": (FILE, bytes(range(256)))}
    del new[b"x => y"]
    saved(tmp_path / "recipe", old, new)
