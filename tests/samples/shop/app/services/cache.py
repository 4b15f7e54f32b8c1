"""What is kept in Redis."""

import json

import redis

from app.config import config

client = redis.Redis.from_url(config.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)


def product(product_id: int) -> dict[str, object] | None:
    stored = client.get(f"product:{product_id}")
    return json.loads(stored) if stored is not None else None


def remember_product(product_id: int, shown: dict[str, object]) -> None:
    client.set(f"product:{product_id}", json.dumps(shown))


def remember_session(session_id: str, user_id: int) -> None:
    client.set(f"session:{session_id}", user_id, ex=43_200)


def forget_product(product_id: int) -> None:
    client.delete(f"product:{product_id}")
