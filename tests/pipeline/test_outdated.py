"""What happened upstream since the lock, counted as git counts it in a full clone, without one file's content."""

from __future__ import annotations

from typing import Any

from tests.pipeline.conftest import FILES, World
from tests.support.guild import guild


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
