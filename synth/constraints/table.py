"""All kinds by name, and which of them can never stand together."""

from __future__ import annotations

from collections.abc import Mapping

from synth.constraints import formats, layout, length, lists, style, words
from synth.constraints.kind import Kind

_MODULES = (length, lists, layout, formats, words, style)

KINDS: Mapping[str, Kind] = {kind.name: kind for module in _MODULES for kind in module.KINDS}

_FRAMES = ("first_words", "opening_line", "closing_line", "end_mark", "postscript", "placeholders", "title", "sections")
_LISTS = ("bullets_exact", "numbered_list", "bullet_marker", "numbering_style", "item_ends", "sorted_items")
_BOLD = ("bold_terms", "bold_opening")
_SENTENCES = ("sentences_exact", "max_sentences", "max_sentence_words")
_PARAGRAPHS = ("paragraphs_exact", "max_paragraph_words", "divider")
_CODE = ("code_blocks", "code_first", "max_code_line", "json_indent", "fenced_answer")

_CONFLICTS: Mapping[str, tuple[str, ...]] = {
    # One JSON object, one fence, one pair of quotation marks: nothing stands outside, and no marked-up text within.
    "json_object": (
        *(
            *_FRAMES,
            *_LISTS,
            *_BOLD,
            *_SENTENCES,
            *_PARAGRAPHS,
            *_CODE,
            "quoted",
            "one_line",
            "lines_exact",
            "no_commas",
        ),
        *("lowercase", "uppercase", "final_mark", "max_characters", "no_markdown", "plain_punctuation"),
    ),
    "fenced_answer": (
        *(*_FRAMES, *_BOLD, "no_markdown", "one_line", "json_indent", "quoted", "divider", "lines_exact"),
        *("paragraphs_exact", "lowercase", "uppercase", "max_characters", "final_mark"),
    ),
    "quoted": (*_FRAMES, *_LISTS, *_BOLD, *_PARAGRAPHS, "final_mark", "plain_punctuation", "lines_exact", "table"),
    "json_indent": (*_FRAMES, *_BOLD, "one_line", "lines_exact", "no_markdown", "max_characters", "max_words"),
    # What one forbids the other needs.
    "no_markdown": (*_LISTS, *_BOLD, "sections", "table", "code_blocks", "divider"),
    "no_lists": _LISTS,
    "no_digits": ("numbered_list", "numbering_style"),
    "no_parentheses": ("numbering_style",),
    "no_pronoun": ("polite_you",),
    "lowercase": (*_FRAMES, "polite_you"),
    "uppercase": (*_FRAMES, *_BOLD),
    "no_commas": ("first_words",),
    "one_line": (*_FRAMES, *_LISTS, *_PARAGRAPHS, "table", "code_blocks"),
    # Both set the lines and paragraphs of the whole answer.
    "lines_exact": (*_FRAMES, *_PARAGRAPHS, "bullets_exact", "numbered_list", "joined_by", "table", *_BOLD),
    "joined_by": (*_FRAMES, *_LISTS, *_BOLD, *_SENTENCES, *_PARAGRAPHS, "final_mark"),
    "table": (*_LISTS, *_BOLD, *_SENTENCES, *_PARAGRAPHS),
    "bullets_exact": (*_SENTENCES, *_PARAGRAPHS, "numbering_style", "sections", "first_words", "bold_opening"),
    "numbered_list": (*_SENTENCES, *_PARAGRAPHS, "bullet_marker", "sections", "first_words", "bold_opening"),
    "paragraphs_exact": (*_FRAMES, "divider", "max_paragraph_words"),
    # Greeting, title and farewell at once are a form letter.
    "opening_line": ("closing_line", "postscript", "placeholders", "title"),
    "postscript": ("title",),
    # Twice the same term, as a rule.
    "bold_terms": ("keyword_frequency", "keywords_included"),
    "divider": _FRAMES,
    "sections": ("opening_line", "first_words"),
    "code_first": ("first_words", "opening_line", "title", "sections"),
    "bold_opening": ("first_words", "opening_line", "title", "sections"),
    "final_mark": _FRAMES,
}


def conflict(one: str, other: str) -> bool:
    """Whether constraints of these two kinds would contradict or repeat each other."""
    a, b = KINDS[one], KINDS[other]
    return one == other or a.group == b.group or other in _CONFLICTS.get(one, ()) or one in _CONFLICTS.get(other, ())
