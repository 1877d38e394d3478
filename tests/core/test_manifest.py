"""The manifest: one text for one value, and no text but that is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core import ini
from guildpkg.core.archive.layout import check_entries, check_target
from guildpkg.core.archive.manifest import Build, Kept, Manifest, escape_path, format_manifest, keep, settings_of
from guildpkg.core.archive.manifest_reader import MOST_MANIFEST, parse_manifest, parse_sections
from guildpkg.core.digests import Entry, GitId, Sha256, dir_entry, link_entry, sha256
from guildpkg.core.sources import Pin
from guildpkg.errors import ArchiveError

PARTS = st.binary(min_size=1, max_size=8).filter(lambda part: not {0, 47} & set(part) and part not in (b".", b".."))
PATHS = st.lists(PARTS, min_size=1, max_size=3).map(b"/".join)
DIGESTS = st.binary(max_size=4).map(sha256)
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Z"), include_characters="\\%=:#;[]@"), min_size=1, max_size=12
).filter(lambda text: not text.isspace())
VALUES = st.lists(WORDS, max_size=3).map(lambda words: " ".join(" ".join(words).split()))
RAW_TEXT = st.binary(max_size=20).map(lambda data: data.decode("utf-8", "surrogateescape"))
IDS = st.sampled_from([GitId(""), GitId("ab" * 20), GitId("cd" * 32)])


@st.composite
def entries(draw: st.DrawFn) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for path in sorted(draw(st.sets(PATHS, max_size=8))):
        kind = draw(st.sampled_from(["file", "link", "dir"]))
        if kind == "link" and not check_target(path, target := draw(PATHS)):
            entry = link_entry(path, target)
        elif kind == "dir":
            entry = dir_entry(path)
        else:
            entry = Entry(path, "file", draw(st.booleans()), draw(st.integers(0, 10**17)), draw(DIGESTS))
        if not check_entries([*found, entry]):
            found.append(entry)
    return tuple(found)


PINS = st.builds(
    Pin,
    name=RAW_TEXT,
    source=RAW_TEXT,
    kind=st.sampled_from(["git", "http", "pypi", "file"]),
    repository=RAW_TEXT,
    ref=RAW_TEXT,
    path=RAW_TEXT,
    commit=IDS,
    tree=IDS,
    file=RAW_TEXT,
    sha256=st.one_of(DIGESTS, st.just(Sha256(""))),
    time=st.one_of(st.none(), st.integers(0, 1 << 40)),
    digest=DIGESTS,
    size=st.integers(0, 1 << 50),
    details=RAW_TEXT,
)
ATTRS = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), VALUES, max_size=4)
MANIFESTS = st.builds(
    Manifest,
    sections=st.builds(
        lambda references, extra: (
            Kept("package", (), (("name", "sample"), ("version", "1.2"), ("description", extra))),
            Kept("references", ("one", "two words"), tuple(references.items())),
        ),
        ATTRS,
        VALUES,
    ),
    build=st.builds(
        Build,
        guildpkg=st.just("0.1.0"),
        epoch=st.integers(0, 1 << 33),
        recipe=DIGESTS,
        lock=DIGESTS,
        compression=st.sampled_from(["xz", "zst"]),
        settings=VALUES.map(lambda value: (("env", value), ("network", "no"))),
    ),
    pins=st.lists(PINS, max_size=3, unique_by=lambda pin: pin.name).map(tuple),
    files=entries(),
    bundle=st.binary(max_size=400),
)
PLAIN = Manifest(
    (Kept("package", (), (("name", "sample"), ("version", "1"))),),
    Build("0.1.0", 1, sha256(b"r"), sha256(b"l"), "xz"),
    (Pin("s", "https://x/y", "http", digest=sha256(b"")),),
    (Entry(b"a", "file", False, 3, sha256(b"abc")), link_entry(b"b", b"a"), dir_entry(b"c")),
    b"bundle" * 50,
)


@given(MANIFESTS)
def test_what_is_written_is_read_back(manifest: Manifest) -> None:
    assert parse_manifest(format_manifest(manifest), name="x") == manifest


@given(MANIFESTS)
def test_the_text_does_not_depend_on_the_order_of_the_files(manifest: Manifest) -> None:
    assert format_manifest(replace(manifest, files=manifest.files[::-1])) == format_manifest(manifest)


@given(MANIFESTS)
def test_the_text_follows_the_grammar_of_all_our_files(manifest: Manifest) -> None:
    parsed = ini.parse(format_manifest(manifest).decode(), ".GuildPkg")
    assert not parsed.faults
    files = parsed.first("files")
    assert files is not None
    assert list(files.attrs) == ["./" + escape_path(entry.path).decode() for entry in manifest.files]


def test_the_text_is_this() -> None:
    """The format is a promise: this text changes only with the schema."""
    digest = sha256(b"abc")
    assert format_manifest(replace(PLAIN, bundle=b"x" * 100)).decode() == (
        "#-*-conf-*-\n"
        "\n[package]\nname = sample\nversion = 1\n"
        f"\n[build]\nschema = 1\nguildpkg = 0.1.0\nepoch = 1\nrecipe = {sha256(b'r')}\nlock = {sha256(b'l')}\n"
        "compression = xz\n"
        f'\n[source "s"]\nsource = https://x/y\nkind = http\ndigest = {sha256(b"")}\nsize = 0\n'
        f"\n[files]\n./a = 0644 3 {digest}\n./b = link a\n./c = dir\n"
        f"\n[recipe]\nbundle = {'eHh4' * 25}\\\n  {'eHh4' * 8}eA==\n"
    )


def test_a_recipe_is_kept_without_what_the_manifest_says_otherwise() -> None:
    recipe = ini.parse(
        '[package]\n name = a\n version = 0\n description = two \\\n   lines\n[source "s"]\n commit = 1\n'
        "[build]\n env = HOME \\\n  LANG\n compression = zst\n[references]\n x = y\n",
        "GuildPkg",
    )
    assert keep(recipe.sections, version="3") == (
        Kept("package", (), (("name", "a"), ("version", "3"), ("description", "two lines"))),
        Kept("references", (), (("x", "y"),)),
    )
    assert settings_of(recipe.sections) == (("env", "HOME LANG"),)


FILE = b"./a = 0644 3 " + sha256(b"abc").encode()
BAD = {
    "not utf-8": (b"name = sample", b"name = \xff", "not UTF-8"),
    "no name": (b"name = sample\n", b"", "is not a package name"),
    "bad name": (b"name = sample", b"name = ../x", "is not a package name"),
    "version not canonical": (b"version = 1\n", b"version = v1\n", "'v1' is not a canonical version"),
    "no schema": (b"schema = 1\n", b"", "has no schema"),
    "later schema": (b"schema = 1\n", b"schema = 2\n", "has schema 2, this guild knows 1"),
    "epoch": (b"epoch = 1\n", b"epoch = -1\n", "epoch is damaged"),
    "epoch without a date": (b"epoch = 1\n", b"epoch = 253402300800\n", "epoch is damaged"),
    "compression": (b"compression = xz", b"compression = bzip2", "compression is damaged"),
    "recipe digest": (b"recipe = " + sha256(b"r").encode(), b"recipe = 12", "recipe is damaged"),
    "pin digest": (b"digest = ", b"digest = x", "digest is damaged"),
    "pin not escaped": (b"kind = http", "kind = h\u00e9".encode(), "has a value that is not escaped"),
    "pin without a name": (b'[source "s"]', b"[source]", "should have one name"),
    "section twice": (b"[build]", b"[package]\n[build]", "[package] is there twice"),
    "attribute twice": (b"epoch = 1\n", b"epoch = 1\nepoch = 2\n", "sets an attribute twice"),
    "syntax": (b"[build]", b"[build", "syntax error"),
    "path climbing": (b"./a = 0644", b"./../a = 0644", "leads out of its folder"),
    "path absolute": (b"./a = 0644", b".//a = 0644", "is refused: it is absolute"),
    "path escaped to absolute": (b"./a = 0644", b"./%2Fa = 0644", "not escaped the way it should be"),
    "path with needless escapes": (b"./a = 0644", b"./%61 = 0644", "not escaped the way it should be"),
    "path in lower-case hex": (b"./a = 0644", b"./%e9 = 0644", "not escaped the way it should be"),
    "path with a NUL": (b"./a = 0644", b"./%00a = 0644", "NUL"),
    "path unescaped": (b"./a = 0644", b"./\xe9 = 0644", "is not a line of [files]"),
    "mode with set-id": (b"./a = 0644", b"./a = 4755", "has the mode 4755"),
    "mode world-writable": (b"./a = 0644", b"./a = 0666", "has the mode 0666"),
    "size with zeros": (b"0644 3 ", b"0644 03 ", "is not a line of [files]"),
    "size of exabytes": (b"0644 3 ", b"0644 9999999999999999999 ", "is not a line of [files]"),
    "digest in capitals": (sha256(b"abc").encode(), sha256(b"abc").encode().upper(), "is not a line of [files]"),
    "file twice": (FILE, FILE + b"\n" + FILE, "is there twice"),
    "files out of order": (b"./c = dir", b"./a0 = dir", "is out of order"),
    "file below a file": (b"./b = link a", b"./a/b = dir", "has files below it"),
    "manifest listed": (FILE, FILE.replace(b"./a", b"./.GuildPkg"), "in the place of the manifest"),
    "link climbing": (b"link a", b"link ../a", "target lies outside"),
    "link absolute": (b"link a", b"link /a", "target is absolute"),
    "bundle": (b"YnVuZGxl\\\n", b"YnVuZGx!\\\n", "no sound bundle"),
    "bundle cut": (b"YnVuZGxl\\\n", b"YnVuZGx\\\n", "no sound bundle"),
    "no files": (b"[files]", b"[fil3s]", "no [files] section"),
    "no recipe": (b"[recipe]", b"[recipes]", "no [recipe] section"),
}


@pytest.mark.parametrize(("old", "new", "message"), BAD.values(), ids=BAD)
def test_a_bad_manifest_is_told_what_is_wrong(old: bytes, new: bytes, message: str) -> None:
    text = format_manifest(PLAIN)
    assert old in text
    with pytest.raises(ArchiveError) as caught:
        parse_manifest(text.replace(old, new, 1), name="x.pkg.tar.xz")
    assert message in str(caught.value)
    assert str(caught.value).startswith("x.pkg.tar.xz: ")


def test_the_sections_of_the_recipe_are_read_without_the_files() -> None:
    text = format_manifest(PLAIN)
    spoilt = text.replace(b"\n[files]\n", b"\n[files]\nno file\n")
    assert parse_sections(spoilt, name="x") == parse_manifest(text, name="x").sections
    with pytest.raises(ArchiveError, match=r"\[package\] is there twice"):
        parse_sections(b"[package]\n\n" + text, name="x")


def test_all_faults_are_told_up_to_a_limit() -> None:
    lines = b"".join(b"./%03d = nonsense\n" % number for number in range(500))
    text = format_manifest(PLAIN).replace(b"\n[files]\n", b"\n[files]\n" + lines).replace(b"epoch = 1", b"epoch = x")
    with pytest.raises(ArchiveError) as caught:
        parse_manifest(text, name="x")
    assert "epoch is damaged" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 21


def test_a_head_that_is_too_large_is_not_parsed() -> None:
    text = format_manifest(PLAIN).replace(b"[package]\n", b"[package]\n" + b"# long\n" * 200_000)
    with pytest.raises(ArchiveError, match=r"what stands before \[files\] has more than 1 MiB"):
        parse_manifest(text, name="x")


def test_a_manifest_that_is_too_large_is_not_even_looked_at() -> None:
    with pytest.raises(ArchiveError, match="more than 64 MiB"):
        parse_manifest(bytes(MOST_MANIFEST + 1), name="x")


@pytest.mark.parametrize(
    "text",
    [b"\\\n" * 400_000, b"a\n" * 100_000, b"[x]\n" * 50_000, b"\\" * 400_000 + b"\n" * 400_000, b"[" + b" " * 900_000],
    ids=["continued", "junk", "sections", "backslashes", "blanks"],
)
def test_a_head_made_to_be_slow_is_refused_with_a_short_message(text: bytes) -> None:
    rest = format_manifest(PLAIN)
    with pytest.raises(ArchiveError) as caught:
        parse_manifest(text + rest[rest.index(b"\n[files]") :], name="x")
    assert len(str(caught.value)) < 10_000
