"""A project that is as it was is not parsed again, and nobody sees the difference."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.errors import ProjectError
from guildpkg.project import yaml_memory
from guildpkg.project.load import examine, load
from guildpkg.project.yaml_memory import read_remembered
from guildpkg.project.yaml_tree import read_tree

TEXT = """\
- config: base
  flags: &flags {lr: 0.1, "1.10": yes}
- model: m
  description: "0755"
  operations:
    train: {main: train, flags: {<<: *flags, steps: ~}}
    other: *flags
"""

WORDS = st.sampled_from(["a", "1.10", "'yes'", "~", '"x\\ny"', "é", "[a, 'b']", "{a: 1, 'b': [~]}", "&a b", "[]", "{}"])


def unparsed() -> mock._patch[mock.Mock]:
    """Let whoever parses fail."""
    return mock.patch.object(yaml_memory, "read_tree", side_effect=AssertionError("it was parsed"))


@given(st.dictionaries(st.sampled_from(["a", "b", "'3'", "4"]), WORDS))
def test_what_is_remembered_is_what_was_read(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, str]) -> None:
    memory = tmp_path_factory.mktemp("memory") / "memory.json"
    data = "".join(f"{key}: {value}\n" for key, value in entries.items()).encode()
    first = read_remembered(data, "guild.yml", memory)
    with unparsed():
        assert (read_remembered(data, "guild.yml", memory), first) == (read_tree(data, "guild.yml"),) * 2


def test_a_whole_project_is_the_same_from_memory(tmp_path: Path) -> None:
    (tmp_path / "guild.yml").write_text(TEXT + "- include: more.yml\n")
    (tmp_path / "more.yml").write_text("- model: n\n  extends: base\n  descrition: odd\n")
    first = examine(tmp_path, memory=tmp_path / "memory")
    with unparsed():
        assert examine(tmp_path, memory=tmp_path / "memory") == first == examine(tmp_path)
    assert len(list((tmp_path / "memory").iterdir())) == 2
    assert "more.yml:3" in [str(odd.where) for odd in first.warnings]


def test_a_file_that_changed_is_read_again_and_its_faults_are_never_remembered(tmp_path: Path) -> None:
    for text in ("- model: m\n", "- model: n\n"):
        (tmp_path / "guild.yml").write_text(text)
        assert load(tmp_path, memory=tmp_path / "memory").models[0].name == text.split()[-1]
    (tmp_path / "guild.yml").write_text("- model: m\n- model: [\n")
    for _ in range(2):
        with pytest.raises(ProjectError, match=r"guild\.yml:3: this is not YAML"):
            load(tmp_path, memory=tmp_path / "memory")


@pytest.mark.parametrize("damage", [b"", b"[1,", b"null", b'[1, "x"]', b"[" * 100_000])
def test_a_memory_that_is_damaged_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    memory = tmp_path / "memory.json"
    data = TEXT.encode()
    tree = read_remembered(data, "guild.yml", memory)
    schema, digest, _ = json.loads(memory.read_bytes())
    for left in (damage, json.dumps([schema, digest, ["text"]]).encode(), json.dumps([0, digest, None]).encode()):
        memory.write_bytes(left)
        assert read_remembered(data, "guild.yml", memory) == tree


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert read_remembered(b"a: 1\n", "guild.yml", tmp_path / "file" / "memory.json") == read_tree(
        b"a: 1\n", "guild.yml"
    )
