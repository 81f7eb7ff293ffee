"""Stored latents: an n that a Run names by its SHA-256, such as that which a picture was inverted to. No torch.

The bytes in `engine.attachments` are an npy of float32 in the shape of the model's data. Called by `edits`, the window
and the command line.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine import attachments
from engine.errors import InputError
from engine.settings.references import LatentReference, plain_label


def keep(latent: NDArray[np.floating], label: str) -> LatentReference:
    """The name by which a Run finds this latent n [*data_shape]."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(latent, np.float32), allow_pickle=False)
    return LatentReference(label=plain_label(label), sha256=attachments.put(file.getvalue()))


def values(reference: LatentReference, data_shape: Sequence[int]) -> NDArray[np.float64]:
    """n [*data_shape]. Raises `InputError` if it has another shape, is damaged, not finite or not here."""
    file = io.BytesIO(attachments.get(reference.sha256))
    damaged = f"The latent {reference.label!r:.100} is damaged: invert its picture again."
    try:
        np.lib.format.read_magic(file)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    except Exception as error:  # NumPy reads the header as a Python literal, which raises errors of a dozen kinds
        raise InputError(damaged) from error
    if shape != tuple(data_shape):
        raise InputError(
            f"The latent {reference.label!r:.100} was made for a model of another shape than "
            f"{' × '.join(map(str, data_shape))}: invert its picture again."
        )
    content = file.read()
    if dtype != np.float32 or fortran or len(content) != 4 * math.prod(shape):
        raise InputError(damaged)
    latent = np.frombuffer(content, np.float32).reshape(shape).astype(np.float64)
    if not np.isfinite(latent).all():
        raise InputError(damaged)
    return latent
