"""``GuildPkg`` text -> `Recipe`: every fault with its line, all of them at once, never one at a time."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from guildpkg.core import ini, names
from guildpkg.core.recipe import source_words as recipe_sources
from guildpkg.core.recipe.model import COMPRESSIONS, FREE_SECTIONS, HOOK_ENV, KEYS, PatchFile, Recipe
from guildpkg.core.recipe.needs import Problem, package_needs, python_needs
from guildpkg.core.sources import Source
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, RecipeError, Where

_HEADERS = ("syntax error: [", "unknown section")  # behind these, "there is no [package]" is not worth a line

_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_Need = TypeVar("_Need")


def read_recipe(text: str, file: str) -> Recipe:
    """Read a recipe.

    Args:
        text: Content of the file.
        file: Its name as the user knows it.

    Raises:
        RecipeError: Something is wrong; its *faults* are all that is wrong.
    """
    parsed = ini.parse(text, file)
    reader = _Reader(file, list(parsed.faults))
    recipe = reader.read(parsed)
    if reader.faults:
        raise RecipeError(reader.faults)
    return recipe


class _Reader:
    """Collects faults while it turns sections into a recipe."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = faults

    def fault(self, line: int, message: str, hint: str = "") -> None:
        self.faults.append(Fault(Where(self.file, line), message, hint))

    def read(self, parsed: ini.IniFile) -> Recipe:
        self._check_shape(parsed)
        package = next(iter(parsed.of_type("package")), ini.Section("package", (), 0))
        if not package.line and not any(fault.message.startswith(_HEADERS) for fault in self.faults):
            self.fault(0, "there is no [package] section", "`guild init --package` writes a recipe to start from")
        requires = parsed.first("requires") or ini.Section("requires", (), 0)
        build = parsed.first("build") or ini.Section("build", (), 0)
        return Recipe(
            file=self.file,
            name=self._required(package, "name", self._name),
            version=self._required(package, "version", self._version),
            description=package.get("description"),
            license=package.get("license"),
            url=package.get("url"),
            maintainer=package.get("maintainer"),
            sources=self._sources(parsed, package),
            patches=self._patches(package),
            packager=self._one_word(package, "packager"),
            project=self._folder(package, "project"),
            compression=self._choice(package, "compression", COMPRESSIONS),
            packages=self._needs(requires, "packages", package_needs),
            python=self._needs(requires, "python", python_needs),
            network=self.yes_or_no(build, "network", default=False),
            env=self._env(build),
            references=_free(parsed, "references"),
            allowed=self._allowed(parsed),
        )

    def _check_shape(self, parsed: ini.IniFile) -> None:
        """Find sections and attributes that a recipe does not have, or has twice."""
        seen: dict[tuple[str, ...], int] = {}
        known = (*KEYS, *FREE_SECTIONS)
        for section in parsed.sections:
            if section.type == "":
                continue  # a header that could not be read is reported already
            if section.type not in known:
                self.fault(section.line, f"unknown section {section.title}", did_you_mean(section.type, known))
                continue
            first = seen.setdefault((section.type, *section.names), section.line)
            if first != section.line:
                self.fault(section.line, f"{section.title} is there twice", f"the first is on line {first}")
            if len(section.names) != (section.type == "source"):
                shape = '[source "NAME"]' if section.type == "source" else f"[{section.type}]"
                self.fault(section.line, f"{section.title} should be {shape}")
            self._check_keys(section)

    def _check_keys(self, section: ini.Section) -> None:
        seen: dict[str, int] = {}
        known = KEYS.get(section.type, ())
        for item in section.items:
            if isinstance(item, ini.Directive):
                self.fault(item.line, "@attrs means nothing in a recipe", "write the attributes out")
                continue
            if known and item.name not in known:
                self.fault(item.line, f"unknown key {item.name} in [{section.type}]", did_you_mean(item.name, known))
            elif item.name in seen:
                self.fault(item.line, f"{item.name} is set twice", f"the first is on line {seen[item.name]}")
            elif any(not (char.isprintable() or char == "\t") for char in item.name + item.value):
                self.fault(item.line, f"{item.name} holds an unprintable character", "remove it")
            seen.setdefault(item.name, item.line)

    def _required(self, section: ini.Section, key: str, check: Callable[[ini.Attr], str]) -> str:
        if not section.line:
            return ""  # that the whole section is missing is reported already
        attr = section.attrs.get(key)
        if attr is None or not attr.squeezed:
            self.fault(
                section.line if attr is None else attr.line, f"[{section.type}] has no {key}", f"add {key} = ..."
            )
            return ""
        return check(attr)

    def _name(self, attr: ini.Attr) -> str:
        if problem := names.check_name(attr.squeezed):
            self.fault(attr.line, problem)
        return attr.squeezed

    def _version(self, attr: ini.Attr) -> str:
        version = names.canonical_version(attr.squeezed)
        if version is None:
            hint = "versions follow PEP 440: 1, 1.2, 20170301, 1.2rc1"
            self.fault(attr.line, f"{attr.squeezed!r} is not a version", hint)
        return version or ""

    def _one_word(self, section: ini.Section, key: str) -> str:
        attr = section.attrs.get(key)
        if attr is None:
            return ""
        if len(attr.words) != 1 or "/" in attr.value or attr.value.startswith("."):
            self.fault(attr.line, f"{key} names one file of the recipe, without a folder")
        return attr.squeezed

    def _folder(self, section: ini.Section, key: str) -> str:
        attr = section.attrs.get(key)
        if attr is None:
            return ""
        clean = posixpath.normpath(attr.value)
        if not attr.value or recipe_sources.leaves(attr.value):
            self.fault(attr.line, f"{key} is a folder inside of the package", "write a relative path without ..")
        return "" if clean == "." else clean

    def _choice(self, section: ini.Section, key: str, choices: tuple[str, ...]) -> str:
        attr = section.attrs.get(key)
        if attr is None:
            return choices[0]
        if attr.value not in choices:
            self.fault(attr.line, f"{key} is {' or '.join(choices)}, not {attr.squeezed!r}")
        return attr.value

    def yes_or_no(self, section: ini.Section, key: str, *, default: bool) -> bool:
        attr = section.attrs.get(key)
        if attr is None:
            return default
        if attr.value.lower() not in ini.YES:
            self.fault(attr.line, f"{key} is yes or no, not {attr.squeezed!r}")
        return ini.YES.get(attr.value.lower(), default)

    def _sources(self, parsed: ini.IniFile, package: ini.Section) -> tuple[Source, ...]:
        attr = package.attrs.get("source")
        if attr is None:
            return ()
        found: list[Source] = []
        for word in attr.words:
            made = recipe_sources.source_of(word, Where(self.file, attr.line))
            if isinstance(made, Fault):
                self.faults.append(made)
            else:
                found.append(made)
        named = recipe_sources.unique_names(found)
        details = {section.name: section for section in parsed.of_type("source") if section.names}
        unreadable = len(found) < len(attr.words)
        for name in details.keys() - {source.name for source in named} if not unreadable else ():
            hint = did_you_mean(name, [source.name for source in named])
            self.fault(details[name].line, f'[source "{name}"] describes no source of this recipe', hint)
        return tuple(self._detailed(source, details.get(source.name)) for source in named)

    def _detailed(self, source: Source, section: ini.Section | None) -> Source:
        if section is None:
            return source
        for name, attr in section.attrs.items():
            if problem := recipe_sources.detail_problem(source, name, attr.squeezed):
                self.fault(attr.line, problem[0], problem[1])
        return replace(
            source,
            commit=section.get("commit"),
            tree=section.get("tree"),
            sha256=section.get("sha256").lower(),
            extract=self.yes_or_no(section, "extract", default=True),
            submodules=self.yes_or_no(section, "submodules", default=False),
            into=self._folder(section, "into"),
        )

    def _patches(self, package: ini.Section) -> tuple[PatchFile, ...]:
        attr = package.attrs.get("patches")
        if attr is None:
            return ()
        for word in dict.fromkeys(attr.words):
            if recipe_sources.leaves(word) or "://" in word:
                self.fault(attr.line, f"the patch {word} does not lie in the recipe's folder", "copy it there")
            if odd := recipe_sources.odd_character(word):
                self.fault(attr.line, f"the patch {word} has {odd} in its name", "rename it")
            if attr.words.count(word) > 1:
                self.fault(attr.line, f"the patch {word} is listed twice")
        return tuple(PatchFile(word, Where(self.file, attr.line)) for word in attr.words)

    def _needs(
        self, requires: ini.Section, key: str, read: Callable[[str], tuple[tuple[_Need, ...], tuple[Problem, ...]]]
    ) -> tuple[_Need, ...]:
        attr = requires.attrs.get(key)
        if attr is None:
            return ()
        found, problems = read(attr.squeezed)
        for message, hint in problems:
            self.fault(attr.line, message, hint)
        return found

    def _env(self, build: ini.Section) -> tuple[str, ...]:
        attr = build.attrs.get("env")
        if attr is None:
            return ()
        for word in attr.words:
            if not _ENV.fullmatch(word):
                self.fault(attr.line, f"{word!r} is not the name of an environment variable")
            elif word in HOOK_ENV:
                self.fault(attr.line, f"{word} is set for every hook and cannot be passed in")
        return attr.words

    def _allowed(self, parsed: ini.IniFile) -> dict[str, str]:
        section = parsed.first("lint")
        for attr in section.attrs.values() if section else ():
            if not attr.value:
                self.fault(attr.line, f"{attr.name} is switched off without a reason", "write the reason behind the =")
        return _free(parsed, "lint")


def _free(parsed: ini.IniFile, kind: str) -> dict[str, str]:
    section = parsed.first(kind)
    return {name: attr.squeezed for name, attr in section.attrs.items()} if section else {}
