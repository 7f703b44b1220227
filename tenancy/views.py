"""The page on which an operator sets a password, by the link that `manage.py create_operator` prints."""

from django.contrib.auth import views
from django.urls import reverse_lazy
from django.views.generic import TemplateView

from tenancy.models import Human


class SetPassword(views.PasswordResetConfirmView):
    """Django's page behind a single-use link; somebody suspended since gets no further."""

    template_name = "tenancy/set_password.html"
    success_url = reverse_lazy("admin_password_done")

    def get_user(self, uidb64: str) -> Human | None:
        human = super().get_user(uidb64)
        return human if isinstance(human, Human) and human.is_active else None


class PasswordIsSet(TemplateView):
    """Says so, and leads on to the sign-in."""

    template_name = "tenancy/password_is_set.html"
