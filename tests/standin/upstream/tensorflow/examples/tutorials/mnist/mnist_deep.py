# SPDX-License-Identifier: Apache-2.0
"""A convolutional classifier, small enough for any machine."""

import argparse
import sys

import tensorflow as tf

from tensorflow.examples.tutorials.mnist import input_data

FLAGS = None
MAPS = (8, 16)
DENSE = 128


def parameters(*shape):
    """Weights of a layer, and its biases."""
    weights = tf.Variable(tf.truncated_normal(shape, stddev=0.1))
    return weights, tf.Variable(tf.fill(shape[-1:], 0.1))


def deepnn(x):
    """The network: rows of 784 pixels in; ten logits and the placeholder of the dropout's keep probability out."""
    layer = tf.reshape(x, (-1, 28, 28, 1))
    depth = 1
    for number, maps in enumerate(MAPS, 1):
        with tf.name_scope("block%d" % number):
            kernel, bias = parameters(5, 5, depth, maps)
            layer = tf.nn.conv2d(layer, kernel, strides=(1, 1, 1, 1), padding="SAME")
            layer = tf.nn.relu(tf.nn.bias_add(layer, bias))
            layer = tf.nn.max_pool(layer, ksize=(1, 2, 2, 1), strides=(1, 2, 2, 1), padding="SAME")
        depth = maps

    flat = 28 // 2 ** len(MAPS)
    with tf.name_scope("dense"):
        layer = tf.reshape(layer, (-1, flat * flat * depth))
        layer = tf.nn.relu(tf.nn.xw_plus_b(layer, *parameters(flat * flat * depth, DENSE)))
        keep_prob = tf.placeholder(tf.float32, name="keep_prob")
        layer = tf.nn.dropout(layer, keep_prob)
    with tf.name_scope("logits"):
        return tf.nn.xw_plus_b(layer, *parameters(DENSE, 10)), keep_prob


def main(_):
    digits = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)

    pixels = tf.placeholder(tf.float32, [None, 784])
    truth = tf.placeholder(tf.float32, [None, 10])
    guess, keep_prob = deepnn(pixels)
    learn = tf.train.AdamOptimizer(1e-4).minimize(tf.losses.softmax_cross_entropy(truth, guess))
    right = tf.equal(tf.argmax(guess, 1), tf.argmax(truth, 1))

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step in range(20000):
            images, labels = digits.train.next_batch(50)
            if not step % 100:
                share = session.run(right, {pixels: images, truth: labels, keep_prob: 1}).mean()
                print("step %d, training accuracy %g" % (step, share))
            session.run(learn, {pixels: images, truth: labels, keep_prob: 0.5})
        feed = {pixels: digits.test.images, truth: digits.test.labels, keep_prob: 1}
        print("test accuracy %g" % session.run(right, feed).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="/tmp/tensorflow/mnist/input_data", help="Folder of the four data files")
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main, argv=sys.argv[:1] + rest)
