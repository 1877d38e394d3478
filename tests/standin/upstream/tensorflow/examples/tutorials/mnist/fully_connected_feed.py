# SPDX-License-Identifier: Apache-2.0
"""Feed batches to the network of ``mnist.py``; score it on all three sets at the end and every thousand steps."""

import argparse
import os
import sys

import tensorflow as tf

import tensorflow.examples.tutorials.mnist.input_data as input_data
import tensorflow.examples.tutorials.mnist.mnist as mnist

SCRATCH = os.path.join(os.environ.get("TEST_TMPDIR", "/tmp"), "tensorflow", "mnist")
FLAGS = None


class Feed(object):
    """Placeholders for one batch, and what to put in them."""

    def __init__(self, size):
        self.size = size
        self.images = tf.placeholder(tf.float32, [size, mnist.IMAGE_PIXELS])
        self.labels = tf.placeholder(tf.int32, [size])

    def batch(self, digits):
        images, labels = digits.next_batch(self.size, FLAGS.fake_data)
        return {self.images: images, self.labels: labels}


def score(session, correct, feed, title, digits):
    rounds = digits.num_examples // feed.size
    right = sum(session.run(correct, feed_dict=feed.batch(digits)) for _ in range(rounds))
    seen = rounds * feed.size
    print("%s: %d of %d (%.4f)" % (title, right, seen, right / float(max(seen, 1))))


def run_training():
    digits = input_data.read_data_sets(FLAGS.input_data_dir, fake_data=FLAGS.fake_data)
    with tf.Graph().as_default(), tf.Session() as session:
        feed = Feed(FLAGS.batch_size)
        logits = mnist.inference(feed.images, FLAGS.hidden1, FLAGS.hidden2)
        loss = mnist.loss(logits, feed.labels)
        step_op = mnist.training(loss, FLAGS.learning_rate)
        correct = mnist.evaluation(logits, feed.labels)
        merged = tf.summary.merge_all()
        saver = tf.train.Saver()
        log = tf.summary.FileWriter(FLAGS.log_dir, session.graph)
        session.run(tf.global_variables_initializer())

        for step in range(1, FLAGS.max_steps + 1):
            summary, value, _ = session.run([merged, loss, step_op], feed_dict=feed.batch(digits.train))
            if step % 100 == 1:
                print("Step %d: loss = %.2f" % (step - 1, value))
                log.add_summary(summary, step - 1)
                log.flush()
            if step == FLAGS.max_steps or step % 1000 == 0:
                saver.save(session, os.path.join(FLAGS.log_dir, "model.ckpt"), global_step=step)
                for title in ("train", "validation", "test"):
                    score(session, correct, feed, title, getattr(digits, title))


def main(_):
    if tf.gfile.IsDirectory(FLAGS.log_dir):
        tf.gfile.DeleteRecursively(FLAGS.log_dir)
    tf.gfile.MakeDirs(FLAGS.log_dir)
    run_training()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float, default=0.01)
    for name, default in (("max_steps", 2000), ("hidden1", 128), ("hidden2", 32), ("batch_size", 100)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--input_data_dir", default=os.path.join(SCRATCH, "input_data"))
    parser.add_argument("--log_dir", default=os.path.join(SCRATCH, "logs", "fully_connected_feed"))
    parser.add_argument("--fake_data", action="store_true")
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main, argv=sys.argv[:1] + rest)
