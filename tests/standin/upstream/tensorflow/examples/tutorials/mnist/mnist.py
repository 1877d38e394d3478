# SPDX-License-Identifier: Apache-2.0
"""A network of fully connected layers in four steps: inference, loss, training, evaluation."""

import tensorflow as tf

IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE ** 2
NUM_CLASSES = 10


def inference(images, hidden1_units, hidden2_units):
    """Logits for a batch of images, behind two hidden layers."""
    layer, wide = images, IMAGE_PIXELS
    sizes = [("hidden1", hidden1_units), ("hidden2", hidden2_units), ("logits", NUM_CLASSES)]
    for name, units in sizes:
        with tf.variable_scope(name):
            spread = tf.random_normal_initializer(stddev=wide ** -0.5)
            kernel = tf.get_variable("kernel", [wide, units], initializer=spread)
            bias = tf.get_variable("bias", [units], initializer=tf.zeros_initializer())
            layer = tf.nn.xw_plus_b(layer, kernel, bias)
        if name != "logits":
            layer = tf.nn.relu(layer)
        wide = units
    return layer


def loss(logits, labels):
    """Mean cross-entropy between logits and class numbers."""
    return tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)


def training(loss, learning_rate):
    """One step down the gradient; logs the loss."""
    tf.summary.scalar("loss", loss)
    counter = tf.train.get_or_create_global_step()
    return tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=counter)


def evaluation(logits, labels):
    """How many of a batch are right."""
    guesses = tf.argmax(logits, axis=1, output_type=tf.int32)
    return tf.count_nonzero(tf.equal(guesses, labels), dtype=tf.int32)
