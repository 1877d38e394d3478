# SPDX-License-Identifier: Apache-2.0
"""The smallest classifier of them all: one matrix, a thousand steps."""

import argparse
import sys

import tensorflow as tf

from tensorflow.examples.tutorials.mnist import input_data

FLAGS = None


def main(_):
    digits = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)

    pixels = tf.placeholder(tf.float32, [None, 784])
    truth = tf.placeholder(tf.float32, [None, 10])
    guess = tf.matmul(pixels, tf.Variable(tf.zeros([784, 10]))) + tf.Variable(tf.zeros([10]))
    loss = tf.losses.softmax_cross_entropy(truth, guess)
    learn = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    right = tf.equal(tf.argmax(guess, 1), tf.argmax(truth, 1))

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(1000):
            images, labels = digits.train.next_batch(100)
            session.run(learn, {pixels: images, truth: labels})
        print(session.run(right, {pixels: digits.test.images, truth: digits.test.labels}).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="/tmp/tensorflow/mnist/input_data", help="Folder of the four data files")
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main, argv=sys.argv[:1] + rest)
