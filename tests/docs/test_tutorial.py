"""The tutorial works when it is typed line by line, and when there is nothing before it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.typed import Typist, type_page
from tests.repo.house import tracked

PAGE = ROOT / "docs" / "tutorial.md"

pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="a reader has bash and curl"
)


def fresh(folder: Path, *programs: Path) -> dict[str, str]:
    """An environment with nothing of this one's but the system's programs, and those named."""
    home = folder / "home"
    home.mkdir()
    system = [each for name in ("bash", "curl") if (each := shutil.which(name))]
    places = [*programs, *(Path(each).parent for each in system), Path("/usr/bin"), Path("/bin")]
    kept = {name: os.environ[name] for name in ("TMPDIR", "EPOL_CACHE") if name in os.environ}
    path = os.pathsep.join(dict.fromkeys(str(each) for each in places))
    return {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", **kept}


def test_the_tutorial_typed_into_a_shell(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "gateway", tmp_path / "examples" / "gateway")
    environment = fresh(tmp_path, Path(sys.executable).parent)
    # The caches of this machine, so that each run need not compile the patterns anew.
    environment["HOME"] = os.environ.get("HOME", environment["HOME"])
    problems = type_page(blocks(PAGE), tmp_path, environment, installs=False)
    assert not problems, "\n".join(problems)


@pytest.mark.skipif(
    "EPOL_TUTORIAL" not in os.environ, reason="`make tutorial` runs it: it installs"
)
def test_the_tutorial_on_a_machine_with_python_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path / "checkout"
    for path in tracked():
        copy = checkout / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "python3").symlink_to(Path(sys.executable).resolve())
    begun = time.monotonic()
    environment = fresh(tmp_path, tmp_path / "python")
    problems = type_page(blocks(PAGE), checkout, environment, installs=True)
    with capsys.disabled():
        print(f"\nthe tutorial from nothing: {time.monotonic() - begun:.0f} s, reading not counted")
    assert not problems, "\n".join(problems)


def test_what_is_not_as_the_page_says_is_found(tmp_path: Path) -> None:
    page = [
        Block(PAGE, 1, "console", {}, "$ echo one\ntwo\n$ false\n"),
        Block(PAGE, 9, "text", {}, "a line\n"),
    ]
    told = type_page(page, tmp_path, fresh(tmp_path), installs=False)
    assert [each.split(": ", 1)[1] for each in told] == [
        "`echo one` ended with 0:\none\n",
        "`false` ended with 1:\n",
        "a reader can do nothing with this block",
    ]


def test_a_command_that_hangs_is_told(tmp_path: Path) -> None:
    with (
        Typist(tmp_path, fresh(tmp_path), patience=0.2) as typist,
        pytest.raises(AssertionError, match="`cat` did not end"),
    ):
        typist.types("cat")
