"""What in the output of a ``Guild``'s models is a scalar: ``[output-scalars]`` and ``output-scalars`` of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from guildpkg.core.ini import YES
from guildpkg.core.project.model import Model
from guildpkg.core.series.printed import PRINTED
from guildpkg.project.ini_sections import Attrs
from guildpkg.project.notes import Notes
from guildpkg.project.patterns import output_pattern


def scalar_sections(sections: Sequence[Attrs], notes: Notes) -> dict[str, Attrs]:
    """Give each ``[output-scalars]`` by the model that it is for; one for a model that there is not is noted."""
    found = {attrs.name: attrs for attrs in sections if attrs.type == "output-scalars"}
    models = [attrs.name for attrs in sections if attrs.type == "model"]
    for name, attrs in found.items():
        if name and name not in models:
            notes.warn(attrs.where, f"there is no model {name}", notes.guess(name, models))
    return found


def with_scalars(model: Model, attrs: Attrs, sections: Mapping[str, Attrs], notes: Notes) -> Model:
    """Say of a model's operations what in their output is a scalar.

    Args:
        model: The model.
        attrs: Its section.
        sections: What `scalar_sections` gives; the model's own section stands for that of all models.
        notes: Told what is wrong.
    """
    word = attrs.get("output-scalars").lower()
    if word and word not in YES:
        where = attrs.at("output-scalars")
        hint = "patterns stand in a section [output-scalars], as KEY = PATTERN"
        notes.fault(where, f"output-scalars is yes or no, not {attrs.get('output-scalars')!r}", hint)
    scalars: tuple[tuple[str, str], ...] = PRINTED
    section = sections.get(model.name) or sections.get("")
    if not YES.get(word, True):
        scalars = ()
    elif section:
        scalars = tuple(_patterns(section, notes))
    return replace(model, operations=tuple(replace(item, output_scalars=scalars) for item in model.operations))


def _patterns(section: Attrs, notes: Notes) -> Sequence[tuple[str, str]]:
    found = []
    for key, text in section.texts.items():
        try:
            found.append((key, output_pattern(key, text)))
        except ValueError as error:
            notes.fault(section.at(key), f"{text[:60]!r} for {key} in [output-scalars] {error}")
    return found
