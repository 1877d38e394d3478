"""The parts of the project model: flags, resources and what the view shows. Import them from `core.project.model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from guildpkg.errors import Where
from guildpkg.lean import dataclass

_NOWHERE = Where("")

Scalar = str | int | float | bool | None
"""The value of a flag when it is one: None means that the flag is not passed."""

Value = Scalar | tuple[Scalar, ...]
"""The value of a flag: a scalar, or a list (which makes a batch, or is split into arguments: ``arg_split``)."""

FLAG_TYPES = ("string", "int", "float", "number", "boolean", "path", "existing-path", "filename", "auto")
"""What ``type`` of a flag may be; ``auto`` reads a number, a boolean or null where the text looks like one."""

ARG_STYLES = ("option", "equals", "assign")
"""How a flag is passed: ``--name value``, ``--name=value`` or ``name=value``."""

LAYERS = ("base", "model", "operation", "profile", "cmdline")
"""Where the value of a flag comes from; a later layer overrides an earlier one."""

SOURCE_KINDS = ("url", "file", "operation", "module", "package", "exists")
"""What a source of a resource can be; see `ResourceSource.kind`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to what a model is made from: ``name`` (may be empty) and ``url``."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a flag may have.

    Attributes:
        raw: The value as it is typed.
        value: The same, typed.
        alias: Another spelling that means this value, or empty.
        args: Argument template that is passed instead of the flag, or None.
        flags: Flags that this choice sets (raw text), unless the user sets them.
    """

    raw: str
    value: Scalar
    description: str = ""
    alias: str = ""
    args: tuple[str, ...] | None = None
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A setting of an operation.

    Attributes:
        name: As it is typed in ``NAME=VALUE``.
        raw: The default as text, read like the text behind ``NAME=`` of a command line; None when there is none.
            In an INI project it is passed as it stands, and empty text is a bare switch.
        default: The default, typed; None when there is none. True is a bare switch, unless *arg_switch* or *type*
            say otherwise.
        type: One of `FLAG_TYPES`.
        choices: The values allowed; empty for any.
        allow_other: Whether values outside *choices* are allowed.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.
        alias: Another name that is understood in ``NAME=VALUE``.
        arg_name: Name of the argument; empty for the flag's own.
        arg_skip: The flag is for variables only and is never passed.
        arg_switch: The value for which a bare ``--name`` is passed, nothing being passed for any other; None when
            the flag is no switch.
        arg_style: One of `ARG_STYLES`.
        arg_split: Splits a value into several arguments behind one ``--name``: ``shlex``, or a separator; empty for
            no splitting.
        env_name: Environment variable that holds the value too; empty for the default (``FLAG_NAME``).
        null_label: What is shown for no value.
        layer: One of `LAYERS`.
    """

    name: str
    raw: str | None = None
    default: Value = None
    description: str = ""
    type: str = "auto"
    required: bool = False
    choices: tuple[Choice, ...] = ()
    allow_other: bool = False
    minimum: float | None = None
    maximum: float | None = None
    alias: str = ""
    arg_name: str = ""
    arg_skip: bool = False
    arg_switch: Scalar = None
    arg_style: str = "option"
    arg_split: str = ""
    env_name: str = ""
    null_label: str = ""
    layer: str = "base"
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Rename:
    """How the names of resolved files change: a regular expression, and what it is replaced with."""

    pattern: str
    replacement: str


@dataclass(frozen=True, slots=True)
class ResourceSource:
    """Where files of a resource come from.

    Attributes:
        kind: ``url``, ``file`` (of the project), ``operation`` (files of its latest run), ``module`` (must be
            importable), ``package`` (files of an installed package) or ``exists`` (a path or glob of the project
            must be there; nothing is laid out).
        value: The URL, path, ``[MODEL:]OPERATION``, module name, package requirement, or path.
        mirrors: Further URLs of the same bytes, tried in turn.
        name: What it is called in messages; empty for its value.
        sha256: Lower-case hex digest of the file, or empty.
        unpack: Whether an archive is unpacked.
        archive: Archive type when the name does not tell it (``zip``, ``tar``, ``tar.gz``, ...).
        select: Regular expressions over paths inside; empty takes everything (of a folder or archive: its entries).
        rename: Changes of name, the first that matches counts.
        path: Folder below the resource's own path.
        target_type: ``copy`` or ``link``; empty for the resource's.
        preserve_path: Whether a ``file`` keeps the folders of its path.
        optional: Whether the operation runs without it.
        help: What to do when it cannot be had.
    """

    kind: str
    value: str
    mirrors: tuple[str, ...] = ()
    name: str = ""
    sha256: str = ""
    unpack: bool = True
    archive: str = ""
    select: tuple[str, ...] = ()
    rename: tuple[Rename, ...] = ()
    path: str = ""
    target_type: str = ""
    preserve_path: bool = False
    optional: bool = False
    help: str = ""
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Resource:
    """Files that an operation needs.

    Attributes:
        path: Folder below the working directory of the run in which they appear; empty for that directory itself.
        target_type: ``copy`` or ``link``; empty for the default.
        private: Not shown in listings.
        flag: Name by which ``NAME=PATH`` overrides it; the resource's name unless the file says otherwise.
    """

    name: str
    description: str = ""
    path: str = ""
    sources: tuple[ResourceSource, ...] = ()
    target_type: str = ""
    private: bool = False
    flag: str = ""
    references: tuple[Reference, ...] = ()
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation needs.

    Attributes:
        ref: ``RESOURCE``, ``MODEL:RESOURCE`` or ``PACKAGE/RESOURCE``; it may hold variables. Of an inline resource
            its name.
        inline: The resource when it is defined where it is required; otherwise *ref* has to be looked up.
        description: Why it is needed.
    """

    ref: str
    inline: Resource | None = None
    description: str = ""
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Field:
    """A value at the top of the view, or a column of a comparison.

    Attributes:
        sources: ``series/REGEX`` (anchored), ``flags`` or ``attrs``; the first that gives a value wins.
        attribute: Key inside of ``flags`` or ``attrs``.
        reduce: ``last``, ``average``, ``last_5_average``, ``steps``, ``duration`` or ``steps0``; empty for ``last``.
        format: Numeral pattern (``0.00%``); empty for the value as it is.
    """

    name: str
    label: str = ""
    sources: tuple[str, ...] = ()
    attribute: str = ""
    reduce: str = ""
    format: str = ""
    unit: str = ""
    icon: str = ""
    color: str = "grey"
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class Series:
    """A chart: every key that *source* (``series/REGEX``, anchored) matches is a line; *label* is the y axis."""

    name: str
    title: str = ""
    label: str = ""
    source: str = ""
    format: str = ""
    wide: bool = True
    where: Where = _NOWHERE


@dataclass(frozen=True, slots=True)
class View:
    """What the view shows of a model: names of fields and series, and columns of the comparison, in order."""

    name: str = ""
    fields: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    where: Where = _NOWHERE
