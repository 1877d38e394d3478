"""The page in a real browser, on runs that `guild train` made."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from guildpkg.core.series.numerals import formatted
from tests.support.guild import argv, guild
from tests.support.records import put_run
from tests.view.browser import a_page, needs_chromium, shoot
from tests.view.conftest import World
from tests.view.worlds import CHARTS, FIELDS, environment, make_project, viewing

pytestmark = needs_chromium


def panels(page: Page) -> dict[str, str]:
    """Read the panels."""
    expect(page.locator(".panel").first).to_be_visible()
    found = page.locator(".panel").all()
    return {one.locator(".panel-label").inner_text(): one.locator(".panel-value").inner_text() for one in found}


def test_the_newest_run_shows_the_five_fields_and_two_series_of_the_walk_through(
    browser: Browser, world: World
) -> None:
    with a_page(browser, world.url) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("softmax:train")
        assert panels(page) == {
            "Validation Accuracy": "91.79%",
            "Train Accuracy": "94.20%",
            "Loss": "0.120",
            "Steps": "58",
            "Time": "0:00:58",
        }
        charts = page.locator(".charts").first.locator(".chart")
        expect(charts).to_have_count(2)
        expect(charts.nth(0).locator("h3")).to_have_text("Accuracy")
        expect(charts.nth(0).locator(".legend li")).to_have_text([re.compile("test91.79%"), re.compile("train94.77%")])
        expect(charts.nth(1).locator(".legend li")).to_have_text([re.compile("0.120")])
        expect(page.locator("canvas")).to_have_count(3)
        expect(page.locator(".facts").first).to_contain_text("max_steps")
        shoot(page, "run")


def test_the_page_and_the_command_say_the_same(browser: Browser, world: World) -> None:
    words = ("-H", world.home, "runs", "info", "--fields", "--json")
    told = guild(*words, cwd=world.project, env=environment()).ok().json()
    with a_page(browser, world.url) as page:
        assert panels(page) == {field["label"]: field["text"] for field in told}


def test_edits_of_the_project_file_show_when_the_page_is_loaded_again(browser: Browser, tmp_path: Path) -> None:
    project, home = make_project(tmp_path / "p", fields=""), tmp_path / "home"
    guild("-H", home, "train", cwd=project, env=environment()).ok()
    with viewing(project, home) as view, a_page(browser, view.url) as page:
        expect(page.locator(".chart")).not_to_have_count(0)
        assert page.locator(".panel").count() == 0
        with (project / "Guild").open("a") as file:
            file.write(FIELDS)
        page.reload()
        assert list(panels(page)) == ["Validation Accuracy", "Train Accuracy", "Loss", "Steps", "Time"]
        with (project / "Guild").open("a") as file:
            file.write(CHARTS)
        page.reload()
        expect(page.locator(".charts").first.locator("h3")).to_have_text(["Accuracy", "Loss"])
        with (project / "Guild").open("a") as file:
            file.write("[field broken\n")
        page.reload()
        expect(page.locator(".troubles .trouble")).to_contain_text("Guild:")


def test_a_run_is_watched_from_its_start_to_its_end(browser: Browser, tmp_path: Path) -> None:
    project, home, hold = make_project(tmp_path / "p"), tmp_path / "home", tmp_path / "hold"
    hold.write_text("20")
    with viewing(project, home) as view, a_page(browser, view.url) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("No runs yet")
        shoot(page, "empty")
        with subprocess.Popen(
            argv("-H", home, "train"), cwd=project, env=environment(HOLD=str(hold)), stdout=subprocess.DEVNULL
        ) as training:
            try:
                see_it_through(page, hold)
                assert training.wait(20) == 0
            finally:
                training.kill()


def see_it_through(page: Page, hold: Path) -> None:
    """Look at a run that goes only as far as it is let."""
    expect(page.locator(".run-title .status")).to_have_text("running", timeout=20_000)
    expect(page.locator("[data-field=steps] .panel-value")).to_have_text("18", timeout=20_000)
    icon = page.locator(".panel .icon").first.element_handle()
    page.keyboard.press("3")
    expect(page.locator(".lines")).to_contain_text("Accuracy at step 10")
    assert "Accuracy at step 20" not in page.locator(".lines").inner_text()
    hold.write_text("30")
    expect(page.locator(".lines")).to_contain_text("Accuracy at step 20", timeout=20_000)
    page.keyboard.press("1")
    expect(page.locator("[data-field=steps] .panel-value")).to_have_text("28", timeout=20_000)
    chart = page.locator(".chart").first
    drag(page, chart)
    hold.write_text("1000")
    expect(page.locator(".run-title .status")).to_have_text("completed", timeout=20_000)
    expect(page.locator("[data-field=steps] .panel-value")).to_have_text("58")
    assert icon.evaluate("icon => icon.isConnected"), "a panel is made anew, and flickers, when its value changes"
    # what was being marked all the while is not lost by what came meanwhile
    page.mouse.up()
    chart.get_by_role("button", name="Whole").click()
    expect(chart.locator(".legend li").last).to_contain_text("94.77%")


def drag(page: Page, chart: Locator) -> None:
    """Begin to drag over the middle of a chart."""
    place = chart.locator(".u-over")
    expect(place).to_be_visible()
    box = place.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=4)


def test_a_chart_is_zoomed_smoothed_logarithmic_on_three_axes_and_read_out(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        chart = page.locator(".chart").first
        expect(chart.locator("canvas")).to_be_visible()
        drag(page, chart)
        page.mouse.up()
        whole = chart.get_by_role("button", name="Whole")
        expect(whole).to_be_visible()
        chart.locator(".u-over").hover()
        expect(chart.locator(".where")).to_have_text(re.compile(r"step \d+"))
        whole.click()
        expect(whole).to_be_hidden()
        for axis in ("Relative", "Wall time", "Step"):
            page.get_by_role("button", name=axis).first.click()
            expect(chart.locator("canvas")).to_be_visible()
        chart.get_by_role("button", name="log").click()
        page.locator("#smoothing").first.fill("0.6")
        expect(page.locator(".smoothing output").first).to_have_text("0.60")
        chart.locator(".line-name").first.click()
        expect(chart.locator(".legend li").first).to_have_class("off")
        shoot(page, "chart")


def test_two_runs_are_compared_by_keyboard(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        expect(page.locator(".run-row")).to_have_count(2)
        for key in ("x", "j", "x", "c"):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
        table = page.locator("table.compare")
        expect(table.locator("tbody tr")).to_have_count(2)
        table.get_by_role("button", name="max_steps").click()
        first = table.locator("tbody tr").first
        expect(first).to_contain_text("40")
        expect(table.get_by_role("button", name="Validation Accuracy")).to_be_visible()
        expect(table).to_contain_text("91.79%")
        expect(page.locator(".chart").first.locator(".legend li")).to_have_count(4)
        expect(page.locator(".differences")).to_contain_text("max_steps")
        with page.expect_download() as kept:
            page.get_by_role("button", name="CSV").click()
        lines = Path(kept.value.path()).read_text().splitlines()
        assert lines[0].startswith("run,")
        assert len(lines) == 3
        shoot(page, "compare")
        page.get_by_role("button", name="Only what differs").click()
        assert "max_steps" in table.inner_text()


def test_the_list_is_moved_through_searched_and_filtered_by_keyboard(browser: Browser, world: World) -> None:
    with a_page(browser, world.url, refused=True) as page:
        rows = page.locator(".run-row")
        expect(rows).to_have_count(2)
        page.keyboard.press("j")
        expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
        assert re.search(r"/runs/[0-9a-f]{32}$", page.url)
        page.go_back()
        expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("/")
        page.keyboard.type("flag:max_steps < 50")
        expect(rows).to_have_count(1)
        page.locator("#search").fill("nothing is like this")
        expect(page.locator(".side .empty")).to_contain_text("No run is like that")
        page.locator("#search").fill("status = = 1")
        expect(page.locator(".side .trouble")).to_be_visible()
        page.locator("#search").fill("completed")
        expect(rows).to_have_count(2)
        page.keyboard.press("Escape")
        for key, name in enumerate(("Overview", "Statistics", "Output", "Files", "Source"), start=1):
            page.keyboard.press(str(key))
            expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_output_is_searched_files_are_shown_and_the_source_is_there(browser: Browser, world: World) -> None:
    with a_page(browser, world.url) as page:
        page.get_by_role("tab", name="Output").click()
        expect(page.locator(".line.err")).to_have_text("done")
        page.get_by_label("Find in the output").fill("STEP 30")
        page.locator(".hit").click()
        expect(page.locator(".hit-line")).to_contain_text("Accuracy at step 30")
        shoot(page, "output")
        page.get_by_role("tab", name="Files").click()
        page.get_by_role("treeitem", name="train").click()
        page.get_by_role("treeitem", name=re.compile("tfevents")).click()
        expect(page.locator("pre.hex")).to_contain_text("00000000")
        page.get_by_role("tab", name="Source").click()
        page.get_by_role("treeitem", name="train.py").click()
        expect(page.locator("#body-4 pre.text")).to_contain_text("argparse")
        shoot(page, "source")


def test_a_label_is_given_and_a_run_goes_to_the_trash_and_back(browser: Browser, tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url) as page:
        page.get_by_role("button", name="Label").click()
        page.get_by_role("textbox", name="Label of this run").fill("<b>good</b>")
        page.keyboard.press("Enter")
        expect(page.locator(".run-title .label")).to_have_text("<b>good</b>")
        assert run.notes().label == "<b>good</b>"
        page.get_by_role("button", name="Delete").click()
        page.locator("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator(".run-row")).to_have_count(0)
        assert not run.path.exists()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".run-row")).to_have_count(1)
        assert run.path.is_dir()


def test_a_comparison_says_what_is_missing_and_no_longer_than_it_is(browser: Browser, tmp_path: Path) -> None:
    one, other = (put_run(tmp_path, number).record().id for number in (1, 2))
    with viewing(tmp_path, tmp_path) as view, a_page(browser, view.url, refused=True) as page:
        page.goto(f"{view.url}/compare")
        told = page.locator(".compare-page .empty")
        expect(told).to_contain_text("Choose runs in the list")
        page.route("**/api/compare*", lambda asked: asked.abort())
        page.goto(f"{view.url}/compare?runs={one},{other}")
        expect(told).to_contain_text("the server does not answer")
        page.unroute("**/api/compare*")
        put_run(tmp_path, 3)
        expect(page.locator("table.compare tbody tr")).to_have_count(2)
        expect(told).to_be_hidden()


def test_ten_thousand_runs_are_a_few_rows_of_the_page(browser: Browser, world: World) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": f"{number:032x}",
            "operation": f"m:{number}",
            "status": "completed",
            "detail": None,
            "label": "",
            "tags": [],
        }
        | {"created": "2026-01-01T00:00:00Z", "started": "2026-01-01T00:00:00Z", "stopped": "2026-01-01T00:01:00Z"}
        | {"project": None, "package": None, "run_dir": "/", "deleted": False}
        for number in range(10_000)
    ]
    with a_page(browser, world.url, refused=True) as page:
        page.route("**/api/runs", lambda route: route.fulfill(json={"runs": rows}))
        page.goto(world.url)
        expect(page.locator(".count")).to_have_text(re.compile("10.000 runs"))
        assert page.locator(".run-row").count() < 60
        begun = time.monotonic()
        page.locator(".virtual").focus()
        page.keyboard.press("End")
        expect(page.locator(".run-row.current")).to_contain_text("m:9999")
        page.locator("#search").fill("m:4321")
        expect(page.locator(".run-row")).to_have_count(1)
        assert time.monotonic() - begun < 10


def test_the_page_writes_numbers_by_patterns_as_the_commands_do(browser: Browser, world: World) -> None:
    patterns = [
        "0",
        "0000",
        "0.00",
        "0.0[00]",
        "0[.]00",
        "0,0.0",
        "0%",
        "0.00 %",
        "%",
        "0.0 b",
        "0.00ib",
        "0.0a",
        "0.0e",
    ]
    patterns += ["0.00e+0", "00:00:00", "+0.0", "(0.0)", "$0,0", "0.0 C", "0 steps"]
    values = [0, 1, -1, 0.5, -0.005, 1.005, 0.29, 999.95, 1023, 1024, 12345.678, -1048576, 1e15, 1e-7, 59.5, 3661]
    values += [1.7e306, 1.8e306, -1.7976931348623157e308, 2.2250738585072014e-308, 0.0049999, 123456.785]
    rows = [(value, pattern) for value in values for pattern in patterns]
    with a_page(browser, world.url) as page:
        code = (
            "async rows => { const m = await import('/static/js/numeral.js'); return rows.map(r => m.numeral(...r)); }"
        )
        found = page.evaluate(code, rows)
    assert list(zip(rows, found, strict=True)) == [(row, formatted(*row)) for row in rows]
