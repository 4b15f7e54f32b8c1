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


def path_of(uri: str, root: str = "") -> str:
    """The path of a document, relative to `root` where it lies below.

    Of a `file:` URI it is the decoded path, of anything else (a path itself) the text as it is.
    """
    path = uri
    if uri.startswith("file:"):
        path = unquote(urlsplit(uri).path)
        # `/C:/x` is a Windows path with a slash in front.
        path = path[1:] if re.match(r"/[A-Za-z]:", path) else path
    return path.removeprefix(root.rstrip("/") + "/") if root else path


def is_test(path: str) -> bool:
    """Whether the path is that of test code, fixtures or examples, by the names that frameworks give them."""
    return _TEST.search(path.replace("\\", "/")) is not None
