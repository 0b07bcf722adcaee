"""The browser floor: Chrome 86, Edge 86 and Safari 14. What is younger must not stand in our scripts, styles or pages.

No browser of that age can be installed beside the new one, so the sources are read. What is younger and harmless where
it is not known (``accent-color``, ``text-wrap``, ``fetchpriority``) is not listed.
"""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
SCRIPTS = sorted((WEB / "static").glob("*.js"))
STYLES = sorted((WEB / "static").glob("*.css"))
PAGES = sorted((WEB / "templates").rglob("*.html"))
#: pattern, an example of it, and the first Chrome that knows it (or the Safari, where only that is too young)
YOUNGER_SCRIPT = [
    (r"\.at\(", "list.at(-1)", "Chrome 92"),
    (r"\.hasOwn\(", "Object.hasOwn(a, 'b')", "Chrome 93"),
    (r"structuredClone", "structuredClone(a)", "Chrome 98"),
    (r"\.findLast(Index)?\(", "list.findLast(odd)", "Chrome 97"),
    (r"\.to(Sorted|Reversed|Spliced)\(", "list.toSorted()", "Chrome 110"),
    (r"\.groupBy\(", "Object.groupBy(a, b)", "Chrome 117"),
    (r"\.withResolvers\(", "Promise.withResolvers()", "Chrome 119"),
    (r"\.fromAsync\(", "Array.fromAsync(a)", "Chrome 121"),
    (r"\.randomUUID\(", "crypto.randomUUID()", "Chrome 92"),
    (r"AbortSignal\.(timeout|any)", "AbortSignal.timeout(1)", "Chrome 103"),
    (r"Intl\.(Segmenter|DurationFormat)", "new Intl.Segmenter()", "Chrome 87"),
    (r"startViewTransition|showPopover|togglePopover", "document.startViewTransition()", "Chrome 111"),
    (r"\bnew CSSStyleSheet|adoptedStyleSheets", "new CSSStyleSheet()", "Safari 16.4"),
    (r"\.requestSubmit\(", "form.requestSubmit()", "Safari 16"),
    (r"\.showModal\(", "dialog.showModal()", "Safari 15.4"),
    (r"new FormData\([^()]+,", "new FormData(form, button)", "Chrome 112"),
    (r"\bcause:", "new Error('a', { cause: b })", "Chrome 93"),
    (r"static \{", "class A { static { } }", "Chrome 94"),
    (r"#\w+ in ", "#a in b", "Chrome 91"),
    (r"(^|[;{}])\s*await ", "; await a", "Chrome 89"),
    (r"\(\?<[=!]", "/(?<=a)b/", "Safari 16.4"),
    (r"/[a-z]*[dv][a-z]*\.(test|exec)", "/a/d.exec(b)", "Chrome 90"),
    (r":has\(|:is\(|:where\(", "closest(':is(a, b)')", "Chrome 88"),
    (r"scrollend|\.checkVisibility|\.inert\b", "box.inert = true", "Chrome 102"),
]
YOUNGER_STYLE = [
    (r":has\(", "a:has(b) {", "Chrome 105"),
    (r":is\(|:where\(", ":is(a, b) {", "Chrome 88"),
    (r":not\([^()]*,", "a:not(b, c) {", "Chrome 88"),
    (r":(user-valid|user-invalid|popover-open|modal|dir\()", "a:user-invalid {", "Chrome 105"),
    (r"@(container|layer|scope|starting-style|property)\b", "@layer a {", "Chrome 99"),
    (r"\bcontainer(-type|-name)?\s*:", "a { container-type: size", "Chrome 105"),
    (r"(^|[;{\s])inset(-block|-inline)?\s*:", "a { inset: 0", "Chrome 87"),
    (r"\baspect-ratio\s*:", "a { aspect-ratio: 1", "Chrome 88"),
    (r"\b(margin|padding)-(block|inline)\s*:", "a { margin-inline: 0", "Chrome 87"),
    (r"\b(color-mix|light-dark|oklch|oklab|lch|lab|hwb)\(", "a { color: lch(1 2 3)", "Chrome 101"),
    (r"\b\d+(d|s|l)v[hwb]\b", "a { height: 100dvh", "Chrome 108"),
    (r"\bsubgrid\b", "a { grid-template-rows: subgrid", "Chrome 117"),
    (r"overflow[-\w]*\s*:\s*clip", "a { overflow: clip", "Chrome 90"),
    (r"@media[^{]*[<>]", "@media (width >= 40rem) {", "Chrome 104"),
    (r"(^|[;{\s])(translate|rotate|scale)\s*:", "a { rotate: 45deg", "Chrome 104"),
    (r"(^|[{};])\s*&", "a { &:hover {", "Chrome 112"),
    (r"(^|[^-])image-set\(", "a { background: image-set(b", "Chrome 113"),
    (r"\b(round|sin|cos|pow|sqrt)\(", "a { width: round(1px, 2px)", "Chrome 111"),
    (r"(?<!-)\banchor(-name)?\s*[:(]", "a { anchor-name: --b", "Chrome 125"),
]
YOUNGER_PAGE = [
    (r"<dialog\b", "<dialog>", "Safari 15.4"),
    (r"<search\b", "<search>", "Chrome 118"),
    (r"\b(popover|popovertarget|inert)\b[=\s>]", "<div popover>", "Chrome 114"),
    (r"\bcommandfor=", '<button commandfor="a">', "Chrome 135"),
    (r"<script[^>]*\b(importmap|speculationrules)", '<script type="importmap">', "Chrome 89"),
]


def without_comments(text):
    return re.sub(r"(?s)/\*.*?\*/|\{#.*?#\}|(?m:^\s*//.*$)", "", text)


def found(path, younger):
    text = without_comments(path.read_text("utf-8"))
    hits = [(since, hit[0]) for pattern, _, since in younger for hit in re.finditer(f"(?m){pattern}", text)]
    return [f"{since}: {what.strip()}" for since, what in hits]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_run_in_browsers_of_the_floor(path):
    assert found(path, YOUNGER_SCRIPT) == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_are_known_to_browsers_of_the_floor(path):
    assert found(path, YOUNGER_STYLE) == []


def test_pages_use_no_element_that_browsers_of_the_floor_do_not_know():
    assert {path.name: hits for path in PAGES if (hits := found(path, YOUNGER_PAGE))} == {}


@pytest.mark.parametrize(
    ("pattern", "example"), [each[:2] for each in (*YOUNGER_SCRIPT, *YOUNGER_STYLE, *YOUNGER_PAGE)]
)
def test_what_is_too_young_would_be_found(pattern, example):
    assert re.search(f"(?m){pattern}", without_comments(example))


def test_scripts_are_small_and_strict():
    """All scripts together weigh less than half of what htmx alone would (docs/decisions.md, 2026-11-27)."""
    assert {path.name for path in SCRIPTS if not path.read_text("utf-8").startswith('"use strict";')} == set()
    assert sum(path.stat().st_size for path in SCRIPTS) < 20_000
