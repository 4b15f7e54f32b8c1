"""What is known of models, what calls cost, and how many tokens a text will be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from oldhand.claude.cost import Price, Usage, cost, estimate_tokens, shown
from oldhand.claude.models import ALIASES, Model, from_info, known, priced, resolve


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("sonnet", "claude-sonnet-5-5"),
        ("Opus", "claude-opus-5-5"),
        ("haiku", "claude-haiku-5-5"),
        ("fable", "claude-fable-5-2"),
        ("opus[1m]", "claude-opus-5-5"),
        ("", "claude-haiku-5-5"),
        ("inherit", "claude-haiku-5-5"),
        ("claude-sonnet-5", "claude-sonnet-5"),
        ("anthropic.claude-sonnet-5-5", "anthropic.claude-sonnet-5-5"),
        ("qwen3-coder:30b", "qwen3-coder:30b"),
    ],
)
def test_a_name_stands_for_an_id(name: str, id_: str) -> None:
    assert resolve(name, "haiku") == id_


@pytest.mark.parametrize("default", ["", "inherit", "sonnet", "claude-sonnet-5-5"])
def test_a_default_that_says_nothing_is_sonnet(default: str) -> None:
    assert resolve("inherit", default) == "claude-sonnet-5-5"


@pytest.mark.parametrize("alias", ALIASES)
def test_what_an_alias_stands_for_is_known_with_its_price(alias: str) -> None:
    model = known(resolve(alias, ""))
    assert model.price
    assert model.context == 1_000_000
    assert model.effort_default in model.efforts


@pytest.mark.parametrize(
    ("id_", "row"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("anthropic.claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-5-5", "claude-opus-5-5"),
        ("claude-sonnet-5-20260601", "claude-sonnet-5"),
        ("vertex_ai/claude-sonnet-5@20260601", "claude-sonnet-5"),
    ],
)
def test_prefixes_and_dates_are_looked_past(id_: str, row: str) -> None:
    assert known(id_) == replace(known(row), id=id_)


@pytest.mark.parametrize(
    "id_", ["qwen3-coder:30b", "claude-sonnet-4-20250514", "claude-opus-9", "claude-mythos-5-2", ""]
)
def test_of_an_unknown_model_little_is_taken_for_granted(id_: str) -> None:
    model = known(id_)
    assert model.price is None
    assert model.efforts == ()
    assert model.thinking == ""
    assert model.max_output <= 8_192


def info(**more: object) -> dict[str, object]:
    yes, no = {"supported": True}, {"supported": False}
    answer: dict[str, object] = {
        "id": "claude-sonnet-5-5",
        "max_input_tokens": 500_000,
        "max_tokens": 64_000,
        "capabilities": {
            "effort": {"supported": True, "low": yes, "medium": yes, "high": yes, "max": no, "xhigh": None},
            "structured_outputs": no,
            "thinking": {
                "supported": True,
                "types": {"adaptive": yes, "between_tools": no, "disabled": yes, "enabled": no},
            },
        },
    }
    return {**answer, **more}


def test_the_server_knows_better_than_the_table_and_says_nothing_of_prices() -> None:
    table = known("claude-haiku-5-5")
    assert from_info(table, info()) == Model(
        "claude-haiku-5-5",
        500_000,
        64_000,
        "optional",
        "medium",
        ("low", "medium", "high", "xhigh"),
        table.cache_minimum,
        False,
        table.price,
    )


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"capabilities": None, "max_tokens": None, "max_input_tokens": "many"},
        {"capabilities": [], "max_tokens": True, "max_input_tokens": -1},
        {"capabilities": {"effort": 3, "thinking": {"types": []}, "structured_outputs": {"supported": "yes"}}},
        {"capabilities": {"effort": {"supported": True, "low": {}}, "thinking": {"supported": True}}},
    ],
)
def test_an_answer_that_says_nothing_usable_changes_nothing(answer: dict[str, object]) -> None:
    assert from_info(known("claude-sonnet-5-5"), answer) == known("claude-sonnet-5-5")


@pytest.mark.parametrize(
    ("types", "thinking"),
    [
        ({"adaptive": True}, "always"),
        ({"adaptive": True, "between_tools": True}, "between_tools"),
        ({"adaptive": True, "between_tools": True, "disabled": True}, "optional"),
        ({"enabled": True, "disabled": True}, "manual"),
    ],
)
def test_thinking_is_what_the_server_accepts(types: dict[str, bool], thinking: str) -> None:
    told = {"supported": True, "types": {kind: {"supported": value} for kind, value in types.items()}}
    assert from_info(known("x"), {"capabilities": {"thinking": told}}).thinking == thinking


def test_a_model_without_thinking_and_effort() -> None:
    no = {"supported": False}
    model = from_info(known("claude-opus-5-5"), {"capabilities": {"thinking": no, "effort": no}})
    assert (model.thinking, model.efforts, model.effort_default) == ("none", (), None)


def test_the_users_own_price_counts_for_every_id_of_the_model() -> None:
    own = Price(Decimal(1), Decimal(2), Decimal(3), Decimal(4))
    prices = {"claude-opus-5-5": own}
    assert priced(known("claude-opus-5-5"), prices).price == own
    assert priced(known("anthropic.claude-opus-5-5"), prices).price == own
    assert priced(known("claude-opus-5"), prices) == known("claude-opus-5")
    assert priced(known("llama"), {"llama": own}).price == own


def test_usages_add_up() -> None:
    assert Usage(1, 2, 3, 4) + Usage(10, 20, 30, 40) == Usage(11, 22, 33, 44)
    assert Usage(1, 2, 3, 4).prompt == 8


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("claude-sonnet-5-5", Usage(1_000_000, 0, 0, 0), "2"),
        ("claude-sonnet-5-5", Usage(1_000, 500, 10_000, 2_000), "0.0130"),
        ("claude-opus-5-5", Usage(0, 0, 1_000_000, 1_000_000), "5.20"),
        ("claude-fable-5-2", Usage(0, 1_000, 0, 0), "0.04"),
        ("claude-haiku-5-5", Usage(100_000, 1_000, 0, 0), "0.0105"),
        ("claude-haiku-5-5", Usage(1, 1_000, 100_000, 0), "0.0075005"),
        ("claude-haiku-5-5", Usage(0, 0, 0, 0), "0"),
    ],
)
def test_what_a_call_costs(model: str, usage: Usage, dollars: str) -> None:
    assert cost(usage, known(model).price) == Decimal(dollars)


def test_without_a_price_the_cost_is_not_known() -> None:
    assert cost(Usage(1), None) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("0.0031", "$0.0031"),
        ("0.00314", "$0.0031"),
        ("0.0000001", "$0.0001"),
        ("0.25", "$0.25"),
        ("0.251", "$0.2510"),
        ("0.99999", "$1.00"),
        ("1.005", "$1.01"),
        ("12345.6", "$12345.60"),
    ],
)
def test_an_amount_as_it_is_shown(amount: str, text: str) -> None:
    assert shown(Decimal(amount)) == text


def test_an_unknown_amount_as_it_is_shown() -> None:
    assert shown(None) == "unknown cost"


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("x", 1, 2),
        ("def find(cursor, request):\n    return cursor.fetchone()\n", 15, 30),
        ("0x7f3a9c1e 1234567890 " * 20, 300, 500),
        ("数据库连接失败" * 20, 90, 200),
    ],
)
def test_tokens_are_estimated_rather_too_many(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most
