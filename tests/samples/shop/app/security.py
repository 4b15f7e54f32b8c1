"""Passwords, sessions and who is asking."""

import hashlib
import hmac
import random
import secrets
import string
from datetime import datetime, timedelta, timezone
from typing import Annotated

import bcrypt
import jwt
from fastapi import Depends, Header, HTTPException
from sqlalchemy.orm import Session

from app.config import config
from app.db import get_db
from app.models import User

SESSION_LIFETIME = timedelta(hours=12)


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(12)).decode()


def check_password(password: str, stored: str) -> bool:
    return bcrypt.checkpw(password.encode(), stored.encode())


def hash_guest_password(password: str) -> str:
    return hashlib.md5(password.encode()).hexdigest()


def etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def issue_session(user: User) -> str:
    now = datetime.now(timezone.utc)
    claims = {"sub": str(user.id), "iat": now, "exp": now + SESSION_LIFETIME}
    return jwt.encode(claims, config.session_secret, algorithm="HS256")


def read_session(token: str) -> int:
    claims = jwt.decode(token, config.session_secret, algorithms=["HS256"])
    return int(claims["sub"])


def read_partner_token(token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["partner"]


def password_reset_token() -> str:
    return "".join(random.choice(string.ascii_letters + string.digits) for _ in range(32))


def api_token() -> str:
    return secrets.token_urlsafe(32)


def is_signed(body: bytes, signature: str, key: bytes) -> bool:
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def current_user(authorization: Annotated[str, Header()], db: Annotated[Session, Depends(get_db)]) -> User:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401, "A bearer token is needed.")
    try:
        user_id = read_session(token)
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "The session is not valid.") from error
    user = db.get(User, user_id)
    if user is None:
        raise HTTPException(401, "The session is not valid.")
    return user


def current_admin(user: Annotated[User, Depends(current_user)]) -> User:
    if not user.is_admin:
        raise HTTPException(403, "Only for the staff.")
    return user
