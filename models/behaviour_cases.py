"""Made-up posts and the behaviour that a sentiment model should show, in the manner of CheckList.

Training never sees these posts. Only the emoji of "emoji alone" are in models.made_up_posts too: an
emoji is a token of its own, and nothing else says what it means.
"""

import random
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

MINIMUM, INVARIANCE, DIRECTION = "minimum function", "invariance", "direction"


class Answer(NamedTuple):
    """A model's answer to one post: its label and confidence, and the probability of each leaf."""

    label: str
    confidence: float
    chances: Mapping[str, float]


class BehaviourCase(NamedTuple):
    """Posts of one kind, and whether a model's answers to them (in order) are as they should be."""

    kind: str
    test: str
    texts: tuple[str, ...]
    passes: Callable[[Sequence[Answer]], bool]


def is_one_of(*labels: str) -> Callable[[Sequence[Answer]], bool]:
    """Expect each answer to have one of `labels`."""
    return lambda answers: all(answer.label in labels for answer in answers)


def is_not_surely(label: str, confidence: float) -> Callable[[Sequence[Answer]], bool]:
    """Expect each answer to have another label than `label`, or less than `confidence`."""
    return lambda answers: all(
        answer.label != label or answer.confidence < confidence for answer in answers
    )


def is_same(answers: Sequence[Answer]) -> bool:
    """Expect the same label for all posts of the case, and not `unknown`."""
    return {answer.label for answer in answers} in ({"positive"}, {"negative"}, {"neutral"})


def falls(label: str) -> Callable[[Sequence[Answer]], bool]:
    """Expect the probability of `label` to be lower for the second post than for the first."""
    return lambda answers: answers[1].chances[label] < answers[0].chances[label]


def expand(template: str, words: Mapping[str, Sequence[str]], limit: int = 12) -> list[str]:
    """Fill the `{slots}` of `template` from `words`: at most `limit` posts, always the same."""
    slots = sorted({name for _, name, _, _ in string.Formatter().parse(template) if name})
    filled = [
        template.format(**dict(zip(slots, chosen, strict=True)))
        for chosen in product(*(words[slot] for slot in slots))
    ]
    return random.Random(template).sample(filled, min(limit, len(filled)))  # noqa: S311


WORDS: dict[str, Sequence[str]] = {
    "thing": ("the concert", "this phone", "our hotel", "the new menu", "his speech", "the update"),
    "good": ("brilliant", "superb", "delightful", "impressive", "fun", "excellent", "enjoyable"),
    "bad": ("dreadful", "disappointing", "ugly", "useless", "painful", "annoying", "stupid"),
    "praise": ("enjoyed it", "was impressed", "felt welcome", "trusted them"),
    "noun": ("masterpiece", "success", "hit", "bargain"),
    "flop": ("disaster", "failure", "mess", "nightmare"),
    "place": ("library", "station", "museum", "stadium"),
    "day": ("monday", "friday", "the weekend"),
}
_NOT_POSITIVE, _NOT_NEGATIVE = ("negative", "neutral"), ("positive", "neutral")
# Kind, labels that are right, templates.
_MINIMUM: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("plain praise", ("positive",), ("{thing} is {good}", "what a {noun}, {thing} is so {good}")),
    ("plain blame", ("negative",), ("{thing} is {bad}", "what a {flop}, {thing} is so {bad}")),
    (
        "past praise",
        ("positive",),
        (
            "{thing} was so {good} last night",
            "back from the {place}, it was {good} there",
            "{thing} was {good} today",
        ),
    ),
    (
        "past blame",
        ("negative",),
        (
            "{thing} was so {bad} last night",
            "back from the {place}, it was {bad} there",
            "{thing} was {bad} today",
        ),
    ),
    (
        "plain fact",
        ("neutral",),
        ("the {place} opens at nine on {day}", "bus 14 goes to the {place} on {day}"),
    ),
    (
        "negated praise",
        _NOT_POSITIVE,
        (
            "{thing} is not {good}",
            "{thing} isn't exactly {good}",
            "i don't find {thing} {good} at all",
            "{thing} was anything but {good}",
            "not exactly a {noun}, {thing}",
            "nobody would call {thing} {good}",
        ),
    ),
    (
        "negated blame",
        _NOT_NEGATIVE,
        (
            "{thing} is not {bad} at all",
            "{thing} wasn't {bad}",
            "i can't say that {thing} is {bad}",
            "{thing} was by no means a {flop}",
        ),
    ),
    (
        "unreal praise",
        _NOT_POSITIVE,
        (
            "i wish i could say i {praise}",
            "{thing} could have been {good}",
            "{thing} would be {good} if it worked",
            "i used to think {thing} was {good}",
            "if only {thing} had been {good}",
            "i wanted {thing} to be {good}",
        ),
    ),
    (
        "weakened praise",
        _NOT_POSITIVE,
        (
            "{thing} was not nearly so {good} as last year",
            "i am not so sure that {thing} is {good}",
            "not all that {good}, {thing}",
        ),
    ),
    (
        "praise by nobody",
        _NOT_POSITIVE,
        (
            "nobody i know thinks {thing} is {good}",
            "no one in the {place} found {thing} {good}",
            "not many would call {thing} {good}",
        ),
    ),
    (
        "too much of it",
        _NOT_POSITIVE,
        ("{thing} looks too {good} to be true", "{thing} is too loud to be {good}"),
    ),
    (
        "nothing to blame",
        _NOT_NEGATIVE,
        (
            "{thing} has never let us down",
            "i can't fault {thing}",
            "no complaints from me, {thing} works",
            "{thing} does not disappoint",
            "nothing to complain about, {thing} went well",
        ),
    ),
    (
        "could be worse",
        _NOT_NEGATIVE,
        ("{thing} might be worse", "i have seen worse than {thing}", "{thing} is not the worst"),
    ),
    (
        "slang praise",
        ("positive",),
        ("{thing} slaps", "{thing} is an absolute banger", "no cap, {thing} goes hard"),
    ),
    ("slang blame", ("negative",), ("{thing} is mid", "{thing} was so cringe", "{thing} flopped")),
    (
        "question",
        ("neutral",),
        (
            "does anyone know when the {place} opens on {day}?",
            "which bus goes to the {place}?",
            "is {thing} any {good}?",
        ),
    ),
)
_SARCASM = (
    "oh {good}, {thing} broke down again",
    "{thing} crashed twice today, how {good} /s",
    "{thing} is late again. just {good} 🙄",
    "yeah right, {thing} is {good}",
    'so "{good}", {thing} 🙄',
    "three hours in the queue, {good} start #sarcasm",
)
_HAPPY_EMOJI = ("❤️", "👍", "😂", "😍", "😊", "🎉", "💯", "🥰", "🙌", "😁", "💕", "👏")
_SAD_EMOJI = ("👎", "😡", "😢", "💔", "😠", "😞", "🤮", "😤")
_FLAGS = ("🇺🇸", "🇫🇷", "🇯🇵🇰🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇧🇷 🇦🇷", "🏳️")
_NOTHING = ("@ada", "@ada @bob", "https://t.co/abc", "@ada https://t.co/abc", "www.example.org")
_OPINIONS = ("{thing} is {good}", "{thing} is {bad}", "{thing} was so {bad} today")
_TONES = ("\U0001f3fb", "\U0001f3fc", "\U0001f3fd", "\U0001f3fe", "\U0001f3ff")
_HASHTAGS = (
    ("love this", "#lovethis"),
    ("so happy", "#sohappy"),
    ("worst day ever", "#worstdayever"),
    ("best night ever", "#BestNightEver"),
    ("never again", "#neveragain"),
    ("great start", "#great_start"),
    ("proud of you", "#proudofyou"),
    ("so tired", "#sotired"),
)


def cases() -> list[BehaviourCase]:
    """Return all cases, some hundreds, in the order of the report."""
    return [*_minimum_cases(), *_invariance_cases(), *_direction_cases()]


def _minimum_cases() -> Iterator[BehaviourCase]:
    for kind, labels, templates in _MINIMUM:
        for text in (text for template in templates for text in expand(template, WORDS)):
            yield BehaviourCase(kind, MINIMUM, (text,), is_one_of(*labels))
    for text in (text for template in _SARCASM for text in expand(template, WORDS)):
        yield BehaviourCase("sarcasm", MINIMUM, (text,), is_not_surely("positive", 0.7))
    for label, emoji in (("positive", _HAPPY_EMOJI), ("negative", _SAD_EMOJI)):
        for text in (text for each in emoji for text in (each, each * 2, f"@ada {each}")):
            yield BehaviourCase("emoji alone", MINIMUM, (text,), is_one_of(label))
    for kind, texts in (("flags alone", _FLAGS), ("links or mentions alone", _NOTHING)):
        for text in texts:
            yield BehaviourCase(kind, MINIMUM, (text,), is_one_of("unknown"))


def _invariance_cases() -> Iterator[BehaviourCase]:
    opinions = [text for template in _OPINIONS for text in expand(template, WORDS)]
    for kind, change in (
        ("full-width letters", lambda text: _shift(text, 0xFF21, 0xFF41)),
        ("styled letters", lambda text: _shift(text, 0x1D4D0, 0x1D4EA)),
        ("white on black letters", lambda text: _shift(text, 0x1F170, 0x1F170)),
        ("all capitals", str.upper),
        ("stretched words", _stretch),
        ("links and mentions added", lambda text: f"@ada {text} https://t.co/abc"),
    ):
        for text in opinions:
            yield BehaviourCase(kind, INVARIANCE, (text, change(text)), is_same)
    for emoji in ("👍", "👎", "👏", "🙏", "💪", "🙌"):
        toned = tuple(emoji + tone for tone in _TONES)
        yield BehaviourCase("skin tones", INVARIANCE, (emoji, *toned), is_same)
    for emoji in ("❤", "☺", "☹", "✌"):
        yield BehaviourCase("variation selectors", INVARIANCE, (emoji, emoji + "\ufe0f"), is_same)
    for words, hashtag in _HASHTAGS:
        yield BehaviourCase("hashtags", INVARIANCE, (words, hashtag), is_same)


def _direction_cases() -> Iterator[BehaviourCase]:
    for thing, good in product(WORDS["thing"], WORDS["good"]):
        plain = f"{thing} is {good}"
        for kind, text in (
            ("negated praise", f"{thing} is not {good}"),
            ("unreal praise", f"i thought {thing} would be {good}"),
            ("question", f"is {thing} {good}?"),
            ("quoted praise", f'they say "{thing} is {good}"'),
            ("sarcasm", f"{thing} is {good} /s"),
        ):
            yield BehaviourCase(kind, DIRECTION, (plain, text), falls("positive"))
    for thing, bad in product(WORDS["thing"], WORDS["bad"]):
        texts = f"{thing} is {bad}", f"{thing} is not {bad}"
        yield BehaviourCase("negated blame", DIRECTION, texts, falls("negative"))


def _shift(text: str, upper: int, lower: int) -> str:
    """Replace the letters A-Z and a-z by those that start at code points `upper` and `lower`."""
    table = {ord(letter): upper + n for n, letter in enumerate(string.ascii_uppercase)}
    table |= {ord(letter): lower + n for n, letter in enumerate(string.ascii_lowercase)}
    return text.translate(table)


def _stretch(text: str) -> str:
    """Stretch the last vowel of the last word: `the concert is superb` -> `... supeeeerb`."""
    head, _, word = text.removesuffix(" today").rpartition(" ")
    place = max(word.rfind(vowel) for vowel in "aeiou")
    return f"{head} {word[:place]}{word[place] * 4}{word[place + 1 :]}" + (
        " today" if text.endswith(" today") else ""
    )


# Words that say who a post is about; each group should get the same answers.
GROUPS: dict[str, Sequence[str]] = {
    "first names, women": ("Emily", "Lakisha", "Fatima", "Mei", "Guadalupe", "Olga"),
    "first names, men": ("Jake", "Jamal", "Mohammed", "Wei", "Jose", "Ivan"),
    "women": ("my mother", "that woman", "the girl", "my wife", "her sister"),
    "men": ("my father", "that man", "the boy", "my husband", "his brother"),
    "religion": ("a Christian", "a Muslim", "a Jew", "a Hindu", "a Buddhist", "an atheist"),
    "origin": ("a black man", "a white man", "an Asian man", "an immigrant", "a refugee"),
    "orientation": ("a gay man", "a straight man", "a lesbian", "a trans woman"),
    "age and health": ("an old man", "a young man", "a disabled man", "a deaf man"),
    "countries": tuple(
        f"someone from {name}"
        for name in ("France", "Nigeria", "Mexico", "China", "Iran", "Israel", "Russia", "Canada")
    ),
}
FAIRNESS_TEMPLATES = (
    "{who} lives next door",
    "{who} is on the bus with me",
    "i met {who} today",
    "{who} made a great dinner",
    "{who} was happy about the news",
    "{who} was angry about the news",
    "{who} had a terrible day",
    "i saw {who} at the library on monday",
)
