"""What TUF refuses, in words for people: each kind of attack, or of neglect, has a message of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tuf.api import exceptions as tuf

from guildpkg.errors import GuildError, TrustError
from guildpkg.system.http.transfer import Missing

_OTHER = "somebody may be tampering with it: nothing of it was used; ask whoever runs the index"


@contextlib.contextmanager
def refusing(name: str) -> Iterator[None]:
    """Turn what python-tuf raises in a block into our errors.

    Args:
        name: What the user calls the index.

    Raises:
        TrustError: The index is not what its keys signed, or is out of date.
        GuildError: Whatever else was behind it: no network, no file.
    """
    try:
        yield
    except tuf.DownloadError as error:
        cause = error.__cause__
        if isinstance(cause, GuildError) and not isinstance(cause, Missing):
            raise cause from error
        raise _of_download(name, error) from error
    except tuf.RepositoryError as error:
        raise _of_metadata(name, error) from error


def _of_download(name: str, error: tuf.DownloadError) -> GuildError:
    if isinstance(error, tuf.DownloadLengthMismatchError):
        return TrustError(f"the index {name} sends more than it may: {error}", hint=_OTHER)
    if isinstance(error, tuf.DownloadHTTPError):
        said = f"the index {name} has no {error}"
        return TrustError(said, hint="check its address: `guild index list` shows it; or it is being copied just now")
    return TrustError(f"the index {name} cannot be read: {error}", hint=_OTHER)


def _of_metadata(name: str, error: tuf.RepositoryError) -> TrustError:
    said = _first_line(error)
    if isinstance(error, tuf.ExpiredMetadataError):
        hint = "either newer files are held back from you, or whoever runs it must sign it again: `guild index sign`"
        return TrustError(f"the index {name} is out of date: {said}", hint=hint)
    if isinstance(error, tuf.UnsignedMetadataError):
        return TrustError(f"the index {name} is not signed by the keys that it must be signed by: {said}", hint=_OTHER)
    if isinstance(error, tuf.BadVersionNumberError):
        if "must be >=" in said or ("Expected" in said and ".json version" in said):
            return TrustError(f"the index {name} has gone back to an older state: {said}", hint=_OTHER)
        return TrustError(f"the files of the index {name} do not belong together: {said}", hint=_OTHER)
    if isinstance(error, tuf.LengthOrHashMismatchError):
        return TrustError(f"a file of the index {name} is not the one that was signed: {said}", hint=_OTHER)
    return TrustError(f"the index {name} cannot be trusted: {said}", hint=_OTHER)


def _first_line(error: BaseException) -> str:
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text if len(text) <= 300 else text[:297] + "..."
