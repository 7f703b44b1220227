"""Django's WSGI application: what serves ordinary requests, in threads (`clavitor.asgi` puts it behind ASGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clavitor.settings")
application = get_wsgi_application()
