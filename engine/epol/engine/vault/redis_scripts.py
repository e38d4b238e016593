"""What the store in Redis does, as scripts, each of which the server runs without interruption.

Keys, all behind the vault's prefix:

    settings    hash    the vault's own
    total       number  rows of all sessions
    ends        zset    handle -> when the session ends, ms
    sizes       hash    handle -> its rows
    n:NAME      string  the handle of a session's name
    h:HANDLE    hash    `name`, `wrapped`, and the session's rows (16 bytes each)
    s:SUBJECT   set     handles of a subject's sessions
    b:HANDLE    set     subjects of a session

The vault's clock decides when a session ends.  The server's own time to live is there in
case no process comes any more, and runs a minute longer.
"""

from __future__ import annotations

_COMMON = """
local P = KEYS[1]

local function live(handle, now)
  local ends = redis.call('ZSCORE', P .. 'ends', handle)
  return ends and tonumber(ends) > now and redis.call('EXISTS', P .. 'h:' .. handle) == 1
end

local function forget(handle)
  local key, about = P .. 'h:' .. handle, P .. 'b:' .. handle
  local name = redis.call('HGET', key, 'name')
  if name and redis.call('GET', P .. 'n:' .. name) == handle then
    redis.call('DEL', P .. 'n:' .. name)
  end
  for _, subject in ipairs(redis.call('SMEMBERS', about)) do
    redis.call('SREM', P .. 's:' .. subject, handle)
  end
  local size = tonumber(redis.call('HGET', P .. 'sizes', handle) or 0)
  redis.call('DEL', key, about)
  redis.call('HDEL', P .. 'sizes', handle)
  redis.call('ZREM', P .. 'ends', handle)
  redis.call('DECRBY', P .. 'total', size)
  return size
end

local function sweep(now, most, but)
  local size = 0
  local over = redis.call('ZRANGEBYSCORE', P .. 'ends', '-inf', now, 'LIMIT', 0, most)
  for _, handle in ipairs(over) do
    if handle ~= but then size = size + forget(handle) end
  end
  return size
end

local function keep(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end

local function use(name, handle, subject, now, ends)
  local ms = ends - now + 60000
  if subject ~= '' then
    redis.call('SADD', P .. 's:' .. subject, handle)
    redis.call('SADD', P .. 'b:' .. handle, subject)
  end
  for _, each in ipairs(redis.call('SMEMBERS', P .. 'b:' .. handle)) do
    keep(P .. 's:' .. each, ms)
  end
  if tonumber(redis.call('ZSCORE', P .. 'ends', handle)) < ends then
    redis.call('ZADD', P .. 'ends', ends, handle)
  end
  keep(P .. 'n:' .. name, ms)
  keep(P .. 'h:' .. handle, ms)
  keep(P .. 'b:' .. handle, ms)
end

local function found(name, now)
  local handle = redis.call('GET', P .. 'n:' .. name)
  return handle and live(handle, now) and handle
end
"""

WRITE_ONCE = (
    _COMMON
    + """
redis.call('HSETNX', P .. 'settings', ARGV[1], ARGV[2])
return redis.call('HGET', P .. 'settings', ARGV[1])
"""
)

FIND = (
    _COMMON
    + """
local name, subject = ARGV[1], ARGV[2]
local now, least, ends = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local handle = found(name, now)
if not handle then return false end
local new = subject ~= '' and redis.call('SISMEMBER', P .. 'b:' .. handle, subject) == 0
if new or tonumber(redis.call('ZSCORE', P .. 'ends', handle)) < least then
  use(name, handle, subject, now, ends)
end
return {handle, redis.call('HGET', P .. 'h:' .. handle, 'wrapped')}
"""
)

BEGIN = (
    _COMMON
    + """
local name, subject, now, ends = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local handle = found(name, now)
sweep(now, 8, '')
if not handle then
  local old = redis.call('GET', P .. 'n:' .. name)
  if old then forget(old) end
  handle = ARGV[6]
  redis.call('SET', P .. 'n:' .. name, handle)
  redis.call('HSET', P .. 'h:' .. handle, 'name', name, 'wrapped', ARGV[7])
  redis.call('ZADD', P .. 'ends', ends, handle)
end
use(name, handle, subject, now, ends)
return {handle, redis.call('HGET', P .. 'h:' .. handle, 'wrapped')}
"""
)

ALL = (
    _COMMON
    + """
local size = tonumber(redis.call('HGET', P .. 'sizes', ARGV[1]) or 0)
if size > tonumber(ARGV[2]) then return false end
return redis.call('HGETALL', P .. 'h:' .. ARGV[1])
"""
)

PUT = (
    _COMMON
    + """
local handle, now = ARGV[1], tonumber(ARGV[2])
local in_session, in_all = tonumber(ARGV[3]), tonumber(ARGV[4])
local key = P .. 'h:' .. handle
if redis.call('EXISTS', key) == 0 then return {'gone'} end
local there, new = {}, {}
for at = 5, #ARGV, 2 do
  local held = redis.call('HGET', key, ARGV[at])
  if held then
    there[#there + 1] = ARGV[at]
    there[#there + 1] = held
  else
    new[#new + 1] = at
  end
end
local size = tonumber(redis.call('HGET', P .. 'sizes', handle) or 0)
local total = tonumber(redis.call('GET', P .. 'total') or 0)
if total + #new > in_all then total = total - sweep(now, -1, handle) end
if size + #new > in_session or total + #new > in_all then
  return {'full', size, total, #new}
end
for _, at in ipairs(new) do redis.call('HSET', key, ARGV[at], ARGV[at + 1]) end
redis.call('HINCRBY', P .. 'sizes', handle, #new)
redis.call('INCRBY', P .. 'total', #new)
return {'put', there}
"""
)

ERASE = (
    _COMMON
    + """
local handle = redis.call('GET', P .. 'n:' .. ARGV[1])
if not handle or (ARGV[2] ~= '' and ARGV[2] ~= handle) then return 0 end
return forget(handle)
"""
)

ERASE_SUBJECT = (
    _COMMON
    + """
local size = 0
for _, handle in ipairs(redis.call('SMEMBERS', P .. 's:' .. ARGV[1])) do
  size = size + forget(handle)
end
redis.call('DEL', P .. 's:' .. ARGV[1])
return size
"""
)

EXPIRE = (
    _COMMON
    + """
return sweep(tonumber(ARGV[1]), -1, '')
"""
)

REWRAP = (
    _COMMON
    + """
local key = P .. 'h:' .. ARGV[1]
if redis.call('HGET', key, 'wrapped') ~= ARGV[2] then return 0 end
redis.call('HSET', key, 'wrapped', ARGV[3])
return 1
"""
)

COUNT = (
    _COMMON
    + """
local sessions, values = 0, 0
for _, handle in ipairs(redis.call('ZRANGEBYSCORE', P .. 'ends', '(' .. ARGV[1], '+inf')) do
  local size = tonumber(redis.call('HGET', P .. 'sizes', handle) or 0)
  if size > 0 then
    sessions = sessions + 1
    values = values + size
  end
end
return {sessions, values}
"""
)
