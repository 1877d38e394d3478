"""A real browser: Debian's Chromium, driven by Playwright; what goes wrong in a page fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed: apt install chromium")
SHOTS = Path(__file__).parents[2] / ".screenshots"
expect.set_options(timeout=20_000)  # for a machine that is busy
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_MORE = ("--disable-component-update", "--disable-sync")


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_OPTIONS, *_MORE])
        yield browser
        browser.close()


@contextmanager
def a_page(
    browser: Browser, url: str, *, width: int = 1440, height: int = 900, dark: bool = False, refused: bool = False
) -> Iterator[Page]:
    """Open a page; afterwards nothing may have failed in it, and nothing may have been asked for elsewhere.

    Args:
        browser: The browser.
        url: Address of the view.
        width: Of the window, pixels.
        height: The same.
        dark: Whether the user prefers dark pages.
        refused: True when the server refuses something or goes away, which the browser complains about.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"{error}\n{error.stack}"))
    page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" and not refused else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((url, "data:", "blob:")) else troubles.append(f"asked {asked.url}"),
    )
    page.goto(url)
    try:
        yield page
    finally:
        context.close()
    assert not troubles, "\n".join(troubles)


def shoot(page: Page, name: str) -> None:
    """Keep a picture of a page, for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")
