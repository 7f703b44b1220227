"""The project's settings as the tests run them: any PostgreSQL (embedded without DATABASE_URL); no variable needed."""

import os

os.environ.setdefault("DEBUG", "1")

from clavitor.settings import *  # noqa: E402,F403  (the environment must be set first, and all settings are meant)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose; no test is about it

WHITENOISE_AUTOREFRESH = True  # static files as they are in the apps; nothing is collected for tests
