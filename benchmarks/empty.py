"""The empty signed-in call beside `/health/`, which knows nobody: what signing in and the company's context cost."""

from __future__ import annotations

from benchmarks.results import Section, median
from benchmarks.submit import CONNECTIONS, EMPTY, MAX_SECONDS, ROUNDS
from benchmarks.web import load_client, web

REQUESTS = {"empty": 1_500, "health": 4_000}
HEALTH = "/health/"
TITLE = "The empty call beside health"


def measure() -> Section:
    """The ratio of rates, round by round, on the web process of the Procfile."""
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from demo.companies import HUDSON

    user = User.objects.get(username="outsider")
    signed_in = {"Authorization": f"Bearer {AccessToken.for_user(user)}", "X-Company-Id": str(HUDSON)}
    sides = {"empty": (EMPTY, signed_in), "health": (HEALTH, {})}
    rates: dict[str, list[float]] = {"empty": [], "health": []}
    with web() as port, load_client() as send:
        for number in range(ROUNDS + 1):
            for name in sides if number % 2 else reversed(sides):
                path, headers = sides[name]
                answer = send(
                    port=port,
                    connections=CONNECTIONS,
                    seconds=MAX_SECONDS,
                    headers=headers,
                    requests=[["GET", path, ""]] * REQUESTS[name],
                )
                assert not answer["wrong"], f"{name}: {answer['wrong']}"
                if number:  # the first round warms up
                    rates[name].append(answer["done"] / answer["seconds"])
    section = Section(
        TITLE,
        f"gunicorn as in the Procfile, {CONNECTIONS} kept-alive connections from a process of their own, {ROUNDS} "
        "rounds with the sides taking turns.",
    )
    for name, title in (("empty", "empty authenticated endpoint"), ("health", "health")):
        section.add(f"{title}, requests/s", f"{median(rates[name]):,.0f}")
    pairs = zip(rates["empty"], rates["health"], strict=True)
    section.at_least(
        "empty authenticated endpoint ÷ health", median([one / two for one, two in pairs]), 0.35, goal=0.5
    )
    return section
