"""`guild index check`: what is wrong is named, and what is old can go."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import httpx
import pytest

from guildpkg.errors import Unknown
from guildpkg.index import checking, trust
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index import beginning
from guildpkg.pipeline.index.check import check, clean, serving
from tests.index.worlds import Home, Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = make_scene(tmp_path)
    scene.publish("2")
    scene.publish("1", "iris")
    return scene


def test_a_sound_index_has_no_faults(scene: Scene) -> None:
    found = check("ours", scene.owner.setting)
    assert (found.faults, found.packages, found.releases) == ((), 2, 3)


@pytest.mark.parametrize("what", ["packages", "targets/shards", "targets/summaries"])
def test_every_byte_that_is_needed_counts(scene: Scene, what: str) -> None:
    needed = {path for path, _ in check("ours", scene.owner.setting).old}
    files = [path for path in sorted((scene.srv / what).rglob("*")) if path.is_file()]
    for place in [path for path in files if path.relative_to(scene.srv).as_posix() not in needed]:
        data = place.read_bytes()
        place.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        assert check("ours", scene.owner.setting).faults, place
        place.unlink()
        assert check("ours", scene.owner.setting).faults, place
        place.write_bytes(data)
    assert check("ours", scene.owner.setting).faults == ()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_root_is_needed_by_who_knows_an_old_one(scene: Scene, number: int) -> None:
    """A root that is missing, damaged, or another one in its place is a fault, also where nobody here reads it."""
    for _ in range(2):
        scene.rotate("root")
    index_admin.remove(scene.owner.setting, "ours")
    newest = (scene.srv / "metadata/3.root.json").read_bytes()
    trust.add(scene.owner.path, "ours", scene.srv.as_uri(), newest, store=str(scene.srv), now=0)
    assert check("ours", scene.owner.setting).faults == ()
    place = scene.srv / f"metadata/{number}.root.json"
    data = place.read_bytes()
    place.unlink()
    assert f"metadata/{number}.root.json" in check("ours", scene.owner.setting).faults[0]
    other = (scene.srv / f"metadata/{number % 3 + 1}.root.json").read_bytes()
    for damaged in (data.replace(b'"sig":"', b'"sig":"00', 1), b"{}", other):
        place.write_bytes(damaged)
        assert check("ours", scene.owner.setting).faults


def test_what_is_old_goes_after_a_week(scene: Scene) -> None:
    (scene.srv / "packages" / ("0" * 64)).mkdir()
    (scene.srv / "packages" / ("0" * 64) / "left.tar").write_bytes(b"x" * 1000)
    found = check("ours", scene.owner.setting)
    assert clean("ours", found, scene.owner.setting) == 0
    for path, _ in found.old:
        os.utime(scene.srv / path, (time.time() - checking.WEEK - 60,) * 2)
    assert clean("ours", found, scene.owner.setting, dry_run=True) == sum(size for _, size in found.old) > 1000
    assert check("ours", scene.owner.setting).old == found.old
    assert clean("ours", found, scene.owner.setting) == sum(size for _, size in found.old)
    assert check("ours", scene.owner.setting).old == ()
    assert scene.versions() == ["1", "2"]
    scene.publish("3")
    assert scene.versions() == ["1", "2", "3"]


@pytest.mark.parametrize("damaged", ["targets/shards", "metadata"])
def test_nothing_goes_while_something_cannot_be_read(scene: Scene, damaged: str) -> None:
    """What is damaged may refer to archives that nothing else refers to."""
    old = {path for path, _ in check("ours", scene.owner.setting).old}
    for place in (scene.srv / damaged).rglob("*bin-*.json" if damaged == "metadata" else "*.json*"):
        if place.relative_to(scene.srv).as_posix() not in old:
            place.write_bytes(b"x")
    everything = {path: path.stat().st_size for path in scene.srv.rglob("*") if path.is_file()}
    for path in everything:
        os.utime(path, (time.time() - checking.WEEK - 60,) * 2)
    found = check("ours", scene.owner.setting)
    assert found.faults
    assert clean("ours", found, scene.owner.setting) == 0
    assert {path for path in scene.srv.rglob("*") if path.is_file()} == set(everything)


def test_an_index_of_somebody_else_is_served_by_its_folder(scene: Scene, tmp_path: Path) -> None:
    nobody = Home(tmp_path / "nobody").setting
    with serving("srv", 0, nobody, folder=scene.srv) as server:
        assert server.server_port
    with pytest.raises(Unknown), serving("archives", 0, nobody, folder=scene.archives):
        pass


def test_what_is_served_is_the_index_and_nothing_else(scene: Scene, tmp_path: Path) -> None:
    (scene.srv / ".hidden").write_text("secret")
    (tmp_path / "outside").write_text("secret")
    (scene.srv / "link").symlink_to(tmp_path / "outside")
    user = Home(tmp_path / "other user")
    with serving("ours", 0, scene.owner.setting) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with httpx.Client() as client:
            assert client.get(f"{url}/metadata/timestamp.json").status_code == 200
            for path in ("/", "/metadata/", "/.hidden", "/link", "/../outside", "/%2e%2e/outside", "/metadata"):
                assert client.get(url + path).status_code == 404, path
        beginning.add("ours", url, scene.known.pinned, user.setting)
        assert user.versions("mnist") == ["1", "2"]
        server.shutdown()
        thread.join()


def test_a_claim_from_the_future_holds_nobody_up(scene: Scene) -> None:
    """Whoever claimed the next number had a clock that was ahead; it is passed over like any other that is left."""
    number = int(Path(scene.newest("snapshot")).name.partition(".")[0]) + 1
    place = scene.srv / f"metadata/{number}.snapshot.json"
    place.write_bytes(b"")
    os.utime(place, (time.time() + 86400,) * 2)
    work = threading.Thread(target=scene.publish, args=("3",), daemon=True)
    work.start()
    work.join(30)
    assert not work.is_alive()
    assert scene.versions() == ["1", "2", "3"]
