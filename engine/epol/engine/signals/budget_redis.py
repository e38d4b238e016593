"""Books of a budget in a Redis server, or one that speaks its protocol: for many machines.

Keys, all behind the prefix of the books' name:

    spent, reserved   hash   window -> millionths of a dollar
    ends              zset   hold -> when it expires, ms
    amounts, windows  hash   hold -> what it has, and where it counts
    settled           zset   hold that is over -> when that may be forgotten, ms

What is sent to a server that hangs may be done long after its sender has given up.  So a hold that
is over stays so: settled again, or reserved late, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from epol.engine.errors import BudgetError
from epol.engine.redis_server import RedisServer
from epol.engine.signals.budget_store import Booked, Hold

_EXACT = 2**53
_SEPARATOR = "\n"

# A script is done whole, and nothing else between.  Counts are added up by HINCRBY, which is
# exact; Lua's own numbers, with which they are compared, are exact up to 2^53.
_COMMON = """
local P, now, lost = KEYS[1], tonumber(ARGV[1]), ARGV[2]

local function add(key, windows, amount)
  for window in string.gmatch(windows, '[^\\n]+') do
    redis.call('HINCRBY', P .. key, window, amount)
  end
end

local function less(amount) return amount == '0' and '0' or '-' .. amount end

local function held(id) return redis.call('HGET', P .. 'amounts', id) or '0' end

local function forget(id)
  redis.call('ZREM', P .. 'ends', id)
  redis.call('HDEL', P .. 'amounts', id)
  redis.call('HDEL', P .. 'windows', id)
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'ends', '-inf', now)) do
  local windows, amount = redis.call('HGET', P .. 'windows', id), held(id)
  add('reserved', windows, less(amount))
  if lost == 'spent' then add('spent', windows, amount) end
  forget(id)
end
redis.call('ZREMRANGEBYSCORE', P .. 'settled', '-inf', now)
"""

_RESERVE = (
    _COMMON
    + """
local id, windows, amount, ends = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if redis.call('ZSCORE', P .. 'settled', id) then return 1 end
for at = 7, #ARGV, 2 do
  local spent = tonumber(redis.call('HGET', P .. 'spent', ARGV[at]) or 0)
  local reserved = tonumber(redis.call('HGET', P .. 'reserved', ARGV[at]) or 0)
  if spent + reserved + tonumber(amount) > tonumber(ARGV[at + 1]) then return 0 end
end
add('reserved', windows, amount)
redis.call('HINCRBY', P .. 'amounts', id, amount)
redis.call('HSET', P .. 'windows', id, windows)
redis.call('ZADD', P .. 'ends', 'GT', ends, id)
return 1
"""
)

_CHARGE = (
    _COMMON
    + """
local id, windows, amount, ends, last = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if last == '1' and redis.call('ZADD', P .. 'settled', 'NX', ends, id) == 0 then return 1 end
local freed = held(id)
if last == '0' and tonumber(amount) < tonumber(freed) then freed = amount end
add('spent', windows, amount)
add('reserved', windows, less(freed))
if last == '1' then
  forget(id)
elseif redis.call('ZSCORE', P .. 'ends', id) then
  redis.call('HINCRBY', P .. 'amounts', id, less(freed))
  redis.call('ZADD', P .. 'ends', 'XX', 'GT', ends, id)
end
return 1
"""
)

_BOOKED = (
    _COMMON
    + """
local found = {}
for at = 3, #ARGV do
  found[#found + 1] = redis.call('HGET', P .. 'spent', ARGV[at]) or '0'
  found[#found + 1] = redis.call('HGET', P .. 'reserved', ARGV[at]) or '0'
end
return found
"""
)


class _Script(Protocol):
    def __call__(self, keys: list[bytes], args: list[bytes | str | int]) -> object: ...


class RedisBudget:
    """See `BudgetStore`.  Threads share it, and forked children go on with it.

    `url` is that of a server: `redis://…`, `rediss://…` (TLS) or `unix://…`; it may hold a
    password, and is never repeated.  `patience` is how many seconds to wait for an answer.
    Books of different names share nothing.  A server that throws out what is in use when its
    memory is full is refused; one that is not told to keep its data on a disk forgets what was
    spent when it starts anew.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "budget",
        lost_is_spent: bool = False,
        patience: float = 2.0,
    ) -> None:
        """Asks the server something.  Raises `BudgetError`."""
        # In braces, so that a cluster keeps all of it in one place.
        self._prefix = f"epol:{{{name}}}:".encode()
        self._lost = "spent" if lost_is_spent else "free"
        # Asked once: of a call that was not answered nobody knows whether it was done.
        self._server = RedisServer(
            url, "the ledger's server", BudgetError, patience=patience, again=0
        )
        self._server.check_it_keeps()
        client = self._server.client
        registered = (client.register_script(each) for each in (_RESERVE, _CHARGE, _BOOKED))
        self._reserve, self._charge, self._booked = cast(tuple[_Script, ...], tuple(registered))

    def __repr__(self) -> str:
        return "<RedisBudget>"

    def reserve(self, hold: Hold, limits: Mapping[str, int], now: int) -> bool:
        """See `BudgetStore.reserve`."""
        limited = [each for pair in limits.items() for each in pair]
        return self._run(self._reserve, now, *_of(hold), *limited) == 1

    def charge(self, hold: Hold, now: int, *, is_last: bool) -> None:
        """See `BudgetStore.charge`."""
        self._run(self._charge, now, *_of(hold), int(is_last))

    def booked(self, windows: Sequence[str], now: int) -> Sequence[Booked]:
        """See `BudgetStore.booked`."""
        found = list(map(int, cast(list[bytes], self._run(self._booked, now, *windows))))
        return [Booked(*pair) for pair in zip(found[::2], found[1::2], strict=True)]

    def close(self) -> None:
        """See `BudgetStore.close`; the next use connects again."""
        with self._server.told():
            self._server.client.close()

    def _run(self, script: _Script, now: int, *values: bytes | str | int) -> object:
        with self._server.told():
            return script(keys=[self._prefix], args=[now, self._lost, *values])


def _of(hold: Hold) -> tuple[bytes | str | int, ...]:
    """A hold as arguments of a script."""
    if hold.amount >= _EXACT:
        raise BudgetError("the amount is more than the ledger's server can count exactly")
    return hold.id, _SEPARATOR.join(hold.windows), hold.amount, hold.ends
