"""Whatever stands in a project file, it is a project or it is refused in words."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildpkg.core.project.model import Project
from guildpkg.project.load import examine
from guildpkg.project.template import ANNOTATED, SAMPLE, template

KEYS = st.sampled_from(
    [
        *(
            "model",
            "config",
            "include",
            "extends",
            "params",
            "operations",
            "flags",
            "resources",
            "train",
            "main",
            "exec",
        ),
        *("steps", "requires", "sources", "url", "file", "default", "choices", "type", "$include", "view", "fields"),
        *("sourcecode", "output-scalars", "profiles", "env", "references", "description", "package", "version", "<<"),
        *("x", "{{x}}", "rename", "select", "path", "project", "confirm", "operation-defaults", "extra", "compare"),
    ]
)
TEXTS = st.one_of(KEYS, st.sampled_from(["", "~", "1", "yes", "-x", "a:b", "{{x}}", "${x}", "(", "http://h/a", "x y"]))
VALUES = st.recursive(TEXTS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner)))


def written(value: object) -> str:
    """Write a value as YAML in one line, strings in single quotes unless they are keys."""
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{key}': {written(item)}" for key, item in value.items()) + "}"
    return "'" + str(value).replace("'", "''") + "'" if value else "~"


def read(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    examined = examine(folder)
    assert all(fault.where.file and fault.message for fault in (*examined.faults, *examined.warnings))
    assert (examined.project is None) == bool(examined.faults)
    found = examined.project or load_nothing(folder)
    assert len([model for model in found.models if model.default]) == min(1, len(found.models))


def load_nothing(folder: Path) -> Project:
    return Project(str(folder), (), "yaml", "")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_any_structure_in_guild_yml_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, value: list[object]
) -> None:
    read(tmp_path_factory.mktemp("p"), "guild.yml", written(value).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["guild.yml", "Guild"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    read(tmp_path_factory.mktemp("p"), name, data)


@pytest.mark.parametrize("seed", range(150))
def test_a_project_file_with_a_few_wrong_bytes_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = "guild.yml" if seed % 2 else "Guild"
    data = bytearray(template(SAMPLE if seed % 2 else ANNOTATED, "x")[name].replace(b"\n# ", b"\n"))
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(data))
        data[start : start + chance.randrange(4)] = chance.choice(
            [b"", b"\n", b":", b"'", b"- ", b"[", b"*", b"@", b'"']
        )
    read(tmp_path, name, bytes(data))


@pytest.mark.parametrize(
    ("name", "head", "flag", "row"),
    [
        ("guild.yml", "- config: c\n  flags:\n", "    f{}: 1\n", "- {{model: m{}, extends: c}}\n"),
        ("Guild", '[template "t"]\n', "f{}=1\n", '[template "t{}"]\n@attrs template "t"\n'),
        ("Guild", "[flags]\n", "f{}=1\n", '[model "m{}"]\ntrain=t\n'),
    ],
    ids=["extends", "attrs", "flags"],
)
def test_a_small_file_cannot_unfold_without_end(tmp_path: Path, name: str, head: str, flag: str, row: str) -> None:
    flags, rows = ([text.format(number) for number in range(900)] for text in (flag, row))
    (tmp_path / name).write_text(head + "".join(flags) + "".join(rows))
    assert "the project unfolds into more than 200,000 values" in examine(tmp_path).faults[-1].message
