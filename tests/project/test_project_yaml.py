"""What a ``guild.yml`` means."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from guildpkg.core.project.model import Exec, PythonModule, Steps
from guildpkg.core.project.parts import Rename, Value
from tests.project.worlds import flag, model, operation, project, warned

WALKTHROUGH = """\
- model: iris
  description:
    TODO - model description
  operations:
    train:
      description: Train the model
      cmd: train
      flags:
        epochs: {description: Number of epochs, default: 20}
        learning-rate: {default: 0.01}
      requires:
        - data
  resources:
    data:
      descrition: Data
      sources:
        - url: http://127.0.0.1/data.csv
          sha256: 6be6b1203f3d51df0b553a70e57b8a723cd405683958204f96d23d7cd6aea659
"""


def test_the_file_of_the_walk_through_is_read_and_its_typo_only_warns(tmp_path: Path) -> None:
    found = project(tmp_path, WALKTHROUGH)
    assert warned(found) == ["15 unknown key descrition in the resource data"]
    assert found.warnings[0].hint == "did you mean description?"
    assert (model(found).name, model(found).description, found.confirm) == ("iris", "TODO - model description", True)
    train = operation(found)
    assert train.command == PythonModule("train")
    assert [(flag.name, flag.raw, flag.default) for flag in train.flags] == [
        ("epochs", "20", 20),
        ("learning-rate", "0.01", 0.01),
    ]
    assert (train.arg_order, train.cwd_policy, train.run_policy, train.variables) == ("sorted", "run", "new", "yaml")
    assert [requirement.ref for requirement in train.requires] == ["data"]


@pytest.mark.parametrize(
    "text",
    [
        "- model: x\n  operations:\n    train: t\n",
        "model: x\noperations:\n  train: t\n",
        "model: x\noperations:\n  train:\n    main: t\n",
    ],
    ids=["list", "object", "long"],
)
def test_lists_and_single_objects_say_the_same(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, text)
    assert (model(found).name, operation(found).command) == ("x", PythonModule("t"))


@pytest.mark.parametrize(
    "text", ["train: t\nprepare: {exec: make data}\n", "operations:\n  train: t\n  prepare: {exec: make data}\n"]
)
def test_a_file_of_operations_only_is_one_model_without_a_name(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, text)
    assert model(found).name == ""
    assert operation(found, "prepare").command == Exec(("make", "data"))


@pytest.mark.parametrize(
    ("written", "raw", "value"),
    [
        ("10", "10", 10),
        ("1.10", "1.10", 1.1),
        ("1e-3", "1e-3", 0.001),
        ("0755", "0755", "0755"),
        ("1:30", "1:30", "1:30"),
        ("2018-03-08", "2018-03-08", "2018-03-08"),
        ("yes", "yes", True),
        ("'yes'", "'yes'", "yes"),
        ("'10'", "'10'", "10"),
        ("~", None, None),
        ("''", "''", ""),
        ("[1, 2]", "[1, 2]", (1, 2)),
        ("'${other}'", "${other}", "${other}"),
    ],
)
def test_the_default_of_a_flag_is_typed_as_on_a_command_line(
    tmp_path: Path, written: str, raw: str | None, value: Value
) -> None:
    found = flag(project(tmp_path, f"train: {{main: t, flags: {{x: {written}}}}}\n"), "x")
    assert (found.raw, found.default) == (raw, value)
    assert type(found.default) is type(value)


@pytest.mark.parametrize("written", ["0755", "1.10", "yes", "0x1f", "2018-03-08"])
def test_a_string_stays_what_was_written(tmp_path: Path, written: str) -> None:
    text = f"""
        train:
          description: {written}x
          main: t
          label: {written}
          tags: [{written}]
          env: {{A: {written}x}}
          flags:
            x: {{type: string, default: {written}x, choices: [{written}x]}}
    """
    found = project(tmp_path, text)
    assert flag(found, "x").default == f"{written}x"
    assert operation(found).env == {"A": f"{written}x"}
    assert (operation(found).label, operation(found).tags) == (written, (written,))


@pytest.mark.parametrize("written", ["0755", "1.10", "yes", "007"])
def test_a_flag_of_type_string_is_text_whatever_it_looks_like(tmp_path: Path, written: str) -> None:
    found = flag(project(tmp_path, f"train: {{main: t, flags: {{x: {{type: string, default: {written}}}}}}}"), "x")
    assert (found.raw, found.default) == (written, written)


def test_every_key_of_a_flag_is_kept(tmp_path: Path) -> None:
    text = """
        train:
          main: t
          flags:
            opt:
              description: Optimizer
              type: string
              default: sgd
              required: yes
              choices: [sgd, {value: adam, description: Adaptive, alias: a, args: --b 'c d', flags: {lr: 1}}]
              allow-other: yes
              alias: o
              arg-name: optimizer
              arg-skip: no
              arg-style: equals
              arg-split: ','
              env-name: OPT
              null-label: none
            lr: {default: 1, min: 0.5, max: 2}
            fast: {default: no, arg-switch: yes}
    """
    found = project(tmp_path, text)
    opt, lr, fast = (flag(found, name) for name in ("opt", "lr", "fast"))
    assert (opt.type, opt.required, opt.allow_other, opt.alias, opt.arg_name) == (
        "string",
        True,
        True,
        "o",
        "optimizer",
    )
    assert (opt.arg_style, opt.arg_split, opt.env_name, opt.null_label) == ("equals", ",", "OPT", "none")
    assert [choice.value for choice in opt.choices] == ["sgd", "adam"]
    assert (opt.choices[1].args, opt.choices[1].flags, opt.choices[1].alias) == (("--b", "c d"), {"lr": "1"}, "a")
    assert (lr.minimum, lr.maximum, fast.arg_switch, fast.default) == (0.5, 2, True, False)
    assert warned(found) == []


def test_heirs_take_over_and_win(tmp_path: Path) -> None:
    """Tables merge name by name, lists do not, and a short form lies over a long one."""
    text = """
        - config: base
          description: Base
          params: {name: base}
          flags: {lr: {description: Rate, default: 0.1}, seed: 1}
          operations:
            train: {main: train, tags: [a, b], description: 'Train {{name}}'}
        - config: more
          description: More
          flags: {seed: 2, extra: 3}
        - model: x
          extends: [base, more]
          params: {name: mine}
          flags: {lr: 0.5}
          operations:
            train: {tags: [c]}
    """
    found = project(tmp_path, text)
    assert model(found).description == "Base"
    assert operation(found).description == "Train mine"
    assert operation(found).tags == ("c",)
    rate = flag(found, "lr")
    assert (rate.default, rate.description) == (0.5, "Rate")
    assert {item.name: item.default for item in operation(found).flags} == {"seed": 1, "extra": 3, "lr": 0.5}
    assert warned(found) == []


def test_a_parameter_that_is_the_whole_value_keeps_its_type(tmp_path: Path) -> None:
    text = """
        model: x
        params: {n: 3, words: [a, b], name: 'n{{n}}'}
        operations:
          train: {main: t, label: '{{name}}-{{n}}', tags: '{{words}}', flags: {n: '{{n}}', s: 'x{{n}}', u: '{{no}}'}}
    """
    found = project(tmp_path, text)
    assert [flag(found, name).default for name in "ns"] == [3, "x3"]
    assert (operation(found).label, operation(found).tags) == ("n3-3", ("a", "b"))
    assert warned(found) == ["5 {{no}} names no parameter"]


def test_include_takes_files_and_sections(tmp_path: Path) -> None:
    text = """
        - include: [flags.yml, flags.yml]
        - model: x
          operations:
            train:
              main: t
              flags: {$include: ['common', 'other:train'], lr: 2}
            test: {main: t, flags: {$include: ':train'}}
        - model: other
          operations: {train: {main: t, flags: {steps: 5}}}
          resources: {$include: common}
    """
    common = "- config: common\n  flags: {lr: 1, seed: 7}\n  resources: {data: [a.csv]}\n"
    found = project(tmp_path, text, flags__yml=common)
    assert found.files == ("guild.yml", "flags.yml")
    assert {item.name: item.default for item in operation(found).flags} == {"lr": 2, "seed": 7, "steps": 5}
    assert operation(found, "test").flags == operation(found).flags
    assert model(found, "other").resource("data") is not None
    assert flag(found, "seed").where.file == "flags.yml"


def test_defaults_of_operations_lie_beneath_each_and_may_include(tmp_path: Path) -> None:
    text = """
        - config: common
          flags: {lr: 1, seed: 7}
        - model: x
          operation-defaults: {env: {A: '1'}, tags: [t], flags: {$include: common, seed: 8}}
          operations:
            train: {main: t, env: {B: '2'}, flags: {lr: 3}}
            test: t
    """
    found = project(tmp_path, text)
    assert operation(found).env == {"A": "1", "B": "2"}
    assert {item.name: item.default for item in operation(found).flags} == {"lr": 3, "seed": 8}
    assert operation(found, "test").tags == ("t",)


def test_flags_of_the_model_reach_every_operation_and_know_their_layer(tmp_path: Path) -> None:
    found = project(tmp_path, "model: x\nflags: {a: 1, b: 2}\noperations: {train: {main: t, flags: {b: 3, c: 4}}}\n")
    assert [(f.name, f.default, f.layer) for f in operation(found).flags] == [
        ("a", 1, "model"),
        ("b", 3, "operation"),
        ("c", 4, "operation"),
    ]


def test_every_key_of_a_source_is_kept(tmp_path: Path) -> None:
    digest = "AB" * 32
    text = f"""
        model: x
        resources:
          data:
            path: in
            target-type: copy
            default-unpack: no
            sources:
              - url: [https://a/b.zip, http://c/b.zip]
                sha256: {digest}
                unpack: yes
                select: [.*\\.csv, x]
                rename: ['a b', {{pattern: (c), repl: \\1d}}]
                path: sub
                help: Ask
              - plain.csv
              - {{operation: prepare, select: out, optional: yes}}
              - {{module: numpy}}
              - {{package: digits}}
    """
    found = project(tmp_path, text)
    data = model(found).resource("data")
    assert data is not None
    url, file, *others = data.sources
    assert (url.value, url.mirrors, url.sha256) == ("https://a/b.zip", ("http://c/b.zip",), digest.lower())
    assert (url.unpack, file.unpack, url.path, url.help) == (True, False, "sub", "Ask")
    assert url.select == (".*\\.csv", "x")
    assert url.rename == (Rename("a", "b"), Rename("(c)", "\\1d"))
    assert (file.kind, file.value) == ("file", "plain.csv")
    assert [(other.kind, other.value, other.optional) for other in others] == [
        ("operation", "prepare", True),
        ("module", "numpy", False),
        ("package", "digits", False),
    ]


def test_requirements_are_names_or_resources_of_their_own(tmp_path: Path) -> None:
    text = """
        - model: x
          operations:
            train:
              main: t
              requires:
                - data
                - y:more
                - pkg/thing
                - ${which}
                - {resource: data, description: Needed}
                - file:a.csv
                - {url: 'http://h/b.csv', path: in}
                - {name: set, sources: [c.csv, d.csv]}
          resources: {data: a.csv}
        - model: y
          resources: {more: [b.csv]}
    """
    requires = operation(project(tmp_path, text)).requires
    assert [requirement.ref for requirement in requires] == [
        *("data", "y:more", "pkg/thing", "${which}", "data", "file:a.csv", "url:http://h/b.csv", "set"),
    ]
    assert [requirement.inline is not None for requirement in requires] == [False] * 5 + [True] * 3
    assert requires[4].description == "Needed"
    assert requires[6].inline is not None
    assert requires[6].inline.path == "in"


def test_steps_run_operations_with_flags(tmp_path: Path) -> None:
    text = "train: t\nall: {steps: ['train lr=1 x=a=b', {run: train, flags: {lr: 2}, name: again}]}\n"
    command = operation(project(tmp_path, text), "all").command
    assert isinstance(command, Steps)
    assert [(step.run, step.flags, step.name) for step in command.steps] == [
        ("train", {"lr": "1", "x": "a=b"}, "train"),
        ("train", {"lr": "2"}, "again"),
    ]


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("main: train --x 'a b'", PythonModule("train", ("--x", "a b"))),
        ("main: train.py", PythonModule("train")),
        ("main: pkg.train", PythonModule("pkg.train")),
        ("main: src/pkg.train", PythonModule("pkg.train", (), "src")),
        ("cmd: my-script ${x}", PythonModule("my-script", ("${x}",))),
        ("exec: bash run.sh ${flag_args}", Exec(("bash", "run.sh", "${flag_args}"))),
    ],
)
def test_a_command_is_a_module_or_a_program(tmp_path: Path, written: str, command: object) -> None:
    assert operation(project(tmp_path, f"train:\n  {written}\n")).command == command


def test_source_rules_keep_their_order(tmp_path: Path) -> None:
    text = """
        a: {main: t, sourcecode: no}
        b: {main: t, sourcecode: ['*.py', conf]}
        c: {main: t, sourcecode: [{exclude: data}, {include: '*.yml'}]}
        d: {main: t, sourcecode: {select: '*.py', exclude: test_*}}
        e: {main: t}
    """
    found = project(tmp_path, text)
    rules = {op.name: [f"{rule.action} {rule.pattern}" for rule in op.sourcecode] for op in model(found).operations}
    assert rules == {
        "a": [],
        "b": ["exclude *", "include *.py", "include conf"],
        "c": ["exclude data", "include *.yml"],
        "d": ["exclude *", "include *.py", "exclude test_*"],
        "e": [],
    }
    assert [op.snapshot for op in model(found).operations] == [False, True, True, True, True]


def test_the_rest_of_an_operation(tmp_path: Path) -> None:
    text = """
        train:
          main: t
          default: yes
          profiles: {quick: {epochs: 1, mode: 'yes'}}
          compare: [=lr, loss]
          output-scalars:
            loss: 'loss: \\value'
            step: 'step (\\step)'
          python-requires: '>= 3.11'
          python-path: a:b
          stats-interval: 2
          cwd: project
          run-policy: overlay
          stoppable: yes
          colour: red
    """
    found = project(tmp_path, text)
    train = operation(found)
    assert train.profiles == {"quick": {"epochs": "1", "mode": "'yes'"}}
    assert found.profiles == ("quick",)
    assert [key for key, _ in train.output_scalars] == ["loss", "step"]
    assert (train.python, train.python_path, train.stats_interval) == (">= 3.11", ("a", "b"), 2)
    assert (train.cwd_policy, train.run_policy, train.default) == ("project", "overlay", True)
    assert warned(found) == [
        "15 stoppable of the operation train has no effect here",
        "16 unknown key colour in the operation train",
    ]


def test_the_view_says_what_the_sections_of_a_guild_file_say(tmp_path: Path) -> None:
    text = """
        - project: Irises
          confirm: no
        - view:
            fields:
              loss: {extends: loss-field, source: series/tf/loss, color: blue-500}
              rate: {source: flags, attribute: lr}
            series: {loss: {extends: loss-series, source: 'series/tf/.*loss'}}
            compare: [loss, =lr]
        - model: x
    """
    found = project(tmp_path, text)
    assert (found.title, found.confirm) == ("Irises", False)
    assert found.views[0].fields == ("loss", "rate")
    assert found.views[0].compare == ("loss", "=lr")
    loss, rate = found.fields
    assert (loss.label, loss.color, loss.format, loss.sources) == ("Loss", "blue-500", "0.000", ("series/tf/loss",))
    assert (rate.sources, rate.attribute) == (("flags",), "lr")
    assert (found.series[0].title, found.series[0].source) == ("Loss", "series/tf/.*loss")


def test_merge_keys_and_anchors_of_yaml_work(tmp_path: Path) -> None:
    text = "train: &t {main: t, flags: {a: 1}}\ntest: {<<: *t, flags: {b: 2}}\n"
    found = project(tmp_path, text)
    assert operation(found, "test").command == PythonModule("t")
    assert [item.name for item in operation(found, "test").flags] == ["b"]


def test_the_first_model_is_the_default_unless_one_says_so(tmp_path: Path) -> None:
    assert model(project(tmp_path, "- model: a\n- model: b\n")).name == "a"
    assert model(project(tmp_path, "- model: a\n- model: b\n  default: yes\n")).name == "b"


def test_infinite_and_odd_numbers_are_numbers(tmp_path: Path) -> None:
    found = project(tmp_path, "train: {main: t, flags: {a: -.inf, b: .nan, c: 0x1F, d: 0o17}}")
    values = [item.default for item in operation(found).flags]
    assert values[0] == -math.inf
    assert isinstance(values[1], float)
    assert math.isnan(values[1])
    assert values[2:] == [31, 15]
