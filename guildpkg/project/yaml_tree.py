"""YAML text -> tree of text, lists and tables, with places; nothing is constructed and nothing is typed.

Refused, each with its line: tags other than YAML's own, duplicate keys, keys that are no text, several documents,
recursive aliases, aliases that unfold into more than `MOST_NODES`, nesting beyond `MOST_DEPTH`, files beyond
`MOST_BYTES`. ``<<`` merges as everywhere: keys of the table itself win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guildpkg.core.project.tree import Items, Node, Table, Text
from guildpkg.errors import Fault, ProjectError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NODES = 100_000
MOST_DEPTH = 50
MOST_BYTES = 4 << 20
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}
_STRING = "tag:yaml.org,2002:str"


def read_tree(data: bytes, file: str) -> Node | None:
    """Read a file.

    Args:
        data: Its content, UTF-8.
        file: Its name as the user knows it.

    Returns:
        Its only document, or None when it is empty.

    Raises:
        ProjectError: It is no YAML, or one of the things that are refused.
    """
    if len(data) > MOST_BYTES:
        raise ProjectError([Fault(Where(file), f"the file is larger than {MOST_BYTES >> 20} MiB")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProjectError([Fault(Where(file, line), "the file is not UTF-8 text", "save it as UTF-8")]) from error
    if odd := next((i for i, char in enumerate(text) if _is_control(char)), None):
        line = text.count("\n", 0, odd) + 1
        raise ProjectError([Fault(Where(file, line), f"there is a control character, {text[odd]!r}", "remove it")])
    builder = _Builder(file)
    tree = builder.document(text)
    if builder.faults:
        raise ProjectError(builder.faults)
    return tree


class _Refused(Exception):
    def __init__(self, where: Where, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(where, message, hint)


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.anchors: dict[str, Node] = {}
        self.open_anchors: set[str] = set()
        self.sizes: dict[int, int] = {}
        self.kept: list[Node] = []
        self.total = 0

    def document(self, text: str) -> Node | None:
        """Build the only document; a fault that ends the parsing is the last of *faults*."""
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            return self._document(yaml.parse(text, Loader=loader))
        except _Refused as refused:
            self.faults.append(refused.fault)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join((error.problem or error.context or "syntax error").split())
            self.faults.append(Fault(Where(self.file, mark.line + 1 if mark else 0), f"this is not YAML: {what}"))
        except yaml.YAMLError as error:
            self.faults.append(Fault(Where(self.file), f"this is not YAML: {' '.join(str(error).split())}"))
        return None

    def _document(self, events: Iterator[Any]) -> Node | None:
        found: Node | None = None
        documents = 0
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise _Refused(self._where(event), "a second document begins here", "a project file has only one")
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                found = self._node(event, events, 0)
        return None if isinstance(found, Text) and found.empty else found

    def _where(self, event: Any) -> Where:
        return Where(self.file, event.start_mark.line + 1)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        where = self._where(event)
        if depth > MOST_DEPTH:
            raise _Refused(where, f"this is nested deeper than {MOST_DEPTH} levels")
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event.anchor, where)
        if event.tag not in (None, "!") and event.tag not in _TAGS:
            self.faults.append(Fault(where, f"the tag {_short(event.tag)} is not allowed", "write plain values only"))
        if event.anchor:
            self.open_anchors.add(event.anchor)
        before = self.total
        self._count(1, where)
        if kind == "ScalarEvent":
            plain = event.tag != _STRING if event.tag in _TAGS else bool(event.implicit[0])
            node: Node = Text(event.value, where, plain)
        elif kind == "SequenceStartEvent":
            node = self._items(events, where, depth)
        else:
            node = self._table(events, where, depth)
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = node
            self.kept.append(node)
            self.sizes[id(node)] = self.total - before
        return node

    def _alias(self, anchor: str, where: Where) -> Node:
        if anchor in self.open_anchors:
            raise _Refused(where, f"the alias *{anchor} stands inside of what it names")
        if anchor not in self.anchors:
            raise _Refused(where, f"the alias *{anchor} names nothing", f"mark what is meant with &{anchor}")
        node = self.anchors[anchor]
        self._count(self.sizes[id(node)], where)
        return node

    def _count(self, nodes: int, where: Where) -> None:
        self.total += nodes
        if self.total > MOST_NODES:
            raise _Refused(where, f"the file unfolds into more than {MOST_NODES:,} values")

    def _items(self, events: Iterator[Any], where: Where, depth: int) -> Items:
        found = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            found.append(self._node(event, events, depth + 1))
        return Items(tuple(found), where)

    def _table(self, events: Iterator[Any], where: Where, depth: int) -> Table:
        entries: dict[str, Node] = {}
        keys: dict[str, Where] = {}
        below: list[Table] = []
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key = self._node(event, events, depth + 1)
            place = self._where(event)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Text):
                self.faults.append(Fault(place, "a key is a list or a table", "keys are plain words"))
            elif key.plain and key.text == "<<":
                below += self._merged(value, place)
            elif key.text in entries:
                self.faults.append(
                    Fault(place, f"{_short(key.text)} is there twice", f"the first is on line {keys[key.text].line}")
                )
            else:
                entries[key.text], keys[key.text] = value, place
        for table in below:
            entries = entries | _missing(table.entries, entries)
            keys = keys | _missing(table.keys, keys)
        return Table(entries, where, keys)

    def _merged(self, value: Node, where: Where) -> list[Table]:
        found = value.items if isinstance(value, Items) else (value,)
        tables = [table for table in found if isinstance(table, Table)]
        if len(tables) != len(found):
            self.faults.append(Fault(where, "<< merges tables only", "write <<: *NAME"))
        return tables


def _is_control(char: str) -> bool:
    return (char < " " and char not in "\n\r\t") or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff"


def _missing(below: Any, above: Any) -> dict[str, Any]:
    return {key: value for key, value in below.items() if key not in above}


def _short(text: str) -> str:
    return text.replace("tag:yaml.org,2002:", "!!")[:60]
