"""How many examples the property tests try.

`make test` tries the same ones each time, so that it gives one answer for one source;
EPOL_FUZZ=N (`make fuzz`) looks for N new ones.  Tests in tests/fuzz take the profile
`fuzz`: `@settings.get_profile("fuzz")` above `@given(...)`.
"""

import os

from hypothesis import HealthCheck, settings

FUZZ = os.environ.get("EPOL_FUZZ", "")

settings.register_profile("epol", deadline=None, derandomize=not FUZZ, max_examples=100)
settings.register_profile(
    "fuzz",
    parent=settings.get_profile("epol"),
    max_examples=int(FUZZ or 2000),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("epol")
