"""The user's desk: what they have configured, decided and spent, and the one connection that all reviews share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from oldhand.claude import cache, configuration, folders, ledger
from oldhand.claude.cache import Cache
from oldhand.claude.call import Connection, Policy
from oldhand.claude.client import Client, connect
from oldhand.claude.configuration import UserConfiguration
from oldhand.claude.credentials import has_credentials
from oldhand.claude.decisions import Decisions
from oldhand.claude.failures import Failure, Kind, ModelError
from oldhand.claude.ledger import Ledger
from oldhand.claude.spending import Services
from oldhand.problems import Problem

Tell = Callable[[str], None]


@dataclass(slots=True, eq=False)
class Desk:
    """One of these lives as long as the process; opening it reads files, connecting takes a second on a thread."""

    configuration: UserConfiguration
    problems: tuple[Problem, ...]
    decisions: Decisions
    services: Services
    environ: Mapping[str, str]
    _client: Client | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def open(
        cls,
        environ: Mapping[str, str],
        tell: Tell,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        policy: Policy | None = None,
    ) -> Desk:
        """The desk of the user that the environment belongs to; `tell` is told of files that can not be used."""
        decided, problems = configuration.load(environ, folders.config_folder(environ) / configuration.FILE_NAME)
        state = folders.state_folder(environ) / ledger.FILE_NAME

        async def connection() -> Connection:
            return await desk.connected()

        services = Services(
            connect=connection,
            configuration=decided,
            ledger=Ledger(state, now, tell),
            cache=Cache(folders.cache_folder(environ) / cache.FILE_NAME, now, tell=tell),
            policy=policy or Policy(),
            now=now,
        )
        desk = cls(decided, problems, Decisions(state, now, tell), services, environ)
        return desk

    def obstacle(self) -> Failure | None:
        """Why nothing can be sent at all, None where something can."""
        if self.configuration.blocked:
            return Failure.of(Kind.SETUP, f"Nothing is sent: {self.configuration.blocked}")
        if not has_credentials(self.environ, self.configuration.provider):
            message = "There is no key. Set ANTHROPIC_API_KEY where the editor is started, then restart Oldhand."
            return Failure.of(Kind.NO_KEY, message)
        return None

    def trusts(self, folder: Path) -> bool | None:
        """Whether code in the folder may be sent; None where the user has not said."""
        return True if self.configuration.trusts(folder) else self.decisions.trusted(folder)

    async def connected(self) -> Client:
        """The connection, made when it is first needed. Raises ModelError."""
        obstacle = self.obstacle()
        if obstacle is not None:
            raise ModelError(obstacle)
        async with self._lock:
            if self._client is None:
                self._client = await asyncio.to_thread(connect, self.configuration)
            return self._client

    async def close(self) -> None:
        """Let go of the connection and the files."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        self.services.ledger.close()
        self.services.cache.close()
        self.decisions.close()
