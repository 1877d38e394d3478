"""Parts of the page, on runs that `guild train` made: statistics, pictures, hidden columns, `view:` of `guild.yml`."""

from __future__ import annotations

import csv
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from guildpkg.core.runs.stats import Decoder
from guildpkg.core.series.numerals import formatted
from tests.support.guild import guild
from tests.support.runs import only_run
from tests.view.browser import a_page, needs_chromium, shoot
from tests.view.conftest import World
from tests.view.worlds import TRAIN, environment, viewing

pytestmark = needs_chromium
BUSY = """\
import os
from pathlib import Path
held = bytearray(b"x" * (50 << 20))
place = Path(os.environ["RUNDIR"])
(place / "plot.png").write_bytes(bytes.fromhex(os.environ["PICTURE"]))
sampled = place.parent / "stats"
while not sampled.exists() or sampled.stat().st_size < 1500:
    sum(range(1000))
"""
YAML = """\
- model: softmax
  operations:
    train:
      main: train
      flags: {log_dir: ., max_steps: 30}
      stats-interval: 0
- view:
"""
FIELDS = "    fields: {loss: {source: series/tf/train/cross_entropy_1, label: Loss at the end, format: '0.0000'}}\n"
SERIES = "    series: {good: {source: series/tf/.+/accuracy_1, title: How good it is}}\n"


def picture() -> str:
    """Make a picture of 3 by 2 pixels, in hexadecimal digits."""
    rows = zlib.compress((b"\0" + b"\x99" * 9) * 2)
    parts = (b"IHDR" + struct.pack(">2I5B", 3, 2, 8, 2, 0, 0, 0), b"IDAT" + rows, b"IEND")
    chunks = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)
    return (b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).hex()


def test_statistics_are_charts_and_a_picture_of_the_run_is_shown(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "Guild").write_text('[model "busy"]\n  train = train\n[flags]\n  stats_interval = 0.2\n')
    (tmp_path / "train.py").write_text(BUSY)
    guild("-H", home, "train", cwd=tmp_path, env=environment(PICTURE=picture())).ok()
    last = Decoder().feed((only_run(home).path / "stats").read_bytes())[-1].values
    with viewing(tmp_path, home) as view, a_page(browser, view.url) as page:
        page.get_by_role("tab", name="Statistics").click()
        for title, key, pattern in (("CPU", "op/cpu/util", "0%"), ("memory", "op/mem/rss", "0.0 b")):
            chart = page.locator("figure.chart", has=page.get_by_role("heading", name=f"Process {title}"))
            expect(chart.locator("canvas")).to_be_visible()
            expect(chart.locator(".legend output")).to_have_text(formatted(last[key], pattern))
        assert last["op/mem/rss"] > 50 << 20
        shoot(page, "statistics")
        page.get_by_role("tab", name="Files").click()
        page.get_by_role("treeitem", name="plot.png").click()
        shown = page.get_by_role("img", name="plot.png")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [3, 2]


def test_columns_that_are_hidden_stay_hidden_and_out_of_the_csv(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        expect(page.locator(".run-row")).to_have_count(2)
        for box in page.locator(".run-row input").all():
            box.check()
        page.get_by_role("button", name="Compare 2 runs").click()
        head = page.locator("table.compare").get_by_role("button", name="max_steps")
        expect(head).to_be_visible()
        before = exported(page)
        page.locator(".columns summary").click()
        page.get_by_label("max_steps").uncheck()
        expect(head).to_have_count(0)
        expect(page.locator(".columns summary")).to_have_text(f"Columns ({len(before[0]) - 2} of {len(before[0]) - 1})")
        shoot(page, "columns")
        at = before[0].index("max_steps")
        assert exported(page) == [row[:at] + row[at + 1 :] for row in before]
        page.reload()
        expect(page.locator("table.compare tbody tr")).to_have_count(2)
        expect(head).to_have_count(0)
        page.locator(".columns summary").click()
        page.get_by_label("max_steps").check()
        expect(head).to_be_visible()


def exported(page: Page) -> list[list[str]]:
    """Keep the table as CSV."""
    with page.expect_download() as kept:
        page.get_by_role("button", name="CSV").click()
    return list(csv.reader(Path(kept.value.path()).read_text().splitlines()))


def test_the_view_of_a_guild_yml_is_read_anew_when_the_page_is_loaded_again(browser: Browser, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "guild.yml"
    file.write_text(YAML + FIELDS)
    (tmp_path / "train.py").write_text(TRAIN)
    guild("-H", home, "train", "-y", cwd=tmp_path, env=environment()).ok()
    with viewing(tmp_path, home) as view, a_page(browser, view.url) as page:
        value, label = page.locator(".panel-value"), page.locator(".panel-label")
        expect(value).to_have_text("0.5395")
        expect(label).to_have_text("Loss at the end")
        file.write_text(YAML + FIELDS.replace("at the end", "so far").replace("0.0000", "0.00") + SERIES)
        page.reload()
        expect(label).to_have_text("Loss so far")
        expect(value).to_have_text("0.54")
        chart = page.locator("figure.chart").first
        expect(chart.get_by_role("heading")).to_have_text("How good it is")
        expect(chart.locator(".line-name")).to_have_text(["test", "train"])
        file.write_text(YAML + FIELDS + "    serie: 1\n  - x\n")
        page.reload()
        expect(page.locator(".troubles .trouble")).to_contain_text("guild.yml:")
