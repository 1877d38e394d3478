"""Which model and which operation a word means."""

from __future__ import annotations

import pytest

from guildpkg.core.project.find import Listed, find_model, find_operation, find_resource, operation_of
from guildpkg.core.project.model import Model, Operation, Project, PythonModule, Resource
from guildpkg.errors import GuildError, Unknown, UsageFault


def made(*names: str, installed: str = "", default: bool = True) -> tuple[Listed, ...]:
    """Make models; ``a:x,y`` has the operations x and y."""
    models = []
    for number, word in enumerate(names):
        name, _, operations = word.partition(":")
        ops = tuple(Operation(op, PythonModule(op)) for op in operations.split(",") if op)
        held = (Resource(f"data-{name}"),)
        models.append(Model(name, default=default and number == 0, operations=ops, resources=held))
    project = Project("/p", ("guild.yml",), "yaml", "p", models=tuple(models), installed=installed)
    prefix = installed.rpartition("-")[0] + "/" if installed else "./"
    return tuple(Listed(project, model, prefix) for model in models)


HERE = made("iris:train", "iris-deep:train,test", "digits:prepare")
ALL = (*HERE, *made("iris:train", "softmax:train", installed="mnist-src-1"))


@pytest.mark.parametrize(
    ("word", "full"),
    [
        ("", "./iris"),
        ("iris", "./iris"),
        ("./iris", "./iris"),
        ("deep", "./iris-deep"),
        ("dig", "./digits"),
        ("softmax", "mnist-src/softmax"),
        ("mnist-src/iris", "mnist-src/iris"),
        ("src/soft", "mnist-src/softmax"),
    ],
)
def test_a_word_finds_its_model(word: str, full: str) -> None:
    assert find_model(word, ALL).full == full


@pytest.mark.parametrize(
    ("word", "error", "message", "hint"),
    [
        ("i", Unknown, "there are multiple models that match 'i'", "try one of ./iris, ./iris-deep, ./digits"),
        ("x/y", Unknown, "cannot find a model matching 'x/y'", "`guild models` lists what there is"),
        ("vgg", Unknown, "cannot find a model matching 'vgg'", "`guild models` lists what there is"),
    ],
)
def test_a_word_that_finds_none_or_several_says_so(word: str, error: type[GuildError], message: str, hint: str) -> None:
    with pytest.raises(error) as caught:
        find_model(word, ALL)
    assert (str(caught.value), caught.value.hint) == (message, hint)


def test_without_a_project_a_model_has_to_be_named() -> None:
    with pytest.raises(UsageFault, match="a model is required for this operation"):
        find_model("", made("softmax", installed="mnist-src-1"))


@pytest.mark.parametrize(
    ("word", "full"),
    [
        ("train", "./iris:train"),
        ("test", "./iris-deep:test"),
        ("digits:prepare", "./digits:prepare"),
        ("softmax:train", "mnist-src/softmax:train"),
        ("./iris:train", "./iris:train"),
    ],
)
def test_an_operation_is_found_with_and_without_its_model(word: str, full: str) -> None:
    holder, operation = find_operation(word, ALL)
    assert holder.operation(operation.name) == full


def test_an_operation_that_is_not_there_is_told_with_its_model() -> None:
    with pytest.raises(Unknown) as caught:
        operation_of(HERE[0], "trian")
    assert str(caught.value) == "operation 'trian' is not defined for model 'iris'"
    assert caught.value.hint == "`guild operations iris` lists what there is"


def test_an_anonymous_model_lends_its_operations_no_name() -> None:
    [item] = made(":train")
    assert (item.full, item.operation("train")) == (".", "train")


@pytest.mark.parametrize(
    ("ref", "holder"),
    [
        ("data-iris", "./iris"),
        ("digits:data-digits", "./digits"),
        ("mnist-src/data-softmax", "mnist-src/softmax"),
        ("mnist-src/iris:data-iris", "mnist-src/iris"),
    ],
)
def test_a_resource_is_found_with_the_model_that_it_belongs_to(ref: str, holder: str) -> None:
    item, resource = find_resource(ref, ALL[0], ALL)
    assert (item.full, resource.name) == (holder, ref.rpartition(":")[2].rpartition("/")[2])


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("data-digits", "there is no resource 'data-digits' for the model ./iris"),
        ("nowhere:data", "there is no resource 'nowhere:data' for the model ./iris"),
        ("cifar/data", "the resource 'cifar/data' is of the package cifar, which is not installed"),
    ],
)
def test_a_resource_that_is_not_there_is_told(ref: str, message: str) -> None:
    with pytest.raises(Unknown) as caught:
        find_resource(ref, ALL[0], ALL)
    assert str(caught.value) == message
