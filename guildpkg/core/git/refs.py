"""What a URL says about a git repository: where it is, which ref, which path.

Pure text; nothing here asks a server. Where the text alone cannot tell the ref from the path (``tree/a/b/c`` may be
branch ``a`` and path ``b/c``, or branch ``a/b`` and path ``c``) both stay one text, and ``core/git/ref_choice.py``
takes them apart once the remote's refs are known.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from guildpkg.core.digests import is_git_id
from guildpkg.core.words import did_you_mean
from guildpkg.lean import dataclass

HEADS: Final = "refs/heads/"
TAGS: Final = "refs/tags/"

_GIT_SCHEMES: Final = ("git+https", "git+http", "git+ssh", "git+file")
_ARCHIVE = re.compile(r"\.(zip|tgz|tbz2|txz|whl|t?(gz|bz2|xz|zst|lzma))$", re.IGNORECASE)
_BAD_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-./]|[./]$|^@$")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_PUBLIC_HOSTS: Final = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not a git source, and what to write instead."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class GitUrl:
    """A git source as far as its text tells.

    Attributes:
        repository: URL to clone from, without credentials.
        name: The repository's last path part without ``.git``.
        kind: ``tag``, ``branch``, ``commit``, ``head`` (the remote's own choice) or ``either`` (a tag or a branch).
        ref: Short name of the tag or branch, or the id of the commit; empty for ``head``, and where *rest* is not.
        path: Path from the repository's root, no slashes at its ends; empty for the root, and where *rest* is not.
        rest: ``REF/PATH``, where the text does not tell the one from the other; else empty.
    """

    repository: str
    name: str
    kind: str
    ref: str = ""
    path: str = ""
    rest: str = ""


def parse_git_url(text: str) -> GitUrl | Problem | None:
    """Read the URL of a git source.

    Understood are ``git+https``, ``git+http``, ``git+ssh`` and ``git+file`` URLs with ``#tag=``, ``#branch=`` or
    ``#commit=`` and ``&path=``, and the pages that hosts show for a folder or file, on whatever host they are:
    ``ORG/REPO/tree/REF/PATH`` and ``/blob/``, ``GROUP/REPO/-/tree/REF/PATH``, ``ORG/REPO/src/REF/PATH`` and
    ``ORG/REPO/src/(tag|branch|commit)/REF/PATH``.

    Returns:
        The URL's meaning; what is wrong with it; or None when it is not the URL of a git source at all.
    """
    if _CONTROL.search(text):
        return Problem("a URL has no blanks or control characters in it", "write them as %XX")
    try:
        parts = urlsplit(text)
        login = _login_problem(parts)
    except ValueError as error:
        return Problem(f"this is not a URL ({error})")
    if parts.scheme in _GIT_SCHEMES:
        return login or _git_plus(parts)
    if parts.scheme in ("http", "https"):
        found = _page(parts)
        return login if login and found is not None else found
    return None


def _login_problem(parts: SplitResult) -> Problem | None:
    port_is_a_number = parts.port is None or parts.port >= 0
    if parts.password is not None or (parts.username is not None and parts.scheme != "git+ssh"):
        return Problem("a source must not carry a password", "let git's credential helper or ~/.netrc supply it")
    if (parts.hostname or "").startswith("-") or (parts.username or "").startswith("-") or not port_is_a_number:
        return Problem("the host of this URL looks like an option")
    return None


def _page(parts: SplitResult) -> GitUrl | Problem | None:
    """Read the page of a folder or a file as GitHub, GitLab, Bitbucket or Gitea show it."""
    names = [name for name in parts.path.split("/") if name]
    place = _repository_and_rest(names, parts.path)
    if place is None:
        return _bare_repository(parts, names)
    repository, kind, rest = place
    if parts.query or parts.fragment:
        odd = f"?{parts.query}" if parts.query else f"#{parts.fragment}"
        return Problem(f"{odd} means nothing for a folder of a repository", "leave it off")
    url = f"{parts.scheme}://{parts.netloc.lower()}/{'/'.join(repository).removesuffix('.git')}.git"
    name = unquote(repository[-1]).removesuffix(".git")
    clean = _clean_path("/".join(rest))
    if isinstance(clean, Problem):
        return clean
    first, _, path = clean.partition("/")
    if not clean:
        return Problem("the URL names no tag, branch or commit", f"write git+{url} for the repository's default branch")
    if kind == "commit" or (kind == "either" and is_git_id(first)):
        return _commit(GitUrl(url, name, "commit", first, path))
    return ref_problem(first) or GitUrl(url, name, kind, rest=clean)


def _repository_and_rest(names: list[str], path: str) -> tuple[list[str], str, list[str]] | None:
    if "-" in names[2:] and names[names.index("-", 2) + 1 :][:1] in (["tree"], ["blob"]):
        cut = names.index("-", 2)
        return names[:cut], "either", names[cut + 2 :]
    if names[2:3] in (["tree"], ["blob"]):
        return names[:2], "either", names[3:]
    if names[2:3] == ["src"] and names[3:4] in (["tag"], ["branch"], ["commit"]) and names[4:]:
        return names[:2], names[3], names[4:]
    if names[2:3] == ["src"] and names[3:] and not _ARCHIVE.search(path):
        return names[:2], "either", names[3:]
    return None


def _bare_repository(parts: SplitResult, names: list[str]) -> Problem | None:
    if names and (names[-1].endswith(".git") or (parts.hostname in _PUBLIC_HOSTS and len(names) == 2)):
        plain = f"{parts.scheme}://{parts.netloc}/{'/'.join(names)}"
        return Problem("this is a whole repository", f"write git+{plain}#tag=... or the URL of a folder in it")
    return None


def _git_plus(parts: SplitResult) -> GitUrl | Problem:
    scheme = parts.scheme.removeprefix("git+")
    if parts.query:
        return Problem(f"?{parts.query} means nothing for git", "refs are written #tag=, #branch= or #commit=")
    if scheme == "file" and parts.netloc not in ("", "localhost"):
        return Problem("git+file:// needs a path from the root", f"write git+file:///{parts.netloc}{parts.path}")
    if scheme != "file" and not parts.hostname:
        return Problem("the URL names no host")
    path = parts.path.rstrip("/")
    name = unquote(path.rpartition("/")[2]).removesuffix(".git")
    if name in ("", ".", "..") or "/" in name or _CONTROL.search(name):
        return Problem("the URL names no repository")
    repository = f"{scheme}://{parts.netloc if scheme != 'file' else ''}{path}"
    return _with_fragment(GitUrl(repository, name, "head"), parts.fragment)


def _with_fragment(url: GitUrl, fragment: str) -> GitUrl | Problem:
    details: dict[str, str] = {}
    for word in fragment.split("&") if fragment else ():
        key, equals, value = word.partition("=")
        if key not in ("tag", "branch", "commit", "path"):
            return Problem(f"#{key} is not known", did_you_mean(key, ("tag", "branch", "commit", "path")))
        if not equals or not value or key in details:
            return Problem(f"#{key}= needs exactly one value")
        details[key] = value
    path = _clean_path(details.pop("path", ""))
    if isinstance(path, Problem):
        return path
    if len(details) > 1:
        return Problem(f"{' and '.join(details)} contradict each other", "name one of them")
    kind, ref = next(iter(details.items()), ("head", ""))
    ref = unquote(ref)
    found = GitUrl(url.repository, url.name, kind, ref, path)
    if kind == "commit":
        return _commit(found)
    return (ref_problem(ref) if ref else None) or found


def _commit(url: GitUrl) -> GitUrl | Problem:
    if is_git_id(url.ref):
        return url
    return Problem(f"{url.ref!r} is not the id of a commit", "write all 40 hexadecimal digits")


def _clean_path(text: str) -> str | Problem:
    try:
        path = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return Problem("the path in the URL is not UTF-8")
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names:
        return Problem("the path in the URL has .. in it", "write the path from the repository's root")
    if re.search(r"[\x00-\x1f\x7f]", path):
        return Problem("the path in the URL has control characters in it")
    return "/".join(names)


def ref_problem(ref: str) -> Problem | None:
    """Tell what keeps *ref* from being the name of a tag or branch, as ``git check-ref-format`` has it."""
    if _BAD_IN_REF.search(ref) or not ref.isprintable():
        return Problem(f"{ref!r} is not a name that git allows for a tag or branch")
    return None
