"""How the page looks, and that what a hostile run says is text in it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from guildpkg.core.runs.files import to_json
from guildpkg.core.runs.record import FlagRow, Notes
from tests.support.eventfiles import put_events, scalars
from tests.support.records import put_run
from tests.view.browser import a_page, needs_chromium, shoot
from tests.view.conftest import World
from tests.view.worlds import viewing

pytestmark = needs_chromium
BAD = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1440, True), (2560, False)])
def test_the_page_fits_its_window_in_light_and_dark(browser: Browser, world: World, width: int, *, dark: bool) -> None:
    with a_page(browser, world.url, width=width, height=800, dark=dark) as page:
        shoot(page, f"list-{width}-{'dark' if dark else 'light'}")
        page.locator(".run-row a").first.click()
        expect(page.locator(".panel").first).to_be_visible()
        expect(page.locator("canvas").first).to_be_visible()
        shoot(page, f"run-{width}-{'dark' if dark else 'light'}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wide = "[...document.querySelectorAll('.content *')].filter(e => !e.closest('.scroller, .tabs, .legend')"
        wide += " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
        assert page.evaluate(wide) == []
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(18, 23, 26)") is dark


def test_text_has_enough_contrast_in_light_and_dark(browser: Browser, world: World) -> None:
    """WCAG AA: 4.5 to 1 for the colours that text has, on the colours that it stands on."""
    script = """() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const hex = style.getPropertyValue(name).trim().slice(1);
        const parts = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
        const [r, g, b] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const poor = [];
      for (const text of ["--text", "--quiet", "--main", "--ok", "--bad", "--warn", "--live"]) {
        for (const ground of ["--page", "--card", "--hover"]) {
          const [low, high] = [light(text), light(ground)].sort((a, b) => a - b);
          if ((high + 0.05) / (low + 0.05) < 4.5) poor.push(`${text} on ${ground}`);
        }
      }
      return poor;
    }"""
    for dark in (False, True):
        with a_page(browser, world.url, dark=dark) as page:
            assert page.evaluate(script) == []


def test_what_is_pressed_can_be_read_under_the_pointer(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        button = page.get_by_role("button", name="Step", pressed=True).first
        button.hover()
        colours = button.evaluate("(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
        assert colours[0] == "rgb(255, 255, 255)"
        assert colours[1] != "rgb(238, 242, 243)"  # the light ground of other buttons under the pointer


def test_everything_that_can_be_pressed_has_a_name(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        expect(page.locator(".panel").first).to_be_visible()
        nameless = """[...document.querySelectorAll('button, a, input, select')].filter((e) =>
          !(e.innerText || e.getAttribute('aria-label') || e.title || e.labels?.length)).map((e) => e.outerHTML)"""
        for key in "12345":
            page.keyboard.press(key)
            assert page.evaluate(nameless) == []


def test_what_a_hostile_run_says_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    run = put_run(tmp_path, 1, operation=BAD)
    record = dataclasses.replace(run.record(), flags=(FlagRow(BAD, BAD),), argv=(BAD,), env={BAD: BAD})
    (run.path / "run.json").write_bytes(to_json(record))
    (run.path / "notes.json").write_bytes(to_json(Notes(BAD, (BAD,), BAD)))
    (run.path / "output").write_text(f"{BAD}\n\x1b[2J\u202egnp.exe\n{'x' * 3_000_000}\nbar 1%\rbar 100%\n")
    put_events(run.files, scalars(BAD, 1.0, 2.0), scalars("__proto__", 1.0), scalars("constructor", 3.0))
    (run.files / f"{BAD.replace('/', '|')}.txt").write_text(BAD)
    (run.files / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>window.pwned=1</script></svg>')
    (run.files / "a.csv").write_text(f'a,"b ""c"""\n{BAD},2\n')
    (run.files / "not.png").write_text(BAD)
    (run.files / "out").symlink_to("/etc")
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url, refused=True) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text(BAD)
        expect(page.locator(".run-title .label")).to_have_text(BAD)
        expect(page.locator("figure.chart")).to_have_count(3)
        shoot(page, "hostile")
        page.keyboard.press("3")
        lines = page.locator(".lines")
        expect(lines).to_contain_text("bar 100%")
        assert "bar 1%" not in lines.inner_text()
        page.get_by_label("Find in the output").fill("<script>")
        expect(page.locator(".hit")).to_contain_text(BAD)
        page.keyboard.press("Escape")
        page.keyboard.press("4")
        for name in (BAD.replace("/", "|")[:20], "a.svg", "a.csv", "not.png"):
            page.locator(".entry", has_text=name).first.click()
            page.wait_for_timeout(200)
        expect(page.locator(".entry.link")).to_be_disabled()
        page.locator(".entry", has_text="a.svg").click()
        expect(page.locator("#body-3 pre.text")).to_contain_text("<script>window.pwned=1</script>")
        assert page.evaluate("window.pwned") is None
        page.goto(f"{view.url}/api/runs/{record.id}/file?path=a.svg")
        assert page.evaluate("document.querySelector('script')") is None
