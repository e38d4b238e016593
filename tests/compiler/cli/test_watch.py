"""`epolc check --watch`, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

RULES = HEAD + WARD + CLOUDY + "rule r { when request.tokens > 5 prefer 1 }\n"
NEVER = RULES.replace("> 5", "> 5 and request.tokens < 5")


@contextmanager
def watching(*paths: Path) -> Generator[subprocess.Popen[str]]:
    """The command, which is ended when it is seen."""
    command = [str(Path(sys.executable).parent / "epolc"), "check", "--watch", *map(str, paths)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        # One that says nothing more fails the test, and does not stop all others.
        giving_up = threading.Timer(300, process.kill)
        giving_up.start()
        try:
            yield process
            process.terminate()
            status = process.wait(300)
        finally:
            giving_up.cancel()
            process.kill()
    assert status == 0


def checked(process: subprocess.Popen[str]) -> str:
    """What is printed for one check, up to the line that sums up; read as it comes."""
    stream: IO[str] | None = process.stdout
    assert stream is not None
    lines = list[str]()
    for line in stream:
        lines.append(line)
        if re.match(r"1 file, \d+ error|error: ", line):
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_a_file_and_its_imports_are_checked_at_every_change(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {"policy.epol": HEAD + 'import "./own.epol"\n' + WARD + CLOUDY, "own.epol": "module own\n"},
    )
    with watching(main) as process:
        assert "rule-never-fires" not in checked(process)
        main.write_text(NEVER, encoding="utf-8")
        assert "rule-never-fires" in checked(process)
        main.write_text(RULES, encoding="utf-8")
        assert "rule-never-fires" not in checked(process)
        main.write_text(HEAD + 'import "./own.epol"\n' + WARD + CLOUDY, encoding="utf-8")
        checked(process)
        never = "module own\nimport std.edge\n" + NEVER.splitlines()[-1] + "\n"
        (tmp_path / "own.epol").write_text(never, encoding="utf-8")
        assert "own.r" in checked(process)


def test_a_file_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    main = write(tmp_path, RULES)
    with watching(main) as process:
        checked(process)
        main.unlink()
        assert "error: " in checked(process)
        main.write_text(NEVER, encoding="utf-8")
        assert "rule-never-fires" in checked(process)


def test_it_stands_alone(tmp_path: Path) -> None:
    main = write(tmp_path, RULES)
    for more in (["--fix"], ["--jobs", "2"], ["--write-tests", str(tmp_path / "kept")]):
        ran = epolc("check", "--watch", *more, main)
        assert ran.status == 2
        assert "--watch stands without" in ran.err
