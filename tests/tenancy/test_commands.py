"""`manage.py create_operator EMAIL`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tenancy.models import Human
from tests.factories import HumanFactory

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


def create_operator(email: str = "ann@example.com", **options: str) -> str:
    """What it prints on stdout."""
    out = StringIO()
    call_command("create_operator", email, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().strip()


def set_password(client: Client, path: str, password: str = PASSWORD) -> int:
    """Open the link as a browser does, and send the form there is; returns the status of the answer."""
    form = client.get(path, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else path
    status: int = client.post(address, {"new_password1": password, "new_password2": password}).status_code
    return status


def test_it_prints_a_link_by_which_the_operator_gets_into_the_admin(client: Client) -> None:
    link = create_operator("Ann@example.com", name="Ann Ash")
    assert link.startswith("http://127.0.0.1:8000/admin/password/")

    assert set_password(client, link.removeprefix("http://127.0.0.1:8000")) == 302
    client.post(reverse("admin:login"), {"username": "ann@EXAMPLE.com", "password": PASSWORD})

    assert client.get(reverse("admin:index")).status_code == 200
    assert Human.objects.get().name == "Ann Ash"


def test_the_link_works_once(client: Client) -> None:
    path = create_operator().removeprefix("http://127.0.0.1:8000")
    set_password(client, path)
    before = Human.objects.get().password

    page = client.get(path)
    set_password(client, path, "another long password")

    assert "doesn’t work any more" in page.text
    assert Human.objects.get().password == before


def test_a_second_run_makes_no_second_person_and_prints_a_new_link(client: Client) -> None:
    create_operator("Ann@example.com")

    link = create_operator(" ann@EXAMPLE.com", base_url="https://c.example/")

    assert link.startswith("https://c.example/admin/password/")
    assert Human.objects.get().name == "Ann"
    assert set_password(client, link.removeprefix("https://c.example")) == 302


@pytest.mark.parametrize(
    ("email", "options", "said"),
    [
        ("ann", {}, "'ann'"),
        ("ann@example.com", {"base_url": "c.example"}, "'c.example'"),
        ("ann@example.com", {"base_url": "ftp://c.example"}, "'ftp://c.example'"),
        ("bob@example.com", {}, "another address"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(email: str, options: dict[str, str], said: str) -> None:
    HumanFactory(email="bob@example.com")
    with pytest.raises(CommandError, match=said):
        create_operator(email, **options)
    assert Human.objects.count() == 1
