"""The carrier's service."""

import asyncio
import logging
import time

import httpx
import requests

from app.config import config

logger = logging.getLogger(__name__)


class CarrierError(Exception):
    """The carrier gave no answer that can be used."""


def status(order_id: int) -> dict[str, object]:
    answer = requests.get(f"{config.shipping_url}/parcels/{order_id}")
    answer.raise_for_status()
    return answer.json()


def book(order_id: int, weight_kg: float) -> str:
    while True:
        try:
            answer = requests.post(
                f"{config.shipping_url}/parcels",
                json={"order": order_id, "weight": weight_kg},
                timeout=10,
            )
            answer.raise_for_status()
            return answer.json()["tracking"]
        except requests.RequestException:
            continue


def cancel(tracking: str) -> None:
    for attempt in range(4):
        try:
            answer = requests.delete(f"{config.shipping_url}/parcels/{tracking}", timeout=10)
            answer.raise_for_status()
            return
        except requests.RequestException as error:
            logger.warning("cancelling %s failed: %s", tracking, error)
            time.sleep(0.5 * 2**attempt)
    raise CarrierError(f"{tracking} could not be cancelled")


def depots(country: str) -> list[str]:
    answer = requests.get(f"{config.shipping_url}/depots", params={"country": country})
    answer.raise_for_status()
    return [depot["name"] for depot in answer.json()]


async def estimate(order_id: int) -> int:
    async with httpx.AsyncClient(timeout=5.0) as client:
        answer = await client.get(f"{config.shipping_url}/parcels/{order_id}/estimate")
    if answer.status_code == 202:
        await asyncio.sleep(0.2)
        return 7
    answer.raise_for_status()
    return int(answer.json()["days"])


async def wait_for_label(tracking: str) -> bytes:
    for _ in range(10):
        async with httpx.AsyncClient(timeout=5.0, verify=False) as client:
            answer = await client.get(f"{config.shipping_url}/labels/{tracking}")
        if answer.status_code == 200:
            return answer.content
        time.sleep(1)
    raise CarrierError(f"no label for {tracking}")
