"""Packager scripts: found, listed, run one hook at a time, in the sandbox where it works.

In: a recipe's folder, the packager's name, what the hook is about (`context.HookContext`). Out: what a hook printed and
its log. The order of the hooks is the pipeline's. Raises `HookError`, `SandboxError`, `RecipeError`.
"""
