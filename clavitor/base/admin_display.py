"""How values look in the admin: badges, hashes, amounts of money, links."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

# What a state looks like, wherever it occurs: fine, wants a look, out of service, over.
COLOURS: Mapping[str, str] = {
    "active": "success",
    "trialing": "info",
    "inactive": "default",
    "past_due": "warning",
    "paused": "warning",
    "suspended": "warning",
    "cancelled": "danger",
    "error": "danger",
    "revoked": "danger",
    "expired": "default",
    "archived": "default",
}
NOTHING = "–"


def badge(state: str, text: str = "", *, title: str = "") -> SafeString:
    """`state` as a coloured label; `text` if that reads better."""
    shown = {"text": text or state.replace("_", " "), "type": COLOURS.get(state, "default"), "label_title": title}
    return mark_safe(render_to_string("unfold/helpers/label.html", shown).strip())  # noqa: S308  (a template escapes)


def short_hash(digest: str) -> SafeString:
    """The first eight characters: enough to tell two apart, and no more (RULES 32)."""
    return format_html('<code title="the first 8 of {} characters">{}…</code>', len(digest), digest[:8])


def code(value: str) -> SafeString:
    """Something to copy: in a fixed width, broken where it must."""
    return format_html('<code class="break-all">{}</code>', value)


def money(cents: int | None) -> str:
    """As "USD 499.00"; the company has one currency (RULES 2)."""
    if cents is None:
        return NOTHING
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{settings.CURRENCY} {cents // 100:,}.{cents % 100:02d}"


def links(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Words side by side, each leading to its address if it has one."""
    shown = (
        format_html('<a class="text-link whitespace-nowrap" href="{}">{}</a>', address, words) if address else words
        for words, address in pairs
    )
    return format_html_join(mark_safe(" &nbsp;·&nbsp; "), "{}", ((each,) for each in shown)) or SafeString(NOTHING)


def link(row: Model | None, words: str = "") -> SafeString:
    """To the row's page; a dash where there is no row."""
    if row is None:
        return SafeString(NOTHING)
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="text-link" href="{}">{}</a>', address, words or row)
