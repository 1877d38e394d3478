"""The one project model: what ``guild.yml`` and ``Guild`` say, once they are read.

Both dialects end here; nothing later asks which one it was, except through the policies that stand in the values
(`Project.confirm`, `Operation.cwd_policy`, `Operation.arg_order`, `Operation.variables`). Values are frozen and
checked: names are not empty, types and kinds are of the tables below, and every value knows the line it came from.
Paths are text as a person wrote them, with ``/``, relative to `Project.dir` unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from guildpkg.core.project.command import Command, Exec, PythonModule, SourceRule, Step, Steps
from guildpkg.core.project.parts import (
    ARG_STYLES,
    FLAG_TYPES,
    LAYERS,
    SOURCE_KINDS,
    Choice,
    Field,
    Flag,
    Reference,
    Rename,
    Requirement,
    Resource,
    ResourceSource,
    Scalar,
    Series,
    Value,
    View,
)
from guildpkg.core.series.printed import PRINTED
from guildpkg.errors import Fault, Where
from guildpkg.lean import dataclass

__all__ = [
    "ARG_STYLES",
    "FLAG_TYPES",
    "LAYERS",
    "SOURCE_KINDS",
    "Choice",
    "Command",
    "Exec",
    "Field",
    "Flag",
    "Model",
    "Operation",
    "Project",
    "ProjectPackage",
    "PythonModule",
    "Reference",
    "Rename",
    "Requirement",
    "Resource",
    "ResourceSource",
    "Scalar",
    "Series",
    "SourceRule",
    "Step",
    "Steps",
    "Value",
    "View",
]

NOWHERE = Where("")


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be run.

    Attributes:
        name: ``train``, ``prepare``, ``evaluate`` or any other name.
        command: What is run.
        flags: The flags in the order of the file, inherited ones included.
        arg_order: ``file`` (as in `flags`) or ``sorted`` (by name): the order of the flags' arguments.
        profiles: Profile name to its flags, each as raw text (read like the text behind ``NAME=`` of a command line).
        requires: What must be there before it starts.
        run_policy: ``new`` (a run of its own), ``overlay`` (into an existing run) or ``none`` (no run at all).
        cwd_policy: Working directory: ``project`` or ``run``.
        variables: Variable syntax in arguments and values: ``ini`` (``$RUNDIR``) or ``yaml`` (``${flag}``).
        env: Additional environment; values may hold variables.
        sourcecode: Rules for the source snapshot, after the built-in ones.
        snapshot: False when no source is to be kept.
        output_scalars: Key and regular expression over lines of output, ready for ``re``. With a key the first group
            is the value, and the key ``step`` sets the step. Without one the groups ``_key`` and ``_val`` give both,
            else every named group is a value of its name, else the two groups are key and value. None finds nothing.
        compare: Columns of a comparison of runs; ``=NAME`` is a flag.
        label: Template of the run's label.
        tags: Tags of its runs.
        python: Range of Python versions (PEP 440), or empty.
        python_path: Folders, relative to the project, for the module search path.
        stats_interval: Seconds between statistics; None for the default, 0 for none.
        default: Whether the name of its model alone means this one.
    """

    name: str
    command: Command
    description: str = ""
    flags: tuple[Flag, ...] = ()
    arg_order: str = "sorted"
    profiles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    requires: tuple[Requirement, ...] = ()
    run_policy: str = "new"
    cwd_policy: str = "run"
    variables: str = "yaml"
    env: Mapping[str, str] = field(default_factory=dict)
    sourcecode: tuple[SourceRule, ...] = ()
    snapshot: bool = True
    output_scalars: tuple[tuple[str, str], ...] = PRINTED
    compare: tuple[str, ...] = ()
    label: str = ""
    tags: tuple[str, ...] = ()
    python: str = ""
    python_path: tuple[str, ...] = ()
    stats_interval: float | None = None
    default: bool = False
    where: Where = NOWHERE

    def flag(self, name: str) -> Flag | None:
        """Find a flag by its name or one of its aliases."""
        exact = (flag for flag in self.flags if flag.name == name)
        alias = (flag for flag in self.flags if flag.alias == name)
        return next(exact, None) or next(alias, None)


@dataclass(frozen=True, slots=True)
class Model:
    """A model with what can be done with it.

    Attributes:
        name: Empty for the anonymous model of a file that has operations only.
        default: Whether a command without a model means this one; true for exactly one model of a project.
        flags: The flags that every operation inherits, for ``guild help``.
        view: Name of its view; empty for the project's.
    """

    name: str
    default: bool = False
    description: str = ""
    operations: tuple[Operation, ...] = ()
    resources: tuple[Resource, ...] = ()
    flags: tuple[Flag, ...] = ()
    references: tuple[Reference, ...] = ()
    view: str = ""
    where: Where = NOWHERE

    def operation(self, name: str) -> Operation | None:
        """Find an operation by its name."""
        return next((operation for operation in self.operations if operation.name == name), None)

    def resource(self, name: str) -> Resource | None:
        """Find a resource by its name."""
        return next((resource for resource in self.resources if resource.name == name), None)


@dataclass(frozen=True, slots=True)
class ProjectPackage:
    """What a project folder says of itself for being packaged without a recipe.

    Attributes:
        version: Canonical PEP 440 version.
        requires: Python distributions, each as pip takes it.
        data_files: Globs of files that are packaged although they would be left out.
    """

    name: str
    version: str = "0.0.0"
    description: str = ""
    license: str = ""
    url: str = ""
    maintainer: str = ""
    requires: tuple[str, ...] = ()
    data_files: tuple[str, ...] = ()
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a project file.

    Attributes:
        dir: Absolute path of the project folder; of an installed package its tree, which no other installation moves.
        files: The project files that were read, as the user knows them.
        dialect: ``yaml`` or ``ini``: of the file that defines the models. For messages only.
        title: Name for people; the folder's name when the file gives none.
        confirm: Whether a run is confirmed at a prompt.
        views: Views by name; the one named ``""`` is the project's.
        fields: Every field that is defined, in the order of the file.
        series: Every series that is defined, in the order of the file.
        installed: ``NAME-VERSION`` of the installed package that it belongs to, or empty.
        warnings: What is odd in the files without being wrong, for ``guild check``.
        profiles: Names of the profiles that any operation knows, in the order of the file.
        prepared: What can be prepared besides the models (INI ``[resource]``); never listed as models.
        link: The path of an installed project that is told to people and kept in records; empty when it is `dir`.
    """

    dir: str
    files: tuple[str, ...]
    dialect: str
    title: str
    description: str = ""
    confirm: bool = True
    models: tuple[Model, ...] = ()
    views: tuple[View, ...] = ()
    fields: tuple[Field, ...] = ()
    series: tuple[Series, ...] = ()
    runroots: tuple[str, ...] = ()
    package: ProjectPackage | None = None
    installed: str = ""
    warnings: tuple[Fault, ...] = ()
    profiles: tuple[str, ...] = ()
    prepared: tuple[Model, ...] = ()
    link: str = ""

    @property
    def known_as(self) -> str:
        """The path that is told to people and kept in records: it is the same after the next installation."""
        return self.link or self.dir

    def model(self, name: str) -> Model | None:
        """Find a model by its exact name."""
        return next((model for model in self.models if model.name == name), None)

    @property
    def default_model(self) -> Model | None:
        """The model that a command without a model means."""
        return next((model for model in self.models if model.default), None)
