"""``guild.yml`` and what it includes -> the parts of a project."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import replace

from guildpkg.core.names import canonical_version, check_name
from guildpkg.core.project.model import Model, Operation, ProjectPackage, Step, Steps
from guildpkg.core.project.names import name_problem
from guildpkg.core.project.parts import Resource
from guildpkg.core.project.tree import Table, Text, join, size_of
from guildpkg.core.words import did_you_mean
from guildpkg.project import tables
from guildpkg.project.keys import Keys, kind_of
from guildpkg.project.notes import Notes
from guildpkg.project.parts import Parts
from guildpkg.project.yaml_extends import inherit
from guildpkg.project.yaml_flags import read_flags
from guildpkg.project.yaml_objects import Object, Read, read_objects
from guildpkg.project.yaml_operations import read_operation
from guildpkg.project.yaml_params import fill
from guildpkg.project.yaml_resources import read_resources
from guildpkg.project.yaml_view import Shown, read_view

Templates = Callable[[], Mapping[str, Mapping[str, str]]]


def read_yaml(file: str, shown: str, read: Read, templates: Templates, notes: Notes) -> Parts:
    """Read a project file and what it includes.

    Args:
        file: Path of the file, relative to the project folder.
        shown: The project folder as the user knows it, for messages; empty for the current one.
        read: Reads a file by its path relative to the project folder.
        templates: Gives the attributes of each template that a view may extend.
        notes: Told what is wrong and what is odd.
    """
    found = read_objects(file, shown, read, notes)
    filled = {name: fill(table, notes) for name, table in inherit(found.objects, notes).items()}
    models, of_models = _models(found.objects, filled, templates, notes)
    about = _about(found.objects, notes)
    package = _package(found.objects, notes)
    of_project = [
        read_view(top.name, _view_table(top), templates(), notes) for top in found.objects if top.kind == "view"
    ]
    shows = [*of_project, *of_models]
    for name in {show.view.name for show in shows}:
        same = [show.view for show in shows if show.view.name == name]
        if len(same) > 1:
            notes.fault(
                same[1].where,
                f"there are two views called {name!r}" if name else "there are two views",
                f"the first is at {same[0].where}",
            )
    return Parts(
        files=tuple(posixpath.join(shown, name) for name in found.files),
        title=about.title,
        description=about.description,
        confirm=about.confirm,
        runroots=about.runroots,
        models=_with_default(models, notes),
        views=tuple(show.view for show in shows),
        fields=tuple(field for show in shows for field in show.fields),
        series=tuple(series for show in shows for series in show.series),
        package=package,
        profiles=tuple(dict.fromkeys(name for model in models for op in model.operations for name in op.profiles)),
    )


def _models(
    objects: tuple[Object, ...], filled: Mapping[str, Table], templates: Templates, notes: Notes
) -> tuple[tuple[Model, ...], list[Shown]]:
    made: dict[str, Model] = {}
    shows: list[Shown] = []
    for top in objects:
        if top.kind == "config":
            Keys(filled[top.name], f"the config {top.name}", notes).check(tables.MODEL, tables.MODEL_IGNORED)
        if top.kind != "model" or top.name in made or top.name not in filled:
            continue
        if top.name and (problem := name_problem(top.name, "a model")):
            notes.fault(top.where, problem)
        table = filled[top.name]
        made[top.name] = _model(top, table, notes)
        view = table.get("view")
        if isinstance(view, Table):
            shows.append(read_view(top.name, view, templates(), notes))
    for model in made.values():
        _check_references(model, made, notes)
    return tuple(made.values()), shows


def _model(top: Object, table: Table, notes: Notes) -> Model:
    keys = Keys(table, f"the model {top.name}" if top.name else "the model", notes)
    keys.check(tables.MODEL, tables.MODEL_IGNORED)
    flags = keys.table_of("flags")
    view = table.get("view")
    defaults = keys.table_of("operation-defaults")
    operations: list[Operation] = []
    listed = keys.table_of("operations")
    notes.spend(size_of(defaults) * len(listed.entries), table.where)
    for name, node in listed.entries.items():
        where = listed.at(name)
        if problem := name_problem(name, "an operation"):
            notes.fault(where, problem)
        elif not isinstance(node, Table):
            notes.fault(where, f"the operation {name} is a command or a table, not {kind_of(node)}")
        else:
            laid = join(defaults, Table(node.entries, where, node.keys))
            assert isinstance(laid, Table)
            operation = read_operation(name, laid, table, notes)
            operations += [operation] if operation else []
    return Model(
        name=top.name,
        default=keys.yes("default", default=False),
        description=keys.text("description"),
        operations=tuple(operations),
        resources=read_resources(keys.table_of("resources"), notes),
        flags=read_flags(flags, notes, dict.fromkeys(flags.entries, "model")),
        references=keys.references(),
        view=view.text if isinstance(view, Text) else top.name if isinstance(view, Table) else "",
        where=top.where,
    )


def _check_references(model: Model, models: Mapping[str, Model], notes: Notes) -> None:
    """Look up what operations require and what steps run."""
    for operation in model.operations:
        for requirement in operation.requires:
            if requirement.inline is None and not _is_there(requirement.ref, model, models):
                known: list[Resource] = [*model.resources]
                hint = did_you_mean(requirement.ref, [resource.name for resource in known])
                message = f"the operation {operation.name} requires {requirement.ref!r}, which is not defined"
                notes.fault(requirement.where, message, hint)
        if isinstance(operation.command, Steps):
            for step in operation.command.steps:
                _check_step(step, model, models, notes)


def _is_there(ref: str, model: Model, models: Mapping[str, Model]) -> bool:
    if "/" in ref or "${" in ref:
        return True
    name, colon, resource = ref.rpartition(":")
    holder = models.get(name) if colon else model
    return holder is not None and holder.resource(resource) is not None


def _check_step(step: Step, model: Model, models: Mapping[str, Model], notes: Notes) -> None:
    name, colon, operation = step.run.rpartition(":")
    holder = models.get(name) if colon else model
    if "/" not in step.run and (holder is None or holder.operation(operation) is None):
        hint = did_you_mean(operation, [known.name for known in (holder or model).operations])
        notes.fault(step.where, f"a step runs {step.run!r}, which is not defined", hint)


def _with_default(models: tuple[Model, ...], notes: Notes) -> tuple[Model, ...]:
    """Mark exactly one model as the default: the one that says so, else the first."""
    chosen = [model for model in models if model.default]
    for model in chosen[1:]:
        notes.fault(model.where, f"two models are the default: {chosen[0].name} and {model.name}", "keep one")
    default = chosen[0] if chosen else next(iter(models), None)
    return tuple(replace(model, default=model is default) for model in models)


def _about(objects: tuple[Object, ...], notes: Notes) -> Parts:
    tops = [top for top in objects if top.kind == "project"]
    for top in tops[1:]:
        notes.fault(top.where, "the project is described twice", f"the first is at {tops[0].where}")
    if not tops:
        return Parts()
    inner = tops[0].table.entries["project"]
    keys = Keys(inner if isinstance(inner, Table) else tops[0].table, "the project", notes)
    keys.check(tables.PROJECT)
    confirm = keys.yes("confirm", default=True) if keys.table.get("confirm") is not None else None
    root = keys.text("runroot")
    return Parts(
        title=tops[0].name or keys.text("title") or keys.text("name"),
        description=keys.text("description"),
        confirm=confirm,
        runroots=((root, keys.table.at("runroot")),) if root else (),
    )


def _package(objects: tuple[Object, ...], notes: Notes) -> ProjectPackage | None:
    tops = [top for top in objects if top.kind == "package"]
    for top in tops[1:]:
        notes.fault(top.where, "there are two packages", f"the first is at {tops[0].where}")
    if not tops:
        return None
    keys = Keys(tops[0].table, "the package", notes)
    keys.check(tables.PACKAGE, tables.PACKAGE_IGNORED)
    if tops[0].name and (problem := check_name(tops[0].name)):
        notes.fault(tops[0].where, problem)
    written = keys.text("version", "0.0.0")
    version = canonical_version(written)
    if version is None:
        keys.fault("version", f"{written!r} is not a version", "versions follow PEP 440: 1, 1.2, 20170301, 1.2rc1")
    return ProjectPackage(
        name=tops[0].name,
        version=version or "",
        description=keys.text("description"),
        license=keys.text("license"),
        url=keys.text("url"),
        maintainer=keys.text("maintainer") or keys.text("author"),
        requires=keys.words("requires"),
        data_files=keys.words("data-files"),
        where=tops[0].where,
    )


def _view_table(top: Object) -> Table:
    inner = top.table.entries["view"]
    return inner if isinstance(inner, Table) else top.table
