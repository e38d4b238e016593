"""Files of a model, taken from an installed package without running any of its code."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from epol.engine.errors import ModelUnavailableError
from epol.engine.models.catalogue import ModelFile, Packaged


def folder_of(model: Packaged) -> Path:
    """The folder of the package that holds (a part of) a model.

    Raises `ModelUnavailableError`.
    """
    # A package at the top is found without being imported: its own imports need not be there.
    spec = find_spec(model.package)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise ModelUnavailableError(f"the model `{model.name}` is not installed; {model.install}")
    return Path(places[0])


def read_verified(folder: Path, file: ModelFile) -> bytes:
    """The bytes of a file, if they are the ones that are meant.

    What is returned is what was hashed, so that nothing can be changed in between.  Raises
    `ModelUnavailableError`.
    """
    try:
        data = (folder / file.path).read_bytes()
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ModelUnavailableError(f"{file.path} of the model cannot be read: {why}") from None
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ModelUnavailableError(
            f"{file.path} of the model is not the file that this version of epol knows (its "
            "SHA-256 differs); install the package anew, in the version that is named"
        )
    return data
