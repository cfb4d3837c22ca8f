# frozen_string_literal: true

require "support/reference/scenario"

# The keys in Redis by which instances exclude each other.
module Scenarios
  arbitration = lambda do |mailbox|
    mailbox.merge(arbitration_method: "redis",
                  arbitration_options: { redis_url: redis.url, namespace: "mail_room:gitlab" })
  end
  old = "mail_room:gitlab:delivered:1"
  own = /\Amail_room:gitlab:delivered:user-\h+@127.0.0.1:INBOX:\d+:1\z/
  expiring = ->(seconds) { seconds.between?(1, 600) }

  ARBITRATION = [
    Scenario.new("arbitration: the keys of a delivered message", sees: :claims, settings: arbitration, signal: :term,
                                                                 difference: {
                                                                   theirs: { old => ["1", expiring] },
                                                                   ours: lambda { |keys|
                                                                           name = keys.keys.find do |key|
                                                                             own.match?(key)
                                                                           end
                                                                           keys.size == 2 && keys[old].first == name && keys.values.map(&:last).all?(expiring)
                                                                         },
                                                                   readme: "Redis arbitration"
                                                                 }),
    Scenario.new("arbitration: the jobs", sees: :jobs, settings: arbitration),
    Scenario.new("arbitration: the log", sees: :log, additions: true, signal: :term, settings: arbitration)
  ].freeze
end
