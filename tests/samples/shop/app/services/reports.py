"""Numbers and files for the back office."""

import logging
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import psycopg2
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.config import config
from app.models import Order

logger = logging.getLogger(__name__)


def daily_totals(day: date) -> list[tuple[str, Decimal]]:
    engine = create_engine(config.database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT status, sum(total) FROM orders WHERE created_at::date = :day GROUP BY status"),
            {"day": day},
        )
        return [(row.status, row.sum) for row in rows]


def stale_orders(db: Session) -> list[Order]:
    limit = datetime.utcnow() - timedelta(days=30)
    return db.query(Order).filter(Order.status == "pending", Order.created_at < limit).limit(500).all()


def recent_orders(db: Session) -> list[Order]:
    limit = datetime.now(timezone.utc) - timedelta(days=1)
    return db.query(Order).filter(Order.created_at >= limit).limit(500).all()


def export_orders(since: date) -> Iterator[tuple[object, ...]]:
    connection = psycopg2.connect(config.reports_dsn)
    cursor = connection.cursor()
    cursor.execute("SELECT id, status, total FROM orders WHERE created_at >= %s", (since,))
    yield from cursor.fetchall()


def row_count(table: str) -> int:
    with closing(psycopg2.connect(config.reports_dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", (table,))
        (count,) = cursor.fetchone()
        return int(count)


def archive(folder: str, name: str) -> None:
    subprocess.run(f"tar czf /var/backups/{name}.tgz {folder}", shell=True, check=True)


def compress(path: str) -> None:
    subprocess.run(["gzip", "--keep", "--", path], check=True, timeout=60)


def forget_carts(db: Session) -> None:
    db.execute(text("DELETE FROM carts"))
    db.commit()


def forget_old_carts(db: Session) -> None:
    db.execute(text("DELETE FROM carts WHERE updated_at < now() - interval '30 days'"))
    db.commit()


def import_prices(db: Session, rows: list[tuple[str, str]]) -> int:
    changed = 0
    for sku, price in rows:
        try:
            amount = Decimal(price)
        except ArithmeticError:
            raise ValueError(f"{price} is not a price")
        found = db.execute(text("UPDATE products SET price = :price WHERE sku = :sku"), {"price": amount, "sku": sku})
        changed += found.rowcount
    db.commit()
    return changed
