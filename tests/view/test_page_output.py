"""The output of a run on its page: of operations that went into it, and searches that are given up."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from tests.support.guild import argv, guild
from tests.support.records import put_run
from tests.view.browser import a_page, needs_chromium, shoot
from tests.view.worlds import environment, make_project, viewing

pytestmark = needs_chromium
EVALUATE = """\
import os, sys, time
from pathlib import Path
for step in range(3):
    while step >= int(Path(os.environ["HOLD"]).read_text() or 0):
        time.sleep(0.02)
    print(f"part {step} is measured", flush=True)
sys.exit(3)
"""


def test_the_output_of_an_evaluation_is_followed_beside_that_of_its_run(browser: Browser, tmp_path: Path) -> None:
    project, home, hold = make_project(tmp_path / "p"), tmp_path / "home", tmp_path / "hold"
    text = (project / "Guild").read_text()
    (project / "Guild").write_text(text.replace("train = train", "train = train\n  evaluate = evaluate"))
    (project / "evaluate.py").write_text(EVALUATE)
    guild("-H", home, "train", cwd=project, env=environment()).ok()
    hold.write_text("1")
    command = argv("-H", home, "evaluate", "-L")
    with viewing(project, home) as view, a_page(browser, view.url) as page:
        expect(page.locator(".panel").first).to_be_visible()
        page.keyboard.press("3")
        expect(page.get_by_label("Output of")).to_be_hidden()
        page.keyboard.press("1")
        with subprocess.Popen(
            command, cwd=project, env=environment(HOLD=str(hold)), stdout=subprocess.DEVNULL
        ) as evaluation:
            try:
                page.get_by_role("button", name="Output", exact=True).click()
                lines = page.locator(".lines:visible")
                expect(lines).to_have_text("part 0 is measured")
                expect(page.get_by_label("Output of").locator("option:checked")).to_contain_text("running")
                hold.write_text("3")
                expect(lines).to_contain_text("part 2 is measured")
                assert evaluation.wait(20) == 3
            finally:
                evaluation.kill()
        expect(page.get_by_label("Output of").locator("option:checked")).to_contain_text("error")
        shoot(page, "output-evaluate")
        page.get_by_label("Find in the output").locator("visible=true").fill("part 1")
        expect(page.locator(".hit")).to_have_text("part 1 is measured")
        page.get_by_label("Output of").select_option(index=0)
        expect(lines).to_contain_text("Accuracy at step 50")


def test_a_search_is_given_up_for_another_one_and_when_its_page_is_left(browser: Browser, tmp_path: Path) -> None:
    for number in (1, 2):
        (put_run(tmp_path, number).path / "output").write_text("one\ntwo\n")

    def hold(route: Route) -> None:
        if "two" in route.request.url:
            route.fallback()

    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url) as page:
        page.get_by_role("tab", name="Output").click()
        page.route("**/search?*", hold)
        field, other = page.get_by_label("Find in the output"), page.locator(".run-row a").last
        ways: tuple[Callable[[], None], ...] = (lambda: field.fill("two"), other.click)
        for leave in ways:
            with page.expect_request("**/search?text=one*"):
                field.fill("one")
            with page.expect_event("requestfailed", lambda request: "text=one" in request.url):
                leave()
        expect(page.locator(".run-row.current")).to_have_attribute("aria-posinset", "2")
