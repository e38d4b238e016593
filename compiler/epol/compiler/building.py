"""A policy's bundle, written only where its program is proved to be what the policy says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from epol.compiler.emit.bundle import contents_of
from epol.engine.bundle.contents import BundleError, read_bundle, write_bundle

if TYPE_CHECKING:
    from epol.compiler.examine import Examination
    from epol.compiler.pipeline import Compiled
    from epol.compiler.validation.translation import Translation
    from epol.lang.model import Policy


def bundle_of(compiled: Compiled, examination: Examination) -> bytes:
    """The unsigned bundle of a policy without errors; its record says what was proved.

    The program is read back from the bytes that were written.  Raises `BundleError` where
    there is no proof that it decides every request as the policy does.
    """
    assert compiled.policy is not None, "only a policy without errors is built"
    contents = contents_of(compiled, examination)
    program = read_bundle(write_bundle(contents), trust=None).program
    if program is None:
        return write_bundle(contents)
    proof = _proof(program, compiled.policy)
    record = replace(contents.record, translation=str(proof), solver=proof.solver)
    data = write_bundle(replace(contents, record=record))
    if read_bundle(data, trust=None).program != program:
        raise BundleError("the program changed after it was proved")
    return data


def _proof(program: memoryview, policy: Policy) -> Translation:
    # The solver is slow to load, and whoever only looks at a policy does not need it.
    from epol.compiler.validation.refusal import RefusedError  # noqa: PLC0415 (see above)
    from epol.compiler.validation.translation import validate  # noqa: PLC0415 (see above)

    try:
        return validate(program, policy)
    except RefusedError as error:
        raise BundleError(
            f"no bundle is written, for nothing proves that the compiled program decides as the "
            f"policy does: {error}. The policy is not to blame; please report this"
        ) from None
