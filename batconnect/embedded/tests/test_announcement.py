"""What a run tells when it is ready, and to whom."""

import pytest
from rich.console import Console

from batconnect.embedded.announcement import describe_installation
from batconnect.embedded.paths import DataDir

PASSWORD = "correct-horse"


@pytest.fixture
def data(tmp_path):
    data = DataDir(path=tmp_path)
    data.demo_logins.write_text(f"Demo logins\nPassword   {PASSWORD}\n  cashier\n")
    return data


def announce(data, is_terminal):
    console = Console(width=200)
    panel = describe_installation(data=data, port=8000, seconds=1, is_terminal=is_terminal)
    with console.capture() as captured:
        console.print(panel)
    return captured.get()


def test_a_terminal_is_told_the_demo_password(data):
    assert PASSWORD in announce(data, True)


def test_a_log_is_told_where_it_is_kept(data):
    text = announce(data, False)

    assert PASSWORD not in text
    assert str(data.demo_logins) in text
