"""Behind nginx, as most who run an index will have it."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guildpkg.errors import TrustError
from guildpkg.index import trust
from guildpkg.index.client import memory_of
from guildpkg.pipeline.index import beginning
from guildpkg.pipeline.index.trusted import Indexes
from tests.index.worlds import Home, Scene, make_archive, make_scene

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
CONFIG = """
daemon off; pid nginx.pid; error_log stderr; worker_processes 1; {user}
events {{}}
http {{
    client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    log_format brief '$status $bytes_sent "$http_range" $request_uri'; access_log access.log brief;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass
class Nginx:
    """A web server, and what it answered."""

    url: str
    log: Path

    def answers(self) -> list[tuple[int, int, str, str]]:
        """Give status, bytes on the wire, range asked for and path of each answer since the last look."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        return [(int(status), int(size), span, path) for status, size, span, path in lines]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path)


@pytest.fixture
def nginx(scene: Scene, tmp_path: Path) -> Iterator[Nginx]:
    """Serve the index by nginx on loopback."""
    if NGINX is None:
        pytest.skip("nginx is not installed (apt install nginx-light)")
    place, port = tmp_path / "nginx", free_port()
    place.mkdir()
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (place / "nginx.conf").write_text(CONFIG.format(port=port, root=scene.srv, user=user))
    with subprocess.Popen([NGINX, "-p", str(place), "-c", "nginx.conf"], stderr=subprocess.DEVNULL) as server:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Nginx(f"http://127.0.0.1:{port}", place / "access.log")
        server.terminate()


def user_of(nginx: Nginx, scene: Scene, tmp_path: Path) -> Home:
    """Give a user who trusts the index as it is served."""
    user = Home(tmp_path / "reader")
    beginning.add("ours", nginx.url, scene.known.pinned, user.setting)
    nginx.answers()
    return user


def test_a_refresh_when_nothing_changed_takes_a_few_bytes(nginx: Nginx, scene: Scene, tmp_path: Path) -> None:
    user = user_of(nginx, scene, tmp_path)
    assert user.versions("mnist") == ["1"]
    nginx.answers()
    assert user.versions("mnist") == ["1"]
    answers = nginx.answers()
    assert [(status, path) for status, _, _, path in answers] == [
        (404, "/metadata/2.root.json"),
        (304, "/metadata/timestamp.json"),
    ]
    assert sum(size for _, size, _, _ in answers) <= 2000
    scene.publish("2")
    assert user.versions("mnist") == ["1", "2"]


def test_a_download_that_was_cut_off_goes_on_where_it_was(nginx: Nginx, scene: Scene, tmp_path: Path) -> None:
    archive = make_archive(scene.archives, "large", content=random.Random(1).randbytes(300_000))
    scene.owner.publish(archive, index="ours")
    user = user_of(nginx, scene, tmp_path)
    with Indexes(user.setting) as indexes:
        (offer,) = indexes.releases("large")
        part = user.path / "cache/parts" / f"{offer.release.archive.sha256}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(archive.read_bytes()[:100_000])
        nginx.answers()
        assert indexes.obtain(offer).read_bytes() == archive.read_bytes()
    assert [(status, span) for status, _, span, _ in nginx.answers()] == [(206, '"bytes=100000-"')]


def test_names_with_signs_come_through(nginx: Nginx, scene: Scene, tmp_path: Path) -> None:
    scene.publish("1!2+local.1", "mnist+digits")
    user = user_of(nginx, scene, tmp_path)
    assert user.versions("mnist+digits") == ["1!2+local.1"]
    assert user.obtain("mnist+digits")


def test_junk_under_an_etag_is_not_remembered(nginx: Nginx, scene: Scene, tmp_path: Path) -> None:
    user = user_of(nginx, scene, tmp_path)
    known = trust.find(user.path, "ours")
    assert user.versions("mnist") == ["1"]
    sound = (scene.srv / "metadata/timestamp.json").read_bytes()
    (scene.srv / "metadata/timestamp.json").write_bytes(b"junk")
    with pytest.raises(TrustError, match="cannot be trusted"):
        user.versions("mnist")
    assert not memory_of(known).exists()
    (scene.srv / "metadata/timestamp.json").write_bytes(sound)
    assert user.versions("mnist") == ["1"]
