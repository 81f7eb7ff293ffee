"""Copy as Python: a script that makes the same figure with `engine` alone. No torch; called by `write` and the window.

Nothing of a Sheet is pasted as it stands: the script holds only the `repr` of validated values.
"""

from __future__ import annotations

import hashlib
from pprint import pformat

from engine.figures.sheet import Sheet

_SCRIPT = '''\
"""Makes one figure with Latent Loupe's engine alone, as PDF and as PNG: the suffix says which kind of file."""

from engine.figures import write
from engine.figures.sheet import parse

sheet = parse(
{sheet}
)
for kind in ("pdf", "png"):
    print(write.to_file(sheet, f"{name}.{{kind}}"))  # of a checkpoint: opened=[write.checkpoint("path")]
'''


def of(sheet: Sheet) -> str:
    """The script; what the Sheet's Runs name it carries. Raises as `Sheet.to_dict`."""
    values = pformat(sheet.to_dict(), width=100, sort_dicts=False)
    indented = "\n".join(f"    {line}" for line in values.splitlines())
    return _SCRIPT.format(sheet=indented, name=name(sheet))


def name(sheet: Sheet) -> str:
    """A name for files of that figure, the same for equal ones."""
    return f"figure-{hashlib.sha256(sheet.model_dump_json().encode()).hexdigest()[:12]}"
