"""Whatever somebody serves in the place of an index: it is refused, says why, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import TargetFile

from guildpkg.errors import CatalogError, TrustError
from guildpkg.index.keys import no_passphrase
from guildpkg.pipeline.index import keys as index_keys
from guildpkg.pipeline.index.admin import ring_of
from tests.index.worlds import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An index that has just published version 2, of which its user knows version 1; it holds out in the end."""
    scene = make_scene(tmp_path)
    yield scene
    scene.middle.lies.clear()
    assert scene.versions() == ["1", "2"], "an attack was refused, and left something behind"


def trusted(scene: Scene) -> set[bytes]:
    """Take down what the user trusts."""
    return {path.read_bytes() for path in scene.known.place.rglob("*") if path.is_file() and path.name != "index.json"}


def refused(scene: Scene, why: str, *, kind: type[Exception] = TrustError) -> None:
    """Insist on the message, and that the user trusts nothing but what they did and what the honest index says."""
    sound = trusted(scene) | {path.read_bytes() for path in scene.srv.rglob("*.json")}
    with pytest.raises(kind, match=why):
        scene.versions()
    assert trusted(scene) <= sound


def test_an_older_state_is_refused(scene: Scene) -> None:
    old = scene.copy()
    scene.publish("2")
    assert scene.versions() == ["1", "2"]
    scene.middle.serve_as_of(old)
    refused(scene, "has gone back to an older state")


def test_a_state_whose_time_is_over_is_refused(scene: Scene) -> None:
    """A freeze: whoever holds newer files back can do so until the last signature ends."""
    scene.publish("2")
    scene.owner.ahead = -31 * 86400
    scene.publish("1", "other")
    refused(scene, "is out of date: timestamp.json is expired")
    scene.owner.ahead = 0
    scene.publish("2", "other")


def test_an_index_that_was_sent_far_ahead_comes_back_with_new_keys(scene: Scene) -> None:
    """A fast-forward: with a stolen key, versions are raised to where no honest one gets."""
    thief = scene.key("publish")
    scene.publish("2")

    def far_ahead(signed: Any) -> None:
        signed.version = 1 << 40

    scene.middle.swap("metadata/timestamp.json", far_ahead, thief)
    assert scene.versions() == ["1", "2"]
    scene.middle.lies.clear()
    refused(scene, "has gone back to an older state")
    scene.rotate("publish")
    assert scene.versions() == ["1", "2"]


def test_files_of_different_states_are_refused(scene: Scene) -> None:
    old = scene.bin()
    scene.publish("2")
    scene.middle.lies[scene.bin()] = scene.middle.read(old, 1 << 20)
    refused(scene, "do not belong together: Expected bin-3 v3, got v2")


def test_an_old_snapshot_under_a_new_number_is_refused(scene: Scene) -> None:
    old = scene.newest("snapshot")
    scene.publish("2")
    scene.middle.lies[scene.newest("snapshot")] = scene.middle.read(old, 1 << 20)
    refused(scene, "Expected snapshot version 3, got 2")


def test_another_shard_is_refused(scene: Scene) -> None:
    scene.publish("2")
    scene.publish("9", "other")
    mine, other = (next((scene.srv / "targets/shards").glob(f"*.{name}.json")) for name in ("mnist", "other"))
    for place in (scene.srv / "targets/shards").glob("*.mnist.json"):
        scene.middle.lies[place.relative_to(scene.srv).as_posix()] = other.read_bytes()[: mine.stat().st_size]
    refused(scene, "is not the one that was signed")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "bin"])
def test_metadata_without_end_is_refused(scene: Scene, role: str) -> None:
    scene.publish("2")
    paths = {"timestamp": "metadata/timestamp.json", "snapshot": scene.newest("snapshot"), "bin": scene.bin()}
    scene.middle.lies[paths[role]] = b" " * (33 << 20)
    refused(scene, "sends more than it may")


def test_a_shard_without_end_is_refused(scene: Scene) -> None:
    scene.publish("2")
    for place in (scene.srv / "targets/shards").glob("*"):
        scene.middle.lies[place.relative_to(scene.srv).as_posix()] = place.read_bytes() + b" " * 1000
    refused(scene, "sends more than it may")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "bin"])
def test_metadata_without_a_signature_is_refused(scene: Scene, role: str) -> None:
    scene.publish("2")
    paths = {"timestamp": "metadata/timestamp.json", "snapshot": scene.newest("snapshot"), "bin": scene.bin()}

    def later(signed: Any) -> None:
        signed.expires = signed.expires.replace(year=2100)

    scene.middle.swap(paths[role], later)
    refused(scene, "is not signed by the keys that it must be signed by")


def test_what_a_revoked_key_signs_is_refused(scene: Scene) -> None:
    thief = scene.key("publish")
    scene.publish("2")
    scene.rotate("publish")

    def one_more(signed: Any) -> None:
        signed.version += 1

    scene.middle.swap("metadata/timestamp.json", one_more, thief)
    refused(scene, "timestamp was signed by 0/1 keys")


def test_a_key_of_somebody_else_may_publish_until_it_is_revoked(scene: Scene, tmp_path: Path) -> None:
    setting = scene.owner.setting
    keyid = index_keys.make(tmp_path / "friend.pem", setting, "")
    index_keys.add("ours", tmp_path / "friend.pem", setting, no_passphrase)
    scene.publish("2")
    assert scene.versions() == ["1", "2"]
    index_keys.revoke("ours", keyid[:10], setting, no_passphrase)
    assert keyid not in [row.id for row in index_keys.listing("ours", setting)]


def test_a_root_that_the_old_root_has_not_signed_is_refused(scene: Scene) -> None:
    scene.publish("2")
    stranger = ring_of(scene.owner.setting).make()
    scene.middle.lies["metadata/2.root.json"] = scene.middle.read("metadata/1.root.json", 1 << 20)

    def mine(signed: Any) -> None:
        signed.version = 2
        signed.add_key(stranger.public_key, "root")

    scene.middle.swap("metadata/2.root.json", mine, stranger)
    refused(scene, "root was signed by 0/1 keys")


def test_a_user_follows_a_root_that_was_rotated_twice(scene: Scene) -> None:
    scene.rotate("root")
    scene.publish("2")
    scene.rotate("root")
    assert scene.versions() == ["1", "2"]
    assert (scene.known.place / "metadata/root.json").resolve().name == "3.root.json"


def test_a_root_that_is_skipped_is_refused(scene: Scene) -> None:
    scene.publish("2")
    scene.rotate("root")
    scene.rotate("root")
    scene.middle.lies["metadata/2.root.json"] = scene.middle.read("metadata/3.root.json", 1 << 20)
    refused(scene, "root was signed by 0/1 keys")


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"null", b"[" * 10_000, b'{"signed":1}', b"\xff\xfe", b"1e999"])
def test_what_is_no_metadata_is_refused(scene: Scene, data: bytes) -> None:
    scene.publish("2")
    scene.middle.lies["metadata/timestamp.json"] = data
    refused(scene, "cannot be trusted|is not signed")


def test_a_file_that_is_missing_is_told(scene: Scene) -> None:
    scene.publish("2")
    (scene.srv / scene.newest("snapshot")).rename(scene.archives / "kept")
    refused(scene, "has no metadata/3.snapshot.json")
    (scene.archives / "kept").rename(scene.srv / "metadata/3.snapshot.json")


def test_a_signed_shard_that_is_unsound_is_refused(scene: Scene) -> None:
    """Also a key that is trusted may sign nonsense."""
    scene.publish("2")
    key = scene.key("publish")
    bad = TargetFile.from_data("shards/mnist.json", b'{"schema":1,"name":"mnist"}', ["sha256"])
    scene.middle.lies[f"targets/shards/{bad.hashes['sha256']}.mnist.json"] = b'{"schema":1,"name":"mnist"}'
    scene.middle.swap(scene.bin(), lambda signed: signed.targets.update({"shards/mnist.json": bad}), key)
    with pytest.raises(CatalogError, match="releases is no list"):
        scene.versions()
    scene.middle.lies.clear()
    scene.rotate("publish")
