"""Which versions together satisfy every need: the newest of each, an installed one where it will do.

resolvelib searches; what it cannot find is explained in terms of who asks for what and which versions there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from packaging.version import Version
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, ResolutionTooDeep, Resolver
from resolvelib.structs import RequirementInformation

from guildpkg.core.recipe.model import PackageNeed
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

_ROUNDS: Final = 20_000
_SHOWN: Final = 8


class Unresolvable(GuildError):
    """No set of versions satisfies everything that is asked for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that could be installed.

    Attributes:
        name: Package name.
        version: Its version.
        needs: What it needs.
        rank: What is taken first: 2 for an archive that was named, 1 for what is installed, 0 for all else.
        yanked: Why it should not be installed any more; such a version is taken only when it is asked for exactly.
        source: What the caller finds it by.
    """

    name: str
    version: Version
    needs: tuple[PackageNeed, ...]
    rank: int = 0
    yanked: str | None = None
    source: object = None

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A need and who has it; None is the user."""

    need: PackageNeed
    by: Candidate | None

    def __str__(self) -> str:
        return f"{self.by or 'you'} {'needs' if self.by else 'ask for'} {self.need}"


def resolve(
    roots: Sequence[PackageNeed],
    find: Callable[[str], Iterable[Candidate]],
    *,
    fresh: frozenset[str] = frozenset(),
) -> tuple[Candidate, ...]:
    """Choose one version of every package that is asked for or needed.

    Args:
        roots: What the user asks for.
        find: Gives every version of a name; called once per name.
        fresh: Names of which the newest version is wanted even when an installed one would do.

    Returns:
        What was chosen, needed ones before those that need them as far as that is possible.

    Raises:
        Unresolvable: Nothing satisfies all; the message says who asks for what.
    """
    provider = _Provider(find, fresh)
    asked = [_Asked(need, None) for need in roots]
    try:
        found = Resolver(provider, BaseReporter()).resolve(asked, max_rounds=_ROUNDS)
    except ResolutionImpossible as error:
        raise _explained([cause.requirement for cause in error.causes], provider) from error
    except ResolutionTooDeep as error:
        raise Unresolvable("there are too many ways to combine the versions", hint="ask for exact versions") from error
    return tuple(_sorted(found.mapping))


class _Provider(AbstractProvider[_Asked, Candidate, str]):
    """What resolvelib wants to know about packages."""

    def __init__(self, find: Callable[[str], Iterable[Candidate]], fresh: frozenset[str]) -> None:
        self._find = find
        self._fresh = fresh
        self.known: dict[str, tuple[Candidate, ...]] = {}

    def versions(self, name: str) -> tuple[Candidate, ...]:
        """Give every version of a name, the one to be tried first in front."""
        if name not in self.known:
            self.known[name] = tuple(sorted(self._find(name), key=self._order, reverse=True))
        return self.known[name]

    def _order(self, candidate: Candidate) -> tuple[int, bool, Version]:
        rank = 0 if candidate.rank == 1 and candidate.name in self._fresh else candidate.rank
        return rank, not candidate.version.is_prerelease, candidate.version

    def identify(self, requirement_or_candidate: _Asked | Candidate) -> str:
        item = requirement_or_candidate
        return item.need.name if isinstance(item, _Asked) else item.name

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],  # noqa: ARG002 - resolvelib's signature
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[str, Iterator[RequirementInformation[_Asked, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[_Asked, Candidate]],
    ) -> tuple[bool, bool, str]:
        # what conflicted before, and then what the user named, is decided first
        conflicted = any(identifier == cause.requirement.need.name for cause in backtrack_causes)
        needed = all(item.requirement.by for item in information[identifier])
        return not conflicted, needed, identifier

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[_Asked]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> list[Candidate]:
        asked = list(requirements[identifier])
        refused = {candidate.version for candidate in incompatibilities[identifier]}
        found = [
            candidate
            for candidate in self.versions(identifier)
            if candidate.version not in refused and all(_fits(item.need, candidate) for item in asked)
        ]
        wanted = any(item.need.range.prereleases for item in asked)
        stable = [item for item in found if wanted or item.rank or not item.version.is_prerelease]
        return stable or found

    def is_satisfied_by(self, requirement: _Asked, candidate: Candidate) -> bool:
        return _fits(requirement.need, candidate)

    def get_dependencies(self, candidate: Candidate) -> list[_Asked]:
        return [_Asked(need, candidate) for need in candidate.needs]


def _fits(need: PackageNeed, candidate: Candidate) -> bool:
    if not need.range.contains(candidate.version, prereleases=True):
        return False
    if candidate.rank or candidate.yanked is None:
        return True
    return any(spec.operator in ("==", "===") and "*" not in spec.version for spec in need.range)


def _explained(asked: Sequence[_Asked], provider: _Provider) -> Unresolvable:
    """Say who asks for what, and which versions there are."""
    lines = list(dict.fromkeys(str(item) for item in asked))
    names = list(dict.fromkeys(item.need.name for item in asked))
    for name in names:
        versions = sorted(provider.versions(name), key=lambda candidate: candidate.version, reverse=True)
        if not versions:
            lines.append(f"there is no package {name}")
            continue
        shown = [f"{item.version} (yanked)" if item.yanked is not None else str(item.version) for item in versions]
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        lines.append(f"there is {name} {', '.join(shown[:_SHOWN])}{more}")
    nothing = all(not provider.versions(name) for name in names)
    head = "what is asked for cannot be had:" if len(asked) == 1 or nothing else "what is asked for contradicts itself:"
    hint = "see guild search for what there is, and guild index list for where it is looked for"
    return Unresolvable("\n  ".join([head, *lines]), hint=hint if nothing else "ask for other versions, or for fewer")


def _sorted(mapping: Mapping[str, Candidate]) -> Iterator[Candidate]:
    """Yield what is needed before what needs it; of a circle, whoever comes first."""
    seen: set[str] = set()

    def visit(name: str) -> Iterator[Candidate]:
        if name in seen or name not in mapping:
            return
        seen.add(name)
        for need in mapping[name].needs:
            yield from visit(need.name)
        yield mapping[name]

    for name in sorted(mapping):
        yield from visit(name)
