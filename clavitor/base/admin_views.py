"""The pages of transitions: buttons on a row's page, choices on the list, and the confirmation that both lead to."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from unfold.enums import ActionVariant

from clavitor.base import admin_impact
from clavitor.base.admin_secret import reveal
from clavitor.base.admin_transition import Outcome, Shortcut, Transition
from clavitor.base.errors import DomainError

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object


class TransitionViews(Base):
    """For an admin class that lists `transitions`. Their operations take the row by the name in `subject`."""

    transitions: ClassVar[Sequence[Transition]] = ()
    subject: ClassVar[str] = ""
    shortcuts: ClassVar[Sequence[Shortcut]] = ()

    def get_urls(self) -> list[URLPattern]:
        """The confirmation page comes first; no id begins with a hyphen, so it hides none."""
        view = self.admin_site.admin_view(self.transition_view)
        return [path("-/<slug:name>/", view, name=self._url_name()), *super().get_urls()]

    def transition_url(self, name: str, keys: Sequence[Any]) -> str:
        """Where to confirm the transition `name` of the rows with these keys."""
        address = reverse(f"{self.admin_site.name}:{self._url_name()}", args=[name])
        return f"{address}?{urlencode({'pk': keys}, doseq=True)}"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The list's choices: each leads to the confirmation page."""
        if IS_POPUP_VAR in request.GET:
            return {}
        chosen = (transition for transition in self.transitions if transition.for_many)
        return {each.name: (_confirm_many(each.name), each.name, f"{each.label}…") for each in chosen}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None and IS_POPUP_VAR not in request.GET:
            context["actions_detail"] = [
                *_menu([each.button(obj) for each in self.shortcuts]),
                *(self._button(each, obj) for each in self.transitions if each.available(obj)),
            ]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def transition_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask why (GET), then do it (POST) to the rows in `?pk=`, each in a transaction of its own."""
        transition = next((each for each in self.transitions if each.name == name), None)
        if transition is None:
            raise Http404(f"{self.opts.verbose_name_plural} have no transition {name!r}.")
        rows = self._chosen(request)
        form = transition.form(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._confirmation(request, transition, rows, form)
        outcome = self._carry_out(request, transition, rows, form.cleaned_data)
        if len(rows) == 1 and outcome.refused:
            error = outcome.refused[0][1]
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self._confirmation(request, transition, rows, form)
        if outcome.secrets:
            return reveal(self, request, rows[0], name=transition.label, secret=outcome.secrets[0])
        return self._report(request, transition, rows, outcome)

    def _chosen(self, request: HttpRequest) -> list[Any]:
        try:
            rows = list(self.get_queryset(request).filter(pk__in=request.GET.getlist("pk")))
        except (ValueError, ValidationError) as error:
            raise Http404("No such rows.") from error
        if not rows:
            raise Http404("No rows were chosen.")
        return rows

    def _confirmation(
        self, request: HttpRequest, transition: Transition, rows: Sequence[Any], form: forms.Form
    ) -> HttpResponse:
        meta = self.opts
        hits = admin_impact.reached(self.model, [row.pk for row in rows]) if transition.hits_others else []
        context = {
            **self.admin_site.each_context(request),
            "title": f"{transition.label}: {rows[0] if len(rows) == 1 else f'{len(rows)} {meta.verbose_name_plural}'}",
            "opts": meta,
            "transition": transition,
            "rows": [(row, self.describe(row), transition.available(row)) for row in rows],
            "hits": hits,
            "form": form,
            "back": self._back(rows),
        }
        request.current_app = self.admin_site.name  # as Django's own admin views do
        return TemplateResponse(request, "admin/transition.html", context)

    def describe(self, row: Any) -> str:
        """The row in the confirmation's list, longer than its name where that helps."""
        return str(row)

    def _carry_out(
        self, request: HttpRequest, transition: Transition, rows: Sequence[Any], values: dict[str, Any]
    ) -> Outcome:
        outcome = Outcome()
        for row in rows:
            try:
                with transaction.atomic():
                    result = transition.operation(**{self.subject: row}, **values, by=request.user, at=timezone.now())
                    self.log_change(request, row, f"{transition.done}: {values.get('reason', '')}")
            except DomainError as error:
                outcome.refused.append((row, error))
                continue
            outcome.done.append(row)
            outcome.secrets += [result[1]] if isinstance(result, tuple) else []
        return outcome

    def _report(
        self, request: HttpRequest, transition: Transition, rows: Sequence[Any], outcome: Outcome
    ) -> HttpResponse:
        """What was done in one line, what was refused in a line each."""
        if outcome.done:
            names = ", ".join(str(row) for row in outcome.done[:5]) + (" and others" if len(outcome.done) > 5 else "")
            of = f" {len(outcome.done)} of {len(rows)}" if len(rows) > 1 else ""
            messages.success(request, f"{transition.done}{of}: {names}.")
        for row, error in outcome.refused:
            messages.error(request, f"{row}: {error.message}")
        return HttpResponseRedirect(self._back(rows))

    def _back(self, rows: Sequence[Model]) -> str:
        """To the row if there is one and it is still there, else to the list."""
        base = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
        if len(rows) == 1 and self.model._default_manager.filter(pk=rows[0].pk).exists():
            return reverse(f"{base}_change", args=[rows[0].pk])
        return reverse(f"{base}_changelist")

    def _button(self, transition: Transition, row: Model) -> dict[str, Any]:
        return {
            "title": transition.label,
            "icon": transition.icon,
            "variant": ActionVariant.DEFAULT,  # the colour comes where it is confirmed
            "path": self.transition_url(transition.name, [row.pk]),
        }

    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_transition"


def _menu(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One button as it is, several under one that opens them."""
    if len(buttons) < 2:
        return buttons
    return [{"title": "Add", "icon": "add", "variant": ActionVariant.DEFAULT, "items": buttons}]


def _confirm_many(name: str) -> Callable[..., HttpResponse]:
    def confirm(admin: TransitionViews, request: HttpRequest, queryset: Any) -> HttpResponse:
        return HttpResponseRedirect(admin.transition_url(name, list(queryset.values_list("pk", flat=True))))

    return confirm
