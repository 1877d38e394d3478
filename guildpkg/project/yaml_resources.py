"""The resources of ``guild.yml``, and what operations require."""

from __future__ import annotations

import re

from guildpkg.core.project.names import is_sha256, name_problem, path_problem
from guildpkg.core.project.parts import Rename, Requirement, Resource, ResourceSource
from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.project import tables
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes

_URL = re.compile(r"(https?|ftp|file)://\S+", re.IGNORECASE)
_TARGETS = ("link", "copy")


def read_resources(table: Table, notes: Notes) -> tuple[Resource, ...]:
    """Read the resources of a model, in the order of the file."""
    found = []
    for name, node in table.entries.items():
        where = table.at(name)
        if problem := name_problem(name, "a resource"):
            notes.fault(where, problem)
        elif isinstance(node, Table):
            found.append(read_resource(name, Table(node.entries, where, node.keys), notes))
        else:
            notes.fault(where, f"the resource {name} is a table or a list of sources, not {kind_of(node)}")
    return tuple(found)


def read_resource(name: str, table: Table, notes: Notes) -> Resource:
    """Read one resource, in its long form."""
    keys = Keys(table, f"the resource {name}", notes)
    keys.check(tables.RESOURCE, (), tables.RESOURCE_REFUSED)
    unpack = keys.yes("default-unpack", default=True)
    keep = keys.yes("preserve-path", default=False)
    sources = [_source(node, keys.of, notes, unpack=unpack, keep=keep) for node in keys.nodes("sources")]
    if not keys.nodes("sources"):
        notes.warn(table.where, f"{keys.of} has no sources")
    return Resource(
        name=name,
        description=keys.text("description"),
        path=_folder(keys),
        sources=tuple(source for source in sources if source is not None),
        target_type=keys.one_of("target-type", _TARGETS, ""),
        private=keys.yes("private", default=False),
        flag=keys.text("flag-name"),
        references=keys.references(),
        where=table.where,
    )


def _folder(keys: Keys) -> str:
    key = "target-path" if "target-path" in keys.table.entries else "path"
    path = keys.text(key)
    if problem := path_problem(path):
        keys.fault(key, f"{key} of {keys.of} {problem}: {path!r}")
        return ""
    return path


def _source(node: Node, of: str, notes: Notes, *, unpack: bool, keep: bool) -> ResourceSource | None:
    if isinstance(node, Text) and not node.empty:
        node = Table({"file": node}, node.where, {"file": node.where})
    if not isinstance(node, Table):
        notes.fault(node.where, f"a source of {of} is a file or a table, not {kind_of(node)}")
        return None
    keys = Keys(node, f"a source of {of}", notes)
    keys.check(tables.SOURCE, tables.SOURCE_IGNORED, tables.SOURCE_REFUSED)
    kinds = [kind for kind in tables.SOURCE_KINDS if kind in node.entries]
    if len(kinds) != 1:
        if not any(key in node.entries for key in tables.SOURCE_REFUSED):
            said = f"{of} is of several kinds: {', '.join(kinds)}" if kinds else f"{of} has no kind"
            notes.fault(node.where, f"a source of {said}", f"give one of {', '.join(tables.SOURCE_KINDS)}")
        return None
    values = keys.words(kinds[0])
    if not values or not values[0]:
        if not isinstance(node.entries[kinds[0]], Table):
            keys.fault(kinds[0], f"{kinds[0]} of {keys.of} is empty")
        return None
    return _checked(kinds[0], values, keys, unpack=unpack, keep=keep)


def _checked(kind: str, values: tuple[str, ...], keys: Keys, *, unpack: bool, keep: bool) -> ResourceSource:
    if len(values) > 1 and kind != "url":
        keys.fault(kind, f"{kind} of {keys.of} has to be one value, not a list")
    for value in values if kind == "url" else ():
        if not _URL.fullmatch(value):
            keys.fault(kind, f"{value[:60]!r} of {keys.of} is no URL", "it begins with http://, https:// or ftp://")
    return ResourceSource(
        kind=kind,
        value=values[0],
        mirrors=values[1:],
        name=keys.text("name"),
        sha256=_sha256(keys),
        unpack=keys.yes("unpack", default=unpack),
        archive=keys.text("type"),
        select=_select(keys),
        rename=tuple(filter(None, (_rename(node, keys) for node in keys.nodes("rename")))),
        path=_folder(keys),
        target_type=keys.one_of("target-type", _TARGETS, ""),
        preserve_path=keys.yes("preserve-path", default=keep),
        optional=keys.yes("optional", default=False),
        help=keys.text("help"),
        where=keys.table.where,
    )


def _sha256(keys: Keys) -> str:
    found = keys.text("sha256").lower()
    if found and not is_sha256(found):
        keys.fault("sha256", f"sha256 of {keys.of} is not 64 hexadecimal digits", "sha256sum FILE prints it")
        return ""
    return found


def _select(keys: Keys) -> tuple[str, ...]:
    found = keys.texts("select")
    for node in found:
        if problem := _pattern_problem(node.text):
            keys.notes.fault(node.where, f"select of {keys.of} is no regular expression: {problem}")
    return tuple(node.text for node in found)


def _rename(node: Node, keys: Keys) -> Rename | None:
    if isinstance(node, Text) and len(node.text.split()) == 2:
        pattern, repl = node.text.split()
    elif isinstance(node, Table):
        inner = Keys(node, f"rename of {keys.of}", keys.notes)
        inner.check(("pattern", "repl"))
        pattern, repl = inner.text("pattern"), inner.text("repl")
    else:
        keys.notes.fault(node.where, f"rename of {keys.of} is no pattern with what replaces it", "write PATTERN REPL")
        return None
    if problem := _pattern_problem(pattern):
        keys.notes.fault(node.where, f"rename of {keys.of} is no regular expression: {problem}")
    return Rename(pattern, repl)


def _pattern_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return "" if pattern else "it is empty"


def read_requires(keys: Keys) -> tuple[Requirement, ...]:
    """Read what an operation requires: names of resources, or resources written where they are required."""
    made = [_requirement(node, keys, number) for number, node in enumerate(keys.nodes("requires"), 1)]
    return tuple(requirement for requirement in made if requirement is not None)


def _requirement(node: Node, keys: Keys, number: int) -> Requirement | None:
    if isinstance(node, Text) and not node.empty:
        kind, colon, value = node.text.strip().partition(":")
        if not (colon and value and kind in tables.SOURCE_KINDS):
            return Requirement(node.text.strip(), where=node.where)
        entries: dict[str, Node] = {kind: Text(value, node.where)}
        node = Table(entries, node.where, {kind: node.where})
    if not isinstance(node, Table):
        keys.notes.fault(node.where, f"requires of {keys.of} names resources, and this is {kind_of(node)}")
        return None
    inner = Keys(node, f"a requirement of {keys.of}", keys.notes)
    if "resource" in node.entries:
        inner.check(("resource", "description"))
        return Requirement(inner.text("resource"), None, inner.text("description"), node.where)
    if "sources" not in node.entries:
        own = node.only("name", "path", "target-path", "target-type", "description", "references", "flag-name")
        source = node.without("description", "references", "path", "target-path", "target-type", "name", "flag-name")
        sources = Items((source,), node.where)
        node = Table({**own.entries, "sources": sources}, node.where, node.keys)
    name = Keys(node, inner.of, keys.notes).text("name") or _name_of(node, number)
    resource = read_resource(name, node, keys.notes)
    return Requirement(name, resource, resource.description, node.where)


def _name_of(node: Table, number: int) -> str:
    """Name an inline resource after its first source."""
    sources = node.entries["sources"]
    first = sources.items[0] if isinstance(sources, Items) and sources.items else sources
    if isinstance(first, Text):
        return f"file:{first.text}"
    for kind in tables.SOURCE_KINDS if isinstance(first, Table) else ():
        value = first.entries.get(kind) if isinstance(first, Table) else None
        if isinstance(value, Text):
            return f"{kind}:{value.text}"
    return f"#{number}"
