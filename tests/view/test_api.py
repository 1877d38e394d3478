"""The API: what it answers, to whom, and that no request makes it fail."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from guildpkg.core.events import Event, Warn
from guildpkg.core.runs.record import RunId
from guildpkg.pipeline.view.run import run_details
from guildpkg.pipeline.view.serve import ViewedRuns
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from tests.support.eventfiles import event, framed, put_events, scalars, simple
from tests.support.records import put_run
from tests.support.runs import guild_running, only_run, status_in_the_end, wait_for_text
from tests.view.conftest import World
from tests.view.worlds import TOKEN, Client, client_of, make_project, post


def id_of(run: Run) -> str:
    return run.record().id


def ask(client: Client, path: str) -> Any:
    got = client.get(path)
    assert got.status_code == 200, got.text
    return got.json()


def test_runs_are_listed_newest_first_and_filtered_as_the_command_does(tmp_path: Path) -> None:
    for number, code in enumerate((0, 1, 0)):
        put_run(tmp_path, number, code=code)
    client = client_of(tmp_path)
    rows = ask(client, "/api/runs")["runs"]
    assert [row["status"] for row in rows] == ["completed", "error", "completed"]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert [row["id"] for row in ask(client, "/api/runs?filter=status+%3D+error")["runs"]] == [rows[1]["id"]]
    refused = client.get("/api/runs?filter=status+%3D+%3D")
    assert (refused.status_code, bool(refused.json()["error"])) == (400, True)


def test_a_project_limits_the_runs_and_gives_the_title(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    put_run(tmp_path, 1, project=str(project))
    put_run(tmp_path, 2, project="/elsewhere")
    client = client_of(tmp_path, project)
    assert ask(client, "/api/config")["title"] == "MNIST Tutorial"
    assert [row["project"] for row in ask(client, "/api/runs")["runs"]] == [str(project)]


def test_charts_have_the_keys_that_their_patterns_match_and_the_rest_follows(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    run = put_run(tmp_path, 1, operation="softmax:train", project=str(project))
    put_events(run.files / "train", scalars("accuracy_1", 0.1, 0.2), scalars("dropout", 0.9))
    put_events(run.files / "test", scalars("accuracy_1", 0.3))
    found = ask(client_of(tmp_path), f"/api/runs/{id_of(run)}/charts")
    assert [(chart["name"], chart["keys"]) for chart in found["charts"]] == [
        ("accuracy", ["tf/test/accuracy_1", "tf/train/accuracy_1"]),
        ("loss", []),
    ]
    assert [chart["keys"] for chart in found["more"]] == [["tf/train/dropout"]]


def test_lines_are_thinned_and_say_where_the_step_went_back_and_what_is_no_number(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    put_events(run.files, scalars("x", *range(3000)), name="1.host")
    put_events(run.files, scalars("x", 1.0, float("nan"), float("inf"), first=5), name="2.host")
    line = ask(client_of(tmp_path), f"/api/runs/{id_of(run)}/series?key=tf/x&points=100")["lines"][0]
    assert (line["count"], line["restarts"]) == (3003, 1)
    assert line["shown"] == len(line["values"]) <= 100
    cut = line["starts"][1]
    assert line["steps"][cut:] == [5, 6, 7]
    assert line["values"][cut:] == [1.0, None, None]
    part = ask(client_of(tmp_path), f"/api/runs/{id_of(run)}/series?key=tf/x&points=100&start=1000&end=1010")["lines"][
        0
    ]
    assert part["steps"] == list(range(999, 1012))


@pytest.mark.tensorflow
def test_charts_have_the_points_that_tensorboard_reads(world: World) -> None:
    """TensorBoard's EventAccumulator, on the files of a run that `guild train` made."""
    run = httpx.get(f"{world.url}/api/runs").json()["runs"][0]
    script = """
import json, sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")  # its own reader, without importing TensorFlow
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = {}
for part in ("test", "train"):
    log = EventAccumulator(f"{sys.argv[1]}/files/{part}", {"scalars": 0})
    log.Reload()
    for tag in log.Tags()["scalars"]:
        found[f"tf/{part}/{tag}"] = [[event.step, event.value] for event in log.Scalars(tag)]
print(json.dumps(found))
"""
    command = [os.environ["TF_PYTHON"], "-c", script, run["run_dir"]]
    expected = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    query = "&".join(f"key={key}" for key in expected)
    lines = httpx.get(f"{world.url}/api/runs/{run['id']}/series?{query}").json()["lines"]
    found = {line["key"]: [list(pair) for pair in zip(line["steps"], line["values"], strict=True)] for line in lines}
    assert found == expected
    assert len(expected) == 4


def test_a_pause_is_told_and_rare_points_are_none(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    minutes = [*range(30), *range(600, 630)]
    seconds = [*range(30), 500, 1000, 1500]
    often = [framed(event(step, simple("x", 1.0), time=60.0 * minute)) for step, minute in enumerate(minutes)]
    rare = [framed(event(step, simple("y", 1.0), time=float(second))) for step, second in enumerate(seconds)]
    put_events(run.files, *often, *rare)
    lines = ask(client_of(tmp_path), f"/api/runs/{id_of(run)}/series?key=tf/x&key=tf/y")["lines"]
    assert [line["pauses"] for line in lines] == [[[29 * 60_000, 600 * 60_000]], []]


def test_a_comparison_has_the_fields_as_the_run_shows_them_and_takes_runs_of_the_trash(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    one, other = (put_run(tmp_path, number, operation="softmax:train", project=str(project)) for number in (1, 2))
    put_events(one.files / "test", scalars("accuracy_1", 0.1, 0.91789))
    client, first = client_of(tmp_path), id_of(one)
    assert post(client, f"/api/runs/{first}/delete", {})["deleted"] is True
    found = ask(client, f"/api/compare?runs={first},{id_of(other)}")
    heads = [column["label"] for column in found["columns"] if column["group"] == "fields"]
    assert heads == ["Validation Accuracy", "Train Accuracy", "Loss", "Steps", "Time"]
    panels = ask(client, f"/api/runs/{first}/fields")["fields"]
    cells = [row["cells"]["field:validation-accuracy"] for row in found["rows"]]
    assert [cell["text"] for cell in cells] == [panels[0]["text"], ""] == ["91.79%", ""]
    assert [row["run"]["deleted"] for row in found["rows"]] == [True, False]


def test_a_fault_of_ours_is_answered_and_told_on_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Event] = []
    monkeypatch.setattr(ViewedRuns, "config", lambda _: dict[str, str]()["gone"])
    got = client_of(tmp_path, report=told.append).get("/api/config")
    assert (got.status_code, got.json()["error"]) == (500, "the server failed")
    (said,) = told
    assert isinstance(said, Warn)
    assert re.match(r"GET /api/config failed: KeyError: 'gone' \(test_api.py:\d+\)", said.text)


def test_a_project_file_with_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", fields='[field "loss"]\n  source = nonsense\n')
    run = put_run(tmp_path, 1, project=str(project))
    found = ask(client_of(tmp_path), f"/api/runs/{id_of(run)}/fields")
    assert found["fields"] == []
    assert "Guild:8" in found["faults"][0]


def test_labels_tags_the_trash_and_back(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1)
    client, path = client_of(tmp_path), f"/api/runs/{id_of(run)}"
    assert post(client, f"{path}/label", {"label": "good one"})["label"] == "good one"
    assert post(client, f"{path}/tag", {"add": ["a", "b"], "remove": []})["tags"] == ["a", "b"]
    assert post(client, f"{path}/tag", {"add": [], "remove": ["a"]})["tags"] == ["b"]
    assert post(client, f"{path}/delete", {})["deleted"] is True
    assert ask(client, "/api/runs")["runs"] == []
    assert [row["label"] for row in ask(client, "/api/runs?deleted=yes")["runs"]] == ["good one"]
    assert post(client, f"{path}/restore", {})["deleted"] is False
    assert len(Runs(tmp_path).all()) == 1


def test_links_that_a_script_left_in_its_run_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden\n")
    one, other = put_run(tmp_path, 1), put_run(tmp_path, 2)
    for run, names in ((one, ("output", "vcs.patch", "source/train.py")), (other, ())):
        (run.path / "source").mkdir()
        for name in names:
            (run.path / name).symlink_to(secret)
    (other.path / "source" / "train.py").write_text("pass\n")
    client, path = client_of(tmp_path), f"/api/runs/{id_of(one)}"
    answers = [
        ask(client, f"{path}/output"),
        ask(client, f"{path}/search?text=hid"),
        ask(client, f"/api/diff?runs={id_of(one)},{id_of(other)}"),
    ]
    assert (answers[0]["size"], answers[1]["found"]) == (0, [])
    assert "+pass" in answers[2]["groups"][-1]["text"]
    assert "hidden" not in str(answers)


def test_a_search_begins_behind_the_end_and_goes_on_where_it_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildpkg.pipeline.view.output._MOST", 2 << 20)
    run = put_run(tmp_path, 1)
    (run.path / "output").write_bytes(b"x" * (3 << 20) + b"\nhere\n")
    client, path = client_of(tmp_path), f"/api/runs/{id_of(run)}/search?text=here"
    assert ask(client, f"{path}&start={2**63 - 1}") == {"found": [], "next": None}
    assert ask(client, path) == {"found": [], "next": 2 << 20}
    assert [row["text"] for row in ask(client, f"{path}&start={2 << 20}")["found"]] == ["here"]


@pytest.mark.parametrize(("act", "code"), [("purge", 404), ("trash", 200)])
def test_a_run_that_goes_away_during_a_request_is_looked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str, code: int
) -> None:
    run = put_run(tmp_path, 1)
    left: list[object] = []

    def gone_first(store: Runs, one: Run) -> Any:
        if not left:
            left.append(getattr(store, act)(run))
        return run_details(store, one)

    monkeypatch.setattr("guildpkg.pipeline.view.serve.run_details", gone_first)
    assert client_of(tmp_path).get(f"/api/runs/{id_of(run)}").status_code == code


def test_a_running_run_is_not_deleted(tmp_path: Path) -> None:
    run = put_run(tmp_path, 1, code=None)
    refused = post(client_of(tmp_path), f"/api/runs/{id_of(run)}/delete", {})
    assert (refused["code"], "running" in str(refused["error"])) == (409, True)
    assert run.path.is_dir()


def test_a_running_run_is_stopped(tmp_path: Path) -> None:
    with_run = guild_running(tmp_path, "import time; print('on', flush=True); time.sleep(60)")
    try:
        wait_for_text(with_run, b"on")
        run = only_run(tmp_path)
        assert post(client_of(tmp_path), f"/api/runs/{id_of(run)}/stop", {})["code"] == 200
        assert status_in_the_end(run).word == "terminated"
    finally:
        with_run.kill()
        with_run.communicate()


def test_a_run_that_waits_to_be_started_or_is_over_is_not_stopped(tmp_path: Path) -> None:
    record = put_run(tmp_path, 1).record()
    over = put_run(tmp_path, 2)
    waiting = Runs(tmp_path).create(replace(record, id=RunId("f" * 32), staged=True))
    client = client_of(tmp_path)
    for run, word in ((waiting, "staged"), (over, "completed")):
        refused = post(client, f"/api/runs/{id_of(run)}/stop", {})
        assert (refused["code"], word in str(refused["error"]), run.stop_wishes()) == (409, True, 0)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"label": 5}', b'{"label": "a\\nb"}', b"9" * 70_000, b"[" * 60_000, b"\xff"]
)
def test_a_body_that_makes_no_sense_changes_nothing(tmp_path: Path, body: bytes) -> None:
    run = put_run(tmp_path, 1, label="before")
    headers = {"Origin": "http://localhost", "X-Guild-Token": TOKEN}
    got = client_of(tmp_path).request("POST", f"/api/runs/{id_of(run)}/label", content=body, headers=headers)
    assert got.status_code == 400
    assert run.notes().label == "before"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"X-Guild-Token": TOKEN},
        {"Origin": "http://localhost", "X-Guild-Token": "another"},
        {"Origin": "http://evil.example", "X-Guild-Token": TOKEN},
        {"Origin": "null", "X-Guild-Token": TOKEN},
        {"Origin": "http://localhost:1", "X-Guild-Token": TOKEN},
        {"Host": "evil.example", "Origin": "http://evil.example", "X-Guild-Token": TOKEN},
    ],
    ids=str,
)
def test_only_our_own_page_changes_something(tmp_path: Path, headers: dict[str, str]) -> None:
    run = put_run(tmp_path, 1)
    got = client_of(tmp_path).request("POST", f"/api/runs/{id_of(run)}/label", json={"label": "x"}, headers=headers)
    assert (got.status_code, run.notes().label) == (403, "")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.2", "", "[::2]", "[", "a b"])
def test_under_another_name_nothing_is_answered(tmp_path: Path, host: str) -> None:
    got = client_of(tmp_path).get("/api/runs", headers={"Host": host})
    assert got.status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:6333", "LOCALHOST", "127.0.0.1:1", "[::1]:6333"])
def test_under_the_names_of_this_machine_it_answers(tmp_path: Path, host: str) -> None:
    assert client_of(tmp_path).get("/api/runs", headers={"Host": host}).status_code == 200


def test_every_answer_forbids_what_does_not_come_from_here(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    for path in ("/", "/static/style.css", "/api/config", "/api/nothing", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


def test_of_a_thousand_malformed_requests_none_makes_the_server_fail(tmp_path: Path) -> None:
    """Seeded, so that a failure can be seen again: addresses, parameters and methods of every wrong kind."""
    run = put_run(tmp_path, 1)
    put_events(run.files, scalars("x", 1.0, 2.0))
    (run.path / "output").write_bytes(b"a\n\xff\xfe\n")
    client, chance = client_of(tmp_path), random.Random(6)
    names = ["filter", "deleted", "key", "points", "axis", "start", "end", "after", "before", "limit", "text", "root"]
    names += ["path", "runs", "download", "run", "zzz"]
    ends = [
        "",
        "/fields",
        "/charts",
        "/series",
        "/output",
        "/search",
        "/folder",
        "/file",
        "/raw-output",
        "/label",
        "/x",
    ]
    odd = [
        "",
        "0",
        "-1",
        "9" * 30,
        "1e3",
        "yes",
        "source",
        "../" * 9,
        "/etc/passwd",
        "\0",
        "%",
        "\ud800",
        "\U0001d518",
        "x" * 5000,
    ]
    odd += ["a=b and", "flag:x > 'z'", "(" * 400, "tf/x", "time", str(2**63), "²", "٣", id_of(run), "[", "started > '"]
    codes = set()
    for _ in range(1000):
        who = chance.choice([id_of(run), "0" * 32, "..", "%2e%2e", "x", id_of(run).upper(), "%00"])
        head = chance.choice(
            [f"/api/runs/{who}{chance.choice(ends)}", "/api/runs", "/api/compare", "/api/diff", "/api/config"]
        )
        pairs = (
            f"{chance.choice(names)}={quote(chance.choice(odd), errors='surrogatepass')}"
            for _ in range(chance.randint(0, 4))
        )
        method = chance.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        got = client.request(method, f"{head}?{'&'.join(pairs)}")
        assert got.status_code < 500, (method, got.url, got.text)
        codes.add(got.status_code)
    assert codes >= {200, 400, 403, 404}
