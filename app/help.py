"""Help: the list of keys and what this is, each in a box. Called by the menu."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def show_keys(parent: QWidget, keys: list[tuple[str, str]]) -> None:
    """Show that list of keys and what they do."""
    rows = "".join(f"<tr><td><b>{each}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>" for each, text in keys)
    box = QMessageBox(parent)
    box.setWindowTitle("Keys")
    box.setText(f"<table>{rows}</table>")
    box.exec()


def show_about(parent: QWidget) -> None:
    """Say what this is."""
    QMessageBox.about(
        parent,
        "About Latent Loupe",
        "<b>Latent Loupe</b><p>An explorer for diffusion models: draw latents, scrub the denoising step by step, "
        "compare and export.</p><p>MIT licence.</p>",
    )
