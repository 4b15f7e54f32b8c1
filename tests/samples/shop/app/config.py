"""Configuration of the service."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    database_url: str
    reports_dsn: str
    redis_url: str
    shipping_url: str
    tax_url: str
    payment_url: str
    payment_key: str
    session_secret: str
    page_size: int = 50
    max_page_size: int = 200


SESSION_SECRET = "u9Wq2vXz7LrT4kPmYc8sBn3dGh6jFa1E"


def load() -> Config:
    return Config(
        database_url=os.environ.get("DATABASE_URL", "postgresql+psycopg://localhost/shop"),
        reports_dsn=os.environ.get("REPORTS_DSN", "dbname=shop"),
        redis_url=os.environ.get("REDIS_URL", "redis://localhost:6379/0"),
        shipping_url=os.environ.get("SHIPPING_URL", "https://shipping.internal"),
        tax_url=os.environ.get("TAX_URL", "https://tax.internal"),
        payment_url=os.environ.get("PAYMENT_URL", "https://payments.internal"),
        payment_key=os.environ["PAYMENT_KEY"],
        session_secret=os.environ.get("SESSION_SECRET", SESSION_SECRET),
    )


config = load()
