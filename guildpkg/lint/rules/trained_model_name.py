"""The name of a trained model says what it was trained on: `MODEL+DATASET`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import ArchiveSubject, member

ID = "trained-model-name"
SEVERITY = Severity.INFO
SUMMARY = "A package holds a trained model and is not named MODEL+DATASET"

_TRAINED = re.compile(r".*\.(?:ckpt|safetensors|h5|keras|pt|pth|onnx|tflite)|.*\.data-\d{5}-of-\d{5}|saved_model\.pb")


def check(subject: ArchiveSubject) -> Iterator[Fault]:
    """Look for files with weights."""
    name = subject.recipe.name
    model = next((file for file in subject.files if _TRAINED.fullmatch(file.name)), None)
    if model is not None and "+" not in name:
        yield Fault(member(model.path), f"{name} holds a trained model", f"call it {name.removesuffix('-src')}+DATASET")
