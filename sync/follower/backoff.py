"""How long to wait after trouble."""

import random

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def pause_seconds(failures: int, at_least_seconds: float = 0.0) -> float:
    """Exponential with full jitter: any time up to a bound that doubles with each of `failures` in a row (1 and more).

    The jitter comes on top of what the server asked for, so that POPs sent away together don't come back together.
    """
    bound = min(FIRST_SECONDS * 2.0 ** min(failures, 20), LONGEST_SECONDS)
    return at_least_seconds + random.uniform(0, bound)  # noqa: S311  (spreads retries, guards nothing)
