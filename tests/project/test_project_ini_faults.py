"""Every malformed ``Guild`` is refused with its line and with words about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import ProjectError
from guildpkg.project.load import load

MALFORMED = [
    pytest.param("[model\n", 1, "syntax error: [model", id="header"),
    pytest.param("[model softmax]\n", 1, "syntax error: [model softmax]", id="header-bare-name"),
    pytest.param('[model "a" "b" "c"]\n', 1, 'syntax error: [model "a" "b" "c"]', id="header-three-names"),
    pytest.param('[model "a]\n', 1, 'syntax error: [model "a]', id="header-open-quote"),
    pytest.param('[model "a"] x\n', 1, 'syntax error: [model "a"] x', id="header-trailing"),
    pytest.param("[]\n", 1, "syntax error: []", id="header-empty"),
    pytest.param("name = x\n", 1, "name stands before the first section", id="attr-before"),
    pytest.param('@attrs template "x"\n', 1, "@attrs stands before the first section", id="directive-before"),
    pytest.param('[model "m"]\n@include x\n', 2, "unknown directive: @include x", id="directive"),
    pytest.param(
        '[field "m"]\n@attrs template x y\n', 2, "unknown directive: @attrs template x y", id="directive-spec"
    ),
    pytest.param('[field "m"]\n@attrs\n', 2, "unknown directive: @attrs", id="directive-empty"),
    pytest.param("[project]\nname\n", 2, "syntax error: name", id="no-equals"),
    pytest.param("[project]\n= x\n", 2, "syntax error: = x", id="empty-key"),
    pytest.param("[project]\nname = x \\", 2, "the file ends in a continued line", id="eof"),
    pytest.param("[project]\nname = x \\\n", 2, "the file ends in a continued line", id="eof-newline"),
    pytest.param('[project "x"]\n', 1, '[project "x"] should be [project]', id="project-named"),
    pytest.param('[model "a" "b"]\n', 1, '[model "a" "b"] should be [model]', id="model-two-names"),
    pytest.param('[flags "a" "b"]\n', 1, '[flags "a" "b"] should be [flags]', id="flags-two-names"),
    pytest.param("[field]\nsource = flags\n", 1, '[field] should be [field "NAME"]', id="field-unnamed"),
    pytest.param('[field ""]\nsource = flags\n', 1, '[field ""] has an empty name', id="field-empty-name"),
    pytest.param("[series]\nsource = series/x\n", 1, '[series] should be [series "NAME"]', id="series-unnamed"),
    pytest.param("[template]\nlabel = x\n", 1, '[template] should be [template "NAME"]', id="template-unnamed"),
    pytest.param("[resource]\nprepare = x\n", 1, '[resource] should be [resource "NAME"]', id="resource-unnamed"),
    pytest.param("[var]\nhelp = x\n", 1, '[var] should be [var "NAME"]', id="var-unnamed"),
    pytest.param('[view "a" "b"]\n', 1, '[view "a" "b"] should be [view]', id="view-two-names"),
    pytest.param('[model "a:b"]\ntrain = t\n', 1, "the name of a model holds ':': 'a:b'", id="model-name-colon"),
    pytest.param('[model "a/b"]\ntrain = t\n', 1, "the name of a model holds '/': 'a/b'", id="model-name-slash"),
    pytest.param('[model "a b"]\ntrain = t\n', 1, "the name of a model holds ' ': 'a b'", id="model-name-space"),
    pytest.param('[model "-a"]\ntrain = t\n', 1, "the name of a model begins with '-': '-a'", id="model-name-dash"),
    pytest.param('[model "a=b"]\ntrain = t\n', 1, "the name of a model holds '=': 'a=b'", id="model-name-equals"),
    pytest.param('[resource "a b"]\nprepare = t\n', 1, "the name of a resource holds ' ': 'a b'", id="resource-name"),
    pytest.param('[model "m"]\ntrain =\n', 2, "train of the model m names no module", id="train-empty"),
    pytest.param(
        '[model "m"]\ntrain = train!\n',
        2,
        "train of the model m begins with 'train!', which is no Python module",
        id="train-no-module",
    ),
    pytest.param(
        '[model "m"]\ntrain = /usr/bin/train\n',
        2,
        "train of the model m names a module outside of the project: '/usr/bin/train'",
        id="train-path",
    ),
    pytest.param(
        '[model "m"]\ntrain = ../train\n',
        2,
        "train of the model m names a module outside of the project: '../train'",
        id="train-outside",
    ),
    pytest.param(
        '[model "m"]\ntrain = --x train\n',
        2,
        "train of the model m begins with '--x', which is no Python module",
        id="train-option",
    ),
    pytest.param(
        '[model "m"]\ntrain = train "a\n', 2, "train of the model m has a quote that is not closed", id="train-quote"
    ),
    pytest.param('[model "m"]\nprepare =\n', 2, "prepare of the model m names no module", id="prepare-empty"),
    pytest.param(
        '[model "m"]\nevaluate = e "\n',
        2,
        "evaluate of the model m has a quote that is not closed",
        id="evaluate-quote",
    ),
    pytest.param(
        '[model "m"]\nevaluate = e.sh!\n',
        2,
        "evaluate of the model m begins with 'e.sh!', which is no Python module",
        id="evaluate-program",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\ntrain_requires = /etc/passwd\n',
        3,
        "train_requires names '/etc/passwd', which is absolute, and has to be relative",
        id="requires-absolute",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\ntrain_requires = data, ../../x\n',
        3,
        "train_requires names '../../x', which leads out of its folder",
        id="requires-outside",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\ntrain_requires = ~/data\n',
        3,
        "train_requires names '~/data', which is absolute, and has to be relative",
        id="requires-home",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\nrequires = digits:/data\n',
        3,
        "requires names 'digits:/data': the folder is absolute, and has to be relative",
        id="package-path",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\nrequires = digits:../data\n',
        3,
        "requires names 'digits:../data': the folder leads out of its folder",
        id="package-outside",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\nrequires = :data\n',
        3,
        "requires names ':data': the name of a package is empty",
        id="package-empty",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\n[flags]\n--lr = 1\n', 4, "the name of a flag begins with '-': '--lr'", id="flag-dash"
    ),
    pytest.param('[model "m"]\ntrain = t\n[flags]\nlr@x = 1\n@lr = 1\n', 5, "unknown directive: @lr = 1", id="flag-at"),
    pytest.param(
        '[model "m"]\ntrain = t\n[flags]\na/b = 1\n', 4, "the name of a flag holds '/': 'a/b'", id="flag-slash"
    ),
    pytest.param(
        '[model "m"]\ntrain = t\n[flags]\nstats_interval = often\n',
        4,
        "stats_interval is a number of seconds, not 'often'",
        id="stats-interval",
    ),
    pytest.param(
        '[model "m"]\ntrain = t\n[flags "m"]\nstats_interval = -1\n',
        4,
        "stats_interval is a number of seconds, not '-1'",
        id="stats-interval-negative",
    ),
    *(
        pytest.param(
            f'[model "m"]\ntrain = t\n[flags]\nstats_interval = {odd}\n',
            4,
            f"stats_interval is a number of seconds, not '{odd}'",
            id=f"stats-interval-{odd}",
        )
        for odd in (".inf", "1e400", ".nan")
    ),
    pytest.param("[project]\nconfirm = often\n", 2, "confirm is yes or no, not 'often'", id="confirm"),
    pytest.param(
        '[field "a"]\nsource = tf/loss\n',
        1,
        "source of the field a is 'tf/loss', which is not series/KEY or flags or attrs",
        id="field-source",
    ),
    pytest.param(
        '[field "a"]\nsource = series/(\n',
        1,
        "source of the field a is no regular expression: missing ), unterminated subpattern at position 0",
        id="field-regex",
    ),
    pytest.param(
        '[field "a"]\nsource = series/x\nreduce = mean\n',
        1,
        "reduce of the field a is 'mean', which is not known",
        id="field-reduce",
    ),
    pytest.param('[field "a b"]\nsource = series/x\n', 1, "the name of a field holds ' ': 'a b'", id="field-name"),
    pytest.param(
        '[field "a"]\nsources = series/x, tags\n',
        1,
        "source of the field a is 'tags', which is not series/KEY or flags or attrs",
        id="field-sources",
    ),
    pytest.param(
        '[series "a"]\nsource = flags\n',
        1,
        "source of the series a is 'flags', which is not series/KEY",
        id="series-source",
    ),
    pytest.param(
        '[series "a"]\nsource = series/tf/*+?(\n',
        1,
        "source of the series a is no regular expression: multiple repeat at position 5",
        id="series-regex",
    ),
    pytest.param(
        "[model]\ntrain = t\n[output-scalars]\nloss = (\n",
        4,
        "'(' for loss in [output-scalars] is no regular expression: missing ), unterminated subpattern at position 0",
        id="output-scalars-regex",
    ),
    pytest.param(
        "[model]\ntrain = t\noutput-scalars = loss\n",
        3,
        "output-scalars is yes or no, not 'loss'",
        id="output-scalars-word",
    ),
    pytest.param('[series "a:b"]\nsource = series/x\n', 1, "the name of a series holds ':': 'a:b'", id="series-name"),
    pytest.param(
        '[template "t"]\nsource = series/[\n[series "a"]\n@attrs template "t"\n',
        3,
        "source of the series a is no regular expression: unterminated character set at position 0",
        id="template-regex",
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), MALFORMED)
def test_a_malformed_file_is_refused_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "Guild").write_text(text)
    with pytest.raises(ProjectError) as caught:
        load(tmp_path)
    first = caught.value.faults[0]
    assert (first.where.file, first.where.line) == ("Guild", line)
    assert first.message.startswith(message)


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "Guild").write_text('x = 1\n[model a]\n[model "a:b"]\ntrain = -m\n[series]\nsource = flags\n')
    with pytest.raises(ProjectError) as caught:
        load(tmp_path)
    assert sorted({fault.where.line for fault in caught.value.faults}) == [1, 2, 3, 4, 5]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Guild").write_bytes(b"[project]\nname = \xff\n")
    with pytest.raises(ProjectError, match="Guild: the file is not UTF-8 text"):
        load(tmp_path)
