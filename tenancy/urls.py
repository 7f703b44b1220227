"""Addresses under the admin that its site doesn't have; at the root, before `admin/`, which takes all the rest."""

from django.urls import path

from tenancy import views

urlpatterns = [
    path("admin/password/done/", views.PasswordIsSet.as_view(), name="admin_password_done"),
    path("admin/password/<uidb64>/<token>/", views.SetPassword.as_view(), name="admin_password_set"),
]
