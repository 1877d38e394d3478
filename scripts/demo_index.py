"""The second part of `make demo`: publish what was built, and use it from another home by way of a web server."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.walk import Walk

NAME = "demo"
NEEDED = "--yes", "--no-env"
"""Nobody is there to answer; and TensorFlow is installed once, in the environment that all of the demo shares."""


def publish_and_install(walk: Walk, archives: list[Path], newer: Path) -> Walk:
    """Publish archives, install them in a second home, and look at what protects the installed.

    Args:
        walk: The publisher's folder and home.
        archives: What was built.
        newer: A recipe whose version 1 is among the archives.

    Returns:
        The walk with the second home, in which everything is installed.
    """
    site = walk.folder / "site"
    walk.title("An index: a folder of signed files, which any web server can serve")
    walk.run(walk.guild, "index", "init", site, "--name", NAME)
    walk.run(walk.guild, "publish", *archives, "--index", NAME)
    other = walk.at_home("home-of-another")
    with served(site) as url:
        walk.title("Another home trusts the index by its key, finds packages and installs them over HTTP")
        other.run(walk.guild, "index", "add", NAME, url, "--fingerprint", fingerprint(walk))
        other.run(walk.guild, "search", "mnist")
        other.run(walk.guild, "install", "mnist-tutorial-src", "sklearn-mlp-src", "iris", *NEEDED)
        other.run(walk.guild, "list-packages")
        other.run(walk.guild, "why", "digits")
        other.run(walk.guild, "verify")
        _tamper(walk, site, url)
        walk.title("A newer version is published, installed, and taken back")
        recipe = newer / "GuildPkg"
        recipe.write_text(recipe.read_text().replace("version     = 1", "version     = 2"))
        walk.run(walk.guild, "publish", "--index", NAME, cwd=newer)
        other.run(walk.guild, "upgrade", *NEEDED)
        other.run(walk.guild, "history")
        other.run(walk.guild, "rollback", "--yes")
        other.run(walk.guild, "list-packages")
    return other


def fingerprint(walk: Walk) -> str:
    """Ask the publisher for the fingerprint of the index."""
    found: str = walk.ask(walk.guild, "index", "list")[0]["fingerprint"]
    return found


def _tamper(walk: Walk, site: Path, url: str) -> None:
    """Change one byte of an archive on the server: nobody gets to install it."""
    walk.title("One byte of an archive is changed on the server: it is refused")
    archive = next(path for path in site.rglob("digits-1.pkg.tar.xz") if path.is_file())
    whole = archive.read_bytes()
    archive.chmod(0o644)
    archive.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    third = walk.at_home("home-of-a-third")
    third.run(walk.guild, "index", "add", NAME, url, "--fingerprint", fingerprint(walk))
    third.run(walk.guild, "install", "digits", *NEEDED, fails=True)
    if third.ask(walk.guild, "list-packages"):
        sys.exit("the package was installed all the same")
    archive.write_bytes(whole)
    third.run(walk.guild, "install", "digits", *NEEDED)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of loopback; give the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
