# frozen_string_literal: true

# Loaded before the reference gem. Nothing of the gem is changed; this is what it needs to run with Debian 12's other
# packages.

require "redis"

# It passes the options of SET as a Hash, as redis-rb before 4.3 took them; redis-rb 4.8 takes keywords.
Redis.prepend(Module.new { def set(key, value, options = {}, **keywords) = super(key, value, **options, **keywords) })

# As a daemon's, its lines are to be seen at once.
$stdout.sync = true
