"""Every text that people read is marked, and has its French; see docs/translating.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, nodes

from commondesk import locale
from commondesk.core import texts
from commondesk.site import catalogue, jinja
from commondesk.site.catalogue import HOUSE, KEYWORDS

NOT_YET: tuple[str, ...] = ()
"""Where texts are not marked yet. This list only shrinks, and ends empty."""
SPEAKS_ENGLISH = (
    "api/",  # to programs
    "cli/",
    "engine/",
    "ledger/",
    "readers/",  # what a file was like is kept in English; what a page shows of it is marked
    "sample/",  # what made-up people say, in the language that they write
    "site/management/",
    "site/settings.py",
)
"""What nobody reads on a page. See docs/decisions/0009-texts-in-two-languages.md."""
IS_TRANSLATED = ("readers/table_file.py", "sample/jinja2/", "sample/views.py")


def is_looked_at(file: Path) -> bool:
    name = file.relative_to(HOUSE).as_posix()
    if "/migrations/" in name or name.startswith(NOT_YET):
        return False
    return name.startswith(IS_TRANSLATED) or not name.startswith(SPEAKS_ENGLISH)


# ---- French -------------------------------------------------------------------------------

AREAS = sorted(
    {path.name for path in HOUSE.iterdir() if path.is_dir()}
    - {"__pycache__", "locale", "cli", "engine", "ledger"}
)
FRENCH = locale.parts("fr")
_HOLE = re.compile(r"%\(\w+\)s|%[sd]|\{\w*\}")
_LINKS = re.compile(r"https?://\S+")


def strings(said: str | Sequence[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


@pytest.mark.parametrize("area", AREAS)
def test_every_marked_text_has_its_french(area: str) -> None:
    found = catalogue.missing("fr").get(area)
    assert [(each.locations, each.id) for each in found or () if each.id] == []


def test_no_french_says_what_nobody_asks_for() -> None:
    wanted = {(each.id, each.context) for each in catalogue.marked()}
    left = [
        f"{file.name}: {each.id!r}"
        for file in FRENCH
        for each in locale.read(file, "fr")
        if each.id and (each.id, each.context) not in wanted
    ]
    assert left == []


@pytest.mark.parametrize("file", FRENCH, ids=lambda file: file.stem)
def test_french_fits_the_english(file: Path) -> None:
    for each in locale.read(file, "fr"):
        if not each.id:
            continue
        assert not each.fuzzy, each.id
        allowed = [set(_HOLE.findall(text)) for text in strings(each.id)]
        for said in strings(each.string):
            assert set(_HOLE.findall(said)) in allowed, each.id
            assert said[:1].isspace() == strings(each.id)[0][:1].isspace(), each.id
            assert said[-1:].isspace() == strings(each.id)[0][-1:].isspace(), each.id


@pytest.mark.parametrize("file", FRENCH, ids=lambda file: file.stem)
def test_french_is_set_as_french_is(file: Path) -> None:
    for each in locale.read(file, "fr"):
        for said in strings(each.string) if each.id else ():
            plain = _LINKS.sub("", _HOLE.sub("x", said))
            assert not re.search(r"(?<=[ \w)])[?!;»](?!\w)", plain), f"no-break space: {said}"
            assert not re.search(r"(?<= ):", plain), f"no-break space: {said}"
            assert not re.search("«(?!\u00a0)", plain), f"no-break space: {said}"
            assert not re.search(r"\d %|\d%", plain), f"no-break space: {said}"
            assert not re.search(r"(?<=\w)'(?=\w)", plain), f"’ and not ': {said}"
            assert not re.search(r"\b(tu|toi|tes)\b", plain.lower()), f"say vous: {said}"


def test_two_areas_never_say_one_text_differently() -> None:
    assert list(catalogue.disagreements("fr")) == []


def test_french_is_spoken_and_left_again() -> None:
    with texts.spoken("fr"):
        assert texts.gettext("Nothing here") == "Il n’y a rien ici"
        assert texts.number(12345.67, 1) == "12\N{NARROW NO-BREAK SPACE}345,7"
    assert texts.gettext("Nothing here") == "Nothing here"


# ---- templates ----------------------------------------------------------------------------

_READER = jinja.plain()
SHOWN = frozenset({"title", "aria-label", "aria-description", "placeholder", "alt", "label"})
NO_WORDS = frozenset({"kbd", "code", "script", "style", "svg"})
NAMES = re.compile(r"Commondesk|\b(?:P[1-4]|L[1-3]|CSV|YAML|MB|kB|min|h|s)\b")
_LETTERS = re.compile(r"[^\W\d_]{2,}|^[^\W\d_]$")
_SENTENCE = re.compile(r"[A-Z][\w’']* \S*[a-z]")
_CODE = re.compile(
    r"\{% block look %\}[\w -]+\{% endblock %\}|\{%-?\s*trans\b.*?\bendtrans\s*-?%\}"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    re.DOTALL,
)


class Words(HTMLParser):
    """Collects what a page says, with the lines it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NO_WORDS:
            self.inside.append(tag)
        for name, said in attrs:
            if name in SHOWN or name.startswith("data-says"):
                self.look(said or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.look(data)

    def look(self, said: str) -> None:
        bare = NAMES.sub(" ", said).strip()
        if _LETTERS.search(bare):
            self.found.append((self.getpos()[0], " ".join(bare.split())[:80]))


def literal_texts(source: str) -> list[tuple[int, str]]:
    """What a template says without a mark: words of its own, and words in its expressions."""
    # Each piece of code gives way to the words that it would put there.
    words = Words()
    words.feed(_CODE.sub(lambda code: said_by(code[0]) + "\n" * code[0].count("\n"), source))
    words.close()
    return words.found + sentences_in_code(source)


def said_by(code: str) -> str:
    if not code.startswith("{{"):
        return ""
    try:
        output = next(_READER.parse(code).find_all(nodes.Output), None)
    except (
        TemplateSyntaxError
    ):  # a part of what holds }} itself; `sentences_in_code` reads it whole
        return ""
    return " ".join(said for each in output.nodes for said in visible(each)) if output else ""


def visible(node: nodes.Node | None) -> Iterator[str]:
    """Literal texts that an expression may come to."""
    match node:
        case nodes.Const(value=str(said)):
            yield said
        case nodes.CondExpr():
            yield from visible(node.expr1)
            yield from visible(node.expr2)
        case nodes.Concat():
            for each in node.nodes:
                yield from visible(each)
        case nodes.Add():
            yield from visible(node.left)
            yield from visible(node.right)
        case nodes.Filter(name=name):
            yield from visible(node.node)
            if name in ("counted", "default"):
                for each in node.args:
                    yield from visible(each)
        case _:
            pass


def sentences_in_code(source: str) -> list[tuple[int, str]]:
    tree = _READER.parse(source)
    marked = {
        id(each)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS
        for each in call.find_all(nodes.Const)
    }
    return [
        (each.lineno, each.value)
        for each in tree.find_all(nodes.Const)
        if isinstance(each.value, str) and id(each) not in marked and _SENTENCE.match(each.value)
    ]


TEMPLATES = sorted(file for file in HOUSE.rglob("jinja2/**/*.html") if is_looked_at(file))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_templates_mark_what_they_say(file: Path) -> None:
    name = file.relative_to(HOUSE)
    found = [f"{name}:{line}: {said}" for line, said in literal_texts(file.read_text())]
    assert "\n".join(found) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<p>Sign in</p>", ["Sign in"]),
        ("<p>{{ _('Sign in') }}</p>", []),
        ("<p>{% trans name=x.y %}Hello {{ name }}{% endtrans %}</p>", []),
        ('<p title="Sign in"></p>', ["Sign in"]),
        ('<p title="{{ \'Yes\' if x else _("No") }}"></p>', ["Yes"]),
        ('<p class="{{ "late" if x else "done" }}" title="{{ _("No") }}"></p>', []),
        ("{{ x | counted('person', 'people') }}", ["person people"]),
        ("{% set x = 'Nobody is there' %}", ["Nobody is there"]),
        ("{{ field(x, 'What it is called') }}", ["What it is called"]),
        ("<kbd>z</kbd>{{ x }}, {{ y }}", []),
        ("{{ x }}{{ 'es' if y }}", ["es"]),
        (
            '<body class="{% block look %}front{% endblock %}">{% block look %}desk{% endblock %}',
            [],
        ),
    ],
)
def test_unmarked_texts_of_templates_are_found(source: str, said: list[str]) -> None:
    assert [words for _, words in literal_texts(source)] == said


# ---- Python -------------------------------------------------------------------------------

EXEMPT = "# not for readers"
"""At the end of a line whose text no reader of a page ever sees."""
_WORDS = re.compile(r"[^\W\d_].* \S*[a-z]", re.DOTALL)
_SQL = re.compile(
    r"\s*\(?(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|WITH|WHERE|AND|OR|ORDER|GROUP|JOIN|LEFT|FROM|EXISTS|ON|SET|"
    r"VALUES|PRAGMA|LIMIT|UNION|ALTER|CASE|COALESCE|NOT|SHOW)\b"
)
_UNSAID = frozenset(
    {"debug", "info", "warning", "exception", "getLogger", "compile", "sub", "TypeVar", "mark_safe"}
)
_NOT_TOLD = frozenset(
    {"AssertionError", "ImproperlyConfigured", "NotImplementedError", "RuntimeError", "TypeError"}
)
_LABELS = frozenset({"label", "help_text", "empty_label", "initial_text"})


def texts_in_code(source: str) -> Iterator[tuple[int, str]]:
    """Sentences in Python without a mark: a capital and a space, or what labels and tells."""
    tree = ast.parse(source)
    lines = source.splitlines()
    skipped = set(_unsaid(tree))
    told = set(_told(tree))
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        said = _said(node)
        if said is None or _SQL.match(said) or EXEMPT in lines[(node.end_lineno or 1) - 1]:
            continue
        if _SENTENCE.match(said) or (id(node) in told and re.search("[A-Za-z]", said)):
            yield node.lineno, said


def _said(node: ast.JoinedStr | ast.Constant) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return "".join(
        each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else "x"
        for each in node.values
    )


def _unsaid(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)  # docstrings
        if isinstance(node, ast.JoinedStr):
            yield from (id(each) for each in node.values)
        is_quiet = isinstance(node, ast.Call) and _name(node) in _UNSAID | _NOT_TOLD | set(KEYWORDS)
        if is_quiet or isinstance(node, ast.Assert):
            yield from (id(each) for each in ast.walk(node))
        if isinstance(node, ast.AnnAssign | ast.arg):
            note = node.annotation
            yield from (id(each) for each in ast.walk(note)) if note else ()


def _told(tree: ast.AST) -> Iterator[int]:
    """What is surely for people: labels, messages, errors that are raised with words."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        yield from (id(each.value) for each in node.keywords if each.arg in _LABELS)
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(of, ast.Name) and of.id == "messages":
            yield from (id(each) for each in node.args)


def _name(call: ast.Call) -> str:
    of = call.func
    return of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")


CODE = sorted(file for file in HOUSE.rglob("*.py") if is_looked_at(file))


def test_code_marks_what_it_says() -> None:
    found = [
        f"{file.relative_to(HOUSE)}:{line}: {said[:80]}"
        for file in CODE
        for line, said in texts_in_code(file.read_text())
    ]
    assert "\n".join(found) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('x = "Choose one of these"', ["Choose one of these"]),
        ('x = gettext("Choose one of these")', []),
        ('raise Unfit(f"Choose one of {x}")', ["Choose one of x"]),
        ('raise Unfit(gettext("Choose one of %(x)s") % {"x": x})', []),
        ('y = CharField(label="name")', ["name"]),
        ('messages.success(request, "done")', ["done"]),
        ('x = "SELECT a FROM b"', []),
        ('"""What it does."""', []),
        ('log.info("It is done")', []),
        ('x = "An inner text"  # not for readers', []),
    ],
)
def test_unmarked_texts_of_code_are_found(source: str, said: list[str]) -> None:
    assert [words for _, words in texts_in_code(source)] == said


# ---- scripts ------------------------------------------------------------------------------


def test_scripts_say_only_what_the_page_gives_them() -> None:
    found = [
        f"{file.name}: {said}"
        for file in (*(HOUSE / "site" / "static").glob("*.js"), *HOUSE.glob("review/pack/**/*.js"))
        for said in re.findall(r"[\"'`]([A-Z][\w’']*[,:;]? [^\"'`]*)[\"'`]", file.read_text())
    ]
    assert found == []
