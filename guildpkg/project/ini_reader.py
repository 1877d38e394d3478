"""``Guild`` -> the parts of a project."""

from __future__ import annotations

from collections.abc import Sequence

from guildpkg.core.ini import YES
from guildpkg.core.project.names import name_problem
from guildpkg.core.project.parts import View
from guildpkg.project.ini_models import profile_names, read_models, read_prepared
from guildpkg.project.ini_sections import Attrs, read_sections
from guildpkg.project.notes import Notes
from guildpkg.project.parts import Parts
from guildpkg.project.views import FIELD_KEYS, SERIES_KEYS, make_field, make_series

_PROJECT = ("name", "description", "runroot", "sources", "view", "confirm")
_VIEW = ("fields", "series", "series-a", "series-b", "compare")


def read_ini(text: str, file: str, notes: Notes) -> Parts:
    """Read a project file.

    Args:
        text: Its content.
        file: Its name as the user knows it.
        notes: Told what is wrong and what is odd.
    """
    sections = read_sections(text, file, notes)
    project = next((attrs for attrs in sections if attrs.type == "project"), None)
    if project:
        _check(project, _PROJECT, "[project]", notes)
    roots = [attrs for attrs in sections if attrs.type in ("project", "model") and attrs.get("runroot")]
    views = tuple(_view(attrs, notes) for attrs in sections if attrs.type == "view")
    _check_shown(views, sections, notes)
    return Parts(
        files=(file,),
        title=project.get("name") if project else "",
        description=project.get("description") if project else "",
        confirm=_confirm(project, notes),
        models=read_models(sections, project, notes),
        prepared=read_prepared(sections, project, notes),
        views=views,
        fields=tuple(
            make_field(attrs.name, _checked(attrs, FIELD_KEYS, notes), attrs.where, notes)
            for attrs in sections
            if attrs.type == "field"
        ),
        series=tuple(
            make_series(attrs.name, _checked(attrs, SERIES_KEYS, notes), attrs.where, notes)
            for attrs in sections
            if attrs.type == "series"
        ),
        runroots=tuple((attrs.get("runroot"), attrs.at("runroot")) for attrs in roots),
        profiles=profile_names(sections),
        flagged=tuple(attrs.where for attrs in sections if attrs.type in ("flags", "resource")),
        templates={attrs.name: attrs.texts for attrs in sections if attrs.type == "template"},
    )


def _check(attrs: Attrs, known: Sequence[str], what: str, notes: Notes) -> None:
    for key in attrs.values:
        if key not in known:
            notes.warn(attrs.at(key), f"unknown key {key} in {what}", notes.guess(key, known))


def _checked(attrs: Attrs, known: Sequence[str], notes: Notes) -> dict[str, str]:
    what = f'[{attrs.type} "{attrs.name}"]'
    if problem := name_problem(attrs.name, f"a {attrs.type}"):
        notes.fault(attrs.where, problem)
    _check(attrs, known, what, notes)
    return attrs.texts


def _confirm(project: Attrs | None, notes: Notes) -> bool | None:
    if project is None or "confirm" not in project.values:
        return None
    text = project.get("confirm")
    if text.lower() not in YES:
        notes.fault(project.at("confirm"), f"confirm is yes or no, not {text!r}")
    return YES.get(text.lower())


def _view(attrs: Attrs, notes: Notes) -> View:
    title = f'[view "{attrs.name}"]' if attrs.name else "[view]"
    _check(attrs, _VIEW, title, notes)
    wide = (*_names(attrs, "series"), *_names(attrs, "series-a"))
    return View(
        attrs.name, _names(attrs, "fields"), (*wide, *_names(attrs, "series-b")), _names(attrs, "compare"), attrs.where
    )


def _names(attrs: Attrs, key: str) -> tuple[str, ...]:
    return tuple(attrs.get(key).replace(",", " ").split())


def _check_shown(views: Sequence[View], sections: Sequence[Attrs], notes: Notes) -> None:
    """Note names in a view that no section defines."""
    for view in views:
        for kind, names in (("field", view.fields), ("series", view.series)):
            known = [attrs.name for attrs in sections if attrs.type == kind]
            for name in names:
                if name not in known:
                    notes.warn(view.where, f"the view shows the {kind} {name}, which is not defined", "")
