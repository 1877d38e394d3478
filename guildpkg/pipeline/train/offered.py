"""What may be the next word behind ``guild train`` and the like, as a shell offers it: nothing is run or written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from guildpkg.core.project.find import Listed, find_resource
from guildpkg.core.project.model import Flag, Resource
from guildpkg.errors import GuildError
from guildpkg.pipeline.project.listing import brief, flag_text
from guildpkg.pipeline.project.offered import MOST_READ, Offer, Standing, models_of, packages_begun, standing
from guildpkg.pipeline.runs.chosen import Wanted, open_store
from guildpkg.pipeline.runs.offered import offered_runs
from guildpkg.pipeline.train.find import Target, Wish, find_among, local_models, prepared_models, split_words

_PATHS = ("path", "existing-path", "filename")


def offered_words(wish: Wish, where: Standing, begun: str, *, flags_only: bool = False) -> list[Offer] | None:
    """Offer the next word.

    Args:
        wish: What the words before it say.
        where: Where the user stands.
        begun: What was typed of it.
        flags_only: True behind ``-F``.

    Returns:
        What it may be; None when it is a path behind ``FLAG=`` or ``RESOURCE=``.
    """
    target = _target(wish, where)
    if "=" in begun:
        values = _values(target, begun.partition("=")[0]) if target else []
        return None if values is None else [(word, about) for word, about in values if word.startswith(begun)]
    found: dict[str, str] = {}
    for word, about in _next(wish, where, target, begun, flags_only=flags_only):
        if word.startswith(begun):
            found.setdefault(word, about)
    return list(found.items())


def _next(wish: Wish, where: Standing, target: Target | None, begun: str, *, flags_only: bool) -> Iterator[Offer]:
    if not flags_only and not split_words(wish)[0]:
        yield from _local(wish, where, begun)
        yield from _installed(wish, where, begun)
    if target and target.operation.run_policy == "overlay" and not (target.run or wish.latest or flags_only):
        model = target.listed.model.name
        wanted = Wanted(target.listed.project.known_as, operations=(f"{model}:",) if model else ())
        yield from offered_runs(where.home, wanted, begun)
    if target:
        yield from _flags(target, wish)


def offered_profiles(wish: Wish, where: Standing, begun: str) -> list[Offer]:
    """Offer the profiles of the operation that is meant; where none is, those of the project."""
    target = _target(wish, where)
    names = target.operation.profiles if target else where.project.profiles if where.project else ()
    return [(name, "") for name in names if name.startswith(begun)]


def again(word: str, wish: Wish, where: Standing) -> tuple[Wish, Standing]:
    """Wish what a run was, in the project that it was of.

    Raises:
        GuildError: There is no such run.
    """
    from guildpkg.pipeline.train.again import wish_again

    wish = wish_again(open_store(where.home).find(word).record(), wish)
    return wish, standing(where.cwd, where.home, directory=wish.project_dir, project_file=wish.project_file)


def _target(wish: Wish, where: Standing) -> Target | None:
    """Find the operation that the words mean; None when they mean none, or not yet."""
    with contextlib.suppress(GuildError, OSError):
        bare = split_words(wish)[0]
        local = local_models(wish, where.project, where.cwd)
        if not bare:
            return find_among(wish, local, where.cwd)
        begun = bare[0].partition(":")[0] if "/" in bare[0] else ""
        return find_among(wish, local + models_of(packages_begun(where.home, begun)), where.cwd)
    return None


def _local(wish: Wish, where: Standing, begun: str) -> Iterator[Offer]:
    """Name the models of the project, or their operations, as short as they can be unless the path is begun."""
    listed = where.listed
    if not wish.operation and not begun.startswith("."):
        default = next((item for item in listed if item.model.default), None)
        yield from ((op.name, brief(op.description)) for op in (default.model.operations if default else ()))
        listed = tuple(item for item in listed if item.model.name)
    if wish.operation == "prepare":
        listed += prepared_models(where.project, where.cwd)
    if not begun.startswith("."):
        listed = tuple(replace(item, prefix="") for item in listed if item.model.name)
    for item in listed:
        yield from _named(item, wish.operation)


def _installed(wish: Wish, where: Standing, begun: str) -> Iterator[Offer]:
    """Name the models of installed packages, or their operations; the packages alone when there are too many."""
    folders = packages_begun(where.home, begun)
    if len(folders) > MOST_READ:
        yield from ((f"{folder.name.rpartition('-')[0]}/", "") for folder in folders)
        return
    for item in models_of(folders):
        yield from _named(item, wish.operation)


def _named(item: Listed, operation: str) -> Iterator[Offer]:
    if operation and item.model.operation(operation):
        yield item.full, brief(item.model.description)
    elif not operation:
        yield from ((item.operation(op.name), brief(op.description)) for op in item.model.operations)


def _flags(target: Target, wish: Wish) -> Iterator[Offer]:
    """Name what can be given to an operation and was not yet."""
    given = {item.name for item in target.given if item not in wish.before}
    for flag in target.operation.flags:
        if not {flag.name, flag.alias} & given:
            yield f"{flag.name}=", flag_text(flag)
    for resource in _resources(target):
        if not {resource.name, resource.flag} & given:
            yield f"{resource.flag or resource.name}=", brief(resource.description)


def _resources(target: Target) -> Iterator[Resource]:
    for requirement in target.operation.requires:
        if requirement.inline is not None:
            yield requirement.inline
            continue
        with contextlib.suppress(GuildError):
            yield find_resource(requirement.ref, target.listed, target.known)[1]


def _values(target: Target, name: str) -> list[Offer] | None:
    """Offer what a flag can be: its choices, yes or no, a path (None); nothing where it can be anything."""
    flag = target.operation.flag(name)
    if flag is None:
        return None if any(name in (item.name, item.flag) for item in _resources(target)) else []
    if flag.choices:
        return [(f"{name}={choice.raw}", brief(choice.description)) for choice in flag.choices]
    if _is_switch(flag) and target.operation.variables == "yaml":
        return [(f"{name}=true", ""), (f"{name}=false", "")]
    return None if flag.type in _PATHS else []


def _is_switch(flag: Flag) -> bool:
    return flag.type == "boolean" or isinstance(flag.default, bool) or isinstance(flag.arg_switch, bool)
