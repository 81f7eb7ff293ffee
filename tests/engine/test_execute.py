"""From a Run to its Steps: the same bytes each time, and a sentence or a second try where something is in the way."""
# spec: L1, S1, S3

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import InputError, Interrupted
from engine.execute import check_memory, execute, record, replay, schedule
from engine.noise import LATENT, Noise
from engine.run import ModelReference, Run
from engine.samplers import SAMPLERS
from engine.schedules import edm
from engine.step import Step
from engine.trajectory import Trajectory
from tests.engine.tiny import TinyMixture, conditional, run_of, same_bits

CHURNED = run_of(sampler={"churn": 5.0})


def last_of(run: Any, model: Any, **how: Any) -> Trajectory:
    return list(record(run, model, **how))[-1]


def all_same(one: list[Step], other: list[Step]) -> bool:
    return len(one) == len(other) and all(same_bits(a, b) for a, b in zip(one, other, strict=True))


def test_the_parts_are_put_together_as_the_run_says() -> None:
    run = run_of(sampler={"churn": 5.0, "s_noise": 1.1}, latents={"seed": 9}, schedule={"rho": 3.0})
    sigmas, noise = edm(6, rho=3.0), Noise(9)
    x = noise(LATENT, torch.empty(5, 2, dtype=torch.float64)) * 80.0
    by_hand = list(SAMPLERS["heun"](TinyMixture().denoise, x, sigmas, noise=noise, churn=5.0, s_noise=1.1))
    steps = list(execute(run, TinyMixture()))
    assert len(steps) == len(by_hand) == 7
    assert torch.equal(steps[0].x, x)
    for one, other in zip(steps, by_hand, strict=True):
        torch.testing.assert_close(one.x, other.x, rtol=1e-12, atol=1e-12)


def test_equal_runs_give_equal_bytes() -> None:
    assert all_same(list(execute(CHURNED, TinyMixture())), list(execute(CHURNED, TinyMixture())))


def test_another_seed_gives_another_picture() -> None:
    one, other = (list(execute(run_of(latents={"seed": seed}), TinyMixture()))[-1].x for seed in (0, 1))
    assert not torch.equal(one, other)


@pytest.mark.parametrize("churn", [0.0, 5.0])
def test_a_particle_has_the_same_bits_whatever_the_count(churn: float) -> None:
    few, many = (run_of(latents={"count": count}, sampler={"churn": churn}) for count in (10, 500))
    for one, other in zip(execute(few, TinyMixture()), execute(many, TinyMixture()), strict=True):
        for name in ("x", "denoised", "drift", "correction", "noise"):
            part, whole = getattr(one, name), getattr(other, name)
            assert part is whole is None or torch.equal(part, whole[:10])


def test_taken_up_at_any_step_it_goes_on_with_the_same_bits() -> None:
    whole = list(execute(CHURNED, TinyMixture()))
    for step in whole:
        assert all_same(list(execute(CHURNED, TinyMixture(), start=step)), whole[step.index :])


@pytest.mark.parametrize("wanted", [None, "float32", "float64"])
@pytest.mark.parametrize("own", [torch.float32, torch.float64])
def test_the_models_precision_is_its_own_and_the_state_float64(own: torch.dtype, wanted: str | None) -> None:
    seen: set[torch.dtype] = set()
    model = TinyMixture(lambda x: seen.add(x.dtype), dtype=own)
    steps = list(execute(run_of(precision=wanted), model))
    assert seen == {own if wanted is None else getattr(torch, wanted)}
    assert {tensor.dtype for step in steps for tensor in step.tensors()} == {torch.float64}


def test_the_block_is_the_runs_or_the_models() -> None:
    sizes: set[int] = set()
    list(execute(run_of(), TinyMixture(lambda x: sizes.add(len(x)), block=4)))
    assert sizes == {4}
    list(execute(run_of(block=3), TinyMixture(lambda x: sizes.add(len(x)), block=4)))
    assert sizes == {4, 3}


def test_each_estimate_is_shown_as_it_is_made() -> None:
    shown: list[Tensor] = []
    steps = list(execute(run_of(), TinyMixture(), observe=shown.append))
    assert len(shown) == 2 * 6 - 1
    assert all(torch.equal(shown[2 * step.index], step.denoised) for step in steps[:-1] if step.denoised is not None)


# -- conditions ----------------------------------------------------------------------------------------------------

examples = st.just("each") | st.integers(0, 2)


def conditioned(example: int | str, count: int = 5, **groups: Any) -> Run:
    return run_of(
        model=conditional().reference.model_dump(),
        condition={"example": example},
        latents={"count": count},
        sampler={"churn": 5.0},
        **groups,
    )


# spec: T4
@given(count=st.integers(1, 9), block=st.integers(1, 5), example=examples)
def test_a_particle_given_something_has_the_same_bits_alone_and_in_any_batch(
    count: int, block: int, example: int | str
) -> None:
    model = conditional()
    whole, longer = (last_of(conditioned(example, size, block=block), model) for size in (count, count + 4))
    for i in range(7):
        assert torch.equal(whole[i].x, longer[i].x[:count])  # type: ignore[union-attr]
    alone = last_of(conditioned(0 if example == "each" else example, 1, block=block), model)
    assert torch.equal(alone[6].x, whole[6].x[:1])  # type: ignore[union-attr]


@given(p=st.integers(0, 6))
def test_each_its_own_is_example_p_and_begins_anew_after_the_last(p: int) -> None:
    model = conditional()
    each, one = (last_of(conditioned(example, 7), model) for example in ("each", p % 3))
    assert each.condition is not None
    assert one.condition is not None
    assert model.examples is not None
    assert torch.equal(each.condition[p], model.examples[p % 3])
    assert torch.equal(one.condition, model.examples[p % 3].expand(7, 2))
    assert torch.equal(each[6].x[p], one[6].x[p])  # type: ignore[union-attr]


def test_the_condition_matters() -> None:
    ends = [last_of(conditioned(example), conditional())[6].x for example in (0, 1)]  # type: ignore[union-attr]
    assert not torch.isclose(*ends).any()


@given(example=examples, index=st.integers(0, 6))
def test_a_replay_is_given_the_same(example: int | str, index: int) -> None:
    model = conditional()
    kept, dropped = (last_of(conditioned(example), model, budget=budget) for budget in (2**30, 0))
    *_, step = replay(dropped, index, model)
    assert same_bits(step, kept[index])  # type: ignore[arg-type]


def test_an_example_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(InputError, match=r"^conditional carries examples 0 to 2 of its condition, not 3: choose one"):
        list(record(conditioned(3), conditional()))


def test_a_model_saved_without_examples_says_how_to_get_them() -> None:
    model = conditional(count=None)
    with pytest.raises(InputError, match=r"^conditional needs a condition and was saved without .* --export`\.$"):
        list(record(run_of(model=model.reference.model_dump()), model))


def test_a_model_without_a_condition_is_given_nothing() -> None:
    given_one, plain = last_of(run_of(condition={"example": 7}), TinyMixture()), last_of(run_of(), TinyMixture())
    assert given_one.condition is None
    assert torch.equal(given_one[6].x, plain[6].x)  # type: ignore[union-attr]


# -- levels and models that do not fit -------------------------------------------------------------------------------


def test_the_schedule_ends_where_the_models_knowledge_does() -> None:
    sigmas = schedule(run_of(), TinyMixture(sigma_min=0.1, sigma_max=10.0))
    assert torch.equal(sigmas, edm(6, 10.0, 0.1))
    assert torch.equal(schedule(run_of(), TinyMixture()), edm(6))
    trajectory = last_of(run_of(), TinyMixture(sigma_min=0.1, sigma_max=10.0))
    assert trajectory.sigmas == sigmas.tolist()
    assert trajectory[0] is not None
    assert trajectory[0].x.abs().max() < 10 * 4


@pytest.mark.parametrize("ends", [{"sigma_max": 0.05}, {"sigma_min": 20.0}])
def test_levels_the_model_does_not_know_are_refused(ends: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"^tiny knows noise levels 0\.1 to 10: choose .* inside\.$"):
        schedule(run_of(schedule=ends), TinyMixture(sigma_min=0.1, sigma_max=10.0))


def test_a_run_of_another_model_is_refused() -> None:
    model = TinyMixture()
    model.reference = ModelReference(label="tiny", sha256="b" * 64)
    with pytest.raises(InputError, match=r"made with 'tiny' \(aaaaaaaa\), not with 'tiny' \(bbbbbbbb\): open that"):
        next(execute(run_of(), model))


def test_the_same_model_under_another_name_is_the_same() -> None:
    model = TinyMixture()
    model.reference = ModelReference(label="renamed", sha256="a" * 64)
    assert all_same(list(execute(CHURNED, model)), list(execute(CHURNED, TinyMixture())))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_state_that_is_no_longer_finite_gives_a_sentence(bad: float) -> None:
    calls: list[int] = []

    def spoil(x: Tensor) -> None:
        calls.append(len(x))
        if len(calls) > 4:
            x.fill_(bad)

    taken: list[int] = []
    with pytest.raises(InputError, match=r"^The state is no longer finite at step 3 \(sigma [\d.]+\): lower S_noise"):
        taken.extend(step.index for step in execute(run_of(), TinyMixture(spoil)))
    assert taken == [0, 1, 2]
    assert len(calls) == 4 + 2 + 2, "the step that spoilt the state, and the one that starts from it"


# spec: G1
def test_k_pg_is_named_only_where_it_may_be_the_cause() -> None:
    guided = run_of(guidance={"k_pg": 1.0})
    for run, named in ((guided, True), (guided.replace(latents={"group": 1}), False)):
        with pytest.raises(InputError, match="no longer finite") as error:
            list(execute(run, TinyMixture(lambda x: x.fill_(float("nan")))))
        assert ("lower k_PG, S_noise" in str(error.value)) is named


def test_the_distances_of_a_group_must_fit_into_memory() -> None:
    run = run_of(latents={"count": 1_000_000, "group": 1_000_000}, guidance={"k_pg": 1.0})
    with pytest.raises(InputError, match=r"GiB are free: lower the count or the group size, or keep fewer steps\.$"):
        check_memory(run, TinyMixture())
    check_memory(run.replace(latents={"group": 10}), TinyMixture())


def test_the_widest_levels_a_run_may_have_stay_finite() -> None:
    run = run_of(sampler={"churn": 1e6}, schedule={"sigma_max": 1e9, "sigma_min": 1e-300, "steps": 40})
    assert bool(torch.isfinite(list(execute(run, TinyMixture()))[-1].x).all())


# -- stopping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", range(11))
def test_stops_before_the_next_evaluation_inside_a_step_too(allowed: int) -> None:
    made: list[int] = []
    model = TinyMixture(lambda x: made.append(len(x)))
    steps = execute(run_of(), model, interrupted=lambda: len(made) >= allowed)
    taken = list(islice(steps, allowed // 2))
    with pytest.raises(Interrupted):
        next(steps)
    assert len(made) == allowed
    assert len(taken) == allowed // 2


# -- recording -------------------------------------------------------------------------------------------------------


def test_one_trajectory_grows() -> None:
    seen = [(id(trajectory), trajectory.available) for trajectory in record(CHURNED, TinyMixture())]
    assert len({identity for identity, _ in seen}) == 1
    assert [available for _, available in seen] == list(range(1, 8))
    trajectory = last_of(CHURNED, TinyMixture())
    assert trajectory.complete
    assert trajectory.run is CHURNED
    assert trajectory.evaluations == 2 * 6 - 1
    assert all_same([trajectory[i] for i in range(7)], list(execute(CHURNED, TinyMixture())))  # type: ignore[misc]


def no_memory_of_torch() -> None:
    torch.empty(2**45)  # 128 TiB: refused by torch's own allocator


def no_memory_of_a_gpu() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def no_memory_of_python() -> None:
    raise MemoryError


@pytest.mark.parametrize("fail", [no_memory_of_torch, no_memory_of_a_gpu, no_memory_of_python])
@pytest.mark.parametrize("late", [0, 4], ids=["at once", "half way"])
def test_without_memory_it_starts_again_with_half_the_block_and_says_so(fail: Callable[[], None], late: int) -> None:
    sizes: list[int] = []

    def before(x: Tensor) -> None:
        sizes.append(len(x))
        if len(x) > 3 and sizes.count(len(x)) > late:
            fail()

    trajectories = list({id(t): t for t in record(CHURNED, TinyMixture(before, block=8))}.values())
    trajectory = trajectories[-1]
    assert sizes == [8] * (late + 1) + [4] * (late + 1) + [2] * len(sizes[2 * (late + 1) :])
    assert trajectory.run == CHURNED.replace(block=2)
    assert trajectory.complete
    assert all(t.run.block in (None, 4) and not t.complete for t in trajectories[:-1])
    whole = last_of(CHURNED, TinyMixture())
    for index in range(7):
        torch.testing.assert_close(trajectory[index].x, whole[index].x, rtol=1e-9, atol=1e-9)  # type: ignore[union-attr]
    assert all_same([trajectory[6]], [last_of(trajectory.run, TinyMixture())[6]])  # type: ignore[list-item]


def test_what_ran_out_of_memory_is_let_go_before_the_second_try() -> None:
    held: list[weakref.ref[Tensor]] = []
    alive: list[bool] = []

    def before(x: Tensor) -> None:
        if len(x) == 4:
            alive.extend(reference() is not None for reference in held)
        elif len(held) == 2:
            raise MemoryError

    for trajectory in record(CHURNED, TinyMixture(before, block=8)):
        if trajectory.run.block is None:
            step = trajectory[trajectory.available - 1]
            assert step is not None
            assert step.denoised is not None
            held.append(weakref.ref(step.denoised))
            del step
        del trajectory
    assert alive
    assert not any(alive)


def test_not_even_memory_for_one_particle_gives_a_sentence() -> None:
    sizes: list[int] = []

    def before(x: Tensor) -> None:
        sizes.append(len(x))
        raise MemoryError

    with pytest.raises(InputError, match=r"^Not enough memory for this many particles: lower the count"):
        list(record(CHURNED, TinyMixture(before, block=8)))
    assert sizes == [8, 4, 2, 1]


def test_other_faults_of_a_model_are_not_taken_for_a_lack_of_memory() -> None:
    def before(x: Tensor) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        list(record(CHURNED, TinyMixture(before)))


def test_steps_are_values() -> None:
    step = next(execute(CHURNED, TinyMixture()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.index = 3  # type: ignore[misc]
