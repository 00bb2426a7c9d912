"""An application that takes a moment to answer."""

import time


def application(environ, start_response):
    environ["wsgi.input"].read()
    time.sleep(float(environ.get("HTTP_X_SECONDS", "0.005")))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
