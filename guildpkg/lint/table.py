"""Every rule, in the order in which they run. A test keeps this table equal to the folder ``rules/``."""

from __future__ import annotations

from collections.abc import Iterator

from guildpkg.lint.findings import Severity
from guildpkg.lint.rule import Rule, Subject_contra
from guildpkg.lint.rules import (
    build_path,
    cache_left,
    commit_unpinned,
    description_missing,
    env_passed,
    executable_data,
    file_large,
    file_missing,
    file_unused,
    hash_missing,
    hook_downloads,
    hook_unknown,
    hooks_missing,
    leftover,
    license_missing,
    license_text_missing,
    license_unknown,
    link_broken,
    lock_outdated,
    module_missing,
    moving_branch,
    name_collision,
    name_convention,
    need_unlisted,
    network_wanted,
    package_empty,
    packager_syntax,
    patch_format,
    patch_twice,
    patch_undescribed,
    patch_unlisted,
    plain_http,
    project_missing,
    range_missing,
    recipe_syntax,
    references_missing,
    script_not_executable,
    secret_left,
    source_module_missing,
    source_twice,
    suppression_unknown,
    suppression_unused,
    todo_left,
    trained_model_name,
    vcs_left,
)
from guildpkg.lint.subject import ArchiveSubject, BrokenRecipe, RecipeSubject, Suppressions

BROKEN_RULES: tuple[Rule[BrokenRecipe], ...] = (recipe_syntax,)
"""For a recipe that cannot be read."""

RECIPE_RULES: tuple[Rule[RecipeSubject], ...] = (
    name_convention,
    description_missing,
    license_missing,
    license_unknown,
    references_missing,
    range_missing,
    need_unlisted,
    file_missing,
    file_unused,
    source_twice,
    commit_unpinned,
    hash_missing,
    moving_branch,
    plain_http,
    lock_outdated,
    patch_format,
    patch_twice,
    patch_unlisted,
    patch_undescribed,
    packager_syntax,
    hooks_missing,
    hook_unknown,
    hook_downloads,
    todo_left,
    network_wanted,
    env_passed,
    source_module_missing,
)
"""For a recipe folder."""

ARCHIVE_RULES: tuple[Rule[ArchiveSubject], ...] = (
    package_empty,
    project_missing,
    module_missing,
    name_collision,
    link_broken,
    secret_left,
    build_path,
    cache_left,
    vcs_left,
    leftover,
    executable_data,
    script_not_executable,
    file_large,
    license_text_missing,
    trained_model_name,
)
"""For an archive."""

SUPPRESSION_RULES: tuple[Rule[Suppressions], ...] = (
    suppression_unknown,
    suppression_unused,
)
"""For the section ``[lint]``, when all others have run."""


def every_rule() -> Iterator[tuple[str, Severity, str, str]]:
    """Yield id, severity, subject and summary of every rule, in the order of the tables."""
    yield from (_row(rule, "recipe") for rule in BROKEN_RULES)
    yield from (_row(rule, "recipe") for rule in RECIPE_RULES)
    yield from (_row(rule, "archive") for rule in ARCHIVE_RULES)
    yield from (_row(rule, "both") for rule in SUPPRESSION_RULES)


def _row(rule: Rule[Subject_contra], about: str) -> tuple[str, Severity, str, str]:
    return rule.ID, rule.SEVERITY, about, rule.SUMMARY
