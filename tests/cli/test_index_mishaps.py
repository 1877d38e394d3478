"""Commands of indexes where something was lost, is damaged, or has an odd name; all run in this process."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from guildpkg.cli.boundary import run
from guildpkg.index import trust
from tests.index.worlds import make_archive
from tests.support.guild import argv

Tell = Callable[..., str]


FRIEND = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Give every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home() -> Path:
    """``$GUILD_HOME``, where nothing is yet."""
    return Path(os.environ["GUILD_HOME"])


@pytest.fixture
def tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command in *tmp_path*, insist on how it ends, and give all that it says."""

    def told(*words: str | Path, ends: int = 0) -> str:
        code = run(["-C", str(tmp_path), *map(str, words)])
        said = "".join(capsys.readouterr())
        assert code == ends, said
        assert "Traceback" not in said
        assert "internal error" not in said
        return said

    return told


def test_no_other_index_is_called_local(tmp_path: Path, tell: Tell) -> None:
    """A folder of that name does not make an index that every command would take for one's own."""
    assert "local is what your own index" in tell("index", "init", tmp_path / "local", ends=1)
    assert not (tmp_path / "local").exists()
    assert "local is what your own index" in tell("index", "add", "local", "https://example.org", ends=1)


def test_what_is_left_of_a_lost_index_of_ones_own_can_go(tmp_path: Path, home: Path, tell: Tell) -> None:
    archive = make_archive(tmp_path)
    tell("publish", archive)
    assert "cannot be forgotten" in tell("index", "remove", "local", "-y", ends=2)
    shutil.rmtree(home / "index")
    assert "`guild index remove local`" in tell("publish", archive, ends=1)
    tell("index", "remove", "local", "-y")
    assert "published mnist 1" in tell("publish", archive)


def test_ones_own_index_is_asked_first_whenever_it_was_made(tmp_path: Path, home: Path, tell: Tell) -> None:
    tell("index", "init", tmp_path / "srv", "--name", "ours")
    tell("publish", "--index", "local", make_archive(tmp_path))
    assert [known.name for known in trust.listed(home)] == ["local", "ours"]


@pytest.mark.parametrize("lost", ["index.json", "pinned.json"])
@pytest.mark.parametrize("data", [None, b"\xff"])
def test_an_index_whose_record_is_damaged_can_be_forgotten_as_the_hint_says(
    tmp_path: Path, home: Path, tell: Tell, lost: str, data: bytes | None
) -> None:
    tell("index", "init", tmp_path / "srv", "--name", "ours")
    place = home / "index-trust" / "ours" / lost
    place.unlink()
    if data is not None:
        place.write_bytes(data)
    if data is None or lost == "index.json":
        assert "guild index remove ours" in tell("index", "list", ends=1)
    tell("index", "remove", "ours", "-y")
    assert "There are no indexes yet" in tell("index", "list")


def test_a_bad_byte_in_what_is_kept_to_search_in_mends_itself(tmp_path: Path, home: Path, tell: Tell) -> None:
    tell("publish", make_archive(tmp_path))
    assert "mnist" in tell("search", "mnist")
    kept = home / "index-trust" / "local" / "search.lines"
    kept.write_bytes(kept.read_bytes().replace(b"mnist", b"mn\xffst"))
    assert "mnist" not in tell("search", "mnist", "--offline")
    assert "mnist" in tell("search", "mnist")
    assert "mnist" in tell("search", "mnist", "--offline")


@pytest.mark.parametrize(
    "words",
    [
        ("index", "add", "y", "http://[::1", "-y"),
        ("index", "add", "y", "file://[::1/"),
        ("index", "init", "file://[::1/"),
    ],
    ids=" ".join,
)
def test_what_is_no_url_is_refused_in_words(tell: Tell, words: tuple[str, ...]) -> None:
    said = tell(*words, ends=1)
    assert "a URL that was given cannot be read" in said or "guild writes into folders" in said


def test_a_home_whose_name_is_not_utf_8_has_an_index_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    monkeypatch.setenv("GUILD_HOME", os.fsdecode(os.fsencode(tmp_path) + b"/h\xff"))
    tell("publish", make_archive(tmp_path))
    assert "mnist" in tell("search", "mnist")
    assert "Installed: +mnist-1" in tell("install", "mnist")


def test_a_passphrase_need_not_be_utf_8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    monkeypatch.setenv("GUILD_PASSPHRASE", "\udcff")
    tell("index", "init", tmp_path / "srv", "--name", "ours", "--encrypt")
    tell("publish", "--index", "ours", make_archive(tmp_path))


def test_the_end_of_the_input_is_no_passphrase(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    command = argv("index", "init", tmp_path / "srv", "--name", "ours", "--encrypt")
    asking = subprocess.Popen(
        command, stdin=slave, stderr=slave, stdout=slave, start_new_session=True, env={**os.environ, "NO_COLOR": "1"}
    )
    os.close(slave)
    said = b""
    while b"new keys: " not in said:
        said += os.read(master, 4096)
    os.write(master, b"\x04")
    with contextlib.suppress(OSError):  # how a terminal without anybody on it ends
        while piece := os.read(master, 4096):
            said += piece
    os.close(master)
    assert asking.wait(60) == 1
    assert b"there was no answer: the input has ended" in said
    assert not (tmp_path / "srv").exists()


def test_what_comes_to_nothing_leaves_no_keys(tmp_path: Path, home: Path, tell: Tell) -> None:
    """Neither an index that cannot be made, nor one that is not there, nor a file that cannot be written."""
    (tmp_path / "file").touch()
    tell("index", "init", tmp_path / "file" / "x", "--name", "ours", ends=1)
    tell("index", "init", "/proc/x", ends=1)
    tell("index", "keys", "nosuch", "--rotate", "root", "-y", ends=1)
    tell("index", "keys", "--make", tmp_path / "no" / "friend.pem", ends=1)
    assert not list(home.glob("keys/*"))


def test_a_key_that_nothing_was_signed_for_goes_again(tmp_path: Path, home: Path, tell: Tell) -> None:
    """A rotation of the publish keys needs a root key, which is elsewhere."""
    tell("index", "init", tmp_path / "srv", "--name", "ours")
    made = {path: path.read_bytes() for path in home.glob("keys/*")}
    (root,) = (path for path in made if path.stem in tell("index", "keys", "ours").partition("publish")[0])
    root.unlink()
    assert "which is not here" in tell("index", "keys", "ours", "--rotate", "publish", "-y", ends=1)
    assert set(home.glob("keys/*")) == set(made) - {root}


def test_an_index_that_cannot_be_finished_leaves_nothing(tmp_path: Path, home: Path, tell: Tell) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))  # enough for keys and not for the files
    try:
        assert "no room left" in tell("index", "init", tmp_path / "srv", "--name", "ours", ends=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(home.glob("keys/*"))
    assert not list(tmp_path.glob("*srv*"))


def test_what_would_be_done_is_looked_at_and_told_as_json(tmp_path: Path, tell: Tell) -> None:
    would = json.loads(tell("index", "init", tmp_path / "srv", "--name", "ours", "-n", "--json", "-q"))
    assert (would["name"], would["fingerprint"]) == ("ours", None)
    tell("publish", make_archive(tmp_path))
    assert "nosuch" in tell("yank", "nosuch-1", "--reason", "x", "-n", ends=1)
    assert json.loads(tell("yank", "mnist-1", "--reason", "x", "-n", "--json"))["yanked"] == "x"
    assert json.loads(tell("search", "mnist", "--json"))[0]["yanked"] is False


def test_what_would_become_of_trust_and_keys_is_told_and_changes_nothing(
    tmp_path: Path, home: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a passphrase is asked for: the keys of the index have one that nobody knows here."""
    monkeypatch.setenv("GUILD_PASSPHRASE", "secret")
    made = json.loads(tell("index", "init", tmp_path / "srv", "--name", "ours", "--encrypt", "--json", "-q"))
    monkeypatch.delenv("GUILD_PASSPHRASE")
    (tmp_path / "friend.pem").write_bytes(FRIEND)
    root, publish = (row["id"] for row in json.loads(tell("index", "keys", "ours", "--json")))
    before = contents(tmp_path)
    assert "Would trust the index at file://" in tell("index", "add", "theirs", tmp_path / "srv", "-n")
    would = json.loads(tell("index", "add", "theirs", tmp_path / "srv", "-n", "-q", "--json"))
    assert would == {**made, "name": "theirs"}
    assert "is called ours already" in tell("index", "add", "ours", tmp_path / "srv", "-n", ends=1)
    assert "Would sign ours: it would hold until" in tell("index", "sign", "ours", "-n", "--days", "3")
    assert "Would make a key" in tell("index", "keys", "ours", "--make", "new.pem", "-n")
    friend = json.loads(tell("index", "keys", "ours", "--add", "friend.pem", "-n", "-q", "--json"))["id"]
    assert f"Would let key {friend} publish" in tell("index", "keys", "ours", "--add", "friend.pem", "-n")
    assert "in the place of the root keys" in tell("index", "keys", "ours", "--rotate", "root", "-n")
    assert "without a publish key" in tell("index", "keys", "ours", "--revoke", publish, "-n", ends=1)
    (home / "keys" / f"{root}.pem").rename(tmp_path / "elsewhere")
    assert "which is not here" in tell("index", "keys", "ours", "--rotate", "publish", "-n", ends=1)
    (tmp_path / "elsewhere").rename(home / "keys" / f"{root}.pem")
    assert contents(tmp_path) == before


def test_signing_and_forgetting_are_told_as_json(tmp_path: Path, tell: Tell) -> None:
    made = json.loads(tell("index", "init", tmp_path / "srv", "--name", "ours", "--json", "-q"))
    would = json.loads(tell("index", "sign", "ours", "--json", "--days", "3", "-n"))
    done = json.loads(tell("index", "sign", "ours", "--json", "--days", "3"))
    assert would["name"] == done["name"] == "ours"
    assert would["expires"][:10] == done["expires"][:10]
    gone = {"name": "ours", "url": made["url"], "removed": False}
    assert json.loads(tell("index", "remove", "ours", "--json", "-n", "-q")) == gone
    assert json.loads(tell("index", "remove", "ours", "--json", "-y", "-q")) == {**gone, "removed": True}


def test_an_index_that_cannot_be_trusted_is_refused_beforehand_too(tmp_path: Path, home: Path, tell: Tell) -> None:
    tell("index", "init", tmp_path / "srv", "--name", "ours")
    (tmp_path / "srv" / "metadata" / "timestamp.json").write_text("{}")
    before = contents(home)
    assert "theirs" in tell("index", "add", "theirs", tmp_path / "srv", "-n", ends=1)
    assert contents(home) == before


def test_an_option_that_would_do_nothing_is_refused(tmp_path: Path, tell: Tell) -> None:
    assert "--make, --add, --rotate and --revoke" in tell("index", "keys", "-n", ends=2)
    assert "--make or --rotate" in tell("index", "keys", "--encrypt", ends=2)
    assert "for installed packages" in tell("verify", "--repair", make_archive(tmp_path), ends=2)


def test_a_lost_link_to_what_is_installed_is_found_and_mended_as_the_hint_says(
    tmp_path: Path, home: Path, tell: Tell
) -> None:
    tell("install", make_archive(tmp_path))
    (home / "packages").unlink()
    assert "guild rollback N" in tell("list-packages", ends=1)
    assert f"error: {home / 'packages'} is missing" in tell("check", ends=1)
    assert "+mnist-1" in tell("history")
    tell("rollback", "1", "-y")
    assert "mnist" in tell("list-packages")
    tell("check")


def test_a_damaged_index_is_found_by_check(tmp_path: Path, home: Path, tell: Tell) -> None:
    tell("index", "init", tmp_path / "srv", "--name", "ours")
    (home / "index-trust" / "ours" / "pinned.json").unlink()
    assert "pinned.json cannot be read" in tell("check", ends=1)


@pytest.mark.parametrize("words", [("list-packages",), ("verify",), ("runs",), ("search", "x")], ids=" ".join)
def test_a_home_that_is_a_file_is_refused(home: Path, tell: Tell, words: tuple[str, ...]) -> None:
    home.touch()
    assert f"{home} is not a folder" in tell(*words, ends=2)


@pytest.mark.parametrize(
    "words",
    ["list-packages", "history", "runs", "train -y", "install x", "index list", "index add x . -y", "package", "view"],
)
def test_a_home_below_a_file_is_refused_by_the_name_of_the_file(
    tmp_path: Path, tell: Tell, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GUILD_HOME", str(tmp_path / "file" / "x" / "y"))
    said = tell(*words.split(), ends=2)
    assert said.startswith(f"guild: {tmp_path / 'file'} is not a folder: the home cannot be {tmp_path / 'file/x/y'}\n")
    assert said.count("\n") == 2


def test_garbage_is_also_what_was_downloaded_long_ago(tmp_path: Path, home: Path, tell: Tell) -> None:
    tell("publish", make_archive(tmp_path))
    tell("install", "mnist")
    assert "There is nothing to remove" in tell("gc", "-y")
    (kept,) = home.glob("cache/files/*/*")
    os.utime(kept, (1000, 1000))
    assert "B of downloads that were not used for a month" in tell("gc", "-n")
    assert kept.exists()
    tell("gc", "-y")
    assert not kept.exists()
    tell("verify", "mnist")
