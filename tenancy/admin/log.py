"""What operators did in the admin, with their reasons. Read only: the log is written with each act."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.safestring import SafeString

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import NOTHING, link, links
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_email, by_id


@admin.register(LogEntry)
class LogEntryAdmin(RegistryAdmin):
    """Newest first."""

    related = ("user", "content_type")
    lookups = (by_id(), by_email("user__email"))
    search_fields = ("pk", "user__email")
    search_help_text = "An operator's whole email"
    list_display = ("action_time", "operator", "what", "kind", "told")
    list_display_links = ("action_time",)
    list_filter = (("user", LookUpFilter),)
    list_filter_submit = True
    sortable_by = ()
    fields = ("action_time", "operator", "what", "kind", "told")
    readonly_fields = ("operator", "what", "kind", "told")

    @admin.display(description="Operator")
    def operator(self, obj: LogEntry) -> SafeString:
        return link(obj.user)

    @admin.display(description="On")
    def what(self, obj: LogEntry) -> SafeString:
        return links([(obj.object_repr, obj.get_admin_url() or "")])

    @admin.display(description="Kind")
    def kind(self, obj: LogEntry) -> str:
        return obj.content_type.name if obj.content_type else NOTHING

    @admin.display(description="What was done")
    def told(self, obj: LogEntry) -> str:
        return obj.get_change_message() or NOTHING
