"""The table of rules, the order of findings, suppressions, and what a program gets to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import guildpkg.lint.rules
from guildpkg.errors import Fault, Where
from guildpkg.lint.check import check_archive, check_broken, check_recipe
from guildpkg.lint.findings import Report, Severity
from guildpkg.lint.table import ARCHIVE_RULES, BROKEN_RULES, RECIPE_RULES, SUPPRESSION_RULES, every_rule
from tests.lint.worlds import HEAD, World, archive

FOLDER = Path(guildpkg.lint.rules.__path__[0])
DOC = Path(__file__).parents[2] / "docs" / "lint.md"
GOOD = "description = x\nlicense = MIT\n"


def lines(report: Report) -> list[str]:
    return [f"{found.where} {found.severity} {found.rule}" for found in report.findings]


def test_the_table_is_the_folder() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert {rule.replace("-", "_") for rule, *_ in every_rule()} == files


def test_a_rule_is_listed_once_under_the_name_of_its_file() -> None:
    tables: tuple[tuple[object, ...], ...] = (BROKEN_RULES, RECIPE_RULES, ARCHIVE_RULES, SUPPRESSION_RULES)
    files = [getattr(module, "__name__", "").rpartition(".")[2] for table in tables for module in table]
    assert [rule.replace("-", "_") for rule, *_ in every_rule()] == files
    assert len(set(files)) == len(files)


def test_the_documentation_lists_every_rule_as_it_is() -> None:
    rows = [f"| `{rule}` | {severity} | {about} | {summary} |" for rule, severity, about, summary in every_rule()]
    table = DOC.read_text(encoding="utf-8").partition("\n## The rules\n")[2]
    written = [line for line in table.splitlines() if line.startswith("| `")]
    assert written == rows


def test_findings_come_worst_first_then_by_place() -> None:
    report = check_recipe(World("source = b.py\n[build]\nnetwork = yes\n", {"z.py": b""}).subject(), ".")
    assert lines(report) == [
        "GuildPkg:4 error file-missing",
        "GuildPkg:1 warning description-missing",
        "GuildPkg:1 warning license-missing",
        "GuildPkg:6 warning network-wanted",
        "z.py info file-unused",
    ]
    assert report.failed
    assert report.counts == {Severity.ERROR: 1, Severity.WARNING: 3, Severity.INFO: 1}


def test_warnings_do_not_fail() -> None:
    assert not check_recipe(World().subject(), ".").failed


def test_a_broken_recipe_is_all_its_faults() -> None:
    report = check_broken([Fault(Where("GuildPkg", 2), "no"), Fault(Where("GuildPkg", 1), "none", "try")], "x")
    assert [str(found) for found in report.findings] == [
        "GuildPkg:1: error: none (try) [recipe-syntax]",
        "GuildPkg:2: error: no [recipe-syntax]",
    ]
    assert report.failed


def test_a_suppressed_finding_is_kept_aside_with_its_reason() -> None:
    world = World(GOOD + "[build]\nnetwork = yes\n[lint]\nnetwork-wanted = no stable address\n")
    report = check_recipe(world.subject(), ".")
    assert report.findings == ()
    assert [(found.rule, found.suppressed) for found in report.suppressed] == [("network-wanted", "no stable address")]


def test_an_error_can_be_suppressed_as_well() -> None:
    report = check_recipe(World(GOOD + "source = made.py\n[lint]\nfile-missing = made by CI\n").subject(), ".")
    assert not report.failed


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("network-wnated", "there is no rule network-wnated (did you mean network-wanted?) [suppression-unknown]"),
        ("zzz", "there is no rule zzz (docs/lint.md lists the rules) [suppression-unknown]"),
        ("network-wanted", "network-wanted finds nothing any more (remove the line) [suppression-unused]"),
    ],
)
def test_a_suppression_that_does_nothing_is_a_finding(rule: str, message: str) -> None:
    report = check_recipe(World(f"{GOOD}[lint]\n{rule} = because\n").subject(), ".")
    assert [str(found).split(": ", 2)[::2] for found in report.findings] == [["GuildPkg:7", message]]


def test_a_suppression_for_the_archive_is_not_held_against_the_recipe_nor_the_other_way_round() -> None:
    text = f"{GOOD}[lint]\nfile-large = it is data\nnetwork-wanted = x\n"
    recipe = check_recipe(World(text).subject(), ".")
    packed = check_archive(archive("LICENSE", recipe=text), "demo-1.pkg.tar.xz")
    assert [found.message for found in recipe.findings] == ["network-wanted finds nothing any more"]
    assert [str(found.where) for found in packed.findings] == ["./.GuildPkg"]
    assert [found.message for found in packed.findings] == ["file-large finds nothing any more"]


def test_what_the_recipe_allows_is_allowed_in_its_archive() -> None:
    report = check_archive(archive(recipe=f"{HEAD}{GOOD}[lint]\npackage-empty = a placeholder\n"), "demo-1.pkg.tar.xz")
    assert (report.findings, [found.suppressed for found in report.suppressed]) == ((), ["a placeholder"])


def test_json_has_everything_suppressed_or_not() -> None:
    world = World("description = x\n[build]\nnetwork = yes\n[lint]\nnetwork-wanted = why\n")
    told = json.loads(json.dumps(check_recipe(world.subject(), "demo").to_json()))
    assert (told["target"], told["failed"]) == ("demo", False)
    assert told["counts"] == {"error": 0, "warning": 1, "info": 0}
    assert [(found["rule"], found["suppressed"]) for found in told["findings"]] == [
        ("license-missing", None),
        ("network-wanted", "why"),
    ]
    assert told["findings"][0] == {
        "rule": "license-missing",
        "severity": "warning",
        "file": "GuildPkg",
        "line": 1,
        "message": "no license is named",
        "hint": "add license = SPDX-EXPRESSION, e.g. Apache-2.0",
        "suppressed": None,
    }
