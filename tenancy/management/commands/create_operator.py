"""`manage.py create_operator EMAIL`: the first operator, or a new link for one there is."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from clavitor.base.errors import DomainError
from tenancy import operations
from tenancy.models import Human


class Command(BaseCommand):
    """Make an operator, with the internal tenant if there is none; print a link that sets a password, once."""

    help = "Make an operator (and the internal tenant), and print a single-use link to set a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", help="The person's name. Default: what stands before the @.")
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="Of the server. Default: %(default)s.")

    def handle(self, *, email: str, name: str | None, base_url: str, **options: Any) -> None:
        origin = _origin(base_url)
        try:
            operator = operations.create_operator(email=email, name=name or email.split("@")[0], at=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        self.stderr.write(
            f"{operator.email} is an operator. This link sets the password, once, within {hours} hours:",
            self.style.SUCCESS,
        )
        self.stdout.write(origin + _path(operator))


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(f"--base-url {base_url!r} is no address. Give it as https://clavitor.example.")
    return base_url.rstrip("/")


def _path(operator: Human) -> str:
    uidb64 = urlsafe_base64_encode(force_bytes(operator.pk))
    token = default_token_generator.make_token(operator)
    return reverse("admin_password_set", kwargs={"uidb64": uidb64, "token": token})
