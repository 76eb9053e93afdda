-- release: gives a ticket back unused.
-- KEYS[1]  the ticket
-- ARGV[1]  the ticket of this load
-- Returns 1 when it was still there, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
