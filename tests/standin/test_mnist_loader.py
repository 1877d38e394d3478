"""The loader that compat.patch adds: what it reads, what it downloads, what it refuses."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import importlib.util
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .layout import SHIPPED, added_files

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
TRAINING = 120
TESTING = 30


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, out of the patch; with no mirror chosen."""
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    part = next(part for part in added_files((SHIPPED / "compat.patch").read_text()) if "/mnist_loader.py" in part)
    lines = part.split("\n@@", 1)[1].split("\n")[1:]
    file = tmp_path / "mnist_loader.py"
    file.write_text("\n".join(line.removeprefix("+") for line in lines))
    spec = importlib.util.spec_from_file_location("mnist_loader", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four small files in the form of MNIST; image number n is filled with n, its label is n modulo 10."""
    folder = tmp_path / "data"
    folder.mkdir()
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, TRAINING), (TEST_IMAGES, TEST_LABELS, TESTING)):
        content = b"".join(bytes([number]) * 784 for number in range(count))
        write(folder / images, idx(content, count, 28, 28))
        write(folder / labels, idx(bytes(number % 10 for number in range(count)), count))
    return folder


@pytest.fixture
def mirror(data: Path) -> Path:
    """The files as a mirror with sums of its own."""
    sums = [f"{hashlib.sha256((data / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES]
    (data / "SHA256SUMS").write_text("".join(sums))
    return data


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve folders on loopback."""
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(_Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def idx(content: bytes, *shape: int) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


def test_files_that_are_there_are_read_in_order(
    loader: ModuleType, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(data.parent)
    sets = loader.read_data_sets("data", one_hot=True)
    assert capsys.readouterr().out.splitlines() == [f"Extracting data/{name}" for name in FILES]
    assert sets.train.images.shape == (110, 784)
    assert sets.train.labels[3].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert sets.test.images.max() == pytest.approx(29 / 255)
    assert sets.test.num_examples == TESTING


def test_a_twelfth_is_set_apart_as_it_is_of_mnist(loader: ModuleType, data: Path) -> None:
    assert 60_000 // loader.VALIDATION_SHARE == 5_000
    sets = loader.read_data_sets(str(data), dtype="uint8", reshape=False)
    assert sets.validation.images[:, 0, 0, 0].tolist() == list(range(10))
    assert loader.read_data_sets(str(data), validation_size=0).train.num_examples == TRAINING


def test_a_pass_gives_each_example_once_and_a_seed_gives_the_same_order(loader: ModuleType, data: Path) -> None:
    one, other = (loader.read_data_sets(str(data), dtype="uint8", seed=7).train for _ in range(2))
    batches = [one.next_batch(55)[0][:, 0].tolist() for _ in range(3)]
    assert sorted(batches[0] + batches[1]) == list(range(10, 120))
    assert batches[2] != batches[0]
    assert batches == [other.next_batch(55)[0][:, 0].tolist() for _ in range(3)]


def test_fake_data_need_no_files(loader: ModuleType, tmp_path: Path) -> None:
    sets = loader.read_data_sets(str(tmp_path / "none"), fake_data=True, one_hot=True)
    images, labels = sets.train.next_batch(100, fake_data=True)
    assert (images.shape, labels.shape) == ((100, 784), (100, 10))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("kind", ["file", "http"])
def test_missing_files_come_from_the_mirror_one_by_one(
    loader: ModuleType,
    mirror: Path,
    serve: Callable[[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", mirror.as_uri() if kind == "file" else serve(mirror))
    monkeypatch.chdir(tmp_path)
    loader.read_data_sets("new/data")
    expected = []
    for name in FILES:
        expected.append(f"Successfully downloaded {name} {(mirror / name).stat().st_size} bytes.")
        expected.append(f"Extracting new/data/{name}")
    assert capsys.readouterr().out.splitlines() == expected
    assert sorted(path.name for path in Path("new/data").iterdir()) == sorted(FILES)


@pytest.mark.parametrize(
    ("sums", "caused_by"),
    [
        (None, "instead of 440fcabf73cc"),
        (f"{'0' * 64} *{TRAIN_IMAGES}\n", f"instead of {'0' * 64}"),
        (f"{'0' * 64}  other.gz\n", f"does not name {TRAIN_IMAGES}"),
    ],
    ids=["no sums: MNIST's own", "another sum", "no sum"],
)
@pytest.mark.parametrize("kind", ["file", "http"])
def test_a_download_that_is_not_what_it_should_be_leaves_nothing(
    loader: ModuleType,
    data: Path,
    serve: Callable[[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    sums: str | None,
    caused_by: str,
) -> None:
    if sums is not None:
        (data / "SHA256SUMS").write_text(sums)
    monkeypatch.setenv("MNIST_MIRROR", data.as_uri() if kind == "file" else serve(data))
    with pytest.raises(loader.DataError, match="nothing was kept") as caught:
        loader.read_data_sets(str(tmp_path / "new"))
    assert caused_by in str(caught.value)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("url", ["file:///nowhere/at/all", "nonsense", "http://127.0.0.1:1/"])
def test_a_mirror_that_is_not_there_says_what_to_do(
    loader: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", url)
    with pytest.raises(loader.DataError, match="Put the four files into"):
        loader.read_data_sets(str(tmp_path / "new"))


@pytest.mark.parametrize(
    ("name", "content", "caused_by"),
    [
        (TRAIN_IMAGES, b"not gzip", "Not a gzipped file"),
        (TRAIN_IMAGES, gzip.compress(idx(bytes(784), 1, 28, 28))[:-9], "ended before"),
        (TRAIN_IMAGES, gzip.compress(b""), "not an IDX file"),
        (TRAIN_IMAGES, gzip.compress(idx(bytes(5), 5)), "not an IDX file of bytes in 3 dimension"),
        (TRAIN_IMAGES, gzip.compress(idx(bytes(783), 1, 28, 28)), "announces 784 bytes of data but holds only 783"),
        (TRAIN_IMAGES, gzip.compress(idx(bytes(785), 1, 28, 28)), "announces 784 bytes of data but holds more"),
        (TRAIN_IMAGES, gzip.compress(idx(b"", 0, 28, 28)), "claims to hold 0 x 28 x 28"),
        (TRAIN_IMAGES, gzip.compress(idx(b"", 1 << 31, 1 << 31, 1 << 31)), "claims to hold 2147483648 x"),
        (TRAIN_IMAGES, gzip.compress(idx(bytes(64), 1, 8, 8)), "images are 8 x 8 instead of 28 x 28"),
        (TRAIN_LABELS, gzip.compress(idx(bytes([10]), 1)), "label 10"),
        (TRAIN_LABELS, gzip.compress(idx(bytes(7), 7)), "120 train images and 7 train labels"),
    ],
    ids=["text", "cut", "empty", "labels", "short", "long", "none", "huge", "small", "label", "count"],
)
def test_a_file_that_is_not_right_is_refused(
    loader: ModuleType, data: Path, name: str, content: bytes, caused_by: str
) -> None:
    (data / name).write_bytes(content)
    with pytest.raises(loader.DataError) as caught:
        loader.read_data_sets(str(data))
    assert caused_by in str(caught.value)
    assert str(data) in str(caught.value)


@pytest.mark.parametrize("wrong", [{"dtype": "int64"}, {"validation_size": TRAINING}, {"validation_size": -1}])
def test_an_argument_that_does_not_fit_is_the_callers_mistake(
    loader: ModuleType, data: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        loader.read_data_sets(str(data), **wrong)
