"""Models: everything that can be sampled, each a Denoiser with a reference. No torch at import.

`catalogue` names what is bundled, `load` makes one of them. Called by the command line and by the window's worker.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.run import ModelReference

if TYPE_CHECKING:
    import numpy as np

    from engine.denoiser import Denoiser
    from engine.models.catalogue import ModelInfo

    class Model(Denoiser, Protocol):
        """A Denoiser that a Run can name and a checkpoint can hold: `kind` is its kind in `checkpoints.KINDS`."""

        kind: str
        reference: ModelReference

        @property
        def arrays(self) -> dict[str, np.ndarray]:
            """Its tensors by name, as a checkpoint stores them."""
            ...

        @property
        def own(self) -> Mapping[str, Any]:
            """What its checkpoint's JSON says beside that: the fields that only its kind has."""
            ...


def load(name_or_path: str | Path) -> Model:
    """A model by its name in the catalogue, or the one in a checkpoint's file or a folder of diffusers. Imports torch.

    A string without a folder and without a suffix is a name, if the catalogue has it. Raises `InputError`, one
    sentence, if there is no such model or the checkpoint cannot be used.
    """
    from engine.checkpoints import open_checkpoint
    from engine.models.catalogue import named, offered

    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.name != name_or_path or path.suffix:
        return open_checkpoint(path)
    if os.path.isdir(name_or_path) and all(info.name != name_or_path for info in offered()):
        return open_checkpoint(path)
    return named(name_or_path).build()


def find(reference: ModelReference, opened: Iterable[ModelInfo] = ()) -> ModelInfo | None:
    """The model a Run names, by its hash alone, among those opened from files and those in the catalogue; else None."""
    from engine.models.catalogue import offered

    return next((info for info in (*opened, *offered()) if info.reference.sha256 == reference.sha256), None)
