"""Options of the command line, made from the fields of settings, with their texts and bounds. Called by `cli`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from engine.settings import UNBOUNDED, Frozen

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def add_kinds(parser: argparse.ArgumentParser, group: str, registry: Mapping[str, type[Frozen]], default: str) -> None:
    """`--group NAME`, and one option for each setting that any kind in `registry` has.

    Its help says whose it is where that is not all of them, and all that its kinds say of it where they differ.
    """
    options = parser.add_argument_group(group)
    options.add_argument(f"--{group}", choices=list(registry), default=default, help=f"default {default}")
    owners: dict[str, dict[str, FieldInfo]] = {}
    for kind, settings in registry.items():
        for name, field in settings.model_fields.items():
            if name != "name":
                owners.setdefault(name, {})[kind] = field
    for name, fields in owners.items():
        add_field(options, name, next(iter(fields.values())), _shared(fields, len(registry)))


def add_fields(
    options: argparse._ArgumentGroup, kind: type[Frozen], leave_out: Collection[str] = (), none: str = ""
) -> None:
    """One option for each setting of `kind`, but for those to leave out; `none` is what None stands for there."""
    for name, field in kind.model_fields.items():
        if name not in leave_out:
            default = f"default {none}" if none and field.default is None else ""
            add_field(options, name, field, described(field, default))


def add_plan(options: argparse._ArgumentGroup, plan: Frozen, quick: Frozen) -> None:
    """One option for each setting of an experiment's `plan`; its help says where the one of `--quick` differs."""
    for name, field in type(plan).model_fields.items():
        usual, less = (plain(getattr(settings, name)) for settings in (plan, quick))
        default = f"default {usual}" if usual == less else f"default {usual}, with --quick {less}"
        add_field(options, name, field, described(field, default))


def add_field(options: argparse._ArgumentGroup, name: str, field: FieldInfo, text: str = "") -> None:
    """An option for one field, typed by its annotation; None where it was not given. `text` replaces its help."""
    union = () if get_origin(field.annotation) in (Literal, tuple) else get_args(field.annotation)
    kinds = [kind for kind in union or (field.annotation,) if kind is not type(None)]
    choices = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    number = next((kind for kind in kinds if get_origin(kind) is not Literal), None)
    option, text = f"--{name.replace('_', '-')}", (text or described(field)).replace("%", "%%")
    if number is bool:
        options.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
    elif get_origin(number) is tuple:
        options.add_argument(option, type=_several(get_args(number)[0]), metavar="VALUE,...", help=text)
    else:
        options.add_argument(
            option,
            type=_number_or_word if number and choices else number or str,
            choices=None if number else choices,
            metavar="|".join(["VALUE", *choices]) if number else None,
            help=text,
        )


def described(field: FieldInfo, default: str = "") -> str:
    """A field's title, description, bounds and default: "σ max: Noise level [> 0; default 80]"."""
    bounds = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in _BOUNDS.items()
        if getattr(rule, name, UNBOUNDED) != UNBOUNDED
    ]
    default = default or f"default {plain(field.default)}"
    words = [f"{field.title}:" if field.title else "", field.description or "", f"[{'; '.join([*bounds, default])}]"]
    return " ".join(filter(None, words))


def plain(value: Any) -> str:
    """A value of a setting as it is typed, or what it stands for."""
    if value is None:
        return "the model's own"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(plain, value))
    if value == UNBOUNDED:
        return "no limit"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shared(fields: Mapping[str, FieldInfo], kinds: int) -> str:
    """The help of a setting that these kinds have, of so many that there are."""
    texts: dict[str, list[str]] = {}
    for kind, field in fields.items():
        texts.setdefault(described(field), []).append(kind)
    if len(texts) == 1 and len(fields) == kinds:
        return next(iter(texts))
    return " ".join(f"{text} For {', '.join(owners)}." for text, owners in texts.items())


def _several(kind: Any) -> Callable[[str], tuple[Any, ...]]:
    def values(text: str) -> tuple[Any, ...]:
        one = str if get_origin(kind) is Literal else kind
        return tuple(one(part.strip()) for part in text.split(",") if part.strip())

    values.__name__ = "comma-separated"  # argparse names it where a value is refused
    return values


def _number_or_word(text: str) -> int | str:
    """A wrong word is refused by the Run."""
    return int(text) if text.isdecimal() else text
