"""An index before it is trusted: where it is, and the root that it begins with."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from guildpkg.core.digests import is_sha256, sha256
from guildpkg.errors import GuildError, TrustError, UsageFault
from guildpkg.index import trust
from guildpkg.index.layout import MOST_METADATA, metadata_path
from guildpkg.index.reading import UrlReader
from guildpkg.pipeline.setting import Setting
from guildpkg.system.http.transfer import Missing, shown


def folder_for(place: str, cwd: Path) -> Path:
    """Give the folder that a path or a ``file://`` URL names.

    Raises:
        GuildError: It is the URL of something that cannot be written from here.
    """
    if "://" not in place:
        return (cwd / place).resolve()
    if folder := trust.folder_of(place):
        return Path(folder).resolve()
    hint = "make it in a folder, and copy or mount that folder to where it is served"
    raise GuildError(f"an index cannot be made at {place}: guild writes into folders", hint=hint)


def url_for(place: str, cwd: Path) -> str:
    """Give the URL that a path or a URL names.

    Raises:
        GuildError: It is no URL, or one of a kind that cannot be read.
    """
    if "://" not in place:
        return (cwd / place).resolve().as_uri()
    scheme = urlsplit(shown(place)).scheme.lower()
    if scheme not in ("http", "https", "file"):
        raise GuildError(f"{shown(place)}: an index is read over https, http or from a folder, not {scheme}")
    return place.rstrip("/")


def root_in(path: Path, named: str) -> bytes:
    """Read root metadata from a file that somebody got from whoever runs the index."""
    if not path.is_file():
        raise GuildError(f"there is no file {named}", hint="it is metadata/1.root.json of the index")
    return path.read_bytes()


def root_of(url: str, setting: Setting) -> bytes:
    """Fetch the root that an index begins with, which nobody has accepted yet.

    Raises:
        GuildError: There is no index.
    """
    path = metadata_path("root", 1)
    try:
        found = UrlReader(url, report=setting.report).read(path, MOST_METADATA)
    except Missing as error:
        hint = "the address is that of the folder which has metadata/, targets/ and packages/ in it"
        raise GuildError(f"there is no index at {url}: it has no {path}", hint=hint) from error
    return found


def check_fingerprint(root: bytes, wanted: str) -> None:
    """Refuse a root that is not the one whose fingerprint somebody knows.

    Raises:
        UsageFault: *wanted* is no fingerprint.
        TrustError: It is that of another root.
    """
    if not is_sha256(wanted.lower()):
        raise UsageFault(f"{wanted!r} is no fingerprint: it is a SHA-256, 64 hexadecimal digits")
    if sha256(root) != wanted.lower():
        hint = "ask whoever runs the index; nothing was added"
        raise TrustError(f"the index has the fingerprint {sha256(root)}, not the one given", hint=hint)


def refuse_no_root(root: bytes, name: str) -> None:
    """Refuse what is no root metadata that its own keys signed.

    Raises:
        TrustError: It is not.
    """
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        found = Metadata[Root].from_bytes(root)
    except DeserializationError as error:
        raise TrustError(f"what the index {name} begins with is no root metadata") from error
    if not isinstance(found.signed, Root):
        raise TrustError(f"what the index {name} begins with is no root metadata")
    found.signed.verify_delegate("root", found.signed_bytes, found.signatures)
