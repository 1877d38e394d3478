"""A key that was published is no key any more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "secret-left"
SEVERITY = Severity.ERROR
SUMMARY = "A private key or a password file is in the package"

_NAMES = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.env|\.git-credentials|\.htpasswd|kaggle\.json")
_KEY = re.compile(rb"^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\r?$", re.MULTILINE)


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look at names, and for the first line of a key."""
    for file in subject.files:
        if looks_secret(file.name, file.data):
            yield Fault(
                member(file.path), "this looks like a secret", "do not publish it, and replace it where it is used"
            )


def looks_secret(name: str, data: bytes) -> bool:
    """Tell whether a file of that name, or with that text, is a key or holds passwords."""
    return bool(_NAMES.fullmatch(name) or _KEY.search(data))
