"""The flags of one run: what the project file says, under profiles, under the command line; typed and checked.

In: an operation, profiles, ``NAME=VALUE`` words. Out: a `FlagValue` for each flag, in the order of the file. All that
is wrong is told at once, with the place of the flag's definition. `lay_flags` decides which text counts,
`settle_flags` what it means, `fill_flags` puts variables in; ``core/project/flag_args.py`` makes arguments of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from guildpkg.core.project.flag_types import BadValue, choice_of, text_of, typed_value
from guildpkg.core.project.model import Flag, Operation, Value
from guildpkg.core.project.overlay import Cycle, in_order, lay
from guildpkg.core.project.variables import fill, names_in, only_name
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, FlagError
from guildpkg.lean import dataclass

ALONE = "true"
"""What a name without a value means."""


@dataclass(frozen=True, slots=True)
class Given:
    """One word of a command line.

    Attributes:
        name: Name or alias of a flag.
        raw: The text behind ``=``; None for a name alone.
        forced: Whether it came by ``-F``, which may name what an INI project does not list.
        layer: The layer it belongs to; another than ``cmdline`` when it comes from the record of a run.
        single: Whether it is one value, also when it reads like a list: it comes from a record.
    """

    name: str
    raw: str | None
    forced: bool = False
    layer: str = "cmdline"
    single: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """The text that counts for a flag.

    Attributes:
        flag: Its definition.
        raw: The text; None when there is none.
        layer: Where it came from, one of `LAYERS`.
        own: Whether it is the default of the definition, which has been typed already.
        single: Whether it is one value, also when it reads like a list.
    """

    flag: Flag
    raw: str | None
    layer: str
    own: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class FlagValue:
    """A flag with its value.

    Attributes:
        flag: Its definition.
        value: The value, typed; None when the flag is not passed.
        raw: The text it came from.
        layer: Where that came from, one of `LAYERS`.
        text: The value as a script gets it.
        args: What is passed instead of the flag (`Choice.args`); None for the flag itself.
    """

    flag: Flag
    value: Value
    raw: str
    layer: str
    text: str
    args: tuple[str, ...] | None = None


PathOf = Callable[[str, str], str]
"""Makes a path absolute: the path, and the layer that it came from."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The flags of an operation with the text that counts for each, and what is wrong in the words so far."""

    flags: tuple[Laid, ...]
    faults: tuple[Fault, ...] = ()


def lay_flags(operation: Operation, profiles: Sequence[str], given: Sequence[Given]) -> Layers:
    """Say which text counts for each flag; profiles and flags that are not defined are faults.

    Args:
        operation: What is to be run.
        profiles: Names of its profiles, the one that counts most last.
        given: The words of the command line; of several for one flag the last counts.
    """
    faults: list[Fault] = []
    laid = {flag.name: Laid(flag, flag.raw, flag.layer, own=True) for flag in operation.flags}
    for name in profiles:
        if name not in operation.profiles:
            hint = did_you_mean(name, sorted(operation.profiles))
            faults.append(Fault(operation.where, f"{operation.name} has no profile {name}", hint))
        for flag, raw in operation.profiles.get(name, {}).items():
            _lay(laid, operation.flag(flag) or Flag(flag, layer="profile"), raw, "profile")
    for word in given:
        defined = operation.flag(word.name) or (laid[word.name].flag if word.name in laid else None)
        if defined is None and not (word.forced and operation.variables == "ini"):
            faults.append(_unknown(operation, word))
            continue
        defined = defined or Flag(word.name, layer=word.layer)
        _lay(laid, defined, _alone(defined) if word.raw is None else word.raw, word.layer, single=word.single)
    return Layers(tuple(laid.values()), tuple(faults))


def _lay(laid: dict[str, Laid], flag: Flag, raw: str, layer: str, *, single: bool = False) -> None:
    laid.update(lay(laid, {flag.name: Laid(flag, raw, layer, single=single)}))


def _alone(flag: Flag) -> str:
    """Say what the name of a flag alone stands for: a switch that the file writes without a value stays one."""
    return "" if flag.raw == "" and flag.default is True else ALONE


def _unknown(operation: Operation, word: Given) -> Fault:
    hint = did_you_mean(word.name, [flag.name for flag in operation.flags])
    if operation.variables == "ini" and not word.forced:
        hint = f"{hint}; -F {word.name}=VALUE passes it all the same"
    return Fault(operation.where, f"{operation.name} has no flag {word.name}", hint)


def settle_flags(operation: Operation, layers: Layers, path_of: PathOf) -> tuple[FlagValue, ...]:
    """Read and check the values.

    Args:
        operation: What is to be run.
        layers: Its flags.
        path_of: Makes the value of a flag that is a path absolute.

    Raises:
        FlagError: Values do not fit the type, the choices or the limits of their flags, or are missing; all that is
            wrong, the faults of *layers* too.
    """
    faults = [*layers.faults]
    chosen = _with_choices(layers.flags)
    found = []
    for item in chosen:
        try:
            found.append(_settle(item, operation.variables, path_of))
        except BadValue as error:
            faults.append(Fault(item.flag.where, f"flag {item.flag.name}: {error}", error.hint))
    if faults:
        raise FlagError(faults)
    fill_flags(operation, found, {})
    return tuple(found)


def _with_choices(laid: tuple[Laid, ...]) -> tuple[Laid, ...]:
    """Let each choice set the flags that go with it, unless the user or a profile did."""
    set_by: dict[str, str] = {}
    for item in laid:
        choice = choice_of(item.flag, item.raw) if item.raw is not None else None
        set_by.update(choice.flags if choice else {})
    return tuple(
        replace(item, raw=set_by[item.flag.name], own=False)
        if item.flag.name in set_by and item.layer not in ("profile", "cmdline")
        else item
        for item in laid
    )


def _settle(item: Laid, syntax: str, path_of: PathOf) -> FlagValue:
    flag, raw = item.flag, item.raw
    value = flag.default if item.own else typed_value(flag, raw, syntax)
    if value is None and flag.required:
        raise BadValue("it is required", f"give it with {flag.name}=VALUE")
    if isinstance(value, str) and value and flag.type in ("path", "existing-path") and "$" not in value:
        value = path_of(value, item.layer)
    text = raw or "" if syntax == "ini" else text_of(value, raw)
    choice = choice_of(flag, raw) if raw is not None else None
    return FlagValue(flag, value, raw or "", item.layer, text, choice.args if choice else None)


def fill_flags(
    operation: Operation, values: Sequence[FlagValue], variables: Mapping[str, str]
) -> tuple[FlagValue, ...]:
    """Put variables into the values; a value that is one reference to a flag takes its type too.

    Args:
        operation: What is to be run.
        values: Its flags.
        variables: What stands for itself (``RUNDIR``); a flag of the same name counts more.

    Raises:
        FlagError: Flags refer to one another in a circle.
    """
    syntax, by_name = operation.variables, {value.flag.name: value for value in values}
    needs = {name: [n for n in names_in(value.text, syntax) if n in by_name] for name, value in by_name.items()}
    try:
        order = in_order(by_name, lambda name: needs[name])
    except Cycle as error:
        where = by_name[error.path[0]].flag.where
        raise FlagError([Fault(where, f"flags refer to one another: {error}")]) from error
    filled: dict[str, FlagValue] = {}
    for name in order:
        known = {**variables, **{other: value.text for other, value in filled.items()}}
        filled[name] = _fill(by_name[name], known, filled, syntax)
    return tuple(filled[name] for name in by_name)


def _fill(value: FlagValue, known: Mapping[str, str], filled: Mapping[str, FlagValue], syntax: str) -> FlagValue:
    if not isinstance(value.value, str):
        return value
    whole = filled.get(only_name(value.value, syntax))
    text = fill(value.text, known, syntax)
    return replace(value, value=whole.value if whole else fill(value.value, known, syntax), text=text)
