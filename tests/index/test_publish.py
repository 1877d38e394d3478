"""What is published can be had again, and stays what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import Exists, GuildError, IntegrityError, Unknown
from guildpkg.index.folder import FolderStore
from guildpkg.index.keys import no_passphrase
from guildpkg.pipeline.index.publish import yank
from tests.index.worlds import Home, make_archive


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_what_is_published_can_be_had_without_any_setting_up(home: Home, tmp_path: Path) -> None:
    archive = make_archive(tmp_path, needs="digits >= 1", about="Digits")
    home.publish(archive)
    release = home.releases("mnist")[0].release
    assert (release.version, release.packages, release.description, release.files) == ("1", "digits >= 1", "Digits", 1)
    assert home.obtain("mnist") == archive.read_bytes()


def test_versions_come_in_their_order(home: Home, tmp_path: Path) -> None:
    home.publish(*(make_archive(tmp_path, version=version) for version in ("10", "9", "1!1", "10rc1")))
    assert home.versions("mnist") == ["9", "10rc1", "10", "1!1"]


def test_an_index_without_a_package_offers_nothing(home: Home, tmp_path: Path) -> None:
    assert home.releases("mnist") == ()
    home.publish(make_archive(tmp_path))
    assert home.releases("other") == ()


def test_publishing_the_same_bytes_again_changes_nothing(home: Home, tmp_path: Path) -> None:
    archive = make_archive(tmp_path)
    assert [done.already for done in home.publish(archive)] == [False]
    before = {path: path.read_bytes() for path in (home.path / "index").rglob("*") if path.is_file()}
    assert [done.already for done in home.publish(archive)] == [True]
    assert {path: path.read_bytes() for path in (home.path / "index").rglob("*") if path.is_file()} == before


def test_a_version_never_changes_once_it_is_published(home: Home, tmp_path: Path) -> None:
    archive = make_archive(tmp_path)
    home.publish(archive)
    other = make_archive(tmp_path / "other", content=b"ho\n")
    with pytest.raises(Exists, match="has mnist 1 already, with other bytes"):
        home.publish(make_archive(tmp_path, version="2"), other)
    assert home.versions("mnist") == ["1"]
    assert home.obtain("mnist") == archive.read_bytes()


def test_an_archive_that_is_not_sound_is_not_published(home: Home, tmp_path: Path) -> None:
    archive = make_archive(tmp_path)
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(GuildError, match="mnist-1"):
        home.publish(archive)
    assert not (home.path / "index").exists()


def test_a_yanked_release_says_why_and_can_be_taken_back(home: Home, tmp_path: Path) -> None:
    home.publish(make_archive(tmp_path))
    yank(("mnist", "1"), "wrong labels", "", home.setting, no_passphrase)
    assert [offer.release.yanked for offer in home.releases("mnist")] == ["wrong labels"]
    yank(("mnist", "1"), None, "", home.setting, no_passphrase)
    assert [offer.release.yanked for offer in home.releases("mnist")] == [None]


def test_only_what_there_is_can_be_yanked(home: Home, tmp_path: Path) -> None:
    home.publish(make_archive(tmp_path))
    with pytest.raises(Unknown, match="has no mnist 2"):
        yank(("mnist", "2"), "no", "", home.setting, no_passphrase)
    with pytest.raises(Unknown, match="has no package other"):
        yank(("other", "1"), "no", "", home.setting, no_passphrase)


def test_an_archive_with_one_byte_changed_in_the_index_is_refused(home: Home, tmp_path: Path) -> None:
    home.publish(make_archive(tmp_path))
    place = next((home.path / "index/packages").rglob("*.xz"))
    data = bytearray(place.read_bytes())
    data[100] ^= 1
    place.write_bytes(data)
    with pytest.raises(IntegrityError, match="sha256"):
        home.obtain("mnist")


def test_what_is_replaced_gets_a_later_second_as_servers_tell_contents_apart_by_it(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    seconds = []
    for content in (b"one", b"two", b"six"):
        store.replace("metadata/timestamp.json", content)
        seconds.append(int((tmp_path / "metadata/timestamp.json").stat().st_mtime))
    assert seconds == sorted(set(seconds))
