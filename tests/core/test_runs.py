"""What a record may say, what its status is, and how output and statistics are written."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.runs.files import RunRecordError, read_exit, read_notes, read_record, to_json
from guildpkg.core.runs.output import pack, pieces
from guildpkg.core.runs.record import ExitRecord, FlagRow, Host, Notes, Process, ProcessRecord, ResourceRow, SourceRow
from guildpkg.core.runs.stats import HEADER, Decoder, Encoder, Sample
from guildpkg.core.runs.status import STALE, Life, status_of
from tests.support.runs import record

HERE = Host("here", "boot", "me")
MAKER, RUNNER, CHILD = Process(1, 1), Process(2, 2), Process(3, 3)
STARTED = ProcessRecord(RUNNER, CHILD, HERE, 1)
WHOLE = json.loads(to_json(record(flags=(FlagRow("a", 1),), env={"A": "b"})))


def test_a_record_is_read_as_it_was_written() -> None:
    flags = (FlagRow("lr", 0.1, "1e-1", "cmdline"), FlagRow("n", 10**30), FlagRow("off", None), FlagRow("on", True))
    whole = record(flags=flags, resources=(ResourceRow("data", "d", "url", "f" * 64, 3),), source=SourceRow("a", 1, 2))
    assert read_record(to_json(whole), "run.json") == whole


def test_infinities_and_nan_of_flags_are_kept_in_what_any_reader_takes_for_json() -> None:
    flags = (FlagRow("a", math.inf), FlagRow("b", -math.inf), FlagRow("c", math.nan))
    data = to_json(record(flags=flags))
    values = [flag["value"] for flag in json.loads(data, parse_constant=pytest.fail)["flags"]]
    assert (values, str(read_record(data, "run.json").flags)) == ([".inf", "-.inf", ".nan"], str(flags))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "../../etc"}, "id is not 32 hexadecimal digits"),
        ({"id": 7}, "id is not a text"),
        ({"created": -1}, "created is not nanoseconds"),
        ({"created": 10**30}, "created is not a number of 64 bits"),
        ({"created": True}, "created is not a whole number"),
        ({"argv": "rm"}, "argv is not a list"),
        ({"argv": [["rm"]]}, "argv is not a text"),
        ({"host": []}, "host is not an object"),
        ({"host": {}}, r"host\.name is missing"),
        ({"env": {"A": 1}}, "env is not a text"),
        ({"flags": [{"name": "a", "value": {}}]}, r"flags\.value is not a text or"),
        ({"stats_interval": float("nan")}, "stats_interval is not a finite number"),
        ({"staged": 1}, "staged is not true or false"),
        ({"schema": 2}, "newer guild"),
        ({"schema": "1"}, "schema is not 1"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_record_that_we_would_not_write_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(RunRecordError, match=message):
        read_record(json.dumps({**WHOLE, **change}).encode(), "run.json")


@pytest.mark.parametrize("missing", ["id", "created", "argv", "host", "maker", "version", "schema"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(RunRecordError, match=missing):
        read_record(json.dumps({k: v for k, v in WHOLE.items() if k != missing}).encode(), "run.json")


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[" * 100_000, b"1" * 5000, b"null", b"[]", b" " * (17 << 20)], ids=lambda d: f"{d[:3]!r}"
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(RunRecordError, match=r"notes\.json"):
        read_notes(data, "notes.json")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_value_of_any_key_is_read_or_refused(value: object) -> None:
    for key in WHOLE:
        with contextlib.suppress(RunRecordError):
            read_record(json.dumps({**WHOLE, key: value}).encode(), "run.json")


@given(st.builds(Notes, st.text(), st.lists(st.text()).map(tuple), st.text()))
def test_notes_hold_any_text(notes: Notes) -> None:
    assert read_notes(to_json(notes), "notes.json") == notes


def test_an_end_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(RunRecordError, match="cause"):
        read_exit(to_json(ExitRecord("magic", 0, None, 1)), "exit.json")


def life(*alive: Process, host: Host = HERE, heartbeat: int = 0) -> Life:
    return Life(host, 10 * STALE, heartbeat, frozenset(alive))


@pytest.mark.parametrize(
    ("process", "ended", "seen", "status"),
    [
        (None, None, life(MAKER), "pending"),
        (None, None, life(), "killed (guild was killed)"),
        (replace(STARTED, child=Process()), None, life(RUNNER), "pending"),
        (STARTED, None, life(RUNNER, CHILD), "running"),
        (STARTED, None, life(CHILD), "running"),
        (STARTED, None, life(MAKER), "killed (guild was killed)"),
        (STARTED, None, life(CHILD, host=Host("here", "later")), "killed (reboot)"),
        (STARTED, None, life(host=Host("there", "boot"), heartbeat=10 * STALE - 1), "running"),
        (STARTED, None, life(host=Host("there", "boot"), heartbeat=9 * STALE), "killed (host lost)"),
        (STARTED, ExitRecord("exit", 0, None, 1), life(), "completed"),
        (STARTED, ExitRecord("exit", 3, None, 1), life(RUNNER), "error (3)"),
        (STARTED, ExitRecord("exit", 0, None, 1, "user"), life(), "terminated (by user)"),
        (STARTED, ExitRecord("signal", None, 9, 1), life(), "killed (SIGKILL)"),
        (STARTED, ExitRecord("signal", None, 40, 1), life(), "killed (signal 40)"),
        (STARTED, ExitRecord("memory", None, 9, 1), life(), "killed (out of memory)"),
        (STARTED, ExitRecord("reboot", None, None, 1), life(), "killed (reboot)"),
        (None, ExitRecord("start", None, None, 1), life(), "error (not started)"),
    ],
)
def test_status(process: ProcessRecord | None, ended: ExitRecord | None, seen: Life, status: str) -> None:
    whole = record(host=HERE, maker=MAKER)
    assert str(status_of(whole, process, ended, seen)) == status


def test_a_staged_run_waits_for_ever() -> None:
    assert status_of(record(staged=True), None, None, life()).word == "staged"


CHUNKS = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(min_size=1)), max_size=8)


@given(CHUNKS, st.integers(0, 30))
def test_chunks_come_back_also_with_a_torn_index(chunks: list[tuple[str, bytes]], torn: int) -> None:
    index, size, wanted = b"", 0, []
    for time, (stream, data) in enumerate(chunks):
        index += pack(time, size, stream)
        wanted.append((time, size, size + len(data), stream))
        size += len(data)
    found = [(piece.time, piece.start, piece.end, piece.stream) for piece in pieces(index, size)]
    assert found == wanted
    cut = list(pieces(index[: max(0, len(index) - torn)], size))
    assert sum(piece.end - piece.start for piece in cut) == size


@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_any_index_gives_each_byte_at_most_once(index: bytes, size: int) -> None:
    at = 0
    for piece in pieces(index, size):
        assert at <= piece.start < piece.end <= size
        at = piece.end


KEYS = st.text(min_size=1, max_size=5)
VALUES = st.dictionaries(KEYS, st.floats(allow_nan=False), max_size=4)


@given(st.lists(st.builds(Sample, st.integers(0, 2**63), VALUES), max_size=5), st.integers(1, 40))
def test_statistics_are_read_as_they_grow(samples: list[Sample], step: int) -> None:
    encoder, decoder = Encoder(), Decoder()
    data = HEADER + b"".join(encoder.encode(sample) for sample in samples)
    found: list[Sample] = []
    for end in (*range(0, len(data), step), len(data)):
        found += decoder.feed(data[decoder.taken : end])
    assert (found, decoder.damaged, decoder.taken) == (samples, 0, len(data))


def test_a_damaged_sample_is_passed_over() -> None:
    encoder, decoder = Encoder(), Decoder()
    first, second, third = (encoder.encode(Sample(time, {"a": 1.0})) for time in (1, 2, 3))
    hurt = second[:-1] + bytes([second[-1] ^ 1])
    assert [sample.time for sample in decoder.feed(HEADER + first + hurt + third)] == [1, 3]
    assert decoder.damaged == 1


@given(st.binary(max_size=100))
def test_any_statistics_are_read_or_left(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(HEADER + data)
    assert decoder.taken <= len(HEADER + data)


@pytest.mark.parametrize("raw", ["$RUNDIR", "${RUNDIR}/log", "$RUN_DIR"])
def test_a_flag_that_names_the_folder_of_its_run_compares_by_its_text(raw: str) -> None:
    assert FlagRow("log_dir", "/home/me/.guild/runs/x/files", raw).comparable == raw
    assert FlagRow("lr", 0.1, "0.1").comparable == 0.1
