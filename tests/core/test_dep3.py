"""The header of a patch: kept, read, described anew."""

from __future__ import annotations

import pytest

from guildpkg.core.patches.dep3 import described, description_of, header_of

CHANGE = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
FIELDS = b"Description: Make it run\n under Python 3\nForwarded: no\nLast-Update: 2017-01-02\n\n"
NOTED = b"Description: Why\nBug: one\rtwo\nOrigin: elsewhere\n"
DEBIAN = b"Description: Make it run\n---\nThis patch header follows DEP-3: see there\n"
MAIL = b"From 0123 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] Fix\n\nBody\n---\n x | 2 +-\n\n"
STAT = (
    b"Subject: Many\r\n---\r\n"
    + b" x | 2 +-\r\n" * 40
    + b" 40 files changed, 40 insertions(+)\r\n create mode 100644 x\r\n\r\n"
)


@pytest.mark.parametrize(
    ("data", "header", "description"),
    [
        (CHANGE, b"", ""),
        (FIELDS + CHANGE, FIELDS, "Make it run"),
        (MAIL + CHANGE, MAIL.partition(b"---")[0], "[PATCH] Fix"),
        (STAT + CHANGE, STAT.partition(b"---")[0], "Many"),
        (DEBIAN + CHANGE, DEBIAN, "Make it run"),
        (NOTED + CHANGE, NOTED, "Why"),
        (b"Index: x\n" + b"=" * 67 + b"\n" + CHANGE.partition(b"\n")[2], b"", ""),
        (b"words\ndiff -ru a/x b/x\n" + CHANGE.partition(b"\n")[2], b"words\n", ""),
        (b"no patch at all", b"", ""),
    ],
    ids=["none", "fields", "mail", "mail of CRLF", "debian", "lone CR", "svn", "diff -r", "no patch"],
)
def test_the_header_is_what_stands_above_the_first_change(data: bytes, header: bytes, description: str) -> None:
    assert (header_of(data), description_of(data)) == (header, description)


def test_a_description_takes_the_place_of_the_old_one_and_leaves_the_other_fields() -> None:
    new = described(FIELDS, "Something else\n\n--- a/x\n+++ b/x")
    assert new == FIELDS.replace(b"Make it run\n under Python 3", b"Something else\n .\n --- a/x\n +++ b/x")
    assert header_of(new + CHANGE) == new


def test_a_patch_without_a_header_gets_one() -> None:
    assert described(b"", "Why") + CHANGE == b"Description: Why\n\n" + CHANGE
