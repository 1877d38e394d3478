"""From a URL to a commit that is in the cache: which ref is meant, and what it holds."""

from __future__ import annotations

from guildpkg.core.digests import GitId
from guildpkg.core.git import ref_choice
from guildpkg.core.git.objects import parse_tag
from guildpkg.core.git.refs import HEADS, TAGS, GitUrl
from guildpkg.core.words import did_you_mean
from guildpkg.errors import IntegrityError, SourceError
from guildpkg.lean import dataclass
from guildpkg.sources.git.upstream import Upstream
from guildpkg.stores.repositories import Damaged
from guildpkg.system.git.talk import MissingRef

_TRY = "refs/guild/try/"
_MOST_TAGS_OF_TAGS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """What a URL turned out to mean.

    Attributes:
        ref: Full name of the ref, ``HEAD``, or ``commit`` when the URL names an id.
        path: Path from the repository's root.
        commit: Id of the commit.
        shadowed: Full name of a branch that has the tag's name, or empty.
    """

    ref: str
    path: str
    commit: GitId
    shadowed: str = ""


def resolve(upstream: Upstream, url: GitUrl, leave_out: str) -> tuple[Choice, bool]:
    """Fetch the commit that a URL means, without history.

    Args:
        upstream: The repository.
        url: What is meant.
        leave_out: What to leave out of the commit: a filter, or empty.

    Returns:
        The choice, and whether the server heeded the filter.

    Raises:
        Refused: The server knows no such filter, or gives no commits by id.
        SourceError: There is no such ref; the hint names those that are near.
        IntegrityError: A tag is forged: it says that it is another.
    """
    if url.kind == "commit":
        return _commit(upstream, url, leave_out)
    refs = ref_choice.candidates(url)
    wanted = [ref_choice.probe(ref) if url.rest else ref for ref in refs]
    try:
        heeded = upstream.refs([f"+{ref}:{_TRY}{ref.removeprefix('refs/')}" for ref in wanted], leave_out=leave_out)
    except MissingRef as error:
        raise _no_such_ref(upstream, url) from error
    found = upstream.repository.found()
    split = ref_choice.split_ref(url, found)
    if split is None:
        raise _no_such_ref(upstream, url)
    return Choice(split.ref, split.path, _peel(upstream, split.ref, found[split.ref]), split.shadowed), heeded


def _commit(upstream: Upstream, url: GitUrl, leave_out: str) -> tuple[Choice, bool]:
    id_ = GitId(url.ref)
    heeded = True
    known = upstream.objects.get(id_)
    if known is None or leave_out != "tree:0":
        heeded = upstream.refs([f"+{id_}:{_TRY}commit"], leave_out=leave_out)
        known = upstream.objects.get(id_)
    if known is None:
        raise Damaged(f"the commit {id_} is missing")
    if known.kind != "commit":
        raise SourceError(f"{id_} is a {known.kind} of {upstream.url}, not a commit", hint="name the commit's id")
    return Choice("commit", url.path, id_), heeded


def _peel(upstream: Upstream, ref: str, id_: GitId) -> GitId:
    """Follow annotated tags to their commit."""
    for depth in range(_MOST_TAGS_OF_TAGS):
        found = upstream.objects.get(id_)
        if found is None:
            raise Damaged(f"{id_}, which {ref} names, is missing")
        if found.kind == "commit":
            return id_
        if found.kind != "tag":
            raise SourceError(f"{ref} of {upstream.url} names a {found.kind}, not a commit")
        tag = parse_tag(id_, b"".join(found.chunks))
        if depth == 0 and ref.startswith(TAGS) and tag.name != ref.removeprefix(TAGS):
            message = f"{ref} of {upstream.url} is forged: the tag says that it is {tag.name!r}"
            raise IntegrityError(message, hint="tell upstream; do not use this tag")
        id_ = tag.target
    raise SourceError(f"{ref} of {upstream.url} is a tag of a tag of a tag, without an end")


def _no_such_ref(upstream: Upstream, url: GitUrl) -> SourceError:
    refs = upstream.all_refs()
    if not refs:
        return SourceError(f"{upstream.url} is empty: it has no branch and no tag yet")
    kinds = {"tag": "tag", "branch": "branch", "head": "default branch"}
    spaces = {"tag": (TAGS,), "branch": (HEADS,)}.get(url.kind, (HEADS, TAGS))
    name = url.ref or url.rest.partition("/")[0]
    known = ref_choice.short_names(ref for ref in refs if ref.startswith(spaces))
    what = f"{kinds.get(url.kind, 'branch or tag')} {name}".rstrip()
    return SourceError(f"{upstream.url} has no {what}", hint=did_you_mean(name, known))
