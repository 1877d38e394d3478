# SPDX-License-Identifier: Apache-2.0
"""Train the convolutional network of ``mnist_deep``, with flags and with summaries.

The network is upstream's (`mnist_deep.deepnn`); its training is written anew here, since ``mnist_deep`` fixes all of
its numbers and logs none. The summaries carry the tags of ``mnist_with_summaries``, ``accuracy_1`` and
``cross_entropy_1`` below ``train`` and ``test`` of the log directory, so that one view fits all models. The log
directory is never deleted: others may have written there.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import input_data
import mnist_deep
from tf1 import tf

BATCH = 50
TRAIN_SUMMARY_EVERY = 10
TEST_EVERY = 100
TEST_CHUNK = 500  # all 10,000 images of MNIST at once would take gigabytes in the convolutions


class Model(NamedTuple):
    """The ends of the graph that training touches."""

    images: Any
    labels: Any
    keep_probability: Any
    loss: Any
    accuracy: Any
    train_step: Any


class Score(NamedTuple):
    """How well the model does on some images."""

    loss: float
    accuracy: float

    def summary(self) -> Any:
        """The score as it is logged."""
        values = {"accuracy_1": self.accuracy, "cross_entropy_1": self.loss}
        return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])


def build(pixels: int, classes: int, learning_rate: float) -> Model:
    """Put placeholders before upstream's network, and a loss and an optimizer behind it.

    Args:
        pixels: How many numbers an image is.
        classes: How many numbers a label is.
        learning_rate: Of the Adam optimizer.

    Returns:
        The ends of the graph.
    """
    images = tf.placeholder(tf.float32, [None, pixels], name="images")
    labels = tf.placeholder(tf.float32, [None, classes], name="labels")
    logits, keep_probability = mnist_deep.deepnn(images)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))
    hits = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
    return Model(
        images=images,
        labels=labels,
        keep_probability=keep_probability,
        loss=loss,
        accuracy=tf.reduce_mean(tf.cast(hits, tf.float32)),
        train_step=tf.train.AdamOptimizer(learning_rate).minimize(loss),
    )


def evaluate(session: Any, model: Model, data: Any) -> Score:
    """Score the model on a whole data set, chunk by chunk.

    Args:
        session: The session that holds the model's variables.
        model: The model.
        data: A set of `input_data.read_data_sets`.

    Returns:
        The mean over all of its images.
    """
    loss = accuracy = 0.0
    for start in range(0, data.num_examples, TEST_CHUNK):
        images, labels = data.images[start : start + TEST_CHUNK], data.labels[start : start + TEST_CHUNK]
        feed = {model.images: images, model.labels: labels, model.keep_probability: 1.0}
        chunk = session.run([model.loss, model.accuracy], feed_dict=feed)
        loss += float(chunk[0]) * len(images)
        accuracy += float(chunk[1]) * len(images)
    return Score(loss / data.num_examples, accuracy / data.num_examples)


def train(options: argparse.Namespace) -> None:
    """Read the data, train, log and print.

    Args:
        options: The command line, see `arguments`.
    """
    mnist = input_data.read_data_sets(options.data_dir, one_hot=True)
    model = build(mnist.train.images.shape[1], mnist.train.labels.shape[1], options.learning_rate)
    with (
        tf.Session() as session,
        tf.summary.FileWriter(f"{options.log_dir}/train", session.graph) as train_log,
        tf.summary.FileWriter(f"{options.log_dir}/test") as test_log,
    ):
        session.run(tf.global_variables_initializer())

        def test(step: int) -> None:
            score = evaluate(session, model, mnist.test)
            test_log.add_summary(score.summary(), step)
            # who watches the run sees both curves grow together
            test_log.flush()
            train_log.flush()
            print(f"Accuracy at step {step}: {score.accuracy:g}", flush=True)

        for step in range(options.max_steps):
            if step % TEST_EVERY == 0:
                test(step)
            images, labels = mnist.train.next_batch(BATCH)
            feed = {model.images: images, model.labels: labels, model.keep_probability: options.dropout}
            loss, accuracy, _ = session.run([model.loss, model.accuracy, model.train_step], feed_dict=feed)
            if step % TRAIN_SUMMARY_EVERY == 0:
                train_log.add_summary(Score(float(loss), float(accuracy)).summary(), step)
        test(options.max_steps)


def arguments() -> argparse.ArgumentParser:
    """Describe the command line; the numbers are those that ``mnist_deep`` fixes.

    Returns:
        The parser.
    """
    parser = argparse.ArgumentParser(description="Train a convolutional network on MNIST.")
    parser.add_argument("--max_steps", type=int, default=20000, help="Steps to train")
    parser.add_argument("--learning_rate", type=float, default=1e-4, help="Learning rate")
    parser.add_argument("--dropout", type=float, default=0.5, help="Share of the units that training keeps")
    parser.add_argument("--data_dir", default="/tmp/tensorflow/mnist/input_data", help="Directory of the data")
    parser.add_argument(
        "--log_dir", default="/tmp/tensorflow/mnist/logs/mnist_deep_with_summaries", help="Directory for summaries"
    )
    return parser


if __name__ == "__main__":
    train(arguments().parse_args())
