#!lua flags=allow-oom
-- fence: marks a key as about to be changed. Must work on a full server, else nobody could write any more.
-- KEYS[1]  the entry
-- ARGV[1]  the fence token
-- Returns 1.
local raw = redis.call('GET', KEYS[1])
if raw and string.sub(raw, 1, 2) == 'F ' then
  -- Two writers at a time: the value of neither may be stored.
  redis.call('SET', KEYS[1], 'F 1 ' .. string.sub(raw, 5) .. ' ' .. ARGV[1])
else
  redis.call('SET', KEYS[1], 'F 0 ' .. ARGV[1])
end
return 1
