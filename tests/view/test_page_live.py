"""How open pages hear of changes: after a break, when they are seen again, and however many there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.records import put_run
from tests.view.browser import a_page, needs_chromium
from tests.view.worlds import viewing

pytestmark = needs_chromium


def test_a_server_that_is_started_again_under_an_open_page_is_found(browser: Browser, tmp_path: Path) -> None:
    put_run(tmp_path, 1)
    with viewing(tmp_path, tmp_path) as first, a_page(browser, first.url, refused=True) as page:
        expect(page.locator(".link")).to_have_text("live")
        assert first.stop() == 0
        expect(page.locator(".link")).to_contain_text("connection lost")
        put_run(tmp_path, 2, label="made meanwhile")
        with viewing(tmp_path, tmp_path, port=int(first.url.rpartition(":")[2])):
            expect(page.locator(".link")).to_have_text("live", timeout=20_000)
            expect(page.locator(".run-row").first).to_contain_text("made meanwhile")
            page.get_by_role("button", name="Label").click()
            page.get_by_role("textbox", name="Label of this run").fill("with the new token")
            page.keyboard.press("Enter")
            expect(page.locator(".run-title .label")).to_have_text("with the new token")


def test_a_page_that_nobody_sees_does_not_listen_and_catches_up_when_it_is_seen(
    browser: Browser, tmp_path: Path
) -> None:
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    put_run(tmp_path, 1)
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url) as page:
        expect(page.locator(".link")).to_have_text("live")
        page.evaluate(hide, arg=True)
        put_run(tmp_path, 2)
        page.wait_for_timeout(1000)
        expect(page.locator(".run-row")).to_have_count(1)
        page.evaluate(hide, arg=False)
        expect(page.locator(".run-row")).to_have_count(2)


def test_an_answer_that_breaks_off_in_the_middle_is_none(browser: Browser, tmp_path: Path) -> None:
    put_run(tmp_path, 1)
    with viewing(tmp_path, tmp_path) as view, breaking_off() as url, a_page(browser, view.url, refused=True) as page:
        page.route("**/charts", lambda asked: asked.continue_(url=url))
        with page.expect_request("**/charts"):
            page.reload()
        page.wait_for_timeout(500)
        page.unroute("**/charts")
        page.get_by_role("tab", name="Overview").click()
        expect(page.locator(".results .empty").first).to_contain_text("This run has written no scalars")


@contextmanager
def breaking_off() -> Iterator[str]:
    """Answer requests as a server does that ends meanwhile."""

    class Torn(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"{")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Torn) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("shared", [True, False], ids=["one connection for all", "a browser that shares none"])
def test_a_page_hears_of_changes_of_the_run_that_it_shows(browser: Browser, tmp_path: Path, *, shared: bool) -> None:
    run = put_run(tmp_path, 1, code=None)
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url) as page:
        if not shared:
            page.add_init_script("delete window.SharedWorker")
            page.reload()
        page.get_by_role("tab", name="Output").click()
        expect(page.locator(".link")).to_have_text("live")
        (run.path / "output").write_text("it printed this\n")
        expect(page.locator(".lines")).to_have_text("it printed this")


def test_seven_windows_of_one_browser_are_all_kept_up_to_date(browser: Browser, tmp_path: Path) -> None:
    """A browser has six connections to a server: windows with one each would leave none for the seventh."""
    runs = [put_run(tmp_path, number, code=None) for number in range(6)]
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url) as page:
        windows = [page, *(page.context.new_page() for _ in runs)]
        shown = list(zip(windows, [*runs, runs[0]], strict=True))
        for window, run in shown:
            window.goto(f"{view.url}/runs/{run.record().id}", wait_until="commit")
        for window in windows:
            window.get_by_role("tab", name="Output").click()
            expect(window.locator(".link")).to_have_text("live")
        for run in runs:
            (run.path / "output").write_text(f"{run.short} printed this\n")
        put_run(tmp_path, 6)
        for window, run in shown:
            expect(window.locator(".lines")).to_have_text(f"{run.short} printed this")
            expect(window.locator(".run-row")).to_have_count(7)
