# frozen_string_literal: true

require "support/reference/scenario"
require "support/reference/sight"

# What stands in the structured log, by which operators see what happens and are warned of what does not.
module Scenarios
  LOG = [
    Scenario.new("the log: a delivered message", sees: :log, additions: true, signal: :term),
    Scenario.new("the log: nothing to deliver", sees: :log, additions: true, signal: :term, mails: []),
    Scenario.new("the log: lines for which there is nothing to tell", sees: :own_actions, signal: :term, difference: {
                   theirs: ->(actions) { Sight::OWN_ACTIONS.first(4) - actions == [] }, ours: [],
                   readme: "the log has no lines"
                 })
  ].freeze
end
