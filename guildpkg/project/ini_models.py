"""The models of ``Guild``: ``[model]``, ``[resource]`` and ``[flags]`` sections."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from guildpkg.core.project.model import Model, Operation, PythonModule, SourceRule
from guildpkg.core.project.names import name_problem, path_problem
from guildpkg.core.project.parts import Flag, Requirement, Resource, ResourceSource
from guildpkg.core.project.values import number_of, typed
from guildpkg.project.commands import BadCommand, module_of
from guildpkg.project.ini_output import scalar_sections, with_scalars
from guildpkg.project.ini_sections import Attrs
from guildpkg.project.notes import Notes

OPERATIONS = {"train": "new", "prepare": "none", "evaluate": "overlay"}
"""The operations of a model, with their run policies."""

_DESCRIBED = {"train": "Train the model", "prepare": "Prepare the data", "evaluate": "Evaluate a trained model"}
MODEL_KEYS = (
    *("description", *OPERATIONS, "train_requires", "requires", "runtime", "runroot", "sources", "view"),
    *("references", "compare", "python", "default", "output-scalars"),
)
_WITHOUT_EFFECT = ("serve", "dataset", "runtime")
NOT_PASSED = ("description", "stats_interval")
"""Attributes of ``[flags]`` that are no flags."""
PREPARE_FIRST = "Do you need to run 'guild prepare' first?"


def read_models(sections: Sequence[Attrs], project: Attrs | None, notes: Notes) -> tuple[Model, ...]:
    """Read every ``[model]``; the unnamed one is the default, else the first."""
    flags = {attrs.name: attrs for attrs in sections if attrs.type == "flags"}
    found = [attrs for attrs in sections if attrs.type == "model"]
    profiles = {name: _raws(section) for name, section in flags.items() if name}
    printed = scalar_sections(sections, notes)
    made = ((attrs, _model(attrs, flags, profiles, project, notes)) for attrs in found)
    models = [with_scalars(model, attrs, printed, notes) for attrs, model in made]
    default = next((model for model in models if not model.name), next(iter(models), None))
    return tuple(replace(model, default=model is default) for model in models)


def read_prepared(sections: Sequence[Attrs], project: Attrs | None, notes: Notes) -> tuple[Model, ...]:
    """Read every ``[resource]``: something of its own that can be prepared."""
    flags = {attrs.name: attrs for attrs in sections if attrs.type == "flags"}
    found = [attrs for attrs in sections if attrs.type == "resource"]
    for attrs in found:
        if "prepare" not in attrs.values:
            notes.warn(attrs.where, f"the resource {attrs.name} cannot be prepared", "add prepare = MODULE")
    profiles = {name: _raws(section) for name, section in flags.items() if name}
    return tuple(_model(attrs, flags, profiles, project, notes) for attrs in found)


def profile_names(sections: Sequence[Attrs]) -> tuple[str, ...]:
    """Name the profiles: every ``[flags "NAME"]`` that belongs to no model and no resource."""
    taken = {attrs.name for attrs in sections if attrs.type in ("model", "resource")}
    return tuple(attrs.name for attrs in sections if attrs.type == "flags" and attrs.name and attrs.name not in taken)


def _model(
    attrs: Attrs,
    flags: Mapping[str, Attrs],
    profiles: Mapping[str, Mapping[str, str]],
    project: Attrs | None,
    notes: Notes,
) -> Model:
    what = f"the {attrs.type} {attrs.name}" if attrs.name else f"the {attrs.type}"
    if attrs.name and (problem := name_problem(attrs.name, f"a {attrs.type}")):
        notes.fault(attrs.where, problem)
    for key in attrs.values:
        if key in _WITHOUT_EFFECT:
            notes.warn(attrs.at(key), f"{key} of {what} has no effect here")
        elif key not in MODEL_KEYS:
            notes.warn(attrs.at(key), f"unknown key {key} in {what}", notes.guess(key, MODEL_KEYS))
    layers = [(flags.get(""), "base"), (flags.get(attrs.name) if attrs.name else None, "model")]
    own = _flags(layers, notes)
    shared = Operation(
        name="",
        command=PythonModule(""),
        flags=own,
        arg_order="file",
        profiles=profiles,
        requires=_packages(attrs, notes),
        cwd_policy="project",
        variables="ini",
        sourcecode=_sources(attrs, project),
        compare=tuple(attrs.get("compare").replace(",", " ").split()),
        stats_interval=_interval(layers, notes),
    )
    operations = [
        made for name in OPERATIONS if name in attrs.values if (made := _operation(name, attrs, shared, what, notes))
    ]
    return Model(
        name=attrs.name,
        description=attrs.get("description"),
        operations=tuple(operations),
        flags=own,
        view=attrs.get("view"),
        where=attrs.where,
    )


def _operation(name: str, attrs: Attrs, shared: Operation, what: str, notes: Notes) -> Operation | None:
    try:
        command = module_of(attrs.get(name), quotes="double")
    except BadCommand as error:
        notes.fault(attrs.at(name), f"{name} of {what} {error}", f"write {name} = MODULE ARGS")
        return None
    requires = (*shared.requires, *(_paths(attrs, notes) if name == "train" else ()))
    return replace(
        shared,
        name=name,
        command=command,
        description=_DESCRIBED[name],
        requires=requires,
        run_policy=OPERATIONS[name],
        default=name == "train",
        where=attrs.at(name),
    )


def _flags(layers: Sequence[tuple[Attrs | None, str]], notes: Notes) -> tuple[Flag, ...]:
    """Lay the flags of the model over those of the project; a flag keeps its first place."""
    found: dict[str, Flag] = {}
    for section, layer in layers:
        if section:
            notes.spend(len(section.values), section.where)
        for name in section.values if section else ():
            if section is None or name in NOT_PASSED:
                continue
            if problem := name_problem(name, "a flag"):
                notes.fault(section.at(name), problem)
                continue
            raw = section.get(name)
            # what is empty is a bare switch in this dialect
            value = typed(raw) if raw else True
            found[name] = Flag(name, raw, value, layer=layer, where=section.at(name))
    return tuple(found.values())


def _raws(section: Attrs) -> dict[str, str]:
    return {name: text for name, text in section.texts.items() if name not in NOT_PASSED}


def _interval(layers: Sequence[tuple[Attrs | None, str]], notes: Notes) -> float | None:
    found: float | None = None
    for section, _ in layers:
        if section is None or "stats_interval" not in section.values:
            continue
        number = number_of(section.get("stats_interval"))
        if number is None or not 0 <= number < math.inf:
            where = section.at("stats_interval")
            notes.fault(where, f"stats_interval is a number of seconds, not {section.get('stats_interval')!r}")
        else:
            found = float(number)
    return found


def _packages(attrs: Attrs, notes: Notes) -> tuple[Requirement, ...]:
    """Read ``requires = digits:data``: an installed package, and the folder its files appear in."""
    found = []
    where = attrs.at("requires")
    for word in attrs.get("requires").replace(",", " ").split():
        package, _, path = word.partition(":")
        if problem := name_problem(package, "a package") or (path_problem(path) and f"the folder {path_problem(path)}"):
            notes.fault(where, f"requires names {word!r}: {problem}", "write requires = PACKAGE:FOLDER")
            continue
        source = ResourceSource("package", package, where=where)
        found.append(Requirement(package, Resource(package, path=path, sources=(source,), where=where), where=where))
    return tuple(found)


def _paths(attrs: Attrs, notes: Notes) -> tuple[Requirement, ...]:
    """Read ``train_requires``: paths and globs of the project that have to be there."""
    found = []
    where = attrs.at("train_requires")
    for word in filter(None, (part.strip() for part in attrs.get("train_requires").split(","))):
        if problem := path_problem(word):
            notes.fault(where, f"train_requires names {word!r}, which {problem}")
            continue
        source = ResourceSource("exists", word, help=PREPARE_FIRST, where=where)
        found.append(Requirement(word, Resource(word, sources=(source,), where=where), where=where))
    return tuple(found)


def _sources(attrs: Attrs, project: Attrs | None) -> tuple[SourceRule, ...]:
    """Read ``sources``: patterns of what is kept with a run, the project file always among them."""
    text = attrs.get("sources") or (project.get("sources") if project else "")
    if not text:
        return ()
    patterns = ["Guild", *text.split()]
    return (SourceRule("exclude", "*"), *(SourceRule("include", pattern) for pattern in patterns))
