"""An application each of whose answers counts as replayed."""

from batconnect.core.serving.web_metrics import count_replay


def application(environ, start_response):
    count_replay()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
