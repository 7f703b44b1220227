"""The page behind an operator's single-use link."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from tenancy.models import Human, HumanStatus
from tests.factories import OperatorFactory

pytestmark = pytest.mark.django_db


def link(operator: Human, token: str | None = None) -> str:
    uidb64 = urlsafe_base64_encode(force_bytes(operator.pk))
    token = token or default_token_generator.make_token(operator)
    return reverse("admin_password_set", kwargs={"uidb64": uidb64, "token": token})


def test_the_page_names_whom_the_password_is_for_and_is_never_stored(client: Client) -> None:
    operator = OperatorFactory()

    page = client.get(link(operator), follow=True)

    assert operator.email in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert page.redirect_chain[-1][0].endswith("/set-password/"), "the token stays in the address"


def test_a_weak_password_is_refused_with_the_reason(client: Client) -> None:
    operator = OperatorFactory()
    address = client.get(link(operator)).headers["Location"]

    page = client.post(address, {"new_password1": "short", "new_password2": "short"})

    assert "at least 12 characters" in page.text
    assert not Human.objects.get(pk=operator.pk).has_usable_password()


def test_afterwards_it_leads_to_the_sign_in(client: Client) -> None:
    address = client.get(link(OperatorFactory())).headers["Location"]
    password = "correct horse battery staple"

    page = client.post(address, {"new_password1": password, "new_password2": password}, follow=True)

    assert page.redirect_chain == [(reverse("admin_password_done"), 302)]
    assert f'href="{reverse("admin:login")}"' in page.text


@pytest.mark.parametrize("token", ["abc-def", "set-password"])
def test_a_made_up_link_is_refused(client: Client, token: str) -> None:
    assert "doesn’t work any more" in client.get(link(OperatorFactory(), token)).text


@pytest.mark.parametrize("uidb64", ["MQ", "x", "4pyT", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"])
def test_a_link_for_nobody_is_refused(client: Client, uidb64: str) -> None:
    address = reverse("admin_password_set", kwargs={"uidb64": uidb64, "token": "abc-def"})
    assert "doesn’t work any more" in client.get(address).text


def test_somebody_who_has_been_suspended_gets_no_further(client: Client) -> None:
    operator = OperatorFactory()
    address = link(operator)
    Human.objects.filter(pk=operator.pk).update(status=HumanStatus.SUSPENDED)
    assert "doesn’t work any more" in client.get(address, follow=True).text
