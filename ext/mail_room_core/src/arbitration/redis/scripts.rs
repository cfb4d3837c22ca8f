//! What happens to claims, each change in one step.
//!
//! All scripts take pairs of keys (the own one, then the old one of gitlab-mail_room) and the same
//! first arguments: the token of this process, what the names of our keys begin with, and a lifetime
//! in milliseconds.

use redis::Script;

/// The answer for a message this process may deliver.
pub(super) const GRANTED: u8 = 1;
/// The answer for a message that was delivered before.
pub(super) const DONE: u8 = 2;

/// Words all scripts share. `foreign`: an old process has it, since the value is no key of ours. The
/// old key never outlives the ten minutes it has in gitlab-mail_room.
const COMMON: &str = "
local token, prefix, lifetime = ARGV[1], ARGV[2], ARGV[3]
local function foreign(old)
  return old and string.sub(old, 1, #prefix) ~= prefix
end
local function set(own, old, value)
  redis.call('SET', own, value, 'PX', lifetime)
  local named = redis.call('GET', old)
  if not named or named == own then redis.call('SET', old, own, 'PX', math.min(lifetime, 600000)) end
end
";

const CLAIM: &str = "
local answers = {}
for i = 1, #KEYS, 2 do
  local own, old = redis.call('GET', KEYS[i]), redis.call('GET', KEYS[i + 1])
  local answer = 0
  if own == 'done' then
    answer = 2
  elseif (not own or own == token) and not foreign(old) then
    set(KEYS[i], KEYS[i + 1], token)
    answer = 1
  end
  answers[#answers + 1] = answer
end
return answers
";

/// Answers 1 for what is held, 0 for what was lost.
const RENEW: &str = "
local answers = {}
for i = 1, #KEYS, 2 do
  local held = redis.call('GET', KEYS[i]) == token
  if held then set(KEYS[i], KEYS[i + 1], token) end
  answers[#answers + 1] = held and 1 or 0
end
return answers
";

/// Whoever else may hold the claim by now: the message was accepted.
const RECORD: &str = "
for i = 1, #KEYS, 2 do set(KEYS[i], KEYS[i + 1], 'done') end
return redis.status_reply('OK')
";

/// `settled` and no longer `done`: should the message be found unread once more, somebody has marked it
/// so, and it is to be delivered again when the record has run out.
const SETTLE: &str = "
for i = 1, #KEYS, 2 do set(KEYS[i], KEYS[i + 1], 'settled') end
return redis.status_reply('OK')
";

const RELEASE: &str = "
for i = 1, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == token then
    redis.call('DEL', KEYS[i])
    if redis.call('GET', KEYS[i + 1]) == KEYS[i] then redis.call('DEL', KEYS[i + 1]) end
  end
end
return redis.status_reply('OK')
";

/// Two more keys (the set of Sidekiq's queues and the queue) and arguments (the queue's name and the
/// job). Nothing is pushed by a process that lost its claim.
const PUSH: &str = "
if redis.call('GET', KEYS[1]) ~= token or foreign(redis.call('GET', KEYS[2])) then return 0 end
redis.call('SADD', KEYS[3], ARGV[4])
redis.call('LPUSH', KEYS[4], ARGV[5])
set(KEYS[1], KEYS[2], 'done')
return 1
";

pub(super) struct Scripts {
    pub(super) claim: Script,
    pub(super) renew: Script,
    pub(super) record: Script,
    pub(super) settle: Script,
    pub(super) release: Script,
    pub(super) push: Script,
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
        }
    }
}
