"""Titles of two compared Runs: what differs stands in both, in words; what does not stands in neither."""
# spec: L2 L9

from __future__ import annotations

from typing import Any

import pytest

from app.views.titles import compared
from engine.run import ModelReference, Run
from tests.engine.edited import HARD, KINDS, SOFT, masked, pictured

PLAIN = Run(model=ModelReference(label="faces", sha256="b" * 64))
MASK = masked(HARD)


@pytest.mark.parametrize(
    ("one", "other", "first", "second"),
    [
        ({}, {}, "", ""),
        ({"schedule": {"rho": 3.0}}, {}, " · ρ 3", " · ρ 7"),
        ({}, {"latents": {"edits": [KINDS["intensity"]]}}, " · edits none",
         " · edits intensity λ +0.1 through eyes, particles 3, 4"),
        ({"latents": {"edits": [KINDS["move"]]}}, {"latents": {"edits": [KINDS["move"], KINDS["transfer"]]}},
         " · edits move 1 at step 2 to (0.5, -1)", " · edits 2"),
        ({}, {"region": {"outside": "locked", "mask": MASK}}, " · outside free", " · outside of eyes locked"),
        ({"region": {"outside": "replaced", "mask": masked(SOFT, "mouth"), "picture": pictured("a.png")}},
         {"region": {"outside": "locked", "mask": MASK}},
         " · outside of mouth replaced, to a.png", " · outside of eyes locked"),
        ({"latents": {"picture": pictured()}}, {}, " · picture digits 17", " · picture none"),
    ],
)  # fmt: skip
def test_what_differs_is_named(one: dict[str, Any], other: dict[str, Any], first: str, second: str) -> None:
    lines = compared(PLAIN.replace(**one), PLAIN.replace(**other))
    assert lines == (f"A{first} · heun 22", f"B{second} · heun 22")
