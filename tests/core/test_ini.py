"""The one INI grammar, rule by rule, then what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.ini import Attr, Directive, IniFile, parse

WALKTHROUGH = """\
#-*-conf-*-

[package]

  name = mnist-tutorial-src
  source = https://github.com/tensorflow/tensorflow/tree/master/mnist \\
           Guild.in
  description: Softmax
"""


def attrs(text: str) -> dict[str, str]:
    """Read attributes of one section ``[s]``."""
    found = parse(f"[s]\n{text}", "F")
    assert found.faults == ()
    return {name: attr.value for name, attr in found.sections[0].attrs.items()}


def faults(text: str) -> list[str]:
    return [str(fault) for fault in parse(text, "F").faults]


def test_a_recipe_as_people_write_it() -> None:
    parsed = parse(WALKTHROUGH, "GuildPkg")
    (section,) = parsed.sections
    assert (section.type, section.names, section.line) == ("package", (), 3)
    assert section.get("name") == "mnist-tutorial-src"
    assert section.get("description") == "Softmax"
    assert section.attrs["source"].words[1] == "Guild.in"
    assert (section.attrs["source"].line, section.attrs["source"].last_line) == (6, 7)
    assert section.attrs["description"].line == 8
    assert parsed.faults == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x1a"], ids=["LF", "CRLF", "CR", "SUB"])
def test_every_kind_of_line_end_counts_one_line(end: str) -> None:
    section = parse(end.join(["", "[s]", "a = 1", "b = 2"]), "F").sections[0]
    assert (section.line, section.attrs["a"].line, section.attrs["b"].line) == (2, 3, 4)


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        pytest.param("a = 1", "a", "1", id="equals"),
        pytest.param("a: 1", "a", "1", id="colon"),
        pytest.param("a=1", "a", "1", id="no blanks"),
        pytest.param("\t a =\t1 \t", "a", "1", id="outer blanks"),
        pytest.param("a =", "a", "", id="empty value"),
        pytest.param("a = 1 # x", "a", "1 # x", id="no inline comment"),
        pytest.param("url=http://x:80/a=b", "url", "http://x:80/a=b", id="first separator is ="),
        pytest.param("url: http://x=y", "url", "http://x=y", id="first separator is a colon"),
        pytest.param("a = \"b\" 'c' \\n", "a", "\"b\" 'c' \\n", id="no quoting, no escapes"),
        pytest.param("a = [b]", "a", "[b]", id="brackets in a value"),
    ],
)
def test_an_attribute_splits_at_the_first_separator(line: str, name: str, value: str) -> None:
    assert attrs(line) == {name: value}


@pytest.mark.parametrize("line", ["# a = 1", "; a = 1", "  # a = 1", "#", "", "   ", "# a \\"], ids=repr)
def test_comments_and_blank_lines_say_nothing(line: str) -> None:
    assert attrs(f"{line}\nb = 2") == {"b": "2"}


@pytest.mark.parametrize(
    ("header", "kind", "names"),
    [
        ("[a]", "a", ()),
        ("[ a ]", "a", ()),
        ('[a "b"]', "a", ("b",)),
        ('[ a  "b" "c" ]', "a", ("b", "c")),
        ('[a ""]', "a", ("",)),
        ('[a "b c = d"]', "a", ("b c = d",)),
    ],
)
def test_section_headers(header: str, kind: str, names: tuple[str, ...]) -> None:
    parsed = parse(header, "F")
    assert [(s.type, s.names) for s in parsed.sections] == [(kind, names)]
    assert parsed.faults == ()


@pytest.mark.parametrize("header", ["[a b]", '[a "b" "c" "d"]', "[]", '["a"]', "[a", "[a]]", '[a "b]', "[a] # x"])
def test_a_broken_header_is_one_fault_and_swallows_what_follows(header: str) -> None:
    parsed = parse(f"[x]\n{header}\nlost = 1\n[y]\nkept = 1", "F")
    assert [fault.where.line for fault in parsed.faults] == [2]
    assert [section.get("lost") for section in parsed.sections if section.type] == ["", ""]
    assert parsed.sections[-1].get("kept") == "1"


def test_a_continuation_keeps_its_inner_indentation_and_readers_squeeze_it() -> None:
    found = parse("[s]\na = one \\\n    two\\\n  three", "F").sections[0]
    assert found.attrs["a"].value == "one     two  three"
    assert found.get("a") == "one two three"
    assert found.attrs["a"].words == ("one", "two", "three")


def test_a_continuation_ends_at_an_empty_line() -> None:
    assert attrs("a = 1 \\\n\nb = 2") == {"a": "1", "b": "2"}


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["nothing", "LF", "CRLF"])
def test_a_continued_last_line_is_a_fault_and_keeps_its_value(end: str) -> None:
    parsed = parse(f"[s]\na = 1 \\{end}", "F")
    assert [str(fault) for fault in parsed.faults] == [
        "F:2: the file ends in a continued line (remove the last backslash)"
    ]
    assert parsed.sections[0].get("a") == "1"


def test_of_two_attributes_of_one_name_the_last_counts_and_both_are_kept() -> None:
    section = parse("[s]\na = 1\na = 2", "F").sections[0]
    assert section.get("a") == "2"
    assert [item.line for item in section.items] == [2, 3]


def test_sections_of_one_name_are_all_there_and_the_first_is_looked_up() -> None:
    parsed = parse('[s "n"]\na = 1\n[s "n"]\na = 2\n[s]', "F")
    assert [section.line for section in parsed.of_type("s")] == [1, 3, 5]
    first = parsed.first("s", "n")
    assert first is not None
    assert first.get("a") == "1"
    assert parsed.first("s", "m") is None


@pytest.mark.parametrize("blank", [" ", "\t", "   "], ids=repr)
def test_attrs_is_a_directive_in_the_order_of_its_section(blank: str) -> None:
    section = parse(f'[s]\na = 1\n@attrs{blank}template "loss field"\nb = 2', "F").sections[0]
    assert section.items == (Attr("a", "1", 2, 2), Directive("template", ("loss field",), 3), Attr("b", "2", 4, 4))


def test_meta_lines_hold_words() -> None:
    parsed = parse('#+var NAME "help text" required "default=1 2 3"\n#+\n#+ title="a b"', "F")
    assert [(meta.words, meta.line) for meta in parsed.metas] == [
        (("var", "NAME", "help text", "required", "default=1 2 3"), 1),
        (("title=a b",), 3),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", "F:1: a stands before the first section (move it below a [section] line)"),
        ("@attrs x", "F:1: @attrs stands before the first section (move it into a section)"),
        ("[s]\n@include x", 'F:2: unknown directive: @include x (the only one is @attrs type "name")'),
        ("[s]\n@attrs", 'F:2: unknown directive: @attrs (the only one is @attrs type "name")'),
        ("[s]\n@attrs a b", 'F:2: unknown directive: @attrs a b (the only one is @attrs type "name")'),
        ("[s]\n\nnonsense", "F:3: syntax error: nonsense (an attribute is written name = value)"),
        ("[s]\na b = 1", "F:2: syntax error: a b = 1 (an attribute is written name = value)"),
        ("[s]\n= 1", "F:2: syntax error: = 1 (an attribute is written name = value)"),
        (
            "[a b]",
            'F:1: syntax error: [a b] (write [type] or [type "name"], with the name in double quotes)',
        ),
        (
            "[s]\n" + "x" * 99,
            f"F:2: syntax error: {'x' * 57}... (an attribute is written name = value)",
        ),
    ],
)
def test_a_fault_says_where_and_what(text: str, expected: str) -> None:
    assert faults(text) == [expected]


def test_all_faults_are_reported_at_once() -> None:
    parsed = parse("a = 1\n[s]\nb\n[t t]\nc = 1\n[u]\n@x\nd = \\", "F")
    assert [fault.where.line for fault in parsed.faults] == [1, 3, 4, 7, 8]


def test_a_byte_order_mark_does_not_count() -> None:
    assert parse("\ufeff[s]\na = 1", "F").sections[0].get("a") == "1"


def test_a_long_continuation_is_read_in_linear_time() -> None:
    """A hostile file of 200,000 continued lines takes a moment, not minutes."""
    parsed = parse("[s]\na = " + "xy\\\n" * 200_000 + "z", "F")
    assert len(parsed.sections[0].attrs["a"].value) == 400_001


LINES = st.sampled_from(
    ["[s]", '[s "n"]', "[", "a = 1", "b: 2", "c", "# c", "#+ m", "@attrs s", "@x", "\\", "a = \\", "", '"', "\ufeff"]
)
ANY_TEXT = st.one_of(
    st.text(),
    st.text(alphabet='[]"\\=:@#+; \t\n\r\x1aab'),
    st.lists(LINES).map("\n".join),
)
NAME = st.text("abcxyz0129._-+/", min_size=1)
QUOTED = st.text(st.characters(exclude_characters='"\n\r\x1a\\', exclude_categories=["Cs"]))
VALUE = QUOTED.map(str.strip)


def spots(parsed: IniFile) -> list[int]:
    """Give the line of everything that was found."""
    items = [item.line for section in parsed.sections for item in section.items]
    return [*items, *(s.line for s in parsed.sections), *(m.line for m in parsed.metas)]


@given(ANY_TEXT)
def test_any_text_parses_and_every_position_lies_in_it(text: str) -> None:
    parsed = parse(text, "F")
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x1a", "\n").split("\n"))
    assert all(1 <= line <= lines for line in spots(parsed))
    assert all(1 <= fault.where.line <= lines for fault in parsed.faults)


@given(ANY_TEXT, ANY_TEXT)
def test_what_stands_below_does_not_change_what_was_read_above(above: str, below: str) -> None:
    """Unless the upper part ends in a continued line, the lower part cannot reach into it."""
    upper = parse(above + "\n", "F")
    if any("continued" in fault.message for fault in upper.faults):
        return
    whole = parse(above + "\n[cut]\n" + below, "F")
    assert whole.sections[: len(upper.sections)] == upper.sections
    assert whole.faults[: len(upper.faults)] == upper.faults


@given(st.lists(st.tuples(NAME, st.lists(QUOTED, max_size=2), st.lists(st.tuples(NAME, VALUE)))))
def test_what_is_written_by_the_rules_is_read_back(world: list[tuple[str, list[str], list[tuple[str, str]]]]) -> None:
    text = ""
    for kind, names, items in world:
        text += "[" + " ".join([kind, *(f'"{name}"' for name in names)]) + "]\n"
        text += "".join(f"  {name} = {value}\n" for name, value in items)
    parsed = parse(text, "F")
    assert parsed.faults == ()
    found = [
        (s.type, list(s.names), [(i.name, i.value) for i in s.items if isinstance(i, Attr)]) for s in parsed.sections
    ]
    assert found == world


@given(st.lists(st.tuples(NAME, VALUE), min_size=1), st.integers(0, 5))
def test_each_attribute_knows_its_line(items: list[tuple[str, str]], gap: int) -> None:
    text = "[s]\n" + "".join("\n" * gap + f"{name} = {value}\n" for name, value in items)
    found = [item.line for item in parse(text, "F").sections[0].items]
    assert found == [2 + gap + place * (gap + 1) for place in range(len(items))]


@given(st.lists(NAME, min_size=1, max_size=6), st.integers(0, 4))
def test_breaking_a_value_over_lines_does_not_change_its_words(words: list[str], indent: int) -> None:
    value = (" \\\n" + " " * indent).join(words)
    section = parse(f"[s]\na = {value}\nb = 1", "F").sections[0]
    assert section.attrs["a"].words == tuple(words)
    assert (section.attrs["a"].last_line, section.attrs["b"].line) == (1 + len(words), 2 + len(words))
