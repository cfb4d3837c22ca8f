# frozen_string_literal: true

require "support/reference/scenario"

# What stands in the structured log, by which operators see what happens and are warned of what does not.
module Scenarios
  LOG = [
    Scenario.new("the log: a delivered message", sees: :log, additions: true, signal: :term),
    Scenario.new("the log: nothing to deliver", sees: :log, additions: true, signal: :term, mails: [])
  ].freeze
end
