"""Runs really run: record, output, end, signals, kills."""

from __future__ import annotations

import os
import resource
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guildpkg.core.runs.output import pieces
from guildpkg.errors import Busy, GuildError
from guildpkg.run.launch import Options, make, start
from guildpkg.run.rundir import deleting_lines
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from tests.support.processes import left_running, wait_until_running
from tests.support.runs import Heard, guild_running, kill, only_run, run_here, spec_of, status_in_the_end, wait_for_text

Guilds = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def word() -> str:
    """An argument that no other process has."""
    return f"1000.{secrets.randbelow(10**12):012}"


@pytest.fixture
def guilds() -> Iterator[Guilds]:
    """Start guilds that are gone after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(home: Path, code: str, **env: str) -> subprocess.Popen[bytes]:
        started.append(guild_running(home, code, **env))
        return started[-1]

    yield start_one
    for guild in started:
        guild.kill()
        guild.communicate()


SLEEPER = "import time; print('ready'); time.sleep(1000)"


@pytest.mark.parametrize(
    ("code", "status", "exits_with"),
    [
        ("pass", "completed", 0),
        ("raise SystemExit(7)", "error (7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed (SIGSEGV)", 139),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "killed (SIGTERM)", 143),
    ],
    ids=["well", "with a code", "by a fault", "by a signal"],
)
def test_the_end_of_a_run_is_recorded(tmp_path: Path, code: str, status: str, exits_with: int) -> None:
    ended, run, _ = run_here(tmp_path, code)
    assert (str(ended.status), ended.code) == (status, exits_with)
    assert str(run.status(0)) == status


def test_the_record_is_there_before_the_process_and_names_it_afterwards(tmp_path: Path) -> None:
    code = "import os; print(open(os.environ['RUNDIR'] + '/../run.json').read(), os.getcwd(), os.getpid())"
    ended, run, heard = run_here(tmp_path, code, env={"A": "b"}, label="first", tags=("x",))
    assert f'"id": "{ended.id}"'.encode() in heard.output("stdout")
    process = run.process()
    assert process is not None
    assert heard.output("stdout").endswith(f" {run.files} {process.child.pid}\n".encode())
    assert (run.record().env, run.notes().label, run.notes().tags) == ({"A": "b"}, "first", ("x",))


def test_both_streams_are_shown_and_kept_as_they_came(tmp_path: Path) -> None:
    code = "import os\nfor n in range(3): os.write(1, b'%d\\r' % n); os.write(2, b'\\xff%d\\n' % n)"
    _, run, heard = run_here(tmp_path, code)
    assert (heard.output("stdout"), heard.output("stderr")) == (b"0\r1\r2\r", b"\xff0\n\xff1\n\xff2\n")
    assert recorded(run) == {"stdout": b"0\r1\r2\r", "stderr": b"\xff0\n\xff1\n\xff2\n"}


def test_fifty_megabytes_of_mixed_streams_are_exact(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "def put(to, byte):\n"
        "  data = memoryview(bytes([byte]) * 1_000_000)\n"
        "  while data: data = data[os.write(to, data):]\n"
        "for n in range(25): put(1, n); put(2, 100 + n)\n"
    )
    _, run, heard = run_here(tmp_path, code)
    wanted = {
        "stdout": b"".join(bytes([n]) * 1_000_000 for n in range(25)),
        "stderr": b"".join(bytes([100 + n]) * 1_000_000 for n in range(25)),
    }
    assert {stream: heard.output(stream) == wanted[stream] for stream in wanted} == {"stdout": True, "stderr": True}
    assert recorded(run) == wanted


def recorded(run: Run) -> dict[str, bytes]:
    """What the record has of each stream."""
    output = (run.path / "output").read_bytes()
    streams = {"stdout": bytearray(), "stderr": bytearray()}
    for piece in pieces((run.path / "output.index").read_bytes(), len(output)):
        streams[piece.stream] += output[piece.start : piece.end]
    return {name: bytes(data) for name, data in streams.items()}


@pytest.mark.parametrize(
    ("argv", "cwd", "message"),
    [(("no-such-program",), "", "no-such-program cannot be started"), (("true",), "/no/such", "in /no/such")],
    ids=["program", "folder"],
)
def test_what_cannot_be_started_is_told_and_recorded(tmp_path: Path, argv: tuple[str], cwd: str, message: str) -> None:
    store = Runs(tmp_path)
    run = make(spec_of(*argv, cwd=cwd), store)
    with pytest.raises(GuildError, match=message):
        start(run, dict(os.environ), store.now, Heard())
    assert str(store.status(run)) == "error (not started)"
    ended = run.ended()
    assert ended is not None
    assert message in ended.message


def test_a_run_is_started_once(tmp_path: Path) -> None:
    store = Runs(tmp_path)
    run = make(spec_of("true"), store, staged=True)
    assert store.status(run).word == "pending"
    run.release()
    assert str(store.status(run)) == "staged"
    assert start(run, dict(os.environ), store.now, Heard()).code == 0
    with pytest.raises(Busy):
        start(run, dict(os.environ), store.now, Heard())


def test_what_cannot_be_prepared_is_recorded(tmp_path: Path) -> None:
    def prepare(run: Run) -> tuple[()]:
        raise GuildError("no data")

    with pytest.raises(GuildError, match="no data"):
        run_here(tmp_path, "pass", Options(prepare=prepare))
    assert str(Runs(tmp_path).latest().status(0)) == "error (not started)"


def test_a_kill_of_guild_ends_the_script_and_shows_in_the_status(tmp_path: Path, guilds: Guilds, word: str) -> None:
    guild = guilds(tmp_path, f"import subprocess; subprocess.run(['sleep', '{word}'])")
    wait_until_running(word)
    run = only_run(tmp_path)
    assert str(Runs(tmp_path).status(run)) == "running"
    guild.kill()
    guild.wait()
    assert left_running(word) == []
    assert str(status_in_the_end(run)) == "killed (guild was killed)"


def test_a_kill_of_the_script_is_told_from_an_error(tmp_path: Path, guilds: Guilds) -> None:
    guild = guilds(tmp_path, SLEEPER)
    run = only_run(tmp_path)
    process = run.process()
    assert process is not None
    kill(process.child.pid)
    assert guild.wait() == 137
    assert str(Runs(tmp_path).status(run)) == "killed (SIGKILL)"


def test_a_kill_of_both_leaves_what_was_written(tmp_path: Path, guilds: Guilds) -> None:
    guild = guilds(tmp_path, SLEEPER)
    wait_for_text(guild, b"ready\n")
    run = only_run(tmp_path)
    process = run.process()
    assert process is not None
    kill(guild.pid)
    kill(process.child.pid)
    guild.wait()
    assert (run.path / "output").read_bytes() == b"ready\n"
    assert str(status_in_the_end(run)) == "killed (guild was killed)"


def test_ctrl_c_lets_the_script_say_goodbye(tmp_path: Path, guilds: Guilds) -> None:
    code = "import time\ntry:\n  print('ready'); time.sleep(1000)\nexcept KeyboardInterrupt:\n  print('bye'); exit(3)"
    guild = guilds(tmp_path, code)
    wait_for_text(guild, b"ready\n")
    kill(guild.pid, signal.SIGINT)
    assert guild.wait() == 3
    run = only_run(tmp_path)
    assert (run.path / "output").read_bytes() == b"ready\nbye\n"
    assert str(run.status(0)) == "terminated (by user)"


DEAF = "import signal, time, sys; signal.signal(signal.SIGINT, lambda *_: print('no')); print('ready')\n"


def test_ctrl_c_twice_kills(tmp_path: Path, guilds: Guilds, word: str) -> None:
    code = f"{DEAF}import subprocess; subprocess.Popen(['sleep', '{word}'])\nwhile True: time.sleep(1000)"
    guild = guilds(tmp_path, code)
    wait_for_text(guild, b"ready\n")
    kill(guild.pid, signal.SIGINT)
    wait_for_text(guild, b"no\n")
    kill(guild.pid, signal.SIGINT)
    assert guild.wait() == 137
    assert left_running(word) == []
    assert str(only_run(tmp_path).status(0)) == "terminated (by user)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "stop"])
def test_patience_has_an_end(tmp_path: Path, guilds: Guilds, number: signal.Signals) -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, lambda *_: None); {DEAF}while True: time.sleep(1000)"
    guild = guilds(tmp_path, code, POLITE="0.2")
    wait_for_text(guild, b"ready\n")
    kill(guild.pid, number)
    assert guild.wait() == 137
    assert only_run(tmp_path).status(0).word == "terminated"


def test_what_the_script_leaves_behind_ends_with_it(tmp_path: Path, word: str) -> None:
    code = f"import subprocess; subprocess.Popen(['sleep', '{word}'], start_new_session=True)"
    ended, _, _ = run_here(tmp_path, code)
    assert (str(ended.status), left_running(word)) == ("completed", [])


@pytest.mark.parametrize("again", ["", "; os.mkdir(d)"], ids=["gone", "made again"])
def test_a_script_that_deletes_its_folder_is_told_which_line_to_patch(tmp_path: Path, again: str) -> None:
    script = tmp_path / "src" / "train.py"
    script.parent.mkdir()
    code = f"import os, shutil\nd = os.environ['RUNDIR']\nshutil.rmtree(d){again}\nprint('on')\n"
    script.write_text(code)
    options = Options(source_dirs=(script.parent,))
    ended, run, heard = run_here(tmp_path / "home", code, options, cwd=str(tmp_path))
    (warning,) = heard.warnings
    assert f"patch the line that deletes it: {script}:3" in warning
    assert (str(ended.status), heard.output("stdout"), run.files.is_dir()) == ("completed", b"on\n", True)


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (b"import tensorflow as tf\ntf.gfile.DeleteRecursively(d)\n", [2]),
        (b"tf.io.gfile.rmtree(\n  d)\n# shutil.rmtree(x)\n", [1]),
        (b"print 'two'\nshutil.rmtree(d)  # rmtree(\n", [2]),
        (b"rmtree = 1\n", []),
    ],
    ids=["gfile", "over lines", "python 2", "no call"],
)
def test_the_line_that_deletes_is_found(code: bytes, lines: list[int]) -> None:
    assert deleting_lines(code) == lines


def test_files_that_may_not_grow_cost_the_record_and_not_the_run(tmp_path: Path) -> None:
    code = "import os\nos.write(1, b'x' * 60_000)\nos.write(1, b'y' * 60_000)"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        ended, run, heard = run_here(tmp_path, code)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (str(ended.status), len(heard.output("stdout"))) == ("completed", 120_000)
    assert heard.warnings == ["the output is shown but no longer recorded: File too large"]
    assert len((run.path / "output").read_bytes()) == 50_000
