"""Which validators there are, and what asking for one imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import epol.engine.text.validators as package
from epol.engine.text.validators import names, validator
from epol.engine.text.validators._schemes import ALIASES, SCHEMES
from epol.lang.builtins import VALIDATORS
from tests.engine.validators.samples import samples

HOME = Path(package.__file__ or "").parent
MODULES = sorted(path.stem for path in HOME.glob("[a-z]*.py"))


def test_the_engine_has_what_the_language_names() -> None:
    assert names() == VALIDATORS


def test_every_validator_comes_from_one_place() -> None:
    assert len(names()) == len(MODULES) + len(SCHEMES) + len(ALIASES)
    assert set(ALIASES.values()) <= {*MODULES, *SCHEMES}


def test_every_validator_has_samples() -> None:
    assert sorted([*samples(), *ALIASES]) == list(names())


@pytest.mark.parametrize("name", ["", "no_such", "_text", "_stdnum", "samples"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        validator(name)


def test_a_second_name_is_the_same_validator() -> None:
    assert all(validator(alias) is validator(name) for alias, name in ALIASES.items())


def test_forty_five_countries_have_an_identifier_at_least() -> None:
    countries = {name[:2] for name in names() if name[2:3] == "_"}
    assert len(countries - {"eu"}) >= 45


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_its_source(name: str) -> None:
    functions = ast.parse((HOME / f"{name}.py").read_text(encoding="utf-8")).body
    [own] = [each for each in functions if isinstance(each, ast.FunctionDef) and each.name == name]
    assert "Source" in (ast.get_docstring(own) or "")


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_every_scheme_says_its_source(name: str) -> None:
    assert SCHEMES[name].source


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    program = (
        "import sys\n"
        "from epol.engine.text.validators import names, validator\n"
        "names(), validator('uuid')('x')\n"
        "assert not {'stdnum', 'phonenumbers', 'ipaddress'} & set(sys.modules)\n"
        "validator('cpf')\n"
        "assert 'stdnum' in sys.modules and 'phonenumbers' not in sys.modules\n"
        "validator('phone')\n"
        "assert 'phonenumbers' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
