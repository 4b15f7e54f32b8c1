"""Payments and refunds."""

import json
import logging
from decimal import Decimal
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Header, HTTPException, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import config
from app.db import get_db
from app.models import Order, Refund, User
from app.schemas import RefundIn
from app.security import current_admin, current_user, is_signed
from app.services import notifications

router = APIRouter(prefix="/payments")
logger = logging.getLogger(__name__)

Db = Annotated[Session, Depends(get_db)]


@router.post("/{order_id}")
def pay(order_id: int, method: str, user: Annotated[User, Depends(current_user)], db: Db) -> dict[str, str]:
    order = db.get(Order, order_id)
    if order is None or order.user_id != user.id:
        raise HTTPException(404, "There is no such order.")
    if order.status != "pending":
        raise HTTPException(409, "The order is paid.")
    cents = int(float(order.total) * 100)
    try:
        answer = httpx.post(
            f"{config.payment_url}/charges",
            json={"amount": cents, "currency": "EUR", "method": method, "order": order.id},
            headers={"Authorization": f"Bearer {config.payment_key}", "Idempotency-Key": f"order-{order.id}"},
            timeout=10.0,
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        logger.warning("payment of order %s failed: %s", order.id, error)
        raise HTTPException(502, "The payment could not be made.") from error
    order.status = "paid"
    db.commit()
    return {"status": order.status}


@router.post("/{order_id}/refunds", status_code=201, dependencies=[Depends(current_admin)])
def refund(order_id: int, form: RefundIn, db: Db) -> dict[str, int]:
    order = db.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "There is no such order.")
    entry = Refund(order_id=order.id, amount=form.amount, reason=form.reason)
    db.add(entry)
    db.commit()
    order.status = "refunded"
    order.total = order.total - form.amount
    db.commit()
    return {"id": entry.id}


@router.post("/{order_id}/goodwill", status_code=201, dependencies=[Depends(current_admin)])
def goodwill(order_id: int, form: RefundIn, db: Db) -> dict[str, int]:
    order = db.scalars(select(Order).where(Order.id == order_id).with_for_update()).one_or_none()
    if order is None:
        raise HTTPException(404, "There is no such order.")
    entry = Refund(order_id=order.id, amount=form.amount, reason=form.reason)
    db.add(entry)
    order.total = order.total - form.amount
    db.commit()
    return {"id": entry.id}


async def raw_body(request: Request) -> bytes:
    return await request.body()


@router.post("/events", status_code=204)
def payment_event(body: Annotated[bytes, Depends(raw_body)], signature: Annotated[str, Header()], db: Db) -> None:
    if not is_signed(body, signature, config.payment_key.encode()):
        raise HTTPException(400, "The signature is wrong.")
    event = json.loads(body)
    order = db.get(Order, int(event["order"]))
    if order is None:
        logger.warning("event for an order that is not there: %s", event["order"])
        return
    if event["type"] == "charge.settled" and Decimal(event["amount"]) == order.total:
        order.status = "settled"
        db.commit()
        notifications.receipt(order.user.email, order.id)
