"""What is known of functions by their names: which hand their arguments on, and which results cannot carry text."""

from __future__ import annotations

import re

from oldhand.rules.name_sets import NameSet

# Calls whose result cannot carry text from outside: numbers, truth values, identifiers of fixed form, digests.
HARMLESS = NameSet(
    """int float bool len abs round sum hash ord id isinstance hasattr callable range enumerate.index decimal.Decimal
    Decimal uuid.UUID uuid.uuid4 uuid.uuid1 datetime.* time.time time.* *.isoformat *.strftime *.timestamp
    *.count *.index *.hexdigest *.isdigit *.isalnum *.isidentifier *.startswith *.endswith Number parseInt
    parseFloat Boolean BigInt Math.* Date Date.* Date().* *.length *.getTime *.indexOf *.includes *.startsWith
    *.endsWith Number.* secrets.* crypto.randomUUID crypto.randomBytes crypto.randomBytes().toString *.digest
    math.*""".split()
)

# Calls that hand on what they are given, in another form.
HANDS_ON = NameSet(
    """str bytes bytearray list tuple dict set frozenset sorted reversed iter next zip enumerate map filter repr format
    min max memoryview String String.raw Array.from Array Object.* JSON.parse JSON.stringify json.loads
    json.dumps ujson.loads orjson.loads simplejson.loads Buffer.from Buffer decodeURIComponent decodeURI
    encodeURI escape unescape atob btoa querystring.parse qs.parse url.parse url.resolve url.format urljoin
    urllib.parse.* !urllib.parse.quote* urlparse urlsplit urllib.unquote base64.* binascii.* codecs.decode
    codecs.encode os.path.* path.join path.basename path.extname path.resolve path.normalize path.posix.join
    path.win32.join path.relative path.format path.parse path.dirname pathlib.Path pathlib.PurePath
    pathlib.PurePosixPath Path copy.* structuredClone *.model_validate open io.open gzip.open io.BytesIO
    io.StringIO BytesIO StringIO re.* textwrap.dedent dedent typing.cast cast URL URLSearchParams
    Promise.resolve Promise.all asyncio.wait_for six.text_type six.ensure_str unicode getattr shlex.split
    shlex.join compile collections.OrderedDict collections.defaultdict asyncio.gather util.inspect lodash.get
    lodash.merge lodash.assign django.utils.encoding.* werkzeug.datastructures.*
    starlette.concurrency.run_in_threadpool""".split()
)

# What the person who starts the program says.
LOCAL_INPUT = NameSet(
    """sys.argv process.argv input raw_input sys.stdin.* *.parse_args *.parse_known_args click.prompt typer.prompt
    getopt.getopt optparse.OptionParser().parse_args""".split()
)

# Calls whose result is kept elsewhere: what they are given only finds it.
STORED = NameSet(
    """*.objects.* *.query.get *.query.filter* *.findOne *.findById *.findByPk *.findUnique *.findFirst *.findMany
    *.findOneBy *.findOneOrFail *.findAndCount *.scalar *.scalar_one *.scalar_one_or_none *.scalars *.fetchone
    *.fetchall *.fetchrow *.fetchval *.execute *.find_one *.aggregate *.get_object_or_404 get_object_or_404
    django.shortcuts.get_object_or_404 django.shortcuts.get_list_or_404 requests.* httpx.* axios.* axios fetch
    got urllib.request.urlopen subprocess.* child_process.*""".split()
)

# Methods of strings and collections: the result is what they are called on.
OF_RECEIVER = frozenset(
    """strip lstrip rstrip lower upper title capitalize casefold replace replaceAll split rsplit splitlines partition
    rpartition encode decode get pop items values keys entries copy setdefault getlist getall getone get_json
    json text read readline readlines getvalue first last body form formData arrayBuffer blob trim trimStart
    trimEnd toString toLowerCase toUpperCase slice substring substr charAt at concat flat map filter find join
    shift unshift toArray valueOf zfill ljust rjust center expandtabs removeprefix removesuffix translate format
    __str__ __getitem__ dict model_dump then catch finally reverse sort match padStart padEnd repeat normalize
    readAsync toJSON values_list to_dict data iter_content getAll""".split()
)
# The same, and the text stays what it is.
KEEPS_TEXT = frozenset("strip lstrip rstrip trim trimStart trimEnd toString lower upper encode decode".split())

_CLEANING = re.compile(
    r"valid|sanit|clean|escap|quot(?!a)|allow|check(?!out)|safe|secur|whitelist|slug|hash|verif|identifier|purif|encrypt|digest"
    r"|authoriz|authenticat|normalise_?id|strip_?tags"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def cleans(name: str) -> bool:
    """Whether a function's name says that it checks or cleans what it is given: `sanitizePath`, not `unsafe_load`."""
    return any(_CLEANING.match(word.lower()) for word in _WORDS.findall(name))


# Types of parameters that cannot carry text.
TYPES_WITHOUT_TEXT = re.compile(
    r"\b(int|float|bool|Decimal|UUID|UUID4|date|datetime|timedelta|Literal|Enum|number|boolean|bigint|Date|\w+Enum"
    r"|PositiveInt|NonNegativeInt|ObjectId|ZoneInfo|IPv[46]\w*)\b"
)
TEXT_TYPES = re.compile(r"\b(str|string|Any|any|object|dict|bytes)\b")

# Names of constants.
UPPER = re.compile(r"_?[A-Z][A-Z0-9_]*$")
