"""The service."""

import logging

from fastapi import FastAPI

from app.routes import orders, payments, products, users

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")

app = FastAPI(title="Shop", version="2.4.0")
app.include_router(users.router)
app.include_router(products.router)
app.include_router(orders.router)
app.include_router(payments.router)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
