"""The catalogue."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.config import config
from app.db import get_db
from app.models import Product
from app.schemas import ProductOut
from app.security import current_admin
from app.services import cache

router = APIRouter(prefix="/products")
logger = logging.getLogger(__name__)

Db = Annotated[Session, Depends(get_db)]


@router.get("", response_model=list[ProductOut])
def list_products(db: Db, page: int = 0, limit: int = config.page_size) -> list[Product]:
    query = select(Product).order_by(Product.id).offset(page * limit).limit(limit)
    return list(db.scalars(query))


@router.get("/after", response_model=list[ProductOut])
def list_products_after(
    db: Db,
    last_id: int = 0,
    limit: Annotated[int, Query(ge=1, le=config.max_page_size)] = config.page_size,
) -> list[Product]:
    return list(db.scalars(select(Product).where(Product.id > last_id).order_by(Product.id).limit(limit)))


@router.get("/search")
def search(q: str, db: Db) -> list[dict[str, object]]:
    rows = db.execute(text(f"SELECT id, sku, title FROM products WHERE title ILIKE '%{q}%' LIMIT 50"))
    return [dict(row) for row in rows.mappings()]


@router.get("/by-sku")
def by_sku(sku: str, db: Db) -> list[dict[str, object]]:
    rows = db.execute(text("SELECT id, sku, title FROM products WHERE sku = :sku LIMIT 50"), {"sku": sku})
    return [dict(row) for row in rows.mappings()]


@router.get("/featured")
def featured(db: Db) -> list[dict[str, object]]:
    rows = db.execute(text("SELECT * FROM products WHERE stock > 0 ORDER BY random() LIMIT 5"))
    return [dict(row) for row in rows.mappings()]


@router.get("/count")
def count(db: Db) -> dict[str, int]:
    total = db.execute(text("SELECT count(*) FROM products")).scalar_one()
    return {"total": total}


@router.get("/{product_id}")
def show(product_id: int, db: Db) -> dict[str, object]:
    known = cache.product(product_id)
    if known is not None:
        return known
    product = db.get(Product, product_id)
    if product is None:
        raise HTTPException(404, "There is no such product.")
    shown = ProductOut.model_validate(product).model_dump(mode="json")
    cache.remember_product(product_id, shown)
    return shown


@router.post("/{product_id}/views", status_code=204)
def count_view(product_id: int, db: Db) -> None:
    db.execute(update(Product).where(Product.id == product_id).values(views=Product.views + 1))
    db.commit()


@router.post("/{product_id}/restock", dependencies=[Depends(current_admin)])
def restock(product_id: int, amount: int, db: Db) -> dict[str, int]:
    product = db.get(Product, product_id)
    if product is None:
        raise HTTPException(404, "There is no such product.")
    product.stock = product.stock + amount
    db.commit()
    return {"stock": product.stock}


@router.post("/{product_id}/take", dependencies=[Depends(current_admin)])
def take(product_id: int, amount: int, db: Db) -> dict[str, int]:
    product = db.scalars(select(Product).where(Product.id == product_id).with_for_update()).one_or_none()
    if product is None or product.stock < amount:
        raise HTTPException(409, "There is not enough of it.")
    product.stock = product.stock - amount
    db.commit()
    return {"stock": product.stock}


@router.get("/stats/value")
def stock_value(db: Db) -> dict[str, object]:
    try:
        value = db.execute(select(func.sum(Product.price * Product.stock))).scalar_one()
    except Exception as error:
        raise HTTPException(500, detail=str(error))
    return {"value": value}
