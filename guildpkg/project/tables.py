"""The keys of ``guild.yml``: which are read, which have no effect, and which would change what a run does.

What is in no table of its object is unknown: a warning with a guess. What is refused is refused because a run would
do something else than the file says.
"""

from __future__ import annotations

TYPES = ("model", "config", "package", "include", "project", "view")
"""The key that says what an object is. Two of them in one object are a fault."""

INHERITED = (
    "description",
    "references",
    "operations",
    "flags",
    "resources",
    "params",
    "profiles",
    "operation-defaults",
    "sourcecode",
    "extra",
    "view",
)
"""What ``extends`` takes over."""

MODEL = ("model", "config", "extends", "default", *INHERITED)
MODEL_IGNORED = ("disabled-plugins", "plugins", "python-requires")

OPERATION = (
    "description",
    "cmd",
    "main",
    "exec",
    "steps",
    "flags",
    "requires",
    "default",
    "env",
    "python-path",
    "python-requires",
    "label",
    "tags",
    "compare",
    "output-scalars",
    "sourcecode",
    "cwd",
    "run-policy",
    "profiles",
    "stats-interval",
    "flags-dest",
    "arg-order",
    "default-flag-arg-skip",
)
OPERATION_IGNORED = (
    "remote",
    "disabled-plugins",
    "plugins",
    "flags-import",
    "flags-import-skip",
    "env-secrets",
    "stoppable",
    "handle-keyboard-interrupt",
    "default-max-trials",
    "output-attrs",
    "objective",
    "optimizer",
    "optimizers",
    "publish",
    "pip-freeze",
    "delete-on-success",
    "can-stage-trials",
    "run-attrs",
)
OPERATION_REFUSED = ("notebook", "plugin-op", "flag-encoder", "nbexec")

FLAG = (
    "description",
    "default",
    "required",
    "arg-name",
    "arg-skip",
    "arg-switch",
    "arg-split",
    "arg-style",
    "choices",
    "allow-other",
    "type",
    "alias",
    "env-name",
    "null-label",
    "min",
    "max",
)
FLAG_IGNORED = ("distribution",)
FLAG_REFUSED = ("arg-encoding", "env-encoding")

CHOICE = ("value", "description", "alias", "args", "flags")

RESOURCE = (
    "description",
    "path",
    "target-path",
    "sources",
    "target-type",
    "private",
    "references",
    "preserve-path",
    "default-unpack",
    "flag-name",
    "name",
)
RESOURCE_REFUSED = ("process",)

SOURCE_KINDS = ("url", "file", "operation", "module", "package", "exists")
SOURCE = (
    *SOURCE_KINDS,
    "name",
    "sha256",
    "unpack",
    "type",
    "select",
    "rename",
    "path",
    "target-path",
    "target-type",
    "preserve-path",
    "optional",
    "help",
)
SOURCE_IGNORED = ("warn-if-empty", "fail-if-empty", "always-resolve", "replace-existing", "params", "flag-name")
SOURCE_REFUSED = ("config", "post-process", "select-min", "select-max")

PACKAGE = (
    "package",
    "name",
    "version",
    "description",
    "license",
    "url",
    "maintainer",
    "author",
    "requires",
    "data-files",
)
PACKAGE_IGNORED = (
    "maintainer-email",
    "author-email",
    "tags",
    "python-tag",
    "resources",
    "python-requires",
    "packages",
)
PROJECT = ("project", "title", "name", "description", "confirm", "runroot")
VIEW = ("view", "fields", "series", "compare")
FIELD = ("extends", "label", "source", "sources", "attribute", "reduce", "format", "unit", "icon", "color")
SERIES = ("extends", "title", "label", "source", "format", "wide")
STEP = ("run", "flags", "name")
