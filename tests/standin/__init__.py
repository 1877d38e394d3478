"""A stand-in for the TensorFlow repository, and the recipe that packages it; see README.md."""
