"""Otsu's threshold, and what it leaves of a picture: the ink of a digit without its background.

Used by the digit classifier and by the quality measures of moving digits, on whole batches and on their device.
"""

from __future__ import annotations

import torch
from torch import Tensor

BINS = 256


def thresholds(pictures: Tensor) -> Tensor:
    """Otsu's threshold of each picture of [N, ...], finite: [N], float64, each over the whole of its own picture.

    It splits a histogram of 256 bins over the picture's range where the variance between the two classes is largest
    (N. Otsu 1979); of a picture of one value it is that value. Equal to scikit-image's `threshold_otsu` on float64.
    """
    values = pictures.detach().flatten(1).double()
    low, high = values.aminmax(dim=1, keepdim=True)
    steps = torch.arange(BINS + 1, dtype=torch.float64, device=values.device)
    edges = torch.cat([low + steps[:-1] * ((high - low) / BINS), high], dim=1)
    # Rounding may put a value beside its bin; the edges decide, as in NumPy's histogram.
    bins = ((values - low) * (BINS / (high - low))).nan_to_num().long().clamp(0, BINS - 1)
    bins -= (values < edges.gather(1, bins)).long()
    bins += ((values >= edges.gather(1, bins + 1)) & (bins < BINS - 1)).long()
    counts = torch.zeros_like(edges[:, :BINS]).scatter_add_(1, bins, torch.ones_like(values))
    centres = (edges[:, 1:] + edges[:, :-1]) / 2

    below = counts.cumsum(1)
    above = counts.flip(1).cumsum(1).flip(1)
    mean_below = (counts * centres).cumsum(1) / below
    mean_above = ((counts * centres).flip(1).cumsum(1) / above.flip(1)).flip(1)
    between = below[:, :-1] * above[:, 1:] * (mean_below[:, :-1] - mean_above[:, 1:]) ** 2
    best = centres.gather(1, between.argmax(dim=1, keepdim=True))
    return torch.where(high > low, best, low).squeeze(1)


def masked(pictures: Tensor) -> Tensor:
    """Pictures [N, ...], dark at 0, with everything up to their own thresholds set to 0.

    A picture of one value becomes empty. The gradient passes where a value is kept; the thresholds count as constant.
    """
    limits = thresholds(pictures).reshape(-1, *[1] * (pictures.ndim - 1))
    return torch.where(pictures > limits, pictures, 0)
