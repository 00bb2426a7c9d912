"""When a dead program starts again."""

from batconnect.embedded.restarts import LONGEST_SECONDS, START_LIMIT, STEADY_SECONDS, Restarts


def test_waits_longer_each_time_and_never_gives_up():
    restarts = Restarts()

    waits = [restarts.wait_after(ran_seconds=1) for _ in range(40)]

    assert waits[:5] == [0.2, 0.4, 0.8, 1.6, 3.2]
    assert waits == sorted(waits)
    assert set(waits[7:]) == {LONGEST_SECONDS}


def test_who_ran_steadily_begins_anew():
    restarts = Restarts()
    for _ in range(8):
        restarts.wait_after(ran_seconds=1)

    assert restarts.wait_after(ran_seconds=STEADY_SECONDS) == 0.2
    assert restarts.wait_after(ran_seconds=1) == 0.4


def test_what_never_ran_is_told_from_an_accident():
    never, once = Restarts(), Restarts()
    once.wait_after(ran_seconds=STEADY_SECONDS)
    for _ in range(START_LIMIT):
        never.wait_after(ran_seconds=1)
        once.wait_after(ran_seconds=1)

    assert never.never_works
    assert not once.never_works
