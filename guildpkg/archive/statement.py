"""The build statement ``NAME-VERSION.build.json``: who built what from what, as an in-toto statement.

It holds what the manifest must not: the machine, the way each source came, the sandbox, the times. It is an in-toto
Statement v1 with SLSA provenance v1 as its predicate, made and validated with in-toto's own library; anything that
reads such statements reads ours. A pure function from values to bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from google.protobuf import json_format  # type: ignore[import-untyped]
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2  # type: ignore[import-untyped]
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor  # type: ignore[import-untyped]
from in_toto_attestation.v1.statement import Statement  # type: ignore[import-untyped]

from guildpkg.core.digests import Sha256
from guildpkg.core.sources import Pin
from guildpkg.lean import dataclass

BUILD_TYPE: Final = "https://guildpkg.dev/build/package/v1"
BUILDER: Final = "https://guildpkg.dev/guild"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
TREE_DIGEST: Final = "guildpkgTreeV1"
"""What in-toto calls the kind of our tree digest, see ``core/digests.py``."""


@dataclass(frozen=True, slots=True)
class Material:
    """A source that went into a build.

    Attributes:
        pin: What it was.
        way: How it came: ``cache``, ``tree walk``, ``depth 1``, ``download``.
        origin: The URL it came from, a mirror's where one was used.
    """

    pin: Pin
    way: str
    origin: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to say about a build.

    Attributes:
        archive: File name of the archive.
        sha256: Its SHA-256.
        tar_sha256: SHA-256 of the tar inside.
        name: Package name.
        version: Package version.
        epoch: SOURCE_DATE_EPOCH, seconds.
        recipe: SHA-256 of the recipe.
        lock: SHA-256 of the lock.
        guildpkg: Version of guildpkg.
        materials: Every source.
        started: When the build began, nanoseconds since the epoch.
        finished: When it ended.
        compressor: Library and version that compressed, from `archive.compress.compressor`.
        sandbox: How hooks were confined: ``bubblewrap 0.8.0``, ``off``, ...
        host: The machine: system, release, architecture.
        network: Whether hooks had the network.
        mirrors: Stand-ins that the user named, by name of the source.
        logs: SHA-256 of each log, by file name.
        edited: Paths in ``src/`` that a person had edited (``-e``).
        left_out: Hooks that are defined and were not run.
        invocation: Id of this build; made of the other facts when empty.
    """

    archive: str
    sha256: Sha256
    tar_sha256: Sha256
    name: str
    version: str
    epoch: int
    recipe: Sha256
    lock: Sha256
    guildpkg: str
    materials: tuple[Material, ...]
    started: int
    finished: int
    compressor: str
    sandbox: str
    host: str
    network: bool = False
    mirrors: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, Sha256] = field(default_factory=dict)
    edited: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    invocation: str = ""


def build_statement(facts: Facts) -> bytes:
    """Write the statement; equal facts give equal bytes."""
    provenance = provenance_pb2.Provenance()
    _definition(provenance.build_definition, facts)
    _details(provenance.run_details, facts)
    predicate = json_format.MessageToDict(provenance)
    subject = ResourceDescriptor(name=facts.archive, digest={"sha256": facts.sha256})
    statement = Statement([subject.pb], PREDICATE, predicate)
    statement.validate()
    return (json.dumps(json_format.MessageToDict(statement.pb), indent=2, sort_keys=True) + "\n").encode()


def _definition(definition: Any, facts: Facts) -> None:
    definition.build_type = BUILD_TYPE
    definition.external_parameters.update(
        {
            "package": {"name": facts.name, "version": facts.version},
            "recipe": {"sha256": facts.recipe},
            "lock": {"sha256": facts.lock},
            "network": facts.network,
            "mirrors": dict(facts.mirrors),
        }
    )
    definition.internal_parameters.update(
        {
            "sandbox": facts.sandbox,
            "compressor": facts.compressor,
            "host": facts.host,
            "sourceDateEpoch": str(facts.epoch),
            "edited": [path.encode("utf-8", "backslashreplace").decode() for path in facts.edited],
            "hooksLeftOut": list(facts.left_out),
            "ways": {material.pin.name: material.way for material in facts.materials},
        }
    )
    definition.resolved_dependencies.extend([_dependency(material) for material in facts.materials])


def _dependency(material: Material) -> Any:
    pin = material.pin
    digests = {"gitCommit": pin.commit, "gitTree": pin.tree, "sha256": pin.sha256, TREE_DIGEST: pin.digest}
    descriptor = ResourceDescriptor(
        name=pin.name,
        uri=_uri(pin),
        digest={kind: value for kind, value in digests.items() if value},
        download_location=material.origin,
        annotations={"way": material.way, "kind": pin.kind, "source": pin.source},
    )
    descriptor.validate()
    return descriptor.pb


def _uri(pin: Pin) -> str:
    if pin.kind != "git":
        return pin.source
    path = f"#{pin.path}" if pin.path else ""
    return f"{pin.repository if pin.repository.startswith('git') else 'git+' + pin.repository}@{pin.commit}{path}"


def _details(details: Any, facts: Facts) -> None:
    details.builder.id = BUILDER
    details.builder.version["guildpkg"] = facts.guildpkg
    details.metadata.invocation_id = facts.invocation or _invocation(facts)
    details.metadata.started_on.FromNanoseconds(facts.started)
    details.metadata.finished_on.FromNanoseconds(facts.finished)
    logs = [ResourceDescriptor(name=name, digest={"sha256": digest}).pb for name, digest in sorted(facts.logs.items())]
    inner = ResourceDescriptor(name=f"{facts.archive.rpartition('.')[0]}", digest={"sha256": facts.tar_sha256})
    details.byproducts.extend([inner.pb, *logs])


def _invocation(facts: Facts) -> str:
    text = f"{BUILDER}/{facts.archive}/{facts.sha256}/{facts.host}/{facts.started}/{facts.finished}"
    return f"urn:uuid:{uuid5(NAMESPACE_URL, text)}"
