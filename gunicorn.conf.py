"""What gunicorn reads besides the Procfile's command, from the folder it is started in."""

from gunicorn.http import wsgi

# The header `Server` tells nobody whose faults to look up.
wsgi.SERVER = "web"
# Whom to believe about a client is decided in one place, batconnect.core.serving.proxies.
forwarded_allow_ips = ""
