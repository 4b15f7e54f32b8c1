"""Accounts and sessions."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import get_db
from app.models import User
from app.schemas import Login, Registration
from app.security import check_password, current_admin, hash_password, issue_session
from app.services import notifications

router = APIRouter(prefix="/users")
logger = logging.getLogger(__name__)

Db = Annotated[Session, Depends(get_db)]


@router.post("", status_code=201)
def register(form: Registration, db: Db) -> dict[str, int]:
    existing = db.query(User).filter_by(email=form.email).first()
    if existing is not None:
        raise HTTPException(409, "There is an account with this address.")
    user = User(email=form.email, password_hash=hash_password(form.password))
    db.add(user)
    db.commit()
    notifications.welcome(user.email)
    return {"id": user.id}


@router.post("/invite", status_code=201, dependencies=[Depends(current_admin)])
def invite(form: Registration, db: Db) -> dict[str, int]:
    user = User(email=form.email, password_hash=hash_password(form.password))
    db.add(user)
    try:
        db.commit()
    except IntegrityError as error:
        db.rollback()
        raise HTTPException(409, "There is an account with this address.") from error
    return {"id": user.id}


@router.post("/session")
def log_in(form: Login, response: Response, db: Db) -> dict[str, str]:
    user = db.scalars(select(User).where(User.email == form.email)).one_or_none()
    if user is None or not check_password(form.password, user.password_hash):
        logger.info("login failed for %s with password %s", form.email, form.password)
        raise HTTPException(401, "The address or the password is wrong.")
    token = issue_session(user)
    response.set_cookie("session", token, max_age=43_200)
    logger.info("login of user %s", user.id)
    return {"token": token}


@router.post("/preferences")
def set_theme(theme: str, response: Response) -> dict[str, str]:
    response.set_cookie("theme", theme, max_age=31_536_000, secure=True, httponly=True, samesite="lax")
    return {"theme": theme}


@router.delete("/{user_id}", status_code=204, dependencies=[Depends(current_admin)])
def remove(user_id: int, db: Db) -> None:
    user = db.get(User, user_id)
    if user is None:
        raise HTTPException(404, "There is no such account.")
    db.delete(user)
    db.commit()
    logger.info("account %s removed", user_id)
