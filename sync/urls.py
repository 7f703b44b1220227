"""The sync API's addresses, below /api/v1/sync/."""

from django.urls import path

from sync import api

urlpatterns = [
    path("changes", api.ChangesView.as_view(), name="sync-changes"),
    path("head", api.HeadView.as_view(), name="sync-head"),
    path("ack", api.AckView.as_view(), name="sync-ack"),
]
