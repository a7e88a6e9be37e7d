"""Reasons read from kept terms: every term belongs to exactly one reason, so reasons sum up.

Nothing here computes a score a second time. A reason names the terms it stands for, what they add,
and the evidence behind them; taking the evidence away takes the term away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from penchant.domain.item import FacetSpec, Item
from penchant.domain.profile import Verdict
from penchant.domain.query import Analysis
from penchant.domain.result import Explanation
from penchant.ranking.crowd_reasons import CrowdReasons
from penchant.ranking.evidence import Evidence, said_of, share_of

__all__ = ["Explainer", "MatchedQuery"]

BASE_TERM = "base"
MATCH_TERMS = ("title", "lexical", "semantic", "rerank")
NEGLIGIBLE = 1e-12
GENRE = "genre"
MOST_NAMES = 2
RATING_PRIOR = 50.0


@dataclass(frozen=True, slots=True)
class MatchedQuery:
    """The query behind a search result, as reasons quote it."""

    text: str
    analysis: Analysis
    seed_title: str | None = None


@dataclass(frozen=True)
class Explainer:
    """Explains rows of one answer. Without a taste (`evidence` None) only public reasons exist.

    `given_scores` are a caller's own base scores by item id. `crowd` speaks of what others do.
    """

    facets: tuple[FacetSpec, ...]
    noun: str
    verb_past: str
    scale_top: float
    evidence: Evidence | None = None
    query: MatchedQuery | None = None
    given_scores: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    crowd: CrowdReasons | None = None

    def explain(
        self, item: Item, row: int, terms: Mapping[str, float], boosts: Mapping[str, float]
    ) -> tuple[Explanation, ...]:
        """The reasons of one item, largest first; their contributions sum to the score."""
        score = sum(terms.values())
        reasons = [
            self._match(item, terms, score),
            self._given(item, terms, score),
            *(self._public(name, item, terms, score) for name in ("quality", "popularity")),
            *(self._facet(spec, item, terms, boosts) for spec in self.facets if spec.name in terms),
            self._likeness("embedding", row, terms, score),
            self._interest(row, terms, score),
        ]
        if self.crowd is not None:
            reasons += self.crowd.explain(item, terms, score)
        told = [reason for reason in reasons if reason is not None]
        named = {name for reason in told for name in reason.terms}
        rest = {name: value for name, value in terms.items() if name not in named}
        if any(abs(value) > NEGLIGIBLE for value in rest.values()) or not told:
            told.append(self._rest(rest, score))
        return tuple(sorted(told, key=lambda reason: -abs(reason.contribution)))

    def _match(self, item: Item, terms: Mapping[str, float], score: float) -> Explanation | None:
        held = tuple(name for name in MATCH_TERMS if name in terms)
        amount = sum(terms[name] for name in held)
        if self.query is None or not held or abs(amount) <= NEGLIGIBLE:
            return None
        if self.query.analysis.title_item == item.id:
            text = f"{item.title} is the title you asked for"
        elif self.query.seed_title is not None:
            text = f"Resembles {self.query.seed_title}"
        else:
            text = f"Fits your search for “{self.query.text}”"
        return Explanation("query_match", text, share_of(amount, score), amount, held)

    def _given(self, item: Item, terms: Mapping[str, float], score: float) -> Explanation | None:
        if BASE_TERM not in terms or item.id not in self.given_scores:
            return None
        amount, given = terms[BASE_TERM], self.given_scores[item.id]
        text = f"You gave it a base score of {given:g}"
        return Explanation("base_score", text, share_of(amount, score), amount, (BASE_TERM,))

    def _public(
        self, name: str, item: Item, terms: Mapping[str, float], score: float
    ) -> Explanation | None:
        amount = terms.get(name, 0.0)
        if abs(amount) <= NEGLIGIBLE:
            return None
        count = item.rating_count
        if name == "popularity" and count == 0 and self.crowd is not None:
            return self.crowd.popular(item, amount, score)
        people = "1 person" if count == 1 else f"{count:,} people"
        have = "has" if count == 1 else "have"
        trust = count / (count + RATING_PRIOR)
        if name == "quality" and item.rating is not None:
            by = f" by {people}" if count else ""
            kind, text = "highly_rated", f"Rated {item.rating:.1f}{by}"
        elif name == "quality":
            kind, text = "highly_rated", f"A {self.noun} without ratings yet counts as average"
        else:
            kind, text = "popular", f"Popular: {people} {have} rated it"
        return Explanation(
            kind, text, share_of(amount, score) * trust, amount, (name,), (f"item:{item.id}",)
        )

    def _facet(
        self,
        spec: FacetSpec,
        item: Item,
        terms: Mapping[str, float],
        boosts: Mapping[str, float],
    ) -> Explanation | None:
        amount = terms.get(spec.name, 0.0)
        if abs(amount) <= NEGLIGIBLE or self.evidence is None:
            return None
        liked = amount > 0.0
        find = self.evidence.shared if spec.match == "cosine" else self.evidence.strongest
        met = find(spec.name, item.values(spec.name), liked=liked)
        if not met:
            return None
        reach = min(abs(boosts.get(spec.name, 0.0)) / spec.boost, 1.0) if spec.boost else 0.0
        events = (e for p in met for e in self.evidence.events(spec.name, p.name, liked=liked))
        return Explanation(
            type=f"{spec.name}_{'match' if liked else 'mismatch'}",
            text=self._facet_text(spec, [p.name for p in met[:MOST_NAMES]], liked=liked),
            confidence=reach * (met[0].confidence or 0.0),
            contribution=amount,
            terms=(spec.name,),
            evidence=tuple(dict.fromkeys(events)),
        )

    def _facet_text(self, spec: FacetSpec, names: list[str], *, liked: bool) -> str:
        listed = " and ".join(names)
        if not liked:
            return f"You turned down {listed} before"
        rank = None
        if self.evidence is not None and len(names) == 1:
            rank = self.evidence.reading.rank_of(spec.name, names[0])
        place = f" (your #{rank} {spec.name})" if rank is not None else ""
        if spec.person:
            return f"With {listed}{place}"
        if spec.match == "cosine":
            return f"Shares {listed} with what you like"
        same = self.noun.casefold() in (name.casefold() for name in names)
        what = listed if same or spec.name != GENRE else f"{listed} {self.noun}s"
        return f"Matches your interest in {what}{place}"

    def _likeness(
        self, name: str, row: int, terms: Mapping[str, float], score: float
    ) -> Explanation | None:
        amount = terms.get(name, 0.0)
        if abs(amount) <= NEGLIGIBLE or self.evidence is None:
            return None
        kind, told, verdict = self._likeness_told(row, pulls=amount > 0.0)
        if verdict is None:
            return Explanation(kind, told, share_of(amount, score), amount, (name,))
        title = self.evidence.history.get(verdict.item_id).title
        return Explanation(
            type=kind,
            text=f"{told} {title}, {said_of(verdict, self.verb_past, self.scale_top)}",
            confidence=share_of(amount, score) * verdict.strength,
            contribution=amount,
            terms=(name,),
            evidence=(f"event:{verdict.event_id}", f"item:{verdict.item_id}"),
        )

    def _likeness_told(self, row: int, *, pulls: bool) -> tuple[str, str, Verdict | None]:
        """The past item that says most about a row: like a liked one, or unlike a disliked one."""
        if self.evidence is None:
            return "unlike_taste", "Unlike most of what you like", None
        like = self.evidence.nearest(row, liked=pulls)
        unlike = self.evidence.nearest(row, liked=not pulls, away=True)
        closeness = 0.0 if like is None else like[1] * like[0].strength
        distance = 0.0 if unlike is None else -unlike[1] * unlike[0].strength
        if like is not None and closeness > 0.0 and closeness >= distance:
            return ("similar_to" if pulls else "similar_to_disliked"), "Similar to", like[0]
        if unlike is not None and distance > 0.0:
            return ("unlike_disliked" if pulls else "unlike_taste"), "Unlike", unlike[0]
        told = "Close to what you like" if pulls else "Unlike most of what you like"
        return ("taste_match" if pulls else "unlike_taste"), told, None

    def _interest(self, row: int, terms: Mapping[str, float], score: float) -> Explanation | None:
        amount = terms.get("interests", 0.0)
        if abs(amount) <= NEGLIGIBLE or self.evidence is None:
            return None
        best = self.evidence.strongest_interest(row)
        titles = [self.evidence.history.get(i).title for i in best.item_ids[:2]]
        kind = "interest_match" if amount > 0.0 else "interest_mismatch"
        what = "In line with" if amount > 0.0 else "Away from"
        return Explanation(
            type=kind,
            text=f"{what} your taste for {' and '.join(titles)}",
            confidence=share_of(amount, score) * best.confidence,
            contribution=amount,
            terms=("interests",),
            evidence=tuple(f"item:{item_id}" for item_id in best.item_ids),
        )

    def _rest(self, terms: Mapping[str, float], score: float) -> Explanation:
        amount = sum(terms.values())
        text = "Other parts of the score"
        if abs(score) <= NEGLIGIBLE:
            text = f"Nothing that is known sets this {self.noun} apart yet"
        return Explanation("other", text, share_of(amount, score), amount, tuple(terms))
