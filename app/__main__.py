"""The command `latent-loupe`: opens the window, hands a subcommand to `engine.cli`, which needs no Qt, or tests itself.

Only the standard library is imported until it is known which: `packaging/dev.py` asks the same two questions before
anything is installed.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = ("sample", "run", "figure", "models", "train", "reproduce", "map", "bench")
"""The subcommands of `engine.cli`."""

SELF_TEST = "--self-test"
"""What has the program test itself."""


def opens_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments ask for the window: none, or files to open in it."""
    return not arguments or not (arguments[0] in COMMANDS or arguments[0].startswith("-"))


def display_problem() -> str | None:
    """One sentence if there is no display to open the window on, and how to do without."""
    if not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        return None
    return (
        "There is no display to open the window on: use xvfb-run, set QT_QPA_PLATFORM=offscreen, "
        "or do without the window, e.g. latent-loupe sample --help."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's); the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["-m"] and len(arguments) > 1:
        return _run_module(arguments[1:])
    if arguments[:1] == [SELF_TEST]:
        from app.self_test import main as test

        return test(arguments[1:])
    if not opens_window(arguments):
        from engine.cli import main as command_line

        return command_line(arguments)
    paths = [Path(argument) for argument in arguments]
    for path in paths:
        if not path.exists():
            return _refuse(
                f"{path} is neither a file nor one of the commands {', '.join(COMMANDS)}: check the spelling."
            )
    if problem := display_problem():
        return _refuse(problem)
    if sys.platform == "win32":
        # Torch's libraries must be loaded before Qt's there.
        import torch  # noqa: F401
    from app.window import main as open_window

    return open_window(paths)


def _run_module(arguments: list[str]) -> int:
    """As `python -m`: what `engine.separate` starts where this program is all that there is."""
    import runpy

    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    return 0


def _settle_in_bundle() -> None:
    """What the bundle needs before it imports anything else: processes of multiprocessing go their way, and numba and
    matplotlib keep what they compute once in a folder of the user's, the bundle being another's or read-only.
    """
    import multiprocessing

    multiprocessing.freeze_support()
    import platformdirs

    caches = platformdirs.user_cache_path("latent-loupe", appauthor=False)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(caches / "numba"))
    os.environ["MPLCONFIGDIR"] = str(caches / "matplotlib")  # in place of PyInstaller's, a new folder for each start


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    if getattr(sys, "frozen", False):
        _settle_in_bundle()
    sys.exit(main())
