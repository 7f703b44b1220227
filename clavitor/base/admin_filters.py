"""Filters of lists, beside unfold's own."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from django.contrib.admin import RelatedFieldListFilter as AutocompleteSelectFilter
else:
    from unfold.contrib.filters.admin import AutocompleteSelectFilter


class LookUpFilter(AutocompleteSelectFilter):
    """Rows of one row of another table, which is looked up and never listed. A senseless key leads back to the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self.field.target_field.to_python(self.value() or None)  # type: ignore[attr-defined]  # of a foreign key
        except ValidationError as error:
            raise IncorrectLookupParameters(error) from error
