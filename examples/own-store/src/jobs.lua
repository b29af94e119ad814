-- What the store does in Redis. Redis runs one script at a time and lets nobody in between, so each call is one step.
--
-- KEYS[1]  what all keys begin with, in braces, so that a cluster keeps them on one node
-- ARGV[1]  the call's name, ARGV[2] what it is given, as JSON; what is null there is left out
--
-- P:job:<id>               a row, a hash of texts; what is null is left out
-- P:all                    ids by seq
-- P:pending:<of>:<prio>    members by runAt; <of> is "q<queue>", or "*" for all queues
-- P:levels:<of>            the priorities at which there are such members
-- P:leases                 members by lockedUntil
-- P:ended:<status>         members by completedAt or failedAt
-- P:keys                   who holds a unique key
-- P:counts                 how many rows a queue has of a status, by "<status> <queue>"
-- P:seq                    the number given last
--
-- A member is "<seq, 16 digits>:<id>": of one score the set is in order of seq, as the rule wants it.

local P = KEYS[1]
local CHUNK = 500

local function text(number)
  return string.format("%.0f", number)
end

local function member(row)
  return string.format("%016.0f:%s", tonumber(row.seq), row.id)
end

local function id_of(name)
  return string.sub(name, 18)
end

local function read(id)
  local flat = redis.call("HGETALL", P .. ":job:" .. id)
  if #flat == 0 then
    return nil
  end
  local row = {}
  for i = 1, #flat, 2 do
    row[flat[i]] = flat[i + 1]
  end
  return row
end

local function rows_of(ids)
  local rows = {}
  for i, id in ipairs(ids) do
    rows[i] = redis.call("HGETALL", P .. ":job:" .. id)
  end
  return rows
end

-- Takes a row into the sets that its status asks for, or out of them.
local function index(row, is_in)
  local count = P .. ":counts"
  local field = row.status .. " " .. row.queue
  if redis.call("HINCRBY", count, field, is_in and 1 or -1) == 0 then
    redis.call("HDEL", count, field)
  end
  local function put(key, score)
    if is_in then
      redis.call("ZADD", key, score, member(row))
    else
      redis.call("ZREM", key, member(row))
    end
  end
  if row.status == "processing" then
    put(P .. ":leases", row.lockedUntil)
  elseif row.status ~= "pending" then
    put(P .. ":ended:" .. row.status, row.completedAt or row.failedAt)
  else
    for _, of in ipairs({ "*", "q" .. row.queue }) do
      local level = P .. ":pending:" .. of .. ":" .. row.priority
      put(level, row.runAt)
      if is_in then
        redis.call("ZADD", P .. ":levels:" .. of, row.priority, row.priority)
      elseif redis.call("EXISTS", level) == 0 then
        redis.call("ZREM", P .. ":levels:" .. of, row.priority)
      end
    end
  end
end

local function write(row)
  local flat = {}
  for field, value in pairs(row) do
    flat[#flat + 1] = field
    flat[#flat + 1] = value
  end
  redis.call("DEL", P .. ":job:" .. row.id)
  redis.call("HSET", P .. ":job:" .. row.id, unpack(flat))
end

-- Changes a row and moves it from set to set.
local function change(row, by)
  index(row, false)
  by(row)
  write(row)
  index(row, true)
end

local function holder_of(key)
  return key and redis.call("HGET", P .. ":keys", key) or nil
end

local function give_up_key(row)
  if row.uniqueKey and holder_of(row.uniqueKey) == row.id then
    redis.call("HDEL", P .. ":keys", row.uniqueKey)
  end
end

local function is_in(row, queues)
  if not queues then
    return true
  end
  for _, queue in ipairs(queues) do
    if queue == row.queue then
      return true
    end
  end
  return false
end

-- Where pending members of some queues are: each queue once.
local function sources(queues)
  if not queues then
    return { "*" }
  end
  local list, seen = {}, {}
  for _, queue in ipairs(queues) do
    if not seen[queue] then
      list[#list + 1] = "q" .. queue
      seen[queue] = true
    end
  end
  return list
end

-- The ids of due jobs: the highest priority first, in it the earliest runAt, then the lowest seq.
local function due(given)
  local from = sources(given.queues)
  local levels, known = {}, {}
  for _, of in ipairs(from) do
    for _, priority in ipairs(redis.call("ZRANGE", P .. ":levels:" .. of, 0, -1)) do
      if not known[priority] then
        levels[#levels + 1] = priority
        known[priority] = true
      end
    end
  end
  table.sort(levels, function(a, b)
    return tonumber(a) > tonumber(b)
  end)
  local ids = {}
  for _, priority in ipairs(levels) do
    local room = given.limit - #ids
    if room <= 0 then
      break
    end
    local found = {}
    for _, of in ipairs(from) do
      local key = P .. ":pending:" .. of .. ":" .. priority
      local flat = redis.call("ZRANGEBYSCORE", key, "-inf", given.now, "WITHSCORES", "LIMIT", 0, room)
      for i = 1, #flat, 2 do
        found[#found + 1] = { name = flat[i], runAt = tonumber(flat[i + 1]) }
      end
    end
    table.sort(found, function(a, b)
      if a.runAt ~= b.runAt then
        return a.runAt < b.runAt
      end
      return a.name < b.name
    end)
    for i = 1, math.min(room, #found) do
      ids[#ids + 1] = id_of(found[i].name)
    end
  end
  return ids
end

local function held(given)
  local row = read(given.id)
  if not row or row.status ~= "processing" then
    return row, false
  end
  return row, row.seq == given.seq and row.token == given.token and row.lockedBy == given.lockedBy
end

-- Whether this very outcome of this very claim is what the row shows.
local function was_written(row, given)
  if not row or row.seq ~= given.seq or row.token ~= given.token then
    return false
  end
  if given.type == "completed" then
    return row.status == "completed"
  elseif given.type == "failed" then
    return row.status == "failed" and row.lastError == given.error
  elseif row.status ~= "pending" then
    return false
  elseif given.type == "released" then
    return row.startedAt == nil
  end
  return row.startedAt ~= nil and row.runAt == given.runAt and row.lastError == given.error
end

local function make_new(row, now)
  if row.uniqueKey and row.uniqueWhile == "live" then
    redis.call("HSET", P .. ":keys", row.uniqueKey, row.id)
  end
  change(row, function()
    row.status, row.attempts, row.runAt, row.updatedAt = "pending", "0", now, now
    row.lastError, row.startedAt, row.failedAt, row.progress, row.token = nil, nil, nil, nil, nil
  end)
end

local function is_key_taken(row)
  return row.uniqueWhile == "live" and holder_of(row.uniqueKey)
end

local calls = {}

-- First who is there already, then, if nothing is in the way, all at once. Answers with "clash" and the place of a job whose
-- made id exists; else with a pair for each job: "new" or "twin", and the row.
function calls.insert(given)
  local keys, ids, answers = {}, {}, {}
  for i, job in ipairs(given.jobs) do
    local exists = ids[job.id] or redis.call("EXISTS", P .. ":job:" .. job.id) == 1
    local twin = job.idGiven and exists and job.id or job.uniqueKey and (keys[job.uniqueKey] or holder_of(job.uniqueKey))
    if twin then
      answers[i] = { "twin", twin }
    elseif exists then
      return { "clash", text(i - 1) }
    else
      answers[i] = { "new", job.id }
      ids[job.id] = true
      if job.uniqueKey then
        keys[job.uniqueKey] = job.id
      end
    end
  end
  for i, job in ipairs(given.jobs) do
    if answers[i][1] == "new" then
      job.idGiven = nil
      job.seq = text(redis.call("INCR", P .. ":seq"))
      job.status, job.attempts, job.claims = "pending", "0", "0"
      job.createdAt, job.updatedAt = given.now, given.now
      write(job)
      index(job, true)
      redis.call("ZADD", P .. ":all", job.seq, job.id)
      if job.uniqueKey then
        redis.call("HSET", P .. ":keys", job.uniqueKey, job.id)
      end
    end
  end
  for _, answer in ipairs(answers) do
    answer[2] = redis.call("HGETALL", P .. ":job:" .. answer[2])
  end
  return { "stored", answers }
end

function calls.due(given)
  return rows_of(due(given))
end

function calls.claim(given)
  local ids
  if given.id then
    local row = read(given.id)
    local fits = row and row.status == "pending" and tonumber(row.runAt) <= tonumber(given.now) and is_in(row, given.queues)
    ids = fits and given.limit > 0 and { given.id } or {}
  else
    ids = due(given)
  end
  for _, id in ipairs(ids) do
    local row = read(id)
    if row.uniqueWhile == "pending" then
      give_up_key(row)
    end
    change(row, function()
      row.status, row.startedAt, row.updatedAt, row.progress = "processing", given.now, given.now, nil
      row.lockedBy, row.lockedUntil = given.workerId, given.until_
      row.attempts, row.claims = text(row.attempts + 1), text(row.claims + 1)
      row.token = row.seq .. ":" .. row.claims
    end)
  end
  return rows_of(ids)
end

function calls.extend(given)
  local row, holds = held(given)
  if not holds then
    return "lost"
  end
  change(row, function()
    row.lockedUntil, row.updatedAt, row.progress = given.until_, given.now, given.progress or row.progress
  end)
  return "held"
end

function calls.settle(given)
  local row, holds = held(given)
  if not holds then
    return was_written(row, given) and "settled" or "lost"
  end
  -- A rescue must not take a lease that was extended since it was read.
  if given.lockedUntil and given.lockedUntil ~= row.lockedUntil then
    return "lost"
  end
  if given.type == "completed" or given.type == "failed" then
    give_up_key(row)
  end
  change(row, function()
    row.lockedBy, row.lockedUntil, row.updatedAt = nil, nil, given.now
    row.lastError = given.error or row.lastError
    if given.type == "completed" then
      row.status, row.completedAt, row.failedAt = "completed", given.now, nil
    elseif given.type == "failed" then
      row.status, row.failedAt, row.completedAt = "failed", given.now, nil
    elseif given.type == "retry" then
      row.status, row.runAt = "pending", given.runAt
    else
      row.status, row.attempts, row.startedAt, row.progress = "pending", text(row.attempts - 1), nil, nil
    end
  end)
  return "settled"
end

function calls.expired(given)
  local ids, offset = {}, 0
  while #ids < given.limit do
    local flat = redis.call("ZRANGEBYSCORE", P .. ":leases", given.from, given.now, "WITHSCORES", "LIMIT", offset, CHUNK)
    for i = 1, #flat, 2 do
      local is_before = given.after and tonumber(flat[i + 1]) == tonumber(given.from) and flat[i] <= given.after
      if not is_before and #ids < given.limit then
        ids[#ids + 1] = id_of(flat[i])
      end
    end
    if #flat < 2 * CHUNK then
      break
    end
    offset = offset + CHUNK
  end
  return rows_of(ids)
end

local function first_score(key)
  local first = redis.call("ZRANGE", key, 0, 0, "WITHSCORES")
  return first[2] and tonumber(first[2]) or nil
end

function calls.nextRunAt(given)
  local earliest
  for _, of in ipairs(sources(given.queues)) do
    for _, priority in ipairs(redis.call("ZRANGE", P .. ":levels:" .. of, 0, -1)) do
      local runAt = first_score(P .. ":pending:" .. of .. ":" .. priority)
      if runAt and (not earliest or runAt < earliest) then
        earliest = runAt
      end
    end
  end
  return earliest and text(earliest) or false
end

function calls.nextLeaseEndAt()
  local first = first_score(P .. ":leases")
  return first and text(first) or false
end

function calls.get(given)
  return rows_of({ given.id })[1]
end

-- Newest first. A filter that few rows meet looks at many.
function calls.list(given)
  local function meets(value, wanted)
    if not wanted then
      return true
    end
    for _, one in ipairs(wanted) do
      if one == value then
        return true
      end
    end
    return false
  end
  local ids, offset = {}, 0
  while #ids < given.limit do
    local some = redis.call("ZREVRANGEBYSCORE", P .. ":all", given.below, "-inf", "LIMIT", offset, CHUNK)
    for _, id in ipairs(some) do
      local row = redis.call("HMGET", P .. ":job:" .. id, "status", "queue", "jobClass", "uniqueKey")
      local fits = meets(row[1], given.status) and meets(row[2], given.queue) and meets(row[3], given.jobClass)
      if fits and (not given.uniqueKey or row[4] == given.uniqueKey) and #ids < given.limit then
        ids[#ids + 1] = id
      end
    end
    if #some < CHUNK then
      break
    end
    offset = offset + CHUNK
  end
  return rows_of(ids)
end

function calls.stats()
  return redis.call("HGETALL", P .. ":counts")
end

-- Of each job that ended: its member, status, end and start, for whoever counts.
function calls.ended(given)
  local found = {}
  for _, status in ipairs({ "completed", "failed" }) do
    local flat = redis.call("ZRANGEBYSCORE", P .. ":ended:" .. status, given.since, "+inf", "WITHSCORES")
    for i = 1, #flat, 2 do
      local row = redis.call("HMGET", P .. ":job:" .. id_of(flat[i]), "queue", "startedAt")
      if is_in({ queue = row[1] }, given.queues) then
        found[#found + 1] = { flat[i], status, text(tonumber(flat[i + 1])), row[2] }
      end
    end
  end
  return found
end

function calls.rows(given)
  return rows_of(given.ids)
end

function calls.retry(given)
  local row = read(given.id)
  if not row then
    return { "missing" }
  elseif row.status ~= "failed" then
    return { "not-failed", row.status }
  end
  local holder = is_key_taken(row)
  if holder then
    return { "key-taken", row.uniqueKey, holder }
  end
  make_new(row, given.now)
  return { "retried" }
end

function calls.retryFailed(given)
  local count = 0
  for _, name in ipairs(redis.call("ZRANGE", P .. ":ended:failed", 0, -1)) do
    if given.limit and count >= given.limit then
      break
    end
    local row = read(id_of(name))
    if is_in(row, given.queues) and not is_key_taken(row) then
      make_new(row, given.now)
      count = count + 1
    end
  end
  return count
end

local function delete(row)
  index(row, false)
  give_up_key(row)
  redis.call("ZREM", P .. ":all", row.id)
  redis.call("DEL", P .. ":job:" .. row.id)
end

-- A part of the rows that ended before an instant: how many were deleted, how many were looked at and stay.
function calls.purge(given)
  local names = redis.call("ZRANGEBYSCORE", P .. ":ended:" .. given.status, "-inf", "(" .. given.before, "LIMIT", given.skip, CHUNK)
  local deleted = 0
  for _, name in ipairs(names) do
    local row = read(id_of(name))
    if is_in(row, given.queues) then
      delete(row)
      deleted = deleted + 1
    end
  end
  return { deleted, #names - deleted }
end

function calls.remove(given)
  local row = read(given.id)
  if not row then
    return "missing"
  elseif row.status ~= "pending" then
    return row.status
  end
  delete(row)
  return "removed"
end

return calls[ARGV[1]](cjson.decode(ARGV[2]))
