"""`python -m engine.training CONFIG.toml` is `latent-loupe train CONFIG.toml`."""

import sys

from engine.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
