"""What a shell completes besides commands, options and files: runs, models, operations, flags, indexes, packages.

Each of them is a function as click wants it for ``shell_complete``. Between two keys nothing is asked, fetched, written
or said: what cannot be read, or takes long to find out, is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from guildpkg.cli.places import folders, places_in
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from guildpkg.cli.session import Session
    from guildpkg.pipeline.project.offered import Offer, Standing
    from guildpkg.pipeline.runs.chosen import Wanted
    from guildpkg.pipeline.train.find import Wish

Complete = Callable[["click.Context", "click.Parameter", str], "list[CompletionItem]"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line says so far.

    Attributes:
        session: Where the user stands.
        command: Name of the command.
        options: Its options and arguments, as far as they are there.
        begun: What was typed of the word that is completed.
    """

    session: Session
    command: str
    options: Mapping[str, Any]
    begun: str

    @property
    def project(self) -> dict[str, str]:
        """Which project is named."""
        names = {"directory": "project_dir", "project_file": "project_file"}
        return {name: self.options.get(option, "") for name, option in names.items()}


def offering(find: Callable[[Asked], list[Offer] | None]) -> Complete:
    """Make of what finds offers what click wants.

    Args:
        find: Gives what may be typed and what it is; None where a path is wanted, behind ``@`` or ``NAME=``. What it
            cannot read, it does not offer.
    """

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from guildpkg.cli.session import open_session

        options = {name: value for name, value in ctx.params.items() if value is not None}
        had = options.get(param.name or "")
        argument = next((one for one in ctx.command.params if one.param_type_name == "argument"), None)
        if ctx.args and argument and argument.name:
            # where an option lacks its value, click leaves the other words where they are
            options[argument.name] = tuple(ctx.args) if argument.nargs == -1 else ctx.args[0]
        try:
            root = ctx.find_root().params
            session = open_session(root.get("directory"), root.get("home"), debug=False)
            found = find(Asked(session, ctx.command.name or "", options, incomplete))
        except (GuildError, OSError):
            return []
        if found is None:
            cut = 1 if incomplete.startswith("@") else incomplete.index("=") + 1
            return places_in(str(session.cwd), incomplete[cut:], before=incomplete[:cut])
        return [
            CompletionItem(word, help=about or None)
            for word, about in found
            if not (isinstance(had, tuple) and word in had)
        ]

    return complete


def _runs(**fixed: Any) -> Complete:
    def find(asked: Asked) -> list[Offer]:
        from guildpkg.pipeline.runs.offered import offered_runs

        return offered_runs(asked.session.home, _wanted(asked, {**asked.options, **fixed}), asked.begun)

    return offering(find)


def _noted(kind: str) -> Complete:
    def find(asked: Asked) -> list[Offer]:
        from guildpkg.pipeline.runs.offered import offered_notes

        where = {name: asked.options[name] for name in ("show_all", "deleted") if name in asked.options}
        return offered_notes(asked.session.home, _wanted(asked, where), kind, asked.begun)

    return offering(find)


def _wanted(asked: Asked, options: Mapping[str, Any]) -> Wanted:
    """Say which runs are meant, as `runs_options.wanted_of` does, but without reading the project or a filter."""
    from guildpkg.pipeline.project.here import project_folder
    from guildpkg.pipeline.runs.chosen import Wanted

    return Wanted(
        project="" if options.get("show_all") else project_folder(asked.session.cwd, **asked.project),
        statuses=frozenset(options.get("statuses", ())),
        operations=tuple(options.get("operations", ())),
        labels=tuple(options.get("labels", ())),
        tags=tuple(options.get("tags", ())),
        trashed=bool(options.get("deleted")),
    )


def _names(kind: str) -> Complete:
    def find(asked: Asked) -> list[Offer]:
        from guildpkg.pipeline.project.offered import offered_names

        return offered_names(_standing(asked), kind, asked.begun, everything=bool(asked.options.get("show_all")))

    return offering(find)


def _standing(asked: Asked) -> Standing:
    from guildpkg.pipeline.project.offered import standing

    return standing(asked.session.cwd, asked.session.home, **asked.project)


def _wish(asked: Asked) -> Wish:
    from guildpkg.pipeline.train.find import Wish

    return Wish(
        "" if asked.command == "run" else asked.command,
        words=tuple(asked.options.get("words", ())),
        forced=tuple(asked.options.get("forced", ())),
        latest=asked.options.get("latest", False),
        project_dir=asked.project["directory"],
        project_file=asked.project["project_file"],
    )


def _words(asked: Asked, *, flags_only: bool) -> list[Offer] | None:
    from guildpkg.pipeline.train.offered import again, offered_words

    wish, where, options = _wish(asked), _standing(asked), asked.options
    if options.get("start_run") or options.get("resume"):
        return []
    if run := options.get("restart") or options.get("from_run"):
        wish, where = again(run, wish, where)
    if asked.begun.startswith("@") and not flags_only:
        return None
    return offered_words(wish, where, asked.begun, flags_only=flags_only)


def _files(asked: Asked) -> list[Offer]:
    from guildpkg.pipeline.runs.offered import files_folder

    folder = files_folder(asked.session.home, _wanted(asked, asked.options), asked.options.get("run", ""))
    places = places_in(folder, asked.begun) if folder and ".." not in asked.begun.split("/") else []
    return [(item.value, "") for item in places]


def _profiles(asked: Asked) -> list[Offer]:
    from guildpkg.pipeline.train.offered import offered_profiles

    return offered_profiles(_wish(asked), _standing(asked), asked.begun)


def _statuses(asked: Asked) -> list[Offer]:
    from guildpkg.core.runs.status import STATUSES

    return [(word, "") for word in STATUSES if word.startswith(asked.begun)]


def _batches(asked: Asked) -> list[Offer]:
    from guildpkg.pipeline.runs.offered import offered_batches

    return offered_batches(asked.session.home, asked.begun)


def _indexes(asked: Asked) -> list[Offer]:
    from guildpkg.pipeline.index.offered import offered_indexes

    return offered_indexes(asked.session.home, asked.begun)


def _published(*, version: bool) -> Complete:
    def find(asked: Asked) -> list[Offer]:
        from guildpkg.pipeline.index.offered import offered_packages

        return offered_packages(asked.session.home, asked.begun, version=version)

    return offering(find)


def _either(first: Complete, second: Complete) -> Complete:
    """Offer the first, and where there is none of it the second."""
    return lambda ctx, param, incomplete: first(ctx, param, incomplete) or second(ctx, param, incomplete)


def both(first: Complete, second: Complete) -> Complete:
    """Offer the first, and behind it the second."""
    return lambda ctx, param, incomplete: [*first(ctx, param, incomplete), *second(ctx, param, incomplete)]


runs, trashed_runs = _runs(), _runs(deleted=True)
staged_runs, going_runs = _runs(statuses=("staged",), tags=()), _runs(statuses=("running", "pending"))
some_run = _runs(tags=())
"""A run that is named where ``--tag`` is for another one."""
run_folders = _either(runs, folders)
run_operations, run_labels, run_tags = _noted("title"), _noted("label"), _noted("tags")
run_files, statuses, batches = offering(_files), offering(_statuses), offering(_batches)
models, operations, resources = _names("models"), _names("operations"), _names("resources")
start_words = offering(lambda asked: _words(asked, flags_only=False))
flags = offering(lambda asked: _words(asked, flags_only=True))
profiles = offering(_profiles)
indexes, published, releases = offering(_indexes), _published(version=False), _published(version=True)
