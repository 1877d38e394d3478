"""The commands, in the order in which ``guild --help`` shows them.

The line of help stands here too, so that ``guild --help`` imports no command; a test keeps both equal.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("guildpkg.cli.init", "Begin a new recipe or project."),
    "package": ("guildpkg.cli.package", "Build the archive of a recipe, a project or a run."),
    "lock": ("guildpkg.cli.lock", "Pin what the sources of a recipe are."),
    "lint": ("guildpkg.cli.lint", "Look for mistakes in a recipe or an archive."),
    "patch": ("guildpkg.cli.patch", "Make patches, and keep them up to date."),
    "outdated": ("guildpkg.cli.outdated", "Show what happened upstream since the lock."),
    "inspect": ("guildpkg.cli.inspect", "Show what an archive holds."),
    "diff-package": ("guildpkg.cli.diff_package", "Show what differs between two archives."),
    "unpack-recipe": ("guildpkg.cli.unpack_recipe", "Give back the recipe of an archive."),
    "rebuild": ("guildpkg.cli.rebuild", "Build an archive again from itself, and compare."),
    "verify": ("guildpkg.cli.verify", "Check archives and installed packages against their manifests."),
    "install": ("guildpkg.cli.install", "Install packages."),
    "upgrade": ("guildpkg.cli.upgrade", "Install newer versions of packages."),
    "uninstall": ("guildpkg.cli.uninstall", "Remove installed packages."),
    "rollback": ("guildpkg.cli.rollback", "Go back to what was installed before."),
    "history": ("guildpkg.cli.history", "Show how what is installed came to be."),
    "list-packages": ("guildpkg.cli.list_packages", "List installed packages."),
    "files": ("guildpkg.cli.files", "List the files of an installed package."),
    "why": ("guildpkg.cli.why", "Say why a package is installed."),
    "gc": ("guildpkg.cli.gc", "Free the space of packages that are not installed any more."),
    "index": ("guildpkg.cli.index", "Make, trust and look after indexes of packages."),
    "publish": ("guildpkg.cli.publish", "Put packages on an index."),
    "yank": ("guildpkg.cli.yank", "Say why a release should not be installed any more."),
    "search": ("guildpkg.cli.search", "Look for packages."),
    "info": ("guildpkg.cli.info", "Show what the indexes say of a package."),
    "help": ("guildpkg.cli.help", "Show what a project can do."),
    "models": ("guildpkg.cli.models", "List models."),
    "operations": ("guildpkg.cli.operations", "List operations."),
    "resources": ("guildpkg.cli.resources", "List resources."),
    "check": ("guildpkg.cli.check", "Check this machine, the project file and the runs."),
    "train": ("guildpkg.cli.train", "Train a model."),
    "prepare": ("guildpkg.cli.prepare", "Prepare what training needs."),
    "evaluate": ("guildpkg.cli.evaluate", "Evaluate a trained model."),
    "run": ("guildpkg.cli.run", "Run an operation of a model."),
    "runs": ("guildpkg.cli.runs", "List runs, and look after them."),
    "list-runs": ("guildpkg.cli.list_runs", "Print the folders of runs."),
    "list-attrs": ("guildpkg.cli.list_attrs", "List the attributes of a run."),
    "list-series": ("guildpkg.cli.list_series", "List the series of a run."),
    "delete-run": ("guildpkg.cli.delete_run", "Move a run to the trash."),
    "compare": ("guildpkg.cli.compare", "Show runs side by side."),
    "diff": ("guildpkg.cli.diff", "Show what differs between two runs."),
    "tensorboard": ("guildpkg.cli.tensorboard", "Show runs in TensorBoard."),
    "cat": ("guildpkg.cli.cat", "Show what a run printed, or one of its files."),
    "ls": ("guildpkg.cli.ls", "List the files of a run."),
    "view": ("guildpkg.cli.view", "Show the runs in the browser."),
    "completion": ("guildpkg.cli.completion", "Print the completion script of a shell."),
}

ALIASES: dict[str, str] = {"ops": "operations"}
"""Other names of commands, which no listing shows."""
