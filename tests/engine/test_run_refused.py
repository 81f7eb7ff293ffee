"""What is no Run is refused with one sentence that names the field, and a Run can hold no path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.errors import InputError
from engine.run import explain, parse
from tests.engine.edited import HARD, KINDS, masked
from tests.engine.test_run import MODEL, PLAIN

MOVE, INTENSITY, TRANSFER, BETWEEN, SET = KINDS.values()

BAD: list[tuple[Any, str, str]] = [
    ({"latents": {"count": 0}}, "latents.count", "greater than or equal to 1 (got 0)"),
    ({"latents": {"count": 1_000_001}}, "latents.count", "less than or equal to 1000000"),
    ({"latents": {"count": 3.0}}, "latents.count", "integer (got 3.0)"),
    ({"latents": {"count": True}}, "latents.count", "integer (got True)"),
    ({"latents": {"seed": "3"}}, "latents.seed", "integer (got '3')"),
    ({"latents": {"seed": -1}}, "latents.seed", "greater than or equal to 0"),
    ({"latents": {"seed": 2**63}}, "latents.seed", "less than 9223372036854775808"),
    ({"latents": {"seed": 10**5000}}, "latents.seed", "less than 9223372036854775808"),
    ({"latents": {"seed": float("nan")}}, "latents.seed", "integer (got nan)"),
    ({"latents": None}, "latents", "JSON object"),
    ({"latents": [1, 2]}, "latents", "JSON object"),
    ({"latents": {"lambda": 1}}, "latents.lambda", "remove it"),
    ({"latents": {"group": 0}}, "latents.group", "greater than or equal to 1 (got 0)"),
    ({"latents": {"group": "all"}}, "latents.group", "integer (got 'all')"),
    ({"latents": {"edits": {}}}, "latents.edits", "should be a list"),
    ({"latents": {"edits": [MOVE] * 1001}}, "latents.edits", "1000 items at most, not 1001"),
    ({"latents": {"edits": [MOVE, 3]}}, "latents.edits.1", "JSON object"),
    ({"latents": {"edits": [{"step": 2, "to": [0.0]}]}}, "latents.edits.0.particle", "add it"),
    ({"latents": {"edits": [{**MOVE, "kind": "push"}]}}, "latents.edits.0.kind", "interpolate, set, move (got 'push')"),
    ({"latents": {"edits": [{"kind": ["move"]}]}}, "latents.edits.0.kind", "choose one of: intensity"),
    ({"latents": {"edits": [{**MOVE, "by": 3}]}}, "latents.edits.0.by", "remove it"),
    ({"latents": {"edits": [{**MOVE, "step": -1}]}}, "latents.edits.0.step", "greater than or equal to 0 (got -1)"),
    ({"latents": {"edits": [{**MOVE, "to": []}]}}, "latents.edits.0.to", "1 or more items, not 0"),
    ({"latents": {"edits": [{**MOVE, "to": [0.0] * 17}]}}, "latents.edits.0.to", "16 items at most, not 17"),
    ({"latents": {"edits": [{**MOVE, "to": [float("nan")]}]}}, "latents.edits.0.to.0", "finite number (got nan)"),
    ({"latents": {"edits": [{"kind": "intensity"}]}}, "latents.edits.0.strength", "add it"),
    ({"latents": {"edits": [{**INTENSITY, "strength": float("inf")}]}}, "latents.edits.0.strength", "finite number"),
    ({"latents": {"edits": [{**INTENSITY, "strength": 2e6}]}}, "latents.edits.0.strength", "equal to 1000000"),
    ({"latents": {"edits": [{**INTENSITY, "channel": -1}]}}, "latents.edits.0.channel", "equal to 0 (got -1)"),
    ({"latents": {"edits": [{**INTENSITY, "particles": []}]}}, "latents.edits.0.particles", "1 or more items, not 0"),
    ({"latents": {"edits": [{**INTENSITY, "mask": "eyes.png"}]}}, "latents.edits.0.mask", "JSON object"),
    ({"latents": {"edits": [{**INTENSITY, "mask": {"label": "a/b"}}]}}, "latents.edits.0.mask.label", "never a path"),
    ({"latents": {"edits": [{**TRANSFER, "particles": None}]}}, "latents.edits.0", "swap is between two particles"),
    ({"latents": {"edits": [{**TRANSFER, "share": 0.5}]}}, "latents.edits.0.share", "remove it"),
    ({"latents": {"edits": [{**BETWEEN, "between": [0]}]}}, "latents.edits.0.between", "add it"),
    ({"latents": {"edits": [{**BETWEEN, "share": 1.5}]}}, "latents.edits.0.share", "equal to 1 (got 1.5)"),
    ({"latents": {"edits": [{**SET, "step": 1}]}}, "latents.edits.0.step", "equal to 0 (got 1)"),
    ({"latents": {"edits": [{**SET, "latent": None}]}}, "latents.edits.0.latent", "JSON object"),
    ({"region": {"outside": "locked"}}, "region", "locked needs a mask: name one, or leave the outside free"),
    ({"region": {"outside": "kept", "mask": masked(HARD)}}, "region.outside", "'locked' or 'replaced' (got 'kept')"),
    ({"region": {"mask": {"sha256": "0" * 64}}}, "region.mask.label", "add it"),
    ({"region": {"inside": "free"}}, "region.inside", "remove it"),
    ({"condition": {"example": -1}}, "condition.example", '0 to 65,535, "each" or "group" (got -1)'),
    ({"condition": {"example": True}}, "condition.example", '0 to 65,535, "each" or "group" (got True)'),
    ({"condition": {"example": "all"}}, "condition.example", '"each" or "group" (got \'all\')'),
    ({"condition": {"frames": []}}, "condition.frames", "should be a JSON object"),
    ({"condition": {"frames": {"label": "a/b", "sha256": "f" * 64}}}, "condition.frames.label", "never a path"),
    ({"condition": {"frames": {"label": "f", "sha256": "f"}}}, "condition.frames.sha256", "match"),
    ({"condition": {"film": []}}, "condition.film", "remove it"),
    ({"schedule": {"steps": 0}}, "schedule.steps", "greater than or equal to 1"),
    ({"schedule": {"steps": 10**400}}, "schedule.steps", "less than or equal to 10000"),
    ({"schedule": {"rho": 0.5}}, "schedule.rho", "greater than or equal to 1 (got 0.5)"),
    ({"schedule": {"rho": "7"}}, "schedule.rho", "number (got '7')"),
    ({"schedule": {"rho": False}}, "schedule.rho", "number (got False)"),
    ({"schedule": {"sigma_max": float("inf")}}, "schedule.sigma_max", "finite number"),
    ({"schedule": {"sigma_max": 1e10}}, "schedule.sigma_max", "less than or equal to 1000000000"),
    ({"schedule": {"sigma_min": 0.0}}, "schedule.sigma_min", "greater than 0"),
    ({"schedule": {"sigma_min": 80.0}}, "schedule", "sigma_min (80) must be below sigma_max (80)"),
    ({"schedule": {"name": "karras"}}, "schedule", "'karras' is not known; choose one of: edm"),
    ({"schedule": {"name": ["edm"]}}, "schedule", "choose one of: edm"),
    ({"schedule": "edm"}, "schedule", '{"name": "edm"}'),
    ({"sampler": {"churn": -1.0}}, "sampler.churn", "greater than or equal to 0"),
    ({"sampler": {"churn": float("nan")}}, "sampler.churn", "finite number (got nan)"),
    ({"sampler": {"rho": 7.0}}, "sampler.rho", "remove it"),
    ({"sampler": {"name": "x" * 10_000}}, "sampler", "choose one of: heun"),
    ({"sampler": 5}, "sampler", '{"name": "heun"}'),
    ({"guidance": {"k_pg": -1.0}}, "guidance.k_pg", "greater than or equal to 0 (got -1.0)"),
    ({"guidance": {"k_pg": float("inf")}}, "guidance.k_pg", "finite number"),
    ({"guidance": {"kernel": "l2"}}, "guidance.kernel", "'rbf', 'iou'"),
    ({"guidance": {"width": 0.0}}, "guidance.width", "greater than or equal to 0.000000001 (got 0.0)"),
    ({"guidance": {"sees": "x"}}, "guidance.sees", "'denoised' or 'state' (got 'x')"),
    ({"guidance": {"alpha": 1}}, "guidance.alpha", "remove it"),
    ({"guidance": 3}, "guidance", "JSON object"),
    ({"precision": "half"}, "precision", "'float32' or 'float64'"),
    ({"block": 0}, "block", "greater than or equal to 1"),
    ({"block": "8"}, "block", "integer (got '8')"),
    ({"version": 2}, "version", "update Latent Loupe"),
    ({"version": 10**5000}, "version", "update Latent Loupe"),
    ({"version": 0}, "version", "greater than or equal to 1"),
    ({"version": True}, "version", "integer"),
    ({"version": "1"}, "version", "integer"),
    ({"model": None}, "model", "JSON object"),
    ({"model": {"label": "a"}}, "model.sha256", "add it"),
    ({"model": {"label": "", "sha256": "0" * 64}}, "model.label", "at least 1 character"),
    ({"model": {"label": "x" * 201, "sha256": "0" * 64}}, "model.label", "at most 200 characters"),
    ({"model": {"label": "a", "sha256": "0" * 63}}, "model.sha256", "[0-9a-f]{64}"),
    ({"model": {"label": "a", "sha256": "0" * 64 + "\n"}}, "model.sha256", "[0-9a-f]{64}"),
    ({"model": {"label": "a", "sha256": "G" * 64}}, "model.sha256", "[0-9a-f]{64}"),
    ({"model": {"label": "a\nb", "sha256": "0" * 64}}, "model.label", "printable"),
    ({"model": {"label": "\ud800", "sha256": "0" * 64}}, "model.label", "valid string"),
    ({"model": {"path": "ring.safetensors", **MODEL}}, "model.path", "remove it"),
    ({"out": "somewhere"}, "out", "remove it"),
    ({"two\nlines": 1}, r"'two\nlines'", "remove it"),
    ({"x" * 10_000: 1}, "x" * 80, "remove it"),
]


def sentence(error: pytest.ExceptionInfo[InputError]) -> str:
    """The text of the error, once it is sure that it is one line of a length a person reads."""
    text = str(error.value)
    assert text.isprintable(), "one line, no control characters"
    assert len(text) < 320
    assert text.endswith(".")
    return text


@pytest.mark.parametrize(("wrong", "field", "allowed"), BAD, ids=[f"{i}-{case[1]:.20}" for i, case in enumerate(BAD)])
def test_a_bad_value_gives_one_sentence_with_field_and_range(wrong: Any, field: str, allowed: str) -> None:
    with pytest.raises(InputError) as error:
        parse({"model": MODEL, **wrong}, "run.json")
    text = sentence(error)
    assert text.startswith(f"run.json: {field}")
    assert allowed in text


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", '"run"', '{"model": }', b"\xff\xfe\x00", "[" * 100_000, '{"a":' * 100_000, "9" * 5000],
    ids=lambda text: repr(text[:12]),
)
def test_text_that_is_no_run_gives_one_sentence(text: str | bytes) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    sentence(error)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_json_numbers_that_are_not_finite_are_refused(number: str) -> None:
    with pytest.raises(InputError, match=r"sampler\.churn: .*finite"):
        parse('{"model": %s, "sampler": {"churn": %s}}' % (json.dumps(MODEL), number))  # noqa: UP031 - braces


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
groups = st.sampled_from(
    ["version", "model", "latents", "schedule", "sampler", "guidance", "region", "precision", "block"]
)
fields = st.sampled_from(
    ["seed", "count", "group", "edits", "steps", "sigma_max", "sigma_min", "rho", "name", "churn", "s_noise", "k_pg"]
)


regions = st.dictionaries(st.sampled_from(["outside", "mask", "picture"]), json_values, max_size=3)


@given(st.dictionaries(groups, json_values | st.dictionaries(fields, json_values, max_size=3) | regions, max_size=4))
def test_anything_at_all_gives_a_run_or_one_sentence(wrong: dict[str, Any]) -> None:
    try:
        run = parse({"model": MODEL, **wrong})
    except InputError as error:
        text = str(error)
        assert text.isprintable(), text
        assert any(group in text for group in wrong)
    else:
        assert parse(run.to_json()) == run


@pytest.mark.parametrize("path", ["/home/me/ring.safetensors", r"C:\models\ring", "models/ring", "../ring"])
def test_a_run_can_hold_no_path(path: str) -> None:
    with pytest.raises(InputError, match=r"model\.label: .*never a path"):
        parse({"model": {**MODEL, "label": path}})
    free = {key for key, value in flattened(PLAIN.model_dump()) if isinstance(value, str)} - CHOSEN
    assert free == {"model.label", "model.sha256", "schedule.name", "sampler.name"}, "a new text must refuse paths"


CHOSEN = {f"guidance.{name}" for name in ("kernel", "bandwidth", "over_time", "sees", "over_particles")}
CHOSEN |= {"region.outside"}
"""Texts that are one of a few words."""


def flattened(content: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    return [
        pair
        for key, value in content.items()
        for pair in (flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)])
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"nothing": {"a": 1}}, {"nothing": 1}, {"block": {"a": 1}}, {"schedule": {"name": "x"}}, {"sampler": {"name": []}},
     {"latents": 3}, {"latents": {"seeds": 1}}],
    ids=str,
)  # fmt: skip
def test_replace_refuses_with_a_validation_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        PLAIN.replace(**wrong)
    text = explain(error.value, "Sampler")
    assert text.startswith(f"Sampler: {next(iter(wrong))}")
    assert text.isprintable()


def test_a_field_that_is_named_already_is_named_once() -> None:
    with pytest.raises(ValidationError) as error:
        PLAIN.replace(schedule={"sigma_min": 100.0})
    assert explain(error.value, "σ min", named=True).startswith("σ min: sigma_min (100) must be below sigma_max (80)")


def test_several_faults_are_counted() -> None:
    with pytest.raises(InputError, match=r"latents\.seed: .*, and 2 more\.$"):
        parse({"model": MODEL, "latents": {"seed": -1, "count": 0}, "block": 0})
