from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oldhand import secrets

TOKEN = "q7Xw9" * 8

MASKED = {
    f'github = "ghp_{TOKEN[:36]}"': 'github = "ghp_****"',
    'aws = "AKIAQ7XW2Q7XW2Q7XW2Q"': 'aws = "AKIA****"',
    f'stripe = "sk_live_{TOKEN}"': 'stripe = "sk_l****"',
    f'openai = "sk-proj-{TOKEN}"': 'openai = "sk-p****"',
    f'google = "AIza{TOKEN[:35]}"': 'google = "AIza****"',
    f'slack = "xoxb-{TOKEN}"': 'slack = "xoxb****"',
    f'"eyJhbGciOi{TOKEN}.eyJzdWIiOi{TOKEN}.{TOKEN}"': '"eyJh****"',
    '"postgres://app:hunter2@db/shop"': '"postgres://app:h****@db/shop"',
    'headers["Authorization"] = "Bearer abcdef0123456789abcdef"': 'headers["Authorization"] = "Bearer abcd****"',
    "password = 'opensesame'": "password = 'op****'",
    'password: str = "s3cr3t-s3cr3t"': 'password: str = "s3c****"',
    'connect(password="tr0ub4dor")': 'connect(password="tr****")',
    '{"client_secret": "Zm9vYmFyMTIz"}': '{"client_secret": "Zm9****"}',
    "const apiKey = `a1b2c3d4e5f6`;": "const apiKey = `a1b****`;",
    'os.getenv("SECRET_KEY", "dj4ngo-in5ecure")': 'os.getenv("SECRET_KEY", "dj4****")',
    "CREATE USER app PASSWORD 'opensesame';": "CREATE USER app PASSWORD 'op****';",
    "API_TOKEN=a1b2c3d4e5f6": "API_TOKEN=a1b****",
    '"Server=db;Password=opensesame;"': '"Server=db;Password=op****;"',
}

LEFT_ALONE = [
    'url = f"postgres://app:{password}@db/shop"',
    'url = "postgres://app:${PASSWORD}@db/shop"',
    'url = "https://example.org:8080/a@b"',
    'errors["password"] = "Password is required"',
    'fields = ["password", "username", "email"]',
    'token_type = "bearer-token-0123456789"',
    'token = "access"',
    'secret = "your-secret-goes-here"',
    'password = "<password>"',
    'password = "password"',
    'password = os.environ["DATABASE_PASSWORD"]',
    'if "-----BEGIN PRIVATE KEY-----" in text:\n    return load_private_key(text)',
    "commit 0123456789abcdef0123456789abcdef01234567",
    "SELECT id FROM users WHERE password = crypt($1, password)",
]


@pytest.mark.parametrize("text", MASKED)
def test_secret_is_masked_to_four_characters_at_most(text):
    assert secrets.mask(text) == MASKED[text]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_secret_is_left_alone(text):
    assert secrets.mask(text) == text


@pytest.mark.parametrize("end", ["\n", "\\n", '"\n    "'])
def test_body_of_a_private_key_is_masked_in_every_way_of_writing_it(end):
    lines = ["-----BEGIN RSA PRIVATE KEY-----", "MIIE" + TOKEN, "abcd" + TOKEN, "ab==", "-----END RSA PRIVATE KEY-----"]
    assert secrets.mask(end.join(lines)) == end.join([lines[0], "MIIE****", lines[-1]])


def test_secret_is_masked_wherever_it_stands_again():
    assert secrets.mask('password = "opensesame-1"\nlog(opensesame-1)') == 'password = "ope****"\nlog(ope****)'


def test_secret_that_may_be_a_word_is_masked_again_as_a_whole_string_only():
    text = 'password = "postgres"\nimport postgres\nf("postgres")'
    assert secrets.mask(text) == 'password = "po****"\nimport postgres\nf("po****")'


def test_secret_known_from_elsewhere_is_masked():
    assert secrets.mask("it is opensesame-1 here", ["opensesame-1"]) == "it is ope**** here"


@given(st.text(max_size=200) | st.sampled_from([*MASKED, *LEFT_ALONE]))
def test_masking_twice_masks_no_more(text):
    once = secrets.mask(text)
    assert secrets.mask(once) == once


@given(st.lists(st.sampled_from([*MASKED, *LEFT_ALONE, "x", "\n", " "]), max_size=8).map(" ".join))
def test_ranges_are_in_order_and_apart(text):
    found = secrets.find(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert secrets.mask_ranges(text, found) == secrets.mask(text)


@pytest.mark.parametrize(
    "piece", ["a", "password", "-----BEGIN PRIVATE KEY-----", "eyJ", "http://a:", "token : ", "x-", "+ ", "A\\n", "'"]
)
def test_time_grows_with_the_length_of_the_text_only(piece):
    text = "-----BEGIN PRIVATE KEY-----" + piece * (200_000 // len(piece))
    began = time.perf_counter()
    secrets.find(text)
    assert time.perf_counter() - began < 3
