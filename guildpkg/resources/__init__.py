"""The files that an operation needs: found, chosen and laid into its working directory.

In: a resource of a project, where it is to appear, what stands in for it. Out: a `ResourceRow` for each file or folder
that lies there then, with its hash. Each kind of source has a module (``table.py``) that finds its files; `laying`
lays them, `sealing` looks at the end whether they are still what they were. Raises `DependencyError`.
"""
