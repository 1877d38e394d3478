"""Event files: all that is whole is read, nothing else is, and damage is named."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.series.reading import EventFile, Part
from tests.support.eventfiles import VERSION, checksum, event, framed, message, scalars, simple, tensor, varint

TAGS = st.sampled_from(["a", "b", "loss", "train/loss", "ü" * 20])
STEPS = st.one_of(st.integers(0, 300), st.integers(-(2**63), 2**63 - 1))
FLOATS = st.floats(width=32)
KINDS = st.sampled_from([simple, tensor])
RECORDS = st.lists(st.tuples(TAGS, STEPS, FLOATS, KINDS), max_size=60)
Rows = dict[str, list[tuple[int, float]]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "events.out.tfevents.1"


def parts(path: Path, data: bytes, offset: int = 0) -> list[Part]:
    path.write_bytes(data)
    with path.open("rb") as opened:
        return list(EventFile(opened.fileno(), "e", offset, len(data)).parts())


def rows(found: list[Part]) -> Rows:
    points: Rows = {}
    for part in found:
        for tag, series in part.series.items():
            points.setdefault(tag.decode(), []).extend(zip(series.steps.tolist(), series.values.tolist(), strict=True))
    return points


def wanted(records: list[tuple[str, int, float, object]]) -> Rows:
    points: Rows = {}
    for tag, step, value, _ in records:
        points.setdefault(tag, []).append((step, value))
    return points


def written(records: list[tuple[str, int, float, object]]) -> list[bytes]:
    return [framed(event(step, kind(tag, value))) for tag, step, value, kind in records]  # type: ignore[operator]


def same(found: Rows, others: Rows) -> bool:
    return repr(found) == repr({tag: others[tag] for tag in found}) and found.keys() == others.keys()


@settings(deadline=None, max_examples=60)
@given(RECORDS, st.integers(1, 4))
def test_what_was_written_is_read(file: Path, records: list[tuple[str, int, float, object]], often: int) -> None:
    records = records * often
    found = parts(file, VERSION + b"".join(written(records)))
    assert same(rows(found), wanted(records))
    assert [problem for part in found for problem in (*part.problems, part.waiting) if problem] == []


@settings(deadline=None, max_examples=40)
@given(RECORDS, st.data())
def test_a_file_that_grows_is_read_to_the_last_whole_record(
    file: Path, records: list[tuple[str, int, float, object]], data: st.DataObject
) -> None:
    whole = VERSION + b"".join(written(records))
    cut = data.draw(st.integers(0, len(whole)))
    before = parts(file, whole[:cut])
    offset = before[-1].end if before else 0
    assert not [problem for part in before for problem in part.problems]
    assert same(rows([*before, *parts(file, whole, offset)]), wanted(records))


@settings(deadline=None, max_examples=60)
@given(RECORDS.filter(lambda found: len(found) > 3), st.data())
def test_one_damaged_byte_costs_one_record(
    file: Path, records: list[tuple[str, int, float, object]], data: st.DataObject
) -> None:
    pieces = written(records)
    hurt = data.draw(st.integers(0, len(pieces) - 2))
    at = data.draw(st.integers(0, len(pieces[hurt]) - 1))
    damaged = bytearray(pieces[hurt])
    damaged[at] ^= data.draw(st.integers(1, 255))
    found = parts(file, VERSION + b"".join([*pieces[:hurt], bytes(damaged), *pieces[hurt + 1 :]]))
    assert same(rows(found), wanted(records[:hurt] + records[hurt + 1 :]))
    (problem,) = [problem for part in found for problem in part.problems]
    assert problem.offset == len(VERSION) + sum(map(len, pieces[:hurt]))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_an_end(file: Path, junk: bytes) -> None:
    good = scalars("a", *range(20))
    assert rows(parts(file, VERSION + junk + good)).get("a", [])[-20:] == [(step, step) for step in range(20)]
    parts(file, VERSION + framed(junk))
    parts(file, junk)


def test_a_torn_record_with_others_behind_it_costs_nothing_else(file: Path) -> None:
    torn = framed(event(5, simple("x" * 300, 1)))[:100]
    found = parts(file, VERSION + scalars("a", 1, 2) + torn + scalars("a", *range(3, 30), first=2))
    assert [value for _, value in rows(found)["a"]] == [*range(1, 30)]
    assert [problem.reason for part in found for problem in part.problems] == ["100 bytes are no record"]


@pytest.mark.parametrize("kind", [simple, tensor])
def test_many_alike_records_of_many_tags_are_told_apart(file: Path, kind: object) -> None:
    tags = [f"layer_{number:03}" for number in range(200)]
    records = [(tag, step, step / 8 + number, kind) for step in range(30) for number, tag in enumerate(tags)]
    assert same(rows(parts(file, VERSION + b"".join(written(records)))), wanted(records))


def test_scalars_beside_images_in_one_event_are_read_and_large_records_passed_over(file: Path) -> None:
    image = message(1, message(1, b"i") + message(4, bytes(3 << 20)))
    graph = b"\x09" + struct.pack("<d", 1.0) + message(4, bytes(17 << 20))
    huge = event(9, simple("a", 9), message(1, message(1, b"i") + message(4, bytes(17 << 20))))
    data = VERSION + framed(graph) + framed(event(1, image, simple("a", 0.5))) + framed(huge) + scalars("a", 2, first=2)
    found = parts(file, data)
    assert rows(found) == {"a": [(1, 0.5), (2, 2.0)]}
    (problem,) = [problem for part in found for problem in part.problems]
    assert "too large to be read" in problem.reason


@pytest.mark.parametrize(
    "content",
    [
        b"\x08\x01\x12\x02\x12\x00" + message(4, bytes(4)),
        b"\x08\x07" + message(8, b"text"),
        b"\x08\x01" + message(4, bytes(5)),
        b"\x08\x01" + message(12, bytes(4)),
        b"\xff" * 12,
        b"",
    ],
    ids=["shape", "string", "size", "wrong-field", "varint", "empty"],
)
def test_what_is_no_scalar_is_none(file: Path, content: bytes) -> None:
    value = message(1, message(1, b"t") + message(8, content))
    found = rows(parts(file, VERSION + framed(event(1, value)) + scalars("a", 1)))
    assert found.pop("a") == [(0, 1.0)]
    assert found in ({}, {"t": [(1, 0.0)]})


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\x08\x01" + message(5, struct.pack("<f", 0.5)), 0.5),
        (b"\x08\x02" + message(4, struct.pack("<d", 0.1)), 0.1),
        (b"\x08\x03" + message(7, varint(-3)), -3),
        (b"\x08\x09" + message(10, varint(2**40)), 2**40),
        (b"\x08\x13" + message(13, varint(0x3800)), 0.5),
        (b"\x08\x0e" + message(4, b"\x80\x3f"), 1.0),
        (b"\x08\x0a" + message(11, b"\x01"), 1.0),
    ],
    ids=["float_val", "double", "int32", "int64", "half", "bfloat16", "bool"],
)
def test_tensors_of_all_number_types_are_read(file: Path, content: bytes, value: float) -> None:
    record = framed(event(4, message(1, message(1, b"t") + message(8, content))))
    assert rows(parts(file, VERSION + record * 20)) == {"t": [(4, value)] * 20}


def test_a_length_that_lies_is_waited_for_and_nothing_is_allocated(file: Path) -> None:
    length = struct.pack("<Q", 1 << 60)
    found = parts(file, VERSION + length + checksum(length) + bytes(100))
    assert found[-1].waiting is not None
    assert found[-1].end == len(VERSION)
