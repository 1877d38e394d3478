"""``GuildPkg`` text -> recipe: what is read, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.recipe.model import KEYS, Recipe
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.errors import RecipeError

ROOT = Path(__file__).parents[2]
COMMIT = "d752244fbaad5e4268243355046d30990f59418f"
WHOLE = f"""\
[package]
  name        = mnist-tutorial-src
  version     = 1.0-rc1
  description = Softmax and convolutional models \\
                for MNIST
  license     = Apache-2.0
  url         = https://example.org/
  maintainer  = A. U. Thor <thor@example.org>
  source      = https://github.com/tensorflow/tensorflow/tree/v1.4.0/tensorflow/examples/tutorials/mnist \\
                https://example.org/data.csv.gz pypi:scikit-learn==1.9.1 \\
                Guild.in data/extra.csv
  patches     = compat.patch fixes/more.patch
  packager    = packager.py
  project     = mnist
  compression = zst

[source "tensorflow"]
  commit     = {COMMIT}
  submodules = yes

[source "data"]
  sha256  = {"A" * 64}
  extract = no
  into    = data/./raw/

[requires]
  packages = digits >= 1, < 3, other-data
  python   = tensorflow-cpu >= 2.16, tensorboard, uvicorn[a, b] ~= 0.3

[build]
  network = Yes
  env     = CUDA_HOME LANG

[references]
  paper = https://example.org/paper

[lint]
  network-wanted = the data set has no stable address
"""


def recipe(body: str) -> Recipe:
    return read_recipe(f"[package]\nname = a\nversion = 1\n{body}", "GuildPkg")


def refused(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        read_recipe(text, "GuildPkg")
    return [str(fault) for fault in caught.value.faults]


def test_the_package_section() -> None:
    whole = read_recipe(WHOLE, "GuildPkg")
    assert (whole.name, whole.version) == ("mnist-tutorial-src", "1.0rc1")
    assert whole.description == "Softmax and convolutional models for MNIST"
    assert (whole.license, whole.url) == ("Apache-2.0", "https://example.org/")
    assert whole.maintainer == "A. U. Thor <thor@example.org>"
    assert [patch.name for patch in whole.patches] == ["compat.patch", "fixes/more.patch"]
    assert (whole.packager, whole.project, whole.compression) == ("packager.py", "mnist", "zst")


def test_sources_get_kinds_names_and_details() -> None:
    sources = read_recipe(WHOLE, "GuildPkg").sources
    assert [(source.name, source.kind) for source in sources] == [
        ("tensorflow", "git"),
        ("data", "http"),
        ("scikit-learn", "pypi"),
        ("Guild", "file"),
        ("extra", "file"),
    ]
    assert (sources[0].commit, sources[0].submodules, sources[0].extract) == (COMMIT, True, True)
    assert (sources[1].sha256, sources[1].extract, sources[1].into) == ("a" * 64, False, "data/raw")
    assert {str(source.where) for source in sources} == {"GuildPkg:9"}


def test_requirements_are_split_at_commas_but_not_inside_ranges_or_extras() -> None:
    whole = read_recipe(WHOLE, "GuildPkg")
    assert [str(need) for need in whole.packages] == ["digits <3,>=1", "other-data"]
    assert [str(need) for need in whole.python] == ["tensorflow-cpu>=2.16", "tensorboard", "uvicorn[a,b]~=0.3"]


def test_the_other_sections() -> None:
    whole = read_recipe(WHOLE, "GuildPkg")
    assert (whole.network, whole.env) == (True, ("CUDA_HOME", "LANG"))
    assert whole.references == {"paper": "https://example.org/paper"}
    assert whole.allowed == {"network-wanted": "the data set has no stable address"}


def test_name_and_version_are_enough() -> None:
    bare = recipe("")
    assert bare == Recipe("GuildPkg", "a", "1")
    assert bare.source("x") is None


def test_an_empty_list_is_no_list() -> None:
    bare = recipe("source =\npatches =\n[requires]\npackages =\npython = ,\n[build]\nenv =")
    assert (bare.sources, bare.patches, bare.packages, bare.python, bare.env) == ((), (), (), (), ())


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("data.csv data.txt data-2.csv", ["data", "data-3", "data-2"]),
        ("a/x.py b/x.py c/x.py", ["x", "x-2", "x-3"]),
        ("https://e.org/x-1.2rc1.tar.gz x-1.2.zip x.csv.gz", ["x-1.2rc1", "x-1.2", "x"]),
        (".profile README.md one.two.three", [".profile", "README", "one.two"]),
        ("https://e.org/my%20data.csv pypi:Some_Name==1!2.0", ["my data", "Some_Name"]),
        ("a" + ".gz" * 5000, ["a"]),
    ],
    ids=["a number that is taken", "folders", "versions stay", "endings", "decoded", "endless endings"],
)
def test_every_source_gets_a_name_of_its_own(words: str, names: list[str]) -> None:
    assert [source.name for source in recipe(f"source = {words}").sources] == names


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ROOT.glob("recipes/*/GuildPkg")))
def test_the_recipes_that_ship_are_sound(name: str) -> None:
    text = (ROOT / "recipes" / name / "GuildPkg").read_text(encoding="utf-8")
    assert read_recipe(text, "GuildPkg").name == name


HEAD = "[package]\nname = a\nversion = 1\n"
GIT = "source = https://github.com/o/repo/tree/v1/p\n"
START = "`guild init --package` writes a recipe to start from"
ALLOWED = "use lower-case letters, digits, + . _ and -, beginning with a letter or digit"
SECTION = 'write [type] or [type "name"], with the name in double quotes'
PACKAGE_KEYS = "name, version, description, license, url, maintainer, source, patches, packager, project, compression"
PYTHON = "Expected semicolon (after name with no version specifier) or end"
SCHEMES = "download it by one of https, http, git+https, git+http, git+ssh, git+file, or put the file into the recipe"
MALFORMED = {
    "empty file": ("", [f"GuildPkg: there is no [package] section ({START})"]),
    "another file": (
        "hello world",
        [
            f"GuildPkg: there is no [package] section ({START})",
            "GuildPkg:1: syntax error: hello world (an attribute is written name = value)",
        ],
    ),
    "no package": ("[requires]\n", [f"GuildPkg: there is no [package] section ({START})"]),
    "header without end": ("[package\nname = a\n", [f"GuildPkg:1: syntax error: [package ({SECTION})"]),
    "attribute first": (
        "name = a\n" + HEAD,
        ["GuildPkg:1: name stands before the first section (move it below a [section] line)"],
    ),
    "no name, no version": (
        "\n[package]\n",
        [
            "GuildPkg:2: [package] has no name (add name = ...)",
            "GuildPkg:2: [package] has no version (add version = ...)",
        ],
    ),
    "empty name": ("[package]\nname =\nversion = 1\n", ["GuildPkg:2: [package] has no name (add name = ...)"]),
    "bad name": (
        "[package]\nname = My Package\nversion = 1\n",
        [
            f"GuildPkg:2: 'My Package' is not a package name: {ALLOWED}",
        ],
    ),
    "bad version": (
        "[package]\nname = a\nversion = 1-beta-x\n",
        ["GuildPkg:3: '1-beta-x' is not a version (versions follow PEP 440: 1, 1.2, 20170301, 1.2rc1)"],
    ),
    "misspelt key": (
        HEAD + "desciption = x\n",
        ["GuildPkg:4: unknown key desciption in [package] (did you mean description?)"],
    ),
    "foreign key": (
        HEAD + "zzz = x\n",
        [f"GuildPkg:4: unknown key zzz in [package] (there is {PACKAGE_KEYS})"],
    ),
    "misspelt section": (
        "[pakage]\nname = a\nversion = 1\n",
        ["GuildPkg:1: unknown section [pakage] (did you mean package?)"],
    ),
    "named package": (
        '[package "a"]\nname = a\nversion = 1\nversoin = 2\n',
        [
            'GuildPkg:1: [package "a"] should be [package]',
            "GuildPkg:4: unknown key versoin in [package] (did you mean version?)",
        ],
    ),
    "section twice": (
        HEAD + "[package]\nname = b\nversion = 2\n",
        ["GuildPkg:4: [package] is there twice (the first is on line 1)"],
    ),
    "key twice": (HEAD + "name = b\n", ["GuildPkg:4: name is set twice (the first is on line 2)"]),
    "directive": (
        HEAD + '@attrs template "x"\n',
        ["GuildPkg:4: @attrs means nothing in a recipe (write the attributes out)"],
    ),
    "continued end": (
        HEAD + "description = x \\\n",
        ["GuildPkg:4: the file ends in a continued line (remove the last backslash)"],
    ),
    "control character": (
        HEAD + "description = \x1b[31mred\n",
        ["GuildPkg:4: description holds an unprintable character (remove it)"],
    ),
    "ftp": (
        HEAD + "source = ftp://h/x.tar\n",
        [
            f"GuildPkg:4: sources cannot be fetched by ftp: ftp://h/x.tar ({SCHEMES})",
        ],
    ),
    "page": (
        HEAD + "source = https://example.org/\n",
        ["GuildPkg:4: https://example.org/ names no file (a page or a folder cannot be a source)"],
    ),
    "password": (
        HEAD + "source = https://me:secret@example.org/x.tar\n",
        ["GuildPkg:4: a source must not carry a password (keep it in ~/.netrc)"],
    ),
    "pypi without version": (
        HEAD + "source = pypi:numpy\n",
        ["GuildPkg:4: pypi:numpy names no release (write pypi:NAME==VERSION)"],
    ),
    "pypi wildcard": (
        HEAD + "source = pypi:numpy==2.*\n",
        ["GuildPkg:4: '2.*' is not one version (write the exact version, without a wildcard)"],
    ),
    "source outside": (
        HEAD + "source = ../x.py /etc/passwd a/../../b\n",
        [
            "GuildPkg:4: the source ../x.py does not lie in the recipe's folder (copy it there)",
            "GuildPkg:4: the source /etc/passwd does not lie in the recipe's folder (copy it there)",
            "GuildPkg:4: the source a/../../b does not lie in the recipe's folder (copy it there)",
        ],
    ),
    "source in src": (
        HEAD + "source = ./src/x.py\n",
        ["GuildPkg:4: the source ./src/x.py lies in src/, which every build makes anew"],
    ),
    "names that break a lock": (
        HEAD + 'source = a"b.py data\\x.csv https://e.org/a.%0Ab\n',
        [
            'GuildPkg:4: the source a"b.py has a quote in its name (rename it)',
            "GuildPkg:4: the source data\\x.csv has a backslash in its name (rename it)",
            "GuildPkg:4: the source https://e.org/a.%0Ab has an unprintable character in its name (rename it)",
        ],
    ),
    "details of nothing": (
        HEAD + GIT + '[source "repos"]\ncommit = 1\n',
        ['GuildPkg:5: [source "repos"] describes no source of this recipe (did you mean repo?)'],
    ),
    "short commit": (
        HEAD + GIT + '[source "repo"]\ncommit = d752244\n',
        ["GuildPkg:6: commit is the full id of a git object, 40 hexadecimal digits ('d752244' is not)"],
    ),
    "short sha256": (
        HEAD + 'source = x.csv\n[source "x"]\nsha256 = 12\n',
        ["GuildPkg:6: sha256 is 64 hexadecimal digits ('12' is not)"],
    ),
    "detail of another kind": (
        HEAD + f'source = x.csv\n[source "x"]\ncommit = {COMMIT}\n',
        ["GuildPkg:6: commit means nothing for x.csv (there is sha256, extract, into)"],
    ),
    "source without a name": (HEAD + "[source]\n", ['GuildPkg:4: [source] should be [source "NAME"]']),
    "into outside": (
        HEAD + 'source = x.csv\n[source "x"]\ninto = ../y\n',
        ["GuildPkg:6: into is a folder inside of the package (write a relative path without ..)"],
    ),
    "not yes, not no": (
        HEAD + "[build]\nnetwork = maybe\n",
        ["GuildPkg:5: network is yes or no, not 'maybe'"],
    ),
    "patch outside": (
        HEAD + "patches = ../a.patch https://e.org/b.patch c.patch c.patch\n",
        [
            "GuildPkg:4: the patch ../a.patch does not lie in the recipe's folder (copy it there)",
            "GuildPkg:4: the patch https://e.org/b.patch does not lie in the recipe's folder (copy it there)",
            "GuildPkg:4: the patch c.patch is listed twice",
        ],
    ),
    "patch that breaks a lock": (
        HEAD + 'patches = a"b.patch\n',
        ['GuildPkg:4: the patch a"b.patch has a quote in its name (rename it)'],
    ),
    "two packagers": (
        HEAD + "packager = one two\n",
        ["GuildPkg:4: packager names one file of the recipe, without a folder"],
    ),
    "packager elsewhere": (
        HEAD + "packager = ../packager\n",
        ["GuildPkg:4: packager names one file of the recipe, without a folder"],
    ),
    "project outside": (
        HEAD + "project = /mnist\n",
        ["GuildPkg:4: project is a folder inside of the package (write a relative path without ..)"],
    ),
    "compression": (HEAD + "compression = bz2\n", ["GuildPkg:4: compression is xz or zst, not 'bz2'"]),
    "need without a name": (
        HEAD + "[requires]\npackages = >= 1\n",
        ["GuildPkg:5: '>= 1' names no package (write NAME or NAME >= VERSION, separated by commas)"],
    ),
    "need by blanks": (
        HEAD + "[requires]\npackages = digits iris\n",
        ["GuildPkg:5: 'iris' is not a range of versions (ranges follow PEP 440: >= 1, == 2.*)"],
    ),
    "need of a range": (
        HEAD + "[requires]\npackages = digits >= one\n",
        ["GuildPkg:5: '>= one' is not a range of versions (ranges follow PEP 440: >= 1, == 2.*)"],
    ),
    "python by blanks": (
        HEAD + "[requires]\npython = numpy scipy\n",
        [
            f"GuildPkg:5: 'numpy scipy' is not a Python requirement ({PYTHON})",
        ],
    ),
    "env": (
        HEAD + "[build]\nenv = $HOME PATH\n",
        [
            "GuildPkg:5: '$HOME' is not the name of an environment variable",
            "GuildPkg:5: PATH is set for every hook and cannot be passed in",
        ],
    ),
    "lint without a reason": (
        HEAD + "[lint]\nnetwork-wanted =\n",
        ["GuildPkg:5: network-wanted is switched off without a reason (write the reason behind the =)"],
    ),
}


@pytest.mark.parametrize(("text", "messages"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_recipe_is_refused_in_these_words(text: str, messages: list[str]) -> None:
    assert refused(text) == messages


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_lines() -> None:
    text = "[package]\nname = A\nsoruce = x\npatches = ../p\n[build]\nnetwork = 7\n[requires]\npython = a b\n[x y]\n"
    places = [line.split(": ")[0] for line in refused(text)]
    assert places == ["GuildPkg:1", "GuildPkg:2", "GuildPkg:3", "GuildPkg:4", "GuildPkg:6", "GuildPkg:8", "GuildPkg:9"]


def test_a_fault_names_the_file_as_the_user_does() -> None:
    with pytest.raises(RecipeError, match=r"^\.\./x/GuildPkg:2: \[package\] has no version"):
        read_recipe("\n[package]\nname = a", "../x/GuildPkg")


WORDS = st.sampled_from(
    [
        *("[package]", "[requires]", "[build]", "[lint]", '[source "x"]', "name = a", "version = 1", "@attrs x", "\\"),
        *(f"{key} = " for keys in KEYS.values() for key in keys),
        *("https://h/o/r/tree/v/p", "git+ssh://h/x#tag=v", "pypi:a==1", "../x", "x.tar.gz", ">= 1", ",", "é", "%00"),
    ]
)


def lines_of_faults(text: str) -> list[int]:
    """Read a recipe; anything but a recipe or a `RecipeError` fails the test."""
    try:
        read_recipe(text, "GuildPkg")
    except RecipeError as error:
        return [fault.where.line for fault in error.faults]
    return []


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=3)), max_size=30).map("".join)))
def test_any_text_is_a_recipe_or_is_refused_with_lines(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + text.count("\x1a") + 4
    assert all(0 <= line <= lines for line in lines_of_faults(text) + lines_of_faults(HEAD + text))


@given(st.integers(0, len(WHOLE) - 1), st.sampled_from('[]"=\\\n#@,%/ a'))
def test_a_sound_recipe_with_one_character_changed_never_crashes(at: int, other: str) -> None:
    mutated = WHOLE[:at] + other + WHOLE[at + 1 :]
    assert all(0 <= line <= mutated.count("\n") + 1 for line in lines_of_faults(mutated))
