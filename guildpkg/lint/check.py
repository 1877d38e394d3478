"""Run the rules over a subject, and sort what the recipe's ``[lint]`` section switches off from the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guildpkg.errors import Fault
from guildpkg.lint.findings import Finding, Report, finding, in_order
from guildpkg.lint.rule import Rule, Subject_contra
from guildpkg.lint.subject import ArchiveSubject, BrokenRecipe, RecipeSubject, Suppressions
from guildpkg.lint.table import ARCHIVE_RULES, BROKEN_RULES, RECIPE_RULES, SUPPRESSION_RULES, every_rule

_KNOWN = tuple(identity for identity, *_ in every_rule())


def check_broken(faults: Iterable[Fault], target: str) -> Report:
    """Report a recipe that cannot be read.

    Args:
        faults: What is wrong with it.
        target: The recipe as the user named it.
    """
    return Report(target, in_order(_run(BROKEN_RULES, BrokenRecipe(tuple(faults)))))


def check_recipe(subject: RecipeSubject, target: str) -> Report:
    """Run the rules for recipes.

    Args:
        subject: What they look at.
        target: The recipe as the user named it.
    """
    section = subject.parsed.first("lint")
    lines = {name: attr.line for name, attr in section.attrs.items()} if section else {}
    found = _run(RECIPE_RULES, subject)
    allowed = Suppressions(subject.recipe.allowed, subject.recipe.file, lines, _KNOWN, _ids(RECIPE_RULES), _hit(found))
    return _sorted_out(found, allowed, target)


def check_archive(subject: ArchiveSubject, target: str) -> Report:
    """Run the rules for archives.

    Args:
        subject: What they look at.
        target: The archive as the user named it.
    """
    found = _run(ARCHIVE_RULES, subject)
    allowed = Suppressions(subject.recipe.allowed, "./.GuildPkg", {}, _KNOWN, _ids(ARCHIVE_RULES), _hit(found))
    return _sorted_out(found, allowed, target)


def _run(rules: Iterable[Rule[Subject_contra]], subject: Subject_contra) -> list[Finding]:
    return [finding(rule.ID, rule.SEVERITY, fault) for rule in rules for fault in rule.check(subject)]


def _ids(rules: Iterable[Rule[Subject_contra]]) -> frozenset[str]:
    return frozenset(rule.ID for rule in rules)


def _hit(found: Iterable[Finding]) -> frozenset[str]:
    return frozenset(item.rule for item in found)


def _sorted_out(found: list[Finding], suppressions: Suppressions, target: str) -> Report:
    reasons = suppressions.allowed
    shown = [item for item in found if item.rule not in reasons] + _run(SUPPRESSION_RULES, suppressions)
    hidden = [replace(item, suppressed=reasons[item.rule]) for item in found if item.rule in reasons]
    return Report(target, in_order(shown), in_order(hidden))
