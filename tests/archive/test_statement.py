"""The build statement: what in-toto's own library takes for a sound statement, and everything that we know."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2  # type: ignore[import-untyped]
from in_toto_attestation.v1 import statement_pb2  # type: ignore[import-untyped]
from in_toto_attestation.v1.statement import Statement  # type: ignore[import-untyped]

from guildpkg.archive.statement import Facts, Material, build_statement
from guildpkg.core.digests import GitId, sha256
from guildpkg.core.sources import Pin

GIT = Pin(
    name="tensorflow",
    source="https://github.com/tensorflow/tensorflow/tree/v1/a/b",
    kind="git",
    repository="https://github.com/tensorflow/tensorflow",
    ref="refs/tags/v1",
    path="a/b",
    commit=GitId("d7" * 20),
    tree=GitId("aa" * 20),
    digest=sha256(b"tree"),
)
SDIST = Pin(name="x", source="pypi:x==1", kind="pypi", file="x-1.tar.gz", sha256=sha256(b"x"), digest=sha256(b"t"))
FACTS = Facts(
    archive="mnist-1.pkg.tar.xz",
    sha256=sha256(b"archive"),
    tar_sha256=sha256(b"tar"),
    name="mnist",
    version="1",
    epoch=1509494400,
    recipe=sha256(b"recipe"),
    lock=sha256(b"lock"),
    guildpkg="0.1.0",
    materials=(
        Material(GIT, "tree walk", "http://mirror.test/tensorflow"),
        Material(SDIST, "cache", "https://example.org/x-1.tar.gz"),
    ),
    started=1_700_000_000_250_000_000,
    finished=1_700_000_060_000_000_000,
    compressor="liblzma 5.4.1",
    sandbox="bubblewrap 0.8.0",
    host="Linux 6.1 x86_64",
    mirrors={"tensorflow": "http://mirror.test/tensorflow"},
    logs={"build.log": sha256(b"log")},
)


def written(facts: Facts = FACTS) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(build_statement(facts))
    return result


def test_the_library_takes_it_for_a_sound_statement() -> None:
    message = json_format.Parse(build_statement(FACTS), statement_pb2.Statement())
    Statement.copy_from_pb(message).validate()
    provenance = json_format.ParseDict(json_format.MessageToDict(message.predicate), provenance_pb2.Provenance())
    assert provenance.run_details.builder.version["guildpkg"] == "0.1.0"


def test_its_subject_is_the_archive() -> None:
    assert written()["subject"] == [{"name": "mnist-1.pkg.tar.xz", "digest": {"sha256": sha256(b"archive")}}]
    assert written()["_type"] == "https://in-toto.io/Statement/v1"
    assert written()["predicateType"] == "https://slsa.dev/provenance/v1"


def test_every_source_is_there_with_its_digests_and_its_way() -> None:
    git, sdist = written()["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert git["uri"] == f"git+https://github.com/tensorflow/tensorflow@{'d7' * 20}#a/b"
    assert git["digest"] == {"gitCommit": "d7" * 20, "gitTree": "aa" * 20, "guildpkgTreeV1": sha256(b"tree")}
    assert git["downloadLocation"] == "http://mirror.test/tensorflow"
    assert git["annotations"]["way"] == "tree walk"
    assert (sdist["uri"], sdist["digest"]["sha256"]) == ("pypi:x==1", sha256(b"x"))


def test_the_machine_and_the_times_are_there() -> None:
    predicate = written()["predicate"]
    inner = predicate["buildDefinition"]["internalParameters"]
    assert (inner["sandbox"], inner["compressor"]) == ("bubblewrap 0.8.0", "liblzma 5.4.1")
    assert inner["ways"] == {"tensorflow": "tree walk", "x": "cache"}
    metadata = predicate["runDetails"]["metadata"]
    assert (metadata["startedOn"], metadata["finishedOn"]) == ("2023-11-14T22:13:20.250Z", "2023-11-14T22:14:20Z")
    assert [item["name"] for item in predicate["runDetails"]["byproducts"]] == ["mnist-1.pkg.tar", "build.log"]


def test_equal_facts_give_equal_bytes() -> None:
    assert build_statement(FACTS) == build_statement(replace(FACTS, mirrors=dict(FACTS.mirrors)))


@pytest.mark.parametrize(
    "other", [replace(FACTS, started=FACTS.started - 1), replace(FACTS, host="x"), replace(FACTS, sha256=sha256(b"x"))]
)
def test_another_build_has_another_id(other: Facts) -> None:
    ids = {written(facts)["predicate"]["runDetails"]["metadata"]["invocationId"] for facts in (FACTS, other)}
    assert len(ids) == 2
    assert all(found.startswith("urn:uuid:") for found in ids)


def test_an_id_may_be_given() -> None:
    metadata = written(replace(FACTS, invocation="urn:x:1"))["predicate"]["runDetails"]["metadata"]
    assert metadata["invocationId"] == "urn:x:1"


def test_a_build_without_sources_has_a_statement_too() -> None:
    assert "resolvedDependencies" not in written(replace(FACTS, materials=()))["predicate"]["buildDefinition"]
