"""Measure the trained model on the flowers that it has not seen."""

import keras
import tensorflow as tf

import flowers


def main():
    model = keras.models.load_model("iris.keras")
    measures, species, names = flowers.load(flowers.TEST)
    loss, accuracy = model.evaluate(measures, species, verbose=0)
    with tf.summary.create_file_writer("test").as_default():
        tf.summary.scalar("loss", loss, step=0)
        tf.summary.scalar("accuracy", accuracy, step=0)
    guesses = model.predict(measures, verbose=0).argmax(axis=1)
    for number, name in enumerate(names):
        found = guesses[species == number] == number
        print(f"{name}: {found.sum()} of {found.size}")
    print(f"Test accuracy: {accuracy:.4f}")


if __name__ == "__main__":
    main()
