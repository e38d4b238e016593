"""Build the site of the documentation: `python -m tools.site.build [FOLDER]`, else into site/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.site.pages import ROOT
from tools.site.stage import stage


def build(site: Path, sources: Path) -> subprocess.CompletedProcess[str]:
    """Write the site into a folder, from sources that are made in another one.

    A warning of the generator is an error.
    """
    written = stage(sources)
    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", str(written)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not built.returncode:
        shutil.rmtree(site, ignore_errors=True)
        shutil.move(sources / "site", site)
    return built


def main(arguments: list[str]) -> int:
    """Build; the generator's words and status."""
    site = Path(arguments[0]).resolve() if arguments else ROOT / "site"
    built = build(site, ROOT / "build" / "site")
    print(built.stdout, end="")
    return built.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
