"""The command line: `latent-loupe sample | run | models | train | bench`, or `python -m engine.cli`. Never imports Qt.

Torch is imported only once the arguments are known to be right. Options for schedules and samplers are made from the
fields of `settings`, so a new one needs nothing here. Errors: one sentence on stderr, exit code 2.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args, get_origin

from engine import models
from engine.errors import InputError, Interrupted
from engine.run import STARTS_ALONE, Condition, Latents, ModelReference, Run, parse
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, UNBOUNDED, Frozen

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from engine.models import Model
    from engine.trajectory import Trajectory

PROGRAM = "latent-loupe"
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


class Parser(argparse.ArgumentParser):
    """argparse with errors of one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and where help stands; exit with code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand with `argv` (default: the process's arguments); the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without sigma shows a question mark instead of failing
            stream.reconfigure(errors="replace")
    try:
        arguments = _parser().parse_args(argv)
        arguments.command(arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        return 130
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description="A desktop explorer for diffusion models; without a command, its window.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version('latent-loupe')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sample = _command(commands, "sample", _sample, "draw samples of a model into a run.npz")
    sample.add_argument("--model", required=True, metavar="NAME|PATH", help="one of `models`, or a checkpoint's file")
    sample.add_argument("--out", type=Path, default=Path("run.npz"), metavar="FILE", help="default run.npz")
    sample.add_argument("--record", action="store_true", help="also write every step's states and evaluations")
    _add_fields(sample.add_argument_group("latents"), Latents)
    _add_fields(sample.add_argument_group("condition"), Condition)
    _add_kinds(sample, "schedule", SCHEDULE_SETTINGS)
    _add_kinds(sample, "sampler", SAMPLER_SETTINGS)
    arithmetic = sample.add_argument_group("arithmetic")
    for name in ("precision", "block"):
        _add_field(arithmetic, name, Run.model_fields[name])

    run = _command(commands, "run", _run, "do what a Run says, from a run.json or any file that carries one")
    run.add_argument("run", type=Path, metavar="RUN.json", help="a run.json, an exported PNG or a run.npz")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for run.npz, run.json and run.png")
    run.add_argument(
        "--model", metavar="PATH", help="the checkpoint the Run was made with, if `models` does not list it"
    )
    run.add_argument("--yes", action="store_true", help="start even if the Run takes more than about a minute")

    _command(commands, "models", _models, "list the models there are: name, shape of one sample, source, hash")

    train = _command(commands, "train", _train, "train a model as a TOML file says, or go on where it was stopped")
    train.add_argument("config", type=Path, metavar="CONFIG.toml", help="see docs/training.md")
    train.add_argument("--folder", type=Path, metavar="DIR", help="for all that is written; default: the model's name")
    train.add_argument("--export", action="store_true", help="only write the model as DIR holds it now")

    bench = _command(commands, "bench", _bench, "measure the budgets of this program on this machine")
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    return parser


def _command(
    commands: argparse._SubParsersAction[Parser], name: str, command: Callable[[argparse.Namespace], None], text: str
) -> Parser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    return parser


def _add_kinds(parser: Parser, group: str, registry: dict[str, type[Any]]) -> None:
    """`--group NAME` and the options of every kind in `registry`; kinds share options of the same name."""
    default = Run.model_fields[group].default.name
    options = parser.add_argument_group(group)
    options.add_argument(f"--{group}", choices=list(registry), default=default, help=f"default {default}")
    for kind in registry.values():
        _add_fields(options, kind, known={action.dest for action in parser._actions})


def _add_fields(
    options: argparse._ArgumentGroup, kind: type[Frozen], known: frozenset[str] | set[str] = frozenset()
) -> None:
    for name, field in kind.model_fields.items():
        if name != "name" and name not in known:
            _add_field(options, name, field)


def _add_field(options: argparse._ArgumentGroup, name: str, field: FieldInfo) -> None:
    """An option for one field, typed by its annotation; None where it was not given."""
    kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not type(None)]
    choices = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    number = next((kind for kind in kinds if get_origin(kind) is not Literal), None)
    words = [f"{field.title}:" if field.title else "", field.description or "", _limits(field)]
    options.add_argument(
        f"--{name.replace('_', '-')}",
        type=_number_or_word if number and choices else number or str,
        choices=None if number else choices,
        metavar="|".join(["VALUE", *choices]) if number else None,
        help=" ".join(word for word in words if word).replace("%", "%%"),
    )


def _number_or_word(text: str) -> int | str:
    """A wrong word is refused by the Run."""
    return int(text) if text.isdecimal() else text


def _limits(field: FieldInfo) -> str:
    """The bounds and the default of a field: "[> 0; default 80]"."""
    bounds = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in _BOUNDS.items()
        if getattr(rule, name, UNBOUNDED) != UNBOUNDED
    ]
    default = {UNBOUNDED: "no limit", None: "the model's own"}.get(field.default, field.default)
    shown = f"{default:g}" if isinstance(default, float) else default
    return f"[{'; '.join([*bounds, f'default {shown}'])}]"


def _sample(arguments: argparse.Namespace) -> None:
    from engine import output

    given = _given(arguments)
    # Checked before the model is loaded, which may take long.
    output.check_target(arguments.out)
    _build(given, ModelReference(label="model", sha256="0" * 64))
    model = models.load(arguments.model)
    run = _build(given, model.reference)
    if arguments.record:
        from engine.execute import check_memory

        check_memory(run, model, run.schedule.steps)
    trajectory = _drawn(run, model, keep_all=arguments.record)
    _tell([output.write_npz(arguments.out, trajectory, recorded=arguments.record)])


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options given, in the groups of a Run. Raises `InputError` for one that belongs to another kind."""
    groups: dict[str, Any] = {
        "latents": {},
        "condition": {},
        "schedule": {"name": arguments.schedule},
        "sampler": {"name": arguments.sampler},
    }
    fields = {
        "latents": Latents.model_fields,
        "condition": Condition.model_fields,
        "schedule": SCHEDULE_SETTINGS[arguments.schedule].model_fields,
        "sampler": SAMPLER_SETTINGS[arguments.sampler].model_fields,
    }
    plain = {"precision": arguments.precision, "block": arguments.block}
    handled = {*plain, *groups, "command", "model", "out", "record"}
    for name, value in vars(arguments).items():
        if value is None or name in handled:
            continue
        owners = [group for group in groups if name in fields[group]]
        if not owners:
            raise InputError(
                f"--{name.replace('_', '-')} is no setting of the sampler {arguments.sampler} "
                f"or the schedule {arguments.schedule}: leave it out."
            )
        groups[owners[0]][name] = value
    return groups | plain


def _build(given: dict[str, Any], reference: ModelReference) -> Run:
    return parse({**given, "model": reference}, f"{PROGRAM} sample")


def _run(arguments: argparse.Namespace) -> None:
    from engine import output
    from engine.embed import read_run

    run = read_run(arguments.run)
    output.check_target(arguments.out / "run.npz")
    model = models.load(arguments.model) if arguments.model else _model_of(run, arguments.run.name)
    cost = run.cost(model.data_shape)
    if cost > STARTS_ALONE and not arguments.yes:
        raise InputError(
            f"{arguments.run.name} draws {run.latents.count:,} particles in {run.schedule.steps:,} steps, "
            f"{cost / STARTS_ALONE:.0f} times what starts without being asked to: add --yes to start it."
        )
    _tell(output.write_results(arguments.out, _drawn(run, model, keep_all=False)))


def _model_of(run: Run, where: str) -> Model:
    """The model on offer that `run` names by its hash."""
    info = models.find(run.model)
    if info is None:
        raise InputError(
            f"{where} was made with the model {run.model.label!r} ({run.model.sha256[:8]}), which is not here: "
            "name its checkpoint with --model PATH."
        )
    return info.build()


def _drawn(run: Run, model: Model, *, keep_all: bool) -> Trajectory:
    """The whole Trajectory, with every Step in memory or only the first and the last."""
    from tqdm import tqdm

    from engine.execute import record

    tqdm.monitor_interval = 0  # or it starts a thread of its own
    steps: Iterator[Trajectory] = record(run, model, budget=sys.maxsize if keep_all else 0)
    total = run.schedule.steps + 1
    with tqdm(total=total, unit="step", disable=None, leave=False, desc=run.model.label) as bar:
        for trajectory in steps:
            bar.update(trajectory.available - bar.n)
    return trajectory


def _tell(paths: list[Path]) -> None:
    for path in paths:
        print(path)


def _models(_: argparse.Namespace) -> None:
    from engine.models import catalogue

    rows = [
        (info.name, "x".join(map(str, info.data_shape)), info.source, info.reference.sha256[:12])
        for info in catalogue.offered()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _train(arguments: argparse.Namespace) -> None:
    from engine.training.config import read

    config = read(arguments.config)
    folder = arguments.folder or Path(config.name)
    from engine.training import command  # imports torch

    if arguments.export:
        return _tell([command.export_from(config, folder)])
    try:
        with command.until_interrupted() as interrupted:
            _tell([command.run(config, folder, interrupted)])
    except Interrupted:
        raise Interrupted(f"Stopped: the same command goes on with what {folder.name} holds.") from None


def _bench(arguments: argparse.Namespace) -> None:
    from engine import bench

    bench.main(arguments.json)


if __name__ == "__main__":
    sys.exit(main())
