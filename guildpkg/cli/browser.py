"""Open a browser where there is a screen; elsewhere a browser of text would take the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def show_in_browser(url: str, env: Mapping[str, str]) -> None:
    """Open an address in the user's browser, without waiting for it; where there is none, do nothing."""
    import threading
    import webbrowser

    if sys.platform.startswith("linux") and not any(
        env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    ):
        return
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
