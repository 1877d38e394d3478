"""One upstream repository as the fetcher sees it: its place in the cache, and the server behind it.

What is in the cache is read from there; what is not is asked of the server, where that is allowed. The first question
reports ``Downloading URL``, so that a build that needs no network says nothing of one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from guildpkg.core.digests import GitId
from guildpkg.core.events import Detail, Progress, Reporter, Step
from guildpkg.core.sources import Limits
from guildpkg.core.words import in_bytes
from guildpkg.errors import OfflineError, SourceError
from guildpkg.stores import repositories
from guildpkg.stores.repositories import Damaged, Objects, Repository
from guildpkg.system.git import remote as git_remote
from guildpkg.system.git.remote import Patience, Remote
from guildpkg.system.git.talk import GitFailed, OtherFormat

Work = TypeVar("Work")
_ATTEMPTS = 3


class Upstream:
    """A conversation about one repository; `soundly` opens and closes it.

    Attributes:
        home: ``$GUILD_HOME``.
        url: The repository as it is named upstream: the key of the cache.
        remote: Where it is fetched from.
        report: Told what happens.
        offline: True when the network must not be used.
        limits: Size limits.
        repository: Its place in the cache, while open.
        objects: What lies there, while open.
        asked: Whether the network has been used.
    """

    repository: Repository
    objects: Objects

    def __init__(
        self, home: Path, url: str, remote: str, *, report: Reporter, patience: Patience, offline: bool, limits: Limits
    ) -> None:
        self.home = home
        self.url = url
        self.report = report
        self.offline = offline
        self.limits = limits
        self.asked = False
        self.remote = Remote(remote, patience, report, self._tick)
        self.shown = git_remote.shown(remote)
        self._task = f"Downloading {self.shown}"
        self._weight = 0
        self._moving = False

    def sibling(self, url: str, remote: str) -> Upstream:
        """Make the conversation about another repository, under the same conditions."""
        patience = self.remote.patience
        return Upstream(
            self.home, url, remote, report=self.report, patience=patience, offline=self.offline, limits=self.limits
        )

    def data(self, id_: GitId, kind: str) -> bytes:
        """Read an object that has to be in the cache.

        Raises:
            Damaged: It is not there, or it is not sound.
        """
        found = self.objects.data(id_, kind)
        if found is None:
            raise Damaged(f"the {kind} {id_} is missing")
        return found

    def need(self, id_: GitId, kind: str) -> bytes:
        """Read a tree or blob, fetched by its id if it is not in the cache; what is below a tree stays away.

        Raises:
            Refused: The server gives no objects by id.
            SourceError: It cannot be had.
        """
        found = self.objects.data(id_, kind)
        if found is not None:
            return found
        self.objects_by_id([id_], leave_out="tree:0" if kind == "tree" else "")
        return self.data(id_, kind)

    def refs(self, wanted: Sequence[str], *, leave_out: str = "") -> bool:
        """Fetch the commits of refs, without history; the repository's `found` tells what came.

        Args:
            wanted: Refspecs into ``refs/guild/try/``.
            leave_out: A filter, see `git_remote.fetch`.

        Returns:
            Whether the server heeded the filter.

        Raises:
            Refused: The server knows no such filter, or gives no commits by id.
            MissingRef: One of the refs, named in full, does not exist.
            SourceError: See `git_remote.fetch`.
        """
        self.repository.forget_found()
        return self._fetch(wanted, leave_out, depth_1=True)

    def objects_by_id(self, ids: Sequence[GitId], *, leave_out: str = "") -> None:
        """Fetch objects by their ids, in one conversation.

        Raises:
            Refused: The server gives no objects by id.
            SourceError: See `git_remote.fetch`.
        """
        self._fetch(ids, leave_out, depth_1=False)

    def whole(self, id_: GitId) -> None:
        """Fetch a tree with everything below it, or one file, unless it is in the cache.

        Raises:
            Refused: The server gives no objects by id.
            SourceError: See `git_remote.fetch`.
        """
        if not self.repository.has(id_):
            self._fetch([f"{id_}:refs/guild/tree/{id_}"], "", depth_1=False)

    def all_refs(self) -> dict[str, GitId]:
        """List the branches and tags that the server has."""
        self._say()
        return git_remote.remote_refs(self.repository.path, self.remote)

    def _fetch(self, wanted: Sequence[str], leave_out: str, *, depth_1: bool) -> bool:
        self._say()
        return git_remote.fetch(self.repository.path, self.remote, wanted, leave_out=leave_out, depth_1=depth_1)

    def _say(self) -> None:
        if self.offline:
            message = f"{self.url} is not in the cache as it is needed here, and the network may not be used"
            raise OfflineError(message, hint="run it once without --offline")
        if not self.asked:
            self.report(Step(self._task))
            self._weight = self.repository.weight()
        self.asked = True

    def finish(self) -> None:
        """Say that no more bytes will come, if any were told of."""
        if self._moving:
            self.report(Progress(self._task, self._grown(), finished=True))
        self._moving = False

    def _grown(self) -> int:
        return max(0, self.repository.weight() - self._weight)

    def _tick(self) -> None:
        grown = self._grown()
        self._moving = self._moving or grown > 0
        if self._moving:
            self.report(Progress(self._task, grown))
        if grown > self.limits.download:
            message = f"{self.shown} sent more than {in_bytes(self.limits.download)}"
            raise SourceError(message, hint="name a smaller folder of the repository")


@contextlib.contextmanager
def _opened(upstream: Upstream, algorithm: str, *, anew: bool) -> Iterator[None]:
    def waiting() -> None:
        upstream.report(Detail(f"Waiting for another process that fetches {upstream.url}"))

    with repositories.holding(upstream.home, upstream.url, algorithm=algorithm, waiting=waiting) as repository:
        if anew:
            repository.empty(algorithm)
        with repositories.objects(repository.path) as objects:
            upstream.repository, upstream.objects = repository, objects
            try:
                yield
            finally:
                upstream.finish()


def soundly(upstream: Upstream, algorithm: str, work: Callable[[], Work]) -> Work:
    """Do *work* while the repository is open; should the cache be damaged, once more with an empty one.

    Args:
        upstream: The repository.
        algorithm: The kind of ids that it is thought to have; the server may know better.
        work: What to do; it may be done more than once.

    Raises:
        OfflineError: The cache is damaged, and the network may not be used.
        GuildError: What *work* raises.
    """
    anew = False
    for attempt in range(_ATTEMPTS):
        try:
            with _opened(upstream, algorithm, anew=anew):
                return work()
        except OtherFormat as error:
            if attempt == _ATTEMPTS - 1 or error.algorithm == algorithm:
                raise
            algorithm = error.algorithm
        except (Damaged, GitFailed) as error:
            if anew:
                raise
            if upstream.offline:
                hint = "run it once without --offline"
                raise OfflineError(f"the cached copy of {upstream.url} is damaged", hint=hint) from error
            upstream.report(Detail(f"The cached copy of {upstream.url} is damaged ({error}); fetching it anew"))
        anew = True
    raise AssertionError("the last attempt returns or raises")
