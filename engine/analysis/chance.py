"""What chance alone finds, to hold the modes against that guided particles find. Used by views and by experiments.

Without torch.
"""

from __future__ import annotations


def independent(modes: int, size: int) -> float:
    """Modes that `size` independent draws hold on average, of so many that are as likely: m (1 - (1 - 1/m)^B).

    6.51 for ten draws of ten modes.
    """
    return modes * (1 - (1 - 1 / modes) ** size)
