"""Files that lie about themselves cost little and change nothing."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from guildpkg.core.packages.catalog_reader import MOST_SUMMARY, read_summary
from guildpkg.errors import CatalogError, Exists, GuildError, TrustError, Unknown
from guildpkg.index import trust
from guildpkg.index.keys import KeyRing, public_text, read_public
from guildpkg.index.targets import unpacked
from guildpkg.pipeline.index import admin as index_admin
from guildpkg.pipeline.index import beginning
from tests.archive.hostile import HOSTILE as ARCHIVES
from tests.core import test_catalog, test_manifest
from tests.index.worlds import Home, Scene, make_archive, make_scene
from tests.support.disks import small_disk

__all__ = ["small_disk"]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


def test_a_summary_that_is_a_bomb_is_refused() -> None:
    bomb = zstandard.compress(bytes(MOST_SUMMARY + 1000))
    assert len(bomb) < 10_000
    with pytest.raises(CatalogError, match="when it is decompressed"):
        unpacked(bomb, "a summary")


@pytest.mark.parametrize("data", [b"", b"junk", zstandard.compress(b"x" * 1000)[:-5]], ids=["none", "junk", "cut"])
def test_a_summary_that_is_damaged_is_refused(data: bytes) -> None:
    with pytest.raises(CatalogError):
        read_summary(unpacked(data, "a summary"), "a summary")


def test_a_publisher_signs_nothing_that_somebody_else_has_put_there(scene: Scene) -> None:
    """Whoever can write into the folder gets nothing signed by it."""
    place = scene.srv / scene.bin()
    place.write_bytes(place.read_bytes().replace(b'"length":', b'"length": 1'))
    with pytest.raises(TrustError):
        scene.publish("2")
    assert not (scene.srv / "metadata/3.snapshot.json").exists()


def test_a_publisher_goes_back_to_no_older_state(scene: Scene) -> None:
    old = (scene.srv / "metadata/timestamp.json").read_bytes()
    scene.publish("2")
    assert scene.owner.versions("mnist") == ["1", "2"]
    (scene.srv / "metadata/timestamp.json").write_bytes(old)
    with pytest.raises(TrustError, match="has gone back to an older state"):
        scene.publish("3")


@pytest.mark.parametrize("name", ["../x", "", ".", "a/b", "A", "-x", "x" * 101])
def test_what_is_no_name_is_no_index(scene: Scene, name: str) -> None:
    with pytest.raises(GuildError):
        beginning.add(name, scene.srv.as_uri(), scene.known.pinned, Home(scene.archives / "user").setting)
    with pytest.raises(Unknown):
        trust.find(scene.owner.path, name)


@pytest.mark.parametrize("data", [b"", b"{}", b"junk", b'{"signed":{"_type":"root"},"signatures":[]}'])
def test_what_is_no_root_is_not_trusted(scene: Scene, data: bytes, tmp_path: Path) -> None:
    user = Home(tmp_path / "other user")
    with pytest.raises(TrustError):
        beginning.add("ours", scene.srv.as_uri(), data, user.setting)
    assert trust.listed(user.path) == ()


def test_an_index_that_cannot_be_read_is_not_added(scene: Scene, tmp_path: Path) -> None:
    user = Home(tmp_path / "other user")
    (scene.srv / "metadata/timestamp.json").unlink()
    with pytest.raises(TrustError):
        beginning.add("ours", scene.srv.as_uri(), scene.known.pinned, user.setting)
    assert trust.listed(user.path) == ()


def test_another_fingerprint_is_refused(scene: Scene) -> None:
    beginning.check_fingerprint(scene.known.pinned, scene.known.fingerprint.upper())
    with pytest.raises(TrustError, match="not the one given"):
        beginning.check_fingerprint(scene.known.pinned, "0" * 64)
    with pytest.raises(GuildError, match="is no fingerprint"):
        beginning.check_fingerprint(scene.known.pinned, "abc")


def test_an_index_is_made_in_no_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Exists, match="is not empty"):
        index_admin.init(tmp_path, "ours", Home(tmp_path / "home").setting)
    assert {path.name for path in tmp_path.iterdir()} == {"mine"}


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys")
    keyid = ring.make().public_key.keyid
    place = tmp_path / "keys" / f"{keyid}.pem"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    place.chmod(0o644)
    with pytest.raises(GuildError, match="can be read by others"):
        KeyRing(tmp_path / "keys").signer(keyid)


def test_a_key_with_a_passphrase_opens_by_it_alone(tmp_path: Path) -> None:
    keyid = KeyRing(tmp_path).make("open sesame").public_key.keyid
    assert KeyRing(tmp_path, lambda _: "open sesame").signer(keyid).public_key.keyid == keyid
    for said, why in (("", "is encrypted and there is no passphrase"), ("wrong", "cannot be opened")):
        with pytest.raises(GuildError, match=why):
            KeyRing(tmp_path, lambda _, said=said: said).signer(keyid)  # type: ignore[misc]


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path: Path) -> None:
    signer = KeyRing(tmp_path).make()
    assert read_public(public_text(signer.public_key), "x").keyid == signer.public_key.keyid
    with pytest.raises(GuildError, match="is a private key"):
        read_public(next(tmp_path.glob("*.pem")).read_bytes(), "x")
    with pytest.raises(GuildError, match="is no public key"):
        read_public(b"junk", "x")


def test_the_index_of_ones_own_is_signed_again_by_itself(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", ahead=-25 * 86400)
    home.publish(make_archive(tmp_path))
    before = (home.path / "index/metadata/timestamp.json").read_bytes()
    home.ahead = 0
    assert home.versions("mnist") == ["1"]
    assert (home.path / "index/metadata/timestamp.json").read_bytes() != before


def test_an_index_that_expired_holds_again_once_it_is_signed(scene: Scene) -> None:
    scene.owner.ahead = -40 * 86400
    scene.publish("2")
    with pytest.raises(TrustError, match="is out of date"):
        scene.versions()
    scene.owner.ahead = 0
    index_admin.sign("ours", scene.owner.setting, lambda _: "")
    assert scene.versions() == ["1", "2"]


def test_a_full_disk_publishes_nothing(small_disk: Path, tmp_path: Path) -> None:
    home = Home(small_disk / "home")
    home.publish(make_archive(tmp_path))
    large = make_archive(tmp_path, "large", content=os.urandom(4 << 20))
    with pytest.raises(GuildError, match="no room left"):
        home.publish(large)
    assert (home.versions("mnist"), home.versions("large")) == (["1"], [])


def test_there_are_more_than_fifty_hostile_things_of_every_kind_together(capsys: pytest.CaptureFixture[str]) -> None:
    """Each archive is unpacked, verified and installed; each of the others is read."""

    def cases(test: Any) -> int:
        return sum(len(mark.args[1]) for mark in test.pytestmark)

    counted = {
        "archives": len(ARCHIVES),
        "manifests": cases(test_manifest.test_a_bad_manifest_is_told_what_is_wrong)
        + cases(test_manifest.test_a_head_made_to_be_slow_is_refused_with_a_short_message),
        "shards": cases(test_catalog.test_a_hostile_shard_is_refused)
        + cases(test_catalog.test_what_is_no_shard_is_refused),
        "summaries": cases(test_catalog.test_a_hostile_line_of_a_summary_is_refused)
        + cases(test_a_summary_that_is_damaged_is_refused),
    }
    with capsys.disabled():
        sys.stdout.write(f"\nhostile: {', '.join(f'{number} {kind}' for kind, number in counted.items())} ")
    assert sum(counted.values()) >= 50
    assert min(counted.values()) >= 5
