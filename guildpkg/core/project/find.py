"""Which model and which operation a word of a command line means."""

from __future__ import annotations

from collections.abc import Sequence

from guildpkg.core.project.model import Model, Operation, Project, Resource
from guildpkg.errors import Unknown, UsageFault
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as it is known from where the user stands.

    Attributes:
        prefix: ``./`` for a project of the current folder, ``../`` and the like for one above, ``PACKAGE/`` for an
            installed one.
    """

    project: Project
    model: Model
    prefix: str

    @property
    def full(self) -> str:
        """The full name: ``./iris``, ``mnist-tutorial-src/softmax``; of an anonymous model its folder."""
        return self.prefix + self.model.name if self.model.name else self.prefix.rstrip("/") or "."

    @property
    def local(self) -> bool:
        """Whether it belongs to the project that the user stands in."""
        return not self.project.installed

    def operation(self, name: str) -> str:
        """Give the full name of an operation: ``./iris:train``; of an anonymous model ``train``."""
        if self.model.name:
            return f"{self.full}:{name}"
        return name if self.local else f"{self.full}/:{name}"


def find_model(word: str, listed: Sequence[Listed]) -> Listed:
    """Find the model that a word means.

    Args:
        word: A model's name, its full name, or any part of one; empty for the default model of the project.
        listed: The models there are, those of the project first.

    Returns:
        The model. An exact name counts before a part of one, the project before what is installed.

    Raises:
        Unknown: No model matches, or several do.
        UsageFault: *word* is empty and there is no project with a default model.
    """
    if not word:
        default = next((item for item in listed if item.local and item.model.default), None)
        if default is None:
            hint = "`guild operations --all` lists what there is"
            raise UsageFault("a model is required for this operation", hint=hint)
        return default
    exact = [item for item in listed if word in (item.model.name, item.full)]
    exact = [item for item in exact if item.local] or exact
    found = exact or [item for item in listed if _is_part(word, item)]
    found = [item for item in found if item.local] or found
    if not found:
        raise Unknown(f"cannot find a model matching {word!r}", hint="`guild models` lists what there is")
    if len(found) > 1:
        names = ", ".join(item.full for item in found)
        raise Unknown(f"there are multiple models that match {word!r}", hint=f"try one of {names}")
    return found[0]


def find_operation(word: str, listed: Sequence[Listed]) -> tuple[Listed, Operation]:
    """Find the operation that ``[MODEL:]OPERATION`` means.

    Without a model it is the default model's; when that has none of this name, that of the only model which has one.

    Raises:
        Unknown: There is no such model or operation, or several match.
        UsageFault: No model is named and none is the default.
    """
    model, colon, name = word.rpartition(":")
    if colon:
        holder = find_model(model, listed)
        return holder, operation_of(holder, name)
    default = next((item for item in listed if item.local and item.model.default), None)
    having = [item for item in listed if item.local and item.model.operation(name) is not None]
    if default is not None and default not in having and len(having) == 1:
        return having[0], operation_of(having[0], name)
    holder = find_model("", listed)
    return holder, operation_of(holder, name)


def operation_of(listed: Listed, name: str) -> Operation:
    """Give the operation of a model by its name; empty for the one that is its default.

    Raises:
        Unknown: The model has no such operation.
    """
    found = listed.model.operation(name) if name else next((op for op in listed.model.operations if op.default), None)
    if found is None:
        called = listed.model.name or listed.full
        hint = f"`guild operations {called}` lists what there is"
        raise Unknown(f"operation {name!r} is not defined for model {called!r}", hint=hint)
    return found


def find_resource(ref: str, holder: Listed, listed: Sequence[Listed]) -> tuple[Listed, Resource]:
    """Find the resource that a requirement means.

    Args:
        ref: ``RESOURCE`` of the same model, ``MODEL:RESOURCE`` of the same project, or ``PACKAGE/RESOURCE`` and
            ``PACKAGE/MODEL:RESOURCE`` of an installed package; its variables are resolved.
        holder: The model whose operation requires it.
        listed: The models there are, those of installed packages too.

    Returns:
        The resource, and the model that it belongs to (whose project folder its files are relative to).

    Raises:
        Unknown: There is no such resource.
    """
    model, _, name = ref.rpartition(":")
    package, slash, rest = ref.partition("/")
    if slash:
        model, _, name = rest.rpartition(":")
        holders = [item for item in listed if item.prefix == f"{package}/" and model in ("", item.model.name)]
    elif model:
        holders = [item for item in listed if item.project == holder.project and item.model.name == model]
    else:
        holders = [holder]
    for item in holders:
        if (found := item.model.resource(name)) is not None:
            return item, found
    if slash and not holders:
        raise Unknown(f"the resource {ref!r} is of the package {package}, which is not installed")
    hint = "`guild resources --all` lists what there is"
    raise Unknown(f"there is no resource {ref!r} for the model {holder.full}", hint=hint)


def _is_part(word: str, item: Listed) -> bool:
    return word in item.full if "/" in word else word in item.model.name
