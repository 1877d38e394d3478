"""The flags of ``guild.yml``."""

from __future__ import annotations

from collections.abc import Mapping

from guildpkg.core.project.names import name_problem
from guildpkg.core.project.parts import ARG_STYLES, FLAG_TYPES, Choice, Flag, Scalar, Value
from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.core.project.values import convert, raw_of
from guildpkg.project import tables
from guildpkg.project.commands import BadCommand, split
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes

_SPELLINGS = {"str": "string", "integer": "int", "bool": "boolean", "double": "float"}


def read_flags(table: Table, notes: Notes, layers: Mapping[str, str], *, skip: bool = False) -> tuple[Flag, ...]:
    """Read the flags of a model or an operation.

    Args:
        table: Name to definition, in its long form.
        notes: Told what is wrong.
        layers: The layer of each flag.
        skip: What ``arg-skip`` is where a flag does not say.

    Returns:
        The flags in the order of the file.
    """
    found = []
    names: dict[str, str] = {}
    for name, node in table.entries.items():
        where = table.at(name)
        if problem := name_problem(name, "a flag"):
            notes.fault(where, problem)
        elif not isinstance(node, Table):
            notes.fault(where, f"the flag {name} is a value or a table, not {kind_of(node)}")
        else:
            flag = _Reader(name, Keys(Table(node.entries, where, node.keys), f"the flag {name}", notes)).flag(
                layers.get(name, "operation"), skip=skip
            )
            for spelled in filter(None, (flag.name, flag.alias)):
                if names.setdefault(spelled, name) != name:
                    notes.fault(where, f"the flags {names[spelled]} and {name} are both called {spelled}")
            found.append(flag)
    return tuple(found)


class _Reader:
    def __init__(self, name: str, keys: Keys) -> None:
        self.name = name
        self.keys = keys
        self.kind = "auto"

    def flag(self, layer: str, *, skip: bool) -> Flag:
        keys = self.keys
        keys.check(tables.FLAG, tables.FLAG_IGNORED, tables.FLAG_REFUSED)
        self.kind = self._kind()
        raw, default = self._default()
        switch = keys.scalar("arg-switch")
        flag = Flag(
            name=self.name,
            raw=raw,
            default=default,
            description=keys.text("description"),
            type=self.kind,
            required=keys.yes("required", default=False),
            choices=self._choices(),
            allow_other=keys.yes("allow-other", default=False),
            minimum=keys.number("min"),
            maximum=keys.number("max"),
            alias=self._alias(),
            arg_name=keys.text("arg-name"),
            arg_skip=keys.yes("arg-skip", default=skip),
            arg_switch=None if switch is None else switch.value,
            arg_style=keys.one_of("arg-style", ARG_STYLES, "option"),
            arg_split=self._split(),
            env_name=keys.text("env-name"),
            null_label=keys.text("null-label"),
            layer=layer,
            where=keys.table.where,
        )
        self._check(flag)
        return flag

    def _kind(self) -> str:
        found = self.keys.text("type", "auto")
        found = _SPELLINGS.get(found, found)
        if found not in FLAG_TYPES:
            known = ", ".join(FLAG_TYPES[:-1])
            self.keys.fault("type", f"{found!r} is no type of a flag", f"there is {known}")
            return "auto"
        return found

    def _alias(self) -> str:
        alias = self.keys.text("alias")
        if alias and (problem := name_problem(alias, "an alias")):
            self.keys.fault("alias", problem)
        return alias

    def _split(self) -> str:
        node = self.keys.scalar("arg-split")
        if node is None or node.value is False:
            return ""
        return "shlex" if node.value is True else node.text

    def _default(self) -> tuple[str | None, Value]:
        node = self.keys.table.get("default")
        if isinstance(node, Items):
            values = tuple(self._typed(item) for item in node.items)
            return raw_of(values), values
        if isinstance(node, Table):
            self.keys.fault("default", f"default of {self.keys.of} is a value or a list, not a table")
        if not isinstance(node, Text):
            return None, None
        # 0755 of a string stands for itself, and so does 'true' in quotes
        value = self._typed(node)
        return (node.raw if self.kind == "auto" or node.text.startswith(("'", '"')) else node.text), value

    def _typed(self, node: Node) -> Scalar:
        if not isinstance(node, Text):
            self.keys.notes.fault(node.where, f"a value of {self.keys.of} is {kind_of(node)}")
            return None
        if self.kind == "auto" or _is_reference(node.text):
            return node.value
        try:
            return convert(node.text, self.kind)
        except ValueError as error:
            self.keys.notes.fault(node.where, f"the default of {self.keys.of} does not fit its type: {error}")
            return None

    def _choices(self) -> tuple[Choice, ...]:
        node = self.keys.table.get("choices")
        if node is not None and not isinstance(node, Items):
            self.keys.fault(
                "choices", f"choices of {self.keys.of} has to be a list, not {kind_of(node)}", "write [A, B]"
            )
        items = node.items if isinstance(node, Items) else ()
        return tuple(choice for item in items if (choice := self._choice(item)) is not None)

    def _choice(self, node: Node) -> Choice | None:
        if isinstance(node, Text):
            return Choice(node.raw if self.kind == "auto" else node.text, self._typed(node))
        if not isinstance(node, Table):
            self.keys.notes.fault(node.where, f"a choice of {self.keys.of} is a value or a table, not a list")
            return None
        keys = Keys(node, f"a choice of {self.keys.of}", self.keys.notes)
        keys.check(tables.CHOICE)
        value = keys.scalar("value")
        if value is None:
            keys.notes.fault(node.where, f"a choice of {self.keys.of} has no value", "write value: VALUE")
            return None
        args = None
        if "args" in node.entries:
            args = self._args(keys)
        raw = value.raw if self.kind == "auto" else value.text
        return Choice(raw, self._typed(value), keys.text("description"), keys.text("alias"), args, keys.raws("flags"))

    def _args(self, keys: Keys) -> tuple[str, ...]:
        node = keys.table.get("args")
        if isinstance(node, Items):
            return keys.words("args")
        try:
            return split(keys.text("args"), quotes="shell")
        except BadCommand as error:
            keys.fault("args", f"args of {keys.of} {error}")
            return ()

    def _check(self, flag: Flag) -> None:
        """Note limits that contradict one another, and a default outside of them."""
        low, high = flag.minimum, flag.maximum
        if low is not None and high is not None and low > high:
            self.keys.fault("min", f"min of {self.keys.of} is greater than its max")
        values = flag.default if isinstance(flag.default, tuple) else (flag.default,)
        for value in values:
            if _is_outside(value, low, high):
                self.keys.fault("default", f"the default of {self.keys.of} is outside of its min and max")
            if value is not None and flag.choices and not flag.allow_other:
                allowed = {choice.value for choice in flag.choices} | {choice.alias for choice in flag.choices}
                if value not in allowed and not _is_reference(str(value)):
                    self.keys.notes.warn(
                        self.keys.table.at("default"), f"the default of {self.keys.of} is none of its choices"
                    )


def _is_outside(value: Scalar, low: float | None, high: float | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (low is not None and value < low) or (high is not None and value > high)


def _is_reference(text: str) -> bool:
    return "${" in text
