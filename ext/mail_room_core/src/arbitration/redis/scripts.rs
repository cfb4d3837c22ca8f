//! What happens to claims, each change in one step.
//!
//! All scripts take pairs of keys (the own one, then the old one of gitlab-mail_room) and the same
//! first arguments: the token of this process, what the names of our keys begin with, and a lifetime
//! in milliseconds.

use crate::redis_connection::Script;

/// The answer for a message this process may deliver.
pub(super) const GRANTED: u8 = 1;
/// The answer for a message that was delivered before.
pub(super) const DONE: u8 = 2;

/// Words all scripts share. `foreign`: an old process has it, since the value is no key of ours. The
/// old key never outlives the ten minutes it has in gitlab-mail_room.
///
/// `each` reads the keys of many messages at once: a command costs more than a value. Lua has room for some thousand
/// values between two functions.
const COMMON: &str = "
local call = redis.call
local token, prefix, lifetime = ARGV[1], ARGV[2], ARGV[3]
local width, short = #prefix, tonumber(lifetime) < 600000 and lifetime or '600000'
local function foreign(named)
  return named and string.sub(named, 1, width) ~= prefix
end
local function set(own, old, named, value)
  call('SET', own, value, 'PX', lifetime)
  if not named or named == own then call('SET', old, own, 'PX', short) end
end
local function each(act)
  for first = 1, #KEYS, 1000 do
    local last = math.min(first + 999, #KEYS)
    local values = call('MGET', unpack(KEYS, first, last))
    for i = first, last, 2 do
      act(KEYS[i], KEYS[i + 1], values[i - first + 1], values[i - first + 2])
    end
  end
end
";

const CLAIM: &str = "
local answers = {}
each(function(own, old, held, named)
  local answer = 0
  if held == 'done' then
    answer = 2
  elseif (not held or held == token) and not foreign(named) then
    set(own, old, named, token)
    answer = 1
  end
  answers[#answers + 1] = answer
end)
return answers
";

/// Answers 1 for what is held, 0 for what was lost.
const RENEW: &str = "
local answers = {}
each(function(own, old, held, named)
  if held == token then set(own, old, named, token) end
  answers[#answers + 1] = held == token and 1 or 0
end)
return answers
";

/// Whoever else may hold the claim by now: the message was accepted.
const RECORD: &str = "
each(function(own, old, _, named) set(own, old, named, 'done') end)
return redis.status_reply('OK')
";

/// `settled` and no longer `done`: should the message be found unread once more, somebody has marked it
/// so, and it is to be delivered again when the record has run out. The old key has its time from the acceptance.
const SETTLE: &str = "
for i = 1, #KEYS, 2 do call('SET', KEYS[i], 'settled', 'PX', lifetime) end
return redis.status_reply('OK')
";

const RELEASE: &str = "
each(function(own, old, held, named)
  if held == token then
    call('DEL', own)
    if named == own then call('DEL', old) end
  end
end)
return redis.status_reply('OK')
";

/// Two more keys (the set of Sidekiq's queues and the queue) and arguments (the queue's name and the
/// job). Nothing is pushed by a process that lost its claim.
///
/// Only the first two writes may be refused, for what kind of value is there: then nothing was done that matters.
const PUSH: &str = "
local values = call('MGET', KEYS[1], KEYS[2])
if values[1] ~= token or foreign(values[2]) then return 0 end
call('SADD', KEYS[3], ARGV[4])
call('LPUSH', KEYS[4], ARGV[5])
set(KEYS[1], KEYS[2], values[2], 'done')
return 1
";

/// As [`PUSH`], in a transaction whose first command has pushed the job, and with another argument instead of it: what
/// the job can be told by. What is not to be there is taken back before anybody else sees it.
///
/// Lua reads each byte of its arguments, which takes longer for a large job than all else that Redis does with it.
const CONFIRM: &str = "
local function take_back()
  local head = call('LINDEX', KEYS[4], 0)
  if head and string.find(head, ARGV[5], 1, true) then call('LPOP', KEYS[4]) end
end
if call('TYPE', KEYS[4]).ok ~= 'list' then return redis.error_reply('WRONGTYPE the queue is no list') end
local values = call('MGET', KEYS[1], KEYS[2])
if values[1] ~= token or foreign(values[2]) then
  take_back()
  return 0
end
local named = redis.pcall('SADD', KEYS[3], ARGV[4])
if type(named) == 'table' then
  take_back()
  return named
end
set(KEYS[1], KEYS[2], values[2], 'done')
return 1
";

pub(super) struct Scripts {
    pub(super) claim: Script,
    pub(super) renew: Script,
    pub(super) record: Script,
    pub(super) settle: Script,
    pub(super) release: Script,
    pub(super) push: Script,
    /// Its text: a script that were missing in a transaction would be missed only after the job was pushed.
    pub(super) confirm: String,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |body| Script::new(&format!("{COMMON}{body}"));
        Self {
            claim: script(CLAIM),
            renew: script(RENEW),
            record: script(RECORD),
            settle: script(SETTLE),
            release: script(RELEASE),
            push: script(PUSH),
            confirm: format!("{COMMON}{CONFIRM}"),
        }
    }
}
