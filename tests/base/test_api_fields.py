"""What the API takes for a text and for a whole number: what it is, and nothing that could be made into one."""

from typing import Any

import pytest
from rest_framework import serializers

from clavitor.base.api_fields import TextField, WholeNumberField

NO_NUMBERS = [
    *("1_000", "5.0", "5.", "+5", " 5", "5\n", "٥", "\uff15", "1e3", "0x1", "", "-", "--1", "five"),
    *(True, 5.0, 5.5, float("nan"), [], {}, [5]),
]


@pytest.mark.parametrize("value", [0, 1, 1.5, True, [], {}, ["text"]])
def test_a_text_is_a_string(value: Any) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        TextField().run_validation(value)
    assert refused.value.get_codes() == ["invalid"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "blank"),
        ("  ", "blank"),
        (None, "null"),
        ("a\0b", "null_characters_not_allowed"),
        ("x" * 81, "max_length"),
    ],
)
def test_a_text_without_anything_or_with_too_much_is_refused(value: Any, code: str) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        TextField(max_length=80).run_validation(value)
    assert refused.value.get_codes() == [code]


def test_a_text_stays_as_it_is() -> None:
    assert TextField().run_validation("ümlaut 🔐\n2") == "ümlaut 🔐\n2"


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("5000", 5000), ("-3", -3), ("007", 7), (12, 12)])
def test_a_whole_number(value: Any, number: int) -> None:
    assert WholeNumberField().run_validation(value) == number


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_only_could_be_made_into_a_number_is_refused(value: Any) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        WholeNumberField().run_validation(value)
    assert refused.value.get_codes() == ["invalid"]


@pytest.mark.parametrize("digits", [20, 1001, 100_000])
def test_a_huge_number_is_refused_in_no_time(digits: int) -> None:
    with pytest.raises(serializers.ValidationError):
        WholeNumberField(max_value=5000).run_validation("9" * digits)
