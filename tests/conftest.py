"""Options and fixtures for all tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write what comes out into the case files; read the difference before you commit it",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("update_cases") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--update-cases writes files, so it needs a run without -n")


@pytest.fixture
def update_cases(request: pytest.FixtureRequest) -> bool:
    """Whether case files are to be rewritten."""
    return bool(request.config.getoption("update_cases"))
