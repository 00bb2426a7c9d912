"""What `make load` makes of its calls: steps, the knee, and a picture that is well formed."""

from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.load.figures import Call, Step, by_step, errors, knee
from benchmarks.load.picture import draw

STEPS = [
    Step(people, per_second, took, took * 2, took * 4)
    for people, per_second, took in ((4, 4, 30), (8, 8, 35), (16, 15, 60), (32, 18, 400), (64, 17, 2000))
]


def test_the_knee_is_the_last_step_that_was_worth_its_people() -> None:
    assert knee(STEPS).people == 16
    assert knee(STEPS[:3]).people == 16


def test_a_step_counts_what_ended_in_it_and_no_jobs() -> None:
    calls = [Call(11 + place, "payment", 100, "") for place in range(8)]
    calls += [Call(5, "payment", 8_000, ""), Call(15, "batch of 100 rows, worked off", 900, "")]

    first, second = by_step(calls, people=(4, 8), seconds=10)

    # The first quarter of a step is not counted.
    assert (first.per_second, second.per_second * 15) == (0, 2 * 7)
    assert (second.p50, second.p99) == (100, 8_000)


def test_errors_are_counted_by_kind() -> None:
    calls = [Call(1, "payment", 5, "500"), Call(2, "payment", 5, "500"), Call(3, "receipt", 5, "")]

    assert errors(calls) == [("payment: 500", 2)]


def test_the_picture_is_one_svg_for_light_and_dark() -> None:
    picture = draw(STEPS, knee=knee(STEPS), caption="5 minutes & 2 cores")

    root = ElementTree.fromstring(picture)  # noqa: S314 - our own text
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "knee: 16" in texts
    assert {"p50", "p95", "p99"} <= set(texts)
    assert "prefers-color-scheme: dark" in picture
