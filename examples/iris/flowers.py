"""Read the iris data: four measures of each flower, and the number of its species."""

import numpy as np

TRAINING = "data/iris_training.csv"
TEST = "data/iris_test.csv"


def load(path):
    """Read a file of flowers.

    Its first line gives the number of flowers, the number of measures and the names of the species; each further line
    is a flower.

    Returns:
        Measures (float32, a row per flower), species (int32), and the names of the species.
    """
    with open(path, encoding="ascii") as file:
        _, measures, *species = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",", ndmin=2)
    return table[:, : int(measures)].astype("float32"), table[:, -1].astype("int32"), species
