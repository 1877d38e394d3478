"""Event files to scalars: what training scripts wrote with TensorFlow, PyTorch or the like, read without any of them.

In: the folder of a run's files and the cache of an earlier reading (`stores.scalars`). Out: a mapping from key to
series, with what was damaged named. Nothing in an event file is trusted, nothing is written but the cache, and links
are never followed.
"""
