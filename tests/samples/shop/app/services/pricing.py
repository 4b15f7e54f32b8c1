"""What things cost."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import requests

from app.config import config
from app.models import Product

CENT = Decimal("0.01")


def total(products: Iterable[Product], quantities: Mapping[int, int]) -> Decimal:
    amount = sum((product.price * quantities[product.id] for product in products), Decimal(0))
    return amount.quantize(CENT, ROUND_HALF_UP)


def with_tax(price: Decimal, country: str) -> Decimal:
    return (price * (1 + tax_rate(country))).quantize(CENT, ROUND_HALF_UP)


def discounted_price(price: float, percent: float) -> float:
    return round(price * (1 - percent / 100), 2)


@lru_cache(maxsize=256)
def tax_rate(country: str) -> Decimal:
    answer = requests.get(f"{config.tax_url}/rates/{country}", timeout=5)
    answer.raise_for_status()
    return Decimal(answer.json()["rate"])


@lru_cache(maxsize=None)
def delivery_price(postcode: str, weight_kg: float) -> Decimal:
    answer = requests.get(
        f"{config.shipping_url}/prices", params={"postcode": postcode, "weight": weight_kg}, timeout=5
    )
    answer.raise_for_status()
    return Decimal(answer.json()["price"])
