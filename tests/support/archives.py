"""Small archives made on the spot."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping


def tar_of(files: Mapping[str, bytes | str], *, time: int = 1_500_000_000, mode: str = "w:gz") -> bytes:
    """Make a tar of files; the first is as old as *time*, each further one a second older."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode=mode) as tar:  # type: ignore[call-overload]
        for age, (name, content) in enumerate(files.items()):
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), time - age
            tar.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def zip_of(files: Mapping[str, bytes | str]) -> bytes:
    """Make a zip of files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (2017, 7, 14, 2, 40, 0)), content)
    return whole.getvalue()


def sdist(project: str, version: str, files: Mapping[str, bytes | str] = {"setup.py": "raise SystemExit(9)"}) -> bytes:
    """Make a source distribution whose build would fail."""
    return tar_of({f"{project}-{version}/{name}": content for name, content in files.items()})
