"""Processes of their own: the command that starts a module of this program as one, also in the bundle.

Called by whatever must not hold or endanger this process: reading foreign state dictionaries, fitting a map,
a download, cold starts that are measured. `app.__main__` is what understands the command in the bundle.
"""

from __future__ import annotations

import sys

MODULE = "-m"
"""What says, in place of a subcommand, that the name of a module follows and then its arguments."""


def command(module: str) -> list[str]:
    """The command to which the arguments of `module` are added, a name such as "engine.cli".

    In the bundle `sys.executable` is the program itself. Elsewhere it is Python, with -P, as a torch.py in the current
    folder would otherwise be run in torch's place.
    """
    safely = [] if getattr(sys, "frozen", False) else ["-P"]
    return [sys.executable, *safely, MODULE, module]
