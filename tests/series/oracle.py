"""Run with TF_PYTHON: writes event files with the true writers, and says what TensorBoard reads in them.

usage: oracle.py write FOLDER | oracle.py read FOLDER
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# TensorFlow and TensorBoard are in another environment

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any


def write(folder: Path) -> None:
    """Write a TF1 and a TF2 file, with histograms and texts between the scalars, and a run that starts again."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    values = [0.0, -0.0, 1e-30, 3.4e38, float("nan"), float("inf"), 1 / 3]
    with tf.summary.create_file_writer(str(folder / "two")).as_default():
        for step in range(300):
            tf.summary.scalar("loss", values[step % len(values)], step=step * 7)
            tf.summary.scalar("deep/er/acc", step / 300, step=step)
            if step % 50 == 0:
                tf.summary.histogram("h", [1.0, 2.0, step], step=step)
                tf.summary.text("t", "hello", step=step)
                tf.summary.image("i", tf.zeros((1, 8, 8, 3)), step=step)
    for begin in (0, 40):
        with tf.Graph().as_default():
            one = tf.compat.v1.summary.FileWriter(str(folder / "one"), filename_suffix=f".{begin}")
        for step in (*range(begin, begin + 100), 2**31, 2**40, 2**62):
            found = [tf.compat.v1.Summary.Value(tag=f"tag_{n}", simple_value=step / (n + 3)) for n in range(step % 4)]
            one.add_summary(tf.compat.v1.Summary(value=found), step)
        one.close()
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder / "board"))
    for step in range(3000):
        value = Summary.Value(tag=f"train/{'ab' * (step % 3)}x", simple_value=step / 7)
        writer.add_event(Event(wall_time=1.7e9 + step / 3, step=step, summary=Summary(value=[value])))
    writer.close()


def read(folder: Path) -> dict[str, list[Any]]:
    """Read all scalars with EventAccumulator, by key."""
    # with this module there, tensorboard takes its own reader, and TensorFlow, which takes seconds, is not imported
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )
    from tensorboard.util.tensor_util import make_ndarray

    found: dict[str, list[Any]] = {}
    for place in sorted({path.parent for path in folder.rglob("*tfevents*")}):
        events = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
        events.Reload()
        below = f"tf/{place.relative_to(folder)}/"
        for tag in events.Tags()["scalars"]:
            found[below + tag] = [[e.wall_time, e.step, repr(e.value)] for e in events.Scalars(tag)]
        for tag in events.Tags()["tensors"]:
            if events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
                rows = [(e.wall_time, e.step, make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
                found[below + tag] = [[when, step, repr(float(value))] for when, step, value in rows]
    return found


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(read(Path(sys.argv[2]))))
