#!lua flags=allow-oom
-- fence: marks keys as about to be changed. Must work on a full server, else nobody could write any more.
-- KEYS[1]  the first entry; so are all other keys
-- ARGV[1]  the fence token
-- Returns 1.
for _, key in ipairs(KEYS) do
  local raw = redis.call('GET', key)
  if raw and string.sub(raw, 1, 2) == 'F ' then
    -- Two writers at a time: the value of neither may be stored.
    redis.call('SET', key, 'F 1 ' .. string.sub(raw, 5) .. ' ' .. ARGV[1])
  else
    redis.call('SET', key, 'F 0 ' .. ARGV[1])
  end
end
return 1
