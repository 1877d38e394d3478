"""``sourcecode`` of ``guild.yml``: what of the project is kept with a run."""

from __future__ import annotations

from guildpkg.core.project.model import SourceRule
from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.project.keys import Keys


def read_sourcecode(keys: Keys) -> tuple[tuple[SourceRule, ...], bool]:
    """Read ``sourcecode``: the rules, and whether source is kept at all."""
    node = keys.table.get("sourcecode")
    if isinstance(node, Text):
        if node.value is False:
            return (), False
        return _patterns(keys, "include", "sourcecode"), True
    if isinstance(node, Items):
        return _listed(keys, "sourcecode", node), True
    if node is None:
        return (), True
    return _table(Keys(node, f"sourcecode of {keys.of}", keys.notes))


def _table(inner: Keys) -> tuple[tuple[SourceRule, ...], bool]:
    inner.check(("select", "exclude", "include"), ("digest",), ("root", "dest"))
    select = inner.table.get("select")
    if isinstance(select, Text) and select.value is False:
        return (), False
    rules = _listed(inner, "select", select) if isinstance(select, Items) else _patterns(inner, "include", "select")
    return (*rules, *_patterns(inner, "include", "include"), *_patterns(inner, "exclude", "exclude")), True


def _listed(keys: Keys, key: str, node: Items) -> tuple[SourceRule, ...]:
    """Read a list: of rules in their order, or of patterns for all that is taken."""
    if any(isinstance(item, Table) for item in node.items):
        return tuple(rule for item in node.items for rule in _rule(item, keys))
    return _patterns(keys, "include", key)


def _patterns(keys: Keys, action: str, key: str) -> tuple[SourceRule, ...]:
    """Read patterns; only what a list of patterns selects is taken, so all else is excluded before."""
    rules = tuple(SourceRule(action, pattern) for pattern in keys.words(key))
    return (SourceRule("exclude", "*"), *rules) if rules and key in ("select", "sourcecode") else rules


def _rule(node: Node, keys: Keys) -> tuple[SourceRule, ...]:
    if isinstance(node, Text):
        return (SourceRule("include", node.text),)
    if not isinstance(node, Table) or len(node.entries) != 1:
        keys.notes.fault(node.where, f"a rule in {keys.of} is include: PATTERN or exclude: PATTERN")
        return ()
    inner = Keys(node, f"a rule in {keys.of}", keys.notes)
    inner.check(("include", "exclude"))
    return tuple(SourceRule(key, word) for key in ("include", "exclude") for word in inner.words(key))
