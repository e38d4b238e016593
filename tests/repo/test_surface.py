"""The public surface: what `epol.engine` exports, and its errors as a tree."""

import inspect

import epol.engine
from epol.engine import errors


def test_the_engine_exports_what_its_page_promises() -> None:
    assert epol.engine.__all__ == sorted(epol.engine.__all__)
    assert all(hasattr(epol.engine, name) for name in epol.engine.__all__)


def test_every_error_is_exported_and_stands_below_the_root() -> None:
    classes = {
        name: each
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if each.__module__ == errors.__name__
    }
    assert set(classes) <= set(epol.engine.__all__)
    assert all(issubclass(each, epol.engine.EpolError) for each in classes.values())
