"""Package archives of a few files, made in this process and as valid as those of a build."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from guildpkg.archive.bundle import canonical_tar
from guildpkg.archive.write import write_archive
from guildpkg.core.archive.manifest import Build, Kept, Manifest, format_manifest
from guildpkg.core.digests import sha256
from guildpkg.system.disk import scan

EPOCH = 1_509_494_400
FILES = {"README": "read me\n", "bin/run": "#!/bin/sh\n", "data/train.csv": "1,2\n" * 100, "latest": "->data/train.csv"}


def make_package(
    folder: Path,
    name: str = "sample",
    version: str = "1",
    files: Mapping[str, str] = FILES,
    *,
    requires: str = "",
    python: str = "",
    description: str = "",
) -> Path:
    """Write the archive of a package.

    Args:
        folder: Where; the tree it is made of stays beside it.
        name: Its name.
        version: Its version.
        files: Content by path; ``->`` begins the target of a link, a path below ``bin`` is executable.
        requires: Packages that it needs.
        python: Python packages that it needs.
        description: What it is.
    """
    root = folder / f"tree-{name}-{version}"
    shutil.rmtree(root, ignore_errors=True)
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("->"):
            place.symlink_to(content[2:])
        else:
            place.write_text(content)
            place.chmod(0o755 if path.startswith("bin/") else 0o644)
    needs = tuple((key, value) for key, value in (("packages", requires), ("python", python)) if value)
    about = (("name", name), ("version", version), *((("description", description),) if description else ()))
    recipe = f"[package]\n  name = {name}\n  version = {version}\n".encode()
    manifest = Manifest(
        sections=(Kept("package", (), about), *((Kept("requires", (), needs),) if needs else ())),
        build=Build("0.1.0", EPOCH, sha256(recipe), sha256(b""), "xz"),
        files=scan(root),
        bundle=canonical_tar({b"GuildPkg": (0o644, recipe)}),
    )
    return write_archive(root, format_manifest(manifest), folder / f"{name}-{version}.pkg.tar.xz").path
