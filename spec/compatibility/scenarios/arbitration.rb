# frozen_string_literal: true

require "support/reference/scenario"

# The keys in Redis by which instances exclude each other.
module Scenarios
  arbitration = lambda do |mailbox|
    options = { redis_url: redis.url, namespace: "mail_room:gitlab" }
    mailbox.merge(arbitration_method: "redis", arbitration_options: options)
  end

  old = "mail_room:gitlab:delivered:1"
  own = /\Amail_room:gitlab:delivered:user-\h+@127\.0\.0\.1:INBOX:\d+:1\z/
  soon = ->(seconds) { seconds.between?(1, 600) }
  named = lambda do |seen|
    other = (seen.keys - [old]).first
    own.match?(other) && seen[old].first == other && seen.size == 2 && seen.values.map(&:last).all?(&soon)
  end
  keys = { theirs: { old => ["1", soon] }, ours: named, readme: "Redis arbitration" }

  ARBITRATION = [
    Scenario.new("arbitration: the keys", sees: :claims, settings: arbitration, signal: :term, difference: keys),
    Scenario.new("arbitration: the jobs", sees: :jobs, settings: arbitration),
    Scenario.new("arbitration: the log", sees: :log, additions: true, signal: :term, settings: arbitration)
  ].freeze
end
