"""What hypothesis draws: whatever a JSON or TOML says, it is read or refused in one sentence, in this process."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import run as runs
from engine import session
from engine.checkpoints import configuration
from engine.errors import InputError
from engine.figures import sheet
from engine.run import Run
from engine.training import config
from tests.engine.tiny import REFERENCE
from tests.hostile.sentences import wrong

PLAIN: dict[str, Any] = Run(model=REFERENCE).to_dict()

_words = st.sampled_from(["name", "kind", "model", "label", "steps", "version", "format", "runs", "panels", "data", ""])
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(PLAIN["model"])
TREES = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_words | st.text(max_size=8), inner, max_size=5),
)
FEW = settings(max_examples=60)


@contextlib.contextmanager
def one_sentence_at_most() -> Iterator[None]:
    """Fail for any other error than a sentence."""
    said = "Read: all is well."
    try:
        yield
    except InputError as error:
        said = str(error)
    assert not wrong(said, "the file", "/tmp")


@FEW
@given(st.sampled_from(sorted(PLAIN)), TREES)
def test_a_run_with_anything_for_a_field(field: str, value: object) -> None:
    with one_sentence_at_most():
        made = runs.parse(json.dumps({**PLAIN, field: value}))
        assert runs.parse(made.to_json()) == made


@FEW
@given(st.dictionaries(st.sampled_from(["model", "latents", "schedule", "sampler", "guidance", "region"]), TREES))
def test_a_run_of_anything(fields: dict[str, object]) -> None:
    with one_sentence_at_most():
        runs.parse(json.dumps({**PLAIN, **fields}))


@FEW
@given(TREES)
def test_a_session_a_figure_and_a_checkpoint_of_anything(tree: object) -> None:
    known = {"version": 1, "models": [{"reference": PLAIN["model"], "data_shape": [2]}], "run": PLAIN}
    for read, fields in (
        (session.parse, {"format": runs.SESSION_FORMAT, **known, "view": tree}),
        (sheet.parse, {"runs": [PLAIN], "panels": tree}),
        (configuration.parse, {"format": configuration.FORMAT, "kind": "unet", "label": "x", "network": tree}),
    ):
        with one_sentence_at_most():
            read(json.dumps(fields).encode(), "the file")


@FEW
@given(st.text(max_size=200))
def test_a_training_of_anything(text: str) -> None:
    try:
        fields = tomllib.loads(f'name = "x"\n{text}')
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    with one_sentence_at_most():
        config.parse(fields)


@FEW
@given(TREES)
def test_a_training_with_anything_for_its_data(tree: object) -> None:
    with one_sentence_at_most():
        config.parse({"name": "x", "data": tree})
