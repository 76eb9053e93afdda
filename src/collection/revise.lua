-- revise: replaces or removes a document, if it still has the version that is expected.
-- KEYS[1]  the document: its version, a line feed, and its text
-- ARGV[1]  the version that it must have, 0 for none; empty: whichever
-- ARGV[2]  how long it is kept from now on, ms; empty: for good
-- ARGV[3]  the text; empty: it is removed
-- Returns the new version as text, 0 when it was removed; or, in a list, the document that is there instead, empty for
-- none: then nothing is changed.
local present = redis.call('GET', KEYS[1])
local version = tonumber(present and string.match(present, '^%d+') or '0')
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= version then
  return {present or ''}
end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  return '0'
end
local time = redis.call('TIME')
-- The clock goes on after the document was removed or lost, so that no version comes twice.
local new = string.format('%.0f', math.max(version + 1, time[1] * 1000000 + time[2]))
local document = new .. '\n' .. ARGV[3]
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], document)
else
  redis.call('SET', KEYS[1], document, 'PX', ARGV[2])
end
return new
