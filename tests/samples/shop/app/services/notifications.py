"""Mail to customers."""

import logging
import smtplib
from email.message import EmailMessage

logger = logging.getLogger(__name__)

SENDER = "orders@shop.example"


class MailError(Exception):
    """A mail could not be handed over."""


def _send(to: str, subject: str, body: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, to, subject
    message.set_content(body)
    try:
        with smtplib.SMTP("mail.internal", timeout=10) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"mail to {to} was not accepted") from error


def welcome(email: str) -> None:
    try:
        _send(email, "Welcome", "Your account is ready.")
    except Exception:
        pass


def cancelled(email: str, order_id: int) -> None:
    try:
        _send(email, f"Order {order_id} is cancelled", "You will not be charged.")
    except MailError:
        logger.warning("no cancellation mail for order %s", order_id, exc_info=True)


def receipt(email: str, order_id: int) -> None:
    _send(email, f"Receipt for order {order_id}", "Thank you for your order.")
