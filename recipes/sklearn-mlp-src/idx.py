"""Read the IDX files that MNIST made familiar, from a folder and never from a network.

The format: two zero bytes, a type (8: unsigned bytes, the only one read here), the number of dimensions, the size of
each as four big-endian bytes, then the values.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = 8


class IdxError(Exception):
    """A file that is missing, damaged, or of another kind; the text names it."""


def load(folder: Path, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the images and labels of one set.

    Args:
        folder: Where the files lie.
        name: What their names begin with, `train` or `t10k`.

    Returns:
        The images (number, height, width) and their labels (number).

    Raises:
        IdxError: Where a file cannot be read, or the two differ in number.
    """
    images = read(folder / f"{name}-images-idx3-ubyte.gz", dimensions=3)
    labels = read(folder / f"{name}-labels-idx1-ubyte.gz", dimensions=1)
    if len(images) != len(labels) or not len(images):
        raise IdxError(f"{folder}: {len(images)} images of {name}, but {len(labels)} labels")
    return images, labels


def read(path: Path, *, dimensions: int) -> NDArray[np.uint8]:
    """Read one gzipped IDX file that is to have this number of dimensions.

    Raises:
        IdxError: Where there is no such file, or it is not of the format.
    """
    try:
        with gzip.open(path) as stream:
            data = stream.read()
    except (OSError, EOFError, zlib.error) as error:
        # What the system says repeats the path; its strerror does not.
        raise IdxError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    start = 4 + 4 * dimensions
    if len(data) < start or data[:4] != bytes((0, 0, UNSIGNED_BYTES, dimensions)):
        raise IdxError(f"{path}: not an IDX file of bytes in {dimensions} dimensions")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    if len(data) != start + math.prod(shape):
        raise IdxError(f"{path}: {len(data)} bytes, but {start + math.prod(shape)} by its header")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)
