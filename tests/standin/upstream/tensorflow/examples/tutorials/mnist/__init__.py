# SPDX-License-Identifier: Apache-2.0
"""Stand-in for the MNIST tutorial of TensorFlow 1, in its idiom: what the other scripts share."""

import tensorflow.examples.tutorials.mnist.input_data
import tensorflow.examples.tutorials.mnist.mnist
