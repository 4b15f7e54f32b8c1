"""What is sent has no secret and nothing that does not show, and leads back to the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand.claude.shown import sendable, show
from oldhand.text.ranges import TextRange

TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3
RANDOM = "q7Zp" + "X2vL9mKc4TbW8sYd" + "R6hNf3"
KEY = (
    "-----BEGIN "
    + "PRIVATE KEY-----\n"
    + "MIIEvQIBADANBgkqhkiG\n9w0BAQEFAASCBKcwggSj\n"
    + "-----END "
    + "PRIVATE KEY-----"
)


@pytest.mark.parametrize("secret", [TOKEN, RANDOM])
def test_a_secret_is_a_placeholder(secret: str) -> None:
    shown = show(f'a = "{secret}"\nb = "{secret}"\n', "app.py")
    assert shown.text == 'a = "__SECRET_1__"\nb = "__SECRET_1__"\n'
    assert shown.restore('c = "__SECRET_1__"', 'a = "__SECRET_1__"') == f'c = "{secret}"'
    assert shown.restore("c = 1", 'a = "__SECRET_1__"') is None
    assert shown.restore('"__SECRET_1__" "__SECRET_1__"', 'a = "__SECRET_1__"') is None
    assert shown.restore('"__SECRET_1__"', "a = 1") is None


def test_a_placeholder_is_none_that_the_text_has() -> None:
    assert show(f'a = "{TOKEN}"  # __SECRET_1__', "a.py").text == 'a = "__SECRET_2__"  # __SECRET_1__'


def test_a_key_keeps_its_lines() -> None:
    text = f'k = """{KEY}"""\nx = 1\n'
    shown = show(text, "a.py")
    assert "MIIEvQ" not in shown.text
    assert "9w0BAQ" not in shown.text
    assert shown.text.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        'id = "123e4567-e89b-12d3-a456-426614174000"',
        'name = "application_settings_module_loader"',
        "x = the_name_of_some_function_2()",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert show(text, "a.py").text == text


def test_what_does_not_show_is_escaped_and_stays_so() -> None:
    shown = show("a = 1 # \u202e x\U000e0041", "a.py")
    assert shown.text == "a = 1 # \\u{202E} x\\u{E0041}"
    assert shown.restore("\\u{202E}", "\\u{202E}") is None


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "a/.ENV.local",
        "x/server.PEM",
        "id_rsa",
        "id_ed25519.pub",
        "t/terraform.tfstate",
        ".npmrc",
        ".pypirc",
        ".netrc",
        "kubeconfig",
        "credentials",
        "credentials.json",
        "a.jks",
        ".ssh/config",
        "C:\\x\\a.key",
        "secrets.yaml",
    ],
)
def test_some_files_are_never_sent(path: str) -> None:
    assert sendable(path)


@pytest.mark.parametrize(
    "path", ["app.py", "env.py", "keys.py", "src/credentials/service.ts", "secrets.py", "environment.go"]
)
def test_others_may_be(path: str) -> None:
    assert sendable(path) == ""


@given(
    st.lists(
        st.sampled_from(["x = 1\n", f'"{TOKEN}"\n', f"'{RANDOM}'\n", "\u202e", "\N{GRINNING FACE}", "é", "\r\n", KEY]),
        max_size=8,
    ),
    st.data(),
)
def test_places_lead_there_and_back(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    shown = show(text, "a.py")
    for secret in (TOKEN, RANDOM, *KEY.split("\n")[1:3]):
        assert not any(secret[n : n + 6] in shown.text for n in range(len(secret) - 5))
    start = data.draw(st.integers(0, len(text)))
    place = TextRange(start, data.draw(st.integers(start, len(text))))
    back = shown.to_source(shown.to_shown(place))
    assert back.covers(place)
    if not any(place.overlaps(one) or one.overlaps(place) for one in shown._sources):
        assert back == place


def test_half_a_character_is_shown_as_an_escape() -> None:
    shown = show("x = '\ud800'\n", "a.py")
    assert "\\u{D800}" in shown.text
    shown.text.encode("utf-8")


KEYS_OF_SERVICES = {
    "Stripe": "sk_live_" + "a1B2" * 6,
    "npm": "//registry.example/:_authToken=npm_" + "a1B2" * 9,
    "hexadecimal": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
    "base64": "kJ8s+Qz1/LmN0pRtUvWxYz23AbCdEfGhIjKlMnOp=",
    "Artifactory": "AKC" + "p5ab" * 4 + "cdefgh",
}


@pytest.mark.parametrize("name", KEYS_OF_SERVICES)
def test_what_the_library_knows_is_masked(name: str) -> None:
    secret = KEYS_OF_SERVICES[name].rpartition("=")[2] if name == "npm" else KEYS_OF_SERVICES[name]
    text = f'value = "{KEYS_OF_SERVICES[name]}"\n'
    assert secret not in show(text, "a.py").text


@pytest.mark.parametrize(
    "code",
    [
        'user_id = "123e4567-e89b-12d3-a456-426614174000"\n',
        'name = "createUserSessionFromRequest"\n',
        'url = "https://api.example.com/v1/customers/subscriptions/items"\n',
        "SELECT_ALL_ACTIVE_CUSTOMERS_WITH_ORDERS = 1\n",
    ],
)
def test_what_is_no_secret_is_sent_as_it_is(code: str) -> None:
    assert show(code, "a.py").text == code


def test_hashes_in_lock_files_are_no_secrets() -> None:
    text = '"integrity": "sha512-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"\n'
    assert show(text, "package-lock.json").text == text
