"""The operations of ``guild.yml``."""

from __future__ import annotations

import math

from guildpkg.core.project.model import Command, Operation, Step, Steps
from guildpkg.core.project.tree import Items, Node, Table, Text, join
from guildpkg.core.series.printed import PRINTED
from guildpkg.project import tables
from guildpkg.project.commands import BadCommand, exec_of, module_of, split
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes
from guildpkg.project.patterns import output_pattern
from guildpkg.project.yaml_flags import read_flags
from guildpkg.project.yaml_resources import read_requires
from guildpkg.project.yaml_sourcecode import read_sourcecode

_COMMANDS = ("cmd", "main", "exec", "steps")


def read_operation(name: str, table: Table, model: Table, notes: Notes) -> Operation | None:
    """Read an operation.

    Args:
        name: Its name.
        table: Its definition in the long form, with its defaults laid beneath it.
        model: Its model, for the flags and profiles that it inherits.
        notes: Told what is wrong.

    Returns:
        The operation, or None when there is nothing to run.
    """
    keys = Keys(table, f"the operation {name}", notes)
    keys.check(tables.OPERATION, tables.OPERATION_IGNORED, tables.OPERATION_REFUSED)
    if keys.text("flags-dest", "args") != "args":
        keys.fault("flags-dest", f"flags-dest of {keys.of} can only be args", "let the script read its arguments")
    command = _command(keys)
    of_model = Keys(model, "the model", notes)
    inherited, own = of_model.table_of("flags"), keys.table_of("flags")
    notes.spend(len(inherited.entries) + len(own.entries), table.where)
    laid = join(inherited, own)
    assert isinstance(laid, Table)
    layers = {flag: "model" for flag in inherited.entries if flag not in own.entries}
    flags = read_flags(laid, notes, layers, skip=keys.yes("default-flag-arg-skip", default=False))
    rules, snapshot = read_sourcecode(keys if "sourcecode" in table.entries else of_model)
    scalars = _output_scalars(keys)
    if command is None:
        return None
    return Operation(
        name=name,
        command=command,
        description=keys.text("description"),
        flags=flags,
        arg_order=keys.one_of("arg-order", ("file", "sorted"), "sorted"),
        profiles={**_profiles(of_model), **_profiles(keys)},
        requires=read_requires(keys),
        run_policy=keys.one_of("run-policy", ("new", "overlay", "none"), "new"),
        cwd_policy=keys.one_of("cwd", ("project", "run"), "run"),
        env=keys.pairs("env"),
        sourcecode=rules,
        snapshot=snapshot,
        output_scalars=scalars,
        compare=keys.words("compare") or _extra_compare(of_model),
        label=keys.text("label"),
        tags=keys.words("tags"),
        python=_python(keys),
        python_path=_python_path(keys),
        stats_interval=_interval(keys),
        default=keys.yes("default", default=False),
        where=table.where,
    )


def _command(keys: Keys) -> Command | None:
    given = [key for key in _COMMANDS if keys.table.get(key) is not None]
    if len(given) != 1:
        if any(key in keys.table.entries for key in tables.OPERATION_REFUSED):
            return None
        if given:
            keys.fault(given[1], f"{keys.of} runs several things: {', '.join(given)}", "keep one of them")
        else:
            keys.notes.fault(keys.table.where, f"{keys.of} runs nothing", "add main: MODULE, or exec: PROGRAM ARGS")
        return None
    key = given[0]
    if key == "steps":
        return _steps(keys)
    text = keys.scalar(key)
    if text is None:
        return None
    try:
        return exec_of(text.text) if key == "exec" else module_of(text.text, quotes="shell")
    except BadCommand as error:
        hint = "to run another program, write exec: PROGRAM ARGS" if key != "exec" else ""
        keys.fault(key, f"{key} of {keys.of} {error}", hint)
        return None


def _steps(keys: Keys) -> Steps | None:
    node = keys.table.entries["steps"]
    if not isinstance(node, Items) or not node.items:
        keys.fault(
            "steps", f"steps of {keys.of} has to be a list of operations, not {kind_of(node)}", "write - OPERATION"
        )
        return None
    return Steps(tuple(step for item in node.items if (step := _step(item, keys)) is not None))


def _step(node: Node, keys: Keys) -> Step | None:
    if isinstance(node, Text) and not node.empty:
        node = Table({"run": node}, node.where, {"run": node.where})
    if not isinstance(node, Table):
        keys.notes.fault(node.where, f"a step of {keys.of} is an operation, not {kind_of(node)}")
        return None
    inner = Keys(node, f"a step of {keys.of}", keys.notes)
    inner.check(tables.STEP)
    try:
        words = split(inner.text("run"), quotes="shell")
    except BadCommand as error:
        inner.fault("run", f"{inner.of} {error}")
        return None
    if not words:
        keys.notes.fault(node.where, f"{inner.of} runs nothing", "write run: OPERATION")
        return None
    flags = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or not name:
            inner.fault("run", f"{inner.of} has {word!r}, which is no FLAG=VALUE")
        flags[name] = value
    return Step(words[0], {**flags, **inner.raws("flags")}, inner.text("name") or words[0], node.where)


def _profiles(keys: Keys) -> dict[str, dict[str, str]]:
    table = keys.table_of("profiles")
    inner = Keys(table, f"profiles of {keys.of}", keys.notes)
    return {name: inner.raws(name) for name in table.entries}


def _output_scalars(keys: Keys) -> tuple[tuple[str, str], ...]:
    if "output-scalars" not in keys.table.entries:
        return PRINTED
    found: list[tuple[str, str]] = []
    for node in keys.nodes("output-scalars"):
        if isinstance(node, Text) and node.value is False:
            continue
        pairs = node.entries.items() if isinstance(node, Table) else [("", node)]
        for name, pattern in pairs:
            if not isinstance(pattern, Text):
                keys.notes.fault(pattern.where, f"output-scalars of {keys.of} holds {kind_of(pattern)}")
                continue
            try:
                found.append((name, output_pattern(name, pattern.text)))
            except ValueError as error:
                keys.notes.fault(pattern.where, f"{pattern.text[:60]!r} in output-scalars of {keys.of} {error}")
    return tuple(found)


def _extra_compare(model: Keys) -> tuple[str, ...]:
    """Read the older place of the columns: the flags under ``extra: compare: flags`` of the model."""
    compare = Keys(model.table_of("extra"), "extra", model.notes).table.get("compare")
    if not isinstance(compare, Table):
        return ()
    return tuple(f"={name}" for name in Keys(compare, "compare", model.notes).words("flags"))


def _python(keys: Keys) -> str:
    text = keys.text("python-requires")
    if not text:
        return ""
    # imported when it is needed: few operations have a range, and every start of a run waits for imports
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        keys.fault("python-requires", f"python-requires of {keys.of} is no range: {text!r}", "write >= 3.11")
        return ""
    return text


def _python_path(keys: Keys) -> tuple[str, ...]:
    return tuple(part for word in keys.words("python-path") for part in word.split(":") if part)


def _interval(keys: Keys) -> float | None:
    found = keys.number("stats-interval")
    if found is None:
        return None
    if not 0 <= found < math.inf:
        which = "less than 0" if found < 0 else "infinite"
        hint = "" if found < 0 else "write 0 for no statistics"
        keys.fault("stats-interval", f"stats-interval of {keys.of} is {which}", hint)
        return None
    return float(found)
