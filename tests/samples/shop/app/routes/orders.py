"""Orders of the user who is asking."""

import logging
from datetime import datetime, timezone
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.db import get_db
from app.models import Coupon, Order, OrderItem, Product, User
from app.schemas import OrderIn, OrderOut
from app.security import current_user
from app.services import notifications, pricing, shipping

router = APIRouter(prefix="/orders")
logger = logging.getLogger(__name__)

Db = Annotated[Session, Depends(get_db)]
Asking = Annotated[User, Depends(current_user)]


@router.get("")
def list_orders(user: Asking, db: Db) -> list[dict[str, object]]:
    orders = db.query(Order).filter(Order.user_id == user.id).order_by(Order.id.desc()).limit(50).all()
    shown = []
    for order in orders:
        items = db.query(OrderItem).filter(OrderItem.order_id == order.id).all()
        shown.append({"id": order.id, "status": order.status, "items": len(items)})
    return shown


@router.get("/detailed")
def list_orders_detailed(user: Asking, db: Db) -> list[dict[str, object]]:
    query = (
        select(Order)
        .where(Order.user_id == user.id)
        .options(selectinload(Order.items).selectinload(OrderItem.product))
        .order_by(Order.id.desc())
        .limit(50)
    )
    return [
        {"id": order.id, "titles": [item.product.title for item in order.items]} for order in db.scalars(query)
    ]


@router.post("", status_code=201, response_model=OrderOut)
def place(form: OrderIn, user: Asking, db: Db) -> Order:
    wanted = {line.product_id: line.quantity for line in form.lines}
    with db.begin_nested():
        query = select(Product).where(Product.id.in_(wanted)).order_by(Product.id).with_for_update()
        products = {product.id: product for product in db.scalars(query)}
        if len(products) < len(wanted):
            raise HTTPException(422, "There is no such product.")
        order = Order(user_id=user.id, total=pricing.total(products.values(), wanted))
        for product_id, quantity in wanted.items():
            product = products[product_id]
            if product.stock < quantity:
                raise HTTPException(409, f"There is not enough of {product.sku}.")
            product.stock -= quantity
            order.items.append(OrderItem(product=product, quantity=quantity, unit_price=product.price))
        db.add(order)
    db.commit()
    return order


@router.post("/{order_id}/coupon", response_model=OrderOut)
def redeem(order_id: int, code: str, user: Asking, db: Db) -> Order:
    order = db.get(Order, order_id)
    if order is None or order.user_id != user.id:
        raise HTTPException(404, "There is no such order.")
    coupon = db.query(Coupon).filter_by(code=code).first()
    if coupon is None or coupon.expires_at < datetime.now(timezone.utc):
        raise HTTPException(422, "The coupon is not valid.")
    coupon.uses_left -= 1
    db.commit()
    order.total = order.total * Decimal("0.9")
    db.commit()
    return order


@router.post("/{order_id}/cancel", response_model=OrderOut)
def cancel(order_id: int, user: Asking, db: Db) -> Order:
    query = select(Order).where(Order.id == order_id).options(selectinload(Order.items)).with_for_update()
    order = db.scalars(query).one_or_none()
    if order is None or order.user_id != user.id:
        raise HTTPException(404, "There is no such order.")
    if order.status != "pending":
        raise HTTPException(409, "The order is on its way.")
    order.status = "cancelled"
    for item in order.items:
        item.product.stock = Product.stock + item.quantity
    db.commit()
    notifications.cancelled(user.email, order.id)
    return order


@router.get("/{order_id}/shipping")
async def shipping_status(order_id: int, user: Asking, db: Db) -> dict[str, object]:
    order = db.get(Order, order_id)
    if order is None or order.user_id != user.id:
        return {"error": "There is no such order."}
    return shipping.status(order.id)


@router.get("/{order_id}/delivery")
async def delivery_estimate(order_id: int, user: Asking, db: Db) -> dict[str, object]:
    order = await run_in_threadpool(db.get, Order, order_id)
    if order is None or order.user_id != user.id:
        raise HTTPException(404, "There is no such order.")
    days = await shipping.estimate(order.id)
    return {"order": order.id, "days": days, "asked": datetime.now().isoformat()}
