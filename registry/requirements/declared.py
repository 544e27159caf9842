"""What certificates declare, looked at: configuration keys and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from registry import normal
from registry.requirements import values, vocabulary, words
from registry.requirements.cases import Case, Covering
from registry.requirements.coverage import Seen
from registry.requirements.model import KeyValue, Pics
from registry.requirements.offers import Held
from registry.requirements.truth import Fact, Reason, Truth, all_of, any_of
from registry.sentences import Joined, KeptSentence, KeptWord


def key_value(rule: KeyValue, at: Case) -> Reason:
    """Whether the certificates declare the configuration key with a value within the limits."""
    return _declared(rule.clause, KeptWord("configuration key %(key)s", key=rule.key), at, "configuration_keys", partial(_key_seen, rule))


def _key_seen(rule: KeyValue, held: Held) -> Seen:
    keys = held.facts.configuration_keys or {}
    name = next((key for key in keys if normal.text(key) == normal.text(rule.key)), None)
    path = f"configuration_keys.{name or rule.key}"
    value = keys[name] if name is not None else None
    fact = Fact(held.label, path, value or "")
    if name is None:
        return Seen(Truth.UNKNOWN, fact, KeptSentence("%(certificate)s does not declare %(key)s", certificate=held.label, key=rule.key))
    if path in held.unread:
        return Seen(
            Truth.UNKNOWN,
            fact,
            KeptSentence("%(certificate)s: its %(key)s was not read with certainty", certificate=held.label, key=rule.key),
        )
    if not rule.asks_value:
        return Seen(Truth.TRUE, fact)
    if value is None:
        return Seen(
            Truth.UNKNOWN, fact, KeptSentence("%(certificate)s declares %(key)s without a value", certificate=held.label, key=rule.key)
        )
    truth = _fits(rule, value)
    about = {"certificate": held.label, "key": rule.key, "value": value}
    why = KeptSentence("%(certificate)s declares %(key)s as %(value)s", **about)
    if truth is Truth.UNKNOWN:
        why = KeptSentence("%(certificate)s declares %(key)s as %(value)s, and it cannot be told whether that is what is asked", **about)
    return Seen(truth, fact, why)


def _fits(rule: KeyValue, value: str) -> Truth:
    """Whether the value is all that is asked of it."""
    looked = [values.includes(value, one) for one in rule.includes]
    if rule.one_of:
        looked.append(any_of(values.same(value, one) for one in rule.one_of))
    if rule.at_least is not None or rule.at_most is not None:
        looked.append(values.within(value, rule.at_least, rule.at_most, zero_is_off=vocabulary.zero_is_off(rule.key)))
    return all_of(looked)


def pics(rule: Pics, at: Case) -> Reason:
    """Whether the certificates declare a time of at most so many seconds."""
    return _declared(rule.clause, rule.name, at, "performance", partial(_pics_seen, rule))


def _pics_seen(rule: Pics, held: Held) -> Seen:
    row = next((row for row in held.facts.performance or () if normal.text(row.name) == normal.text(rule.name)), None)
    path = f"performance.{rule.name}.pics_seconds"
    if row is None or row.pics_seconds is None or path in held.unread:
        why = KeptSentence("%(certificate)s declares no %(name)s that was read with certainty", certificate=held.label, name=rule.name)
        return Seen(Truth.UNKNOWN, Fact(held.label, path, ""), why)
    truth = Truth.TRUE if row.pics_seconds <= rule.at_most_seconds else Truth.FALSE
    why = KeptSentence(
        "%(certificate)s declares %(name)s as %(seconds)s s", certificate=held.label, name=rule.name, seconds=row.pics_seconds
    )
    return Seen(truth, Fact(held.label, path, str(row.pics_seconds)), why)


def _declared(clause: str, what: str, at: Case, section: str, look: Callable[[Held], Seen]) -> Reason:
    """What certificates declare: held where one does for sure and none that is of the product for sure says otherwise, and not held where
    one says otherwise and none can say it.
    """
    counting = [(each.held, look(each.held), doubts) for each in at.covering if (doubts := _doubts(at, each)) is not None]
    said = [seen for _, seen, doubts in counting if not doubts and seen.truth is not Truth.UNKNOWN]
    truths = {seen.truth for seen in said}
    days = {late.fact for held, _, _ in counting for late in at.of_day(held)}
    facts = tuple(sorted(days.union(seen.fact for _, seen, _ in counting)))
    if truths == {Truth.TRUE}:
        shown = [held for held, seen, doubts in counting if not doubts and seen.truth is Truth.TRUE]
        declares = words.declares(sorted(held.label for held in shown), what)
        remarks = (remark for held in shown for remark in words.remarks(held, at.day))
        return Reason(Truth.TRUE, clause, Joined("; ", (declares, *remarks)), facts)
    if len(truths) > 1:
        text = KeptSentence("the certificates declare %(what_words)s differently", what_words=what)
        return Reason(Truth.UNKNOWN, clause, text, facts, is_open=True)
    if truths and not at.absent and not any(_may_hold(held, seen, section) for held, seen, _ in counting):
        return Reason(Truth.FALSE, clause, Joined("; ", (seen.why for seen in said)), facts)
    told = dict.fromkeys(why for _, seen, doubts in counting for why in doubts or [seen.why])
    if at.absent:
        told[words.absent(at.absent)] = None
    nobody = KeptSentence("no certificate of %(product_words)s tells %(what_words)s", product_words=at.product, what_words=what)
    return Reason(Truth.UNKNOWN, clause, Joined("; ", (*(told or [nobody]), *at.of_other_role())), facts, is_open=bool(told))


def _may_hold(held: Held, seen: Seen, section: str) -> bool:
    """Whether the certificate may declare what is asked: it says so, or what it says was not read."""
    if seen.truth is not Truth.UNKNOWN:
        return seen.truth is Truth.TRUE
    return bool(seen.fact.value) or not held.has_document or any(path.split(".")[0] == section for path in held.unread)


def _doubts(at: Case, each: Covering) -> Sequence[str] | None:
    """What leaves it open whether the certificate is of what is offered; None for one that is not."""
    role = at.of_role(each)
    if role.truth is Truth.FALSE:
        return None
    return [seen.why for seen in (*each.doubts, *([role] if role.truth is Truth.UNKNOWN else []), *at.of_day(each.held))]
