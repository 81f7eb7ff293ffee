"""Set up and run Latent Loupe from a checkout: `python3 packaging/dev.py VERB [arguments]`.

Plain standard library. The first start makes `.venv` with every version of `constraints.txt` and looks after what
Qt needs of the system; later starts find its stamp and go straight on. The README, `.ci/run` and developers call it.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        f"Latent Loupe needs Python 3.11 or newer, and this is {sys.version.split()[0]}: start it with a newer one."
    )

ROOT = Path(__file__).resolve().parent.parent
ENV = ROOT / ".venv"
PYTHON = ENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCK = ENV / "set-up.lock"
STAMP = ENV / "set-up.stamp"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
UNFINISHED = "unfinished"

sys.path.insert(0, str(ROOT))
from app.__main__ import display_problem, opens_window  # noqa: E402  (needs only the standard library)

HELP = """usage: python3 packaging/dev.py VERB [arguments]

  run [arguments]    the window, or latent-loupe with these arguments, e.g. run sample --help
  test [arguments]   the tests; arguments go to pytest, e.g. test -m slow
  lint               ruff, the type checker and the layering rules
  bench [arguments]  measure the budgets
  screenshot         make the pictures in docs/images anew
  corpus [arguments] open ten thousand hostile and broken files, and see that each is refused in a sentence
  monkey [arguments] use the whole window at random for ten minutes, under a seed
  faults [arguments] let memory, disks and the GPU fail, and see that nothing is lost
  bundle             make dist/latent-loupe, the program for machines without Python, and have it test itself
"""

# Shared libraries that Qt's wheels take from the system, and the Debian package of each.
BASE = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
PLATFORM_LIBRARIES = {"xcb": X11, "wayland": WAYLAND}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_PACKAGE = "fonts-dejavu-core"
TRY_QT = "from PySide6.QtWidgets import QApplication; QApplication([])"


class SetUpError(Exception):
    """What keeps the verb from running, in one sentence that says what to do."""


def main(arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb not in VERBS:
        asked = verb in ("-h", "--help", "help")
        print(HELP, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        return VERBS[verb](rest)
    except SetUpError as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The set-up cannot go on ({error}): mend that and start again.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def run(arguments: list[str]) -> int:
    window = opens_window(arguments)
    if window and (problem := display_problem()):
        raise SetUpError(problem)
    set_up(qt=window)
    return start("-P", "-m", "app", *arguments)


def bench(arguments: list[str]) -> int:
    return headless("-P", "-m", "app", "bench", *arguments)


def bundle(arguments: list[str]) -> int:
    """Make the bundle with PyInstaller, which the environment gets for it: nothing else needs it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    set_up(qt=True)
    pip_install("PyInstaller")
    return start("packaging/bundle.py", *arguments, folder=ROOT)


def lint(_: list[str]) -> int:
    set_up(qt=False)
    tools = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    commands = [[str(PYTHON), "-m", *tool] for tool in tools] + [[str(PYTHON.with_name("lint-imports"))]]
    codes = [subprocess.run(command, cwd=ROOT).returncode for command in commands]
    return int(any(codes))


def module(name: str) -> Callable[[list[str]], int]:
    """The verb that runs a module of the checkout without a display."""
    return lambda arguments: headless("-m", name, *arguments, folder=ROOT)


VERBS = {"run": run, "test": module("pytest"), "lint": lint, "bench": bench, "screenshot": module("app.screenshots")}
VERBS |= {name: module(f"tests.endurance.{name}") for name in ("monkey", "faults")}
VERBS |= {"corpus": module("tests.hostile"), "bundle": bundle}


def headless(*arguments: str, folder: Path | None = None) -> int:
    """`start` without a display, unless the user chose a platform of Qt's."""
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM") or "offscreen"
    set_up(qt=True)
    return start(*arguments, folder=folder)


def start(*arguments: str, folder: Path | None = None) -> int:
    """Become the environment's Python with these arguments (on Windows: run it), in `folder`."""
    os.chdir(folder or Path.cwd())
    command = [str(PYTHON), *arguments]
    if sys.platform != "win32":
        os.execv(PYTHON, command)
    return subprocess.run(command).returncode


def platform() -> str:
    """What Qt will draw on."""
    if chosen := os.environ.get("QT_QPA_PLATFORM"):
        return chosen
    if not sys.platform.startswith("linux"):
        return sys.platform
    return "wayland" if os.environ.get("WAYLAND_DISPLAY") else "xcb"


def set_up(qt: bool) -> None:
    """Make `.venv` complete, once; with `qt`, also see once that Qt starts on this platform.

    A second one at the same time waits for the first. Raises `SetUpError`.
    """
    if is_ready(qt):
        return
    ENV.mkdir(exist_ok=True)
    with locked():
        if is_ready(qt):
            return
        stamp = read_stamp()
        if stamp[0] != key():
            install(half_made=stamp[0] == UNFINISHED)
            stamp = [key()]
            STAMP.write_text(stamp[0])
        if qt:
            check_qt()
            STAMP.write_text("\n".join([*stamp, platform()]))


def is_ready(qt: bool) -> bool:
    stamp = read_stamp()
    return stamp[0] == key() and (not qt or platform() in stamp[1:])


def read_stamp() -> list[str]:
    """The key of what is installed, then the platforms on which Qt was seen to start."""
    return STAMP.read_text().split("\n") if STAMP.exists() and PYTHON.exists() else [""]


def key() -> str:
    """What the environment depends on, as one line."""
    content = [
        f"{sys.version_info[:2]} {ROOT}".encode(),
        (ROOT / "pyproject.toml").read_bytes(),
        CONSTRAINTS.read_bytes(),
    ]
    return hashlib.sha256(b"\0".join(content)).hexdigest()


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time: a second one waits here."""
    with LOCK.open("a") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                with contextlib.suppress(OSError):  # gives up after ten seconds
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for the set-up that another start is doing.")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(half_made: bool) -> None:
    """The package, editable, with every extra, in `.venv`, which is made (anew) if need be."""
    if half_made or not works(PYTHON):
        for item in ENV.iterdir():
            if item != LOCK:
                shutil.rmtree(item) if item.is_dir() and not item.is_symlink() else item.unlink()
        say("Setting up .venv, once; with a fast network this takes about two minutes.")
        if importlib.util.find_spec("ensurepip") is None:
            provide([f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"], "Python's venv module is incomplete")
        STAMP.write_text(UNFINISHED)
        if subprocess.run([sys.executable, "-m", "venv", str(ENV)]).returncode:
            raise SetUpError("Python could not make .venv, see above: check that the folder can be written to.")
    else:
        say("Bringing .venv up to date.")
        STAMP.write_text(UNFINISHED)
    pip_install("--editable", f"{ROOT}[diffusers,test,lint]")


def pip_install(*what: str) -> None:
    """Have pip install that in `.venv`, in the versions of `CONSTRAINTS`."""
    # As addresses, because pip splits these variables at spaces; they reach the build of the package, too.
    pins = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), CONSTRAINTS.as_uri())
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", *what]
    follow(command, {**os.environ, **pins, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})


def works(python: Path) -> bool:
    """Whether this is a Python of our own version with pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    return python.exists() and subprocess.run([str(python), "-c", probe], capture_output=True).returncode == 0


def follow(command: list[str], environment: dict[str, str]) -> None:
    """Run pip with one line of progress; all it said is shown only if it fails."""
    said: list[str] = []
    terminal = sys.stderr.isatty()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            words = line.split()
            if terminal and words and words[0] in ("Collecting", "Downloading", "Using", "Installing"):
                print(f"\r\033[K  {' '.join(words)[:70]}", end="", file=sys.stderr, flush=True)
            elif words[:1] == ["Installing"] and words[1] == "collected":
                say(f"  installing {len(words) - 3} packages")
    if terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if pip.returncode:
        print("".join(said[-30:]), file=sys.stderr)
        raise SetUpError("pip could not install what Latent Loupe needs, see above: check the network and start again.")


def check_qt() -> None:
    """See that Qt starts on this platform, with fonts; install what is missing where that is ours to do."""
    linux = sys.platform.startswith("linux")
    if linux and not has_fonts():
        provide([FONT_PACKAGE], "There are no fonts")
    said = try_qt()
    libraries = BASE | PLATFORM_LIBRARIES.get(platform().split(":")[0], {})
    if said and linux and (missing := [name for name in libraries if not loads(name)]):
        provide([libraries[name] for name in missing], f"Qt needs {', '.join(missing)}")
        said = try_qt()
    if said:
        say(said)
        raise SetUpError(f"Qt does not start on the platform {platform()}, see above.")


def try_qt() -> str:
    """What Qt complains of when it starts, "" if it starts."""
    result = subprocess.run([str(PYTHON), "-c", TRY_QT], capture_output=True, text=True)
    return (result.stderr.strip() or f"exit code {result.returncode}") if result.returncode else ""


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(file.suffix in (".ttf", ".otf", ".ttc") for folder in folders for file in folder.rglob("*"))


def provide(packages: list[str], reason: str) -> None:
    """Install Debian packages where we are root and apt-get is there; else say what the user has to do."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *dict.fromkeys(packages)]
    if shutil.which("apt-get") is None:
        raise SetUpError(f"{reason}: install it with your system's package manager (Debian: {' '.join(packages)}).")
    if os.geteuid() != 0:
        raise SetUpError(f"{reason}: run  sudo {' '.join(command)}  and start again.")
    say(f"{reason}: installing {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update"], command):
        result = subprocess.run(step, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        print(result.stdout + result.stderr, file=sys.stderr)
        raise SetUpError(f"{reason}, and apt-get could not install it, see above: run  {' '.join(command)}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
