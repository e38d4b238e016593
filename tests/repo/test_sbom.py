"""A bill of materials that leaves a requirement out is not taken for whole."""

from tools import sbom

BILL = {"components": [{"name": "google-re2"}, {"name": "PyYAML"}, {"name": "nvidia_ml.py"}]}


def test_requirements_are_found_by_their_plain_names() -> None:
    needed = ["google-re2>=1.1,<2", "pyyaml>=6", "nvidia-ml-py>=12; sys_platform == 'linux'"]
    assert sbom.lacking(BILL, needed) == []


def test_what_is_not_listed_is_told() -> None:
    assert sbom.lacking(BILL, ["pyyaml>=6", "redis[hiredis]>=5"]) == ["redis[hiredis]>=5"]


def test_the_project_names_what_is_looked_for() -> None:
    said = sbom.project()
    assert said["name"] == "epol"
    assert said["dependencies"]
    assert "gateway" in said["optional-dependencies"]
