"""Where a submodule is to be fetched from: what ``.gitmodules`` says, made whole and judged.

``.gitmodules`` is upstream's text, so a URL in it is hostile until it is one of a few harmless kinds: git has
transports that run commands, and a path on this machine is nobody's business but ours.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from guildpkg.core.git.refs import Problem

_SCP_LIKE = re.compile(r"(?!-)([A-Za-z0-9_.+-]+@)?(?!-)([A-Za-z0-9.-]+):/?([^:/].*)")
_SCHEMES = ("https", "http", "ssh")


def submodule_url(url: str, parent: str) -> str | Problem:
    """Make the URL of a submodule absolute, and refuse what must not be fetched.

    Args:
        url: What ``.gitmodules`` says: a URL, ``HOST:PATH``, or ``./`` or ``../`` from the parent repository.
        parent: The URL, or the path on this machine, of the repository that holds the submodule.

    Returns:
        The URL, or why it is refused. A path on this machine passes only when the parent is on it, too.
    """
    local = parent.startswith(("file://", "/"))
    if url.startswith(("./", "../")):
        return _join(parent, url)
    if re.search(r"[\x00-\x20\x7f]", url):
        return Problem("its URL has blanks or control characters in it")
    if "://" not in url and (scp := _SCP_LIKE.fullmatch(url)):
        url = f"ssh://{scp[1] or ''}{scp[2]}/{scp[3]}"
    parts = urlsplit(url)
    if parts.scheme in _SCHEMES and parts.hostname and not parts.netloc.startswith("-") and parts.password is None:
        return url
    if local and url.startswith(("file:///", "/")):
        return url
    return Problem(f"its URL {url!r} is of a kind that is not fetched", f"these are: {', '.join(_SCHEMES)}")


def _join(parent: str, relative: str) -> str | Problem:
    if "://" in parent:
        scheme, _, rest = parent.partition("://")
        host, _, path = rest.partition("/")
        root = f"{scheme}://{host}"
    else:
        root, path = "", parent
    joined = posixpath.normpath(posixpath.join("/", path, relative))
    depth = len([part for part in path.split("/") if part])
    if relative.split("/").count("..") >= depth + 1 or joined == "/":
        return Problem(f"its URL {relative!r} leads out of {parent}")
    return root + joined


def modules(settings: Mapping[str, str]) -> dict[str, str]:
    """Pair the path of each submodule with its URL.

    Args:
        settings: ``.gitmodules`` as git lists it: ``submodule.NAME.path`` and ``submodule.NAME.url`` to their values.
    """
    names = [key.removesuffix(".path") for key in settings if key.endswith(".path")]
    return {settings[f"{n}.path"].strip("/"): settings[f"{n}.url"] for n in names if f"{n}.url" in settings}
