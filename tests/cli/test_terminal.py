"""What a person sees on a terminal: bars while bytes come, lines that stay, nothing that a hostile name commands."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildpkg.cli import bars
from guildpkg.cli.output import Output
from guildpkg.core.digests import sha256
from guildpkg.core.events import Event, Progress, Step, Warn
from guildpkg.core.events import Output as HookOutput
from guildpkg.core.words import in_bytes
from tests.cli.terminal import COLOUR, Screen, on_screen, screen_file
from tests.support import httpserver
from tests.support.guild import HEAD, guild, make_recipe
from tests.support.httpserver import Asked, File, Handler, Server

BODY = bytes(600_000)


def paced(to: Handler, file: File, asked: Asked) -> None:
    """Send a file within some tenths of a second."""
    to.head(200, {"Content-Length": str(len(file.body))})
    for start in range(0, len(file.body), 50_000):
        to.wfile.write(file.body[start : start + 50_000])
        to.wfile.flush()
        time.sleep(0.05)


@pytest.fixture
def server() -> Iterator[Server]:
    with httpserver.serving() as running:
        yield running


@pytest.fixture
def recipe(tmp_path: Path, server: Server) -> Path:
    """A recipe whose one source comes slowly, and whose hook writes half a line."""
    url = server.put("/some/data.bin", BODY, paced)
    text = f'{HEAD}  source = {url}\n  packager = packager\n[source "data"]\n  sha256 = {sha256(BODY)}\n'
    return make_recipe(
        tmp_path / "thing", text, packager="build() { printf 'half a line'; }\npackage() { cp data.bin \"$pkgdir\"; }\n"
    )


def test_a_download_shows_a_bar_with_bytes_and_rate_and_then_takes_it_away(recipe: Path, server: Server) -> None:
    code, screen = on_screen("package", "--sandbox=off", cwd=recipe)
    assert code == 0, screen.text
    drawn = [line for line in screen.text.replace("\r", "\n").split("\n") if "━" in line]
    assert any("/600.0 kB" in line and "/s" in line for line in drawn), screen.text
    assert all("/some/data.bin" in line and len(line) <= 80 for line in drawn)
    assert not any("━" in line for line in screen.lines)
    assert screen.data.count(b"\x1b[?25l") == screen.data.count(b"\x1b[?25h") > 0, "the cursor comes back"


def test_every_line_stays_whole_and_in_order_beside_the_bar(recipe: Path, server: Server) -> None:
    code, screen = on_screen("package", "--sandbox=off", cwd=recipe)
    assert code == 0, screen.text
    archive = (recipe / "thing-1.pkg.tar.xz").read_bytes()
    assert screen.lines == [
        f"Downloading {server.root}/some/data.bin",
        "Extracting data.bin",
        "Using packager",
        "Running build",
        "half a line",
        "Running package",
        "Creating thing-1.pkg.tar.xz",
        f"{in_bytes(len(archive))}, 1 file, sha256 {sha256(archive)}",
    ]


def test_a_pipe_gets_the_lines_and_no_bar(recipe: Path) -> None:
    said = guild("package", "--sandbox=off", cwd=recipe, env={"TERM": "xterm"}).ok()
    assert "\x1b" not in said.err
    assert "━" not in said.err
    assert "\r" not in said.err


@pytest.mark.parametrize(
    ("env", "bar", "colour"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, False),
    ],
    ids=["plain terminal", "NO_COLOR", "NO_COLOR empty", "TERM=dumb", "dumb wins"],
)
def test_no_color_and_dumb_terminals_are_honoured(recipe: Path, env: dict[str, str], bar: bool, colour: bool) -> None:
    code, screen = on_screen("package", "-o", cwd=recipe, env=env)
    assert code == 0, screen.text
    assert ("━" in screen.text) is bar
    assert bool([mark for mark in COLOUR.findall(bytes(screen.data)) if mark != b"\x1b[0m"]) is colour


def test_quiet_shows_nothing_at_all(recipe: Path) -> None:
    code, screen = on_screen("package", "-q", "-o", cwd=recipe)
    assert (code, screen.text) == (0, "")


def test_the_result_of_a_command_on_a_terminal_does_not_touch_a_pipe(recipe: Path, tmp_path: Path) -> None:
    with (tmp_path / "result").open("wb") as result:
        code, screen = on_screen("package", "-o", "--json", cwd=recipe, stdout=result.fileno())
    assert code == 0
    assert (tmp_path / "result").read_text().startswith("{")
    assert "━" in screen.text


def show(screen: Screen, *events: Event, colour: bool = False) -> None:
    """Report events to an output on a screen; bars come at once."""
    with screen_file(screen) as stream:
        output = Output(io.StringIO(), stream, colour=colour, live=True)
        with output.closing():
            for event in events:
                output.report(event)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "PATIENCE", 0.0)


HOSTILE = "x\x1b]0;owned\x07\x1b[2Jy[/red][bold]:smile:\n\u202egnp\x9b31m"


@pytest.mark.usefixtures("at_once")
def test_a_hostile_name_of_work_is_shown_as_text_in_bar_and_lines() -> None:
    screen = Screen(120)
    show(screen, Progress(HOSTILE, 1, 10), Step(f"Reading {HOSTILE}"), Progress(HOSTILE, 10, 10, finished=True))
    assert b"\x1b]0" not in screen.data
    assert b"\x1b[2J" not in screen.data
    assert "\x9b".encode() not in screen.data
    assert "[/red][bold]:smile:" in screen.text
    assert r"Reading x\x1b]0;owned\x07\x1b[2Jy[/red][bold]:smile:\n\u202egnp\x9b31m" in screen.lines


@pytest.mark.usefixtures("at_once")
def test_two_bars_and_the_lines_between_them_all_arrive() -> None:
    screen = Screen()
    lines = [Step(f"line {number}") for number in range(50)]
    show(screen, Progress("a", 1, 2), Progress("b", 1, None), *lines, Progress("a", 2, 2, finished=True), Warn("last"))
    assert screen.lines == [*(f"line {number}" for number in range(50)), "warning: last"]


@pytest.mark.usefixtures("at_once")
def test_output_of_hooks_is_passed_on_as_it_is() -> None:
    screen = Screen()
    show(screen, Progress("a", 1, 2), HookOutput("stdout", b"\x1b[32mok\x1b[0m 10%\r20%"), Step("next"))
    assert b"\x1b[32mok\x1b[0m 10%\r20%\r\nnext" in screen.data


def test_short_work_gets_no_bar() -> None:
    screen = Screen()
    show(screen, Progress("a", 1, 2), Progress("a", 2, 2), Progress("a", 2, 2, finished=True))
    assert not screen.data


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_names_in_an_archive_do_not_reach_the_terminal_raw(tmp_path: Path, stream: str) -> None:
    """A listing on a terminal or in a pipe shows an escaped name, and each member is one line."""
    name = "a\x1b[31m\nb"
    text = f"{HEAD}  packager = packager\n"
    make = "package() { printf x > \"$pkgdir/$(printf 'a\\033[31m\\nb')\"; }\n"
    folder = make_recipe(tmp_path / "thing", text, packager=make)
    guild("package", "--sandbox=off", cwd=folder).ok()
    if stream == "stdout":
        said = guild("inspect", "--files", "thing-1.pkg.tar.xz", cwd=folder).ok().out
    else:
        said = on_screen("inspect", "--files", "thing-1.pkg.tar.xz", cwd=folder)[1].text
    assert [line.split()[-1] for line in said.splitlines()] == ["./", "./.GuildPkg", r"./a\x1b[31m\nb"]
    assert guild("inspect", "--files", "--json", "thing-1.pkg.tar.xz", cwd=folder).json()[2]["name"] == f"./{name}"


def test_raw_results_are_printable_on_a_terminal_and_exact_elsewhere(tmp_path: Path) -> None:
    screen = Screen()
    with screen_file(screen) as stream:
        Output(stream, io.StringIO()).raw_result(b"a\x1b[31m\xff\n")
    assert bytes(screen.data) == b"a\\x1b[31m\\xff\r\n"
    with (tmp_path / "plain").open("w", encoding="utf-8") as file:
        Output(file, io.StringIO()).raw_result(b"a\x1b[31m\xff\n")
    assert (tmp_path / "plain").read_bytes() == b"a\x1b[31m\xff\n"
