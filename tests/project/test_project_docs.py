"""The page about project files says what the readers do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guildpkg.core.project.parts import ARG_STYLES, FLAG_TYPES
from guildpkg.project import tables
from guildpkg.project.ini_sections import builtin_templates
from guildpkg.project.load import load
from guildpkg.project.views import REDUCES

PAGE = (Path(__file__).parents[2] / "docs" / "projects.md").read_text()
BLOCKS = re.findall(r"^```(yaml|ini)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TEMPLATES = [*builtin_templates()]
WORDS = {
    *(*tables.TYPES, *tables.OPERATION, *tables.FLAG, *tables.CHOICE, *tables.SOURCE_KINDS),
    *(*tables.FIELD[1:], *TEMPLATES, *REDUCES, *ARG_STYLES, *FLAG_TYPES[:-1]),
    *(set(tables.SOURCE) - {"target-path"}),
    *(set(tables.RESOURCE) - {"target-path"}),
    *(set(tables.INHERITED) - {"extra"}),
} - {"default-flag-arg-skip"}


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_every_example_is_sound(tmp_path: Path, kind: str, text: str) -> None:
    (tmp_path / ("guild.yml" if kind == "yaml" else "Guild")).write_text(text)
    assert load(tmp_path).warnings == ()


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_key_is_on_the_page(word: str) -> None:
    codes = " ".join(re.findall(r"`([^`\n]+)`", PAGE))
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", codes)
