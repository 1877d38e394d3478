"""The documents are true to the code: links lead somewhere, commands exist, what is shown is what comes out."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.cli.group import guild as group
from guildpkg.cli.table import ALIASES, COMMANDS
from guildpkg.version import VERSION
from tests.support.commands import command_at, names, options_of
from tests.support.guild import guild, make_recipe

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
IDS = [str(path.relative_to(ROOT)) for path in DOCS]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(guild [^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMON = {"-v", "--verbose", "-q", "--quiet", "--json", "-h", "--help"}

PROJECT = {"-P", "--project", "--project-file"}
START = {
    *("-F", "--flag", "-p", "--profile", "-l", "--label", "-t", "--tag", "--gpus", "--no-gpus", "--python"),
    *("-j", "--jobs", "--fail-fast", "--stage", "-b", "--background", "-n", "--no-wait"),
    *("-y", "--yes", "--dry-run", "--preview", "--print-cmd", "--print-env", "--test-snapshot"),
    *("--help-model", "--help-op"),
}
SHARED = {
    "which-project": PROJECT,
    "starting-a-run": PROJECT | START,
    "which-runs": PROJECT
    | {"-a", "--all", "--deleted", "-s", "--status", "-o", "--operation", "-l", "--label", "-t", "--tag"}
    | {"-F", "--filter"},
}
"""Options that several commands have and that docs/commands.md tells once, by the heading under which it does."""

HELLO = (
    "[package]\n  name        = hello\n  version     = 1\n  description = An example\n  source      = data greet.sh\n"
)


def anchors(path: Path) -> set[str]:
    """Give the names under which the headings of a page can be linked to."""
    text = FENCE.sub("", path.read_text())
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCS, ids=IDS)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path: Path) -> None:
    for link in LINK.findall(FENCE.sub("", path.read_text())):
        if link.startswith(("https://", "http://")):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        path = ahead.pop()
        if path in seen or path.suffix != ".md" or not path.is_file():
            continue
        seen.add(path)
        ahead += [(path.parent / link.partition("#")[0]).resolve() for link in LINK.findall(path.read_text())]
    assert set(DOCS) - set(DECISIONS) <= seen


def commands_shown(text: str) -> Iterator[list[str]]:
    """Yield the words behind each `guild` in the shell blocks of a page."""
    for language, block in FENCE.findall(text):
        if language not in ("console", "shell", "bash"):
            continue
        for line in re.findall(r"^[$>] (.+)$", block, re.MULTILINE):
            yield from commands_in(line)


def commands_in(line: str) -> Iterator[list[str]]:
    """Yield the words behind each `guild` of a shell line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("();<>|&"):
            if words[:1] == ["guild"]:
                yield words[1:]
            words = []
        else:
            words.append(word)


def check_command(words: list[str]) -> None:
    """Parse a command line as guild would, without running it."""
    place = next((place for place, word in enumerate(words) if word in COMMANDS), None)
    if words == ["--help"]:
        return
    assert place is not None, f"there is no such command: guild {' '.join(words)}"
    context = group.make_context("guild", words[: place + 1], resilient_parsing=True)
    command = command_at(words[place])
    if "--help" not in words:
        command.make_context(words[place], words[place + 1 :], parent=context)


@pytest.mark.parametrize("path", DOCS, ids=IDS)
def test_every_command_shown_exists_with_its_options(path: Path) -> None:
    for words in commands_shown(path.read_text()):
        check_command(words)


def promised(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the command, and the options, of each `guild ...` within a text; placeholders are left out."""
    for line in INLINE.findall(text):
        words = [word for word in re.split(r"[\s\[\]|\\]+", line)[1:] if word and not word.isupper()]
        if words and words[0] in ("-C", "-H"):
            words = words[1:]
        names = [word for word in words if not word.startswith("-")]
        yield (" ".join(names[:2]), [word.partition("=")[0] for word in words if word.startswith("-")])


@pytest.mark.parametrize("path", DOCS, ids=IDS)
def test_every_command_that_a_page_promises_exists(path: Path) -> None:
    check_promises(FENCE.sub("", path.read_text()))


def test_every_command_that_a_hint_promises_exists() -> None:
    for path in (ROOT / "guildpkg").rglob("*.py"):
        check_promises(re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.MULTILINE))


def check_promises(text: str) -> None:
    for name, options in promised(text):
        known = {word for param in group.params for word in (*param.opts, "-h", "--help")}
        if name and not name.startswith((".", "{")):
            first, _, second = name.partition(" ")
            first = ALIASES.get(first, first)
            assert first in COMMANDS, f"`guild {first}`"
            known |= options_of(first)
            known |= options_of(f"{first} {second}") if f"{first} {second}" in names() else set()
        assert set(options) <= known, f"`guild {name}` has no {set(options) - known}"


def section(name: str) -> str:
    """Give what docs/commands.md says about a command."""
    found = re.split(r"^##+ ", (ROOT / "docs" / "commands.md").read_text(), flags=re.MULTILINE)
    return next(text for text in found if text.startswith(f"guild {name}\n"))


@pytest.mark.parametrize("name", names())
def test_the_page_of_commands_has_every_option_and_no_other(name: str) -> None:
    rows = re.findall(r"^\| (`-.*?) \|", section(name), re.MULTILINE)
    written = {word for row in rows for word in re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", row)}
    shared = set()
    for anchor in re.findall(r"\(#([\w-]+)\)", section(name)):
        shared |= SHARED.get(anchor, set())
    assert shared <= options_of(name)
    assert written | shared == options_of(name) - COMMON


@pytest.mark.parametrize("anchor", SHARED)
def test_options_that_commands_share_are_told_once(anchor: str) -> None:
    title = anchor.replace("-", " ").capitalize()
    text = (ROOT / "docs" / "commands.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE)
    assert {word for row in rows for word in re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", row)} == SHARED[anchor]


def test_the_page_of_commands_has_the_options_of_guild_itself() -> None:
    head = (ROOT / "docs" / "commands.md").read_text().partition("## What every")[0]
    assert set(re.findall(r"`(--?[a-zA-Z-]+)", head.partition("| option")[2])) == {
        word for param in group.params for word in param.opts
    } | {"-h", "--help"}


def test_the_readme_lists_commands_in_the_order_of_the_help() -> None:
    listed = re.findall(r"^\| `guild ([\w-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert listed == [name for name in COMMANDS if name in listed]
    assert len(listed) >= 10


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe of docs/archive.md, built."""
    folder = make_recipe(tmp_path_factory.mktemp("docs") / "hello", HELLO, greet__sh="#!/bin/sh\necho hi\n")
    (folder / "greet.sh").chmod(0o755)
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_text("hi\n")
    (folder / "data" / "link").symlink_to("a.txt")
    home = {"HOME": str(folder.parent), "GUILD_HOME": str(folder.parent / "home")}
    guild("package", "-q", cwd=folder, env=home).ok()
    return folder


def test_the_manifest_in_the_page_of_the_archive_is_one_that_guild_writes(hello: Path) -> None:
    shown = next(block for _, block in FENCE.findall((ROOT / "docs" / "archive.md").read_text()) if "[files]" in block)
    true = guild("inspect", "--manifest", "hello-1.pkg.tar.xz", cwd=hello).ok().out
    shown = shown.replace("guildpkg = 0.1.0", f"guildpkg = {VERSION}")
    assert true.startswith(shown.removesuffix("...\n").rstrip("A"))


@pytest.mark.parametrize("start", ["$ (printf", "$ guild inspect --manifest hello"])
def test_the_shell_lines_in_the_page_of_the_archive_do_what_they_show(hello: Path, start: str) -> None:
    blocks = [block for _, block in FENCE.findall((ROOT / "docs" / "archive.md").read_text())]
    lines = next(block for block in blocks if block.startswith(start)).splitlines()
    script = "\n".join(line[2:] for line in lines if line.startswith(("$ ", "> ")))
    script = f'guild() {{ python3 -m guildpkg "$@"; }}\n{script}'
    env = {"PATH": f"{Path(pytest.__file__).parents[4] / 'bin'}:/usr/bin:/bin", "HOME": str(hello)}
    said = subprocess.run(["bash", "-c", script], cwd=hello, env=env, capture_output=True, text=True, check=True).stdout
    shown = [line for line in lines if not line.startswith(("$ ", "> "))]
    assert said.splitlines() == (shown or ["GuildPkg", "GuildPkg.lock", "data/a.txt", "data/link", "greet.sh"])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["package", "-f"], "package"),
        (["package", "-n"], "package"),
        (["inspect", "hello-1.pkg.tar.xz"], "inspect"),
        (["inspect", "--files", "hello-1.pkg.tar.xz"], "inspect"),
        (["verify", "hello-1.pkg.tar.xz"], "verify"),
        (["lock", "--update", "-n"], "lock"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_key_of_json_is_documented(hello: Path, words: list[str], name: str) -> None:
    if name == "lock":
        make_recipe(hello, HELLO, greet__sh="#!/bin/sh\necho ho\n")
    found = guild(*words, "--json", cwd=hello).ok().json()
    keys = found if isinstance(found, dict) else found[0]
    assert set(keys) <= set(re.findall(r"`(\w+)`", section(name)))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_one_screen_and_says_what_it_costs(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 40
    assert text.startswith(f"# {path.name[:4]} ")
    assert [word for word in ("**Choice.**", "**Options.**", "**Cost.**") if word not in text] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


HOSTS = ["py" + "pi.org", "python" + "hosted.org", "registry.np" + "mjs.org", "crates" + ".io", "conda" + ".anaconda"]
PLACES = re.compile(r"(?<![\w.$}~-])/(home/(?!me\b|x\b)|Users/|work/|root/)[A-Za-z]\w*")


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine() -> None:
    """A registry is the affair of who builds, and so is the place of a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    found = []
    for name in listed.stdout.decode().splitlines():
        text = (ROOT / name).read_text("utf-8", "replace") if (ROOT / name).is_file() else ""
        found += [f"{name}: {host}" for host in HOSTS if host in text]
        found += [f"{name}: {place[0]}" for place in PLACES.finditer(text)]
    assert found == []


def test_the_first_lines_of_the_readme_make_a_recipe_that_builds(tmp_path: Path) -> None:
    guild("init", "--package", "mnist-tutorial-src", cwd=tmp_path).ok()
    guild("package", cwd=tmp_path / "mnist-tutorial-src").ok()
