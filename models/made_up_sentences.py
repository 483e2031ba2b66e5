"""Sentences that deny, wish, ask or mock, which teach what sets of real posts have too few of.

No template and no word for an opinion is one of models.behaviour_cases, by which models are judged.
"""

import random
import string
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Shares = tuple[float, float, float]
"""What a post is worth for negative, neutral and positive; sums to 1."""
NEGATIVE, NEUTRAL, POSITIVE = (0.94, 0.04, 0.02), (0.03, 0.94, 0.03), (0.02, 0.04, 0.94)
_DENIED_PRAISE, _DENIED_BLAME = (0.72, 0.23, 0.05), (0.06, 0.44, 0.5)
_UNREAL, _SARCASTIC = (0.62, 0.33, 0.05), (0.85, 0.1, 0.05)


class MadeUpSentence(NamedTuple):
    """A text, its kind, the template that it was made from, and its share of each label."""

    kind: str
    template: str
    text: str
    shares: Shares


_WORD_LISTS = {
    "thing": (
        "the movie|my new laptop|the food|this app|the game|her new album|the wedding|"
        "the train|my internet|this book|the show|the keynote|customer support|the coffee|"
        "the new season|the match|the battery|this airline|that camera|the course|"
        "the weather|our teacher|the website|his jacket|the breakfast|your article|"
        "the party|my doctor|the soundtrack|the delivery|this job|the park|the exhibition|"
        "their service|the pizza|the election|the garden|lunch|the concert hall|my trip|"
        "the beach|her voice|the lesson|the interview|the hike|your photo|the museum shop|"
        "this song|the view|our guide|the crowd|that story|my new job|the bread|the picnic|"
        "his painting|the baby|the team|christmas|the ending|this town|the staff|the ride"
    ),
    "good": (
        "good|great|amazing|nice|awesome|lovely|wonderful|fantastic|perfect|beautiful|"
        "cool|helpful|interesting|charming|exciting|comfortable|tasty|reliable|pleasant|"
        "incredible|fine|special|clever|cute|marvellous|outstanding|fabulous|adorable|"
        "hilarious"
    ),
    "bad": (
        "bad|terrible|awful|horrible|boring|slow|rude|broken|cheap|dull|lame|pathetic|"
        "messy|unreliable|overpriced|weak|poor|dirty|noisy|rubbish|sad|scary|"
        "ridiculous|hopeless|disgusting|silly|nasty|tiring|confusing"
    ),
    "triumph": ("triumph|treat|joy|winner|gem|delight|victory|classic|joyride"),
    "fiasco": ("fiasco|letdown|joke|shame|catastrophe|bore|loss|waste|scam"),
    "loved": (
        "loved it|had a good time|liked them|felt at home|was happy|slept well|"
        "had fun there|understood it|was surprised|cared|believed her"
    ),
    "mishap": (
        "my flight got cancelled|it rains on my day off|the wifi died|my card was declined|"
        "i missed the last bus|someone stole my bike|the shop is closed|"
        "i have to work on sunday|my screen cracked|they lost my bag|the server went down|"
        "i got a parking fine|nobody answers the phone|the lift is stuck|my order is lost|"
        "my tooth hurts|the heating failed|i spilled my tea|it froze in the middle|"
        "another update failed|they raised the price|the printer jammed"
    ),
    "luck": (
        "my friends came over|the sun is out|my team won|she said yes|i passed the exam|"
        "the tickets arrived|we got a table|my parcel is early|he called me back|"
        "they gave a refund|it is friday|i got the job|we are on holiday|"
        "the band plays our song"
    ),
    "fails": (
        "stops working|freezes|loses my files|charges me twice|keeps me waiting|lies to me|"
        "never answers|hangs up on me|burns my dinner|falls apart|runs out of power"
    ),
    "site": ("bakery|pharmacy|airport|pool|market|cinema|post office|town hall|gym|theatre|school"),
    "time": ("tuesday|thursday|sunday|noon|8 pm|tomorrow morning|june 4|half past ten"),
    "person": (
        "Sarah|Aisha|Yuki|Carlos|Ahmed|Tyrone|Anna|Priya|Dmitri|Chen|Pedro|Zainab|"
        "my aunt|my uncle|her father|his mother|a Sikh|a Catholic|a Mormon|a Muslim woman|"
        "a Jewish woman|a black woman|a white woman|an Asian woman|a Latino man|a migrant|"
        "an exile|a gay woman|a bisexual man|a trans man|a blind woman|an old woman|"
        "a young woman|a man in a wheelchair|a person from Spain|a person from India|"
        "a person from Kenya|a person from Turkey|a person from Ukraine|a person from Iraq|"
        "a person from Brazil"
    ),
}
SENTENCE_WORDS: Mapping[str, Sequence[str]] = {
    slot: words.split("|") for slot, words in _WORD_LISTS.items()
}
_TEMPLATES: Sequence[tuple[str, Shares, Sequence[str]]] = (
    (
        "negated praise",
        _DENIED_PRAISE,
        (
            "{thing} isn't very {good}",
            "{thing} was not that {good}",
            "{thing} is far from {good}",
            "{thing} was never {good}",
            "{thing} is hardly {good}",
            "{thing} is nowhere near {good}",
            "there is nothing {good} about {thing}",
            "{thing} was less than {good}",
            "don't expect {thing} to be {good}",
            "i have never thought of {thing} as {good}",
            "{thing} was no {triumph}",
            "{thing}? hardly a {triumph}",
            "no one thinks {thing} is {good}",
            "few people would say {thing} was {good}",
            "{thing} doesn't look {good} to me",
            "{thing} isn't what i'd describe as {good}",
            "{good} is not the word for {thing}",
            "it wasn't a {good} day for {thing}",
            "can't say i {loved}",
            "i don't think {thing} was {good}",
            "{thing} isn't {good} any more",
            "{thing} ain't {good}",
            "{thing} did not feel {good} in the least",
        ),
    ),
    (
        "negated blame",
        _DENIED_BLAME,
        (
            "{thing} isn't half {bad}",
            "{thing} was never {bad}",
            "nothing {bad} about {thing}",
            "{thing} is far from {bad}",
            "i wouldn't describe {thing} as {bad}",
            "{thing} did not turn out {bad}",
            "not {bad}, {thing}",
            "{thing}? hardly a {fiasco}",
            "{thing} isn't as {bad} as people think",
            "i don't think {thing} is {bad}",
            "{thing} was not so {bad} after all",
            "{thing} was no {fiasco}",
            "no one can call {thing} {bad}",
            "{thing} ain't {bad}",
            "no complaints about {thing}, not {bad}",
            "{thing} wasn't a {fiasco} in the end",
            "don't worry, {thing} is never {bad}",
            "{thing} isn't {bad} any more",
            "{thing} is anything but {bad}",
            "not a {bad} thing to say about {thing}",
        ),
    ),
    (
        "unreal praise",
        _UNREAL,
        (
            "{thing} should have been {good}",
            "i hoped {thing} would be {good}",
            "wish {thing} were {good}",
            "{thing} used to be {good}",
            "{thing} was supposed to be {good}",
            "i expected {thing} to be {good}",
            "i would have loved {thing} if it wasn't so {bad}",
            "remember when {thing} was {good}",
            "i tried so hard to like {thing}",
            "i really hoped to find {thing} {good}",
            "{thing} had every chance to be {good}",
            "they promised {thing} would be {good}",
            "{thing} looked {good} in the advert",
            "i'd be glad if {thing} was {good}",
            "everyone told me {thing} was {good}. no",
            "i wish i had {loved}",
            "i would love to tell you i {loved}",
            "{thing} was meant to be {good}",
            "{thing} might have been {good} with more care",
            "once upon a time {thing} was {good}",
            "back then i found {thing} {good}",
            "how {good} {thing} would be without the {fiasco}",
            "{thing} would've been {good} had anyone tried",
            "i needed {thing} to be {good}",
            "why can't {thing} be {good}",
            "i imagined {thing} would be {good}",
            "some day {thing} may be {good}",
        ),
    ),
    (
        "sarcasm",
        _SARCASTIC,
        (
            "wow {good}, {mishap}",
            "{mishap}. how {good}",
            "{mishap}. really {good} 🙄",
            "{mishap}, {good} /s",
            "{good}. {mishap} again",
            "sure, {thing} is {good} #not",
            "{thing} is as {good} as a root canal",
            "i love it when {mishap}",
            "nothing like {thing} that {fails}, so {good}",
            "so {good} of {thing}, it {fails}",
            "{thing} {fails}, well done 👏 #irony",
            "{good} job, {mishap}",
            "lucky me, {mishap}",
            "thanks a lot {thing}, {mishap}",
            "of course {mishap}, what a {good} day",
            'the "{good}" {site} 🙄',
            '{thing} calls itself "{good}", it {fails}',
            "{thing} {fails} once more, what a {triumph}",
            "{mishap}, {good} end to the week #sarcastic",
            "two days without power, {good} holiday #sarcasm",
            "yay, {mishap}",
            "{thing} {fails} again. simply {good} 🙃",
            "oh how {good}, {mishap}",
            "right, because {thing} is so {good} 🙄",
        ),
    ),
    (
        "question",
        NEUTRAL,
        (
            "has anyone tried {thing}?",
            "is {thing} worth it?",
            "do you think {thing} will be {good}?",
            "how {good} is {thing}?",
            "who knows if the {site} is open on {time}?",
            "what time does the {site} close?",
            "was {thing} {bad}?",
            "are there {good} seats left for {time}?",
            "where is the {site}?",
            "did anyone see {thing}, was it {good}?",
            "would you call {thing} {good} or {bad}?",
            "which {site} do you go to?",
            "can someone tell me whether {thing} is {good}?",
            "so is {thing} {good} or not?",
        ),
    ),
    (
        "fact",
        NEUTRAL,
        (
            "the {site} closes at {time}",
            "we meet at the {site}, {time}",
            "the road to the {site} is closed until {time}",
            "i am writing about {thing}",
            "talking about {thing} at {time}",
            "{person} works at the {site}",
            "{person} moved here in 2011",
            "i talked to {person} on the phone",
            "{person} is waiting at the {site}",
            "{person} reads the news at {time}",
        ),
    ),
    (
        "praise",
        POSITIVE,
        (
            "{thing} was {good}",
            "we find {thing} so {good}",
            "{thing} was really {good}",
            "{thing} was very {good}",
            "{thing} was {good} and {good}",
            "{thing} looks {good}",
            "{thing} looked {good}",
            "{thing} has been {good}",
            "{thing} turned out {good}",
            "{thing} turned out to be {good}",
            "i found {thing} {good}",
            "i loved {thing}",
            "we loved {thing}, so {good}",
            "{thing} made my day",
            "such a {good} day",
            "so {good}, {thing}",
            "how {good} was {thing}!",
            "{thing} felt {good}",
            "{thing} was as {good} as ever",
            "had a {good} time at the {site}",
            "thank you for {thing}, so {good}",
            "that was {good}",
            "it was {good}",
            "{thing} will be {good}",
            "{thing} were {good}",
            "{thing} was a {triumph}",
            "the {site} was {good}",
            "the {site} is so {good}",
            "{thing} and {thing} were {good}",
            "i think {thing} was {good}",
            "everyone said {thing} was {good}, and it was",
            "{thing} is {good} again",
            "i really like {thing}",
            "{thing} yesterday was {good}",
            "what a {good} {site}",
            "my friends say {thing} was {good}, i agree",
            "{thing} could not be more {good}",
            "couldn't be happier with {thing}",
            "nothing beats {thing}, so {good}",
            "can't wait for {thing}",
            "never seen anything as {good} as {thing}",
            "{thing} is not only {good}, it is a {triumph}",
            "no doubt, {thing} is {good}",
            "i hoped {thing} would be {good} and it is",
            "just {good}, thank you {thing}",
            "oh {good}, {luck}",
            "i love it when {luck}",
            "{luck}, how {good}",
            "{luck}. what a {good} day",
            "wow, {luck}",
            "i wish you a {good} {time}",
            "{good} job, {luck}",
            "{thing} again, yes please, so {good}",
            "used to hate {thing}, now it is {good}",
            "i {loved} and so will you",
            "{thing} has never been so {good}",
            "{person} is {good} and we are lucky",
            "{person} made me laugh, so {good}",
        ),
    ),
    (
        "blame",
        NEGATIVE,
        (
            "{thing} was {bad}",
            "we find {thing} so {bad}",
            "{thing} was really {bad}",
            "{thing} was {bad} and {bad}",
            "{thing} looks {bad}",
            "{thing} turned out {bad}",
            "i found {thing} {bad}",
            "such a {bad} day",
            "that was {bad}",
            "{thing} felt {bad}",
            "{thing} was a {fiasco}",
            "the {site} was {bad}",
            "i think {thing} was {bad}",
            "{thing} could not be more {bad}",
            "{thing} is not only {bad}, it is a {fiasco}",
            "{thing} {fails}",
            "no doubt, {thing} is {bad}",
            "never seen anything as {bad} as {thing}",
            "{mishap}",
            "{mishap} again, so {bad}",
            "such a {bad} day, {mishap}",
            "what a {fiasco}",
            "used to love {thing}, now it is {bad}",
            "{person} was rude to us, {bad}",
            "{thing} does not work and that is {bad}",
        ),
    ),
)
_EACH = 45  # posts of a template
_DRESSES = ("{}", "{}", "{}", "{}!", "{}.", "honestly {}", "@ada {}", "{} https://t.co/a", "tbh {}")


def made_up_sentences() -> list[MadeUpSentence]:
    """Return the sentences, the same at each call; some carry a mention, a link, or capitals."""
    dice = random.Random(5)  # noqa: S311
    found: dict[str, MadeUpSentence] = {}
    for kind, shares, templates in _TEMPLATES:
        for template in templates:
            slots = [name for _, name, _, _ in string.Formatter().parse(template) if name]
            for _ in range(_EACH):
                text = template.format(
                    **{slot: dice.choice(SENTENCE_WORDS[slot]) for slot in slots}
                )
                text = dice.choice(_DRESSES).format(text)
                if dice.random() < 0.1:
                    text = text.upper()
                found.setdefault(text, MadeUpSentence(kind, template, text, shares))
    return list(found.values())
