"""How many examples a property is tried on: all of them in the whole suite, a tenth in the fast one."""

from hypothesis import HealthCheck, settings

USUAL = 100
# How long an example takes is the machine's affair, on which other tests run.
settings.register_profile("whole", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=USUAL)
settings.register_profile("fast", settings.get_profile("whole"), max_examples=USUAL // 10)


def examples(count: int) -> settings:
    """So many, where the usual number proves too little or takes too long."""
    return settings(max_examples=max(5, count * settings.default.max_examples // USUAL))
