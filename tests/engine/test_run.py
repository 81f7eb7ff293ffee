"""Run: exact JSON, a digest that means something, and one sentence for whatever is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from engine.errors import InputError
from engine.run import Run, explain, parse, read
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, EDMSchedule, HeunSettings, ScheduleSettings, Settings

MODEL = {"label": "ring", "sha256": "0123456789abcdef" * 4}
PLAIN = Run.model_validate({"model": MODEL})


def between(low: float, high: float, **kinds: Any) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False, **kinds)


levels = between(1e-12, 1e9)
names = st.text(st.characters(exclude_characters="/\\"), min_size=1, max_size=200).filter(str.isprintable)
contents = st.fixed_dictionaries(
    {"model": st.fixed_dictionaries({"label": names, "sha256": st.from_regex(r"[0-9a-f]{64}", fullmatch=True)})},
    optional={
        "latents": st.fixed_dictionaries(
            {}, optional={"seed": st.integers(0, 2**63 - 1), "count": st.integers(1, 1_000_000)}
        ),
        "condition": st.fixed_dictionaries({"example": st.just("each") | st.integers(0, 65_535)}),
        "schedule": st.tuples(levels, levels, st.integers(1, 10_000), between(1, 100))
        .filter(lambda drawn: drawn[0] != drawn[1])
        .map(lambda d: {"sigma_min": min(d[:2]), "sigma_max": max(d[:2]), "steps": d[2], "rho": d[3]}),
        "sampler": st.fixed_dictionaries(
            {"name": st.just("heun")},
            optional={
                "churn": between(0, 1e6),
                "s_min": between(0, 1e9),
                "s_max": between(0, 1e9, exclude_min=True),
                "s_noise": between(0, 10),
            },
        ),
        "precision": st.sampled_from([None, "float32", "float64"]),
        "block": st.none() | st.integers(1, 65_536),
    },
)


def reversed_keys(value: Any) -> Any:
    return {k: reversed_keys(value[k]) for k in reversed(value)} if isinstance(value, dict) else value


@given(contents)
def test_json_brings_back_an_equal_run(content: dict[str, Any]) -> None:
    run = parse(content)
    again = parse(run.to_json())
    assert again == run
    assert (again.digest, again.to_json()) == (run.digest, run.to_json())


@given(contents)
def test_digest_depends_neither_on_key_order_nor_on_written_out_defaults(content: dict[str, Any]) -> None:
    run = parse(content)
    assert parse(reversed_keys(content)).digest == run.digest
    assert parse(reversed_keys(run.model_dump())).digest == run.digest


def test_digest_is_what_it_was() -> None:
    assert PLAIN.digest == "f30a543b9171ec224e7a359fbe518b52c01ef7611b88d05e5ec8876a65c56471"


CHANGES: list[dict[str, Any]] = [
    {"model": {"label": "other"}},
    {"model": {"sha256": "f" * 64}},
    {"latents": {"seed": 1}},
    {"latents": {"count": 11}},
    {"latents": {"picture": {"label": "photo.png", "sha256": "f" * 64}}},
    {"condition": {"example": 1}},
    {"condition": {"example": "each"}},
    {"schedule": {"steps": 23}},
    {"schedule": {"sigma_max": 79.0}},
    {"schedule": {"sigma_min": 0.003}},
    {"schedule": {"rho": 7.5}},
    {"sampler": {"churn": 0.1}},
    {"sampler": {"s_min": 0.1}},
    {"sampler": {"s_max": 50.0}},
    {"sampler": {"s_noise": 1.003}},
    {"precision": "float32"},
    {"precision": "float64"},
    {"block": 22},
]


def test_digest_differs_for_every_field() -> None:
    changed = {f"{group}.{field}" for change in CHANGES for group, fields in change.items()
               for field in (fields if isinstance(fields, dict) else [""])}  # fmt: skip
    groups = ("model", "latents", "condition", "schedule", "sampler")
    known = {f"{g}.{f}" for g in groups for f in type(getattr(PLAIN, g)).model_fields if f != "name"}
    assert changed == known | {"precision.", "block."}, "a new field needs a line in CHANGES"
    assert len({PLAIN.digest, *(PLAIN.replace(**change).digest for change in CHANGES)}) == len(CHANGES) + 1


def test_a_field_added_with_a_default_leaves_digests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(HeunSettings):
        added: float = 1.0

    class LaterSchedule(EDMSchedule):
        added: int = 3

    run = PLAIN.replace(sampler={"churn": 2.0})
    monkeypatch.setitem(SAMPLER_SETTINGS, "heun", Later)
    monkeypatch.setitem(SCHEDULE_SETTINGS, "edm", LaterSchedule)
    later = parse(run.to_json())
    assert isinstance(later.sampler, Later)
    assert later.digest == run.digest


# -- what is refused, and how ----------------------------------------------------------------------------------------

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
    ({"condition": {"example": -1}}, "condition.example", '0 to 65,535, or "each" (got -1)'),
    ({"condition": {"example": True}}, "condition.example", '0 to 65,535, or "each" (got True)'),
    ({"condition": {"example": "all"}}, "condition.example", "0 to 65,535, or \"each\" (got 'all')"),
    ({"condition": {"frames": []}}, "condition.frames", "remove it"),
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
groups = st.sampled_from(["version", "model", "latents", "schedule", "sampler", "precision", "block"])
fields = st.sampled_from(["seed", "count", "steps", "sigma_max", "sigma_min", "rho", "name", "churn", "s_noise"])


@given(st.dictionaries(groups, json_values | st.dictionaries(fields, json_values, max_size=3), max_size=4))
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
    texts = {key for key, value in flattened(PLAIN.model_dump()) if isinstance(value, str)}
    assert texts == {"model.label", "model.sha256", "schedule.name", "sampler.name"}, "a new text must refuse paths"


def flattened(content: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    return [
        pair
        for key, value in content.items()
        for pair in (flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)])
    ]


def test_reading_a_file(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(PLAIN.to_json())
    assert read(file) == PLAIN
    file.write_bytes(b"\xef\xbb\xbf" + PLAIN.to_json().encode())  # as some editors save UTF-8
    assert read(file) == PLAIN
    with pytest.raises(InputError, match=r"^absent\.json cannot be read \(No such file"):
        read(tmp_path / "absent.json")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)
    with file.open("wb") as out:
        out.truncate(2**27)
    with pytest.raises(InputError, match="over 64 MiB"):
        read(file)


# -- values that stay ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [PLAIN, PLAIN.model, PLAIN.latents, PLAIN.schedule, PLAIN.sampler])
def test_every_part_is_frozen(part: Any) -> None:
    for field in type(part).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, getattr(part, field))
    assert hash(part) == hash(part.model_copy())


def test_replace_changes_only_what_is_named() -> None:
    run = PLAIN.replace(latents={"seed": 3}, sampler={"churn": 5})
    assert run.latents.model_dump() == {"seed": 3, "count": 10, "picture": None}
    assert run.sampler.values() == {**PLAIN.sampler.values(), "churn": 5.0}
    assert (run.model, run.schedule) == (PLAIN.model, PLAIN.schedule)
    assert run.replace(sampler={"name": "heun", "s_noise": 1.1}).sampler.values()["churn"] == 5.0
    assert run.replace(sampler=HeunSettings()).sampler == PLAIN.sampler
    assert run.replace(block=4).replace(block=None) == run
    assert PLAIN.latents.seed == 0, "the Run it was made from stays"


def test_replace_switches_schedule_and_sampler_and_keeps_what_both_know(monkeypatch: pytest.MonkeyPatch) -> None:
    class Even(ScheduleSettings):
        name: str = "even"
        steps: int = Field(default=5, ge=1)
        sigma_max: float = 3.0
        offset: float = 0.0

    class Plain(Settings):
        name: str = "plain"

    monkeypatch.setitem(SCHEDULE_SETTINGS, "even", Even)
    monkeypatch.setitem(SAMPLER_SETTINGS, "plain", Plain)
    run = PLAIN.replace(schedule={"steps": 30, "rho": 3.0}, sampler={"churn": 5.0})
    other = run.replace(schedule={"name": "even", "offset": 1.0}, sampler={"name": "plain"})
    assert other.schedule == Even(steps=30, sigma_max=3.0, offset=1.0), "an end that was not changed is the other's own"
    assert other.sampler == Plain()
    assert parse(other.to_json()) == other
    assert other.digest != run.digest
    back = other.replace(schedule={"name": "edm"}, sampler={"name": "heun"})
    assert back == PLAIN.replace(schedule={"steps": 30}), "what the other one could not hold is back at its default"


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
