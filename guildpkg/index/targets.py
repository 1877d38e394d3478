"""Targets of an index: read whole, compared with what was signed, decompressed within bounds."""

from __future__ import annotations

import io

import zstandard
from tuf.api.exceptions import DownloadHTTPError, DownloadLengthMismatchError
from tuf.api.metadata import TargetFile

from guildpkg.core.digests import is_sha256
from guildpkg.core.packages.catalog_reader import MOST_SUMMARY
from guildpkg.core.ports import IndexReader
from guildpkg.errors import CatalogError
from guildpkg.index.layout import target_path
from guildpkg.index.refusals import refusing
from guildpkg.system.http.transfer import Missing


def read_target(reader: IndexReader, found: TargetFile, most: int, index: str) -> bytes:
    """Read a target.

    Args:
        reader: Gives the files of the index.
        found: What was signed.
        most: Bytes that a target of the kind may have.
        index: What the user calls the index.

    Raises:
        TrustError: What is there is not what was signed.
        CatalogError: What was signed cannot be.
        NetworkError: It cannot be had.
    """
    digest = found.hashes.get("sha256", "")
    if not is_sha256(digest):
        raise CatalogError(f"the index {index} binds {found.path} by no SHA-256")
    if found.length > most:
        raise CatalogError(f"the index {index} has {found.length:,} bytes under {found.path}: {most:,} are allowed")
    path = target_path(found.path, digest)
    with refusing(index):
        try:
            data = reader.read(path, found.length)
        except Missing as error:
            raise DownloadHTTPError(path, 404) from error
        if len(data) > found.length:
            raise DownloadLengthMismatchError(f"{path} has more than the {found.length:,} bytes that were signed")
        found.verify_length_and_hashes(data)
    return data


def unpacked(data: bytes, shown: str) -> bytes:
    """Decompress a summary, whatever it says of its own size.

    Raises:
        CatalogError: It is damaged, or larger than a summary may be.
    """
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(io.BytesIO(data)) as stream:
            found: bytes = stream.read(MOST_SUMMARY + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise CatalogError(f"{shown} cannot be decompressed: {error}") from error
    if len(found) > MOST_SUMMARY:
        raise CatalogError(f"{shown} has more than {MOST_SUMMARY >> 20} MiB when it is decompressed")
    return found
