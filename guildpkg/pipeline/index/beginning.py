"""An index that is to be trusted: where it is, the root that it begins with, and whether it works."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from guildpkg.core.digests import is_sha256, sha256
from guildpkg.errors import GuildError, TrustError, UsageFault
from guildpkg.index import trust
from guildpkg.index.client import Client
from guildpkg.index.layout import MOST_METADATA, metadata_path
from guildpkg.index.reading import UrlReader
from guildpkg.index.refusals import refusing
from guildpkg.index.trust import Known
from guildpkg.pipeline.index.local import find_local
from guildpkg.pipeline.setting import Setting
from guildpkg.system.http.get import Pool
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


def check_new(setting: Setting, name: str, *, dry_run: bool = False) -> None:
    """Refuse a name that is taken, before anything is asked; one's own index is trusted first, but for *dry_run*."""
    if not dry_run:
        find_local(setting)
    trust.check_new(setting.home, name, "")


def add(name: str, url: str, root: bytes, setting: Setting) -> Known:
    """Trust an index whose root somebody has accepted; it is read once, so that what is added works.

    Raises:
        Exists: An index of that name is known.
        TrustError: The index is not what the keys of that root signed.
    """
    with refusing(name):
        refuse_no_root(root, name)
    known = trust.add(
        setting.home, name, url, root, store=trust.folder_of(url), now=setting.now(), report=setting.report
    )
    try:
        _read_once(known, setting)
    except BaseException:
        trust.forget(setting.home, name, setting.report)
        raise
    return known


def check_add(name: str, url: str, root: bytes, setting: Setting) -> None:
    """Refuse what `add` would refuse: the index is read, and what was read is forgotten.

    Raises:
        TrustError: The index is not what the keys of that root signed.
    """
    with refusing(name):
        refuse_no_root(root, name)
    with TemporaryDirectory(prefix="guild-", ignore_cleanup_errors=True) as apart:
        known = Known(name, url, trust.folder_of(url), 0, Path(apart))
        (known.place / "pinned.json").write_bytes(root)
        _read_once(known, setting)


def _read_once(known: Known, setting: Setting) -> None:
    with Pool() as pool:
        Client(known, UrlReader(known.url, report=setting.report, pool=pool), setting.report).refresh()
