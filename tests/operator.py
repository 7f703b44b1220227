"""An operator at the admin, for tests: a client that is signed in, and how to read what it got."""

import html
import re
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tenancy.models import Human
from tests.factories import OperatorFactory


def signed_in() -> tuple[Client, Human]:
    """A client with an operator's session, and the operator."""
    operator = OperatorFactory(name="Ada Operator")
    client = Client()
    client.force_login(operator)
    return client, operator


def page(model: str, name: str = "changelist", *args: Any) -> str:
    """The address of a page of `model`, as "vaults_vault"."""
    return reverse(f"admin:{model}_{name}", args=args)


def transition(model: str, name: str, *keys: Any) -> str:
    """The address where the transition `name` of those rows is confirmed."""
    return f"{page(model, 'transition', name)}?{'&'.join(f'pk={key}' for key in keys)}"


def no_rows_of(*inlines: str) -> dict[str, int]:
    """What a browser posts for inlines that are only shown."""
    return {f"{inline}-{what}_FORMS": 0 for inline in inlines for what in ("TOTAL", "INITIAL")}


def told(response: HttpResponse) -> list[str]:
    """The messages that the response leaves for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response: HttpResponse) -> str:
    """What the page says, without its tags, in single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
