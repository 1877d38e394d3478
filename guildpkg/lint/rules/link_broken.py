"""A link has to lead to something inside of the package, wherever that is unpacked."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "link-broken"
SEVERITY = Severity.ERROR
SUMMARY = "A symbolic link is absolute, leaves the package or leads nowhere"


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Follow each link."""
    there = {file.path for file in subject.files}
    there |= {parent for path in there for parent in _parents(path)}
    for file in subject.files:
        if file.link is None:
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), file.link))
        if file.link.startswith("/"):
            yield Fault(member(file.path), f"the link to {file.link} is absolute", "make it relative")
        elif target == ".." or target.startswith("../"):
            yield Fault(member(file.path), f"the link to {file.link} leaves the package", "copy the file instead")
        elif target not in there and target != ".":
            yield Fault(member(file.path), f"the link leads nowhere: there is no {target}", "package what it leads to")


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
