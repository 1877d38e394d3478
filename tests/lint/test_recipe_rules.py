"""Each rule for recipes: where it speaks, in which words, and where it keeps silent."""

from __future__ import annotations

import pytest

from guildpkg.lint.table import RECIPE_RULES
from tests.lint.worlds import COMMIT, DIFF, HEAD, World

RULES = {rule.ID: rule for rule in RECIPE_RULES}
GIT = "source = https://github.com/o/repo/tree/v1/p\n"
WEB = "source = https://e.org/data.csv\n"
PYPI = "source = pypi:numpy==2.0\n"
SHELL = "packager = packager\n"
PROJECT = {"Guild.in": b"[model]\ntrain = trane --fast\n", "train.py": b""}
DEP3 = b"Description: make it train\n" + DIFF
USUAL = (
    *("README.md", "LICENSE", "GuildPkg.lock", ".gitignore", "demo-1.pkg.tar.xz", "demo-1.build.json"),
    *("working/x", "b.patch", "a.py.orig"),
)
LOCK_HINT = "`guild lock` brings it up to date"

HITS: list[tuple[str, str, World, list[str]]] = [
    (
        "name-convention",
        "code without -src",
        World("source = https://github.com/o/repo/tree/v1/p Guild.in\n"),
        ["GuildPkg:2: demo packages code to train (call it demo-src)"],
    ),
    (
        "name-convention",
        "+ without a data set",
        World("[package]\nversion = 1\nname = mnist+-src\n"),
        ["GuildPkg:3: mnist+-src: the + is not followed by a data set (a trained model is called MODEL+DATASET)"],
    ),
    (
        "description-missing",
        "none",
        World(),
        ["GuildPkg:1: there is no description (add description = ONE SENTENCE)"],
    ),
    (
        "license-missing",
        "none",
        World(),
        ["GuildPkg:1: no license is named (add license = SPDX-EXPRESSION, e.g. Apache-2.0)"],
    ),
    (
        "license-unknown",
        "free text",
        World("license = see upstream\n"),
        [
            (
                "GuildPkg:4: 'see upstream' is not an SPDX expression "
                "(see spdx.org/licenses; what has no name there is LicenseRef-NAME)"
            ),
        ],
    ),
    (
        "license-unknown",
        "another spelling",
        World("license = apache-2.0 and mit\n"),
        ["GuildPkg:4: 'apache-2.0 and mit' is written Apache-2.0 AND MIT"],
    ),
    (
        "references-missing",
        "none",
        World(GIT),
        ["GuildPkg: there are no references (add a [references] section with links)"],
    ),
    (
        "range-missing",
        "one of two",
        World("[requires]\npackages = digits >= 1, iris\n"),
        ["GuildPkg:5: any version of iris will do (write iris >= VERSION)"],
    ),
    (
        "need-unlisted",
        "one of two",
        World(
            "source = Guild.in\n[requires]\npackages = digits\n",
            {"Guild.in": b'[model "m"]\nrequires = digits:data, iris:data/iris\n'},
        ),
        [
            (
                'Guild.in:2: [model "m"] takes data from iris, which [requires] does not list '
                "(add iris >= VERSION to packages in [requires])"
            ),
        ],
    ),
    (
        "file-missing",
        "source, folder, patch and packager",
        World("source = trian.py data\npatches = a.patch\npackager = packger\n", {"train.py": b"", "packager": b""}),
        [
            "GuildPkg:4: the source trian.py is not there (did you mean train.py?)",
            "GuildPkg:4: the source data is not there",
            "GuildPkg:5: the patch a.patch is not there",
            "GuildPkg:6: the packager packger is not there and does not ship with guild (did you mean packager?)",
        ],
    ),
    (
        "file-unused",
        "a file and a folder",
        World("source = a.py\n", {"a.py": b"", "b.py": b"", "old/x": b"", "old/y": b""}),
        [
            "b.py: the recipe does not use this (list it in source, or remove it)",
            "old/: the recipe does not use this (list it in source, or remove it)",
        ],
    ),
    (
        "source-twice",
        "two spellings",
        World("source = a.py ./a.py\n"),
        ["GuildPkg:4: the source ./a.py is listed twice (remove one)"],
    ),
    (
        "commit-unpinned",
        "neither recipe nor lock",
        World(GIT),
        [
            (
                "GuildPkg:4: nothing says which commit of repo is meant "
                '(`guild lock` pins it, or add commit = ... to [source "repo"])'
            ),
        ],
    ),
    (
        "commit-unpinned",
        "a lock of another ref",
        World(GIT, pins={"repo": "https://github.com/o/repo/tree/v0/p"}),
        [
            (
                "GuildPkg:4: nothing says which commit of repo is meant "
                '(`guild lock` pins it, or add commit = ... to [source "repo"])'
            ),
        ],
    ),
    (
        "hash-missing",
        "a download and a release",
        World("source = https://e.org/data.csv pypi:numpy==2.0\n"),
        [
            (
                "GuildPkg:4: nothing says which bytes of data are meant "
                '(`guild lock` records it, or add sha256 = ... to [source "data"])'
            ),
            (
                "GuildPkg:4: nothing says which bytes of numpy are meant "
                '(`guild lock` records it, or add sha256 = ... to [source "numpy"])'
            ),
        ],
    ),
    (
        "moving-branch",
        "a usual name",
        World("source = https://github.com/o/repo/tree/master/p\n"),
        ["GuildPkg:4: repo is taken from the branch master, which moves (name a tag or a commit in the URL)"],
    ),
    (
        "moving-branch",
        "said to be a branch, with a commit",
        World(f'source = git+https://e.org/repo.git#branch=v1\n[source "repo"]\ncommit = {COMMIT}\n'),
        [
            (
                "GuildPkg:4: repo is taken from the branch v1, which moves: the build ends when it leaves the commit "
                "of the recipe (name a tag or a commit in the URL)"
            ),
        ],
    ),
    (
        "moving-branch",
        "no ref at all",
        World("source = git+https://e.org/repo.git\n"),
        ["GuildPkg:4: repo is taken from the default branch, which moves (name a tag or a commit in the URL)"],
    ),
    (
        "moving-branch",
        "a forge's branch page",
        World("source = https://codeberg.org/o/repo/src/branch/v1/p\n"),
        ["GuildPkg:4: repo is taken from the branch v1, which moves (name a tag or a commit in the URL)"],
    ),
    (
        "plain-http",
        "a download and a repository",
        World("source = http://e.org/data.csv git+http://e.org/repo.git#tag=v1\n"),
        [
            "GuildPkg:4: http://e.org/data.csv is not encrypted (write https:// if the server has it)",
            "GuildPkg:4: git+http://e.org/repo.git#tag=v1 is not encrypted (write https:// if the server has it)",
        ],
    ),
    (
        "lock-outdated",
        "sources",
        World(
            "source = https://github.com/o/repo/tree/v1/p https://e.org/data.csv\n",
            pins={"repo": "https://github.com/o/repo/tree/v0/p", "old": "old.py"},
        ),
        [
            f"GuildPkg.lock: the lock pins another repo than the recipe ({LOCK_HINT})",
            f"GuildPkg.lock: the lock does not pin data ({LOCK_HINT})",
            f"GuildPkg.lock: the lock pins old, which is no source any more ({LOCK_HINT})",
        ],
    ),
    (
        "lock-outdated",
        "patches",
        World(
            "patches = a.patch b.patch\n",
            {"a.patch": DIFF, "b.patch": DIFF},
            pins={},
            patches={"a.patch": b"old", "c.patch": b""},
        ),
        [
            f"GuildPkg.lock: a.patch has changed since it was locked ({LOCK_HINT})",
            f"GuildPkg.lock: the lock does not know b.patch ({LOCK_HINT})",
            f"GuildPkg.lock: the lock knows c.patch, which is no patch any more ({LOCK_HINT})",
        ],
    ),
    (
        "patch-format",
        "a context diff",
        World("patches = a.patch\n", {"a.patch": b"*** x\n--- y\n***************\n*** 1 ****\n"}),
        ["a.patch: the patch is a context diff (make it with diff -u or git diff)"],
    ),
    (
        "patch-format",
        "prose",
        World("patches = a.patch\n", {"a.patch": b"TODO\n"}),
        ["a.patch: there is no change in the patch (make it with diff -u or git diff)"],
    ),
    (
        "patch-twice",
        "two spellings",
        World("patches = a.patch ./a.patch\n"),
        ["GuildPkg:4: the patch a.patch is listed twice (remove one)"],
    ),
    (
        "patch-twice",
        "patch and source",
        World("source = a.patch\npatches = a.patch\n"),
        [
            (
                "GuildPkg:4: a.patch is applied as a patch and laid into src/ as a source "
                "(list it in patches only, unless a hook reads it)"
            ),
        ],
    ),
    (
        "patch-unlisted",
        "forgotten",
        World("patches = a.patch\n", {"a.patch": DIFF, "b.patch": DIFF}),
        ["b.patch: the recipe does not list this patch (add b.patch to patches, or remove it)"],
    ),
    (
        "patch-undescribed",
        "no header, an empty one, one too late",
        World(
            "patches = a.patch b.patch c.patch\n",
            {"a.patch": DIFF, "b.patch": b"Description:\n" + DIFF, "c.patch": DIFF + b" Subject: x\n"},
        ),
        [
            f"{name}.patch: the patch does not say what it is for (begin it with Description: ...)"
            for name in ("a", "b", "c")
        ],
    ),
    (
        "packager-syntax",
        "Python that is none",
        World(packager="def build(context):\n    return (\n", python=True),
        ["packager.py:2: the packager is not Python: '(' was never closed"],
    ),
    (
        "packager-syntax",
        "a NUL",
        World(packager="x = 1\0", python=True),
        ["packager.py: the packager is not Python: source code string cannot contain null bytes"],
    ),
    (
        "packager-syntax",
        "shell from Windows",
        World(packager="# hooks\nbuild() {\r\n}\r\n"),
        ["packager:2: the packager has the line ends of Windows (save it with LF line ends)"],
    ),
    (
        "hooks-missing",
        "shell",
        World(packager="helper() { :; }\n"),
        ["packager: the packager defines no hook (the hooks are prepare, pkgver, build, check, package)"],
    ),
    (
        "hooks-missing",
        "Python, a method is no hook",
        World(packager="class A:\n    def build(self): ...\n", python=True),
        ["packager.py: the packager defines no hook (the hooks are prepare, pkgver, build, check, package)"],
    ),
    (
        "hook-unknown",
        "shell",
        World(packager="build() { :; }\npacakge() {\n :\n}\nfunction prepair { :; }\n"),
        [
            "packager:2: pacakge is not a hook and nothing calls it (did you mean package?)",
            "packager:5: prepair is not a hook and nothing calls it (did you mean prepare?)",
        ],
    ),
    (
        "hook-unknown",
        "Python",
        World(packager="def Build(context):\n    pass\n", python=True),
        ["packager.py:1: Build is not a hook and nothing calls it (did you mean build?)"],
    ),
    (
        "hook-downloads",
        "shell",
        World(packager='build() {\n  wget -q "$url" && git  clone x\n  python3 -m pip install y\n}\n'),
        [
            "packager:2: wget: hooks have no network (make what it fetches a source)",
            "packager:3: pip install: hooks have no network (make what it fetches a source)",
        ],
    ),
    (
        "hook-downloads",
        "Python",
        World(packager="def build(context):\n    urlopen('x')\n", python=True),
        ["packager.py:2: urlopen: hooks have no network (make what it fetches a source)"],
    ),
    (
        "todo-left",
        "as the template has it",
        World(packager='build() {\n    echo "TODO Perform any build steps here"\n}\n'),
        ['packager:2: still to be done: echo "TODO Perform any build steps here"'],
    ),
    (
        "network-wanted",
        "yes",
        World("[build]\nnetwork = yes\n"),
        [
            (
                "GuildPkg:5: the hooks want the network: what they fetch is neither pinned nor checked "
                "(make it a source, or give the reason in [lint])"
            ),
        ],
    ),
    (
        "env-passed",
        "one",
        World("[build]\nenv = CUDA_HOME\n"),
        [
            (
                "GuildPkg:5: the package may depend on the builder's CUDA_HOME "
                "(set it in the packager, or give the reason in [lint])"
            ),
        ],
    ),
    (
        "source-module-missing",
        "local sources only",
        World("source = Guild.in train.py\n", PROJECT),
        ["Guild.in:2: the module trane of [model] is in none of the sources (did you mean train?)"],
    ),
    (
        "source-module-missing",
        "there, but no source",
        World("source = Guild.in\n", {**PROJECT, "trane.py": b""}),
        ["Guild.in:2: the module trane of [model] is in none of the sources"],
    ),
    (
        "source-module-missing",
        "after a build",
        World(f"source = https://github.com/o/repo/tree/{COMMIT}/p Guild.in\n", PROJECT, built=("p/train.py",)),
        ["Guild.in:2: the module trane of [model] is in none of the sources (did you mean train?)"],
    ),
]
MISSES: list[tuple[str, str, World]] = [
    ("name-convention", "code with -src", World(HEAD.replace("demo", "demo-src") + GIT + "patches =\n")),
    ("name-convention", "a trained model", World(HEAD.replace("demo", "cnn+mnist") + GIT.strip() + " Guild.in\n")),
    ("name-convention", "data: no project", World("source = pypi:numpy==2.0 README\n")),
    ("name-convention", "all our own", World("source = Guild.in train.py\n")),
    ("description-missing", "there", World("description = One sentence\n")),
    ("license-missing", "there", World("license = MIT\n")),
    ("license-unknown", "an expression", World("license = BSD-3-Clause AND (MIT OR LicenseRef-Ours)\n")),
    ("license-unknown", "none at all", World()),
    ("references-missing", "there", World(GIT + "[references]\nhome = https://e.org/\n")),
    ("references-missing", "a home page", World(GIT + "url = https://e.org/\n")),
    ("references-missing", "nothing from elsewhere", World("source = a.py\n")),
    ("range-missing", "all have one", World("[requires]\npackages = a == 1.*, b >= 1, < 2\npython = numpy\n")),
    ("need-unlisted", "files, no packages", World("source = Guild.in\n", {"Guild.in": b"[model]\nrequires = data\n"})),
    ("file-missing", "all there", World("source = ./data a.py\npackager = python-src\n", {"data/x": b"", "a.py": b""})),
    (
        "file-unused",
        "what is used or usual",
        World(
            "source = data/x a.py\npatches = fixes/a.patch\npackager = hooks\n",
            dict.fromkeys(["data/x", "a.py", "fixes/a.patch", "hooks", *USUAL], b""),
        ),
    ),
    ("source-twice", "different", World("source = a/x.py b/x.py\n")),
    ("source-twice", "another place", World('source = a.csv a.csv\n[source "a-2"]\ninto = b\n')),
    ("commit-unpinned", "by the recipe", World(GIT + f'[source "repo"]\ncommit = {COMMIT}\n')),
    ("commit-unpinned", "by its tree", World(GIT + f'[source "repo"]\ntree = {COMMIT}\n')),
    ("commit-unpinned", "by the lock", World(GIT, pins={"repo": ""})),
    ("commit-unpinned", "by the URL", World(f"source = https://github.com/o/repo/tree/{COMMIT}/p\n")),
    ("commit-unpinned", "by a fragment", World(f"source = git+https://e.org/repo.git#commit={COMMIT}\n")),
    ("hash-missing", "by the recipe", World(WEB + f'[source "data"]\nsha256 = {"0" * 64}\n')),
    ("hash-missing", "by the lock", World(PYPI, pins={"numpy": ""})),
    ("moving-branch", "a tag", World(GIT)),
    ("moving-branch", "a fragment", World("source = git+https://e.org/repo.git#tag=master\n")),
    ("moving-branch", "a commit", World(f"source = https://gitlab.com/o/repo/-/tree/{COMMIT}/main\n")),
    ("moving-branch", "a path like a branch", World("source = https://github.com/o/repo/tree/v1/master\n")),
    ("plain-http", "encrypted", World(WEB)),
    ("lock-outdated", "no lock", World(GIT)),
    (
        "lock-outdated",
        "all as locked",
        World(GIT + "patches = a.patch\n", {"a.patch": DIFF}, pins={"repo": ""}, patches={"a.patch": DIFF}),
    ),
    ("patch-format", "unified", World("patches = a.patch\n", {"a.patch": DIFF})),
    ("patch-format", "git, without a hunk", World("patches = a.patch\n", {"a.patch": b"diff --git a/x b/y\nrename"})),
    ("patch-format", "not there", World("patches = a.patch\n")),
    ("patch-twice", "once each", World("source = b.patch\npatches = a.patch\n")),
    ("patch-unlisted", "laid in as a source", World("source = b.patch\n", {"b.patch": DIFF})),
    ("patch-undescribed", "DEP-3", World("patches = a.patch\n", {"a.patch": DEP3})),
    ("patch-undescribed", "format-patch", World("patches = a.patch\n", {"a.patch": b"Subject: [PATCH] x\n" + DIFF})),
    ("packager-syntax", "sound Python", World(packager="def build(context): ...\n", python=True)),
    ("packager-syntax", "shell", World(packager="build() {\n  :\n}\n")),
    ("hooks-missing", "one", World(packager="package() {\n :\n}\n")),
    ("hooks-missing", "a shared packager", World("packager = python-src\n")),
    (
        "hook-unknown",
        "helpers",
        World(packager="build() { rebuild; }\nrebuild() { :; }\n_check() { :; }\nzip() { :; }\n"),
    ),
    ("hook-unknown", "all defined", World(packager="package() { :; }\npackages() { :; }\n")),
    ("hook-downloads", "a comment, a word", World(packager="# wget x\nbuild() { echo ready-curl; cp wget.c x; }\n")),
    ("hook-downloads", "it asked", World("[build]\nnetwork = yes\n", packager="build() { curl x; }\n")),
    ("todo-left", "nothing left", World(packager='build() {\n    echo "TODOS are done"\n}\n')),
    ("network-wanted", "no", World("[build]\nnetwork = no\n")),
    ("env-passed", "none", World("[build]\nenv =\n")),
    (
        "source-module-missing",
        "found in src/",
        World(GIT.strip() + " Guild.in\n", PROJECT, built=("tensorflow/examples/trane.py",)),
    ),
    ("source-module-missing", "not known before a build", World(GIT.strip() + " Guild.in\n", PROJECT)),
    (
        "source-module-missing",
        "from elsewhere",
        World(
            "source = Guild.in\n[requires]\npython = some-lib, keras\n",
            {"Guild.in": b"[model]\ntrain = keras.train\nprepare = some_lib\nevaluate = http.server\n"},
        ),
    ),
]


def said(rule: str, world: World) -> list[str]:
    return [str(fault) for fault in RULES[rule].check(world.subject())]


@pytest.mark.parametrize(
    ("rule", "world", "messages"),
    [pytest.param(rule, world, messages, id=f"{rule}: {case}") for rule, case, world, messages in HITS],
)
def test_a_rule_finds_what_it_is_about(rule: str, world: World, messages: list[str]) -> None:
    assert said(rule, world) == messages


@pytest.mark.parametrize(
    ("rule", "world"), [pytest.param(rule, world, id=f"{rule}: {case}") for rule, case, world in MISSES]
)
def test_a_rule_is_silent_where_all_is_well(rule: str, world: World) -> None:
    assert said(rule, world) == []


def test_every_rule_has_a_hit_and_a_miss() -> None:
    assert {rule for rule, *_ in HITS} == {rule for rule, *_ in MISSES} == set(RULES)
