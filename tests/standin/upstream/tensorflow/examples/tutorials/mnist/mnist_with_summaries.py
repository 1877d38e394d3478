# SPDX-License-Identifier: Apache-2.0
"""A classifier with one hidden layer that logs how it learns. It begins by emptying its log directory."""

import argparse
import os
import sys

import tensorflow as tf

from tensorflow.examples.tutorials.mnist import input_data

SCRATCH = os.path.join(os.environ.get("TEST_TMPDIR", "/tmp"), "tensorflow", "mnist")
FLAGS = None


def dense(layer, units, name):
    """A fully connected layer whose weights show up as a histogram."""
    with tf.name_scope(name):
        wide = int(layer.shape[1])
        weights = tf.Variable(tf.truncated_normal([wide, units], stddev=0.1), name="weights")
        tf.summary.histogram("weights", weights)
        return tf.nn.xw_plus_b(layer, weights, tf.Variable(tf.fill([units], 0.1), name="biases"))


class Network(object):
    """The graph: what is fed, what is measured, what is run."""

    def __init__(self, learning_rate):
        self.pixels = tf.placeholder(tf.float32, [None, 784], name="pixels")
        self.truth = tf.placeholder(tf.float32, [None, 10], name="truth")
        self.keep = tf.placeholder(tf.float32, name="keep")
        hidden = tf.nn.dropout(tf.nn.relu(dense(self.pixels, 100, "hidden")), self.keep)
        guess = dense(hidden, 10, "output")

        with tf.name_scope("cross_entropy"):
            loss = tf.losses.softmax_cross_entropy(self.truth, guess)
        with tf.name_scope("accuracy"):
            right = tf.equal(tf.argmax(guess, 1), tf.argmax(self.truth, 1))
            self.accuracy = tf.reduce_mean(tf.to_float(right))
        # The scopes above hold these names: TensorFlow makes the tags cross_entropy_1 and accuracy_1 of them.
        tf.summary.scalar("cross_entropy", loss)
        tf.summary.scalar("accuracy", self.accuracy)

        self.learn = tf.train.AdamOptimizer(learning_rate).minimize(loss)
        self.summaries = tf.summary.merge_all()

    def feed(self, images, labels, keep=1.0):
        return {self.pixels: images, self.truth: labels, self.keep: keep}


def train():
    """Nine steps of training, one look at the test set, and again."""
    digits = input_data.read_data_sets(FLAGS.data_dir, one_hot=True, fake_data=FLAGS.fake_data)
    network = Network(FLAGS.learning_rate)
    with tf.Session() as session:
        logs = [tf.summary.FileWriter(os.path.join(FLAGS.log_dir, name), session.graph) for name in ("train", "test")]
        session.run(tf.global_variables_initializer())
        for step in range(FLAGS.max_steps):
            looking = step % 10 == 0
            if looking:
                action, feed = network.accuracy, network.feed(digits.test.images, digits.test.labels)
            else:
                images, labels = digits.train.next_batch(100, fake_data=FLAGS.fake_data)
                action, feed = network.learn, network.feed(images, labels, FLAGS.dropout)
            summary, value = session.run([network.summaries, action], feed)
            logs[looking].add_summary(summary, step)
            if looking:
                print("Accuracy at step %s: %s" % (step, value))
        for log in logs:
            log.close()


def start_clean(folder):
    """Make a folder that is empty whatever was in it."""
    if tf.gfile.IsDirectory(folder):
        tf.gfile.DeleteRecursively(folder)
    tf.gfile.MakeDirs(folder)


def main(_):
    start_clean(FLAGS.log_dir)
    train()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fake_data", type=bool, nargs="?", const=True, default=False, help="Noise instead of digits")
    parser.add_argument("--max_steps", type=int, default=1000, help="When to stop")
    parser.add_argument("--learning_rate", type=float, default=0.001, help="Of the optimizer, at the start")
    parser.add_argument("--dropout", type=float, default=0.9, help="Share of the hidden units that training keeps")
    parser.add_argument("--data_dir", default=os.path.join(SCRATCH, "input_data"), help="Folder of the four data files")
    parser.add_argument(
        "--log_dir", default=os.path.join(SCRATCH, "logs", "mnist_with_summaries"), help="Folder for the summaries"
    )
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main, argv=sys.argv[:1] + rest)
