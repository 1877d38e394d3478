# SPDX-License-Identifier: Apache-2.0
"""The classifier of ``mnist_softmax.py``, compiled by XLA where asked; leaves a timeline of its last step."""

import argparse
import sys

import tensorflow as tf

from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python.client import timeline

FLAGS = None
STEPS = 1000


def settings():
    """Session settings with the just-in-time compiler on or off."""
    config = tf.ConfigProto()
    level = tf.OptimizerOptions.ON_1 if FLAGS.xla else tf.OptimizerOptions.OFF
    config.graph_options.optimizer_options.global_jit_level = level
    return config


def trace(session, operation, feed):
    """Run an operation under the profiler and write what it saw, for chrome://tracing."""
    record = tf.RunMetadata()
    full = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    session.run(operation, feed, options=full, run_metadata=record)
    with open("timeline.ctf.json", "w") as output:
        output.write(timeline.Timeline(step_stats=record.step_stats).generate_chrome_trace_format())


def main(_):
    digits = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)

    pixels = tf.placeholder(tf.float32, [None, 784])
    truth = tf.placeholder(tf.float32, [None, 10])
    guess = tf.matmul(pixels, tf.Variable(tf.zeros([784, 10]))) + tf.Variable(tf.zeros([10]))
    loss = tf.losses.softmax_cross_entropy(truth, guess)
    learn = tf.train.GradientDescentOptimizer(0.5).minimize(loss)

    session = tf.Session(config=settings())
    session.run(tf.global_variables_initializer())
    for step in range(STEPS):
        images, labels = digits.train.next_batch(100)
        feed = {pixels: images, truth: labels}
        if step < STEPS - 1:
            session.run(learn, feed)
        else:
            trace(session, learn, feed)

    right = tf.equal(tf.argmax(guess, 1), tf.argmax(truth, 1))
    print(session.run(right, {pixels: digits.test.images, truth: digits.test.labels}).mean())
    session.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="/tmp/tensorflow/mnist/input_data", help="Folder of the four data files")
    parser.add_argument("--xla", type=bool, default=True, help="Compile with XLA")
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main, argv=sys.argv[:1] + rest)
