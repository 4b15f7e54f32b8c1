"""Case files: Markdown sections with a source, marks under its lines, and what must come of it.

Read and rewritten here. Running them is in `casecheck`, the notation of the marks in `marks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oldhand.problems import Problem
from oldhand.review import marks
from oldhand.review.marks import Marked
from oldhand.syntax import languages
from oldhand.syntax.languages import Language

_HEADING = re.compile(r"##[ \t]+(?P<name>.*?)[ \t#]*\Z")
_FENCE = re.compile(r"(?P<ticks>`{3,})[ \t]*(?P<info>[^`]*)\Z")
_EOL = re.compile(r"\b(eol)=(\S*)")
_EOLS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
_EXPECTED = ("fixed", "edited")
_ONCE = ("settings", "claude")
_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_OPTIONS = ("path", "eol", "escapes")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind (the first word of its info string), its options, its lines as in the file.

    `line` is the 1-based line in the file of the block's first line, or of its closing fence if it is empty.
    """

    kind: str
    options: Mapping[str, str]
    line: int
    lines: tuple[str, ...]

    @property
    def eol(self) -> str:
        """What ends the lines of the block's text."""
        return _EOLS[self.options.get("eol", "lf")]

    def decoded(self) -> tuple[str, ...]:
        """The lines; where the option `escapes` is given, `\\u{202E}` in them stands for that character."""
        if "escapes" not in self.options:
            return self.lines
        return tuple(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), line) for line in self.lines)

    def encoded(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Lines of a text as the block would write them."""
        if "escapes" not in self.options:
            return tuple(lines)
        known = {chr(int(code, 16)) for line in self.lines for code in _ESCAPE.findall(line)}
        return tuple("".join(_escaped(char) if char in known else char for char in line) for line in lines)

    @property
    def text(self) -> str:
        """The block's text where it holds no marks."""
        return "".join(line + self.eol for line in self.decoded())

    @property
    def marked(self) -> Marked:
        """The block's text and marks where it holds some."""
        return marks.read(self.decoded(), self.eol)[0]


@dataclass(frozen=True, slots=True)
class Source:
    """A text to review as the file `path`, and what must come of it."""

    language: Language
    path: str
    block: Block
    fixed: Block | None = None
    edited: Block | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A section: its heading, the 1-based line of that, its sources, and the settings for their review.

    `claude` is what a model answers, as YAML, where the case is about a review by a persona.
    """

    name: str
    line: int
    sources: tuple[Source, ...]
    settings: Block | None = None
    claude: Block | None = None


def parse(text: str, path: str) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases of a file, whose `path` only names it in problems.

    Everything that is not understood is a problem: what is passed over in silence would look tested.
    """
    reader = _Reader(path)
    for item in _items(text.split("\n")):
        match item:
            case int(line), str(name):
                reader.heading(line, name)
            case Block() as block:
                reader.block(block)
            case int(line):
                reader.tell(line, "This fence is never closed.")
    reader.finish()
    return tuple(reader.cases), tuple(sorted(reader.problems))


def rewritten(text: str, updates: Sequence[tuple[Block, Sequence[str]]]) -> str:
    """The file's text with other lines in these blocks, which were read from it."""
    lines = text.split("\n")
    for block, new in sorted(updates, key=lambda update: update[0].line, reverse=True):
        lines[block.line - 1 : block.line - 1 + len(block.lines)] = block.encoded(new)
    return "\n".join(lines)


def _items(lines: Sequence[str]) -> Iterator[tuple[int, str] | Block | int]:
    """Headings as a line number and a text, blocks, and the line of a fence that is not closed."""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if heading := _HEADING.match(line):
            yield number, heading["name"]
        elif fence := _FENCE.match(line):
            end = _closing(lines, number, len(fence["ticks"]))
            if end is None:
                yield number
                return
            kind, options = _info(fence["info"])
            yield Block(kind, options, number + 1, tuple(lines[number:end]))
            number = end + 1


def _closing(lines: Sequence[str], start: int, ticks: int) -> int | None:
    return next(
        (
            number
            for number in range(start, len(lines))
            if lines[number].startswith("`" * ticks) and not lines[number].strip("` \t")
        ),
        None,
    )


def _info(info: str) -> tuple[str, dict[str, str]]:
    kind, *words = info.split() or [""]
    return kind, {name: value for name, _, value in (word.partition("=") for word in words)}


def _escaped(character: str) -> str:
    return f"\\u{{{ord(character):04X}}}"


def _language(name: str) -> Language | None:
    return languages.by_id(name) or languages.by_editor_id(name) or languages.by_path(f"case.{name}")


@dataclass(slots=True)
class _Reader:
    """Gathers the blocks under each heading; `options` are those of the current heading."""

    path: str
    cases: list[Case] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    name: str = ""
    line: int = 0
    options: dict[str, str] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    once: dict[str, Block] = field(default_factory=dict)

    def tell(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message))

    def heading(self, line: int, name: str) -> None:
        self.finish()
        self.options = dict(_EOL.findall(name))
        self.name = " ".join(_EOL.sub("", name).split())
        self.line = line
        self._check_options(line, self.options)
        if any(case.name == self.name for case in self.cases):
            self.tell(line, f"There is another case called “{self.name}”; each needs a heading of its own.")

    def finish(self) -> None:
        """Keep the case that ends here."""
        if self.sources:
            self.cases.append(Case(self.name, self.line, tuple(self.sources), **self.once))
        elif self.once:
            self.tell(self.line, f"The case has {' and '.join(self.once)} and no source.")
        self.sources = []
        self.once = {}

    def block(self, block: Block) -> None:
        block = replace(block, options={**self.options, **block.options})
        if not self.line:
            self.tell(block.line - 1, "A fence stands under a heading (`## …`), and there is none above it.")
        elif not self._check_options(block.line - 1, block.options):
            return
        elif block.kind in _ONCE:
            if block.kind in self.once:
                self.tell(block.line - 1, f"The case has {block.kind} already.")
            self.once[block.kind] = block
        elif block.kind in _EXPECTED:
            self._expected(block)
        else:
            self._source(block)

    def _source(self, block: Block) -> None:
        language = _language(block.kind)
        if language is None:
            known = ", ".join([*(language.id for language in languages.LANGUAGES), *_EXPECTED, *_ONCE])
            self.tell(block.line - 1, f"A fence of the kind “{block.kind}” is not known: {known}.")
            return
        self._check_marks(block)
        path = block.options.get("path") or f"case{language.suffixes[0]}"
        self.sources.append(Source(language, path, block))

    def _expected(self, block: Block) -> None:
        if not self.sources:
            self.tell(block.line - 1, f"There is no source above this `{block.kind}`.")
            return
        source = self.sources.pop()
        if getattr(source, block.kind) is not None:
            self.tell(block.line - 1, f"The source above has a `{block.kind}` already.")
        block = replace(block, options={"eol": source.block.options.get("eol", "lf"), **block.options})
        if block.kind == "fixed":
            self.sources.append(replace(source, fixed=block))
        else:
            self._check_marks(block)
            self.sources.append(replace(source, edited=block))

    def _check_marks(self, block: Block) -> None:
        for number, message in marks.read(block.decoded(), block.eol)[1]:
            self.tell(block.line + number, message)

    def _check_options(self, line: int, options: Mapping[str, str]) -> bool:
        wrong = [name for name in options if name not in _OPTIONS]
        if wrong:
            self.tell(line, f"The option “{wrong[0]}” is not known: {', '.join(_OPTIONS)}.")
        elif options.get("eol", "lf") not in _EOLS:
            self.tell(line, f"The line end “{options['eol']}” is not one of {', '.join(_EOLS)}.")
        else:
            return True
        return False
