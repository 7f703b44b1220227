"""The ground of every list and page in the operators' admin.

Rows are added and changed by operations, states by transitions (see `admin_transition`), nothing is deleted (RULES 4),
and lists are never counted (see `admin_paging`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from clavitor.base import admin_impact, admin_progress
from clavitor.base.admin_display import links
from clavitor.base.admin_paging import UncountedChangeList, UncountedPaginator
from clavitor.base.admin_search import Lookup, find
from clavitor.base.admin_secret import reveal
from clavitor.base.admin_views import TransitionViews
from clavitor.base.errors import DomainError

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
else:
    from unfold.admin import ModelAdmin, TabularInline  # no types of its own; these are Django's classes to mypy


class RegistryAdmin(TransitionViews, ModelAdmin):  # type: ignore[type-arg]  # the model is each subclass's
    """The pages of one table.

    `creates` and `updates` are operations that take the form's cleaned fields by name, `by` and `at`; `updates` takes
    the row by the name in `subject`. Without one, rows can't be added, or are only shown.
    """

    creates: ClassVar[Callable[..., Any] | None] = None
    updates: ClassVar[Callable[..., Any] | None] = None
    add_form: ClassVar[type[forms.ModelForm] | None] = None
    lookups: ClassVar[Sequence[Lookup]] = ()
    related: ClassVar[Sequence[str]] = ()  # what each row's columns and fields read of other tables
    field_of: ClassVar[Mapping[str | None, str]] = {}  # an operation's argument -> the form's field, where they differ
    secret_name: ClassVar[str] = ""  # what `creates` reveals, if it returns a pair

    paginator = UncountedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    list_fullwidth = True
    ordering: Sequence[str] = ["-pk"]
    actions = None
    compressed_fields = True
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UncountedChangeList]:
        return UncountedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return find(queryset, search_term, self.lookups), False

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Sequence[Any]:
        """What belongs to a row, once there is one."""
        return super().get_inlines(request, obj) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.creates is not None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.updates is not None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if obj is None and self.add_form:
            kwargs["form"] = self.add_form
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return _refused_form(form, refusal, self.field_of.get(refusal.field, refusal.field)) if refusal else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """As Django's; an operation's refusal rolls all of it back, and the form comes again with the error in it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]  # for get_form, in this request's second pass
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Call the operation. A DomainError goes up to `changeform_view`."""
        values = {**form.cleaned_data, "by": request.user, "at": timezone.now()}
        if change:
            assert type(self).updates is not None  # noqa: S101  (else there was no form to post)
            type(self).updates(**{self.subject: obj}, **values)  # type: ignore[misc]
            return
        made = type(self).creates(**values)  # type: ignore[misc]
        row, request.secret = made if isinstance(made, tuple) else (made, None)  # type: ignore[attr-defined]
        obj.__dict__.update(row.__dict__)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        secret = getattr(request, "secret", None)
        if secret:
            return reveal(self, request, obj, name=self.secret_name, secret=secret)
        return super().response_add(request, obj, post_url_continue)

    @admin.display(description="Holds")
    def belongings(self, obj: Model) -> SafeString:
        """Counted, with links; as each app told `admin_impact`. Once: unfold's template asks several times."""
        told: Any = obj.__dict__.setdefault("_belongings", None) or links(admin_impact.belongings(obj))
        obj.__dict__["_belongings"] = told
        return told

    @admin.display(description="At the POPs")
    def progress(self, obj: Model) -> str:
        """How far the row's last change has got; as the app that follows changes told `admin_progress`. Asked once."""
        if "_progress" not in obj.__dict__:
            obj.__dict__["_progress"] = admin_progress.progress(obj)
        told: str = obj.__dict__["_progress"]
        return told


class ReadOnlyInline(TabularInline):  # type: ignore[type-arg]  # the model is each subclass's
    """Rows that belong to the one on the page: shown a page at a time, and changed on their own."""

    extra = 0
    per_page = 20
    can_delete = False
    hide_title = True  # the first column leads to the row's own page
    tab = True
    related: ClassVar[Sequence[str]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _refused_form(form: type[forms.ModelForm], refusal: DomainError, field: str | None) -> type[forms.ModelForm]:
    """`form`, finding the operation's refusal when it is checked: at `field`, if it has that."""

    class Refused(form):  # type: ignore[valid-type,misc]  # which form is known only now
        def _post_clean(self) -> None:
            super()._post_clean()
            self.add_error(field if field in self.fields else None, refusal.message)

    return Refused
