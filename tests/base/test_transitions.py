"""What every change of state has in common."""

import pytest

from clavitor.base.errors import InvalidTransition
from clavitor.base.transitions import ReasonRequired, require_reason, require_transition

ALLOWED = {"new": ["open", "shut"], "open": ["shut"]}


def test_what_the_table_allows_passes() -> None:
    require_transition(ALLOWED, thing="The door", present="new", wanted="shut")


@pytest.mark.parametrize(
    ("present", "wanted", "said"),
    [
        ("new", "new", "The door is new and can't become new. It can only become open or shut."),
        ("open", "new", "The door is open and can't become new. It can only become shut."),
        ("shut", "open", "The door is shut and can't become open. That is final."),
    ],
)
def test_anything_else_is_refused_with_what_is_possible(present: str, wanted: str, said: str) -> None:
    with pytest.raises(InvalidTransition) as caught:
        require_transition(ALLOWED, thing="The door", present=present, wanted=wanted)
    assert caught.value.message == said


def test_a_reason_is_kept_without_the_space_around_it() -> None:
    assert require_reason(" it squeaks\n", act="shut the door") == "it squeaks"


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_blank_reason_is_none(reason: str) -> None:
    with pytest.raises(ReasonRequired, match="shut the door"):
        require_reason(reason, act="shut the door")
