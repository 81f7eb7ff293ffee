"""Handwritten digits as models see them: 16x16 in the middle of a 32x32 frame (D1), and the set that is bundled.

Used by `models.catalogue`, by `data.mnist` and by training. `python -m engine.data.digits` makes
assets/handwritten-digits.safetensors from scikit-learn's copy of the set, with its provenance beside it.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import numpy as safetensors

SHAPE = (1, 32, 32)
"""The shape of a framed digit: channel, row, column."""

INNER = 16
"""Rows and columns of the digit itself, in the middle of the frame."""

_MARGIN = (32 - INNER) // 2
_FILE = "handwritten-digits.safetensors"


def frame(digits: np.ndarray) -> np.ndarray:
    """Digits [M, 16, 16], uint8, ink bright, as [M, 1, 32, 32], uint8; the background is 0.

    Read as value / 127.5 - 1 the background is -1 and ink up to 1, the engine's range for pictures.
    """
    frames = np.zeros((len(digits), *SHAPE), dtype=np.uint8)
    frames[:, 0, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = digits
    return frames


def shrink(pictures: np.ndarray) -> np.ndarray:
    """Pictures [M, h, w], uint8, resized to [M, 16, 16], uint8: Pillow's bicubic filter, anti-aliased.

    All at once: one tall picture is resized in its width, is turned, and is resized in its width again. For square
    pictures that gives the very values of resizing them one by one, much faster (MNIST: 0.6 s).
    """
    from PIL import Image

    for _ in range(2):
        count, height, width = pictures.shape
        tall = Image.fromarray(np.ascontiguousarray(pictures).reshape(count * height, width))
        narrow = tall.resize((INNER, count * height), Image.Resampling.BICUBIC)
        pictures = np.asarray(narrow).reshape(count, height, INNER).transpose(0, 2, 1)
    return np.ascontiguousarray(pictures)


def bundled() -> tuple[np.ndarray, np.ndarray]:
    """The 1,797 bundled digits, framed [1797, 1, 32, 32], uint8, and their labels 0 .. 9 [1797], uint8."""
    content = safetensors.load((importlib.resources.files("assets") / _FILE).read_bytes())
    return frame(content["digits"]), content["labels"]


def make(folder: Path) -> None:
    """Write handwritten-digits.safetensors and its provenance, a JSON beside it, into `folder`; needs scikit-learn."""
    from sklearn.datasets import load_digits

    source = load_digits()
    ink = np.rint(source.images * (255 / 16)).astype(np.uint8)
    # A margin of one pixel lets strokes that touch the border fade out, and makes the ink as large as MNIST's.
    digits = shrink(np.pad(ink, ((0, 0), (1, 1), (1, 1))))
    content = safetensors.save({"digits": digits, "labels": source.target.astype(np.uint8)})
    provenance: dict[str, Any] = {
        "file": _FILE,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": "digits: uint8 [1797, 16, 16], 0 background to 255 ink; labels: uint8 [1797], 0 to 9",
        "origin": "Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, test part, "
        "as distributed by scikit-learn (sklearn.datasets.load_digits)",
        "authors": "E. Alpaydin and C. Kaynak, 1998",
        "licence": "CC BY 4.0",
        "changes": "8x8 pictures of 17 grey levels, given a margin of one pixel and resized to 16x16 (bicubic)",
        "command": "python -m engine.data.digits",
    }
    path = folder / _FILE
    path.write_bytes(content)
    path.with_suffix(".json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(str(importlib.resources.files("assets"))))
