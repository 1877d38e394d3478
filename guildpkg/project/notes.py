"""What is wrong and what is odd in project files, collected while they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, ProjectError, Where
from guildpkg.lean import dataclass

MOST_GUESSES = 100
MOST_WORK = 200_000


@dataclass(slots=True)
class Notes:
    """Faults end the reading, all of them together and late; warnings go with the project. Each is kept once.

    What is inherited is read once for each heir, so the same note may come again.
    """

    faults: dict[Fault, None] = field(default_factory=dict)
    warnings: dict[Fault, None] = field(default_factory=dict)
    work: int = 0

    def fault(self, where: Where, message: str, hint: str = "") -> None:
        """Note what is wrong, once."""
        self.faults.setdefault(Fault(where, message, hint))

    def warn(self, where: Where, message: str, hint: str = "") -> None:
        """Note what is odd, once."""
        self.warnings.setdefault(Fault(where, message, hint))

    def unknown(self, where: Where, key: str, of: str, known: Iterable[str]) -> None:
        """Note a key that nobody reads."""
        self.warn(where, f"unknown key {key[:60]} in {of}", self.guess(key, known))

    def guess(self, word: str, known: Iterable[str]) -> str:
        """Say what may have been meant; a file of nonsense gets no guess for each of its words."""
        few = len(self.warnings) + len(self.faults) < MOST_GUESSES
        return did_you_mean(word, list(known)) if few else ""

    def spend(self, values: int, where: Where) -> None:
        """Count values that are read or laid; a small file can make models without end out of one another.

        Raises:
            ProjectError: There are too many; with every fault so far.
        """
        self.work += values
        if self.work > MOST_WORK:
            self.fault(where, f"the project unfolds into more than {MOST_WORK:,} values")
            raise ProjectError(self.faults)
