"""Trainings of a moment, for the tests beside this file: a few points of a known mixture and a small MLP."""

from __future__ import annotations

from typing import Any

from engine.training.config import Training, parse


def config(**changes: Any) -> Training:
    """Forty steps on the mixture on a line, changed as said."""
    content: dict[str, Any] = {
        "name": "small",
        "data": {"name": "mixture"},
        "network": {"kind": "mlp", "width": 16, "layers": 2},
        "steps": 40,
        "batch": 32,
        "microbatch": 16,
        "preview_every": 1000,
        "save_minutes": 0,
    }
    return parse(content | changes)
