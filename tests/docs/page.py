"""Running a page: each block as its language and options say, in one folder, in order."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from epol.compiler.examine import examine
from epol.compiler.pipeline import compile_policy
from epol.compiler.scanning import scanned
from epol.lang.decision import to_json
from epol.lang.diagnostics import Diagnostic, Severity
from epol.lang.model import Policy
from epol.lang.request import RequestError, parse_json, read_request
from epol.lang.semantics import decide
from tests.docs.blocks import ROOT, Block
from tests.docs.shell import matches, run, steps

PRELUDE = """policy example version "1"
import std.edge
import std.hipaa
import std.secrets
target ward { at local context 8k price in $0 out $0 per 1M }
target cloudy {
  at cloud zone "us-east" context 128k tools true jurisdiction "us"
  price in $1 out $10 per 1M
}
"""


@dataclass
class Page:
    """A run of one page: its folder, and what its blocks have left for later ones."""

    folder: Path
    problems: list[str] = field(default_factory=list[str])
    printed: str | None = None
    decided: dict[str, Any] | None = None
    files: int = 0
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "__main__"})

    def run(self, block: Block) -> None:
        """Test one block; what is wrong is added to `problems`."""
        runner = _RUNNERS.get(block.language)
        if runner is None:
            self.problem(block, f"no test knows blocks of the language `{block.language}`")
            return
        if block.has("file"):
            path = Path(block.options["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        runner(self, block)

    def problem(self, block: Block, message: str) -> None:
        """Note what is wrong with a block."""
        self.problems.append(f"{block.place}: {message}")

    # --- epol ------------------------------------------------------------------------

    def epol(self, block: Block) -> None:
        """A policy, a fragment of one, or one with the finding that is named."""
        if block.has("example"):  # of the catalogue; tests/docs/test_generated.py runs those
            return
        errors, others = self._findings(block)
        if block.has("error"):
            self._expect(block, errors, block.options["error"])
        else:
            self._expect(block, errors, "")
            for severity in ("warning", "note"):
                if block.has(severity) and block.options[severity] not in others:
                    self.problem(block, f"no {severity} {block.options[severity]}")

    def _findings(self, block: Block) -> tuple[set[str], set[str]]:
        text = block.text
        if not re.search(r"^(policy|module) ", text, re.MULTILINE):
            if not (block.has("fragment") or block.has("error")):
                self.problem(block, "a whole policy has a `policy` line; mark it `fragment`")
            text = PRELUDE + text
        self.files += 1
        path = Path(block.options.get("file", f"block{self.files}.epol"))
        path.write_text(text, encoding="utf-8")
        found = examine(path).diagnostics
        if not block.has("file"):
            path.unlink()
        errors = {_shown(d) for d in found if d.severity == Severity.ERROR}
        return errors, {d.name for d in found}

    def _expect(self, block: Block, errors: set[str], wanted: str) -> None:
        names = {each.split(":")[0] for each in errors}
        if names != ({wanted} if wanted else set()):
            self.problem(block, f"expected {wanted or 'no error'}, got {sorted(errors)}")

    # --- console, python, sh ---------------------------------------------------------

    def console(self, block: Block) -> None:
        """A session: each command is run and its output compared."""
        home = Path.cwd()
        if block.has("dir"):
            source = ROOT / block.options["dir"]
            copy = self.folder / "copies" / block.options["dir"]
            if not copy.exists():
                shutil.copytree(source, copy)
            os.chdir(copy)
        wanted = int(block.options.get("status", "0"))
        for step in steps(block.text):
            status, output = run(step.command)
            if status != wanted:
                self.problem(
                    block, f"`{step.command}` ended with {status}, not {wanted}:\n{output}"
                )
            if not matches(step.output, output):
                self.problem(block, f"`{step.command}` printed:\n{output}")
        if block.has("dir"):
            os.chdir(home)

    def python(self, block: Block) -> None:
        """A program, which goes on from those before it on the page.

        What it prints is for the block `text output` after it.
        """
        shown = io.StringIO()
        with redirect_stdout(shown):
            exec(compile(block.text, block.place, "exec"), self.names)
        self.printed = shown.getvalue()

    def text(self, block: Block) -> None:
        """Text is not tested, unless it is the output of the program before it."""
        if block.has("output") and not matches(block.text, self.printed or ""):
            self.problem(block, f"the program printed:\n{self.printed}")

    def sh(self, block: Block) -> None:
        """Commands for a reader; those of `make` must be there."""
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        for target in re.findall(r"^make ([a-z-]+)", block.text, re.MULTILINE):
            if target not in targets:
                self.problem(block, f"the Makefile has no `{target}`")

    # --- data ------------------------------------------------------------------------

    def json(self, block: Block) -> None:
        """JSON; a request or decision of a policy where it is marked so."""
        try:
            value = json.loads(block.text)
        except ValueError as error:
            self.problem(block, f"not JSON: {error}")
            return
        if block.has("request"):
            self._request(block, _policy(block.options["request"]))
        if block.has("decision"):
            self._decision(block, value)

    def _request(self, block: Block, policy: Policy) -> None:
        try:
            request = read_request(parse_json(block.text), policy)
        except RequestError as error:
            wanted = block.options.get("refused")
            if wanted is None or wanted not in str(error):
                self.problem(block, f"refused: {error}")
            return
        if block.has("refused"):
            self.problem(block, "this request is not refused")
        decided = to_json(decide(policy, scanned(request, policy)), policy)
        self.decided = json.loads(json.dumps(decided, default=float))

    def _decision(self, block: Block, shown: dict[str, Any]) -> None:
        decided = self.decided or {}
        for each in (shown, decided):
            policy = cast(dict[str, str], each.get("policy") or {})
            policy.pop("digest", None)
        if shown != decided:
            self.problem(block, f"the decision is:\n{json.dumps(decided, indent=1)}")

    def yaml(self, block: Block) -> None:
        """YAML; with `file=` it is there for the commands that follow."""
        try:
            yaml.safe_load(block.text)
        except yaml.YAMLError as error:
            self.problem(block, f"not YAML: {error}")


def _policy(path: str) -> Policy:
    file = ROOT / path
    policy = compile_policy(file if file.exists() else Path(path)).policy
    assert policy is not None, f"{path} does not compile"
    return policy


def _shown(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.name}: {diagnostic.message} ({diagnostic.span.text[:40]})"


_RUNNERS: dict[str, Callable[[Page, Block], None]] = {
    "epol": Page.epol,
    "console": Page.console,
    "python": Page.python,
    "text": Page.text,
    "sh": Page.sh,
    "json": Page.json,
    "yaml": Page.yaml,
}
