"""Sums whose bits do not depend on what stands beside them: torch.sum's order of summation, and so a particle's last
bits, depends on its place in the tensor. Used by models and samplers.
"""

from __future__ import annotations

import torch
from torch import Tensor


def total(terms: Tensor) -> Tensor:
    """The sum over the first dimension, by halves, element by element."""
    while (count := len(terms)) > 1:
        half = count // 2
        pairs = terms[:half] + terms[count - half :]
        terms = torch.cat([pairs, terms[half : half + 1]]) if count % 2 else pairs
    return terms[0]


def squared_norm(x: Tensor) -> Tensor:
    """|x_p|^2 [N] for each particle of x [N, ...]."""
    return total(x.flatten(1).square().T)
