"""Run: exact JSON, a digest that means something, and one sentence for whatever is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from engine.errors import InputError
from engine.run import Run, parse, read
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, EDMSchedule, HeunSettings, ScheduleSettings, Settings
from engine.settings.edits import EDITS as KNOWN
from engine.settings.guidance import KERNEL_NAMES
from tests.engine.edited import ANY, HARD, KINDS, SOFT, latent, masked, pictured

MODEL = {"label": "ring", "sha256": "0123456789abcdef" * 4}
PLAIN = Run.model_validate({"model": MODEL})
MASK, PICTURE = masked(HARD), pictured()


def between(low: float, high: float, **kinds: Any) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False, **kinds)


levels = between(1e-12, 1e9)
names = st.text(st.characters(exclude_characters="/\\"), min_size=1, max_size=200).filter(str.isprintable)
contents = st.fixed_dictionaries(
    {"model": st.fixed_dictionaries({"label": names, "sha256": st.from_regex(r"[0-9a-f]{64}", fullmatch=True)})},
    optional={
        "latents": st.fixed_dictionaries(
            {},
            optional={
                "seed": st.integers(0, 2**63 - 1),
                "count": st.integers(1, 1_000_000),
                "group": st.none() | st.integers(1, 1_000_000),
                "edits": st.lists(ANY, max_size=3),
            },
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
        "guidance": st.fixed_dictionaries(
            {},
            optional={
                "k_pg": between(0, 1e6),
                "kernel": st.sampled_from(KERNEL_NAMES),
                "bandwidth": st.sampled_from(["median", "fixed", "sigma"]),
                "width": between(1e-9, 1e9),
                "over_time": st.sampled_from(["proportional", "constant"]),
                "sees": st.sampled_from(["denoised", "state"]),
                "over_particles": st.sampled_from(["sum", "mean"]),
            },
        ),
        "region": st.fixed_dictionaries(
            {"outside": st.sampled_from(["free", "locked", "replaced"]), "mask": st.just(MASK)},
            optional={"picture": st.just(PICTURE)},
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


NAMES: dict[str, dict[str, Any]] = {
    "mask": {"mask": {"label": "eyes", "sha256": "1" * 64}},
    "latent": {"latent": {"label": "digits 17", "sha256": "2" * 64}, "picture": {"label": "p", "sha256": "3" * 64}},
}
"""What the edits below name, with hashes that no coder of PNGs can change."""


# spec: L2 L4 L7 L8
@pytest.mark.parametrize(("kind", "digest"), [
    ("move", "fb15d34ae63f10913935cd4ec84096ec4e682c3641f35459bf8887e88058742b"),
    ("intensity", "00f9dde7ad9238600032eff2d5ad1622227c213bec06591316402aab49022b3f"),
    ("transfer", "da92b1441a284f4648489ae2dd828bf21dc8858c7a29da6543dea291bdf19ae6"),
    ("interpolate", "735f8b94cabbe5192532701848fc27b65035928962aa8e364e5c5a9d3725195d"),
    ("set", "f8addaa7546a92677e3dcfb653faccfc3335a32ecb1fed8b31d71710597e1d07"),
])  # fmt: skip
def test_digest_of_an_edited_run_is_what_it_was(kind: str, digest: str) -> None:
    names = {**(NAMES["mask"] if "mask" in KINDS[kind] else {}), **(NAMES["latent"] if kind == "set" else {})}
    assert PLAIN.replace(latents={"edits": [{**KINDS[kind], **names}]}).digest == digest


def test_digest_of_a_latent_that_was_moved_is_what_it_was() -> None:
    run = PLAIN.replace(latents={"edits": [{"step": 0, "particle": 1, "to": [0.5, -1.0]}]})
    assert run.digest == "776dda9f1c7c1b8c4bcceae3c9e2b66567ee763473d92610d1977c6ea5a8313b"


VARIED: dict[str, list[dict[str, Any]]] = {
    "move": [{"to": [0.5, -0.25]}, {"particle": 2}, {"step": 3}, {"step": 0}],
    "intensity": [
        {"strength": -0.1},
        {"strength": 0.0},
        {"mask": None},
        {"mask": masked(SOFT)},
        {"mask": masked(HARD, "mouth")},
        {"particles": None},
        {"particles": [4, 3]},
        {"channel": 0},
        {"channel": 1},
        {"step": 1},
    ],
    "transfer": [{"source": 3}, {"swap": False}, {"particles": [6]}],
    "interpolate": [{"between": [1, 0]}, {"share": 0.0}, {"share": 1.0}, {"channel": None}],
    "set": [{"latent": latent(label="digits 18")}, {"picture": None}, {"particles": None}],
}
"""What other edits of a kind say than that of `KINDS`."""

EDITS = [*KINDS.values(), *({**KINDS[kind], **other} for kind, others in VARIED.items() for other in others)]

CHANGES: list[dict[str, Any]] = [
    {"model": {"label": "other"}},
    {"model": {"sha256": "f" * 64}},
    {"latents": {"seed": 1}},
    {"latents": {"count": 11}},
    {"latents": {"picture": {"label": "photo.png", "sha256": "f" * 64}}},
    {"latents": {"group": 5}},
    *({"latents": {"edits": [edit]}} for edit in EDITS),
    {"latents": {"edits": [*EDITS[:2]]}},
    {"latents": {"edits": [*EDITS[1::-1]]}},
    {"region": {"outside": "locked", "mask": MASK}},
    {"region": {"outside": "replaced", "mask": MASK}},
    {"region": {"outside": "locked", "mask": masked(SOFT)}},
    {"region": {"outside": "locked", "mask": MASK, "picture": PICTURE}},
    {"condition": {"example": 1}},
    {"condition": {"example": "each"}},
    {"condition": {"example": "group"}},
    {"condition": {"frames": {"label": "horizontal 7", "sha256": "f" * 64}}},
    {"schedule": {"steps": 23}},
    {"schedule": {"sigma_max": 79.0}},
    {"schedule": {"sigma_min": 0.003}},
    {"schedule": {"rho": 7.5}},
    {"sampler": {"churn": 0.1}},
    {"sampler": {"s_min": 0.1}},
    {"sampler": {"s_max": 50.0}},
    {"sampler": {"s_noise": 1.003}},
    {"guidance": {"k_pg": 3.0}},
    {"guidance": {"kernel": "iou"}},
    {"guidance": {"bandwidth": "fixed"}},
    {"guidance": {"width": 0.5}},
    {"guidance": {"over_time": "constant"}},
    {"guidance": {"sees": "state"}},
    {"guidance": {"over_particles": "mean"}},
    {"precision": "float32"},
    {"precision": "float64"},
    {"block": 22},
]


def test_every_kind_of_edit_is_among_them() -> None:
    assert KINDS.keys() == KNOWN.keys()


def test_digest_differs_for_every_field() -> None:
    changed = {f"{group}.{field}" for change in CHANGES for group, fields in change.items()
               for field in (fields if isinstance(fields, dict) else [""])}  # fmt: skip
    groups = ("model", "latents", "condition", "schedule", "sampler", "guidance", "region")
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


@pytest.mark.parametrize("part", [PLAIN, PLAIN.model, PLAIN.latents, PLAIN.schedule, PLAIN.sampler, PLAIN.guidance])
def test_every_part_is_frozen(part: Any) -> None:
    for field in type(part).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, getattr(part, field))
    assert hash(part) == hash(part.model_copy())


@pytest.mark.parametrize(
    ("count", "group", "size"), [(10, None, 10), (10, 5, 5), (10, 4, 4), (10, 30, 10), (1, None, 1)]
)
def test_a_group_is_never_larger_than_the_count(count: int, group: int | None, size: int) -> None:
    assert PLAIN.replace(latents={"count": count, "group": group}).latents.group_size == size


# spec: G1
def test_particles_act_on_each_other_only_in_groups_and_with_a_strength() -> None:
    guided = PLAIN.replace(guidance={"k_pg": 0.1})
    assert guided.guided
    assert not PLAIN.guided
    assert not guided.replace(latents={"group": 1}).guided
    assert not guided.replace(latents={"count": 1}).guided


def test_pairs_of_particles_are_counted_in_the_cost() -> None:
    plain = PLAIN.replace(latents={"count": 320}, schedule={"steps": 10}, sampler={"name": "euler"})
    assert plain.cost((2,)) == 10 * 320 * 2
    guided = plain.replace(guidance={"k_pg": 1.0})
    assert guided.cost((2,)) == 10 * (320 + 320 * 80) * 2
    assert guided.replace(latents={"group": 16}).cost((2,)) == 10 * (320 + 320 * 4) * 2


def test_replace_changes_only_what_is_named() -> None:
    run = PLAIN.replace(latents={"seed": 3}, sampler={"churn": 5})
    assert run.latents.model_dump() == {**PLAIN.latents.model_dump(), "seed": 3}
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
