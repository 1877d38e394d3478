"""What in the output of a script is a scalar, unless its project says otherwise: ``KEY: NUMBER`` on its own line."""

from __future__ import annotations

from typing import Final

NUMBER: Final = r"(?:[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:nan|inf))"
"""A number as programs print it, as a regular expression."""
KEY: Final = r"[A-Za-z_][!-9;<>-~]{0,199}"
"""A key that is looked for without being named."""
PRINTED: Final = (("", rf"^(?P<_key>{KEY}):[ \t]+(?P<_val>{NUMBER})[ \t]*$"),)
"""The default of `core.project.model.Operation.output_scalars`."""
