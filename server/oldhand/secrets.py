"""Secrets in a text: where they stand, and the text with them masked. Everything that shows or sends text asks here.

The shapes are those that the providers document for their keys, and the usual ways of writing a password into code.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from oldhand.text.ranges import TextRange

MASK = "****"

# What stands in place of a secret in a text that is sent, with a number.
PLACEHOLDER = re.compile(r"__SECRET_\d+__")

# A key's documented prefix and alphabet are enough to know it; one alternative for each kind.
_KEYS = re.compile(
    r"""(?<![A-Za-z0-9_])(?:
      (?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])                # AWS access key
    | gh[opusr]_[A-Za-z0-9]{36,255} | github_pat_\w{22,255}             # GitHub
    | gl(?:pat|oas|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\w-]{20,255}       # GitLab
    | xox[abeoprs]-[\w-]{10,255} | xapp-\d-[\w-]{10,255}                # Slack
    | [rs]k_(?:live|test)_\w{16,255} | whsec_[\w+/=]{24,255}            # Stripe
    | sk-[\w-]{20,255}                                                  # OpenAI, Anthropic and those who follow them
    | AIza[\w-]{35} | GOCSPX-[\w-]{28} | ya29\.[\w-]{20,255}            # Google
    | SG\.[\w-]{16,64}\.[\w-]{16,64}                                    # SendGrid
    | SK[0-9a-f]{32}                                                    # Twilio
    | key-[0-9a-f]{32} | [0-9a-f]{32}-us\d{1,2}                         # Mailgun, Mailchimp
    | npm_[A-Za-z0-9]{36} | pypi-[\w-]{50,255}                          # npm, PyPI
    | do[opr]_v1_[0-9a-f]{64}                                           # DigitalOcean
    | hf_[A-Za-z0-9]{30,40} | dapi[0-9a-f]{32}                          # Hugging Face, Databricks
    | shp(?:at|ca|pa|ss)_[0-9a-f]{32}                                   # Shopify
    | sq0(?:atp|csp)-[\w-]{22,43}                                       # Square
    | \d{8,10}:AA[\w-]{33}                                              # Telegram
    | [MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}                         # Discord
    | hv[bsr]\.[\w-]{24,255}                                            # Vault
    | ATATT3[\w=-]{50,255} | PMAK-[0-9a-f]{24}-[0-9a-f]{34}             # Atlassian, Postman
    | lin_api_\w{32,64} | NRAK-[A-Z0-9]{27}                             # Linear, New Relic
    | gls?[ac]_\w{32,255} | sntry[su]_[\w=+/-]{40,255}                  # Grafana, Sentry
    | sbp_[0-9a-f]{40} | pscale_(?:tkn|oauth|pw)_[\w.=-]{32,64}         # Supabase, PlanetScale
    | dp\.(?:pt|st|ct|sa|scim|audit)\.\w{40,44} | ops_eyJ[\w+/=]{100,}  # Doppler, 1Password
    | AGE-SECRET-KEY-1[A-Z0-9]{58}                                      # age
    | eyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]*)?                         # JSON Web Tokens (RFC 7519)
    )""",
    re.VERBOSE,
)

# RFC 7468, also where it has been written into a string with \n: any number of base64 lines behind the first one.
_PRIVATE_KEY = re.compile(
    r"""-----BEGIN[ ](?:[A-Z0-9]+[ ]){0,3}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----
    (?:(?:\s|\\[nr]|["'`+,])*+[A-Za-z-]{2,20}:[ ][^\n\\]{0,100})*+
    (?:\s|\\[nr]|["'`,]|\+\s)*+
    (?P<secret>[A-Za-z0-9+/=]{16,}+(?:(?:\s|\\[nr]|["'`,]|[ ]\+\s)*+[A-Za-z0-9+/=]{8,}+)*+
       (?:(?:\s|\\[nr]|["'`,])*+[A-Za-z0-9+/=]{1,7}(?=(?:\s|\\[nr]|["'`,])*+-----END))?)""",
    re.VERBOSE,
)

_URL_PASSWORD = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s/:@\"'`<>]{0,100}:(?P<secret>[^\s/@\"'`]{1,200})@")
_HEADER = re.compile(r"\b(?:Bearer|Basic)\s{1,3}(?P<secret>[A-Za-z0-9._~+/=-]{16,1000})", re.IGNORECASE)
_WEBHOOK = re.compile(r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_-]{20,200})")
_CONNECTION = re.compile(
    r"""(?<=[;"'`?&])[ ]?(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)[ ]?=[ ]?
    (?P<secret>[^\s;"'`&{}<>]{6,400})""",
    re.VERBOSE | re.IGNORECASE,
)
_SQL_PASSWORD = re.compile(r"\b(?:PASSWORD|IDENTIFIED\s{1,3}BY)\s{1,3}'(?P<secret>[^'\n]{1,200})'", re.IGNORECASE)
_CLIENT_SECRET = re.compile(r"(?<![\w~.-])(?P<secret>[\w~.]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])")  # Microsoft Entra ID
_ENVIRONMENT = re.compile(
    r"^(?:export )?[A-Z0-9_]*(?:SECRET|TOKEN|PASSWORD|PASSWD|KEY)=(?P<secret>[^\s\"'`$#(){}]{8,400})$",
    re.MULTILINE,
)

# A name that ends in one of these words, and the string that it is set to, compared with or passed beside.
_ASSIGNED = re.compile(
    r"""(?:(?P<password>passwords?|passwd|passphrase|pwd)
       | secret(?:[_-]?key)?s? | tokens? | credentials?
       | (?:api|access|auth|private|signing|encryption|master|service|account|client|jwt|hmac)
         [_-]?(?:key|secret|token)s?
      )(?![A-Za-z0-9_])
    ["'`]?\]?\s{0,4}
    (?:(?P<comma>,)|:\s{0,4}[A-Za-z_][\w.\[\]|\ ]{0,40}=|:=|=>|={1,3}|!={1,2}|:)
    \s{0,4}(?:[A-Za-z]{1,2})?
    (?P<quote>["'`])(?P<secret>[^"'`\n\\]{3,512})(?P=quote)""",
    re.VERBOSE | re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"""[<{$%\[(].*|.*\*{4}|(.)\1*|.*\{[^{}]*\}.*|.*\$\{.*|(?:your|my|the|some|change|replace|insert|enter)[\W_].*
    |none|null|true|false|undefined|example|redacted""",
    re.VERBOSE | re.IGNORECASE,
)


def find(text: str) -> tuple[TextRange, ...]:
    """The secrets in `text`, in order and apart; of a longer form (a URL, an assignment) only the secret part.

    A secret counts wherever it stands again.
    """
    return _find(text, ())


def mask(text: str, known: Iterable[str] = ()) -> str:
    """`text` with each secret replaced by its first few characters, four at most, and `****`.

    `known` are secrets found elsewhere (in the file that the text speaks of), masked here wherever they stand.
    """
    return mask_ranges(text, _find(text, known))


def mask_ranges(text: str, ranges: Sequence[TextRange]) -> str:
    """`text` with the given ranges, which are in order and apart, masked."""
    parts: list[str] = []
    end = 0
    for item in ranges:
        parts += (text[end : item.start], masked(text[item.start : item.end]))
        end = item.end
    return "".join((*parts, text[end:]))


def masked(secret: str) -> str:
    """What is shown in place of a secret: a quarter of a short one, four characters of a long one, and `****`."""
    lead = re.match(r"[A-Za-z0-9_.-]{0,4}", secret)
    return (lead[0] if lead else "")[: len(secret) // 4] + MASK


def _find(text: str, known: Iterable[str]) -> tuple[TextRange, ...]:
    found = [TextRange(*match.span(group)) for match, group in _matches(text) if not _placeholder(match[group])]
    for secret in {*known, *(text[item.start : item.end] for item in found)}:
        found.extend(_repeated(text, secret))
    apart: list[TextRange] = []
    for item in sorted(found):
        if apart and item.start < apart[-1].end:
            apart[-1] = TextRange(apart[-1].start, max(apart[-1].end, item.end))
        else:
            apart.append(item)
    return tuple(apart)


def _repeated(text: str, secret: str) -> Iterator[TextRange]:
    """Where a secret stands again: anywhere, but of what may be an ordinary word only as a whole string."""
    if len(secret) < 6 or secret not in text:
        return
    pattern = re.escape(secret)
    if len(secret) < 8 or not _varied(secret):
        pattern = f"(?<=[\"'`]){pattern}(?=[\"'`])"
    for match in re.finditer(pattern, text):
        yield TextRange(*match.span())


def _matches(text: str) -> Iterator[tuple[re.Match[str], str | int]]:
    for match in _KEYS.finditer(text):
        yield match, 0
    shapes = (
        _PRIVATE_KEY,
        _URL_PASSWORD,
        _HEADER,
        _WEBHOOK,
        _CONNECTION,
        _SQL_PASSWORD,
        _CLIENT_SECRET,
        _ENVIRONMENT,
    )
    for shape in shapes:
        for match in shape.finditer(text):
            yield match, "secret"
    for match in _ASSIGNED.finditer(text):
        if _looks_secret(match):
            yield match, "secret"


def _looks_secret(match: re.Match[str]) -> bool:
    """Whether the string beside a secret-like name is one, and no label, key, path or sentence.

    Behind a comma it may be the next of a list of names, so there it must look random, as for all but passwords.
    """
    value = match["secret"]
    if any(character.isspace() for character in value):
        return False
    if match["password"] and not match["comma"]:
        return value.lower() != match["password"].lower()
    if match["comma"] and not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    return len(value) >= 8 and _varied(value) and entropy(value) >= 3.0


def _varied(value: str) -> bool:
    """Whether it is more than a word: it has digits, signs, or letters of both cases."""
    return not value.isalpha() or not (value.islower() or value.isupper())


def entropy(text: str) -> float:
    """Shannon's entropy in bits a character; 0 for an empty text."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if text else 0.0


def _placeholder(secret: str) -> bool:
    return _PLACEHOLDER.fullmatch(secret) is not None
