"""`make hospital`: check a policy, scan a note, then decide three requests and say why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
EPOLC = [sys.executable, "-c", "from epol.compiler.cli import main; main()"]

# Makes the tokens below the same on every run; a deployment keeps its key to itself.
KEY = {"EPOL_KEY": "the key of this demo"}

REQUESTS = {
    "report.json": "A researcher asks for a hard comparison; the report names a record number.",
    "tool_step.json": "An agent's tool step, with a record number and addresses in the result.",
    "bulk_export.json": "48 record numbers in one prompt, and the network is down.",
}


def epolc(*arguments: str) -> int:
    """Run epolc in this folder, showing the command; its exit status."""
    print("$ epolc " + " ".join(arguments), flush=True)
    environment = {**os.environ, **KEY}
    command = [*EPOLC, *arguments]
    status = subprocess.run(command, cwd=HERE, env=environment, check=False).returncode
    print(flush=True)
    return status


def main() -> int:
    """Run every step; fail if one ends otherwise than it must."""
    print("The hospital policy is checked. Its test runs on the real text, and passes; its four")
    print("claims are proved: they hold of every request that there can be.\n")
    statuses = [epolc("check", "hospital.epol") == 0]
    print("What its detectors find in a note, also where an address is written with an escape:\n")
    scan = ("scan", "notes.txt", "--policy", "hospital.epol")
    statuses.append(epolc(*scan, "--explain") == 0)
    print("The note as the policy lets it go to the cloud. No rule treats badges, so they stay:\n")
    statuses.append(epolc(*scan, "--treat", "policy", "--target", "azure") == 0)
    for name, story in REQUESTS.items():
        print(story + "\n")
        request = f"requests/{name}"
        statuses.append(epolc("decide", "hospital.epol", "--request", request, "--explain") == 0)
    return 0 if all(statuses) else 1


if __name__ == "__main__":
    raise SystemExit(main())
