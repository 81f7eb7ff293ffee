"""The command line: `latent-loupe sample | run | figure | models | train | reproduce | map | bench`.

Also `python -m engine.cli`. No Qt. Torch is imported only once the arguments are known to be right. `options` makes
those of schedules, samplers and experiments from the fields of their settings, so a new one needs nothing here. Errors:
one sentence on stderr, exit code 2.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import ValidationError

from engine import cli_figure, cli_map, cli_sample, models, options, resources
from engine.cli_sample import drawn, tell
from engine.errors import InputError, Interrupted
from engine.experiments import EXPERIMENTS, cost
from engine.experiments.table import aligned
from engine.run import STARTS_ALONE, Run, explain

if TYPE_CHECKING:
    from engine.experiments.experiment import Experiment
    from engine.models import Model

PROGRAM = "latent-loupe"


class Listing(argparse.Action):
    """`--list`: the experiments there are, one a line, with what each and its quick plan take, and nothing else."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """As `argparse.Action` says."""
        print(
            aligned(
                [("", "", "in full, on one core", "--quick")]
                + [
                    (name, each.title, cost.told(each, each.plan), cost.told(each, each.quick))
                    for name, each in EXPERIMENTS.items()
                ]
            )
        )
        parser.exit()


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
        _carry_out(arguments)
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


def _carry_out(arguments: argparse.Namespace) -> None:
    """Run the subcommand, again on the CPU if the GPU fails under way. Raises `InputError` where memory runs out."""
    try:
        arguments.command(arguments)
    except (MemoryError, RuntimeError) as error:
        if resources.gives_up_gpu(error):
            print(resources.failure(), file=sys.stderr)
            arguments.command(arguments)
        elif (sentence := resources.refusal(error)) is not None:
            raise InputError(sentence) from error
        else:
            raise


def _parser() -> Parser:
    text = "A desktop explorer for diffusion models; without a command, its window."
    parser = Parser(prog=PROGRAM, description=text, epilog=f"{PROGRAM} --self-test tests this installation.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version('latent-loupe')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sample = _command(commands, "sample", cli_sample.sample, "draw samples of a model into a run.npz")
    cli_sample.add_options(sample)

    run = _command(commands, "run", _run, "do what a Run says, from a run.json or any file that carries one")
    run.add_argument("run", type=Path, metavar="RUN.json", help="a run.json, an exported PNG or a run.npz")
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for run.npz, run.json and run.png")
    run.add_argument(
        "--model", metavar="PATH", help="the checkpoint the Run was made with, if `models` does not list it"
    )
    run.add_argument("--yes", action="store_true", help="start even if the Run takes more than about a minute")

    text = "draw a figure of a Run, or the one that a file carries, as PDF, SVG, PNG, film, data or script"
    cli_figure.add_options(_command(commands, "figure", cli_figure.figure, text))

    _command(commands, "models", _models, "list the models there are: name, shape of one sample, source, hash")

    train = _command(commands, "train", _train, "train a model as a TOML file says, or go on where it was stopped")
    train.add_argument("config", type=Path, metavar="CONFIG.toml", help="see docs/training.md")
    train.add_argument("--folder", type=Path, metavar="DIR", help="for all that is written; default: the model's name")
    train.add_argument("--export", action="store_true", help="only write the model as DIR holds it now")

    text = "measure the cells of an experiment's table and draw its figure, or go on where that was stopped"
    reproduce = _command(commands, "reproduce", _reproduce, text)
    reproduce.add_argument("--list", nargs=0, action=Listing, help="list the experiments there are, and do nothing")
    names = reproduce.add_subparsers(required=True, metavar="NAME")
    for experiment in EXPERIMENTS.values():
        _add_experiment(names, experiment)

    text = "fit a map on which particles are placed by likeness: UMAP of a data set, a folder or particles"
    cli_map.add_options(_command(commands, "map", cli_map.fit, text))

    bench = _command(commands, "bench", _bench, "measure the budgets of this program on this machine")
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    return parser


def _command(
    commands: argparse._SubParsersAction[Parser], name: str, command: Callable[[argparse.Namespace], None], text: str
) -> Parser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    return parser


def _add_experiment(names: argparse._SubParsersAction[Parser], experiment: Experiment[Any]) -> None:
    """`reproduce NAME`, with an option for each setting of its plan."""
    text = f"{experiment.title}. {experiment.description} After {experiment.source}."
    parser = names.add_parser(experiment.name, help=experiment.description.replace("%", "%%"), description=text)
    parser.set_defaults(experiment=experiment)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for table, figure and cells")
    parser.add_argument("--quick", action="store_true", help="a smaller version that takes minutes on two cores")
    options.add_plan(parser.add_argument_group("plan"), experiment.plan, experiment.quick)


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
    tell(output.write_results(arguments.out, drawn(run, model, keep_all=False)))


def _model_of(run: Run, where: str) -> Model:
    """The model on offer that `run` names by its hash."""
    info = models.find(run.model)
    if info is None:
        raise InputError(
            f"{where} was made with the model {run.model.label!r} ({run.model.sha256[:8]}), which is not here: "
            "name its checkpoint with --model PATH."
        )
    return info.build()


def _models(_: argparse.Namespace) -> None:
    from engine.models import catalogue

    rows = [
        (info.name, "x".join(map(str, info.data_shape)), info.source, info.reference.sha256[:12])
        for info in catalogue.offered()
    ]
    print(aligned(rows))


def _train(arguments: argparse.Namespace) -> None:
    from engine.training.config import read

    config = read(arguments.config)
    folder = arguments.folder or Path(config.name)
    from engine.training import command  # imports torch

    if arguments.export:
        return tell([command.export_from(config, folder)])
    try:
        with command.until_interrupted() as interrupted:
            tell([command.run(config, folder, interrupted)])
    except Interrupted:
        raise Interrupted(f"Stopped: the same command goes on with what {folder.name} holds.") from None


def _reproduce(arguments: argparse.Namespace) -> None:
    experiment: Experiment[Any] = arguments.experiment
    base = experiment.quick if arguments.quick else experiment.plan
    given = {name: getattr(arguments, name) for name in type(base).model_fields}
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        plan = type(base).model_validate({**base.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(explain(error, f"{PROGRAM} reproduce {experiment.name}")) from error
    experiment.cells(plan)  # says what is wrong before torch is imported
    from engine.experiments import command
    from engine.training.command import until_interrupted

    with until_interrupted() as interrupted:
        command.reproduce(experiment, plan, arguments.out, interrupted)


def _bench(arguments: argparse.Namespace) -> None:
    from engine import bench

    bench.main(arguments.json)


if __name__ == "__main__":
    sys.exit(main())
