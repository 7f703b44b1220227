"""The content security policy of the admin, and of it alone.

unfold sets its colours in an inline <style>, and Alpine, which it is built with, evaluates expressions in its pages.
Everything still comes from this server; the rest of the service keeps the strict policy of the settings.
"""

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update

relaxed_for_unfold = csp_update(
    {
        "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
    }
)
