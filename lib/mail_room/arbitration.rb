# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Who delivers a message when several processes watch the same mailbox.
  module Arbitration
    autoload :Noop, "mail_room/arbitration/noop"
    autoload :Redis, "mail_room/arbitration/redis"

    # The values of `arbitration_method`.
    METHODS = Choice.new("arbitration_method", available: %w[noop redis])

    # @param name [String, Symbol] value of `arbitration_method`
    # @return [Class] the arbitration of that name
    # @raise [ConfigurationError] when there is none
    def self.[](name)
      const_get(METHODS.check(name).capitalize)
    end
  end
end
