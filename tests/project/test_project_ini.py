"""What a ``Guild`` means."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildpkg.core.project.model import PythonModule
from guildpkg.core.series.printed import PRINTED
from tests.project.worlds import flag, ini, model, operation, warned

WALKTHROUGH = """\
#-*-conf-*-

[project]

  name        = MNIST Tutorial
  description = Softmax and convolutional models \\
                of digits

[model "softmax"]

  description = Linear model
  train = mnist_with_summaries

[flags]

  data_dir = data
  log_dir = $RUNDIR
  max_steps = 1000

[field "train-accuracy"]

  @attrs template "train-accuracy-field"
  source = series/tf/train/accuracy_1

[field "loss"]

  @attrs template "loss-field"
  source = series/tf/train/cross_entropy_1

[series "accuracy"]

  @attrs template "accuracy-series"
  source = series/tf/.+/accuracy_1
"""


def test_the_file_of_the_walk_through_is_read(tmp_path: Path) -> None:
    found = ini(tmp_path, WALKTHROUGH)
    assert (found.title, found.description) == ("MNIST Tutorial", "Softmax and convolutional models of digits")
    assert (found.confirm, found.dialect, warned(found)) == (False, "ini", [])
    train = operation(found)
    assert train.command == PythonModule("mnist_with_summaries")
    assert [(item.name, item.raw) for item in train.flags] == [
        ("data_dir", "data"),
        ("log_dir", "$RUNDIR"),
        ("max_steps", "1000"),
    ]
    assert (train.arg_order, train.cwd_policy, train.run_policy, train.variables) == ("file", "project", "new", "ini")
    assert [(field.label, field.reduce, field.format) for field in found.fields] == [
        ("Train Accuracy", "last_5_average", "0.00%"),
        ("Loss", "last", "0.000"),
    ]
    assert [(series.title, series.source) for series in found.series] == [("Accuracy", "series/tf/.+/accuracy_1")]


@pytest.mark.parametrize(("name", "policy"), [("train", "new"), ("prepare", "none"), ("evaluate", "overlay")])
def test_an_operation_has_the_run_policy_of_its_name(tmp_path: Path, name: str, policy: str) -> None:
    found = operation(ini(tmp_path, f'[model]\n{name} = intro --{name} "a b"\n'), name)
    assert (found.command, found.run_policy) == (PythonModule("intro", (f"--{name}", "a b")), policy)


def test_an_unnamed_model_is_the_default_wherever_it_stands(tmp_path: Path) -> None:
    found = ini(tmp_path, '[model "a"]\ntrain = a\n[model]\ntrain = b\n')
    assert model(found).name == ""
    assert [item.default for item in found.models] == [False, True]


def test_flags_of_the_model_win_at_the_place_of_the_first(tmp_path: Path) -> None:
    text = """
        [flags]
        b = 1
        a = 2
        [model "m"]
        train = t
        [flags "m"]
        c =
        b = 3
        description = About these
        stats_interval = 5
    """
    found = ini(tmp_path, text)
    train = operation(found)
    assert [(item.name, item.raw, item.default, item.layer) for item in train.flags] == [
        ("b", "3", 3, "model"),
        ("a", "2", 2, "base"),
        ("c", "", True, "model"),
    ]
    assert train.stats_interval == 5


def test_other_flags_are_profiles(tmp_path: Path) -> None:
    found = ini(tmp_path, '[model "m"]\ntrain = t\n[flags]\nn = 9\n[flags "quick"]\nn = 1\nx = a  b\n')
    assert found.profiles == ("quick",)
    assert operation(found).profiles == {"quick": {"n": "1", "x": "a b"}}


def test_requirements_are_packages_and_paths(tmp_path: Path) -> None:
    text = '[model "m"]\ntrain = t\nprepare = p\nrequires = digits:data, other\ntrain_requires = ./data, img/*.png\n'
    found = ini(tmp_path, text)
    shown = [
        (requirement.inline.sources[0].kind, requirement.inline.sources[0].value, requirement.inline.path)
        for requirement in operation(found).requires
        if requirement.inline
    ]
    assert shown == [
        ("package", "digits", "data"),
        ("package", "other", ""),
        ("exists", "./data", ""),
        ("exists", "img/*.png", ""),
    ]
    assert len(operation(found, "prepare").requires) == 2
    last = operation(found).requires[-1].inline
    assert last is not None
    assert last.sources[0].help == "Do you need to run 'guild prepare' first?"


def test_a_resource_is_something_to_prepare_and_no_model(tmp_path: Path) -> None:
    found = ini(tmp_path, '[resource "mnist"]\nprepare = fetch\n[flags "mnist"]\nn = 1\n[model]\ntrain = t\n')
    assert [item.name for item in found.models] == [""]
    assert [item.name for item in found.prepared] == ["mnist"]
    assert [item.name for item in found.prepared[0].operations[0].flags] == ["n"]
    assert found.profiles == ()


def test_attrs_lays_the_nearest_section_before_it(tmp_path: Path) -> None:
    text = """
        [template "loss-field"]
        label = Mine
        color = red-100
        [template "late"]
        @attrs template "loss-field"
        color = blue-100
        [field "a"]
        label = before
        @attrs template "late"
        source = series/a
        [field "b"]
        @attrs field "a"
        label = After
        [field "c"]
        @attrs template "steps-field"
        source = series/c
        [field "d"]
        @attrs template "nowhere"
        source = series/d
    """
    found = ini(tmp_path, text)
    assert [(field.label, field.color) for field in found.fields] == [
        ("Mine", "blue-100"),
        ("After", "blue-100"),
        ("Steps", "blue-700"),
        ("", "grey"),
    ]
    assert [field.sources for field in found.fields[:2]] == [("series/a",), ("series/a",)]
    assert warned(found) == ['19 @attrs names [template "nowhere"], and no such section stands before it']


def test_what_is_printed_is_a_scalar_unless_the_project_says_otherwise(tmp_path: Path) -> None:
    text = r"""
        [output-scalars]
        loss = loss=(\value)
        [output-scalars "b"]
        step = Step (\step)
        [output-scalars "x"]
        [model "a"]
        train = t
        [model "b"]
        train = t
        [model "c"]
        train = t
        output-scalars = no
    """
    found = ini(tmp_path, text)
    keys = [[key for key, _ in item.operations[0].output_scalars] for item in found.models]
    assert keys == [["loss"], ["step"], []]
    assert warned(found) == ["6 there is no model x"]
    assert model(ini(tmp_path, "[model]\ntrain = t\n")).operations[0].output_scalars == PRINTED


def test_a_format_that_writes_no_number_warns(tmp_path: Path) -> None:
    text = """
        [model]
        train = t
        [field "loss"]
        source = series/loss
        format = %.2f
        [series "loss"]
        source = series/loss
        format = 0.0%
    """
    assert warned(ini(tmp_path, text)) == ["4 format of the field loss is '%.2f', which writes no number"]


def test_what_is_odd_warns_and_goes_on(tmp_path: Path) -> None:
    text = """
        [project]
        name = a
        name = b
        descrition = x
        runroot = runs
        [modle "m"]
        [model "m"]
        train = t
        serve = s
        [model "m"]
        evaluate = e
        [view]
        fields = nowhere
    """
    found = ini(tmp_path, text)
    assert found.title == "b"
    assert [item.name for item in model(found).operations] == ["train", "evaluate"]
    assert warned(found) == [
        "4 name is set twice, and the last counts",
        "5 unknown key descrition in [project]",
        "6 runroot has no effect: runs are kept under GUILD_HOME, not in runs",
        '7 unknown section [modle "m"]',
        "10 serve of the model m has no effect here",
        '11 [model "m"] is there twice',
        "13 the view shows the field nowhere, which is not defined",
    ]


def test_the_view_lists_names_with_or_without_commas(tmp_path: Path) -> None:
    text = """
        [view]
        fields = a, b
        series-a = c
        series-b = d
        compare = x  y
        [field "a"]
        source = flags
        [field "b"]
        sources = series/x, attrs
        [series "c"]
        source = series/c
        [series "d"]
        source = series/d
    """
    found = ini(tmp_path, text)
    view = found.views[0]
    assert (view.fields, view.series, view.compare) == (("a", "b"), ("c", "d"), ("x", "y"))
    assert found.fields[1].sources == ("series/x", "attrs")


def test_sources_of_the_snapshot_always_have_the_project_file(tmp_path: Path) -> None:
    found = ini(tmp_path, '[project]\nsources = *.py\n[model "m"]\ntrain = t\n')
    assert [f"{rule.action} {rule.pattern}" for rule in operation(found).sourcecode] == [
        "exclude *",
        "include Guild",
        "include *.py",
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x1a"], ids=["lf", "crlf", "cr", "sub"])
def test_every_kind_of_line_end_splits(tmp_path: Path, ending: str) -> None:
    (tmp_path / "Guild").write_bytes(ending.join(["[model]", "train: t", "[flags]", "url=http://x/?a=b"]).encode())
    found = ini(tmp_path, (tmp_path / "Guild").read_bytes().decode())
    assert flag(found, "url").raw == "http://x/?a=b"
