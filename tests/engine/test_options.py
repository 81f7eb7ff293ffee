"""Options made from settings: the text of one that several kinds share, and how its values are read."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import pytest
from pydantic import Field

from engine import cli, options
from engine.run import REGISTRIES, Condition, Latents
from engine.settings import UNBOUNDED, Frozen, GuidanceSettings, Settings


class One(Settings):
    label, source = "One", "nowhere"
    name: str = "one"
    eta: float = Field(default=0.5, ge=0, title="η", description="Share of 100 % noise.")
    top: float = Field(default=UNBOUNDED, gt=0, description="The top.")
    words: tuple[Literal["a", "b"], ...] = Field(default=("a",), description="Some words.")


class Two(Settings):
    label, source = "Two", "nowhere"
    name: str = "two"
    eta: float = Field(default=0.5, ge=0, title="η", description="Share of 100 % noise.")
    top: float = Field(default=80.0, gt=0, description="The top.")


class Three(Two):
    name: str = "three"


REGISTRY: dict[str, type[Frozen]] = {"one": One, "two": Two, "three": Three}


def parser() -> cli.Parser:
    made = cli.Parser(prog="test")
    options.add_kinds(made, "kind", REGISTRY, "two")
    return made


def test_a_shared_option_says_what_each_kind_says() -> None:
    shown = " ".join(parser().format_help().split())
    assert "--eta VALUE η: Share of 100 % noise. [≥ 0; default 0.5] --top" in shown
    assert "The top. [> 0; default no limit] For one. The top. [> 0; default 80] For two, three." in shown
    assert "Some words. [default a] For one." in shown


def test_what_is_not_given_is_none() -> None:
    given = parser().parse_args(["--words", "b, a,"])
    assert vars(given) == {"kind": "two", "eta": None, "top": None, "words": ("b", "a")}


def test_kinds_that_share_an_option_read_it_the_same_way() -> None:
    for registry in REGISTRIES.values():
        kinds: dict[str, object] = {}
        for settings in registry.values():
            for name, field in settings.model_fields.items():
                assert kinds.setdefault(name, field.annotation) == field.annotation, name


def test_no_setting_bears_the_name_of_another_groups() -> None:
    groups = [{name for kind in registry.values() for name in kind.model_fields} for registry in REGISTRIES.values()]
    groups += [{*kind.model_fields} for kind in (Latents, Condition, GuidanceSettings)]
    assert {name for one, other in combinations(groups, 2) for name in one & other} == {"name"}


def test_fields_may_be_left_out_and_none_has_a_word() -> None:
    made = cli.Parser(prog="test")
    options.add_fields(made.add_argument_group("latents"), Latents, leave_out=("edits", "picture"), none="all")
    shown = " ".join(made.format_help().split())
    assert "[≥ 1; ≤ 1e+06; default all]" in shown
    assert vars(made.parse_args([])) == {"seed": None, "count": None, "group": None}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "the model's own"), (UNBOUNDED, "no limit"), (0.5, "0.5"), ((1, 2.0), "1,2"), (True, "yes")],
)
def test_values_are_shown_as_they_are_typed(value: object, text: str) -> None:
    assert options.plain(value) == text
