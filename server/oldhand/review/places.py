"""What a file's path says about it: where a document lies, and whether it is test code."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|specs|fixtures?|testdata|test_data|mocks?|__mocks__|e2e|seeds?|seeders|"
    r"examples?|benchmarks?)/"
    r"|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$|[._-](test|spec|stories|mock|e2e)\.[cm]?[jt]sx?$|_test\.go$"
    r"|(Test|Tests|IT)\.java$",
)


def path_of(uri: str) -> str:
    """The path of a document: of a `file:` URI its decoded path, of anything else (a path itself) the text as it is."""
    if not uri.startswith("file:"):
        return uri
    path = unquote(urlsplit(uri).path)
    # `/C:/x` is a Windows path with a slash in front.
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def is_test(path: str) -> bool:
    """Whether the path is that of test code, fixtures or examples, by the names that frameworks give them."""
    return _TEST.search(path.replace("\\", "/")) is not None
