"""Where pip would look, asked of pip itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guildpkg.errors import SourceError
from guildpkg.sources.pip_config import PipConfig, from_items, read

DEFAULT = "https://default.invalid/simple"


@pytest.fixture(autouse=True)
def bare_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what this machine tells pip."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.mark.parametrize(
    ("items", "indexes"),
    [
        ([], (DEFAULT,)),
        ([("global.index-url", "https://a/simple")], ("https://a/simple",)),
        ([(":env:.index-url", "https://b/"), ("global.index-url", "https://a/")], ("https://b/",)),
        ([("global.index-url", "https://a/"), ("download.index-url", "https://c/")], ("https://c/",)),
        ([("list.index-url", "https://a/")], (DEFAULT,)),
        ([("global.extra-index-url", "\nhttps://a/\nhttps://b/")], (DEFAULT, "https://a/", "https://b/")),
        ([("global.extra-index-url", DEFAULT)], (DEFAULT,)),
        ([("global.index-url", "https://a/"), (":env:.index-url", " ")], ("https://a/",)),
        ([("global.no-index", "true"), ("global.index-url", "https://a/")], ()),
        ([("global.no-index", "0")], (DEFAULT,)),
        ([("global.index-url", "file:///x/simple")], ("file:///x/simple",)),
    ],
)
def test_later_sections_override_earlier_ones(items: list[tuple[str, str]], indexes: tuple[str, ...]) -> None:
    assert from_items(items, DEFAULT).indexes == indexes


def test_folders_become_urls(no_real_home: Path) -> None:
    found = from_items([("global.find-links", "/a/b ~/wheels https://c/d.html")], DEFAULT)
    assert found.find_links == ("file:///a/b", f"file://{no_real_home}/wheels", "https://c/d.html")


def test_the_environment_is_read_as_pip_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@a.invalid/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://b.invalid/simple https://c.invalid/simple")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "A.invalid b.invalid:8080")
    monkeypatch.setenv("PIP_CERT", "/ca.pem")
    monkeypatch.setenv("PIP_CLIENT_CERT", "/me.pem")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.invalid")
    assert read() == PipConfig(
        ("https://me:secret@a.invalid/simple", "https://b.invalid/simple", "https://c.invalid/simple"),
        (),
        frozenset({"a.invalid", "b.invalid:8080"}),
        "/ca.pem",
        "/me.pem",
        "http://proxy.invalid",
    )


def test_no_index_leaves_the_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    assert read() == PipConfig((), ("file:///wheels",))


def test_a_file_of_pip_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://a.invalid/simple\nextra-index-url =\n  file:///x\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert read().indexes == ("https://a.invalid/simple", "file:///x")


def test_the_users_file_is_read(no_real_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_CONFIG_FILE")
    (no_real_home / ".config" / "pip").mkdir(parents=True)
    (no_real_home / ".config" / "pip" / "pip.conf").write_text("[global]\nindex-url = https://mine.invalid/simple\n")
    assert read().indexes[0] == "https://mine.invalid/simple"


def test_without_settings_the_index_is_pips_own() -> None:
    (index,) = read().indexes
    assert index.startswith("https://")
    assert index.endswith("/simple")


def test_a_broken_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("index-url = x\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(SourceError, match="pip's configuration cannot be read"):
        read()
