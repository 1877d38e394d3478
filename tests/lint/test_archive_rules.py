"""Each rule for archives: where it speaks, in which words, and where it keeps silent."""

from __future__ import annotations

import pytest

from guildpkg.lint.subject import ArchiveSubject, File
from guildpkg.lint.table import ARCHIVE_RULES
from tests.lint.worlds import archive, holding, linking

RULES = {rule.ID: rule for rule in ARCHIVE_RULES}
SRC = "[package]\nname = demo-src\nversion = 1\n"
GUILD = holding("Guild", '[model "cnn"]\ntrain = trane --fast\nprepare = http.server\n')
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
LEFT = "(do not copy it to $pkgdir)"

HITS: list[tuple[str, str, ArchiveSubject, list[str]]] = [
    (
        "package-empty",
        "only the manifest",
        archive(),
        ["./.GuildPkg: the package is empty (copy files to $pkgdir in the package hook)"],
    ),
    (
        "project-missing",
        "a -src package",
        archive("train.py", "sub/Guild", recipe=SRC),
        [
            (
                "./.GuildPkg: there is neither Guild nor guild.yml, so that nothing can be trained "
                "(list Guild.in in source, and copy Guild to $pkgdir)"
            )
        ],
    ),
    (
        "project-missing",
        "in the folder that the recipe names",
        archive("Guild", recipe=SRC + "project = sub\n"),
        [
            (
                "./.GuildPkg: there is neither sub/Guild nor sub/guild.yml, so that nothing can be trained "
                "(list Guild.in in source, and copy Guild to $pkgdir)"
            )
        ],
    ),
    (
        "module-missing",
        "misspelt",
        archive(GUILD, "train.py"),
        ['./Guild:2: the package does not hold the module trane of [model "cnn"] (did you mean train?)'],
    ),
    (
        "module-missing",
        "beside the project, not at the root",
        archive(holding("sub/Guild", "[model]\ntrain = train\n"), "train.py", recipe="project = sub\n"),
        ["./sub/Guild:2: the package does not hold the module train of [model] (did you mean train?)"],
    ),
    (
        "name-collision",
        "case",
        archive("README", "Readme"),
        ["./Readme: on macOS and Windows this is one file with README (rename one of them)"],
    ),
    (
        "name-collision",
        "Unicode",
        archive("cafe\u0301", "caf\u00e9"),
        ["./caf\u00e9: on macOS and Windows this is one file with cafe\u0301 (rename one of them)"],
    ),
    (
        "link-broken",
        "absolute, leaving, dangling",
        archive(linking("a", "/etc/passwd"), linking("b/c", "../../x"), linking("b/d", "e")),
        [
            "./a: the link to /etc/passwd is absolute (make it relative)",
            "./b/c: the link to ../../x leaves the package (copy the file instead)",
            "./b/d: the link leads nowhere: there is no b/e (package what it leads to)",
        ],
    ),
    (
        "secret-left",
        "a name and a content",
        archive("home/.netrc", holding("deploy", KEY)),
        [
            f"./{path}: this looks like a secret (do not publish it, and replace it where it is used)"
            for path in ("home/.netrc", "deploy")
        ],
    ),
    (
        "build-path",
        "sandbox and host, once per file",
        archive(
            holding("a.cfg", "x\nroot=/build/src/x\n/build/src\n"), holding("b.py", "HERE = '/home/me/demo/data'\n")
        ),
        [
            "./a.cfg:2: /build/src is a folder of the machine that built the package (replace it in a hook)",
            "./b.py:1: /home/me/demo is a folder of the machine that built the package (replace it in a hook)",
        ],
    ),
    (
        "cache-left",
        "folders once, files each",
        archive("a/__pycache__/x.pyc", "a/__pycache__/y.pyc", "b.pyc", ".ipynb_checkpoints/n.ipynb"),
        [f"./{path}: this is a cache {LEFT}" for path in ("a/__pycache__/", "b.pyc", ".ipynb_checkpoints/")],
    ),
    (
        "vcs-left",
        "once",
        archive("x/.git/HEAD", "x/.git/config", "CVS/Root"),
        [f"./{path}: this belongs to a version control system {LEFT}" for path in ("x/.git/", "CVS/")],
    ),
    (
        "leftover",
        "of many programs",
        archive("a.py~", ".a.py.swp", "#a#", "x/b.py.orig", "c.rej", ".DS_Store"),
        [
            f"./{path}: this was left behind by a program {LEFT}"
            for path in ("a.py~", ".a.py.swp", "#a#", "x/b.py.orig", "c.rej", ".DS_Store")
        ],
    ),
    (
        "executable-data",
        "text",
        archive(holding("data.csv", "1,2\n", executable=True)),
        ["./data.csv: this is executable and no program (chmod 644 it in the package hook)"],
    ),
    (
        "script-not-executable",
        "shell",
        archive(holding("run.sh", "#!/bin/sh\n")),
        ["./run.sh:1: this has a #! line and is not executable (chmod 755 it in the package hook)"],
    ),
    (
        "file-large",
        "123 MB",
        archive(File("data.bin", 123_456_789, data=b"x")),
        ["./data.bin: this has 123 MB (make data a package of its own, so that code can change without it)"],
    ),
    (
        "license-text-missing",
        "named, not there",
        archive("train.py", recipe="license = MIT\n"),
        ["./.GuildPkg: the package is MIT and has no file LICENSE, COPYING or NOTICE (copy upstream's to $pkgdir)"],
    ),
    (
        "trained-model-name",
        "weights",
        archive("model/model.ckpt-1000.data-00000-of-00001", recipe=SRC),
        ["./model/model.ckpt-1000.data-00000-of-00001: demo-src holds a trained model (call it demo+DATASET)"],
    ),
]
MISSES: list[tuple[str, str, ArchiveSubject]] = [
    ("package-empty", "one file", archive("a")),
    ("project-missing", "Guild", archive("Guild", recipe=SRC)),
    ("project-missing", "guild.yml", archive("guild.yml", recipe=SRC)),
    ("project-missing", "data", archive("data.csv")),
    ("project-missing", "nothing at all", archive(recipe=SRC)),
    ("module-missing", "a file", archive(GUILD, "trane.py")),
    ("module-missing", "a package with a main", archive(GUILD, "trane/__main__.py")),
    ("module-missing", "dotted", archive(holding("Guild", "[model]\ntrain = a.b\n"), "a/b.py")),
    (
        "module-missing",
        "of a requirement",
        archive(holding("Guild", "[model]\ntrain = keras.train\n"), recipe="[requires]\npython = keras\n"),
    ),
    ("module-missing", "the other dialect", archive(holding("guild.yml", "train: trane\n"))),
    (
        "module-missing",
        "in the project's folder",
        archive(holding("s/Guild", "[model]\ntrain = t\n"), "s/t.py", recipe="project = s\n"),
    ),
    ("name-collision", "different", archive("a/README", "b/readme")),
    (
        "link-broken",
        "to a file and to a folder",
        archive("a/b", linking("c", "a/b"), linking("a/d", "../a"), linking("e", ".")),
    ),
    (
        "secret-left",
        "a public key",
        archive(holding("id_rsa.pub", "ssh-rsa AAAA"), holding("doc", "-----BEGIN CERTIFICATE-----")),
    ),
    ("build-path", "another path", archive(holding("a", "/builds/src /home/me/demo2 x/build/src $HOME/build/src\n"))),
    ("build-path", "binary", archive(holding("a", b"\0/build/src"))),
    ("cache-left", "sources", archive("cache/x.py", "pycache.py")),
    ("vcs-left", "files about it", archive(".gitignore", "git/x")),
    ("leftover", "ordinary", archive("origin.py", "a.original", "b.orig.py", "~c")),
    (
        "executable-data",
        "a script, a binary, a link, data",
        archive(
            holding("a", "#!/bin/sh\n", executable=True),
            holding("b", b"\x7fELF\x02", executable=True),
            linking("c", "a"),
            "d",
        ),
    ),
    ("script-not-executable", "executable", archive(holding("a.sh", "#!/bin/sh\n", executable=True))),
    ("script-not-executable", "a module", archive(holding("train.py", "#!/usr/bin/env python\n"))),
    ("file-large", "exactly 100 MB", archive(File("a", 100_000_000))),
    ("license-text-missing", "there", archive("doc/COPYING.txt", recipe="license = MIT\n")),
    ("license-text-missing", "no license", archive("a")),
    ("trained-model-name", "named so", archive("a.ckpt", recipe="[package]\nname = cnn+mnist\nversion = 1\n")),
    ("trained-model-name", "code about models", archive("ckpt.py", "h5")),
]


def said(rule: str, subject: ArchiveSubject) -> list[str]:
    return [str(fault) for fault in RULES[rule].check(subject)]


@pytest.mark.parametrize(
    ("rule", "subject", "messages"),
    [pytest.param(rule, subject, messages, id=f"{rule}: {case}") for rule, case, subject, messages in HITS],
)
def test_a_rule_finds_what_it_is_about(rule: str, subject: ArchiveSubject, messages: list[str]) -> None:
    assert said(rule, subject) == messages


@pytest.mark.parametrize(
    ("rule", "subject"), [pytest.param(rule, subject, id=f"{rule}: {case}") for rule, case, subject in MISSES]
)
def test_a_rule_is_silent_where_all_is_well(rule: str, subject: ArchiveSubject) -> None:
    assert said(rule, subject) == []


def test_every_rule_has_a_hit_and_a_miss() -> None:
    assert {rule for rule, *_ in HITS} == {rule for rule, *_ in MISSES} == set(RULES)
