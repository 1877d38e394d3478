"""Train a DNN classifier on the iris data and keep it as iris.keras."""

import argparse

import keras

import flowers


def main():
    args = parse_args()
    keras.utils.set_random_seed(args.seed)
    model = init_model(args)
    train(model, args)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden-units", default="10,10", help="units of each hidden layer, separated by commas")
    parser.add_argument("--epochs", default=30, type=int)
    parser.add_argument("--batch-size", default=16, type=int)
    parser.add_argument("--learning-rate", default=0.01, type=float)
    parser.add_argument("--seed", default=1, type=int)
    return parser.parse_args()


def init_model(args):
    measures, _, species = flowers.load(flowers.TRAINING)
    scaled = keras.layers.Normalization()
    scaled.adapt(measures)
    hidden = [keras.layers.Dense(int(units), activation="relu") for units in args.hidden_units.split(",")]
    model = keras.Sequential([keras.Input((measures.shape[1],)), scaled, *hidden, keras.layers.Dense(len(species))])
    model.compile(
        optimizer=keras.optimizers.Adam(args.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def train(model, args):
    measures, species, _ = flowers.load(flowers.TRAINING)
    # what is logged goes to train/ and validation/ below the folder of the run, which is where this runs
    board = keras.callbacks.TensorBoard(log_dir=".", write_graph=False)
    model.fit(
        measures,
        species,
        epochs=args.epochs,
        batch_size=args.batch_size,
        validation_data=flowers.load(flowers.TEST)[:2],
        callbacks=[board, keras.callbacks.LambdaCallback(on_epoch_end=report)],
        verbose=0,
    )
    model.save("iris.keras")


def report(epoch, logs):
    print(f"Epoch {epoch + 1}: loss {logs['loss']:.4f}, accuracy {logs['accuracy']:.4f}")


if __name__ == "__main__":
    main()
