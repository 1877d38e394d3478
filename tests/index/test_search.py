"""`guild search`: what is found, and when the index is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.core.events import Warn, silent
from guildpkg.errors import CatalogError, TrustError
from guildpkg.index.client import Client
from guildpkg.index.keys import no_passphrase
from guildpkg.index.search import Catalogue
from guildpkg.pipeline.index import beginning
from guildpkg.pipeline.index.publish import yank
from guildpkg.pipeline.index.search import Look, search
from tests.index.worlds import Home, make_archive, make_scene, serve
from tests.support.httpserver import serving


def found(home: Home, *words: str, **look: bool) -> list[str]:
    """Search, and give the names."""
    return [hit.line.name for hit in search(words, Look(**look), home.setting)[0]]  # type: ignore[arg-type]


def test_what_was_just_published_is_found(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert found(home, "*") == []
    home.publish(make_archive(tmp_path, about="Handwritten digits"))
    assert found(home, "digits") == ["mnist"]
    home.publish(make_archive(tmp_path, "iris", about="Flowers"))
    assert found(home, "*") == ["iris", "mnist"]


def test_a_yanked_version_is_not_the_one_that_is_shown(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.publish(make_archive(tmp_path, version="1"), make_archive(tmp_path, version="2"))
    yank(("mnist", "2"), "wrong", "", home.setting, no_passphrase)
    (hit,) = search(["mnist"], Look(), home.setting)[0]
    assert (hit.line.version, hit.line.versions, hit.line.yanked, hit.installed) == ("1", 2, False, False)


def test_an_index_on_the_network_is_asked_once_in_a_while(tmp_path: Path) -> None:
    scene, user = make_scene(tmp_path), Home(tmp_path / "user")
    catalogue = Catalogue(scene.known)
    client = Client(scene.known, scene.middle)
    catalogue.made(client, 1000.0, user.told.append)
    asked = len(scene.middle.asked)
    catalogue.made(Client(scene.known, scene.middle), 1000.0, user.told.append)
    assert [path for path in scene.middle.asked[asked:] if "summaries" in path] == []
    remote = Catalogue(type(scene.known)("ours", "https://example.org", "", 0, scene.known.place))
    assert remote.ready(1000.0 + 899) == catalogue.kept()
    assert remote.ready(1000.0 + 901) is None


def test_without_a_network_what_was_read_before_is_searched(tmp_path: Path) -> None:
    scene, user = make_scene(tmp_path), Home(tmp_path / "other user")
    with serving() as server:
        url = serve(server, scene.srv)
        beginning.add("ours", url, scene.known.pinned, user.setting)
        assert found(user, "mnist") == ["mnist"]
    user.ahead = 3600
    assert found(user, "mnist", offline=True) == ["mnist"]
    assert found(user, "mnist", refresh=True) == ["mnist"]
    assert any(isinstance(event, Warn) and "what was read before is searched" in event.text for event in user.told)


def test_a_summary_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    for place in (scene.srv / "targets/summaries").iterdir():
        place.write_bytes(place.read_bytes()[::-1])
    with pytest.raises(TrustError, match="is not the one that was signed"):
        Catalogue(scene.known).made(Client(scene.known, scene.middle), 0.0, Home(tmp_path).told.append)
    assert Catalogue(scene.known).kept() == ""


@pytest.mark.parametrize("limit", ["MOST_SUMMARIES", "MOST_TEXT"])
def test_an_index_with_more_than_an_index_may_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    scene = make_scene(tmp_path)
    monkeypatch.setattr(f"guildpkg.index.search.{limit}", 0)
    with pytest.raises(CatalogError, match="summaries") as refused:
        Catalogue(scene.known).made(Client(scene.known, scene.middle), 1000.0, silent)
    assert "guild index remove" in refused.value.hint
    assert Catalogue(scene.known).kept() == ""
