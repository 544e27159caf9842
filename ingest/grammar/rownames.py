"""The names of the rows of a certificate's tables, and the words for results."""

from __future__ import annotations

from functools import cache

from ingest.grammar.phrases import PhraseBook
from ingest.vocabulary import configuration_key_types, vocabulary


@cache
def profile_names() -> PhraseBook:
    """Names of the feature profiles."""
    return PhraseBook({entry["name"]: entry["name"] for entry in vocabulary("tables")["profiles"]})


@cache
def performance_names() -> PhraseBook:
    """Names of the rows of the performance table."""
    tables = vocabulary("tables")
    named = [f"{tables['performance_prefix']} {action}" for action in tables["actions"]]
    return PhraseBook({name: name for name in [*tables["performance"], *named]})


@cache
def hardware_names() -> PhraseBook:
    """Names of the rows of the hardware feature set that are in the template."""
    return PhraseBook({name: name for name in vocabulary("tables")["hardware"]})


@cache
def limit_names() -> PhraseBook:
    """Names of the limits that are in the template."""
    return PhraseBook({name: name for name in vocabulary("tables")["limits"]})


@cache
def key_names() -> PhraseBook:
    """Names of the standard configuration keys."""
    return PhraseBook({name: name for name in configuration_key_types()})


@cache
def result_words() -> PhraseBook:
    """Results of a profile."""
    results: dict[str, list[str]] = vocabulary("words")["results"]
    return PhraseBook({variant: name for name, variants in results.items() for variant in variants})
