"""What the web server imports. It refuses to serve with settings that are unfit for real money, or as a role that
could bypass the tenancy."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

from batconnect.core.serving.production import refuse_unsafe_start
from batconnect.core.serving.traces import begin_tracing
from batconnect.embedded.environment import forget_owner, prepare_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
prepare_environment()
forget_owner()
begin_tracing("batconnect-web")
application = get_wsgi_application()
refuse_unsafe_start()
# The server loads this once and forks its workers: none may inherit the connection of the check.
connections.close_all()
# Every view is imported before the fork, and what has been made so far stays out of the collector's way: else the
# first request of a worker pays for the imports, and now and then one for looking through all of it.
assert get_resolver().reverse_dict
gc.collect()
gc.freeze()
