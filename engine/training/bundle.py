"""`python -m engine.training.bundle CONFIG.toml --folder DIR`: a trained model into assets/, with what it is worth.

For who makes this program; `models.catalogue` lists what it wrote. A model of that name that is there already is kept,
unless it is to be replaced.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.training.command import export
from engine.training.config import FILE, read
from engine.training.quality import measure
from engine.training.state import State
from engine.training.train import start

_ASSETS = Path(str(importlib.resources.files("assets")))
_FEWEST = 20  # of fewer, some measures have nothing to count


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write, and print where to; or print what was measured. The exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.bundle", description=__doc__)
    parser.add_argument("config", type=Path, metavar="CONFIG.toml")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where the training was or is done")
    parser.add_argument("--samples", type=int, metavar="N", help="how many are measured: 1,000, of points 2,000")
    parser.add_argument("--replace", action="store_true", help="write over the model of that name")
    parser.add_argument("--print", action="store_true", help="print what is measured and write nothing")
    arguments = parser.parse_args(argv)
    if arguments.samples is not None and arguments.samples < _FEWEST:
        parser.error(f"argument --samples: must be {_FEWEST} or more")
    try:
        config = read(arguments.config)
        if not (arguments.folder / FILE).exists():
            raise InputError(f"{arguments.folder.name} holds no training: name the folder it was started in.")
        state = start(config, arguments.folder)
        quality = measure(state.average.snapshot(config.name), config, state.data, arguments.samples)
        if arguments.print:
            print(json.dumps({"steps": state.step, **quality}, indent=2, ensure_ascii=False))
        else:
            print((replace if arguments.replace else export)(state, _ASSETS, quality))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def replace(state: State, folder: Path, quality: Mapping[str, Any]) -> Path:
    """As `export`, over what `folder` holds under that name."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        weights = export(state, Path(made), quality)
        for file in weights.parent.iterdir():
            os.replace(file, folder / file.name)
    return folder / weights.name


if __name__ == "__main__":
    sys.exit(main())
