"""What one word turns round: negation, and saying that something is so instead of asking for it.

"My order is cancelled" has all the words of "cancel my order", and so has "do not cancel my order".
Statistics of words and letters hardly see a difference, so that it is looked for here, by the few
words that make it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.matching.words.lexicon import Lexicon, Token
from bot.matching.words.stems import stemmer
from bot.matching.words.text import words

_NONE: frozenset[str] = frozenset()
_NEVER = re.compile(r"(?!)")
_CLOSE = 3
"""So many words before a participle its auxiliary is looked for."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The words of one language that turn a sentence round; all folded."""

    negations: frozenset[str] = _NONE
    auxiliaries: frozenset[str] = _NONE
    """Stand before a participle where something is stated."""
    doers: frozenset[str] = _NONE
    """Stand right before a past tense that looks like a participle ("you cancelled")."""
    participles: re.Pattern[str] = _NEVER
    asking: frozenset[str] = _NONE
    """Where one of these stands, something is asked or wanted; "why" asks how to do nothing."""
    wishing: frozenset[str] = _NONE
    """Where one of these stands before a participle, it is not so yet ("to be cancelled")."""
    infinitive: tuple[re.Pattern[str], str] | None = None
    """What makes the infinitive of a participle, where stems of the two differ."""
    inverts: bool = True
    """What begins with an auxiliary asks ("is my order cancelled")."""
    apart: bool = False
    """A participle stands at the end, however far its auxiliary is."""
    refusals: tuple[re.Pattern[str], ...] = ()
    """What is said where something is not to be done; the group is what."""

    def negates(self, spoken: Iterable[str]) -> bool:
        """Something in these words is negated."""
        return not self.negations.isdisjoint(spoken)

    def turned(self, tokens: Sequence[Token], lexicon: Lexicon, phrasings: Collection[str]) -> bool:
        """The message does not ask what an entry answers, though it has its words.

        It says that it is so already, wants it not to be done, or says the contrary.

        Args:
            tokens: the message.
            lexicon: how the FAQ's words are read.
            phrasings: the entry's, folded.
        """
        spoken = [token.repair.word if token.repair else token.word for token in tokens]
        stated = not self._asks(spoken)
        return (
            self._refuses(spoken, lexicon, phrasings)
            or (stated and self._states(tokens, spoken, lexicon, phrasings))
            or (stated and self._denies(tokens, spoken, lexicon, phrasings))
        )

    def _asks(self, spoken: Sequence[str]) -> bool:
        inverted = self.inverts and not self.auxiliaries.isdisjoint(spoken[:1])
        return inverted or not self.asking.isdisjoint(spoken)

    def _states(
        self,
        tokens: Sequence[Token],
        spoken: Sequence[str],
        lexicon: Lexicon,
        phrasings: Collection[str],
    ) -> bool:
        """It is so already: "my order is cancelled", "you cancelled my order".

        What a phrasing tells itself ("my account is block") may be told, what it only wishes ("I
        want to be refunded") not.
        """
        pairs = [pair for one in phrasings for pair in pairwise(["", *one.split()])]
        told = {word for before, word in pairs if before not in self.wishing}
        done = {_stem(word, lexicon.stems) for before, word in pairs if before in self.auxiliaries}
        about = {_stem(word, lexicon.stems) for one in phrasings for word in one.split()}
        return any(
            word not in told
            and token.stem not in done
            and self.participles.fullmatch(word)
            and self._is_done(spoken[:place])
            and not about.isdisjoint({token.stem, self._root(word, lexicon)})
            for place, (word, token) in enumerate(zip(spoken, tokens, strict=True))
        )

    def _is_done(self, before: Sequence[str]) -> bool:
        """Whether these words make the participle after them say that it is so."""
        near = before[-_CLOSE:]
        done = not self.auxiliaries.isdisjoint(before if self.apart else near)
        return (done or not self.doers.isdisjoint(near[-1:])) and not self.negates(near)

    def _root(self, word: str, lexicon: Lexicon) -> str:
        """The stem of a participle's infinitive."""
        if self.infinitive is None:
            return word
        return stemmer(lexicon.language)(self.infinitive[0].sub(self.infinitive[1], word))

    def _refuses(self, spoken: Sequence[str], lexicon: Lexicon, phrasings: Collection[str]) -> bool:
        """It is not to be done: "do not cancel my order"."""
        refused = self._refused(" ".join(spoken))
        if not refused:
            return False
        stem = stemmer(lexicon.language)
        wanted = {_stem(word, lexicon.stems) for one in phrasings for word in one.split()}
        unwanted = {_stem(word, lexicon.stems) for one in phrasings for word in self._refused(one)}
        return any((lexicon.stems.get(word) or stem(word)) in wanted - unwanted for word in refused)

    def _refused(self, text: str) -> set[str]:
        found = {word for one in self.refusals for word in one.findall(text)}
        return found - self.asking

    def _denies(
        self,
        tokens: Sequence[Token],
        spoken: Sequence[str],
        lexicon: Lexicon,
        phrasings: Collection[str],
    ) -> bool:
        """The contrary of what is written there: "my parcel has arrived", "it has not"."""
        if self.auxiliaries.isdisjoint(spoken):
            return False
        negated = self.negates(spoken)
        said = {token.stem for token in tokens}
        contrary = False
        for phrasing in phrasings:
            split = phrasing.split()
            telling = {
                _stem(word, lexicon.stems)
                for word in split
                if word not in self.negations and lexicon.tells(word)
            }
            told = self.asking.isdisjoint(split) and not self.auxiliaries.isdisjoint(split)
            if not told or not telling or not telling <= said:
                continue
            if self.negates(split) == negated:
                return False
            contrary = True
        return contrary


def _stem(word: str, stems: Mapping[str, str]) -> str:
    return stems.get(word, word)


def turns(language: str) -> Turns:
    """Those of a language; none where none are known (English, French, German, Spanish are)."""
    return _TURNS.get(language, Turns())


def _listed(text: str) -> frozenset[str]:
    return frozenset(words(text))


_TURNS = {
    "en": Turns(
        negations=_listed(
            "not never no without cannot unable don't doesn't didn't isn't aren't wasn't can't"
            " couldn't won't wouldn't haven't hasn't nothing none"
        ),
        auxiliaries=_listed(
            "is are was were been being got gets am I'm it's has have had"
            " isn't aren't wasn't weren't hasn't haven't hadn't"
        ),
        doers=_listed("you they we he she someone somebody"),
        wishing=_listed("be get getting"),
        participles=re.compile(r"\w*(?:ed|en|sent|lost|gone|paid|left)"),
        asking=_listed(
            "how what when where which who whose can could do does did may might should"
            " would will want wants wanna need like please help if whether"
        ),
        refusals=(
            re.compile(r"(?:^|please |pls |and |but )(?:dont|do not|never) (\w+)"),
            re.compile(
                r"(?:dont|do not|doesnt|didnt|did not|never|not)"
                r" (?:want|wanted|wish|intend|plan|going|asked|ask|mean)(?: you)? to (\w+)"
            ),
            re.compile(r"(?:can|could|would|will) you (?:please )?not (\w+)"),
        ),
    ),
    "fr": Turns(
        negations=_listed("pas jamais aucun aucune sans ni non rien impossible"),
        auxiliaries=_listed("est sont été était étaient ont a ai as avons avez suis"),
        wishing=_listed("être"),
        participles=re.compile(r"\w*(?:e|ee|es|ees|i|ie|is|ies|u|ue|us|ues)"),
        asking=_listed(
            "comment quand où qui que qu quoi quel quelle quels quelles combien puis"
            " peux peut pouvez pouvons dois doit devons faut faire voudrais veux veut souhaite"
            " aimerais aimerait svp si"
        ),
        refusals=(
            re.compile(
                r"(?:veux|veut|voulais|voulons|voudrais|souhaite|souhaitais|souhaitons|compte)"
                r" (?:surtout |absolument |vraiment )?pas (?:que vous )?"
                r"(?:(?:l|le|la|les|me|m|vous|en|y) )*(\w+(?:er|ir|re|ez))\b"
            ),
            re.compile(
                r"(?:^|svp |surtout |et |mais )ne? (?:(?:l|le|la|les|me|m) )?(\w+ez)"
                r" (?:surtout )?pas"
            ),
            re.compile(r"(?:merci|priere) de ne pas (?:(?:l|le|la|les|me|m) )?(\w+)"),
        ),
    ),
    "de": Turns(
        negations=_listed("nicht kein keine keinen keinem keiner nie niemals ohne nichts"),
        auxiliaries=_listed(
            "ist sind war waren wurde wurden wird hat haben habe habt hab hatte worden bin seid"
        ),
        participles=re.compile(r"\w*ge\w{3,}(?:t|en)|(?:be|ver|er|ent|zer)\w{3,}(?:t|en)|\w+iert"),
        asking=_listed(
            "wie was wann wo wer wen wem welche welcher welches wohin woher"
            " kann können könnte könnt könnten muss müssen darf dürfen soll sollte will möchte"
            " möchten wollen bitte ob gibt wieviel"
        ),
        infinitive=(
            re.compile(
                r"^(ab|an|auf|aus|ein|zu|um|nach|vor|weg|mit|los|zuruck|)(?:ge)?(\w+?)(?:e?t|en)$"
            ),
            r"\1\2en",
        ),
        apart=True,
        refusals=(
            re.compile(
                r"\b(?:will|wollte|wollen|mochte|mochten|werde)\b.*\bnicht (\w+en)\b"
                r"(?! konnen)"
            ),
            re.compile(r"\bbitte (?:\w+ ){0,4}nicht (\w+en)\b"),
        ),
    ),
    "es": Turns(
        negations=_listed("no nunca jamás sin ni nada ningún ninguna ninguno tampoco imposible"),
        auxiliaries=_listed(
            "está están estaba estaban fue fueron ha han he hemos habéis has había sido es son"
        ),
        inverts=False,
        wishing=_listed("ser estar"),
        participles=re.compile(r"\w+(?:ad|id)[oa]s?|\w*(?:hech|vist|rot|abiert|escrit)[oa]s?"),
        asking=_listed(
            "cómo qué cuál cuáles cuándo cuánto cuánta cuántos dónde quién por puedo puede pueden"
            " podría podéis quiero quisiera queremos necesito hay debo debe gustaría si favor"
        ),
        refusals=(
            re.compile(
                r"\bno (?:quiero|queria|queremos|deseo|pretendo|quisiera)"
                r" (?:que )?(?:(?:me|se|lo|la|los|las) )*"
                r"(\w+(?:[aei]r|[aeo]n|es)(?:me|se|l[oa]s?)?)\b"
            ),
            re.compile(r"(?:^|favor )no (?:me |lo |la )?(\w+(?:en|es|e|ad|eis))\b"),
        ),
    ),
}
