"""The gate to git: whose settings count, what is refused, what is told when git fails."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.core.digests import GitId
from guildpkg.errors import DiskFull, NetworkError, SourceError
from guildpkg.stores import repositories
from guildpkg.system.git import plumbing as git
from guildpkg.system.git import remote as git_remote
from guildpkg.system.git.batch import batch, settings_of
from guildpkg.system.git.remote import Patience, Remote, shown
from guildpkg.system.git.talk import GitFailed, MissingRef, OtherFormat, Refused, explain
from tests.support.repos import Repo

ONCE = Patience(stall=2, pauses=())


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """An empty thin repository."""
    with repositories.holding(tmp_path / "home", "https://h/o/up.git") as repository:
        yield repository.path


@pytest.fixture
def up(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "up.git")
    made.commit({"a": "1\n"})
    return made


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return path


def bring(cache: Path, url: object) -> dict[str, GitId]:
    """Fetch the branch main and give the refs that are there then."""
    git_remote.fetch(cache, Remote(str(url), ONCE), ["+refs/heads/main:refs/guild/try/heads/main"])
    return repositories.Repository(cache, "").found()


def test_what_the_caller_has_set_for_his_own_repository_does_not_reach_git(
    cache: Path, up: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when guild runs inside a hook of git."""
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("GIT_PROTOCOL", "version=0")
    assert bring(cache, up.path) == {"refs/heads/main": up.id("main")}


def test_the_users_settings_are_heard(cache: Path, up: Repo, no_real_home: Path) -> None:
    """`insteadOf` sends a URL elsewhere, as for every git command of theirs."""
    (no_real_home / "gitconfig").write_text(f'[url "file://{up.path}"]\n\tinsteadOf = https://unreachable.invalid/up\n')
    assert bring(cache, "https://unreachable.invalid/up") == {"refs/heads/main": up.id("main")}


def test_hooks_and_templates_of_the_user_do_not_run(cache: Path, up: Repo, no_real_home: Path) -> None:
    hook = script(no_real_home / "hooks", "reference-transaction", f"touch {no_real_home}/ran")
    (no_real_home / "gitconfig").write_text(f"[core]\n\thooksPath = {hook.parent}\n")
    assert bring(cache, up.path)
    assert not (no_real_home / "ran").exists()


def test_nothing_is_written_into_the_configuration(cache: Path, up: Repo) -> None:
    """Else a filter used once would starve every later fetch, and reading would fetch in secret."""
    before = (cache / "config").read_text()
    git_remote.fetch(cache, Remote(str(up.path), ONCE), ["refs/heads/main"], leave_out="tree:0", depth_1=True)
    assert (cache / "config").read_text() == before
    with batch(cache) as objects:
        assert objects.get(GitId(up.id("main:a"))) is None


def test_a_command_that_reads_cannot_use_the_network(cache: Path, up: Repo) -> None:
    with pytest.raises(GitFailed, match="transport 'file' not allowed"):
        git.read(cache, "fetch", f"file://{up.path}")


@pytest.mark.parametrize("url", ["ext::sh -c touch% ran", "ext::sh"])
def test_transports_that_run_commands_are_refused(cache: Path, url: str) -> None:
    with pytest.raises(SourceError, match="transport 'ext' not allowed"):
        bring(cache, url)


def test_ssh_is_the_users_own(cache: Path, up: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_SSH_COMMAND runs as given; here it takes the last word, the remote command, and runs it."""
    ssh = script(tmp_path / "bin", "myssh", 'for word; do last=$word; done; exec sh -c "$last"')
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    assert bring(cache, f"ssh://me@host{up.path}") == {"refs/heads/main": up.id("main")}


def test_ssh_never_asks(cache: Path, up: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a say of the user, ssh runs so that it cannot wait for an answer on the terminal."""
    text = f'echo "$@" > {tmp_path}/words; for word; do last=$word; done; exec sh -c "$last"'
    monkeypatch.setenv("PATH", f"{script(tmp_path / 'bin', 'ssh', text).parent}:{os.environ['PATH']}")
    assert bring(cache, f"ssh://me@host{up.path}")
    assert "BatchMode=yes" in (tmp_path / "words").read_text()


@pytest.mark.parametrize(
    ("version", "message"),
    [("", "git is not installed, or not on PATH"), ("2.30.1", r"git 2\.30\.1 is too old")],
    ids=["missing", "old"],
)
def test_git_has_to_be_there_and_new_enough(tmp_path: Path, version: str, message: str) -> None:
    """Told in one line, by a fresh process: the answer is remembered."""
    tools = tmp_path / "bin"
    tools.mkdir()
    if version:
        script(tools, "git", f"echo git version {version}")
    code = "from pathlib import Path; from guildpkg.system.git import plumbing; "
    code += f"plumbing.read(Path({str(tmp_path)!r}), 'version')"
    done = subprocess.run([sys.executable, "-c", code], env={"PATH": str(tools)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert message.replace("\\", "") in done.stderr.splitlines()[-1]


def test_settings_are_read_from_a_blob(cache: Path, up: Repo) -> None:
    """As .gitmodules is; what is not written like settings is refused."""
    up.commit({"good": '[submodule "a b"]\n\tpath = x y\n', "bad": "[submodule\n"})
    bring(cache, up.path)
    assert settings_of(cache, GitId(up.id("main:good"))) == {"submodule.a b.path": "x y"}
    with pytest.raises(GitFailed, match="error processing config"):
        settings_of(cache, GitId(up.id("main:bad")))


def test_a_batch_gives_objects_in_any_order(cache: Path, up: Repo) -> None:
    """Also when the one before has not been read to its end."""
    up.commit({"big": bytes(3_000_000), "small": "x"})
    bring(cache, up.path)
    with batch(cache) as objects:
        big, small = (objects.get(GitId(up.id(f"main:{name}"))) for name in ("big", "small"))
        assert big
        assert small
        assert (big[:2], small[:2], b"".join(small[2])) == (("blob", 3_000_000), ("blob", 1), b"x")
        again = objects.get(GitId(up.id("main:big")))
        assert again
        assert b"".join(again[2]) == bytes(3_000_000)


@pytest.mark.parametrize(
    ("said", "kind", "again"),
    [
        ("fatal: unable to access 'https://h/x/': Could not resolve host: h", NetworkError, True),
        ("fatal: unable to access 'https://h/x/': Failed to connect to h port 443", NetworkError, True),
        ("fatal: unable to access 'https://h/x/': Operation too slow. Less than 1 bytes/sec", NetworkError, True),
        ("error: RPC failed; curl 18 transfer closed\nfatal: early EOF", NetworkError, True),
        ("fatal: unable to access 'https://h/x/': The requested URL returned error: 503", NetworkError, True),
        ("fatal: unable to access 'https://h/x/': SSL certificate problem: expired", NetworkError, False),
        ("fatal: repository 'https://h/x/' not found", SourceError, False),
        ("fatal: unable to access 'https://h/x/': The requested URL returned error: 403", SourceError, False),
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", SourceError, False),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote", SourceError, False),
        ("fatal: couldn't find remote ref refs/tags/v9", MissingRef, False),
        (f"fatal: remote error: upload-pack: not our ref {'1' * 40}", Refused, False),
        ("error: Server does not allow request for unadvertised object 11", Refused, False),
        ("fatal: remote error: filter 'tree' not supported", Refused, False),
        ("fatal: mismatched algorithms: client sha1; server sha256", OtherFormat, False),
        ("fatal: write error: No space left on device", DiskFull, False),
        ("error: inflate: data stream error\nfatal: packed object 11 is corrupt", GitFailed, False),
        ("", GitFailed, False),
    ],
)
def test_what_git_says_is_told_apart(said: str, kind: type[Exception], again: bool) -> None:
    failure = explain(said, "https://h/x")
    assert (type(failure.error), failure.again) == (kind, again)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://h/x.git", "https://h/x.git"),
        ("https://me:secret@h/x@y.git", "https://h/x@y.git"),
        ("https://token@h:8/x", "https://h:8/x"),
        ("ssh://git@h/x", "ssh://git@h/x"),
        ("ssh://git:secret@h/x", "ssh://git@h/x"),
        ("/srv/a@b.git", "/srv/a@b.git"),
    ],
)
def test_credentials_are_left_out_of_what_is_shown(url: str, safe: str) -> None:
    assert shown(url) == safe
