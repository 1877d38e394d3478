"""Files of the web: one cache for all runs, several mirrors, and nobody is believed."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from guildpkg.errors import DependencyError
from tests.resources.worlds import Place
from tests.support.httpserver import Server, breaks_after, claims, good, says

BODY = "a,b\n" * 50_000
DIGEST = hashlib.sha256(BODY.encode()).hexdigest()


def cached(place: Place) -> Path:
    return place.home / "cache/files" / DIGEST[:2] / DIGEST


def test_a_url_is_downloaded_once(place: Place, web: Server) -> None:
    url = web.put("/x/data.csv", BODY)
    (row,) = place.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    assert place.told.steps == ["Resolving data dependency", f"Downloading {url}"]
    assert (row.name, row.path, row.source, row.sha256, row.size) == ("data", "data.csv", url, DIGEST, len(BODY))
    other = Place(place.root)
    (place.base / "data.csv").unlink()
    other.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    assert other.told.steps == ["Resolving data dependency", "Using cached file data.csv"]
    assert (place.files, web.times("/x/data.csv")) == ({"data.csv": BODY}, 1)


def test_without_a_hash_the_server_says_whether_it_changed(place: Place, web: Server) -> None:
    url = web.put("/data.csv", "old")
    place.lay(f"- url: {url}")
    (place.base / "data.csv").unlink()
    place.lay(f"- url: {url}")
    assert place.told.steps[-1] == "Using cached file data.csv"
    (place.base / "data.csv").unlink()
    web.put("/data.csv", "new", etag='"two"')
    place.lay(f"- url: {url}")
    assert place.files == {"data.csv": "new"}


def test_what_came_last_time_will_do_when_the_server_is_gone(place: Place, web: Server) -> None:
    url = web.put("/data.csv", "old")
    place.lay(f"- url: {url}")
    (place.base / "data.csv").unlink()
    web.put("/data.csv", "old", says(503), says(503))
    place.lay(f"- url: {url}")
    assert place.files == {"data.csv": "old"}
    assert "using what came from there last time" in place.told.warnings[-1]


def test_a_wrong_hash_is_refused_and_nothing_is_laid(place: Place, web: Server) -> None:
    url = web.put("/data.csv", "something else")
    found = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(DependencyError) as caught:
        place.lay(f"- {{url: {url}, sha256: {DIGEST}, help: ask Ann}}")
    assert f"bad sha256 for '{url}' (expected {DIGEST} but got {found})" in str(caught.value)
    assert str(caught.value).startswith("run failed because a dependency was not met: could not resolve 'url:")
    assert (caught.value.hint, place.files) == ("ask Ann", {})


def test_a_damaged_copy_in_the_cache_is_fetched_anew(place: Place, web: Server) -> None:
    url = web.put("/data.csv", BODY)
    place.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    (place.base / "data.csv").unlink()
    cached(place).chmod(0o644)
    cached(place).write_text("rotten")
    place.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    assert "has gone bad" in place.told.warnings[0]
    assert (place.files, cached(place).read_text()) == ({"data.csv": BODY}, BODY)


@pytest.mark.parametrize(
    "mood",
    [says(404), says(503), breaks_after(1000), breaks_after(1000, stall=5), claims(10)],
    ids=["missing", "busy", "closes midway", "stalls", "wrong length"],
)
def test_a_bad_mirror_is_passed_over(place: Place, web: Server, mood: object) -> None:
    bad, right = web.put("/bad.csv", BODY, mood, mood, mood), web.put("/right.csv", BODY)  # type: ignore[arg-type]
    place.lay(f"- {{url: [{bad}, {right}], sha256: {DIGEST}}}")
    assert place.files == {"bad.csv": BODY}


def test_a_mirror_that_lies_is_passed_over(place: Place, web: Server) -> None:
    lies, right = web.put("/data.csv", BODY.replace("a", "c")), web.put("/right/data.csv", BODY)
    place.lay(f"- {{url: [{lies}, {right}], sha256: {DIGEST}}}")
    assert place.files == {"data.csv": BODY}
    assert any("bad sha256" in warning and f"trying {right}" in warning for warning in place.told.warnings)


def test_when_no_mirror_will_do_all_of_them_are_named(place: Place, web: Server) -> None:
    urls = [f"{web.root}/{name}/data.csv" for name in "abc"]
    with pytest.raises(DependencyError) as caught:
        place.lay(f"- url: [{', '.join(urls)}]")
    assert all(f"{url} answers 404" in str(caught.value) for url in urls)


def test_a_download_goes_on_where_it_stopped(place: Place, web: Server) -> None:
    url = web.put("/data.csv", BODY, breaks_after(90_000), breaks_after(0), good)
    with pytest.raises(DependencyError):
        place.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    place.lay(f"- {{url: {url}, sha256: {DIGEST}}}")
    assert place.files == {"data.csv": BODY}
    assert web.asked[-1].range == "bytes=90000-"


def test_two_runs_at_once_download_once(tmp_path: Path, web: Server) -> None:
    url = web.put("/data.csv", BODY)
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "home").symlink_to(tmp_path)
    places = [Place(tmp_path / name) for name in "abc"]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda place: place.lay(f"- {{url: {url}, sha256: {DIGEST}}}"), places))
    assert [place.files for place in places] == [{"data.csv": BODY}] * 3
    assert web.times("/data.csv") == 1


def test_secrets_of_a_url_are_not_kept(place: Place, web: Server) -> None:
    web.put("/data.csv?signature=s3cret", BODY)
    (row,) = place.lay(f"- url: {web.root.replace('//', '//ann:pw@')}/data.csv?signature=s3cret")
    assert row.source == f"{web.root}/data.csv?signature=..."
    assert not any("s3cret" in step or "pw" in step for step in place.told.steps)


def test_an_optional_source_may_be_missing(place: Place, web: Server) -> None:
    place.write("a.csv")
    place.lay(f"- {{url: {web.root}/no.csv, optional: yes}}\n- a.csv")
    assert list(place.files) == ["a.csv"]
    assert "which is optional" in place.told.warnings[0]
