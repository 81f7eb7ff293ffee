"""The bundle, besides libraries: its recipe, icon and desktop entry, and what proves that it needs no Python."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.packaging.loaded import ROOT, script

proof = script("proof")
PACKAGING = ROOT / "packaging"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="desktop entries and ELF are Linux's")


def test_the_recipe_leaves_out_nothing_that_is_imported() -> None:
    tree = ast.parse((PACKAGING / "latent-loupe.spec").read_text())
    names = [ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else "" for node in tree.body]
    assigned = tree.body[names.index("UNUSED")]
    unused = {str(node.value) for node in ast.walk(assigned) if isinstance(node, ast.Constant)}
    imported: set[str] = set()
    for file in [*ROOT.glob("engine/**/*.py"), *ROOT.glob("app/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            imported |= {name.name for name in node.names} if isinstance(node, ast.Import) else set()
            imported |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
    assert {name for name in imported if any(f"{name}.".startswith(f"{each}.") for each in unused)} == set()


@pytest.mark.parametrize("side", [16, 64])
def test_the_icon_is_a_loupe_on_noise(side: int, qapp: object) -> None:
    from app import icons

    shown = icons.program().pixmap(side, side).toImage()
    lens, ring = shown.pixelColor(side * 27 // 64, side * 27 // 64), shown.pixelColor(side * 27 // 64, side * 9 // 64)
    assert lens.lightness() > 100
    assert ring.red() > 150 > 100 > ring.blue()
    assert shown.pixelColor(0, 0).alpha() < 128


@linux
def test_the_menu_entry_starts_this_folder(tmp_path: Path) -> None:
    here, home = tmp_path / "my programs", tmp_path / "home"
    here.mkdir()
    for file in (PACKAGING / "add-to-menu.sh", PACKAGING / "latent-loupe.desktop"):
        (here / file.name).write_bytes(file.read_bytes())
    (here / "latent-loupe.svg").write_bytes((ROOT / "assets" / "icon.svg").read_bytes())

    def add(*options: str) -> None:
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
        subprocess.run(["sh", str(here / "add-to-menu.sh"), *options], env=environment, check=True, capture_output=True)

    add()
    entry = home / ".local/share/applications/latent-loupe.desktop"
    read = configparser.ConfigParser(interpolation=None)
    read.read(entry)
    assert read["Desktop Entry"]["Exec"] == f'"{here}/latent-loupe" %F'
    assert (home / f".local/share/icons/hicolor/scalable/apps/{read['Desktop Entry']['Icon']}.svg").exists()
    add("--remove")
    assert [file for file in home.rglob("*") if file.is_file()] == []


@linux
def test_the_libraries_outside_of_a_folder_are_found(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(Path(sys.executable).resolve().read_bytes())
    (tmp_path / "notes.txt").write_text("no program")
    names = {path.name for path in proof.libraries(tmp_path)}
    assert any(name.startswith("libc.") for name in names)
    assert any(name.startswith("ld-") for name in names)


@linux
@pytest.mark.skipif(not proof.may_change_root(), reason="this process may not give another one a root of its own")
def test_in_its_root_a_program_sees_nothing_else(tmp_path: Path) -> None:
    bundle, root = tmp_path / "bundle", tmp_path / "root"
    bundle.mkdir()
    root.mkdir()
    (bundle / "show").write_bytes(Path("/bin/ls").resolve().read_bytes())
    (bundle / "show").chmod(0o755)
    proof.furnish(root, bundle)
    command = proof.inside(root, ["/opt/latent-loupe/show", "/", "/opt"])
    said = subprocess.run(command, env={}, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert {"usr", "home", "bin", "etc"} & set(said.stdout.split()) <= {"usr"}
    assert "latent-loupe" in said.stdout


def test_what_fails_first_is_the_exit_code() -> None:
    ends = [[sys.executable, "-c", f"raise SystemExit({code})"] for code in (0, 3, 4)]
    assert proof.run(ends, {}) == 3
    assert proof.run(ends[:1], {}) == 0


def test_icons_for_other_systems_have_their_sizes(tmp_path: Path) -> None:
    bundle = script("bundle")
    bundle.draw_icons(tmp_path)
    with Image.open(tmp_path / "icon.ico") as icon:
        assert icon.info["sizes"] == {(side, side) for side in bundle.SIZES}
    with Image.open(tmp_path / "icon.icns") as icon:
        assert max(size[0] * size[2] for size in icon.info["sizes"]) == bundle.LARGE
