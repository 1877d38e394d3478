"""What the words of ``source = ...`` mean: their kind, their name, the details that fit them."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from guildpkg.core.digests import is_git_id, is_sha256
from guildpkg.core.git import refs
from guildpkg.core.names import canonical_version
from guildpkg.core.recipe.model import KEYS
from guildpkg.core.sources import Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, Where

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")
_PYPI = re.compile(r"pypi:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==(\S+)")
_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".lzma", ".tar")
_SCHEMES = ("https", "http", "git+https", "git+http", "git+ssh", "git+file")
_FITS = {
    "commit": ("git",),
    "tree": ("git",),
    "submodules": ("git",),
    "sha256": ("http", "pypi", "file"),
    "extract": ("http", "pypi", "file"),
    "into": ("git", "http", "pypi", "file"),
}


def source_of(text: str, where: Where) -> Source | Fault:
    """Tell what one word of ``source`` is.

    Args:
        text: The word.
        where: Where it stands.

    Returns:
        The source without details, or what is wrong with it.
    """
    if text.startswith("pypi:"):
        return _pypi(text, where)
    scheme = _SCHEME.match(text)
    made = _local(text, where) if scheme is None else _remote(scheme[0].lower(), text, where)
    if isinstance(made, Source) and (odd := odd_character(text if scheme is None else text + unquote(text))):
        return Fault(where, f"the source {text} has {odd} in its name", "rename it")
    return made


def odd_character(name: str) -> str:
    """Name the first character of a file name that cannot be kept in a lock, or give an empty string."""
    odd = next((char for char in name if char in '"\\' or not (char.isprintable() or char == " ")), "")
    return {"": "", '"': "a quote", "\\": "a backslash"}.get(odd, "an unprintable character")


def leaves(path: str) -> bool:
    """Tell whether a relative path written by a person leads out of the folder that it is relative to."""
    clean = posixpath.normpath(path)
    return clean.startswith(("/", "../")) or clean == ".."


def _remote(scheme: str, text: str, where: Where) -> Source | Fault:
    if scheme not in _SCHEMES:
        hint = f"download it by one of {', '.join(_SCHEMES)}, or put the file into the recipe"
        return Fault(where, f"sources cannot be fetched by {scheme}: {text}", hint)
    found = refs.parse_git_url(text)
    if isinstance(found, refs.Problem):
        return Fault(where, f"{found.message}: {text}", found.hint)
    if found is not None:
        return Source(found.name, text, "git", where)
    return _http(text, where)


def _pypi(text: str, where: Where) -> Source | Fault:
    found = _PYPI.fullmatch(text)
    if found is None:
        return Fault(where, f"{text} names no release", "write pypi:NAME==VERSION")
    if canonical_version(found[2]) is None:
        return Fault(where, f"{found[2]!r} is not one version", "write the exact version, without a wildcard")
    return Source(found[1], text, "pypi", where)


def _http(text: str, where: Where) -> Source | Fault:
    parts = urlsplit(text)
    file = posixpath.basename(unquote(parts.path))
    if parts.username or parts.password:
        return Fault(where, "a source must not carry a password", "keep it in ~/.netrc")
    if not parts.hostname or file in ("", ".", "..") or "/" in file or "\0" in file:
        return Fault(where, f"{text} names no file", "a page or a folder cannot be a source")
    return Source(stem(file), text, "http", where)


def _local(text: str, where: Where) -> Source | Fault:
    clean = posixpath.normpath(text)
    if leaves(text) or clean == ".":
        return Fault(where, f"the source {text} does not lie in the recipe's folder", "copy it there")
    if clean.split("/")[0] in ("src", "pkg", "logs"):
        return Fault(where, f"the source {text} lies in {clean.split('/')[0]}/, which every build makes anew")
    return Source(stem(posixpath.basename(clean)), text, "file", where)


def stem(file: str) -> str:
    """Give a file name without its endings: of ``data.csv.gz`` ``data``, of ``x-1.2.tar.gz`` ``x-1.2``."""
    name = file
    while ending := next((end for end in _ENDINGS if name.lower().endswith(end) and len(name) > len(end)), ""):
        name = name[: -len(ending)]
        if ending == ".tar":
            return name
    root, ending = posixpath.splitext(name)
    return name if ending[1:2].isdigit() else root


def unique_names(sources: list[Source]) -> list[Source]:
    """Number sources that would have the same name: the second ``data`` is ``data-2``."""
    taken = {source.name for source in sources}
    seen: set[str] = set()
    named: list[Source] = []
    for source in sources:
        name = source.name
        if name in seen:
            name = next(new for n in itertools.count(2) if (new := f"{name}-{n}") not in taken)
        taken.add(name)
        seen.add(name)
        named.append(replace(source, name=name))
    return named


def detail_problem(source: Source, key: str, value: str) -> tuple[str, str] | None:
    """Tell what is wrong with one attribute of ``[source "NAME"]``.

    Returns:
        The message and the hint, or None when nothing is.
    """
    if key not in _FITS:
        return None  # reported as an unknown key already
    if source.kind not in _FITS[key]:
        fitting = [name for name in KEYS["source"] if source.kind in _FITS[name]]
        return f"{key} means nothing for {source.text}", did_you_mean(key, fitting)
    if key in ("commit", "tree") and not is_git_id(value):
        return f"{key} is the full id of a git object, 40 hexadecimal digits", f"{value!r} is not"
    if key == "sha256" and not is_sha256(value.lower()):
        return "sha256 is 64 hexadecimal digits", f"{value!r} is not"
    return None
