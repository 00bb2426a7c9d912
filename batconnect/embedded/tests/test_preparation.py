"""A start prepares the database once per state of the project, and again for another cluster."""

from pathlib import Path

import pytest

from batconnect.embedded import preparation
from batconnect.embedded.files import write_record
from batconnect.embedded.paths import DataDir


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataDir:
    project = tmp_path / "project"
    (project / "app").mkdir(parents=True)
    (project / "app" / "models.py").write_text("one")
    monkeypatch.setattr(preparation, "PROJECT_ROOT", project)
    data_dir = DataDir(path=tmp_path / "var")
    data_dir.make()
    write_record(path=data_dir.postgres_record, record={"port": "5432", "owner_password": "first"})
    return data_dir


def test_is_not_prepared_before_it_was(data: DataDir) -> None:
    assert not preparation.is_prepared(data=data)


def test_stays_prepared_on_another_port(data: DataDir) -> None:
    preparation.remember_prepared(data=data)
    write_record(path=data.postgres_record, record={"port": "5433", "owner_password": "first"})

    assert preparation.is_prepared(data=data)


def test_a_changed_file_asks_for_it_again(data: DataDir) -> None:
    preparation.remember_prepared(data=data)
    (preparation.PROJECT_ROOT / "app" / "models.py").write_text("another")

    assert not preparation.is_prepared(data=data)


def test_a_new_cluster_asks_for_it_again(data: DataDir) -> None:
    preparation.remember_prepared(data=data)
    write_record(path=data.postgres_record, record={"port": "5432", "owner_password": "second"})

    assert not preparation.is_prepared(data=data)


def test_a_preparation_that_began_counts_for_nothing_until_it_ends(data: DataDir) -> None:
    preparation.remember_prepared(data=data)
    preparation.forget_prepared(data=data)

    assert not preparation.is_prepared(data=data)
