"""From the content of a caption to an English sentence, in plain, formal and telegraphic style."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from vacsr_core.scenes import words
from vacsr_core.scenes.content import Content, Mention
from vacsr_core.scenes.model import Fact

_T = TypeVar("_T")

SYNONYM_SHARE = 0.3  # how often a noun or colour is not called by its plain name


def write_plain(content: Content, rng: np.random.Generator) -> str:
    """Word a content as an everyday sentence.

    Args:
        content: what is to be said; with setting and relation, or without.
        rng: source of chance for template and synonyms.

    Returns:
        One or two sentences.
    """
    nouns = {mention.kind: _noun(mention, rng) for mention in content.mentions}
    phrases = [_phrase(mention, nouns[mention.kind], rng) for mention in content.mentions]
    is_plural = content.mentions[0].is_plural
    is_relation_only = content.relation is not None and content.setting is None
    if is_relation_only:
        return _relation_only(content, nouns, rng)
    is_full = content.setting is not None and all(m.count for m in content.mentions)
    templates = words.EXACT_TEMPLATES if is_full else words.PARTIAL_TEMPLATES
    place = "" if content.setting is None else _pick(words.PLACES[content.setting], rng)
    view = "" if content.setting is None else _pick(words.VIEWS[content.setting], rng)
    objects = _join(phrases)
    there = "there are" if is_plural else "there is"
    text = _pick(templates, rng).format(
        objects=objects,
        Objects=_capital(objects),
        place=place,
        Place=_capital(place),
        place_after=f" {place}" if place else "",
        view=view,
        View=_capital(view),
        there=there,
        There=_capital(there),
        are="are" if is_plural else "is",
        relation_sentence=_relation_clause(content, nouns, rng),
    )
    return _finish(text, rng)


def write_formal(content: Content, rng: np.random.Generator) -> str:
    """Word a content at length, in ornate English.

    Args:
        content: what is to be said; needs a setting.
        rng: source of chance for template and synonyms.

    Returns:
        One or two long sentences.
    """
    nouns, phrases = {}, []
    for mention in content.mentions:
        pair = words.FORMAL_NOUNS.get(mention.kind, words.NOUNS[mention.kind][0])
        noun = pair[mention.is_plural]
        nouns[mention.kind] = noun
        size = _pick(words.FORMAL_SIZES[mention.size], rng) if mention.size else ""
        if mention.kind == "person":
            body = _spaced(size, noun, f"attired in {mention.colour}" if mention.colour else "")
        elif mention.colour and rng.random() < 0.5:
            body = _spaced(size, noun, f"of {mention.colour} colour")
        else:
            body = _spaced(size, mention.colour or "", noun)
        phrases.append(_counted(mention, body, words.NUMBER_WORDS))
    relation = ""
    if content.relation is not None:
        first, name, second = content.relation
        verb = "are" if _is_plural(content, first) else "is"
        relation = (
            f"; it may be observed that the {nouns[first]} {verb} "
            f"{words.FORMAL_RELATIONS[name]} the {nouns[second]}"
        )
    text = _pick(words.FORMAL_TEMPLATES, rng).format(
        objects=_join(phrases),
        place=_pick(words.FORMAL_PLACES[content.setting], rng),
        relation_sentence=relation,
    )
    return text + "."


def write_telegraphic(content: Content, rng: np.random.Generator) -> str:
    """Word a content as a bare list, such as "2 small red boats, beach, boats left of tree".

    Args:
        content: what is to be said; needs a setting.
        rng: source of chance for order and synonyms.

    Returns:
        A list without verbs or articles.
    """
    nouns, parts = {}, []
    for mention in content.mentions:
        noun = words.NOUNS[mention.kind][0][mention.is_plural]
        nouns[mention.kind] = noun
        size = _pick(words.SIZE_WORDS[mention.size][:2], rng) if mention.size else ""
        number, colour = str(mention.count), mention.colour or ""
        if mention.kind == "person":
            parts.append(_spaced(number, size, noun, f"in {colour}" if colour else ""))
        else:
            parts.append(_spaced(number, size, colour, noun))
    place = _pick(words.SHORT_PLACES[content.setting], rng)
    relation = []
    if content.relation is not None:
        first, name, second = content.relation
        relation = [f"{nouns[first]} {name} {nouns[second]}"]
    if rng.random() < 0.5:
        return ", ".join([*parts, place, *relation])
    return f"{place}: " + ", ".join([*parts, *relation])


def write_generic(
    scene_facts: frozenset[Fact], rng: np.random.Generator
) -> tuple[str, tuple[Fact, ...]]:
    """Choose and word one or two facts that hold in very many pictures.

    Args:
        scene_facts: the facts of the scene.
        rng: source of chance for the choice and the wording.

    Returns:
        The sentence and the facts it states.
    """
    wide = sorted(fact for fact in scene_facts if len(fact) == 1)
    narrow = sorted(fact for fact in scene_facts if fact[0] in ("category", "thing"))
    names = {fact[0] for fact in wide}
    pairs = [pair for pair in words.GENERIC_PAIRS if names.issuperset(pair[0])]
    draw = rng.random()
    if pairs and draw < 0.2:
        stated, text = _pick(pairs, rng)
        return _finish(text, rng), tuple((name,) for name in stated)
    fact = _pick(narrow, rng) if narrow and draw < 0.4 else _pick(wide, rng)
    text = _pick(words.GENERIC_TEMPLATES[fact[0]], rng)
    if fact[0] == "category":
        text = text.format(category=_pick(words.CATEGORY_WORDS[fact[1]], rng))
    elif fact[0] == "thing":
        thing = _pick(words.THING_WORDS, rng).format(colour=fact[1])
        text = text.format(thing=_with_article(thing, is_plural=False))
    return _finish(text, rng), (fact,)


def _relation_only(content: Content, nouns: dict[str, str], rng: np.random.Generator) -> str:
    first, name, second = content.relation
    one = _with_article(nouns[first], _is_plural(content, first))
    two = _with_article(nouns[second], _is_plural(content, second))
    verb = "are" if _is_plural(content, first) else "is"
    relation = _pick(words.RELATION_WORDS[name], rng)
    template = _pick(("{one} {relation} {two}", "{one} {verb} {relation} {two}"), rng)
    return _finish(template.format(one=one, two=two, verb=verb, relation=relation), rng)


def _relation_clause(content: Content, nouns: dict[str, str], rng: np.random.Generator) -> str:
    if content.relation is None:
        return ""
    first, name, second = content.relation
    verb = "are" if _is_plural(content, first) else "is"
    relation = _pick(words.RELATION_WORDS[name], rng)
    join = _pick((". The", "; the", ", and the"), rng)
    return f"{join} {nouns[first]} {verb} {relation} the {nouns[second]}"


def _noun(mention: Mention, rng: np.random.Generator) -> str:
    pairs = words.NOUNS[mention.kind]
    pair = pairs[0]
    if len(pairs) > 1 and rng.random() < SYNONYM_SHARE:
        pair = _pick(pairs[1:], rng)
    return pair[mention.is_plural]


def _phrase(mention: Mention, noun: str, rng: np.random.Generator) -> str:
    """A noun with what is said of it: "two small red boats", "a large person in blue"."""
    size = _pick(words.SIZE_WORDS[mention.size], rng) if mention.size else ""
    colour = ""
    if mention.colour:
        names = words.COLOUR_WORDS[mention.colour]
        colour = names[0] if rng.random() >= SYNONYM_SHARE else _pick(names[1:], rng)
    if mention.kind == "person":
        dress = f"{_pick(('in', 'dressed in', 'wearing'), rng)} {colour}" if colour else ""
        body = _spaced(size, noun, dress)
    else:
        body = _spaced(size, colour, noun)
    numbers = words.NUMBER_WORDS
    if mention.count is not None and mention.count > 1:
        draw = rng.random()
        if draw < 0.15:
            numbers = {mention.count: str(mention.count)}
        elif draw < 0.3 and mention.count == 2:
            numbers = {2: words.COUPLE}
    elif mention.count == 1 and rng.random() < 0.8:
        return _with_article(body, is_plural=False)
    return _counted(mention, body, numbers)


def _counted(mention: Mention, body: str, numbers: dict[int, str]) -> str:
    if mention.count is None:
        return f"some {body}" if mention.is_plural else _with_article(body, is_plural=False)
    return f"{numbers[mention.count]} {body}"


def _is_plural(content: Content, kind: str) -> bool:
    return next(mention.is_plural for mention in content.mentions if mention.kind == kind)


def _with_article(phrase: str, is_plural: bool) -> str:
    if is_plural:
        return f"some {phrase}"
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def _join(phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _finish(text: str, rng: np.random.Generator) -> str:
    """Most sentences start with a capital and end with a full stop; people leave both out."""
    if rng.random() < 0.7:
        return _capital(text) + "."
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _pick(choices: Sequence[_T], rng: np.random.Generator) -> _T:
    return choices[rng.integers(len(choices))]
