"""What happened upstream since the lock, counted as git counts it in a full clone, without one file's content."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from tests.pipeline.conftest import FILES, World
from tests.support.archives import tar_of
from tests.support.guild import guild
from tests.support.httpserver import serving


def outdated(world: World) -> dict[str, Any]:
    found: dict[str, Any] = guild("outdated", world.mirror, "--json", cwd=world.recipe).ok().json()[0]
    return found


def test_a_ref_that_stays_is_not_outdated(world: World) -> None:
    world.package().ok()
    found = outdated(world)
    assert (found["moved"], found["commits"], found["touching"], found["patches"]) == (False, 0, 0, [])


def test_commits_are_counted_as_git_does(world: World) -> None:
    world.package().ok()
    old = world.upstream.id("main")
    for number in range(70):
        part = f"one = {number // 10}\n" if number >= 10 else str(FILES["lib/part/a.py"])
        world.upstream.commit({**FILES, "README": f"{number}\n", "lib/part/a.py": part})
    world.upstream.commit({**FILES, "lib/part/a.py": "one = 5\n", "lib/other/c.py": "the content of a file\n" * 9999})
    found = outdated(world)
    wanted = [world.upstream.git("rev-list", "--count", f"{old}..main", *path) for path in ((), ("--", "lib/part"))]
    assert [str(found["commits"]), str(found["touching"])] == wanted
    assert (found["changed"], found["patches"], found["more"]) == (["lib/part/a.py"], ["fix.patch"], False)
    assert world.server.sent < 100_000


def test_a_subtree_that_stayed_needs_nothing(world: World) -> None:
    world.package().ok()
    world.upstream.commit({**FILES, "README": "new\n"})
    found = outdated(world)
    assert (found["commits"], found["touching"], found["changed"], found["patches"]) == (1, 0, [], [])
    assert "nothing to rebuild" in guild("outdated", world.mirror, cwd=world.recipe).ok().out


def test_a_history_that_was_rewritten_is_told(world: World) -> None:
    world.package().ok()
    world.upstream.git("update-ref", "-d", "refs/heads/main")
    world.upstream.commit({**FILES, "lib/part/a.py": "another\n"})
    found = outdated(world)
    assert (found["rewritten"], found["commits"]) == (True, None)
    assert found["patches"] == ["fix.patch"]


def test_merges_are_counted_as_git_does(world: World) -> None:
    world.package().ok()
    up = world.upstream
    old = up.id("main")
    up.git("branch", "side", "main")
    up.commit({**FILES, "lib/part/deep/b.txt": "side\n"}, "side")
    up.commit({**FILES, "README": "main\n"})
    merged = up.git("merge-tree", "--write-tree", "main", "side")
    up.git("update-ref", "refs/heads/main", up.git("commit-tree", merged, "-p", "main", "-p", "side", "-m", "merge"))
    up.git("branch", "other", old)
    up.commit({**FILES, "lib/part/a.py": "one = 5\n"}, "other")
    both = up.git("merge-tree", "--write-tree", "main", "other")
    up.git("update-ref", "refs/heads/main", up.git("commit-tree", both, "-p", "main", "-p", "other", "-m", "merge"))
    found = outdated(world)
    paths = ((), ("--", "lib/part"))
    wanted = [int(up.git("rev-list", "--count", f"{old}..main", *path)) for path in paths]
    assert [found["commits"], found["touching"]] == wanted == [5, 3]
    assert found["patches"] == ["fix.patch"]


def test_more_than_ten_thousand_commits_are_at_least_so_many(world: World) -> None:
    world.package().ok()
    head = "commit refs/heads/main\ncommitter A <a@example.org> {} +0000\ndata 0\n"
    steps = [head.format(1_500_100_000 + n) + f"M 100644 inline README\ndata 1\n{n % 2}\n" for n in range(10_020)]
    begin = steps[0].replace("data 0\n", "data 0\nfrom refs/heads/main^0\n", 1)
    world.upstream.git("fast-import", "--quiet", given="".join([begin, *steps[1:]]).encode())
    world.upstream.commit({**FILES, "README": "last\n", "lib/part/a.py": "one = 5\n"})
    found = outdated(world)
    assert (found["commits"], found["more"], found["touching"]) == (10_000, True, 1)
    assert found["rewritten"] is False
    said = guild("outdated", world.mirror, cwd=world.recipe).ok().out
    assert "  at least 10,000 commits ahead, at least 1 of them touching the subtree\n" in said
    assert world.server.sent < 10_000_000


def test_no_content_of_a_file_is_ever_fetched(world: World) -> None:
    world.package().ok()
    blobs = objects_of_cache("blob")
    world.upstream.commit({**FILES, "README": "new\n", "lib/part/a.py": "one = 5\n"})
    world.upstream.commit({**FILES, "lib/part/deep/b.txt": "c\n", "lib/part/new/c.txt": "c\n"})
    world.server.forget()
    assert outdated(world)["changed"] == ["lib/part/deep/b.txt", "lib/part/new/c.txt"]
    assert objects_of_cache("blob") == blobs
    fetches = [request for request in world.server.requests if request[0] == "POST"]
    assert len(fetches) <= 14, fetches


def objects_of_cache(kind: str) -> set[str]:
    """Name all objects of a kind in every repository of the cache."""
    found = set()
    for head in (Path(os.environ["GUILD_HOME"]) / "cache").rglob("HEAD"):
        command = ["git", f"--git-dir={head.parent}", "cat-file", "--batch-all-objects", "--batch-check"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found |= {line.split()[0] for line in told.splitlines() if line.split()[1] == kind}
    return found


def test_a_server_without_filters_tells_what_changed_and_not_by_how_many_commits(world: World) -> None:
    world.upstream.git("config", "uploadpack.allowFilter", "false")
    world.package().ok()
    world.move_upstream()
    found = outdated(world)
    assert (found["moved"], found["commits"], found["touching"]) == (True, None, None)
    assert (found["changed"], found["patches"]) == (["lib/part/a.py"], ["fix.patch"])
    said = guild("outdated", world.mirror, cwd=world.recipe).ok().out
    assert "by how many commits nobody can tell: the server gives no history without its files" in said


def test_other_sources_than_git_are_not_asked(world: World) -> None:
    recipe = world.recipe / "GuildPkg"
    with serving() as server:
        url = server.put("/data.tar.gz", tar_of({"data/x": "x\n"}))
        recipe.write_text(recipe.read_text().replace("extra.txt", f"extra.txt {url}"))
        world.package().ok()
        listed = guild("outdated", world.mirror, "--json", cwd=world.recipe).ok().json()
        assert [item["source"] for item in listed] == ["thing"]
        assert server.times("/data.tar.gz") == 1
    recipe.write_text("[package]\n  name = other\n  version = 1\n  source = extra.txt\n")
    said = guild("outdated", cwd=world.recipe).ok()
    assert (said.out, said.err) == ("", "The recipe has no git sources\n")
