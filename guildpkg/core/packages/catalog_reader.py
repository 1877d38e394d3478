"""Shards and summaries: bytes -> values, with all that is wrong reported at once.

They come from an index. Its keys have signed them, which says who wrote them and not that they are sound: sizes are
limited before anything is parsed, and every value is checked before anybody uses it.
"""

from __future__ import annotations

import functools
import json
from typing import Any, Final

from packaging.version import Version

from guildpkg.core.digests import Sha256, is_sha256
from guildpkg.core.names import archive_name, canonical_version, check_name
from guildpkg.core.packages.catalog import SCHEMA, File, Line, Release, Shard, Summary
from guildpkg.core.recipe.model import COMPRESSIONS
from guildpkg.core.recipe.needs import package_needs, python_needs
from guildpkg.core.words import count
from guildpkg.errors import CatalogError

MOST_SHARD: Final = 16 << 20
"""Largest shard, bytes: about fifteen thousand versions of one package."""

MOST_SUMMARY: Final = 64 << 20
"""Largest summary, bytes once decompressed: half a million packages in one of the bins."""

MOST_TEXT: Final = 4096
MOST_SHOWN: Final = 20
"""Most faults that a message lists."""

_MOST_NUMBER: Final = 1 << 62
_LINE: Final = [str, str, str, int, bool]
_HINT: Final = "tell whoever runs the index; nothing of it was used"


def read_shard(data: bytes, name: str) -> Shard:
    """Read the shard of a package.

    Args:
        data: Its text.
        name: The package whose shard it must be.

    Raises:
        CatalogError: It is too large, of a later schema or damaged; the message lists the faults.
    """
    reader = _Reader(f"what the index says of {name}")
    found = reader.document(data, MOST_SHARD)
    reader.check(found.get("name") == name, f"it is about {found.get('name')!r}")
    rows = reader.rows(found, "releases")
    releases = [reader.release(name, row, f"release {number}") for number, row in enumerate(rows, start=1)]
    versions = [release.version for release in releases]
    reader.check(len(set(versions)) == len(versions), "it has a version twice")
    reader.end()
    return Shard(name, tuple(sorted(releases, key=lambda release: Version(release.version))))


def read_summary(data: bytes, shown: str) -> Summary:
    """Read a summary that was decompressed.

    Args:
        data: Its text.
        shown: What messages call it.

    Raises:
        CatalogError: As for `read_shard`.
    """
    reader = _Reader(shown)
    rows = reader.rows(reader.document(data, MOST_SUMMARY), "packages")
    lines = [reader.line(row, number) for number, row in enumerate(rows, start=1)]
    reader.check(len({line.name for line in lines}) == len(lines), "it has a package twice")
    reader.end()
    return Summary(tuple(sorted(lines, key=lambda line: line.name)))


class _Reader:
    """Collects faults while it turns JSON into values."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.faults: list[str] = []

    def check(self, ok: bool, fault: str) -> bool:
        if not ok:
            self.faults.append(fault)
        return ok

    def end(self) -> None:
        if self.faults:
            shown = self.faults[:MOST_SHOWN]
            if len(self.faults) > len(shown):
                shown.append(f"and {count(len(self.faults) - len(shown), 'more fault')}")
            raise CatalogError("\n".join(f"{self.shown}: {fault}" for fault in shown), hint=_HINT)

    def document(self, data: bytes, most: int) -> dict[str, Any]:
        """Parse the whole; what it holds is not looked at yet."""
        if len(data) > most:
            raise CatalogError(f"{self.shown} has more than {most >> 20} MiB", hint=_HINT)
        try:
            found = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise CatalogError(f"{self.shown} cannot be read: {_why(error)}", hint=_HINT) from error
        if not isinstance(found, dict):
            raise CatalogError(f"{self.shown} is no JSON object", hint=_HINT)
        schema = found.get("schema")
        if type(schema) is int and schema > SCHEMA:
            message = f"{self.shown} has schema {_short(schema)}, this guild knows {SCHEMA}"
            raise CatalogError(message, hint="a later guildpkg wrote it: upgrade yours")
        self.check(type(schema) is int and schema == SCHEMA, f"it has the schema {_short(schema)}")
        return found

    def rows(self, found: dict[str, Any], key: str) -> list[Any]:
        rows = found.get(key)
        self.check(isinstance(rows, list), f"{key} is no list")
        return rows if isinstance(rows, list) else []

    def release(self, name: str, row: Any, place: str) -> Release:
        if not self.check(isinstance(row, dict), f"{place} is no object"):
            row = {}
        version = self.text(row, "version", place)
        good = self.check(canonical_version(version) == version, f"{place}: {_short(version)} is no canonical version")
        archive = self.file(row.get("archive"), f"{place}: archive")
        named = archive.name in [archive_name(name, version, kind) for kind in COMPRESSIONS]
        self.check(named, f"{place}: the archive is named {_short(archive.name)}")
        manifest = self.file(row.get("manifest"), f"{place}: manifest")
        statement = self.file(row["statement"], f"{place}: statement") if "statement" in row else None
        packages, python = self.text(row, "packages", place), self.text(row, "python", place)
        wrong = [problem for problem, _ in package_needs(packages)[1] + python_needs(python)[1]]
        self.faults += [f"{place}: {_short(problem)}" for problem in wrong]
        return Release(
            name=name,
            version=version if good else "0",
            archive=archive,
            manifest=manifest,
            statement=statement,
            description=self.text(row, "description", place),
            license=self.text(row, "license", place),
            packages=packages,
            python=python,
            files=self.number(row, "files", place),
            installed_size=self.number(row, "installed_size", place),
            uploaded=self.number(row, "uploaded", place),
            yanked=self.text(row, "yanked", place) if "yanked" in row else None,
        )

    def file(self, found: Any, place: str) -> File:
        if not self.check(isinstance(found, dict), f"{place} is no object"):
            return File("", 0, Sha256(""))
        name, digest = self.text(found, "name", place), self.text(found, "sha256", place)
        plain = name.strip(".") != "" and not {"/", "\\", "\0"} & set(name) and len(name.encode()) <= 255
        self.check(plain and name.isprintable(), f"{place}: {_short(name)} is no file name")
        self.check(is_sha256(digest), f"{place}: {_short(digest)} is no SHA-256")
        return File(name, self.number(found, "size", place), Sha256(digest))

    def line(self, row: Any, number: int) -> Line:
        place = f"package {number}"
        sound = isinstance(row, list) and [type(item) for item in row[:5]] == _LINE
        if not self.check(sound, f"{place} is no line of a summary"):
            return Line("", "", "", 0)
        line = Line(*row[:5])
        if _plain(line):
            return line
        self.check(check_name(line.name) is None, f"{place}: {_short(line.name)} is no package name")
        version = canonical_version(line.version)
        self.check(version == line.version, f"{place}: {_short(line.version)} is no canonical version")
        self.check(len(line.description) <= MOST_TEXT, f"{place}: the description is too long")
        self.check(_encodable(line.description), f"{place}: the description is no text")
        self.check(0 < line.versions < _MOST_NUMBER, f"{place}: {_short(line.versions)} is no number of versions")
        return line

    def text(self, found: dict[str, Any], key: str, place: str) -> str:
        text = found.get(key)
        if not self.check(isinstance(text, str), f"{place}: {key} is no text"):
            return ""
        assert isinstance(text, str)
        sound = len(text) <= MOST_TEXT and _encodable(text)
        return text if self.check(sound, f"{place}: {key} is too long, or no text") else ""

    def number(self, found: dict[str, Any], key: str, place: str) -> int:
        number = found.get(key)
        sound = type(number) is int and 0 <= number < _MOST_NUMBER
        if not self.check(sound, f"{place}: {key} is no number of the kind"):
            return 0
        assert isinstance(number, int)
        return number


def _plain(line: Line) -> bool:
    """Tell whether a line is sound; what is wrong with it is worked out only when it is not: there are thousands."""
    return (
        check_name(line.name) is None
        and _same_version(line.version)
        and len(line.description) <= MOST_TEXT
        and _encodable(line.description)
        and 0 < line.versions < _MOST_NUMBER
    )


@functools.lru_cache(maxsize=4096)
def _same_version(version: str) -> bool:
    """Tell whether a version is a canonical one; most packages have one of few."""
    return canonical_version(version) == version


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _encodable(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair, which no file and no terminal takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _why(error: BaseException) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0][:200]


def _short(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a number with more digits than Python writes
        return "a very large number"
    return text if len(text) <= 80 else text[:77] + "..."
