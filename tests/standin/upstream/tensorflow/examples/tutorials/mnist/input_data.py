# SPDX-License-Identifier: Apache-2.0
"""Where the scripts get their digits: the reader that TensorFlow 1 carried in ``tf.contrib``."""

from tensorflow.contrib.learn.python.learn.datasets import mnist as _datasets


def read_data_sets(folder, **how):
    """Train, validation and test digits of a folder."""
    return _datasets.read_data_sets(folder, **how)
