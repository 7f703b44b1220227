"""The operators' admin site: who gets in, what the browser may run there, and how rows are named in its look-ups."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from clavitor.base.admin_csp import relaxed_for_unfold

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite

    AuthenticationForm = AdminAuthenticationForm
else:
    from unfold.forms import AuthenticationForm
    from unfold.sites import UnfoldAdminSite


class OperatorLoginForm(AuthenticationForm):
    """Email and password; of operators only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Email"
        self.error_messages["invalid_login"] = "This email and password don't go together, or the account isn't active."

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        if not user.is_staff:  # type: ignore[attr-defined]  # Human has it
            raise ValidationError(
                "This account isn't an operator's, and this is for operators alone. Ask one of them for the role.",
                code="not_an_operator",
            )


class NamedAutocomplete(AutocompleteJsonView):
    """Offers rows under the names that their own admin gives them: a department with the tenants above it, say."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        told = super().serialize_result(obj, to_field_name)
        describe = getattr(self.model_admin, "describe", str)
        return {**told, "text": describe(obj)}


class OperatorSite(UnfoldAdminSite):
    """Django's site with unfold's pages, for operators."""

    login_form = OperatorLoginForm
    index_title = "Overview"
    enable_nav_sidebar = True

    @method_decorator(relaxed_for_unfold)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The login page. To somebody who is signed in but is no operator it says so, with 403."""
        signed_in = request.user.is_authenticated and not self.has_permission(request)
        response = super().login(request, {**(extra_context or {}), "refused": signed_in and request.method == "GET"})
        if signed_in and request.method == "GET":
            response.status_code = 403
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return relaxed_for_unfold(super().admin_view(view, cacheable))

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return NamedAutocomplete.as_view(admin_site=self)(request)
