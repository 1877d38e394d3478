"""Every malformed ``guild.yml`` is refused with its line and with words about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.errors import ProjectError
from guildpkg.project.load import load

MALFORMED = [
    pytest.param("- model: [\n", 2, "this is not YAML", id="not-yaml"),
    pytest.param(
        "- model: x\n\toperations: {}\n",
        2,
        "this is not YAML",
        id="tab",
    ),
    pytest.param(
        "- model: !!python/object:os.system x\n", 1, "the tag !!python/object:os.system is not allowed", id="tag-object"
    ),
    pytest.param("- model: !secret x\n", 1, "the tag !secret is not allowed", id="tag-local"),
    pytest.param(
        "- model: x\n  description: a\n  description: b\n", 3, "description is there twice", id="duplicate-key"
    ),
    pytest.param(
        "- model: x\n  operations:\n    t:\n      main: t\n      flags:\n        lr: 1\n        lr: 2\n",
        7,
        "lr is there twice",
        id="duplicate-flag",
    ),
    pytest.param("- model: x\n---\n- model: y\n", 2, "a second document begins here", id="two-documents"),
    pytest.param(
        "- &a\n  model: x\n  flags: *a\n", 3, "the alias *a stands inside of what it names", id="recursive-alias"
    ),
    pytest.param("- model: *who\n", 1, "the alias *who names nothing", id="unknown-alias"),
    pytest.param("- model: x\x07\n", 1, "there is a control character, '\\x07'", id="control"),
    pytest.param("- [a]: b\n", 1, "a key is a list or a table", id="key-is-list"),
    pytest.param("hello\n", 1, "guild.yml holds 'hello', not objects", id="scalar-file"),
    pytest.param("- hello\n", 1, "this is 'hello', not an object", id="scalar-object"),
    pytest.param(
        "- description: x\n",
        1,
        "this object has no type: one of model, config, package, include is needed",
        id="no-type",
    ),
    pytest.param(
        "modle: iris\noperations:\n  train: train\n",
        1,
        "this object has no type: one of model, config, package, include is needed",
        id="typo-type",
    ),
    pytest.param("description: x\ntrain: train\n", 1, "description belongs to no model", id="stray-description"),
    pytest.param("- model: x\n  package: y\n", 1, "this object has several types: model, package", id="two-types"),
    pytest.param(
        "- {}\n", 1, "this object has no type: one of model, config, package, include is needed", id="empty-object"
    ),
    pytest.param("- model: [a]\n", 1, "model is a name, not a list", id="model-is-list"),
    pytest.param("- config:\n  flags: {}\n", 1, "the config has no name", id="config-unnamed"),
    pytest.param("- model: x\n- model: x\n", 2, "there are two objects called 'x'", id="duplicate-model"),
    pytest.param("- model: x\n- config: x\n", 2, "there are two objects called 'x'", id="model-and-config"),
    pytest.param("- model: a:b\n", 1, "the name of a model holds ':': 'a:b'", id="model-name-colon"),
    pytest.param("- model: a/b\n", 1, "the name of a model holds '/': 'a/b'", id="model-name-slash"),
    pytest.param("- model: -b\n", 1, "the name of a model begins with '-': '-b'", id="model-name-dash"),
    pytest.param("- include: nowhere.yml\n", 1, "nowhere.yml does not exist", id="include-missing"),
    pytest.param("- include: guild.yml\n", 1, "guild.yml includes itself: guild.yml -> guild.yml", id="include-self"),
    pytest.param("- include:\n", 1, "include names no file", id="include-empty"),
    pytest.param("- model: x\n  extends: y\n", 2, "the model x extends 'y', which is not there", id="extends-missing"),
    pytest.param(
        "- model: x\n  extends: y\n- model: y\n  extends: x\n",
        2,
        "models extend one another in a circle: x -> y -> x",
        id="extends-circle",
    ),
    pytest.param("- model: x\n  extends: x\n", 2, "models extend one another in a circle: x -> x", id="extends-self"),
    pytest.param(
        "- model: x\n  flags:\n    $include: base\n",
        3,
        "$include names 'base', which is not there",
        id="include-section-missing",
    ),
    pytest.param(
        "- model: x\n  flags:\n    $include: x:train\n",
        3,
        "$include names 'x:train': the model x has no such operation",
        id="include-section-operation",
    ),
    pytest.param(
        "- model: x\n  flags:\n    $include: y\n- config: y\n  flags:\n    $include: x\n",
        3,
        "$include leads back to where it stands",
        id="include-section-circle",
    ),
    pytest.param("- model: x\n  params: [a]\n", 2, "params is a table of names and values", id="params-list"),
    pytest.param(
        "- model: x\n  params: {a: '{{b}}', b: '{{a}}'}\n",
        2,
        "params name one another in a circle: a -> b -> a",
        id="params-circle",
    ),
    pytest.param(
        "- model: x\n  params: {a: {b: 1}}\n  description: an {{a}}\n",
        3,
        "the parameter a is no text, and stands inside of text",
        id="params-table-in-text",
    ),
    pytest.param(
        "- model: x\n  operations: [train]\n",
        2,
        "operations of the model x has to be a table, not a list",
        id="operations-list",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train:\n",
        3,
        "the operation train is a command or a table, not nothing",
        id="operation-null",
    ),
    pytest.param(
        "- model: x\n  operations:\n    'a=b': t\n", 3, "the name of an operation holds '=': 'a=b'", id="operation-name"
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {}\n", 3, "the operation train runs nothing", id="operation-empty"
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: a, exec: b}\n",
        3,
        "the operation train runs several things: main, exec",
        id="operation-two-commands",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: python train.py\n",
        3,
        "cmd of the operation train begins with 'python', and names a module, not a program",
        id="main-not-module",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: train!\n",
        3,
        "cmd of the operation train begins with 'train!', which is no Python module",
        id="main-odd",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: --epochs 3\n",
        3,
        "cmd of the operation train begins with '--epochs', which is no Python module",
        id="main-option",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: train 'a\n",
        3,
        "cmd of the operation train has a quote that is not closed",
        id="main-quote",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: ../../train\n",
        3,
        "cmd of the operation train names a module outside of the project: '../../train'",
        id="main-outside",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: {a: b}}\n",
        3,
        "main of the operation train has to be one value, not a table",
        id="main-table",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {exec: ' '}\n",
        3,
        "exec of the operation train names no program",
        id="exec-empty",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {notebook: a.ipynb}\n",
        3,
        "notebook of the operation train is not supported",
        id="notebook",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, flags-dest: globals}\n",
        3,
        "flags-dest of the operation train can only be args",
        id="flags-dest",
    ),
    pytest.param(
        "- model: x\n  operations:\n    all: {steps: train}\n",
        3,
        "steps of the operation all has to be a list of operations, not 'train'",
        id="steps-text",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: t\n    all: {steps: [trian]}\n",
        4,
        "a step runs 'trian', which is not defined",
        id="steps-missing",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: t\n    all: {steps: [train lr]}\n",
        4,
        "a step of the operation all has 'lr', which is no FLAG=VALUE",
        id="steps-flag",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, cwd: home}\n",
        3,
        "cwd of the operation train is project or run, not 'home'",
        id="cwd",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, run-policy: old}\n",
        3,
        "run-policy of the operation train is new, overlay or none, not 'old'",
        id="run-policy",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, python-requires: three}\n",
        3,
        "python-requires of the operation train is no range: 'three'",
        id="python-requires",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, stats-interval: -1}\n",
        3,
        "stats-interval of the operation train is less than 0",
        id="stats-interval",
    ),
    *(
        pytest.param(f"- model: x\n  operations:\n    train: {{main: t, stats-interval: {odd}}}\n", 3, problem, id=odd)
        for odd, problem in (
            (".inf", "stats-interval of the operation train is infinite"),
            ("1e400", "stats-interval of the operation train is infinite"),
            (".nan", "stats-interval of the operation train has to be a number"),
        )
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, default: maybe}\n",
        3,
        "default of the operation train is yes or no, not 'maybe'",
        id="default-not-yes",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, env: [A]}\n",
        3,
        "env of the operation train has to be a table, not a list",
        id="env-list",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, output-scalars: {loss: '('}}\n",
        3,
        "'(' in output-scalars of the operation train is no regular expression: missing )",
        id="output-scalars-regex",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, output-scalars: {loss: 'loss'}}\n",
        3,
        "'loss' in output-scalars of the operation train has no group for the value",
        id="output-scalars-group",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, profiles: {quick: [1]}}\n",
        3,
        "quick of profiles of the operation train has to be a table, not a list",
        id="profiles",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, sourcecode: [{take: a, leave: b}]}\n",
        3,
        "a rule in the operation train is include: PATTERN or exclude: PATTERN",
        id="sourcecode-rule",
    ),
    pytest.param(
        "- model: x\n  flags: {'a b': 1}\n  operations: {t: t}\n",
        2,
        "the name of a flag holds ' ': 'a b'",
        id="flag-name",
    ),
    pytest.param("- model: x\n  flags: {--lr: 1}\n", 2, "the name of a flag begins with '-': '--lr'", id="flag-dash"),
    pytest.param("- model: x\n  flags: {lr: {type: numeric}}\n", 2, "'numeric' is no type of a flag", id="flag-type"),
    pytest.param(
        "- model: x\n  flags: {lr: {type: int, default: 0.5}}\n",
        2,
        "the default of the flag lr does not fit its type: '0.5' is not a whole number",
        id="flag-default-type",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {type: boolean, default: 3}}\n",
        2,
        "the default of the flag lr does not fit its type: '3' is neither yes nor no",
        id="flag-boolean",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {default: 3, max: 2}}\n",
        2,
        "the default of the flag lr is outside of its min and max",
        id="flag-default-range",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {min: 3, max: 2}}\n",
        2,
        "min of the flag lr is greater than its max",
        id="flag-min-max",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {min: low}}\n",
        2,
        "min of the flag lr has to be a number, not 'low'",
        id="flag-min-text",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {required: perhaps}}\n",
        2,
        "required of the flag lr is yes or no, not 'perhaps'",
        id="flag-required",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {choices: a}}\n",
        2,
        "choices of the flag lr has to be a list, not 'a'",
        id="flag-choices",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {choices: [{description: a}]}}\n",
        2,
        "a choice of the flag lr has no value",
        id="flag-choice",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {default: {a: 1}}}\n",
        2,
        "default of the flag lr is a value or a list, not a table",
        id="flag-default-table",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: 1, rate: {alias: lr}}\n",
        2,
        "the flags lr and rate are both called lr",
        id="flag-alias",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {arg-encoding: {yes: 1}}}\n",
        2,
        "arg-encoding of the flag lr is not supported",
        id="flag-encoding",
    ),
    pytest.param(
        "- model: x\n  flags: {lr: {arg-style: loud}}\n",
        2,
        "arg-style of the flag lr is option, equals or assign, not 'loud'",
        id="flag-style",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, requires: dat}\n  resources: {data: [a.csv]}\n",
        3,
        "the operation train requires 'dat', which is not defined",
        id="requires-missing",
    ),
    pytest.param(
        "- model: x\n  operations:\n    train: {main: t, requires: [~]}\n",
        3,
        "requires of the operation train names resources, and this is nothing",
        id="requires-null",
    ),
    pytest.param(
        "- model: x\n  resources: {data: ~}\n",
        2,
        "the resource data is a table or a list of sources, not nothing",
        id="resource-null",
    ),
    pytest.param(
        "- model: x\n  resources: {data: {path: /etc, sources: [a]}}\n",
        2,
        "path of the resource data is absolute, and has to be relative: '/etc'",
        id="resource-path-absolute",
    ),
    pytest.param(
        "- model: x\n  resources: {data: {path: a/../../b, sources: [a]}}\n",
        2,
        "path of the resource data leads out of its folder: 'a/../../b'",
        id="resource-path-out",
    ),
    pytest.param(
        "- model: x\n  resources: {data: {process: rm -r x, sources: [a]}}\n",
        2,
        "process of the resource data is not supported",
        id="resource-process",
    ),
    pytest.param(
        "- model: x\n  resources: {data: {target-type: move, sources: [a]}}\n",
        2,
        "target-type of the resource data is link or copy, not 'move'",
        id="resource-target-type",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{sha256: aa}]}\n",
        2,
        "a source of the resource data has no kind",
        id="source-no-kind",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{file: a, url: http://x/a}]}\n",
        2,
        "a source of the resource data is of several kinds: url, file",
        id="source-two-kinds",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [[a]]}\n",
        2,
        "a source of the resource data is a file or a table, not a list",
        id="source-list",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{file: }]}\n",
        2,
        "file of a source of the resource data is empty",
        id="source-empty",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{url: data.csv}]}\n",
        2,
        "'data.csv' of a source of the resource data is no URL",
        id="source-url",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{file: a, sha256: 12}]}\n",
        2,
        "sha256 of a source of the resource data is not 64 hexadecimal digits",
        id="source-sha256",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{file: a.zip, select: '*.csv'}]}\n",
        2,
        "select of a source of the resource data is no regular expression: nothing to repeat at position 0",
        id="source-select",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{file: a, rename: [a]}]}\n",
        2,
        "rename of a source of the resource data is no pattern with what replaces it",
        id="source-rename",
    ),
    pytest.param(
        "- model: x\n  resources: {data: [{config: a.yml}]}\n",
        2,
        "config of a source of the resource data is not supported",
        id="source-config",
    ),
    pytest.param(
        "- package: My Package\n",
        1,
        "'My Package' is not a package name",
        id="package-name",
    ),
    pytest.param("- package: x\n  version: one\n", 2, "'one' is not a version", id="package-version"),
    pytest.param("- package: x\n- package: y\n", 2, "there are two packages", id="two-packages"),
    pytest.param("- project: x\n- project: y\n", 2, "the project is described twice", id="project-twice"),
    pytest.param(
        "- project: x\n  confirm: often\n", 2, "confirm of the project is yes or no, not 'often'", id="project-confirm"
    ),
    pytest.param(
        "- model: x\n  default: yes\n- model: y\n  default: yes\n",
        3,
        "two models are the default: x and y",
        id="two-defaults",
    ),
    pytest.param(
        "- view:\n    fields: {loss: {source: tf/loss}}\n",
        2,
        "source of the field loss is 'tf/loss', which is not series/KEY or flags or attrs",
        id="view-source",
    ),
    pytest.param(
        "- view:\n    series: {loss: 'series/('}\n",
        2,
        "source of the series loss is no regular expression: missing ), unterminated subpattern at position 0",
        id="view-regex",
    ),
    pytest.param(
        "- view:\n    fields: {loss: {source: series/loss, reduce: mean}}\n",
        2,
        "reduce of the field loss is 'mean', which is not known",
        id="view-reduce",
    ),
    pytest.param(
        "- view:\n    fields: {loss: {extends: los-field}}\n", 2, "there is no template 'los-field'", id="view-template"
    ),
    pytest.param("- view: {fields: [a]}\n- view: {fields: [b]}\n", 2, "there are two views", id="two-views"),
]


@pytest.mark.parametrize(("text", "line", "message"), MALFORMED)
def test_a_malformed_file_is_refused_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "guild.yml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        load(tmp_path)
    first = caught.value.faults[0]
    assert (first.where.file, first.where.line) == ("guild.yml", line)
    assert first.message.startswith(message)


@pytest.mark.parametrize(("text", "line", "message"), MALFORMED)
def test_the_same_file_as_an_include_is_refused_under_its_own_name(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    """Whatever is wrong in an included file is told of that file."""
    (tmp_path / "guild.yml").write_text("- include: sub/other.yml\n- model: elsewhere\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.yml").write_text(text.replace("include: guild.yml", "include: other.yml"))
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, shown="proj")
    assert caught.value.faults[0].where.file == "proj/sub/other.yml"
    assert caught.value.faults[0].where.line == line


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    text = """\
- model: a:b
  operations:
    train: --x
    test: {main: t, cwd: home}
  resources:
    data: [{url: nowhere}]
"""
    (tmp_path / "guild.yml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        load(tmp_path)
    assert [fault.where.line for fault in caught.value.faults] == [1, 3, 4, 6]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"- model: \xff\n", "guild.yml:1: the file is not UTF-8 text"),
        (b"a" * ((4 << 20) + 1), "guild.yml is larger than 4 MiB"),
        (b"[" * 60, "guild.yml:1: this is nested deeper than 50 levels"),
    ],
    ids=["latin-1", "large", "deep"],
)
def test_bytes_that_no_editor_writes_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "guild.yml").write_bytes(data)
    with pytest.raises(ProjectError, match=message):
        load(tmp_path)


def test_an_alias_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "guild.yml").write_text("\n".join(lines))
    with pytest.raises(ProjectError, match=r"guild\.yml:5: the file unfolds into more than 100,000 values"):
        load(tmp_path)


def test_a_parameter_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    rows = "".join(f"    p{n}: '{{{{p{n - 1}}}}}{{{{p{n - 1}}}}}'\n" for n in range(1, 60))
    (tmp_path / "guild.yml").write_text(f"- model: x\n  params:\n    p0: yyyy\n{rows}")
    with pytest.raises(ProjectError, match="parameters make this longer than 65,536 characters"):
        load(tmp_path)
