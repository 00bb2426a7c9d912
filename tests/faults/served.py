"""The application as a web server loads it, on the test's database instead of the project's own."""

import os

from django.core.wsgi import get_wsgi_application

from batconnect.embedded.environment import prepare_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
prepare_environment()
os.environ["DATABASE_URL"] = os.environ["SERVED_DATABASE_URL"]
application = get_wsgi_application()
