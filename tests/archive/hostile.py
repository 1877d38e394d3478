"""Hostile tar members, each for a source and, with a manifest that tells the same lie, for a package.

``{outside}`` in a path or target stands for a folder beside the one that is unpacked into.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.archive.making import file_line, long_name, member, pax

DIR = b"5"
LINK = b"2"
HARD = b"1"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One attack.

    Attributes:
        id: What it is called.
        parts: Members of the tar, made for a folder outside.
        as_source: What the refusal as a source says; empty when it is harmless there, and tamed.
        as_package: What the refusal as a package says.
        lines: Lines of the manifest that agree with the members as far as they can.
    """

    id: str
    parts: Callable[[bytes], bytes]
    as_source: str
    as_package: str
    lines: Callable[[bytes], bytes] = lambda outside: b""


def file(path: bytes, source: str, package: str, *, name: str) -> Hostile:
    """A file with a hostile path, in tar and manifest alike."""
    return Hostile(
        name,
        lambda outside: member(path.replace(b"{outside}", outside), b"evil"),
        source,
        package,
        lambda outside: file_line(path.replace(b"{outside}", outside).removeprefix(b"./"), b"evil"),
    )


def link(path: bytes, target: bytes, source: str, package: str, *, name: str, more: bytes = b"") -> Hostile:
    """A symbolic link, with members that follow it."""

    def line(outside: bytes) -> bytes:
        return b"./%s = link %s\n" % (path, target.replace(b"{outside}", outside))

    def parts(outside: bytes) -> bytes:
        return member(b"./" + path, kind=LINK, mode=0o777, target=target.replace(b"{outside}", outside)) + more

    return Hostile(name, parts, source, package, line)


def raw(source: str, package: str, *parts: bytes, name: str, lines: bytes = b"") -> Hostile:
    """Members as they are."""
    return Hostile(name, lambda outside: b"".join(parts), source, package, lambda _: lines)


def chain(outside: bytes) -> bytes:
    """Two links, harmless each alone: deep/down is the root, and the other climbs above it."""
    return (
        member(b"./deep/", kind=DIR, mode=0o755)
        + member(b"./deep/up", kind=LINK, mode=0o777, target=b"..")
        + member(b"./out", kind=LINK, mode=0o777, target=b"deep/up/../outside")
    )


EVIL = b"evil"
DIFFERS = "stands where|not in the manifest|missing"

HOSTILE = (
    file(b"{outside}/evil", "it is absolute", "it is absolute|not a line", name="absolute path"),
    file(b"../outside/evil", "leads out of its folder", "leads out of its folder", name="path climbing out"),
    file(b"a/../../outside/evil", "leads out of its folder", "leads out", name="path climbing out from below"),
    file(b"a/../b", "leads out of its folder", "leads out", name="path climbing inside"),
    file(b"./..", "leads out of its folder", "leads out", name="path of the folder above"),
    file(b"", "it is empty", "not a line", name="path of nothing"),
    file(b"./.", "it is empty", "not a line|'.' in it", name="path of the folder itself"),
    raw("part of it is longer than 255", "longer than 255", long_name(b"./" + b"n" * 256), member(b"n", EVIL),
        name="name longer than names can be", lines=file_line(b"n" * 256, EVIL)),
    raw("longer than 2000", "longer than 2000", long_name(b"./" + b"d/" * 1200 + b"x"), member(b"n", EVIL),
        name="path longer than paths can be", lines=file_line(b"d/" * 1200 + b"x", EVIL)),
    link(b"a", b"{outside}/target", "target is absolute", "target is absolute", name="absolute link"),
    link(b"a", b"../outside/target", "target lies outside", "target lies outside", name="link climbing out"),
    link(b"a", b"b/../../outside", "target lies outside", "target lies outside", name="link climbing out by a detour"),
    link(b"a", b"", "target is empty", "not a line", name="link to nothing"),
    Hostile("links that climb out together", chain, "by way of other links", "by way of other links",
            lambda _: b"./deep/up = link ..\n./out = link deep/up/../outside\n"),
    link(b"a", b"{outside}", "target is absolute", "target is absolute", more=member(b"./a/evil", EVIL),
         name="file through a link out"),
    raw("is a link in the archive and has members below it", "is listed as a link and has files below it",
        member(b"./d/", kind=DIR, mode=0o755), member(b"./a", kind=LINK, mode=0o777, target=b"d"),
        member(b"./a/evil", EVIL), name="file through a link inside",
        lines=b"./a = link d\n" + file_line(b"a/evil", EVIL) + b"./d = dir\n"),
    raw("is in the archive twice", "there twice", member(b"./a", EVIL), member(b"./a", b"good"),
        name="two files of one name", lines=file_line(b"a", EVIL) + file_line(b"a", b"good")),
    raw("is in the archive twice", "there twice", member(b"./a", kind=LINK, mode=0o777, target=b"b"),
        member(b"./a", EVIL), name="file in the place of a link", lines=b"./a = link b\n" + file_line(b"a", EVIL)),
    raw("is in the archive twice", "listed as a file and has files below",
        member(b"./a/b", EVIL), member(b"./a", EVIL), name="file in the place of a folder",
        lines=file_line(b"a", EVIL) + file_line(b"a/b", EVIL)),
    raw("is a file in the archive and has members below it", "listed as a file and has files below",
        member(b"./a", EVIL), member(b"./a/b", EVIL), name="folder in the place of a file",
        lines=file_line(b"a", EVIL) + file_line(b"a/b", EVIL)),
    Hostile("hard link out", lambda outside: member(b"./a", kind=HARD, target=outside + b"/secret"),
            "no earlier member", "is a hard", lambda _: file_line(b"a", EVIL)),
    raw("is in the archive twice", "listed as a file and has files below",
        member(b"./a", EVIL), member(b"./a/", kind=DIR, mode=0o755), name="folder of a file's name",
        lines=file_line(b"a", EVIL) + file_line(b"a/b", EVIL)),
    raw("no earlier member", "is a hard", member(b"./a", kind=HARD, target=b"../outside/secret"),
        name="hard link climbing out", lines=file_line(b"a", EVIL)),
    raw("no earlier member", "is a hard", member(b"./a", kind=HARD, target=b"./later"), member(b"./later", EVIL),
        name="hard link to what comes later", lines=file_line(b"a", EVIL) + file_line(b"later", EVIL)),
    raw("is a device", "is a device", member(b"./a", kind=b"3"), name="character device", lines=file_line(b"a", b"")),
    raw("is a device", "is a device", member(b"./a", kind=b"4"), name="block device", lines=file_line(b"a", b"")),
    raw("is a fifo", "is a fifo", member(b"./a", kind=b"6"), name="named pipe", lines=file_line(b"a", b"")),
    raw("", "mode 4755", member(b"./a", EVIL, mode=0o4755), name="set-user-id file",
        lines=file_line(b"a", EVIL, b"4755")),
    raw("", "mode 2755 instead of 0755", member(b"./a", EVIL, mode=0o2755), name="set-group-id file",
        lines=file_line(b"a", EVIL, b"0755")),
    raw("unknown kind 'Z'", "unknown kind 'Z'", member(b"./a", EVIL, kind=b"Z"), name="kind that nobody knows",
        lines=file_line(b"a", EVIL)),
    raw("sparse file", "sparse file", member(b"./a", EVIL, kind=b"S"), name="sparse file", lines=file_line(b"a", EVIL)),
    raw("sparse file", "sparse file", pax({b"GNU.sparse.major": b"1", b"GNU.sparse.realsize": b"99999999999"}),
        member(b"./a", EVIL), name="sparse file by pax", lines=file_line(b"a", EVIL)),
    raw("claims 3,221,225,472 bytes", "claims 3,221,225,472 bytes", member(b"././@LongLink", kind=b"L", size=3 << 30),
        name="long name of gigabytes", lines=file_line(b"a", EVIL)),
    raw("claims 3,221,225,472 bytes", "claims 3,221,225,472 bytes", member(b"pax", kind=b"x", size=3 << 30),
        name="pax header of gigabytes", lines=file_line(b"a", EVIL)),
    raw("more than 16 records", "more than 16 records", *(pax({b"comment": b"x"}) for _ in range(17)),
        member(b"./a", EVIL), name="pax headers without end", lines=file_line(b"a", EVIL)),
    Hostile("absolute path by pax", lambda outside: pax({b"path": outside + b"/evil"}) + member(b"./a", EVIL),
            "it is absolute", DIFFERS, lambda _: file_line(b"a", EVIL)),
    raw("leads out of its folder", DIFFERS, pax({b"path": b"../outside/evil"}, b"g"), member(b"./a", EVIL),
        name="path climbing out by a global header", lines=file_line(b"a", EVIL)),
    raw("NUL in it", DIFFERS, pax({b"path": b"a\0b"}), member(b"./a", EVIL), name="NUL in a path",
        lines=file_line(b"a", EVIL)),
    raw("pax header is damaged", "pax header is damaged", member(b"pax", b"999999 path=a\n", kind=b"x"),
        member(b"./a", EVIL), name="pax record with a false length", lines=file_line(b"a", EVIL)),
    raw("size that is no number", "size that is no number", pax({b"size": b"1e9"}), member(b"./a", EVIL),
        name="pax size in letters", lines=file_line(b"a", EVIL)),
    raw("claims a size below zero", "claims a size below zero", member(b"./a", EVIL, size=-4), name="size below zero",
        lines=file_line(b"a", EVIL)),
    raw("unpacks to more than", "bytes, the manifest says", member(b"./a", EVIL, size=1 << 62), name="size of exabytes",
        lines=file_line(b"a", EVIL)),
    raw("claims to have content", "claims to have content", member(b"./a", EVIL, kind=LINK, target=b"b"),
        name="link with content", lines=b"./a = link b\n"),
    raw("wrong checksum", "wrong checksum", member(b"./a", EVIL).replace(b"./a", b"./b", 1),
        name="header with a wrong checksum", lines=file_line(b"a", EVIL)),
    raw("", "has an owner", member(b"./a", EVIL, uid=1000, uname=b"mallory"), name="owner",
        lines=file_line(b"a", EVIL)),
    raw("", "in the gaps between members", member(b"./a", EVIL, fill=b"!"), name="content in a gap",
        lines=file_line(b"a", EVIL)),
)  # fmt: skip
