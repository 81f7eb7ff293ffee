"""`latent-loupe map`: a map fitted to data, written to a file. Called by `cli`; the window runs it as a process.

UMAP holds the interpreter for seconds and cannot be stopped inside, so whoever cancels ends the process: the file is
written whole, at the end.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from engine import options
from engine.cli_sample import tell
from engine.errors import InputError
from engine.run import explain
from engine.settings.maps import MapSettings

if TYPE_CHECKING:
    from engine.analysis.map_data import Source
    from engine.analysis.map_fit import Progress


def add_options(parser: argparse.ArgumentParser) -> None:
    """An option for each setting of a map, and where its data lie."""
    options.add_fields(parser.add_argument_group("map"), MapSettings)
    source = parser.add_argument_group("data that are no data set")
    source.add_argument("--folder", type=Path, metavar="DIR", help="the pictures of --data folder")
    source.add_argument(
        "--size", type=int, default=32, help="rows and columns they are resized to [8 to 256; default 32]"
    )
    source.add_argument("--grey", action="store_true", help="one channel of them instead of red, green and blue")
    source.add_argument("--particles", type=Path, metavar="FILE", help="the run.npz of --data particles, or an npy")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the map, a safetensors file")
    parser.add_argument(
        "--progress-lines", action="store_true", help="tell the progress as one JSON object a line on stdout"
    )


def fit(arguments: argparse.Namespace) -> None:
    """Fit the map that the options say and write it."""
    from engine import output

    settings = _settings(arguments)
    source = _source(arguments, settings)
    output.check_target(arguments.out)
    from engine.analysis import map_fit
    from engine.analysis.basemap import save

    with _lines() if arguments.progress_lines else _bar() as progress:
        made = map_fit.fit(settings, source, progress)
    written = save(made, arguments.out)
    if not arguments.progress_lines:
        tell([written])


def _settings(arguments: argparse.Namespace) -> MapSettings:
    given = {name: getattr(arguments, name) for name in MapSettings.model_fields}
    try:
        return MapSettings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InputError(explain(error, "latent-loupe map")) from error


def _source(arguments: argparse.Namespace, settings: MapSettings) -> Source:
    """Where the data lie. Raises `InputError` for a place that is missing or that the data have no use for."""
    from engine.analysis.map_data import Source

    places = {"folder": arguments.folder, "particles": arguments.particles}
    for data, place in places.items():
        if (place is None) == (settings.data == data):
            raise InputError(f"--data {data} and --{data} go together: give both or neither.")
    if not 8 <= arguments.size <= 256:
        raise InputError(f"--size is {arguments.size}: give 8 to 256.")
    return Source(places.get(settings.data) or Path(), arguments.size, arguments.grey)


@contextmanager
def _lines() -> Iterator[Progress]:
    """One JSON object a line, for a program to read."""
    yield lambda share, what: print(json.dumps({"share": round(share, 4), "what": what}), flush=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on stderr, for people."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # or it starts a thread of its own
    with tqdm(total=100, unit="%", disable=None, leave=False) as bar:

        def progress(share: float, what: str) -> None:
            bar.set_description(what, refresh=False)
            bar.update(round(100 * share) - bar.n)

        yield progress
