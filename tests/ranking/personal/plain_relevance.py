"""The score of one paper for one reader, plainly: what the fast path must give. Everything is computed anew."""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import log, sqrt

from digest.domain import PaperRecord
from digest.ranking.matching.field_index import FieldIndex
from digest.ranking.personal.earlier_papers import EarlierPapers
from digest.ranking.personal.relevance import COLUMNS, RelevanceWeights
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.text.paper_vector import PaperVector, make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from subscriptions.filters.language import Filter, FilterError, Term, is_exclusion, parse, positive_terms, words


class PlainRelevance:
    def __init__(
        self,
        papers: Sequence[PaperRecord],
        vectors: Sequence[PaperVector],
        earlier: EarlierPapers,
        weights: RelevanceWeights,
    ) -> None:
        self.papers, self.vectors, self.earlier, self.weights = papers, vectors, earlier, weights
        self.fields = FieldIndex(papers)

    def score(self, reader: ReaderSignals) -> list[float]:
        """Return the total of each paper, without the constants by which families are made relative."""
        return [sum(self.families(reader, rank).values()) for rank in range(len(self.papers))]

    def families(self, reader: ReaderSignals, rank: int) -> dict[str, float]:
        columns, likes = self.columns(reader, rank), len(reader.liked)
        parts = dict.fromkeys(("filters", "interests", "likes", "categories", "authors", "trending", "new"), 0.0)
        for name, value in columns.items():
            weight = (likes * self.weights.many[name] + self.weights.none[name]) / (likes + 1)
            parts[COLUMNS[name]] += weight * value
        parts["filters"] += self._names(reader, rank)
        parts["authors"] = self._authors(reader, rank)
        parts["trending"] = self.weights.trending * reader.popularity * self.papers[rank].score
        parts["new"] = self.weights.new * (self.papers[rank].kind == "new")
        parts |= dict.fromkeys(reader.switched_off & parts.keys(), 0.0)
        parts["likes"] -= self.weights.disliked * self._dislike(reader, rank)
        return parts

    def columns(self, reader: ReaderSignals, rank: int) -> dict[str, float]:
        return dict.fromkeys(COLUMNS, 0.0) | {
            **(self._likes(reader, rank) if reader.liked else {}),
            **self._follows(reader.categories, rank),
            **self._filters(reader, rank),
        }

    def _likes(self, reader: ReaderSignals, rank: int) -> dict[str, float]:
        near = [round(1000 * cosine(paper.vector, self.vectors[rank])) / 1000 for paper in reader.liked]
        marks = [paper.weight for paper in reader.liked]
        mean = sum(mark * each for mark, each in zip(marks, near, strict=True)) / sum(marks)
        square = sum(mark * each * each for mark, each in zip(marks, near, strict=True)) / sum(marks)
        liked = [paper.categories for paper in reader.liked]
        own = self.papers[rank].categories
        odds = [
            log((sum(code in each for each in liked) + 0.3) / (len(liked) + 1))
            - log(sum(code in paper.categories for paper in self.papers) / len(self.papers) + 0.001)
            for code in own
        ]
        first = log((sum(each[:1] == own[:1] for each in liked) + 0.3) / (len(liked) + 1)) - log(
            sum(paper.categories[:1] == own[:1] for paper in self.papers) / len(self.papers) + 0.001
        )
        return {
            "like_mean": log(mean + 0.01),
            "like_root": log(sqrt(square) + 0.01),
            "like_best": log(max(near) + 0.01),
            "like_usual": self._usual(rank),
            "like_categories": sum(odds) / len(odds),
            "like_primary": first,
            "like_same_set": float(set(own) in [set(each) for each in liked]),
            "like_no_category": float(not any(code in each for code in own for each in liked)),
        }

    def _follows(self, categories: Sequence[str], rank: int) -> dict[str, float]:
        listed = [code for code in categories if self.fields.category(code) >> rank & 1]
        others = float(len(self.papers[rank].categories))
        if not listed:
            return {"follows_others": others} if categories else {}
        counts = [self.fields.category(code).bit_count() / len(self.papers) for code in listed]
        return {
            "follows_share": min(1.0, len(listed) / len(self.papers[rank].categories)),
            "follows_primary": float(any(self.fields.primary(code) >> rank & 1 for code in categories)),
            "follows_any": 1.0,
            "follows_rarity": max(0.0, *(-log(count + 0.001) for count in counts)),
            "follows_count": float(len(listed)),
            "follows_others": others - len(listed),
        }

    def _filters(self, reader: ReaderSignals, rank: int) -> dict[str, float]:
        found: dict[str, float] = {}
        queries, interests = [], []
        liked = () if "likes" in reader.switched_off else reader.liked
        known = set(chain.from_iterable(as_mapping(paper.vector) for paper in liked))
        for text in reader.filters:
            try:
                tree = parse(text)
            except FilterError:
                continue
            if is_exclusion(tree):
                continue
            terms = [term for term in positive_terms(tree) if isinstance(term, Term)]
            spoken = [term.words for term in terms if term.field in ("any", "title", "abstract")]
            query = make_vector(" ".join(chain.from_iterable(spoken)), "", load_shipped_rarity())
            interest = self.earlier.interests.get(text)
            if not set(as_mapping(query)) or not set(as_mapping(query)) <= known:
                queries.append(round(1000 * cosine(query, self.vectors[rank])) / 1000)
                interests.append(round(1000 * cosine(interest, self.vectors[rank])) / 1000 if interest else 0.0)
            levels = self.fields.levels(tree)
            chosen = levels.anywhere & self.fields.all
            if terms and not spoken:
                continue
            rarity = log((len(self.papers) + 1) / (chosen.bit_count() + 1))
            anywhere, often, title = (bool(each & chosen & 1 << rank) for each in levels[:3])
            for name, value in (
                ("match_title", title),
                ("match_often", often),
                ("match_any", anywhere),
                ("match_title_rarity", rarity * title),
                ("match_any_rarity", rarity * anywhere),
            ):
                found[name] = found.get(name, 0.0) + value
        if not queries:
            return found
        words_mean, earlier_mean = sum(queries) / len(queries), sum(interests) / len(interests)
        return found | {
            "words_mean": log(words_mean + 0.01),
            "earlier_mean": log(earlier_mean + 0.01),
            "earlier_best": log(max(interests) + 0.01),
            "words_plain": words_mean,
            "earlier_plain": earlier_mean,
            "filter_usual": self._usual(rank),
        }

    def _usual(self, rank: int) -> float:
        others = [vector for other, vector in enumerate(self.vectors) if other != rank]
        return sum(round(1000 * cosine(other, self.vectors[rank])) for other in others) / 1000 / (len(others) + 101)

    def _dislike(self, reader: ReaderSignals, rank: int) -> float:
        """Return by how much, as a logarithm, a paper is more like one disliked than like any liked one."""
        if not reader.disliked or "dislikes" in reader.switched_off:
            return 0.0
        liked = () if "likes" in reader.switched_off else reader.liked
        best, worst = (
            max([0.025, *(round(1000 * cosine(paper.vector, self.vectors[rank])) / 1000 for paper in papers)])
            for papers in (liked, reader.disliked)
        )
        return max(0.0, log(worst / best))

    def _authors(self, reader: ReaderSignals, rank: int) -> float:
        liked = {tuple(words(name)) for paper in reader.liked for name in paper.authors}
        own = {tuple(words(name)) for name in self.papers[rank].authors}
        return self.weights.shared_author * any(len(name) > 1 for name in liked & own)

    def _names(self, reader: ReaderSignals, rank: int) -> float:
        trees = [tree for tree in map(_parse, reader.filters) if tree and not is_exclusion(tree)]
        named = any(self.fields.levels(tree).author >> rank & 1 and self.fields.all >> rank & 1 for tree in trees)
        return self.weights.named_author * named


def _parse(text: str) -> Filter | None:
    try:
        return parse(text)
    except FilterError:
        return None


def cosine(one: PaperVector, other: PaperVector) -> float:
    first, second = as_mapping(one), as_mapping(other)
    lengths = sqrt(sum(each**2 for each in first.values())) * sqrt(sum(each**2 for each in second.values()))
    return sum(weight * second.get(term, 0) for term, weight in first.items()) / lengths if lengths else 0.0


def as_mapping(vector: PaperVector) -> Mapping[int, int]:
    return dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))
