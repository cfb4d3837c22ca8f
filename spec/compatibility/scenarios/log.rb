# frozen_string_literal: true

require "support/reference/scenario"
require "support/reference/sight"

# What stands in the structured log, by which operators see what happens and are warned of what does not.
module Scenarios
  # Of a connection that worked all the time, and while it ended.
  left_out = Sight::OWN_ACTIONS - ["Disconnected. Resetting..."]
  lines = { theirs: ->(seen) { (left_out - seen).empty? }, ours: [], readme: "the log has no lines" }

  LOG = [
    Scenario.new("the log: a delivered message", sees: :log, additions: true, signal: :term),
    Scenario.new("the log: nothing to deliver", sees: :log, additions: true, signal: :term, mails: []),
    Scenario.new("the log: lines that are left out", sees: :own_actions, signal: :term, difference: lines)
  ].freeze
end
